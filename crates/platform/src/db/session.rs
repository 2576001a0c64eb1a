//! Sessions of operators: opened by a password, ended by time, by silence, by their owner or by an admin. Tokens are kept as
//! SHA-256.

use super::sites::{self, Sites};
use super::{DbError, Row, Tx, vals};

/// Sessions of one operator at the same time; another one ends the oldest.
const MOST: i64 = 50;

const COLUMNS: &str =
    "s.id, s.username, s.created_at, s.expires_at, s.seen_at, s.address, s.agent, o.role, o.sites";

/// A session, with the role and the restriction its owner has now.
#[derive(Debug, Clone)]
pub(crate) struct Session {
    pub(crate) id: String,
    pub(crate) username: String,
    pub(crate) role: String,
    pub(crate) sites: Sites,
    pub(crate) created_at: i64,
    pub(crate) expires_at: i64,
    /// The last request, give or take a minute.
    pub(crate) seen_at: i64,
    /// Where it was opened from.
    pub(crate) address: String,
    /// What the client called itself.
    pub(crate) agent: String,
}

/// A session to be opened.
#[derive(Debug, Clone)]
pub(crate) struct NewSession {
    pub(crate) id: String,
    pub(crate) token_hash: String,
    pub(crate) username: String,
    pub(crate) address: String,
    pub(crate) agent: String,
    pub(crate) expires_at: i64,
}

/// Opens a session; removes those that have ended and what is too many.
pub(crate) fn open(tx: &mut Tx<'_>, new: &NewSession, idle: i64, now: i64) -> Result<(), DbError> {
    tx.exec("DELETE FROM session WHERE expires_at <= $1 OR seen_at <= $2", vals![now, now - idle])?;
    tx.exec(
        "DELETE FROM session WHERE username = $1 AND id NOT IN
         (SELECT id FROM session WHERE username = $1 ORDER BY id DESC LIMIT $2)",
        vals![&new.username, MOST - 1],
    )?;
    tx.exec(
        "INSERT INTO session(token_hash, username, role, created_at, expires_at, id, address, agent, seen_at)
         SELECT $1, username, role, CAST($2 AS BIGINT), CAST($3 AS BIGINT), $4, $5, $6, CAST($2 AS BIGINT)
         FROM operator WHERE username = $7",
        vals![&new.token_hash, now, new.expires_at, &new.id, &new.address, &new.agent, &new.username],
    )?;
    Ok(())
}

/// The session behind a token, unless it has ended or was silent for longer than `idle`.
pub(crate) fn find(
    tx: &mut Tx<'_>,
    token_hash: &str,
    idle: i64,
    now: i64,
) -> Result<Option<Session>, DbError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM session s JOIN operator o ON o.username = s.username
         WHERE s.token_hash = $1 AND s.expires_at > $2 AND s.seen_at > $3"
    );
    tx.first(&sql, vals![token_hash, now, now - idle])?.as_ref().map(session).transpose()
}

/// Remembers that a session was used.
pub(crate) fn touch(tx: &mut Tx<'_>, id: &str, now: i64) -> Result<(), DbError> {
    tx.exec("UPDATE session SET seen_at = $1 WHERE id = $2 AND seen_at < $1", vals![now, id])?;
    Ok(())
}

/// A page of open sessions in the order in which they were opened, of one operator only when one is named.
pub(crate) fn list(
    tx: &mut Tx<'_>,
    username: Option<&str>,
    after: &str,
    (idle, now): (i64, i64),
    limit: i64,
) -> Result<Vec<Session>, DbError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM session s JOIN operator o ON o.username = s.username
         WHERE s.id > $1 AND s.expires_at > $2 AND s.seen_at > $3 AND ($4 = '' OR s.username = $4)
         ORDER BY s.id LIMIT $5"
    );
    let params = vals![after, now, now - idle, username.unwrap_or(""), limit];
    tx.query(&sql, params)?.iter().map(session).collect()
}

/// Whose session has this id.
pub(crate) fn owner(tx: &mut Tx<'_>, id: &str) -> Result<Option<String>, DbError> {
    let row = tx.first("SELECT username FROM session WHERE id = $1", vals![id])?;
    row.map(|row| row.text("username")).transpose()
}

/// Ends a session.
pub(crate) fn close(tx: &mut Tx<'_>, id: &str) -> Result<(), DbError> {
    tx.exec("DELETE FROM session WHERE id = $1", vals![id])?;
    Ok(())
}

/// Ends all sessions of somebody, as after a change of the password or of what they may do.
pub(crate) fn close_all_of(tx: &mut Tx<'_>, username: &str) -> Result<(), DbError> {
    tx.exec("DELETE FROM session WHERE username = $1", vals![username])?;
    Ok(())
}

fn session(row: &Row) -> Result<Session, DbError> {
    Ok(Session {
        id: row.text("id")?,
        username: row.text("username")?,
        role: row.text("role")?,
        sites: sites::from_column(row)?,
        created_at: row.int("created_at")?,
        expires_at: row.int("expires_at")?,
        seen_at: row.int("seen_at")?,
        address: row.text("address")?,
        agent: row.text("agent")?,
    })
}
