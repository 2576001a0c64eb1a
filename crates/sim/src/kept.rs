//! What a player has seen: bounded in number and size, and somebody can wait for it.

use std::fmt::Debug;
use std::time::Duration;

use anyhow::bail;
use serde_json::Value;
use tokio::sync::watch;

/// Most entries of any one kind; the oldest go first.
const MOST: usize = 10_000;

/// Longest text kept of a message; longer ones (pictures) are replaced by their length.
const LONGEST: usize = 200;

/// Appends within the bound.
pub(crate) fn keep<T>(list: &mut Vec<T>, item: T) {
    if list.len() >= MOST {
        list.remove(0);
    }
    list.push(item);
}

/// The message without its pictures.
pub(crate) fn abbreviate(value: Value) -> Value {
    match value {
        Value::String(text) if text.len() > LONGEST => Value::String(format!("({} bytes)", text.len())),
        Value::Array(list) => Value::Array(list.into_iter().map(abbreviate).collect()),
        Value::Object(map) => {
            Value::Object(map.into_iter().map(|(key, value)| (key, abbreviate(value))).collect())
        }
        other => other,
    }
}

/// Waits until what was seen satisfies the condition, and returns it as it was then.
pub(crate) async fn wait_for<T: Clone + Debug>(
    seen: &watch::Sender<T>,
    limit: Duration,
    condition: impl FnMut(&T) -> bool,
) -> anyhow::Result<T> {
    let mut receiver = seen.subscribe();
    let waited = tokio::time::timeout(limit, receiver.wait_for(condition)).await;
    match waited {
        Ok(Ok(found)) => return Ok(found.clone()),
        Ok(Err(closed)) => bail!("the player stopped: {closed}"),
        Err(_elapsed) => {}
    }
    let mut shown = format!("{:?}", *seen.borrow());
    shown.truncate(shown.floor_char_boundary(4000));
    bail!("nothing of the kind within {limit:?}; seen so far: {shown}")
}
