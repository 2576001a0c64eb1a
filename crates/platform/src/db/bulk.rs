//! Many rows by few statements: lists are cut into pieces of a few lengths, so that each statement is prepared once and used again.
//! On PostgreSQL a row of such a statement costs a small part of what a statement of its own does.

use super::{DbError, Tx, Val};

/// Rows or keys in one statement at most.
const TOGETHER: usize = 64;

/// The placeholders of a piece of keys, the first of them `$first`.
pub(super) fn places(first: usize) -> String {
    row(first, TOGETHER)
}

/// The keys in pieces that fill [`places`]: where there are fewer, the last is named again.
pub(super) fn pieces(keys: &[&str]) -> impl Iterator<Item = Vec<Val>> {
    keys.chunks(TOGETHER).map(|piece| {
        let last = piece.last().into_iter().cycle();
        piece.iter().chain(last).take(TOGETHER).map(|key| Val::from(*key)).collect()
    })
}

/// Runs `{into} VALUES (…), (…), … {conflict}` for rows of one length with keys of their own; nothing is to depend on their order.
pub(super) fn insert(
    tx: &mut Tx<'_>,
    into: &str,
    conflict: &str,
    rows: Vec<Vec<Val>>,
) -> Result<(), DbError> {
    let mut left = rows.len();
    let mut rows = rows.into_iter();
    while left > 0 {
        // Powers of two: the length of every list is made of them.
        let count = TOGETHER.min(1 << left.ilog2());
        left -= count;
        let piece: Vec<Vec<Val>> = rows.by_ref().take(count).collect();
        let width = piece.first().map_or(0, Vec::len);
        let values: Vec<String> = (0..count).map(|at| format!("({})", row(at * width + 1, width))).collect();
        tx.exec(&format!("{into} VALUES {} {conflict}", values.join(", ")), &piece.concat())?;
    }
    Ok(())
}

fn row(first: usize, width: usize) -> String {
    (first..).take(width).map(|at| format!("${at}")).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::db::testing::{Fresh, both};
    use crate::db::{list, vals};

    #[tokio::test]
    async fn every_row_is_written_and_found_however_many_there_are() {
        for Fresh { db, .. } in &both().await {
            for count in [0, 1, 63, 64, 65, 200] {
                let found = db.write(move |tx| {
                    tx.exec("DELETE FROM camera", &[])?;
                    let ids: Vec<String> = (0..count).map(|n| format!("camera {n}")).collect();
                    let some = |n: usize| n.is_multiple_of(2).then_some("192.0.2.7");
                    let row = |(n, id): (usize, &String)| list![id, "A1", some(n), 1];
                    let rows: Vec<_> = ids.iter().enumerate().map(row).collect();
                    let into = "INSERT INTO camera(ep_id, dev_sno, device_ip, seen_at)";
                    let conflict =
                        "ON CONFLICT(ep_id) DO UPDATE SET seen_at = camera.seen_at + excluded.seen_at";
                    insert(tx, into, conflict, rows.clone())?;
                    insert(tx, into, conflict, rows)?;
                    let keys: Vec<&str> = ids.iter().map(String::as_str).collect();
                    let sql =
                        format!("SELECT ep_id FROM camera WHERE seen_at = $1 AND ep_id IN ({})", places(2));
                    let mut found = 0;
                    for piece in pieces(&keys) {
                        found += tx.query(&sql, &[vals![2], &piece[..]].concat())?.len();
                    }
                    Ok::<_, DbError>(found)
                });
                assert_eq!(found.await.unwrap(), count);
            }
        }
    }
}
