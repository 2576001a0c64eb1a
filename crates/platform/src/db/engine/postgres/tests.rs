use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicUsize, Ordering};
use std::time::Instant;

use runtime::testing::{ChaosProxy, PrivatePostgres, wait_until};

use super::*;
use crate::db::{Db, vals};

async fn fresh() -> String {
    tokio::task::spawn_blocking(|| PrivatePostgres::shared().fresh_database().unwrap()).await.unwrap()
}

fn name_of(url: &str) -> &str {
    url.rsplit('/').next().unwrap().split('?').next().unwrap()
}

/// Everything a test waits for happens within this time even on a busy machine.
const PATIENCE: Duration = Duration::from_secs(90);

/// Why a database does not open.
async fn refused(url: &str) -> DbError {
    refused_within(url, PATIENCE).await
}

async fn refused_within(url: &str, patience: Duration) -> DbError {
    match Db::open_within(url, patience).await {
        Ok(_) => panic!("{url} opened"),
        Err(error) => error,
    }
}

#[tokio::test]
async fn a_server_that_is_not_there_is_tried_for_a_while() {
    let begun = Instant::now();
    let error = refused_within("postgres://me:secret@127.0.0.1:1/doors", Duration::from_secs(1)).await;
    assert!(begun.elapsed() >= Duration::from_secs(1), "{error}");
    let text = error.to_string();
    assert!(matches!(error, DbError::Io(_)), "{text}");
    assert!(text.contains("127.0.0.1:1") && text.contains("attempts") && !text.contains("secret"), "{text}");
}

#[tokio::test]
async fn what_no_waiting_helps_is_refused_at_once_with_what_to_do() {
    let url = fresh().await;
    let server = PrivatePostgres::shared();
    for (wrong, named) in [
        (url.replace("menshen:menshen", "menshen:secret"), "password"),
        (url.replace("menshen:menshen", "nobody:secret"), "nobody"),
        (url.replace(name_of(&url), "nowhere"), "nowhere"),
        (url.replace("sslmode=disable", "sslmode=require"), "TLS"),
    ] {
        let error = refused(&wrong).await;
        let text = error.to_string();
        assert!(matches!(error, DbError::Url(_)) && text.contains(named), "{text}");
        assert!(!text.contains("secret"), "{text}");
    }
    for (name, how) in [("latin", "ENCODING 'LATIN1' LOCALE 'C'"), ("worldly", "LOCALE 'C.UTF-8'")] {
        server.sql("postgres", &format!("CREATE DATABASE {name} TEMPLATE template0 {how}")).unwrap();
        let error = refused(&PrivatePostgres::url_at(server.address(), name)).await;
        assert!(matches!(error, DbError::Url(_)) && error.to_string().contains("CREATE DATABASE"), "{error}");
    }
    server.drop_database(&url);
}

#[tokio::test]
async fn a_role_that_may_not_create_tables_is_told_so() {
    let url = fresh().await;
    let server = PrivatePostgres::shared();
    server.sql("postgres", "CREATE ROLE guest LOGIN PASSWORD 'guest'").unwrap();
    server.sql(name_of(&url), "REVOKE CREATE ON SCHEMA public FROM PUBLIC").unwrap();
    let error = refused(&url.replace("menshen:menshen", "guest:guest")).await;
    assert!(error.to_string().contains("permission denied"), "{error}");
    server.drop_database(&url);
}

