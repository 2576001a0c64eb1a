//! What each box should hold of each person and what it has proved: the rows behind [`crate::reconcile`].
//!
//! A person is wanted on a box when they have a usable photo, are within their validity, and belong to a group the box serves.
//! The functions named `recompute_…` derive that again; operator changes call them inside their own transaction. They do a
//! bounded part at once and leave the rest to [`super::recompute`], so a change and what follows from it are one commit
//! however much that is.

use std::collections::{BTreeMap, BTreeSet};

use protocol::{DevSno, IdentityId, MessageId};

use super::recompute::{STEP, Scope, rest_later};
use super::sites::restrict;
use super::{DbError, Row, Tx, bulk, erasure, list, vals};
use crate::reconcile::{Holding, State};

const COLUMNS: &str = "desired_revision, proved_revision, state, touched, attempts, next_attempt_at, command_id, code, \
                       message, changed_at, proved_at";

/// A part of the work of deriving again.
#[derive(Debug)]
pub(super) struct Part {
    /// Rows looked at.
    pub(super) seen: i64,
    /// Everything up to this key is done; `None`: everything is.
    pub(super) reached: Option<String>,
}

/// Derives again on which boxes a person is wanted, after the person, their groups, photo or validity changed (or they
/// were deleted).
pub(crate) fn recompute_for_person(tx: &mut Tx<'_>, person: &IdentityId, now: i64) -> Result<(), DbError> {
    match part_of_person(tx, person, "", now)?.reached {
        Some(reached) => rest_later(tx, Scope::Person, person.as_str(), &reached, now),
        None => Ok(()),
    }
}

/// Derives again who is wanted on a box, after the groups it serves changed.
pub(crate) fn recompute_for_box(tx: &mut Tx<'_>, dev_sno: &DevSno, now: i64) -> Result<(), DbError> {
    match part_of_box(tx, dev_sno, "", now)?.reached {
        Some(reached) => rest_later(tx, Scope::Box, dev_sno.as_str(), &reached, now),
        None => Ok(()),
    }
}

/// The part of a person's boxes that follows `after`.
pub(super) fn part_of_person(
    tx: &mut Tx<'_>,
    person: &IdentityId,
    after: &str,
    now: i64,
) -> Result<Part, DbError> {
    let usable = usable(tx, &[person.as_str()], now)?;
    let groups = match usable.is_empty() {
        true => Vec::new(),
        false => tx.query(
            "SELECT group_id AS k FROM person_group WHERE identity_id = $1 ORDER BY group_id",
            vals![person.as_str()],
        )?,
    };
    let mut walk = Walk::default();
    for group in &groups {
        walk.add(&tx.query(
            "SELECT dev_sno AS k FROM box_group WHERE group_id = $1 AND dev_sno > $2 ORDER BY dev_sno LIMIT $3",
            vals![group.text("k")?, after, STEP],
        )?)?;
    }
    let present = tx.query(
        &format!(
            "SELECT dev_sno AS k, {COLUMNS} FROM box_person WHERE identity_id = $1 AND dev_sno > $2
             ORDER BY dev_sno LIMIT $3"
        ),
        vals![person.as_str(), after, STEP],
    )?;
    let (keys, present) = walk.close(present)?;
    let revision = usable.values().next().copied();
    let wishes = keys.into_iter().filter_map(|key| Some((key, revision?))).collect();
    let kept = changes(wishes, &present.rows, now)?.into_iter();
    let kept = kept.map(|change| change.of(|key| (DevSno::new(key), person.clone())));
    store_all(tx, kept.collect())?;
    Ok(present.part)
}

/// The part of a box's people that follows `after`.
pub(super) fn part_of_box(tx: &mut Tx<'_>, dev_sno: &DevSno, after: &str, now: i64) -> Result<Part, DbError> {
    let groups = tx.query(
        "SELECT group_id AS k FROM box_group WHERE dev_sno = $1 ORDER BY group_id",
        vals![dev_sno.as_str()],
    )?;
    let mut walk = Walk::default();
    for group in &groups {
        walk.add(&tx.query(
            "SELECT identity_id AS k FROM person_group WHERE group_id = $1 AND identity_id > $2
             ORDER BY identity_id LIMIT $3",
            vals![group.text("k")?, after, STEP],
        )?)?;
    }
    let present = tx.query(
        &format!(
            "SELECT identity_id AS k, {COLUMNS} FROM box_person WHERE dev_sno = $1 AND identity_id > $2
             ORDER BY identity_id LIMIT $3"
        ),
        vals![dev_sno.as_str(), after, STEP],
    )?;
    let (keys, present) = walk.close(present)?;
    let wishes = usable(tx, &keys.iter().map(String::as_str).collect::<Vec<_>>(), now)?;
    let kept = changes(wishes, &present.rows, now)?.into_iter();
    let kept = kept.map(|change| change.of(|key| (dev_sno.clone(), IdentityId::new(key))));
    store_all(tx, kept.collect())?;
    Ok(present.part)
}

