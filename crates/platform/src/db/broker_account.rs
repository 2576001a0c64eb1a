//! Accounts of boxes at the broker: which exist, and which of a box's two is in use. Passwords are not kept.
//!
//! The contract: whoever changes the password of an account at the broker has marked its row as held before, in whichever process; a mark
//! that was left behind runs out after [`HELD`].

use protocol::DevSno;

use super::{DbError, Tx, vals};

/// How long an account is held by whoever changes its password, unless it is given back before; in milliseconds.
pub(crate) const HELD: i64 = 30_000;

/// What is to be done for an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Due {
    /// It is to be removed at the broker.
    Remove,
    /// Its password is to be taken away. It is held for that.
    Lock,
}

/// An account for which something is to be done.
#[derive(Debug, Clone)]
pub(crate) struct Account {
    pub(crate) login: String,
    pub(crate) dev_sno: DevSno,
}

/// The account the next login of a box gets: the one of its two that is not in use, or `fresh` while it has only one. It is held from
/// here on, and nobody has its password. `None` while somebody else holds one of this box: ask again.
pub(crate) fn reserve(
    tx: &mut Tx<'_>,
    dev_sno: &DevSno,
    fresh: &str,
    now: i64,
) -> Result<Option<String>, DbError> {
    // A mark from further ahead was made before the clock was put back.
    let held = "SELECT 1 FROM broker_account WHERE dev_sno = $1 AND state = 'held' AND until > $2 AND until <= $3 LIMIT 1";
    if tx.first(held, vals![dev_sno.as_str(), now, now + HELD])?.is_some() {
        return Ok(None);
    }
    let spare = tx.first(
        "SELECT login FROM broker_account WHERE dev_sno = $1 AND state IN ('previous', 'held', 'retired')
         ORDER BY issued_at LIMIT 1",
        vals![dev_sno.as_str()],
    )?;
    if let Some(row) = spare {
        let login = row.text("login")?;
        tx.exec(
            "UPDATE broker_account SET state = 'held', until = $1 WHERE login = $2",
            vals![now + HELD, login.as_str()],
        )?;
        return Ok(Some(login));
    }
    tx.exec(
        "INSERT INTO broker_account(login, dev_sno, state, issued_at, until) VALUES($1, $2, 'held', $3, $4)",
        vals![fresh, dev_sno.as_str(), now, now + HELD],
    )?;
    Ok(Some(fresh.to_owned()))
}

/// A login was accepted with this account: the one before is good until `until`. Answers false when the account is being removed,
/// because the box was unbound or removed in the meantime.
pub(crate) fn switch(
    tx: &mut Tx<'_>,
    dev_sno: &DevSno,
    login: &str,
    until: i64,
    now: i64,
) -> Result<bool, DbError> {
    let known = tx.first("SELECT 1 FROM broker_account WHERE login = $1 AND state = 'held'", vals![login])?;
    if known.is_none() {
        return Ok(false);
    }
    tx.exec(
        "UPDATE broker_account SET state = 'previous', until = $1 WHERE dev_sno = $2 AND state = 'current'",
        vals![until, dev_sno.as_str()],
    )?;
    tx.exec(
        "UPDATE broker_account SET state = 'current', issued_at = $1, until = NULL WHERE login = $2",
        vals![now, login],
    )?;
    Ok(true)
}

/// The box an account is of.
pub(crate) fn owner(tx: &mut Tx<'_>, login: &str) -> Result<Option<DevSno>, DbError> {
    let row = tx.first("SELECT dev_sno FROM broker_account WHERE login = $1", vals![login])?;
    row.map(|row| Ok(DevSno::new(row.text("dev_sno")?))).transpose()
}

/// The accounts of a box are to be removed.
pub(crate) fn leave(tx: &mut Tx<'_>, dev_sno: &DevSno) -> Result<(), DbError> {
    tx.exec("UPDATE broker_account SET state = 'leaving' WHERE dev_sno = $1", vals![dev_sno.as_str()])?;
    Ok(())
}

