//! API keys: how programs come in. Only the SHA-256 of a key is kept; after a rotation the one before may be good for a while.

use super::sites::{self, Sites};
use super::{DbError, Row, Tx, vals};

/// Keys there may be.
pub(crate) const MOST: i64 = 1_000;

const COLUMNS: &str = "id, name, role, sites, created_by, created_at, expires_at, last_used_at, old_until";

/// A key as kept.
#[derive(Debug, Clone)]
pub(crate) struct ApiKey {
    pub(crate) id: String,
    pub(crate) name: String,
    /// `admin`, `operator` or `viewer`.
    pub(crate) role: String,
    pub(crate) sites: Sites,
    pub(crate) created_by: String,
    pub(crate) created_at: i64,
    pub(crate) expires_at: Option<i64>,
    /// The last request with it, give or take a minute.
    pub(crate) last_used_at: Option<i64>,
    /// Until when the key before the last rotation is good.
    pub(crate) old_until: Option<i64>,
}

/// Adds a key.
pub(crate) fn insert(tx: &mut Tx<'_>, key: &ApiKey, token_hash: &str) -> Result<(), DbError> {
    tx.exec(
        "INSERT INTO api_key(id, name, token_hash, role, sites, created_by, created_at, expires_at)
         VALUES($1, $2, $3, $4, $5, $6, $7, $8)",
        vals![
            &key.id,
            &key.name,
            token_hash,
            &key.role,
            sites::to_column(key.sites.as_deref()),
            &key.created_by,
            key.created_at,
            key.expires_at
        ],
    )?;
    Ok(())
}

/// Changes name, role, sites and expiry.
pub(crate) fn update(tx: &mut Tx<'_>, key: &ApiKey) -> Result<(), DbError> {
    tx.exec(
        "UPDATE api_key SET name = $1, role = $2, sites = $3, expires_at = $4 WHERE id = $5",
        vals![&key.name, &key.role, sites::to_column(key.sites.as_deref()), key.expires_at, &key.id],
    )?;
    Ok(())
}

/// Gives a key another secret; the present one stays good until `old_until`.
pub(crate) fn rotate(
    tx: &mut Tx<'_>,
    id: &str,
    token_hash: &str,
    old_until: Option<i64>,
) -> Result<(), DbError> {
    tx.exec(
        "UPDATE api_key SET old_hash = token_hash, old_until = $1, token_hash = $2 WHERE id = $3",
        vals![old_until, token_hash, id],
    )?;
    Ok(())
}

/// Removes a key; it is worth nothing afterwards.
pub(crate) fn delete(tx: &mut Tx<'_>, id: &str) -> Result<(), DbError> {
    tx.exec("DELETE FROM api_key WHERE id = $1", vals![id])?;
    Ok(())
}

/// One key.
pub(crate) fn find(tx: &mut Tx<'_>, id: &str) -> Result<Option<ApiKey>, DbError> {
    tx.first(&format!("SELECT {COLUMNS} FROM api_key WHERE id = $1"), vals![id])?
        .as_ref()
        .map(api_key)
        .transpose()
}

/// The key a secret belongs to, while it is good.
pub(crate) fn of_token(tx: &mut Tx<'_>, token_hash: &str, now: i64) -> Result<Option<ApiKey>, DbError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM api_key WHERE (token_hash = $1 OR (old_hash = $1 AND old_until > $2))
         AND (expires_at IS NULL OR expires_at > $2)"
    );
    tx.first(&sql, vals![token_hash, now])?.as_ref().map(api_key).transpose()
}

/// Remembers that a key was used.
pub(crate) fn touch(tx: &mut Tx<'_>, id: &str, now: i64) -> Result<(), DbError> {
    tx.exec("UPDATE api_key SET last_used_at = $1 WHERE id = $2", vals![now, id])?;
    Ok(())
}

/// A page of keys in the order of their making.
pub(crate) fn list(tx: &mut Tx<'_>, after: &str, limit: i64) -> Result<Vec<ApiKey>, DbError> {
    let sql = format!("SELECT {COLUMNS} FROM api_key WHERE id > $1 ORDER BY id LIMIT $2");
    tx.query(&sql, vals![after, limit])?.iter().map(api_key).collect()
}

/// How many keys there are.
pub(crate) fn count(tx: &mut Tx<'_>) -> Result<i64, DbError> {
    tx.number("SELECT COUNT(*) FROM api_key", &[])
}

fn api_key(row: &Row) -> Result<ApiKey, DbError> {
    Ok(ApiKey {
        id: row.text("id")?,
        name: row.text("name")?,
        role: row.text("role")?,
        sites: sites::from_column(row)?,
        created_by: row.text("created_by")?,
        created_at: row.int("created_at")?,
        expires_at: row.opt_int("expires_at")?,
        last_used_at: row.opt_int("last_used_at")?,
        old_until: row.opt_int("old_until")?,
    })
}
