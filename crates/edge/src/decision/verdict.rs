//! The verdict on one face, as a pure function of what was measured: who it is, whether that is certain, and whether that
//! person may pass here now. Every verdict names the gate that decided it and says why in words for people.

use protocol::{GroupId, PersonType};
use serde::{Deserialize, Serialize};
use vision::{Decision, Thresholds};

use super::gates::{self, Certain, Step};
use super::validity::Validity;

/// What is done with a face.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Known, certain, and allowed here now: the door opens.
    LetIn,
    /// Known, but not let in; or nothing to be known by.
    Refused,
    /// Resembles somebody, not enough for a name; the trace has the short list.
    Possible,
    /// Nobody we know.
    Stranger,
}

/// The questions a face is asked, in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Gate {
    /// Is the picture good enough?
    Quality,
    /// Does it resemble an enrolled person?
    Match,
    /// Is that person on the black list, or kept as a stranger?
    Standing,
    /// May one of the person's groups pass in front of this camera?
    Group,
    /// Is the person's validity running?
    Validity,
    /// Is it certain enough to open a door?
    Certainty,
}

/// What the verdict needs to know about the best match.
#[derive(Debug, Clone, PartialEq)]
pub struct Person {
    /// What the person is to the building.
    pub kind: PersonType,
    /// Permission groups the person belongs to.
    pub groups: Vec<GroupId>,
    /// When the person may pass.
    pub validity: Validity,
}

/// Everything a verdict is made of.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'a> {
    /// Quality checks the face failed, as the quality verdict names them; empty: good enough to open a door.
    pub poor: &'a [String],
    /// Whether the face was too poor to be compared at all.
    pub too_poor: bool,
    /// What the search said.
    pub decision: &'a Decision,
    /// The thresholds in force.
    pub thresholds: &'a Thresholds,
    /// The person the search named. `None` when it named nobody, or when that person was deleted meanwhile.
    pub person: Option<&'a Person>,
    /// Groups that may pass in front of the camera.
    pub groups: &'a [GroupId],
    /// When the picture was taken, milliseconds UTC.
    pub now: i64,
}

/// The verdict and its grounds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judgement {
    /// What is done.
    pub verdict: Verdict,
    /// The gate that decided it.
    pub gate: Gate,
    /// Whether the face has a name: the person given in the facts.
    pub named: bool,
    /// Why, for people.
    pub reason: String,
    /// What every gate said, also those behind the one that decided.
    pub steps: Vec<Step>,
}

/// Judges one face.
pub fn judge(facts: &Facts<'_>) -> Judgement {
    let (verdict, gate, reason) = decide(facts);
    let named = matches!(facts.decision, Decision::Named { .. }) && facts.person.is_some() && !facts.too_poor;
    Judgement { verdict, gate, named, reason, steps: gates::steps(facts) }
}

fn decide(facts: &Facts<'_>) -> (Verdict, Gate, String) {
    if facts.too_poor {
        let reason = gates::quality(facts).err().unwrap_or_default();
        return (Verdict::Refused, Gate::Quality, reason);
    }
    match (Certain::of(facts.decision), facts.person, gates::resemblance(facts)) {
        (Some(certain), Some(person), _) => admit(facts, person, certain),
        (_, _, Ok(reason) | Err(reason)) => {
            let possible = matches!(facts.decision, Decision::Possible(_));
            let verdict = if possible { Verdict::Possible } else { Verdict::Stranger };
            (verdict, Gate::Match, with_quality(facts, reason))
        }
    }
}

/// The gates a named person passes; the first that stays shut decides.
fn admit(facts: &Facts<'_>, person: &Person, certain: Certain) -> (Verdict, Gate, String) {
    let answers = [
        (Gate::Standing, gates::standing(person)),
        (Gate::Group, gates::group(facts, person)),
        (Gate::Validity, gates::validity(facts, person)),
        (Gate::Quality, gates::quality(facts)),
        (Gate::Certainty, gates::certainty(facts, certain)),
    ];
    let mut last = (Gate::Certainty, String::new());
    for (gate, answer) in answers {
        match answer {
            Ok(found) => last = (gate, found),
            Err(reason) => return (Verdict::Refused, gate, reason),
        }
    }
    (Verdict::LetIn, last.0, last.1)
}

fn with_quality(facts: &Facts<'_>, mut reason: String) -> String {
    if !facts.poor.is_empty() {
        reason.push_str("; the picture is poor: ");
        reason.push_str(&facts.poor.join(", "));
    }
    reason
}

#[cfg(test)]
mod tests;