/// Of these people those whom a box may hold now, with their revisions.
fn usable(tx: &mut Tx<'_>, people: &[&str], now: i64) -> Result<BTreeMap<String, i64>, DbError> {
    let mut found = BTreeMap::new();
    let sql = format!(
        "SELECT identity_id AS k, revision FROM person WHERE identity_id IN ({}) AND photo_key IS NOT NULL
         AND (valid_from IS NULL OR valid_from <= $1) AND (valid_until IS NULL OR valid_until > $1)",
        bulk::places(2)
    );
    for piece in bulk::pieces(people) {
        for row in tx.query(&sql, &[vals![now], &piece[..]].concat())? {
            found.insert(row.text("k")?, row.int("revision")?);
        }
    }
    Ok(found)
}

/// Several lists in the order of their keys, each cut at [`STEP`]: complete up to the earliest end of a list that was cut.
#[derive(Default)]
struct Walk {
    keys: BTreeSet<String>,
    end: Option<String>,
}

/// The rows that are there already, within the part that is complete.
struct Present {
    rows: Vec<Row>,
    part: Part,
}

impl Walk {
    fn add(&mut self, rows: &[Row]) -> Result<(), DbError> {
        for row in rows {
            self.keys.insert(row.text("k")?);
        }
        self.cut(rows)
    }

    fn cut(&mut self, rows: &[Row]) -> Result<(), DbError> {
        if let Some(last) = rows.last().filter(|_| i64::try_from(rows.len()).unwrap_or(i64::MAX) >= STEP) {
            let last = last.text("k")?;
            self.end = Some(self.end.take().map_or_else(|| last.clone(), |end| end.min(last.clone())));
        }
        Ok(())
    }

    fn close(mut self, rows: Vec<Row>) -> Result<(BTreeSet<String>, Present), DbError> {
        self.cut(&rows)?;
        let mut kept = Vec::with_capacity(rows.len());
        for row in rows {
            let key = row.text("k")?;
            if self.end.as_ref().is_none_or(|end| key <= *end) {
                kept.push(row);
            }
        }
        if let Some(end) = &self.end {
            self.keys.retain(|key| key <= end);
        }
        let seen = i64::try_from(self.keys.len() + kept.len()).unwrap_or(i64::MAX);
        let part = Part { seen, reached: self.end };
        Ok((self.keys, Present { rows: kept, part }))
    }
}

/// People of a box for whom something is to be done by `now`, removals first, at most `limit` of each kind. Whatever else the box
/// is to hold, a look costs what it finds.
pub(crate) fn due(
    tx: &mut Tx<'_>,
    dev_sno: &DevSno,
    now: i64,
    limit: i64,
) -> Result<Vec<(IdentityId, Holding)>, DbError> {
    let mut due = Vec::new();
    for wanted in ["IS NULL", "IS NOT NULL"] {
        let rows = tx.query(&due_sql(wanted), vals![dev_sno.as_str(), now, limit])?;
        for row in &rows {
            due.push((IdentityId::new(row.text("k")?), holding(row)?));
        }
    }
    Ok(due)
}

/// Only rows that wait have a next attempt, so the state need not be asked for.
fn due_sql(wanted: &str) -> String {
    format!(
        "SELECT identity_id AS k, {COLUMNS} FROM box_person WHERE dev_sno = $1 AND desired_revision {wanted}
         AND next_attempt_at <= $2 ORDER BY next_attempt_at, identity_id LIMIT $3"
    )
}

/// The row of one person on one box.
pub(crate) fn find(
    tx: &mut Tx<'_>,
    dev_sno: &DevSno,
    person: &IdentityId,
) -> Result<Option<Holding>, DbError> {
    Ok(find_all(tx, dev_sno, &[person.as_str()])?.remove(person))
}

