//! What SQLite's files still hold of deleted rows: pages are overwritten when rows go (`secure_delete`), and here the write-ahead log,
//! which has them as they were, is emptied. PostgreSQL removes dead rows by itself, in its own time (`VACUUM`).

use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

use super::DbError;

/// How long readers of old rows are waited for.
const WAIT: Duration = Duration::from_secs(5);

/// Empties the write-ahead log of the database at `url`; [`DbError::Busy`] while somebody still reads from it. Blocks.
pub(crate) fn empty_log(url: &str) -> Result<(), DbError> {
    let Some(path) = url.strip_prefix("sqlite:") else { return Ok(()) };
    let path = path.strip_prefix("//").unwrap_or(path);
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(WAIT)?;
    let busy: bool = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))?;
    if busy { Err(DbError::Busy) } else { Ok(()) }
}
