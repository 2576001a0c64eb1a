//! Matches at once: each is sent to the receivers right after it happened, 0.5 s is waited for each answer, and nothing is
//! repeated. A receiver's turn comes when the one before it in the list has answered, or after a moment: so those that answer
//! are served in the order of the list, and one that does not holds up nobody for longer than that moment. A receiver that is
//! too slow misses events, which is counted.

use std::sync::Arc;
use std::time::Duration;

use runtime::CancellationToken;
use tokio::sync::broadcast::{self, error::RecvError};
use tokio::sync::watch;

use super::board::Purpose;
use super::post::{Answer, Body};
use super::target::Target;
use super::{Desk, wire};
use crate::event_log::Recorded;

/// How long a receiver may take.
const LIMIT: Duration = Duration::from_millis(500);

/// How long a receiver waits for the one before it.
const MOMENT: Duration = Duration::from_millis(50);

/// A place in the list of receivers.
pub(super) struct Place {
    before: Option<watch::Receiver<i64>>,
    done: watch::Sender<i64>,
}

impl Place {
    /// The places of a list, in its order.
    pub(super) fn row() -> impl Iterator<Item = Self> {
        let mut before = None;
        std::iter::from_fn(move || {
            let done = watch::Sender::new(0);
            let place = Self { before: before.take(), done };
            before = Some(place.done.subscribe());
            Some(place)
        })
    }

    /// Returns when the receiver before has had event `seq`, or after [`MOMENT`].
    async fn turn(&mut self, seq: i64) {
        if let Some(before) = &mut self.before {
            let _ = tokio::time::timeout(MOMENT, before.wait_for(|done| *done >= seq)).await;
        }
    }
}

/// Tells the target what is `live`, until `stop`.
pub(super) async fn run(
    desk: Arc<Desk>,
    target: Target,
    mut live: broadcast::Receiver<Arc<Recorded>>,
    mut place: Place,
    stop: CancellationToken,
) {
    loop {
        let event = tokio::select! {
            () = stop.cancelled() => return desk.board.miss(&target.url, live.len() as u64),
            event = live.recv() => event,
        };
        match event {
            Ok(event) if event.record.is_match() => {
                place.turn(event.seq).await;
                send(&desk, &target, &event).await;
                place.done.send_replace(event.seq);
            }
            Ok(_) => {}
            Err(RecvError::Lagged(missed)) => desk.board.miss(&target.url, missed),
            Err(RecvError::Closed) => return,
        }
    }
}

async fn send(desk: &Desk, target: &Target, event: &Recorded) {
    let reg = if target.photo { desk.photo(&event.record).await } else { None };
    let event =
        wire::event(&event.record, event.spot.as_deref(), reg.as_deref(), &desk.dev_sno, target.extended);
    let answer = desk.poster.post(&desk.address(target), Body::of(&event, target.format), LIMIT).await;
    if answer != Answer::Accepted {
        tracing::debug!(target = %target.url, answer = answer.text(), "a real-time event did not arrive");
    }
    desk.heard(Purpose::Realtime, target, &answer, Duration::ZERO);
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use futures_util::FutureExt as _;

    use super::*;

    #[tokio::test]
    async fn the_next_in_the_list_waits_for_the_one_before_and_not_for_long() {
        let mut row = Place::row();
        let (mut first, mut second) = (row.next().unwrap(), row.next().unwrap());
        assert!(first.turn(7).now_or_never().is_some(), "nobody is before the first");
        let begun = Instant::now();
        second.turn(7).await;
        assert!(begun.elapsed() >= MOMENT, "the first has not had it");
        first.done.send_replace(7);
        assert!(second.turn(7).now_or_never().is_some());
        assert!(second.turn(8).now_or_never().is_none());
        drop(first);
        assert!(second.turn(8).now_or_never().is_some(), "the first is gone");
    }
}
