//! Receipts of erasure: who was erased, and which boxes have proved it. A receipt outlives the person and the box.
//!
//! A box that may have held the person is `outstanding` until it says that they are gone (`proved`), says that somebody new
//! holds their place under the same id (`overwritten`), or can no longer be asked because it was removed or replaced
//! (`unprovable`). Nothing else settles it.
//!
//! Some time after the last of them the rows of the boxes are forgotten, and the receipt keeps how many there were.

use protocol::{DevSno, IdentityId};
use uuid::Uuid;

use super::sites::{Sites, restrict};
use super::{DbError, Row, Tx, Val, bulk, vals};

/// A receipt.
#[derive(Debug, Clone)]
pub(crate) struct Erasure {
    pub(crate) id: String,
    pub(crate) identity_id: String,
    pub(crate) erased_at: i64,
    pub(crate) erased_by: String,
    pub(crate) counts: Counts,
    /// Whether every box that may have held them has proved it, one by one or as its receipt remembers.
    pub(crate) complete: bool,
    /// When the rows of its boxes were forgotten.
    pub(crate) forgotten_at: Option<i64>,
}

/// How many boxes are where.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) outstanding: i64,
    pub(crate) proved: i64,
    pub(crate) overwritten: i64,
    pub(crate) unprovable: i64,
    /// When the last of the settled ones was.
    pub(crate) last_at: Option<i64>,
}

/// One box of a receipt.
#[derive(Debug, Clone)]
pub(crate) struct ErasureBox {
    pub(crate) dev_sno: String,
    /// `None`: there is no such box any more.
    pub(crate) name: Option<String>,
    pub(crate) outcome: String,
    pub(crate) settled_at: Option<i64>,
    pub(crate) message: Option<String>,
}

/// Which receipts a list holds, newest first.
#[derive(Debug, Clone, Default)]
pub(crate) struct Filter {
    pub(crate) identity_id: Option<String>,
    /// Only those with (true) or without (false) an outstanding box.
    pub(crate) outstanding: Option<bool>,
    /// Only boxes of these sites count; of a box that is gone, or forgotten, nobody knows where it stood.
    pub(crate) sites: Sites,
    /// Only ids before this one; empty for the newest.
    pub(crate) before: String,
    pub(crate) limit: i64,
}

const COLUMNS: &str =
    "id, identity_id, erased_at, erased_by, forgotten_at, proved, overwritten, unprovable, settled_at";

/// Writes the receipt of a person who is being erased, in the same transaction and before the boxes' rows are derived again.
pub(crate) fn record(tx: &mut Tx<'_>, person: &IdentityId, by: &str, now: i64) -> Result<String, DbError> {
    let id = Uuid::now_v7().to_string();
    tx.exec(
        "INSERT INTO erasure(id, identity_id, erased_at, erased_by) VALUES($1, $2, $3, $4)",
        vals![id.as_str(), person.as_str(), now, by],
    )?;
    // Boxes that were never told of them have nothing to prove.
    tx.exec(
        "INSERT INTO erasure_box(erasure_id, dev_sno, identity_id, outcome)
         SELECT CAST($1 AS TEXT), dev_sno, identity_id, 'outstanding' FROM box_person
         WHERE identity_id = $2 AND (touched = 1 OR proved_revision IS NOT NULL)",
        vals![id.as_str(), person.as_str()],
    )?;
    Ok(id)
}

/// A box proved that it does not hold these people.
pub(super) fn proved(tx: &mut Tx<'_>, dev_sno: &DevSno, people: &[&str], now: i64) -> Result<(), DbError> {
    settle_of(tx, dev_sno, people, "proved", "the box says that they are gone", now)
}

/// A box proved that it holds others who were added under the same ids since.
pub(super) fn overwritten(
    tx: &mut Tx<'_>,
    dev_sno: &DevSno,
    people: &[&str],
    now: i64,
) -> Result<(), DbError> {
    let message = "the box holds the person who was added under this id since";
    settle_of(tx, dev_sno, people, "overwritten", message, now)
}

