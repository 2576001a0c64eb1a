//! Zip files from outside: nothing is ever unpacked to the disk under a name of theirs, and nothing is read beyond what was announced
//! and allowed.

use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use encoding_rs::GB18030;
use zip::ZipArchive;

use super::ImportError;

/// Most entries of an archive.
const ENTRIES: u64 = 100_000;
/// Most bytes of an archive's directory.
const DIRECTORY: u64 = 64 << 20;
/// Most bytes of an archive once decompressed.
const UNPACKED: u64 = 32 << 30;
/// Largest photo, decompressed.
pub(super) const PHOTO: u64 = 10 << 20;
/// Where the end of the directory can lie: 22 bytes and the longest comment.
const TAIL: u64 = 22 + 0xffff;

/// An archive that passed the limits.
pub(super) struct Archive {
    zip: ZipArchive<BufReader<File>>,
    /// Files in it, without folders and what systems leave behind.
    pub(super) entries: Vec<Entry>,
}

/// One file of an archive.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    index: usize,
    /// Its path inside the archive.
    pub(super) name: String,
}

/// The pictures of all archives of an import, found by what rows call them.
#[derive(Default)]
pub(super) struct Photos {
    archives: Vec<Archive>,
    names: HashMap<String, Place>,
    used: HashSet<(usize, usize)>,
    count: usize,
}

/// Whom a name means.
#[derive(Debug, Clone, Copy)]
enum Place {
    /// The archive, and the position among its entries.
    At(usize, usize),
    Several,
}

/// What a row's photo turned out to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Found {
    /// This one.
    Photo(PhotoAt),
    /// There is none.
    None,
    /// Several files go by that name.
    Several,
}

/// Where a photo lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct PhotoAt {
    archive: usize,
    index: usize,
    /// Its path inside the archive.
    pub(super) name: String,
}

impl Archive {
    /// Opens the archive at `path`.
    pub(super) fn open(path: &Path) -> Result<Self, ImportError> {
        let mut file = File::open(path)?;
        measure(&mut file)?;
        file.rewind()?;
        let mut zip = ZipArchive::new(BufReader::new(file)).map_err(unreadable)?;
        let (mut entries, mut unpacked) = (Vec::new(), 0u64);
        for index in 0..zip.len() {
            let entry = zip.by_index_raw(index).map_err(unreadable)?;
            unpacked = unpacked.saturating_add(entry.size());
            let name = name_of(entry.name_raw());
            if name.contains('\0') {
                return Err(unreadable(format!("the name {name:?} holds the character NUL")));
            }
            if !entry.is_dir() && !is_left_behind(&name) {
                entries.push(Entry { index, name });
            }
        }
        if unpacked > UNPACKED {
            let words =
                format!("the archive has more than {UNPACKED} bytes once decompressed; send it in parts");
            return Err(ImportError::unusable(words));
        }
        Ok(Self { zip, entries })
    }

    /// The content of an entry, at most `limit` bytes; in words why not.
    pub(super) fn read(&mut self, entry: usize, limit: u64) -> Result<Vec<u8>, String> {
        let entry = self.zip.by_index(entry).map_err(|error| format!("cannot be read: {error}"))?;
        let told = entry.size();
        if told > limit {
            return Err(format!("has {told} bytes, more than the {limit} allowed"));
        }
        let mut content = Vec::new();
        entry.take(told + 1).read_to_end(&mut content).map_err(|error| format!("cannot be read: {error}"))?;
        if content.len() as u64 > told {
            return Err("is larger than the archive says".to_owned());
        }
        Ok(content)
    }

    /// The list in the archive: the CSV or XLSX nearest to its root.
    pub(super) fn list(&self) -> Result<Option<&Entry>, ImportError> {
        let depth = |entry: &Entry| entry.name.matches('/').count();
        let lists: Vec<&Entry> = self.entries.iter().filter(|entry| is_list(&entry.name)).collect();
        let Some(least) = lists.iter().map(|entry| depth(entry)).min() else { return Ok(None) };
        let mut nearest = lists.into_iter().filter(|entry| depth(entry) == least);
        let list = nearest.next();
        match (list, nearest.next()) {
            (Some(one), Some(other)) => Err(ImportError::unusable(format!(
                "the archive has several lists ({} and {}); leave one",
                one.name, other.name
            ))),
            _ => Ok(list),
        }
    }
}

impl Entry {
    /// Its number in the archive.
    pub(super) fn index(&self) -> usize {
        self.index
    }
}

