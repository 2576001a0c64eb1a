//! One person on one box, as operators see it: what should be, what is proved, and the sums of it. Read only; [`super::desired`]
//! writes.

use protocol::DevSno;

use super::search::contains;
use super::sites::restrict;
use super::{DbError, Row, Tx, Val, vals};

/// States in the order in which they matter to whoever looks for what is wrong.
pub(crate) const STATES: [&str; 4] = ["failed", "pending", "sent", "applied"];
/// Reasons told of one box.
const REASONS: i64 = 20;

/// One person on one box: what should be, what is proved.
#[derive(Debug, Clone)]
pub(crate) struct Held {
    pub(crate) dev_sno: DevSno,
    pub(crate) box_name: String,
    /// When the box last logged in; `None`: never.
    pub(crate) login_at: Option<i64>,
    /// Since when the box leaves a command unanswered without a sign of life.
    pub(crate) silent_since: Option<i64>,
    pub(crate) identity_id: String,
    pub(crate) name: Option<String>,
    pub(crate) desired_revision: Option<i64>,
    pub(crate) proved_revision: Option<i64>,
    pub(crate) state: String,
    pub(crate) code: Option<String>,
    pub(crate) message: Option<String>,
    pub(crate) attempts: i64,
    pub(crate) next_attempt_at: Option<i64>,
    pub(crate) command_id: Option<String>,
    pub(crate) changed_at: i64,
    pub(crate) proved_at: Option<i64>,
}

/// Which people of a box a list holds: failing ones first, each state in the order of ids.
#[derive(Debug, Clone, Default)]
pub(crate) struct HeldFilter {
    /// Only in this state.
    pub(crate) state: Option<String>,
    /// Part of the id or the name.
    pub(crate) search: Option<String>,
    /// Only what follows this place.
    pub(crate) after: Place,
    pub(crate) limit: i64,
}

/// A place in the list of a box's people.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Place {
    /// Index into [`STATES`].
    pub(crate) rank: usize,
    pub(crate) identity_id: String,
}

/// How far a box is from what it should hold.
#[derive(Debug, Clone, Default)]
pub(crate) struct Drift {
    /// People it should hold.
    pub(crate) wanted: i64,
    /// Of those, whom it has proved to hold as they should be.
    pub(crate) proved: i64,
    /// People it should not hold and has not proved to be without.
    pub(crate) leaving: i64,
    pub(crate) pending: i64,
    pub(crate) sent: i64,
    pub(crate) failed: i64,
    /// When the oldest wish changed that is not proved.
    pub(crate) oldest_at: Option<i64>,
    /// Why people are missing, the most frequent first.
    pub(crate) reasons: Vec<Reason>,
}

/// On how many boxes a person should be, and is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Spread {
    /// Boxes they should be on.
    pub(crate) wanted: i64,
    /// Of those, which have proved it.
    pub(crate) proved: i64,
    /// Boxes they should not be on that have not proved to be without them.
    pub(crate) leaving: i64,
}

/// Why people are missing.
#[derive(Debug, Clone)]
pub(crate) struct Reason {
    pub(crate) state: String,
    pub(crate) code: String,
    pub(crate) message: String,
    pub(crate) people: i64,
    /// One of them.
    pub(crate) example: String,
}

impl Held {
    /// Its place in the list of its box.
    pub(crate) fn place(&self) -> Place {
        let rank = STATES.iter().position(|state| *state == self.state).unwrap_or(0);
        Place { rank, identity_id: self.identity_id.clone() }
    }
}

/// A page of the people of a box.
pub(crate) fn of_box(tx: &mut Tx<'_>, id: &DevSno, filter: &HeldFilter) -> Result<Vec<Held>, DbError> {
    let mut found = Vec::new();
    for (rank, state) in STATES.iter().enumerate().skip(filter.after.rank) {
        if filter.state.as_deref().is_some_and(|wanted| wanted != *state) {
            continue;
        }
        let after = if rank == filter.after.rank { filter.after.identity_id.as_str() } else { "" };
        let mut params = vals![id.as_str(), *state, after].to_vec();
        let mut wanted = "h.dev_sno = $1 AND h.state = $2 AND h.identity_id > $3".to_owned();
        if let Some(search) = &filter.search {
            let found = contains(&mut params, &["h.identity_id", "p.name"], search);
            wanted.push_str(&format!(" AND {found}"));
        }
        let missing = filter.limit - i64::try_from(found.len()).unwrap_or(i64::MAX);
        params.push(missing.into());
        let sql = format!("{wanted} ORDER BY h.identity_id LIMIT ${}", params.len());
        found.extend(held(tx, &sql, &params)?);
        if i64::try_from(found.len()).unwrap_or(i64::MAX) >= filter.limit {
            break;
        }
    }
    Ok(found)
}

