//! The operator API, spoken as any integrator would.

use std::time::Duration;

use reqwest::{Client, Method, RequestBuilder};
use serde_json::Value;

use super::Picture;

/// A client with a session.
pub(crate) struct Api {
    /// `http://address`.
    pub(crate) base: String,
    pub(crate) token: String,
    client: Client,
    /// Keeps no connection: a server closes the line on bodies it will not read.
    fresh: Client,
}

impl Api {
    pub(crate) fn new(address: &str) -> Self {
        Self::keeping(address, usize::MAX)
    }

    /// One whose every request is a connection of its own, so that a load balancer has something to give.
    pub(crate) fn spread(address: &str) -> Self {
        Self::keeping(address, 0)
    }

    fn keeping(address: &str, connections: usize) -> Self {
        let builder = || Client::builder().timeout(Duration::from_secs(90)).no_proxy();
        let client = builder().pool_max_idle_per_host(connections).build().unwrap();
        let fresh = builder().pool_max_idle_per_host(0).build().unwrap();
        Self { base: format!("http://{address}"), token: String::new(), client, fresh }
    }

    /// Status and body; 0 when nobody answers.
    pub(crate) async fn call(&self, method: &str, path: &str, body: Option<&Value>) -> (u16, Value) {
        let mut request = self.request(method, path);
        if let Some(body) = body {
            request = request.json(body);
        }
        answer(request).await
    }

    /// As [`Api::call`] with any bytes as the body.
    pub(crate) async fn send(&self, method: &str, path: &str, kind: &str, body: Vec<u8>) -> (u16, Value) {
        answer(self.on(&self.fresh, method, path).header("content-type", kind).body(body)).await
    }

    /// The body of an answer that must be a success.
    pub(crate) async fn must(&self, method: &str, path: &str, body: &Value) -> Value {
        let (status, answer) = self.call(method, path, Some(body)).await;
        assert!((200..300).contains(&status), "{method} {path} answered {status}: {answer}");
        answer
    }

    /// GET that must be a success.
    pub(crate) async fn get(&self, path: &str) -> Value {
        let (status, answer) = self.call("GET", path, None).await;
        assert_eq!(status, 200, "GET {path}: {answer}");
        answer
    }

    /// What GET answers, whatever it is; it must be a success.
    pub(crate) async fn bytes(&self, path: &str) -> Vec<u8> {
        let reply = self.request("GET", path).send().await.unwrap();
        assert_eq!(reply.status(), 200, "GET {path}");
        reply.bytes().await.unwrap().to_vec()
    }

    /// DELETE that must be a success.
    pub(crate) async fn delete(&self, path: &str) -> Value {
        let (status, answer) = self.call("DELETE", path, None).await;
        assert!((200..300).contains(&status), "DELETE {path} answered {status}: {answer}");
        answer
    }

    /// Every row of a list, page by page.
    pub(crate) async fn all(&self, path: &str) -> Vec<Value> {
        let mut rows = Vec::new();
        let mut cursor = None;
        loop {
            let mut request = self.request("GET", path).query(&[("limit", "500")]);
            if let Some(cursor) = &cursor {
                request = request.query(&[("cursor", cursor)]);
            }
            let (status, page) = answer(request).await;
            assert_eq!(status, 200, "GET {path}: {page}");
            rows.extend(page["items"].as_array().unwrap().iter().cloned());
            match page["next"].as_str() {
                Some(next) => cursor = Some(next.to_owned()),
                None => return rows,
            }
        }
    }

    pub(crate) async fn put_photo(&self, id: &str, photo: &Picture) -> (u16, Value) {
        self.send("PUT", &format!("/api/v1/people/{id}/photo"), photo.media_type(), photo.bytes.clone()).await
    }

    fn request(&self, method: &str, path: &str) -> RequestBuilder {
        self.on(&self.client, method, path)
    }

    fn on(&self, client: &Client, method: &str, path: &str) -> RequestBuilder {
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        let request = client.request(method, format!("{}{path}", self.base));
        if self.token.is_empty() { request } else { request.bearer_auth(&self.token) }
    }
}

async fn answer(request: RequestBuilder) -> (u16, Value) {
    let Ok(reply) = request.send().await else { return (0, Value::Null) };
    let status = reply.status().as_u16();
    let body = reply.bytes().await.unwrap_or_default();
    let value = serde_json::from_slice(&body)
        .unwrap_or_else(|_| Value::from(String::from_utf8_lossy(&body).into_owned()));
    (status, value)
}
