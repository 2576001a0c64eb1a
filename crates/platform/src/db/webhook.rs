//! Webhooks: their settings, and how far each has come in the feed.

use serde_json::Value;

use super::{DbError, Row, Tx, vals};

const COLUMNS: &str = "id, description, url, secret, filter, pictures, enabled, disabled_reason, version, told_until, missed, \
                       replay_after, replay_until, failing_since, created_at, updated_at";

/// What an operator sets.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Settings {
    pub(crate) description: String,
    /// Sealed.
    pub(crate) url: Vec<u8>,
    /// Sealed.
    pub(crate) secret: Vec<u8>,
    /// JSON: what it is told of.
    pub(crate) filter: Value,
    /// `none`, `link` or `inline`.
    pub(crate) pictures: String,
    pub(crate) enabled: bool,
}

/// A webhook as kept.
#[derive(Debug, Clone)]
pub(crate) struct Webhook {
    pub(crate) id: String,
    pub(crate) settings: Settings,
    /// Why the platform itself disabled it.
    pub(crate) disabled_reason: Option<String>,
    pub(crate) version: i64,
    /// Number of the last feed entry that was dealt with.
    pub(crate) told_until: i64,
    /// Entries the feed no longer held when their turn came.
    pub(crate) missed: i64,
    /// A replay in progress: entries after the first number, up to the second.
    pub(crate) replay: Option<(i64, i64)>,
    /// Since when nothing was taken.
    pub(crate) failing_since: Option<i64>,
    pub(crate) created_at: i64,
    pub(crate) updated_at: i64,
}

/// How far a webhook has come; written with what became of its deliveries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Progress {
    pub(crate) told_until: i64,
    pub(crate) missed: i64,
    pub(crate) replay: Option<(i64, i64)>,
    pub(crate) failing_since: Option<i64>,
}

/// Adds a webhook that is told what comes after `told_until`.
pub(crate) fn insert(
    tx: &mut Tx<'_>,
    id: &str,
    settings: &Settings,
    told_until: i64,
    now: i64,
) -> Result<(), DbError> {
    tx.exec(
        "INSERT INTO webhook(id, description, url, secret, filter, pictures, enabled, told_until, created_at, updated_at)
         VALUES($1, $2, $3, $4, $5, $6, $7, $8, $9, $9)",
        vals![
            id,
            &settings.description,
            settings.url.clone(),
            settings.secret.clone(),
            &settings.filter,
            &settings.pictures,
            settings.enabled,
            told_until,
            now
        ],
    )?;
    Ok(())
}

/// Changes what an operator sets; whatever the platform held against the webhook is forgotten.
pub(crate) fn update(tx: &mut Tx<'_>, id: &str, settings: &Settings, now: i64) -> Result<(), DbError> {
    tx.exec(
        "UPDATE webhook SET description = $1, url = $2, secret = $3, filter = $4, pictures = $5, enabled = $6, updated_at = $7,
         disabled_reason = NULL, failing_since = NULL, version = version + 1 WHERE id = $8",
        vals![
            &settings.description,
            settings.url.clone(),
            settings.secret.clone(),
            &settings.filter,
            &settings.pictures,
            settings.enabled,
            now,
            id
        ],
    )?;
    Ok(())
}

/// Makes its follower look at it again.
pub(crate) fn touch(tx: &mut Tx<'_>, id: &str) -> Result<(), DbError> {
    tx.exec("UPDATE webhook SET version = version + 1 WHERE id = $1", vals![id])?;
    Ok(())
}

/// Leaves out everything before `told_until`.
pub(crate) fn skip_to(tx: &mut Tx<'_>, id: &str, told_until: i64) -> Result<(), DbError> {
    tx.exec(
        "UPDATE webhook SET told_until = $1, version = version + 1 WHERE id = $2",
        vals![told_until, id],
    )?;
    Ok(())
}

/// Asks for entries to be told again: those after the first number, up to the second.
pub(crate) fn replay(tx: &mut Tx<'_>, id: &str, after: i64, until: i64) -> Result<(), DbError> {
    tx.exec(
        "UPDATE webhook SET replay_after = $1, replay_until = $2, version = version + 1 WHERE id = $3",
        vals![after, until, id],
    )?;
    Ok(())
}

