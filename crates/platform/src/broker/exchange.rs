//! The event exchange: what happens, published for whoever binds a queue.
//!
//! The contract: every entry of the feed is published in order, persistent and confirmed, at least once; the cursor moves after the confirm.
//! While the broker is away the cursor waits. What nobody has bound a queue for is dropped, by the broker or on its behalf ([`Unheard`]).

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use runtime::CancellationToken;
use runtime::amqp::{LinkState, PublishError, Publisher};
use tokio::time::sleep;
use url::Url;

use super::names;
use super::unheard::Unheard;
use crate::app::App;
use crate::db::event_list::{self, EventRow};
use crate::db::feed::{self, Entry};
use crate::db::{DbError, Tx, feed_follower};
use crate::follow::{self, Term};
use crate::webhooks::{Pictures, body};

/// The name of the lease and of the cursor.
const NAME: &str = "exchange";
/// Entries published at the same time.
const PAGE: i64 = 128;
/// How long it waits after a publish that failed.
const PATIENCE: Duration = Duration::from_secs(1);

/// Works until `stopping`.
pub(super) async fn run(app: Arc<App>, stopping: CancellationToken) -> Result<(), DbError> {
    let shared = Arc::clone(&app);
    follow::in_turn(app, NAME, stopping, move |term| publish_all(Arc::clone(&shared), term)).await
}

async fn publish_all(app: Arc<App>, term: Term) -> Result<(), DbError> {
    let (publisher, mut link) = (app.broker.publisher(), app.broker.state());
    let mut newest = follow::watch(&app, term.over().clone());
    let begins = app.db.write(|tx: &mut Tx<'_>| feed_follower::position(tx, NAME)).await?;
    let (mut told_until, mut unheard) = (begins, Unheard::default());
    while !term.over().is_cancelled() {
        tokio::select! {
            () = term.over().cancelled() => return Ok(()),
            up = link.wait_for(LinkState::is_up) => if up.is_err() { return Ok(()) },
        }
        newest.borrow_and_update();
        let page = read(&app, told_until).await?;
        if page.is_empty() {
            tokio::select! {
                () = term.over().cancelled() => return Ok(()),
                changed = newest.changed() => if changed.is_err() { return Ok(()) },
            }
            continue;
        }
        let (confirmed, failed) = publish(&app, &publisher, page, &mut unheard).await;
        if let Some(last) = confirmed {
            told_until = last;
            if !advance(&app, &term, last).await? {
                return Ok(());
            }
        }
        if let Some(error) = failed {
            tracing::debug!(%error, told_until, "the event exchange waits for the broker");
            // Whoever comes back to it may have bound what was unbound.
            unheard = Unheard::default();
            sleep(PATIENCE).await;
        }
    }
    Ok(())
}

async fn read(app: &App, told_until: i64) -> Result<Vec<(Entry, Option<EventRow>)>, DbError> {
    app.db
        .read(move |tx: &mut Tx<'_>| {
            let page = feed::after(tx, told_until, PAGE)?;
            let ids: Vec<&str> = page
                .iter()
                .filter(|entry| entry.kind == feed::EVENT)
                .map(|entry| entry.subject.as_str())
                .collect();
            let found = event_list::by_ids(tx, &ids)?;
            let mut events: HashMap<String, EventRow> =
                found.into_iter().map(|event| (event.id.clone(), event)).collect();
            let with_event = |entry: Entry| {
                let event = if entry.kind == feed::EVENT { events.remove(&entry.subject) } else { None };
                (entry, event)
            };
            Ok(page.into_iter().map(with_event).collect())
        })
        .await
}

/// What became of an entry.
enum Told {
    /// There was nothing to tell.
    Nothing,
    /// A queue has it.
    Taken,
    /// No queue is bound for it; with the key when the broker said so.
    Nobody(Option<String>),
    /// Later.
    NotYet(PublishError),
}

/// Publishes a page; answers the last number before the first that failed, and why that one did.
async fn publish(
    app: &App,
    publisher: &Publisher,
    page: Vec<(Entry, Option<EventRow>)>,
    unheard: &mut Unheard,
) -> (Option<i64>, Option<PublishError>) {
    let base = app.config.http.public_url.as_ref().map_or("", Url::as_str);
    let (now, known) = (Instant::now(), &*unheard);
    let published = page.into_iter().map(|(entry, event)| async move {
        // An event that was removed meanwhile is nothing to tell.
        if entry.kind == feed::EVENT && event.is_none() {
            return (entry, Told::Nothing);
        }
        let key = names::event_key(&entry, event.as_ref());
        if known.knows(&key, now) {
            return (entry, Told::Nobody(None));
        }
        let message = body(&entry, event, Pictures::Link, base).to_string();
        let told = match publisher.publish(names::EVENTS, &key, message.into_bytes()).await {
            Ok(()) => Told::Taken,
            Err(PublishError::Unroutable { .. }) => Told::Nobody(Some(key)),
            Err(error) => Told::NotYet(error),
        };
        (entry, told)
    });
    let (mut confirmed, told) = (None, join_all(published).await);
    for (entry, told) in told {
        match told {
            Told::Nothing => {}
            Told::Taken => app.counts.exchange_taken.add(),
            Told::Nobody(key) => {
                app.counts.exchange_dropped.add();
                if let Some(key) = key {
                    unheard.learn(key, now);
                }
            }
            Told::NotYet(error) => {
                let event_id = (entry.kind == feed::EVENT).then_some(entry.subject.as_str());
                tracing::debug!(%error, event_id, seq = entry.seq, "not told at the event exchange yet");
                return (confirmed, Some(error));
            }
        }
        confirmed = Some(entry.seq);
    }
    (confirmed, None)
}

/// Moves the cursor; false when another process has taken over.
async fn advance(app: &App, term: &Term, told_until: i64) -> Result<bool, DbError> {
    let term = term.clone();
    app.db
        .write(move |tx: &mut Tx<'_>| {
            let holds = term.holds(tx)?;
            if holds {
                feed_follower::advance(tx, NAME, told_until)?;
            }
            Ok(holds)
        })
        .await
}
