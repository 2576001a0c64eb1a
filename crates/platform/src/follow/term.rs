//! The lease under which a follower works.
//!
//! The contract: work begins when the lease was taken and is told to end when it could not be renewed in time. A process that is killed
//! stops renewing, and another takes over when the lease has run out. A process that merely slept may believe that it still holds
//! it; therefore everything a follower writes asks [`Term::holds`] in the same transaction.

use std::fmt::Display;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use runtime::CancellationToken;
use tokio::time::{Instant, sleep};
use uuid::Uuid;

use crate::app::App;
use crate::clock;
use crate::db::{Db, DbError, Tx, lease};

/// A lease lasts so long unless it is renewed, in milliseconds: a killed process's work stands still no longer.
const LASTS: i64 = 8_000;
/// How often it is renewed, or asked for.
const RENEW: Duration = Duration::from_millis(2_500);

/// One turn of a follower.
#[derive(Debug, Clone)]
pub(crate) struct Term {
    name: &'static str,
    holder: Arc<str>,
    /// Cancelled when the turn is over: the lease was lost, or the process stops.
    over: CancellationToken,
}

impl Term {
    /// Cancelled when the turn is over.
    pub(crate) fn over(&self) -> &CancellationToken {
        &self.over
    }

    /// Whether the lease is still ours: asked in every transaction that writes.
    pub(crate) fn holds(&self, tx: &mut Tx<'_>) -> Result<bool, DbError> {
        lease::is_held(tx, self.name, &self.holder)
    }

    /// A turn nobody can take over, for tests that look at the work alone.
    #[cfg(test)]
    pub(crate) async fn for_test(db: &Db, name: &'static str) -> Self {
        let holder: Arc<str> = Uuid::now_v7().to_string().into();
        let term = Self { name, holder, over: CancellationToken::new() };
        let taker = term.clone();
        db.write(move |tx| lease::take(tx, taker.name, &taker.holder, i64::MAX, i64::MAX))
            .await
            .expect("a lease");
        term
    }
}

/// Does `work` whenever the lease `name` can be had, until `stopping`.
pub(crate) async fn in_turn<F, E>(
    app: Arc<App>,
    name: &'static str,
    stopping: CancellationToken,
    work: impl Fn(Term) -> F,
) -> Result<(), E>
where
    F: Future<Output = Result<(), E>>,
    E: From<DbError> + Display,
{
    let holder: Arc<str> = Uuid::now_v7().to_string().into();
    while !stopping.is_cancelled() {
        if take(&app.db, name, &holder).await? {
            let over = stopping.child_token();
            let term = Term { name, holder: Arc::clone(&holder), over: over.clone() };
            tracing::debug!(name, "a follower takes its turn");
            let outcome = {
                let working = work(term);
                tokio::pin!(working);
                tokio::select! {
                    outcome = &mut working => outcome,
                    () = renewed(&app.db, name, &holder, &over) => {
                        over.cancel();
                        working.await
                    }
                }
            };
            let back = Arc::clone(&holder);
            app.db.write(move |tx: &mut Tx<'_>| lease::give_back(tx, &back)).await?;
            outcome?;
        }
        tokio::select! {
            () = stopping.cancelled() => {}
            () = sleep(RENEW) => {}
        }
    }
    Ok(())
}

/// Asks for the lease; one that another holds is only looked at.
async fn take(db: &Db, name: &'static str, holder: &Arc<str>) -> Result<bool, DbError> {
    let (looker, taker, now) = (Arc::clone(holder), Arc::clone(holder), clock::now());
    if db.read(move |tx: &mut Tx<'_>| lease::is_of_another(tx, name, &looker, now)).await? {
        return Ok(false);
    }
    db.write(move |tx: &mut Tx<'_>| lease::take(tx, name, &taker, now, now + LASTS)).await
}

/// Renews the lease; returns when it is lost or the process stops.
async fn renewed(db: &Db, name: &'static str, holder: &Arc<str>, over: &CancellationToken) {
    let mut safe_until = Instant::now() + Duration::from_millis(LASTS.unsigned_abs());
    loop {
        tokio::select! {
            () = over.cancelled() => return,
            () = sleep(RENEW) => {}
        }
        let asked = Instant::now();
        match take(db, name, holder).await {
            Ok(true) => safe_until = asked + Duration::from_millis(LASTS.unsigned_abs()),
            Ok(false) => {
                tracing::warn!(name, "another process has taken over");
                return;
            }
            Err(error) if Instant::now() < safe_until => {
                tracing::debug!(%error, name, "a lease was not renewed");
            }
            Err(error) => {
                tracing::warn!(%error, name, "a lease could not be renewed in time");
                return;
            }
        }
    }
}
