//! Sealed keys: of the key file's proof, of people, of days. What seals them is `crate::seal`'s matter.

use protocol::IdentityId;

use super::{DbError, Row, Tx, vals};

/// The one row about sealing.
#[derive(Debug, Clone)]
pub(crate) struct State {
    /// What the key file is recognised by.
    pub(crate) proof: Vec<u8>,
    /// No blob of a version that did not seal is left.
    pub(crate) complete: bool,
    /// An import has begun and not ended.
    pub(crate) importing: bool,
}

/// A person's key as it is kept.
#[derive(Debug, Clone)]
pub(crate) struct PersonKeyRow {
    pub(crate) identity_id: IdentityId,
    pub(crate) name: String,
    pub(crate) sealed: Vec<u8>,
}

/// The row about sealing; `None` before anything was sealed.
pub(crate) fn state(tx: &mut Tx<'_>) -> Result<Option<State>, DbError> {
    let row = tx.first("SELECT proof, complete, importing FROM seal WHERE id = 1", &[])?;
    let state = |row: Row| {
        Ok(State {
            proof: row.bytes("proof")?,
            complete: row.bool("complete")?,
            importing: row.bool("importing")?,
        })
    };
    row.map(state).transpose()
}

/// Notes what the key file is recognised by, unless that was done.
pub(crate) fn begin(tx: &mut Tx<'_>, proof: Vec<u8>) -> Result<(), DbError> {
    tx.exec("INSERT INTO seal(id, proof) VALUES(1, $1) ON CONFLICT(id) DO NOTHING", vals![proof])?;
    Ok(())
}

/// No blob of a version that did not seal is left.
pub(crate) fn complete(tx: &mut Tx<'_>) -> Result<(), DbError> {
    tx.exec("UPDATE seal SET complete = 1 WHERE id = 1", &[])?;
    Ok(())
}

/// An import begins: until its end no platform starts on this database.
pub(crate) fn begin_import(tx: &mut Tx<'_>, proof: Vec<u8>) -> Result<(), DbError> {
    tx.exec(
        "INSERT INTO seal(id, proof, importing) VALUES(1, $1, 1)
         ON CONFLICT(id) DO UPDATE SET proof = excluded.proof, complete = 0, importing = 1",
        vals![proof],
    )?;
    Ok(())
}

/// The import came to its end.
pub(crate) fn end_import(tx: &mut Tx<'_>) -> Result<(), DbError> {
    tx.exec("UPDATE seal SET importing = 0 WHERE id = 1", &[])?;
    Ok(())
}

/// The key of a person.
pub(crate) fn person(tx: &mut Tx<'_>, id: &IdentityId) -> Result<Option<PersonKeyRow>, DbError> {
    let sql = "SELECT identity_id, name, sealed FROM person_key WHERE identity_id = $1";
    tx.first(sql, vals![id.as_str()])?.as_ref().map(person_key).transpose()
}

/// The key of the person whose blobs carry this name.
pub(crate) fn person_named(tx: &mut Tx<'_>, name: &str) -> Result<Option<PersonKeyRow>, DbError> {
    let sql = "SELECT identity_id, name, sealed FROM person_key WHERE name = $1";
    tx.first(sql, vals![name])?.as_ref().map(person_key).transpose()
}

/// Keeps a new key of a person, who exists and has none.
pub(crate) fn add_person(tx: &mut Tx<'_>, key: &PersonKeyRow, now: i64) -> Result<(), DbError> {
    tx.exec(
        "INSERT INTO person_key(identity_id, name, sealed, made_at) VALUES($1, $2, $3, $4)",
        vals![key.identity_id.as_str(), &key.name, key.sealed.clone(), now],
    )?;
    Ok(())
}

/// The key of a day.
pub(crate) fn day(tx: &mut Tx<'_>, day: i64) -> Result<Option<Vec<u8>>, DbError> {
    let row = tx.first("SELECT sealed FROM event_key WHERE day = $1", vals![day])?;
    row.map(|row| row.bytes("sealed")).transpose()
}

