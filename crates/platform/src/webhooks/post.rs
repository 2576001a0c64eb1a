//! One attempt: a signed POST with limits on its time and on what is read of the answer.

use std::error::Error as _;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use reqwest::header::{CONTENT_TYPE, RETRY_AFTER};
use reqwest::redirect::{Attempt, Policy};
use reqwest::{Client, Response};
use serde_json::Value;
use url::Url;

use super::batch::Job;
use super::message::{self, Pictures};
use super::progress::{Answer, Reply, answer_of};
use super::worker::Way;
use super::{keep, signature};
use crate::app::App;
use crate::clock;
use crate::db::webhook::Webhook;
use crate::refusal::Refusal;

/// A receiver takes the connection within this time,
const CONNECT: Duration = Duration::from_secs(5);
/// and has answered within this one.
const WHOLE: Duration = Duration::from_secs(10);
/// Redirects followed, all within the receiver's own origin.
const REDIRECTS: usize = 3;
/// What is read and kept of an answer, in bytes.
const ANSWER: usize = 512;

/// The header with the id of what is told.
const EVENT_ID: &str = "Menshen-Event-Id";
/// The header with the id of the webhook.
const WEBHOOK_ID: &str = "Menshen-Webhook-Id";

/// The client all webhooks use.
///
/// # Errors
/// When TLS cannot be set up.
pub(crate) fn client() -> reqwest::Result<Client> {
    Client::builder()
        .connect_timeout(CONNECT)
        .timeout(WHOLE)
        .redirect(Policy::custom(follow))
        .user_agent(concat!("Menshen/", env!("CARGO_PKG_VERSION")))
        .build()
}

/// A redirect keeps method and body and stays within the origin: what is told is for nobody else.
fn follow(attempt: Attempt<'_>) -> reqwest::redirect::Action {
    let first = attempt.previous().first().map(Url::origin);
    let keeps_body = matches!(attempt.status().as_u16(), 307 | 308);
    if keeps_body && first == Some(attempt.url().origin()) && attempt.previous().len() <= REDIRECTS {
        attempt.follow()
    } else {
        attempt.stop()
    }
}

/// How one webhook is told.
pub(crate) struct Post {
    app: Arc<App>,
    client: Client,
    webhook: String,
    url: Url,
    secret: String,
    pictures: Pictures,
}

impl Post {
    /// Opens what is sealed.
    pub(crate) fn of(app: &Arc<App>, client: Client, webhook: &Webhook) -> Result<Self, Refusal> {
        Ok(Self {
            app: Arc::clone(app),
            client,
            webhook: webhook.id.clone(),
            url: keep::url_of(app, webhook)?,
            secret: keep::open(app, &webhook.id, keep::Part::Secret, &webhook.settings.secret)?,
            pictures: Pictures::of(&webhook.settings.pictures),
        })
    }

    /// Sends one message and tells what came back.
    pub(crate) async fn send(&self, event_id: &str, message: &Value) -> Reply {
        let body = Bytes::from(message.to_string());
        let signed = signature::sign(&self.secret, clock::now() / 1000, &body);
        let began = Instant::now();
        let request = self
            .client
            .post(self.url.clone())
            .header(CONTENT_TYPE, "application/json")
            .header(EVENT_ID, event_id)
            .header(WEBHOOK_ID, &self.webhook)
            .header(signature::HEADER, signed)
            .body(body);
        let mut reply = match request.send().await {
            Ok(response) => read(response).await,
            Err(error) => silence(&error),
        };
        reply.took_ms = i64::try_from(began.elapsed().as_millis()).unwrap_or(i64::MAX);
        let counts = &self.app.counts;
        match reply.answer {
            Answer::Taken => counts.webhooks_taken.add(),
            Answer::Refused | Answer::Gone => counts.webhooks_refused.add(),
            Answer::Silent => counts.webhooks_unanswered.add(),
        }
        tracing::debug!(
            webhook = self.webhook,
            told_as = event_id,
            event_id = message["subject"].as_str(),
            status = reply.status,
            took_ms = reply.took_ms,
            "webhook told"
        );
        reply
    }
}

impl Way for Post {
    async fn tell(&self, job: &Job) -> Reply {
        let base = self.app.config.http.public_url.as_ref().map_or("", Url::as_str);
        let mut message = message::body(&job.entry, job.event.clone(), self.pictures, base);
        let spot = job.event.as_ref().and_then(|event| event.spot_key.as_deref());
        if let (Pictures::Inline, Some(key)) = (self.pictures, spot) {
            message::add_picture(&mut message, &self.app.blobs, key).await;
        }
        self.send(&job.event_id(), &message).await
    }
}

/// The status and the first bytes; the rest is not read.
async fn read(mut response: Response) -> Reply {
    let status = response.status();
    let retry_after =
        response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.parse::<i64>().ok());
    let mut body = Vec::new();
    while body.len() < ANSWER {
        match response.chunk().await {
            Ok(Some(chunk)) => body.extend_from_slice(&chunk[..chunk.len().min(ANSWER - body.len())]),
            // What it said before is enough.
            Ok(None) | Err(_) => break,
        }
    }
    let answer = answer_of(status.as_u16());
    let error = match answer {
        Answer::Taken => None,
        _ if status.is_redirection() => {
            Some("redirects elsewhere: give the webhook the address it redirects to".to_owned())
        }
        _ => Some(format!("answered {status}")),
    };
    Reply {
        answer,
        status: Some(status.as_u16()),
        took_ms: 0,
        // Text columns hold no NUL.
        body: String::from_utf8_lossy(&body).replace('\0', " "),
        error,
        retry_after: retry_after.map(|seconds| seconds.saturating_mul(1000)),
    }
}

/// No answer. The words never hold the address, which may carry credentials.
fn silence(error: &reqwest::Error) -> Reply {
    let words = if error.is_timeout() && error.is_connect() {
        format!("no connection within {} s", CONNECT.as_secs())
    } else if error.is_timeout() {
        format!("no answer within {} s", WHOLE.as_secs())
    } else {
        let mut cause: &dyn std::error::Error = error;
        while let Some(deeper) = cause.source() {
            cause = deeper;
        }
        let what = if error.is_connect() { "cannot be reached" } else { "the connection broke" };
        if error.source().is_none() { what.to_owned() } else { format!("{what}: {cause}") }
    };
    Reply {
        answer: Answer::Silent,
        status: None,
        took_ms: 0,
        body: String::new(),
        error: Some(words),
        retry_after: None,
    }
}
