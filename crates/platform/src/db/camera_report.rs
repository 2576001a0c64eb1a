//! What boxes report of their cameras: a box speaks for its own alone, and one box can only make us keep so many.
//!
//! Whose a camera is, [`camera_owner`](super::camera_owner) tells.

use std::collections::BTreeSet;

use protocol::DevSno;

use super::camera_owner::{DESERTED, Owners, Whose};
use super::{DbError, Tx, vals};

/// Cameras kept for one box; further ones are not.
const MOST: usize = 256;

/// What a report says of one camera.
#[derive(Debug, Clone)]
pub(crate) struct CameraReport {
    pub(crate) ep_id: String,
    pub(crate) name: Option<String>,
    pub(crate) device_type: Option<String>,
    pub(crate) device_ip: Option<String>,
    pub(crate) direction: Option<String>,
    pub(crate) group_id: Option<String>,
    /// `online`, `offline` or `unknown`.
    pub(crate) state: &'static str,
    /// The report as it came, JSON; `None` keeps the last one.
    pub(crate) detail: Option<String>,
}

/// How many cameras of a report were not kept, and why.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Left {
    /// They are another box's.
    pub(crate) of_others: usize,
    /// The box has as many as are kept for one.
    pub(crate) too_many: usize,
}

impl Left {
    /// Tells whoever reads the log; a report that was kept whole is not worth a line.
    pub(crate) fn tell(self, dev_sno: &DevSno) {
        if self != Self::default() {
            let Self { of_others, too_many } = self;
            tracing::warn!(%dev_sno, of_others, too_many, most = MOST, "not every camera a box reports is kept");
        }
    }
}

/// Remembers what a box reports of cameras; what the report leaves out keeps its last value.
pub(crate) fn seen(
    tx: &mut Tx<'_>,
    dev_sno: &DevSno,
    cameras: &[CameraReport],
    now: i64,
) -> Result<Left, DbError> {
    let mut left = Left { too_many: cameras.len().saturating_sub(MOST), ..Left::default() };
    if cameras.is_empty() {
        return Ok(left);
    }
    let mut own = own(tx, dev_sno)?;
    let mut owners = Owners::default();
    for camera in cameras.iter().take(MOST) {
        let whose = owners.by_id(tx, dev_sno, &camera.ep_id)?;
        if whose == Whose::Anothers {
            left.of_others += 1;
        } else if !own.contains(&camera.ep_id) && own.len() >= MOST {
            left.too_many += 1;
        } else if store(tx, dev_sno, camera, whose, now)? {
            own.insert(camera.ep_id.clone());
        } else {
            left.of_others += 1;
        }
    }
    Ok(left)
}

/// A camera was removed from its box.
pub(crate) fn removed(tx: &mut Tx<'_>, dev_sno: &DevSno, ep_id: &str) -> Result<(), DbError> {
    tx.exec("DELETE FROM camera WHERE ep_id = $1 AND dev_sno = $2", vals![ep_id, dev_sno.as_str()])?;
    Ok(())
}

/// A box's complete list of cameras: whichever it does not name is gone.
pub(crate) fn are(
    tx: &mut Tx<'_>,
    dev_sno: &DevSno,
    cameras: &[CameraReport],
    now: i64,
) -> Result<Left, DbError> {
    let named: BTreeSet<&str> = cameras.iter().map(|camera| camera.ep_id.as_str()).collect();
    for ep_id in own(tx, dev_sno)? {
        if !named.contains(ep_id.as_str()) {
            removed(tx, dev_sno, &ep_id)?;
        }
    }
    seen(tx, dev_sno, cameras, now)
}

/// The cameras a box has.
fn own(tx: &mut Tx<'_>, dev_sno: &DevSno) -> Result<BTreeSet<String>, DbError> {
    let rows = tx.query("SELECT ep_id FROM camera WHERE dev_sno = $1", vals![dev_sno.as_str()])?;
    rows.iter().map(|row| row.text("ep_id")).collect()
}

/// Writes a camera down; false when it is another box's.
fn store(
    tx: &mut Tx<'_>,
    dev_sno: &DevSno,
    camera: &CameraReport,
    whose: Whose,
    now: i64,
) -> Result<bool, DbError> {
    let written = tx.exec(
        "INSERT INTO camera(ep_id, dev_sno, name, device_type, device_ip, direction, group_id, state, detail, reported_at,
         seen_at) VALUES($1, $2, COALESCE($3, ''), COALESCE($4, ''), $5, $6, $7, $8, $9, $10, $10)
         ON CONFLICT(ep_id) DO UPDATE SET dev_sno = excluded.dev_sno,
         name = CASE WHEN excluded.name = '' THEN camera.name ELSE excluded.name END,
         device_type = CASE WHEN excluded.device_type = '' THEN camera.device_type ELSE excluded.device_type END,
         device_ip = COALESCE(excluded.device_ip, camera.device_ip),
         direction = COALESCE(excluded.direction, camera.direction),
         group_id = COALESCE(excluded.group_id, camera.group_id), state = excluded.state,
         detail = COALESCE(excluded.detail, camera.detail), reported_at = excluded.reported_at, seen_at = excluded.seen_at
         WHERE camera.dev_sno = excluded.dev_sno OR camera.seen_at <= $11",
        vals![
            camera.ep_id.as_str(),
            dev_sno.as_str(),
            camera.name.clone(),
            camera.device_type.clone(),
            camera.device_ip.clone(),
            camera.direction.clone(),
            camera.group_id.clone(),
            camera.state,
            camera.detail.clone(),
            now,
            // Whoever has the key of the id need not wait for whoever had none.
            if whose == Whose::Own { i64::MAX } else { now - DESERTED },
        ],
    )?;
    Ok(written > 0)
}
