//! Numbers for the metrics. Each is answered from an index.

use super::{DbError, Tx, feed, vals};

/// States of a command, in the order of its life.
const STATES: [&str; 5] = ["queued", "published", "done", "failed", "expired"];
/// Nothing is counted further than this.
const COUNTED: i64 = 1_000_000;

/// How things are.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sample {
    pub(crate) commands: Vec<(&'static str, i64)>,
    /// When the oldest command was queued that the broker has not taken.
    pub(crate) oldest_queued: Option<i64>,
    /// Since when the oldest wish waits that is neither proved nor refused, of boxes that have ever logged in.
    pub(crate) oldest_unproved: Option<i64>,
    pub(crate) boxes: i64,
    /// Boxes that ever sent a heartbeat.
    pub(crate) boxes_seen: i64,
    pub(crate) boxes_online: i64,
    pub(crate) webhooks: i64,
    pub(crate) webhooks_enabled: i64,
    pub(crate) webhooks_failing: i64,
    pub(crate) webhook_backlog: i64,
    pub(crate) exchange_backlog: i64,
}

/// Takes them; boxes are online when their heartbeat came after `online_since`.
pub(crate) fn take(tx: &mut Tx<'_>, online_since: i64) -> Result<Sample, DbError> {
    let mut sample = Sample { oldest_queued: oldest_queued(tx)?, ..Sample::default() };
    for state in STATES {
        let sql = "SELECT COUNT(*) FROM (SELECT 1 FROM command WHERE state = $1 LIMIT $2) AS counted";
        sample.commands.push((state, tx.number(sql, vals![state, COUNTED])?));
    }
    sample.oldest_unproved = oldest_unproved(tx)?;
    sample.boxes = tx.number("SELECT COUNT(*) FROM box", &[])?;
    sample.boxes_seen = tx.number("SELECT COUNT(*) FROM box WHERE heartbeat_at IS NOT NULL", &[])?;
    sample.boxes_online =
        tx.number("SELECT COUNT(*) FROM box WHERE heartbeat_at > $1", vals![online_since])?;
    sample.webhooks = tx.number("SELECT COUNT(*) FROM webhook", &[])?;
    sample.webhooks_enabled = tx.number("SELECT COUNT(*) FROM webhook WHERE enabled = 1", &[])?;
    let failing = "SELECT COUNT(*) FROM webhook WHERE enabled = 1 AND failing_since IS NOT NULL";
    sample.webhooks_failing = tx.number(failing, &[])?;
    let newest = feed::newest(tx)?;
    let behind = |told: Option<i64>| told.map_or(0, |told| (newest - told).max(0));
    let slowest = tx.first("SELECT MIN(told_until) AS told FROM webhook WHERE enabled = 1", &[])?;
    sample.webhook_backlog = behind(slowest.map_or(Ok(None), |row| row.opt_int("told"))?);
    let published = tx.first("SELECT MIN(told_until) AS told FROM feed_follower", &[])?;
    sample.exchange_backlog = behind(published.map_or(Ok(None), |row| row.opt_int("told"))?);
    Ok(sample)
}

/// Asked of each box: nobody knows how many wait for boxes that are not there yet.
fn oldest_unproved(tx: &mut Tx<'_>) -> Result<Option<i64>, DbError> {
    let sql = "SELECT MIN(oldest) AS at FROM (SELECT (SELECT MIN(h.changed_at) FROM box_person h
               WHERE h.dev_sno = b.dev_sno AND h.state IN ('pending', 'sent')) AS oldest
               FROM box b WHERE b.login_at IS NOT NULL) AS of_boxes";
    tx.first(sql, &[])?.map_or(Ok(None), |row| row.opt_int("at"))
}

/// When the oldest command was queued that the broker has not taken; ids grow with time.
pub(crate) fn oldest_queued(tx: &mut Tx<'_>) -> Result<Option<i64>, DbError> {
    let sql = "SELECT queued_at FROM command WHERE state = 'queued' ORDER BY id LIMIT 1";
    tx.first(sql, &[])?.map_or(Ok(None), |row| row.opt_int("queued_at"))
}

/// A write that changes nothing anybody reads: how long a write takes now.
pub(crate) fn touch(tx: &mut Tx<'_>) -> Result<(), DbError> {
    tx.exec("UPDATE feed_follower SET told_until = told_until WHERE name = 'exchange'", &[])?;
    Ok(())
}
