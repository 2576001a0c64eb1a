//! Boxes as operators see them: what they are called, which groups they serve, when they were last heard of.

use std::collections::BTreeMap;

use protocol::{DevSno, GroupId};
use serde_json::Value;

use super::person::list_of;
use super::search::contains;
use super::sites::restrict;
use super::{DbError, Row, Tx, Val, broker_account, erasure, vals};

const COLUMNS: &str = "dev_sno, name, site, mac, legacy, fiqa_server, login_at, login_addr, seen_at, silent_since, \
                       heartbeat_at, heartbeat, created_at";

/// A box as kept.
#[derive(Debug, Clone)]
pub(crate) struct BoxRow {
    pub(crate) dev_sno: DevSno,
    pub(crate) settings: Settings,
    /// The hardware that occupies the key: 12 lower-case hexadecimal digits.
    pub(crate) mac: Option<String>,
    pub(crate) login_at: Option<i64>,
    pub(crate) login_addr: Option<String>,
    /// The last sign of life of any kind.
    pub(crate) seen_at: Option<i64>,
    /// Since when a command is unanswered without a sign of life.
    pub(crate) silent_since: Option<i64>,
    pub(crate) heartbeat_at: Option<i64>,
    /// The last heartbeat as it came.
    pub(crate) heartbeat: Value,
    pub(crate) created_at: i64,
    pub(crate) groups: Vec<GroupId>,
    pub(crate) holding: Holdings,
}

/// What an operator sets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Settings {
    pub(crate) name: String,
    pub(crate) site: String,
    /// Uploads need no token, the address of the last login is enough.
    pub(crate) legacy: bool,
    /// Serves as quality-check server.
    pub(crate) fiqa_server: bool,
}

/// How many people are in which state on a box.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Holdings {
    pub(crate) pending: i64,
    pub(crate) sent: i64,
    pub(crate) applied: i64,
    pub(crate) failed: i64,
}

/// Adds a box.
pub(crate) fn insert(tx: &mut Tx<'_>, id: &DevSno, settings: &Settings, now: i64) -> Result<(), DbError> {
    tx.exec(
        "INSERT INTO box(dev_sno, name, site, legacy, fiqa_server, created_at) VALUES($1, $2, $3, $4, $5, $6)",
        vals![id.as_str(), &settings.name, &settings.site, settings.legacy, settings.fiqa_server, now],
    )?;
    Ok(())
}

/// Changes what an operator sets.
pub(crate) fn update(tx: &mut Tx<'_>, id: &DevSno, settings: &Settings) -> Result<(), DbError> {
    tx.exec(
        "UPDATE box SET name = $1, site = $2, legacy = $3, fiqa_server = $4 WHERE dev_sno = $5",
        vals![&settings.name, &settings.site, settings.legacy, settings.fiqa_server, id.as_str()],
    )?;
    Ok(())
}

/// Replaces the groups a box serves.
pub(crate) fn set_groups(tx: &mut Tx<'_>, id: &DevSno, groups: &[GroupId]) -> Result<(), DbError> {
    tx.exec("DELETE FROM box_group WHERE dev_sno = $1", vals![id.as_str()])?;
    for group in groups {
        tx.exec(
            "INSERT INTO box_group(dev_sno, group_id) VALUES($1, $2)",
            vals![id.as_str(), group.as_str()],
        )?;
    }
    Ok(())
}

/// Frees the key for other hardware and ends every session of the present one, at the broker too where it has an account of its own.
pub(crate) fn unbind(tx: &mut Tx<'_>, id: &DevSno) -> Result<(), DbError> {
    tx.exec("UPDATE box SET mac = NULL, login_addr = NULL WHERE dev_sno = $1", vals![id.as_str()])?;
    tx.exec("DELETE FROM box_token WHERE dev_sno = $1", vals![id.as_str()])?;
    broker_account::leave(tx, id)?;
    Ok(())
}

/// Removes a box with what is known of its people and cameras; its events stay, its open commands end.
pub(crate) fn delete(tx: &mut Tx<'_>, id: &DevSno, now: i64) -> Result<(), DbError> {
    erasure::unprovable(tx, id, "the box was removed before it proved it", now)?;
    broker_account::leave(tx, id)?;
    tx.exec(
        "UPDATE command SET state = 'expired', finished_at = $1, message = 'the box was removed',
         payload = CASE WHEN method = 'fiqa' THEN '{\"method\":\"fiqa\"}' ELSE payload END
         WHERE dev_sno = $2 AND state IN ('queued', 'published')",
        vals![now, id.as_str()],
    )?;
    tx.exec("DELETE FROM camera WHERE dev_sno = $1", vals![id.as_str()])?;
    tx.exec("DELETE FROM box WHERE dev_sno = $1", vals![id.as_str()])?;
    Ok(())
}

/// Whether there is a box with this key.
pub(crate) fn exists(tx: &mut Tx<'_>, id: &DevSno) -> Result<bool, DbError> {
    Ok(tx.first("SELECT 1 FROM box WHERE dev_sno = $1", vals![id.as_str()])?.is_some())
}

/// Whether any box serves as quality-check server.
pub(crate) fn any_fiqa_server(tx: &mut Tx<'_>) -> Result<bool, DbError> {
    Ok(tx.first("SELECT 1 FROM box WHERE fiqa_server = 1 LIMIT 1", &[])?.is_some())
}

