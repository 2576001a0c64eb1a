//! What is known of a box from its reports: how its clock stands, what it repeats, and what followers were last told of it.

use super::{DbError, Row, Tx, vals};

/// What is known of one box.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct BoxIntake {
    pub(crate) dev_sno: String,
    /// Its clock minus ours, milliseconds; `None` while too few reports told.
    pub(crate) clock_offset_ms: Option<i64>,
    /// When that was last reckoned.
    pub(crate) clock_at: Option<i64>,
    /// Reports of a capture that had come before by the same way.
    pub(crate) repeats: i64,
    /// Events that arrived long after they were captured.
    pub(crate) late: i64,
    /// Events that arrived before they were captured, by its clock.
    pub(crate) ahead: i64,
}

/// What one upload adds to the counts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) repeats: i64,
    pub(crate) late: i64,
    pub(crate) ahead: i64,
}

/// A box that came or went and of which followers were not told yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Change {
    pub(crate) dev_sno: String,
    pub(crate) heartbeat_at: i64,
    pub(crate) is_online: bool,
}

/// Counts what was remarkable about an upload; does nothing when nothing was.
pub(crate) fn add(tx: &mut Tx<'_>, dev_sno: &str, tally: Tally) -> Result<(), DbError> {
    if tally == Tally::default() || !exists(tx, dev_sno)? {
        return Ok(());
    }
    tx.exec(
        "INSERT INTO box_intake(dev_sno, repeats, late, ahead) VALUES($1, $2, $3, $4) ON CONFLICT(dev_sno) DO UPDATE SET
         repeats = box_intake.repeats + excluded.repeats, late = box_intake.late + excluded.late,
         ahead = box_intake.ahead + excluded.ahead",
        vals![dev_sno, tally.repeats, tally.late, tally.ahead],
    )?;
    Ok(())
}

/// Remembers how a box's clock stands; one that was removed meanwhile is passed over.
pub(crate) fn set_clock(tx: &mut Tx<'_>, dev_sno: &str, offset_ms: i64, now: i64) -> Result<(), DbError> {
    if !exists(tx, dev_sno)? {
        return Ok(());
    }
    tx.exec(
        "INSERT INTO box_intake(dev_sno, clock_offset_ms, clock_at) VALUES($1, $2, $3) ON CONFLICT(dev_sno) DO UPDATE SET
         clock_offset_ms = excluded.clock_offset_ms, clock_at = excluded.clock_at",
        vals![dev_sno, offset_ms, now],
    )?;
    Ok(())
}

/// How clocks stand that were reckoned after `since`.
pub(crate) fn clocks(tx: &mut Tx<'_>, since: i64) -> Result<Vec<(String, i64)>, DbError> {
    let rows = tx.query(
        "SELECT dev_sno, clock_offset_ms FROM box_intake WHERE clock_at > $1 AND clock_offset_ms IS NOT NULL",
        vals![since],
    )?;
    rows.iter().map(|row| Ok((row.text("dev_sno")?, row.int("clock_offset_ms")?))).collect()
}

/// Boxes whose heartbeat says otherwise than followers were last told; online are those heard of after `online_since`.
pub(crate) fn changes(tx: &mut Tx<'_>, online_since: i64) -> Result<Vec<Change>, DbError> {
    let rows = tx.query(
        "SELECT b.dev_sno, b.heartbeat_at, CASE WHEN b.heartbeat_at > $1 THEN 1 ELSE 0 END AS online
         FROM box b LEFT JOIN box_intake i ON i.dev_sno = b.dev_sno WHERE b.heartbeat_at IS NOT NULL
         AND CASE WHEN b.heartbeat_at > $1 THEN 1 ELSE 0 END <> COALESCE(i.told_online, 0) ORDER BY b.dev_sno",
        vals![online_since],
    )?;
    rows.iter()
        .map(|row| {
            Ok(Change {
                dev_sno: row.text("dev_sno")?,
                heartbeat_at: row.int("heartbeat_at")?,
                is_online: row.bool("online")?,
            })
        })
        .collect()
}

/// Takes note that followers are told of a change; whether nobody told them before.
pub(crate) fn tell(tx: &mut Tx<'_>, change: &Change) -> Result<bool, DbError> {
    if !exists(tx, &change.dev_sno)? {
        return Ok(false);
    }
    let told = tx.exec(
        "INSERT INTO box_intake(dev_sno, told_online) VALUES($1, $2) ON CONFLICT(dev_sno) DO UPDATE SET
         told_online = excluded.told_online WHERE box_intake.told_online <> excluded.told_online",
        vals![change.dev_sno.as_str(), change.is_online],
    )?;
    Ok(told > 0)
}

/// A page of boxes in the order of their keys: all that report, or one; only those whose clock is off by more than `clock_off`
/// milliseconds, and only those at `sites`, when these are given.
pub(crate) fn list(
    tx: &mut Tx<'_>,
    dev_sno: Option<&str>,
    clock_off: Option<i64>,
    sites: Option<&[String]>,
    after: &str,
    limit: i64,
) -> Result<Vec<BoxIntake>, DbError> {
    let mut params = vals![after, dev_sno.unwrap_or("")].to_vec();
    let within = sites.map_or(String::new(), |sites| {
        let places = (3..).take(sites.len()).map(|at| format!("${at}")).collect::<Vec<_>>().join(", ");
        params.extend(sites.iter().map(Into::into));
        format!("AND b.site IN ({})", if sites.is_empty() { "NULL" } else { &places })
    });
    let off = clock_off.map_or(String::new(), |ms| {
        params.push(ms.into());
        format!("AND ABS(i.clock_offset_ms) > ${}", params.len())
    });
    params.push(limit.into());
    let sql = format!(
        "SELECT b.dev_sno, i.clock_offset_ms, i.clock_at, COALESCE(i.repeats, 0) AS repeats, COALESCE(i.late, 0) AS late,
         COALESCE(i.ahead, 0) AS ahead FROM box b LEFT JOIN box_intake i ON i.dev_sno = b.dev_sno
         WHERE b.dev_sno > $1 AND ($2 = '' OR b.dev_sno = $2) {within} {off} ORDER BY b.dev_sno LIMIT ${}",
        params.len()
    );
    tx.query(&sql, &params)?.iter().map(row).collect()
}

/// Where boxes are, by key; those that were removed are left out.
pub(crate) fn sites(tx: &mut Tx<'_>, boxes: &[&str]) -> Result<Vec<(String, String)>, DbError> {
    if boxes.is_empty() {
        return Ok(Vec::new());
    }
    let (places, params) = super::person::list_of(boxes.iter().copied());
    let sql = format!("SELECT dev_sno, site FROM box WHERE dev_sno IN ({places})");
    tx.query(&sql, &params)?.iter().map(|row| Ok((row.text("dev_sno")?, row.text("site")?))).collect()
}

fn exists(tx: &mut Tx<'_>, dev_sno: &str) -> Result<bool, DbError> {
    Ok(tx.first("SELECT dev_sno FROM box WHERE dev_sno = $1", vals![dev_sno])?.is_some())
}

fn row(row: &Row) -> Result<BoxIntake, DbError> {
    Ok(BoxIntake {
        dev_sno: row.text("dev_sno")?,
        clock_offset_ms: row.opt_int("clock_offset_ms")?,
        clock_at: row.opt_int("clock_at")?,
        repeats: row.int("repeats")?,
        late: row.int("late")?,
        ahead: row.int("ahead")?,
    })
}
