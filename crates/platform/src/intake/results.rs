//! Results of commands, from the broker and by HTTP.

use std::sync::Arc;

use protocol::CommandResult;

use crate::app::App;
use crate::clock;
use crate::db::answer::{self, Sender, Taken};
use crate::db::{DbError, Tx};

/// How much of a body that cannot be read goes to the log.
const SHOWN: usize = 200;

/// Reads a result. One that cannot be read is counted and logged with its first bytes, never whole: it may hold pictures.
pub(crate) fn read(app: &App, way: &'static str, body: &[u8]) -> Option<CommandResult> {
    match CommandResult::read(body) {
        Ok(result) => Some(result),
        Err(error) => {
            app.counts.results_unreadable.add();
            tracing::warn!(way, %error, bytes = body.len(), begins = head(body), "a result cannot be read");
            None
        }
    }
}

/// Applies results, each with what its channel tells of its sender, in one transaction and wakes whoever waits for them.
pub(crate) async fn take_all(
    app: &Arc<App>,
    results: Vec<(Sender, CommandResult)>,
) -> Result<Vec<Taken>, DbError> {
    if results.is_empty() {
        return Ok(Vec::new());
    }
    let now = clock::now();
    let results = Arc::new(results);
    let shared = Arc::clone(&results);
    let taken: Vec<Taken> = app
        .db
        .write(move |tx: &mut Tx<'_>| {
            shared
                .iter()
                .map(|(sender, result)| answer::take(tx, sender, result, now))
                .collect::<Result<_, DbError>>()
        })
        .await?;
    for ((_, result), taken) in results.iter().zip(&taken) {
        note(app, result, *taken);
    }
    app.nudge();
    Ok(taken)
}

fn note(app: &App, result: &CommandResult, taken: Taken) {
    let message_id = result.message_id.as_ref().map(tracing::field::display);
    let (dev_sno, message_key, code) = (&result.dev_sno, result.message_key.as_str(), &result.code);
    match taken {
        Taken::Settled => {
            app.counts.results_settled.add();
            tracing::info!(message_id, %dev_sno, message_key, %code, "a command was answered");
        }
        Taken::Again => {
            app.counts.results_again.add();
            tracing::info!(message_id, %dev_sno, message_key, %code, "a command was answered again or late");
        }
        Taken::Foreign => {
            app.counts.results_foreign.add();
            tracing::warn!(message_id, %dev_sno, message_key, %code, "a result belongs to no open command of ours");
        }
        Taken::NoBox => {
            app.counts.results_unreadable.add();
            tracing::warn!(message_id, %dev_sno, message_key, %code, "a result names no box we know");
        }
        Taken::Unproven => {
            app.counts.results_unproven.add();
            tracing::warn!(message_id, %dev_sno, message_key, %code, "a result was not believed: nothing proves whose it is");
        }
    }
}

/// The beginning of a body, for the log.
pub(crate) fn head(body: &[u8]) -> String {
    String::from_utf8_lossy(&body[..body.len().min(SHOWN)]).into_owned()
}
