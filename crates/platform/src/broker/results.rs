//! Results from the broker: acknowledged after their effect is durable; what cannot be read is counted, logged and acknowledged.
//!
//! All boxes answer to one queue, so nobody may fill it with what no command asked for. Whoever sends more of that than a box may send by
//! HTTP is taken at that pace: of the rest only what a command waits for is applied, which costs a look and no write. What is longer than a
//! box may send by HTTP is not looked at.

use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use protocol::CommandResult;
use runtime::amqp::{Delivery, Session};
use tokio::time::sleep;

use crate::app::App;
use crate::clock;
use crate::db::answer::{self, Sender, Taken};
use crate::db::{DbError, Tx};
use crate::intake;

/// Unsettled results in our hands at most; each may be as long as the broker lets it be.
const PREFETCH: u16 = 64;
/// Results applied in one transaction at most.
const BATCH: usize = 64;
/// No further result joins those that are together as long as this, in bytes: each unfolds into several times its length.
const BATCH_BYTES: usize = intake::results::LONGEST;
/// The database is asked again this often when it cannot take results.
const PATIENCE: Duration = Duration::from_millis(200);
/// No box has a longer name, in bytes.
const NAME: usize = 64;
/// Whose pace results of longer names count against: a pace is kept for each name.
const NOBODY: &str = "longer than any name";

/// Consumes `queue` over `session` until the process stops.
pub(super) async fn run(app: Arc<App>, session: Session, queue: &'static str) -> Result<(), DbError> {
    let mut deliveries = session.consume(queue, PREFETCH).await;
    while let Some(first) = deliveries.next().await {
        let (mut bytes, mut batch) = (first.body.len(), vec![first]);
        while batch.len() < BATCH && bytes < BATCH_BYTES {
            // What has arrived already shares the transaction; nobody is waited for.
            match deliveries.next().now_or_never().flatten() {
                Some(next) => {
                    bytes += next.body.len();
                    batch.push(next);
                }
                None => break,
            }
        }
        settle(&app, batch).await;
    }
    Ok(())
}

async fn settle(app: &Arc<App>, batch: Vec<Delivery>) {
    let results: Vec<_> = batch.iter().filter_map(|delivery| read(app, delivery)).collect();
    if take(app, &batch, &results).await.is_none() {
        return;
    }
    for delivery in batch {
        delivery.ack().await;
    }
}

/// Applies results; `None` as [`patiently`].
async fn take(app: &Arc<App>, batch: &[Delivery], results: &[(Sender, CommandResult)]) -> Option<()> {
    let Err(error) = patiently(app, batch, results).await? else { return Some(()) };
    tracing::error!(%error, count = results.len(), "results could not be applied");
    // One result that cannot be applied must not take others with it.
    for one in results {
        if let Err(error) = patiently(app, batch, std::slice::from_ref(one)).await? {
            give_up(app, one, &error);
        }
    }
    Some(())
}

/// Applies results, however long the database cannot take them: that is not their fault. `None`: the link of the batch is gone, and
/// it comes again.
async fn patiently(
    app: &Arc<App>,
    batch: &[Delivery],
    results: &[(Sender, CommandResult)],
) -> Option<Result<(), DbError>> {
    loop {
        match apply(app, results.to_vec()).await {
            Err(error) if error.is_transient() => {
                tracing::warn!(%error, "results wait for the database");
                sleep(PATIENCE).await;
                if batch.iter().all(Delivery::is_stale) {
                    return None;
                }
            }
            outcome => return Some(outcome),
        }
    }
}

/// Applies results, those nobody waits for at their senders' pace.
async fn apply(app: &Arc<App>, results: Vec<(Sender, CommandResult)>) -> Result<(), DbError> {
    let now = clock::now();
    let spent =
        |(sender, result): &(Sender, CommandResult)| app.results_pace.is_spent(who(sender, result), now);
    let (paced, mut due): (Vec<_>, Vec<_>) = results.into_iter().partition(spent);
    due.extend(awaited(app, paced).await?);
    let senders: Vec<_> = due.iter().map(|(sender, result)| who(sender, result).to_owned()).collect();
    let taken = intake::results::take_all(app, due).await?;
    for (sender, _) in senders.iter().zip(taken).filter(|(_, taken)| *taken != Taken::Settled) {
        app.results_pace.charge(sender, now);
    }
    Ok(())
}

/// Of results of somebody who sends too many those a command waits for.
async fn awaited(
    app: &App,
    paced: Vec<(Sender, CommandResult)>,
) -> Result<Vec<(Sender, CommandResult)>, DbError> {
    if paced.is_empty() {
        return Ok(paced);
    }
    let count = paced.len();
    let look = move |tx: &mut Tx<'_>| {
        let mut awaited = Vec::new();
        for (sender, result) in paced {
            if answer::is_awaited(tx, &sender, &result)? {
                awaited.push((sender, result));
            }
        }
        Ok::<_, DbError>(awaited)
    };
    let awaited = app.db.read(look).await?;
    let dropped = count - awaited.len();
    app.counts.results_paced.add_many(u64::try_from(dropped).unwrap_or(u64::MAX));
    if dropped > 0
        && let Some(left_out) = app.results_told.line(clock::now())
    {
        tracing::warn!(
            dropped,
            left_out,
            "results nobody asked for are dropped: their senders send too many"
        );
    }
    Ok(awaited)
}

/// Whose pace a result counts against: its account's where the broker tells it, else the box's it names. Names
/// no box can have share one.
fn who<'a>(sender: &'a Sender, result: &'a CommandResult) -> &'a str {
    match sender {
        Sender::Account(Some(account)) => account,
        Sender::Box(dev_sno) => dev_sno.as_str(),
        Sender::Account(None) | Sender::Shared if result.dev_sno.as_str().len() > NAME => NOBODY,
        Sender::Account(None) | Sender::Shared => result.dev_sno.as_str(),
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

/// Drops a result that cannot be applied, at its sender's cost.
fn give_up(app: &App, (sender, result): &(Sender, CommandResult), error: &DbError) {
    app.counts.results_unreadable.add();
    app.results_pace.charge(who(sender, result), clock::now());
    let (message_key, dev_sno) = (result.message_key.as_str(), &result.dev_sno);
    tracing::error!(%error, message_key, %dev_sno, "a result was dropped: it cannot be applied");
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn names_longer_than_any_share_one_pace() {
        let of = |dev_sno: &str| {
            let said = json!({"success": true, "dev_sno": dev_sno, "messageKey": "wipe_data"}).to_string();
            who(&Sender::Shared, &CommandResult::read(said.as_bytes()).unwrap()).to_owned()
        };
        assert_eq!(of(&"x".repeat(NAME)), "x".repeat(NAME));
        assert_eq!(of(&"x".repeat(NAME + 1)), NOBODY);
        assert_eq!(of(&"y".repeat(1_000_000)), NOBODY);
    }
}
