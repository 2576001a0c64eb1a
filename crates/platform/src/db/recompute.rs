//! What has to be derived again, written down in the transaction of the change that makes it necessary.
//!
//! The contract:
//! * A change and the fact that its consequences are due are one commit; a crash in between loses neither.
//! * [`step`] does a bounded part of the oldest work and remembers how far it came in the same transaction, so the writer is
//!   never held for long and nothing is done by halves. Doing a part twice changes nothing.
//! * A change that comes while its subject is being worked on makes it begin again afterwards, so the last state always wins.

use protocol::{DevSno, GroupId, IdentityId};

use super::{DbError, Tx, desired, vals};

/// Rows looked at in one transaction.
pub(crate) const STEP: i64 = 200;
/// Pieces of work that need only a glance, taken in one transaction.
const GLANCES: i64 = 100;

/// Whose side the work is seen from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scope {
    /// Everybody on one box.
    Box,
    /// All boxes of one person.
    Person,
}

impl Scope {
    /// The word in the database.
    fn word(self) -> &'static str {
        match self {
            Self::Box => "box",
            Self::Person => "person",
        }
    }
}

/// Who is wanted on a box is to be derived again.
pub(crate) fn box_later(tx: &mut Tx<'_>, dev_sno: &DevSno, now: i64) -> Result<(), DbError> {
    rest_later(tx, Scope::Box, dev_sno.as_str(), "", now)
}

/// On which boxes a person is wanted is to be derived again.
pub(crate) fn person_later(tx: &mut Tx<'_>, person: &IdentityId, now: i64) -> Result<(), DbError> {
    rest_later(tx, Scope::Person, person.as_str(), "", now)
}

/// The same for every member of a group.
pub(crate) fn members_later(tx: &mut Tx<'_>, group: &GroupId, now: i64) -> Result<(), DbError> {
    tx.exec(
        "INSERT INTO recomputation(scope, subject, queued_at)
         SELECT 'person', identity_id, CAST($1 AS BIGINT) FROM person_group WHERE group_id = $2
         ON CONFLICT(scope, subject) DO UPDATE SET again = CASE WHEN recomputation.reached = '' THEN 0 ELSE 1 END",
        vals![now, group.as_str()],
    )?;
    Ok(())
}

/// What is left of a piece of work after `reached`.
pub(super) fn rest_later(
    tx: &mut Tx<'_>,
    scope: Scope,
    subject: &str,
    reached: &str,
    now: i64,
) -> Result<(), DbError> {
    tx.exec(
        "INSERT INTO recomputation(scope, subject, reached, queued_at) VALUES($1, $2, $3, $4)
         ON CONFLICT(scope, subject) DO UPDATE SET again = CASE WHEN recomputation.reached = '' THEN 0 ELSE 1 END",
        vals![scope.word(), subject, reached, now],
    )?;
    Ok(())
}

/// Does a bounded part of the oldest work; answers whether there was any.
pub(crate) fn step(tx: &mut Tx<'_>, now: i64) -> Result<bool, DbError> {
    let mut any = false;
    let mut seen = 0;
    for _ in 0..GLANCES {
        let oldest = tx.first(
            "SELECT scope, subject, reached, again FROM recomputation ORDER BY queued_at, scope, subject LIMIT 1",
            &[],
        )?;
        let Some(row) = oldest else { break };
        any = true;
        let (subject, reached) = (row.text("subject")?, row.text("reached")?);
        let scope = if row.text("scope")? == Scope::Box.word() { Scope::Box } else { Scope::Person };
        let part = match scope {
            Scope::Box => desired::part_of_box(tx, &DevSno::new(subject.as_str()), &reached, now)?,
            Scope::Person => desired::part_of_person(tx, &IdentityId::new(subject.as_str()), &reached, now)?,
        };
        seen += part.seen;
        match part.reached {
            Some(reached) => advance(tx, scope, &subject, &reached, row.bool("again")?)?,
            None if row.bool("again")? => advance(tx, scope, &subject, "", false)?,
            None => {
                let key = vals![scope.word(), subject.as_str()];
                tx.exec("DELETE FROM recomputation WHERE scope = $1 AND subject = $2", key)?;
            }
        }
        if seen >= STEP {
            break;
        }
    }
    Ok(any)
}

/// Whether anything is still to be derived again.
pub(crate) fn is_any(tx: &mut Tx<'_>) -> Result<bool, DbError> {
    Ok(tx.first("SELECT 1 FROM recomputation LIMIT 1", &[])?.is_some())
}

/// Whether it is still being derived who is wanted on a box. Work on people may concern any box.
pub(crate) fn concerns_box(tx: &mut Tx<'_>, dev_sno: &DevSno) -> Result<bool, DbError> {
    let found = tx.first(
        "SELECT 1 FROM recomputation WHERE (scope = 'box' AND subject = $1) OR scope = 'person' LIMIT 1",
        vals![dev_sno.as_str()],
    )?;
    Ok(found.is_some())
}

fn advance(tx: &mut Tx<'_>, scope: Scope, subject: &str, reached: &str, again: bool) -> Result<(), DbError> {
    tx.exec(
        "UPDATE recomputation SET reached = $1, again = $2 WHERE scope = $3 AND subject = $4",
        vals![reached, again, scope.word(), subject],
    )?;
    Ok(())
}
