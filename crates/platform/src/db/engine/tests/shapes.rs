//! Every shape of statement the query functions use, with the same answer on every engine.

use super::*;

/// A row of values, as words: what two engines are compared by.
fn words(row: &Row, columns: &[&str]) -> Vec<String> {
    columns
        .iter()
        .map(|column| {
            let integer = row.opt_int(column).map(|value| value.map(|value| value.to_string()));
            let real = || row.opt_real(column).map(|value| value.map(|value| format!("{value:?}")));
            let text = || row.opt_text(column).map(|value| value.map(|value| format!("{value:?}")));
            let bytes = || row.opt_bytes(column).map(|value| value.map(|value| format!("{value:x?}")));
            let value = integer.or_else(|_| real()).or_else(|_| text()).or_else(|_| bytes()).unwrap();
            value.unwrap_or_else(|| "null".to_owned())
        })
        .collect()
}

struct Shape {
    sql: &'static str,
    params: &'static [Val],
    columns: &'static [&'static str],
    rows: &'static [&'static [&'static str]],
}

const NUMBERED: &str = "INSERT INTO s(k, n, r, t, x) VALUES
    ('a', 1, 0.5, 'Öl', $1), ('b', 2, NULL, 'oil', NULL), ('B', 9007199254740993, -1.5, '', $2), ('ä', NULL, 3, NULL, NULL)";

const SHAPES: &[Shape] = &[
    Shape {
        sql: "SELECT k FROM s ORDER BY k",
        params: &[],
        columns: &["k"],
        rows: &[&["\"B\""], &["\"a\""], &["\"b\""], &["\"ä\""]],
    },
    Shape {
        sql: "SELECT k, n, r, t, x FROM s WHERE k IN ($1, $2) ORDER BY k DESC LIMIT $3",
        params: &[Val::Null, Val::Null, Val::Int(5)],
        columns: &["k"],
        rows: &[],
    },
    Shape {
        sql: "SELECT n, r, t, x FROM s WHERE n > 0 ORDER BY n",
        params: &[],
        columns: &["n", "r", "t", "x"],
        rows: &[
            &["1", "0.5", "\"Öl\"", "[0, ff]"],
            &["2", "null", "\"oil\"", "null"],
            &["9007199254740993", "-1.5", "\"\"", "[]"],
        ],
    },
    Shape {
        sql: "SELECT COUNT(*) AS a, COUNT(n) AS b, CAST(SUM(n) AS BIGINT) AS c, MAX(k) AS d, MIN(r) AS e,
            COUNT(DISTINCT t) AS f FROM s",
        params: &[],
        columns: &["a", "b", "c", "d", "e", "f"],
        rows: &[&["4", "3", "9007199254740996", "\"ä\"", "-1.5", "3"]],
    },
    Shape {
        sql: "SELECT CASE WHEN n IS NULL THEN 1 ELSE 0 END AS a, COALESCE(t, $1) AS b FROM s ORDER BY k",
        params: &[Val::Null],
        columns: &["a", "b"],
        rows: &[&["0", "\"\""], &["0", "\"Öl\""], &["0", "\"oil\""], &["1", "null"]],
    },
    Shape {
        sql: "SELECT k FROM s WHERE (t = $1 OR $1 IS NULL) AND k > $2 ORDER BY n IS NULL, k LIMIT 2",
        params: &[Val::Null, Val::Text(String::new())],
        columns: &["k"],
        rows: &[&["\"B\""], &["\"a\""]],
    },
    Shape {
        sql: "SELECT LOWER(k) AS a, CAST(COUNT(*) AS BIGINT) AS b FROM s GROUP BY LOWER(k) HAVING COUNT(*) > 1",
        params: &[],
        columns: &["a", "b"],
        rows: &[&["\"b\"", "2"]],
    },
    Shape {
        sql: "SELECT k FROM s WHERE LOWER(t) LIKE LOWER($1) ESCAPE '\\' ORDER BY k",
        params: &[Val::Null],
        columns: &["k"],
        rows: &[],
    },
    Shape {
        sql: "WITH few AS (SELECT k, n FROM s WHERE n < 10) SELECT a.k AS k, b.n AS n FROM few a JOIN few b ON b.n > a.n",
        params: &[],
        columns: &["k", "n"],
        rows: &[&["\"a\"", "2"]],
    },
    Shape {
        sql: "SELECT k, 1 AS which FROM s WHERE n = 1 UNION ALL SELECT k, 2 AS which FROM s WHERE n = 2 ORDER BY which",
        params: &[],
        columns: &["k", "which"],
        rows: &[&["\"a\"", "1"], &["\"b\"", "2"]],
    },
    Shape {
        sql: "SELECT a.k AS k FROM s a LEFT JOIN s b ON b.n = a.n + $1 WHERE b.k IS NOT NULL",
        params: &[Val::Int(1)],
        columns: &["k"],
        rows: &[&["\"a\""]],
    },
    Shape {
        sql: "SELECT k FROM s WHERE EXISTS (SELECT 1 FROM s i WHERE i.n = s.n AND i.r < $1) ORDER BY k",
        params: &[Val::Int(0)],
        columns: &["k"],
        rows: &[&["\"B\""]],
    },
    Shape {
        sql: "INSERT INTO s(k, n) VALUES($1, $2) ON CONFLICT(k) DO NOTHING RETURNING n",
        params: &[Val::Null, Val::Null],
        columns: &["n"],
        rows: &[],
    },
    Shape {
        sql: "INSERT INTO s(k, n) VALUES('a', $1) ON CONFLICT(k) DO UPDATE SET n = s.n + excluded.n
            WHERE s.n <= $2 RETURNING k, n",
        params: &[Val::Int(10), Val::Int(1)],
        columns: &["k", "n"],
        rows: &[&["\"a\"", "11"]],
    },
    Shape {
        sql: "UPDATE s SET t = $1, r = COALESCE($2, r) WHERE k = 'b' RETURNING t, r",
        params: &[Val::Null, Val::Int(4)],
        columns: &["t", "r"],
        rows: &[&["null", "4.0"]],
    },
    Shape {
        sql: "DELETE FROM s WHERE k IN (SELECT k FROM s WHERE n >= $1 ORDER BY n DESC LIMIT $2) RETURNING k",
        params: &[Val::Int(2), Val::Int(1)],
        columns: &["k"],
        rows: &[&["\"B\""]],
    },
    Shape {
        sql: "INSERT INTO s(k, n) SELECT k || '2', $1 FROM s WHERE n IS NOT NULL RETURNING k, n",
        params: &[Val::Int(7)],
        columns: &["k", "n"],
        rows: &[&["\"a2\"", "7"], &["\"b2\"", "7"]],
    },
    Shape {
        sql: "SELECT k, ROW_NUMBER() OVER (ORDER BY k) AS place FROM s ORDER BY k LIMIT 2 OFFSET 1",
        params: &[],
        columns: &["k", "place"],
        rows: &[&["\"a2\"", "2"], &["\"b\"", "3"]],
    },
];

