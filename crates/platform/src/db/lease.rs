//! Leases: which of several processes does a piece of work that only one may do at a time. A process that dies stops
//! renewing, and another takes over once the lease has run out.

use super::{DbError, Tx, vals};

/// Takes or renews a lease for `holder` until `until`; whether it is theirs now.
pub(crate) fn take(tx: &mut Tx<'_>, name: &str, holder: &str, now: i64, until: i64) -> Result<bool, DbError> {
    let taken = tx.exec(
        "INSERT INTO lease(name, holder, until) VALUES($1, $2, $3)
         ON CONFLICT(name) DO UPDATE SET holder = excluded.holder, until = excluded.until
         WHERE lease.holder = excluded.holder OR lease.until <= $4",
        vals![name, holder, until, now],
    )?;
    Ok(taken > 0)
}

/// Whether somebody else holds a lease now.
pub(crate) fn is_of_another(tx: &mut Tx<'_>, name: &str, holder: &str, now: i64) -> Result<bool, DbError> {
    let sql = "SELECT COUNT(*) FROM lease WHERE name = $1 AND holder <> $2 AND until > $3";
    Ok(tx.number(sql, vals![name, holder, now])? > 0)
}

/// Gives back all leases of a process that stops.
pub(crate) fn give_back(tx: &mut Tx<'_>, holder: &str) -> Result<(), DbError> {
    tx.exec("DELETE FROM lease WHERE holder = $1", vals![holder])?;
    Ok(())
}
