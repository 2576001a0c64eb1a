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
use tokio::sync::Semaphore;
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

    fn queue(&self) -> Option<Place<'_>> {
        let before = self.waiting.fetch_add(1, Ordering::Relaxed);
        let place = Place(&self.waiting);
        (before < self.most).then_some(place)
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
    let turn = match device.crowd.queue() {
        Some(_place) => timeout(TURN, device.crowd.turns.acquire()).await.ok().and_then(Result::ok),
        None => None,
    };
    match turn {
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

    #[test]
    fn the_queue_has_an_end_and_places_come_back() {
        let crowd = Crowd::new(2);
        let places: Vec<_> = (0..2 * QUEUE).map(|_| crowd.queue().unwrap()).collect();
        assert!(crowd.queue().is_none() && crowd.queue().is_none());
        drop(places);
        assert!(crowd.queue().is_some());
        assert_eq!(crowd.waiting.load(Ordering::Relaxed), 0);
    }
}
