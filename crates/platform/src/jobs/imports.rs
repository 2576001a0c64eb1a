//! Works off imports, one at a time in each process; only one process works on the same one.
//!
//! A process does those of its own folder first, then those of others that rest and whose files all lie in the store: the process that has
//! them is busy with something else, or gone.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use runtime::CancellationToken;
use tokio::time::{Instant, sleep};
use uuid::Uuid;

use crate::app::App;
use crate::clock;
use crate::db::import_file::{Begun, ImportFile};
use crate::db::person_import::{self, State};
use crate::db::{DbError, Tx, import_file};
use crate::import::check::{check, fail};
use crate::import::hold::{HELD, Hold};
use crate::import::work::work;
use crate::import::{copies, place, upload};

/// How often it looks without being woken: for what waits, and what other processes left behind.
const LOOK: Duration = Duration::from_secs(5);
/// Imports looked at.
const AT_WORK: i64 = 100;
/// How long an import whose files could not be fetched is left alone by this process.
const AGAIN: Duration = Duration::from_secs(15);
/// How often old imports are forgotten.
const SWEEP: Duration = Duration::from_secs(600);
/// An import that waits for a file this long is given up, in milliseconds.
const ABANDONED: i64 = 24 * 3_600_000;
/// What became of an import is kept this long, in milliseconds: its rows hold what is known of people.
const KEPT: i64 = 30 * 24 * 3_600_000;
/// Rows forgotten in one transaction.
const FORGOTTEN: i64 = 2_000;

/// One process at work.
struct Worker {
    app: Arc<App>,
    /// Whose holds these are.
    holder: String,
    stopping: CancellationToken,
    /// When imports whose files could not be fetched may be tried again.
    rests: HashMap<String, Instant>,
}

/// Works until `stopping`.
pub(super) async fn run(app: Arc<App>, stopping: CancellationToken) -> Result<(), DbError> {
    let (holder, rests) = (Uuid::now_v7().to_string(), HashMap::new());
    let mut worker = Worker { app: Arc::clone(&app), holder, stopping: stopping.clone(), rests };
    let mut next_sweep = Instant::now();
    loop {
        if let Some(place) = here(&app).await {
            place::sweep(&app, &place).await?;
            worker.round(&place).await?;
            if Instant::now() >= next_sweep && !stopping.is_cancelled() {
                sweep(&app, place).await?;
                next_sweep = Instant::now() + SWEEP;
            }
        }
        tokio::select! {
            () = stopping.cancelled() => return Ok(()),
            () = app.wake.imports.notified() => {}
            () = sleep(LOOK) => {}
        }
    }
}

/// Where this process has its files; `None` when that cannot be told now.
async fn here(app: &App) -> Option<String> {
    let place = place::mark(app).await;
    place.inspect_err(|error| tracing::warn!(%error, "the folder of imports cannot be used")).ok()
}

