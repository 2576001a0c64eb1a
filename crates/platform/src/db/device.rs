//! A box as a device: its login and its signs of life.

use protocol::{DevSno, Mac, MessageId, command as methods};

use super::{DbError, Row, Tx, vals};

/// What a login needs to know of a box.
#[derive(Debug, Clone)]
pub(crate) struct Known {
    /// The hardware that occupies the key.
    pub(crate) mac: Option<String>,
    /// The hardware everything proved was proved by.
    pub(crate) proved_mac: Option<String>,
    /// It has logged in at least once.
    pub(crate) has_joined: bool,
    /// Uploads need no token, the address of the last login is enough.
    pub(crate) legacy: bool,
    /// It serves as quality-check server.
    pub(crate) fiqa_server: bool,
    /// Whence it last logged in.
    pub(crate) login_addr: Option<String>,
    /// Under which address it last reached us.
    pub(crate) base_url: Option<String>,
}

/// A login that was accepted.
#[derive(Debug, Clone)]
pub(crate) struct Login {
    /// The hardware, when the box told.
    pub(crate) mac: Option<Mac>,
    /// The address it came from.
    pub(crate) addr: String,
    /// `scheme://host[:port]` under which it reached us.
    pub(crate) base_url: String,
}

/// How a box can be reached.
#[derive(Debug, Clone)]
pub(crate) struct Reach {
    /// It has logged in at least once.
    pub(crate) has_joined: bool,
    /// Since when it leaves a command unanswered without a sign of life.
    pub(crate) silent_since: Option<i64>,
    /// Under which address it last reached us.
    pub(crate) base_url: Option<String>,
    /// From when it may be told to forget whoever it holds from before this platform.
    pub(crate) empty_at: Option<i64>,
}

/// Finds a box.
pub(crate) fn find(tx: &mut Tx<'_>, dev_sno: &DevSno) -> Result<Option<Known>, DbError> {
    let row = tx.first(
        "SELECT mac, proved_mac, login_at, legacy, fiqa_server, login_addr, base_url FROM box WHERE dev_sno = $1",
        vals![dev_sno.as_str()],
    )?;
    row.map(|row| {
        Ok(Known {
            mac: row.opt_text("mac")?,
            proved_mac: row.opt_text("proved_mac")?,
            has_joined: row.opt_int("login_at")?.is_some(),
            legacy: row.bool("legacy")?,
            fiqa_server: row.bool("fiqa_server")?,
            login_addr: row.opt_text("login_addr")?,
            base_url: row.opt_text("base_url")?,
        })
    })
    .transpose()
}

/// Remembers a login. A box that tells no hardware address keeps the one it had.
pub(crate) fn logged_in(tx: &mut Tx<'_>, dev_sno: &DevSno, login: &Login, now: i64) -> Result<(), DbError> {
    let mac = login.mac.as_ref().map(Mac::as_str);
    tx.exec(
        "UPDATE box SET mac = COALESCE($1, mac), proved_mac = COALESCE($1, proved_mac), login_at = $2, login_addr = $3,
         base_url = $4 WHERE dev_sno = $5",
        vals![mac, now, login.addr.as_str(), login.base_url.as_str(), dev_sno.as_str()],
    )?;
    Ok(())
}

/// A sign of life of any kind, remembered to a few seconds. Answers whether the box had been silent.
pub(crate) fn seen(tx: &mut Tx<'_>, dev_sno: &DevSno, now: i64) -> Result<bool, DbError> {
    let Some(row) =
        tx.first("SELECT seen_at, silent_since FROM box WHERE dev_sno = $1", vals![dev_sno.as_str()])?
    else {
        return Ok(false);
    };
    let silent = row.opt_int("silent_since")?.is_some();
    if silent || row.opt_int("seen_at")?.is_none_or(|seen| now.abs_diff(seen) >= 2_000) {
        tx.exec(
            "UPDATE box SET seen_at = $1, silent_since = NULL WHERE dev_sno = $2",
            vals![now, dev_sno.as_str()],
        )?;
    }
    Ok(silent)
}

