//! What each gate says about a face by itself: open or shut, and why. The verdict asks them in their order; a trace keeps all
//! their answers, so that whoever was refused at the first gate need not find out about the others one by one.

use protocol::{GroupId, PersonType};
use serde::{Deserialize, Serialize};
use vision::Decision;

use super::validity::Validity;
use super::verdict::{Facts, Gate, Person};

/// A gate's answer: the words of either side.
pub(super) type Answer = Result<String, String>;

/// What one gate said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = GateStep)]
pub struct Step {
    /// The gate.
    pub gate: Gate,
    /// Whether it would let this face pass; `None`: there was nobody to ask about.
    pub open: Option<bool>,
    /// Why, for people.
    pub found: String,
}

/// How sure the search is of the person it named.
#[derive(Debug, Clone, Copy)]
pub(super) struct Certain {
    pub(super) cosine: f32,
    pub(super) opens: bool,
    pub(super) ambiguous: bool,
}

impl Certain {
    /// `None` when the search named nobody.
    pub(super) fn of(decision: &Decision) -> Option<Self> {
        match *decision {
            Decision::Named { cosine, opens, ambiguous_with, .. } => {
                Some(Self { cosine, opens, ambiguous: ambiguous_with.is_some() })
            }
            _ => None,
        }
    }
}

/// The answers of all gates, in the order they are asked.
pub(super) fn steps(facts: &Facts<'_>) -> Vec<Step> {
    let step = |gate, answer: Option<Answer>| match answer {
        Some(Ok(found)) => Step { gate, open: Some(true), found },
        Some(Err(found)) => Step { gate, open: Some(false), found },
        None => Step { gate, open: None, found: "nobody to ask about".into() },
    };
    let person = facts.person.filter(|_| !facts.too_poor);
    let certain = Certain::of(facts.decision).filter(|_| person.is_some());
    vec![
        step(Gate::Match, (!facts.too_poor).then(|| resemblance(facts))),
        step(Gate::Standing, person.map(standing)),
        step(Gate::Group, person.map(|person| group(facts, person))),
        step(Gate::Validity, person.map(|person| validity(facts, person))),
        step(Gate::Quality, Some(quality(facts))),
        step(Gate::Certainty, certain.map(|certain| certainty(facts, certain))),
    ]
}

/// Does it resemble an enrolled person?
pub(super) fn resemblance(facts: &Facts<'_>) -> Answer {
    let name = facts.thresholds.name;
    match facts.decision {
        Decision::Named { cosine, .. } if facts.person.is_some() => {
            Ok(format!("resembles an enrolled person ({cosine:.3}, a name needs {name:.3})"))
        }
        Decision::Named { .. } => Err("resembles somebody who has just been deleted".into()),
        Decision::Possible(list) => {
            let best = list.first().map_or(0.0, |hit| hit.cosine);
            Err(format!("resembles {}, not enough for a name ({best:.3} of {name:.3})", people(list.len())))
        }
        Decision::Unknown { best: Some(best) } => {
            Err(format!("resembles nobody enrolled ({:.3} of {name:.3})", best.cosine))
        }
        Decision::Unknown { best: None } => Err("nobody is enrolled".into()),
    }
}

/// Is the person on the black list, or kept as a stranger?
pub(super) fn standing(person: &Person) -> Answer {
    match person.kind {
        PersonType::Blacklist => Err("on the black list".into()),
        PersonType::Stranger => Err("kept as a known stranger, who may not pass".into()),
        PersonType::Visitor => Ok("a visitor".into()),
        PersonType::Vip => Ok("a VIP".into()),
        _ => Ok("an employee".into()),
    }
}

/// May one of the person's groups pass in front of this camera?
pub(super) fn group(facts: &Facts<'_>, person: &Person) -> Answer {
    match person.groups.iter().find(|group| facts.groups.contains(group)) {
        Some(group) => Ok(format!("permission group {group} may pass here")),
        None => Err(format!(
            "permission group {} may not pass here (here: {})",
            list(&person.groups),
            list(facts.groups)
        )),
    }
}

/// Is the person's validity running?
pub(super) fn validity(facts: &Facts<'_>, person: &Person) -> Answer {
    let Validity { from, until, unclear } = &person.validity;
    if let Some(text) = unclear {
        return Err(format!("when the person may pass cannot be read: {text}"));
    }
    if let Some(from) = from.filter(|from| facts.now < *from) {
        return Err(format!("not valid yet: from {}", date(from)));
    }
    match *until {
        Some(until) if facts.now >= until => Err(format!("not valid any more: until {}", date(until))),
        Some(until) => Ok(format!("valid until {}", date(until))),
        None => Ok("valid without end".into()),
    }
}

/// Is the picture good enough?
pub(super) fn quality(facts: &Facts<'_>) -> Answer {
    let poor = facts.poor.join(", ");
    if facts.too_poor {
        return Err(format!("the picture is too poor to compare: {poor}"));
    }
    if !facts.poor.is_empty() {
        return Err(format!("recognised, but the picture is too poor to open: {poor}"));
    }
    Ok("the picture is good enough".into())
}

/// Is it certain enough to open a door?
pub(super) fn certainty(facts: &Facts<'_>, certain: Certain) -> Answer {
    let (Certain { cosine, opens, ambiguous }, door) = (certain, facts.thresholds.door);
    if ambiguous {
        return Err(format!("recognised ({cosine:.3}), but another enrolled person is as similar"));
    }
    if !opens {
        return Err(format!("recognised, not certain enough to open ({cosine:.3} of {door:.3})"));
    }
    Ok(format!("recognised ({cosine:.3} of {door:.3}) and may pass here"))
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
