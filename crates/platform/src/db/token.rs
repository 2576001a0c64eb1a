//! Tokens of boxes. Only their SHA-256 is kept; a new login shortens the life of the older ones to a short overlap.

use protocol::DevSno;

use super::{DbError, Tx, vals};

/// How long a token is good for unless the box logs in again, in milliseconds.
pub(crate) const LIFETIME: i64 = 30 * 24 * 3_600_000;
/// How long the token before stays good after a new login: requests on their way still carry it.
const OVERLAP: i64 = 10 * 60_000;
/// Tokens of one box that are good at the same time. A box that logs in again and again grows nothing.
const MOST: i64 = 8;

/// Remembers a new token of a box.
pub(crate) fn issue(tx: &mut Tx<'_>, dev_sno: &DevSno, hash: &str, now: i64) -> Result<(), DbError> {
    tx.exec(
        "DELETE FROM box_token WHERE dev_sno = $1 AND (expires_at <= $2 OR token_hash NOT IN
         (SELECT token_hash FROM box_token WHERE dev_sno = $1 ORDER BY issued_at DESC LIMIT $3))",
        vals![dev_sno.as_str(), now, MOST - 1],
    )?;
    tx.exec(
        "UPDATE box_token SET expires_at = $1 WHERE dev_sno = $2 AND expires_at > $1",
        vals![now + OVERLAP, dev_sno.as_str()],
    )?;
    tx.exec(
        "INSERT INTO box_token(token_hash, dev_sno, issued_at, expires_at) VALUES($1, $2, $3, $4)",
        vals![hash, dev_sno.as_str(), now, now + LIFETIME],
    )?;
    Ok(())
}

/// Whose token this is, while it is good, and until when.
pub(crate) fn owner(tx: &mut Tx<'_>, hash: &str, now: i64) -> Result<Option<(DevSno, i64)>, DbError> {
    let row = tx.first(
        "SELECT dev_sno, expires_at FROM box_token WHERE token_hash = $1 AND expires_at > $2",
        vals![hash, now],
    )?;
    row.map(|row| Ok((DevSno::new(row.text("dev_sno")?), row.int("expires_at")?))).transpose()
}