#[tokio::test]
async fn every_shape_of_statement_answers_the_same() {
    for fresh in &both().await {
        let table = "CREATE TABLE s(k TEXT PRIMARY KEY, n BIGINT, r DOUBLE PRECISION, t TEXT, x BYTEA)";
        let told = fresh
            .db
            .write(move |tx| {
                tx.exec(table, &[])?;
                tx.exec(NUMBERED, &[Val::Bytes(vec![0, 255]), Val::Bytes(Vec::new())])?;
                SHAPES
                    .iter()
                    .map(|shape| {
                        // A key that is null is refused by one engine only: such inserts get a key that exists.
                        let mut params = shape.params.to_vec();
                        if shape.sql.contains("DO NOTHING") {
                            params[0] = Val::Text("a".to_owned());
                        }
                        let rows = tx.query(shape.sql, &params)?;
                        let mut rows: Vec<_> = rows.iter().map(|row| words(row, shape.columns)).collect();
                        if shape.sql.contains("RETURNING") {
                            // In no particular order.
                            rows.sort();
                        }
                        Ok::<_, DbError>(rows)
                    })
                    .collect::<Result<Vec<_>, _>>()
            })
            .await
            .unwrap();
        for (shape, rows) in SHAPES.iter().zip(told) {
            assert_eq!(rows, shape.rows, "{}: {}", fresh.url, shape.sql);
        }
    }
}

#[tokio::test]
async fn what_would_differ_between_engines_is_refused_by_the_stricter_one() {
    let fresh = both().await.pop().unwrap();
    for (sql, params, said) in [
        ("SELECT SUM(a) AS total FROM t", vec![], "NUMERIC"),
        ("SELECT a FROM t WHERE b = $1", vec![Val::Int(1)], "CAST"),
        ("SELECT a FROM t WHERE a = $1", vec![Val::Text("1".to_owned())], "CAST"),
        ("SELECT a FROM t WHERE a = $1", vec![], "1 parameters"),
    ] {
        fresh.db.write(|tx| tx.exec("INSERT INTO t(a) VALUES(1) ON CONFLICT DO NOTHING", &[])).await.unwrap();
        let refused = fresh.db.read(move |tx| tx.query(sql, &params)).await.unwrap_err();
        assert!(refused.to_string().contains(said), "{refused}");
    }
}
