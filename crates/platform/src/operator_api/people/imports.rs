//! Imports of people: sending the files, following the progress, fetching what failed.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderName, StatusCode, header};
use axum::{Extension, Json};
use jiff::tz::TimeZone;
use serde_json::json;
use uuid::Uuid;

use super::super::access::Caller;
use super::super::error::{ApiResult, ErrorBody};
use super::super::extract::{Asked, At, Page, Paging, page_limit, read_cursor};
use super::import_shape::{ImportRowView, ImportView, NewFile, NewImport, RowQuery};
use crate::app::App;
use crate::clock;
use crate::db::audit::Deed;
use crate::db::person_import::{self, Import, ImportRow, State as Stage};
use crate::db::{Tx, audit, import_file};
use crate::import::upload::Arrived;
use crate::import::{Options, columns, copies, csv_line, place, unguard, upload};
use crate::jobs;
use crate::refusal::Refusal;

/// Imports that may be unfinished at the same time.
const UNFINISHED: i64 = 32;
/// Rows of one page of the download.
const ROWS: i64 = 500;

/// Begins an import. The body is a list (CSV or XLSX) or a zip archive of photos with or without the list, at most 4 GiB; what it is
/// is found out from its content. The platform looks through it and works it off in the background: follow `GET people/imports/{id}`.
/// On PostgreSQL a sealed copy is in the photo store before this answers, so that another process can go on when this one is lost.
#[utoipa::path(post, path = "/api/v1/people/imports", tag = "people", params(NewImport),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"), responses(
    (status = CREATED, body = ImportView), (status = CONFLICT, body = ErrorBody, description = "too many unfinished imports"),
    (status = PAYLOAD_TOO_LARGE, body = ErrorBody), (status = UNPROCESSABLE_ENTITY, body = ErrorBody),
    (status = INSUFFICIENT_STORAGE, body = ErrorBody)))]
pub(crate) async fn create(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    Asked(asked): Asked<NewImport>,
    request: Request,
) -> ApiResult<(StatusCode, Json<ImportView>)> {
    let options = Options {
        existing: asked.existing,
        dry_run: asked.dry_run,
        time_zone: zone(asked.time_zone)?,
        sites: caller.sites().map(<[String]>::to_vec),
    };
    let options = serde_json::to_value(&options).map_err(|error| Refusal::Internal(error.to_string()))?;
    let (id, now) = (Uuid::now_v7().to_string(), clock::now());
    let new = id.clone();
    let place = here(&app).await?;
    app.db
        .write(move |tx: &mut Tx<'_>| {
            if person_import::unfinished(tx)? >= UNFINISHED {
                let words = format!("{UNFINISHED} imports are not finished: cancel some first");
                return Err(Refusal::Conflict(words));
            }
            person_import::insert(tx, &new, &options, &caller.username, &caller.address, &place, now)?;
            Ok(audit::append(tx, &caller.deed("import.create", &new, options), now)?)
        })
        .await?;
    match upload::receive(&app, &id, request.into_body()).await {
        Ok(file) => Ok((StatusCode::CREATED, Json(arrived(&app, id, file, asked.more, None).await?))),
        Err(refused) => {
            end(&app, &id, Stage::Failed, Some(refused.to_string()), None).await?;
            Err(refused.into())
        }
    }
}

/// Adds a file to an import: the list, or photos; photos also to one that is done, for people who have none from it yet. On PostgreSQL any
/// process of the platform takes it.
#[utoipa::path(post, path = "/api/v1/people/imports/{id}/files", tag = "people",
    params(("id" = String, Path), NewFile),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"), responses(
    (status = OK, body = ImportView), (status = NOT_FOUND, body = ErrorBody),
    (status = CONFLICT, body = ErrorBody, description = "it is being worked off, was cancelled or has failed, or (on SQLite) another process has its files"),
    (status = PAYLOAD_TOO_LARGE, body = ErrorBody), (status = UNPROCESSABLE_ENTITY, body = ErrorBody),
    (status = INSUFFICIENT_STORAGE, body = ErrorBody)))]
