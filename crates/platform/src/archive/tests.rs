//! The list of tables is the schema's; the key's wrapping and the lines of rows come back as they went.

use std::collections::BTreeSet;

use runtime::seal::KeyBytes;

use super::tables::{LEFT_OUT, Table, exported, up_to};
use super::{ArchiveError, backup_name, is_backup_name, keys, rows};
use crate::db::{DbError, Row, Tx, Val, vals};
use crate::seal::tests::database;

fn texts(rows: &[Row]) -> Vec<String> {
    rows.iter().map(|row| row.text("t").unwrap()).collect()
}

#[tokio::test]
async fn every_table_is_exported_or_left_out_for_a_reason() {
    let folder = tempfile::tempdir().unwrap();
    let db = database(folder.path()).await;
    let listed = up_to(i64::MAX);
    let names: BTreeSet<String> = listed.iter().map(|table| table.name.clone()).collect();
    assert_eq!(names.len(), listed.len(), "a table is made twice");
    for (name, reason) in LEFT_OUT {
        assert!(names.contains(*name) && !reason.is_empty(), "{name}");
    }
    let read = db.read(move |tx: &mut Tx<'_>| {
        let there = "SELECT name AS t FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'";
        let there: BTreeSet<String> = texts(&tx.query(there, &[])?).into_iter().collect();
        let mut keys = Vec::new();
        let mut references = Vec::new();
        for table in &listed {
            let key = "SELECT name AS t FROM pragma_table_info($1) WHERE pk > 0 ORDER BY pk";
            keys.push((table.clone(), texts(&tx.query(key, vals![&table.name])?)));
            let to = "SELECT DISTINCT \"table\" AS t FROM pragma_foreign_key_list($1)";
            references.push((table.name.clone(), texts(&tx.query(to, vals![&table.name])?)));
        }
        Ok::<_, DbError>((there, keys, references))
    });
    let (there, keys, references) = read.await.unwrap();
    assert_eq!(there, names);
    for (table, key) in keys {
        assert_eq!(table.key, key, "the key of {}", table.name);
    }
    let mut before = BTreeSet::new();
    for (name, to) in references {
        for other in to {
            assert!(before.contains(&other), "{name} refers to {other}, which comes after it");
        }
        before.insert(name);
    }
    let versions: Vec<usize> = [1, 2, 3].map(|version| exported(version).len()).to_vec();
    assert!(versions[0] < versions[1] && versions[1] < versions[2], "{versions:?}");
}

#[test]
fn a_wrapped_key_opens_with_its_passphrase_only() {
    let key = KeyBytes::new([7; 32]);
    let wrapped = keys::wrap(&key, "correct horse battery").unwrap();
    assert!(*keys::unwrap(&wrapped, "correct horse battery").unwrap() == *key);
    let refused = |result: Result<KeyBytes, ArchiveError>| result.err().unwrap().to_string();
    assert!(refused(keys::unwrap(&wrapped, "correct horse batterx")).contains("passphrase is not the one"));
    assert!(keys::wrap(&key, "too short").err().unwrap().to_string().contains("at least 12"));
    let mut told = serde_json::to_value(&wrapped).unwrap();
    // A file must not make this program take all memory.
    told["memory_kib"] = (64 << 20).into();
    let greedy: keys::Wrapped = serde_json::from_value(told).unwrap();
    assert!(refused(keys::unwrap(&greedy, "correct horse battery")).contains("does not know"));
}

#[tokio::test]
async fn rows_come_back_as_they_went() {
    let folder = tempfile::tempdir().unwrap();
    let db = database(folder.path()).await;
    let table = Table { name: "trial".to_owned(), key: vec!["a".to_owned(), "b".to_owned()] };
    let done = db.write(move |tx| {
        tx.exec("CREATE TABLE trial(a TEXT, b BIGINT, c DOUBLE PRECISION, d BYTEA, PRIMARY KEY(a, b))", &[])?;
        let reals = [0.1 + 0.2, f64::MAX, -0.0, f64::INFINITY, 5.0, f64::MIN_POSITIVE];
        for n in 0..450_i64 {
            let real = reals.get(n as usize).copied();
            let text = format!("{}\"\n\u{1f600}\u{0}", n / 7).replace('\0', "");
            let bytes = (n % 3 == 0).then(|| vec![0, 255, n as u8]);
            tx.exec("INSERT INTO trial VALUES($1, $2, $3, $4)", vals![text, i64::MAX - n, real, bytes])?;
        }
        let mut all = Vec::new();
        let (mut lines, mut after, mut pages) = (Vec::new(), None, 0);
        loop {
            let page = rows::page(tx, &table, after.as_deref())?;
            let Some(last) = page.last() else { break };
            after = Some(rows::key_of(&table, last)?);
            pages += 1;
            for row in &page {
                rows::to_line(row, &mut lines);
                all.push(
                    row.fields().map(|(name, value)| (name.to_owned(), value.clone())).collect::<Vec<_>>(),
                );
            }
        }
        let read = rows::from_lines(&lines).unwrap();
        tx.exec("DELETE FROM trial WHERE b % 2 = 0", &[])?;
        rows::put(tx, &table, &read)?;
        let mut again = Vec::new();
        rows::page(tx, &table, None)?.iter().for_each(|row| rows::to_line(row, &mut again));
        assert_eq!(lines[..again.len()], again);
        assert_eq!((pages, tx.number("SELECT COUNT(*) FROM trial", &[])?), (3, 450));
        Ok::<_, DbError>((sorted(&all), sorted(&read)))
    });
    let (written, read) = done.await.unwrap();
    assert_eq!(written, read);
}

/// Columns by name: JSON objects have an order of their own.
fn sorted(rows: &[Vec<(String, Val)>]) -> Vec<Vec<(String, Val)>> {
    let mut rows = rows.to_vec();
    for row in &mut rows {
        row.sort_by(|one, two| one.0.cmp(&two.0));
    }
    rows
}

#[test]
fn what_is_no_row_is_refused() {
    for line in [
        "[]",
        "{\"a\": true}",
        "{\"a\": 1.5}",
        "{\"a\": {\"real\": \"x\"}}",
        "{\"a\": {\"bytes\": \"*\"}}",
        "{\"a) VALUES(1); DROP TABLE person; --\": 1}",
        "{\"\": 1}",
        "\u{0}",
    ] {
        assert!(rows::from_lines(line.as_bytes()).is_err(), "{line}");
    }
    assert!(rows::from_lines(b"\xff").is_err());
}

#[test]
fn names_of_backups_are_recognised() {
    assert!(is_backup_name(&backup_name()), "{}", backup_name());
    for other in ["menshen-2026.tar.gz", "menshen-20260101-000000.tar", "other-20260101-000000.tar.gz"] {
        assert!(!is_backup_name(other), "{other}");
    }
}
