//! What can be asked of events, read and checked.

use serde::Deserialize;
use utoipa::IntoParams;

use crate::db::event_filter::EventFilter;
use crate::operator_api::access::Caller;
use crate::refusal::Refusal;

/// Longest list of words or numbers in one parameter.
const LIST: usize = 16;
/// Longest text looked for, in characters.
const TEXT: usize = 128;
const VERDICTS: [&str; 4] = ["let_in", "refused", "possible", "stranger"];
const GATES: [&str; 6] = ["quality", "match", "standing", "group", "validity", "certainty"];
const DOORS: [&str; 5] = ["opened", "closed", "alarm", "failed", "none"];

/// Which events. Everything given must hold.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct EventQuery {
    /// At this time or later, milliseconds since 1970, UTC; by `estimated_at`.
    from: Option<i64>,
    /// Before this time.
    until: Option<i64>,
    /// Only of this person.
    identity_id: Option<String>,
    /// Only of people whose name (as it was then) has this part.
    name: Option<String>,
    /// Only of this box.
    dev_sno: Option<String>,
    /// Only of boxes that are at this site.
    site: Option<String>,
    /// Only of this camera.
    ep_id: Option<String>,
    /// Only of this library (`group_name`).
    group: Option<String>,
    /// Only of these types, separated by commas: 1 employee, 2 visitor, 3 blacklist, 4 stranger, 5 VIP.
    r#type: Option<String>,
    /// Only strangers (`true`) or only known people (`false`).
    stranger: Option<bool>,
    /// Score at least, 0 to 1; scores of boxes that count in percent are divided by 100.
    score_min: Option<f64>,
    /// Score at most.
    score_max: Option<f64>,
    /// Only with this decision: `let_in`, `refused`, `possible` or `stranger`.
    verdict: Option<String>,
    /// Only those this question kept out: `quality`, `match`, `standing`, `group`, `validity` or `certainty`.
    gate: Option<String>,
    /// Only where the door did this: `opened`, `closed`, `alarm`, `failed` or `none`.
    door: Option<String>,
    /// Only with (`true`) or without (`false`) a picture.
    photo: Option<bool>,
    /// Only those that arrived late (`true`), or the others.
    late: Option<bool>,
    /// Only those that arrived before they were captured by the box's clock (`true`), or the others.
    ahead: Option<bool>,
}

impl EventQuery {
    /// The filter, within what the caller may see.
    pub(crate) fn filter(self, caller: &Caller) -> Result<EventFilter, Refusal> {
        let one = |field: &str, told: Option<String>, known: &[&str]| match told {
            Some(told) if !known.contains(&told.as_str()) => {
                Err(Refusal::invalid(field, format!("must be one of {}", known.join(", "))))
            }
            told => Ok(told),
        };
        let share = |field: &str, told: Option<f64>| match told {
            Some(told) if !(0.0..=1.0).contains(&told) => Err(Refusal::invalid(field, "must be 0 to 1")),
            told => Ok(told),
        };
        let mut types = numbers("type", self.r#type.as_deref())?;
        let mut other_types = Vec::new();
        match self.stranger {
            Some(true) if types.is_empty() => types.push(4),
            Some(true) => types.retain(|number| *number == 4),
            Some(false) => other_types.push(4),
            None => {}
        }
        if self.stranger == Some(true) && types.is_empty() {
            return Err(Refusal::invalid("stranger", "contradicts type: strangers have type 4"));
        }
        Ok(EventFilter {
            from: self.from,
            until: self.until,
            arrived_by: None,
            identity_id: text("identity_id", self.identity_id)?,
            name: text("name", self.name)?,
            dev_sno: text("dev_sno", self.dev_sno)?,
            site: text("site", self.site)?,
            ep_id: text("ep_id", self.ep_id)?,
            group: text("group", self.group)?,
            types,
            other_types,
            score: (share("score_min", self.score_min)?, share("score_max", self.score_max)?),
            verdict: one("verdict", self.verdict, &VERDICTS)?,
            gate: one("gate", self.gate, &GATES)?,
            door: one("door", self.door, &DOORS)?,
            photo: self.photo,
            late: self.late,
            ahead: self.ahead,
            sites: caller.sites.clone(),
        })
    }
}

/// A text to look for: not too long, and without the character no database stores.
fn text(field: &str, told: Option<String>) -> Result<Option<String>, Refusal> {
    match told {
        Some(told) if told.chars().count() > TEXT || told.contains('\0') => {
            Err(Refusal::invalid(field, format!("must be at most {TEXT} characters")))
        }
        told => Ok(told),
    }
}

/// Words separated by commas.
pub(crate) fn words(field: &str, told: Option<&str>) -> Result<Vec<String>, Refusal> {
    let Some(told) = told else { return Ok(Vec::new()) };
    let words: Vec<String> = told.split(',').map(|word| word.trim().to_owned()).collect();
    if words.len() > LIST || words.iter().any(|word| word.is_empty() || word.len() > TEXT) {
        return Err(Refusal::invalid(field, format!("must be 1 to {LIST} words separated by commas")));
    }
    Ok(words)
}

/// Whole numbers separated by commas.
pub(crate) fn numbers(field: &str, told: Option<&str>) -> Result<Vec<i64>, Refusal> {
    let wrong = |_| Refusal::invalid(field, "must be whole numbers separated by commas");
    words(field, told)?.iter().map(|word| word.parse().map_err(wrong)).collect()
}
