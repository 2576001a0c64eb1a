//! Counts over everything, for the overview. Each is one indexed query.

use super::boxes::Holdings;
use super::{DbError, Tx, vals};

/// How much there is of everything.
#[derive(Debug, Clone, Default)]
pub(crate) struct Stats {
    pub(crate) people: i64,
    pub(crate) people_with_photo: i64,
    pub(crate) groups: i64,
    pub(crate) boxes: i64,
    pub(crate) boxes_online: i64,
    pub(crate) cameras: i64,
    pub(crate) events: i64,
    pub(crate) events_lately: i64,
    pub(crate) strangers_lately: i64,
    pub(crate) commands_queued: i64,
    pub(crate) commands_published: i64,
    pub(crate) holding: Holdings,
}

/// Counts; boxes are online when their heartbeat came after `online_since`, events are recent when captured after `lately`.
pub(crate) fn count(tx: &mut Tx<'_>, online_since: i64, lately: i64) -> Result<Stats, DbError> {
    let mut holding = Holdings::default();
    for row in tx.query("SELECT state, COUNT(*) AS n FROM box_person GROUP BY state", &[])? {
        let n = row.int("n")?;
        match row.text("state")?.as_str() {
            "applied" => holding.applied += n,
            "failed" => holding.failed += n,
            "sent" => holding.sent += n,
            _ => holding.pending += n,
        }
    }
    let commands = "SELECT COUNT(*) FROM command WHERE state = $1";
    Ok(Stats {
        people: tx.number("SELECT COUNT(*) FROM person", &[])?,
        people_with_photo: tx.number("SELECT COUNT(*) FROM person WHERE photo_key IS NOT NULL", &[])?,
        groups: tx.number("SELECT COUNT(*) FROM permission_group", &[])?,
        boxes: super::boxes::count(tx)?,
        boxes_online: tx.number("SELECT COUNT(*) FROM box WHERE heartbeat_at > $1", vals![online_since])?,
        cameras: tx.number("SELECT COUNT(*) FROM camera", &[])?,
        events: tx.number("SELECT COUNT(*) FROM event", &[])?,
        events_lately: tx.number("SELECT COUNT(*) FROM event WHERE taken_at > $1", vals![lately])?,
        strangers_lately: tx
            .number("SELECT COUNT(*) FROM event WHERE taken_at > $1 AND person_type = 4", vals![lately])?,
        commands_queued: tx.number(commands, vals!["queued"])?,
        commands_published: tx.number(commands, vals!["published"])?,
        holding,
    })
}
