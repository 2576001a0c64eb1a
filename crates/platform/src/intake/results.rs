//! Results of commands, from the broker and by HTTP.

use std::sync::Arc;

use protocol::{Code, CommandResult, MessageId, Problem, ReadError, ResultBody, UserResult};

use crate::app::App;
use crate::clock;
use crate::db::answer::{self, Sender, Taken};
use crate::db::{DbError, Tx};

/// No result is longer, in bytes: a command may have named every person a box can hold.
pub(crate) const LONGEST: usize = protocol::limits::MAX_LIGHT_BODY * 2;
/// How much of a body that cannot be read goes to the log.
const SHOWN: usize = 200;

/// Reads a result. One that cannot be read is counted and logged with its first bytes, never whole: it may hold pictures.
pub(crate) fn read(app: &App, way: &'static str, body: &[u8]) -> Option<CommandResult> {
    match readable(body) {
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

/// What a body says, unless it is longer than any result or holds a text no database stores.
fn readable(body: &[u8]) -> Result<CommandResult, ReadError> {
    let wrong = |expected, found: String| ReadError {
        path: String::new(),
        problem: Problem::Wrong { expected, found },
    };
    if body.len() > LONGEST {
        return Err(wrong("a shorter body", format!("{} bytes", body.len())));
    }
    let result = CommandResult::read(body)?;
    if holds_nul(&result) {
        return Err(wrong("texts without the character NUL", "one that holds it".to_owned()));
    }
    Ok(result)
}

/// Whether one of the texts that are stored or looked for as they are holds the character NUL; elsewhere JSON escapes it.
fn holds_nul(result: &CommandResult) -> bool {
    let named = result.message_id.as_ref().map_or("", MessageId::as_str);
    let (message, key, dev_sno) =
        (result.message.as_str(), result.message_key.as_str(), result.dev_sno.as_str());
    let is_nul = |text: &str| text.contains('\0');
    let of_user =
        |user: &UserResult| is_nul(user.userid.as_str()) || is_nul(&user.message) || is_nul(word(&user.code));
    let of_users = match &result.result {
        ResultBody::Users { success, failed } => success.iter().chain(failed).any(of_user),
        ResultBody::Wipe(_) | ResultBody::Fiqa(_) | ResultBody::Other(_) => false,
    };
    of_users || [message, key, dev_sno, named, word(&result.code)].into_iter().any(is_nul)
}

/// A code that is no number.
fn word(code: &Code) -> &str {
    match code {
        Code::Text(word) => word,
        Code::Int(_) => "",
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

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn said(change: impl FnOnce(&mut Value)) -> Vec<u8> {
        let mut answer = json!({"success": true, "code": 0, "message": "ok", "dev_sno": "A1", "messageKey": "delete_users",
            "messageId": "7", "result": {"success_users": [], "failed_users": [{"userid": "p1", "message": "no", "code": 40004}]}});
        change(&mut answer);
        answer.to_string().into_bytes()
    }

    #[test]
    fn no_text_that_is_stored_holds_nul() {
        assert!(readable(&said(|_| {})).is_ok());
        for place in ["/message", "/code", "/dev_sno", "/messageKey", "/messageId"] {
            let body = said(|answer| *answer.pointer_mut(place).unwrap() = json!("a\0b"));
            assert!(readable(&body).is_err(), "{place}");
        }
        for place in ["userid", "message", "code"] {
            let body = said(|answer| answer["result"]["failed_users"][0][place] = json!("a\0b"));
            assert!(readable(&body).is_err(), "{place}");
        }
        // What is kept as JSON may hold it.
        let body = said(|answer| {
            (answer["messageKey"], answer["result"]) = (json!("more"), json!({"text": "a\0b"}));
        });
        assert!(readable(&body).is_ok());
    }

    #[test]
    fn what_is_longer_than_any_result_is_not_looked_at() {
        let padded = |length: usize| {
            let mut body = said(|_| {});
            body.resize(length, b' ');
            body
        };
        assert!(readable(&padded(LONGEST)).is_ok());
        let error = readable(&padded(LONGEST + 1)).unwrap_err();
        assert_eq!(error.to_string(), "expected a shorter body, found 8388609 bytes");
    }
}
