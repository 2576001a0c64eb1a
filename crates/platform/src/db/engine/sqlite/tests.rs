use super::*;
use crate::db::{Db, vals};

async fn fresh() -> (tempfile::TempDir, Db) {
    let folder = tempfile::tempdir().unwrap();
    let db = Db::open(&format!("sqlite:{}", folder.path().join("t.db").display())).await.unwrap();
    db.write(|tx| tx.exec("CREATE TABLE t(a BIGINT PRIMARY KEY, b TEXT)", &[])).await.unwrap();
    (folder, db)
}

async fn count(db: &Db) -> i64 {
    db.read(|tx| tx.number("SELECT COUNT(*) FROM t", &[])).await.unwrap()
}

#[test]
fn parameters_are_positions_outside_of_quotes() {
    assert_eq!(numbered("SELECT $2, '$1', \"$3\", $1"), "SELECT ?2, '$1', \"$3\", ?1");
}

#[test]
fn only_sqlite_addresses_with_a_path_are_opened() {
    assert_eq!(path_of("sqlite:data/p.db").unwrap(), PathBuf::from("data/p.db"));
    assert_eq!(path_of("sqlite:///var/p.db").unwrap(), PathBuf::from("/var/p.db"));
    for bad in ["postgres://u:secret@h/db", "sqlite:", "sqlite::memory:", "p.db"] {
        let error = path_of(bad).unwrap_err().to_string();
        assert!(error.starts_with("database.url:") && !error.contains("secret"), "{error}");
    }
}

#[tokio::test]
async fn an_error_undoes_its_own_work_and_nobody_elses() {
    let (_folder, db) = fresh().await;
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
    assert_eq!(count(&db).await, 100);
}

#[tokio::test]
async fn a_panic_is_an_error_and_the_thread_lives() {
    let (_folder, db) = fresh().await;
    let outcome: Result<(), DbError> = db
        .write(|tx| {
            tx.exec("INSERT INTO t(a, b) VALUES(1, 'x')", &[])?;
            panic!("boom")
        })
        .await;
    assert!(matches!(outcome, Err(DbError::Panicked)));
    let outcome: Result<(), DbError> = db.read(|_| panic!("boom")).await;
    assert!(matches!(outcome, Err(DbError::Panicked)));
    assert_eq!(count(&db).await, 0);
    db.write(|tx| tx.exec("INSERT INTO t(a, b) VALUES(1, 'x')", &[])).await.unwrap();
    assert_eq!(count(&db).await, 1);
}

#[tokio::test]
async fn readers_cannot_write_and_constraints_have_names() {
    let (_folder, db) = fresh().await;
    let refused = db.read(|tx| tx.exec("INSERT INTO t(a) VALUES(1)", &[])).await;
    assert!(matches!(refused, Err(DbError::Io(_) | DbError::Statement(_))), "{refused:?}");
    db.write(|tx| tx.exec("INSERT INTO t(a) VALUES(1)", &[])).await.unwrap();
    let twice = db.write(|tx| tx.exec("INSERT INTO t(a) VALUES(1)", &[])).await;
    assert!(matches!(twice, Err(DbError::Exists(_))), "{twice:?}");
    let wrong = db.read(|tx| tx.query("SELECT nothing FROM t", &[])).await;
    assert!(matches!(wrong, Err(DbError::Statement(_))), "{wrong:?}");
}

#[tokio::test]
async fn a_full_database_is_named_and_recovers() {
    let (_folder, db) = fresh().await;
    let pages = db.read(|tx| tx.number("PRAGMA page_count", &[])).await.unwrap();
    let limit = format!("PRAGMA max_page_count={}", pages + 8);
    db.write(move |tx| tx.query(&limit, &[])).await.unwrap();
    let big = "x".repeat(200_000);
    let outcome = db.write(move |tx| tx.exec("INSERT INTO t(a, b) VALUES(1, $1)", vals![big])).await;
    assert!(matches!(outcome, Err(DbError::Full)), "{outcome:?}");
    db.write(|tx| tx.exec("INSERT INTO t(a, b) VALUES(2, 'small')", &[])).await.unwrap();
    assert_eq!(count(&db).await, 1);
}

#[tokio::test]
async fn what_was_answered_is_there_after_reopening() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("deep/er/t.db").display());
    let db = Db::open(&url).await.unwrap();
    let groups = "SELECT COUNT(*) FROM permission_group";
    assert_eq!(db.read(move |tx| tx.number(groups, &[])).await.unwrap(), 1);
    drop(db);
    let db = Db::open(&url).await.unwrap();
    assert_eq!(db.read(move |tx| tx.number(groups, &[])).await.unwrap(), 1);
    db.write(|tx| tx.exec("INSERT INTO schema_version(version, applied_at) VALUES(99, 0)", &[]))
        .await
        .unwrap();
    drop(db);
    assert!(matches!(Db::open(&url).await, Err(DbError::Newer { found: 99, .. })));
}
