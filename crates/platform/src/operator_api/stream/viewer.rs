//! One viewer: first what it missed, from the database, then what happens, as it happens.
//!
//! The contract: every entry after the number it begins with is sent once, in order, or is told of as missed. It listens first and
//! reads the database then, until there is nothing new; of what it hears afterwards it drops what it has read.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::{Stream, stream};
use serde_json::json;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use tokio::time::{Instant, timeout_at};

use crate::app::App;
use crate::clock;
use crate::db::{DbError, Tx, feed};
use crate::live::{Filter, Place, Stretch, Told, frame, lagged};
use crate::operator_api::Lens;

/// How often a quiet stream sends a comment, so that both ends know that the line holds.
const COMMENT: Duration = Duration::from_secs(15);
/// How long a stream lasts.
const LIFE: Duration = Duration::from_secs(900);
/// Entries read at a time.
const PAGE: i64 = 256;

/// A viewer.
pub(super) struct Viewer {
    app: Arc<App>,
    filter: Filter,
    told: Receiver<Arc<Told>>,
    /// Frames on their way out.
    ready: VecDeque<Bytes>,
    /// The last number that was dealt with.
    last: i64,
    /// Everything up to the moment of listening was read.
    is_live: bool,
    comment_at: Instant,
    ends_at: Instant,
    /// Taken for as long as the stream lives.
    _place: Place,
    /// Through which events are seen; as they are unless there is one.
    lens: Option<Lens>,
}

impl Viewer {
    /// A viewer that begins after a number, or now.
    pub(super) async fn begin(
        app: Arc<App>,
        filter: Filter,
        after: Option<i64>,
        place: Place,
        lens: Option<Lens>,
    ) -> Result<Self, DbError> {
        let told = app.live.subscribe();
        let bounds = |tx: &mut Tx<'_>| Ok::<_, DbError>((feed::oldest(tx)?, feed::newest(tx)?));
        let (oldest, newest) = app.db.read(bounds).await?;
        let (is_live, last) = (after.is_none(), after.unwrap_or(newest).max(0));
        let now = Instant::now();
        let mut viewer = Self {
            app,
            filter,
            told,
            ready: VecDeque::new(),
            last,
            is_live,
            comment_at: now + COMMENT,
            ends_at: now + LIFE,
            _place: place,
            lens,
        };
        let hello = json!({"at": clock::now(), "after": last});
        viewer.ready.push_back(frame("hello", Some(last), &hello.to_string()));
        if last > newest {
            // A number of another database, or of a time before a backup was restored.
            viewer.trimmed(oldest, newest);
        }
        Ok(viewer)
    }

    /// What is sent, until the stream or the platform ends.
    pub(super) fn frames(self) -> impl Stream<Item = Result<Bytes, Infallible>> {
        stream::unfold(self, |mut viewer| async move { viewer.next().await.map(|frame| (Ok(frame), viewer)) })
    }

    async fn next(&mut self) -> Option<Bytes> {
        let stopping = self.app.stopping.clone();
        let next = async {
            loop {
                if let Some(frame) = self.ready.pop_front() {
                    self.comment_at = Instant::now() + COMMENT;
                    return Some(frame);
                }
                if Instant::now() >= self.ends_at {
                    return None;
                }
                if self.is_live {
                    self.listen().await?;
                } else if let Err(error) = self.catch_up().await {
                    // The client comes back with the last number it saw.
                    tracing::warn!(%error, "a viewer's stream ends: what it missed cannot be read");
                    return None;
                }
            }
        };
        stopping.run_until_cancelled_owned(next).await.flatten()
    }

    /// Reads a page of what was missed.
    async fn catch_up(&mut self) -> Result<(), DbError> {
        // What was heard meanwhile is in the database too, and a long way to go must not make the ear overflow.
        self.told = self.told.resubscribe();
        let last = self.last;
        let stretch = self.app.db.read(move |tx| Stretch::read(tx, last, PAGE)).await?;
        if let Some(first) = stretch.first().filter(|first| *first > last + 1) {
            self.trimmed(first, first - 1);
        }
        self.is_live = stretch.len() < usize::try_from(PAGE).unwrap_or(usize::MAX);
        self.last = stretch.last().unwrap_or(self.last);
        let passing = stretch.frames().filter(|told| self.filter.passes(&told.head));
        let frames: Vec<Bytes> = passing.map(|told| told.through(self.lens)).collect();
        self.ready.extend(frames);
        Ok(())
    }

    /// Waits for the next thing to send; `None` when the stream is over.
    async fn listen(&mut self) -> Option<()> {
        match timeout_at(self.comment_at.min(self.ends_at), self.told.recv()).await {
            Ok(Ok(told)) => {
                if told.seq > self.last {
                    self.last = told.seq;
                    if self.filter.passes(&told.head) {
                        self.ready.push_back(told.through(self.lens));
                    }
                }
            }
            Ok(Err(RecvError::Lagged(missed))) => self.ready.push_back(lagged(missed, self.last)),
            Ok(Err(RecvError::Closed)) => return None,
            Err(_) if Instant::now() >= self.comment_at => self.ready.push_back(Bytes::from_static(b":\n\n")),
            Err(_) => {}
        }
        Some(())
    }

    /// Says that entries between the last number and `oldest` are not kept any more, and goes on after `last`.
    fn trimmed(&mut self, oldest: i64, last: i64) {
        let data = json!({"after": self.last, "oldest": oldest});
        self.ready.push_back(frame("trimmed", None, &data.to_string()));
        self.last = last;
    }
}
