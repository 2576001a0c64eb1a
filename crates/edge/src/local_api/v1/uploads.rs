//! Where events and the heartbeat go, all on one page, with the last answer of every receiver.

use axum::extract::State;
use axum::response::Response;
use serde::Serialize;
use utoipa::ToSchema;

use crate::config::Format;
use crate::local_api::Desk;
use crate::local_api::answer::{Refusal, json};
use crate::store::events::Cursor;
use crate::upload::{self, Lane, Period};

/// Everything about uploads.
#[derive(Serialize, ToSchema)]
pub(super) struct Uploads {
    realtime: Realtime,
    history: History,
    status: Status,
    /// Every receiver's last answer: those of the box's own settings and those the platform named at login.
    receivers: Vec<Lane>,
    /// Where each receiver of every event is among the events: what it has still to get.
    backlog: Vec<Cursor>,
}

/// Receivers of matches, set by `POST /SophonFogSys/api/EventServerUrl`.
#[derive(Serialize, ToSchema)]
#[schema(as = RealtimeUploads)]
struct Realtime {
    urls: Vec<String>,
    /// Whether events carry the registration photo; also those to the platform.
    photo: bool,
    format: Format,
}

/// Receivers of every event, set by `POST /SophonFogSys/api/HistoryEventUrl`.
#[derive(Serialize, ToSchema)]
#[schema(as = HistoryUploads)]
struct History {
    urls: Vec<String>,
    /// Whether events carry the registration photo; also those to the platform.
    photo: bool,
    format: Format,
    #[serde(flatten)]
    period: Seconds,
}

/// The receiver of the heartbeat, set by `POST /SophonFogSys/api/MonitorServerUrl`.
#[derive(Serialize, ToSchema)]
#[schema(as = StatusUploads)]
struct Status {
    url: Option<String>,
    #[serde(flatten)]
    period: Seconds,
}

/// Time between two uploads.
#[derive(Serialize, ToSchema)]
#[schema(as = UploadPeriod)]
struct Seconds {
    /// Seconds.
    period_s: u64,
    /// Whether that was set on the box; otherwise a platform's own period takes its place.
    period_is_set: bool,
}

impl From<Period> for Seconds {
    fn from(period: Period) -> Self {
        Self { period_s: period.seconds(), period_is_set: matches!(period, Period::Set(_)) }
    }
}

/// The settings of all three uploads, and how every receiver is doing.
#[utoipa::path(get, path = "/api/v1/uploads", tag = "uploads", responses((status = OK, body = Uploads)))]
pub(super) async fn show(State(desk): State<Desk>) -> Result<Response, Refusal> {
    let uploads = &desk.stations.uploads;
    let upload::Receivers { realtime, history, status } = uploads.receivers();
    json(&Uploads {
        realtime: Realtime { urls: realtime.urls, photo: realtime.photo, format: realtime.format },
        history: History {
            urls: history.urls,
            photo: history.photo,
            format: history.format,
            period: history.period.into(),
        },
        status: Status { url: status.url, period: status.period.into() },
        receivers: uploads.lanes(),
        backlog: uploads.cursors().await?,
    })
}