impl Photos {
    /// Opens all archives; where several have a photo of the same name, the later archive counts.
    pub(super) fn open(paths: &[PathBuf]) -> Result<Self, ImportError> {
        let mut photos = Self::default();
        for path in paths {
            photos.add(Archive::open(path)?);
        }
        Ok(photos)
    }

    fn add(&mut self, archive: Archive) {
        let at = self.archives.len();
        let mut names: HashMap<String, Place> = HashMap::new();
        for (position, entry) in archive.entries.iter().enumerate() {
            if !is_picture(&entry.name) {
                continue;
            }
            self.count += 1;
            let path = fold(&entry.name);
            let file = path.rsplit('/').next().unwrap_or_default().to_owned();
            let without = |name: &str| name.rsplit_once('.').map_or(name, |(stem, _)| stem).to_owned();
            // The whole path is unique in an archive; shorter names may not be.
            for name in HashSet::from([without(&path), without(&file), path, file]) {
                let place = Place::At(at, position);
                names.entry(name).and_modify(|known| *known = Place::Several).or_insert(place);
            }
        }
        self.names.extend(names);
        self.archives.push(archive);
    }

    /// How many pictures there are.
    pub(super) fn count(&self) -> usize {
        self.count
    }

    /// How many of them no row has asked for.
    pub(super) fn unmatched(&self) -> usize {
        self.count - self.used.len()
    }

    /// The photo called `named`, or after the id where nothing is named.
    pub(super) fn find(&mut self, named: &str, id: &str) -> Found {
        let name = if named.is_empty() { id } else { named };
        let folded = fold(name);
        let folded = folded.trim_start_matches("./");
        match self.names.get(folded) {
            None => Found::None,
            Some(Place::Several) => Found::Several,
            Some(&Place::At(archive, position)) => {
                self.used.insert((archive, position));
                let Entry { index, name } = self.archives[archive].entries[position].clone();
                Found::Photo(PhotoAt { archive, index, name })
            }
        }
    }

    /// The bytes of a photo; in words why not.
    pub(super) fn read(&mut self, at: &PhotoAt) -> Result<Vec<u8>, String> {
        let read = self.archives[at.archive].read(at.index, PHOTO);
        read.map_err(|why| format!("the photo {} {why}", at.name))
    }
}

/// Refuses an archive whose directory alone would cost too much memory.
fn measure(file: &mut File) -> Result<(), ImportError> {
    let length = file.seek(SeekFrom::End(0))?;
    let start = length.saturating_sub(TAIL);
    let tail = read_at(file, start, length - start)?;
    let ends: Vec<usize> =
        tail.windows(4).enumerate().filter(|(_, four)| four == b"PK\x05\x06").map(|(at, _)| at).collect();
    if ends.is_empty() {
        return Err(unreadable("it is cut off or no zip file"));
    }
    for end in ends {
        let Some(record) = tail.get(end..end + 22) else { continue };
        let mut entries = number(&record[10..12]);
        let mut directory = number(&record[12..16]);
        if (entries == 0xffff || directory == 0xffff_ffff)
            && let Some(at) = end.checked_sub(20).and_then(|at| tail.get(at + 8..at + 16))
        {
            let record = read_at(file, number(at).min(length), 56)?;
            if record.starts_with(b"PK\x06\x06") && record.len() == 56 {
                (entries, directory) = (number(&record[32..40]), number(&record[40..48]));
            }
        }
        if entries > ENTRIES || directory > DIRECTORY {
            let words = format!("the archive has more than {ENTRIES} files; send it in parts");
            return Err(ImportError::unusable(words));
        }
    }
    Ok(())
}

