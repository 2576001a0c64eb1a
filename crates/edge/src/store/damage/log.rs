//! Tells a write-ahead log that ends early from one that is damaged in the middle. SQLite takes both for the former: it would
//! silently forget what came after the damage, although it had been acknowledged.
//!
//! A transaction is synced before the next begins. So when something follows the first bad frame that was written after a later
//! commit, the bad frame had been whole once: it is damage and no power cut.

use std::fs::File;
use std::io::{self, BufReader, ErrorKind, Read};
use std::path::Path;

use super::super::StoreError;

const HEADER: usize = 32;
const FRAME: usize = 24;

/// Looks at the log beside the database `path`, if there is one.
///
/// # Errors
/// [`StoreError::Damaged`], or what the system says.
pub(in super::super) fn check(path: &Path) -> Result<(), StoreError> {
    let path = path.with_extension("db-wal");
    let failed = |error| StoreError::Directory { path: path.clone(), error };
    let file = match File::open(&path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(failed(error)),
    };
    match look(&mut BufReader::with_capacity(1 << 20, file)).map_err(failed)? {
        None => Ok(()),
        Some(what) => Err(StoreError::Damaged(format!("box.db-wal: {what}"))),
    }
}

/// What is wrong, if something is.
pub(super) fn look(from: &mut impl Read) -> io::Result<Option<String>> {
    let mut header = [0; HEADER];
    if !fill(from, &mut header)? {
        return Ok(None);
    }
    let mut frame_header = [0; FRAME];
    if !fill(from, &mut frame_header)? {
        return Ok(None);
    }
    let little = match word(&header, 0) {
        0x377f_0682 => true,
        0x377f_0683 => false,
        _ => return Ok(Some("its header is not that of a log".into())),
    };
    let mut sum = add([0, 0], &header[..24], little);
    let page_size = word(&header, 8) as usize;
    if sum != [word(&header, 24), word(&header, 28)] || !(512..=65_536).contains(&page_size) {
        return Ok(Some("its header is damaged".into()));
    }
    let salts = header[16..24].to_owned();
    let mut page = vec![0; page_size];
    let (mut number, mut bad, mut commits) = (0_u64, None, 0);
    loop {
        number += 1;
        if !fill(from, &mut page)? {
            return Ok(None);
        }
        let current = frame_header[8..16] == salts;
        if bad.is_none() {
            sum = add(add(sum, &frame_header[..8], little), &page, little);
            if !current || sum != [word(&frame_header, 16), word(&frame_header, 20)] {
                bad = Some(number);
            }
        }
        if let Some(first) = bad
            && current
            && word(&frame_header, 4) != 0
        {
            commits += 1;
            if commits == 2 {
                return Ok(Some(format!("frame {first} is damaged, and transactions follow it")));
            }
        }
        if !fill(from, &mut frame_header)? {
            return Ok(None);
        }
    }
}

/// The log's checksum, continued over `bytes` (a multiple of eight).
fn add(sum: [u32; 2], bytes: &[u8], little: bool) -> [u32; 2] {
    let read = if little { u32::from_le_bytes } else { u32::from_be_bytes };
    let (pairs, _) = bytes.as_chunks::<8>();
    pairs.iter().fold(sum, |[a, b], &[w, x, y, z, p, q, r, s]| {
        let a = a.wrapping_add(read([w, x, y, z])).wrapping_add(b);
        [a, b.wrapping_add(read([p, q, r, s])).wrapping_add(a)]
    })
}

fn word(bytes: &[u8], at: usize) -> u32 {
    bytes.get(at..at + 4).and_then(|four| four.try_into().ok()).map_or(0, u32::from_be_bytes)
}

/// Fills `buffer`; `false` at the end of the file, also in the middle of a frame.
fn fill(from: &mut impl Read, buffer: &mut [u8]) -> io::Result<bool> {
    match from.read_exact(buffer) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == ErrorKind::UnexpectedEof => Ok(false),
        Err(error) => Err(error),
    }
}
