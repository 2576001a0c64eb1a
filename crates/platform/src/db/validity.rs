//! Whose validity begins or ends when: read from an index for each, so that a look costs what it finds.

use protocol::IdentityId;

use super::{DbError, Tx, vals};

/// Which end of the time somebody is valid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Edge {
    From,
    Until,
}

/// Somebody whose time came.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Crossing {
    /// When, in milliseconds since 1970.
    pub(crate) at: i64,
    pub(crate) person: IdentityId,
    pub(crate) edge: Edge,
}

/// The next crossings of one kind from `since` to `until`, both included, that follow `after`: by time, then by id. At most `limit`.
pub(crate) fn crossed(
    tx: &mut Tx<'_>,
    edge: Edge,
    (since, after): (i64, &str),
    until: i64,
    limit: i64,
) -> Result<Vec<Crossing>, DbError> {
    let rows = tx.query(&sql(edge), vals![since, after, until, limit])?;
    rows.iter()
        .map(|row| {
            Ok(Crossing { at: row.int("at")?, person: IdentityId::new(row.text("identity_id")?), edge })
        })
        .collect()
}

fn sql(edge: Edge) -> String {
    let at = match edge {
        Edge::From => "valid_from",
        Edge::Until => "valid_until",
    };
    format!(
        "SELECT identity_id, {at} AS at FROM person WHERE {at} >= $1 AND {at} <= $3 AND ({at} > $1 OR identity_id > $2)
         ORDER BY {at}, identity_id LIMIT $4"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::db::testing::{Fresh, both, plan};

    #[tokio::test]
    async fn a_look_goes_by_an_index_and_leaves_nobody_out() {
        for Fresh { db, is_sqlite, .. } in &both().await {
            for (edge, index) in
                [(Edge::From, "person_by_valid_from"), (Edge::Until, "person_by_valid_until")]
            {
                let plan = plan(db, *is_sqlite, sql(edge), vals![1, "a", 2, 10].to_vec()).await;
                assert!(
                    plan.contains(index) && !plan.contains("SCAN person") && !plan.contains("Seq Scan"),
                    "{plan}"
                );
                assert!(
                    !plan.contains("B-TREE") && !plan.contains("Sort"),
                    "in the order of the index: {plan}"
                );
            }
            db.write(|tx| {
                for n in 0..7_i64 {
                    tx.exec(
                        "INSERT INTO person(identity_id, name, valid_from, created_at, updated_at) VALUES($1, 'x', $2, 0, 0)",
                        vals![format!("p{n}").as_str(), 10 + n / 3],
                    )?;
                }
                Ok::<_, DbError>(())
            })
            .await
            .unwrap();
            let mut found = Vec::new();
            loop {
                let place = found.last().map_or((10, String::new()), |last: &Crossing| {
                    (last.at, last.person.as_str().to_owned())
                });
                let page =
                    db.read(move |tx| crossed(tx, Edge::From, (place.0, &place.1), 11, 2)).await.unwrap();
                if page.is_empty() {
                    break;
                }
                found.extend(page);
            }
            let ids: Vec<&str> = found.iter().map(|crossing| crossing.person.as_str()).collect();
            assert_eq!(ids, ["p0", "p1", "p2", "p3", "p4", "p5"], "p6 comes later");
            assert!(db.read(|tx| crossed(tx, Edge::Until, (0, ""), 99, 9)).await.unwrap().is_empty());
        }
    }
}
