//! Seals what versions that did not seal have stored: once, in the background, a page at a time.
//!
//! A sealed copy is stored, the row is moved to it if it still refers to the plain one, and when no row refers to any plain blob, these
//! are removed. A stop goes on where it was, because what is sealed is not found again; several processes do no harm.

use std::sync::Arc;

use runtime::CancellationToken;

use crate::app::App;
use crate::blobs::BlobError;
use crate::db::seal::{self, PlainEvent};
use crate::seal::SealError;

/// Rows looked at together.
const PAGE: i64 = 50;

/// Works until everything is sealed, or `stopping`.
pub(super) async fn run(app: Arc<App>, stopping: CancellationToken) -> Result<(), BlobError> {
    if app.db.read(seal::state).await?.is_none_or(|state| state.complete) {
        return Ok(());
    }
    let done = stopping.run_until_cancelled(seal_all(&app)).await;
    let Some(sealed) = done.transpose()? else { return Ok(()) };
    app.db.write(seal::complete).await?;
    if sealed > 0 {
        tracing::info!(sealed, "photos and pictures of an older version are sealed now");
    }
    Ok(())
}

async fn seal_all(app: &App) -> Result<usize, BlobError> {
    let (mut sealed, mut after) = (0, String::new());
    loop {
        let from = after.clone();
        let page = app.db.read(move |tx| seal::plain_photos(tx, &from, PAGE)).await?;
        let Some((last, _)) = page.last() else { break };
        after = last.as_str().to_owned();
        for (id, plain) in page {
            let _keeping = app.photos.read().await;
            let Some(content) = app.blobs.stored(&plain).await? else { continue };
            let photo = match app.blobs.put_person(&id, content).await {
                Err(BlobError::Seal(SealError::Nobody(_))) => continue,
                stored => stored?,
            };
            let to = photo.key.clone();
            let moved = app.db.write(move |tx| seal::move_photo(tx, &id, &plain, &to)).await;
            if !moved? {
                app.blobs.delete(&photo.key).await?;
            }
            sealed += 1;
        }
    }
    let mut after = String::new();
    loop {
        let from = after.clone();
        let page = app.db.read(move |tx| seal::plain_events(tx, &from, PAGE)).await?;
        let Some(last) = page.last() else { break };
        after.clone_from(&last.id);
        let mut moves = Vec::with_capacity(page.len());
        for event in page {
            let spot_key = sealed_copy(app, event.taken_at, event.spot_key.as_deref()).await?;
            let reg_key = sealed_copy(app, event.taken_at, event.reg_key.as_deref()).await?;
            sealed += usize::from(spot_key.is_some()) + usize::from(reg_key.is_some());
            let moved = PlainEvent { spot_key, reg_key, ..event.clone() };
            moves.push((event, moved));
        }
        let write = app.db.write(move |tx| {
            moves.iter().try_for_each(|(before, after)| seal::move_pictures(tx, before, after))
        });
        write.await?;
    }
    app.blobs.delete_plain().await?;
    Ok(sealed)
}

/// A sealed copy of a plain picture; `None` when there is none to be made.
async fn sealed_copy(app: &App, taken_at: i64, plain: Option<&str>) -> Result<Option<String>, BlobError> {
    let Some(plain) = plain.filter(|key| is_plain(key)) else { return Ok(None) };
    match app.blobs.stored(plain).await? {
        Some(content) => Ok(Some(app.blobs.put_event(taken_at, content).await?)),
        None => Ok(None),
    }
}

fn is_plain(key: &str) -> bool {
    crate::blobs::address::owner(key) == Some(crate::blobs::address::Owner::Nobody)
}
