//! A box's result and everything that follows from it, in one transaction.

use std::collections::{BTreeMap, BTreeSet};

use protocol::{CommandBody, CommandResult, DevSno, IdentityId, ResultBody, command as methods};

use super::command::{self, Command, CommandState, Outcome};
use super::{DbError, Tx, broker_account, desired, device, erasure};
use crate::reconcile::{Answered, Errand, Fact, Holding, Pace, Source, State, judge, learn};

/// What is known of a box's people.
type Holdings = BTreeMap<IdentityId, Holding>;

/// Entries of a result's lists that are kept to be read by people; the rows hold what came of each person.
const KEPT: usize = 100;

/// What the channel of a result tells of its sender.
#[derive(Debug, Clone)]
pub(crate) enum Sender {
    /// The box, by its token.
    Box(DevSno),
    /// Boxes have accounts of their own at the broker: this is the one it came from, where the box told it (the broker takes
    /// no other name than the true one).
    Account(Option<String>),
    /// Boxes share an account and cannot be told apart.
    Shared,
}

/// What became of a result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Taken {
    /// It ended its command.
    Settled,
    /// Its command had ended before: a repeat, a further part, or a late answer.
    Again,
    /// It belongs to no command of ours.
    Foreign,
    /// It names no box we know.
    NoBox,
    /// Nothing but its own word says whose it is.
    Unproven,
}

/// The command of a result and the box it came from.
struct Origin {
    command: Option<Command>,
    dev_sno: DevSno,
    /// Whether that box sent it for certain, as far as anybody can be certain on this channel.
    certain: bool,
}

/// Applies a result. Whose it is, its channel tells, else the id of its command, which only the command's box was sent; what the
/// result itself says of its sender counts last, and where boxes have accounts of their own only of a box marked legacy.
pub(crate) fn take(
    tx: &mut Tx<'_>,
    sender: &Sender,
    result: &CommandResult,
    now: i64,
) -> Result<Taken, DbError> {
    let Some(origin) = origin(tx, sender, result)? else { return Ok(Taken::Unproven) };
    let dev_sno = origin.dev_sno;
    if device::find(tx, &dev_sno)?.is_none() {
        return Ok(Taken::NoBox);
    }
    if origin.certain && device::seen(tx, &dev_sno, now)? {
        desired::hurry(tx, &dev_sno, now)?;
    }
    let Some(found) = origin.command else {
        foreign(tx, &dev_sno, result, now)?;
        return Ok(Taken::Foreign);
    };
    settle(tx, &found, &dev_sno, result, now)
}

/// Whether somebody waits for a result: its command is open, or expired and would be glad of a late answer.
pub(crate) fn is_awaited(tx: &mut Tx<'_>, sender: &Sender, result: &CommandResult) -> Result<bool, DbError> {
    let command = origin(tx, sender, result)?.and_then(|origin| origin.command);
    Ok(command.is_some_and(|command| !matches!(command.state, CommandState::Done | CommandState::Failed)))
}

/// Finds out whose a result is; `None` when nothing proves it.
fn origin(tx: &mut Tx<'_>, sender: &Sender, result: &CommandResult) -> Result<Option<Origin>, DbError> {
    let told = match sender {
        Sender::Box(dev_sno) => Some(dev_sno.clone()),
        Sender::Account(Some(login)) => broker_account::owner(tx, login)?,
        Sender::Account(None) | Sender::Shared => None,
    };
    // A quality check for no box in particular is answered by whichever took it from the shared queue.
    let fits = |command: &Command| {
        command.dev_sno.is_empty() || told.as_ref().is_none_or(|told| *told == command.dev_sno)
    };
    let named = match &result.message_id {
        Some(id) => command::find(tx, id)?.filter(fits),
        None => None,
    };
    if named.is_none() && told.is_none() && !is_believed(tx, sender, &result.dev_sno)? {
        return Ok(None);
    }
    let said = told.as_ref().unwrap_or(&result.dev_sno).clone();
    let command = match &result.message_id {
        Some(_) => named,
        None => {
            // An answer to a quality check that says of nobody whose it is belongs to any.
            let owner = Some(&said).filter(|said| result.message_key != methods::FIQA || !said.is_empty());
            command::oldest_open(tx, owner, &result.message_key)?
        }
    };
    let owner = command.as_ref().map(|command| &command.dev_sno).filter(|owner| !owner.is_empty());
    let dev_sno = match (&command, owner) {
        (Some(command), Some(owner)) if command.method != methods::FIQA || said.is_empty() => owner.clone(),
        _ => said,
    };
    let certain = told.is_some() || matches!(sender, Sender::Shared) || owner == Some(&dev_sno);
    Ok(Some(Origin { command, dev_sno, certain }))
}

