//! A box as a device: its login and its signs of life.

use protocol::{DevSno, Mac, MessageId, command as methods};

use super::{DbError, Row, Tx, vals};

/// What a login needs to know of a box.
#[derive(Debug, Clone)]
pub(crate) struct Known {
    /// The hardware that occupies the key.
    pub(crate) mac: Option<String>,
    /// The hardware everything proved was proved by.
    pub(crate) proved_mac: Option<String>,
    /// It has logged in at least once.
    pub(crate) has_joined: bool,
    /// Uploads need no token, the address of the last login is enough.
    pub(crate) legacy: bool,
    /// It serves as quality-check server.
    pub(crate) fiqa_server: bool,
    /// Whence it last logged in.
    pub(crate) login_addr: Option<String>,
    /// Under which address it last reached us.
    pub(crate) base_url: Option<String>,
}

/// A login that was accepted.
#[derive(Debug, Clone)]
pub(crate) struct Login {
    /// The hardware, when the box told.
    pub(crate) mac: Option<Mac>,
    /// The address it came from.
    pub(crate) addr: String,
    /// `scheme://host[:port]` under which it reached us.
    pub(crate) base_url: String,
}

/// How a box can be reached.
#[derive(Debug, Clone)]
pub(crate) struct Reach {
    /// It has logged in at least once.
    pub(crate) has_joined: bool,
    /// Since when it leaves a command unanswered without a sign of life.
    pub(crate) silent_since: Option<i64>,
    /// Under which address it last reached us.
    pub(crate) base_url: Option<String>,
    /// From when it may be told to forget whoever it holds from before this platform.
    pub(crate) empty_at: Option<i64>,
}

/// Finds a box.
pub(crate) fn find(tx: &mut Tx<'_>, dev_sno: &DevSno) -> Result<Option<Known>, DbError> {
    let row = tx.first(
        "SELECT mac, proved_mac, login_at, legacy, fiqa_server, login_addr, base_url FROM box WHERE dev_sno = $1",
        vals![dev_sno.as_str()],
    )?;
    row.map(|row| {
        Ok(Known {
            mac: row.opt_text("mac")?,
            proved_mac: row.opt_text("proved_mac")?,
            has_joined: row.opt_int("login_at")?.is_some(),
            legacy: row.bool("legacy")?,
            fiqa_server: row.bool("fiqa_server")?,
            login_addr: row.opt_text("login_addr")?,
            base_url: row.opt_text("base_url")?,
        })
    })
    .transpose()
}

/// Whether this hardware has proved something under another key than this.
pub(crate) fn had_another_key(tx: &mut Tx<'_>, dev_sno: &DevSno, mac: &Mac) -> Result<bool, DbError> {
    let sql = "SELECT 1 FROM box WHERE proved_mac = $1 AND dev_sno <> $2 LIMIT 1";
    Ok(tx.first(sql, vals![mac.as_str(), dev_sno.as_str()])?.is_some())
}

/// Remembers a login. A box that tells no hardware address keeps the one it had.
pub(crate) fn logged_in(tx: &mut Tx<'_>, dev_sno: &DevSno, login: &Login, now: i64) -> Result<(), DbError> {
    let mac = login.mac.as_ref().map(Mac::as_str);
    tx.exec(
        "UPDATE box SET mac = COALESCE($1, mac), proved_mac = COALESCE($1, proved_mac), login_at = $2, login_addr = $3,
         base_url = $4 WHERE dev_sno = $5",
        vals![mac, now, login.addr.as_str(), login.base_url.as_str(), dev_sno.as_str()],
    )?;
    Ok(())
}

/// A sign of life of any kind, remembered to a few seconds. Answers whether the box had been silent.
pub(crate) fn seen(tx: &mut Tx<'_>, dev_sno: &DevSno, now: i64) -> Result<bool, DbError> {
    let Some(row) =
        tx.first("SELECT seen_at, silent_since FROM box WHERE dev_sno = $1", vals![dev_sno.as_str()])?
    else {
        return Ok(false);
    };
    let silent = row.opt_int("silent_since")?.is_some();
    if silent || row.opt_int("seen_at")?.is_none_or(|seen| now.abs_diff(seen) >= 2_000) {
        tx.exec(
            "UPDATE box SET seen_at = $1, silent_since = NULL WHERE dev_sno = $2",
            vals![now, dev_sno.as_str()],
        )?;
    }
    Ok(silent)
}

/// A box left a command unanswered: it is silent if it gave no sign of life since the command was published.
pub(crate) fn unanswered(tx: &mut Tx<'_>, command: &MessageId, now: i64) -> Result<(), DbError> {
    tx.exec(
        "UPDATE box SET silent_since = $1 WHERE EXISTS (SELECT 1 FROM command c WHERE c.id = $2
         AND c.dev_sno = box.dev_sno AND (box.seen_at IS NULL OR box.seen_at <= c.published_at))",
        vals![now, command.as_str()],
    )?;
    Ok(())
}

/// What the reconciler needs of a box.
pub(crate) fn reach(tx: &mut Tx<'_>, dev_sno: &DevSno) -> Result<Option<Reach>, DbError> {
    let row = tx.first(
        "SELECT login_at, silent_since, base_url, empty_at FROM box WHERE dev_sno = $1",
        vals![dev_sno.as_str()],
    )?;
    row.map(|row| {
        Ok(Reach {
            has_joined: row.opt_int("login_at")?.is_some(),
            silent_since: row.opt_int("silent_since")?,
            base_url: row.opt_text("base_url")?,
            empty_at: row.opt_int("empty_at")?,
        })
    })
    .transpose()
}

