//! People as lists show them: rows with their libraries, page by page. Nothing here reads a photo or a template.

use rusqlite::{Connection, Row, params};
use serde_json::{Map, Value};

use super::people::key_of;
use super::{StoreError, libraries};

/// A person in a list.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// The box's own number for the person.
    pub key: u32,
    /// The person's id.
    pub identity_id: String,
    /// Name.
    pub name: String,
    /// Person type on the wire, 1 to 5.
    pub kind: i64,
    /// 1 ordinary, 2 stranger.
    pub register_type: i64,
    /// Permission groups.
    pub groups: Vec<String>,
    /// Whatever else is kept about the person.
    pub info: Map<String, Value>,
    /// Libraries, in the order of joining.
    pub libraries: Vec<String>,
    /// Why the person cannot be recognised; `None` when that is possible.
    pub unusable: Option<String>,
    /// When the person came, milliseconds UTC.
    pub created_at: i64,
    /// When the person was changed last, milliseconds UTC.
    pub updated_at: i64,
}

const COLUMNS: &str = "key, identity_id, name, kind, register_type, groups, info,
    CASE WHEN template IS NULL THEN coalesce(refused, 'not yet looked at') END AS unusable, created_at, updated_at";

/// The person with this id.
///
/// # Errors
/// What SQLite says, [`StoreError::Corrupt`] for a row that is not what was written.
pub fn one(db: &Connection, identity_id: &str) -> Result<Option<Entry>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM person WHERE identity_id = ?1");
    Ok(read_all(db, &sql, params![identity_id])?.pop())
}

/// People of a library in the order they came: at most `limit`, after the first `skip`.
///
/// # Errors
/// As [`one`].
pub fn of_library(
    db: &Connection,
    library: &str,
    limit: usize,
    skip: usize,
) -> Result<Vec<Entry>, StoreError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM person JOIN person_library ON person_key = key WHERE library = ?1
         ORDER BY key LIMIT ?2 OFFSET ?3"
    );
    read_all(db, &sql, params![library, number(limit), number(skip)])
}

/// Which people; every condition that is given holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// Id, name or card number contains it, whatever the case of ASCII letters.
    pub part: Option<String>,
    /// In the permission group of this id or name.
    pub group: Option<String>,
    /// In this library.
    pub library: Option<String>,
    /// Of this type, 1 to 5.
    pub kind: Option<i64>,
    /// Can be recognised, or cannot.
    pub recognisable: Option<bool>,
}

/// People after number `after` in the order they came, at most `limit`.
///
/// # Errors
/// As [`one`].
pub fn page(db: &Connection, after: u32, of: &Filter, limit: usize) -> Result<Vec<Entry>, StoreError> {
    let escaped = |part: &str| part.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
    let pattern = of.part.as_deref().map(|part| format!("%{}%", escaped(part)));
    let sql = format!(
        "SELECT {COLUMNS} FROM person WHERE key > ?1
         AND (?2 IS NULL OR identity_id LIKE ?2 ESCAPE '\\' OR name LIKE ?2 ESCAPE '\\'
             OR json_extract(info, '$.visit_card_number') LIKE ?2 ESCAPE '\\')
         AND (?3 IS NULL OR EXISTS (SELECT 1 FROM json_each(person.groups) WHERE value = ?3 OR value IN
             (SELECT id FROM permission_group WHERE name = ?3 UNION SELECT name FROM permission_group WHERE id = ?3)))
         AND (?4 IS NULL OR EXISTS (SELECT 1 FROM person_library WHERE person_key = key AND library = ?4))
         AND (?5 IS NULL OR kind = ?5) AND (?6 IS NULL OR (template IS NOT NULL) = ?6) ORDER BY key LIMIT ?7"
    );
    let Filter { group, library, kind, recognisable, .. } = of;
    read_all(db, &sql, params![after, pattern, group, library, kind, recognisable, number(limit)])
}

fn read_all(db: &Connection, sql: &str, with: impl rusqlite::Params) -> Result<Vec<Entry>, StoreError> {
    let mut statement = db.prepare_cached(sql)?;
    let mut rows = statement.query(with)?;
    let mut entries = Vec::new();
    while let Some(row) = rows.next()? {
        let mut entry = read(row)?;
        entry.libraries = libraries::of_person(db, entry.key)?;
        entries.push(entry);
    }
    Ok(entries)
}

fn read(row: &Row<'_>) -> Result<Entry, StoreError> {
    let groups: String = row.get("groups")?;
    let info: String = row.get("info")?;
    Ok(Entry {
        key: key_of(row.get("key")?)?,
        identity_id: row.get("identity_id")?,
        name: row.get("name")?,
        kind: row.get("kind")?,
        register_type: row.get("register_type")?,
        groups: serde_json::from_str(&groups).map_err(|_| StoreError::Corrupt("person.groups"))?,
        info: serde_json::from_str(&info).map_err(|_| StoreError::Corrupt("person.info"))?,
        libraries: Vec::new(),
        unusable: row.get("unusable")?,
        created_at: row.get("created_at")?,
        updated_at: row.get("updated_at")?,
    })
}

fn number(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
