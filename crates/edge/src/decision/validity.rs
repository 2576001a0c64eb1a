//! From when until when a person may pass, as platforms write it: seconds or milliseconds since 1970, a day, or a day and a time.
//!
//! A day and a time without a zone are the box's own. A day as an end is the last on which the person may pass. The last days of
//! the year 9999 are how many systems write "for ever". What nobody can read lets nobody in: a person whose end is unclear is not
//! one without end.

use jiff::civil::{Date, DateTime, date};
use jiff::fmt::temporal::Pieces;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};
use protocol::Millis;
use serde_json::{Map, Value};

/// When a person may pass.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Validity {
    /// From when on, milliseconds UTC.
    pub from: Option<i64>,
    /// Until when, milliseconds UTC.
    pub until: Option<i64>,
    /// What was said about it and cannot be read.
    pub unclear: Option<String>,
}

/// Names of the first moment.
const FROM: [&str; 2] = ["valid_from", "validFrom"];
/// Names of the end.
const UNTIL: [&str; 2] = ["valid_until", "validUntil"];

impl Validity {
    /// What the further facts of a person say.
    pub fn of(info: &Map<String, Value>) -> Self {
        let zone = TimeZone::system();
        let mut validity = Self::default();
        let mut read = |names: &[&str], last_day: bool| {
            let value = names.iter().find_map(|name| info.get(*name)).filter(|value| !is_nothing(value))?;
            let moment = moment(value, last_day, &zone);
            if moment.is_none() {
                validity.unclear = Some(value.to_string());
            }
            moment
        };
        let (from, until) = (read(&FROM, false), read(&UNTIL, true));
        Self { from, until, ..validity }
    }
}

fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.trim().is_empty() || text.trim() == "0",
        Value::Number(number) => number.as_f64() == Some(0.0),
        _ => false,
    }
}

/// Milliseconds UTC.
fn moment(value: &Value, last_day: bool, zone: &TimeZone) -> Option<i64> {
    if let Ok(Millis(at)) = serde_json::from_value::<Millis>(value.clone()) {
        return (at > 0).then_some(at);
    }
    let text = value.as_str()?.trim();
    if is_for_ever(text) {
        return Some(Timestamp::MAX.as_millisecond());
    }
    if let Ok(at) = text.parse::<Timestamp>() {
        return Some(at.as_millisecond());
    }
    let at_home = |time: DateTime| Some(zone.to_timestamp(time).ok()?.as_millisecond());
    // A day alone also reads as a day and midnight, so it comes first.
    if text.len() <= "2030-12-31".len() {
        let day = text.parse::<Date>().ok()?;
        let day = if last_day { day.checked_add(1.day()).ok()? } else { day };
        return at_home(day.to_datetime(jiff::civil::Time::midnight()));
    }
    at_home(text.parse::<DateTime>().ok()?)
}

/// Whether it lies in the last days that can be written, of which not all are moments.
fn is_for_ever(text: &str) -> bool {
    Pieces::parse(text).is_ok_and(|pieces| pieces.date() >= date(9999, 12, 30))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const NOON: i64 = 1_893_499_200_000; // 2030-01-01T12:00:00Z

    fn utc(value: &Value, last_day: bool) -> Option<i64> {
        moment(value, last_day, &TimeZone::UTC)
    }

    #[test]
    fn every_way_of_writing_a_moment_is_read() {
        for value in [
            json!(NOON),
            json!(NOON / 1000),
            json!("1893499200"),
            json!("2030-01-01 12:00:00"),
            json!("2030-01-01T12:00:00"),
            json!("2030-01-01T13:00:00+01:00"),
            json!("2030-01-01T12:00:00Z"),
        ] {
            assert_eq!(utc(&value, false), Some(NOON), "{value}");
        }
    }

    #[test]
    fn the_last_day_is_a_whole_one() {
        let day = json!("2030-01-01");
        assert_eq!(utc(&day, false), Some(NOON - 12 * 3_600_000));
        assert_eq!(utc(&day, true), Some(NOON + 12 * 3_600_000));
    }

    #[test]
    fn the_end_of_time_is_no_end() {
        for text in
            ["9999-12-30", "9999-12-31", "9999-12-31 23:59:59", "9999-12-31T23:59:59", "9999-12-31T23:59:59Z"]
        {
            let info = json!({"valid_until": text});
            let validity = Validity::of(info.as_object().unwrap());
            assert_eq!(
                validity,
                Validity { until: Some(Timestamp::MAX.as_millisecond()), ..Validity::default() },
                "{text}"
            );
        }
    }

    #[test]
    fn nothing_said_is_without_end_and_nonsense_is_unclear() {
        for nothing in [json!(null), json!(""), json!(0), json!("0")] {
            let info = json!({"valid_until": nothing});
            assert_eq!(Validity::of(info.as_object().unwrap()), Validity::default(), "{nothing}");
        }
        for nonsense in [json!("soon"), json!(-5), json!([]), json!("2030-13-45"), json!(true)] {
            let info = json!({"validFrom": nonsense});
            let validity = Validity::of(info.as_object().unwrap());
            assert!(validity.unclear.is_some() && validity.from.is_none(), "{nonsense}: {validity:?}");
        }
    }
}
