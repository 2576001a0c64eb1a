//! Live walls: what a screen that nobody is logged in at shows. Only the SHA-256 of a wall's key is kept.

use serde_json::Value;

use super::{DbError, Row, Tx, vals};

/// Walls there may be.
pub(crate) const MOST: i64 = 200;

const COLUMNS: &str =
    "id, name, site, dev_sno, ep_id, types, show_names, show_photos, created_by, created_at, last_used_at";

/// A wall as kept.
#[derive(Debug, Clone)]
pub(crate) struct Wall {
    pub(crate) id: String,
    pub(crate) name: String,
    /// Only of boxes at this site, of this box, of this camera; any where there is none.
    pub(crate) site: Option<String>,
    pub(crate) dev_sno: Option<String>,
    pub(crate) ep_id: Option<String>,
    /// Only of these types of people; any when empty.
    pub(crate) types: Vec<i64>,
    pub(crate) show_names: bool,
    pub(crate) show_photos: bool,
    pub(crate) created_by: String,
    pub(crate) created_at: i64,
    /// The last request with its key, give or take a minute.
    pub(crate) last_used_at: Option<i64>,
}

/// Adds a wall.
pub(crate) fn insert(tx: &mut Tx<'_>, wall: &Wall, key_hash: &str) -> Result<(), DbError> {
    tx.exec(
        "INSERT INTO wall(id, name, key_hash, site, dev_sno, ep_id, types, show_names, show_photos, created_by, created_at)
         VALUES($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        vals![
            &wall.id,
            &wall.name,
            key_hash,
            wall.site.clone(),
            wall.dev_sno.clone(),
            wall.ep_id.clone(),
            &Value::from(wall.types.clone()),
            i64::from(wall.show_names),
            i64::from(wall.show_photos),
            &wall.created_by,
            wall.created_at
        ],
    )?;
    Ok(())
}

/// Removes a wall; its key is worth nothing afterwards.
pub(crate) fn delete(tx: &mut Tx<'_>, id: &str) -> Result<(), DbError> {
    tx.exec("DELETE FROM wall WHERE id = $1", vals![id])?;
    Ok(())
}

/// One wall.
pub(crate) fn find(tx: &mut Tx<'_>, id: &str) -> Result<Option<Wall>, DbError> {
    let sql = format!("SELECT {COLUMNS} FROM wall WHERE id = $1");
    tx.first(&sql, vals![id])?.as_ref().map(wall).transpose()
}

/// The wall a key belongs to.
pub(crate) fn of_key(tx: &mut Tx<'_>, key_hash: &str) -> Result<Option<Wall>, DbError> {
    let sql = format!("SELECT {COLUMNS} FROM wall WHERE key_hash = $1");
    tx.first(&sql, vals![key_hash])?.as_ref().map(wall).transpose()
}

/// Remembers that a wall was looked at.
pub(crate) fn touch(tx: &mut Tx<'_>, id: &str, now: i64) -> Result<(), DbError> {
    tx.exec("UPDATE wall SET last_used_at = $1 WHERE id = $2", vals![now, id])?;
    Ok(())
}

/// A page of walls in the order of their making.
pub(crate) fn list(tx: &mut Tx<'_>, after: &str, limit: i64) -> Result<Vec<Wall>, DbError> {
    let sql = format!("SELECT {COLUMNS} FROM wall WHERE id > $1 ORDER BY id LIMIT $2");
    tx.query(&sql, vals![after, limit])?.iter().map(wall).collect()
}

/// How many walls there are.
pub(crate) fn count(tx: &mut Tx<'_>) -> Result<i64, DbError> {
    tx.number("SELECT COUNT(*) FROM wall", &[])
}

fn wall(row: &Row) -> Result<Wall, DbError> {
    let types = row.json("types")?;
    Ok(Wall {
        id: row.text("id")?,
        name: row.text("name")?,
        site: row.opt_text("site")?,
        dev_sno: row.opt_text("dev_sno")?,
        ep_id: row.opt_text("ep_id")?,
        types: types
            .as_array()
            .map(|types| types.iter().filter_map(Value::as_i64).collect())
            .unwrap_or_default(),
        show_names: row.int("show_names")? != 0,
        show_photos: row.int("show_photos")? != 0,
        created_by: row.text("created_by")?,
        created_at: row.int("created_at")?,
        last_used_at: row.opt_int("last_used_at")?,
    })
}
