//! Where engines could differ and must not: random rows and questions, and both tell the same.

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use tokio::runtime::Runtime;

use super::*;

/// Texts that sort, fold and match differently where a language has its say.
fn text() -> impl Strategy<Value = String> {
    let tricky = "[aAbBzZäÄßéœŒıİ０九_%\\\\ '\"-]{0,4}";
    prop_oneof![tricky, "[a-c]{0,2}", "\\PC{0,3}"]
}

/// Asks both engines the same of the same rows, `cases` times.
fn agree<S>(cases: u32, strategy: &S, ask: fn(&mut Tx<'_>, S::Value) -> Result<Vec<String>, DbError>)
where
    S: Strategy,
    S::Value: Clone + Send + 'static,
{
    let runtime = Runtime::new().unwrap();
    let engines = runtime.block_on(both());
    let told = |input: &S::Value| {
        let of = |fresh: &Fresh| {
            let input = input.clone();
            runtime.block_on(fresh.db.write(move |tx| {
                tx.exec("DELETE FROM t", &[])?;
                ask(tx, input)
            }))
        };
        engines.iter().map(of).collect::<Result<Vec<_>, DbError>>().unwrap()
    };
    let mut runner = TestRunner::new(Config { failure_persistence: None, ..Config::with_cases(cases) });
    runner
        .run(strategy, |input| {
            let told = told(&input);
            prop_assert_eq!(&told[0], &told[1]);
            Ok(())
        })
        .unwrap();
    drop(engines);
}

fn fill(tx: &mut Tx<'_>, texts: &[Option<String>]) -> Result<(), DbError> {
    for (n, text) in (0i64..).zip(texts) {
        tx.exec("INSERT INTO t(a, b) VALUES($1, $2)", vals![n, text.clone()])?;
    }
    Ok(())
}

fn keys(rows: &[Row]) -> Result<Vec<String>, DbError> {
    rows.iter().map(|row| row.int("a").map(|key| key.to_string())).collect()
}

#[test]
fn texts_have_one_order() {
    let input = (prop::collection::vec(prop::option::of(text()), 0..12), text());
    agree(60, &input, |tx, (texts, than)| {
        fill(tx, &texts)?;
        let mut told = keys(&tx.query("SELECT a FROM t WHERE b > $1 ORDER BY b, a", vals![than.clone()])?)?;
        let extremes = tx.query("SELECT MIN(b) AS low, MAX(b) AS high FROM t WHERE b <= $1", vals![than])?;
        told.push(format!("{:?} {:?}", extremes[0].opt_text("low")?, extremes[0].opt_text("high")?));
        told.extend(keys(
            &tx.query("SELECT MIN(a) AS a FROM t WHERE b IS NOT NULL GROUP BY b ORDER BY b", &[])?,
        )?);
        Ok(told)
    });
}

#[test]
fn a_search_in_texts_finds_the_same() {
    let input = (prop::collection::vec(prop::option::of(text()), 0..12), text());
    agree(60, &input, |tx, (texts, word)| {
        fill(tx, &texts)?;
        let escaped = word.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
        let sql = "SELECT a FROM t WHERE LOWER(b) LIKE LOWER($1) ESCAPE '\\' ORDER BY a";
        let mut told = keys(&tx.query(sql, vals![format!("%{escaped}%")])?)?;
        told.extend(keys(&tx.query("SELECT a FROM t WHERE LOWER(b) = LOWER($1) ORDER BY a", vals![word])?)?);
        Ok(told)
    });
}

#[test]
fn upserts_leave_the_same_rows() {
    let value = (0i64..6, prop::option::of("[a-c]{0,2}"));
    agree(60, &prop::collection::vec(value, 0..20), |tx, changes| {
        let mut told = Vec::new();
        for (key, text) in changes {
            let sql = "INSERT INTO t(a, b) VALUES($1, $2) ON CONFLICT(a) DO UPDATE
                SET b = COALESCE(excluded.b || t.b, t.b, excluded.b) WHERE t.b IS NULL OR t.b <> excluded.b";
            told.push(tx.exec(sql, vals![key, text])?.to_string());
        }
        for row in tx.query("SELECT a, b FROM t ORDER BY a", &[])? {
            told.push(format!("{} {:?}", row.int("a")?, row.opt_text("b")?));
        }
        Ok(told)
    });
}

#[test]
fn nulls_and_numbers_compare_the_same() {
    let numbers = prop::collection::vec(prop_oneof![Just(None), any::<i64>().prop_map(Some)], 0..10);
    agree(60, &(numbers, prop::option::of(any::<i64>())), |tx, (numbers, than)| {
        let texts: Vec<_> = numbers.iter().map(|number| number.map(|number| number.to_string())).collect();
        fill(tx, &texts)?;
        let sql = "SELECT a FROM t WHERE (CAST(b AS BIGINT) >= $1 OR $1 IS NULL) ORDER BY b IS NULL, CAST(b AS BIGINT), a";
        let mut told = keys(&tx.query(sql, vals![than])?)?;
        told.extend(keys(&tx.query(
            "SELECT a FROM t WHERE NOT (b = $1) ORDER BY a",
            vals![texts.first().cloned().flatten()],
        )?)?);
        Ok(told)
    });
}
