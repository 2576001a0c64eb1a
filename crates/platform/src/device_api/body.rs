//! Bodies of requests, within limits: each has its own, and all that are being read at the same time share one more.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::http::{HeaderMap, StatusCode, header};
use bytes::Bytes;
use futures_util::StreamExt;
use protocol::Code;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use super::Refused;

/// Bodies without pictures.
pub(super) const LIGHT: usize = 1024 * 1024;
/// Results.
pub(super) const RESULT: usize = crate::intake::results::LONGEST;
/// Uploads with pictures.
pub(super) const HEAVY: usize = 32 * 1024 * 1024;

/// All bodies that are in memory at the same time, in units of [`UNIT`] bytes: 256 MB.
const UNITS: usize = 4096;
const UNIT: usize = 64 * 1024;
/// How long a request waits for room.
const WAIT: Duration = Duration::from_secs(10);

/// Memory for bodies.
pub(super) struct Room {
    units: Arc<Semaphore>,
}

/// A body in memory, and its share of the room.
pub(super) struct Held {
    pub(super) bytes: Bytes,
    _share: OwnedSemaphorePermit,
}

impl Default for Room {
    fn default() -> Self {
        Self { units: Arc::new(Semaphore::new(UNITS)) }
    }
}

impl Room {
    /// Reads a body of at most `limit` bytes. A body that announces more is refused before it is read.
    pub(super) async fn read(&self, headers: &HeaderMap, body: Body, limit: usize) -> Result<Held, Refused> {
        let announced = headers
            .get(header::CONTENT_LENGTH)
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.parse::<usize>().ok());
        if announced.is_some_and(|length| length > limit) {
            return Err(Refused::too_large(limit));
        }
        let units = u32::try_from(announced.unwrap_or(limit).div_ceil(UNIT).clamp(1, UNITS)).unwrap_or(1);
        let share = timeout(WAIT, Arc::clone(&self.units).acquire_many_owned(units)).await;
        let Ok(Ok(share)) = share else {
            let message = "the platform is busy with other uploads, try again in a moment";
            return Err(Refused::new(StatusCode::SERVICE_UNAVAILABLE, Code::SERVER_PROCESS_FAILED, message));
        };
        Ok(Held { bytes: collect(body, limit, announced.unwrap_or(0)).await?, _share: share })
    }
}

async fn collect(body: Body, limit: usize, announced: usize) -> Result<Bytes, Refused> {
    let mut chunks = body.into_data_stream();
    let mut whole = Vec::new();
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(|error| {
            let message = format!("the body did not arrive whole: {error}");
            Refused::new(StatusCode::BAD_REQUEST, Code::BAD_REQUEST, message)
        })?;
        if whole.len() + chunk.len() > limit {
            return Err(Refused::too_large(limit));
        }
        if whole.is_empty() && chunk.len() == announced {
            // Small bodies come in one piece: not copied.
            return Ok(chunk);
        }
        whole.extend_from_slice(&chunk);
    }
    Ok(Bytes::from(whole))
}

/// Whether the body is of a media type, parameters aside.
pub(super) fn is_type(headers: &HeaderMap, wanted: &str) -> bool {
    let given = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or("");
    given.split(';').next().unwrap_or("").trim().eq_ignore_ascii_case(wanted)
}
