//! Events: one row per capture. The same capture reported again, by the other channel or in a repeat, is merged into it.
//!
//! An event is its sender's, and so is its camera: one that is another box's is not believed. The event is kept without it, and what was
//! said of it under `foreign_ep_id` in the detail. A camera that is named by its address alone is the box's camera at that address.

use std::borrow::Cow;
use std::collections::BTreeSet;

use protocol::DevSno;
use serde_json::json;
use uuid::Uuid;

use super::camera_owner::Owners;
use super::{DbError, Tx, Val, list};

/// By which way a report came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Channel {
    Realtime,
    History,
}

/// One report of a capture, its pictures stored already.
#[derive(Debug, Clone)]
pub(crate) struct Report {
    pub(crate) channel: Channel,
    pub(crate) dev_sno: String,
    pub(crate) ep_id: Option<String>,
    pub(crate) device_ip: String,
    /// Milliseconds since 1970, UTC, by the box's clock.
    pub(crate) taken_at: i64,
    pub(crate) identity_id: String,
    pub(crate) identity_name: String,
    pub(crate) person_type: i64,
    pub(crate) device_type: String,
    pub(crate) group_name: String,
    /// As it came.
    pub(crate) score: f64,
    /// When it was by our clock, as far as known.
    pub(crate) estimated_at: i64,
    /// The box's clock minus ours, where that was used to estimate.
    pub(crate) clock_offset_ms: Option<i64>,
    /// It comes long after it was captured.
    pub(crate) is_late: bool,
    /// It comes before it was captured, by the box's clock.
    pub(crate) is_ahead: bool,
    /// `let_in`, `refused`, `possible` or `stranger`.
    pub(crate) verdict: Option<&'static str>,
    /// Which question kept the person out.
    pub(crate) gate: Option<&'static str>,
    /// `opened`, `closed`, `alarm`, `failed` or `none`.
    pub(crate) door: Option<&'static str>,
    pub(crate) spot_key: Option<String>,
    pub(crate) reg_key: Option<String>,
    /// Size of both pictures; `None` when there is none.
    pub(crate) photo_bytes: Option<i64>,
    /// What else the box said, JSON.
    pub(crate) detail: String,
    /// When the report came.
    pub(crate) arrived_at: i64,
}

/// What became of a report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Merged {
    /// Id of the event's row.
    pub(crate) id: String,
    /// This report made the row; otherwise it was merged into it.
    pub(crate) is_new: bool,
    /// One like it had come before by the same way.
    pub(crate) is_repeat: bool,
    /// It named another box's camera.
    pub(crate) is_foreign: bool,
}

/// What is believed of a report's camera.
struct Camera<'r> {
    ep_id: Option<Cow<'r, str>>,
    /// The report's, and the id that is not believed.
    detail: Cow<'r, str>,
}

impl Report {
    /// The key under which all reports of one capture meet: box, camera, time, person. The camera is its address as far as
    /// it is known, because not every report carries an `ep_id`.
    pub(crate) fn merge_key(&self) -> String {
        let suffix =
            || self.ep_id.as_deref().map(|id| id.split_once("__").map_or(id, |(_, address)| address));
        let camera = if self.device_ip.is_empty() { suffix().unwrap_or("") } else { &self.device_ip };
        // The lengths in front keep two different captures from ever sharing a key.
        format!(
            "{}:{}|{}:{camera}|{}|{}",
            self.dev_sno.len(),
            self.dev_sno,
            camera.len(),
            self.taken_at,
            self.identity_id
        )
    }

    /// When it came in real time, and when as history.
    fn times(&self) -> (Option<i64>, Option<i64>) {
        match self.channel {
            Channel::Realtime => (Some(self.arrived_at), None),
            Channel::History => (None, Some(self.arrived_at)),
        }
    }

