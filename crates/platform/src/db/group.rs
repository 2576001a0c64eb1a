//! Permission groups: people belong to them, boxes serve them.

use std::collections::BTreeSet;

use protocol::{GroupId, IdentityId};

use super::person::list_of;
use super::sites::restrict;
use super::{DbError, Row, Tx, Val, vals};

/// A group as kept, and how much it holds.
#[derive(Debug, Clone)]
pub(crate) struct Group {
    pub(crate) id: GroupId,
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) created_at: i64,
    /// Members.
    pub(crate) people: i64,
    /// Boxes that serve it, of the sites asked for.
    pub(crate) boxes: i64,
}

/// Adds a group.
pub(crate) fn insert(
    tx: &mut Tx<'_>,
    id: &GroupId,
    name: &str,
    description: &str,
    now: i64,
) -> Result<(), DbError> {
    tx.exec(
        "INSERT INTO permission_group(id, name, description, created_at) VALUES($1, $2, $3, $4)",
        vals![id.as_str(), name, description, now],
    )?;
    Ok(())
}

/// The smallest number above all ids that are numbers.
pub(crate) fn next_id(tx: &mut Tx<'_>) -> Result<GroupId, DbError> {
    let mut highest = 0u64;
    for row in tx.query("SELECT id FROM permission_group", &[])? {
        highest = row.text("id")?.parse().map_or(highest, |id: u64| id.max(highest));
    }
    Ok(GroupId::new(highest.saturating_add(1).to_string()))
}

/// Changes name and description; answers whether the group exists.
pub(crate) fn update(tx: &mut Tx<'_>, id: &GroupId, name: &str, description: &str) -> Result<bool, DbError> {
    let changed = tx.exec(
        "UPDATE permission_group SET name = $1, description = $2 WHERE id = $3",
        vals![name, description, id.as_str()],
    )?;
    Ok(changed > 0)
}

/// Removes a group with its memberships.
pub(crate) fn delete(tx: &mut Tx<'_>, id: &GroupId) -> Result<(), DbError> {
    tx.exec("DELETE FROM permission_group WHERE id = $1", vals![id.as_str()])?;
    Ok(())
}

/// One group; boxes are counted on these sites only.
pub(crate) fn find(
    tx: &mut Tx<'_>,
    id: &GroupId,
    sites: Option<&[String]>,
) -> Result<Option<Group>, DbError> {
    let (select, params) = select(vec![id.as_str().into()], sites);
    tx.first(&format!("{select} WHERE id = $1"), &params)?.as_ref().map(group).transpose()
}

/// The group with this id, or else with this name.
pub(crate) fn called(tx: &mut Tx<'_>, text: &str) -> Result<Option<GroupId>, DbError> {
    let sql = "SELECT id FROM permission_group WHERE id = $1 OR name = $1
               ORDER BY CASE WHEN id = $1 THEN 0 ELSE 1 END LIMIT 1";
    tx.first(sql, vals![text])?.map(|row| row.text("id").map(GroupId::new)).transpose()
}

/// A page of groups in the order of their ids; boxes are counted on these sites only.
pub(crate) fn list(
    tx: &mut Tx<'_>,
    sites: Option<&[String]>,
    after: &str,
    limit: i64,
) -> Result<Vec<Group>, DbError> {
    let (select, params) = select(vec![after.into(), limit.into()], sites);
    let sql = format!("{select} WHERE id > $1 ORDER BY id LIMIT $2");
    tx.query(&sql, &params)?.iter().map(group).collect()
}

