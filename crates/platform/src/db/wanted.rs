//! People as boxes are told of them.

use protocol::{DevSno, GroupId, IdentityId, PersonInfo, PersonType, Photo, RegisterType, UserRecord};
use serde_json::Value;

use super::{DbError, Tx, vals};

/// The folder all photos of people are in; a photo's public key is the rest of its key without slashes.
const FOLDER: &str = "person/";

/// The record of a person, if the box should hold them. `photos` is the address photos are under.
pub(crate) fn record(
    tx: &mut Tx<'_>,
    dev_sno: &DevSno,
    person: &IdentityId,
    photos: &str,
) -> Result<Option<UserRecord>, DbError> {
    let row = tx.first(
        "SELECT p.name, p.kind, p.info, p.photo_key, p.valid_from, p.valid_until FROM person p
         JOIN box_person b ON b.identity_id = p.identity_id
         WHERE b.dev_sno = $1 AND p.identity_id = $2 AND b.desired_revision IS NOT NULL AND p.photo_key IS NOT NULL",
        vals![dev_sno.as_str(), person.as_str()],
    )?;
    let Some(row) = row else { return Ok(None) };
    let groups = tx.query(
        "SELECT group_id FROM person_group WHERE identity_id = $1 ORDER BY group_id",
        vals![person.as_str()],
    )?;
    let permission_ids =
        groups.iter().map(|row| row.text("group_id").map(GroupId::new)).collect::<Result<_, _>>()?;
    let Value::Object(mut rest) = row.json("info")? else { return Err(DbError::Column("info".to_owned())) };
    for key in ["valid_from", "valid_until"] {
        // A box that understands them enforces them too, even when it has lost the platform.
        if let Some(at) = row.opt_int(key)? {
            rest.insert(key.to_owned(), Value::from(at));
        }
    }
    Ok(Some(UserRecord {
        identity_id: person.clone(),
        photo: row
            .opt_text("photo_key")?
            .map(|key| Photo::from_address(format!("{photos}/{}", public_key(&key)))),
        register_type: RegisterType::Ordinary,
        info: PersonInfo {
            permission_ids,
            name: row.text("name")?,
            kind: PersonType::from(row.int("kind")?),
            rest,
        },
    }))
}

/// The key of a registered photo, by its public key; `None` when nobody's photo has it (any more).
pub(crate) fn photo(tx: &mut Tx<'_>, public: &str) -> Result<Option<String>, DbError> {
    let Some((folder, rest)) = public.split_at_checked(2) else { return Ok(None) };
    let key = format!("{FOLDER}{folder}/{rest}");
    let row = tx.first("SELECT photo_key FROM person WHERE photo_key = $1 LIMIT 1", vals![key])?;
    row.map(|row| row.text("photo_key")).transpose()
}

fn public_key(key: &str) -> String {
    key.strip_prefix(FOLDER).unwrap_or(key).replace('/', "")
}
