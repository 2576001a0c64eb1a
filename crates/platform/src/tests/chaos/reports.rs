//! A box that reports one event after the other, and what it was answered.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use protocol::DevSno;
use runtime::testing::wait_until;
use serde_json::json;
use tokio::task::JoinHandle;

use super::super::scripted::log_in;
use super::super::world::{PATIENCE, World};
use crate::clock;
use crate::db::Tx;

/// A box waits no longer for an answer, whatever is wrong.
const BOUND: Duration = Duration::from_secs(30);
/// Between two reports.
const PAUSE: Duration = Duration::from_millis(20);
/// So long ago the first event was captured, in milliseconds.
const AGO: i64 = 3_600_000;

/// Reports until it is dropped.
pub(super) struct Reports {
    answers: Arc<Mutex<Answers>>,
    task: JoinHandle<()>,
}

#[derive(Debug, Default)]
struct Answers {
    /// When the events that were acknowledged were captured.
    acknowledged: BTreeSet<i64>,
    /// Told to come again: 503 and 507.
    refused: usize,
}

impl Drop for Reports {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Reports {
    /// Logs in and begins. Each event has a picture of its own where `pictures` says so.
    pub(super) async fn start(world: &World, dev_sno: &DevSno, pictures: bool) -> Self {
        let token = log_in(world, dev_sno, None).await.token;
        let url = format!("{}/device/records?token={token}", world.base);
        let answers = Arc::default();
        let task = tokio::spawn(report(world.http.clone(), url, pictures, Arc::clone(&answers)));
        Self { answers, task }
    }

    /// Waits until so many more were acknowledged.
    pub(super) async fn acknowledged(&self, more: usize) {
        self.until("acknowledged", more, |answers| answers.acknowledged.len()).await;
    }

    /// Waits until so many more were refused.
    pub(super) async fn refused(&self, more: usize) {
        self.until("refused", more, |answers| answers.refused).await;
    }

    async fn until(&self, what: &str, more: usize, count: impl Fn(&Answers) -> usize) {
        let enough = count(&self.answers.lock().unwrap()) + more;
        let reached = wait_until(PATIENCE, || async {
            assert!(!self.task.is_finished(), "the box was answered what it must not be");
            count(&self.answers.lock().unwrap()) >= enough
        });
        let reached = reached.await;
        assert!(reached, "{more} more were to be {what}: {:?}", self.answers.lock().unwrap());
    }

    /// Ends; answers what was acknowledged, all of which is there.
    pub(super) async fn all_are_kept(self, world: &World) -> BTreeSet<i64> {
        let acknowledged = std::mem::take(&mut self.answers.lock().unwrap().acknowledged);
        let kept = world.app.db.read(|tx: &mut Tx<'_>| tx.query("SELECT taken_at FROM event", &[])).await;
        let kept: BTreeSet<i64> = kept.unwrap().iter().map(|row| row.int("taken_at").unwrap()).collect();
        let lost: Vec<_> = acknowledged.difference(&kept).collect();
        assert!(lost.is_empty(), "acknowledged and not there: {lost:?}");
        acknowledged
    }
}

/// The picture of an event.
pub(super) fn picture(taken_at: i64) -> String {
    format!("\u{ff}picture {taken_at}")
}

async fn report(http: reqwest::Client, url: String, pictures: bool, answers: Arc<Mutex<Answers>>) {
    for at in clock::now() - AGO.. {
        let mut event = json!({
            "identity_id": "p1", "identity_name": "n", "group_name": "default_group", "timestamp": at, "score": 0.62,
            "ext_data": {"device_ip": "192.0.2.9", "person_type": 1, "device_type": "2"},
        });
        if pictures {
            event["ext_data"]["spot_pic"] = json!(BASE64_STANDARD.encode(picture(at)));
        }
        let asked = Instant::now();
        let status = http.post(&url).body(event.to_string()).send().await.unwrap().status().as_u16();
        assert!(asked.elapsed() < BOUND, "it took {:?}", asked.elapsed());
        match status {
            200 => drop(answers.lock().unwrap().acknowledged.insert(at)),
            503 | 507 => answers.lock().unwrap().refused += 1,
            // More than its share: it is told to slow down, not that it was taken.
            429 => {}
            other => panic!("{other}"),
        }
        tokio::time::sleep(PAUSE).await;
    }
}
