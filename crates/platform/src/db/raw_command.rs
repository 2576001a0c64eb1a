//! Commands in a box's own words, written by an operator: queued like any other, but neither checked nor understood here.

use protocol::{DevSno, MessageId};
use serde_json::{Map, Value};
use uuid::Uuid;

use super::{DbError, Tx, vals};

/// The method under which a command without one is listed.
const NAMELESS: &str = "raw";

/// Writes the command with a `messageId` of ours in place of any it had, so that its result finds it; answers that id.
pub(crate) fn queue(
    tx: &mut Tx<'_>,
    dev_sno: &DevSno,
    mut command: Map<String, Value>,
    answer_within: i64,
    origin: &str,
    now: i64,
) -> Result<MessageId, DbError> {
    let id = MessageId::new(Uuid::now_v7().to_string());
    command.insert("messageId".to_owned(), Value::String(id.as_str().to_owned()));
    let method = command.get("method").and_then(Value::as_str).unwrap_or(NAMELESS).to_owned();
    tx.exec(
        "INSERT INTO command(id, dev_sno, method, payload, state, queued_at, answer_within, origin)
         VALUES($1, $2, $3, $4, 'queued', $5, $6, $7)",
        vals![id.as_str(), dev_sno.as_str(), method, &Value::Object(command), now, answer_within, origin],
    )?;
    Ok(id)
}
