//! The commands the platform gives, and how they get into the box's queue.

use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use base64::prelude::{BASE64_STANDARD, Engine as _};
use serde_json::{Value, json};

use super::{Person, PhotoTravels, Results, Shared};
use crate::line::Line;

/// The exchange every box has to bind its queue to.
pub(super) const EXCHANGE: &str = "foreign.commands";

/// Longest wait for a box to consume its queue.
const PATIENCE: Duration = Duration::from_secs(30);

/// The queue of a box.
pub(super) fn queue(dev_sno: &str) -> String {
    format!("FOREIGN-{dev_sno}")
}

/// The line commands go out by. A box binds its queue before it consumes it, so that the first consumer proves the binding.
pub(super) struct Outgoing {
    line: Option<Line>,
    bound: bool,
}

impl Outgoing {
    pub(super) fn new(line: Line) -> Self {
        Self { line: Some(line), bound: false }
    }

    pub(super) async fn close(&mut self) {
        if let Some(line) = self.line.take() {
            line.close().await;
        }
    }
}

impl Shared {
    pub(super) async fn send(&self, command: Value) -> anyhow::Result<()> {
        self.publish(command.to_string().into_bytes()).await
    }

    pub(super) async fn publish(&self, body: Vec<u8>) -> anyhow::Result<()> {
        let mut outgoing = self.line.lock().await;
        if !outgoing.line.as_ref().is_some_and(Line::is_open) {
            outgoing.line = Some(Line::open(&self.options.broker).await?);
        }
        let queue = queue(&self.options.dev_sno);
        let Outgoing { line, bound } = &mut *outgoing;
        let line = line.as_ref().context("no line to the broker")?;
        let started = Instant::now();
        while !*bound {
            *bound = line.consumers(&queue).await? > 0;
            ensure!(*bound || started.elapsed() < PATIENCE, "no box consumes {queue} within {PATIENCE:?}");
            if !*bound {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
        line.publish(EXCHANGE, &queue, body).await
    }

    /// A person's record as commands and user details carry it.
    pub(super) fn record(&self, person: &Person) -> Value {
        let mut info = json!({"name": person.name, "type": person.kind});
        if !person.groups.is_empty() {
            info["permission_ids"] = json!(person.groups);
        }
        let mut record = json!({"identity_id": person.identity_id, "register_type": 1, "info": info});
        let path = format!("/pics/{}.jpg", person.identity_id);
        match person.travels {
            PhotoTravels::Inline => record["reg_photo"] = json!(BASE64_STANDARD.encode(&person.photo)),
            PhotoTravels::Url => record["reg_url"] = json!(self.url(&path)),
            PhotoTravels::Relative => record["relative_pic_url"] = json!(path),
        }
        record
    }

    /// `extend_params` of a command, with the address of results when results are wanted.
    fn extend(&self, mut extend: Value) -> Value {
        if self.options.results == Results::NotifyPath {
            extend["notify_path"] = json!(self.url("/getResult"));
        }
        extend
    }
}

pub(super) fn add_by_ids(shared: &Shared, ids: &[&str]) -> Value {
    // The documentation's own address has the credentials in it already.
    let query = format!("?token={}&dev_sno={}", shared.token, shared.options.dev_sno);
    let path = shared.url(&format!("/getSendPerson{query}"));
    json!({"method": "add_users_plus", "userid_list": ids, "extend_params": shared.extend(json!({"path": path}))})
}

pub(super) fn add_inline(shared: &Shared, ids: &[&str]) -> Value {
    let people = shared.people.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let records: Vec<Value> =
        ids.iter().filter_map(|id| people.get(*id)).map(|person| shared.record(person)).collect();
    json!({"method": "add_users_plus", "user_info_list": records, "extend_params": shared.extend(json!({}))})
}

pub(super) fn delete(shared: &Shared, ids: &[&str]) -> Value {
    json!({"method": "delete_users", "userid_list": ids, "extend_params": shared.extend(json!({}))})
}

pub(super) fn wipe(shared: &Shared, users: bool, events: bool) -> Value {
    let options = json!({"users": users, "events": events});
    json!({"method": "wipe_data", "wipe_options": options, "extend_params": shared.extend(json!({}))})
}
