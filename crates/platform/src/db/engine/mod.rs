//! The database behind one door: work is a closure over a [`Tx`], and what a successful closure did is durable
//! when `write(..).await` answers.
//!
//! The contract, whatever the engine:
//! * `write` runs in a transaction of its own as the caller sees it. An `Err` (or a panic) undoes everything the closure
//!   did; `Ok` is answered after the commit. Writers run one after another, those of other processes included; several may
//!   share one commit.
//! * After a statement failed, the closure's work is lost: further statements answer the same error, and so does `write`.
//! * `read` runs on a consistent snapshot, never waits for a writer and cannot change anything.
//! * SQL is one text for every engine: parameters `$1, $2, …`; column types BIGINT, TEXT, DOUBLE PRECISION and BYTEA only;
//!   booleans are 0 and 1; times are milliseconds since 1970 in UTC; JSON is TEXT. Text is compared byte by byte.
//! * The queue is bounded. A caller that cannot be queued in time gets [`DbError::Busy`], it never waits for ever.

mod error;
mod job;
mod postgres;
mod sqlite;
mod value;

#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::{Duration, Instant};

pub(crate) use error::DbError;
pub(crate) use value::{Row, Val, list, vals};

/// How long a database that cannot be reached is tried when it is opened.
const REACHED_WITHIN: Duration = Duration::from_secs(30);
/// How long another process may take to migrate the database.
const MIGRATED_WITHIN: Duration = Duration::from_secs(600);

/// What the engines offer to a [`Tx`].
trait Statements {
    /// Runs a statement and answers how many rows it changed.
    fn exec(&mut self, sql: &str, params: &[Val]) -> Result<u64, DbError>;
    /// Runs a query and answers all its rows.
    fn query(&mut self, sql: &str, params: &[Val]) -> Result<Vec<Row>, DbError>;
    /// Runs a statement once for each list of parameters; answers how many rows each changed.
    fn each(&mut self, sql: &str, lists: &[Vec<Val>]) -> Result<Vec<u64>, DbError>;
    /// Runs a query once for each list of parameters; answers the rows of each.
    fn query_each(&mut self, sql: &str, lists: &[Vec<Val>]) -> Result<Vec<Vec<Row>>, DbError>;
    /// Runs several statements without parameters: migrations only.
    fn script(&mut self, sql: &str) -> Result<(), DbError>;
}

/// A transaction in progress, handed to the closures of [`Db::write`] and [`Db::read`].
pub(crate) struct Tx<'c> {
    on: &'c mut dyn Statements,
    /// Why the work done here is lost.
    failed: Option<DbError>,
}

impl<'c> Tx<'c> {
    fn new(on: &'c mut dyn Statements) -> Self {
        Self { on, failed: None }
    }

    /// Runs a statement; answers the number of rows changed.
    pub(crate) fn exec(&mut self, sql: &str, params: &[Val]) -> Result<u64, DbError> {
        self.run(params, |on| on.exec(sql, params))
    }

    /// Runs a statement once for each list of parameters, none waiting for the answer to another: nothing is to depend on their
    /// order. Answers how many rows each changed, in the order of the lists.
    pub(crate) fn each(&mut self, sql: &str, lists: &[Vec<Val>]) -> Result<Vec<u64>, DbError> {
        self.run(bad_of(lists), |on| on.each(sql, lists))
    }

    /// Runs a query once for each list of parameters, none waiting for the answer to another. Answers the first row of each, in the
    /// order of the lists.
    pub(crate) fn first_of_each(
        &mut self,
        sql: &str,
        lists: &[Vec<Val>],
    ) -> Result<Vec<Option<Row>>, DbError> {
        let found = self.run(bad_of(lists), |on| on.query_each(sql, lists))?;
        Ok(found.into_iter().map(|rows| rows.into_iter().next()).collect())
    }

    /// Runs a query; answers its rows. The caller's SQL bounds their number (`LIMIT`).
    pub(crate) fn query(&mut self, sql: &str, params: &[Val]) -> Result<Vec<Row>, DbError> {
        self.run(params, |on| on.query(sql, params))
    }

