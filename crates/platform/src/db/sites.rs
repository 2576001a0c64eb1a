//! Sites: a box stands on one, and an operator or an API key may be restricted to some of them.

use std::sync::Arc;

use protocol::GroupId;
use serde_json::Value;

use super::{DbError, Row, Tx, Val, vals};

/// The sites somebody may see and change; `None`: all.
pub(crate) type Sites = Option<Arc<[String]>>;

/// A site and how many boxes stand on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Count {
    pub(crate) site: String,
    pub(crate) boxes: i64,
}

/// Sites that boxes stand on, among `sites`, in their order, at most `limit` after one of them.
pub(crate) fn in_use(
    tx: &mut Tx<'_>,
    sites: Option<&[String]>,
    after: &str,
    limit: i64,
) -> Result<Vec<Count>, DbError> {
    let mut params = vals![after].to_vec();
    let mut sql = "SELECT site, COUNT(*) AS boxes FROM box WHERE site > $1".to_owned();
    if let Some(sites) = sites {
        let places = places(&mut params, sites);
        sql.push_str(&format!(" AND site IN ({places})"));
    }
    params.push(limit.into());
    sql.push_str(&format!(" GROUP BY site ORDER BY site LIMIT ${}", params.len()));
    tx.query(&sql, &params)?
        .iter()
        .map(|row| Ok(Count { site: row.text("site")?, boxes: row.int("boxes")? }))
        .collect()
}

/// How a restriction is kept.
pub(crate) fn to_column(sites: Option<&[String]>) -> Val {
    sites.map_or(Val::Null, |sites| Val::from(&Value::from(sites.to_vec())))
}

/// A restriction as kept. A column that holds no list restricts to nothing at all rather than lifting the restriction.
pub(super) fn from_column(row: &Row) -> Result<Sites, DbError> {
    Ok(match row.json("sites")? {
        Value::Null => None,
        Value::Array(names) => {
            Some(names.iter().filter_map(Value::as_str).map(str::to_owned).collect::<Arc<[String]>>())
        }
        _ => Some(Arc::from([])),
    })
}

/// The first of `groups` that is served by a box outside of `sites`.
pub(crate) fn reaching_outside(
    tx: &mut Tx<'_>,
    sites: &[String],
    groups: &[GroupId],
) -> Result<Option<GroupId>, DbError> {
    for group in groups {
        let mut params = vals![group.as_str()].to_vec();
        let places = places(&mut params, sites);
        let sql = format!(
            "SELECT b.dev_sno FROM box_group g JOIN box b ON b.dev_sno = g.dev_sno
             WHERE g.group_id = $1 AND b.site NOT IN ({places}) LIMIT 1"
        );
        if tx.first(&sql, &params)?.is_some() {
            return Ok(Some(group.clone()));
        }
    }
    Ok(None)
}

/// Appends `AND <column> IN (…)` where the column holds a `dev_sno` and `sites` restricts anything; no site at all leaves no box.
pub(super) fn restrict(sql: &mut String, params: &mut Vec<Val>, column: &str, sites: Option<&[String]>) {
    let Some(sites) = sites else { return };
    let places = places(params, sites);
    sql.push_str(&format!(" AND {column} IN (SELECT dev_sno FROM box WHERE site IN ({places}))"));
}

/// Adds texts to the parameters and answers their places; without any, a text no site is called.
fn places(params: &mut Vec<Val>, texts: &[String]) -> String {
    if texts.is_empty() {
        params.push(Val::from("\n"));
        return format!("${}", params.len());
    }
    let first = params.len() + 1;
    params.extend(texts.iter().map(Val::from));
    (first..=params.len()).map(|at| format!("${at}")).collect::<Vec<_>>().join(", ")
}
