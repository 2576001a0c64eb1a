//! Matches at once: each is sent to the receiver right after it happened, 0.5 s is waited for the answer, and nothing is
//! repeated. A receiver that is too slow misses events, which is counted; it holds up nobody else.

use std::sync::Arc;
use std::time::Duration;

use runtime::CancellationToken;
use tokio::sync::broadcast::error::RecvError;

use super::board::Purpose;
use super::post::Answer;
use super::target::Target;
use super::{Desk, wire};
use crate::store::event_log::Recorded;

/// How long a receiver may take.
const LIMIT: Duration = Duration::from_millis(500);

pub(super) async fn run(desk: Arc<Desk>, target: Target, stop: CancellationToken) {
    let mut live = desk.parts.events.live();
    loop {
        let event = tokio::select! {
            () = stop.cancelled() => return,
            event = live.recv() => event,
        };
        match event {
            Ok(event) if event.record.is_match() => send(&desk, &target, &event).await,
            Ok(_) => {}
            Err(RecvError::Lagged(missed)) => desk.board.miss(&target.url, missed),
            Err(RecvError::Closed) => return,
        }
    }
}

async fn send(desk: &Desk, target: &Target, event: &Recorded) {
    let reg = if desk.parts.settings.realtime_photo { desk.photo(&event.record).await } else { None };
    let body =
        wire::event(&event.record, event.spot.as_deref(), reg.as_deref(), &desk.dev_sno, target.extended);
    let answer = desk.poster.post(&desk.address(target), body.to_json(), LIMIT).await;
    if answer != Answer::Accepted {
        tracing::debug!(target = %target.url, answer = answer.text(), "a real-time event did not arrive");
    }
    desk.heard(Purpose::Realtime, target, &answer, Duration::ZERO);
}
