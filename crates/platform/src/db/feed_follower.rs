//! How far followers of the feed have come that have no row of their own, such as the event exchange.

use super::{DbError, Tx, feed, vals};

/// The number of the last entry a follower has dealt with. One that is new begins with what comes next.
pub(crate) fn position(tx: &mut Tx<'_>, name: &str) -> Result<i64, DbError> {
    let found = tx.first("SELECT told_until FROM feed_follower WHERE name = $1", vals![name])?;
    if let Some(row) = found {
        return row.int("told_until");
    }
    let newest = feed::newest(tx)?;
    tx.exec("INSERT INTO feed_follower(name, told_until) VALUES($1, $2)", vals![name, newest])?;
    Ok(newest)
}

/// Moves a follower on; never back.
pub(crate) fn advance(tx: &mut Tx<'_>, name: &str, told_until: i64) -> Result<(), DbError> {
    let sql = "UPDATE feed_follower SET told_until = $1 WHERE name = $2 AND told_until < $1";
    tx.exec(sql, vals![told_until, name])?;
    Ok(())
}
