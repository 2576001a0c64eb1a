//! The audit log: who did what. Rows are only ever added, in the transaction of what they tell, and each carries the hash
//! of the one before it, so that a row that was changed, removed or put in between shows.

use serde_json::Value;
use sha2::{Digest, Sha256};

use super::{DbError, Row, Tx, Val, vals};
use crate::blobs::hex;

/// What is to be remembered.
#[derive(Debug, Clone)]
pub(crate) struct Deed {
    /// The operator's name, `key:<id>` of an API key, or `system`.
    pub(crate) actor: String,
    /// Where the request came from; empty when there was none.
    pub(crate) address: String,
    /// `noun.verb`, such as `person.create`.
    pub(crate) action: &'static str,
    /// Id of what it was done to.
    pub(crate) subject: String,
    /// What else matters; never a secret, never a picture.
    pub(crate) detail: Value,
}

/// A row of the log.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Entry {
    pub(crate) seq: i64,
    pub(crate) at: i64,
    pub(crate) actor: String,
    pub(crate) address: String,
    pub(crate) action: String,
    pub(crate) subject: String,
    /// JSON as it was written: the hash is over this text.
    pub(crate) detail: String,
    pub(crate) hash: String,
}

/// Which rows a list holds, newest first.
#[derive(Debug, Clone, Default)]
pub(crate) struct Filter {
    pub(crate) actor: Option<String>,
    /// The whole action, or its noun with a dot: `person.`.
    pub(crate) action: Option<String>,
    pub(crate) subject: Option<String>,
    /// At this time or later, milliseconds since 1970, UTC.
    pub(crate) from: Option<i64>,
    /// Before this time.
    pub(crate) until: Option<i64>,
    /// Only numbers before this one.
    pub(crate) before: i64,
    pub(crate) limit: i64,
}

/// Where a walk along the chain got to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Walk {
    /// Rows that are as they were written.
    pub(crate) checked: i64,
    /// The last of them, and its hash; 0 and empty before the first.
    pub(crate) seq: i64,
    pub(crate) hash: String,
    /// The number of the first row that is not, or is missing.
    pub(crate) broken_at: Option<i64>,
}

/// Adds a row, as part of the transaction of what it tells.
pub(crate) fn append(tx: &mut Tx<'_>, deed: &Deed, now: i64) -> Result<(), DbError> {
    let last = tx.first("SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1", &[])?;
    let (seq, before) = match last {
        Some(row) => (row.int("seq")? + 1, row.text("hash")?),
        None => (1, String::new()),
    };
    let mut entry = Entry {
        seq,
        at: now,
        actor: deed.actor.clone(),
        address: deed.address.clone(),
        action: deed.action.to_owned(),
        subject: deed.subject.clone(),
        detail: deed.detail.to_string(),
        hash: String::new(),
    };
    entry.hash = entry.hash_after(&before);
    tx.exec(
        "INSERT INTO audit(seq, at, actor, address, action, subject, detail, hash)
         VALUES($1, $2, $3, $4, $5, $6, $7, $8)",
        vals![
            entry.seq,
            entry.at,
            &entry.actor,
            &entry.address,
            &entry.action,
            &entry.subject,
            &entry.detail,
            &entry.hash
        ],
    )?;
    Ok(())
}

/// At most `limit` rows after a number, oldest first.
pub(crate) fn after(tx: &mut Tx<'_>, seq: i64, limit: i64) -> Result<Vec<Entry>, DbError> {
    let sql = "SELECT seq, at, actor, address, action, subject, detail, hash FROM audit WHERE seq > $1
               ORDER BY seq LIMIT $2";
    tx.query(sql, vals![seq, limit])?.iter().map(entry).collect()
}

/// A page of rows, newest first.
pub(crate) fn list(tx: &mut Tx<'_>, filter: &Filter) -> Result<Vec<Entry>, DbError> {
    let mut sql =
        "SELECT seq, at, actor, address, action, subject, detail, hash FROM audit WHERE seq < $1".to_owned();
    let mut params: Vec<Val> = vec![filter.before.into()];
    let mut wanted = |clause: &str, value: Val| {
        params.push(value);
        sql.push_str(&format!(" AND {clause} ${}", params.len()));
    };
    if let Some(actor) = &filter.actor {
        wanted("actor =", actor.into());
    }
    match filter.action.as_deref() {
        Some(noun) if noun.ends_with('.') => {
            // Everything that begins with the noun and its dot: '/' comes after '.'.
            wanted("action >=", noun.into());
            wanted("action <", format!("{}/", noun.trim_end_matches('.')).into());
        }
        Some(action) => wanted("action =", action.into()),
        None => {}
    }
    if let Some(subject) = &filter.subject {
        wanted("subject =", subject.into());
    }
    if let Some(from) = filter.from {
        wanted("at >=", from.into());
    }
    if let Some(until) = filter.until {
        wanted("at <", until.into());
    }
    params.push(filter.limit.into());
    sql.push_str(&format!(" ORDER BY seq DESC LIMIT ${}", params.len()));
    tx.query(&sql, &params)?.iter().map(entry).collect()
}

/// Follows the chain for at most `limit` rows, from where an earlier walk got to.
pub(crate) fn walk(tx: &mut Tx<'_>, from: &Walk, limit: i64) -> Result<Walk, DbError> {
    let mut reached = from.clone();
    for entry in after(tx, from.seq, limit)? {
        if entry.seq != reached.seq + 1 || entry.hash != entry.hash_after(&reached.hash) {
            reached.broken_at = Some(reached.seq + 1);
            break;
        }
        reached = Walk { checked: reached.checked + 1, seq: entry.seq, hash: entry.hash, broken_at: None };
    }
    Ok(reached)
}

/// The hash of a row; `None` when there is no such row.
pub(crate) fn hash_at(tx: &mut Tx<'_>, seq: i64) -> Result<Option<String>, DbError> {
    let row = tx.first("SELECT hash FROM audit WHERE seq = $1", vals![seq])?;
    row.map(|row| row.text("hash")).transpose()
}

/// The number of the newest row; 0 when there is none.
pub(crate) fn newest(tx: &mut Tx<'_>) -> Result<i64, DbError> {
    tx.number("SELECT MAX(seq) FROM audit", &[])
}

impl Entry {
    /// The hash this row must have when the row before has `before`; the first row follows the empty text. Every part is
    /// preceded by its length, so that no two rows are hashed over the same bytes.
    pub(crate) fn hash_after(&self, before: &str) -> String {
        let (seq, at) = (self.seq.to_string(), self.at.to_string());
        let parts =
            [before, &seq, &at, &self.actor, &self.address, &self.action, &self.subject, &self.detail];
        let mut digest = Sha256::new();
        for part in parts {
            digest.update((part.len() as u64).to_be_bytes());
            digest.update(part);
        }
        hex(&digest.finalize())
    }
}

fn entry(row: &Row) -> Result<Entry, DbError> {
    Ok(Entry {
        seq: row.int("seq")?,
        at: row.int("at")?,
        actor: row.text("actor")?,
        address: row.text("address")?,
        action: row.text("action")?,
        subject: row.text("subject")?,
        detail: row.text("detail")?,
        hash: row.text("hash")?,
    })
}
