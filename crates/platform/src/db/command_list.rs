//! Commands as operators see them: read only; [`super::command`] writes.

use std::sync::Arc;

use serde_json::Value;

use super::sites::restrict;
use super::{DbError, Row, Tx, Val, vals};

const COLUMNS: &str = "id, dev_sno, method, payload, state, queued_at, published_at, finished_at, attempts, code, message, result, origin";

/// A command as kept.
#[derive(Debug, Clone)]
pub(crate) struct CommandRow {
    pub(crate) id: String,
    pub(crate) dev_sno: String,
    pub(crate) method: String,
    pub(crate) payload: Value,
    pub(crate) state: String,
    pub(crate) queued_at: i64,
    pub(crate) published_at: Option<i64>,
    pub(crate) finished_at: Option<i64>,
    pub(crate) attempts: i64,
    pub(crate) code: Option<String>,
    pub(crate) message: Option<String>,
    pub(crate) result: Value,
    pub(crate) origin: String,
}

/// Which commands a list holds, newest first.
#[derive(Debug, Clone, Default)]
pub(crate) struct CommandFilter {
    pub(crate) dev_sno: Option<String>,
    pub(crate) state: Option<String>,
    pub(crate) method: Option<String>,
    /// Only of boxes of these sites; `None`: all.
    pub(crate) sites: Option<Arc<[String]>>,
    /// Only ids before this one; empty for the newest.
    pub(crate) before: String,
    pub(crate) limit: i64,
}

/// One command, if it is for a box of these sites.
pub(crate) fn find(
    tx: &mut Tx<'_>,
    id: &str,
    sites: Option<&[String]>,
) -> Result<Option<CommandRow>, DbError> {
    let mut sql = format!("SELECT {COLUMNS} FROM command WHERE id = $1");
    let mut params = vals![id].to_vec();
    restrict(&mut sql, &mut params, "dev_sno", sites);
    tx.first(&sql, &params)?.as_ref().map(row).transpose()
}

/// A page of commands, newest first.
pub(crate) fn list(tx: &mut Tx<'_>, filter: &CommandFilter) -> Result<Vec<CommandRow>, DbError> {
    let mut sql = format!("SELECT {COLUMNS} FROM command WHERE ($1 = '' OR id < $1)");
    let mut params: Vec<Val> = vec![filter.before.as_str().into()];
    let wanted = [("dev_sno", &filter.dev_sno), ("state", &filter.state), ("method", &filter.method)];
    for (column, value) in wanted {
        if let Some(value) = value {
            params.push(value.into());
            sql.push_str(&format!(" AND {column} = ${}", params.len()));
        }
    }
    restrict(&mut sql, &mut params, "dev_sno", filter.sites.as_deref());
    params.push(filter.limit.into());
    sql.push_str(&format!(" ORDER BY id DESC LIMIT ${}", params.len()));
    tx.query(&sql, &params)?.iter().map(row).collect()
}

fn row(row: &Row) -> Result<CommandRow, DbError> {
    Ok(CommandRow {
        id: row.text("id")?,
        dev_sno: row.text("dev_sno")?,
        method: row.text("method")?,
        payload: row.json("payload")?,
        state: row.text("state")?,
        queued_at: row.int("queued_at")?,
        published_at: row.opt_int("published_at")?,
        finished_at: row.opt_int("finished_at")?,
        attempts: row.int("attempts")?,
        code: row.opt_text("code")?,
        message: row.opt_text("message")?,
        result: row.opt_text("result")?.map_or(Value::Null, |text| {
            // A result that was cut to fit is no JSON any more; it is shown as text.
            serde_json::from_str(&text).unwrap_or(Value::String(text))
        }),
        origin: row.text("origin")?,
    })
}
