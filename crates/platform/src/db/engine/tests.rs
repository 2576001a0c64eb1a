//! What holds on every engine: each test runs on SQLite and on a private PostgreSQL.

mod differences;
mod shapes;

use runtime::testing::PrivatePostgres;
use tempfile::TempDir;

use super::*;

/// A database of a test's own, on one engine.
struct Fresh {
    db: Db,
    url: String,
    /// Of SQLite only.
    _folder: Option<TempDir>,
}

impl Drop for Fresh {
    fn drop(&mut self) {
        if self._folder.is_none() {
            PrivatePostgres::shared().drop_database(&self.url);
        }
    }
}

/// One fresh database per engine, with a table `t(a BIGINT PRIMARY KEY, b TEXT)`.
async fn both() -> Vec<Fresh> {
    let folder = tempfile::tempdir().unwrap();
    let sqlite = format!("sqlite:{}", folder.path().join("deep/er/t.db").display());
    let postgres =
        tokio::task::spawn_blocking(|| PrivatePostgres::shared().fresh_database().unwrap()).await.unwrap();
    let mut found = Vec::new();
    for (url, folder) in [(sqlite, Some(folder)), (postgres, None)] {
        let db = Db::open(&url).await.unwrap();
        db.write(|tx| tx.exec("CREATE TABLE t(a BIGINT PRIMARY KEY, b TEXT)", &[])).await.unwrap();
        found.push(Fresh { db, url, _folder: folder });
    }
    found
}

async fn count(db: &Db) -> i64 {
    db.read(|tx| tx.number("SELECT COUNT(*) FROM t", &[])).await.unwrap()
}

#[tokio::test]
async fn one_query_for_many_lists_answers_in_their_order() {
    for Fresh { db, .. } in &both().await {
        let found = db
            .write(|tx| {
                let rows: Vec<_> = (0..300i64).map(|n| list![n * 2, format!("row {n}")]).collect();
                assert_eq!(tx.each("INSERT INTO t(a, b) VALUES($1, $2)", &rows)?, vec![1; 300]);
                let asked: Vec<_> = (0..600i64).rev().map(|n| list![n]).collect();
                tx.first_of_each("SELECT b FROM t WHERE a = $1", &asked)
            })
            .await
            .unwrap();
        for (row, n) in found.iter().zip((0..600).rev()) {
            let text = row.as_ref().map(|row| row.text("b").unwrap());
            assert_eq!(text, (n % 2 == 0).then(|| format!("row {}", n / 2)), "{n}");
        }
        assert_eq!(found.len(), 600);
        let nul = db.read(|tx| tx.first_of_each("SELECT b FROM t WHERE b = $1", &[list!["a\0"]])).await;
        assert!(matches!(nul, Err(DbError::Nul)), "{nul:?}");
    }
}

#[tokio::test]
async fn an_error_undoes_its_own_work_and_nobody_elses() {
    for Fresh { db, .. } in &both().await {
        let many = (0..200i64).map(|n| {
            let db = db.clone();
            async move {
                db.write(move |tx| {
                    tx.exec("INSERT INTO t(a, b) VALUES($1, $2)", vals![n, "x"])?;
                    if n % 2 == 0 { Err(DbError::Closed) } else { Ok(()) }
                })
                .await
            }
        });
        let outcomes = futures_util::future::join_all(many).await;
        assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 100);
        assert_eq!(count(db).await, 100);
    }
}

#[tokio::test]
async fn a_statement_that_fails_takes_only_its_own_closure_with_it() {
    for Fresh { db, .. } in &both().await {
        let many = (0..60i64).map(|n| {
            let db = db.clone();
            // Every third breaks a rule in the middle of its work.
            let second = if n % 3 == 0 { n } else { n + 1000 };
            async move {
                db.write(move |tx| {
                    tx.exec("INSERT INTO t(a) VALUES($1)", vals![n])?;
                    tx.exec("INSERT INTO t(a) VALUES($1)", vals![second])
                })
                .await
            }
        });
        let outcomes = futures_util::future::join_all(many).await;
        assert!(
            outcomes.iter().all(|outcome| matches!(outcome, Ok(1) | Err(DbError::Exists(_)))),
            "{outcomes:?}"
        );
        assert_eq!(outcomes.iter().filter(|outcome| outcome.is_err()).count(), 20);
        assert_eq!(count(db).await, 80);
    }
}

#[tokio::test]
async fn a_failed_statement_cannot_be_passed_over() {
    for Fresh { db, .. } in &both().await {
        let outcome = db
            .write(|tx| {
                tx.exec("INSERT INTO t(a) VALUES(1)", &[])?;
                let twice = tx.exec("INSERT INTO t(a) VALUES(1)", &[]);
                assert!(matches!(twice, Err(DbError::Exists(_))), "{twice:?}");
                let after = tx.exec("INSERT INTO t(a) VALUES(2)", &[]);
                assert!(matches!(after, Err(DbError::Exists(_))), "{after:?}");
                Ok::<_, DbError>(())
            })
            .await;
        assert!(matches!(outcome, Err(DbError::Exists(_))), "{outcome:?}");
        assert_eq!(count(db).await, 0);
    }
}

#[tokio::test]
async fn a_panic_is_an_error_and_the_thread_lives() {
    for Fresh { db, .. } in &both().await {
        let outcome: Result<(), DbError> = db
            .write(|tx| {
                tx.exec("INSERT INTO t(a, b) VALUES(1, 'x')", &[])?;
                panic!("boom")
            })
            .await;
        assert!(matches!(outcome, Err(DbError::Panicked)));
        let outcome: Result<(), DbError> = db.read(|_| panic!("boom")).await;
        assert!(matches!(outcome, Err(DbError::Panicked)));
        assert_eq!(count(db).await, 0);
        db.write(|tx| tx.exec("INSERT INTO t(a, b) VALUES(1, 'x')", &[])).await.unwrap();
        assert_eq!(count(db).await, 1);
    }
}

