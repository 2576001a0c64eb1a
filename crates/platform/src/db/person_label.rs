//! Departments and tags: what operators sort people by. Boxes never learn of them, so they do not raise a person's revision.

use std::collections::BTreeMap;

use protocol::IdentityId;

use super::{DbError, Tx, Val, vals};

/// What a person is sorted by.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Labels {
    /// Empty: none.
    pub(crate) department: String,
    /// Sorted, without repetition.
    pub(crate) tags: Vec<String>,
}

/// A label and how many people carry it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Count {
    pub(crate) label: String,
    pub(crate) people: i64,
}

/// Replaces the labels of a person.
pub(crate) fn set(tx: &mut Tx<'_>, id: &IdentityId, labels: &Labels, now: i64) -> Result<(), DbError> {
    tx.exec(
        "UPDATE person SET department = $1, updated_at = $2 WHERE identity_id = $3",
        vals![&labels.department, now, id.as_str()],
    )?;
    tx.exec("DELETE FROM person_tag WHERE identity_id = $1", vals![id.as_str()])?;
    for tag in &labels.tags {
        tx.exec("INSERT INTO person_tag(identity_id, tag) VALUES($1, $2)", vals![id.as_str(), tag])?;
    }
    Ok(())
}

/// Tags in use, in their order, at most `limit` after one of them.
pub(crate) fn tags(tx: &mut Tx<'_>, after: &str, limit: i64) -> Result<Vec<Count>, DbError> {
    let sql = "SELECT tag AS label, COUNT(*) AS people FROM person_tag WHERE tag > $1 GROUP BY tag
               ORDER BY tag LIMIT $2";
    counts(tx, sql, after, limit)
}

/// Departments in use, in their order, at most `limit` after one of them.
pub(crate) fn departments(tx: &mut Tx<'_>, after: &str, limit: i64) -> Result<Vec<Count>, DbError> {
    let sql = "SELECT department AS label, COUNT(*) AS people FROM person WHERE department > $1
               GROUP BY department ORDER BY department LIMIT $2";
    counts(tx, sql, after, limit)
}

/// The tags of the people whose ids are `params`, named in SQL by `places`.
pub(super) fn tags_of(
    tx: &mut Tx<'_>,
    places: &str,
    params: &[Val],
) -> Result<BTreeMap<String, Vec<String>>, DbError> {
    let sql = format!(
        "SELECT identity_id, tag FROM person_tag WHERE identity_id IN ({places}) ORDER BY identity_id, tag"
    );
    let mut tags: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for row in tx.query(&sql, params)? {
        tags.entry(row.text("identity_id")?).or_default().push(row.text("tag")?);
    }
    Ok(tags)
}

fn counts(tx: &mut Tx<'_>, sql: &str, after: &str, limit: i64) -> Result<Vec<Count>, DbError> {
    tx.query(sql, vals![after, limit])?
        .iter()
        .map(|row| Ok(Count { label: row.text("label")?, people: row.int("people")? }))
        .collect()
}
