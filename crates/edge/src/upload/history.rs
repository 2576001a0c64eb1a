//! Every event for certain: each receiver has its own cursor and gets what comes after it, again and again until it accepts.
//!
//! * A request carries as many events as the receiver agreed on (one, if on nothing); while there is a backlog, one request
//!   follows the other; otherwise the next comes after the receiver's period.
//! * Success is a 2xx within the time limit whose body does not say failure. Only then does the cursor move, and it is on
//!   disk before the next request.
//! * 401: the link is asked for a new login. 413: half as many events. Another 4xx to several events: one at a time, to find
//!   the one that is meant.
//! * One event that is refused [`TRIES`] times with a 4xx may be one the receiver will never take. It is set aside only when
//!   the receiver accepts one of the next [`PROBES`] events: then the cursor passes it, and it is counted and listed. A receiver
//!   that refuses them all has a trouble of its own, and everything waits for it.
//! * Everything else is repeated with growing pauses, for ever.

use std::sync::Arc;
use std::time::Duration;

use protocol::Event;
use runtime::{Backoff, CancellationToken};
use rusqlite::Connection;

use super::board::Purpose;
use super::post::{Answer, Body};
use super::target::Target;
use super::{Desk, wire};
use crate::clock;
use crate::event_log::Recorded;
use crate::store::StoreError;
use crate::store::events::{self, Row};

/// How long a receiver may take.
const LIMIT: Duration = Duration::from_secs(30);
/// Bytes of a request at most; one event always goes.
const MOST_BYTES: usize = 6 << 20;
/// Refusals of one event before others are tried.
const TRIES: u32 = 3;
/// Events tried after one that is refused.
const PROBES: usize = 20;

/// One receiver's upload.
struct Lane {
    desk: Arc<Desk>,
    target: Target,
    backoff: Backoff,
    /// Events per request now.
    size: usize,
    /// Refusals of the event after the cursor.
    refusals: u32,
}

/// What a step came to.
enum Step {
    /// Nothing is left to send.
    Idle,
    /// There may be more.
    More,
    /// It did not work; wait.
    Wait(Duration),
}

pub(super) async fn run(desk: Arc<Desk>, target: Target, period: Duration, stop: CancellationToken) {
    let size = target.batch;
    let mut lane = Lane { desk, target, backoff: Backoff::link(), size, refusals: 0 };
    loop {
        let step = tokio::select! {
            () = stop.cancelled() => return,
            step = lane.step() => step,
        };
        let pause = match step {
            Ok(Step::More) => continue,
            Ok(Step::Idle) => period,
            Ok(Step::Wait(pause)) => pause,
            Err(error) => {
                tracing::error!(target = %lane.target.url, %error, "history upload cannot use the store");
                lane.backoff.next()
            }
        };
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(pause) => {}
        }
    }
}

impl Lane {
    async fn step(&mut self) -> Result<Step, StoreError> {
        let mut rows = self.read(self.size).await?;
        let Some(first) = rows.first().map(|row| row.seq) else { return Ok(Step::Idle) };
        let Some((body, sent)) = self.request(&rows).await else {
            // Not readable in our own store: nobody will ever get it.
            self.pass(&[first], first, "it cannot be read from the box's store").await?;
            return Ok(Step::More);
        };
        // A read that was cut short, by number or by bytes, was not the last one.
        let heavy = rows.iter().map(Row::bytes).sum::<usize>() > MOST_BYTES / 2;
        let backlog = heavy || rows.len() >= self.size || sent < rows.len();
        rows.truncate(sent);
        let last = rows.last().map_or(first, |row| row.seq);
        let answer = self.post(body).await;
        match &answer {
            Answer::Accepted => {
                self.advance(last).await?;
                self.settled();
                self.size = (self.size * 2).min(self.target.batch);
                return Ok(if backlog { Step::More } else { Step::Idle });
            }
            Answer::TooLarge(_) | Answer::Rejected(_) if sent > 1 => {
                self.size = if matches!(answer, Answer::TooLarge(_)) { sent / 2 } else { 1 };
                self.desk.heard(Purpose::History, &self.target, &answer, Duration::ZERO);
                return Ok(Step::More);
            }
            Answer::TooLarge(reason) | Answer::Rejected(reason) => {
                self.size = 1;
                self.refusals += 1;
                if self.refusals >= TRIES && self.probe(first, reason).await? {
                    self.settled();
                    return Ok(Step::More);
                }
            }
            Answer::Unauthorised(_) | Answer::Failed(_) => {}
        }
        Ok(Step::Wait(self.trouble(&answer)))
    }