#[tokio::test]
async fn readers_cannot_write_and_errors_have_names() {
    for Fresh { db, .. } in &both().await {
        let refused = db.read(|tx| tx.exec("INSERT INTO t(a) VALUES(1)", &[])).await;
        assert!(matches!(refused, Err(DbError::Io(_) | DbError::Statement(_))), "{refused:?}");
        db.write(|tx| tx.exec("INSERT INTO t(a) VALUES(1)", &[])).await.unwrap();
        let twice = db.write(|tx| tx.exec("INSERT INTO t(a) VALUES(1)", &[])).await;
        assert!(matches!(twice, Err(DbError::Exists(_))), "{twice:?}");
        let wrong = db.read(|tx| tx.query("SELECT nothing FROM t", &[])).await;
        assert!(matches!(wrong, Err(DbError::Statement(_))), "{wrong:?}");
        let nobody = "INSERT INTO box_group(dev_sno, group_id) VALUES('nobody', '0')";
        let orphan = db.write(move |tx| tx.exec(nobody, &[])).await;
        assert!(matches!(orphan, Err(DbError::Rule(_))), "{orphan:?}");
        let missing =
            db.write(|tx| tx.exec("INSERT INTO box(dev_sno, created_at) VALUES('b', NULL)", &[])).await;
        assert!(matches!(missing, Err(DbError::Rule(_))), "{missing:?}");
        let nul = db.write(|tx| tx.exec("INSERT INTO t(a, b) VALUES(9, $1)", vals!["a\0b"])).await;
        assert!(matches!(nul, Err(DbError::Nul)), "{nul:?}");
        assert_eq!(count(db).await, 1);
    }
}

#[tokio::test]
async fn a_reader_sees_one_moment_and_every_success_before_it() {
    for Fresh { db, .. } in &both().await {
        db.write(|tx| tx.exec("INSERT INTO t(a) VALUES(1)", &[])).await.unwrap();
        let (begun, started) = std::sync::mpsc::sync_channel(1);
        let (go, wait) = std::sync::mpsc::sync_channel(1);
        let reading = db.read(move |tx| {
            let before = tx.number("SELECT COUNT(*) FROM t", &[])?;
            begun.send(()).unwrap();
            wait.recv().unwrap();
            Ok::<_, DbError>((before, tx.number("SELECT COUNT(*) FROM t", &[])?))
        });
        let writing = async {
            tokio::task::spawn_blocking(move || started.recv().unwrap()).await.unwrap();
            db.write(|tx| tx.exec("INSERT INTO t(a) VALUES(2)", &[])).await.unwrap();
            go.send(()).unwrap();
        };
        let (seen, ()) = tokio::join!(reading, writing);
        assert_eq!(seen.unwrap(), (1, 1));
        assert_eq!(count(db).await, 2);
    }
}

#[tokio::test]
async fn what_was_answered_is_there_after_reopening() {
    for fresh in &both().await {
        let groups = "SELECT COUNT(*) FROM permission_group";
        assert_eq!(fresh.db.read(move |tx| tx.number(groups, &[])).await.unwrap(), 1);
        fresh.db.write(|tx| tx.exec("INSERT INTO t(a) VALUES(1)", &[])).await.unwrap();
        let again = Db::open(&fresh.url).await.unwrap();
        assert_eq!(again.read(move |tx| tx.number(groups, &[])).await.unwrap(), 1);
        assert_eq!(count(&again).await, 1);
        let newer = "INSERT INTO schema_version(version, applied_at) VALUES(99, 0)";
        again.write(move |tx| tx.exec(newer, &[])).await.unwrap();
        assert!(matches!(Db::open(&fresh.url).await, Err(DbError::Newer { found: 99, .. })));
    }
}

#[tokio::test]
async fn several_that_open_one_database_at_once_migrate_it_once() {
    let postgres =
        tokio::task::spawn_blocking(|| PrivatePostgres::shared().fresh_database().unwrap()).await.unwrap();
    let opened = futures_util::future::join_all((0..4).map(|_| Db::open(&postgres))).await;
    let opened: Vec<Db> = opened.into_iter().collect::<Result<_, _>>().unwrap();
    let twice = "SELECT COUNT(*) - COUNT(DISTINCT version) FROM schema_version";
    assert_eq!(opened[0].read(move |tx| tx.number(twice, &[])).await.unwrap(), 0);
    drop(opened);
    PrivatePostgres::shared().drop_database(&postgres);
}

#[tokio::test]
async fn writers_of_several_processes_run_one_after_another() {
    // What two processes do is what two openings in one process do: neither knows of the other.
    for fresh in &both().await {
        let other = Db::open(&fresh.url).await.unwrap();
        fresh.db.write(|tx| tx.exec("INSERT INTO t(a, b) VALUES(0, '')", &[])).await.unwrap();
        let grow = |db: Db| async move {
            db.write(|tx| {
                let next = tx.number("SELECT MAX(a) FROM t", &[])? + 1;
                tx.exec("INSERT INTO t(a, b) VALUES($1, '')", vals![next])
            })
            .await
        };
        let both = (0..100).map(|n| grow(if n % 2 == 0 { fresh.db.clone() } else { other.clone() }));
        let outcomes = futures_util::future::join_all(both).await;
        assert!(outcomes.iter().all(Result::is_ok), "{outcomes:?}");
        let highest = fresh.db.read(|tx| tx.number("SELECT MAX(a) FROM t", &[])).await.unwrap();
        assert_eq!((highest, count(&fresh.db).await), (100, 101));
    }
}
