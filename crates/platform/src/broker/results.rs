//! Results from the broker: acknowledged after their effect is durable; what cannot be read is counted, logged and acknowledged.

use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use protocol::CommandResult;
use runtime::amqp::{Delivery, Session};
use tokio::time::sleep;

use crate::app::App;
use crate::db::DbError;
use crate::db::answer::Sender;
use crate::intake;

/// Unsettled results in our hands at most.
const PREFETCH: u16 = 256;
/// Results applied in one transaction at most.
const BATCH: usize = 64;
/// The database is asked again this often when it cannot take results.
const PATIENCE: Duration = Duration::from_millis(200);

/// Consumes `queue` over `session` until the process stops.
pub(super) async fn run(app: Arc<App>, session: Session, queue: &'static str) -> Result<(), DbError> {
    let mut deliveries = session.consume(queue, PREFETCH).await;
    while let Some(first) = deliveries.next().await {
        let mut batch = vec![first];
        while batch.len() < BATCH {
            // What has arrived already shares the transaction; nobody is waited for.
            match deliveries.next().now_or_never().flatten() {
                Some(next) => batch.push(next),
                None => break,
            }
        }
        settle(&app, batch).await;
    }
    Ok(())
}

async fn settle(app: &Arc<App>, batch: Vec<Delivery>) {
    let results: Vec<_> = batch.iter().filter_map(|delivery| read(app, delivery)).collect();
    loop {
        match intake::results::take_all(app, results.clone()).await {
            Ok(_) => break,
            // Not the results' fault: they stay unacknowledged until the database takes them or the link is gone.
            Err(error) if error.is_transient() => {
                tracing::warn!(%error, "results wait for the database");
                sleep(PATIENCE).await;
                if batch.iter().all(Delivery::is_stale) {
                    return;
                }
            }
            Err(error) => {
                tracing::error!(%error, count = results.len(), "results could not be applied");
                one_by_one(app, results).await;
                break;
            }
        }
    }
    for delivery in batch {
        delivery.ack().await;
    }
}

/// A result, and what the broker tells of its sender.
fn read(app: &App, delivery: &Delivery) -> Option<(Sender, CommandResult)> {
    let result = intake::results::read(app, "broker", &delivery.body)?;
    let sender = match app.broker.accounts() {
        Some(_) => Sender::Account(delivery.account.clone()),
        None => Sender::Shared,
    };
    Some((sender, result))
}

/// One result that cannot be applied must not take others with it.
async fn one_by_one(app: &Arc<App>, results: Vec<(Sender, CommandResult)>) {
    for (sender, result) in results {
        let (message_key, dev_sno) = (result.message_key.clone(), result.dev_sno.clone());
        if let Err(error) = intake::results::take_all(app, vec![(sender, result)]).await {
            app.counts.results_unreadable.add();
            tracing::error!(%error, message_key, %dev_sno, "a result was dropped: it cannot be applied");
        }
    }
}