/// Whether a result is believed what it says of its sender.
fn is_believed(tx: &mut Tx<'_>, sender: &Sender, said: &DevSno) -> Result<bool, DbError> {
    Ok(matches!(sender, Sender::Shared) || device::find(tx, said)?.is_some_and(|known| known.legacy))
}

fn settle(
    tx: &mut Tx<'_>,
    found: &Command,
    dev_sno: &DevSno,
    result: &CommandResult,
    now: i64,
) -> Result<Taken, DbError> {
    let standing = match found.state {
        CommandState::Queued | CommandState::Published => Answered::NotYet,
        CommandState::Done | CommandState::Failed => Answered::Before,
        CommandState::Expired => Answered::Expired,
    };
    follow(tx, found, standing, result, now)?;
    if standing == Answered::Before {
        return Ok(Taken::Again);
    }
    let success = result.success && result.code.is_success();
    let outcome = Outcome {
        state: if success { CommandState::Done } else { CommandState::Failed },
        code: Some(result.code.to_string()),
        message: Some(result.message.chars().take(500).collect()),
        result: Some(kept(&result.result)),
    };
    // Without an id it may be the second answer to an earlier command that was told twice: this one must still be told.
    let may_be_untold = found.state == CommandState::Queued && result.message_id.is_none();
    if may_be_untold && success && !found.dev_sno.is_empty() {
        command::answer_early(tx, &found.id, &outcome)?;
        return Ok(Taken::Settled);
    }
    command::finish(tx, &found.id, &outcome, now)?;
    command::taken_by(tx, &found.id, dev_sno)?;
    Ok(if standing == Answered::NotYet { Taken::Settled } else { Taken::Again })
}

/// No answer came in time: the command is expired, its people are pending again, and a box that gave no other sign of
/// life is left in peace until it does.
pub(crate) fn expire(tx: &mut Tx<'_>, overdue: &Command, now: i64) -> Result<(), DbError> {
    let message = "no answer in time".to_owned();
    let outcome =
        Outcome { state: CommandState::Expired, code: None, message: Some(message.clone()), result: None };
    command::finish(tx, &overdue.id, &outcome, now)?;
    let source = Source { command: Some(overdue.id.as_str()), standing: Answered::Expired };
    let people = command::people(tx, &overdue.id)?;
    let unknown =
        people.iter().map(|(person, _)| (person.clone(), Fact::Unknown { message: message.clone() }));
    learn_all(tx, &overdue.dev_sno, unknown, source, now)?;
    // What erases may have been carried out although nobody says so: what it erased is proved no more.
    match command::body(tx, &overdue.id)? {
        Some(CommandBody::WipeData(options)) if options.users => {
            overtaken(tx, overdue, now)?;
            desired::doubt_box(tx, &overdue.dev_sno, now)?;
        }
        Some(CommandBody::DeleteUsers(ids)) if people.is_empty() => {
            let source = Source { command: None, standing: Answered::Foreign };
            let gone = ids.into_iter().map(|person| (person, Fact::Gone));
            learn_all(tx, &overdue.dev_sno, gone, source, now)?;
        }
        _ => {}
    }
    if overdue.method != methods::FIQA {
        device::unanswered(tx, &overdue.id, now)?;
    }
    Ok(())
}

/// The effects of a result on what is known of people.
fn follow(
    tx: &mut Tx<'_>,
    command: &Command,
    standing: Answered,
    result: &CommandResult,
    now: i64,
) -> Result<(), DbError> {
    let errand = match command.method.as_str() {
        methods::ADD_USERS_PLUS => Errand::Bring,
        methods::DELETE_USERS => Errand::Remove,
        methods::WIPE_DATA => {
            let asked = match command::body(tx, &command.id)? {
                Some(CommandBody::WipeData(options)) => options.users,
                _ => true,
            };
            let wiped = asked && result.success && result.code.is_success() && erased_people(&result.result);
            if wiped && standing != Answered::Before {
                overtaken(tx, command, now)?;
                device::empty_at(tx, &command.dev_sno, None)?;
                // A late answer tells of a time before whatever was sent since.
                match standing {
                    Answered::NotYet => desired::forget_box(tx, &command.dev_sno, now)?,
                    _ => drop(desired::doubt_box(tx, &command.dev_sno, now)?),
                }
            }
            return Ok(());
        }
        _ => return Ok(()),
    };
    let people = command::people(tx, &command.id)?;
    let source = Source { command: Some(command.id.as_str()), standing };
    learn_all(tx, &command.dev_sno, judge(errand, &people, result), source, now)?;
    // An operator's own command names people we did not write down.
    if people.is_empty() && standing != Answered::Before {
        return foreign(tx, &command.dev_sno, result, now);
    }
    Ok(())
}

