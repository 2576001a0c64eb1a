//! Copies of the files of imports in the blob store, where several processes may share the database: so that another one can go on
//! when the process that received them is gone, and its folder with it.
//!
//! A file is cut into parts, sealed under a random key of its own. The key stands, sealed by the key file's, in the row that says that
//! the copy is complete; it goes with that row in the transaction that ends the import. From then on whatever is left of the parts is noise.
//! Parts no row tells of are swept away when they are older than any upload.

use std::convert::Infallible;
use std::path::Path;
use std::time::{Duration, SystemTime};

use futures_util::{StreamExt, TryStreamExt, stream};
use tokio::fs::{self, File};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::upload::{self, Received};
use crate::app::App;
use crate::blobs::BlobError;
use crate::blobs::address::{file_of, of_part};
use crate::clock;
use crate::db::import_file::{self, ImportFile};
use crate::refusal::Refusal;
use crate::seal::FileKey;

/// Bytes of a part; two or three times as many are in memory for each file on its way.
const PART: usize = 4 << 20;
/// How often a file is marked as being in use while a part of it is on its way.
const TOUCH: Duration = Duration::from_secs(10);
/// A part no row tells of is removed when it is older than this, in milliseconds: a file has four hours to arrive.
const ORPHAN: i64 = 6 * 3_600_000;
/// Parts removed at the same time.
const AT_ONCE: usize = 8;

/// Why the files of an import cannot be brought here.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FetchError {
    #[error("the files of this import cannot be fetched: {0}")]
    Store(#[from] BlobError),
    #[error("the files of this import are not in the photo store: cancel it and send them again")]
    Missing,
    #[error("the disk of this machine has no room for the files of this import: free some space")]
    Full,
    #[error("the import's folder cannot be used: {0}")]
    Io(std::io::Error),
}

impl From<std::io::Error> for FetchError {
    fn from(error: std::io::Error) -> Self {
        if upload::is_full(&error) { Self::Full } else { Self::Io(error) }
    }
}

/// Puts a received file into the store as well; answers what is to be recorded of it, `None` where no other process could need it.
///
/// # Errors
/// [`Refusal::StorageFull`], [`Refusal::Unavailable`]: the store takes nothing; none of the file is left there.
pub(super) async fn put(app: &App, import: &str, file: &Received) -> Result<Option<ImportFile>, Refusal> {
    if !app.config.is_shared() {
        return Ok(None);
    }
    let (key, sealed) = app.seal.sealer().new_file(import, &file.name)?;
    let mut copy = ImportFile { name: file.name.clone(), size: file.size, parts: 0, sealed };
    match put_parts(app, import, &key, &mut copy, &file.part()).await {
        Ok(()) => Ok(Some(copy)),
        Err(refused) => {
            remove(app, import, vec![copy]).await;
            Err(refused)
        }
    }
}

/// Puts one part after the other; the copy counts them, the one that fails included.
async fn put_parts(
    app: &App,
    import: &str,
    key: &FileKey,
    copy: &mut ImportFile,
    path: &Path,
) -> Result<(), Refusal> {
    let open = File::options().read(true).write(true).open(path).await;
    let mut file = open.map_err(|error| upload::refusal(&error))?;
    let mut left = copy.size;
    while left > 0 {
        let mut plain = vec![0; length_of_next(left)];
        file.read_exact(&mut plain).await.map_err(|error| upload::refusal(&error))?;
        let at = of_part(import, &copy.name, copy.parts);
        copy.parts += 1;
        in_use(path, app.blobs.put_part(key, &at, &plain)).await?;
        left -= i64::try_from(plain.len()).unwrap_or(left);
    }
    Ok(())
}

/// The length of the next part when so many bytes are left.
fn length_of_next(left: i64) -> usize {
    usize::try_from(left).map_or(PART, |left| left.min(PART))
}

/// Does `work` while a file looks as if it were written to: what looks forgotten is removed (`place`).
async fn in_use<R>(path: &Path, work: impl Future<Output = R>) -> R {
    tokio::select! {
        done = work => done,
        never = touch(path) => match never {},
    }
}

async fn touch(path: &Path) -> Infallible {
    loop {
        tokio::time::sleep(TOUCH).await;
        let path = path.to_owned();
        let now = move || std::fs::File::options().append(true).open(path)?.set_modified(SystemTime::now());
        drop(tokio::task::spawn_blocking(now).await);
    }
}

/// Brings files of an import into its folder here, those that are not there already.
///
/// # Errors
/// [`FetchError`]; what came completely stays.
pub(crate) async fn fetch(app: &App, import: &str, files: &[ImportFile]) -> Result<(), FetchError> {
    let folder = upload::folder(app, import);
    for copy in files {
        let file = Received::named(&folder, &copy.name, copy.size);
        if file.is_complete().await {
            continue;
        }
        upload::make_folder(&folder).await?;
        let fetched = fetch_one(app, import, copy, &file.part()).await;
        if let Err(error) = fetched {
            drop(fs::remove_file(file.part()).await);
            return Err(error);
        }
        file.complete().await?;
    }
    Ok(())
}

async fn fetch_one(app: &App, import: &str, copy: &ImportFile, path: &Path) -> Result<(), FetchError> {
    let key = app.seal.sealer().file(import, &copy.name, &copy.sealed).map_err(BlobError::from)?;
    let mut file = File::create(path).await?;
    let mut length = 0;
    for number in 0..copy.parts {
        let at = of_part(import, &copy.name, number);
        let plain = app.blobs.part(&key, &at).await?.ok_or(FetchError::Missing)?;
        file.write_all(&plain).await?;
        length += i64::try_from(plain.len()).unwrap_or(i64::MAX);
    }
    // Whether the last of it could be written is told by flushing alone.
    file.flush().await?;
    file.sync_all().await?;
    if length == copy.size { Ok(()) } else { Err(FetchError::Missing) }
}

/// Removes other complete files from the folder of an import: this process worked on it before, and another one ended that.
pub(crate) async fn leave_only(app: &App, import: &str, names: &[String]) {
    let Ok(files) = upload::complete(&upload::folder(app, import)) else { return };
    for file in files {
        let is_needed = file.file_stem().is_some_and(|stem| names.iter().any(|name| stem == name.as_str()));
        if !is_needed {
            drop(fs::remove_file(file).await);
        }
    }
}

/// Removes copies nobody can open any more. What cannot be removed now is swept away later.
pub(crate) async fn remove(app: &App, import: &str, files: Vec<ImportFile>) {
    let mut parts = Vec::new();
    for file in files {
        parts.extend((0..file.parts).map(|number| of_part(import, &file.name, number)));
    }
    let gone = stream::iter(parts).map(|at| async move { app.blobs.delete(&at).await });
    let removed = gone.buffer_unordered(AT_ONCE).try_collect::<Vec<()>>().await;
    if let Err(error) = removed {
        tracing::warn!(%error, import, "parts of the files of an import could not be removed and are swept away later");
    }
}

/// Removes parts no row tells of: of imports that ended while the store was away, and of files that never came completely.
pub(crate) async fn sweep(app: &App) -> Result<(), BlobError> {
    if !app.config.is_shared() {
        return Ok(());
    }
    let lying = app.blobs.parts_before(clock::now() - ORPHAN);
    let needed = app.db.read(import_file::names).await?;
    let orphans =
        lying.try_filter(|at| std::future::ready(file_of(at).is_some_and(|file| !needed.contains(file))));
    let gone = orphans.map(|at| async move { app.blobs.delete(&at?).await });
    gone.buffer_unordered(AT_ONCE).try_for_each(|()| std::future::ready(Ok(()))).await
}