/// Keeps a new key of a day that has none.
pub(crate) fn add_day(tx: &mut Tx<'_>, day: i64, sealed: Vec<u8>, now: i64) -> Result<(), DbError> {
    tx.exec("INSERT INTO event_key(day, sealed, made_at) VALUES($1, $2, $3)", vals![day, sealed, now])?;
    Ok(())
}

/// Destroys the key of a day: nothing that was captured on it can be opened any more.
pub(crate) fn forget_day(tx: &mut Tx<'_>, day: i64) -> Result<(), DbError> {
    tx.exec("DELETE FROM event_key WHERE day = $1", vals![day])?;
    Ok(())
}

/// People after this one whose photo was stored by a version that did not seal, with the photo's address.
pub(crate) fn plain_photos(
    tx: &mut Tx<'_>,
    after: &str,
    limit: i64,
) -> Result<Vec<(IdentityId, String)>, DbError> {
    let rows = tx.query(
        "SELECT identity_id, photo_key FROM person WHERE identity_id > $1 AND photo_key LIKE 'person/__/%'
         AND photo_key NOT LIKE '%-%' ORDER BY identity_id LIMIT $2",
        vals![after, limit],
    )?;
    rows.iter().map(|row| Ok((IdentityId::new(row.text("identity_id")?), row.text("photo_key")?))).collect()
}

/// An event with a picture that was stored by a version that did not seal.
#[derive(Debug, Clone)]
pub(crate) struct PlainEvent {
    pub(crate) id: String,
    pub(crate) taken_at: i64,
    pub(crate) spot_key: Option<String>,
    pub(crate) reg_key: Option<String>,
}

/// Events after this one with such a picture.
pub(crate) fn plain_events(tx: &mut Tx<'_>, after: &str, limit: i64) -> Result<Vec<PlainEvent>, DbError> {
    let rows = tx.query(
        "SELECT id, taken_at, spot_key, reg_key FROM event WHERE id > $1
         AND (spot_key LIKE 'event/__/%' OR reg_key LIKE 'event/__/%') ORDER BY id LIMIT $2",
        vals![after, limit],
    )?;
    let event = |row: &Row| {
        Ok(PlainEvent {
            id: row.text("id")?,
            taken_at: row.int("taken_at")?,
            spot_key: row.opt_text("spot_key")?,
            reg_key: row.opt_text("reg_key")?,
        })
    };
    rows.iter().map(event).collect()
}

/// A person's photo lies at another address now; whether it was still where it was said to be.
pub(crate) fn move_photo(tx: &mut Tx<'_>, id: &IdentityId, from: &str, to: &str) -> Result<bool, DbError> {
    let moved = tx.exec(
        "UPDATE person SET photo_key = $1 WHERE identity_id = $2 AND photo_key = $3",
        vals![to, id.as_str(), from],
    )?;
    Ok(moved > 0)
}

/// The pictures of an event lie at other addresses now, those that had not been removed meanwhile.
pub(crate) fn move_pictures(tx: &mut Tx<'_>, before: &PlainEvent, after: &PlainEvent) -> Result<(), DbError> {
    for (column, from, to) in
        [("spot_key", &before.spot_key, &after.spot_key), ("reg_key", &before.reg_key, &after.reg_key)]
    {
        if let (Some(from), Some(to)) = (from, to) {
            let sql = format!("UPDATE event SET {column} = $1 WHERE id = $2 AND {column} = $3");
            tx.exec(&sql, vals![to, &before.id, from])?;
        }
    }
    Ok(())
}

fn person_key(row: &Row) -> Result<PersonKeyRow, DbError> {
    Ok(PersonKeyRow {
        identity_id: IdentityId::new(row.text("identity_id")?),
        name: row.text("name")?,
        sealed: row.bytes("sealed")?,
    })
}
