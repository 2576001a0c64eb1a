//! Looking through the files of an import before anything is done: the list becomes rows of the database, photos are counted.
//!
//! It may be interrupted at any moment and begun again: the rows of an unfinished look are replaced.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use tokio::sync::mpsc;
use tokio::task::spawn_blocking;

use super::archive::{Found, Photos};
use super::columns::{self, Column};
use super::hold::Hold;
use super::{ImportError, ROWS, cells, copies, table, upload};
use crate::app::App;
use crate::clock;
use crate::db::DbError;
use crate::db::person_import::{self, Import, ImportRow, State};

/// Rows written in one transaction.
const BATCH: usize = 250;

/// What the reader of the list tells.
enum Told {
    Header(Vec<String>, Vec<String>),
    Rows(Vec<ImportRow>),
}

/// What was found: whether there is a list, how many photos, and how many of those no row asks for.
struct Look {
    list: bool,
    photos: usize,
    unmatched: usize,
}

/// Looks through the files; afterwards the import runs, waits for its list, or has failed.
pub(crate) async fn check(app: &Arc<App>, hold: &Hold, import: &Import) -> Result<(), DbError> {
    let found = match import.has_table {
        true => add_photos(app, hold, import).await,
        false => read_list(app, hold, import).await,
    };
    let (id, now) = (import.id.clone(), clock::now());
    match found {
        Ok(found) if found.list => {
            let (photos, unmatched) = (count(found.photos), count(found.unmatched));
            let checked =
                hold.write(&app.db, move |tx| person_import::checked(tx, &id, photos, unmatched, now));
            checked.await.map(drop)
        }
        Ok(_) => {
            let words = "there is no list yet: send a CSV or XLSX file to this import";
            let waiting = hold.write(&app.db, move |tx| {
                person_import::advance(tx, &id, State::Receiving, Some(words), now)
            });
            waiting.await.map(drop)
        }
        Err(ImportError::Lost) => Ok(()),
        Err(ImportError::Db(error)) => Err(error),
        Err(error) => fail(app, hold, id, error.to_string()).await,
    }
}

/// The files cannot be used, in words why: the import has failed, and they are removed.
pub(crate) async fn fail(app: &Arc<App>, hold: &Hold, id: String, words: String) -> Result<(), DbError> {
    tracing::info!(import = %id, error = words, "an import cannot be used");
    let (failed, now) = (id.clone(), clock::now());
    let ended =
        hold.write(&app.db, move |tx| person_import::end(tx, &failed, State::Failed, Some(&words), now));
    if let Some(copies) = ended.await?.flatten() {
        upload::remove(&upload::folder(app, &id)).await;
        copies::remove(app, &id, copies).await;
    }
    Ok(())
}

fn count(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

async fn read_list(app: &Arc<App>, hold: &Hold, import: &Import) -> Result<Look, ImportError> {
    let folder = upload::folder(app, &import.id);
    let (teller, mut told) = mpsc::channel(2);
    let reading = spawn_blocking(move || read(&folder, &teller));
    while let Some(told) = told.recv().await {
        let id = import.id.clone();
        let noted = hold.write(&app.db, move |tx| match told {
            Told::Header(columns, ignored) => person_import::begin_table(tx, &id, &columns, &ignored),
            Told::Rows(rows) => person_import::add_rows(tx, &id, &rows),
        });
        noted.await?.ok_or(ImportError::Lost)?;
    }
    reading.await.map_err(|_| ImportError::unusable("reading the files failed by a fault of ours"))?
}

/// Reads the list; blocks.
fn read(folder: &Path, teller: &mpsc::Sender<Told>) -> Result<Look, ImportError> {
    let files = table::sort(&upload::complete(folder)?)?;
    let mut photos = Photos::open(&files.archives)?;
    let Some(list) = &files.list else {
        return Ok(Look { list: false, photos: photos.count(), unmatched: photos.count() });
    };
    let mut reader = Reader { teller, columns: None, lines: HashMap::new(), batch: Vec::new() };
    table::read(list, |number, cells| reader.take(number, cells, &mut photos))?;
    reader.end()?;
    Ok(Look { list: true, photos: photos.count(), unmatched: photos.unmatched() })
}

struct Reader<'a> {
    teller: &'a mpsc::Sender<Told>,
    columns: Option<Vec<Option<Column>>>,
    /// In which line each id stands.
    lines: HashMap<String, usize>,
    batch: Vec<ImportRow>,
}