pub(crate) async fn add_file(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    At(id): At<String>,
    Asked(asked): Asked<NewFile>,
    request: Request,
) -> ApiResult<Json<ImportView>> {
    open_for_files(&app, &caller, &id).await?;
    let (settling, place, is_shared) = (id.clone(), here(&app).await?, app.config.is_shared());
    if !app.db.write(move |tx: &mut Tx<'_>| import_file::settle_at(tx, &settling, &place, is_shared)).await? {
        let words = "the files of this import went to another process of the platform: send this one there too, or all of them again as \
                     a new import";
        return Err(Refusal::Conflict(words.to_owned()).into());
    }
    let file = upload::receive(&app, &id, request.into_body()).await?;
    let deed = caller.deed("import.add_file", &id, json!({}));
    Ok(Json(arrived(&app, id, file, asked.more, Some(deed)).await?))
}

/// Where this process keeps files of imports.
async fn here(app: &App) -> Result<String, Refusal> {
    place::mark(app).await.map_err(|error| upload::refusal(&error))
}

async fn open_for_files(app: &App, caller: &Caller, id: &str) -> Result<(), Refusal> {
    let import = found(app, id).await?;
    must_be_own(caller, &import)?;
    match import.state {
        Stage::Receiving | Stage::Done => Ok(()),
        other => Err(takes_none(other)),
    }
}

fn takes_none(state: Stage) -> Refusal {
    let state = state.word();
    Refusal::Conflict(format!(
        "this import is {state}; files can be added while it is receiving and once it is done"
    ))
}

/// A file is there: the work begins, unless another one follows. It may have been cancelled while the file came.
async fn arrived(
    app: &Arc<App>,
    id: String,
    file: Arrived,
    more: bool,
    deed: Option<Deed>,
) -> Result<ImportView, Refusal> {
    let next = if more { Stage::Receiving } else { Stage::Checking };
    let (noted, copy) = (id.clone(), file.copy.clone());
    let recorded = app.db.write(move |tx: &mut Tx<'_>| {
        let now = clock::now();
        let is_taken = person_import::received(tx, &noted, next, copy.as_ref(), now)?;
        if let Some(deed) = deed.filter(|_| is_taken) {
            audit::append(tx, &deed, now)?;
        }
        Ok::<_, Refusal>((is_taken, person_import::find(tx, &noted)?))
    });
    // Whether a transaction that failed was committed is not always known: then the file stays until the import ends.
    match recorded.await? {
        (true, Some(import)) => {
            app.wake.imports.notify_one();
            Ok(import.into())
        }
        (_, import) => {
            file.discard(app, &id).await;
            Err(import.map_or_else(|| Refusal::not_found("import", id), |import| takes_none(import.state)))
        }
    }
}

/// Ends an import and removes its files; answers false when it was over already.
async fn end(
    app: &App,
    id: &str,
    state: Stage,
    words: Option<String>,
    deed: Option<Deed>,
) -> Result<bool, Refusal> {
    let ending = id.to_owned();
    let ended = app.db.write(move |tx: &mut Tx<'_>| {
        let now = clock::now();
        let copies = person_import::end(tx, &ending, state, words.as_deref(), now)?;
        if let Some(deed) = deed.filter(|_| copies.is_some()) {
            audit::append(tx, &deed, now)?;
        }
        Ok::<_, Refusal>(copies)
    });
    let Some(copies) = ended.await? else { return Ok(false) };
    upload::remove(&upload::folder(app, id)).await;
    copies::remove(app, id, copies).await;
    Ok(true)
}

/// Imports, newest first. They are kept for 30 days after their end.
#[utoipa::path(get, path = "/api/v1/people/imports", tag = "people", params(Paging),
    responses((status = OK, body = Page<ImportView>), (status = UNPROCESSABLE_ENTITY, body = ErrorBody)))]
