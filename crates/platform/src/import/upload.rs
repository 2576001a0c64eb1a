//! Files of an import on their way in: streamed to a folder only the platform's account may read, put into the blob store as well where
//! other processes may need them (`copies`), complete when they have their name.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use axum::body::Body;
use futures_util::StreamExt;
use tokio::fs;
use tokio::io::AsyncWriteExt;
use uuid::Uuid;

use super::copies;
use crate::app::App;
use crate::db::import_file::ImportFile;
use crate::refusal::Refusal;

/// Largest file, in bytes.
const FILE: usize = 4 << 30;
/// What complete files end with, and what the others do.
const COMPLETE: &str = "file";
const PART: &str = "part";

/// A file in the folder of an import that came from somewhere and has its name once it is complete.
#[derive(Debug)]
pub(super) struct Received {
    folder: PathBuf,
    pub(super) name: String,
    /// Bytes.
    pub(super) size: i64,
}

/// A file that is here completely and that no row tells of yet.
#[derive(Debug)]
pub(crate) struct Arrived {
    file: Received,
    /// What is to be recorded of its copy in the store.
    pub(crate) copy: Option<ImportFile>,
}

impl Received {
    /// One of a known name and size.
    pub(super) fn named(folder: &Path, name: &str, size: i64) -> Self {
        Self { folder: folder.to_owned(), name: name.to_owned(), size }
    }

    /// Where it lies until it is complete.
    pub(super) fn part(&self) -> PathBuf {
        self.folder.join(&self.name).with_extension(PART)
    }

    fn path(&self) -> PathBuf {
        self.folder.join(&self.name).with_extension(COMPLETE)
    }

    /// Whether it is here completely.
    pub(super) async fn is_complete(&self) -> bool {
        let found = fs::metadata(self.path()).await;
        found.is_ok_and(|found| i64::try_from(found.len()) == Ok(self.size))
    }

    /// Gives it its name.
    pub(super) async fn complete(&self) -> std::io::Result<()> {
        fs::rename(self.part(), self.path()).await
    }
}

impl Arrived {
    /// Removes it, and its copy: the import takes no files any more.
    pub(crate) async fn discard(self, app: &App, id: &str) {
        drop(fs::remove_file(self.file.path()).await);
        copies::remove(app, id, self.copy.into_iter().collect()).await;
    }
}

/// Where the files of an import lie.
pub(crate) fn folder(app: &App, id: &str) -> PathBuf {
    app.config.data_dir.join("imports").join(id)
}

/// Receives a file into the folder of an import, and into the store where it is to lie there as well.
pub(crate) async fn receive(app: &App, id: &str, body: Body) -> Result<Arrived, Refusal> {
    let folder = folder(app, id);
    make_folder(&folder).await.map_err(|error| refusal(&error))?;
    // Names in the order of time: later files count where both have a photo of the same name.
    let mut file = Received::named(&folder, &Uuid::now_v7().simple().to_string(), 0);
    let taken_in = take_in(app, id, &mut file, body).await;
    if taken_in.is_err() {
        // What is left is removed with the folder.
        drop(fs::remove_file(file.part()).await);
    }
    let arrived = Arrived { copy: taken_in?, file };
    match arrived.file.complete().await {
        Ok(()) => Ok(arrived),
        Err(error) => {
            arrived.discard(app, id).await;
            Err(match error.kind() {
                std::io::ErrorKind::NotFound => {
                    Refusal::Conflict("this import ended while the file came".to_owned())
                }
                _ => refusal(&error),
            })
        }
    }
}

async fn take_in(
    app: &App,
    id: &str,
    file: &mut Received,
    body: Body,
) -> Result<Option<ImportFile>, Refusal> {
    file.size = write(&file.part(), body).await?;
    copies::put(app, id, file).await
}

/// Makes the folder of an import.
pub(super) async fn make_folder(folder: &Path) -> std::io::Result<()> {
    fs::create_dir_all(folder).await?;
    fs::set_permissions(folder, std::fs::Permissions::from_mode(0o700)).await
}

/// Writes a body to a file; answers its length.
async fn write(path: &Path, body: Body) -> Result<i64, Refusal> {
    let mut file = fs::File::create(path).await.map_err(|error| refusal(&error))?;
    let mut stream = body.into_data_stream();
    let mut length = 0_usize;
    while let Some(chunk) = stream.next().await {
        let chunk = chunk.map_err(|_| Refusal::invalid("body", "did not arrive completely"))?;
        length = length.saturating_add(chunk.len());
        if length > FILE {
            return Err(Refusal::TooLarge { limit: FILE });
        }
        file.write_all(&chunk).await.map_err(|error| refusal(&error))?;
    }
    if length == 0 {
        return Err(Refusal::invalid("body", "must be the file itself: a list (CSV, XLSX) or a zip archive"));
    }
    // Whether the last of it could be written is told by flushing alone.
    file.flush().await.map_err(|error| refusal(&error))?;
    file.sync_all().await.map_err(|error| refusal(&error))?;
    i64::try_from(length).map_err(|_| Refusal::TooLarge { limit: FILE })
}

/// The complete files of a folder, oldest first; none when there is no folder.
pub(super) fn complete(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let found = match std::fs::read_dir(folder) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        found => found?,
    };
    let mut files = found.map(|entry| Ok(entry?.path())).collect::<std::io::Result<Vec<_>>>()?;
    files.retain(|file| file.extension().is_some_and(|extension| extension == COMPLETE));
    files.sort();
    Ok(files)
}

/// Removes the files of an import: they lie here unsealed only while they are needed.
pub(crate) async fn remove(folder: &Path) {
    match fs::remove_dir_all(folder).await {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            tracing::warn!(%error, folder = %folder.display(), "the files of an import could not be removed");
        }
        _ => {}
    }
}

/// A fault of the folder, as it is told.
pub(crate) fn refusal(error: &std::io::Error) -> Refusal {
    match is_full(error) {
        true => Refusal::StorageFull,
        false => Refusal::Internal(format!("the import's folder cannot be used: {error}")),
    }
}

/// Whether there is no room left for the folder.
pub(super) fn is_full(error: &std::io::Error) -> bool {
    matches!(error.kind(), std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded)
}
