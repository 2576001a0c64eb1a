//! What the texts of one row mean: each cell read by the rules of the API, the first that cannot be named in words.
//!
//! An empty cell says nothing; a single `-` empties what is there.

use jiff::tz::TimeZone;
use protocol::IdentityId;
use serde_json::{Map, Value};

use super::columns::Column;
use super::dates::{self, End};
use crate::operator_api::checks;
use crate::refusal::Refusal;

/// What a row says about somebody; `None` is what it does not speak of.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Wanted {
    pub(super) name: Option<String>,
    pub(super) kind: Option<i64>,
    pub(super) department: Option<String>,
    /// Ids or names of groups.
    pub(super) groups: Option<Vec<String>>,
    pub(super) tags: Option<Vec<String>>,
    pub(super) valid_from: Option<Option<i64>>,
    pub(super) valid_until: Option<Option<i64>>,
    pub(super) info: Option<Map<String, Value>>,
    /// Whether `info` replaces what is there, or is put into it.
    pub(super) whole_info: bool,
}

/// The id in a row, as it stands there.
pub(super) fn id_of(columns: &[Option<Column>], cells: &[String]) -> String {
    text_of(columns, cells, &Column::Id)
}

/// The photo a row names; empty when it names none.
pub(super) fn photo_of(columns: &[Option<Column>], cells: &[String]) -> String {
    let named = text_of(columns, cells, &Column::Photo);
    if named == "-" { String::new() } else { named }
}

fn text_of(columns: &[Option<Column>], cells: &[String], wanted: &Column) -> String {
    let at = columns.iter().position(|column| column.as_ref() == Some(wanted));
    at.and_then(|at| cells.get(at)).map(|cell| unguard(cell).trim().to_owned()).unwrap_or_default()
}

/// Reads a row.
pub(super) fn read(
    columns: &[Option<Column>],
    cells: &[String],
    zone: &TimeZone,
) -> Result<(IdentityId, Wanted), Refusal> {
    let id = checks::identity_id(&id_of(columns, cells))?;
    let mut wanted = Wanted::default();
    for (column, cell) in columns.iter().zip(cells) {
        let (Some(column), text) = (column, unguard(cell).trim()) else { continue };
        if !text.is_empty() {
            wanted.take(column, text, zone)?;
        }
    }
    if let (Some(Some(from)), Some(Some(until))) = (wanted.valid_from, wanted.valid_until) {
        checks::validity(Some(from), Some(until))?;
    }
    Ok((id, wanted))
}

impl Wanted {
    fn take(&mut self, column: &Column, text: &str, zone: &TimeZone) -> Result<(), Refusal> {
        let empties = text == "-";
        let list = || {
            let parts = text.split(checks::SEPARATORS).map(str::trim).filter(|part| !part.is_empty());
            if empties { Vec::new() } else { parts.map(str::to_owned).collect() }
        };
        match column {
            Column::Id | Column::Photo | Column::Reason => {}
            Column::Name => self.name = Some(checks::name("name", text)?),
            Column::Kind => self.kind = Some(kind(text)?),
            Column::Department => {
                self.department = Some(checks::department(if empties { "" } else { text })?);
            }
            Column::Groups => self.groups = Some(list()),
            Column::Tags => self.tags = Some(checks::tags(&list())?),
            Column::ValidFrom => self.valid_from = Some(moment("valid_from", text, zone, End::Begin)?),
            Column::ValidUntil => self.valid_until = Some(moment("valid_until", text, zone, End::Finish)?),
            Column::Validity if empties => (self.valid_from, self.valid_until) = (Some(None), Some(None)),
            Column::Validity => {
                let (from, until) = dates::span(text, zone).ok_or_else(|| no_date("validity", text))?;
                if let Some(from) = from {
                    self.valid_from = Some(of_this_time("validity", text, from, End::Begin)?);
                }
                if let Some(until) = until {
                    self.valid_until = Some(of_this_time("validity", text, until, End::Finish)?);
                }
            }
            Column::Info => {
                let read = if empties { Ok(Map::new()) } else { serde_json::from_str(text) };
                let fields: Map<String, Value> =
                    read.map_err(|_| Refusal::invalid("info", "must be a JSON object"))?;
                checks::info(Value::Object(fields.clone()))?;
                let single = self.info.replace(fields).unwrap_or_default();
                self.info.get_or_insert_default().extend(single);
                self.whole_info = true;
            }
            Column::InfoField(field) => {
                let value = if empties { Value::Null } else { Value::from(text) };
                self.info.get_or_insert_default().insert(field.clone(), value);
            }
        }
        Ok(())
    }
}

fn moment(field: &str, text: &str, zone: &TimeZone, end: End) -> Result<Option<i64>, Refusal> {
    if text == "-" {
        return Ok(None);
    }
    let at = dates::moment(text, zone, end).ok_or_else(|| no_date(field, text))?;
    of_this_time(field, text, at, end)
}

/// A moment as the API takes it. An end that nobody lives to see is none: many systems write "for ever" as the last day of a calendar.
fn of_this_time(field: &str, text: &str, at: i64, end: End) -> Result<Option<i64>, Refusal> {
    if end == End::Finish && at > *checks::MOMENTS.end() {
        return Ok(None);
    }
    checks::validity(Some(at), None)
        .map_err(|_| Refusal::invalid(field, format!("{text:?} is no date of this time")))?;
    Ok(Some(at))
}

