//! Where files of imports lie. Processes may have data folders of their own, and the files of an import come to one of them; a mark in that
//! folder tells which it is, and processes that share the folder share the mark.
//!
//! A process works off the imports of its own folder, and those it took over when all their files lie in the store (`copies`). It removes
//! files from its folder that no import needs there any more, whichever process ended it or took it over.

use std::path::Path;
use std::time::{Duration, SystemTime};

use tokio::fs;
use uuid::Uuid;

use super::upload;
use crate::app::App;
use crate::db::person_import::{self, State};
use crate::db::{DbError, Tx, import_file};

/// The file with the mark.
const MARK: &str = "place";
/// A folder in which something was written since is being written to.
const QUIET: Duration = Duration::from_secs(60);

/// The mark of this process's folder, made when there is none.
///
/// # Errors
/// The folder cannot be used.
pub(crate) async fn mark(app: &App) -> std::io::Result<String> {
    let root = app.config.data_dir.join("imports");
    fs::create_dir_all(&root).await?;
    let (path, made) = (root.join(MARK), root.join(format!("{MARK}.{}", Uuid::now_v7())));
    if let Ok(found) = fs::read_to_string(&path).await {
        return Ok(found);
    }
    fs::write(&made, Uuid::now_v7().to_string()).await?;
    // Whoever is first has made it.
    let linked = fs::hard_link(&made, &path).await;
    drop(fs::remove_file(&made).await);
    match linked {
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => Err(error),
        _ => fs::read_to_string(&path).await,
    }
}

/// Removes the files of imports that are over or have gone to another place than this: another process may have ended them or taken them
/// over, or this one was stopped meanwhile.
pub(crate) async fn sweep(app: &App, place: &str) -> Result<(), DbError> {
    for id in ids(&app.config.data_dir.join("imports")).await {
        let folder = upload::folder(app, &id);
        let (asked, here) = (id.clone(), place.to_owned());
        let found = app.db.read(move |tx: &mut Tx<'_>| {
            let state = person_import::find(tx, &asked)?.map(|import| import.state);
            Ok::<_, DbError>((state, import_file::has_left(tx, &asked, &here)?))
        });
        let needed = match found.await? {
            (Some(State::Cancelled | State::Failed), _) => false,
            // A file may be on its way to one that is done, or be fetched from the store; it is refused when there is no import.
            (Some(State::Done) | None, _) | (_, true) => !is_quiet(&folder).await,
            (Some(_), false) => true,
        };
        if !needed {
            upload::remove(&folder).await;
        }
    }
    Ok(())
}

/// The imports with files in a folder; one that cannot be read is looked at again later.
async fn ids(root: &Path) -> Vec<String> {
    let mut ids = Vec::new();
    let Ok(mut entries) = fs::read_dir(root).await else { return ids };
    while let Ok(Some(entry)) = entries.next_entry().await {
        if entry.file_type().await.is_ok_and(|kind| kind.is_dir()) {
            ids.extend(entry.file_name().into_string());
        }
    }
    ids
}

/// Whether nothing was written in a folder for a while.
async fn is_quiet(folder: &Path) -> bool {
    let Ok(mut entries) = fs::read_dir(folder).await else { return true };
    let since = SystemTime::now() - QUIET;
    let is_older = |changed: std::io::Result<SystemTime>| changed.is_ok_and(|at| at < since);
    while let Ok(Some(entry)) = entries.next_entry().await {
        if !entry.metadata().await.is_ok_and(|found| is_older(found.modified())) {
            return false;
        }
    }
    fs::metadata(folder).await.is_ok_and(|found| is_older(found.modified()))
}