/// What is read of a group, and the parameters: those given, and the sites.
fn select(mut params: Vec<Val>, sites: Option<&[String]>) -> (String, Vec<Val>) {
    let mut sql = "SELECT id, name, description, created_at,
        (SELECT COUNT(*) FROM person_group WHERE group_id = g.id) AS people,
        (SELECT COUNT(*) FROM box_group WHERE group_id = g.id"
        .to_owned();
    restrict(&mut sql, &mut params, "dev_sno", sites);
    sql.push_str(") AS boxes FROM permission_group g");
    (sql, params)
}

/// The first of `ids` that is no group.
pub(crate) fn missing(tx: &mut Tx<'_>, ids: &[GroupId]) -> Result<Option<GroupId>, DbError> {
    for id in ids {
        if tx.first("SELECT 1 FROM permission_group WHERE id = $1", vals![id.as_str()])?.is_none() {
            return Ok(Some(id.clone()));
        }
    }
    Ok(None)
}

/// Raises the revision of every member, because what boxes know of their groups changes.
pub(crate) fn touch_members(tx: &mut Tx<'_>, id: &GroupId, now: i64) -> Result<(), DbError> {
    tx.exec(
        "UPDATE person SET revision = revision + 1, updated_at = $1
         WHERE identity_id IN (SELECT identity_id FROM person_group WHERE group_id = $2)",
        vals![now, id.as_str()],
    )?;
    Ok(())
}

/// People named in one statement.
const CHUNK: usize = 500;

/// The first of these who does not exist.
pub(crate) fn stranger(tx: &mut Tx<'_>, people: &[IdentityId]) -> Result<Option<IdentityId>, DbError> {
    for chunk in people.chunks(CHUNK) {
        let (places, params) = list_of(chunk.iter().map(IdentityId::as_str));
        let sql = format!("SELECT identity_id FROM person WHERE identity_id IN ({places})");
        let known = ids(&tx.query(&sql, &params)?)?;
        if let Some(stranger) = chunk.iter().find(|person| !known.contains(*person)) {
            return Ok(Some(stranger.clone()));
        }
    }
    Ok(None)
}

/// Makes people members; answers those who were not before. The caller made sure that they exist.
pub(crate) fn add_members(
    tx: &mut Tx<'_>,
    id: &GroupId,
    people: &[IdentityId],
) -> Result<BTreeSet<IdentityId>, DbError> {
    let mut added = BTreeSet::new();
    for chunk in people.chunks(CHUNK) {
        let (places, params) =
            list_of(std::iter::once(id.as_str()).chain(chunk.iter().map(IdentityId::as_str)));
        let people = places.trim_start_matches("$1, ");
        let sql = format!(
            "INSERT INTO person_group(identity_id, group_id) SELECT identity_id, CAST($1 AS TEXT) FROM person
             WHERE identity_id IN ({people}) ON CONFLICT DO NOTHING RETURNING identity_id"
        );
        added.extend(ids(&tx.query(&sql, &params)?)?);
    }
    Ok(added)
}

/// Ends memberships; answers those who were members before.
pub(crate) fn remove_members(
    tx: &mut Tx<'_>,
    id: &GroupId,
    people: &[IdentityId],
) -> Result<BTreeSet<IdentityId>, DbError> {
    let mut removed = BTreeSet::new();
    for chunk in people.chunks(CHUNK) {
        let (places, mut params) = list_of(chunk.iter().map(IdentityId::as_str));
        params.push(id.as_str().into());
        let sql = format!(
            "DELETE FROM person_group WHERE identity_id IN ({places}) AND group_id = ${} RETURNING identity_id",
            params.len()
        );
        removed.extend(ids(&tx.query(&sql, &params)?)?);
    }
    Ok(removed)
}

fn ids(rows: &[Row]) -> Result<BTreeSet<IdentityId>, DbError> {
    rows.iter().map(|row| row.text("identity_id").map(IdentityId::new)).collect()
}

fn group(row: &Row) -> Result<Group, DbError> {
    Ok(Group {
        id: GroupId::new(row.text("id")?),
        name: row.text("name")?,
        description: row.text("description")?,
        created_at: row.int("created_at")?,
        people: row.int("people")?,
        boxes: row.int("boxes")?,
    })
}
