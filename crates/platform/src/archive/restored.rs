//! A database that was brought back by other means than an import (`pg_restore`, a copy of a disk): what it says of boxes and receivers is as
//! old as the copy, and is forgotten as an import does.

use std::path::Path;

use serde_json::json;

use super::ArchiveError;
use super::import::{RUNNING, distrust, holders};
use crate::clock;
use crate::config::Config;
use crate::db::audit::{self, Deed};
use crate::db::{Db, seal as sealed};

/// Takes note that the configured database was brought back, and brings it to the newest schema. No platform may run on it. It can be done
/// again.
///
/// # Errors
/// [`ArchiveError`].
pub async fn restored(config: &Config) -> Result<(), ArchiveError> {
    let (url, refused) = (config.database_url(), |words: String| Err(ArchiveError::Refused(words)));
    if url.strip_prefix("sqlite:").is_some_and(|path| !Path::new(path.trim_start_matches("//")).exists()) {
        return refused(format!("database.url: there is no database at {url}"));
    }
    let db = Db::open(&url).await?;
    match db.read(sealed::state).await? {
        None => return refused("database.url: no platform was ever started on this database".to_owned()),
        Some(state) if state.importing => {
            return refused("database.url: an import into this database was not completed".to_owned());
        }
        Some(_) => {}
    }
    if db.read(holders).await? > 0 {
        return refused(RUNNING.to_owned());
    }
    distrust(&db).await?;
    let deed = Deed {
        actor: "system".to_owned(),
        address: String::new(),
        action: "platform.restored",
        subject: String::new(),
        detail: json!({}),
    };
    db.write(move |tx| audit::append(tx, &deed, clock::now())).await?;
    Ok(())
}
