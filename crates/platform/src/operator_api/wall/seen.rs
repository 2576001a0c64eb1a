//! What a wall shows of an event, and what it leaves out.

use serde::Serialize;
use utoipa::ToSchema;

use crate::db::event_list::EventRow;
use crate::db::wall::Wall;

/// One recognition as a wall shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct WallEvent {
    id: String,
    /// When it was captured, milliseconds since 1970, UTC.
    at: i64,
    /// Null where the wall shows no names, and of people nobody knows.
    name: Option<String>,
    /// 1 employee, 2 visitor, 3 blacklist, 4 stranger, 5 VIP.
    person_type: Option<i64>,
    /// Nobody known.
    stranger: bool,
    /// `let_in`, `refused`, `possible`, `stranger`; null from boxes that do not say.
    verdict: Option<String>,
    /// `opened`, `closed`, `alarm`, `failed` or `none`; null from boxes that do not say.
    door_result: Option<String>,
    box_name: Option<String>,
    site: Option<String>,
    /// Where the capture is; null where the wall shows no photos, and where there is none.
    spot: Option<String>,
    /// Where the photo it was compared with is.
    reg: Option<String>,
}

/// What a wall lets through.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Lens {
    names: bool,
    photos: bool,
}

impl WallEvent {
    /// Everything a wall may show of an event.
    pub(crate) fn of(row: &EventRow) -> Self {
        let url = |key: &Option<String>, which: &str| {
            key.as_ref().map(|_| format!("/api/v1/wall/events/{}/photos/{which}", row.id))
        };
        let stranger = row.person_type == Some(4);
        Self {
            id: row.id.clone(),
            at: row.estimated_at,
            name: Some(row.identity_name.clone()).filter(|name| !stranger && !name.is_empty()),
            person_type: row.person_type,
            stranger,
            verdict: row.verdict.clone(),
            door_result: row.door.clone(),
            box_name: row.box_name.clone(),
            site: row.site.clone(),
            spot: url(&row.spot_key, "spot"),
            reg: url(&row.reg_key, "reg"),
        }
    }
}

impl Lens {
    /// The lens of a wall.
    pub(crate) fn of(wall: &Wall) -> Self {
        Self { names: wall.show_names, photos: wall.show_photos }
    }

    /// What is left of an event behind it.
    pub(crate) fn through(self, event: WallEvent) -> WallEvent {
        let (names, photos) = (self.names, self.photos);
        WallEvent {
            name: event.name.filter(|_| names),
            spot: event.spot.filter(|_| photos),
            reg: event.reg.filter(|_| photos),
            ..event
        }
    }
}
