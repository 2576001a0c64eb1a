//! Templates of people's photos, sealed. Each is bound to the photo and to the model pack it was made with; `seq` grows with every
//! change, so that processes that keep templates in memory follow it. `enrolled` reads them.

use protocol::IdentityId;

use super::{DbError, Tx, vals};

/// A template on its way into or out of the database.
#[derive(Debug, Clone)]
pub(crate) struct Sealed {
    /// The model pack that made it.
    pub(crate) pack: String,
    /// Sealed with the person's key; `None` when the pack recognises nobody in the photo.
    pub(crate) template: Option<Vec<u8>>,
}

/// A photo without a template of a pack.
#[derive(Debug, Clone)]
pub(crate) struct Missing {
    pub(crate) identity_id: IdentityId,
    pub(crate) photo_key: String,
    pub(crate) photo_at: i64,
}

/// Sets the template of the photo a person has since `photo_at`; nothing happens when they have another by now.
pub(crate) fn put(tx: &mut Tx<'_>, id: &IdentityId, photo_at: i64, sealed: &Sealed) -> Result<(), DbError> {
    let present = "SELECT 1 FROM person WHERE identity_id = $1 AND photo_at = $2";
    if tx.first(present, vals![id.as_str(), photo_at])?.is_none() {
        return Ok(());
    }
    let seq = next_seq(tx)?;
    tx.exec(
        "INSERT INTO person_template(identity_id, photo_at, pack, sealed, seq) VALUES($1, $2, $3, $4, $5)
         ON CONFLICT(identity_id) DO UPDATE SET photo_at = excluded.photo_at, pack = excluded.pack,
         sealed = excluded.sealed, seq = excluded.seq",
        vals![id.as_str(), photo_at, &sealed.pack, sealed.template.clone(), seq],
    )?;
    Ok(())
}

/// The number of a change: above every one before it, also of templates that are gone.
fn next_seq(tx: &mut Tx<'_>) -> Result<i64, DbError> {
    tx.exec(
        "INSERT INTO template_seq(id, last) SELECT 1, COALESCE(MAX(seq), 0) + 1 FROM person_template WHERE 1 = 1
         ON CONFLICT(id) DO UPDATE SET last = template_seq.last + 1",
        &[],
    )?;
    tx.number("SELECT last FROM template_seq", &[])
}

/// Photos whose template was made by another pack, of another photo, or never.
pub(crate) fn missing(tx: &mut Tx<'_>, pack: &str, limit: i64) -> Result<Vec<Missing>, DbError> {
    let sql = "SELECT p.identity_id, p.photo_key, p.photo_at FROM person p LEFT JOIN person_template t
               ON t.identity_id = p.identity_id AND t.pack = $1 AND t.photo_at = p.photo_at
               WHERE p.photo_key IS NOT NULL AND p.photo_at IS NOT NULL AND t.identity_id IS NULL
               ORDER BY p.identity_id LIMIT $2";
    tx.query(sql, vals![pack, limit])?
        .iter()
        .map(|row| {
            Ok(Missing {
                identity_id: IdentityId::new(row.text("identity_id")?),
                photo_key: row.text("photo_key")?,
                photo_at: row.int("photo_at")?,
            })
        })
        .collect()
}
