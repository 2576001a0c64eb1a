//! Commands: the outbox. A row is written in the transaction of the change that causes it, and each of its states is an
//! observed fact: `queued` (the row exists), `published` (the broker confirmed it), `done` or `failed` (the box's result), `expired`
//! (no result in time).

use protocol::{CommandBody, DevSno, ExtendParams, IdentityId, MessageId};
use uuid::Uuid;

use super::{DbError, Row, Tx, bulk, list, vals};

/// Where a command stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CommandState {
    Queued,
    Published,
    Done,
    Failed,
    Expired,
}

/// A command to be written.
#[derive(Debug, Clone)]
pub(crate) struct NewCommand {
    pub(crate) dev_sno: DevSno,
    pub(crate) body: CommandBody,
    pub(crate) extend: ExtendParams,
    /// The people it names, with the revision each will have proved when it succeeds (`None` for removals).
    pub(crate) people: Vec<(IdentityId, Option<i64>)>,
    /// Milliseconds from published to expired.
    pub(crate) answer_within: i64,
    /// `reconciler`, or the operator's name.
    pub(crate) origin: String,
}

/// A command as the sender and the results need it.
#[derive(Debug, Clone)]
pub(crate) struct Command {
    pub(crate) id: MessageId,
    pub(crate) dev_sno: DevSno,
    pub(crate) method: String,
    pub(crate) state: CommandState,
}

/// How a command ended.
#[derive(Debug, Clone)]
pub(crate) struct Outcome {
    pub(crate) state: CommandState,
    pub(crate) code: Option<String>,
    pub(crate) message: Option<String>,
    /// The result, JSON.
    pub(crate) result: Option<String>,
}

impl CommandState {
    /// The word in the database and in answers.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Published => "published",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Expired => "expired",
        }
    }

    fn of(word: &str) -> Result<Self, DbError> {
        let all = [Self::Queued, Self::Published, Self::Done, Self::Failed, Self::Expired];
        all.into_iter().find(|state| state.word() == word).ok_or_else(|| DbError::Column("state".to_owned()))
    }
}

/// Writes a command; the sender publishes it after the commit (nudge it). Answers its id.
pub(crate) fn queue(tx: &mut Tx<'_>, command: NewCommand, now: i64) -> Result<MessageId, DbError> {
    let id = MessageId::new(Uuid::now_v7().to_string());
    let method = command.body.method();
    let message = protocol::Command {
        message_id: Some(id.clone()),
        extend: command.extend,
        body: command.body,
        unreadable: Vec::new(),
    };
    tx.exec(
        "INSERT INTO command(id, dev_sno, method, payload, state, queued_at, answer_within, origin)
         VALUES($1, $2, $3, $4, 'queued', $5, $6, $7)",
        vals![
            id.as_str(),
            command.dev_sno.as_str(),
            method,
            message.to_json(),
            now,
            command.answer_within,
            command.origin,
        ],
    )?;
    let people: Vec<_> = command
        .people
        .iter()
        .map(|(person, revision)| list![id.as_str(), person.as_str(), *revision])
        .collect();
    bulk::insert(tx, "INSERT INTO command_person(command_id, identity_id, revision)", "", people)?;
    Ok(id)
}

/// A command by its id.
pub(crate) fn find(tx: &mut Tx<'_>, id: &MessageId) -> Result<Option<Command>, DbError> {
    let row = tx.first("SELECT id, dev_sno, method, state FROM command WHERE id = $1", vals![id.as_str()])?;
    row.as_ref().map(command).transpose()
}

/// The command a result without id belongs to: the oldest open one of that method, for that box or for whichever comes first (or for
/// any box, when none is named), that has no answer; published ones first.
pub(crate) fn oldest_open(
    tx: &mut Tx<'_>,
    dev_sno: Option<&DevSno>,
    method: &str,
) -> Result<Option<Command>, DbError> {
    let row = tx.first(
        "SELECT id, dev_sno, method, state FROM command WHERE state IN ('published', 'queued') AND method = $1
         AND (dev_sno IN ($2, '') OR $2 IS NULL) AND (state = 'published' OR code IS NULL) ORDER BY state = 'queued', id LIMIT 1",
        vals![method, dev_sno.map(DevSno::as_str)],
    )?;
    row.as_ref().map(command).transpose()
}

