//! Failed logins, counted per name whether or not somebody has it: each failure after the first few makes the next attempt
//! wait longer, up to a quarter of an hour. Processes share the count.
//!
//! A network an account was used from lately has a count of its own, so that whoever guesses from elsewhere cannot keep
//! the owner out.

use super::{DbError, Tx, vals};

/// Failures that cost nothing.
const FREE: i64 = 5;
/// The first wait, and the longest, in milliseconds.
const FIRST_WAIT: i64 = 5_000;
const LONGEST_WAIT: i64 = 15 * 60_000;
/// Failures are forgotten this long after the last one, in milliseconds.
const FORGOTTEN: i64 = 24 * 3_600_000;
/// Names and places remembered.
const MOST: i64 = 20_000;
/// A network counts as used by its owner for this long, in milliseconds, and at most so many of them.
const PLACE_KEPT: i64 = 30 * 24 * 3_600_000;
const PLACES: i64 = 16;

/// Where an attempt counts: the network itself when the account was used from there, else everywhere else together.
fn place_of(tx: &mut Tx<'_>, username: &str, network: &str, now: i64) -> Result<String, DbError> {
    let sql = "SELECT place FROM login_place WHERE username = $1 AND place = $2 AND seen_at > $3";
    let known = tx.first(sql, vals![username, network, now - PLACE_KEPT])?.is_some();
    Ok(if known { network.to_owned() } else { String::new() })
}

/// Milliseconds until the next attempt is accepted; 0: now.
pub(crate) fn wait(tx: &mut Tx<'_>, username: &str, network: &str, now: i64) -> Result<i64, DbError> {
    let place = place_of(tx, username, network, now)?;
    let sql = "SELECT until FROM login_failure WHERE username = $1 AND place = $2";
    let until = tx.number(sql, vals![username, &place])?;
    Ok((until - now).clamp(0, LONGEST_WAIT))
}

/// Counts a failure; answers how many there were in a row.
pub(crate) fn failed(tx: &mut Tx<'_>, username: &str, network: &str, now: i64) -> Result<i64, DbError> {
    let place = place_of(tx, username, network, now)?;
    tx.exec("DELETE FROM login_failure WHERE last_at < $1", vals![now - FORGOTTEN])?;
    if tx.number("SELECT COUNT(*) FROM login_failure", &[])? >= MOST {
        tx.exec(
            "DELETE FROM login_failure WHERE last_at <= (SELECT last_at FROM login_failure ORDER BY last_at LIMIT 1)",
            &[],
        )?;
    }
    let sql = "SELECT failures FROM login_failure WHERE username = $1 AND place = $2";
    let failures = tx.number(sql, vals![username, &place])? + 1;
    let until = now + wait_after(failures);
    tx.exec(
        "INSERT INTO login_failure(username, place, failures, last_at, until) VALUES($1, $2, $3, $4, $5)
         ON CONFLICT(username, place) DO UPDATE SET failures = excluded.failures, last_at = excluded.last_at,
         until = excluded.until",
        vals![username, &place, failures, now, until],
    )?;
    Ok(failures)
}

/// Forgets the failures of a place whose attempt succeeded, and remembers the network as one of the owner's.
pub(crate) fn succeeded(tx: &mut Tx<'_>, username: &str, network: &str, now: i64) -> Result<(), DbError> {
    let place = place_of(tx, username, network, now)?;
    tx.exec("DELETE FROM login_failure WHERE username = $1 AND place = $2", vals![username, &place])?;
    tx.exec(
        "INSERT INTO login_place(username, place, seen_at) VALUES($1, $2, $3)
         ON CONFLICT(username, place) DO UPDATE SET seen_at = excluded.seen_at",
        vals![username, network, now],
    )?;
    tx.exec(
        "DELETE FROM login_place WHERE username = $1 AND place NOT IN
         (SELECT place FROM login_place WHERE username = $1 ORDER BY seen_at DESC, place LIMIT $2)",
        vals![username, PLACES],
    )?;
    Ok(())
}

/// Forgets all failures of an account, as when an admin gives it another password.
pub(crate) fn forgive(tx: &mut Tx<'_>, username: &str) -> Result<(), DbError> {
    tx.exec("DELETE FROM login_failure WHERE username = $1", vals![username])?;
    Ok(())
}

fn wait_after(failures: i64) -> i64 {
    let beyond = failures - FREE;
    if beyond < 0 {
        return 0;
    }
    FIRST_WAIT.saturating_mul(1 << beyond.min(20)).min(LONGEST_WAIT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_and_end() {
        let waits: Vec<i64> = (1..=14).map(|failures| wait_after(failures) / 1000).collect();
        assert_eq!(waits, [0, 0, 0, 0, 5, 10, 20, 40, 80, 160, 320, 640, 900, 900]);
        assert_eq!(wait_after(i64::MAX), LONGEST_WAIT);
    }
}
