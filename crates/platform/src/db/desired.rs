//! What each box should hold of each person and what it has proved: the rows behind [`crate::reconcile`].
//!
//! A person is wanted on a box when they have a usable photo, are within their validity, and belong to a group the box serves.
//! The functions named `recompute_…` derive that again; operator changes call them inside their own transaction, so a
//! change and what follows from it are one commit.

use std::collections::BTreeMap;

use protocol::{DevSno, GroupId, IdentityId};

use super::{DbError, Row, Tx, vals};
use crate::reconcile::{Holding, State};

const COLUMNS: &str = "desired_revision, proved_revision, state, touched, attempts, next_attempt_at, command_id, code, \
                       message, changed_at, proved_at";

/// Derives again on which boxes a person is wanted, after the person, their groups, photo or validity changed (or they
/// were deleted).
pub(crate) fn recompute_for_person(tx: &mut Tx<'_>, person: &IdentityId, now: i64) -> Result<(), DbError> {
    let wanted = tx.query(
        "SELECT DISTINCT b.dev_sno AS k, p.revision FROM person p
         JOIN person_group g ON g.identity_id = p.identity_id JOIN box_group b ON b.group_id = g.group_id
         WHERE p.identity_id = $1 AND p.photo_key IS NOT NULL
         AND (p.valid_from IS NULL OR p.valid_from <= $2) AND (p.valid_until IS NULL OR p.valid_until > $2)",
        vals![person.as_str(), now],
    )?;
    let present = tx.query(
        &format!("SELECT dev_sno AS k, {COLUMNS} FROM box_person WHERE identity_id = $1"),
        vals![person.as_str()],
    )?;
    for change in changes(&wanted, &present, now)? {
        store(tx, &DevSno::new(change.key), person, change.row.as_ref(), change.existed)?;
    }
    Ok(())
}

/// Derives again who is wanted on a box, after the groups it serves changed.
pub(crate) fn recompute_for_box(tx: &mut Tx<'_>, dev_sno: &DevSno, now: i64) -> Result<(), DbError> {
    let wanted = tx.query(
        "SELECT DISTINCT p.identity_id AS k, p.revision FROM box_group b
         JOIN person_group g ON g.group_id = b.group_id JOIN person p ON p.identity_id = g.identity_id
         WHERE b.dev_sno = $1 AND p.photo_key IS NOT NULL
         AND (p.valid_from IS NULL OR p.valid_from <= $2) AND (p.valid_until IS NULL OR p.valid_until > $2)",
        vals![dev_sno.as_str(), now],
    )?;
    let present = tx.query(
        &format!("SELECT identity_id AS k, {COLUMNS} FROM box_person WHERE dev_sno = $1"),
        vals![dev_sno.as_str()],
    )?;
    for change in changes(&wanted, &present, now)? {
        store(tx, dev_sno, &IdentityId::new(change.key), change.row.as_ref(), change.existed)?;
    }
    Ok(())
}

/// The boxes that serve a group. Before a group is deleted, take them and call [`recompute_for_box`] on each afterwards.
pub(crate) fn boxes_of_group(tx: &mut Tx<'_>, group: &GroupId) -> Result<Vec<DevSno>, DbError> {
    let rows = tx
        .query("SELECT dev_sno FROM box_group WHERE group_id = $1 ORDER BY dev_sno", vals![group.as_str()])?;
    rows.iter().map(|row| row.text("dev_sno").map(DevSno::new)).collect()
}

/// Everybody whose validity began or ended after `since` and by `now`.
pub(crate) fn crossed_validity(tx: &mut Tx<'_>, since: i64, now: i64) -> Result<Vec<IdentityId>, DbError> {
    let rows = tx.query(
        "SELECT identity_id FROM person WHERE (valid_from > $1 AND valid_from <= $2)
         OR (valid_until > $1 AND valid_until <= $2)",
        vals![since, now],
    )?;
    rows.iter().map(|row| row.text("identity_id").map(IdentityId::new)).collect()
}

