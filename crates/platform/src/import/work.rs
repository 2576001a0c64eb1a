//! Working off the rows of an import: a chunk at a time, its photos judged first, then done and recorded in one short transaction.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use futures_util::{StreamExt, stream};
use jiff::tz::TimeZone;
use protocol::IdentityId;
use runtime::CancellationToken;
use serde_json::json;
use tokio::task::spawn_blocking;

use super::apply::{self, Groups, NotDone, Step};
use super::archive::{Found, PhotoAt, Photos};
use super::cells::{self, Wanted};
use super::columns::{self, Column};
use super::ending::{deed, finish, waits};
use super::hold::Hold;
use super::{Existing, ImportError, Options, table, upload};
use crate::app::App;
use crate::blobs::BlobError;
use crate::db::audit::{self, Deed};
use crate::db::person::register_type;
use crate::db::person_import::{self, Finished, Import, ImportRow};
use crate::db::{DbError, Tx, desired, person};
use crate::judge::{FaceTemplate, Judgement};
use crate::look_alikes::{LookAlike, LookAlikes};
use crate::refusal::Refusal;
use crate::{clock, photos};

/// Rows of one chunk.
const ROWS: i64 = 100;
/// Photos of one chunk; they are in memory until it is done.
const PHOTOS: usize = 16;
/// People named in the remark on a row whose photo looks like theirs.
const ALIKE: usize = 3;

/// What does not change while an import is worked off.
struct Work {
    app: Arc<App>,
    hold: Hold,
    import: Import,
    options: Options,
    columns: Vec<Option<Column>>,
    zone: TimeZone,
    photos: Option<Arc<Mutex<Photos>>>,
}

/// A row that was read, before its photo is judged.
struct Asked {
    row: ImportRow,
    id: IdentityId,
    wanted: Wanted,
    /// The person's type, once the row is done.
    kind: i64,
    photo: Option<PhotoAt>,
    remark: Option<String>,
}

/// A photo that was judged.
struct Judged {
    name: String,
    photo: Bytes,
    judgement: Judgement,
}

/// A row that is done but for its photo.
struct Waiting {
    number: i64,
    id: IdentityId,
    outcome: &'static str,
    remark: Option<String>,
}

/// Works an import off until it is over, has to wait, or `stopping`.
pub(crate) async fn work(
    app: &Arc<App>,
    hold: &Hold,
    import: Import,
    stopping: &CancellationToken,
) -> Result<(), DbError> {
    let (id, now) = (import.id.clone(), clock::now());
    hold.write(&app.db, move |tx| person_import::resumed(tx, &id, now)).await?;
    let mut opened = None;
    while !stopping.is_cancelled() {
        let id = import.id.clone();
        let rows = app.db.read(move |tx| person_import::waiting(tx, &id, ROWS)).await?;
        if rows.is_empty() {
            finish(app, hold, &import).await?;
            return Ok(());
        }
        let work = match opened.take() {
            Some(work) => work,
            None => match Work::open(app, hold, &import).await {
                Ok(work) => work,
                Err(error) => return waits(app, hold, &import.id, &error.to_string()).await,
            },
        };
        match work.chunk(rows).await? {
            Ok(true) => opened = Some(work),
            Ok(false) => return Ok(()),
            Err(words) => return waits(app, hold, &import.id, &words).await,
        }
    }
    Ok(())
}

impl Work {
    async fn open(app: &Arc<App>, hold: &Hold, import: &Import) -> Result<Self, ImportError> {
        let folder = upload::folder(app, &import.id);
        let wants_photos = import.photos > 0;
        let opening = spawn_blocking(move || {
            let archives = table::archives(&upload::complete(&folder)?)?;
            if archives.is_empty() && wants_photos {
                return Err(ImportError::unusable(
                    "the files of this import are not on this machine; cancel it and send them again",
                ));
            }
            let photos = (!archives.is_empty()).then(|| Photos::open(&archives)).transpose()?;
            Ok(photos.map(|photos| Arc::new(Mutex::new(photos))))
        });
        let opening = opening.await.map_err(|_| ImportError::unusable("opening the files failed"));
        let photos = opening??;
        let headers: Vec<String> = serde_json::from_value(import.columns.clone()).unwrap_or_default();
        let (columns, _) = columns::read(&headers).map_err(ImportError::Unusable)?;
        let options: Options = serde_json::from_value(import.options.clone())
            .map_err(|error| ImportError::unusable(error.to_string()))?;
        let (app, hold, import) = (Arc::clone(app), hold.clone(), import.clone());
        Ok(Self { app, hold, zone: options.zone(), import, options, columns, photos })
    }

