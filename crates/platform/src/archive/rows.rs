//! Rows as lines of JSON: what is written comes back the same, whichever database it goes to.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Map, Value, json};

use super::tables::Table;
use crate::blobs::address;
use crate::db::{DbError, Row, Tx, Val};

/// Rows read or written by one statement.
pub(super) const PAGE: usize = 200;
/// Parameters of one statement: below what either engine takes.
const PARAMETERS: usize = 2_000;

/// A row with the names of its columns.
pub(super) type Fields = Vec<(String, Val)>;

/// A page of a table after the row with this key (`None`: the first page), in the order of the key.
pub(super) fn page(tx: &mut Tx<'_>, table: &Table, after: Option<&[Val]>) -> Result<Vec<Row>, DbError> {
    let columns = table.key.join(", ");
    let places: Vec<String> = (1..=table.key.len()).map(|at| format!("${at}")).collect();
    let name = &table.name;
    match after {
        None => tx.query(&format!("SELECT * FROM {name} ORDER BY {columns} LIMIT {PAGE}"), &[]),
        Some(after) => {
            let places = places.join(", ");
            let sql = format!(
                "SELECT * FROM {name} WHERE ({columns}) > ({places}) ORDER BY {columns} LIMIT {PAGE}"
            );
            tx.query(&sql, after)
        }
    }
}

/// The key of a row.
pub(super) fn key_of(table: &Table, row: &Row) -> Result<Vec<Val>, DbError> {
    let value = |column: &String| {
        let found = row.fields().find(|(name, _)| name == column);
        found.map(|(_, value)| value.clone()).ok_or_else(|| DbError::Column(column.clone()))
    };
    table.key.iter().map(value).collect()
}

/// The addresses of the blobs a row refers to.
pub(super) fn blobs_of(row: &Row) -> impl Iterator<Item = &str> {
    row.fields().filter_map(|(name, value)| match value {
        Val::Text(text) if name.ends_with("_key") && address::owner(text).is_some() => Some(text.as_str()),
        _ => None,
    })
}

/// A row as a line, its end included.
pub(super) fn to_line(row: &Row, into: &mut Vec<u8>) {
    let fields: Map<String, Value> =
        row.fields().map(|(name, value)| (name.to_owned(), to_json(value))).collect();
    into.extend(Value::Object(fields).to_string().into_bytes());
    into.push(b'\n');
}

fn to_json(value: &Val) -> Value {
    match value {
        Val::Null => Value::Null,
        Val::Int(value) => json!(value),
        // As text: JSON has no infinity, and readers round.
        Val::Real(value) => json!({"real": value.to_string()}),
        Val::Text(value) => json!(value),
        Val::Bytes(value) => json!({"bytes": BASE64_STANDARD.encode(value)}),
    }
}

/// The rows of a page; `Err` says what is wrong with it.
pub(super) fn from_lines(content: &[u8]) -> Result<Vec<Fields>, String> {
    let text = std::str::from_utf8(content).map_err(|error| error.to_string())?;
    text.lines().map(from_line).collect()
}

fn from_line(line: &str) -> Result<Fields, String> {
    let fields: Map<String, Value> = serde_json::from_str(line).map_err(|error| error.to_string())?;
    let named = |(name, value): (String, Value)| {
        // Names become part of statements.
        let plain = !name.is_empty()
            && name.len() <= 63
            && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
        if !plain {
            return Err(format!("{name:?} is no name of a column"));
        }
        Ok((name, from_json(value)?))
    };
    fields.into_iter().map(named).collect()
}

fn from_json(value: Value) -> Result<Val, String> {
    let wrong = || "a value is of no known kind".to_owned();
    match value {
        Value::Null => Ok(Val::Null),
        Value::Number(number) => number.as_i64().map(Val::Int).ok_or_else(wrong),
        Value::String(text) => Ok(Val::Text(text)),
        Value::Object(fields) => match fields.iter().next().map(|(name, value)| (name.as_str(), value)) {
            Some(("real", Value::String(text))) => text.parse().map(Val::Real).map_err(|_| wrong()),
            Some(("bytes", Value::String(text))) => {
                BASE64_STANDARD.decode(text).map(Val::Bytes).map_err(|_| wrong())
            }
            _ => Err(wrong()),
        },
        Value::Bool(_) | Value::Array(_) => Err(wrong()),
    }
}

/// Writes rows of one table, over rows with the same key.
pub(super) fn put(tx: &mut Tx<'_>, table: &Table, rows: &[Fields]) -> Result<(), DbError> {
    let Some(first) = rows.first() else { return Ok(()) };
    let names: Vec<&str> = first.iter().map(|(name, _)| name.as_str()).collect();
    let set: Vec<String> = names
        .iter()
        .filter(|name| !table.key.iter().any(|key| key == **name))
        .map(|name| format!("{name} = excluded.{name}"))
        .collect();
    let update = if set.is_empty() { "NOTHING".to_owned() } else { format!("UPDATE SET {}", set.join(", ")) };
    let at_once = (PARAMETERS / names.len().max(1)).clamp(1, 100);
    for rows in rows.chunks(at_once) {
        let mut params = Vec::with_capacity(rows.len() * names.len());
        let mut places = Vec::with_capacity(rows.len());
        for row in rows {
            if row.len() != names.len()
                || row.iter().zip(&names).any(|((name, _), expected)| name != expected)
            {
                return Err(DbError::Rule(format!("rows of {} have different columns", table.name)));
            }
            let from = params.len();
            params.extend(row.iter().map(|(_, value)| value.clone()));
            let numbers: Vec<String> = (from + 1..=params.len()).map(|at| format!("${at}")).collect();
            places.push(format!("({})", numbers.join(", ")));
        }
        let sql = format!(
            "INSERT INTO {}({}) VALUES {} ON CONFLICT({}) DO {update}",
            table.name,
            names.join(", "),
            places.join(", "),
            table.key.join(", ")
        );
        tx.exec(&sql, &params)?;
    }
    Ok(())
}