/// On how many boxes of these sites a person should be, and is.
pub(crate) fn spread(
    tx: &mut Tx<'_>,
    identity_id: &str,
    sites: Option<&[String]>,
) -> Result<Spread, DbError> {
    let mut sql = "SELECT COUNT(desired_revision) AS wanted, COUNT(*) - COUNT(desired_revision) AS leaving,
                   COUNT(CASE WHEN state = 'applied' THEN 1 END) AS proved FROM box_person WHERE identity_id = $1"
        .to_owned();
    let mut params = vals![identity_id].to_vec();
    restrict(&mut sql, &mut params, "dev_sno", sites);
    let Some(row) = tx.first(&sql, &params)? else { return Ok(Spread::default()) };
    Ok(Spread { wanted: row.int("wanted")?, proved: row.int("proved")?, leaving: row.int("leaving")? })
}

/// Where a person should be or is, one row per box of these sites, those first that have not proved it; also for somebody who was
/// deleted and is not yet gone everywhere.
pub(crate) fn of_person(
    tx: &mut Tx<'_>,
    identity_id: &str,
    sites: Option<&[String]>,
    limit: i64,
) -> Result<Vec<Held>, DbError> {
    let mut params = vals![identity_id].to_vec();
    let mut wanted = "h.identity_id = $1".to_owned();
    restrict(&mut wanted, &mut params, "h.dev_sno", sites);
    params.push(limit.into());
    let order = "CASE WHEN h.state = 'applied' THEN 1 ELSE 0 END, h.dev_sno";
    wanted.push_str(&format!(" ORDER BY {order} LIMIT ${}", params.len()));
    held(tx, &wanted, &params)
}

/// How far a box is from what it should hold.
pub(crate) fn drift(tx: &mut Tx<'_>, id: &DevSno) -> Result<Drift, DbError> {
    let mut drift = Drift::default();
    let rows = tx.query(
        "SELECT state, CASE WHEN desired_revision IS NULL THEN 0 ELSE 1 END AS wanted, COUNT(*) AS n,
         MIN(changed_at) AS oldest FROM box_person WHERE dev_sno = $1
         GROUP BY state, CASE WHEN desired_revision IS NULL THEN 0 ELSE 1 END",
        vals![id.as_str()],
    )?;
    for row in &rows {
        let (state, wanted, n) = (row.text("state")?, row.bool("wanted")?, row.int("n")?);
        drift.wanted += if wanted { n } else { 0 };
        drift.leaving += if wanted { 0 } else { n };
        match state.as_str() {
            "applied" => drift.proved += n,
            "failed" => drift.failed += n,
            "sent" => drift.sent += n,
            _ => drift.pending += n,
        }
        if state != "applied" {
            let oldest = row.int("oldest")?;
            drift.oldest_at = Some(drift.oldest_at.map_or(oldest, |known| known.min(oldest)));
        }
    }
    let rows = tx.query(
        "SELECT state, COALESCE(code, '') AS code, COALESCE(message, '') AS message, COUNT(*) AS n,
         MIN(identity_id) AS example FROM box_person WHERE dev_sno = $1 AND state <> 'applied'
         GROUP BY state, COALESCE(code, ''), COALESCE(message, '') ORDER BY 4 DESC, 1, 2, 3 LIMIT $2",
        vals![id.as_str(), REASONS],
    )?;
    drift.reasons = rows
        .iter()
        .map(|row| {
            Ok(Reason {
                state: row.text("state")?,
                code: row.text("code")?,
                message: row.text("message")?,
                people: row.int("n")?,
                example: row.text("example")?,
            })
        })
        .collect::<Result<_, DbError>>()?;
    Ok(drift)
}

fn held(tx: &mut Tx<'_>, wanted: &str, params: &[Val]) -> Result<Vec<Held>, DbError> {
    let sql = format!(
        "SELECT h.dev_sno, b.name AS box_name, b.login_at, b.silent_since, h.identity_id, p.name, h.desired_revision,
         h.proved_revision, h.state, h.code, h.message, h.attempts, h.next_attempt_at, h.command_id, h.changed_at, h.proved_at
         FROM box_person h JOIN box b ON b.dev_sno = h.dev_sno
         LEFT JOIN person p ON p.identity_id = h.identity_id WHERE {wanted}"
    );
    tx.query(&sql, params)?.iter().map(row_of).collect()
}

fn row_of(row: &Row) -> Result<Held, DbError> {
    Ok(Held {
        dev_sno: DevSno::new(row.text("dev_sno")?),
        box_name: row.text("box_name")?,
        login_at: row.opt_int("login_at")?,
        silent_since: row.opt_int("silent_since")?,
        identity_id: row.text("identity_id")?,
        name: row.opt_text("name")?,
        desired_revision: row.opt_int("desired_revision")?,
        proved_revision: row.opt_int("proved_revision")?,
        state: row.text("state")?,
        code: row.opt_text("code")?,
        message: row.opt_text("message")?,
        attempts: row.int("attempts")?,
        next_attempt_at: row.opt_int("next_attempt_at")?,
        command_id: row.opt_text("command_id")?,
        changed_at: row.int("changed_at")?,
        proved_at: row.opt_int("proved_at")?,
    })
}