    /// Runs a query of which only the first row matters.
    pub(crate) fn first(&mut self, sql: &str, params: &[Val]) -> Result<Option<Row>, DbError> {
        Ok(self.query(sql, params)?.into_iter().next())
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
        self.run(&[], |on| on.script(sql))
    }

    fn failed(&self) -> Option<DbError> {
        self.failed.clone()
    }

    fn run<T>(
        &mut self,
        params: &[Val],
        work: impl FnOnce(&mut dyn Statements) -> Result<T, DbError>,
    ) -> Result<T, DbError> {
        if let Some(failed) = &self.failed {
            return Err(failed.clone());
        }
        if holds_nul(params) {
            return Err(DbError::Nul);
        }
        work(self.on).inspect_err(|error| self.failed = Some(error.clone()))
    }
}

/// The list that cannot be stored, if there is one.
fn bad_of(lists: &[Vec<Val>]) -> &[Val] {
    lists.iter().find(|params| holds_nul(params)).map_or(&[], Vec::as_slice)
}

/// PostgreSQL cannot store the character, so no engine does.
fn holds_nul(params: &[Val]) -> bool {
    params.iter().any(|value| matches!(value, Val::Text(text) if text.contains('\0')))
}

/// The database. Cheap to clone; the last clone dropped ends its threads.
#[derive(Clone)]
pub(crate) struct Db {
    queues: Arc<job::Queues>,
}

impl Db {
    /// Opens the database named by `url` (`sqlite:<path>` or `postgres://user:password@host:port/name`) and migrates it. A
    /// SQLite file is created when absent; a PostgreSQL server that cannot be reached is tried for half a minute.
    pub(crate) async fn open(url: &str) -> Result<Self, DbError> {
        Self::open_within(url, REACHED_WITHIN).await
    }

    /// As [`Db::open`], without making or migrating anything; `None` when there is no such SQLite file.
    pub(crate) async fn open_as_it_is(url: &str, patience: Duration) -> Result<Option<Self>, DbError> {
        let url = url.to_owned();
        let opened = tokio::task::spawn_blocking(move || match url.split_once(':') {
            Some(("postgres" | "postgresql", _)) => postgres::open(&url, patience).map(Some),
            _ => {
                let path = sqlite::path_of(&url)?;
                if path.exists() { sqlite::open(&path).map(Some) } else { Ok(None) }
            }
        });
        let queues = opened.await.map_err(|_| DbError::Panicked)??;
        Ok(queues.map(|queues| Self { queues: Arc::new(queues) }))
    }

    async fn open_within(url: &str, patience: Duration) -> Result<Self, DbError> {
        let db = Self::connect_within(url, patience).await?;
        db.migrate().await?;
        Ok(db)
    }

    /// As [`Db::open`], with the schema left as it is.
    pub(crate) async fn connect(url: &str) -> Result<Self, DbError> {
        Self::connect_within(url, REACHED_WITHIN).await
    }

    async fn connect_within(url: &str, patience: Duration) -> Result<Self, DbError> {
        let url = url.to_owned();
        let opened = tokio::task::spawn_blocking(move || match url.split_once(':') {
            Some(("postgres" | "postgresql", _)) => postgres::open(&url, patience),
            _ => sqlite::open(&sqlite::path_of(&url)?),
        });
        let queues = opened.await.map_err(|_| DbError::Panicked)??;
        Ok(Self { queues: Arc::new(queues) })
    }

    async fn migrate(&self) -> Result<(), DbError> {
        let begun = Instant::now();
        loop {
            match self.write(super::migrate::run).await {
                // Another process that starts at the same time does it.
                Err(DbError::Busy) if begun.elapsed() < MIGRATED_WITHIN => {
                    tracing::info!("waiting for another process that holds the database");
                    tokio::time::sleep(Duration::from_millis(200)).await;
                }
                done => return done,
            }
        }
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
        self.queues.write(work).await
    }

    /// How long ago work found the disk full, if any ever did.
    pub(crate) fn full_ago(&self) -> Option<Duration> {
        self.queues.full_ago()
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
        self.queues.read(work).await
    }
}
