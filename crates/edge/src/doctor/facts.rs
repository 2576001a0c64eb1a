//! What the checks share: the configuration, what an earlier run has stored, and whether a box runs on the directory just now.

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use rusqlite::{Connection, OpenFlags};

use crate::link::WorkMode;
use crate::store::{Sealer, cameras, settings};
use crate::{Config, config, http};

/// What is known before anything is looked at.
pub(super) struct Facts {
    pub(super) config: Config,
    pub(super) http: reqwest::Client,
    /// Whether a box runs on the data directory.
    pub(super) running: bool,
    /// Licence key and login URL in force: what was set later wins over the file. No login URL when the box was told to
    /// work alone.
    pub(super) dev_sno: Option<String>,
    pub(super) login_url: Option<String>,
    /// A MAC the box made up for itself.
    pub(super) own_mac: Option<String>,
    /// Every camera, those of the file first.
    pub(super) cameras: Vec<config::Camera>,
}

impl Facts {
    pub(super) async fn gather(config: Config) -> anyhow::Result<Self> {
        let http = http::client().context("TLS cannot be set up")?;
        let directory = config.data_dir.clone();
        let stored = tokio::task::spawn_blocking(move || Stored::read(&directory)).await?;
        let mut all = config.camera.clone();
        all.extend(stored.cameras);
        Ok(Self {
            running: stored.running,
            dev_sno: stored
                .dev_sno
                .or_else(|| config.identity.dev_sno.clone())
                .filter(|text| !text.is_empty()),
            login_url: stored
                .login_url
                .or_else(|| config.identity.login_url.clone())
                .filter(|text| !text.is_empty() && !stored.alone),
            own_mac: stored.mac,
            cameras: all,
            config,
            http,
        })
    }

    /// Where the database is.
    pub(super) fn database(&self) -> PathBuf {
        self.config.data_dir.join("box.db")
    }
}

/// What can be read of the directory; whatever cannot is absent, the checks of disk and database say why.
#[derive(Default)]
struct Stored {
    running: bool,
    /// Told to work alone, whatever else is set.
    alone: bool,
    dev_sno: Option<String>,
    login_url: Option<String>,
    mac: Option<String>,
    cameras: Vec<config::Camera>,
}

impl Stored {
    fn read(directory: &Path) -> Self {
        let running = is_locked(&directory.join("box.lock"));
        let Ok(db) = open(&directory.join("box.db")) else { return Self { running, ..Self::default() } };
        let setting = |name| settings::get(&db, name).ok().flatten();
        Self {
            running,
            alone: setting(settings::WORK_MODE).as_deref() == Some(WorkMode::Local.as_str()),
            dev_sno: setting(settings::DEV_SNO),
            login_url: setting(settings::LOGIN_URL),
            mac: setting(settings::MAC),
            cameras: Sealer::look(directory, &db).and_then(|key| cameras::all(&db, &key)).unwrap_or_default(),
        }
    }
}

/// The database, for reading only.
pub(super) fn open(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let db = Connection::open_with_flags(path, flags)?;
    db.busy_timeout(std::time::Duration::from_secs(5))?;
    Ok(db)
}

/// Whether a process holds the lock; it is not kept.
fn is_locked(path: &Path) -> bool {
    let Ok(file) = File::open(path) else { return false };
    matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock))
}
