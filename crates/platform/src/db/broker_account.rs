//! Accounts of boxes at the broker: which exist, and which of a box's two is in use. Passwords are not kept.

use protocol::DevSno;

use super::{DbError, Tx, vals};

/// What an account is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AccountState {
    /// The last login has it.
    Current,
    /// The login before has it, for a while.
    Previous,
    /// Nobody has its password.
    Retired,
    /// To be removed at the broker.
    Leaving,
}

/// An account for which something is to be done.
#[derive(Debug, Clone)]
pub(crate) struct Account {
    pub(crate) login: String,
    pub(crate) dev_sno: DevSno,
}

impl AccountState {
    const fn word(self) -> &'static str {
        match self {
            Self::Current => "current",
            Self::Previous => "previous",
            Self::Retired => "retired",
            Self::Leaving => "leaving",
        }
    }

    fn of(word: &str) -> Option<Self> {
        [Self::Current, Self::Previous, Self::Retired, Self::Leaving]
            .into_iter()
            .find(|state| state.word() == word)
    }
}

/// The account the next login of a box gets: the one of its two that is not in use, or `fresh` while it has only one.
/// From here on nobody has its password.
pub(crate) fn reserve(tx: &mut Tx<'_>, dev_sno: &DevSno, fresh: &str, now: i64) -> Result<String, DbError> {
    let spare = tx.first(
        "SELECT login FROM broker_account WHERE dev_sno = $1 AND state IN ('previous', 'retired')
         ORDER BY issued_at LIMIT 1",
        vals![dev_sno.as_str()],
    )?;
    if let Some(row) = spare {
        let login = row.text("login")?;
        tx.exec(
            "UPDATE broker_account SET state = 'retired', until = NULL WHERE login = $1",
            vals![login.as_str()],
        )?;
        return Ok(login);
    }
    tx.exec(
        "INSERT INTO broker_account(login, dev_sno, state, issued_at) VALUES($1, $2, 'retired', $3)",
        vals![fresh, dev_sno.as_str(), now],
    )?;
    Ok(fresh.to_owned())
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
    let known =
        tx.first("SELECT 1 FROM broker_account WHERE login = $1 AND state = 'retired'", vals![login])?;
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
        "SELECT login, dev_sno FROM broker_account WHERE state = 'leaving' OR (state = 'previous' AND until <= $1)
         ORDER BY state, login LIMIT $2",
        vals![now, limit],
    )?;
    rows.iter()
        .map(|row| Ok(Account { login: row.text("login")?, dev_sno: DevSno::new(row.text("dev_sno")?) }))
        .collect()
}

/// What is to be done for an account by `now`: remove it, or take its password away; `None`: nothing any more.
pub(crate) fn due_state(tx: &mut Tx<'_>, login: &str, now: i64) -> Result<Option<AccountState>, DbError> {
    let row = tx.first(
        "SELECT state FROM broker_account WHERE login = $1 AND (state = 'leaving' OR (state = 'previous' AND until <= $2))",
        vals![login, now],
    )?;
    let Some(row) = row else { return Ok(None) };
    Ok(AccountState::of(&row.text("state")?))
}

/// The broker has taken the password of an account away.
pub(crate) fn retired(tx: &mut Tx<'_>, login: &str) -> Result<(), DbError> {
    let sql =
        "UPDATE broker_account SET state = 'retired', until = NULL WHERE login = $1 AND state = 'previous'";
    tx.exec(sql, vals![login])?;
    Ok(())
}

/// The broker has removed an account.
pub(crate) fn removed(tx: &mut Tx<'_>, login: &str) -> Result<(), DbError> {
    tx.exec("DELETE FROM broker_account WHERE login = $1", vals![login])?;
    Ok(())
}
