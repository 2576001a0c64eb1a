//! Makes templates of photos that have none of the pack in use: after another pack was chosen, and of photos that came without an engine.

use std::sync::Arc;
use std::time::Duration;

use runtime::CancellationToken;
use tokio::time::sleep;
use uuid::Uuid;

use crate::app::App;
use crate::blobs::BlobError;
use crate::clock;
use crate::db::person_template::{self, Missing, Sealed};
use crate::db::{DbError, Tx, lease};
use crate::photos;
use crate::refusal::Refusal;
use crate::seal::SealError;

/// How often it looks.
const LOOK: Duration = Duration::from_secs(300);
/// Photos looked at before it is asked again which pack is in use.
const PAGE: i64 = 16;
/// Only one process works at a time; it has lost its turn when it is silent for so long, in milliseconds.
const HELD: i64 = 120_000;

/// Works until `stopping`.
pub(super) async fn run(app: Arc<App>, stopping: CancellationToken) -> Result<(), DbError> {
    let holder = Uuid::now_v7().to_string();
    loop {
        let worked = pass(&app, &holder).await?;
        if worked && !stopping.is_cancelled() {
            continue;
        }
        let done = holder.clone();
        app.db.write(move |tx: &mut Tx<'_>| lease::give_back(tx, &done)).await?;
        tokio::select! {
            () = stopping.cancelled() => return Ok(()),
            () = sleep(LOOK) => {}
        }
    }
}

/// Makes some templates; whether there may be more to do.
async fn pass(app: &Arc<App>, holder: &str) -> Result<bool, DbError> {
    let Some(pack) = app.judge.pack().await else { return Ok(false) };
    let asked = pack.clone();
    let missing = app.db.read(move |tx| person_template::missing(tx, &asked, PAGE)).await?;
    if missing.is_empty() {
        return Ok(false);
    }
    let (holder, now) = (holder.to_owned(), clock::now());
    let mine =
        app.db.write(move |tx: &mut Tx<'_>| lease::take(tx, "person_templates", &holder, now, now + HELD));
    if !mine.await? {
        return Ok(false);
    }
    tracing::info!(photos = missing.len(), pack, "templates are made of photos that have none");
    for photo in missing {
        if !make(app, &pack, photo).await? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Makes a template; whether it makes sense to go on.
async fn make(app: &Arc<App>, pack: &str, missing: Missing) -> Result<bool, DbError> {
    let Missing { identity_id: id, photo_key, photo_at } = missing;
    let seen = match app.blobs.get(&photo_key).await {
        Ok(Some(photo)) => app.judge.template_in_turn(photo).await,
        Ok(None) => Ok(None),
        // Nothing makes it whole again: those after it do not wait for it.
        Err(BlobError::Seal(error @ SealError::Sealed(_))) => Err(error.into()),
        Err(error) => {
            tracing::warn!(%error, identity_id = %id, "a photo cannot be read; its template waits");
            return Ok(false);
        }
    };
    let face = match seen {
        Ok(face) => face,
        // The models are gone, or the engine fails.
        Err(refusal @ (Refusal::Unavailable { .. } | Refusal::Busy)) => {
            tracing::warn!(%refusal, "templates wait");
            return Ok(false);
        }
        Err(refusal) => {
            tracing::warn!(%refusal, identity_id = %id, "no template can be made of a photo");
            None
        }
    };
    let sealed = match face {
        Some(face) if face.pack != pack => return Ok(true),
        Some(face) => match photos::seal(app, &id, &face).await {
            Ok(sealed) => sealed,
            Err(error) => {
                tracing::warn!(%error, identity_id = %id, "a template cannot be sealed");
                return Ok(false);
            }
        },
        None => Sealed { pack: pack.to_owned(), template: None },
    };
    app.db.write(move |tx| person_template::put(tx, &id, photo_at, &sealed)).await?;
    Ok(true)
}
