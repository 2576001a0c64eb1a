//! Boxes that all come at once, as after an outage, are let in at a bounded rate: some at a time, more wait for their turn in
//! the order in which they came, and the rest are told to come again. A box takes any answer but 200 for "try again later".

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use protocol::Code;
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::timeout;

use super::{Device, Refused};

/// Boxes that wait for each one that is being let in.
const QUEUE: usize = 32;
/// How long a box waits for its turn.
const TURN: Duration = Duration::from_secs(10);
/// Seconds after which a box that is sent away is asked to come again; spread, so that they do not come together.
const AGAIN: std::ops::Range<u16> = 2..8;

/// Room for boxes that log in.
pub(super) struct Crowd {
    turns: Semaphore,
    waiting: AtomicUsize,
    most: usize,
}

/// A place in the queue; dropped, it is free.
struct Place<'a>(&'a AtomicUsize);

impl Crowd {
    pub(super) fn new(at_once: usize) -> Self {
        let at_once = at_once.clamp(1, Semaphore::MAX_PERMITS);
        Self {
            turns: Semaphore::new(at_once),
            waiting: AtomicUsize::new(0),
            most: at_once.saturating_mul(QUEUE),
        }
    }

    /// Waits for a turn; `None`: there are too many, or it took too long.
    async fn turn(&self) -> Option<SemaphorePermit<'_>> {
        let before = self.waiting.fetch_add(1, Ordering::Relaxed);
        let _place = Place(&self.waiting);
        if before >= self.most {
            return None;
        }
        timeout(TURN, self.turns.acquire()).await.ok()?.ok()
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Lets a login pass when it is its turn.
pub(super) async fn one_after_another(
    State(device): State<Arc<Device>>,
    request: Request,
    next: Next,
) -> Response {
    match device.crowd.turn().await {
        Some(_turn) => next.run(request).await,
        None => come_again(),
    }
}

fn come_again() -> Response {
    let message = "many boxes are logging in just now, try again in a few seconds";
    let mut response =
        Refused::new(StatusCode::SERVICE_UNAVAILABLE, Code::SERVER_PROCESS_FAILED, message).into_response();
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(rand::random_range(AGAIN)));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn all_get_in_by_and_by_and_never_too_many_at_once() {
        const BOXES: usize = 2_000;
        let crowd = Crowd::new(3);
        let (inside, most, sent_away) = (AtomicUsize::new(0), AtomicUsize::new(0), AtomicUsize::new(0));
        let fleet = (0..BOXES).map(|_| async {
            loop {
                if let Some(_turn) = crowd.turn().await {
                    most.fetch_max(inside.fetch_add(1, Ordering::Relaxed) + 1, Ordering::Relaxed);
                    tokio::task::yield_now().await;
                    inside.fetch_sub(1, Ordering::Relaxed);
                    return;
                }
                sent_away.fetch_add(1, Ordering::Relaxed);
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        });
        let all = timeout(Duration::from_secs(60), futures_util::future::join_all(fleet)).await;
        assert_eq!(all.expect("some box starves").len(), BOXES);
        assert_eq!(most.into_inner(), 3);
        assert!(sent_away.into_inner() > 0, "nobody had to come again");
        assert_eq!(crowd.waiting.load(Ordering::Relaxed), 0);
    }
}