/// People of a box for whom something is to be done by `now`, removals first, at most `limit` of each kind.
pub(crate) fn due(
    tx: &mut Tx<'_>,
    dev_sno: &DevSno,
    now: i64,
    limit: i64,
) -> Result<Vec<(IdentityId, Holding)>, DbError> {
    let mut due = Vec::new();
    for wanted in ["IS NULL", "IS NOT NULL"] {
        let rows = tx.query(
            &format!(
                "SELECT identity_id AS k, {COLUMNS} FROM box_person WHERE dev_sno = $1
                 AND state IN ('pending', 'failed') AND next_attempt_at <= $2 AND desired_revision {wanted}
                 ORDER BY next_attempt_at, identity_id LIMIT $3"
            ),
            vals![dev_sno.as_str(), now, limit],
        )?;
        for row in &rows {
            due.push((IdentityId::new(row.text("k")?), holding(row)?));
        }
    }
    Ok(due)
}

/// The row of one person on one box.
pub(crate) fn find(
    tx: &mut Tx<'_>,
    dev_sno: &DevSno,
    person: &IdentityId,
) -> Result<Option<Holding>, DbError> {
    let found = tx.first(
        &format!("SELECT {COLUMNS} FROM box_person WHERE dev_sno = $1 AND identity_id = $2"),
        vals![dev_sno.as_str(), person.as_str()],
    )?;
    found.as_ref().map(holding).transpose()
}

/// Writes what became of a row; `None` removes it.
pub(crate) fn store(
    tx: &mut Tx<'_>,
    dev_sno: &DevSno,
    person: &IdentityId,
    row: Option<&Holding>,
    existed: bool,
) -> Result<(), DbError> {
    let Some(row) = row else {
        if existed {
            let key = vals![dev_sno.as_str(), person.as_str()];
            tx.exec("DELETE FROM box_person WHERE dev_sno = $1 AND identity_id = $2", key)?;
        }
        return Ok(());
    };
    tx.exec(
        "INSERT INTO box_person(dev_sno, identity_id, desired_revision, proved_revision, state, touched, attempts,
         next_attempt_at, command_id, code, message, changed_at, proved_at)
         VALUES($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
         ON CONFLICT(dev_sno, identity_id) DO UPDATE SET desired_revision = excluded.desired_revision,
         proved_revision = excluded.proved_revision, state = excluded.state, touched = excluded.touched,
         attempts = excluded.attempts, next_attempt_at = excluded.next_attempt_at, command_id = excluded.command_id,
         code = excluded.code, message = excluded.message, changed_at = excluded.changed_at,
         proved_at = excluded.proved_at",
        vals![
            dev_sno.as_str(),
            person.as_str(),
            row.desired,
            row.proved,
            row.state.word(),
            row.touched,
            row.attempts,
            row.next_attempt_at,
            row.command.clone(),
            row.code.clone(),
            row.message.clone(),
            row.changed_at,
            row.proved_at,
        ],
    )?;
    Ok(())
}

/// The box has proved that it was emptied: everybody is brought up again, leavers are gone.
pub(crate) fn forget_box(tx: &mut Tx<'_>, dev_sno: &DevSno, now: i64) -> Result<(), DbError> {
    every_row(tx, dev_sno, |row| row.forget(now))
}

/// What the box holds is not known any more: everybody is brought up again, and leavers are removed again.
pub(crate) fn doubt_box(tx: &mut Tx<'_>, dev_sno: &DevSno, now: i64) -> Result<(), DbError> {
    every_row(tx, dev_sno, |row| Some(row.doubt(now)))
}

fn every_row(
    tx: &mut Tx<'_>,
    dev_sno: &DevSno,
    change: impl Fn(Holding) -> Option<Holding>,
) -> Result<(), DbError> {
    let rows = tx.query(
        &format!("SELECT identity_id AS k, {COLUMNS} FROM box_person WHERE dev_sno = $1"),
        vals![dev_sno.as_str()],
    )?;
    for row in &rows {
        let person = IdentityId::new(row.text("k")?);
        store(tx, dev_sno, &person, change(holding(row)?).as_ref(), true)?;
    }
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
    existed: bool,
}

/// The rows that differ from what is wanted, changed.
fn changes(wanted: &[Row], present: &[Row], now: i64) -> Result<Vec<Change>, DbError> {
    let mut wishes = BTreeMap::new();
    for row in wanted {
        wishes.insert(row.text("k")?, row.int("revision")?);
    }
    let mut changes = Vec::new();
    for row in present {
        let key = row.text("k")?;
        let desired = wishes.remove(&key);
        let before = holding(row)?;
        if before.desired != desired {
            changes.push(Change { key, row: before.wish(desired, now), existed: true });
        }
    }
    let added = wishes.into_iter();
    changes.extend(added.map(|(key, revision)| Change {
        key,
        row: Some(Holding::wanted(revision, now)),
        existed: false,
    }));
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
