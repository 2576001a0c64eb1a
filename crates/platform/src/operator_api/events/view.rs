//! An event as the API answers it and live viewers are told it.

use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::db::event_list::EventRow;

/// One recognition. Live viewers are told the same.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EventView {
    pub(super) id: String,
    dev_sno: String,
    /// What the box is called now; null when it was removed.
    box_name: Option<String>,
    /// Where the box is now; null when it was removed.
    site: Option<String>,
    /// The camera: `<dev_sno>__<address>`; null when the box named none, or one of another box (`detail.foreign_ep_id`).
    ep_id: Option<String>,
    /// The camera's address.
    device_ip: String,
    /// When it was captured, by the box's clock, milliseconds since 1970, UTC.
    taken_at: i64,
    /// When that was by our clock, as far as known: lists are ordered by it.
    estimated_at: i64,
    /// When it was first reported.
    arrived_at: i64,
    /// The box's clock minus ours, when it was off by more than two seconds.
    clock_offset_ms: Option<i64>,
    /// It came for the record, long after it was captured.
    late: bool,
    /// It came before it was captured: the box's clock was ahead.
    ahead: bool,
    identity_id: String,
    identity_name: String,
    /// 1 employee, 2 visitor, 3 blacklist, 4 stranger, 5 VIP.
    person_type: Option<i64>,
    /// Nobody known.
    stranger: bool,
    device_type: String,
    group_name: String,
    /// As the box said it: 0 to 1, or 0 to 100 from other makers' boxes.
    score: Option<f64>,
    /// What the box decided (`let_in`, `refused`, `possible`, `stranger`); null from boxes that do not say.
    verdict: Option<String>,
    /// Why, in the box's words.
    reason: Option<String>,
    /// Which question kept the person out: `quality`, `match`, `standing`, `group`, `validity` or `certainty`.
    gate: Option<String>,
    /// `opened`, `closed`, `alarm`, `failed` or `none`; null from boxes that do not say.
    door_result: Option<String>,
    /// What the door did and why; null from boxes that do not say.
    #[schema(value_type = Object, nullable)]
    door: Value,
    /// When it was reported as it happened.
    realtime_at: Option<i64>,
    /// When it was reported for the record.
    history_at: Option<i64>,
    /// Reports beyond the first of each kind.
    repeats: i64,
    photos: EventPhotos,
    /// What else the box said, its trace included.
    #[schema(value_type = Object)]
    detail: Value,
}

/// Where an event's pictures are; null when there is none.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EventPhotos {
    /// The capture.
    spot: Option<String>,
    /// The photo it was compared with.
    reg: Option<String>,
}

impl From<EventRow> for EventView {
    fn from(row: EventRow) -> Self {
        let told = |name: &str| row.detail.pointer(&format!("/menshen/{name}"));
        let word = |name: &str| told(name).and_then(Value::as_str).map(str::to_owned);
        let url = |key: &Option<String>, which: &str| {
            key.as_ref().map(|_| format!("/api/v1/events/{}/photos/{which}", row.id))
        };
        Self {
            verdict: word("verdict"),
            gate: row.gate,
            door_result: row.door,
            box_name: row.box_name,
            site: row.site,
            estimated_at: row.estimated_at,
            arrived_at: row.arrived_at,
            clock_offset_ms: row.clock_offset_ms,
            late: row.late,
            ahead: row.ahead,
            reason: word("reason"),
            door: told("door").cloned().unwrap_or(Value::Null),
            photos: EventPhotos { spot: url(&row.spot_key, "spot"), reg: url(&row.reg_key, "reg") },
            stranger: row.person_type == Some(4),
            id: row.id,
            dev_sno: row.dev_sno,
            ep_id: row.ep_id,
            device_ip: row.device_ip,
            taken_at: row.taken_at,
            identity_id: row.identity_id,
            identity_name: row.identity_name,
            person_type: row.person_type,
            device_type: row.device_type,
            group_name: row.group_name,
            score: row.score,
            realtime_at: row.realtime_at,
            history_at: row.history_at,
            repeats: row.repeats,
            detail: row.detail,
        }
    }
}
