//! One task for each enabled webhook, in one process at a time. A receiver that hangs holds up its own task only.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use reqwest::Client;
use runtime::CancellationToken;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep};

use super::log;
use super::post::{Post, client};
use super::worker::{Pause, Worker};
use crate::app::App;
use crate::clock;
use crate::db::{DbError, Tx, webhook};
use crate::follow::{self, Term};
use crate::refusal::Refusal;

/// How often it looks for webhooks that were added or changed by another process.
const LOOK: Duration = Duration::from_secs(1);
/// Nothing to tell: the cursor is looked after this often nevertheless.
const QUIET: Duration = Duration::from_secs(15);
/// How often the log is cut.
const PRUNE: Duration = Duration::from_secs(60);
/// A task that failed begins again after this long.
const RETRY: Duration = Duration::from_secs(2);

/// Works until `stopping`.
pub(crate) async fn run(app: Arc<App>, stopping: CancellationToken) -> Result<(), Refusal> {
    let client = client().map_err(|error| Refusal::Internal(format!("no HTTP client: {error}")))?;
    let shared = Arc::clone(&app);
    follow::in_turn(app, "webhooks", stopping, move |term| manage(Arc::clone(&shared), client.clone(), term))
        .await
}

/// A task at work.
struct Running {
    version: i64,
    stop: CancellationToken,
    task: JoinHandle<()>,
}

async fn manage(app: Arc<App>, client: Client, term: Term) -> Result<(), Refusal> {
    let newest = follow::watch(&app, term.over().clone());
    let mut running: HashMap<String, Running> = HashMap::new();
    let mut next_prune = Instant::now() + PRUNE;
    while !term.over().is_cancelled() {
        match app.db.read(|tx| -> Result<_, DbError> { webhook::enabled(tx) }).await {
            Ok(enabled) => {
                let wanted: HashMap<String, i64> = enabled.into_iter().collect();
                for (id, run) in &running {
                    if wanted.get(id) != Some(&run.version) {
                        run.stop.cancel();
                    }
                }
                running.retain(|_, run| !run.task.is_finished());
                for (id, version) in wanted {
                    running.entry(id.clone()).or_insert_with(|| {
                        let stop = term.over().child_token();
                        let work = follow_one(
                            Arc::clone(&app),
                            client.clone(),
                            term.clone(),
                            stop.clone(),
                            id,
                            newest.clone(),
                        );
                        Running { version, stop, task: tokio::spawn(work) }
                    });
                }
            }
            Err(error) => tracing::warn!(%error, "webhooks cannot be looked at"),
        }
        if Instant::now() >= next_prune {
            next_prune = Instant::now() + PRUNE;
            if let Err(error) = log::prune(&app).await {
                tracing::warn!(%error, "the delivery log was not cut");
            }
        }
        tokio::select! {
            () = term.over().cancelled() => {}
            () = app.wake.webhooks.notified() => {}
            () = sleep(LOOK) => {}
        }
    }
    for (id, run) in running {
        if run.task.await.is_err() {
            tracing::error!(webhook = id, "the work for a webhook panicked");
        }
    }
    Ok(())
}

/// The task of one webhook: until it is stopped, or the webhook is changed, disabled or gone.
async fn follow_one(
    app: Arc<App>,
    client: Client,
    term: Term,
    stop: CancellationToken,
    id: String,
    newest: watch::Receiver<i64>,
) {
    if let Err(error) = work(&app, client, term, &stop, &id, newest).await {
        tracing::warn!(%error, webhook = id, "the work for a webhook failed and begins again");
        tokio::select! {
            () = stop.cancelled() => {}
            () = sleep(RETRY) => {}
        }
    }
}

async fn work(
    app: &Arc<App>,
    client: Client,
    term: Term,
    stop: &CancellationToken,
    id: &str,
    mut newest: watch::Receiver<i64>,
) -> Result<(), Refusal> {
    let asked = id.to_owned();
    let Some(found) = app.db.read(move |tx: &mut Tx<'_>| webhook::find(tx, &asked)).await? else {
        return Ok(());
    };
    let way = Post::of(app, client, &found)?;
    let disable_after = i64::from(app.config.webhooks.disable_after_days).saturating_mul(24 * 3_600_000);
    let mut worker = Worker::new(app.db.clone(), term, way, &found, disable_after, stop.clone());
    while !stop.is_cancelled() {
        newest.borrow_and_update();
        let pause = match worker.round(clock::now()).await? {
            Pause::None => continue,
            Pause::Ended => return Ok(()),
            Pause::Until(at) => {
                tokio::select! {
                    () = stop.cancelled() => {}
                    () = sleep(until(at)) => {}
                }
                continue;
            }
            Pause::Idle(due) => due.map_or(QUIET, |at| until(at).min(QUIET)),
        };
        tokio::select! {
            () = stop.cancelled() => {}
            changed = newest.changed() => if changed.is_err() { break },
            () = sleep(pause) => {}
        }
    }
    worker.settle(clock::now(), true).await?;
    Ok(())
}

/// How long it is until a time; never nothing at all.
fn until(at: i64) -> Duration {
    Duration::from_millis(u64::try_from(at - clock::now()).unwrap_or(0).max(10))
}
