//! What a result says about each person: judged by the lists, never by the envelope alone.

use std::collections::BTreeMap;

use protocol::{Code, CommandResult, IdentityId, ResultBody, UserResult};

use super::holding::{Errand, Holding};

/// Something a box said, or did not say in time, about one person.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Fact {
    /// The box holds the person, at least as new as this revision.
    Holds { revision: i64 },
    /// The box does not hold the person.
    Gone,
    /// The box could not do it. `transient`: trying again without a change may help.
    Refused { code: String, message: String, transient: bool },
    /// The command is over and nothing is known.
    Unknown { message: String },
}

/// Where a fact comes from, relative to what was sent.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Source<'c> {
    /// The command it belongs to.
    pub(crate) command: Option<&'c str>,
    pub(crate) standing: Answered,
}

/// How the command of a fact stood when the fact arrived.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Answered {
    /// Waiting for its answer.
    NotYet,
    /// Answered before: a repeat, or a further part of the answer.
    Before,
    /// Given up: a late answer.
    Expired,
    /// Not one of ours.
    Foreign,
}

impl Source<'_> {
    /// Whether the command carried what is wanted of this person now.
    pub(super) fn carries(&self, row: &Holding) -> bool {
        self.command.is_some() && row.command.as_deref() == self.command
    }

    pub(super) fn is_open(&self) -> bool {
        self.standing == Answered::NotYet
    }

    /// Whether the fact can be new although nothing is remembered of the person.
    pub(super) fn may_be_news(&self) -> bool {
        matches!(self.standing, Answered::NotYet | Answered::Expired)
    }

    /// Whether the fact may take back what was proved: a repeat of an old answer may not.
    pub(super) fn may_undo(&self) -> bool {
        self.standing != Answered::Before
    }
}

/// Reads a result as facts about the people the command named (with the revisions it carried).
///
/// A person in neither list gets the envelope's failure when there is one; otherwise nothing is known of them, except
/// that a box skips unknown ids of a removal it carried out.
pub(crate) fn judge(
    errand: Errand,
    people: &[(IdentityId, Option<i64>)],
    result: &CommandResult,
) -> Vec<(IdentityId, Fact)> {
    let (done, refused): (&[UserResult], &[UserResult]) = match &result.result {
        ResultBody::Users { success, failed } => (success, failed),
        _ => (&[], &[]),
    };
    let mut said = BTreeMap::new();
    for user in done {
        said.insert(user.userid.as_str(), None);
    }
    // Named in both lists: the failure counts, because it costs one more command at most.
    for user in refused {
        said.insert(user.userid.as_str(), Some(user));
    }
    let envelope = !result.success || !result.code.is_success();
    people
        .iter()
        .map(|(person, revision)| {
            let fact = match said.get(person.as_str()) {
                Some(None) => done_fact(errand, *revision),
                Some(Some(user)) => refused_fact(errand, &user.code, &user.message),
                None if envelope => refused_fact(errand, &result.code, &result.message),
                None if errand == Errand::Remove => Fact::Gone,
                None => Fact::Unknown { message: "the box's answer does not mention this person".to_owned() },
            };
            (person.clone(), fact)
        })
        .collect()
}

fn done_fact(errand: Errand, revision: Option<i64>) -> Fact {
    match (errand, revision) {
        (Errand::Bring, Some(revision)) => Fact::Holds { revision },
        (Errand::Bring, None) => {
            Fact::Unknown { message: "brought by a command that carried no revision".to_owned() }
        }
        (Errand::Remove, _) => Fact::Gone,
    }
}

fn refused_fact(errand: Errand, code: &Code, message: &str) -> Fact {
    if errand == Errand::Remove && code.is_gone() {
        return Fact::Gone;
    }
    Fact::Refused {
        code: code.to_string(),
        message: message.chars().take(500).collect(),
        transient: code.is_transient(),
    }
}
