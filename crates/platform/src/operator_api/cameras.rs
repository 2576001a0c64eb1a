//! Cameras, as their boxes report them.

use std::sync::Arc;

use axum::extract::State;
use axum::{Extension, Json};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use super::access::Caller;
use super::error::ApiResult;
use super::extract::{Asked, Page, page_limit, read_cursor};
use crate::app::App;
use crate::clock;
use crate::db::camera::{self, CameraRow, Wanted};

/// A camera as last reported.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CameraView {
    /// `<dev_sno>__<address>`.
    ep_id: String,
    dev_sno: String,
    name: String,
    /// 0 gate, 1 capture machine, 2 IPC static, 3 IPC dynamic, 4 door.
    device_type: String,
    device_ip: Option<String>,
    /// `in` or `out`.
    direction: Option<String>,
    /// Permission group that may pass here, as the box says it.
    group_id: Option<String>,
    /// `online`, `offline` or `unknown`, as the box last said.
    state: String,
    seen_at: i64,
    /// Milliseconds since the box last said so.
    age_ms: i64,
    /// The last report as it came; null when its box only named it.
    #[schema(value_type = Object, nullable)]
    detail: Value,
}

/// Which cameras.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct CameraQuery {
    /// Rows per page, 1 to 500; 50 unless given.
    limit: Option<u32>,
    /// `next` of the page before.
    cursor: Option<String>,
    /// Part of the id, the name, the address or the name of its box.
    search: Option<String>,
    /// Only of this box.
    dev_sno: Option<String>,
    /// Only those of which their box last said so: `online`, `offline` or `unknown`.
    #[param(inline)]
    state: Option<CameraState>,
}

/// What a box says of a camera.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum CameraState {
    Online,
    Offline,
    Unknown,
}

impl CameraState {
    fn word(self) -> &'static str {
        match self {
            Self::Online => "online",
            Self::Offline => "offline",
            Self::Unknown => "unknown",
        }
    }
}

/// Cameras in the order of their ids.
#[utoipa::path(get, path = "/api/v1/cameras", tag = "cameras", params(CameraQuery),
    responses((status = OK, body = Page<CameraView>)))]
pub(crate) async fn list(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    Asked(asked): Asked<CameraQuery>,
) -> ApiResult<Json<Page<CameraView>>> {
    let (limit, after) = (page_limit(asked.limit)?, read_cursor(asked.cursor.as_deref())?);
    let wanted =
        Wanted { search: asked.search, dev_sno: asked.dev_sno, state: asked.state.map(CameraState::word) };
    let rows =
        app.db.read(move |tx| camera::list(tx, &wanted, caller.sites.as_deref(), &after, limit + 1)).await?;
    Ok(Json(Page::of(rows, limit, |row| row.ep_id.clone(), CameraView::from)))
}

impl From<CameraRow> for CameraView {
    fn from(row: CameraRow) -> Self {
        Self {
            age_ms: (clock::now() - row.seen_at).max(0),
            ep_id: row.ep_id,
            dev_sno: row.dev_sno,
            name: row.name,
            device_type: row.device_type,
            device_ip: row.device_ip,
            direction: row.direction,
            group_id: row.group_id,
            state: row.state,
            seen_at: row.seen_at,
            detail: row.detail,
        }
    }
}