#[tokio::test]
async fn errors_of_the_server_have_our_names() {
    let url = fresh().await;
    let db = Db::open(&url).await.unwrap();
    type Is = fn(&DbError) -> bool;
    let cases: [(&str, Is); 7] = [
        ("53100", |error| matches!(error, DbError::Full)),
        ("55P03", |error| matches!(error, DbError::Busy)),
        ("40001", |error| matches!(error, DbError::Busy)),
        ("23505", |error| matches!(error, DbError::Exists(_))),
        ("23514", |error| matches!(error, DbError::Rule(_))),
        ("58030", |error| matches!(error, DbError::Io(_)) && error.is_transient()),
        ("0A000", |error| matches!(error, DbError::Statement(_))),
    ];
    for (code, is) in cases {
        let raise = format!("DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '{code}'; END $$");
        let error = db.write(move |tx| tx.exec(&raise, &[])).await.unwrap_err();
        assert!(is(&error), "{code}: {error:?}");
        // Whatever it was, the next one is not affected.
        assert_eq!(db.write(|tx| tx.number("SELECT 1", &[])).await.unwrap(), 1, "{code}");
    }
    let long = "x".repeat(100_000) + &(0..9_000).map(|n| n.to_string()).collect::<String>();
    let id = "INSERT INTO permission_group(id, name, created_at) VALUES('long', $1, 0)";
    let error = db.write(move |tx| tx.exec(id, vals![long])).await.unwrap_err();
    assert!(matches!(error, DbError::Rule(_)), "{error:?}");
    drop(db);
    PrivatePostgres::shared().drop_database(&url);
}

#[tokio::test]
async fn a_connection_the_server_ended_is_made_again_unnoticed() {
    let url = fresh().await;
    let db = Db::open(&url).await.unwrap();
    for _ in 0..2 {
        db.write(|tx| tx.number("SELECT 1", &[])).await.unwrap();
        db.read(|tx| tx.number("SELECT 1", &[])).await.unwrap();
        let end = format!(
            "SELECT COUNT(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = '{}'",
            name_of(&url)
        );
        tokio::task::spawn_blocking(move || PrivatePostgres::shared().sql("postgres", &end).unwrap())
            .await
            .unwrap();
        // Nothing had begun on it, so nobody needs to know.
        assert_eq!(db.write(|tx| tx.number("SELECT 1", &[])).await.unwrap(), 1);
        assert_eq!(db.read(|tx| tx.number("SELECT 1", &[])).await.unwrap(), 1);
    }
    drop(db);
    PrivatePostgres::shared().drop_database(&url);
}