/// Accounts for which something is to be done by `now`, those to be removed first.
pub(crate) fn due(tx: &mut Tx<'_>, now: i64, limit: i64) -> Result<Vec<Account>, DbError> {
    let rows = tx.query(
        "SELECT login, dev_sno FROM broker_account WHERE state = 'leaving' OR (state IN ('previous', 'held') AND until <= $1)
         ORDER BY state, login LIMIT $2",
        vals![now, limit],
    )?;
    rows.iter()
        .map(|row| Ok(Account { login: row.text("login")?, dev_sno: DevSno::new(row.text("dev_sno")?) }))
        .collect()
}

/// Takes an account in hand for which something is to be done by `now`: it is to be removed, or it is held from here on for its
/// password to be taken away. `None`: nothing is to be done any more.
pub(crate) fn take_due(tx: &mut Tx<'_>, login: &str, now: i64) -> Result<Option<Due>, DbError> {
    let held = tx.exec(
        "UPDATE broker_account SET state = 'held', until = $1 WHERE login = $2 AND state IN ('previous', 'held')
         AND until <= $3",
        vals![now + HELD, login, now],
    )?;
    if held > 0 {
        return Ok(Some(Due::Lock));
    }
    let leaving = "SELECT 1 FROM broker_account WHERE login = $1 AND state = 'leaving'";
    Ok(tx.first(leaving, vals![login])?.map(|_| Due::Remove))
}

/// Nobody has the password of an account that was held: the broker has taken it away, or it was never handed out.
pub(crate) fn retired(tx: &mut Tx<'_>, login: &str) -> Result<(), DbError> {
    let sql = "UPDATE broker_account SET state = 'retired', until = NULL WHERE login = $1 AND state = 'held'";
    tx.exec(sql, vals![login])?;
    Ok(())
}

/// The broker has removed an account.
pub(crate) fn removed(tx: &mut Tx<'_>, login: &str) -> Result<(), DbError> {
    tx.exec("DELETE FROM broker_account WHERE login = $1", vals![login])?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::db::testing::{Fresh, both};

    #[tokio::test]
    async fn whoever_changes_a_password_holds_the_account() {
        for Fresh { db, .. } in &both().await {
            let done = db.write(|tx| {
                let id = DevSno::new("A");
                let took = |login: &str| Some(login.to_owned());
                assert_eq!(reserve(tx, &id, "one", 0)?, took("one"));
                assert_eq!(reserve(tx, &id, "other", 1)?, None, "a login is at work, in whichever process");
                assert_eq!(reserve(tx, &id, "other", HELD)?, took("one"), "it was left behind");
                assert_eq!(reserve(tx, &id, "other", -1)?, took("one"), "the clock was put back");
                assert!(switch(tx, &id, "one", 0, HELD)?);
                assert_eq!(reserve(tx, &id, "two", HELD)?, took("two"));
                assert!(switch(tx, &id, "two", HELD + 5, HELD)?);
                assert_eq!(take_due(tx, "one", HELD + 4)?, None, "its password is good for a while");

                let now = HELD + 5;
                assert_eq!(take_due(tx, "one", now)?, Some(Due::Lock));
                assert_eq!(reserve(tx, &id, "three", now)?, None, "its password is being taken away");
                assert_eq!(due(tx, now, 9)?.len(), 0);
                assert_eq!(due(tx, now + HELD, 9)?.len(), 1, "until it is known to be, it is to be done");
                retired(tx, "one")?;
                assert_eq!(reserve(tx, &id, "three", now)?, took("one"), "there are never more than two");

                leave(tx, &id)?;
                assert!(!switch(tx, &id, "one", now, now)?, "it was unbound meanwhile");
                assert_eq!(take_due(tx, "one", now)?, Some(Due::Remove));
                Ok::<_, DbError>(())
            });
            done.await.unwrap();
        }
    }
}