/// From when the box is to be told (again) to forget everybody; `None`: it has, or need not.
pub(crate) fn empty_at(tx: &mut Tx<'_>, dev_sno: &DevSno, at: Option<i64>) -> Result<(), DbError> {
    tx.exec("UPDATE box SET empty_at = $1 WHERE dev_sno = $2", vals![at, dev_sno.as_str()])?;
    Ok(())
}

/// Remembers a heartbeat: `detail` is the report as it came, JSON.
pub(crate) fn heartbeat(tx: &mut Tx<'_>, dev_sno: &DevSno, detail: &str, now: i64) -> Result<(), DbError> {
    tx.exec(
        "UPDATE box SET heartbeat_at = $1, heartbeat = $2 WHERE dev_sno = $3",
        vals![now, detail, dev_sno.as_str()],
    )?;
    Ok(())
}

/// Every box's licence key, in order, after `cursor`.
pub(crate) fn keys_after(tx: &mut Tx<'_>, cursor: &str, limit: i64) -> Result<Vec<DevSno>, DbError> {
    let rows = tx.query(
        "SELECT dev_sno FROM box WHERE dev_sno > $1 ORDER BY dev_sno LIMIT $2",
        vals![cursor, limit],
    )?;
    rows.iter().map(key).collect()
}

/// Boxes that have logged in, are not silent (or not since `probe_before`), and are to be emptied or have somebody to remove by `now`, or
/// to bring by `bring_by`, unless an open command of the same kind holds that up.
pub(crate) fn keys_with_work(
    tx: &mut Tx<'_>,
    now: i64,
    bring_by: i64,
    probe_before: i64,
) -> Result<Vec<DevSno>, DbError> {
    let (remove, bring) = (methods::DELETE_USERS, methods::ADD_USERS_PLUS);
    let rows = tx.query(WITH_WORK, vals![probe_before, now, bring_by, remove, bring])?;
    rows.iter().map(key).collect()
}

/// The earliest of each box, in place of whether there is one: PostgreSQL would at times rather read everything that is due.
const WITH_WORK: &str =
    "SELECT dev_sno FROM box WHERE login_at IS NOT NULL AND (silent_since IS NULL OR silent_since <= $1) AND (
     empty_at <= $2
     OR (SELECT MIN(p.next_attempt_at) FROM box_person p WHERE p.dev_sno = box.dev_sno AND p.desired_revision IS NULL
         AND p.next_attempt_at IS NOT NULL) <= $2
     AND NOT EXISTS (SELECT 1 FROM command c WHERE c.dev_sno = box.dev_sno AND c.state IN ('queued', 'published') AND c.method = $4)
     OR (SELECT MIN(p.next_attempt_at) FROM box_person p WHERE p.dev_sno = box.dev_sno AND p.desired_revision IS NOT NULL
         AND p.next_attempt_at IS NOT NULL) <= $3
     AND NOT EXISTS (SELECT 1 FROM command c WHERE c.dev_sno = box.dev_sno AND c.state IN ('queued', 'published') AND c.method = $5))
     ORDER BY dev_sno";

fn key(row: &Row) -> Result<DevSno, DbError> {
    row.text("dev_sno").map(DevSno::new)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::db::testing::{Fresh, both, plan};

    #[tokio::test]
    async fn boxes_with_work_are_found_without_reading_all_that_waits() {
        for Fresh { db, is_sqlite, .. } in &both().await {
            let plan = plan(db, *is_sqlite, WITH_WORK.to_owned(), vals![1, 2, 3, "a", "b"].to_vec()).await;
            for index in ["box_person_leaving", "box_person_bringing"] {
                let of_a_box = match is_sqlite {
                    true => format!("INDEX {index} (dev_sno=?"),
                    false => format!("using {index} on box_person "),
                };
                assert!(plan.contains(&of_a_box), "{index}: {plan}");
            }
            assert!(!plan.contains("SCAN p") && !plan.contains("SCAN c"), "{plan}");
            assert!(!plan.contains("Index Cond: (next_attempt_at"), "{plan}");
        }
    }

    #[tokio::test]
    async fn a_box_has_work_unless_a_command_of_the_kind_is_open() {
        for Fresh { db, .. } in &both().await {
            let found = db.write(|tx| {
                for (dev_sno, desired, open) in [
                    ("A bring", Some(1), None),
                    ("B bring", Some(1), Some(methods::ADD_USERS_PLUS)),
                    ("C bring", Some(1), Some(methods::DELETE_USERS)),
                    ("D leave", None, None),
                    ("E leave", None, Some(methods::DELETE_USERS)),
                    ("F leave", None, Some(methods::ADD_USERS_PLUS)),
                ] {
                    let sql = "INSERT INTO box(dev_sno, name, created_at, login_at) VALUES($1, '', 0, 1)";
                    tx.exec(sql, vals![dev_sno])?;
                    tx.exec(
                        "INSERT INTO box_person(dev_sno, identity_id, desired_revision, state, next_attempt_at, changed_at)
                         VALUES($1, 'p', $2, 'pending', 50, 0)",
                        vals![dev_sno, desired],
                    )?;
                    if let Some(method) = open {
                        tx.exec(
                            "INSERT INTO command(id, dev_sno, method, payload, state, queued_at, origin)
                             VALUES($1, $1, $2, '{}', 'published', 0, 'test')",
                            vals![dev_sno, method],
                        )?;
                    }
                }
                let mut at = |now, bring_by| {
                    let found = keys_with_work(tx, now, bring_by, 0)?;
                    Ok::<_, DbError>(found.iter().map(|key| key.as_str()[..1].to_owned()).collect::<String>())
                };
                Ok::<_, DbError>([at(49, 49)?, at(50, 50)?, at(50, 49)?])
            });
            assert_eq!(found.await.unwrap(), ["", "ACDF", "DF"]);
        }
    }
}