/// Late answers say that a box holds people it had proved to be gone: they have to be removed once more.
pub(super) fn reopened(tx: &mut Tx<'_>, dev_sno: &DevSno, people: &[&str]) -> Result<(), DbError> {
    let sql = format!(
        "UPDATE erasure_box SET outcome = 'outstanding', settled_at = NULL,
         message = 'a late answer says that the box holds them again' WHERE dev_sno = $1 AND outcome = 'proved'
         AND identity_id IN ({})",
        bulk::places(2)
    );
    for piece in bulk::pieces(people) {
        tx.exec(&sql, &[vals![dev_sno.as_str()], &piece[..]].concat())?;
    }
    Ok(())
}

/// A box proved that it was emptied.
pub(super) fn settled_by_wipe(tx: &mut Tx<'_>, dev_sno: &DevSno, now: i64) -> Result<(), DbError> {
    settle_all(tx, dev_sno, "proved", "the box says that it was emptied", now)
}

/// A box can no longer be asked.
pub(crate) fn unprovable(tx: &mut Tx<'_>, dev_sno: &DevSno, why: &str, now: i64) -> Result<(), DbError> {
    settle_all(tx, dev_sno, "unprovable", why, now)
}

const SETTLE: &str = "UPDATE erasure_box SET outcome = $1, settled_at = $2, message = $3 WHERE dev_sno = $4
                      AND outcome = 'outstanding'";

fn settle_all(
    tx: &mut Tx<'_>,
    dev_sno: &DevSno,
    outcome: &str,
    message: &str,
    now: i64,
) -> Result<(), DbError> {
    tx.exec(SETTLE, vals![outcome, now, message, dev_sno.as_str()])?;
    Ok(())
}

fn settle_of(
    tx: &mut Tx<'_>,
    dev_sno: &DevSno,
    people: &[&str],
    outcome: &str,
    message: &str,
    now: i64,
) -> Result<(), DbError> {
    let sql = format!("{SETTLE} AND identity_id IN ({})", bulk::places(5));
    for piece in bulk::pieces(people) {
        tx.exec(&sql, &[vals![outcome, now, message, dev_sno.as_str()], &piece[..]].concat())?;
    }
    Ok(())
}

/// A page of receipts, newest first.
pub(crate) fn list(tx: &mut Tx<'_>, filter: &Filter) -> Result<Vec<Erasure>, DbError> {
    let mut sql = format!("SELECT {COLUMNS} FROM erasure e WHERE ($1 = '' OR id < $1)");
    let mut params: Vec<Val> = vec![filter.before.as_str().into()];
    if let Some(person) = &filter.identity_id {
        params.push(person.into());
        sql.push_str(" AND identity_id = $2");
    }
    if let Some(outstanding) = filter.outstanding {
        let not = if outstanding { "" } else { "NOT " };
        sql.push_str(&format!(
            " AND {not}EXISTS (SELECT 1 FROM erasure_box b WHERE b.erasure_id = e.id AND b.outcome = 'outstanding'"
        ));
        restrict(&mut sql, &mut params, "b.dev_sno", filter.sites.as_deref());
        sql.push(')');
    }
    params.push(filter.limit.into());
    sql.push_str(&format!(" ORDER BY id DESC LIMIT ${}", params.len()));
    let rows = tx.query(&sql, &params)?;
    rows.iter().map(|row| erasure(tx, row, filter.sites.as_deref())).collect()
}

/// One receipt; only boxes of these sites count.
pub(crate) fn find(tx: &mut Tx<'_>, id: &str, sites: Option<&[String]>) -> Result<Option<Erasure>, DbError> {
    let row = tx.first(&format!("SELECT {COLUMNS} FROM erasure WHERE id = $1"), vals![id])?;
    row.map(|row| erasure(tx, &row, sites)).transpose()
}

/// The boxes of a receipt in the order of their keys.
pub(crate) fn boxes(
    tx: &mut Tx<'_>,
    id: &str,
    sites: Option<&[String]>,
    outcome: Option<&str>,
    after: &str,
    limit: i64,
) -> Result<Vec<ErasureBox>, DbError> {
    let mut sql = "SELECT e.dev_sno, b.name, e.outcome, e.settled_at, e.message FROM erasure_box e
         LEFT JOIN box b ON b.dev_sno = e.dev_sno WHERE e.erasure_id = $1 AND e.dev_sno > $2
         AND ($3 = '' OR e.outcome = $3)"
        .to_owned();
    let mut params = vals![id, after, outcome.unwrap_or("")].to_vec();
    restrict(&mut sql, &mut params, "e.dev_sno", sites);
    params.push(limit.into());
    sql.push_str(&format!(" ORDER BY e.dev_sno LIMIT ${}", params.len()));
    tx.query(&sql, &params)?
        .iter()
        .map(|row| {
            Ok(ErasureBox {
                dev_sno: row.text("dev_sno")?,
                name: row.opt_text("name")?,
                outcome: row.text("outcome")?,
                settled_at: row.opt_int("settled_at")?,
                message: row.opt_text("message")?,
            })
        })
        .collect()
}

