//! One open connection with the statements it knows: each text is made SQLite's and prepared once, however often it runs.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{CachedStatement, Connection, OpenFlags, ToSql};

use super::{DbError, Row, Statements, Val};

/// How long a statement waits for another process that holds the file.
const BUSY_WAIT: Duration = Duration::from_secs(5);
/// Prepared statements kept.
const PREPARED: usize = 128;
/// Texts of statements known; beyond this they are all learnt anew.
const KNOWN: usize = 400;

/// An open connection.
pub(super) struct Session {
    connection: Connection,
    known: HashMap<String, Known>,
}

/// What is known of a statement.
#[derive(Clone)]
struct Known {
    /// As SQLite wants it.
    sql: Arc<str>,
    /// The columns of its answer.
    names: Arc<[String]>,
}

impl Session {
    /// Opens a file that exists.
    pub(super) fn open(path: &Path, read_only: bool) -> Result<Self, DbError> {
        let connection = Connection::open_with_flags(
            path,
            OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX,
        )?;
        connection.busy_timeout(BUSY_WAIT)?;
        connection.set_prepared_statement_cache_capacity(PREPARED);
        connection.execute_batch(
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; PRAGMA temp_store=MEMORY;
             PRAGMA secure_delete=ON;",
        )?;
        if read_only {
            connection.execute_batch("PRAGMA query_only=ON")?;
        }
        Ok(Self { connection, known: HashMap::new() })
    }

    /// Whether no transaction is open.
    pub(super) fn is_between_transactions(&self) -> bool {
        self.connection.is_autocommit()
    }

    /// Runs a statement of the transaction itself.
    pub(super) fn command(&self, sql: &str) -> Result<(), DbError> {
        self.connection.prepare_cached(sql)?.execute([])?;
        Ok(())
    }

    fn prepare(&mut self, sql: &str) -> Result<(CachedStatement<'_>, Arc<[String]>), DbError> {
        if let Some(Known { sql, names }) = self.known.get(sql) {
            return Ok((self.connection.prepare_cached(sql)?, Arc::clone(names)));
        }
        let text: Arc<str> = numbered(sql).into();
        let statement = self.connection.prepare_cached(&text)?;
        let names: Arc<[String]> = statement.column_names().map(str::to_owned).collect();
        if self.known.len() >= KNOWN {
            self.known.clear();
        }
        self.known.insert(sql.to_owned(), Known { sql: text, names: Arc::clone(&names) });
        Ok((statement, names))
    }
}

impl Statements for Session {
    fn exec(&mut self, sql: &str, params: &[Val]) -> Result<u64, DbError> {
        let (mut statement, _) = self.prepare(sql)?;
        Ok(statement.execute(rusqlite::params_from_iter(params))? as u64)
    }

    fn query(&mut self, sql: &str, params: &[Val]) -> Result<Vec<Row>, DbError> {
        let (mut statement, names) = self.prepare(sql)?;
        let mut found = statement.query(rusqlite::params_from_iter(params))?;
        let mut rows = Vec::new();
        while let Some(row) = found.next()? {
            let values =
                (0..names.len()).map(|at| read(row.get_ref(at)?, &names[at])).collect::<Result<_, _>>()?;
            rows.push(Row::new(Arc::clone(&names), values));
        }
        Ok(rows)
    }

    fn each(&mut self, sql: &str, lists: &[Vec<Val>]) -> Result<Vec<u64>, DbError> {
        let (mut statement, _) = self.prepare(sql)?;
        let run = |params: &Vec<Val>| Ok(statement.execute(rusqlite::params_from_iter(params))? as u64);
        lists.iter().map(run).collect()
    }

    fn query_each(&mut self, sql: &str, lists: &[Vec<Val>]) -> Result<Vec<Vec<Row>>, DbError> {
        lists.iter().map(|params| self.query(sql, params)).collect()
    }

    fn script(&mut self, sql: &str) -> Result<(), DbError> {
        Ok(self.connection.execute_batch(sql)?)
    }
}

fn read(value: ValueRef<'_>, column: &str) -> Result<Val, DbError> {
    match value {
        ValueRef::Null => Ok(Val::Null),
        ValueRef::Integer(value) => Ok(Val::Int(value)),
        ValueRef::Real(value) => Ok(Val::Real(value)),
        ValueRef::Text(text) => match std::str::from_utf8(text) {
            Ok(text) => Ok(Val::Text(text.to_owned())),
            Err(_) => Err(DbError::Column(column.to_owned())),
        },
        ValueRef::Blob(value) => Ok(Val::Bytes(value.to_owned())),
    }
}

impl ToSql for Val {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Null => ValueRef::Null,
            Self::Int(value) => ValueRef::Integer(*value),
            Self::Real(value) => ValueRef::Real(*value),
            Self::Text(value) => ValueRef::Text(value.as_bytes()),
            Self::Bytes(value) => ValueRef::Blob(value),
        }))
    }
}

/// `$n` is a *name* to SQLite, numbered by first appearance; `?n` is the position it is meant to be.
/// Text inside quotes is left alone.
pub(super) fn numbered(sql: &str) -> String {
    let mut quote = None;
    sql.chars()
        .map(|c| match (quote, c) {
            (None, '\'' | '"') => {
                quote = Some(c);
                c
            }
            (Some(open), c) if c == open => {
                quote = None;
                c
            }
            (None, '$') => '?',
            _ => c,
        })
        .collect()
}
