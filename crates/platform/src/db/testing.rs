//! A database of a test's own on each engine, and how an engine goes about a query.

use runtime::testing::PrivatePostgres;
use tempfile::TempDir;

use super::{Db, DbError, Val};

/// An empty database on one engine; it goes with the test.
pub(crate) struct Fresh {
    pub(crate) db: Db,
    pub(crate) url: String,
    pub(crate) is_sqlite: bool,
    /// Of SQLite only.
    _folder: Option<TempDir>,
}

impl Drop for Fresh {
    fn drop(&mut self) {
        if !self.is_sqlite {
            PrivatePostgres::shared().drop_database(&self.url);
        }
    }
}

/// One for each engine.
pub(crate) async fn both() -> Vec<Fresh> {
    let folder = tempfile::tempdir().unwrap();
    let sqlite = format!("sqlite:{}", folder.path().join("t.db").display());
    let postgres =
        tokio::task::spawn_blocking(|| PrivatePostgres::shared().fresh_database().unwrap()).await.unwrap();
    let mut found = Vec::new();
    for (url, _folder) in [(sqlite, Some(folder)), (postgres, None)] {
        let (db, is_sqlite) = (Db::open(&url).await.unwrap(), _folder.is_some());
        found.push(Fresh { db, url, is_sqlite, _folder });
    }
    found
}

/// How an engine goes about a query: its steps in words, joined.
pub(crate) async fn plan(db: &Db, is_sqlite: bool, sql: String, params: Vec<Val>) -> String {
    db.read(move |tx| {
        let explain = if is_sqlite { "EXPLAIN QUERY PLAN" } else { "EXPLAIN (COSTS OFF)" };
        if !is_sqlite {
            // A table of a few rows would rather be read as a whole.
            tx.exec("SET LOCAL enable_seqscan = off", &[])?;
        }
        let rows = tx.query(&format!("{explain} {sql}"), &params)?;
        let column = if is_sqlite { "detail" } else { "QUERY PLAN" };
        rows.iter().map(|row| row.text(column)).collect::<Result<Vec<_>, DbError>>()
    })
    .await
    .unwrap()
    .join("; ")
}