pub(crate) async fn list(
    State(app): State<Arc<App>>,
    Asked(paging): Asked<Paging>,
) -> ApiResult<Json<Page<ImportView>>> {
    let (limit, before) = (page_limit(paging.limit)?, read_cursor(paging.cursor.as_deref())?);
    let rows = app.db.read(move |tx| person_import::list(tx, &before, limit + 1)).await?;
    Ok(Json(Page::of(rows, limit, |row| row.id.clone(), ImportView::from)))
}

/// One import and how far it is.
#[utoipa::path(get, path = "/api/v1/people/imports/{id}", tag = "people", params(("id" = String, Path)),
    responses((status = OK, body = ImportView), (status = NOT_FOUND, body = ErrorBody)))]
pub(crate) async fn show(State(app): State<Arc<App>>, At(id): At<String>) -> ApiResult<Json<ImportView>> {
    Ok(Json(found(&app, &id).await?.into()))
}

/// What became of each row.
#[utoipa::path(get, path = "/api/v1/people/imports/{id}/rows", tag = "people", params(("id" = String, Path), RowQuery),
    responses((status = OK, body = Page<ImportRowView>), (status = NOT_FOUND, body = ErrorBody),
    (status = UNPROCESSABLE_ENTITY, body = ErrorBody)))]
pub(crate) async fn rows(
    State(app): State<Arc<App>>,
    At(id): At<String>,
    Asked(asked): Asked<RowQuery>,
) -> ApiResult<Json<Page<ImportRowView>>> {
    let limit = page_limit(asked.limit)?;
    let after = read_cursor(asked.cursor.as_deref())?;
    let after = if after.is_empty() { Ok(0) } else { after.parse::<i64>() };
    let after = after.map_err(|_| Refusal::invalid("cursor", "is not one this list gave"))?;
    if let Some(state) = &asked.state
        && !["waiting", "done", "failed"].contains(&state.as_str())
    {
        return Err(Refusal::invalid("state", "must be waiting, done or failed").into());
    }
    found(&app, &id).await?;
    let rows =
        app.db.read(move |tx| person_import::rows(tx, &id, asked.state.as_deref(), after, limit + 1)).await?;
    Ok(Json(Page::of(rows, limit, |row| row.number.to_string(), ImportRowView::from)))
}

/// A file to be saved.
pub(crate) type Download = ([(HeaderName, &'static str); 2], axum::body::Body);

/// The failed rows as CSV: the same columns and one more, `reason`. Correct them and send the file as a new import.
#[utoipa::path(get, path = "/api/v1/people/imports/{id}/failed.csv", tag = "people", params(("id" = String, Path)),
    responses((status = OK, content_type = "text/csv", body = String), (status = NOT_FOUND, body = ErrorBody)))]
pub(crate) async fn failed(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    At(id): At<String>,
) -> ApiResult<Download> {
    let import = found(&app, &id).await?;
    let deed = caller.deed("import.export", &id, json!({"rows": "failed"}));
    app.db.write(move |tx: &mut Tx<'_>| audit::append(tx, &deed, clock::now())).await?;
    let mut header: Vec<String> = serde_json::from_value(import.columns).unwrap_or_default();
    let width = header.len();
    // A list that came from such a download has the column already.
    let old_reason = header.iter().position(|cell| cell == "reason");
    if old_reason.is_none() {
        header.push("reason".to_owned());
    }
    let begin = format!("\u{feff}{}", csv_line(header));
    let line = move |row: ImportRow| {
        let mut cells: Vec<String> = row.cells.iter().map(|cell| unguard(cell).to_owned()).collect();
        cells.resize(width, String::new());
        let reason = row.reason.unwrap_or_default();
        match old_reason {
            Some(at) => cells[at] = reason,
            None => cells.push(reason),
        }
        csv_line(cells)
    };
    let pages = futures_util::stream::try_unfold(
        (app, id, 0, Some(begin)),
        move |(app, id, after, begin)| async move {
            let asked = id.clone();
            let rows =
                app.db.read(move |tx| person_import::rows(tx, &asked, Some("failed"), after, ROWS)).await?;
            let next = rows.last().map(|row| row.number);
            let begun = begin.is_some();
            let text: String = begin.into_iter().chain(rows.into_iter().map(line)).collect();
            match next {
                None if !begun => Ok::<_, crate::db::DbError>(None),
                next => Ok(Some((text, (app, id, next.unwrap_or(i64::MAX - 1), None)))),
            }
        },
    );
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"failed.csv\""),
    ];
    Ok((headers, axum::body::Body::from_stream(pages)))
}