    /// Whether the receiver takes one of the events after `refused`; if so those before it are set aside.
    async fn probe(&mut self, refused: i64, reason: &str) -> Result<bool, StoreError> {
        let mut aside = vec![refused];
        let mut last = refused;
        while aside.len() <= PROBES {
            let rows = self.desk.parts.events.after(last, 1, MOST_BYTES).await?;
            let Some(row) = rows.first() else { return Ok(false) };
            last = row.seq;
            let answer = match self.request(&rows).await {
                Some((body, _)) => self.post(body).await,
                None => Answer::Rejected(String::new()),
            };
            match answer {
                Answer::Accepted => {
                    self.pass(&aside, last, reason).await?;
                    return Ok(true);
                }
                Answer::Rejected(_) | Answer::TooLarge(_) => aside.push(last),
                Answer::Unauthorised(_) | Answer::Failed(_) => return Ok(false),
            }
        }
        Ok(false)
    }

    async fn read(&self, most: usize) -> Result<Vec<Row>, StoreError> {
        let url = self.target.url.clone();
        let log = &self.desk.parts.events;
        let seq = log.store().read(move |db| events::cursor(db, &url)).await?;
        log.after(seq, most, MOST_BYTES).await
    }

    /// The request's body and how many of `rows` are in it; `None` when the first cannot be read.
    async fn request(&self, rows: &[Row]) -> Option<(Body, usize)> {
        let mut list: Vec<Event> = Vec::new();
        let mut bytes = 0;
        for row in rows {
            let Some(event) = Recorded::of(row) else { break };
            let photo = if self.target.photo { self.desk.photo(&event.record).await } else { None };
            let photos = event.spot.as_ref().map_or(0, Vec::len) + photo.as_ref().map_or(0, Vec::len);
            bytes += row.body.len() + photos * 4 / 3;
            if bytes > MOST_BYTES && !list.is_empty() {
                break;
            }
            let (spot, dev_sno) = (event.spot.as_deref(), &self.desk.dev_sno);
            list.push(wire::event(&event.record, spot, photo.as_deref(), dev_sno, self.target.extended));
        }
        match list.as_slice() {
            [] => None,
            [one] if self.target.batch == 1 => Some((Body::of(one, self.target.format), 1)),
            many => Some((Event::batch_to_json(many).into(), many.len())),
        }
    }

    async fn post(&self, body: Body) -> Answer {
        self.desk.poster.post(&self.desk.address(&self.target), body, LIMIT).await
    }

    async fn advance(&self, seq: i64) -> Result<(), StoreError> {
        let url = self.target.url.clone();
        let advance = move |db: &Connection| events::advance(db, &url, seq, clock::now());
        self.desk.parts.events.store().write(advance).await?;
        self.desk.parts.events.delivered();
        Ok(())
    }

    /// Moves the cursor to `seq`, over events that the receiver will never have.
    async fn pass(&mut self, aside: &[i64], seq: i64, reason: &str) -> Result<(), StoreError> {
        tracing::error!(target = %self.target.url, events = ?aside, reason, "events set aside: they cannot be delivered");
        let (url, aside, reason) = (self.target.url.clone(), aside.to_vec(), reason.to_owned());
        let pass = move |db: &Connection| {
            for seq in aside {
                events::set_aside(db, &url, seq, &reason, clock::now())?;
            }
            events::advance(db, &url, seq, clock::now())
        };
        self.desk.parts.events.store().write(pass).await?;
        self.desk.parts.events.delivered();
        Ok(())
    }

    fn settled(&mut self) {
        self.backoff.reset();
        self.refusals = 0;
        self.desk.heard(Purpose::History, &self.target, &Answer::Accepted, Duration::ZERO);
    }

    fn trouble(&mut self, answer: &Answer) -> Duration {
        let pause = self.backoff.next();
        let failures = self.backoff.failures();
        // The first failures are worth a line each, an outage of a night is not worth a thousand.
        if failures <= 3 || failures.is_power_of_two() {
            let retry_ms = pause.as_millis();
            tracing::warn!(target = %self.target.url, answer = answer.text(), failures, retry_ms, "history upload failed");
        }
        self.desk.heard(Purpose::History, &self.target, answer, pause);
        pause
    }
}
