//! Makes the templates by which past events can be searched by a face, where that is enabled; and removes them where it no
//! longer is.
//!
//! One picture at a time, in one process, and at most half of the time, so that those who enrol people do not notice. It looks at
//! what came lately often and at everything now and then, because history brings pictures of events that were reported before.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use runtime::CancellationToken;
use tokio::time::{Instant, sleep};
use uuid::Uuid;

use crate::app::App;
use crate::clock;
use crate::db::event_filter::EventFilter;
use crate::db::event_template::{self, Unseen};
use crate::db::{DbError, lease};
use crate::refusal::Refusal;
use crate::seal::Label;

/// How often it looks at what came lately, and at everything.
const LOOK: Duration = Duration::from_secs(10);
const EVERYTHING: Duration = Duration::from_secs(3_600);
/// What lately means, in milliseconds.
const LATELY: i64 = 2 * 3_600_000;
/// Events looked at in one read.
const SLICE: i64 = 500;
/// Templates removed in one transaction.
const PAGE: i64 = 500;
/// The work only one process does at a time, and how long it is theirs without a sign, in milliseconds.
const LEASE: (&str, i64) = ("templates", 120_000);
/// Pictures that are passed over because something is wrong with them, until everything is looked at again; of more than these it is
/// not the pictures that something is wrong with.
const PASSED_OVER: usize = 100;
/// How long it waits when pictures cannot be looked at (no models, no room).
const TROUBLE: Duration = Duration::from_secs(60);

/// Works until `stopping`.
pub(super) async fn run(app: Arc<App>, stopping: CancellationToken) -> Result<(), DbError> {
    if !app.config.search.by_face {
        while app.db.write(|tx| event_template::forget(tx, PAGE)).await? > 0 && !stopping.is_cancelled() {}
        return Ok(());
    }
    let holder = Uuid::now_v7().to_string();
    let mut next_everything = Instant::now();
    let mut passed_over = BTreeSet::new();
    while !stopping.is_cancelled() {
        let is_whole = Instant::now() >= next_everything;
        let from = if is_whole { None } else { Some(clock::now() - LATELY) };
        if is_whole {
            passed_over.clear();
        }
        let done = stopping.run_until_cancelled(pass(&app, &holder, from, &mut passed_over)).await;
        let pause = match done {
            None => return Ok(()),
            Some(Ok(())) if is_whole => {
                next_everything = Instant::now() + EVERYTHING;
                LOOK
            }
            Some(Ok(())) => LOOK,
            Some(Err(refusal)) => {
                tracing::warn!(%refusal, "templates of events' pictures cannot be made just now");
                TROUBLE
            }
        };
        if stopping.run_until_cancelled(sleep(pause)).await.is_none() {
            return Ok(());
        }
    }
    Ok(())
}

/// Looks at every picture that was not looked at, of events since `from`, but for those of events that are passed over.
async fn pass(
    app: &App,
    holder: &str,
    from: Option<i64>,
    passed_over: &mut BTreeSet<String>,
) -> Result<(), Refusal> {
    let Some(pack) = app.judge.pack().await else {
        let todo = "run `menshen models fetch`".to_owned();
        return Err(Refusal::Unavailable { what: "models", todo });
    };
    let filter = EventFilter { from, photo: Some(true), ..EventFilter::default() };
    let mut place = None;
    loop {
        if !renew(app, holder).await? {
            return Ok(());
        }
        let (filter, after, asked) = (filter.clone(), place, pack.clone());
        let found =
            app.db.read(move |tx| event_template::unseen(tx, &asked, &filter, after.as_ref(), SLICE)).await?;
        for unseen in found.what {
            if passed_over.contains(&unseen.id) {
                continue;
            }
            let (began, event_id) = (Instant::now(), unseen.id.clone());
            match look(app, unseen, &pack).await {
                Err(Refusal::Internal(error)) if passed_over.len() < PASSED_OVER => {
                    tracing::warn!(error, event_id, "no template can be made of an event's picture");
                    passed_over.insert(event_id);
                }
                done => done?,
            }
            sleep(began.elapsed()).await;
        }
        place = found.reached;
        if place.is_none() {
            return Ok(());
        }
    }
}

async fn look(app: &App, unseen: Unseen, pack: &str) -> Result<(), Refusal> {
    let Some(picture) = app.blobs.get(&unseen.spot_key).await? else { return Ok(()) };
    let seen = app.judge.see(picture).await?;
    let day = app.seal.event(unseen.taken_at).await?;
    let (pack, sealed) = match &seen {
        Some(seen) => (seen.pack().to_owned(), day.seal(Label::Template(&unseen.id), &seen.to_bytes())?),
        None => (pack.to_owned(), Vec::new()),
    };
    let day = day.day();
    app.db.write(move |tx| event_template::put(tx, &unseen, day, &pack, &sealed)).await?;
    Ok(())
}

async fn renew(app: &App, holder: &str) -> Result<bool, DbError> {
    let (holder, now) = (holder.to_owned(), clock::now());
    app.db.write(move |tx| lease::take(tx, LEASE.0, &holder, now, now + LEASE.1)).await
}