fn no_date(field: &str, text: &str) -> Refusal {
    Refusal::invalid(field, format!("{text:?} is no date; write it like 2026-12-31 or 2026-12-31 18:00"))
}

fn kind(text: &str) -> Result<i64, Refusal> {
    let word = text.to_lowercase();
    let number = match word.as_str() {
        "employee" | "staff" | "员工" | "普通人员" | "职工" => 1,
        "visitor" | "guest" | "访客" => 2,
        "blacklist" | "blocked" | "黑名单" => 3,
        "stranger" | "陌生人" => 4,
        "vip" | "贵宾" => 5,
        number => number.parse().unwrap_or(0),
    };
    checks::person_type(number)
}

/// Characters with which a cell would be taken for a formula.
const FORMULA: [char; 6] = ['=', '+', '-', '@', '\t', '\r'];

/// A text as it can stand in a cell without being taken for a formula; [`unguard`] gives it back. A single `-`, which empties
/// what is there, calculates nothing.
pub(crate) fn guard(text: &str) -> String {
    match text != "-" && (text.starts_with(FORMULA) || text.starts_with('\'')) {
        true => format!("'{text}"),
        false => text.to_owned(),
    }
}

/// The text of a cell that [`guard`] or a spreadsheet protected from being taken for a formula.
pub(crate) fn unguard(cell: &str) -> &str {
    match cell.strip_prefix('\'') {
        Some(text) if text.starts_with(FORMULA) || text.starts_with('\'') => text,
        _ => cell,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn row(pairs: &[(&str, &str)]) -> Result<(IdentityId, Wanted), Refusal> {
        let headers: Vec<String> = pairs.iter().map(|(header, _)| (*header).to_owned()).collect();
        let cells: Vec<String> = pairs.iter().map(|(_, cell)| (*cell).to_owned()).collect();
        read(&super::super::columns::read(&headers).unwrap().0, &cells, &TimeZone::UTC)
    }

    #[test]
    fn a_row_is_read_by_the_rules_of_the_api() {
        let (id, wanted) = row(&[
            ("工号", " 1001 "),
            ("姓名", "张三"),
            ("类型", "访客"),
            ("权限组", "0；门卫"),
            ("tags", "b, a"),
            ("有效期", "2026-01-01~2026-12-31"),
            ("info.phone", "13800000000"),
            ("部门", "-"),
        ])
        .unwrap();
        assert_eq!(id.as_str(), "1001");
        assert_eq!((wanted.name.as_deref(), wanted.kind), (Some("张三"), Some(2)));
        assert_eq!(wanted.groups.unwrap(), ["0", "门卫"]);
        assert_eq!(wanted.tags.unwrap(), ["a", "b"]);
        assert_eq!(wanted.valid_from, Some(Some(1_767_225_600_000)));
        assert_eq!(wanted.valid_until, Some(Some(1_798_761_600_000)));
        assert_eq!(wanted.department.as_deref(), Some(""));
        assert_eq!(Value::Object(wanted.info.unwrap()), json!({"phone": "13800000000"}));
        assert_eq!(row(&[("id", "1"), ("name", "")]).unwrap().1, Wanted::default());
    }

    #[test]
    fn the_end_of_the_calendar_is_no_end() {
        for cell in ["9999-12-31", "9999-12-31 23:59:59", "9999-12-31T23:59:59Z", "2999/12/31"] {
            assert_eq!(
                row(&[("id", "1"), ("valid_until", cell)]).unwrap().1.valid_until,
                Some(None),
                "{cell}"
            );
            let span = format!("2026-01-01~{cell}");
            let wanted = row(&[("id", "1"), ("validity", &span)]).unwrap().1;
            assert_eq!((wanted.valid_from, wanted.valid_until), (Some(Some(1_767_225_600_000)), Some(None)));
        }
        assert_eq!(row(&[("id", "1"), ("validity", "9999-12-31")]).unwrap().1.valid_until, Some(None));
        for (header, cell) in
            [("valid_from", "9999-12-31"), ("validity", "9999-12-31~"), ("validity", "1970-01-02~")]
        {
            let words = row(&[("id", "1"), (header, cell)]).unwrap_err().to_string();
            assert!(words.contains(header) && words.contains("no date of this time"), "{words}");
        }
    }

    #[test]
    fn what_cannot_be_is_named() {
        for (header, cell, part) in [
            ("name", "a\tb", "name"),
            ("type", "boss", "type"),
            ("valid_until", "soon", "2026-12-31"),
            ("info", "[]", "info"),
            ("tags", "x".repeat(40).as_str(), "tags"),
            ("valid_from", "1234567890123", "valid_from"),
        ] {
            let words = match row(&[("id", "1"), (header, cell)]) {
                Err(refusal) => refusal.to_string(),
                Ok(read) => {
                    assert_eq!(header, "valid_from", "{read:?}");
                    continue;
                }
            };
            assert!(words.contains(part), "{words}");
        }
        assert!(row(&[("id", "a b")]).unwrap_err().to_string().starts_with("identity_id"));
        assert!(row(&[("id", "1"), ("from", "2026-02-01"), ("until", "2026-01-01")]).is_err());
    }

    proptest! {
        #[test]
        fn a_guarded_cell_is_no_formula_and_comes_back(text in "[-'=+@\t\ra0]{0,6}") {
            let guarded = guard(&text);
            prop_assert!(guarded == "-" || !guarded.starts_with(FORMULA));
            prop_assert_eq!(unguard(&guarded), text);
        }
    }
}
