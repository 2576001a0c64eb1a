//! Moments as people write them in lists: year first in any common separator, or day.month.year; never a guess between day and month.

use jiff::Timestamp;
use jiff::civil::{self, Date, DateTime, Time};
use jiff::tz::TimeZone;

/// Which end of a span a date without a time means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// The day's first moment.
    Begin,
    /// The moment after the day's last one.
    Finish,
}

/// Milliseconds since 1970 of what `text` says in `zone`; `None` when it says nothing that is certain.
pub(super) fn moment(text: &str, zone: &TimeZone, end: End) -> Option<i64> {
    let text = text.trim();
    if text.len() == 13
        && let Ok(millis) = text.parse::<i64>()
    {
        return Some(millis);
    }
    // With a zone of its own.
    if let Ok(moment) = text.parse::<Timestamp>() {
        return Some(moment.as_millisecond());
    }
    let (date, time) = split(text);
    let date = date_of(date)?;
    // The last days there are, of which not all are moments: how many systems write "for ever".
    if date >= civil::date(9999, 12, 30) {
        return Some(Timestamp::MAX.as_millisecond());
    }
    let at = match time {
        Some(time) => DateTime::from_parts(date, time_of(time)?),
        None if end == End::Finish => DateTime::from_parts(date.tomorrow().ok()?, Time::midnight()),
        None => DateTime::from_parts(date, Time::midnight()),
    };
    Some(at.to_zoned(zone.clone()).ok()?.timestamp().as_millisecond())
}

/// The two moments of a cell that holds a whole validity: `from ~ until`, or only its end.
pub(super) fn span(text: &str, zone: &TimeZone) -> Option<(Option<i64>, Option<i64>)> {
    for separator in ["~", "～", "至", " to ", "—", " - ", "–"] {
        if let Some((from, until)) = text.split_once(separator) {
            let side = |text: &str, end| match text.trim() {
                "" => Some(None),
                text => moment(text, zone, end).map(Some),
            };
            return Some((side(from, End::Begin)?, side(until, End::Finish)?));
        }
    }
    Some((None, Some(moment(text, zone, End::Finish)?)))
}

fn split(text: &str) -> (&str, Option<&str>) {
    match text.find([' ', 'T']).or_else(|| text.find('日').map(|at| at + '日'.len_utf8())) {
        Some(at) => {
            let (date, time) = text.split_at(at);
            let time = time.trim_start_matches([' ', 'T']);
            (date, (!time.is_empty()).then_some(time))
        }
        None => (text, None),
    }
}

fn date_of(text: &str) -> Option<Date> {
    if text.len() == 8 && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return date(&text[..4], &text[4..6], &text[6..]);
    }
    let text = text.trim_end_matches('日').replace(['年', '月'], "-");
    let mut separators = text.chars().filter(|c| !c.is_ascii_digit());
    let separator = separators.next()?;
    if separators.any(|c| c != separator) {
        return None;
    }
    let parts: Vec<&str> = text.split(separator).collect();
    match (parts.as_slice(), separator) {
        ([year, month, day], '-' | '/' | '.') if year.len() == 4 => date(year, month, day),
        // 31.12.2026 is written in one order only; 12/31/2026 and 31/12/2026 are not.
        ([day, month, year], '.') if year.len() == 4 => date(year, month, day),
        _ => None,
    }
}

fn date(year: &str, month: &str, day: &str) -> Option<Date> {
    Date::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?).ok()
}

fn time_of(text: &str) -> Option<Time> {
    let parts: Vec<i8> = text.trim().split(':').map(|part| part.parse().ok()).collect::<Option<_>>()?;
    match parts[..] {
        [hour, minute] => Time::new(hour, minute, 0, 0).ok(),
        [hour, minute, second] => Time::new(hour, minute, second, 0).ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shanghai() -> TimeZone {
        TimeZone::fixed(jiff::tz::offset(8))
    }

    #[test]
    fn common_forms_mean_the_same_day() {
        let midnight = moment("2026-12-31T00:00:00+08:00", &TimeZone::UTC, End::Begin).unwrap();
        assert_eq!(midnight, 1_798_646_400_000);
        for text in [
            "2026-12-31",
            "2026/12/31",
            "2026.12.31",
            "20261231",
            "2026年12月31日",
            "31.12.2026",
            "2026-12-31 00:00",
            "2026/12/31 0:00:00",
            "2026年12月31日 00:00",
            "2026-12-31T00:00:00",
            "1798646400000",
        ] {
            assert_eq!(moment(text, &shanghai(), End::Begin), Some(midnight), "{text}");
        }
        assert_eq!(moment("2026-12-31", &shanghai(), End::Finish), Some(midnight + 86_400_000));
        assert_eq!(moment("2026-12-31 08:30", &shanghai(), End::Finish), Some(midnight + 30_600_000));
    }

    #[test]
    fn the_end_of_time_is_the_last_moment_there_is() {
        for text in ["9999-12-31", "9999/12/31 23:59:59", "9999-12-31T23:59:59Z", "99991231"] {
            let last = Some(Timestamp::MAX.as_millisecond());
            assert_eq!(moment(text, &shanghai(), End::Finish), last, "{text}");
        }
    }

    #[test]
    fn what_is_not_certain_is_not_guessed() {
        for text in [
            "",
            "tomorrow",
            "12/31/2026",
            "31/12/2026",
            "2026-13-01",
            "2026-02-30",
            "26-12-31",
            "2026-12.31",
            "2026-12-31 25:00",
            "日",
            "年月日",
        ] {
            assert_eq!(moment(text, &shanghai(), End::Begin), None, "{text}");
        }
    }

    #[test]
    fn a_span_has_two_ends_or_only_its_last() {
        let begin = moment("2026-01-01", &shanghai(), End::Begin);
        let finish = moment("2026-12-31", &shanghai(), End::Finish);
        for text in ["2026-01-01~2026-12-31", "2026-01-01 至 2026/12/31", "2026.01.01 - 2026.12.31"] {
            assert_eq!(span(text, &shanghai()), Some((begin, finish)), "{text}");
        }
        assert_eq!(span("2026-12-31", &shanghai()), Some((None, finish)));
        assert_eq!(span("2026-01-01~", &shanghai()), Some((begin, None)));
        assert_eq!(span("soon", &shanghai()), None);
    }
}
