//! The documented example receiver: takes real-time events, historic events and status reports of any box, says what came in one
//! line each, and can fail on purpose.
//!
//! Whatever comes is answered; bodies, connections, pictures kept and memory of repeats are bounded. Failure modes come before
//! anything is counted as received, as they would with a receiver that is really down.

mod pictures;
mod read;
mod serve;
mod tally;
mod words;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::Context as _;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use pictures::Pictures;
pub use tally::Summary;
use tally::Tally;

/// How the receiver behaves.
#[derive(Debug, Clone)]
pub struct Options {
    /// Where it listens.
    pub listen: SocketAddr,
    /// Says JSON lines instead of words.
    pub json: bool,
    /// Where pictures are put; nowhere when absent.
    pub pictures: Option<PathBuf>,
    /// Most pictures kept there; the oldest of this run go first.
    pub keep: usize,
    /// Every n-th request is answered with 500.
    pub fail_every: Option<u64>,
    /// Every n-th request is never answered.
    pub hang_every: Option<u64>,
    /// Waits this long before it answers.
    pub delay: Duration,
    /// Answers that it does not want what came.
    pub refuse: bool,
}

/// What a request turned out to carry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    RealTime,
    History,
    Status,
    Other,
}

/// What is to be done with a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Answer,
    Fail,
    Hang,
    Refuse,
}

/// The receiver, bound and not yet serving.
pub struct Receiver {
    listener: TcpListener,
    desk: Arc<Desk>,
}

struct Desk {
    options: Options,
    say: Box<dyn Fn(&str) + Send + Sync>,
    requests: AtomicU64,
    tally: Mutex<Tally>,
    pictures: Mutex<Option<Pictures>>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            listen: ([0, 0, 0, 0], 9528).into(),
            json: false,
            pictures: None,
            keep: 1000,
            fail_every: None,
            hang_every: None,
            delay: Duration::ZERO,
            refuse: false,
        }
    }
}

impl Receiver {
    /// Takes the address and prepares the folder; `say` gets each line.
    ///
    /// # Errors
    /// The address is taken, or the folder cannot be made.
    pub async fn bind(options: Options, say: impl Fn(&str) + Send + Sync + 'static) -> anyhow::Result<Self> {
        let listener = TcpListener::bind(options.listen)
            .await
            .with_context(|| format!("--listen: {} cannot be taken", options.listen))?;
        let pictures = match &options.pictures {
            Some(folder) => Some(
                Pictures::open(folder, options.keep)
                    .with_context(|| format!("--pictures: {} cannot be used", folder.display()))?,
            ),
            None => None,
        };
        let desk = Desk {
            options,
            say: Box::new(say),
            requests: AtomicU64::new(0),
            tally: Mutex::default(),
            pictures: Mutex::new(pictures),
        };
        Ok(Self { listener, desk: Arc::new(desk) })
    }

    /// Where it listens.
    ///
    /// # Errors
    /// What the system says.
    pub fn address(&self) -> anyhow::Result<SocketAddr> {
        Ok(self.listener.local_addr()?)
    }

    /// Serves until `stop`; returns what it has seen.
    pub async fn run(self, stop: CancellationToken) -> Summary {
        serve::run(self.listener, self.desk.clone(), stop).await;
        self.desk.tally().summary()
    }
}

impl Desk {
    /// Decides what becomes of the next request.
    fn fate(&self) -> Fate {
        let number = self.requests.fetch_add(1, Ordering::Relaxed) + 1;
        let is_turn =
            |every: Option<u64>| every.is_some_and(|every| every > 0 && number.is_multiple_of(every));
        if is_turn(self.options.hang_every) {
            Fate::Hang
        } else if is_turn(self.options.fail_every) {
            Fate::Fail
        } else if self.options.refuse {
            Fate::Refuse
        } else {
            Fate::Answer
        }
    }

    /// Takes what a request carries.
    fn take(&self, kind: Kind, path: &str, items: Vec<Value>) {
        for item in items {
            if words::is_event(&item) {
                self.take_event(kind, &item);
            } else if kind == Kind::Status || words::is_status(&item) {
                self.tally().status();
                self.tell(&words::status(&item), || words::status_json(&item));
            } else {
                self.tally().unknown();
                self.tell(&words::unknown(path, &item), || words::unknown_json(path, &item));
            }
        }
    }

    fn take_event(&self, kind: Kind, item: &Value) {
        let event = words::Event::of(item);
        let repeated = self.tally().event(kind, &event);
        let saved = self.save_pictures(item, &event);
        self.tally().saved(saved);
        self.tell(&event.line(kind, repeated), || event.json(kind, repeated, item));
    }

    fn save_pictures(&self, item: &Value, event: &words::Event) -> u64 {
        let mut pictures = self.pictures.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(pictures) = pictures.as_mut() else { return 0 };
        let found = [("spot", item.pointer("/ext_data/spot_pic")), ("reg", item.get("reg_pic"))];
        let mut saved = 0;
        for (which, picture) in found {
            let Some(text) = picture.and_then(Value::as_str).filter(|text| !text.is_empty()) else {
                continue;
            };
            match pictures.save(&event.file_name(which), text) {
                Ok(()) => saved += 1,
                Err(reason) => self.note(&format!("a picture was not kept: {reason}")),
            }
        }
        saved
    }

    /// Says something that is no message of a box.
    fn note(&self, text: &str) {
        self.tell(text, || serde_json::json!({"note": text}));
    }

    fn tell(&self, line: &str, json: impl FnOnce() -> Value) {
        if self.options.json { (self.say)(&json().to_string()) } else { (self.say)(line) }
    }

    fn tally(&self) -> std::sync::MutexGuard<'_, Tally> {
        self.tally.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
