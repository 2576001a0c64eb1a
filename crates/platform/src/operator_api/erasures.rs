//! Receipts of erasure: who was deleted, when and by whom, which boxes have proved it, and which have not.

use std::sync::Arc;

use axum::extract::State;
use axum::{Extension, Json};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::access::Caller;
use super::error::{ApiResult, ErrorBody};
use super::extract::{Asked, At, Page, page_limit, read_cursor};
use crate::app::App;
use crate::clock;
use crate::db::erasure::{self, Erasure, ErasureBox, Filter};
use crate::refusal::Refusal;

/// What may have become of an erasure on a box.
const OUTCOMES: [&str; 4] = ["outstanding", "proved", "overwritten", "unprovable"];

/// A receipt.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ErasureView {
    id: String,
    /// Who was deleted. The name is not kept.
    identity_id: String,
    erased_at: i64,
    /// Who deleted them.
    erased_by: String,
    /// Boxes that may have held them and have not said that they are gone.
    outstanding: i64,
    /// Boxes that said that they are gone.
    proved: i64,
    /// Boxes that said that they hold somebody who was added under the same id since.
    overwritten: i64,
    /// Boxes that were removed or replaced before they said anything.
    unprovable: i64,
    /// Whether every box that may have held them has proved it.
    complete: bool,
    /// When the last box settled it; null while boxes are outstanding.
    completed_at: Option<i64>,
    /// Milliseconds since the deletion, while boxes are outstanding.
    outstanding_age_ms: Option<i64>,
    /// When the list of its boxes was forgotten (`retention.erasure_boxes_days`), long after the last was settled; null: it is there. The
    /// counts stay; whoever may see some sites only is told `complete` alone then, because nobody knows any more where the boxes stood.
    boxes_forgotten_at: Option<i64>,
}

/// One box of a receipt.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ErasureBoxView {
    dev_sno: String,
    /// What the box is called; null when there is no such box any more.
    name: Option<String>,
    /// `outstanding`, `proved`, `overwritten` or `unprovable`.
    outcome: String,
    settled_at: Option<i64>,
    /// The fact behind the outcome.
    message: Option<String>,
}

/// Which receipts.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ErasureQuery {
    /// Rows per page, 1 to 500; 50 unless given.
    limit: Option<u32>,
    /// `next` of the page before.
    cursor: Option<String>,
    /// Only of this person.
    identity_id: Option<String>,
    /// Only those with (true) or without (false) an outstanding box.
    outstanding: Option<bool>,
}

/// Which boxes of a receipt.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ErasureBoxQuery {
    /// Rows per page, 1 to 500; 50 unless given.
    limit: Option<u32>,
    /// `next` of the page before.
    cursor: Option<String>,
    /// Only `outstanding`, `proved`, `overwritten` or `unprovable`.
    outcome: Option<String>,
}

/// Receipts of erasure, newest first. They are kept when person and boxes are gone.
#[utoipa::path(get, path = "/api/v1/erasures", tag = "erasures", params(ErasureQuery),
    responses((status = OK, body = Page<ErasureView>)))]
pub(crate) async fn list(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    Asked(asked): Asked<ErasureQuery>,
) -> ApiResult<Json<Page<ErasureView>>> {
    let limit = page_limit(asked.limit)?;
    let before = read_cursor(asked.cursor.as_deref())?;
    let filter = Filter {
        identity_id: asked.identity_id,
        outstanding: asked.outstanding,
        sites: caller.sites,
        before,
        limit: limit + 1,
    };
    let rows = app.db.read(move |tx| erasure::list(tx, &filter)).await?;
    Ok(Json(Page::of(rows, limit, |row| row.id.clone(), ErasureView::from)))
}

/// One receipt.
#[utoipa::path(get, path = "/api/v1/erasures/{id}", tag = "erasures", params(("id" = String, Path)),
    responses((status = OK, body = ErasureView), (status = NOT_FOUND, body = ErrorBody)))]
pub(crate) async fn show(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    At(id): At<String>,
) -> ApiResult<Json<ErasureView>> {
    let asked = id.clone();
    let found = app.db.read(move |tx| erasure::find(tx, &asked, caller.sites())).await?;
    Ok(Json(found.ok_or_else(|| Refusal::not_found("erasure", id))?.into()))
}

/// The boxes of a receipt, in the order of their keys; none once they are forgotten.
#[utoipa::path(get, path = "/api/v1/erasures/{id}/boxes", tag = "erasures",
    params(("id" = String, Path), ErasureBoxQuery),
    responses((status = OK, body = Page<ErasureBoxView>), (status = NOT_FOUND, body = ErrorBody)))]
pub(crate) async fn boxes(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    At(id): At<String>,
    Asked(asked): Asked<ErasureBoxQuery>,
) -> ApiResult<Json<Page<ErasureBoxView>>> {
    let (limit, after) = (page_limit(asked.limit)?, read_cursor(asked.cursor.as_deref())?);
    if asked.outcome.as_deref().is_some_and(|outcome| !OUTCOMES.contains(&outcome)) {
        return Err(Refusal::invalid("outcome", format!("must be one of {}", OUTCOMES.join(", "))).into());
    }
    let rows = app
        .db
        .read(move |tx| {
            if erasure::find(tx, &id, caller.sites())?.is_none() {
                return Err(Refusal::not_found("erasure", id));
            }
            Ok(erasure::boxes(tx, &id, caller.sites(), asked.outcome.as_deref(), &after, limit + 1)?)
        })
        .await?;
    Ok(Json(Page::of(rows, limit, |row| row.dev_sno.clone(), ErasureBoxView::from)))
}

impl From<Erasure> for ErasureView {
    fn from(found: Erasure) -> Self {
        let counts = found.counts;
        let open = counts.outstanding > 0;
        Self {
            id: found.id,
            identity_id: found.identity_id,
            erased_at: found.erased_at,
            erased_by: found.erased_by,
            outstanding: counts.outstanding,
            proved: counts.proved,
            overwritten: counts.overwritten,
            unprovable: counts.unprovable,
            complete: found.complete,
            completed_at: if open { None } else { counts.last_at.or(Some(found.erased_at)) },
            outstanding_age_ms: open.then(|| (clock::now() - found.erased_at).max(0)),
            boxes_forgotten_at: found.forgotten_at,
        }
    }
}

impl From<ErasureBox> for ErasureBoxView {
    fn from(row: ErasureBox) -> Self {
        let ErasureBox { dev_sno, name, outcome, settled_at, message } = row;
        Self { dev_sno, name, outcome, settled_at, message }
    }
}
