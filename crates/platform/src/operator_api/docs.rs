//! The API's document and a page that shows it. Both come from this program alone: nothing is loaded from elsewhere.

mod complete;
mod example;
mod keyed;

use axum::Extension;
use axum::http::{HeaderName, header};
use axum::response::Html;
use bytes::Bytes;
use utoipa::openapi::OpenApi;

/// The document as served.
#[derive(Clone)]
pub(crate) struct Document(Bytes);

impl Document {
    /// Writes the completed document once.
    pub(crate) fn of(collected: OpenApi) -> Self {
        // A document made of strings and maps always serialises.
        let collected = serde_json::to_value(collected).unwrap_or_default();
        Self(serde_json::to_vec_pretty(&complete::complete(collected)).unwrap_or_default().into())
    }
}

/// This document.
#[utoipa::path(get, path = "/api/v1/openapi.json", tag = "docs", responses((status = OK, body = Object)))]
pub(crate) async fn openapi(
    Extension(Document(document)): Extension<Document>,
) -> ([(HeaderName, &'static str); 1], Bytes) {
    ([(header::CONTENT_TYPE, "application/json")], document)
}

/// A page that shows this document to people.
#[utoipa::path(get, path = "/api/docs", tag = "docs", responses((status = OK, content_type = "text/html", body = String)))]
pub(crate) async fn page() -> Html<&'static str> {
    Html(include_str!("docs/page.html"))
}

/// The page's script.
#[utoipa::path(get, path = "/api/docs/page.js", tag = "docs",
    responses((status = OK, content_type = "text/javascript", body = String)))]
pub(crate) async fn script() -> ([(HeaderName, &'static str); 1], &'static str) {
    ([(header::CONTENT_TYPE, "text/javascript; charset=utf-8")], include_str!("docs/page.js"))
}
