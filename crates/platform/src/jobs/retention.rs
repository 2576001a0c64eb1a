//! Removes what was kept long enough: under a lease, in small portions, with a record of each run.
//!
//! The order of a portion: first the rows, committed, then the pictures nothing refers to any more. A stop in between leaves
//! pictures without a row, as does one while somebody gets a new photo; every run ends with a sweep that removes those, once they are
//! older than a day, because a younger one may belong to a row that is being written. When nothing refers to any picture of a day, its key is destroyed.

use std::sync::Arc;
use std::time::Duration;

use futures_util::{StreamExt, TryStreamExt, stream};
use runtime::CancellationToken;
use serde_json::{Map, Value};
use tokio::time::sleep;
use uuid::Uuid;

use crate::app::App;
use crate::blobs::BlobError;
use crate::blobs::address::Area;
use crate::clock;
use crate::db::event_filter::{EventFilter, Place};
use crate::db::event_list::{self, Kept};
use crate::db::retention::{self as rows, Removed};
use crate::db::{DbError, Tx, lease, person, seal};
use crate::retention::{Due, Rule, in_force};

/// How long after the start the first run begins: whoever starts a platform with the wrong configuration has time to stop it.
const FIRST: Duration = Duration::from_secs(600);
/// How often it runs.
const EVERY: Duration = Duration::from_secs(6 * 3_600);
/// Events dealt with at a time.
const PORTION: usize = 100;
/// Rows looked at for one portion.
const SLICE: i64 = 20_000;
/// How long it rests after a portion, so that others write and read.
const REST: Duration = Duration::from_millis(20);
/// Pictures removed at the same time.
const AT_ONCE: usize = 8;
/// A picture without a row is removed when it is older than this, in milliseconds; so is the key of a day.
const ORPHAN: i64 = 24 * 3_600_000;
/// The work only one process does at a time, and how long it is theirs without a sign, in milliseconds.
const LEASE: (&str, i64) = ("retention", 60_000);