/// A box left a command unanswered: it is silent if it gave no sign of life since the command was published.
pub(crate) fn unanswered(tx: &mut Tx<'_>, command: &MessageId, now: i64) -> Result<(), DbError> {
    tx.exec(
        "UPDATE box SET silent_since = $1 WHERE EXISTS (SELECT 1 FROM command c WHERE c.id = $2
         AND c.dev_sno = box.dev_sno AND (box.seen_at IS NULL OR box.seen_at <= c.published_at))",
        vals![now, command.as_str()],
    )?;
    Ok(())
}

/// What the reconciler needs of a box.
pub(crate) fn reach(tx: &mut Tx<'_>, dev_sno: &DevSno) -> Result<Option<Reach>, DbError> {
    let row = tx.first(
        "SELECT login_at, silent_since, base_url, empty_at FROM box WHERE dev_sno = $1",
        vals![dev_sno.as_str()],
    )?;
    row.map(|row| {
        Ok(Reach {
            has_joined: row.opt_int("login_at")?.is_some(),
            silent_since: row.opt_int("silent_since")?,
            base_url: row.opt_text("base_url")?,
            empty_at: row.opt_int("empty_at")?,
        })
    })
    .transpose()
}

/// From when the box is to be told (again) to forget everybody; `None`: it has, or need not.
pub(crate) fn empty_at(tx: &mut Tx<'_>, dev_sno: &DevSno, at: Option<i64>) -> Result<(), DbError> {
    tx.exec("UPDATE box SET empty_at = $1 WHERE dev_sno = $2", vals![at, dev_sno.as_str()])?;
    Ok(())
}

/// Remembers a heartbeat: `detail` is the report as it came, JSON.
pub(crate) fn heartbeat(tx: &mut Tx<'_>, dev_sno: &DevSno, detail: &str, now: i64) -> Result<(), DbError> {
    tx.exec(
        "UPDATE box SET heartbeat_at = $1, heartbeat = $2 WHERE dev_sno = $3",
        vals![now, detail, dev_sno.as_str()],
    )?;
    Ok(())
}

/// Every box's licence key, in order, after `cursor`.
pub(crate) fn keys_after(tx: &mut Tx<'_>, cursor: &str, limit: i64) -> Result<Vec<DevSno>, DbError> {
    let rows = tx.query(
        "SELECT dev_sno FROM box WHERE dev_sno > $1 ORDER BY dev_sno LIMIT $2",
        vals![cursor, limit],
    )?;
    rows.iter().map(key).collect()
}

/// Boxes that have logged in, are not silent (or not since `probe_before`), and have something to be done by `now` that no open
/// command of the same kind holds up.
pub(crate) fn keys_with_work(tx: &mut Tx<'_>, now: i64, probe_before: i64) -> Result<Vec<DevSno>, DbError> {
    let rows = tx.query(
        "SELECT dev_sno FROM box WHERE login_at IS NOT NULL AND (silent_since IS NULL OR silent_since <= $1) AND (
         empty_at <= $2
         OR EXISTS (SELECT 1 FROM box_person p WHERE p.dev_sno = box.dev_sno AND p.desired_revision IS NULL AND p.next_attempt_at <= $2)
         AND NOT EXISTS (SELECT 1 FROM command c WHERE c.dev_sno = box.dev_sno AND c.state IN ('queued', 'published') AND c.method = $3)
         OR EXISTS (SELECT 1 FROM box_person p WHERE p.dev_sno = box.dev_sno AND p.desired_revision IS NOT NULL AND p.next_attempt_at <= $2)
         AND NOT EXISTS (SELECT 1 FROM command c WHERE c.dev_sno = box.dev_sno AND c.state IN ('queued', 'published') AND c.method = $4))
         ORDER BY dev_sno",
        vals![probe_before, now, methods::DELETE_USERS, methods::ADD_USERS_PLUS],
    )?;
    rows.iter().map(key).collect()
}

fn key(row: &Row) -> Result<DevSno, DbError> {
    row.text("dev_sno").map(DevSno::new)
}