/// A list to begin with: the columns that are understood, and an example.
#[utoipa::path(get, path = "/api/v1/people/imports/template.csv", tag = "people",
    responses((status = OK, content_type = "text/csv", body = String)))]
pub(crate) async fn template() -> Download {
    let example = [
        "1001",
        "Wang Wu",
        "employee",
        "Production",
        "default",
        "night shift;ground floor",
        "2026-01-01",
        "2030-12-31",
        "1001.jpg",
        "",
    ];
    let lines = [columns::NAMES, example].map(|cells| csv_line(cells.map(str::to_owned)));
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"people.csv\""),
    ];
    (headers, format!("\u{feff}{}", lines.concat()).into())
}

/// Stops an import. Rows that are done stay done.
#[utoipa::path(post, path = "/api/v1/people/imports/{id}/cancel", tag = "people", params(("id" = String, Path)),
    responses((status = OK, body = ImportView), (status = NOT_FOUND, body = ErrorBody),
    (status = CONFLICT, body = ErrorBody, description = "it is over already")))]
pub(crate) async fn cancel(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    At(id): At<String>,
) -> ApiResult<Json<ImportView>> {
    must_be_own(&caller, &found(&app, &id).await?)?;
    let deed = caller.deed("import.cancel", &id, json!({}));
    if !end(&app, &id, Stage::Cancelled, None, Some(deed)).await? {
        return Err(Refusal::Conflict("this import is over already".to_owned()).into());
    }
    Ok(Json(found(&app, &id).await?.into()))
}

/// Forgets an import that is over: its rows, not the people it brought.
#[utoipa::path(delete, path = "/api/v1/people/imports/{id}", tag = "people", params(("id" = String, Path)),
    responses((status = NO_CONTENT), (status = NOT_FOUND, body = ErrorBody),
    (status = CONFLICT, body = ErrorBody, description = "cancel it first")))]
pub(crate) async fn remove(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    At(id): At<String>,
) -> ApiResult<StatusCode> {
    let import = found(&app, &id).await?;
    must_be_own(&caller, &import)?;
    if !import.state.is_over() {
        return Err(Refusal::Conflict("this import is not over; cancel it first".to_owned()).into());
    }
    let deed = caller.deed("import.delete", &id, json!({}));
    app.db.write(move |tx: &mut Tx<'_>| audit::append(tx, &deed, clock::now())).await?;
    jobs::imports::forget(&app, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn found(app: &App, id: &str) -> Result<Import, Refusal> {
    let asked = id.to_owned();
    let import = app.db.read(move |tx| person_import::find(tx, &asked)).await?;
    import.ok_or_else(|| Refusal::not_found("import", id))
}

/// Whoever is restricted to sites touches only imports that reach no further.
fn must_be_own(caller: &Caller, import: &Import) -> Result<(), Refusal> {
    let Some(mine) = caller.sites() else { return Ok(()) };
    let options: Options = serde_json::from_value(import.options.clone()).unwrap_or_default();
    match options.sites {
        Some(sites) if sites.iter().all(|site| mine.contains(site)) => Ok(()),
        _ => Err(Refusal::OutsideSites("an import that is not restricted to them".to_owned())),
    }
}

/// The zone of the machine, unless another is asked for.
fn zone(asked: Option<String>) -> Result<String, Refusal> {
    match asked {
        Some(name) => match TimeZone::get(&name) {
            Ok(_) => Ok(name),
            Err(_) => Err(Refusal::invalid("time_zone", "must be a name such as Asia/Shanghai or UTC")),
        },
        None => Ok(TimeZone::system().iana_name().unwrap_or("UTC").to_owned()),
    }
}
