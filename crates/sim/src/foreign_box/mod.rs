//! A box of another make that does only what the documentation requires.
//!
//! It logs in by GET without its MAC, declares and binds as it is told, and answers commands without echoing their `messageId` and with
//! codes as text. Its historic events go out one by one, with the token in the address and without `dev_sno` inside. It keeps names and
//! the sizes of photos; it recognises nobody.

mod execute;
mod link;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::Context;
use base64::prelude::{BASE64_STANDARD, Engine as _};
use serde_json::{Value, json};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::http;
use crate::kept;

pub use crate::http::Answer;

/// How the box is set up.
#[derive(Debug, Clone)]
pub struct Options {
    /// Where it logs in.
    pub login_url: String,
    /// Its licence key.
    pub dev_sno: String,
}

/// A person the box holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// The name.
    pub name: String,
    /// Permission groups.
    pub groups: Vec<String>,
    /// Size of the photo in bytes.
    pub photo_bytes: usize,
}

/// What the box has seen and holds.
#[derive(Debug, Clone, Default)]
pub struct Seen {
    /// Successful logins.
    pub logins: u32,
    /// Whether it consumes its queue at this moment.
    pub listening: bool,
    /// Commands received, in order. Long texts (pictures) are replaced by their length.
    pub commands: Vec<Value>,
    /// People held, by number.
    pub people: BTreeMap<String, Held>,
    /// What went wrong, in order.
    pub troubles: Vec<String>,
}

/// A recognition to report.
#[derive(Debug, Clone)]
pub struct Passage {
    /// The person's number.
    pub identity_id: String,
    /// The name; `stranger` for strangers.
    pub name: String,
    /// Person type 1 to 5.
    pub person_type: u8,
    /// Score, 0 to 1.
    pub score: f64,
    /// Milliseconds since 1970; now when `None`.
    pub at: Option<i64>,
    /// Scene photo; may be empty.
    pub photo: Vec<u8>,
}

/// The running box. It stops when dropped.
#[derive(Debug)]
pub struct ForeignBox {
    shared: Arc<Shared>,
    stop: CancellationToken,
    worker: Option<JoinHandle<()>>,
}

struct Shared {
    options: Options,
    client: reqwest::Client,
    seen: watch::Sender<Seen>,
    /// Codes with which people are refused instead of being enrolled.
    refusals: Mutex<BTreeMap<String, String>>,
    joined: Mutex<Option<link::Joined>>,
}

impl ForeignBox {
    /// Starts the box. It logs in by itself and tries for ever; wait for [`Seen::listening`] to know that it did.
    ///
    /// # Errors
    /// This machine has no HTTP client to offer.
    pub fn start(options: Options) -> anyhow::Result<Self> {
        let shared = Arc::new(Shared {
            options,
            client: http::client()?,
            seen: watch::Sender::default(),
            refusals: Mutex::default(),
            joined: Mutex::default(),
        });
        let stop = CancellationToken::new();
        let worker = tokio::spawn(link::run(shared.clone(), stop.clone()));
        Ok(Self { shared, stop, worker: Some(worker) })
    }

    /// From now on answers this code for a person instead of enrolling them.
    pub fn refuse(&self, identity_id: &str, code: &str) {
        let mut refusals = self.shared.refusals.lock().unwrap_or_else(PoisonError::into_inner);
        refusals.insert(identity_id.to_owned(), code.to_owned());
    }

    /// Enrols a person again that was refused.
    pub fn accept(&self, identity_id: &str) {
        self.shared.refusals.lock().unwrap_or_else(PoisonError::into_inner).remove(identity_id);
    }

    /// Posts one historic event to every record address; the answers in the order of the addresses.
    ///
    /// # Errors
    /// The box is not logged in, or an address cannot be reached.
    pub async fn report(&self, passage: &Passage) -> anyhow::Result<Vec<Answer>> {
        let now = || SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |now| now.as_millis() as i64);
        let event = json!({
            "identity_id": passage.identity_id,
            "identity_name": passage.name,
            "group_name": "default_group",
            "reg_pic": "",
            "timestamp": passage.at.unwrap_or_else(now),
            "score": passage.score,
            "ext_data": {
                "device_ip": "192.168.1.151",
                "person_type": passage.person_type,
                "device_type": "1",
                "spot_pic": BASE64_STANDARD.encode(&passage.photo),
                "grab_fiqa_info": {},
                "box_fiqa_info": {},
            },
        });
        let joined = self.shared.joined().context("not logged in")?;
        let mut answers = Vec::new();
        for address in &joined.records {
            answers.push(http::post(&self.shared.client, &joined.with_token(address), &event).await?);
        }
        Ok(answers)
    }

    /// Posts one heartbeat, in the shape of the first version of the protocol; `None` when the platform wants none.
    ///
    /// # Errors
    /// As [`ForeignBox::report`].
    pub async fn heartbeat(&self) -> anyhow::Result<Option<Answer>> {
        let joined = self.shared.joined().context("not logged in")?;
        let Some(address) = &joined.monitor else {
            return Ok(None);
        };
        let status = json!({
            "gateway_ip": "192.168.1.251 ",
            "gateway_name": "foreign-box",
            "gateway_status": "online",
            "gateway_sn": "FOREIGN0001",
            "dev_sno": self.shared.options.dev_sno,
            "gateway_ext_data": {"sw_version": "V2R1C01", "cpu_usage": "6.5", "memory_usage": 0.77},
            "sub_devices": [],
        });
        http::post(&self.shared.client, &joined.with_token(address), &status).await.map(Some)
    }

    /// What was seen so far, and what the box holds.
    #[must_use]
    pub fn seen(&self) -> Seen {
        self.shared.seen.borrow().clone()
    }

    /// Waits until what was seen satisfies the condition.
    ///
    /// # Errors
    /// It did not within the limit; the error tells what was seen.
    pub async fn wait_for(
        &self,
        limit: Duration,
        condition: impl FnMut(&Seen) -> bool,
    ) -> anyhow::Result<Seen> {
        kept::wait_for(&self.shared.seen, limit, condition).await
    }

    /// Stops consuming and closes the lines.
    pub async fn stop(mut self) {
        self.stop.cancel();
        if let Some(worker) = self.worker.take() {
            let _ = tokio::time::timeout(Duration::from_secs(5), worker).await;
        }
    }
}

impl Drop for ForeignBox {
    fn drop(&mut self) {
        self.stop.cancel();
        if let Some(worker) = self.worker.take() {
            worker.abort();
        }
    }
}

impl Shared {
    fn note(&self, change: impl FnOnce(&mut Seen)) {
        self.seen.send_modify(change);
    }

    fn joined(&self) -> Option<link::Joined> {
        self.joined.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shared").field("options", &self.options).finish_non_exhaustive()
    }
}
