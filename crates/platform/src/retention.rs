//! How long events and their pictures are kept: by class, from the configuration, or as it was set since. What counts is how
//! long ago an event was *and* how long ago it arrived, so that what a box with a wrong clock reports is not gone at once.

use serde::Serialize;
use serde_json::{Value, json};

use crate::config::events::Retention;
use crate::db::event_filter::EventFilter;
use crate::db::retention::RuleRow;

/// Milliseconds of a day.
const DAY: i64 = 24 * 3_600_000;

/// Whose events they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Class {
    /// Enrolled people who are not on the black list.
    Known,
    /// People nobody knows.
    Stranger,
    /// People on the black list.
    Blacklist,
}

/// How long one class is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Rule {
    pub(crate) class: Class,
    /// Days; 0: for ever.
    pub(crate) event_days: i64,
    /// Days; 0: as long as the event.
    pub(crate) photo_days: i64,
}

/// What is due under a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Due {
    /// Pictures of events that stay.
    Pictures,
    /// Events with their pictures.
    Events,
}

impl Class {
    pub(crate) const ALL: [Self; 3] = [Self::Known, Self::Stranger, Self::Blacklist];

    /// The word in the database and in answers.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Known => "known",
            Self::Stranger => "stranger",
            Self::Blacklist => "blacklist",
        }
    }

    /// What is configured.
    pub(crate) fn configured(self, config: &Retention) -> Rule {
        let (event_days, photo_days) = match self {
            Self::Known => (config.known_days, config.known_photo_days),
            Self::Stranger => (config.stranger_days, config.stranger_photo_days),
            Self::Blacklist => (config.blacklist_days, config.blacklist_photo_days),
        };
        Rule { class: self, event_days: event_days.into(), photo_days: photo_days.into() }
    }
}

impl Rule {
    /// The events whose pictures, or which themselves, are due now; `None` when none ever are.
    pub(crate) fn due(&self, what: Due, now: i64) -> Option<EventFilter> {
        let days = match what {
            Due::Pictures => self.photo_days,
            Due::Events => self.event_days,
        };
        if days <= 0 {
            return None;
        }
        let before = now.saturating_sub(days.saturating_mul(DAY));
        let (types, other_types) = match self.class {
            Class::Known => (vec![], vec![3, 4]),
            Class::Stranger => (vec![4], vec![]),
            Class::Blacklist => (vec![3], vec![]),
        };
        Some(EventFilter {
            until: Some(before),
            arrived_by: Some(before),
            types,
            other_types,
            photo: (what == Due::Pictures).then_some(true),
            ..EventFilter::default()
        })
    }

    /// For the record of a run.
    pub(crate) fn to_json(&self) -> Value {
        json!({"event_days": self.event_days, "photo_days": self.photo_days})
    }
}

/// The rules in force.
pub(crate) fn in_force(config: &Retention, set: &[RuleRow]) -> Vec<Rule> {
    let rule = |class: Class| match set.iter().find(|row| row.class == class.word()) {
        Some(row) => Rule { class, event_days: row.event_days, photo_days: row.photo_days },
        None => class.configured(config),
    };
    Class::ALL.into_iter().map(rule).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_set_goes_before_what_is_configured() {
        let row = RuleRow {
            class: "stranger".into(),
            event_days: 30,
            photo_days: 1,
            changed_at: 0,
            changed_by: "admin".into(),
        };
        let rules = in_force(&Retention::default(), &[row]);
        assert_eq!(rules[0], Class::Known.configured(&Retention::default()));
        assert_eq!((rules[1].event_days, rules[1].photo_days), (30, 1));
    }

    #[test]
    fn zero_is_for_ever_and_days_count_from_capture_and_arrival() {
        let rule = Rule { class: Class::Known, event_days: 0, photo_days: 2 };
        assert!(rule.due(Due::Events, 100 * DAY).is_none());
        let due = rule.due(Due::Pictures, 100 * DAY).unwrap();
        assert_eq!((due.until, due.arrived_by, due.photo), (Some(98 * DAY), Some(98 * DAY), Some(true)));
        assert_eq!(due.other_types, [3, 4]);
    }
}
