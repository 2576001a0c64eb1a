//! Files out of archives, into memory. Nothing is ever written where an archive says; names that lead out of it,
//! too many entries and entries that swell beyond all reason are refused.

use std::io::{self, Cursor, Read};

use flate2::read::GzDecoder;

/// The forms of archive the sources use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// A zip file (Python wheels).
    Zip,
    /// A gzip-compressed tar file (npm packages).
    TarGz,
}

/// Why an archive was refused.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// It breaks off or is not of the expected form.
    #[error("the archive cannot be read: {0}")]
    Broken(String),
    /// One of its entries would lie outside of it.
    #[error("the archive names a path outside of itself: {0:?}")]
    Escapes(String),
    /// It has or becomes more than any of the known sources.
    #[error("the archive unpacks to more than {0} {1}")]
    TooLarge(u64, &'static str),
    /// It does not hold a file it should hold.
    #[error("the archive does not hold {0}")]
    Lacks(String),
}

/// What an archive may unpack to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    pub(crate) entries: u64,
    pub(crate) bytes: u64,
}

/// Enough for every known source.
pub(crate) const LIMITS: Limits = Limits { entries: 20_000, bytes: 256 << 20 };

/// The contents of the files named `wanted`, in that order.
pub(crate) fn members(
    form: Form,
    archive: &[u8],
    wanted: &[&str],
    limits: Limits,
) -> Result<Vec<Vec<u8>>, ArchiveError> {
    let mut found = vec![None; wanted.len()];
    let mut keep = |name: &str, read: &mut dyn FnMut() -> Result<Vec<u8>, ArchiveError>| {
        if let Some(at) = wanted.iter().position(|&w| w == name) {
            found[at] = Some(read()?);
        }
        Ok(())
    };
    match form {
        Form::Zip => walk_zip(archive, limits, &mut keep)?,
        Form::TarGz => walk_tar(archive, limits, &mut keep)?,
    }
    let lacks = |name: &&str| ArchiveError::Lacks((*name).to_owned());
    found.into_iter().zip(wanted).map(|(bytes, name)| bytes.ok_or_else(|| lacks(name))).collect()
}

type Keep<'k> =
    dyn FnMut(&str, &mut dyn FnMut() -> Result<Vec<u8>, ArchiveError>) -> Result<(), ArchiveError> + 'k;

fn walk_zip(archive: &[u8], limits: Limits, keep: &mut Keep<'_>) -> Result<(), ArchiveError> {
    let mut zip = zip::ZipArchive::new(Cursor::new(archive)).map_err(broken)?;
    if zip.len() as u64 > limits.entries {
        return Err(ArchiveError::TooLarge(limits.entries, "entries"));
    }
    let mut left = limits.bytes;
    for index in 0..zip.len() {
        let mut entry = zip.by_index(index).map_err(broken)?;
        let name = entry.name().map_err(broken)?.into_owned();
        check_name(&name)?;
        if entry.is_file() {
            keep(&name, &mut || read_up_to(&mut entry, &mut left, limits.bytes))?;
        }
    }
    Ok(())
}

fn walk_tar(archive: &[u8], limits: Limits, keep: &mut Keep<'_>) -> Result<(), ArchiveError> {
    // The reader is cut off one byte beyond the limit, whatever the entries claim.
    let mut unpacked = GzDecoder::new(archive).take(limits.bytes + 1);
    let result = walk_entries(&mut unpacked, limits, keep);
    if unpacked.limit() == 0 {
        return Err(ArchiveError::TooLarge(limits.bytes, "bytes"));
    }
    result
}

fn walk_entries(unpacked: &mut dyn Read, limits: Limits, keep: &mut Keep<'_>) -> Result<(), ArchiveError> {
    let (mut tar, mut left) = (tar::Archive::new(unpacked), limits.bytes);
    for (index, entry) in tar.entries().map_err(broken)?.enumerate() {
        if index as u64 == limits.entries {
            return Err(ArchiveError::TooLarge(limits.entries, "entries"));
        }
        let mut entry = entry.map_err(broken)?;
        let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        check_name(&name)?;
        if entry.header().entry_type().is_file() {
            keep(&name, &mut || read_up_to(&mut entry, &mut left, limits.bytes))?;
        }
    }
    Ok(())
}

