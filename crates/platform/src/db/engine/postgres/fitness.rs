//! Whether a database is one Menshen can work with: characters in UTF-8, compared byte by byte as SQLite does, and a server
//! that is not too old. Asked when it is opened, and refused with what to do.

use super::session::Session;
use super::{DbError, Statements};

/// The oldest server whose statements the schema is written for.
const OLDEST: i64 = 130_000;

/// Refuses a database that cannot be used.
pub(super) fn check(session: &mut Session) -> Result<(), DbError> {
    let rows = session.query(
        "SELECT pg_encoding_to_char(encoding) AS encoding, CAST(datcollate AS TEXT) AS collation,
         CAST(datctype AS TEXT) AS letters, CAST(current_setting('server_version_num') AS BIGINT) AS version,
         current_setting('server_version') AS release FROM pg_database WHERE datname = current_database()",
        &[],
    )?;
    let Some(row) = rows.first() else { return Err(DbError::Column("pg_database".to_owned())) };
    if row.int("version")? < OLDEST {
        let release = row.text("release")?;
        return Err(DbError::Url(format!("PostgreSQL 13 or newer is needed, this server is {release}")));
    }
    let (encoding, collation, letters) =
        (row.text("encoding")?, row.text("collation")?, row.text("letters")?);
    let plain = |locale: &str| matches!(locale, "C" | "POSIX");
    if encoding == "UTF8" && plain(&collation) && plain(&letters) {
        return Ok(());
    }
    Err(DbError::Url(format!(
        "the database has encoding {encoding}, collation {collation} and character type {letters}, it must have UTF8, C and C; \
         create another one: CREATE DATABASE name OWNER user TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C'"
    )))
}
