//! Whose turn it is: of the processes on one database, one does the work of the clock that is only to be done once.
//!
//! The contract: whoever holds the lease renews it; a process that stops hands it back, and one that is killed is replaced when
//! the lease has run out, seconds later. For a moment two may believe that it is theirs (a clock that is off, a database
//! that was away): every such job is idempotent, and its writes run one after another like all others.

use std::sync::Arc;
use std::time::Duration;

use runtime::{CancellationToken, Lifecycle};
use tokio::sync::watch;
use tokio::time::sleep;

use crate::app::App;
use crate::clock;
use crate::db::{DbError, Tx, lease};

/// The lease's name.
const NAME: &str = "jobs";
/// How long the lease lasts without being renewed, in milliseconds.
pub(crate) const TERM: i64 = 5_000;
/// How often it is renewed, or asked for.
const RENEW: Duration = Duration::from_millis(1_500);

/// Tells whether it is this process's turn.
#[derive(Clone)]
pub(super) struct Turn(watch::Receiver<bool>);

impl Turn {
    /// Begins to ask for the lease and keeps it until the process stops.
    pub(super) fn start(app: &Arc<App>, life: &Lifecycle) -> Self {
        let (ours, turn) = watch::channel(false);
        let (app, stopping) = (Arc::clone(app), life.stopping());
        life.spawn("turn", async move {
            while !stopping.is_cancelled() {
                let holds = hold(&app).await.unwrap_or_else(|error| {
                    tracing::warn!(%error, "nobody knows whose turn it is");
                    false
                });
                if ours.send_replace(holds) != holds {
                    tracing::info!(holds, instance = app.instance, "the work of the clock changes hands");
                }
                let _stopped = stopping.run_until_cancelled(sleep(RENEW)).await;
            }
            ours.send_replace(false);
            let instance = app.instance.clone();
            let given = app.db.write(move |tx: &mut Tx<'_>| lease::give_back(tx, &instance)).await;
            if let Err(error) = given {
                tracing::warn!(%error, "the work of the clock waits until its lease has run out");
            }
        });
        Self(turn)
    }

    /// Does `work` while it is this process's turn, until `stopping`. `work` is told to stop when its turn is over.
    pub(super) async fn run<W, E>(
        mut self,
        stopping: CancellationToken,
        work: impl Fn(CancellationToken) -> W,
    ) -> Result<(), E>
    where
        W: Future<Output = Result<(), E>>,
    {
        loop {
            // Over when the process stops, or nobody asks for the lease any more.
            if stopping.run_until_cancelled(self.until(true)).await != Some(true) {
                return Ok(());
            }
            let enough = stopping.child_token();
            let working = work(enough.clone());
            tokio::pin!(working);
            tokio::select! {
                ended = &mut working => return ended,
                _ = self.until(false) => {
                    enough.cancel();
                    working.await?;
                }
            }
        }
    }

    /// Waits until it is, or is not, this process's turn; false when that will never be known.
    async fn until(&mut self, wanted: bool) -> bool {
        self.0.wait_for(|ours| *ours == wanted).await.is_ok()
    }
}

async fn hold(app: &App) -> Result<bool, DbError> {
    let (now, instance) = (clock::now(), app.instance.clone());
    let theirs = app.db.read(move |tx: &mut Tx<'_>| lease::is_of_another(tx, NAME, &instance, now)).await?;
    if theirs {
        return Ok(false);
    }
    let instance = app.instance.clone();
    app.db.write(move |tx: &mut Tx<'_>| lease::take(tx, NAME, &instance, now, now + TERM)).await
}
