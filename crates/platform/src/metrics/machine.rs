//! What the machine says of this process and its disk.

use std::path::{Path, PathBuf};

/// The file system a folder is on, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Disk {
    pub(crate) free: u64,
    pub(crate) size: u64,
}

/// Memory this process has in use, in bytes; `None` where it cannot be told.
pub(crate) fn resident() -> Option<i64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kilobytes: i64 = line.split_whitespace().next()?.parse().ok()?;
    Some(kilobytes * 1024)
}

/// The disk of a folder, or of the nearest one above it that exists; `None` where it cannot be told. May block.
pub(crate) fn disk(folder: &Path) -> Option<Disk> {
    let absolute = std::path::absolute(folder).ok()?;
    let there: PathBuf = absolute.ancestors().find(|path| path.exists())?.to_owned();
    let facts = rustix::fs::statvfs(&there).ok()?;
    let bytes = |blocks: u64| blocks.saturating_mul(facts.f_frsize);
    Some(Disk { free: bytes(facts.f_bavail), size: bytes(facts.f_blocks) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_machine_says_something() {
        assert!(resident().unwrap() > 1 << 20);
        let disk = disk(Path::new("/tmp/nowhere/at/all")).unwrap();
        assert!(disk.size > disk.free / 2 && disk.size > 0);
    }
}