/// How many boxes there are.
pub(crate) fn count(tx: &mut Tx<'_>) -> Result<i64, DbError> {
    tx.number("SELECT COUNT(*) FROM box", &[])
}

/// One box.
pub(crate) fn find(tx: &mut Tx<'_>, id: &DevSno) -> Result<Option<BoxRow>, DbError> {
    let rows = tx.query(&format!("SELECT {COLUMNS} FROM box WHERE dev_sno = $1"), vals![id.as_str()])?;
    Ok(with_parts(tx, &rows)?.pop())
}

/// Which boxes a list holds; every condition that is given must hold.
#[derive(Debug, Clone, Default)]
pub(crate) struct Wanted {
    /// Part of key, name or site.
    pub(crate) search: Option<String>,
    pub(crate) site: Option<String>,
    /// Whether their last heartbeat came after this time, or did not.
    pub(crate) online: Option<(bool, i64)>,
    /// Whether they have refused anybody.
    pub(crate) failing: Option<bool>,
}

/// A page of boxes of these sites in the order of their keys.
pub(crate) fn list(
    tx: &mut Tx<'_>,
    wanted: &Wanted,
    sites: Option<&[String]>,
    after: &str,
    limit: i64,
) -> Result<Vec<BoxRow>, DbError> {
    let mut params: Vec<Val> = vals![after].to_vec();
    let mut sql = format!("SELECT {COLUMNS} FROM box WHERE dev_sno > $1");
    if let Some(search) = wanted.search.as_deref() {
        let found = contains(&mut params, &["dev_sno", "name", "site"], search);
        sql.push_str(&format!(" AND {found}"));
    }
    if let Some(site) = &wanted.site {
        params.push(site.into());
        sql.push_str(&format!(" AND site = ${}", params.len()));
    }
    if let Some((online, since)) = wanted.online {
        params.push(since.into());
        let heard = format!("COALESCE(heartbeat_at > ${}, FALSE)", params.len());
        sql.push_str(&format!(" AND {}{heard}", if online { "" } else { "NOT " }));
    }
    if let Some(failing) = wanted.failing {
        let not = if failing { "" } else { "NOT " };
        sql.push_str(&format!(
            " AND {not}EXISTS(SELECT 1 FROM box_person p WHERE p.dev_sno = box.dev_sno AND p.state = 'failed')"
        ));
    }
    restrict(&mut sql, &mut params, "dev_sno", sites);
    params.push(limit.into());
    sql.push_str(&format!(" ORDER BY dev_sno LIMIT ${}", params.len()));
    let rows = tx.query(&sql, &params)?;
    with_parts(tx, &rows)
}

fn with_parts(tx: &mut Tx<'_>, rows: &[Row]) -> Result<Vec<BoxRow>, DbError> {
    let mut boxes = rows.iter().map(box_row).collect::<Result<Vec<_>, _>>()?;
    if boxes.is_empty() {
        return Ok(boxes);
    }
    let (places, params) = list_of(boxes.iter().map(|found| found.dev_sno.as_str()));
    let mut groups: BTreeMap<String, Vec<GroupId>> = BTreeMap::new();
    let sql = format!("SELECT dev_sno, group_id FROM box_group WHERE dev_sno IN ({places}) ORDER BY 1, 2");
    for row in tx.query(&sql, &params)? {
        groups.entry(row.text("dev_sno")?).or_default().push(GroupId::new(row.text("group_id")?));
    }
    let mut holdings: BTreeMap<String, Holdings> = BTreeMap::new();
    let sql = format!(
        "SELECT dev_sno, state, COUNT(*) AS n FROM box_person WHERE dev_sno IN ({places}) GROUP BY dev_sno, state"
    );
    for row in tx.query(&sql, &params)? {
        let holding = holdings.entry(row.text("dev_sno")?).or_default();
        let n = row.int("n")?;
        match row.text("state")?.as_str() {
            "applied" => holding.applied += n,
            "failed" => holding.failed += n,
            "sent" => holding.sent += n,
            _ => holding.pending += n,
        }
    }
    for found in &mut boxes {
        found.groups = groups.remove(found.dev_sno.as_str()).unwrap_or_default();
        found.holding = holdings.remove(found.dev_sno.as_str()).unwrap_or_default();
    }
    Ok(boxes)
}

fn box_row(row: &Row) -> Result<BoxRow, DbError> {
    Ok(BoxRow {
        dev_sno: DevSno::new(row.text("dev_sno")?),
        settings: Settings {
            name: row.text("name")?,
            site: row.text("site")?,
            legacy: row.bool("legacy")?,
            fiqa_server: row.bool("fiqa_server")?,
        },
        mac: row.opt_text("mac")?,
        login_at: row.opt_int("login_at")?,
        login_addr: row.opt_text("login_addr")?,
        seen_at: row.opt_int("seen_at")?,
        silent_since: row.opt_int("silent_since")?,
        heartbeat_at: row.opt_int("heartbeat_at")?,
        heartbeat: row.json("heartbeat")?,
        created_at: row.int("created_at")?,
        groups: Vec::new(),
        holding: Holdings::default(),
    })
}