/// A result for a command we did not send. Only what takes back something proved is believed: at worst it costs one more
/// command, while believing a success could leave somebody out.
fn foreign(tx: &mut Tx<'_>, dev_sno: &DevSno, result: &CommandResult, now: i64) -> Result<(), DbError> {
    let success = result.success && result.code.is_success();
    match (result.message_key.as_str(), &result.result) {
        (methods::DELETE_USERS, ResultBody::Users { success: gone, .. }) => {
            let source = Source { command: None, standing: Answered::Foreign };
            let gone = gone.iter().map(|user| (user.userid.clone(), Fact::Gone));
            learn_all(tx, dev_sno, gone, source, now)?;
        }
        (methods::WIPE_DATA, body @ ResultBody::Wipe(_)) if success && erased_people(body) => {
            desired::doubt_box(tx, dev_sno, now)?;
        }
        _ => {}
    }
    Ok(())
}

/// Commands about people that were sent before a wipe are over: what they did, if they did it, is erased.
fn overtaken(tx: &mut Tx<'_>, wipe: &Command, now: i64) -> Result<(), DbError> {
    for open in command::open_of_box(tx, &wipe.dev_sno)? {
        let about_people = [methods::ADD_USERS_PLUS, methods::DELETE_USERS].contains(&open.method.as_str());
        if about_people && open.id < wipe.id {
            let outcome = Outcome {
                state: CommandState::Expired,
                code: None,
                message: Some("overtaken by a wipe of the box".to_owned()),
                result: None,
            };
            command::finish(tx, &open.id, &outcome, now)?;
        }
    }
    Ok(())
}

/// A box that echoes no options did what it was told; only an echo that says otherwise counts.
fn erased_people(body: &ResultBody) -> bool {
    match body {
        ResultBody::Wipe(options) => options.users,
        _ => true,
    }
}

/// Learns what a box said of people, and settles the receipts of those it says are gone.
fn learn_all(
    tx: &mut Tx<'_>,
    dev_sno: &DevSno,
    facts: impl IntoIterator<Item = (IdentityId, Fact)>,
    source: Source<'_>,
    now: i64,
) -> Result<(), DbError> {
    let facts: Vec<(IdentityId, Fact)> = facts.into_iter().collect();
    let named: BTreeSet<&str> = facts.iter().map(|(person, _)| person.as_str()).collect();
    let before = desired::find_all(tx, dev_sno, &named.into_iter().collect::<Vec<_>>())?;
    let mut after = before.clone();
    for (person, fact) in &facts {
        if let Some(row) = learn(after.remove(person), fact, &source, now, Pace::default()) {
            after.insert(person.clone(), row);
        }
    }
    let changes = Changes::between(&before, &after);
    erasure::proved(tx, dev_sno, &changes.gone, now)?;
    erasure::reopened(tx, dev_sno, &changes.stray)?;
    erasure::overwritten(tx, dev_sno, &changes.applied, now)?;
    let kept = changes.all.iter().map(|person| desired::Kept {
        dev_sno: dev_sno.clone(),
        person: (*person).clone(),
        row: after.get(*person).cloned(),
    });
    desired::store_all(tx, kept.collect())
}

/// What facts changed of a box's people.
#[derive(Default)]
struct Changes<'r> {
    /// Everybody whose row is another one, or gone, or new.
    all: BTreeSet<&'r IdentityId>,
    gone: Vec<&'r str>,
    stray: Vec<&'r str>,
    applied: Vec<&'r str>,
}

impl<'r> Changes<'r> {
    fn between(before: &'r Holdings, after: &'r Holdings) -> Self {
        let mut changes = Self::default();
        for person in before.keys().chain(after.keys()) {
            let (old, new) = (before.get(person), after.get(person));
            if old == new || !changes.all.insert(person) {
                continue;
            }
            match (old, new) {
                (Some(_), None) => changes.gone.push(person.as_str()),
                (None, Some(_)) => changes.stray.push(person.as_str()),
                (Some(old), Some(new)) if new.state == State::Applied && old.state != State::Applied => {
                    changes.applied.push(person.as_str());
                }
                _ => {}
            }
        }
        changes
    }
}

/// A result as it is kept: long lists cut, their lengths told.
fn kept(body: &ResultBody) -> String {
    let value = match body {
        ResultBody::Users { success, failed } => serde_json::json!({
            "success_count": success.len(),
            "failed_count": failed.len(),
            "success_users": &success[..success.len().min(KEPT)],
            "failed_users": &failed[..failed.len().min(KEPT)],
        }),
        other => serde_json::to_value(other).unwrap_or_default(),
    };
    let text = value.to_string();
    if text.len() > 64 * 1024 { r#"{"note":"too long to be kept"}"#.to_owned() } else { text }
}