    /// Its camera, unless that is another box's.
    fn camera(&self, tx: &mut Tx<'_>, owners: &mut Owners) -> Result<Camera<'_>, DbError> {
        let detail = self.detail.as_str();
        let dev_sno = DevSno::new(&self.dev_sno);
        let Some(ep_id) = self.ep_id.as_deref() else {
            let ep_id = owners.at_address(tx, &dev_sno, &self.device_ip)?.map(Cow::Owned);
            return Ok(Camera { ep_id, detail: detail.into() });
        };
        if !owners.is_anothers(tx, &dev_sno, ep_id, self.arrived_at)? {
            return Ok(Camera { ep_id: Some(ep_id.into()), detail: detail.into() });
        }
        let rest = detail.strip_prefix('{').unwrap_or("}");
        let comma = if rest.starts_with('}') { "" } else { "," };
        let detail = format!("{{\"foreign_ep_id\":{}{comma}{rest}", json!(ep_id)).into();
        Ok(Camera { ep_id: None, detail })
    }

    /// What it adds to the row of the capture it repeats.
    fn additions(&self, key: &str, camera: &Camera<'_>, is_repeat: bool) -> Vec<Val> {
        let (realtime_at, history_at) = self.times();
        list![
            key,
            camera.ep_id.as_deref(),
            is_repeat,
            realtime_at,
            history_at,
            self.spot_key.clone(),
            self.reg_key.clone(),
            self.photo_bytes,
            self.verdict,
            self.gate,
            self.door,
            camera.detail.as_ref(),
        ]
    }

    /// The columns of the row it makes.
    fn columns(&self, id: &str, camera: &Camera<'_>) -> Vec<Val> {
        let (realtime_at, history_at) = self.times();
        list![
            id,
            self.merge_key(),
            self.dev_sno.as_str(),
            camera.ep_id.as_deref(),
            self.device_ip.as_str(),
            self.taken_at,
            self.identity_id.as_str(),
            self.identity_name.as_str(),
            self.person_type,
            self.device_type.as_str(),
            self.group_name.as_str(),
            self.score,
            realtime_at,
            history_at,
            self.spot_key.clone(),
            self.reg_key.clone(),
            camera.detail.as_ref(),
            self.arrived_at,
            self.estimated_at,
            self.clock_offset_ms,
            self.is_late,
            self.is_ahead,
            self.verdict,
            self.gate,
            self.door,
            self.photo_bytes,
        ]
    }
}

/// Stores reports: each makes an event, or is merged into the one it repeats. Answers what became of them, in their order.
pub(crate) fn store_all(tx: &mut Tx<'_>, reports: &[&Report]) -> Result<Vec<Merged>, DbError> {
    let ids: Vec<String> = reports.iter().map(|_| Uuid::now_v7().to_string()).collect();
    let mut owners = Owners::default();
    let cameras =
        reports.iter().map(|report| report.camera(tx, &mut owners)).collect::<Result<Vec<_>, DbError>>()?;
    let rows = reports.iter().zip(&ids).zip(&cameras);
    let lists: Vec<_> = rows.map(|((report, id), camera)| report.columns(id, camera)).collect();
    let made = tx.each(
        "INSERT INTO event(id, merge_key, dev_sno, ep_id, device_ip, taken_at, identity_id, identity_name, person_type,
         device_type, group_name, score, realtime_at, history_at, spot_key, reg_key, detail, arrived_at, estimated_at,
         clock_offset_ms, late, ahead, verdict, gate, door, photo_bytes)
         VALUES($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24,
         $25, $26) ON CONFLICT(merge_key) DO NOTHING",
        &lists,
    )?;
    let is_old = made.iter().map(|rows| *rows == 0);
    let again: Vec<_> =
        reports.iter().zip(&cameras).zip(is_old).filter_map(|(one, is_old)| is_old.then_some(one)).collect();
    let mut merged = merge_all(tx, &again)?.into_iter();
    let rows = reports.iter().zip(&cameras).zip(ids).zip(made);
    let stored = rows.filter_map(|(((report, camera), id), rows)| {
        let is_foreign = report.ep_id.is_some() && camera.ep_id.is_none();
        let new = Merged { id, is_new: true, is_repeat: false, is_foreign };
        if rows > 0 { Some(new) } else { merged.next().map(|merged| Merged { is_foreign, ..merged }) }
    });
    Ok(stored.collect())
}

/// Merges reports into the events of their captures. What the first report lacked is filled in; pictures it had are kept.
fn merge_all(tx: &mut Tx<'_>, reports: &[(&&Report, &Camera<'_>)]) -> Result<Vec<Merged>, DbError> {
    let keys: Vec<String> = reports.iter().map(|(report, _)| report.merge_key()).collect();
    let lists: Vec<_> = keys.iter().map(|key| list![key]).collect();
    let found =
        tx.first_of_each("SELECT id, realtime_at, history_at FROM event WHERE merge_key = $1", &lists)?;
    let (mut merged, mut lists) = (Vec::with_capacity(reports.len()), Vec::with_capacity(reports.len()));
    // By which ways a capture came before, those of this very piece included.
    let mut came = BTreeSet::new();
    for (((report, camera), key), found) in reports.iter().zip(&keys).zip(&found) {
        let found = found.as_ref().ok_or_else(|| DbError::Column("merge_key".to_owned()))?;
        let before = match report.channel {
            Channel::Realtime => found.opt_int("realtime_at")?,
            Channel::History => found.opt_int("history_at")?,
        };
        let is_first = came.insert((key, report.channel));
        let is_repeat = before.is_some() || !is_first;
        lists.push(report.additions(key, camera, is_repeat));
        merged.push(Merged { id: found.text("id")?, is_new: false, is_repeat, is_foreign: false });
    }
    tx.each(
        "UPDATE event SET ep_id = COALESCE(ep_id, $2), repeats = repeats + $3, realtime_at = COALESCE(realtime_at, $4),
         history_at = COALESCE(history_at, $5), spot_key = COALESCE(spot_key, $6), reg_key = COALESCE(reg_key, $7),
         photo_bytes = COALESCE(photo_bytes, $8), verdict = COALESCE(verdict, $9), gate = COALESCE(gate, $10),
         door = COALESCE(door, $11), detail = CASE WHEN LENGTH(CAST($12 AS TEXT)) > LENGTH(detail) THEN $12 ELSE detail END
         WHERE merge_key = $1",
        &lists,
    )?;
    Ok(merged)
}
