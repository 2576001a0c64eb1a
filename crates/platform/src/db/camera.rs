//! Cameras as their boxes report them: read only; [`super::device`] writes.

use serde_json::Value;

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

/// A page of cameras of boxes of these sites in the order of their ids, of one box only when one is named.
pub(crate) fn list(
    tx: &mut Tx<'_>,
    dev_sno: Option<&str>,
    sites: Option<&[String]>,
    after: &str,
    limit: i64,
) -> Result<Vec<CameraRow>, DbError> {
    let mut sql = "SELECT ep_id, dev_sno, name, device_type, device_ip, direction, group_id, state, detail, seen_at FROM camera
         WHERE ep_id > $1"
        .to_owned();
    let mut params = vals![after].to_vec();
    if let Some(dev_sno) = dev_sno {
        params.push(dev_sno.into());
        sql.push_str(" AND dev_sno = $2");
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
