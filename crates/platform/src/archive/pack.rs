//! Writing the file: entry by entry, under another name until it is whole and on the disk.
//!
//! Rows are compressed; blobs, which are sealed and cannot be, are stored as they are, in a gzip member of their own.

use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::GzEncoder;
use sha2::{Digest as _, Sha256};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use super::ArchiveError;
use crate::blobs::hex;

/// Entries on their way to the disk.
const QUEUE: usize = 4;

/// An entry of the file.
pub(super) struct Entry {
    pub(super) name: String,
    pub(super) content: Vec<u8>,
}

/// Where entries go; what is sent is written in order.
#[derive(Clone)]
pub(super) struct Packer(mpsc::Sender<Entry>);

/// The file that is being written.
pub(super) struct Packing {
    written: JoinHandle<Result<Written, ArchiveError>>,
}

/// The file as far as it is written; removed unless it is completed.
pub(super) struct Written {
    path: PathBuf,
    part: PathBuf,
    into: Option<GzEncoder<BufWriter<File>>>,
    level: Compression,
    digest: Sha256,
    is_done: bool,
}

/// Begins to write `path`, which must not exist.
pub(super) fn begin(path: &Path) -> Result<(Packer, Packing), ArchiveError> {
    let mut written = Written::create(path)?;
    let (sender, mut queue) = mpsc::channel::<Entry>(QUEUE);
    let written = tokio::task::spawn_blocking(move || {
        while let Some(entry) = queue.blocking_recv() {
            written.add(&entry)?;
        }
        Ok(written)
    });
    Ok((Packer(sender), Packing { written }))
}

impl Packer {
    /// Writes an entry. An error means that writing has failed: [`Packing::finish`] says why.
    pub(super) async fn add(&self, entry: Entry) -> Result<(), ArchiveError> {
        self.0.send(entry).await.map_err(|_| stopped())
    }

    /// As [`Packer::add`], from a thread that may wait.
    pub(super) fn add_blocking(&self, entry: Entry) -> Result<(), ArchiveError> {
        self.0.blocking_send(entry).map_err(|_| stopped())
    }
}

fn stopped() -> ArchiveError {
    ArchiveError::Store("writing the file has stopped".to_owned())
}

impl Packing {
    /// Everything sent so far, once all [`Packer`]s are gone.
    pub(super) async fn finish(self) -> Result<Written, ArchiveError> {
        self.written.await.map_err(|_| ArchiveError::Store("writing the file panicked".to_owned()))?
    }
}

impl Written {
    fn create(path: &Path) -> Result<Self, ArchiveError> {
        if path.exists() {
            return Err(ArchiveError::Refused(format!("{} exists already", path.display())));
        }
        let mut part = path.as_os_str().to_owned();
        part.push(".part");
        let part = PathBuf::from(part);
        let file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&part);
        let file = file.map_err(|error| failed(path, &error))?;
        let level = Compression::new(3);
        let into = Some(GzEncoder::new(BufWriter::with_capacity(1 << 20, file), level));
        Ok(Self { path: path.to_owned(), part, into, level, digest: Sha256::new(), is_done: false })
    }

    fn add(&mut self, entry: &Entry) -> Result<(), ArchiveError> {
        digest_entry(&mut self.digest, &entry.name, &entry.content);
        self.append(entry).map_err(|error| failed(&self.path, &error))
    }

    /// SHA-256 of the entries so far.
    pub(super) fn sha256(&self) -> String {
        hex(&self.digest.clone().finalize())
    }

    fn append(&mut self, entry: &Entry) -> io::Result<()> {
        let level = if entry.name.starts_with("blobs/") { Compression::none() } else { Compression::new(3) };
        if level != self.level
            && let Some(member) = self.into.take()
        {
            self.into = Some(GzEncoder::new(member.finish()?, level));
            self.level = level;
        }
        let Some(into) = &mut self.into else { return Err(io::ErrorKind::BrokenPipe.into()) };
        let mut header = tar::Header::new_ustar();
        header.set_path(&entry.name)?;
        header.set_size(entry.content.len() as u64);
        header.set_mode(0o600);
        header.set_cksum();
        into.write_all(header.as_bytes())?;
        into.write_all(&entry.content)?;
        let padding = entry.content.len().next_multiple_of(512) - entry.content.len();
        into.write_all(&[0; 512][..padding])
    }

    /// Writes the last entry and gives the file its name; answers its size.
    pub(super) fn complete(mut self, end: &Entry) -> Result<u64, ArchiveError> {
        let path = self.path.clone();
        self.close(end).map_err(|error| failed(&path, &error))
    }

    fn close(&mut self, end: &Entry) -> io::Result<u64> {
        self.append(end)?;
        let Some(mut into) = self.into.take() else { return Err(io::ErrorKind::BrokenPipe.into()) };
        into.write_all(&[0; 1024])?;
        let file = into.finish()?.into_inner().map_err(io::IntoInnerError::into_error)?;
        file.sync_all()?;
        let size = file.metadata()?.len();
        // A name that was taken meanwhile stays what it is.
        std::fs::hard_link(&self.part, &self.path).or_else(|error| match error.kind() {
            io::ErrorKind::AlreadyExists => Err(error),
            _ => std::fs::rename(&self.part, &self.path),
        })?;
        self.is_done = true;
        drop(std::fs::remove_file(&self.part));
        let folder = self.path.parent().filter(|folder| !folder.as_os_str().is_empty());
        File::open(folder.unwrap_or(Path::new(".")))?.sync_all()?;
        Ok(size)
    }
}

impl Drop for Written {
    fn drop(&mut self) {
        if !self.is_done {
            drop(std::fs::remove_file(&self.part));
        }
    }
}

/// Adds an entry to the digest over all entries.
pub(super) fn digest_entry(digest: &mut Sha256, name: &str, content: &[u8]) {
    digest.update((name.len() as u64).to_be_bytes());
    digest.update(name);
    digest.update((content.len() as u64).to_be_bytes());
    digest.update(content);
}

/// What the system said about a file.
pub(super) fn failed(path: &Path, error: &io::Error) -> ArchiveError {
    let what = match error.kind() {
        io::ErrorKind::StorageFull => {
            "the disk is full: nothing was left behind; free some space or use another disk".to_owned()
        }
        _ => error.to_string(),
    };
    ArchiveError::File { file: path.to_owned(), what }
}