impl Reader<'_> {
    fn take(&mut self, number: usize, cells: Vec<String>, photos: &mut Photos) -> Result<(), ImportError> {
        let Some(columns) = &self.columns else {
            let (columns, ignored) = columns::read(&cells).map_err(ImportError::Unusable)?;
            self.columns = Some(columns);
            return self.tell(Told::Header(cells, ignored));
        };
        if self.lines.len() >= ROWS {
            return Err(ImportError::unusable(format!(
                "the list has more than {ROWS} rows; send it in parts"
            )));
        }
        let id = cells::id_of(columns, &cells);
        photos.find(&cells::photo_of(columns, &cells), &id);
        // Rows without an id are all told that they have none.
        let first = self.lines.insert(if id.is_empty() { format!("\n{number}") } else { id.clone() }, number);
        let reason = first.map(|line| format!("the id {id:?} is also in line {line}"));
        let state = if reason.is_some() { "failed" } else { "waiting" };
        self.batch.push(ImportRow {
            number: count(number),
            identity_id: id.chars().take(64).collect(),
            cells,
            state: state.to_owned(),
            outcome: None,
            photo: None,
            reason,
        });
        if self.batch.len() < BATCH {
            return Ok(());
        }
        let rows = std::mem::take(&mut self.batch);
        self.tell(Told::Rows(rows))
    }

    fn end(mut self) -> Result<(), ImportError> {
        if self.columns.is_none() {
            return Err(ImportError::unusable("the list is empty"));
        }
        let rows = std::mem::take(&mut self.batch);
        self.tell(Told::Rows(rows))
    }

    fn tell(&self, told: Told) -> Result<(), ImportError> {
        // Nobody listens any more only when the platform stops.
        self.teller.blocking_send(told).map_err(|_| ImportError::unusable("interrupted"))
    }
}

/// Looks for photos of rows that were worked off without one. Who was skipped stays as they are.
async fn add_photos(app: &Arc<App>, hold: &Hold, import: &Import) -> Result<Look, ImportError> {
    let folder = upload::folder(app, &import.id);
    let opening = spawn_blocking(move || Photos::open(&table::archives(&upload::complete(&folder)?)?));
    let mut photos =
        opening.await.map_err(|_| ImportError::unusable("reading the files failed by a fault of ours"))??;
    let headers: Vec<String> = serde_json::from_value(import.columns.clone()).unwrap_or_default();
    let (columns, _) = columns::read(&headers).map_err(ImportError::Unusable)?;
    let mut after = 0;
    loop {
        let id = import.id.clone();
        let limit = count(BATCH);
        let rows = app.db.read(move |tx| person_import::rows(tx, &id, None, after, limit)).await?;
        let Some(last) = rows.last() else { break };
        after = last.number;
        let wanting = rows.iter().filter(|row| row.photo.is_none() && !is_double(row) && !is_skipped(row));
        let reopened: Vec<i64> = wanting
            .filter(|row| {
                let named = cells::photo_of(&columns, &row.cells);
                photos.find(&named, &row.identity_id) != Found::None
            })
            .map(|row| row.number)
            .collect();
        let id = import.id.clone();
        let noted = hold.write(&app.db, move |tx| person_import::reopen_rows(tx, &id, &reopened));
        noted.await?.ok_or(ImportError::Lost)?;
    }
    Ok(Look { list: true, photos: photos.count(), unmatched: photos.unmatched() })
}

/// Whether a row was passed by because its person existed.
fn is_skipped(row: &ImportRow) -> bool {
    row.outcome.as_deref() == Some("skipped")
}

/// Whether a row was refused because another one has its id.
fn is_double(row: &ImportRow) -> bool {
    row.state == "failed" && row.reason.as_deref().is_some_and(|reason| reason.contains("is also in line"))
}
