//! One open connection with the statements prepared on it. Whatever the line does, no call takes longer than its limit; a
//! session on which something went wrong with the line says so and is not used again.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use futures_util::TryStreamExt;
use futures_util::stream::FuturesOrdered;
use tokio::runtime::Runtime;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_postgres::{Client, Statement};

use super::address::{Address, CONNECT};
use super::value::{Param, cell};
use super::{DbError, Row, Statements, Val, failure};

/// The server stops waiting for a lock after this time at most, the writers' lock included.
const LOCK: Duration = Duration::from_secs(10);
/// The server ends a transaction in which nothing happens for so long: whoever began it is gone.
const IDLE: Duration = Duration::from_secs(15);
/// A migration may take long.
const SCRIPT: Duration = Duration::from_secs(3600);
/// Prepared statements kept; beyond this they are all made anew.
const PREPARED: usize = 400;
/// How long a connection may take to say goodbye.
const GOODBYE: Duration = Duration::from_millis(500);

/// An open connection.
pub(super) struct Session {
    runtime: Arc<Runtime>,
    /// `None` only while it is dropped.
    client: Option<Client>,
    driver: JoinHandle<()>,
    prepared: HashMap<String, Prepared>,
    /// How long we wait for an answer.
    answer: Duration,
    broken: Option<String>,
}

#[derive(Clone)]
struct Prepared {
    statement: Statement,
    names: Arc<[String]>,
}

impl Session {
    /// Connects.
    pub(super) fn open(address: &Address, runtime: &Arc<Runtime>) -> Result<Self, DbError> {
        let connecting = async {
            let limit = CONNECT.min(address.statement);
            let connected = timeout(limit, address.config.connect(address.tls.clone())).await;
            let (client, connection) = connected
                .map_err(|_| DbError::Io(format!("no greeting within {} s", limit.as_secs_f32())))?
                .map_err(|error| failure::of_connecting(&error))?;
            let driver = tokio::spawn(async move {
                if let Err(error) = connection.await {
                    tracing::debug!(error = failure::words(&error), "a connection to the database ended");
                }
            });
            Ok::<_, DbError>((client, driver))
        };
        let (client, driver) = runtime.block_on(connecting)?;
        let mut session = Self {
            runtime: Arc::clone(runtime),
            client: Some(client),
            driver,
            prepared: HashMap::new(),
            // A little later than the server would have given up itself.
            answer: address.statement + address.statement / 6,
            broken: None,
        };
        session.batch(&format!(
            "SET statement_timeout = {}; SET lock_timeout = {}; SET idle_in_transaction_session_timeout = {};
             SET client_min_messages = warning",
            address.statement.as_millis(),
            LOCK.min(address.statement).as_millis(),
            IDLE.as_millis(),
        ))?;
        Ok(session)
    }

    /// Why it cannot be used any more.
    pub(super) fn broken(&self) -> Option<String> {
        self.broken.clone()
    }

    /// Runs statements without parameters.
    pub(super) fn batch(&mut self, sql: &str) -> Result<(), DbError> {
        self.wait(self.answer, async |client| client.batch_execute(sql).await)
    }

    fn wait<T>(
        &mut self,
        limit: Duration,
        work: impl AsyncFnOnce(&Client) -> Result<T, tokio_postgres::Error>,
    ) -> Result<T, DbError> {
        if let Some(reason) = &self.broken {
            return Err(DbError::Io(reason.clone()));
        }
        let Some(client) = &self.client else { return Err(DbError::Closed) };
        let answer = self.runtime.block_on(async { timeout(limit, work(client)).await });
        let done = match answer {
            Ok(done) => done.map_err(|error| failure::of(&error)),
            Err(_) => Err(DbError::Io(format!("no answer within {} s", limit.as_secs()))),
        };
        if let Err(DbError::Io(reason)) = &done {
            self.broken = Some(reason.clone());
        }
        done
    }

    fn prepare(&mut self, sql: &str) -> Result<Prepared, DbError> {
        if let Some(prepared) = self.prepared.get(sql) {
            return Ok(prepared.clone());
        }
        let statement = self.wait(self.answer, async |client| client.prepare(sql).await)?;
        let names = statement.columns().iter().map(|column| column.name().to_owned()).collect();
        if self.prepared.len() >= PREPARED {
            self.prepared.clear();
        }
        let prepared = Prepared { statement, names };
        self.prepared.insert(sql.to_owned(), prepared.clone());
        Ok(prepared)
    }
}

impl Statements for Session {
    fn exec(&mut self, sql: &str, params: &[Val]) -> Result<u64, DbError> {
        let Prepared { statement, .. } = self.prepare(sql)?;
        let params = Param::list(statement.params(), params)?;
        self.wait(self.answer, async |client| client.execute_raw(&statement, params).await)
    }

    fn query(&mut self, sql: &str, params: &[Val]) -> Result<Vec<Row>, DbError> {
        let Prepared { statement, names } = self.prepare(sql)?;
        let params = Param::list(statement.params(), params)?;
        let found: Vec<tokio_postgres::Row> = self.wait(self.answer, async |client| {
            client.query_raw(&statement, params).await?.try_collect().await
        })?;
        found.iter().map(|row| own(row, &names)).collect()
    }

    fn each(&mut self, sql: &str, lists: &[Vec<Val>]) -> Result<Vec<u64>, DbError> {
        let Prepared { statement, .. } = self.prepare(sql)?;
        let lists: Vec<_> =
            lists.iter().map(|params| Param::list(statement.params(), params)).collect::<Result<_, _>>()?;
        self.wait(self.answer, async |client| {
            // All are sent before the first is answered.
            let sent = lists.into_iter().map(|params| client.execute_raw(&statement, params));
            sent.collect::<FuturesOrdered<_>>().try_collect().await
        })
    }

    fn query_each(&mut self, sql: &str, lists: &[Vec<Val>]) -> Result<Vec<Vec<Row>>, DbError> {
        let Prepared { statement, names } = self.prepare(sql)?;
        let lists: Vec<_> =
            lists.iter().map(|params| Param::list(statement.params(), params)).collect::<Result<_, _>>()?;
        let found: Vec<Vec<tokio_postgres::Row>> = self.wait(self.answer, async |client| {
            let statement = &statement;
            let sent = lists
                .into_iter()
                .map(async |params| client.query_raw(statement, params).await?.try_collect::<Vec<_>>().await);
            sent.collect::<FuturesOrdered<_>>().try_collect().await
        })?;
        found.iter().map(|rows| rows.iter().map(|row| own(row, &names)).collect()).collect()
    }

    fn script(&mut self, sql: &str) -> Result<(), DbError> {
        let sql = format!("SET LOCAL statement_timeout = 0; {sql}");
        self.wait(SCRIPT, async |client| client.batch_execute(&sql).await)
    }
}

/// A row as all engines have it.
fn own(row: &tokio_postgres::Row, names: &Arc<[String]>) -> Result<Row, DbError> {
    let values = (0..names.len()).map(|at| cell(row, at)).collect::<Result<_, _>>()?;
    Ok(Row::new(Arc::clone(names), values))
}

impl Drop for Session {
    fn drop(&mut self) {
        // The client gone, the driver says goodbye to the server and ends.
        self.client = None;
        self.prepared.clear();
        let driver = &mut self.driver;
        drop(self.runtime.block_on(async { timeout(GOODBYE, driver).await }));
    }
}
