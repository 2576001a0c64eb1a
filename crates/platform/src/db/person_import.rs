//! Imports and their rows: what was asked, how far it got, and what became of every line.

use serde_json::{Value, json};

use super::import_file::{self, ImportFile};
use super::{DbError, Row, Tx, Val, list, vals};

const COLUMNS: &str = "id, state, options, actor, address, columns, ignored, files, has_table, photos, unmatched, total, \
                       done, failed, message, created_at, resumed_at, resumed_from, updated_at, finished_at";

/// Where an import stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    /// A file is arriving, or another one is waited for.
    Receiving,
    /// The files are looked through.
    Checking,
    /// Rows are worked off.
    Running,
    /// All rows are worked off, some of them perhaps refused.
    Done,
    Cancelled,
    /// The files cannot be used at all.
    Failed,
}

/// An import.
#[derive(Debug, Clone)]
pub(crate) struct Import {
    pub(crate) id: String,
    pub(crate) state: State,
    /// JSON, see `import::Options`.
    pub(crate) options: Value,
    pub(crate) actor: String,
    pub(crate) address: String,
    /// JSON list of header cells.
    pub(crate) columns: Value,
    /// JSON list of header cells nobody understood.
    pub(crate) ignored: Value,
    pub(crate) files: i64,
    pub(crate) has_table: bool,
    pub(crate) photos: i64,
    pub(crate) unmatched: i64,
    pub(crate) total: i64,
    pub(crate) done: i64,
    pub(crate) failed: i64,
    pub(crate) message: Option<String>,
    pub(crate) created_at: i64,
    pub(crate) resumed_at: Option<i64>,
    pub(crate) resumed_from: i64,
    pub(crate) updated_at: i64,
    pub(crate) finished_at: Option<i64>,
}

/// A line of the list.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ImportRow {
    pub(crate) number: i64,
    pub(crate) identity_id: String,
    /// Texts in the order of the import's columns.
    pub(crate) cells: Vec<String>,
    /// `waiting`, `done`, `failed`.
    pub(crate) state: String,
    /// `created`, `updated`, `unchanged`, `skipped`; null while waiting, kept when a row is worked off again.
    pub(crate) outcome: Option<String>,
    pub(crate) photo: Option<String>,
    pub(crate) reason: Option<String>,
}

/// What became of a row.
#[derive(Debug, Clone)]
pub(crate) struct Finished {
    pub(crate) number: i64,
    /// What was done, or why nothing.
    pub(crate) outcome: Result<&'static str, String>,
    pub(crate) photo: Option<String>,
    /// A remark on what was done.
    pub(crate) remark: Option<String>,
}

impl State {
    const ALL: [Self; 6] =
        [Self::Receiving, Self::Checking, Self::Running, Self::Done, Self::Cancelled, Self::Failed];

    /// The word in the database and in answers.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Receiving => "receiving",
            Self::Checking => "checking",
            Self::Running => "running",
            Self::Done => "done",
            Self::Cancelled => "cancelled",
            Self::Failed => "failed",
        }
    }

    /// Whether nothing more happens unless somebody asks.
    pub(crate) const fn is_over(self) -> bool {
        matches!(self, Self::Done | Self::Cancelled | Self::Failed)
    }

    fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.word() == word)
    }
}

/// Begins an import that receives its first file.
pub(crate) fn insert(
    tx: &mut Tx<'_>,
    id: &str,
    options: &Value,
    actor: &str,
    address: &str,
    place: &str,
    now: i64,
) -> Result<(), DbError> {
    tx.exec(
        "INSERT INTO person_import(id, state, options, actor, address, created_at, updated_at, place)
         VALUES($1, $2, $3, $4, $5, $6, $6, $7)",
        vals![id, State::Receiving.word(), options, actor, address, now, place],
    )?;
    Ok(())
}

/// One import.
pub(crate) fn find(tx: &mut Tx<'_>, id: &str) -> Result<Option<Import>, DbError> {
    let sql = format!("SELECT {COLUMNS} FROM person_import WHERE id = $1");
    tx.first(&sql, vals![id])?.as_ref().map(import).transpose()
}

