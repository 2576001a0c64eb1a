//! One upload: a POST with a time limit, and what its answer means.

use std::time::Duration;

use protocol::{Ack, ErrorObject, Event};
use reqwest::multipart::Form;

use crate::config::Format;
use crate::http;

/// Answers are acknowledgements; more than this is not read.
const MOST_ANSWER: usize = 64 << 10;

/// Sends uploads. Never follows a redirect: a redirected POST arrives as an empty GET, whose success would be none.
#[derive(Debug, Clone)]
pub(super) struct Poster {
    client: reqwest::Client,
}

/// What is sent.
#[derive(Debug)]
pub(super) enum Body {
    /// JSON text.
    Json(String),
    /// Form fields: name and text.
    Form(Vec<(String, String)>),
}

/// What became of an upload; the texts are for status and logs, and hold none of the receiver's own words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Answer {
    /// The receiver has it.
    Accepted,
    /// The receiver does not take our token.
    Unauthorised(String),
    /// The request is larger than the receiver takes.
    TooLarge(String),
    /// The receiver does not take this content.
    Rejected(String),
    /// The receiver cannot take it now: no answer, a failure of its own, or a refusal that says nothing about the content.
    Failed(String),
}

impl Body {
    /// One event, written as its receiver wants it.
    pub(super) fn of(event: &Event, format: Format) -> Self {
        match format {
            Format::Json => Self::Json(event.to_json()),
            Format::FormData => Self::Form(event.to_form()),
        }
    }
}

impl From<String> for Body {
    fn from(json: String) -> Self {
        Self::Json(json)
    }
}

impl Answer {
    pub(super) fn text(&self) -> &str {
        match self {
            Self::Accepted => "accepted",
            Self::Unauthorised(text) | Self::TooLarge(text) | Self::Rejected(text) | Self::Failed(text) => {
                text
            }
        }
    }
}

impl Poster {
    pub(super) fn new() -> Result<Self, reqwest::Error> {
        // The binary has done this first thing; a second time is harmless.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder()
            .connect_timeout(Duration::from_secs(5))
            .redirect(reqwest::redirect::Policy::none())
            .pool_idle_timeout(Duration::from_secs(30))
            .user_agent(concat!("menshen-edge/", env!("CARGO_PKG_VERSION")))
            .build()?;
        Ok(Self { client })
    }

    /// Sends `body` and judges the answer.
    pub(super) async fn post(&self, url: &str, body: impl Into<Body>, limit: Duration) -> Answer {
        let request = self.client.post(url);
        let request = match body.into() {
            Body::Json(text) => request.header("content-type", "application/json").body(text),
            Body::Form(fields) => {
                let add = |form: Form, (name, text): (String, String)| form.text(name, text);
                request.multipart(fields.into_iter().fold(Form::new(), add))
            }
        };
        match http::beginning(request, limit, MOST_ANSWER).await {
            Ok((status, answer)) => judge(status, &answer),
            Err(error) => Answer::Failed(error.to_string()),
        }
    }
}

fn judge(status: u16, answer: &[u8]) -> Answer {
    if (200..300).contains(&status) && is_web_page(answer) {
        return Answer::Failed(format!(
            "HTTP {status}, but a web page: something else answers in the receiver's place"
        ));
    }
    if Ack::judge(status, answer) {
        return Answer::Accepted;
    }
    let text = match ErrorObject::find(answer) {
        Some(error) => format!("HTTP {status}, code {}", error.code),
        None => format!("HTTP {status}"),
    };
    match status {
        401 => Answer::Unauthorised(text),
        413 => Answer::TooLarge(text),
        408 | 425 | 429 => Answer::Failed(text),
        400..=499 => Answer::Rejected(text),
        200..=299 => Answer::Failed(format!("{text}, but its body says failure")),
        _ => Answer::Failed(text),
    }
}

/// A proxy's or a hotel's page is no receiver's word, whatever its status says.
fn is_web_page(answer: &[u8]) -> bool {
    let start = answer.trim_ascii_start();
    let begins =
        |word: &str| start.get(..word.len()).is_some_and(|s| s.eq_ignore_ascii_case(word.as_bytes()));
    begins("<!doctype html") || begins("<html")
}

#[cfg(test)]
mod tests {
    use super::{Answer, judge};

    #[test]
    fn answers_are_judged_by_status_and_body() {
        let accepted: [(u16, &[u8]); 4] =
            [(200, b""), (204, b""), (200, b"thanks"), (201, br#"{"status":0,"message":"ok","data":null}"#)];
        for (status, body) in accepted {
            assert_eq!(judge(status, body), Answer::Accepted);
        }
        assert!(matches!(judge(200, br#"{"status":1}"#), Answer::Failed(_)));
        assert!(matches!(
            judge(200, br#"{"error":{"code":50072,"message":"","status":""}}"#),
            Answer::Failed(_)
        ));
        assert!(matches!(judge(200, b"\n<!DOCTYPE HTML><p>welcome"), Answer::Failed(_)));
        assert!(matches!(judge(302, b""), Answer::Failed(_)));
        assert!(matches!(judge(500, b""), Answer::Failed(_)));
        assert!(matches!(judge(429, b""), Answer::Failed(_)));
        assert!(matches!(judge(401, b""), Answer::Unauthorised(_)));
        assert!(matches!(judge(413, b""), Answer::TooLarge(_)));
        assert!(matches!(judge(422, b""), Answer::Rejected(_)));
    }
}