impl Worker {
    /// Works on everything that can be worked on in this place now.
    async fn round(&mut self, place: &str) -> Result<(), DbError> {
        let here = place.to_owned();
        let found = self.app.db.read(move |tx: &mut Tx<'_>| {
            let mut found = import_file::at_work(tx, &here, AT_WORK)?;
            found.extend(import_file::resting(tx, &here, clock::now() - HELD, AT_WORK)?);
            Ok::<_, DbError>(found)
        });
        let found = found.await?;
        self.rests.retain(|_, until| *until > Instant::now());
        for id in found {
            if self.stopping.is_cancelled() {
                return Ok(());
            }
            let hold = Hold::of(&id, &self.holder);
            if self.rests.contains_key(&id) || !hold.take(&self.app.db).await? {
                continue;
            }
            let outcome = hold.during(&self.app.db, self.advance_or_end(&id, place, &hold)).await;
            hold.give_back(&self.app.db).await?;
            if outcome? == Some(false) {
                self.rests.insert(id, Instant::now() + AGAIN);
            }
        }
        Ok(())
    }

    /// As [`Self::advance`]; but an import with something the database does not take has failed. Tried again it would fail again, and
    /// keep those after it from their turn for ever.
    async fn advance_or_end(&self, id: &str, place: &str, hold: &Hold) -> Result<bool, DbError> {
        match self.advance(id, place, hold).await {
            Err(error) if is_of_the_import(&error) => {
                tracing::error!(import = id, %error, "an import cannot be worked on");
                let words = "the import failed by a fault of ours; the log says why";
                fail(&self.app, hold, id.to_owned(), words.to_owned()).await?;
                Ok(true)
            }
            outcome => outcome,
        }
    }

    /// Works on an import that is held; answers false when its files cannot be had.
    async fn advance(&self, id: &str, place: &str, hold: &Hold) -> Result<bool, DbError> {
        let (app, asked) = (&self.app, id.to_owned());
        let files = app.db.read(move |tx: &mut Tx<'_>| import_file::of(tx, &asked)).await?;
        match self.stopping.run_until_cancelled(copies::fetch(app, id, &files)).await {
            None => return Ok(true),
            Some(Err(error)) => {
                let (waiting, words) = (id.to_owned(), error.to_string());
                tracing::warn!(import = id, words, "an import waits for its files");
                hold.write(&app.db, move |tx| person_import::tell(tx, &waiting, &words)).await?;
                return Ok(false);
            }
            Some(Ok(())) => {}
        }
        let (asked, here) = (id.to_owned(), place.to_owned());
        let fetched: Vec<String> = files.iter().map(|file| file.name.clone()).collect();
        let begun = hold.write(&app.db, move |tx| import_file::begin_at(tx, &asked, &here, &files)).await?;
        let Some(Begun { import, has_moved, is_copied }) = begun.flatten() else { return Ok(true) };
        if has_moved {
            tracing::info!(import = id, "an import of another process is taken over");
        }
        if is_copied {
            copies::leave_only(app, id, &fetched).await;
        }
        if import.state == State::Checking {
            check(app, hold, &import).await?;
        }
        let asked = id.to_owned();
        let found = app.db.read(move |tx: &mut Tx<'_>| person_import::find(tx, &asked)).await?;
        if let Some(import) = found.filter(|import| import.state == State::Running) {
            work(app, hold, import, &self.stopping).await?;
        }
        Ok(true)
    }
}

/// Whether the database refused something of the import, rather than failing itself.
fn is_of_the_import(error: &DbError) -> bool {
    !error.is_transient() && !matches!(error, DbError::Closed | DbError::Url(_) | DbError::Newer { .. })
}

/// Gives up imports nobody continues, and forgets those that were over long ago.
async fn sweep(app: &Arc<App>, place: String) -> Result<(), DbError> {
    for (id, copies) in app.db.write(move |tx: &mut Tx<'_>| give_up(tx, &place, clock::now())).await? {
        upload::remove(&upload::folder(app, &id)).await;
        copies::remove(app, &id, copies).await;
    }
    while let Some(id) = app.db.read(move |tx| person_import::outlived(tx, clock::now() - KEPT)).await? {
        forget(app, &id).await?;
    }
    if let Err(error) = copies::sweep(app).await {
        tracing::warn!(%error, "what is left of files of imports could not be swept away");
    }
    Ok(())
}

/// Ends imports nobody continues; answers them with the copies of their files.
fn give_up(tx: &mut Tx<'_>, place: &str, now: i64) -> Result<Vec<(String, Vec<ImportFile>)>, DbError> {
    let waited = "no further file came within a day";
    // Files of these are removed by whoever has them, should it ever come back.
    let elsewhere =
        "the process that has the files of this import did not come back within a day; send them again";
    let abandoned = person_import::abandoned(tx, now - ABANDONED, AT_WORK)?;
    let stranded = import_file::stranded(tx, place, now - ABANDONED, AT_WORK)?;
    let given_up = abandoned.into_iter().map(|id| (id, waited));
    let mut ended = Vec::new();
    for (id, words) in given_up.chain(stranded.into_iter().map(|id| (id, elsewhere))) {
        let copies = person_import::end(tx, &id, State::Failed, Some(words), now)?;
        ended.extend(copies.map(|copies| (id, copies)));
    }
    Ok(ended)
}

/// Forgets an import with its rows and files.
pub(crate) async fn forget(app: &Arc<App>, id: &str) -> Result<(), DbError> {
    loop {
        let asked = id.to_owned();
        if app.db.write(move |tx: &mut Tx<'_>| person_import::delete(tx, &asked, FORGOTTEN)).await? {
            break;
        }
    }
    upload::remove(&upload::folder(app, id)).await;
    Ok(())
}