/// The rows of these people on one box.
pub(super) fn find_all(
    tx: &mut Tx<'_>,
    dev_sno: &DevSno,
    people: &[&str],
) -> Result<BTreeMap<IdentityId, Holding>, DbError> {
    let mut found = BTreeMap::new();
    let sql = format!(
        "SELECT identity_id AS k, {COLUMNS} FROM box_person WHERE dev_sno = $1 AND identity_id IN ({})",
        bulk::places(2)
    );
    for piece in bulk::pieces(people) {
        for row in &tx.query(&sql, &[vals![dev_sno.as_str()], &piece[..]].concat())? {
            found.insert(IdentityId::new(row.text("k")?), holding(row)?);
        }
    }
    Ok(found)
}

/// What became of the row of one person on one box.
#[derive(Debug)]
pub(super) struct Kept {
    pub(super) dev_sno: DevSno,
    pub(super) person: IdentityId,
    /// `None`: there is nothing left to remember.
    pub(super) row: Option<Holding>,
}

/// Writes what became of a row.
pub(crate) fn store(
    tx: &mut Tx<'_>,
    dev_sno: &DevSno,
    person: &IdentityId,
    row: Holding,
) -> Result<(), DbError> {
    store_all(tx, vec![Kept { dev_sno: dev_sno.clone(), person: person.clone(), row: Some(row) }])
}

/// Writes what became of rows, each named once.
pub(super) fn store_all(tx: &mut Tx<'_>, kept: Vec<Kept>) -> Result<(), DbError> {
    let (mut rows, mut gone) = (Vec::new(), Vec::new());
    for Kept { dev_sno, person, row } in kept {
        let Some(row) = row else {
            gone.push(list![dev_sno.as_str(), person.as_str()]);
            continue;
        };
        rows.push(list![
            dev_sno.as_str(),
            person.as_str(),
            row.desired,
            row.proved,
            row.state.word(),
            row.touched,
            row.attempts,
            row.next_attempt_at,
            row.command,
            row.code,
            row.message,
            row.changed_at,
            row.proved_at,
        ]);
    }
    tx.each("DELETE FROM box_person WHERE dev_sno = $1 AND identity_id = $2", &gone)?;
    bulk::insert(
        tx,
        "INSERT INTO box_person(dev_sno, identity_id, desired_revision, proved_revision, state, touched, attempts,
         next_attempt_at, command_id, code, message, changed_at, proved_at)",
        "ON CONFLICT(dev_sno, identity_id) DO UPDATE SET desired_revision = excluded.desired_revision,
         proved_revision = excluded.proved_revision, state = excluded.state, touched = excluded.touched,
         attempts = excluded.attempts, next_attempt_at = excluded.next_attempt_at, command_id = excluded.command_id,
         code = excluded.code, message = excluded.message, changed_at = excluded.changed_at,
         proved_at = excluded.proved_at",
        rows,
    )
}

/// A command was written that carries what is wanted of these people, each named once. The same for every row as `Holding::send`.
pub(crate) fn send_all<'p>(
    tx: &mut Tx<'_>,
    dev_sno: &DevSno,
    people: impl Iterator<Item = &'p IdentityId>,
    command: &MessageId,
) -> Result<(), DbError> {
    let sql = format!(
        "UPDATE box_person SET state = 'sent', touched = 1, attempts = attempts + 1, next_attempt_at = NULL, command_id = $1
         WHERE dev_sno = $2 AND identity_id IN ({})",
        bulk::places(3)
    );
    let people: Vec<&str> = people.map(IdentityId::as_str).collect();
    for piece in bulk::pieces(&people) {
        tx.exec(&sql, &[vals![command.as_str(), dev_sno.as_str()], &piece[..]].concat())?;
    }
    Ok(())
}

/// The box has proved that it was emptied: everybody is brought up again, leavers are gone. The same for every row as
/// `Holding::forget`, in two statements: a box may hold tens of thousands.
pub(crate) fn forget_box(tx: &mut Tx<'_>, dev_sno: &DevSno, now: i64) -> Result<(), DbError> {
    erasure::settled_by_wipe(tx, dev_sno, now)?;
    let gone = "DELETE FROM box_person WHERE dev_sno = $1 AND desired_revision IS NULL";
    tx.exec(gone, vals![dev_sno.as_str()])?;
    tx.exec("UPDATE box_person SET touched = 0 WHERE dev_sno = $1", vals![dev_sno.as_str()])?;
    doubt_box(tx, dev_sno, now)?;
    Ok(())
}