/// A page of imports, newest first, before one of them (empty: from the newest on).
pub(crate) fn list(tx: &mut Tx<'_>, before: &str, limit: i64) -> Result<Vec<Import>, DbError> {
    // Ids are hexadecimal, so every one is smaller than "~".
    let before = if before.is_empty() { "~" } else { before };
    let sql = format!("SELECT {COLUMNS} FROM person_import WHERE id < $1 ORDER BY id DESC LIMIT $2");
    tx.query(&sql, vals![before, limit])?.iter().map(import).collect()
}

/// How many imports are not over.
pub(crate) fn unfinished(tx: &mut Tx<'_>) -> Result<i64, DbError> {
    tx.number("SELECT COUNT(*) FROM person_import WHERE state IN ('receiving', 'checking', 'running')", &[])
}

/// Imports that wait for a file since before a moment.
pub(crate) fn abandoned(tx: &mut Tx<'_>, before: i64, limit: i64) -> Result<Vec<String>, DbError> {
    let sql =
        "SELECT id FROM person_import WHERE state = 'receiving' AND updated_at < $1 ORDER BY id LIMIT $2";
    tx.query(sql, vals![before, limit])?.iter().map(|row| row.text("id")).collect()
}

/// Notes a file that has arrived, and its copy in the store if it has one; answers false when the import takes no files any more.
pub(crate) fn received(
    tx: &mut Tx<'_>,
    id: &str,
    next: State,
    copy: Option<&ImportFile>,
    now: i64,
) -> Result<bool, DbError> {
    let changed = tx.exec(
        "UPDATE person_import SET files = files + 1, loose = loose + $1, state = $2, message = NULL, finished_at = NULL,
         updated_at = $3 WHERE id = $4 AND state IN ('receiving', 'done')",
        vals![i64::from(copy.is_none()), next.word(), now, id],
    )?;
    if let Some(copy) = copy.filter(|_| changed > 0) {
        import_file::add(tx, id, copy)?;
    }
    Ok(changed > 0)
}

/// Ends an import with a message; answers the copies of its files, whose keys are destroyed now, `None` when it was over already.
pub(crate) fn end(
    tx: &mut Tx<'_>,
    id: &str,
    state: State,
    message: Option<&str>,
    now: i64,
) -> Result<Option<Vec<ImportFile>>, DbError> {
    debug_assert!(state.is_over(), "{state:?}");
    match advance(tx, id, state, message, now)? {
        true => import_file::forget(tx, id).map(Some),
        false => Ok(None),
    }
}

/// Tells what an import waits for. It rests meanwhile: whoever can do better may take it.
pub(crate) fn tell(tx: &mut Tx<'_>, id: &str, message: &str) -> Result<(), DbError> {
    let sql = "UPDATE person_import SET message = $1 WHERE id = $2 AND state IN ('checking', 'running')";
    tx.exec(sql, vals![message, id])?;
    Ok(())
}

/// Moves an import that is not over to a state, with a message; answers whether it was not over. One that ends, ends by [`end`].
pub(crate) fn advance(
    tx: &mut Tx<'_>,
    id: &str,
    state: State,
    message: Option<&str>,
    now: i64,
) -> Result<bool, DbError> {
    let finished = state.is_over().then_some(now);
    let changed = tx.exec(
        "UPDATE person_import SET state = $1, message = $2, updated_at = $3, finished_at = $4
         WHERE id = $5 AND state IN ('receiving', 'checking', 'running')",
        vals![state.word(), message, now, finished, id],
    )?;
    Ok(changed > 0)
}

/// Begins the rows of an import anew, under these headers.
pub(crate) fn begin_table(
    tx: &mut Tx<'_>,
    id: &str,
    columns: &[String],
    ignored: &[String],
) -> Result<(), DbError> {
    tx.exec("DELETE FROM person_import_row WHERE import_id = $1", vals![id])?;
    tx.exec(
        "UPDATE person_import SET columns = $1, ignored = $2, has_table = 0 WHERE id = $3",
        vals![&json!(columns), &json!(ignored), id],
    )?;
    Ok(())
}

