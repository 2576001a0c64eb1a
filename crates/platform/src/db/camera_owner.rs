//! Whose a camera is.
//!
//! An id begins with the key of its box, where boxes keep to the protocol; others begin with a hardware address, an id of their own, or
//! have no beginning at all. So an id that begins with the key of another box is not believed; any other belongs to the box that reported it
//! first, until that box has not for [`DESERTED`].

use std::collections::BTreeMap;

use protocol::DevSno;

use super::{DbError, Tx, device, vals};

/// A camera its box has not reported for so long may have moved to another box, in milliseconds.
pub(super) const DESERTED: i64 = 24 * 3_600_000;

/// What an id tells of its box.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Whose {
    /// It begins with the key of the box that says it.
    Own,
    /// It begins with the key of another box.
    Anothers,
    /// Nothing.
    Anybodys,
}

/// What one transaction has found out so far.
#[derive(Debug, Default)]
pub(super) struct Owners {
    /// Which beginnings of ids are keys of boxes.
    keys: BTreeMap<String, bool>,
    /// Of ids that tell nothing: who reports them.
    reported_by: BTreeMap<String, Option<String>>,
    /// Cameras by box and address.
    at_address: BTreeMap<(String, String), String>,
}

impl Owners {
    /// Whose a camera is by its id alone, when this box says it.
    pub(super) fn by_id(&mut self, tx: &mut Tx<'_>, dev_sno: &DevSno, ep_id: &str) -> Result<Whose, DbError> {
        if ep_id.strip_prefix(dev_sno.as_str()).is_some_and(|rest| rest.starts_with("__")) {
            return Ok(Whose::Own);
        }
        let Some((begins, _)) = ep_id.split_once("__") else { return Ok(Whose::Anybodys) };
        let is_key = match self.keys.get(begins) {
            Some(known) => *known,
            None => device::find(tx, &DevSno::new(begins))?.is_some(),
        };
        self.keys.insert(begins.to_owned(), is_key);
        Ok(if is_key { Whose::Anothers } else { Whose::Anybodys })
    }

    /// The camera a box has at an address: the one it reports there, else the id the protocol gives it; `None` without an address.
    pub(super) fn at_address(
        &mut self,
        tx: &mut Tx<'_>,
        dev_sno: &DevSno,
        address: &str,
    ) -> Result<Option<String>, DbError> {
        if address.is_empty() {
            return Ok(None);
        }
        let place = (dev_sno.to_string(), address.to_owned());
        if let Some(known) = self.at_address.get(&place) {
            return Ok(Some(known.clone()));
        }
        let sql = "SELECT ep_id FROM camera WHERE dev_sno = $1 AND device_ip = $2 ORDER BY seen_at DESC, ep_id LIMIT 1";
        let found = tx.first(sql, vals![dev_sno.as_str(), address])?;
        let found = found.map(|row| row.text("ep_id")).transpose()?;
        let ep_id = found.unwrap_or_else(|| format!("{dev_sno}__{address}"));
        self.at_address.insert(place, ep_id.clone());
        Ok(Some(ep_id))
    }

    /// Whether a camera this box names is another's: the id begins with that box's key, or that box reports it at present.
    pub(super) fn is_anothers(
        &mut self,
        tx: &mut Tx<'_>,
        dev_sno: &DevSno,
        ep_id: &str,
        now: i64,
    ) -> Result<bool, DbError> {
        match self.by_id(tx, dev_sno, ep_id)? {
            Whose::Own => Ok(false),
            Whose::Anothers => Ok(true),
            Whose::Anybodys => {
                let owner = match self.reported_by.get(ep_id) {
                    Some(known) => known.clone(),
                    None => reporter(tx, ep_id, now)?,
                };
                let is_anothers = owner.as_deref().is_some_and(|owner| owner != dev_sno.as_str());
                self.reported_by.insert(ep_id.to_owned(), owner);
                Ok(is_anothers)
            }
        }
    }
}

/// The box that reports a camera at present.
fn reporter(tx: &mut Tx<'_>, ep_id: &str, now: i64) -> Result<Option<String>, DbError> {
    let sql = "SELECT dev_sno FROM camera WHERE ep_id = $1 AND seen_at > $2";
    tx.first(sql, vals![ep_id, now - DESERTED])?.map(|row| row.text("dev_sno")).transpose()
}
