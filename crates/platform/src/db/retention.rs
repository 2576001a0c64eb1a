//! How long events are kept, what was removed, and the removing itself: rows first, so that nothing refers to a picture that is
//! gone.

use serde_json::Value;

use super::person::list_of;
use super::{DbError, Row, Tx, vals};

/// How long one class is kept, as it was set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RuleRow {
    pub(crate) class: String,
    /// 0: for ever.
    pub(crate) event_days: i64,
    /// 0: as long as the event.
    pub(crate) photo_days: i64,
    pub(crate) changed_at: i64,
    pub(crate) changed_by: String,
}

/// What was removed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Removed {
    pub(crate) events: i64,
    pub(crate) pictures: i64,
    pub(crate) bytes: i64,
    /// Pictures nothing referred to.
    pub(crate) orphans: i64,
}

/// One run.
#[derive(Debug, Clone)]
pub(crate) struct RunRow {
    pub(crate) id: String,
    pub(crate) started_at: i64,
    pub(crate) finished_at: Option<i64>,
    pub(crate) policy: Value,
    pub(crate) removed: Removed,
    pub(crate) error: Option<String>,
}

/// What was set, by class.
pub(crate) fn rules(tx: &mut Tx<'_>) -> Result<Vec<RuleRow>, DbError> {
    let sql = "SELECT class, event_days, photo_days, changed_at, changed_by FROM retention ORDER BY class";
    let rule = |row: &Row| {
        Ok(RuleRow {
            class: row.text("class")?,
            event_days: row.int("event_days")?,
            photo_days: row.int("photo_days")?,
            changed_at: row.int("changed_at")?,
            changed_by: row.text("changed_by")?,
        })
    };
    tx.query(sql, &[])?.iter().map(rule).collect()
}

/// Sets how long a class is kept.
pub(crate) fn set(tx: &mut Tx<'_>, rule: &RuleRow) -> Result<(), DbError> {
    tx.exec(
        "INSERT INTO retention(class, event_days, photo_days, changed_at, changed_by) VALUES($1, $2, $3, $4, $5)
         ON CONFLICT(class) DO UPDATE SET event_days = excluded.event_days, photo_days = excluded.photo_days,
         changed_at = excluded.changed_at, changed_by = excluded.changed_by",
        vals![
            rule.class.as_str(),
            rule.event_days,
            rule.photo_days,
            rule.changed_at,
            rule.changed_by.as_str()
        ],
    )?;
    Ok(())
}

/// Goes back to what is configured.
pub(crate) fn reset(tx: &mut Tx<'_>, class: &str) -> Result<(), DbError> {
    tx.exec("DELETE FROM retention WHERE class = $1", vals![class])?;
    Ok(())
}

/// A run begins.
pub(crate) fn begin(tx: &mut Tx<'_>, id: &str, policy: &Value, now: i64) -> Result<(), DbError> {
    tx.exec("INSERT INTO retention_run(id, started_at, policy) VALUES($1, $2, $3)", vals![id, now, policy])?;
    Ok(())
}

/// A run has removed something more.
pub(crate) fn add(tx: &mut Tx<'_>, id: &str, more: Removed) -> Result<(), DbError> {
    tx.exec(
        "UPDATE retention_run SET events = events + $1, pictures = pictures + $2, bytes = bytes + $3,
         orphans = orphans + $4 WHERE id = $5",
        vals![more.events, more.pictures, more.bytes, more.orphans, id],
    )?;
    Ok(())
}

/// A run ends, well or with an error.
pub(crate) fn end(tx: &mut Tx<'_>, id: &str, error: Option<&str>, now: i64) -> Result<(), DbError> {
    tx.exec("UPDATE retention_run SET finished_at = $1, error = $2 WHERE id = $3", vals![now, error, id])?;
    // Some years of them are enough.
    tx.exec(
        "DELETE FROM retention_run WHERE id IN (SELECT id FROM retention_run ORDER BY id DESC LIMIT 1000 OFFSET 5000)",
        &[],
    )?;
    Ok(())
}

/// A page of runs, newest first, before an id (`~` is after all of them).
pub(crate) fn runs(tx: &mut Tx<'_>, before: &str, limit: i64) -> Result<Vec<RunRow>, DbError> {
    let sql = "SELECT id, started_at, finished_at, policy, events, pictures, bytes, orphans, error FROM retention_run
               WHERE id < $1 ORDER BY id DESC LIMIT $2";
    let run = |row: &Row| {
        Ok(RunRow {
            id: row.text("id")?,
            started_at: row.int("started_at")?,
            finished_at: row.opt_int("finished_at")?,
            policy: row.json("policy")?,
            removed: Removed {
                events: row.int("events")?,
                pictures: row.int("pictures")?,
                bytes: row.int("bytes")?,
                orphans: row.int("orphans")?,
            },
            error: row.opt_text("error")?,
        })
    };
    tx.query(sql, vals![before, limit])?.iter().map(run).collect()
}

/// Removes events and their templates; their pictures are the caller's to remove afterwards.
pub(crate) fn forget_events(tx: &mut Tx<'_>, ids: &[&str]) -> Result<(), DbError> {
    let (places, params) = list_of(ids.iter().copied());
    tx.exec(&format!("DELETE FROM event_template WHERE event_id IN ({places})"), &params)?;
    tx.exec(&format!("DELETE FROM event WHERE id IN ({places})"), &params)?;
    Ok(())
}

/// Takes pictures and templates from events; the pictures themselves are the caller's to remove afterwards.
pub(crate) fn forget_pictures(tx: &mut Tx<'_>, ids: &[&str]) -> Result<(), DbError> {
    let (places, params) = list_of(ids.iter().copied());
    tx.exec(&format!("DELETE FROM event_template WHERE event_id IN ({places})"), &params)?;
    let sql = format!(
        "UPDATE event SET spot_key = NULL, reg_key = NULL, photo_bytes = NULL WHERE id IN ({places})"
    );
    tx.exec(&sql, &params)?;
    Ok(())
}

/// Those of some pictures that events still refer to.
pub(crate) fn referred_to(tx: &mut Tx<'_>, keys: &[String]) -> Result<Vec<String>, DbError> {
    if keys.is_empty() {
        return Ok(Vec::new());
    }
    let (places, params) = list_of(keys.iter().map(String::as_str));
    let mut found = Vec::new();
    for column in ["spot_key", "reg_key"] {
        let sql = format!("SELECT DISTINCT {column} AS found FROM event WHERE {column} IN ({places})");
        for row in tx.query(&sql, &params)? {
            found.push(row.text("found")?);
        }
    }
    Ok(found)
}

/// Whether any event refers to a picture whose address begins with `folder` and a slash.
pub(crate) fn folder_in_use(tx: &mut Tx<'_>, folder: &str) -> Result<bool, DbError> {
    // The character after the slash: every address in the folder sorts between the two.
    let (first, end) = (format!("{folder}/"), format!("{folder}0"));
    for column in ["spot_key", "reg_key"] {
        let sql = format!("SELECT 1 AS found FROM event WHERE {column} >= $1 AND {column} < $2 LIMIT 1");
        if tx.first(&sql, vals![first.as_str(), end.as_str()])?.is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Days (since 1970, UTC) whose keys were made before a time.
pub(crate) fn days_made_before(tx: &mut Tx<'_>, before: i64) -> Result<Vec<i64>, DbError> {
    let sql = "SELECT day FROM event_key WHERE made_at < $1 ORDER BY day";
    tx.query(sql, vals![before])?.iter().map(|row| row.int("day")).collect()
}
