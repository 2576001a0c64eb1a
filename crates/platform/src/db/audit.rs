//! The audit log: who did what. Rows are only ever added, in the transaction of what they tell, and each carries the hash
//! of the one before it, so that a row that was changed, removed or put in between shows.

use serde_json::Value;
use sha2::{Digest, Sha256};

use super::{DbError, Row, Tx, vals};
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
