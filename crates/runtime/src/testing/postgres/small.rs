//! A server with a disk that is small enough to be filled.
//!
//! Only tables and indexes lie on it: with its log on a full disk a server ends, which is what a test that kills it shows.

use std::io;
use std::path::PathBuf;

use super::super::disk::small_disk_with;
use super::PrivatePostgres;

/// Where the small disk is, below the server's directory.
const SMALL: &str = "small";

impl PrivatePostgres {
    /// A new server and a database on it whose tables and indexes lie in a file system of `size` (such as `24m`) of their own;
    /// `None` where this user may neither mount nor make user namespaces.
    ///
    /// # Errors
    /// When PostgreSQL is not installed or does not start, with what it said.
    pub fn start_on_small_disk(size: &str) -> io::Result<Option<(Self, String)>> {
        let mut server = Self::new(&[])?;
        let small = server.dir.path().join(SMALL);
        std::fs::create_dir(&small)?;
        let owner = server.user.as_ref().map(|user| format!(",uid={},gid={}", user.uid, user.gid));
        let options = format!("size={size},mode=700{}", owner.unwrap_or_default());
        let Some(through) = small_disk_with(&small, &options) else { return Ok(None) };
        server.through = through;
        server.begin()?;
        server.sql("postgres", &format!("CREATE TABLESPACE small LOCATION '{}'", small.display()))?;
        server.sql("postgres", "CREATE DATABASE small TABLESPACE small")?;
        let url = Self::url_at(server.address(), "small");
        Ok(Some((server, url)))
    }

    /// The small file system as this process reaches it, while the server runs.
    ///
    /// # Errors
    /// The server does not run.
    pub fn small_disk(&self) -> io::Result<PathBuf> {
        let told = std::fs::read_to_string(self.data().join("postmaster.pid"))?;
        let root = PathBuf::from(format!("/proc/{}/root", told.lines().next().unwrap_or_default()));
        let small = self.dir.path().join(SMALL);
        Ok(root.join(small.strip_prefix("/").unwrap_or(&small)))
    }
}
