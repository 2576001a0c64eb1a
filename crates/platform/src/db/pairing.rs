//! One-time codes that pair a box: only a hash is kept, each is good once and for a short time, and a new one revokes those before.

use protocol::DevSno;

use super::{DbError, Row, Tx, desired, vals};

/// How long a code is good, in milliseconds.
pub(crate) const LIFETIME: i64 = 15 * 60_000;
/// How long it is remembered what became of a code, so that whoever comes late hears why.
const REMEMBERED: i64 = 7 * 24 * 3_600_000;

/// What is known of a code.
#[derive(Debug, Clone)]
pub(crate) struct Pairing {
    pub(crate) dev_sno: DevSno,
    pub(crate) issued_at: i64,
    pub(crate) issued_by: String,
    pub(crate) expires_at: i64,
    pub(crate) used_at: Option<i64>,
    pub(crate) used_from: Option<String>,
    pub(crate) revoked_at: Option<i64>,
}

/// Where a code stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    Open,
    Used,
    Revoked,
    Expired,
}

impl Pairing {
    /// Where it stands at `now`.
    pub(crate) fn standing(&self, now: i64) -> Standing {
        if self.used_at.is_some() {
            Standing::Used
        } else if self.revoked_at.is_some() {
            Standing::Revoked
        } else if self.expires_at <= now {
            Standing::Expired
        } else {
            Standing::Open
        }
    }
}

/// Remembers a new code of a box; those before are good no more.
pub(crate) fn issue(
    tx: &mut Tx<'_>,
    dev_sno: &DevSno,
    code_hash: &str,
    by: &str,
    now: i64,
) -> Result<Pairing, DbError> {
    revoke(tx, dev_sno, now)?;
    tx.exec("DELETE FROM pairing WHERE expires_at <= $1", vals![now - REMEMBERED])?;
    tx.exec(
        "INSERT INTO pairing(code_hash, dev_sno, issued_at, issued_by, expires_at) VALUES($1, $2, $3, $4, $5)",
        vals![code_hash, dev_sno.as_str(), now, by, now + LIFETIME],
    )?;
    Ok(Pairing {
        dev_sno: dev_sno.clone(),
        issued_at: now,
        issued_by: by.to_owned(),
        expires_at: now + LIFETIME,
        used_at: None,
        used_from: None,
        revoked_at: None,
    })
}

/// Takes back what is open of a box; answers whether anything was.
pub(crate) fn revoke(tx: &mut Tx<'_>, dev_sno: &DevSno, now: i64) -> Result<bool, DbError> {
    let changed = tx.exec(
        "UPDATE pairing SET revoked_at = $1 WHERE dev_sno = $2 AND used_at IS NULL AND revoked_at IS NULL
         AND expires_at > $1",
        vals![now, dev_sno.as_str()],
    )?;
    Ok(changed > 0)
}

/// The last code of a box.
pub(crate) fn last(tx: &mut Tx<'_>, dev_sno: &DevSno) -> Result<Option<Pairing>, DbError> {
    let row = tx.first(
        "SELECT dev_sno, issued_at, issued_by, expires_at, used_at, used_from, revoked_at FROM pairing
         WHERE dev_sno = $1 ORDER BY issued_at DESC LIMIT 1",
        vals![dev_sno.as_str()],
    )?;
    row.as_ref().map(pairing).transpose()
}

/// Uses a code, if it is open: answers what it was before, `None` when it was never given. What the box had proved under this key is
/// believed no more: it may have had another one since, and whoever it held is erased when it changes.
pub(crate) fn redeem(
    tx: &mut Tx<'_>,
    code_hash: &str,
    from: &str,
    now: i64,
) -> Result<Option<Pairing>, DbError> {
    let row = tx.first(
        "SELECT dev_sno, issued_at, issued_by, expires_at, used_at, used_from, revoked_at FROM pairing
         WHERE code_hash = $1",
        vals![code_hash],
    )?;
    let Some(found) = row.as_ref().map(pairing).transpose()? else { return Ok(None) };
    if found.standing(now) == Standing::Open {
        tx.exec(
            "UPDATE pairing SET used_at = $1, used_from = $2 WHERE code_hash = $3",
            vals![now, from, code_hash],
        )?;
        desired::doubt_box(tx, &found.dev_sno, now)?;
    }
    Ok(Some(found))
}

fn pairing(row: &Row) -> Result<Pairing, DbError> {
    Ok(Pairing {
        dev_sno: DevSno::new(row.text("dev_sno")?),
        issued_at: row.int("issued_at")?,
        issued_by: row.text("issued_by")?,
        expires_at: row.int("expires_at")?,
        used_at: row.opt_int("used_at")?,
        used_from: row.opt_text("used_from")?,
        revoked_at: row.opt_int("revoked_at")?,
    })
}
