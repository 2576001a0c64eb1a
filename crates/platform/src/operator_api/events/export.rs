//! Events as one long CSV: read page by page as fast as the client takes it, so that it needs the same little memory for ten events
//! and for ten million, and holds no reader of the database between two pages.
//!
//! It holds what had arrived when it began, newest first. When a page cannot be read the transfer breaks off, so that nobody takes
//! a part for the whole.

use std::io;
use std::sync::Arc;

use axum::Extension;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderName, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures_util::{Stream, stream};
use jiff::tz::TimeZone;
use serde::Deserialize;
use serde_json::json;
use tokio::sync::OwnedSemaphorePermit;
use utoipa::IntoParams;

use super::line::{COLUMNS, cells};
use super::query::EventQuery;
use super::search::Search;
use crate::app::App;
use crate::clock;
use crate::db::audit;
use crate::db::event_filter::EventFilter;
use crate::operator_api::access::Caller;
use crate::operator_api::error::{ApiResult, ErrorBody};
use crate::operator_api::extract::AskedBoth;
use crate::refusal::Refusal;

/// Events read at a time.
const PAGE: usize = 500;
/// What makes spreadsheets read the file as UTF-8.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// How the table is written.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ExportQuery {
    /// `csv`, the only form there is.
    format: Option<String>,
    /// Time zone of the times, such as `Asia/Shanghai`; UTC unless given.
    tz: Option<String>,
    /// Begin with a byte order mark, by which spreadsheets know that it is UTF-8.
    bom: Option<bool>,
}

/// An export on its way.
struct Export {
    app: Arc<App>,
    search: Search,
    zone: TimeZone,
    /// What is sent before the first page.
    heading: Option<Bytes>,
    _place: OwnedSemaphorePermit,
}

/// Events as CSV, newest first, all that had arrived when it began. Takes the filters of the list. It is written while it is sent; a
/// transfer that breaks off is incomplete. Texts that a spreadsheet would take for formulas are led by an apostrophe.
#[utoipa::path(get, path = "/api/v1/events/export", tag = "events", params(ExportQuery, EventQuery), responses(
    (status = OK, content_type = "text/csv", body = String), (status = UNPROCESSABLE_ENTITY, body = ErrorBody),
    (status = SERVICE_UNAVAILABLE, body = ErrorBody, description = "too many exports at the same time")))]
pub(crate) async fn export(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    AskedBoth(form, asked): AskedBoth<ExportQuery, EventQuery>,
) -> ApiResult<Response> {
    if form.format.as_deref().is_some_and(|format| format != "csv") {
        return Err(Refusal::invalid("format", "must be csv").into());
    }
    let zone = match form.tz.as_deref() {
        None => TimeZone::UTC,
        Some(name) => zone(name)?,
    };
    let now = clock::now();
    let mut filter = asked.filter(&caller)?;
    filter.arrived_by = Some(now);
    let place = Arc::clone(&app.exports).try_acquire_owned().map_err(|_| Refusal::Busy)?;
    let deed = caller.deed("event.export", "", json!({"filter": told(&filter), "tz": form.tz}));
    app.db.write(move |tx| audit::append(tx, &deed, now)).await?;
    let mut heading = if form.bom == Some(true) { BYTE_ORDER_MARK.to_vec() } else { Vec::new() };
    heading
        .extend(table([COLUMNS.map(str::to_owned)]).map_err(|error| Refusal::Internal(error.to_string()))?);
    let search = Search::new(filter, None);
    let export = Export { app, search, zone, heading: Some(heading.into()), _place: place };
    let headers: [(HeaderName, HeaderValue); 3] = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/csv; charset=utf-8")),
        (header::CONTENT_DISPOSITION, HeaderValue::from_static("attachment; filename=\"events.csv\"")),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    Ok((headers, Body::from_stream(export.pages())).into_response())
}

/// The filter for the audit log, which outlives whoever is named in it.
fn told(filter: &EventFilter) -> String {
    let name = filter.name.as_ref().map(|_| "left out".to_owned());
    format!("{:?}", EventFilter { name, ..filter.clone() })
}

fn zone(name: &str) -> Result<TimeZone, Refusal> {
    let unknown = |_| {
        let reason =
            format!("{name:?} is no time zone this machine knows (package tzdata), such as Asia/Shanghai");
        Refusal::invalid("tz", reason)
    };
    if name.len() > 64 {
        return Err(Refusal::invalid("tz", "must be the name of a time zone"));
    }
    TimeZone::get(name).map_err(unknown)
}

impl Export {
    /// The table in pieces, until it is whole, the client goes away, or the platform stops.
    fn pages(self) -> impl Stream<Item = io::Result<Bytes>> {
        stream::unfold(Some(self), |export| async move {
            let mut export = export?;
            match export.next().await {
                Ok(Some(page)) => Some((Ok(page), Some(export))),
                Ok(None) => None,
                Err(error) => {
                    tracing::warn!(%error, "an export of events breaks off");
                    Some((Err(error), None))
                }
            }
        })
    }

    async fn next(&mut self) -> io::Result<Option<Bytes>> {
        if let Some(heading) = self.heading.take() {
            return Ok(Some(heading));
        }
        while !self.search.is_over() {
            if self.app.stopping.is_cancelled() {
                return Err(io::Error::other("the platform stops"));
            }
            let rows = self.search.page(&self.app, PAGE).await.map_err(io::Error::other)?;
            if !rows.is_empty() {
                return table(rows.into_iter().map(|row| cells(row, &self.zone)))
                    .map(|page| Some(page.into()));
            }
        }
        Ok(None)
    }
}

fn table(rows: impl IntoIterator<Item = [String; COLUMNS.len()]>) -> io::Result<Vec<u8>> {
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    for row in rows {
        writer.write_record(&row).map_err(io::Error::other)?;
    }
    writer.into_inner().map_err(|error| io::Error::other(error.to_string()))
}
