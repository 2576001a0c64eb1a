//! `GET /device/photos/{key}`: the registration photo behind a person's address.
//!
//! The key is the SHA-256 of the photo: whoever knows it was told it (by the details of a person, to a box that should hold them) or has
//! the photo already; where the photo lies in the store is another address, which nobody is told. So no token is needed, which boxes that do not append theirs to picture addresses rely on. A photo that
//! is nobody's registration photo any more is not served, and pictures of events never are.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};

use super::{Device, Refused};
use crate::blobs::media_type;
use crate::db::{Tx, wanted};

/// Length of a SHA-256 in hexadecimal.
const KEY: usize = 64;

/// The photo.
pub(super) async fn photo(
    State(device): State<Arc<Device>>,
    Path(public): Path<String>,
) -> Result<Response, Refused> {
    if public.len() != KEY || !public.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err(Refused::not_found("photo"));
    }
    let key = device.app.db.read(move |tx: &mut Tx<'_>| wanted::photo(tx, &public)).await?;
    let content = match key {
        Some(key) => device.app.blobs.get(&key).await?,
        None => None,
    };
    let content = content.ok_or_else(|| Refused::not_found("photo"))?;
    let headers =
        [(header::CONTENT_TYPE, media_type(&content)), (header::CACHE_CONTROL, "private, no-store")];
    Ok((headers, content).into_response())
}
