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
            if let Some(left_out) = app.results_told.line(clock::now()) {
                let bytes = body.len();
                tracing::warn!(way, %error, bytes, begins = head(body), left_out, "a result cannot be read");
            }
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
    let counts = &app.counts;
    let (count, told) = match taken {
        Taken::Settled => (&counts.results_settled, "a command was answered"),
        Taken::Again => (&counts.results_again, "a command was answered again or late"),
        Taken::Foreign => (&counts.results_foreign, "a result belongs to no open command of ours"),
        Taken::NoBox => (&counts.results_unreadable, "a result names no box we know"),
        Taken::Unproven => {
            (&counts.results_unproven, "a result was not believed: nothing proves whose it is")
        }
    };
    count.add();
    let message_id = result.message_id.as_ref().map(tracing::field::display);
    let (dev_sno, message_key, code) = (&result.dev_sno, result.message_key.as_str(), &result.code);
    if taken == Taken::Settled {
        tracing::info!(message_id, %dev_sno, message_key, %code, "{told}");
        return;
    }
    // Commands are as many as we send; anything else is as often as somebody likes.
    let Some(left_out) = app.results_told.line(clock::now()) else { return };
    match taken {
        Taken::Again => tracing::info!(message_id, %dev_sno, message_key, %code, left_out, "{told}"),
        _ => tracing::warn!(message_id, %dev_sno, message_key, %code, left_out, "{told}"),
    }
}

/// The beginning of a body, for the log.
pub(crate) fn head(body: &[u8]) -> String {
    String::from_utf8_lossy(&body[..body.len().min(SHOWN)]).into_owned()
}
