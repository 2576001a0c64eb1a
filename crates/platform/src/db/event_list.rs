//! Events as operators see them: read only; [`super::event`] writes.

use serde_json::Value;

use super::{DbError, Row, Tx, Val, vals};

const COLUMNS: &str = "id, dev_sno, ep_id, device_ip, taken_at, identity_id, identity_name, person_type, device_type, group_name, \
                       score, realtime_at, history_at, repeats, spot_key, reg_key, detail";

/// An event as kept.
#[derive(Debug, Clone)]
pub(crate) struct EventRow {
    pub(crate) id: String,
    pub(crate) dev_sno: String,
    pub(crate) ep_id: Option<String>,
    pub(crate) device_ip: String,
    pub(crate) taken_at: i64,
    pub(crate) identity_id: String,
    pub(crate) identity_name: String,
    pub(crate) person_type: Option<i64>,
    pub(crate) device_type: String,
    pub(crate) group_name: String,
    pub(crate) score: Option<f64>,
    pub(crate) realtime_at: Option<i64>,
    pub(crate) history_at: Option<i64>,
    pub(crate) repeats: i64,
    pub(crate) spot_key: Option<String>,
    pub(crate) reg_key: Option<String>,
    pub(crate) detail: Value,
}

/// Which events a list holds, newest capture first.
#[derive(Debug, Clone, Default)]
pub(crate) struct EventFilter {
    /// Captured at this time or later.
    pub(crate) from: Option<i64>,
    /// Captured before this time.
    pub(crate) until: Option<i64>,
    pub(crate) identity_id: Option<String>,
    pub(crate) dev_sno: Option<String>,
    pub(crate) ep_id: Option<String>,
    pub(crate) person_type: Option<i64>,
    /// Only strangers (true) or only others (false).
    pub(crate) stranger: Option<bool>,
    /// Only what comes after this time and id in the list.
    pub(crate) after: Option<(i64, String)>,
    pub(crate) limit: i64,
}

/// One event.
pub(crate) fn find(tx: &mut Tx<'_>, id: &str) -> Result<Option<EventRow>, DbError> {
    tx.first(&format!("SELECT {COLUMNS} FROM event WHERE id = $1"), vals![id])?.as_ref().map(row).transpose()
}

/// A page of events, newest capture first.
pub(crate) fn list(tx: &mut Tx<'_>, filter: &EventFilter) -> Result<Vec<EventRow>, DbError> {
    let mut sql = format!("SELECT {COLUMNS} FROM event WHERE 1 = 1");
    let mut params: Vec<Val> = Vec::new();
    let mut and = |condition: &str, value: Option<Val>| {
        if let Some(value) = value {
            params.push(value);
            sql.push_str(&format!(" AND {condition} ${}", params.len()));
        }
    };
    and("taken_at >=", filter.from.map(Val::from));
    and("taken_at <", filter.until.map(Val::from));
    and("identity_id =", filter.identity_id.as_ref().map(Val::from));
    and("dev_sno =", filter.dev_sno.as_ref().map(Val::from));
    and("ep_id =", filter.ep_id.as_ref().map(Val::from));
    and("person_type =", filter.person_type.map(Val::from));
    if let Some(stranger) = filter.stranger {
        sql.push_str(if stranger { " AND person_type = 4" } else { " AND person_type <> 4" });
    }
    if let Some((taken_at, id)) = &filter.after {
        params.push((*taken_at).into());
        params.push(id.into());
        let (time, id) = (params.len() - 1, params.len());
        sql.push_str(&format!(" AND (taken_at < ${time} OR (taken_at = ${time} AND id < ${id}))"));
    }
    params.push(filter.limit.into());
    sql.push_str(&format!(" ORDER BY taken_at DESC, id DESC LIMIT ${}", params.len()));
    tx.query(&sql, &params)?.iter().map(row).collect()
}

fn row(row: &Row) -> Result<EventRow, DbError> {
    Ok(EventRow {
        id: row.text("id")?,
        dev_sno: row.text("dev_sno")?,
        ep_id: row.opt_text("ep_id")?,
        device_ip: row.text("device_ip")?,
        taken_at: row.int("taken_at")?,
        identity_id: row.text("identity_id")?,
        identity_name: row.text("identity_name")?,
        person_type: row.opt_int("person_type")?,
        device_type: row.text("device_type")?,
        group_name: row.text("group_name")?,
        score: row.opt_real("score")?,
        realtime_at: row.opt_int("realtime_at")?,
        history_at: row.opt_int("history_at")?,
        repeats: row.int("repeats")?,
        spot_key: row.opt_text("spot_key")?,
        reg_key: row.opt_text("reg_key")?,
        detail: row.json("detail")?,
    })
}
