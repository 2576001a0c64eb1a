//! Reads a table from its first row to its last, a few rows at a time: each read ends before anybody has to wait for it.

use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Duration;

use rusqlite::Connection;

use super::super::StoreError;
use super::whole;

/// Rows per step; each may be a picture.
const STEP: i64 = 16;
/// Pause between two steps: the disk is there for others too.
const PAUSE: Duration = Duration::from_millis(2);

/// Reads every value of the table, until the other end of `stop` has gone.
///
/// # Errors
/// [`StoreError::Damaged`], or what SQLite says.
pub(super) fn read(db: &Connection, table: &str, stop: &Receiver<()>) -> Result<(), StoreError> {
    let sql = format!("SELECT rowid, * FROM \"{table}\" WHERE rowid > ?1 ORDER BY rowid LIMIT {STEP}");
    // The tables without row numbers are small.
    let Ok(mut statement) = db.prepare(&sql) else { return whole(db, table) };
    let columns = statement.column_count();
    let mut last = i64::MIN;
    loop {
        let before = last;
        let mut rows = statement.query([last])?;
        while let Some(row) = rows.next()? {
            last = row.get(0)?;
            (1..columns).try_for_each(|column| row.get_ref(column).map(drop))?;
        }
        if last == before || stop.recv_timeout(PAUSE) != Err(RecvTimeoutError::Timeout) {
            return Ok(());
        }
    }
}
