//! Events: one row per capture. The same capture reported again, by the other channel or in a repeat, is merged into it.

use uuid::Uuid;

use super::{DbError, Tx, vals};

/// By which way a report came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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
}

/// Stores a report, or merges it into the event it repeats. What the first report lacked is filled in; pictures it had are kept.
pub(crate) fn store(tx: &mut Tx<'_>, report: &Report, now: i64) -> Result<Merged, DbError> {
    let id = Uuid::now_v7().to_string();
    let (realtime_at, history_at) = match report.channel {
        Channel::Realtime => (Some(now), None),
        Channel::History => (None, Some(now)),
    };
    let row = tx.first(
        "INSERT INTO event(id, merge_key, dev_sno, ep_id, device_ip, taken_at, identity_id, identity_name, person_type,
         device_type, group_name, score, realtime_at, history_at, spot_key, reg_key, detail, arrived_at, estimated_at,
         clock_offset_ms, late, ahead, verdict, gate, door, photo_bytes)
         VALUES($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24,
         $25, $26)
         ON CONFLICT(merge_key) DO UPDATE SET ep_id = COALESCE(event.ep_id, excluded.ep_id),
         repeats = event.repeats + CASE WHEN (event.realtime_at IS NOT NULL AND excluded.realtime_at IS NOT NULL)
             OR (event.history_at IS NOT NULL AND excluded.history_at IS NOT NULL) THEN 1 ELSE 0 END,
         realtime_at = COALESCE(event.realtime_at, excluded.realtime_at),
         history_at = COALESCE(event.history_at, excluded.history_at),
         spot_key = COALESCE(event.spot_key, excluded.spot_key),
         reg_key = COALESCE(event.reg_key, excluded.reg_key),
         photo_bytes = COALESCE(event.photo_bytes, excluded.photo_bytes),
         verdict = COALESCE(event.verdict, excluded.verdict), gate = COALESCE(event.gate, excluded.gate),
         door = COALESCE(event.door, excluded.door),
         detail = CASE WHEN LENGTH(excluded.detail) > LENGTH(event.detail) THEN excluded.detail ELSE event.detail END
         RETURNING id, realtime_at, history_at",
        vals![
            id.as_str(),
            report.merge_key(),
            report.dev_sno.as_str(),
            report.ep_id.clone(),
            report.device_ip.as_str(),
            report.taken_at,
            report.identity_id.as_str(),
            report.identity_name.as_str(),
            report.person_type,
            report.device_type.as_str(),
            report.group_name.as_str(),
            report.score,
            realtime_at,
            history_at,
            report.spot_key.clone(),
            report.reg_key.clone(),
            report.detail.as_str(),
            now,
            report.estimated_at,
            report.clock_offset_ms,
            report.is_late,
            report.is_ahead,
            report.verdict,
            report.gate,
            report.door,
            report.photo_bytes,
        ],
    )?;
    let row = row.ok_or_else(|| DbError::Column("id".to_owned()))?;
    let kept = row.text("id")?;
    // What came now by this way for the first time bears this moment; in a repeat an earlier one stands.
    let first = match report.channel {
        Channel::Realtime => row.opt_int("realtime_at")?,
        Channel::History => row.opt_int("history_at")?,
    };
    Ok(Merged { is_new: kept == id, is_repeat: first != Some(now), id: kept })
}
