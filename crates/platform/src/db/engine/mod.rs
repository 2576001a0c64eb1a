//! The database behind one door: work is a closure over a [`Tx`], and what a successful closure did is durable
//! when `write(..).await` answers.
//!
//! The contract, whatever the engine:
//! * `write` runs in a transaction of its own as the caller sees it. An `Err` (or a panic) undoes everything the closure
//!   did; `Ok` is answered after the commit. Writers run one after another, those of other processes included; several may
//!   share one commit.
//! * `read` runs on a consistent snapshot, never waits for a writer and cannot change anything.
//! * SQL is one text for every engine: parameters `$1, $2, …`; column types BIGINT, TEXT, DOUBLE PRECISION and BYTEA only;
//!   booleans are 0 and 1; times are milliseconds since 1970 in UTC; JSON is TEXT.
//! * The queue is bounded. A caller that cannot be queued in time gets [`DbError::Busy`], it never waits for ever.

mod error;
mod sqlite;
mod value;

use std::sync::Arc;

pub(crate) use error::DbError;
pub(crate) use value::{Row, Val, vals};

/// What the engines offer to a [`Tx`].
trait Statements {
    /// Runs a statement and answers how many rows it changed.
    fn exec(&mut self, sql: &str, params: &[Val]) -> Result<u64, DbError>;
    /// Runs a query and answers all its rows.
    fn query(&mut self, sql: &str, params: &[Val]) -> Result<Vec<Row>, DbError>;
    /// Runs several statements without parameters: migrations only.
    fn script(&mut self, sql: &str) -> Result<(), DbError>;
}

/// A transaction in progress, handed to the closures of [`Db::write`] and [`Db::read`].
pub(crate) struct Tx<'c> {
    on: &'c mut dyn Statements,
}

impl Tx<'_> {
    /// Runs a statement; answers the number of rows changed.
    pub(crate) fn exec(&mut self, sql: &str, params: &[Val]) -> Result<u64, DbError> {
        self.on.exec(sql, params)
    }

    /// Runs a query; answers its rows. The caller's SQL bounds their number (`LIMIT`).
    pub(crate) fn query(&mut self, sql: &str, params: &[Val]) -> Result<Vec<Row>, DbError> {
        self.on.query(sql, params)
    }

    /// Runs a query of which only the first row matters.
    pub(crate) fn first(&mut self, sql: &str, params: &[Val]) -> Result<Option<Row>, DbError> {
        Ok(self.on.query(sql, params)?.into_iter().next())
    }

    /// The one number a query such as `SELECT COUNT(*)` answers; 0 when there is no row or the value is null.
    pub(crate) fn number(&mut self, sql: &str, params: &[Val]) -> Result<i64, DbError> {
        match self.first(sql, params)? {
            Some(row) => Ok(row.at_int(0)?.unwrap_or(0)),
            None => Ok(0),
        }
    }

    /// Runs the statements of a migration.
    pub(super) fn script(&mut self, sql: &str) -> Result<(), DbError> {
        self.on.script(sql)
    }
}

/// The database. Cheap to clone; the last clone dropped ends its threads.
#[derive(Clone)]
pub(crate) struct Db {
    engine: Arc<sqlite::Sqlite>,
}

impl Db {
    /// Opens the database named by `url` (`sqlite:<path>`), creates it when absent, and migrates it.
    pub(crate) async fn open(url: &str) -> Result<Self, DbError> {
        let path = sqlite::path_of(url)?;
        let engine = tokio::task::spawn_blocking(move || sqlite::Sqlite::open(&path))
            .await
            .map_err(|_| DbError::Panicked)??;
        let db = Self { engine: Arc::new(engine) };
        db.write(super::migrate::run).await?;
        Ok(db)
    }

    /// Runs `work` as one transaction; answers after its effects are durable.
    pub(crate) async fn write<R, E>(
        &self,
        work: impl FnOnce(&mut Tx<'_>) -> Result<R, E> + Send + 'static,
    ) -> Result<R, E>
    where
        R: Send + 'static,
        E: From<DbError> + Send + 'static,
    {
        self.engine.write(work).await
    }

    /// Runs `work` on a snapshot that nothing can change.
    pub(crate) async fn read<R, E>(
        &self,
        work: impl FnOnce(&mut Tx<'_>) -> Result<R, E> + Send + 'static,
    ) -> Result<R, E>
    where
        R: Send + 'static,
        E: From<DbError> + Send + 'static,
    {
        self.engine.read(work).await
    }
}
