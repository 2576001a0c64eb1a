//! Cameras as their boxes report them: read only; [`super::camera_report`] writes.

use serde_json::Value;

use super::search::contains;
use super::sites::restrict;
use super::{DbError, Tx, vals};

/// A camera as last reported.
#[derive(Debug, Clone)]
pub(crate) struct CameraRow {
    pub(crate) ep_id: String,
    pub(crate) dev_sno: String,
    pub(crate) name: String,
    pub(crate) device_type: String,
    pub(crate) device_ip: Option<String>,
    pub(crate) direction: Option<String>,
    pub(crate) group_id: Option<String>,
    /// `online`, `offline` or `unknown`.
    pub(crate) state: String,
    pub(crate) detail: Value,
    pub(crate) seen_at: i64,
}

/// Which cameras.
#[derive(Debug, Clone, Default)]
pub(crate) struct Wanted {
    /// Part of id, name, address or the name of its box.
    pub(crate) search: Option<String>,
    pub(crate) dev_sno: Option<String>,
    /// `online`, `offline` or `unknown`.
    pub(crate) state: Option<&'static str>,
}

/// A page of cameras of boxes of these sites in the order of their ids.
pub(crate) fn list(
    tx: &mut Tx<'_>,
    wanted: &Wanted,
    sites: Option<&[String]>,
    after: &str,
    limit: i64,
) -> Result<Vec<CameraRow>, DbError> {
    let mut sql = "SELECT ep_id, dev_sno, name, device_type, device_ip, direction, group_id, state, detail, seen_at FROM camera
         WHERE ep_id > $1"
        .to_owned();
    let mut params = vals![after].to_vec();
    if let Some(search) = wanted.search.as_deref() {
        let of_camera = contains(&mut params, &["ep_id", "name", "device_ip"], search);
        let of_box = contains(&mut params, &["name"], search);
        sql.push_str(&format!(" AND ({of_camera} OR dev_sno IN (SELECT dev_sno FROM box WHERE {of_box}))"));
    }
    for (column, value) in [("dev_sno", wanted.dev_sno.as_deref()), ("state", wanted.state)] {
        let Some(value) = value else { continue };
        params.push(value.into());
        sql.push_str(&format!(" AND {column} = ${}", params.len()));
    }
    restrict(&mut sql, &mut params, "dev_sno", sites);
    params.push(limit.into());
    sql.push_str(&format!(" ORDER BY ep_id LIMIT ${}", params.len()));
    let rows = tx.query(&sql, &params)?;
    rows.iter()
        .map(|row| {
            Ok(CameraRow {
                ep_id: row.text("ep_id")?,
                dev_sno: row.text("dev_sno")?,
                name: row.text("name")?,
                device_type: row.text("device_type")?,
                device_ip: row.opt_text("device_ip")?,
                direction: row.opt_text("direction")?,
                group_id: row.opt_text("group_id")?,
                state: row.text("state")?,
                detail: row.json("detail")?,
                seen_at: row.int("seen_at")?,
            })
        })
        .collect()
}
