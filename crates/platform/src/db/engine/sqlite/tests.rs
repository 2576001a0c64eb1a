use super::session::numbered;
use super::*;
use crate::db::{Db, vals};

#[test]
fn parameters_are_positions_outside_of_quotes() {
    assert_eq!(numbered("SELECT $2, '$1', \"$3\", $1"), "SELECT ?2, '$1', \"$3\", ?1");
}

#[test]
fn only_addresses_with_a_path_are_opened() {
    assert_eq!(path_of("sqlite:data/p.db").unwrap(), PathBuf::from("data/p.db"));
    assert_eq!(path_of("sqlite:///var/p.db").unwrap(), PathBuf::from("/var/p.db"));
    for bad in ["mysql://u:secret@h/db", "sqlite:", "sqlite::memory:", "p.db"] {
        let error = path_of(bad).unwrap_err().to_string();
        assert!(error.starts_with("database.url:") && !error.contains("secret"), "{error}");
    }
}

#[tokio::test]
async fn a_full_database_is_named_and_recovers() {
    let folder = tempfile::tempdir().unwrap();
    let db = Db::open(&format!("sqlite:{}", folder.path().join("t.db").display())).await.unwrap();
    db.write(|tx| tx.exec("CREATE TABLE t(a BIGINT PRIMARY KEY, b TEXT)", &[])).await.unwrap();
    let pages = db.read(|tx| tx.number("PRAGMA page_count", &[])).await.unwrap();
    let limit = format!("PRAGMA max_page_count={}", pages + 8);
    db.write(move |tx| tx.query(&limit, &[])).await.unwrap();
    let big = "x".repeat(200_000);
    let outcome = db.write(move |tx| tx.exec("INSERT INTO t(a, b) VALUES(1, $1)", vals![big])).await;
    assert!(matches!(outcome, Err(DbError::Full)), "{outcome:?}");
    db.write(|tx| tx.exec("INSERT INTO t(a, b) VALUES(2, 'small')", &[])).await.unwrap();
    assert_eq!(db.read(|tx| tx.number("SELECT COUNT(*) FROM t", &[])).await.unwrap(), 1);
}