fn read_up_to(from: &mut dyn Read, left: &mut u64, limit: u64) -> Result<Vec<u8>, ArchiveError> {
    let mut bytes = Vec::new();
    from.take(*left + 1).read_to_end(&mut bytes).map_err(broken)?;
    let rest = left.checked_sub(bytes.len() as u64);
    *left = rest.ok_or(ArchiveError::TooLarge(limit, "bytes"))?;
    Ok(bytes)
}

fn check_name(name: &str) -> Result<(), ArchiveError> {
    let outside = name.starts_with(['/', '\\']) || name.split(['/', '\\']).any(|part| part == "..");
    if outside { Err(ArchiveError::Escapes(name.to_owned())) } else { Ok(()) }
}

fn broken(error: impl Into<io::Error>) -> ArchiveError {
    ArchiveError::Broken(error.into().to_string())
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;
    use proptest::prelude::*;
    use zip::write::SimpleFileOptions;

    use super::*;

    fn zip_of(entries: &[(&str, &[u8])]) -> Vec<u8> {
        let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
        for (name, bytes) in entries {
            zip.start_file(*name, SimpleFileOptions::default()).unwrap();
            zip.write_all(bytes).unwrap();
        }
        zip.finish().unwrap().into_inner()
    }

    fn tgz_of(entries: &[(&str, &[u8])]) -> Vec<u8> {
        let mut tar = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
        for (name, bytes) in entries {
            let mut header = tar::Header::new_gnu();
            header.set_size(bytes.len() as u64);
            // Written into the header directly: the builder itself refuses names that lead out.
            header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
            header.set_cksum();
            tar.append(&header, *bytes).unwrap();
        }
        tar.into_inner().unwrap().finish().unwrap()
    }

    fn both(entries: &[(&str, &[u8])]) -> [(Form, Vec<u8>); 2] {
        [(Form::Zip, zip_of(entries)), (Form::TarGz, tgz_of(entries))]
    }

    #[test]
    fn wanted_members_come_in_the_wanted_order() {
        for (form, archive) in both(&[("a/x", b"1"), ("a/y", b"22"), ("z", b"333")]) {
            let found = members(form, &archive, &["z", "a/x"], LIMITS).unwrap();
            assert_eq!(found, [b"333".to_vec(), b"1".to_vec()]);
            let error = members(form, &archive, &["a/w"], LIMITS).unwrap_err();
            assert_eq!(error.to_string(), "the archive does not hold a/w");
        }
    }

    #[test]
    fn a_path_that_leads_out_is_refused_even_when_not_wanted() {
        for name in ["../x", "a/../../x", "/etc/x", "a\\..\\x"] {
            for (form, archive) in both(&[("good", b"1"), (name, b"2")]) {
                let error = members(form, &archive, &["good"], LIMITS).unwrap_err();
                assert!(matches!(error, ArchiveError::Escapes(_)), "{form:?} {name}: {error}");
            }
        }
    }

    #[test]
    fn a_bomb_is_refused_before_it_fills_the_memory() {
        let zeros = vec![0; 1 << 20];
        for (form, archive) in both(&[("bomb", &zeros)]) {
            assert!(archive.len() < 20_000);
            let limits = Limits { entries: 10, bytes: 1 << 19 };
            let error = members(form, &archive, &["bomb"], limits).unwrap_err();
            assert!(matches!(error, ArchiveError::TooLarge(..)), "{form:?}: {error}");
        }
        for (form, archive) in both(&[("a", b""), ("b", b""), ("c", b"")]) {
            let error = members(form, &archive, &["a"], Limits { entries: 2, bytes: 1 << 19 }).unwrap_err();
            assert_eq!(error.to_string(), "the archive unpacks to more than 2 entries");
        }
    }

    #[test]
    fn a_truncated_archive_is_an_error() {
        for (form, archive) in both(&[("a", &[7; 5000])]) {
            let error = members(form, &archive[..archive.len() / 2], &["a"], LIMITS).unwrap_err();
            assert!(matches!(error, ArchiveError::Broken(_)), "{form:?}: {error}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_looked_at_without_panic(bytes: Vec<u8>) {
            for form in [Form::Zip, Form::TarGz] {
                prop_assert!(members(form, &bytes, &["a"], LIMITS).is_err());
            }
        }
    }
}
