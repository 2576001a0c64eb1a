//! The sites boxes stand on, as those may know them who ask.

use std::sync::Arc;

use axum::extract::State;
use axum::{Extension, Json};
use serde::Serialize;
use utoipa::ToSchema;

use super::access::Caller;
use super::error::{ApiResult, ErrorBody};
use super::extract::{Asked, Page, Paging, page_limit, read_cursor};
use crate::app::App;
use crate::db::sites::{self, Count};

/// A site in use.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SiteView {
    site: String,
    /// How many boxes stand on it.
    boxes: i64,
}

/// Sites that boxes stand on.
#[utoipa::path(get, path = "/api/v1/sites", tag = "boxes", params(Paging),
    responses((status = OK, body = Page<SiteView>), (status = UNPROCESSABLE_ENTITY, body = ErrorBody)))]
pub(crate) async fn list(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    Asked(paging): Asked<Paging>,
) -> ApiResult<Json<Page<SiteView>>> {
    let (limit, after) = (page_limit(paging.limit)?, read_cursor(paging.cursor.as_deref())?);
    let rows = app.db.read(move |tx| sites::in_use(tx, caller.sites(), &after, limit + 1)).await?;
    let view = |Count { site, boxes }| SiteView { site, boxes };
    Ok(Json(Page::of(rows, limit, |row| row.site.clone(), view)))
}
