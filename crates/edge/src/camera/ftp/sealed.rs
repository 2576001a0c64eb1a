//! Files of the spool as they lie on the disk: sealed by `box.key`, piece by piece while they are received, so that a stolen disk shows
//! no face and no more than a piece of each file is in memory.
//!
//! Every piece is bound to the file's number, to its place, and to whether it is the last: what was altered, exchanged or cut
//! off does not open.

use std::io;

use runtime::seal::OVERHEAD;

use crate::store::seal::Sealer;

/// Plain bytes of a piece; only the last one is shorter.
const PIECE: usize = 64 << 10;

/// A file that is being sealed.
#[derive(Debug)]
pub(super) struct Sealing {
    sealer: Sealer,
    file: u64,
    next: u32,
    plain: Vec<u8>,
}

impl Sealing {
    pub(super) fn new(sealer: Sealer, file: u64) -> Self {
        Self { sealer, file, next: 0, plain: Vec::new() }
    }

    /// Takes the next bytes; what can be written by now.
    pub(super) fn take(&mut self, mut bytes: &[u8]) -> io::Result<Vec<u8>> {
        let mut sealed = Vec::new();
        while self.plain.len() + bytes.len() > PIECE {
            let (now, later) = bytes.split_at(PIECE - self.plain.len());
            self.plain.extend_from_slice(now);
            bytes = later;
            sealed.extend(self.piece(false)?);
        }
        self.plain.extend_from_slice(bytes);
        Ok(sealed)
    }

    /// All of it has come; what is left to write.
    pub(super) fn finish(mut self) -> io::Result<Vec<u8>> {
        self.piece(true)
    }

    fn piece(&mut self, last: bool) -> io::Result<Vec<u8>> {
        let sealed = self.sealer.seal_upload(self.file, self.next, last, &self.plain);
        self.next += 1;
        self.plain.clear();
        sealed.map_err(io::Error::other)
    }
}

/// The bytes of file number `file`.
///
/// # Errors
/// It is not what was written under this number.
pub(super) fn open(sealer: &Sealer, file: u64, sealed: &[u8]) -> io::Result<Vec<u8>> {
    let mut plain = Vec::with_capacity(sealed.len());
    let mut pieces = (0..).zip(sealed.chunks(PIECE + OVERHEAD)).peekable();
    if pieces.peek().is_none() {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    while let Some((place, piece)) = pieces.next() {
        let last = pieces.peek().is_none();
        plain.extend(sealer.open_upload(file, place, last, piece).map_err(io::Error::other)?);
    }
    Ok(plain)
}

/// The length of a file whose sealed length is `sealed`.
pub(super) fn plain_length(sealed: u64) -> u64 {
    let pieces = sealed.div_ceil((PIECE + OVERHEAD) as u64);
    sealed.saturating_sub(pieces * OVERHEAD as u64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Store;

    fn sealed(sealer: &Sealer, plain: &[u8], step: usize) -> Vec<u8> {
        let mut sealing = Sealing::new(sealer.clone(), 7);
        let mut out = Vec::new();
        for bytes in plain.chunks(step) {
            out.extend(sealing.take(bytes).unwrap());
        }
        out.extend(sealing.finish().unwrap());
        out
    }

    #[test]
    fn what_was_received_comes_back_and_nothing_else_opens() {
        let directory = tempfile::tempdir().unwrap();
        let sealer = Store::open(directory.path()).unwrap().sealer();
        for length in [0, 1, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE, 3 * PIECE + 5] {
            let plain: Vec<u8> = (0..length).map(|n| (n % 251) as u8).collect();
            for step in [1 << 12, PIECE, 5 * PIECE] {
                let file = sealed(&sealer, &plain, step);
                assert_eq!(plain_length(file.len() as u64), length as u64);
                assert_eq!(open(&sealer, 7, &file).unwrap(), plain);
                assert!(length < 32 || !file.windows(32).any(|window| window == &plain[..32]));
                assert!(open(&sealer, 8, &file).is_err(), "another file's number");
                assert!(open(&sealer, 7, &file[..file.len() - 1]).is_err(), "cut off");
            }
        }
        let plain = vec![5; 3 * PIECE];
        let file = sealed(&sealer, &plain, PIECE);
        assert!(open(&sealer, 7, &file[..2 * (PIECE + OVERHEAD)]).is_err(), "cut off between two pieces");
        let (first, rest) = file.split_at(PIECE + OVERHEAD);
        let (second, third) = rest.split_at(PIECE + OVERHEAD);
        assert!(open(&sealer, 7, &[second, first, third].concat()).is_err(), "pieces exchanged");
        assert!(open(&sealer, 7, &[]).is_err());
    }
}
