//! Every documented call of the box's own interface, over HTTP, as an old integration makes them.

mod groups;
mod receivers;
mod users;
mod wipe;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::Agent;

const PERMISSIONS: &str = "/SophonFogSys/api/permissions";
const GROUPS: &str = "/SophonFogSys/api/groups";
const GROUP_USERS: &str = "/SophonFogSys/api/GroupUsers";
const USERS: &str = "/SophonFogSys/api/users";
const WIPE: &str = "/SophonFogSys/api/WipeData";

/// Status and body of the answer to a JSON request; `null` sends no body.
async fn call(agent: &Agent, method: Method, path: &str, body: Value) -> (u16, Value) {
    let request = agent.request(|client, url| client.request(method, url), path);
    let request = if body.is_null() { request } else { request.json(&body) };
    answer(request).await
}

async fn answer(request: reqwest::RequestBuilder) -> (u16, Value) {
    let answer = request.send().await.unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap_or_default())
}

/// The data of a call that must succeed.
async fn data(agent: &Agent, method: Method, path: &str, body: Value) -> Value {
    let (status, reply) = call(agent, method.clone(), path, body).await;
    assert_eq!(status, 200, "{method} {path}: {reply}");
    reply["data"].clone()
}

/// The HTTP status and the code of a call that must be refused with an error object.
async fn refused(agent: &Agent, method: Method, path: &str, body: Value) -> (u16, i64) {
    let (status, reply) = call(agent, method.clone(), path, body).await;
    let error = &reply["error"];
    assert!(error["message"].is_string() && error["status"].is_string(), "{method} {path}: {status} {reply}");
    assert!(error["reason"].is_string() && error["details"].is_object(), "{method} {path}: {status} {reply}");
    (status, error["code"].as_i64().unwrap())
}

fn base64(bytes: &[u8]) -> String {
    BASE64_STANDARD.encode(bytes)
}

/// A person as an integration sends one.
fn person(id: &str, photo: &[u8]) -> Value {
    json!({"identity_id": id, "reg_photo": base64(photo), "group_name": "default_group", "info": {"name": "小王", "type": 1}})
}
