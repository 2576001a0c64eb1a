//! What room the disk has for events. The last of it is left alone, so that the box can go on working, and a reserve that is given up when
//! somebody else has filled the disk to the brim makes the old events removable, which takes room itself.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use crate::machine::{self, Disk};
use crate::private;

/// The reserve's name in the data directory.
const RESERVE: &str = "events.reserve";
/// Bytes of the reserve: what SQLite's log holds before it is written into the database, twice…
const RESERVE_BYTES: u64 = 8 << 20;
/// …or this part of the disk, whichever is less.
const RESERVE_PART: u64 = 8;

/// How many events the disk takes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Allowance {
    /// All that have to be kept.
    #[default]
    All,
    /// No more than the ring's size.
    Ring,
    /// A new event takes the place of old ones.
    Replace,
}

/// The disk of one event log.
#[derive(Debug)]
pub(super) struct Room {
    directory: PathBuf,
    last: Mutex<Allowance>,
}

impl Room {
    pub(super) fn of(directory: &Path) -> Self {
        Self { directory: directory.to_owned(), last: Mutex::default() }
    }

    /// What the disk allows now; the reserve is laid by when there is room for it.
    pub(super) fn look(&self) -> Allowance {
        let allowance = match machine::disk(&self.directory) {
            Some(disk) => {
                self.lay_by(disk);
                allowance(disk)
            }
            None => Allowance::All,
        };
        self.note(allowance);
        allowance
    }

    /// Gives the reserve up; until it is laid by again, a new event takes the place of old ones.
    pub(super) fn give(&self) {
        self.note(Allowance::Replace);
        if let Err(error) = fs::remove_file(self.reserve()) {
            tracing::debug!(%error, "there is no reserve to give up");
        }
    }

    fn reserve(&self) -> PathBuf {
        self.directory.join(RESERVE)
    }

    fn lay_by(&self, disk: Disk) {
        let (path, size) = (self.reserve(), RESERVE_BYTES.min(disk.size / RESERVE_PART));
        let there = fs::metadata(&path).is_ok_and(|facts| facts.len() == size);
        if there || disk.free < disk.last_bytes() + size {
            return;
        }
        if let Err(error) = fill(&path, size) {
            tracing::warn!(%error, "no reserve of disk space can be laid by");
            let _ = fs::remove_file(path);
        }
    }

    /// Says what has changed.
    fn note(&self, now: Allowance) {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if std::mem::replace(&mut *last, now) == now {
            return;
        }
        match now {
            Allowance::All => tracing::info!("the disk has room for events again"),
            Allowance::Ring => tracing::warn!("the disk is low: no more events than events.max are kept"),
            Allowance::Replace => {
                tracing::error!("the disk is nearly full: the oldest events are dropped for new ones");
            }
        }
    }
}

fn allowance(disk: Disk) -> Allowance {
    match () {
        () if disk.is_spent() => Allowance::Replace,
        () if disk.is_low() => Allowance::Ring,
        () => Allowance::All,
    }
}

/// Zeros that really take the room, unlike a file that was only made long.
fn fill(path: &Path, size: u64) -> std::io::Result<()> {
    let mut file = private::open(path)?;
    file.set_len(0)?;
    std::io::copy(&mut std::io::Read::take(std::io::repeat(0), size), &mut file)?;
    file.flush()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reserve_is_laid_by_where_there_is_room_and_given_up_once() {
        let directory = tempfile::tempdir().unwrap();
        let room = Room::of(directory.path());
        let mb = 1 << 20;
        room.lay_by(Disk { size: 400 * mb, free: 15 * mb });
        assert!(!room.reserve().exists(), "10 MB are left alone, and it would take 8 of the 15");
        room.lay_by(Disk { size: 400 * mb, free: 18 * mb });
        assert_eq!(fs::metadata(room.reserve()).unwrap().len(), 8 * mb);
        room.give();
        assert!(!room.reserve().exists());
        room.give();
        room.lay_by(Disk { size: 40 * mb, free: 6 * mb });
        assert_eq!(fs::metadata(room.reserve()).unwrap().len(), 5 * mb, "a small disk has a small one");
    }

    #[test]
    fn the_less_room_the_fewer_events() {
        let gb = 1 << 30;
        let of = |free| allowance(Disk { size: 100 * gb, free });
        assert_eq!([of(gb), of(gb / 5), of(gb / 64)], [Allowance::All, Allowance::Ring, Allowance::Replace]);
    }
}
