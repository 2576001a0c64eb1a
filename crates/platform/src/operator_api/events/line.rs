//! An event as a line of a table: columns for people, times in the zone they asked for, and no cell that a spreadsheet would take
//! for a formula.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::Value;

use crate::db::event_list::EventRow;

/// The columns, in their order.
pub(super) const COLUMNS: [&str; 25] = [
    "id",
    "time",
    "time_by_box",
    "arrived",
    "site",
    "box",
    "dev_sno",
    "camera",
    "identity_id",
    "name",
    "type",
    "group",
    "score",
    "verdict",
    "gate",
    "reason",
    "door",
    "late",
    "ahead",
    "clock_offset_ms",
    "realtime",
    "history",
    "repeats",
    "spot",
    "reg",
];

/// The cells of an event.
pub(super) fn cells(row: EventRow, zone: &TimeZone) -> [String; COLUMNS.len()] {
    let at = |time: i64| shown(time, zone);
    let flag = |set: bool| if set { "1" } else { "0" }.to_owned();
    let number = |number: Option<i64>| number.map(|number| number.to_string()).unwrap_or_default();
    let optional = |text: Option<String>| safe(text.unwrap_or_default());
    let reason = row.detail.pointer("/menshen/reason").and_then(Value::as_str).unwrap_or_default();
    let picture = |key: &Option<String>, which: &str| match key {
        Some(_) => format!("/api/v1/events/{}/photos/{which}", row.id),
        None => String::new(),
    };
    [
        row.id.clone(),
        at(row.estimated_at),
        at(row.taken_at),
        at(row.arrived_at),
        optional(row.site),
        optional(row.box_name),
        safe(row.dev_sno),
        safe(row.ep_id.unwrap_or(row.device_ip)),
        safe(row.identity_id),
        safe(row.identity_name),
        number(row.person_type),
        safe(row.group_name),
        row.score.map(|score| score.to_string()).unwrap_or_default(),
        optional(row.verdict),
        optional(row.gate),
        safe(reason.to_owned()),
        optional(row.door),
        flag(row.late),
        flag(row.ahead),
        number(row.clock_offset_ms),
        row.realtime_at.map(at).unwrap_or_default(),
        row.history_at.map(at).unwrap_or_default(),
        row.repeats.to_string(),
        picture(&row.spot_key, "spot"),
        picture(&row.reg_key, "reg"),
    ]
}

/// A time to the millisecond with its difference to UTC; empty when no calendar has it.
fn shown(time: i64, zone: &TimeZone) -> String {
    let Ok(time) = Timestamp::from_millisecond(time) else { return String::new() };
    time.to_zoned(zone.clone()).strftime("%Y-%m-%dT%H:%M:%S%.3f%:z").to_string()
}

/// A text from outside as a cell: one that begins as formulas do is led by an apostrophe, which spreadsheets do not show.
fn safe(text: String) -> String {
    match text.chars().next() {
        Some('=' | '+' | '-' | '@' | '\t' | '\r' | '\n') => format!("'{text}"),
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_becomes_a_formula() {
        for bad in ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1"] {
            assert!(safe(bad.to_owned()).starts_with('\''), "{bad:?}");
        }
        for good in ["", "Wang Wu", "1001", "'=1", "a=b"] {
            assert_eq!(safe(good.to_owned()), good);
        }
    }

    #[test]
    fn times_are_local_and_say_so() {
        let zone = TimeZone::fixed(jiff::tz::offset(8));
        assert_eq!(shown(1_566_016_554_020, &zone), "2019-08-17T12:35:54.020+08:00");
        assert_eq!(shown(0, &TimeZone::UTC), "1970-01-01T00:00:00.000+00:00");
        assert_eq!(shown(i64::MAX, &TimeZone::UTC), "");
    }
}