/// Adds rows.
pub(crate) fn add_rows(tx: &mut Tx<'_>, id: &str, rows: &[ImportRow]) -> Result<(), DbError> {
    for row in rows {
        tx.exec(
            "INSERT INTO person_import_row(import_id, number, identity_id, cells, state, reason)
             VALUES($1, $2, $3, $4, $5, $6)",
            vals![id, row.number, &row.identity_id, &json!(row.cells), &row.state, row.reason.clone()],
        )?;
    }
    Ok(())
}

/// The files are looked through: what was found, and the rows counted. The work may begin.
pub(crate) fn checked(
    tx: &mut Tx<'_>,
    id: &str,
    photos: i64,
    unmatched: i64,
    now: i64,
) -> Result<(), DbError> {
    let count = |tx: &mut Tx<'_>, state: &str| {
        let sql = "SELECT COUNT(*) FROM person_import_row WHERE import_id = $1 AND state = $2";
        tx.number(sql, vals![id, state])
    };
    let (waiting, done, failed) = (count(tx, "waiting")?, count(tx, "done")?, count(tx, "failed")?);
    tx.exec(
        "UPDATE person_import SET has_table = 1, photos = $1, unmatched = $2, total = $3, done = $4, failed = $5,
         state = 'running', updated_at = $6, resumed_at = NULL WHERE id = $7 AND state = 'checking'",
        vals![photos, unmatched, waiting + done + failed, done, failed, now, id],
    )?;
    Ok(())
}

/// Notes when the work was taken up, for its rate.
pub(crate) fn resumed(tx: &mut Tx<'_>, id: &str, now: i64) -> Result<(), DbError> {
    tx.exec(
        "UPDATE person_import SET resumed_at = $1, resumed_from = done + failed, updated_at = $1 WHERE id = $2",
        vals![now, id],
    )?;
    Ok(())
}

/// Whether rows may be stored.
pub(crate) fn is_running(tx: &mut Tx<'_>, id: &str) -> Result<bool, DbError> {
    Ok(tx.first("SELECT 1 FROM person_import WHERE id = $1 AND state = 'running'", vals![id])?.is_some())
}

/// The next rows to be worked off.
pub(crate) fn waiting(tx: &mut Tx<'_>, id: &str, limit: i64) -> Result<Vec<ImportRow>, DbError> {
    rows(tx, id, Some("waiting"), 0, limit)
}

/// Rows after a line, all or in one state.
pub(crate) fn rows(
    tx: &mut Tx<'_>,
    id: &str,
    state: Option<&str>,
    after: i64,
    limit: i64,
) -> Result<Vec<ImportRow>, DbError> {
    let mut params: Vec<Val> = vec![id.into(), after.into(), limit.into()];
    let condition = match state {
        Some(state) => {
            params.push(state.into());
            "AND state = $4"
        }
        None => "",
    };
    let sql = format!(
        "SELECT number, identity_id, cells, state, outcome, photo, reason FROM person_import_row
         WHERE import_id = $1 AND number > $2 {condition} ORDER BY number LIMIT $3"
    );
    tx.query(&sql, &params)?.iter().map(import_row).collect()
}

/// Notes what became of rows.
pub(crate) fn finish_rows(tx: &mut Tx<'_>, id: &str, finished: &[Finished], now: i64) -> Result<(), DbError> {
    let mut failed = 0_i64;
    for row in finished {
        let (state, outcome, reason) = match &row.outcome {
            Ok(outcome) => ("done", Some(*outcome), row.remark.clone()),
            Err(reason) => ("failed", None, Some(reason.clone())),
        };
        failed += i64::from(row.outcome.is_err());
        tx.exec(
            "UPDATE person_import_row SET state = $1, outcome = COALESCE($2, outcome), photo = COALESCE($3, photo),
             reason = $4 WHERE import_id = $5 AND number = $6",
            vals![state, outcome, row.photo.clone(), reason, id, row.number],
        )?;
    }
    let done = i64::try_from(finished.len()).unwrap_or(0) - failed;
    tx.exec(
        "UPDATE person_import SET done = done + $1, failed = failed + $2, message = NULL, updated_at = $3 WHERE id = $4",
        vals![done, failed, now, id],
    )?;
    Ok(())
}

