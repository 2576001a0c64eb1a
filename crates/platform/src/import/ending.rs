//! How working on an import ends: everything is done, or it has to wait.

use std::sync::Arc;

use serde_json::json;

use super::hold::Hold;
use super::{copies, upload};
use crate::app::App;
use crate::clock;
use crate::db::DbError;
use crate::db::audit::{self, Deed};
use crate::db::person_import::{self, Import, State};

/// The import cannot go on now, and why; it is tried again.
pub(super) async fn waits(app: &Arc<App>, hold: &Hold, id: &str, words: &str) -> Result<(), DbError> {
    tracing::warn!(import = id, words, "an import waits");
    let (id, words) = (id.to_owned(), words.to_owned());
    let state = State::Running;
    let noted = hold.write(&app.db, move |tx| {
        if person_import::is_running(tx, &id)? {
            person_import::advance(tx, &id, state, Some(&words), clock::now())?;
        }
        Ok(())
    });
    noted.await.map(drop)
}

/// Nothing is left to be done. The files go first: whoever sees the import done may send another one.
pub(super) async fn finish(app: &Arc<App>, hold: &Hold, import: &Import) -> Result<(), DbError> {
    upload::remove(&upload::folder(app, &import.id)).await;
    let (id, now, deed) = (import.id.clone(), clock::now(), deed(import, "import.finish"));
    let over = hold.write(&app.db, move |tx| {
        let Some(copies) = person_import::end(tx, &id, State::Done, None, now)? else { return Ok(None) };
        let Some(import) = person_import::find(tx, &id)? else { return Ok(None) };
        let detail = json!({"total": import.total, "done": import.done, "failed": import.failed});
        audit::append(tx, &Deed { detail, ..deed }, now)?;
        Ok(Some((import.total, import.failed, copies)))
    });
    if let Some((total, failed, copies)) = over.await?.flatten() {
        tracing::info!(import = %import.id, total, failed, "an import is done");
        copies::remove(app, &import.id, copies).await;
    }
    Ok(())
}

/// What an import does is the deed of who asked for it.
pub(super) fn deed(import: &Import, action: &'static str) -> Deed {
    let (actor, address) = (import.actor.clone(), import.address.clone());
    Deed { actor, address, action, subject: import.id.clone(), detail: json!({}) }
}
