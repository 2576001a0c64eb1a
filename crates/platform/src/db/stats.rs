//! Counts over everything, for the overview. Each is one indexed query.

use super::boxes::Holdings;
use super::sites::restrict;
use super::{DbError, Row, Tx, Val};

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
/// What belongs to boxes is counted on these sites only.
pub(crate) fn count(
    tx: &mut Tx<'_>,
    within: Option<&[String]>,
    online_since: i64,
    lately: i64,
) -> Result<Stats, DbError> {
    let mut of_boxes = |what: &str, param: Option<Val>| {
        let mut params: Vec<Val> = param.into_iter().collect();
        let mut sql = format!("SELECT COUNT(*) FROM {what}");
        restrict(&mut sql, &mut params, "dev_sno", within);
        tx.number(&sql, &params)
    };
    let of_state = "command WHERE state = $1";
    let mut counted = Stats {
        boxes: of_boxes("box WHERE 1 = 1", None)?,
        boxes_online: of_boxes("box WHERE heartbeat_at > $1", Some(online_since.into()))?,
        cameras: of_boxes("camera WHERE 1 = 1", None)?,
        events: of_boxes("event WHERE 1 = 1", None)?,
        events_lately: of_boxes("event WHERE taken_at > $1", Some(lately.into()))?,
        strangers_lately: of_boxes("event WHERE taken_at > $1 AND person_type = 4", Some(lately.into()))?,
        commands_queued: of_boxes(of_state, Some("queued".into()))?,
        commands_published: of_boxes(of_state, Some("published".into()))?,
        ..Stats::default()
    };
    counted.people = tx.number("SELECT COUNT(*) FROM person", &[])?;
    counted.people_with_photo = tx.number("SELECT COUNT(*) FROM person WHERE photo_key IS NOT NULL", &[])?;
    counted.groups = tx.number("SELECT COUNT(*) FROM permission_group", &[])?;
    counted.holding = holdings(tx, within)?;
    Ok(counted)
}

fn holdings(tx: &mut Tx<'_>, within: Option<&[String]>) -> Result<Holdings, DbError> {
    let (mut sql, mut params) =
        ("SELECT state, COUNT(*) AS n FROM box_person WHERE 1 = 1".to_owned(), Vec::new());
    restrict(&mut sql, &mut params, "dev_sno", within);
    sql.push_str(" GROUP BY state");
    let mut holding = Holdings::default();
    for row in tx.query(&sql, &params)? {
        let n = row.int("n")?;
        match row.text("state")?.as_str() {
            "applied" => holding.applied += n,
            "failed" => holding.failed += n,
            "sent" => holding.sent += n,
            _ => holding.pending += n,
        }
    }
    Ok(holding)
}

/// Events of one stretch of time, by what became of them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Stretch {
    /// How many stretches after the first.
    pub(crate) number: i64,
    pub(crate) known: i64,
    pub(crate) stranger: i64,
    pub(crate) refused: i64,
}

/// Counts events from `from` until before `until` in stretches of `step`, all in milliseconds; stretches without any are left out.
pub(crate) fn events(
    tx: &mut Tx<'_>,
    within: Option<&[String]>,
    (from, until, step): (i64, i64, i64),
) -> Result<Vec<Stretch>, DbError> {
    let mut params: Vec<Val> = vec![from.into(), until.into(), step.into()];
    let mut sql = "SELECT (estimated_at - $1) / $3 AS number, COUNT(*) AS n,
         SUM(CASE WHEN person_type = 4 THEN 1 ELSE 0 END) AS strangers,
         SUM(CASE WHEN verdict = 'refused' AND COALESCE(person_type, 0) <> 4 THEN 1 ELSE 0 END) AS refused
         FROM event WHERE estimated_at >= $1 AND estimated_at < $2"
        .to_owned();
    restrict(&mut sql, &mut params, "dev_sno", within);
    sql.push_str(" GROUP BY 1 ORDER BY 1");
    let stretch = |row: &Row| {
        let (all, stranger, refused) = (row.int("n")?, row.int("strangers")?, row.int("refused")?);
        Ok(Stretch { number: row.int("number")?, known: all - stranger - refused, stranger, refused })
    };
    tx.query(&sql, &params)?.iter().map(stretch).collect()
}
