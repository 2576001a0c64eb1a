//! Screens in browsers: pads that are paired once, and greeting screens with what they show.

mod media;
mod pairing;
mod welcome;

use reqwest::header::{COOKIE, HeaderMap, SET_COOKIE};
use reqwest::{Method, RequestBuilder};
use serde_json::Value;

use crate::support::Agent;

/// A call with the box's token; `null` sends no body.
async fn call(agent: &Agent, method: Method, path: &str, body: Value) -> (u16, Value) {
    let request = agent.request(|client, url| client.request(method, url), path);
    let request = if body.is_null() { request } else { request.json(&body) };
    answer(request).await
}

async fn answer(request: RequestBuilder) -> (u16, Value) {
    let answer = request.send().await.unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap_or_default())
}

/// A browser: no token, perhaps a cookie.
fn browser(agent: &Agent, method: Method, path: &str, cookie: &str) -> RequestBuilder {
    let request = edge::http::client().unwrap().request(method, format!("{}{path}", agent.api));
    if cookie.is_empty() { request } else { request.header(COOKIE, cookie) }
}

/// The cookie an answer sets, as it is sent back, and its attributes.
fn cookie(headers: &HeaderMap) -> (String, String) {
    let text = headers[SET_COOKIE].to_str().unwrap();
    let (pair, attributes) = text.split_once(';').unwrap();
    (pair.to_owned(), attributes.to_owned())
}
