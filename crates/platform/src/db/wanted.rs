//! People as boxes are told of them.

use protocol::{DevSno, GroupId, IdentityId, PersonInfo, PersonType, Photo, UserRecord};
use serde_json::Value;

use super::person::register_type;
use super::{DbError, Tx, vals};
use crate::seal::SealError;

/// The record of a person, if the box should hold them. `address` makes the address of a photo from its SHA-256.
pub(crate) fn record(
    tx: &mut Tx<'_>,
    dev_sno: &DevSno,
    person: &IdentityId,
    address: impl Fn(&str) -> Result<String, SealError>,
) -> Result<Option<UserRecord>, SealError> {
    let row = tx.first(
        "SELECT p.name, p.kind, p.info, p.photo_hash, p.valid_from, p.valid_until FROM person p
         JOIN box_person b ON b.identity_id = p.identity_id
         WHERE b.dev_sno = $1 AND p.identity_id = $2 AND b.desired_revision IS NOT NULL AND p.photo_hash IS NOT NULL",
        vals![dev_sno.as_str(), person.as_str()],
    )?;
    let Some(row) = row else { return Ok(None) };
    let groups = tx.query(
        "SELECT group_id FROM person_group WHERE identity_id = $1 ORDER BY group_id",
        vals![person.as_str()],
    )?;
    let permission_ids =
        groups.iter().map(|row| row.text("group_id").map(GroupId::new)).collect::<Result<_, DbError>>()?;
    let Value::Object(mut rest) = row.json("info")? else {
        return Err(DbError::Column("info".to_owned()).into());
    };
    let kind = row.int("kind")?;
    for key in ["valid_from", "valid_until"] {
        // A box that understands them enforces them too, even when it has lost the platform.
        if let Some(at) = row.opt_int(key)? {
            rest.insert(key.to_owned(), Value::from(at));
        }
    }
    Ok(Some(UserRecord {
        identity_id: person.clone(),
        photo: Some(Photo::from_address(address(&row.text("photo_hash")?)?)),
        register_type: register_type(kind),
        info: PersonInfo { permission_ids, name: row.text("name")?, kind: PersonType::from(kind), rest },
    }))
}

/// Where a registered photo lies, by the photo's SHA-256; `None` when it is of nobody the box should hold (any more).
pub(crate) fn photo(tx: &mut Tx<'_>, dev_sno: &DevSno, hash: &str) -> Result<Option<String>, DbError> {
    let row = tx.first(
        "SELECT p.photo_key FROM person p JOIN box_person b ON b.identity_id = p.identity_id
         WHERE p.photo_hash = $1 AND p.photo_key IS NOT NULL AND b.dev_sno = $2 AND b.desired_revision IS NOT NULL LIMIT 1",
        vals![hash, dev_sno.as_str()],
    )?;
    row.map(|row| row.text("photo_key")).transpose()
}
