//! Exports of people as lists the import reads back: streamed a page at a time, whatever their number.

use std::io::{self, Write};
use std::sync::Arc;

use axum::Extension;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderName, header};
use bytes::Bytes;
use serde::Deserialize;
use serde_json::json;
use tokio::runtime::Handle;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use utoipa::ToSchema;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::super::access::Caller;
use super::super::error::{ApiResult, ErrorBody};
use super::super::extract::Asked;
use super::filter::people_query;
use crate::app::App;
use crate::blobs::media_type;
use crate::clock;
use crate::db::person::Person;
use crate::db::person_list::{self, Filter, Order};
use crate::db::{DbError, Tx, audit};
use crate::import::{columns, csv_line};

/// People of one page.
const PAGE: i64 = 200;
/// Parts of an archive on their way to the client.
const UNDERWAY: usize = 8;
/// Bytes of one part.
const PART: usize = 64 << 10;

/// What kind of file.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Format {
    /// A list.
    #[default]
    Csv,
    /// A list and the photos.
    Zip,
}

people_query! {
    /// Whom, and as what.
    ExportQuery {
        /// `csv` (unless given) or `zip`, which holds the photos as well.
        #[param(inline)]
        format: Option<Format>,
        /// `true`: begin with the mark by which spreadsheets recognise UTF-8.
        bom: Option<bool>,
    }
}

/// A file to be saved.
type Download = ([(HeaderName, &'static str); 2], Body);

/// Everybody who fits, as a list (and photos) that can be imported again. Cells a spreadsheet would take for formulas begin with `'`.
#[utoipa::path(get, path = "/api/v1/people/export", tag = "people", params(ExportQuery), responses(
    (status = OK, content_type = "text/csv", body = String), (status = UNPROCESSABLE_ENTITY, body = ErrorBody)))]
