//! The templates of people's photos as they are compared, which takes the engine; [`super::person_template`] writes them.

use protocol::IdentityId;

use super::{DbError, Tx, Val, vals};

/// A template as followers see it.
#[derive(Debug)]
pub(crate) struct Kept {
    pub(crate) seq: i64,
    pub(crate) identity_id: IdentityId,
    pub(crate) sealed: Vec<u8>,
}

/// The template of a person made by this pack.
pub(crate) fn find(tx: &mut Tx<'_>, id: &IdentityId, pack: &str) -> Result<Option<Vec<u8>>, DbError> {
    let sql = "SELECT sealed FROM person_template WHERE identity_id = $1 AND pack = $2";
    let row = tx.first(sql, vals![id.as_str(), pack])?;
    Ok(row.map(|row| row.opt_bytes("sealed")).transpose()?.flatten())
}

/// Templates of a pack changed after `seq`, oldest change first.
pub(crate) fn after(tx: &mut Tx<'_>, pack: &str, seq: i64, limit: i64) -> Result<Vec<Kept>, DbError> {
    let sql = "SELECT seq, identity_id, sealed FROM person_template WHERE pack = $1 AND seq > $2
               AND sealed IS NOT NULL ORDER BY seq LIMIT $3";
    tx.query(sql, vals![pack, seq, limit])?
        .iter()
        .map(|row| {
            Ok(Kept {
                seq: row.int("seq")?,
                identity_id: IdentityId::new(row.text("identity_id")?),
                sealed: row.bytes("sealed")?,
            })
        })
        .collect()
}

/// How many templates of a pack there are.
pub(crate) fn count(tx: &mut Tx<'_>, pack: &str) -> Result<i64, DbError> {
    tx.number("SELECT COUNT(*) FROM person_template WHERE pack = $1 AND sealed IS NOT NULL", vals![pack])
}

/// Whose templates of a pack there are, in the order of their ids, after one of them.
pub(crate) fn owners(
    tx: &mut Tx<'_>,
    pack: &str,
    after: &str,
    limit: i64,
) -> Result<Vec<IdentityId>, DbError> {
    let sql = "SELECT identity_id FROM person_template WHERE pack = $1 AND identity_id > $2
               AND sealed IS NOT NULL ORDER BY identity_id LIMIT $3";
    let rows = tx.query(sql, vals![pack, after, limit])?;
    rows.iter().map(|row| row.text("identity_id").map(IdentityId::new)).collect()
}

/// Those of `others` who may use a box that this person may use as well. The caller bounds the list.
pub(crate) fn share_a_box(
    tx: &mut Tx<'_>,
    id: &IdentityId,
    others: &[IdentityId],
) -> Result<Vec<IdentityId>, DbError> {
    if others.is_empty() {
        return Ok(Vec::new());
    }
    let mut params: Vec<Val> = vec![id.as_str().into()];
    params.extend(others.iter().map(|other| Val::from(other.as_str())));
    let places: Vec<String> = (2..=params.len()).map(|at| format!("${at}")).collect();
    let sql = format!(
        "SELECT DISTINCT q.identity_id FROM person_group p JOIN box_group b ON b.group_id = p.group_id
         JOIN box_group c ON c.dev_sno = b.dev_sno JOIN person_group q ON q.group_id = c.group_id
         WHERE p.identity_id = $1 AND q.identity_id IN ({})",
        places.join(", ")
    );
    tx.query(&sql, &params)?.iter().map(|row| row.text("identity_id").map(IdentityId::new)).collect()
}
