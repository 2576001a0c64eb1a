//! Files of an import on their way in: streamed to a folder only the platform's account may read, complete when they have their name.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use axum::body::Body;
use futures_util::StreamExt;
use tokio::fs;
use tokio::io::AsyncWriteExt;
use uuid::Uuid;

use crate::app::App;
use crate::refusal::Refusal;

/// Largest file, in bytes.
const FILE: usize = 4 << 30;
/// What complete files end with.
const COMPLETE: &str = "file";

/// Where the files of an import lie.
pub(crate) fn folder(app: &App, id: &str) -> PathBuf {
    app.config.data_dir.join("imports").join(id)
}

/// Receives a file into the folder of an import.
pub(crate) async fn receive(folder: &Path, body: Body) -> Result<(), Refusal> {
    fs::create_dir_all(folder).await.map_err(|error| refusal(&error))?;
    fs::set_permissions(folder, std::fs::Permissions::from_mode(0o700))
        .await
        .map_err(|error| refusal(&error))?;
    // Names in the order of time: later files count where both have a photo of the same name.
    let name = Uuid::now_v7().simple().to_string();
    let part = folder.join(&name).with_extension("part");
    let written = write(&part, body).await;
    if let Err(refused) = written {
        // What is left is removed with the folder.
        drop(fs::remove_file(&part).await);
        return Err(refused);
    }
    fs::rename(&part, folder.join(name).with_extension(COMPLETE)).await.map_err(|error| refusal(&error))
}

async fn write(path: &Path, body: Body) -> Result<(), Refusal> {
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
    file.sync_all().await.map_err(|error| refusal(&error))
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
    match error.kind() {
        std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => Refusal::StorageFull,
        _ => Refusal::Internal(format!("the import's folder cannot be used: {error}")),
    }
}