pub(crate) async fn export(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    Asked(mut asked): Asked<ExportQuery>,
) -> ApiResult<Download> {
    let filter = asked.filter().read(&caller)?;
    let format = asked.format.unwrap_or_default();
    let detail = json!({"photos": format == Format::Zip});
    let deed = caller.deed("person.export", "", detail);
    app.db.write(move |tx: &mut Tx<'_>| audit::append(tx, &deed, clock::now())).await?;
    let bom = asked.bom.unwrap_or(false);
    Ok(match format {
        Format::Csv => {
            (named("text/csv; charset=utf-8", "attachment; filename=\"people.csv\""), list(app, filter, bom))
        }
        Format::Zip => {
            (named("application/zip", "attachment; filename=\"people.zip\""), archive(app, filter))
        }
    })
}

fn named(kind: &'static str, disposition: &'static str) -> [(HeaderName, &'static str); 2] {
    [(header::CONTENT_TYPE, kind), (header::CONTENT_DISPOSITION, disposition)]
}

fn first_line() -> String {
    csv_line(columns::NAMES.map(str::to_owned))
}

/// A page of people and the id it ended with; `None` after the last.
async fn page(app: &App, filter: &Filter, after: &str) -> Result<Option<(Vec<Person>, String)>, DbError> {
    let (filter, order) = (filter.clone(), Order::Id(after.to_owned()));
    let people = app.db.read(move |tx| person_list::list(tx, &filter, &order, PAGE)).await?;
    let last = people.last().map(|person| person.identity_id.as_str().to_owned());
    Ok(last.map(|last| (people, last)))
}

fn list(app: Arc<App>, filter: Filter, bom: bool) -> Body {
    let begin = format!("{}{}", if bom { "\u{feff}" } else { "" }, first_line());
    let state = (app, filter, String::new(), Some(begin));
    Body::from_stream(futures_util::stream::try_unfold(state, |(app, filter, after, begin)| async move {
        if let Some(begin) = begin {
            return Ok(Some((begin, (app, filter, after, None))));
        }
        let Some((people, last)) = page(&app, &filter, &after).await? else { return Ok(None) };
        let text: String = people.iter().map(|person| line(person, String::new())).collect();
        Ok::<_, DbError>(Some((text, (app, filter, last, None))))
    }))
}

/// An archive is written on a thread of its own, which waits while the client does.
fn archive(app: Arc<App>, filter: Filter) -> Body {
    let (sender, receiver) = mpsc::channel(UNDERWAY);
    let here = Handle::current();
    tokio::task::spawn_blocking(move || {
        let sink = Sink { sender: sender.clone(), part: Vec::with_capacity(PART) };
        if let Err(error) = pack(&here, &app, &filter, sink) {
            tracing::warn!(%error, "an export ended early");
            // The client sees that the body is not complete.
            drop(sender.blocking_send(Err(error)));
        }
    });
    Body::from_stream(ReceiverStream::new(receiver))
}

fn pack(here: &Handle, app: &Arc<App>, filter: &Filter, sink: Sink) -> io::Result<()> {
    let mut zip = ZipWriter::new_stream(sink);
    let text = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated).large_file(true);
    zip.start_file("people.csv", text)?;
    zip.write_all(first_line().as_bytes())?;
    each_page(here, app, filter, |people| {
        people.iter().try_for_each(|person| {
            let photo = if person.photo_key.is_some() { photo_name(person) } else { String::new() };
            zip.write_all(line(person, photo).as_bytes())
        })
    })?;
    // Photos are compressed already.
    let stored = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    each_page(here, app, filter, |people| {
        for person in people {
            let Some(key) = &person.photo_key else { continue };
            // Gone since the list was written: its row says so at the next import.
            let Some(photo) = here.block_on(app.blobs.get(key)).map_err(io::Error::other)? else { continue };
            zip.start_file(format!("{}.{}", photo_name(person), extension(&photo)), stored)?;
            zip.write_all(&photo)?;
        }
        Ok(())
    })?;
    zip.finish()?.into_inner().send()
}

fn each_page(
    here: &Handle,
    app: &Arc<App>,
    filter: &Filter,
    mut work: impl FnMut(&[Person]) -> io::Result<()>,
) -> io::Result<()> {
    let mut after = String::new();
    while let Some((people, last)) = here.block_on(page(app, filter, &after)).map_err(io::Error::other)? {
        work(&people)?;
        after = last;
    }
    Ok(())
}

/// Ids hold no separators of paths, but may hold dots and colons: the name in the archive is only a name.
fn photo_name(person: &Person) -> String {
    format!("photos/{}", person.identity_id.as_str())
}

fn extension(photo: &[u8]) -> &'static str {
    match media_type(photo) {
        "image/png" => "png",
        "image/webp" => "webp",
        "image/bmp" => "bmp",
        _ => "jpg",
    }
}

/// A person as a line of the list.
fn line(person: &Person, photo: String) -> String {
    let fields = &person.fields;
    let groups: Vec<&str> = fields.groups.iter().map(protocol::GroupId::as_str).collect();
    let info = match fields.info.as_object() {
        Some(info) if info.is_empty() => "-".to_owned(),
        _ => fields.info.to_string(),
    };
    let or_none = |text: String| if text.is_empty() { "-".to_owned() } else { text };
    csv_line([
        person.identity_id.as_str().to_owned(),
        fields.name.clone(),
        fields.kind.to_string(),
        or_none(person.labels.department.clone()),
        or_none(groups.join(";")),
        or_none(person.labels.tags.join(";")),
        moment(fields.valid_from),
        moment(fields.valid_until),
        photo,
        info,
    ])
}

/// A moment with its zone; `-` for none.
fn moment(at: Option<i64>) -> String {
    let at = at.and_then(|at| jiff::Timestamp::from_millisecond(at).ok());
    at.map_or_else(|| "-".to_owned(), |at| at.to_string())
}

/// Hands what is written to the client, in parts.
struct Sink {
    sender: mpsc::Sender<io::Result<Bytes>>,
    part: Vec<u8>,
}

impl Sink {
    fn send(&mut self) -> io::Result<()> {
        let part = std::mem::replace(&mut self.part, Vec::with_capacity(PART));
        let sent = self.sender.blocking_send(Ok(part.into()));
        sent.map_err(|_| io::Error::new(io::ErrorKind::BrokenPipe, "the client went away"))
    }
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.part.extend_from_slice(bytes);
        if self.part.len() >= PART {
            self.send()?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
