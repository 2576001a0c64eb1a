//! What one camera's capture machine has uploaded and nobody has judged yet.
//!
//! A file is one of three things: being received (`*.part`, gone at the next start), waiting (under a name that holds its
//! number and its path), or taken (still on disk until it was judged, so a box that dies meanwhile takes it again). A
//! file is waiting only once all of it is on the disk, and it was said so to the uploader only then. Number and size of
//! what waits are bounded; two uploads under one name are two files. What lies here is sealed ([`super::sealed`]).

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::Notify;

use super::incoming::Incoming;
use super::path::Path;
use super::sealed;
use crate::clock;
use crate::store::seal::Sealer;

/// A file that was not renamed from its temporary name for this long is given up.
const UNRENAMED: Duration = Duration::from_secs(600);
/// A note without its picture is given up after this time.
const ALONE: Duration = Duration::from_secs(60);
/// How long a picture waits for its note, once this camera has sent one.
const NOTE: Duration = Duration::from_secs(1);
/// The same for the first pictures of a camera of which nothing is known yet.
const FIRST_NOTES: Duration = Duration::from_millis(500);
/// So many are the first ones.
const FIRST: u64 = 3;

/// What the spool of one camera may hold.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    /// Bytes of one file.
    pub(super) file: u64,
    /// Files.
    pub(super) files: usize,
    /// Bytes of all files.
    pub(super) bytes: u64,
}

/// The store.
#[derive(Debug)]
pub(super) struct Spool {
    pub(super) at: PathBuf,
    pub(super) limits: Limits,
    pub(super) sealer: Sealer,
    state: Mutex<State>,
    arrived: Notify,
}

#[derive(Debug, Default)]
struct State {
    next: u64,
    files: BTreeMap<u64, Waiting>,
    receiving: usize,
    bytes: u64,
    noted: bool,
    pictures: u64,
}

#[derive(Debug, Clone)]
struct Waiting {
    path: Path,
    bytes: u64,
    since: Instant,
    taken: bool,
}

/// A picture to be judged.
#[derive(Debug)]
pub(super) struct Taken {
    /// Its number.
    pub(super) id: u64,
    /// Where it lies for its uploader.
    pub(super) path: Path,
    /// Where it lies.
    pub(super) file: PathBuf,
    /// What the capture machine wrote about it: number and place.
    pub(super) note: Option<(u64, PathBuf)>,
}

/// What is to be done next.
#[derive(Debug)]
pub(super) enum Next {
    /// A picture is to be judged.
    Judge(Taken),
    /// A file will never be one, for this reason; it was removed.
    GiveUp(Path, &'static str),
    /// Nothing before this time has passed, or something arrives.
    Wait(Duration),
}

/// Why an upload is not taken.
#[derive(Debug)]
pub(super) enum Rejected {
    /// One file is too large, in bytes.
    TooLarge(u64),
    /// Too much waits already.
    Full,
    /// The disk does not take it.
    Disk(io::Error),
}

impl Spool {
    /// Opens the spool in `at` with what lies there.
    pub(super) fn open(at: PathBuf, limits: Limits, sealer: Sealer) -> io::Result<Self> {
        fs::DirBuilder::new().recursive(true).mode(0o700).create(&at)?;
        // Numbers go on from the clock: files of a spool that was just closed never have the same ones.
        let next = u64::try_from(clock::now()).unwrap_or_default();
        let mut state = State { next, ..State::default() };
        for entry in fs::read_dir(&at)? {
            let entry = entry?;
            let name = entry.file_name();
            let Some(name) = name.to_str() else { continue };
            if name.ends_with(".part") && !name.contains('-') {
                fs::remove_file(entry.path())?;
                continue;
            }
            let Some((number, path)) = name.split_once('-') else { continue };
            let (Ok(id), Some(path)) = (number.parse(), Path::from_disk(path)) else { continue };
            let bytes = sealed::plain_length(entry.metadata()?.len());
            state.next = state.next.max(id + 1);
            state.bytes += bytes;
            state.files.insert(id, Waiting { path, bytes, since: Instant::now(), taken: false });
        }
        Ok(Self { at, limits, sealer, state: Mutex::new(state), arrived: Notify::new() })
    }

    /// Begins to receive a file.
    pub(super) async fn receive(self: &Arc<Self>, path: Path) -> Result<Incoming, Rejected> {
        let id = {
            let mut state = self.lock();
            if state.files.len() + state.receiving >= self.limits.files || state.bytes >= self.limits.bytes {
                return Err(Rejected::Full);
            }
            state.receiving += 1;
            state.next += 1;
            state.next - 1
        };
        Incoming::begin(self.clone(), id, path).await
    }

    /// Sets bytes aside for a file that is being received.
    pub(super) fn reserve(&self, bytes: u64) -> Result<(), Rejected> {
        let mut state = self.lock();
        if state.bytes + bytes > self.limits.bytes {
            return Err(Rejected::Full);
        }
        state.bytes += bytes;
        Ok(())
    }

    /// A file is complete and on the disk.
    pub(super) fn received(&self, id: u64, path: Path, bytes: u64) {
        {
            let mut state = self.lock();
            state.receiving -= 1;
            state.noted |= path.is_note();
            state.files.insert(id, Waiting { path, bytes, since: Instant::now(), taken: false });
        }
        self.arrived.notify_one();
    }