fn read_at(file: &mut File, at: u64, length: u64) -> Result<Vec<u8>, ImportError> {
    let mut bytes = Vec::new();
    file.seek(SeekFrom::Start(at))?;
    file.take(length).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn number(bytes: &[u8]) -> u64 {
    bytes.iter().rev().fold(0, |number, &byte| number << 8 | u64::from(byte))
}

fn unreadable(error: impl std::fmt::Display) -> ImportError {
    ImportError::unusable(format!("the archive cannot be read: {error}"))
}

/// Names are UTF-8, or GB18030 where a Chinese Windows packed them.
fn name_of(raw: &[u8]) -> String {
    match std::str::from_utf8(raw) {
        Ok(name) => name.to_owned(),
        Err(_) => GB18030.decode_without_bom_handling(raw).0.into_owned(),
    }
}

fn fold(name: &str) -> String {
    name.trim().replace('\\', "/").to_lowercase()
}

/// What macOS and Windows put into archives unasked.
fn is_left_behind(name: &str) -> bool {
    let file = name.rsplit(['/', '\\']).next().unwrap_or_default();
    name.starts_with("__MACOSX/") || file.starts_with('.') || file.eq_ignore_ascii_case("thumbs.db")
}

fn is_picture(name: &str) -> bool {
    has_extension(name, &["jpg", "jpeg", "png", "webp", "bmp"])
}

fn is_list(name: &str) -> bool {
    has_extension(name, &["csv", "tsv", "txt", "xlsx"])
}

fn has_extension(name: &str, extensions: &[&str]) -> bool {
    let extension = name.rsplit_once('.').map(|(_, extension)| extension.to_lowercase());
    extension.is_some_and(|extension| extensions.contains(&extension.as_str()))
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use zip::ZipWriter;
    use zip::write::SimpleFileOptions;

    use super::*;

    fn packed(files: &[(&str, &[u8])]) -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.zip");
        let mut zip = ZipWriter::new(File::create(&path).unwrap());
        for (name, content) in files {
            zip.start_file(*name, SimpleFileOptions::default()).unwrap();
            zip.write_all(content).unwrap();
        }
        zip.finish().unwrap();
        (folder, path)
    }

    #[test]
    fn photos_are_found_by_path_name_or_id() {
        let (_folder, path) = packed(&[
            ("people.csv", b"id"),
            ("photos/1001.JPG", b"one"),
            ("photos/Zhang San.png", b"two"),
            ("a/7.jpg", b"x"),
            ("b/7.jpg", b"y"),
            ("__MACOSX/1002.jpg", b"no"),
            ("../../etc/9.jpg", b"nine"),
        ]);
        let mut photos = Photos::open(&[path]).unwrap();
        assert_eq!((photos.count(), photos.unmatched()), (5, 5));
        let mut content = |named: &str, id: &str| match photos.find(named, id) {
            Found::Photo(at) => photos.read(&at).unwrap(),
            other => format!("{other:?}").into_bytes(),
        };
        assert_eq!(content("", "1001"), b"one");
        assert_eq!(content("zhang san.PNG", "5"), b"two");
        assert_eq!(content(r"PHOTOS\1001.jpg", "5"), b"one");
        assert_eq!(content("b/7.jpg", "5"), b"y");
        assert_eq!(content("", "7"), b"Several");
        assert_eq!(content("", "1002"), b"None");
        // A name that points outside is only a name: nothing is unpacked.
        assert_eq!(content("", "9"), b"nine");
        assert_eq!(photos.unmatched(), 1);
    }

    #[test]
    fn a_later_archive_counts_and_the_list_is_the_one_nearest_to_the_root() {
        let (_one, first) = packed(&[("1.jpg", b"old"), ("x/list.csv", b""), ("People.XLSX", b"")]);
        let (_two, second) = packed(&[("new/1.jpg", b"new")]);
        assert_eq!(Archive::open(&first).unwrap().list().unwrap().unwrap().name, "People.XLSX");
        assert!(Archive::open(&second).unwrap().list().unwrap().is_none());
        let mut photos = Photos::open(&[first, second]).unwrap();
        let Found::Photo(at) = photos.find("", "1") else { panic!() };
        assert_eq!(photos.read(&at).unwrap(), b"new");
        let (_three, both) = packed(&[("a.csv", b""), ("b.csv", b"")]);
        assert!(Archive::open(&both).unwrap().list().unwrap_err().to_string().contains("several lists"));
    }

    #[test]
    fn names_the_database_cannot_keep_are_refused() {
        let (_folder, path) = packed(&[("a\0b/1.jpg", b"one")]);
        let Err(refused) = Archive::open(&path) else { panic!() };
        assert!(refused.to_string().contains("NUL"), "{refused}");
    }

    #[test]
    fn archives_beyond_the_limits_are_refused() {
        let big = vec![0u8; (PHOTO + 1) as usize];
        let (_folder, path) = packed(&[("1.jpg", &big)]);
        let mut photos = Photos::open(std::slice::from_ref(&path)).unwrap();
        let Found::Photo(at) = photos.find("", "1") else { panic!() };
        assert!(photos.read(&at).unwrap_err().contains("more than the"));

        let mut bytes = std::fs::read(&path).unwrap();
        let end = bytes.len() - 22;
        let cut = path.with_extension("cut");
        std::fs::write(&cut, &bytes[..end]).unwrap();
        assert!(Archive::open(&cut).is_err());
        // The directory claims to be huge.
        bytes[end + 12..end + 16].copy_from_slice(&0xf000_0000u32.to_le_bytes());
        std::fs::write(&cut, &bytes).unwrap();
        let Err(refused) = Archive::open(&cut) else { panic!() };
        assert!(refused.to_string().contains("in parts"), "{refused}");
    }
}