/// Waits until so many more are counted.
async fn grows(count: &AtomicUsize, more: usize) {
    let enough = count.load(Ordering::Relaxed) + more;
    let reached = wait_until(PATIENCE, || async { count.load(Ordering::Relaxed) >= enough }).await;
    assert!(reached, "{} of {enough}", count.load(Ordering::Relaxed));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn work_cut_off_in_the_middle_is_an_error_and_what_was_answered_is_there() {
    let url = fresh().await;
    let proxy = ChaosProxy::start(PrivatePostgres::shared().address()).await.unwrap();
    let db = Db::open(&PrivatePostgres::url_at(proxy.addr(), name_of(&url))).await.unwrap();
    db.write(|tx| tx.exec("CREATE TABLE t(a BIGINT PRIMARY KEY)", &[])).await.unwrap();
    let (next, over) = (Arc::new(AtomicI64::new(0)), Arc::new(AtomicBool::new(false)));
    let (answered, failed) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let writers = (0..4).map(|_| {
        let (db, next, over) = (db.clone(), Arc::clone(&next), Arc::clone(&over));
        let (answered, failed) = (Arc::clone(&answered), Arc::clone(&failed));
        tokio::spawn(async move {
            let mut there = Vec::new();
            while !over.load(Ordering::Relaxed) {
                let key = next.fetch_add(1, Ordering::Relaxed);
                match db.write(move |tx| tx.exec("INSERT INTO t(a) VALUES($1)", vals![key])).await {
                    Ok(_) => {
                        there.push(key);
                        answered.fetch_add(1, Ordering::Relaxed);
                    }
                    Err(error) => {
                        assert!(error.is_transient(), "{error:?}");
                        failed.fetch_add(1, Ordering::Relaxed);
                    }
                }
            }
            there
        })
    });
    let writers: Vec<_> = writers.collect();
    for _ in 0..3 {
        grows(&answered, 10).await;
        proxy.cut();
        grows(&failed, 1).await;
        proxy.restore();
    }
    grows(&answered, 10).await;
    over.store(true, Ordering::Relaxed);
    let mut there = Vec::new();
    for writer in writers {
        there.extend(writer.await.unwrap());
    }
    let kept = db.read(|tx| tx.query("SELECT a FROM t", &[])).await.unwrap();
    let kept: std::collections::BTreeSet<i64> = kept.iter().map(|row| row.int("a").unwrap()).collect();
    let lost: Vec<_> = there.iter().filter(|key| !kept.contains(key)).collect();
    assert!(lost.is_empty(), "answered and not there: {lost:?}");
    drop(db);
    PrivatePostgres::shared().drop_database(&url);
}

#[tokio::test]
async fn while_the_server_is_away_callers_are_refused_in_time() {
    let url = fresh().await;
    let proxy = ChaosProxy::start(PrivatePostgres::shared().address()).await.unwrap();
    let db = Db::open(&PrivatePostgres::url_at(proxy.addr(), name_of(&url))).await.unwrap();
    proxy.cut();
    let begun = Instant::now();
    let (writing, reading) =
        tokio::join!(db.write(|tx| tx.number("SELECT 1", &[])), db.read(|tx| tx.number("SELECT 1", &[])),);
    for outcome in [writing, reading] {
        assert!(matches!(&outcome, Err(error @ DbError::Io(_)) if error.is_transient()), "{outcome:?}");
    }
    assert!(begun.elapsed() < Duration::from_secs(60), "{:?}", begun.elapsed());
    proxy.restore();
    let back = wait_until(PATIENCE, || async { db.write(|tx| tx.number("SELECT 1", &[])).await.is_ok() });
    assert!(back.await);
    drop(db);
    PrivatePostgres::shared().drop_database(&url);
}

#[tokio::test]
async fn the_connection_is_encrypted_as_the_address_demands() {
    let key = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let other = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let (certificate, private) = (key.cert.pem(), key.signing_key.serialize_pem());
    let server = tokio::task::spawn_blocking(move || {
        PrivatePostgres::start_with(
            &["ssl=on", "ssl_cert_file=../server.pem", "ssl_key_file=../server.key"],
            &[("server.pem", &certificate), ("server.key", &private)],
        )
    });
    let server = server.await.unwrap().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let [trusted, stranger] = [("trusted.pem", &key), ("stranger.pem", &other)].map(|(name, key)| {
        let path = folder.path().join(name);
        std::fs::write(&path, key.cert.pem()).unwrap();
        path.display().to_string()
    });
    let port = server.address().port();
    let at =
        |rest: &str| format!("postgres://menshen:menshen@localhost:{port}/postgres?hostaddr=127.0.0.1{rest}");
    let encrypted = "SELECT CASE WHEN ssl THEN 1 ELSE 0 END FROM pg_stat_ssl WHERE pid = pg_backend_pid()";
    for (rest, expected) in [
        (String::new(), 1),
        ("&sslmode=prefer".to_owned(), 1),
        ("&sslmode=disable".to_owned(), 0),
        (format!("&sslmode=require&sslrootcert={trusted}"), 1),
    ] {
        let db = Db::open(&at(&rest)).await.unwrap();
        assert_eq!(db.read(move |tx| tx.number(encrypted, &[])).await.unwrap(), expected, "{rest}");
    }
    // Nobody this machine trusts, somebody else, and the right one under a wrong name.
    for rest in ["&sslmode=require".to_owned(), format!("&sslmode=require&sslrootcert={stranger}")] {
        let error = refused(&at(&rest)).await;
        assert!(
            matches!(error, DbError::Url(_)) && error.to_string().contains("certificate"),
            "{rest}: {error}"
        );
    }
    let error =
        refused(&at(&format!("&sslmode=require&sslrootcert={trusted}")).replace("@localhost", "@elsewhere"))
            .await;
    assert!(matches!(error, DbError::Url(_)) && error.to_string().contains("certificate"), "{error}");
}