    /// A file was not received after all.
    pub(super) fn lost(&self, bytes: u64) {
        let mut state = self.lock();
        state.receiving -= 1;
        state.bytes -= bytes;
    }

    /// What is to be done next, oldest first.
    pub(super) fn next(&self) -> io::Result<Next> {
        let mut state = self.lock();
        let now = Instant::now();
        let patience = match (state.noted, state.pictures) {
            (true, _) => NOTE,
            (false, seen) if seen < FIRST => FIRST_NOTES,
            _ => Duration::ZERO,
        };
        let mut pause = ALONE;
        let mut chosen = None;
        for (&id, file) in state.files.iter().filter(|(_, file)| !file.taken) {
            let age = now.duration_since(file.since);
            let (limit, note) = match &file.path {
                path if path.is_temporary() => (UNRENAMED, None),
                path if path.is_note() => (ALONE, None),
                path => (patience, state.note_of(path)),
            };
            if age >= limit || note.is_some() {
                chosen = Some((id, file.path.clone(), note));
                break;
            }
            pause = pause.min(limit - age);
        }
        let Some((id, path, note)) = chosen else { return Ok(Next::Wait(pause)) };
        if path.is_temporary() || path.is_note() {
            let why = if path.is_note() {
                "came without its picture"
            } else {
                "was uploaded under a temporary name and never renamed"
            };
            state.drop_file(&self.at, id)?;
            return Ok(Next::GiveUp(path, why));
        }
        state.pictures += 1;
        for id in [Some(id), note.as_ref().map(|(id, _)| *id)].into_iter().flatten() {
            if let Some(file) = state.files.get_mut(&id) {
                file.taken = true;
            }
        }
        let file = self.at.join(on_disk(id, &path));
        let note = note.map(|(id, path)| (id, self.at.join(on_disk(id, &path))));
        Ok(Next::Judge(Taken { id, path, file, note }))
    }

    /// Waits until a file arrives.
    pub(super) async fn arrived(&self) {
        self.arrived.notified().await;
    }

    /// A taken file is done with.
    pub(super) fn done(&self, taken: &Taken) -> io::Result<()> {
        let mut state = self.lock();
        state.drop_file(&self.at, taken.id)?;
        taken.note.as_ref().map_or(Ok(()), |(id, _)| state.drop_file(&self.at, *id))
    }

    /// Gives the newest file of a path another one; `false` when there is none that waits.
    pub(super) fn rename(&self, from: &Path, to: &Path) -> io::Result<bool> {
        {
            let mut state = self.lock();
            let Some(id) = state.find(from) else { return Ok(false) };
            fs::rename(self.at.join(on_disk(id, from)), self.at.join(on_disk(id, to)))?;
            state.noted |= to.is_note();
            if let Some(file) = state.files.get_mut(&id) {
                file.path = to.clone();
                file.since = Instant::now();
            }
        }
        self.arrived.notify_one();
        Ok(true)
    }

    /// Removes the newest file of a path; `false` when there is none that waits.
    pub(super) fn delete(&self, path: &Path) -> io::Result<bool> {
        let mut state = self.lock();
        let Some(id) = state.find(path) else { return Ok(false) };
        state.drop_file(&self.at, id)?;
        Ok(true)
    }

    /// Bytes of the newest file of a path that waits.
    pub(super) fn size(&self, path: &Path) -> Option<u64> {
        let state = self.lock();
        state.find(path).and_then(|id| state.files.get(&id)).map(|file| file.bytes)
    }

    /// The names in a folder, folders without a size.
    pub(super) fn list(&self, folder: &Path) -> BTreeMap<String, Option<u64>> {
        let state = self.lock();
        let mut names = BTreeMap::new();
        for file in state.files.values().filter(|file| !file.taken) {
            let Some(rest) = file.path.below(folder) else { continue };
            let Some(first) = rest.first() else { continue };
            let size = rest.parent().is_root().then_some(file.bytes);
            names.insert(first.to_owned(), size);
        }
        names
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn find(&self, path: &Path) -> Option<u64> {
        let found = self.files.iter().rev().find(|(_, file)| !file.taken && file.path == *path);
        found.map(|(&id, _)| id)
    }

    fn note_of(&self, picture: &Path) -> Option<(u64, Path)> {
        let found = self.files.iter().find(|(_, file)| !file.taken && file.path.is_note_of(picture));
        found.map(|(&id, file)| (id, file.path.clone()))
    }

    /// Forgets a file and removes it from the disk; one that has gone from there by itself is gone all the same.
    fn drop_file(&mut self, at: &std::path::Path, id: u64) -> io::Result<()> {
        let Some(file) = self.files.get(&id) else { return Ok(()) };
        match fs::remove_file(at.join(on_disk(id, &file.path))) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        self.bytes -= file.bytes;
        self.files.remove(&id);
        Ok(())
    }
}

/// The name of file number `id` on disk.
pub(super) fn on_disk(id: u64, path: &Path) -> String {
    format!("{id:016}-{}", path.on_disk())
}
