//! How many faces pass that get no name: what the wanted rates mean in false names per day here.
//!
//! Counted per hour over a week, together with the time the box was watching; both survive a restart, and time in which the box
//! was off is no time without strangers. A clock that jumps costs hours their place in the week, never the sum its sense:
//! hours that lie in the future are dropped.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

/// Hours that are remembered: a week, because Sundays differ.
const HOURS: i64 = 7 * 24;
/// Milliseconds of an hour.
const HOUR: i64 = 3_600_000;
/// Less watching than this counts as this much: the first stranger of a new box is no flood.
const LEAST: f64 = 3_600.0;

/// The faces without a name, hour by hour; oldest first.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Traffic {
    hours: VecDeque<Hour>,
}

/// One hour.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Hour {
    /// Hours since 1970, UTC.
    hour: i64,
    /// Seconds the box was watching.
    watched: f64,
    /// Sightings of faces without a name.
    unnamed: u64,
    /// Those of them in front of a camera with a door.
    at_doors: u64,
}

/// What was seen, and what the rates lead to.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
pub struct Expected {
    /// Sightings of faces without a name in the window; one face before one camera counts once per duplicate interval.
    pub unnamed: u64,
    /// Those of them in front of a camera with a door.
    pub unnamed_at_doors: u64,
    /// Hours in which the box was watching, of the last `window_hours`. Less than one counts as one.
    pub watched_hours: f64,
    /// How far back the window reaches.
    pub window_hours: i64,
    /// The oldest hour counted, milliseconds UTC; 0 when there is none.
    pub since: i64,
    /// Strangers per day who get a name, at `name_rate` of the thresholds in force.
    pub false_names_per_day: f64,
    /// Strangers per day for whom a door opens, at `door_rate`; group rules and quality make it less.
    pub false_openings_per_day: f64,
}

impl Traffic {
    /// A face without a name was seen.
    pub(super) fn seen(&mut self, now: i64, at_door: bool) {
        let hour = self.hour(now);
        hour.unnamed += 1;
        hour.at_doors += u64::from(at_door);
    }

    /// The box was watching for `seconds` more.
    pub(super) fn watched(&mut self, now: i64, seconds: f64) {
        self.hour(now).watched += seconds.max(0.0);
    }

    /// Adds what was counted before a restart.
    pub(super) fn absorb(&mut self, earlier: Self) {
        for old in earlier.hours.into_iter().rev().take(usize::try_from(HOURS).unwrap_or(0)) {
            let at = self.hours.partition_point(|hour| hour.hour < old.hour);
            match self.hours.get_mut(at).filter(|hour| hour.hour == old.hour) {
                Some(hour) => {
                    hour.watched += old.watched;
                    hour.unnamed += old.unnamed;
                    hour.at_doors += old.at_doors;
                }
                None => self.hours.insert(at, old),
            }
        }
    }

    /// What the two rates (0 to 1) lead to with this many faces.
    pub(super) fn expected(&self, now: i64, name_rate: f64, door_rate: f64) -> Expected {
        let within = |hour: &&Hour| (now / HOUR - HOURS + 1..=now / HOUR).contains(&hour.hour);
        let hours: Vec<&Hour> = self.hours.iter().filter(within).collect();
        let unnamed = hours.iter().map(|hour| hour.unnamed).sum();
        let unnamed_at_doors = hours.iter().map(|hour| hour.at_doors).sum();
        let watched = hours.iter().map(|hour| hour.watched).sum::<f64>();
        let days = watched.max(LEAST) / 86_400.0;
        let per_day = |number: u64, rate: f64| round(number as f64 / days * rate);
        Expected {
            unnamed,
            unnamed_at_doors,
            watched_hours: round(watched / 3600.0),
            window_hours: HOURS,
            since: hours.first().map_or(0, |hour| hour.hour * HOUR),
            false_names_per_day: per_day(unnamed, name_rate),
            false_openings_per_day: per_day(unnamed_at_doors, door_rate),
        }
    }

