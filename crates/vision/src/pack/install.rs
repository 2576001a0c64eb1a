//! Putting packs into a models directory.
//!
//! One process at a time works in a models directory (an advisory lock on `.lock`). A pack is written into a hidden
//! directory beside its place, every file and the directory are synced, and then it is renamed into place in one
//! step (exchanged with the one that was there). Whoever reads sees the old pack or the new one, complete. What a killed process
//! leaves behind is removed by the next one.

use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, RenameFlags, renameat_with, statvfs};

use super::draft::{Content, Draft};
use super::error::PackError;
use super::{ACTIVE, MANIFEST, Pack, active_id};

/// Names of directories that are not finished.
const BUILDING: &str = ".building-";

/// Names of packs moved aside, where the file system cannot exchange two directories.
const ASIDE: &str = ".aside-";

/// Left free on the disk beyond what a pack needs.
const SPARE_BYTES: u64 = 16 << 20;

/// A models directory, locked for changes.
#[derive(Debug)]
pub struct Models {
    root: PathBuf,
    _lock: File,
}

/// A directory for downloads inside of the models directory; gone when dropped.
#[derive(Debug)]
pub struct Scratch {
    path: PathBuf,
}

/// What installing a pack did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Installed {
    /// It was not there before.
    New,
    /// It was there with the same content.
    Same,
    /// It was there with other content, or damaged.
    Replaced,
}

impl Models {
    /// Locks the directory, creating it when needed, and removes what an interrupted run left.
    ///
    /// # Errors
    /// [`PackError::Busy`] when another process works in it; otherwise what the file system said.
    pub fn lock(root: &Path) -> Result<Self, PackError> {
        fs::create_dir_all(root).map_err(|e| PackError::io(root, e))?;
        let path = root.join(".lock");
        let file = File::options().create(true).truncate(false).write(true).open(&path);
        let file = file.map_err(|e| PackError::io(&path, e))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(PackError::Busy(root.to_owned())),
            Err(TryLockError::Error(e)) => return Err(PackError::io(&path, e)),
        }
        let models = Self { root: root.to_owned(), _lock: file };
        models.tidy()?;
        Ok(models)
    }

    /// Where it is.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// An empty directory for downloads.
    ///
    /// # Errors
    /// [`PackError::NoSpace`] when fewer than `bytes` are free; otherwise what the file system said.
    pub fn scratch(&self, bytes: u64) -> Result<Scratch, PackError> {
        self.check_space(bytes)?;
        let path = self.root.join(format!("{BUILDING}downloads"));
        fs::create_dir(&path).map_err(|e| PackError::io(&path, e))?;
        Ok(Scratch { path })
    }

    /// Puts the pack in place, whole or not at all, once `check` has found it good where it was built.
    ///
    /// # Errors
    /// [`PackError::NoSpace`] before anything is written when the disk is too full, what `check` said, or what the file
    /// system said.
    pub fn install(
        &self,
        draft: &Draft,
        check: impl FnOnce(&Pack) -> Result<(), PackError>,
    ) -> Result<Installed, PackError> {
        let place = self.root.join(&draft.manifest.id);
        let there = fs::symlink_metadata(&place).is_ok();
        if there && Pack::open(&place).is_ok_and(|p| *p.manifest() == draft.manifest && p.verify().is_ok()) {
            return Ok(Installed::Same);
        }
        self.check_space(draft.size())?;
        let building = self.root.join(format!("{BUILDING}{}", draft.manifest.id));
        let written = write_all(draft, &building).and_then(|pack| check(&pack));
        let written = written.and_then(|()| self.put(&building, &place, there));
        if written.is_err() {
            let _ = fs::remove_dir_all(&building);
        }
        written.map(|()| if there { Installed::Replaced } else { Installed::New })
    }

    /// Names the pack that is to be used from the next start on.
    ///
    /// # Errors
    /// The pack is not installed or damaged, or the file system refuses.
    pub fn activate(&self, id: &str) -> Result<(), PackError> {
        Pack::open(&self.root.join(id))?;
        if active_id(&self.root).is_ok_and(|known| known.as_deref() == Some(id)) {
            return Ok(());
        }
        let (place, building) = (self.root.join(ACTIVE), self.root.join(format!("{BUILDING}{ACTIVE}")));
        let write = || {
            Content::Bytes(format!("{id}\n").into_bytes()).write(&building)?;
            fs::rename(&building, &place)
        };
        write().map_err(|e| PackError::io(&place, e))?;
        sync_dir(&self.root)
    }

    fn put(&self, building: &Path, place: &Path, there: bool) -> Result<(), PackError> {
        let fail = |e: std::io::Error| PackError::io(place, e);
        if !there {
            fs::rename(building, place).map_err(fail)?;
            return sync_dir(&self.root);
        }
        if renameat_with(CWD, building, CWD, place, RenameFlags::EXCHANGE).is_ok() {
            sync_dir(&self.root)?;
            return fs::remove_dir_all(building).map_err(fail);
        }
        let aside = self.root.join(format!("{ASIDE}{}", place.file_name().unwrap_or_default().display()));
        fs::rename(place, &aside).map_err(fail)?;
        fs::rename(building, place).map_err(fail)?;
        sync_dir(&self.root)?;
        fs::remove_dir_all(aside).map_err(fail)
    }

    /// Removes unfinished directories; a pack that was moved aside and never replaced goes back.
    fn tidy(&self) -> Result<(), PackError> {
        for entry in fs::read_dir(&self.root).map_err(|e| PackError::io(&self.root, e))? {
            let path = entry.map_err(|e| PackError::io(&self.root, e))?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let place = name.strip_prefix(ASIDE).map(|id| self.root.join(id));
            let outcome = match place {
                Some(place) if !place.exists() => fs::rename(&path, place),
                None if !name.starts_with(BUILDING) => Ok(()),
                _ if path.is_dir() => fs::remove_dir_all(&path),
                _ => fs::remove_file(&path),
            };
            outcome.map_err(|e| PackError::io(&path, e))?;
        }
        Ok(())
    }

    fn check_space(&self, needed: u64) -> Result<(), PackError> {
        let disk = statvfs(&self.root).map_err(|e| PackError::io(&self.root, e.into()))?;
        let (free, needed) = (disk.f_bavail.saturating_mul(disk.f_frsize), needed + SPARE_BYTES);
        if free >= needed {
            Ok(())
        } else {
            Err(PackError::NoSpace { root: self.root.clone(), needed, free })
        }
    }
}

