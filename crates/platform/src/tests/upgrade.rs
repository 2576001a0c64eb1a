//! From every version of the schema there ever was to the newest one: what a database held then, it holds afterwards.
//!
//! The rows are made from the migrations' own text, one for each table with every column filled, so a new migration is tested
//! without anybody thinking of it. Every text is `1` and every number 1: whatever refers to something else finds it.

use std::collections::BTreeMap;

use runtime::testing::PrivatePostgres;

use crate::db::{Db, DbError, Tx, Val, migrate};

/// Columns with their types, by table.
type Tables = BTreeMap<String, Vec<(String, String)>>;

/// The tables there are at a version.
fn tables_at(version: usize) -> Tables {
    let mut tables = Tables::new();
    for script in &migrate::scripts()[..version] {
        let mut open: Option<String> = None;
        for line in script.lines().map(|line| line.split("--").next().unwrap_or("").trim()) {
            let words: Vec<&str> = line.split([' ', ',', '(', ';']).filter(|word| !word.is_empty()).collect();
            match words.as_slice() {
                ["CREATE", "TABLE", name, ..] => {
                    tables.insert((*name).to_owned(), Vec::new());
                    open = Some((*name).to_owned());
                }
                ["ALTER", "TABLE", name, "ADD", "COLUMN", column, kind, ..] => {
                    tables.get_mut(*name).unwrap().push(((*column).to_owned(), (*kind).to_owned()));
                }
                ["ALTER", "TABLE", name, "DROP", "COLUMN", column, ..] => {
                    tables.get_mut(*name).unwrap().retain(|(known, _)| known != column);
                }
                [column, kind @ ("TEXT" | "BIGINT" | "BYTEA" | "DOUBLE"), ..] => {
                    let table = open.as_ref().unwrap_or_else(|| panic!("{line}: a column of no table"));
                    tables.get_mut(table).unwrap().push(((*column).to_owned(), (*kind).to_owned()));
                }
                _ if line.starts_with(')') => open = None,
                _ => {}
            }
        }
    }
    assert!(tables.values().all(|columns| !columns.is_empty()), "{tables:?}");
    tables
}

/// The tables in the order in which they were made.
fn in_order(version: usize) -> Vec<String> {
    let text = migrate::scripts()[..version].join("\n");
    let made = text.lines().filter_map(|line| line.strip_prefix("CREATE TABLE "));
    made.map(|rest| rest.split(['(', ' ']).next().unwrap().to_owned()).collect()
}

fn value(kind: &str) -> Val {
    match kind {
        "BIGINT" => Val::Int(1),
        "DOUBLE" => Val::Real(1.0),
        "BYTEA" => Val::Bytes(vec![1]),
        _ => Val::Text("1".to_owned()),
    }
}

/// One row into each table.
fn fill(tx: &mut Tx<'_>, version: usize) -> Result<(), DbError> {
    let tables = tables_at(version);
    for table in in_order(version) {
        let columns = &tables[&table];
        let names: Vec<&str> = columns.iter().map(|(name, _)| name.as_str()).collect();
        let places: Vec<String> = (1..=columns.len()).map(|at| format!("${at}")).collect();
        let sql = format!("INSERT INTO {table}({}) VALUES({})", names.join(", "), places.join(", "));
        let values: Vec<Val> = columns.iter().map(|(_, kind)| value(kind)).collect();
        assert_eq!(tx.exec(&sql, &values)?, 1, "{table} at {version}");
    }
    Ok(())
}

/// Whether each row is there, every column there still is as it was; names what is not.
fn missing(tx: &mut Tx<'_>, version: usize) -> Result<Vec<String>, DbError> {
    let (mut missing, newest) = (Vec::new(), tables_at(migrate::scripts().len()));
    for (table, mut columns) in tables_at(version) {
        columns.retain(|column| newest[&table].contains(column));
        let same: Vec<String> =
            columns.iter().zip(1..).map(|((name, _), at)| format!("{name} = ${at}")).collect();
        let values: Vec<Val> = columns.iter().map(|(_, kind)| value(kind)).collect();
        let sql = format!("SELECT COUNT(*) FROM {table} WHERE {}", same.join(" AND "));
        if tx.number(&sql, &values)? != 1 {
            missing.push(table);
        }
    }
    Ok(missing)
}

async fn upgraded(url: &str, version: usize) {
    let db = Db::connect(url).await.unwrap();
    let wanted = i64::try_from(version).unwrap();
    db.write(move |tx: &mut Tx<'_>| {
        migrate::run_to(tx, Some(wanted))?;
        fill(tx, version)
    })
    .await
    .unwrap_or_else(|error| panic!("{version}: {error}"));
    drop(db);
    let db = Db::open(url).await.unwrap_or_else(|error| panic!("from {version}: {error}"));
    let newest = i64::try_from(migrate::scripts().len()).unwrap();
    let (found, missing) = db
        .read(move |tx: &mut Tx<'_>| Ok::<_, DbError>((migrate::version(tx)?, missing(tx, version)?)))
        .await
        .unwrap();
    // Sessions of before they could be listed and ended are over: their owners log in again.
    let expected = if (1..7).contains(&version) { vec!["session".to_owned()] } else { Vec::new() };
    assert_eq!((found, missing), (newest, expected), "from {version}");
    if (1..6).contains(&version) {
        let told = "SELECT COUNT(*) FROM event WHERE arrived_at = 1 AND estimated_at = 1 AND photo_bytes = 0 AND late = 0";
        assert_eq!(db.read(move |tx: &mut Tx<'_>| tx.number(told, &[])).await.unwrap(), 1, "from {version}");
    }
}

#[tokio::test]
async fn every_version_of_sqlite_becomes_the_newest_and_keeps_what_it_held() {
    for version in 0..=migrate::scripts().len() {
        let folder = tempfile::tempdir().unwrap();
        upgraded(&format!("sqlite:{}", folder.path().join("platform.db").display()), version).await;
    }
}

#[tokio::test]
async fn every_version_of_postgresql_becomes_the_newest_and_keeps_what_it_held() {
    for version in 0..=migrate::scripts().len() {
        let fresh = tokio::task::spawn_blocking(|| PrivatePostgres::shared().fresh_database().unwrap());
        let url = fresh.await.unwrap();
        upgraded(&url, version).await;
        PrivatePostgres::shared().drop_database(&url);
    }
}
