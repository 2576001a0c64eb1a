//! What this machine offers to run a server with: the programs, an account, a port.

use std::io;
use std::path::{Path, PathBuf};

use super::super::listen;

/// Where Debian keeps the programs, one folder per version.
const PROGRAMS: &str = "/usr/lib/postgresql";

/// Who the server runs as when the tests run as root, whom it refuses.
pub(super) struct Account {
    pub(super) uid: u32,
    pub(super) gid: u32,
}

/// The folder of the newest installed version's programs.
pub(super) fn programs() -> io::Result<PathBuf> {
    let found = std::fs::read_dir(PROGRAMS).into_iter().flatten().flatten();
    let version = |path: &Path| path.file_name()?.to_str()?.parse::<u32>().ok();
    found
        .map(|entry| entry.path())
        .filter(|path| path.join("bin/postgres").exists())
        .max_by_key(|path| version(path))
        .map(|path| path.join("bin"))
        .ok_or_else(|| {
            let text = format!("PostgreSQL is missing in {PROGRAMS}: run scripts/setup --tests");
            io::Error::new(io::ErrorKind::NotFound, text)
        })
}

/// Whom to run as: nobody else unless this is root.
pub(super) fn account() -> io::Result<Option<Account>> {
    use std::os::unix::fs::MetadataExt;
    if std::fs::metadata("/proc/self")?.uid() != 0 {
        return Ok(None);
    }
    let known = std::fs::read_to_string("/etc/passwd")?;
    let of = |name: &str| {
        let line = known.lines().find(|line| line.split(':').next() == Some(name))?;
        let mut fields = line.split(':').skip(2);
        Some(Account { uid: fields.next()?.parse().ok()?, gid: fields.next()?.parse().ok()? })
    };
    let account = of("postgres").or_else(|| of("nobody"));
    account.map(Some).ok_or_else(|| io::Error::other("no account to run PostgreSQL as: it refuses root"))
}

/// A port that nobody uses at this moment.
pub(super) fn free_port() -> io::Result<u16> {
    Ok(listen()?.local_addr()?.port())
}
