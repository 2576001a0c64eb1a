//! Operators: who may use the platform, and their sessions. Passwords are kept as argon2id hashes, tokens as SHA-256.

use super::{DbError, Row, Tx, vals};

/// An operator as kept.
#[derive(Debug, Clone)]
pub(crate) struct Operator {
    pub(crate) username: String,
    pub(crate) password_hash: String,
    /// `admin`, `operator` or `viewer`.
    pub(crate) role: String,
    pub(crate) created_at: i64,
}

/// Adds an operator.
pub(crate) fn insert(tx: &mut Tx<'_>, operator: &Operator) -> Result<(), DbError> {
    tx.exec(
        "INSERT INTO operator(username, password_hash, role, created_at) VALUES($1, $2, $3, $4)",
        vals![&operator.username, &operator.password_hash, &operator.role, operator.created_at],
    )?;
    Ok(())
}

/// Changes password and role.
pub(crate) fn update(tx: &mut Tx<'_>, operator: &Operator) -> Result<(), DbError> {
    tx.exec(
        "UPDATE operator SET password_hash = $1, role = $2 WHERE username = $3",
        vals![&operator.password_hash, &operator.role, &operator.username],
    )?;
    Ok(())
}

/// Removes an operator and their sessions.
pub(crate) fn delete(tx: &mut Tx<'_>, username: &str) -> Result<(), DbError> {
    tx.exec("DELETE FROM operator WHERE username = $1", vals![username])?;
    Ok(())
}

/// One operator.
pub(crate) fn find(tx: &mut Tx<'_>, username: &str) -> Result<Option<Operator>, DbError> {
    let sql = "SELECT username, password_hash, role, created_at FROM operator WHERE username = $1";
    tx.first(sql, vals![username])?.as_ref().map(operator).transpose()
}

/// A page of operators in the order of their names.
pub(crate) fn list(tx: &mut Tx<'_>, after: &str, limit: i64) -> Result<Vec<Operator>, DbError> {
    let sql = "SELECT username, password_hash, role, created_at FROM operator WHERE username > $1
               ORDER BY username LIMIT $2";
    tx.query(sql, vals![after, limit])?.iter().map(operator).collect()
}

/// How many operators there are; with a role, how many have it.
pub(crate) fn count(tx: &mut Tx<'_>, role: Option<&str>) -> Result<i64, DbError> {
    match role {
        Some(role) => tx.number("SELECT COUNT(*) FROM operator WHERE role = $1", vals![role]),
        None => tx.number("SELECT COUNT(*) FROM operator", &[]),
    }
}

/// Opens a session, and removes those that have ended.
pub(crate) fn open_session(
    tx: &mut Tx<'_>,
    token_hash: &str,
    operator: &Operator,
    now: i64,
    expires_at: i64,
) -> Result<(), DbError> {
    tx.exec("DELETE FROM session WHERE expires_at <= $1", vals![now])?;
    tx.exec(
        "INSERT INTO session(token_hash, username, role, created_at, expires_at) VALUES($1, $2, $3, $4, $5)",
        vals![token_hash, &operator.username, &operator.role, now, expires_at],
    )?;
    Ok(())
}

/// Who a session belongs to, with the role they have now.
pub(crate) fn of_session(tx: &mut Tx<'_>, token_hash: &str, now: i64) -> Result<Option<Operator>, DbError> {
    let sql = "SELECT o.username, o.password_hash, o.role, o.created_at FROM session s
               JOIN operator o ON o.username = s.username WHERE s.token_hash = $1 AND s.expires_at > $2";
    tx.first(sql, vals![token_hash, now])?.as_ref().map(operator).transpose()
}

/// Ends a session.
pub(crate) fn close_session(tx: &mut Tx<'_>, token_hash: &str) -> Result<(), DbError> {
    tx.exec("DELETE FROM session WHERE token_hash = $1", vals![token_hash])?;
    Ok(())
}

/// Ends all sessions of somebody, as after a change of the password.
pub(crate) fn close_sessions_of(tx: &mut Tx<'_>, username: &str) -> Result<(), DbError> {
    tx.exec("DELETE FROM session WHERE username = $1", vals![username])?;
    Ok(())
}

fn operator(row: &Row) -> Result<Operator, DbError> {
    Ok(Operator {
        username: row.text("username")?,
        password_hash: row.text("password_hash")?,
        role: row.text("role")?,
        created_at: row.int("created_at")?,
    })
}
