//! The console's listener and its sessions.

mod listener;
mod live;
mod session;

use std::net::IpAddr;

use reqwest::{Client, Method, RequestBuilder, Response, header};
use serde_json::{Value, json};

use crate::support::Agent;

/// Somebody at the console, by plain HTTP from this computer.
struct Browser {
    client: Client,
    base: String,
    /// What the last login or change of the password has set.
    cookie: String,
}

impl Browser {
    fn at(agent: &Agent) -> Self {
        Self::from(agent, [127, 0, 0, 1])
    }

    /// One that calls from another address of this computer.
    fn from(agent: &Agent, address: [u8; 4]) -> Self {
        // Installs what TLS needs.
        edge::http::client().unwrap();
        let client = Client::builder().local_address(IpAddr::from(address)).build().unwrap();
        Self { client, base: format!("http://{}", console(agent)), cookie: String::new() }
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.client.request(method, format!("{}{path}", self.base));
        if self.cookie.is_empty() { request } else { request.header(header::COOKIE, &self.cookie) }
    }

    async fn get(&self, path: &str) -> (u16, Value) {
        answer(self.request(Method::GET, path)).await
    }

    /// Logs in; on success the session's cookie goes along from now on.
    async fn log_in(&mut self, password: &str) -> (u16, Value) {
        let asked = self.request(Method::POST, "/api/v1/session").json(&json!({"password": password}));
        self.keep(asked).await
    }

    async fn change(&mut self, old: &str, new: &str) -> (u16, Value) {
        let asked = self.request(Method::PUT, "/api/v1/session/password");
        self.keep(asked.json(&json!({"old": old, "new": new}))).await
    }

    async fn keep(&mut self, asked: RequestBuilder) -> (u16, Value) {
        let answer = asked.send().await.unwrap();
        if let Some(cookie) = set_cookie(&answer) {
            self.cookie = cookie.split(';').next().unwrap().to_owned();
        }
        (answer.status().as_u16(), answer.json().await.unwrap_or_default())
    }
}

/// The address of an agent's console.
fn console(agent: &Agent) -> String {
    std::fs::read_to_string(agent.directory.path().join("console.addr")).unwrap()
}

fn set_cookie(answer: &Response) -> Option<String> {
    Some(answer.headers().get(header::SET_COOKIE)?.to_str().unwrap().to_owned())
}

async fn answer(request: RequestBuilder) -> (u16, Value) {
    let answer = request.send().await.unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap_or_default())
}