/// What the box holds is not known any more: everybody is brought up again, and leavers are removed again. The same for every
/// row as [`Holding::doubt`]; answers how many rows.
pub(crate) fn doubt_box(tx: &mut Tx<'_>, dev_sno: &DevSno, now: i64) -> Result<u64, DbError> {
    tx.exec(&format!("{DOUBT} WHERE dev_sno = $2"), vals![now, dev_sno.as_str()])
}

/// As [`doubt_box`], of one person on every box of these sites.
pub(crate) fn doubt_person(
    tx: &mut Tx<'_>,
    person: &IdentityId,
    sites: Option<&[String]>,
    now: i64,
) -> Result<u64, DbError> {
    let mut sql = format!("{DOUBT} WHERE identity_id = $2");
    let mut params = vals![now, person.as_str()].to_vec();
    restrict(&mut sql, &mut params, "dev_sno", sites);
    tx.exec(&sql, &params)
}

/// [`Holding::doubt`] in SQL.
const DOUBT: &str =
    "UPDATE box_person SET proved_revision = NULL, command_id = NULL, state = 'pending', attempts = 0,
    next_attempt_at = $1, code = NULL, message = NULL,
    changed_at = CASE WHEN state IN ('applied', 'failed') THEN $1 ELSE changed_at END";

/// A box logged in for the first time: from now on it can be asked, so from now on people wait for it.
pub(crate) fn begin_waiting(tx: &mut Tx<'_>, dev_sno: &DevSno, now: i64) -> Result<(), DbError> {
    let sql = "UPDATE box_person SET changed_at = $1 WHERE dev_sno = $2 AND state IN ('pending', 'sent')";
    tx.exec(sql, vals![now, dev_sno.as_str()])?;
    Ok(())
}

/// A box that was silent is there again: what waits for it need not wait longer.
pub(crate) fn hurry(tx: &mut Tx<'_>, dev_sno: &DevSno, now: i64) -> Result<(), DbError> {
    tx.exec(
        "UPDATE box_person SET next_attempt_at = $1 WHERE dev_sno = $2 AND state = 'pending' AND next_attempt_at > $1",
        vals![now, dev_sno.as_str()],
    )?;
    Ok(())
}

struct Change {
    key: String,
    row: Option<Holding>,
}

impl Change {
    fn of(self, place: impl Fn(String) -> (DevSno, IdentityId)) -> Kept {
        let (dev_sno, person) = place(self.key);
        Kept { dev_sno, person, row: self.row }
    }
}

/// The rows that differ from what is wanted, changed.
fn changes(mut wishes: BTreeMap<String, i64>, present: &[Row], now: i64) -> Result<Vec<Change>, DbError> {
    let mut changes = Vec::new();
    for row in present {
        let key = row.text("k")?;
        let desired = wishes.remove(&key);
        let before = holding(row)?;
        if before.desired != desired {
            changes.push(Change { key, row: before.wish(desired, now) });
        }
    }
    let added = wishes.into_iter();
    changes.extend(added.map(|(key, revision)| Change { key, row: Some(Holding::wanted(revision, now)) }));
    Ok(changes)
}

fn holding(row: &Row) -> Result<Holding, DbError> {
    let state = row.text("state")?;
    Ok(Holding {
        desired: row.opt_int("desired_revision")?,
        proved: row.opt_int("proved_revision")?,
        state: State::of(&state).ok_or_else(|| DbError::Column("state".to_owned()))?,
        touched: row.bool("touched")?,
        attempts: row.int("attempts")?,
        next_attempt_at: row.opt_int("next_attempt_at")?,
        command: row.opt_text("command_id")?,
        code: row.opt_text("code")?,
        message: row.opt_text("message")?,
        changed_at: row.int("changed_at")?,
        proved_at: row.opt_int("proved_at")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::db::testing::{Fresh, both, plan};

    #[tokio::test]
    async fn what_is_due_is_read_in_its_order_and_no_further() {
        for Fresh { db, is_sqlite, .. } in &both().await {
            for (wanted, index) in [("IS NULL", "box_person_leaving"), ("IS NOT NULL", "box_person_bringing")]
            {
                let plan = plan(db, *is_sqlite, due_sql(wanted), vals!["A1", 7, 100].to_vec()).await;
                assert!(plan.contains(index), "{plan}");
                assert!(!plan.contains("B-TREE") && !plan.contains("Sort"), "{plan}");
            }
        }
    }
}
