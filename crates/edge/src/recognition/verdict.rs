//! The verdict on one face, as a pure function of what was measured: who it is, whether that is certain, and whether that
//! person may pass here now. Every verdict names the gate that decided it and says why in words for people.

use protocol::{GroupId, PersonType};
use serde::{Deserialize, Serialize};
use vision::{Decision, Thresholds};

/// What is done with a face.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
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
    /// From when on the person is valid, milliseconds UTC.
    pub valid_from: Option<i64>,
    /// Until when, milliseconds UTC.
    pub valid_until: Option<i64>,
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
}

/// Judges one face.
pub fn judge(facts: &Facts<'_>) -> Judgement {
    if facts.too_poor {
        let reason = format!("the picture is too poor to compare: {}", facts.poor.join(", "));
        return Judgement { verdict: Verdict::Refused, gate: Gate::Quality, named: false, reason };
    }
    match (facts.decision, facts.person) {
        (&Decision::Named { cosine, opens, ambiguous_with, .. }, Some(person)) => {
            let certain = Certain { cosine, opens, ambiguous: ambiguous_with.is_some() };
            let (verdict, gate, reason) = admit(facts, person, &certain);
            Judgement { verdict, gate, named: true, reason }
        }
        (Decision::Possible(list), _) => {
            let best = list.first().map_or(0.0, |hit| hit.cosine);
            unnamed(
                facts,
                Verdict::Possible,
                format!(
                    "resembles {}, not enough for a name ({best:.3} of {:.3})",
                    people(list.len()),
                    facts.thresholds.name
                ),
            )
        }
        (Decision::Unknown { best: Some(best) }, _) => unnamed(
            facts,
            Verdict::Stranger,
            format!("resembles nobody enrolled ({:.3} of {:.3})", best.cosine, facts.thresholds.name),
        ),
        (Decision::Unknown { best: None }, _) => {
            unnamed(facts, Verdict::Stranger, "nobody is enrolled".into())
        }
        (Decision::Named { .. }, None) => {
            unnamed(facts, Verdict::Stranger, "resembles somebody who has just been deleted".into())
        }
    }
}

struct Certain {
    cosine: f32,
    opens: bool,
    ambiguous: bool,
}

/// The gates a named person passes; the first that stays shut decides.
fn admit(facts: &Facts<'_>, person: &Person, certain: &Certain) -> (Verdict, Gate, String) {
    let refused = |gate, reason: String| (Verdict::Refused, gate, reason);
    if person.kind == PersonType::Blacklist {
        return refused(Gate::Standing, "on the black list".into());
    }
    if person.kind == PersonType::Stranger {
        return refused(Gate::Standing, "kept as a known stranger, who may not pass".into());
    }
    if !person.groups.iter().any(|group| facts.groups.contains(group)) {
        return refused(
            Gate::Group,
            format!(
                "permission group {} may not pass here (here: {})",
                list(&person.groups),
                list(facts.groups)
            ),
        );
    }
    if let Some(from) = person.valid_from.filter(|from| facts.now < *from) {
        return refused(Gate::Validity, format!("not valid yet: from {}", date(from)));
    }
    if let Some(until) = person.valid_until.filter(|until| facts.now >= *until) {
        return refused(Gate::Validity, format!("not valid any more: until {}", date(until)));
    }
    if !facts.poor.is_empty() {
        return refused(
            Gate::Quality,
            format!("recognised, but the picture is too poor to open: {}", facts.poor.join(", ")),
        );
    }
    let Certain { cosine, opens, ambiguous } = *certain;
    if ambiguous {
        return refused(
            Gate::Certainty,
            format!("recognised ({cosine:.3}), but another enrolled person is as similar"),
        );
    }
    let door = facts.thresholds.door;
    if !opens {
        return refused(
            Gate::Certainty,
            format!("recognised, not certain enough to open ({cosine:.3} of {door:.3})"),
        );
    }
    (Verdict::LetIn, Gate::Certainty, format!("recognised ({cosine:.3} of {door:.3}) and may pass here"))
}

fn unnamed(facts: &Facts<'_>, verdict: Verdict, mut reason: String) -> Judgement {
    if !facts.poor.is_empty() {
        reason.push_str("; the picture is poor: ");
        reason.push_str(&facts.poor.join(", "));
    }
    Judgement { verdict, gate: Gate::Match, named: false, reason }
}

fn people(number: usize) -> String {
    if number == 1 { "one enrolled person".into() } else { format!("{number} enrolled people") }
}

fn list(groups: &[GroupId]) -> String {
    if groups.is_empty() {
        return "none".into();
    }
    groups.iter().map(GroupId::as_str).collect::<Vec<_>>().join(", ")
}

fn date(at: i64) -> String {
    jiff::Timestamp::from_millisecond(at).map_or_else(|_| at.to_string(), |time| time.to_string())
}

#[cfg(test)]
mod tests;