    /// The hour of `now`; those that are too old, or not yet, leave.
    fn hour(&mut self, now: i64) -> &mut Hour {
        let hour = now / HOUR;
        self.hours.retain(|old| (hour - HOURS + 1..=hour).contains(&old.hour));
        let at = self.hours.partition_point(|old| old.hour < hour);
        if self.hours.get(at).is_none() {
            self.hours.insert(at, Hour { hour, watched: 0.0, unnamed: 0, at_doors: 0 });
        }
        &mut self.hours[at]
    }
}

/// Three digits are more than such a figure knows.
fn round(value: f64) -> f64 {
    (value * 1e3).round() / 1e3
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Some Monday.
    const NOW: i64 = 1_700_000_000_000;

    #[test]
    fn a_day_of_strangers_is_a_day_of_false_names() {
        let mut traffic = Traffic::default();
        for hour in 0..24 {
            traffic.watched(NOW + hour * HOUR, 3600.0);
            for n in 0..50 {
                traffic.seen(NOW + hour * HOUR, n % 5 == 0);
            }
        }
        let expected = traffic.expected(NOW + 23 * HOUR, 0.01, 0.001);
        assert_eq!((expected.unnamed, expected.unnamed_at_doors), (1200, 240));
        assert!((expected.watched_hours - 24.0).abs() < 1e-9);
        assert!((expected.false_names_per_day - 12.0).abs() < 1e-9, "{expected:?}");
        assert!((expected.false_openings_per_day - 0.24).abs() < 1e-9, "{expected:?}");
        assert!(NOW - expected.since < HOUR);
    }

    #[test]
    fn time_without_watching_is_no_time_without_strangers() {
        let mut traffic = Traffic::default();
        traffic.watched(NOW, 1800.0);
        traffic.watched(NOW + 100 * HOUR, 7200.0 - 1800.0);
        (0..10).for_each(|_| traffic.seen(NOW + 100 * HOUR, false));
        let expected = traffic.expected(NOW + 100 * HOUR, 0.1, 0.1);
        assert!((expected.false_names_per_day - 12.0).abs() < 1e-9, "{expected:?}");
        assert!(expected.false_openings_per_day.abs() < 1e-9);
    }

    #[test]
    fn the_first_hour_counts_as_a_whole_one() {
        let mut traffic = Traffic::default();
        traffic.watched(NOW, 10.0);
        traffic.seen(NOW, true);
        let expected = traffic.expected(NOW, 0.5, 0.5);
        assert!((expected.false_names_per_day - 12.0).abs() < 1e-9, "{expected:?}");
        assert_eq!(Traffic::default().expected(NOW, 0.5, 0.5).since, 0);
    }

    #[test]
    fn what_is_older_than_a_week_or_not_yet_is_forgotten() {
        let mut traffic = Traffic::default();
        traffic.seen(NOW, true);
        traffic.seen(NOW + 400 * HOUR, true);
        assert_eq!(traffic.hours.len(), 1, "{traffic:?}");
        // The clock was a fortnight ahead and is put right.
        traffic.seen(NOW, true);
        assert_eq!((traffic.hours.len(), traffic.expected(NOW, 0.1, 0.1).unnamed), (1, 1));
        for hour in 0..1000 {
            traffic.seen(NOW + hour * HOUR, true);
        }
        assert_eq!(i64::try_from(traffic.hours.len()).unwrap(), HOURS);
    }

    #[test]
    fn it_is_read_back_as_it_was_written() {
        let mut traffic = Traffic::default();
        traffic.watched(NOW, 12.5);
        traffic.seen(NOW, true);
        let text = serde_json::to_string(&traffic).unwrap();
        let earlier = serde_json::from_str::<Traffic>(&text).unwrap();
        assert_eq!(earlier, traffic);
        let mut again = Traffic::default();
        again.absorb(earlier.clone());
        assert_eq!(again, traffic);
        again.absorb(earlier);
        assert_eq!(again.expected(NOW, 0.1, 0.1).unnamed, 2);
    }
}
