//! The departments and tags in use, with how many people carry each.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use super::super::error::{ApiResult, ErrorBody};
use super::super::extract::{Asked, Page, Paging, page_limit, read_cursor};
use crate::app::App;
use crate::db::person_label::{self, Count};

/// A tag in use.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TagView {
    tag: String,
    /// How many people carry it.
    people: i64,
}

/// A department in use.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DepartmentView {
    department: String,
    /// How many people belong to it.
    people: i64,
}

/// Tags in use.
#[utoipa::path(get, path = "/api/v1/people/tags", tag = "people", params(Paging),
    responses((status = OK, body = Page<TagView>), (status = UNPROCESSABLE_ENTITY, body = ErrorBody)))]
pub(crate) async fn tags(
    State(app): State<Arc<App>>,
    Asked(paging): Asked<Paging>,
) -> ApiResult<Json<Page<TagView>>> {
    let (limit, after) = (page_limit(paging.limit)?, read_cursor(paging.cursor.as_deref())?);
    let rows = app.db.read(move |tx| person_label::tags(tx, &after, limit + 1)).await?;
    let view = |row: Count| TagView { tag: row.label, people: row.people };
    Ok(Json(Page::of(rows, limit, |row| row.label.clone(), view)))
}

/// Departments in use.
#[utoipa::path(get, path = "/api/v1/people/departments", tag = "people", params(Paging),
    responses((status = OK, body = Page<DepartmentView>), (status = UNPROCESSABLE_ENTITY, body = ErrorBody)))]
pub(crate) async fn departments(
    State(app): State<Arc<App>>,
    Asked(paging): Asked<Paging>,
) -> ApiResult<Json<Page<DepartmentView>>> {
    let (limit, after) = (page_limit(paging.limit)?, read_cursor(paging.cursor.as_deref())?);
    let rows = app.db.read(move |tx| person_label::departments(tx, &after, limit + 1)).await?;
    let view = |row: Count| DepartmentView { department: row.label, people: row.people };
    Ok(Json(Page::of(rows, limit, |row| row.label.clone(), view)))
}
