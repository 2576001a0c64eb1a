//! The commands the box knows, and how it answers: no `messageId`, codes as text.

use anyhow::Context;
use base64::prelude::{BASE64_STANDARD, Engine as _};
use serde_json::{Value, json};

use super::link::Joined;
use super::{Held, Shared};
use crate::http;
use crate::kept::{abbreviate, keep};
use crate::line::{Broker, Line};

/// Where results go: to the result queue when there is one.
pub(super) struct Results(Option<(Line, String)>);

impl Results {
    pub(super) async fn open(joined: &Joined) -> anyhow::Result<Self> {
        let Some(queue) = &joined.upload_queue else {
            return Ok(Self(None));
        };
        let broker = Broker { vhost: joined.upload_vhost.clone(), ..joined.broker.clone() };
        Ok(Self(Some((Line::open(&broker).await?, queue.clone()))))
    }

    pub(super) async fn close(self) {
        if let Some((line, _)) = self.0 {
            line.close().await;
        }
    }

    async fn send(
        &self,
        shared: &Shared,
        joined: &Joined,
        command: &Value,
        result: &Value,
    ) -> anyhow::Result<()> {
        if let Some((line, queue)) = &self.0 {
            return line.publish("", queue, result.to_string().into_bytes()).await;
        }
        match command["extend_params"]["notify_path"].as_str().filter(|address| !address.is_empty()) {
            Some(address) => {
                let address = joined.with_token(&joined.absolute(address));
                http::post(&shared.client, &address, result).await.map(|_| ())
            }
            None => Ok(()),
        }
    }
}

/// Carries out one command and answers it. A message it does not understand is noted and dropped.
pub(super) async fn execute(
    shared: &Shared,
    joined: &Joined,
    results: &Results,
    body: &[u8],
) -> anyhow::Result<()> {
    let command: Value = match serde_json::from_slice(body) {
        Ok(command) => command,
        Err(error) => {
            shared.note(|seen| keep(&mut seen.troubles, format!("a command that is no JSON: {error}")));
            return Ok(());
        }
    };
    let outcome = match command["method"].as_str() {
        Some("add_users_plus") => add(shared, joined, &command).await?,
        Some("delete_users") => delete(shared, &command),
        Some("wipe_data") => wipe(shared, &command),
        method => {
            shared.note(|seen| keep(&mut seen.troubles, format!("unknown method {method:?}")));
            return Ok(());
        }
    };
    let result = json!({
        "success": true,
        "code": "0",
        "message": "done",
        "dev_sno": shared.options.dev_sno,
        "messageKey": command["method"],
        "result": outcome,
    });
    shared.note(|seen| keep(&mut seen.commands, abbreviate(command.clone())));
    results.send(shared, joined, &command, &result).await
}

async fn add(shared: &Shared, joined: &Joined, command: &Value) -> anyhow::Result<Value> {
    let asked = ids(command);
    let records = match command["user_info_list"].as_array() {
        Some(records) => records.clone(),
        None => details(shared, joined, command).await?,
    };
    let (mut done, mut failed) = (Vec::new(), Vec::new());
    for record in &records {
        let id = record["identity_id"].as_str().unwrap_or_default();
        let name = record["info"]["name"].as_str().unwrap_or_default();
        match enrol(shared, joined, record).await {
            Ok(held) => {
                shared.note(|seen| drop(seen.people.insert(id.to_owned(), held)));
                done.push(json!({"userid": id, "username": name, "message": "enrolled", "code": "0"}));
            }
            Err(code) => {
                failed
                    .push(json!({"userid": id, "username": name, "message": "not\tenrolled", "code": code}));
            }
        }
    }
    let unknown = asked.into_iter().filter(|id| !records.iter().any(|record| record["identity_id"] == **id));
    failed.extend(
        unknown.map(|id| json!({"userid": id, "username": "", "message": "no details", "code": "50074"})),
    );
    Ok(json!({"success_users": done, "failed_users": failed}))
}

/// Asks the platform for the people a command names.
async fn details(shared: &Shared, joined: &Joined, command: &Value) -> anyhow::Result<Vec<Value>> {
    let path = command["extend_params"]["path"].as_str().context("a command with ids and without a path")?;
    let mut url = joined.absolute(path);
    if !url.contains("token=") {
        url = format!("{}&dev_sno={}", joined.with_token(&url), shared.options.dev_sno);
    }
    let answer = http::post(&shared.client, &url, &json!({"userid_list": command["userid_list"]})).await?;
    let list = answer.json()["data"]["user_list"].as_array().cloned();
    list.with_context(|| format!("no user_list in the answer with HTTP {}", answer.status))
}

/// Takes a person in, or says with which code it does not.
async fn enrol(shared: &Shared, joined: &Joined, record: &Value) -> Result<Held, String> {
    let id = record["identity_id"].as_str().ok_or("40071")?;
    let refusal = shared.refusals.lock().unwrap_or_else(std::sync::PoisonError::into_inner).get(id).cloned();
    if let Some(code) = refusal {
        return Err(code);
    }
    let photo = photo(shared, joined, record).await?;
    let groups = record["info"]["permission_ids"].as_array().cloned().unwrap_or_default();
    Ok(Held {
        name: record["info"]["name"].as_str().ok_or("40071")?.to_owned(),
        groups: groups.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        photo_bytes: photo.len(),
    })
}

async fn photo(shared: &Shared, joined: &Joined, record: &Value) -> Result<Vec<u8>, String> {
    if let Some(text) = record["reg_photo"].as_str() {
        return BASE64_STANDARD.decode(text).map_err(|_| "40003".to_owned());
    }
    let address = match (record["reg_url"].as_str(), record["relative_pic_url"].as_str()) {
        (Some(url), _) => url.to_owned(),
        (None, Some(path)) => format!("{}{path}", joined.images),
        (None, None) => return Err("40003".to_owned()),
    };
    match http::get(&shared.client, &address).await {
        Ok(answer) if answer.status == 200 => Ok(answer.body),
        _ => Err("50073".to_owned()),
    }
}

fn delete(shared: &Shared, command: &Value) -> Value {
    let (mut done, mut failed) = (Vec::new(), Vec::new());
    for id in ids(command) {
        let mut held = false;
        shared.note(|seen| held = seen.people.remove(&id).is_some());
        if held {
            done.push(json!({"userid": id, "message": "deleted", "code": "0"}));
        } else {
            failed.push(json!({"userid": id, "message": "not deleted", "code": "40095"}));
        }
    }
    json!({"success_users": done, "failed_users": failed})
}

fn wipe(shared: &Shared, command: &Value) -> Value {
    if command["wipe_options"]["users"] == true {
        shared.note(|seen| seen.people.clear());
    }
    json!({"wipe_options": command["wipe_options"]})
}

fn ids(command: &Value) -> Vec<String> {
    let ids = command["userid_list"].as_array().cloned().unwrap_or_default();
    ids.iter().filter_map(Value::as_str).map(str::to_owned).collect()
}