/// Adds remarks to rows that are done.
pub(crate) fn add_remarks(tx: &mut Tx<'_>, id: &str, remarks: &[(i64, String)]) -> Result<(), DbError> {
    let lists: Vec<_> = remarks.iter().map(|(number, words)| list![words, id, *number]).collect();
    tx.each(
        "UPDATE person_import_row SET reason = CASE WHEN reason IS NULL THEN $1 ELSE reason || '; ' || $1 END
         WHERE import_id = $2 AND number = $3 AND state = 'done'",
        &lists,
    )?;
    Ok(())
}

/// Notes what was done for a row that still waits for its photo.
pub(crate) fn note_outcome(tx: &mut Tx<'_>, id: &str, number: i64, outcome: &str) -> Result<(), DbError> {
    tx.exec(
        "UPDATE person_import_row SET outcome = $1 WHERE import_id = $2 AND number = $3",
        vals![outcome, id, number],
    )?;
    Ok(())
}

/// Rows are to be worked off again: a photo was found for them.
pub(crate) fn reopen_rows(tx: &mut Tx<'_>, id: &str, numbers: &[i64]) -> Result<(), DbError> {
    for number in numbers {
        tx.exec(
            "UPDATE person_import_row SET state = 'waiting', reason = NULL WHERE import_id = $1 AND number = $2",
            vals![id, *number],
        )?;
    }
    Ok(())
}

/// Forgets an import and at most `limit` of its rows; answers whether it is gone completely.
pub(crate) fn delete(tx: &mut Tx<'_>, id: &str, limit: i64) -> Result<bool, DbError> {
    let removed = tx.exec(
        "DELETE FROM person_import_row WHERE import_id = $1 AND number IN
         (SELECT number FROM person_import_row WHERE import_id = $1 ORDER BY number LIMIT $2)",
        vals![id, limit],
    )?;
    if removed >= u64::try_from(limit).unwrap_or(0) {
        return Ok(false);
    }
    tx.exec("DELETE FROM person_import WHERE id = $1", vals![id])?;
    Ok(true)
}

/// An import that was over before a moment.
pub(crate) fn outlived(tx: &mut Tx<'_>, before: i64) -> Result<Option<String>, DbError> {
    let sql = "SELECT id FROM person_import WHERE finished_at < $1 ORDER BY id LIMIT 1";
    tx.first(sql, vals![before])?.map(|row| row.text("id")).transpose()
}

fn import(row: &Row) -> Result<Import, DbError> {
    let state = row.text("state")?;
    Ok(Import {
        id: row.text("id")?,
        state: State::of(&state).ok_or_else(|| DbError::Column("state".to_owned()))?,
        options: row.json("options")?,
        actor: row.text("actor")?,
        address: row.text("address")?,
        columns: row.json("columns")?,
        ignored: row.json("ignored")?,
        files: row.int("files")?,
        has_table: row.bool("has_table")?,
        photos: row.int("photos")?,
        unmatched: row.int("unmatched")?,
        total: row.int("total")?,
        done: row.int("done")?,
        failed: row.int("failed")?,
        message: row.opt_text("message")?,
        created_at: row.int("created_at")?,
        resumed_at: row.opt_int("resumed_at")?,
        resumed_from: row.int("resumed_from")?,
        updated_at: row.int("updated_at")?,
        finished_at: row.opt_int("finished_at")?,
    })
}

fn import_row(row: &Row) -> Result<ImportRow, DbError> {
    let cells = row.text("cells")?;
    Ok(ImportRow {
        number: row.int("number")?,
        identity_id: row.text("identity_id")?,
        cells: serde_json::from_str(&cells).map_err(|_| DbError::Column("cells".to_owned()))?,
        state: row.text("state")?,
        outcome: row.opt_text("outcome")?,
        photo: row.opt_text("photo")?,
        reason: row.opt_text("reason")?,
    })
}
