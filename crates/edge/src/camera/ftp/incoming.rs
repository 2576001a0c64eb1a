//! One file while it is being received: written to the disk as it comes, sealed, within its limits, and gone when it breaks off.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use tokio::fs::{File, OpenOptions};
use tokio::io::AsyncWriteExt as _;

use super::path::Path;
use super::sealed::Sealing;
use super::spool::{Rejected, Spool, on_disk};

/// A file on its way in. Dropping it before [`Incoming::finish`] leaves nothing behind.
#[derive(Debug)]
pub(super) struct Incoming {
    spool: Arc<Spool>,
    id: u64,
    path: Path,
    part: PathBuf,
    file: Option<(File, Sealing)>,
    bytes: u64,
    renaming: bool,
    finished: bool,
}

impl Incoming {
    pub(super) async fn begin(spool: Arc<Spool>, id: u64, path: Path) -> Result<Self, Rejected> {
        let part = spool.at.join(format!("{id:016}.part"));
        let sealing = Sealing::new(spool.sealer.clone(), id);
        let mut incoming =
            Self { spool, id, path, part, file: None, bytes: 0, renaming: false, finished: false };
        let mut options = OpenOptions::new();
        options.write(true).create_new(true).mode(0o600);
        let file = options.open(&incoming.part).await.map_err(Rejected::Disk)?;
        incoming.file = Some((file, sealing));
        Ok(incoming)
    }

    /// Takes the next bytes.
    pub(super) async fn write(&mut self, bytes: &[u8]) -> Result<(), Rejected> {
        let more = bytes.len() as u64;
        if self.bytes + more > self.spool.limits.file {
            return Err(Rejected::TooLarge(self.spool.limits.file));
        }
        self.spool.reserve(more)?;
        self.bytes += more;
        let (file, sealing) =
            self.file.as_mut().ok_or_else(|| Rejected::Disk(io::ErrorKind::NotFound.into()))?;
        file.write_all(&sealing.take(bytes).map_err(Rejected::Disk)?).await.map_err(Rejected::Disk)
    }

    /// All of it has come: it is on the disk when this returns, and it is taken from then on.
    pub(super) async fn finish(mut self) -> Result<u64, Rejected> {
        let (mut file, sealing) =
            self.file.take().ok_or_else(|| Rejected::Disk(io::ErrorKind::NotFound.into()))?;
        let (from, at) = (self.part.clone(), self.spool.at.clone());
        let to = at.join(on_disk(self.id, &self.path));
        self.renaming = true;
        let settled = async {
            file.write_all(&sealing.finish()?).await?;
            file.flush().await?;
            let file = file.into_std().await;
            tokio::task::spawn_blocking(move || {
                file.sync_data()?;
                std::fs::rename(from, to)?;
                // The new name is as durable as the bytes.
                std::fs::File::open(at)?.sync_all()
            })
            .await
            .unwrap_or_else(|_| Err(io::Error::other("writing was interrupted")))
        };
        settled.await.map_err(Rejected::Disk)?;
        self.finished = true;
        self.spool.received(self.id, self.path.clone(), self.bytes);
        Ok(self.bytes)
    }
}

impl Drop for Incoming {
    fn drop(&mut self) {
        if self.finished {
            return;
        }
        // Either name may be there, or none: what breaks off leaves nothing.
        let _ = std::fs::remove_file(&self.part);
        if self.renaming {
            let _ = std::fs::remove_file(self.spool.at.join(on_disk(self.id, &self.path)));
        }
        self.spool.lost(self.bytes);
    }
}
