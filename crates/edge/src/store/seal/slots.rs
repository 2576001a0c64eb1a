//! The sealed keys of people, each in a place of its own.
//!
//! SQLite moves rows about and may leave stale copies of them in pages that are still in use; a key that was deleted with its row
//! might be found there. Here keys lie inside large values, which SQLite keeps on pages of their own and changes in place, so
//! a key that is overwritten is nowhere else in the file.

use std::collections::HashMap;

use rusqlite::blob::{Blob, ZeroBlob};
use rusqlite::{Connection, MAIN_DB, OptionalExtension as _};

use super::super::StoreError;
use super::{KEY, Key, Label, OVERHEAD, Sealer};

/// Bytes of a slot: a sealed key.
const SLOT: usize = KEY + OVERHEAD;
/// Slots of a block.
const SLOTS: u32 = 1024;
/// Unused first bytes of a block: the beginning of a large value may lie on a page with others, and move.
const LEAD: usize = 4096;
/// Bytes of a block.
const BLOCK: usize = LEAD + SLOTS as usize * SLOT;
/// A slot that holds no key.
const EMPTY: [u8; SLOT] = [0; SLOT];

/// Every person's key as it is sealed, read at once for those who go through all people.
pub struct PersonKeys {
    sealer: Sealer,
    blocks: HashMap<i64, Vec<u8>>,
}

impl PersonKeys {
    pub(super) fn read(db: &Connection, sealer: &Sealer) -> Result<Self, StoreError> {
        let mut statement = db.prepare("SELECT block, slots FROM seal_slot")?;
        let blocks = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(Self { sealer: sealer.clone(), blocks: blocks.collect::<Result<_, _>>()? })
    }

    /// The key of a person.
    ///
    /// # Errors
    /// [`StoreError::Sealed`] when there is none or it cannot be opened.
    pub fn get(&self, person: u32) -> Result<Key, StoreError> {
        let (block, at) = place(person);
        let slot = self.blocks.get(&block).and_then(|slots| slots.get(at..at + SLOT));
        let slot = slot.filter(|slot| **slot != EMPTY).ok_or(StoreError::Sealed("key of a person"))?;
        self.sealer.key.unwrap(Label::PersonKey(person), slot)
    }
}

/// The sealed key of a person, if there is one.
pub(super) fn read(db: &Connection, person: u32) -> Result<Option<[u8; SLOT]>, StoreError> {
    let (block, at) = place(person);
    if !exists(db, block)? {
        return Ok(None);
    }
    let mut slot = EMPTY;
    open(db, block, true)?.read_at_exact(&mut slot, at)?;
    Ok(Some(slot).filter(|slot| *slot != EMPTY))
}

/// Writes the sealed key of a person over the one it had.
pub(super) fn write(db: &Connection, person: u32, sealed: &[u8]) -> Result<(), StoreError> {
    let (block, at) = place(person);
    if !exists(db, block)? {
        db.prepare_cached("INSERT INTO seal_slot (block, slots) VALUES (?1, ?2)")?
            .execute((block, ZeroBlob(BLOCK as u64)))?;
    }
    Ok(open(db, block, false)?.write_all_at(sealed, at)?)
}

/// Overwrites the key of a person. A block whose last key this was is given back.
pub(super) fn clear(db: &Connection, person: u32) -> Result<(), StoreError> {
    let (block, at) = place(person);
    if !exists(db, block)? {
        return Ok(());
    }
    let mut blob = open(db, block, false)?;
    blob.write_all_at(&EMPTY, at)?;
    let mut slots = vec![0; BLOCK];
    blob.read_at_exact(&mut slots, 0)?;
    drop(blob);
    if slots.iter().all(|byte| *byte == 0) {
        db.prepare_cached("DELETE FROM seal_slot WHERE block = ?1")?.execute([block])?;
    }
    Ok(())
}

/// Overwrites all keys: with `secure_delete`, pages that become free are filled with zeros.
pub(super) fn clear_all(db: &Connection) -> Result<(), StoreError> {
    db.execute("DELETE FROM seal_slot", [])?;
    Ok(())
}

fn open(db: &Connection, block: i64, read_only: bool) -> Result<Blob<'_>, StoreError> {
    Ok(db.blob_open(MAIN_DB, "seal_slot", "slots", block, read_only)?)
}

fn exists(db: &Connection, block: i64) -> Result<bool, StoreError> {
    let mut statement = db.prepare_cached("SELECT 1 FROM seal_slot WHERE block = ?1")?;
    Ok(statement.query_row([block], |_| Ok(())).optional()?.is_some())
}

/// The block of a person's slot, and where it begins there.
fn place(person: u32) -> (i64, usize) {
    (i64::from(person / SLOTS), LEAD + (person % SLOTS) as usize * SLOT)
}