    /// Does some of these rows. Answers whether the import still runs; in words what it has to wait for.
    async fn chunk(&self, rows: Vec<ImportRow>) -> Result<Result<bool, String>, DbError> {
        let present = self.present(&rows).await?;
        let (mut finished, mut asked, mut with_photo) = (Vec::new(), Vec::new(), 0);
        for row in rows {
            match self.read(row, &present) {
                Ok(row) => {
                    with_photo += usize::from(row.photo.is_some());
                    asked.push(row);
                }
                Err(refused) => finished.push(refused),
            }
            if with_photo >= PHOTOS {
                break;
            }
        }
        let judged: Vec<_> = stream::iter(asked.into_iter().map(|row| self.judge(row)))
            .buffered(self.app.judge.at_once().max(2))
            .collect()
            .await;
        let mut steps = Vec::new();
        for outcome in judged {
            match outcome {
                Ok((row, photo)) => steps.push((row, photo)),
                Err(Fault::Row(refused)) => finished.push(refused),
                Err(Fault::Everything(words)) => return Ok(Err(words)),
            }
        }
        self.store(steps, finished).await
    }

    /// Which of the rows' ids exist, and of what type the people are.
    async fn present(&self, rows: &[ImportRow]) -> Result<HashMap<IdentityId, i64>, DbError> {
        let ids: Vec<IdentityId> = rows.iter().map(|row| IdentityId::new(&row.identity_id)).collect();
        let found = self.app.db.read(move |tx: &mut Tx<'_>| person::find_many(tx, &ids)).await?;
        Ok(found.into_iter().map(|person| (person.identity_id, person.fields.kind)).collect())
    }

    fn read(&self, row: ImportRow, present: &HashMap<IdentityId, i64>) -> Result<Asked, Finished> {
        let number = row.number;
        let refused = |reason: String| Finished { number, outcome: Err(reason), photo: None, remark: None };
        let (id, wanted) = cells::read(&self.columns, &row.cells, &self.zone)
            .map_err(|refusal| refused(refusal.to_string()))?;
        let named = cells::photo_of(&self.columns, &row.cells);
        // A photo that would not be taken need not be judged.
        let passed_by = done_before(&row).is_none()
            && self.options.existing != Existing::Update
            && present.contains_key(&id);
        let (mut photo, mut remark) = (None, None);
        match &self.photos {
            Some(photos) if !passed_by => match lock(photos).find(&named, id.as_str()) {
                Found::Photo(found) => photo = Some(found),
                Found::None if named.is_empty() => {
                    remark =
                        Some(format!("without a photo: the archive has no file named {}.jpg", id.as_str()));
                }
                Found::None => return Err(refused(format!("photo: the archive has no file {named:?}"))),
                Found::Several => {
                    return Err(refused("photo: several files of the archive have this name; say which by its path in the column `photo`".to_owned()));
                }
            },
            None if !named.is_empty() => {
                remark = Some(format!("without its photo: add an archive with {named:?} to this import"));
            }
            _ => {}
        }
        let kind = wanted.kind.or(present.get(&id).copied()).unwrap_or(1);
        Ok(Asked { row, id, wanted, kind, photo, remark })
    }

    async fn judge(&self, asked: Asked) -> Result<(Asked, Option<Judged>), Fault> {
        let (Some(at), Some(photos)) = (&asked.photo, &self.photos) else { return Ok((asked, None)) };
        let number = asked.row.number;
        let refused =
            |reason: String| Fault::Row(Finished { number, outcome: Err(reason), photo: None, remark: None });
        let (at, photos) = (at.clone(), Arc::clone(photos));
        let name = at.name.clone();
        let read = spawn_blocking(move || lock(&photos).read(&at)).await;
        let photo =
            read.unwrap_or_else(|_| Err("the photo could not be read".to_owned())).map_err(refused)?;
        let photo = Bytes::from(photo);
        match self.app.judge.judge_in_turn(photo.clone(), register_type(asked.kind)).await {
            Ok(judgement) => Ok((asked, Some(Judged { name, photo, judgement }))),
            Err(Refusal::Photo { message, verdict }) => Err(refused(format!(
                "photo {name}: {message} ({})",
                verdict["name"].as_str().unwrap_or("refused")
            ))),
            Err(Refusal::Internal(cause)) => {
                tracing::error!(cause, number, "a photo of an import could not be judged");
                Err(refused(format!("photo {name}: judging it failed by a fault of ours")))
            }
            Err(other) => Err(Fault::Everything(other.to_string())),
        }
    }

    /// Does the rows, then sets their photos, and records what became of them. A person must be there before a photo of theirs can be
    /// kept, so these are two transactions; a process that stops in between does the row again and finds the person as it left them.
    async fn store(
        &self,
        judged: Vec<(Asked, Option<Judged>)>,
        finished: Vec<Finished>,
    ) -> Result<Result<bool, String>, DbError> {
        let (steps, photos): (Vec<Step>, Vec<Option<Judged>>) = judged
            .into_iter()
            .map(|(asked, judged)| {
                let (number, before) = (asked.row.number, done_before(&asked.row).map(str::to_owned));
                let Asked { id, wanted, remark, .. } = asked;
                let step = Step { number, id, wanted, remark, before, with_photo: judged.is_some() };
                (step, judged)
            })
            .unzip();
        let names: Vec<Option<String>> =
            photos.iter().map(|photo| photo.as_ref().map(|photo| photo.name.clone())).collect();
        let Some(waiting) = self.do_rows(steps, names, finished).await? else { return Ok(Ok(false)) };
        if !self.options.dry_run {
            self.app.nudge();
        }
        let with_photo = photos.into_iter().zip(waiting).filter_map(|(photo, step)| Some((photo?, step?)));
        self.set_photos(with_photo.collect()).await
    }

    /// Does the rows but for their photos; answers those that wait for one, `None` when the import does not run any more.
    async fn do_rows(
        &self,
        steps: Vec<Step>,
        photos: Vec<Option<String>>,
        mut finished: Vec<Finished>,
    ) -> Result<Option<Vec<Option<Waiting>>>, DbError> {
        let (id, options, now) = (self.import.id.clone(), self.options.clone(), clock::now());
        let deed = deed(&self.import, "person.import");
        let done = self
            .hold
            .write(&self.app.db, move |tx| {
                if !person_import::is_running(tx, &id)? {
                    return Ok(None);
                }
                let (mut groups, mut waiting, mut changed) = (Groups::default(), Vec::new(), Vec::new());
                for (step, photo) in steps.into_iter().zip(photos) {
                    let (number, mut awaited) = (step.number, None);
                    let outcome = match apply::apply(tx, &step, &options, &mut groups, now) {
                        Err(NotDone::Db(error)) => return Err(error),
                        Err(NotDone::Refused(reason)) => Err(reason),
                        Ok(done) => Ok(total(step.before.as_deref(), done, photo.is_some())),
                    };
                    if matches!(outcome, Ok("created" | "updated")) {
                        changed.push(step.id.as_str().to_owned());
                    }
                    match outcome {
                        Ok(outcome) if photo.is_some() && outcome != "skipped" && !options.dry_run => {
                            person_import::note_outcome(tx, &id, number, outcome)?;
                            awaited = Some(Waiting { number, id: step.id, outcome, remark: step.remark });
                        }
                        outcome => finished.push(Finished { number, outcome, photo, remark: step.remark }),
                    }
                    waiting.push(awaited);
                }
                person_import::finish_rows(tx, &id, &finished, now)?;
                if !changed.is_empty() && !options.dry_run {
                    audit::append(tx, &Deed { detail: json!({"people": changed}), ..deed }, now)?;
                }
                Ok(Some(waiting))
            })
            .await?;
        Ok(done.flatten())
    }

    /// Keeps photos of people who are there, and sets them.
    async fn set_photos(&self, rows: Vec<(Judged, Waiting)>) -> Result<Result<bool, String>, DbError> {
        if rows.is_empty() {
            return Ok(Ok(true));
        }
        let app = &self.app;
        let faces = rows
            .iter()
            .filter_map(|(judged, row)| Some((row.number, row.id.clone(), judged.judgement.face.clone()?)));
        let faces = faces.collect();
        let keeping = app.photos.read().await;
        let mut kept = Vec::with_capacity(rows.len());
        for (judged, row) in rows {
            match photos::keep(app, &row.id, judged.photo, judged.judgement.face.as_ref()).await {
                Ok(photo) => kept.push((photo, judged.name, row)),
                Err(error) => {
                    // When this is tried again they are kept again, under other keys.
                    for (photo, ..) in kept {
                        app.forget_photo(photo.stored.key).await;
                    }
                    return Ok(Err(no_photos(&error)));
                }
            }
        }
        let (id, options, now) = (self.import.id.clone(), self.options.clone(), clock::now());
        let deed = deed(&self.import, "photo.import");
        let unused: Vec<String> = kept.iter().map(|(photo, ..)| photo.stored.key.clone()).collect();
        let replaced = self
            .hold
            .write(&app.db, move |tx| {
                let (mut finished, mut replaced, mut people) = (Vec::new(), Vec::new(), Vec::new());
                for (photo, name, row) in kept {
                    let Waiting { number, id, outcome, remark } = row;
                    let Some(before) = person::find(tx, &id)? else {
                        let reason = "the person was removed while the photo was looked at".to_owned();
                        finished.push(Finished { number, outcome: Err(reason), photo: None, remark: None });
                        replaced.push(photo.stored.key);
                        continue;
                    };
                    // They may have become a member of another group since their row was done.
                    match apply::reach_only_own(tx, &options, &before.fields.groups) {
                        Err(NotDone::Db(error)) => return Err(error),
                        Err(NotDone::Refused(reason)) => {
                            finished.push(Finished {
                                number,
                                outcome: Err(reason),
                                photo: None,
                                remark: None,
                            });
                            replaced.push(photo.stored.key);
                            continue;
                        }
                        Ok(()) => {}
                    }
                    photo.set(tx, &id, now)?;
                    people.push(id.as_str().to_owned());
                    desired::recompute_for_person(tx, &id, now)?;
                    replaced.extend(before.photo_key);
                    finished.push(Finished { number, outcome: Ok(outcome), photo: Some(name), remark });
                }
                person_import::finish_rows(tx, &id, &finished, now)?;
                if !people.is_empty() {
                    audit::append(tx, &Deed { detail: json!({"people": people}), ..deed }, now)?;
                }
                Ok(replaced)
            })
            .await?;
        drop(keeping);
        app.nudge();
        let is_ours = replaced.is_some();
        for key in replaced.unwrap_or(unused) {
            app.forget_photo(key).await;
        }
        if is_ours {
            self.note_look_alikes(faces).await?;
        }
        Ok(Ok(is_ours))
    }

    /// Notes beside rows whom their new photos look like. A warning: an import does not fail for want of it.
    async fn note_look_alikes(&self, faces: Vec<(i64, IdentityId, FaceTemplate)>) -> Result<(), DbError> {
        let mut remarks = Vec::new();
        for (number, id, face) in faces {
            match LookAlikes::of_new(&self.app, &id, face).await {
                Ok(alike) => {
                    remarks.extend(remark_on(&alike.unwrap_or_default()).map(|words| (number, words)));
                }
                Err(refusal) => {
                    tracing::warn!(%refusal, identity_id = %id, "an imported photo is compared with nobody's");
                }
            }
        }
        if remarks.is_empty() {
            return Ok(());
        }
        let id = self.import.id.clone();
        self.app.db.write(move |tx: &mut Tx<'_>| person_import::add_remarks(tx, &id, &remarks)).await
    }
}

/// Whom somebody looks like, in words; `None` when it is nobody who matters.
fn remark_on(alike: &[LookAlike]) -> Option<String> {
    let words = alike.iter().take(ALIKE).map(|other| match other.possible_duplicate {
        true => format!("may be the same person as {}", other.identity_id),
        false => format!("looks like {}, who may use the same doors", other.identity_id),
    });
    let words: Vec<String> = words.collect();
    (!words.is_empty()).then(|| words.join("; "))
}

/// What an import waits for whose photos are not taken.
fn no_photos(error: &BlobError) -> String {
    if error.is_full() {
        return "the photo store's disk is full: free some space, then the import goes on by itself"
            .to_owned();
    }
    format!("the photo store does not take photos: {error}")
}

/// What was done for a row in an earlier turn; a person who was skipped was left alone.
fn done_before(row: &ImportRow) -> Option<&str> {
    row.outcome.as_deref().filter(|outcome| *outcome != "skipped")
}

/// What was done to a person, all in all: `before` in an earlier turn, `now`, and with a new photo.
fn total(before: Option<&str>, now: &'static str, photo: bool) -> &'static str {
    match (before, now) {
        (Some("created"), _) => "created",
        (_, "unchanged") if photo => "updated",
        _ => now,
    }
}

/// Why a row got no further.
enum Fault {
    /// The row is refused.
    Row(Finished),
    /// Nothing can be done now, and why.
    Everything(String),
}

fn lock(photos: &Mutex<Photos>) -> std::sync::MutexGuard<'_, Photos> {
    photos.lock().unwrap_or_else(PoisonError::into_inner)
}