/// Moves on as far as its deliveries have come.
pub(crate) fn advance(tx: &mut Tx<'_>, id: &str, progress: &Progress) -> Result<(), DbError> {
    tx.exec(
        "UPDATE webhook SET told_until = $1, missed = $2, replay_after = $3, replay_until = $4, failing_since = $5 WHERE id = $6",
        vals![
            progress.told_until,
            progress.missed,
            progress.replay.map(|(after, _)| after),
            progress.replay.map(|(_, until)| until),
            progress.failing_since,
            id
        ],
    )?;
    Ok(())
}

/// Disables it for a reason of the platform's own.
pub(crate) fn disable(tx: &mut Tx<'_>, id: &str, reason: &str, now: i64) -> Result<(), DbError> {
    tx.exec(
        "UPDATE webhook SET enabled = 0, disabled_reason = $1, updated_at = $2, version = version + 1 WHERE id = $3",
        vals![reason, now, id],
    )?;
    Ok(())
}

/// Removes it with its log.
pub(crate) fn delete(tx: &mut Tx<'_>, id: &str) -> Result<bool, DbError> {
    Ok(tx.exec("DELETE FROM webhook WHERE id = $1", vals![id])? > 0)
}

/// One webhook.
pub(crate) fn find(tx: &mut Tx<'_>, id: &str) -> Result<Option<Webhook>, DbError> {
    tx.first(&format!("SELECT {COLUMNS} FROM webhook WHERE id = $1"), vals![id])?
        .as_ref()
        .map(row)
        .transpose()
}

/// Webhooks after an id, oldest first.
pub(crate) fn list(tx: &mut Tx<'_>, after: &str, limit: i64) -> Result<Vec<Webhook>, DbError> {
    let sql = format!("SELECT {COLUMNS} FROM webhook WHERE id > $1 ORDER BY id LIMIT $2");
    tx.query(&sql, vals![after, limit])?.iter().map(row).collect()
}

/// How many there are.
pub(crate) fn count(tx: &mut Tx<'_>) -> Result<i64, DbError> {
    tx.number("SELECT COUNT(*) FROM webhook", &[])
}

/// Ids and versions of those that are enabled.
pub(crate) fn enabled(tx: &mut Tx<'_>) -> Result<Vec<(String, i64)>, DbError> {
    let rows = tx.query("SELECT id, version FROM webhook WHERE enabled = 1 ORDER BY id", &[])?;
    rows.iter().map(|row| Ok((row.text("id")?, row.int("version")?))).collect()
}

/// The groups a person belongs to and the site of a box: what filters ask for.
pub(crate) fn groups_of(tx: &mut Tx<'_>, identity_id: &str) -> Result<Vec<String>, DbError> {
    let rows = tx.query("SELECT group_id FROM person_group WHERE identity_id = $1", vals![identity_id])?;
    rows.iter().map(|row| row.text("group_id")).collect()
}

/// The site of a box; empty when it has none or does not exist.
pub(crate) fn site_of(tx: &mut Tx<'_>, dev_sno: &str) -> Result<String, DbError> {
    let found = tx.first("SELECT site FROM box WHERE dev_sno = $1", vals![dev_sno])?;
    found.map_or(Ok(String::new()), |row| row.text("site"))
}

fn row(row: &Row) -> Result<Webhook, DbError> {
    Ok(Webhook {
        id: row.text("id")?,
        settings: Settings {
            description: row.text("description")?,
            url: row.bytes("url")?,
            secret: row.bytes("secret")?,
            filter: row.json("filter")?,
            pictures: row.text("pictures")?,
            enabled: row.bool("enabled")?,
        },
        disabled_reason: row.opt_text("disabled_reason")?,
        version: row.int("version")?,
        told_until: row.int("told_until")?,
        missed: row.int("missed")?,
        replay: row.opt_int("replay_after")?.zip(row.opt_int("replay_until")?),
        failing_since: row.opt_int("failing_since")?,
        created_at: row.int("created_at")?,
        updated_at: row.int("updated_at")?,
    })
}

impl Webhook {
    /// How far it has come.
    pub(crate) fn progress(&self) -> Progress {
        Progress {
            told_until: self.told_until,
            missed: self.missed,
            replay: self.replay,
            failing_since: self.failing_since,
        }
    }
}
