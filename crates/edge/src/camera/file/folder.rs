//! A folder as a camera: every image that appears in it is one capture.
//!
//! The folder is read every 100 ms, which works on every file system (network shares and container mounts do not report
//! changes). A file is taken once it is complete: old enough, or unchanged between two looks, and its image has an end.
//! Until its capture was judged and its events are stored the file stays where it is, so a box that dies meanwhile looks at it again; then it moves to
//! `.taken/`, or to `.refused/` when it is no picture. Names that begin with a dot or end like a partial download are left
//! alone. Memory is bounded: at most [`GLANCE`] names per look, [`AT_ONCE`] pictures on their way.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use futures_util::stream::{FuturesUnordered, StreamExt as _};
use serde_json::Map;
use tokio_util::sync::CancellationToken;

use super::shelf::Shelf;
use crate::camera::Outlet;
use crate::camera::sniff::{Looks, looks};

/// Pause between two looks at the folder.
const PAUSE: Duration = Duration::from_millis(100);
/// Files considered per look; the rest is seen when these are gone.
const GLANCE: usize = 4096;
/// Captures of this folder that may be on their way at one time.
const AT_ONCE: usize = 4;
/// A file this old at first sight is complete.
const OLD: Duration = Duration::from_millis(500);
/// For so long the end of an image is waited for.
const PATIENCE: Duration = Duration::from_secs(5);
/// Larger files are no captures.
const MOST_BYTES: u64 = 20 << 20;

/// Marks of files that somebody is still writing.
const PARTIAL: [&str; 5] = [".tmp", ".part", ".partial", ".crdownload", "~"];

/// A file as one look saw it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Seen {
    modified: SystemTime,
    path: PathBuf,
    bytes: u64,
}

/// What became of one file; `None`: the box is stopping, it stays.
type Finished = (PathBuf, Option<Result<(), String>>);

pub(super) async fn run(folder: &Path, outlet: &Outlet, stop: &CancellationToken) -> Result<(), String> {
    let (taken, refused) = (Shelf::taken(folder), Shelf::refused(folder));
    taken.prepare()?;
    refused.prepare()?;
    outlet.online();
    let mut before = HashMap::new();
    let mut under_way: FuturesUnordered<BoxFuture<'_, Finished>> = FuturesUnordered::new();
    let mut busy: HashSet<PathBuf> = HashSet::new();
    loop {
        let seen =
            glance(folder.to_owned()).await.map_err(|error| format!("{}: {error}", folder.display()))?;
        for file in &seen {
            if under_way.len() >= AT_ONCE {
                break;
            }
            if busy.contains(&file.path) || !is_settled(file, &before) {
                continue;
            }
            match read(file.clone()).await {
                // An image whose end was waited for in vain is handed over as it is: the decoder has the last word.
                Ok((_, Looks::Unfinished)) if age(file) < PATIENCE => {}
                Ok((bytes, Looks::Image | Looks::Unfinished)) => {
                    busy.insert(file.path.clone());
                    under_way.push(hand_over(file.path.clone(), bytes, outlet).boxed());
                }
                Ok((_, Looks::Other)) => {
                    refuse(&refused, &file.path, outlet, "not a JPEG, PNG, WebP or BMP image")?;
                }
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => refuse(&refused, &file.path, outlet, &error.to_string())?,
            }
        }
        before = seen.into_iter().map(|file| (file.path, (file.modified, file.bytes))).collect();
        // Pictures that were judged leave at once; otherwise the next look comes after the pause.
        let mut pause = std::pin::pin!(tokio::time::sleep(PAUSE));
        loop {
            tokio::select! {
                () = stop.cancelled() => return Ok(()),
                () = &mut pause => break,
                Some((path, outcome)) = under_way.next() => {
                    match outcome {
                        Some(Ok(())) => put_away(&taken, &path)?,
                        Some(Err(reason)) => refuse(&refused, &path, outlet, &reason)?,
                        None => {}
                    }
                    busy.remove(&path);
                    before.remove(&path);
                    if under_way.len() + 1 >= AT_ONCE {
                        break;
                    }
                }
            }
        }
    }
}

async fn hand_over(path: PathBuf, bytes: Vec<u8>, outlet: &Outlet) -> Finished {
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let outcome = outlet.deliver(&bytes, &name, &Map::new()).await;
    (path, outcome)
}

fn is_settled(file: &Seen, before: &HashMap<PathBuf, (SystemTime, u64)>) -> bool {
    file.bytes > 0 && (age(file) >= OLD || before.get(&file.path) == Some(&(file.modified, file.bytes)))
        || age(file) >= PATIENCE
}

/// How long ago the file was changed; a file from the future counts as old.
fn age(file: &Seen) -> Duration {
    SystemTime::now().duration_since(file.modified).unwrap_or(PATIENCE)
}

/// The files of the folder, oldest first.
async fn glance(folder: PathBuf) -> io::Result<Vec<Seen>> {
    blocking(move || {
        let mut seen = Vec::new();
        for entry in fs::read_dir(folder)?.take(GLANCE) {
            let entry = entry?;
            let name = entry.file_name();
            let name = name.to_string_lossy();
            if name.starts_with('.') || PARTIAL.iter().any(|mark| name.ends_with(mark)) {
                continue;
            }
            // A file that has gone meanwhile, or that is no file, is not our business.
            let Ok(facts) = entry.metadata() else { continue };
            if facts.is_file() {
                let modified = facts.modified().unwrap_or(SystemTime::UNIX_EPOCH);
                seen.push(Seen { modified, path: entry.path(), bytes: facts.len() });
            }
        }
        seen.sort();
        Ok(seen)
    })
    .await
}

async fn read(file: Seen) -> io::Result<(Vec<u8>, Looks)> {
    blocking(move || {
        if file.bytes > MOST_BYTES {
            return Err(io::Error::other(format!("{} bytes are more than a capture may have", file.bytes)));
        }
        let mut bytes = Vec::new();
        fs::File::open(&file.path)?.take(MOST_BYTES).read_to_end(&mut bytes)?;
        let looks = looks(&bytes);
        Ok((bytes, looks))
    })
    .await
}

async fn blocking<T: Send + 'static>(job: impl FnOnce() -> io::Result<T> + Send + 'static) -> io::Result<T> {
    tokio::task::spawn_blocking(job)
        .await
        .unwrap_or_else(|_| Err(io::Error::other("reading was interrupted")))
}

fn put_away(shelf: &Shelf, path: &Path) -> Result<(), String> {
    shelf.take(path).map_err(|error| format!("{} was taken but cannot be moved: {error}", path.display()))
}

fn refuse(shelf: &Shelf, path: &Path, outlet: &Outlet, reason: &str) -> Result<(), String> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    tracing::warn!(camera = outlet.name(), file = %name, reason, "not a picture; moved to .refused");
    put_away(shelf, path)
}
