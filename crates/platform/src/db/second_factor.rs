//! Second factors: a secret shared with the operator's telephone, and codes for who lost it. A code is good once.

use super::{DbError, Tx, vals};

/// A second factor as kept.
#[derive(Debug, Clone)]
pub(crate) struct SecondFactor {
    /// Base32, sealed.
    pub(crate) secret: Vec<u8>,
    /// Whether the operator proved to have it; before, it asks nothing of anybody.
    pub(crate) confirmed: bool,
}

/// Begins an enrolment; replaces one that was not confirmed.
pub(crate) fn begin(tx: &mut Tx<'_>, username: &str, secret: Vec<u8>, now: i64) -> Result<(), DbError> {
    tx.exec(
        "INSERT INTO second_factor(username, secret, sealed, confirmed, last_step, created_at) VALUES($1, '', $2, 0, 0, $3)
         ON CONFLICT(username) DO UPDATE SET secret = '', sealed = excluded.sealed, created_at = excluded.created_at
         WHERE second_factor.confirmed = 0",
        vals![username, secret, now],
    )?;
    Ok(())
}

/// The second factor of somebody.
pub(crate) fn find(tx: &mut Tx<'_>, username: &str) -> Result<Option<SecondFactor>, DbError> {
    let sql = "SELECT sealed, confirmed FROM second_factor WHERE username = $1";
    let row = tx.first(sql, vals![username])?;
    row.map(|row| Ok(SecondFactor { secret: row.bytes("sealed")?, confirmed: row.bool("confirmed")? }))
        .transpose()
}

/// Those of a version that did not seal: whose they are, and the secret as it lies there.
pub(crate) fn plain(tx: &mut Tx<'_>) -> Result<Vec<(String, String)>, DbError> {
    let rows = tx.query("SELECT username, secret FROM second_factor WHERE sealed IS NULL", &[])?;
    rows.iter().map(|row| Ok((row.text("username")?, row.text("secret")?))).collect()
}

/// Keeps a secret sealed from now on.
pub(crate) fn seal(tx: &mut Tx<'_>, username: &str, sealed: Vec<u8>) -> Result<(), DbError> {
    let sql = "UPDATE second_factor SET sealed = $1, secret = '' WHERE username = $2";
    tx.exec(sql, vals![sealed, username])?;
    Ok(())
}

/// Uses up a time step; answers whether it was still unused.
pub(crate) fn use_step(tx: &mut Tx<'_>, username: &str, step: i64) -> Result<bool, DbError> {
    let sql = "UPDATE second_factor SET last_step = $1 WHERE username = $2 AND last_step < $1";
    Ok(tx.exec(sql, vals![step, username])? > 0)
}

/// From now on a code is needed; the recovery codes replace those before.
pub(crate) fn confirm(tx: &mut Tx<'_>, username: &str, code_hashes: &[String]) -> Result<(), DbError> {
    tx.exec("UPDATE second_factor SET confirmed = 1 WHERE username = $1", vals![username])?;
    tx.exec("DELETE FROM recovery_code WHERE username = $1", vals![username])?;
    for hash in code_hashes {
        tx.exec("INSERT INTO recovery_code(username, code_hash) VALUES($1, $2)", vals![username, hash])?;
    }
    Ok(())
}

/// Uses up a recovery code; answers whether it was one.
pub(crate) fn use_recovery_code(tx: &mut Tx<'_>, username: &str, hash: &str) -> Result<bool, DbError> {
    let sql = "DELETE FROM recovery_code WHERE username = $1 AND code_hash = $2";
    Ok(tx.exec(sql, vals![username, hash])? > 0)
}

/// How many recovery codes are left.
pub(crate) fn recovery_codes(tx: &mut Tx<'_>, username: &str) -> Result<i64, DbError> {
    tx.number("SELECT COUNT(*) FROM recovery_code WHERE username = $1", vals![username])
}

/// Removes a second factor; answers whether there was one.
pub(crate) fn remove(tx: &mut Tx<'_>, username: &str) -> Result<bool, DbError> {
    tx.exec("DELETE FROM recovery_code WHERE username = $1", vals![username])?;
    Ok(tx.exec("DELETE FROM second_factor WHERE username = $1", vals![username])? > 0)
}