impl Scratch {
    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // What cannot be removed now is removed by the next lock.
        let _ = fs::remove_dir_all(&self.path);
    }
}

/// A directory of a models directory that wants to be a pack: its name, and the pack or what is wrong with it.
pub type Found = (String, Result<Pack, PackError>);

/// The packs in a models directory, each with what is wrong with it if anything is; sorted by name. Directories without
/// a manifest are no packs.
///
/// # Errors
/// The directory cannot be read.
pub fn installed(root: &Path) -> Result<Vec<Found>, PackError> {
    let mut packs = Vec::new();
    for entry in fs::read_dir(root).map_err(|e| PackError::io(root, e))? {
        let entry = entry.map_err(|e| PackError::io(root, e))?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if !name.starts_with('.') && entry.path().join(MANIFEST).is_file() {
            packs.push((name, Pack::open(&entry.path())));
        }
    }
    packs.sort_by(|a, b| a.0.cmp(&b.0));
    Ok(packs)
}

fn write_all(draft: &Draft, building: &Path) -> Result<Pack, PackError> {
    fs::create_dir(building).map_err(|e| PackError::io(building, e))?;
    let manifest = draft.manifest.to_text()?;
    let files = draft.manifest.files.iter().map(|f| f.name.as_str()).zip(&draft.contents);
    let manifest = Content::Bytes(manifest.into_bytes());
    for (name, content) in files.chain([(MANIFEST, &manifest)]) {
        let path = building.join(name);
        content.write(&path).map_err(|e| PackError::io(&path, e))?;
    }
    sync_dir(building)?;
    // What was read again is what was meant: a file that changed while it was copied must not pass.
    let pack = Pack::open(building)?;
    pack.verify()?;
    Ok(pack)
}

fn sync_dir(path: &Path) -> Result<(), PackError> {
    File::open(path).and_then(|dir| dir.sync_all()).map_err(|e| PackError::io(path, e))
}
