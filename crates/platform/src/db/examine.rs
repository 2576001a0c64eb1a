//! A look at a database as it is, for the doctor: nothing is made and nothing migrated.

use std::time::Duration;

use super::{Db, DbError, Tx, migrate};

/// How long a server may take to be reached.
const WITHIN: Duration = Duration::from_secs(5);

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Examined {
    /// Name and version.
    pub(crate) engine: String,
    pub(crate) encoding: String,
    /// 0: nothing was ever stored.
    pub(crate) schema: i64,
    /// The newest version this program knows.
    pub(crate) known: i64,
    /// The first damage that was found.
    pub(crate) damage: Option<String>,
    /// What was looked at.
    pub(crate) checked: &'static str,
}

/// Looks; `None` when there is nothing yet.
pub(crate) async fn look(url: &str) -> Result<Option<Examined>, DbError> {
    let Some(db) = Db::open_as_it_is(url, WITHIN).await? else { return Ok(None) };
    let is_sqlite = url.starts_with("sqlite:");
    let examined =
        db.read(move |tx: &mut Tx<'_>| if is_sqlite { of_sqlite(tx) } else { of_postgres(tx) }).await?;
    Ok(Some(examined))
}

/// The version of the schema; 0 when nothing was ever stored.
pub(crate) async fn schema(db: &Db, url: &str) -> Result<i64, DbError> {
    let is_sqlite = url.starts_with("sqlite:");
    db.read(move |tx: &mut Tx<'_>| schema_of(tx, is_sqlite)).await
}

fn of_sqlite(tx: &mut Tx<'_>) -> Result<Examined, DbError> {
    let text = |tx: &mut Tx<'_>, sql: &str, column: &str| -> Result<String, DbError> {
        tx.first(sql, &[])?.map_or(Ok(String::new()), |row| row.text(column))
    };
    let version = text(tx, "SELECT sqlite_version() AS version", "version")?;
    let encoding = text(tx, "PRAGMA encoding", "encoding")?;
    // Not as a function in a query: there SQLite takes the number for the name of a table.
    let said = text(tx, "PRAGMA quick_check(1)", "quick_check")?;
    Ok(Examined {
        engine: format!("SQLite {version}"),
        encoding,
        schema: schema_of(tx, true)?,
        known: migrate::known(),
        damage: (said != "ok").then_some(said),
        checked: "SQLite finds no damage",
    })
}

fn of_postgres(tx: &mut Tx<'_>) -> Result<Examined, DbError> {
    let setting = |tx: &mut Tx<'_>, name: &str| -> Result<String, DbError> {
        let row = tx.first("SELECT current_setting($1) AS v", super::vals![name])?;
        row.map_or(Ok(String::new()), |row| row.text("v"))
    };
    let version = setting(tx, "server_version")?;
    let encoding = setting(tx, "server_encoding")?;
    Ok(Examined {
        engine: format!("PostgreSQL {version}"),
        encoding,
        schema: schema_of(tx, false)?,
        known: migrate::known(),
        damage: None,
        checked: "answers; the server itself watches over its files",
    })
}

fn schema_of(tx: &mut Tx<'_>, is_sqlite: bool) -> Result<i64, DbError> {
    let sql = match is_sqlite {
        true => "SELECT COUNT(*) FROM sqlite_master WHERE name = 'schema_version'",
        false => "SELECT COUNT(*) FROM information_schema.tables WHERE table_name = 'schema_version'",
    };
    if tx.number(sql, &[])? > 0 { migrate::version(tx) } else { Ok(0) }
}