/// Why a run does not come to its end.
#[derive(Debug, thiserror::Error)]
enum Broken {
    #[error(transparent)]
    Db(#[from] DbError),
    #[error(transparent)]
    Blob(#[from] BlobError),
    #[error("another process took over")]
    Lost,
    #[error("the platform stops")]
    Stopping,
}

/// One run in progress.
struct Run {
    app: Arc<App>,
    id: String,
    stopping: CancellationToken,
}

/// Works until `stopping`.
pub(super) async fn run(app: Arc<App>, stopping: CancellationToken) -> Result<(), DbError> {
    let mut pause = FIRST;
    loop {
        tokio::select! {
            () = stopping.cancelled() => return Ok(()),
            () = app.wake.retention.notified() => {}
            () = sleep(pause) => {}
        }
        pause = EVERY;
        let run = Run { app: Arc::clone(&app), id: Uuid::now_v7().to_string(), stopping: stopping.clone() };
        if run.renew().await? {
            run.whole().await?;
        }
    }
}

impl Run {
    /// Takes or renews the lease; whether it is ours.
    async fn renew(&self) -> Result<bool, DbError> {
        let (id, now) = (self.id.clone(), clock::now());
        self.app.db.write(move |tx| lease::take(tx, LEASE.0, &id, now, now + LEASE.1)).await
    }

    async fn whole(&self) -> Result<(), DbError> {
        let rules = in_force(&self.app.config.retention, &self.app.db.read(rows::rules).await?);
        let policy = rules.iter().map(|rule| (rule.class.word().to_owned(), rule.to_json()));
        let policy = Value::Object(policy.collect::<Map<_, _>>());
        let id = self.id.clone();
        self.app.db.write(move |tx| rows::begin(tx, &id, &policy, clock::now())).await?;
        let outcome = self.remove(&rules).await;
        let error = outcome.err().map(|error| error.to_string());
        if let Some(error) = &error {
            tracing::warn!(error, run = self.id, "a run of retention did not come to its end");
        }
        let id = self.id.clone();
        self.app
            .db
            .write(move |tx| {
                rows::end(tx, &id, error.as_deref(), clock::now())?;
                lease::take(tx, LEASE.0, &id, clock::now(), clock::now()).map(drop)
            })
            .await
    }

    async fn remove(&self, rules: &[Rule]) -> Result<(), Broken> {
        let now = clock::now();
        for rule in rules {
            for what in [Due::Events, Due::Pictures] {
                if let Some(filter) = rule.due(what, now) {
                    self.walk(&filter, what).await?;
                }
            }
        }
        self.sweep(Area::Events, now).await?;
        self.sweep(Area::People, now).await?;
        self.forget_days(now).await
    }

    /// Deals with everything a filter means, portion by portion.
    async fn walk(&self, filter: &EventFilter, what: Due) -> Result<(), Broken> {
        let mut place: Option<Place> = None;
        loop {
            let (filter, after) = (filter.clone(), place);
            let read =
                move |tx: &mut Tx<'_>| event_list::kept_step(tx, &filter, after.as_ref(), PORTION, SLICE);
            let found = self.app.db.read(read).await?;
            if !found.what.is_empty() {
                self.portion(found.what, what).await?;
            }
            place = found.reached;
            if place.is_none() {
                return Ok(());
            }
            self.rest().await?;
        }
    }

    async fn portion(&self, events: Vec<Kept>, what: Due) -> Result<(), Broken> {
        let keys: Vec<String> =
            events.iter().flat_map(|event| [&event.spot_key, &event.reg_key]).flatten().cloned().collect();
        let removed = Removed {
            events: if what == Due::Events { count(events.len()) } else { 0 },
            pictures: count(keys.len()),
            bytes: events.iter().filter_map(|event| event.photo_bytes).sum(),
            orphans: 0,
        };
        let id = self.id.clone();
        let is_ours = self
            .app
            .db
            .write(move |tx| {
                let now = clock::now();
                if !lease::take(tx, LEASE.0, &id, now, now + LEASE.1)? {
                    return Ok::<_, DbError>(false);
                }
                let ids: Vec<&str> = events.iter().map(|event| event.id.as_str()).collect();
                match what {
                    Due::Events => rows::forget_events(tx, &ids)?,
                    Due::Pictures => rows::forget_pictures(tx, &ids)?,
                }
                rows::add(tx, &id, removed)?;
                Ok(true)
            })
            .await?;
        if !is_ours {
            return Err(Broken::Lost);
        }
        self.delete(Area::Events, keys).await?;
        Ok(())
    }

    /// Removes those of some pictures nothing refers to; answers how many that were.
    async fn delete(&self, area: Area, keys: Vec<String>) -> Result<i64, Broken> {
        if keys.is_empty() {
            return Ok(0);
        }
        let asked = keys.clone();
        let needed = self.app.db.read(move |tx| match area {
            Area::Events => rows::referred_to(tx, &asked),
            Area::People => person::photos_in_use(tx, &asked),
        });
        let needed = needed.await?;
        let gone: Vec<String> = keys.into_iter().filter(|key| !needed.contains(key)).collect();
        let number = count(gone.len());
        let deleted = stream::iter(gone).map(|key| async move { self.app.blobs.delete(&key).await });
        deleted.buffer_unordered(AT_ONCE).try_collect::<Vec<()>>().await?;
        Ok(number)
    }

    /// Removes pictures of an area no row refers to.
    async fn sweep(&self, area: Area, now: i64) -> Result<(), Broken> {
        let lying = self.app.blobs.stored_before(area, now - ORPHAN);
        let mut pages = std::pin::pin!(lying.try_chunks(PORTION));
        while let Some(page) = pages.next().await {
            let orphans = self.delete(area, page.map_err(|broken| broken.1)?).await?;
            if !self.renew().await? {
                return Err(Broken::Lost);
            }
            if orphans > 0 {
                let id = self.id.clone();
                let removed = Removed { orphans, ..Removed::default() };
                self.app.db.write(move |tx| rows::add(tx, &id, removed)).await?;
            }
            self.rest().await?;
        }
        Ok(())
    }

    /// Destroys the keys of days nothing refers to any more, and with them what else they sealed.
    async fn forget_days(&self, now: i64) -> Result<(), Broken> {
        let before = now - ORPHAN;
        for day in self.app.db.read(move |tx| rows::days_made_before(tx, before)).await? {
            let forget = move |tx: &mut Tx<'_>| {
                let in_use = rows::folder_in_use(tx, &format!("event/{day}"))?;
                if !in_use {
                    seal::forget_day(tx, day)?;
                }
                Ok::<_, DbError>(!in_use)
            };
            if (day + 1) * 24 * 3_600_000 < before && self.app.db.write(forget).await? {
                self.app.wake.erasure.notify_one();
                self.app.blobs.delete_day(day).await?;
                tracing::info!(day, "the key of a day nothing refers to any more was destroyed");
            }
        }
        Ok(())
    }

    async fn rest(&self) -> Result<(), Broken> {
        match self.stopping.run_until_cancelled(sleep(REST)).await {
            Some(()) => Ok(()),
            None => Err(Broken::Stopping),
        }
    }
}

fn count(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