/// All open commands of a box, oldest first.
pub(crate) fn open_of_box(tx: &mut Tx<'_>, dev_sno: &DevSno) -> Result<Vec<Command>, DbError> {
    let rows = tx.query(
        "SELECT id, dev_sno, method, state FROM command WHERE dev_sno = $1 AND state IN ('queued', 'published')
         ORDER BY id LIMIT 1000",
        vals![dev_sno.as_str()],
    )?;
    rows.iter().map(command).collect()
}

/// What a command asks for; `None` for an operator's own words that are no command of the protocol.
pub(crate) fn body(tx: &mut Tx<'_>, id: &MessageId) -> Result<Option<CommandBody>, DbError> {
    let row = tx.first("SELECT payload FROM command WHERE id = $1", vals![id.as_str()])?;
    let Some(payload) = row.map(|row| row.text("payload")).transpose()? else { return Ok(None) };
    Ok(protocol::Command::read(payload.as_bytes()).ok().map(|command| command.body))
}

/// The people a command names, with the revisions it carried.
pub(crate) fn people(tx: &mut Tx<'_>, id: &MessageId) -> Result<Vec<(IdentityId, Option<i64>)>, DbError> {
    let rows = tx.query(
        "SELECT identity_id, revision FROM command_person WHERE command_id = $1 ORDER BY identity_id",
        vals![id.as_str()],
    )?;
    rows.iter().map(|row| Ok((IdentityId::new(row.text("identity_id")?), row.opt_int("revision")?))).collect()
}

/// Ends a command. That a result came proves that it was published. The picture of a quality check is not kept any longer.
pub(crate) fn finish(tx: &mut Tx<'_>, id: &MessageId, outcome: &Outcome, now: i64) -> Result<(), DbError> {
    tx.exec(
        "UPDATE command SET state = $1, code = $2, message = $3, result = $4, finished_at = $5,
         published_at = COALESCE(published_at, $5),
         payload = CASE WHEN method = 'fiqa' THEN '{\"method\":\"fiqa\"}' ELSE payload END WHERE id = $6",
        vals![
            outcome.state.word(),
            outcome.code.clone(),
            outcome.message.clone(),
            outcome.result.clone(),
            now,
            id.as_str(),
        ],
    )?;
    Ok(())
}

/// Keeps the answer of a command that is not known to have left; it is done once it has (`outbox::published`).
pub(crate) fn answer_early(tx: &mut Tx<'_>, id: &MessageId, outcome: &Outcome) -> Result<(), DbError> {
    tx.exec(
        "UPDATE command SET code = $1, message = $2, result = $3 WHERE id = $4 AND state = 'queued'",
        vals![outcome.code.clone(), outcome.message.clone(), outcome.result.clone(), id.as_str()],
    )?;
    Ok(())
}

/// Remembers which box took a quality check that was for whichever came first.
pub(crate) fn taken_by(tx: &mut Tx<'_>, id: &MessageId, dev_sno: &DevSno) -> Result<(), DbError> {
    tx.exec(
        "UPDATE command SET dev_sno = $1 WHERE id = $2 AND dev_sno = ''",
        vals![dev_sno.as_str(), id.as_str()],
    )?;
    Ok(())
}

/// Published commands whose time to be answered is over by `now`, oldest first.
pub(crate) fn overdue(tx: &mut Tx<'_>, now: i64, limit: i64) -> Result<Vec<Command>, DbError> {
    let rows = tx.query(
        "SELECT id, dev_sno, method, state FROM command WHERE state = 'published' AND published_at + answer_within <= $1
         ORDER BY id LIMIT $2",
        vals![now, limit],
    )?;
    rows.iter().map(command).collect()
}

/// Removes commands that ended before `before`, at most `limit`; answers how many.
pub(crate) fn prune(tx: &mut Tx<'_>, before: i64, limit: i64) -> Result<u64, DbError> {
    tx.exec(
        "DELETE FROM command WHERE id IN (SELECT id FROM command WHERE state IN ('done', 'failed', 'expired')
         AND finished_at < $1 LIMIT $2)",
        vals![before, limit],
    )
}

fn command(row: &Row) -> Result<Command, DbError> {
    Ok(Command {
        id: MessageId::new(row.text("id")?),
        dev_sno: DevSno::new(row.text("dev_sno")?),
        method: row.text("method")?,
        state: CommandState::of(&row.text("state")?)?,
    })
}
