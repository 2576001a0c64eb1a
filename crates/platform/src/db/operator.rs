//! Operators: who may use the platform. Passwords are kept as argon2id hashes.

use super::sites::{self, Sites};
use super::{DbError, Row, Tx, vals};

const COLUMNS: &str = "username, password_hash, role, sites, created_at, must_change_password,
    (SELECT COUNT(*) FROM second_factor f WHERE f.username = o.username AND f.confirmed = 1) AS factors";

/// An operator as kept.
#[derive(Debug, Clone)]
pub(crate) struct Operator {
    pub(crate) username: String,
    pub(crate) password_hash: String,
    /// `admin`, `operator` or `viewer`.
    pub(crate) role: String,
    pub(crate) sites: Sites,
    pub(crate) created_at: i64,
    /// Whether a code is needed to log in.
    pub(crate) has_second_factor: bool,
    /// Whether the password is the one of the first start.
    pub(crate) must_change_password: bool,
}

/// Adds an operator.
pub(crate) fn insert(tx: &mut Tx<'_>, operator: &Operator) -> Result<(), DbError> {
    tx.exec(
        "INSERT INTO operator(username, password_hash, role, sites, created_at, must_change_password)
         VALUES($1, $2, $3, $4, $5, $6)",
        vals![
            &operator.username,
            &operator.password_hash,
            &operator.role,
            sites::to_column(operator.sites.as_deref()),
            operator.created_at,
            i64::from(operator.must_change_password)
        ],
    )?;
    Ok(())
}

/// Changes password, role and sites, and whether the password must be changed.
pub(crate) fn update(tx: &mut Tx<'_>, operator: &Operator) -> Result<(), DbError> {
    tx.exec(
        "UPDATE operator SET password_hash = $1, role = $2, sites = $3, must_change_password = $4 WHERE username = $5",
        vals![
            &operator.password_hash,
            &operator.role,
            sites::to_column(operator.sites.as_deref()),
            i64::from(operator.must_change_password),
            &operator.username
        ],
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
    let sql = format!("SELECT {COLUMNS} FROM operator o WHERE username = $1");
    tx.first(&sql, vals![username])?.as_ref().map(operator).transpose()
}

/// A page of operators in the order of their names.
pub(crate) fn list(tx: &mut Tx<'_>, after: &str, limit: i64) -> Result<Vec<Operator>, DbError> {
    let sql = format!("SELECT {COLUMNS} FROM operator o WHERE username > $1 ORDER BY username LIMIT $2");
    tx.query(&sql, vals![after, limit])?.iter().map(operator).collect()
}

/// How many operators there are; with a role, how many have it.
pub(crate) fn count(tx: &mut Tx<'_>, role: Option<&str>) -> Result<i64, DbError> {
    match role {
        Some(role) => tx.number("SELECT COUNT(*) FROM operator WHERE role = $1", vals![role]),
        None => tx.number("SELECT COUNT(*) FROM operator", &[]),
    }
}

fn operator(row: &Row) -> Result<Operator, DbError> {
    Ok(Operator {
        username: row.text("username")?,
        password_hash: row.text("password_hash")?,
        role: row.text("role")?,
        sites: sites::from_column(row)?,
        created_at: row.int("created_at")?,
        has_second_factor: row.int("factors")? > 0,
        must_change_password: row.int("must_change_password")? != 0,
    })
}