/// Receipts whose last box was settled before a time, or that never had one, longest ago first; not those whose boxes are forgotten.
pub(crate) fn settled_before(tx: &mut Tx<'_>, before: i64, limit: i64) -> Result<Vec<String>, DbError> {
    let rows = tx.query(
        "SELECT id FROM erasure e WHERE forgotten_at IS NULL AND erased_at < $1
         AND NOT EXISTS (SELECT 1 FROM erasure_box b WHERE b.erasure_id = e.id AND b.settled_at IS NULL)
         AND NOT EXISTS (SELECT 1 FROM erasure_box b WHERE b.erasure_id = e.id AND b.settled_at >= $1)
         ORDER BY erased_at LIMIT $2",
        vals![before, limit],
    )?;
    rows.iter().map(|row| row.text("id")).collect()
}

/// Forgets the rows of a receipt's boxes and keeps how many there were, unless one is outstanding (again).
pub(crate) fn forget_boxes(tx: &mut Tx<'_>, id: &str, now: i64) -> Result<(), DbError> {
    let counts = count(tx, id, None)?;
    if counts.outstanding > 0 {
        return Ok(());
    }
    tx.exec(
        "UPDATE erasure SET forgotten_at = $1, proved = $2, overwritten = $3, unprovable = $4, settled_at = $5
         WHERE id = $6 AND forgotten_at IS NULL",
        vals![now, counts.proved, counts.overwritten, counts.unprovable, counts.last_at, id],
    )?;
    tx.exec("DELETE FROM erasure_box WHERE erasure_id = $1", vals![id])?;
    Ok(())
}

fn erasure(tx: &mut Tx<'_>, row: &Row, sites: Option<&[String]>) -> Result<Erasure, DbError> {
    let (id, forgotten_at) = (row.text("id")?, row.opt_int("forgotten_at")?);
    let (counts, complete) = match forgotten_at {
        None => {
            let counts = count(tx, &id, sites)?;
            (counts, counts.outstanding == 0 && counts.unprovable == 0)
        }
        Some(_) => {
            let all = remembered(row)?;
            let theirs = Counts { last_at: all.last_at, ..Counts::default() };
            (if sites.is_none() { all } else { theirs }, all.unprovable == 0)
        }
    };
    Ok(Erasure {
        id,
        identity_id: row.text("identity_id")?,
        erased_at: row.int("erased_at")?,
        erased_by: row.text("erased_by")?,
        counts,
        complete,
        forgotten_at,
    })
}

/// What a receipt keeps of boxes that are forgotten.
fn remembered(row: &Row) -> Result<Counts, DbError> {
    Ok(Counts {
        outstanding: 0,
        proved: row.int("proved")?,
        overwritten: row.int("overwritten")?,
        unprovable: row.int("unprovable")?,
        last_at: row.opt_int("settled_at")?,
    })
}

/// Counts the boxes of a receipt.
fn count(tx: &mut Tx<'_>, id: &str, sites: Option<&[String]>) -> Result<Counts, DbError> {
    let mut counts = Counts::default();
    let mut sql = "SELECT outcome, COUNT(*) AS n, MAX(settled_at) AS last_at FROM erasure_box
                   WHERE erasure_id = $1"
        .to_owned();
    let mut params = vals![id].to_vec();
    restrict(&mut sql, &mut params, "dev_sno", sites);
    sql.push_str(" GROUP BY outcome");
    for group in &tx.query(&sql, &params)? {
        let n = group.int("n")?;
        match group.text("outcome")?.as_str() {
            "proved" => counts.proved = n,
            "overwritten" => counts.overwritten = n,
            "unprovable" => counts.unprovable = n,
            _ => counts.outstanding = n,
        }
        counts.last_at = counts.last_at.max(group.opt_int("last_at")?);
    }
    Ok(counts)
}
