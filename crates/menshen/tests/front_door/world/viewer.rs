//! Somebody who watches live events, and notes what was shown.

use std::sync::{Arc, Mutex, PoisonError};

use reqwest::{Client, Response};
use serde_json::Value;
use tokio::task::JoinHandle;

/// An open stream of events. It ends when it is dropped.
pub(crate) struct Viewer {
    shown: Arc<Mutex<Vec<Shown>>>,
    reading: JoinHandle<()>,
}

/// One event as it was shown.
#[derive(Clone, Debug)]
pub(crate) struct Shown {
    /// Its number in the stream.
    pub(crate) number: u64,
    pub(crate) event: Value,
}

impl Viewer {
    /// Watches at `base` from now on.
    pub(crate) async fn start(base: &str, token: &str) -> Self {
        Self::open(base, token, None).await
    }

    /// Watches at `base` what came after this number.
    pub(crate) async fn after(base: &str, token: &str, number: u64) -> Self {
        Self::open(base, token, Some(number)).await
    }

    async fn open(base: &str, token: &str, after: Option<u64>) -> Self {
        let client = Client::builder().no_proxy().build().unwrap();
        let mut request = client.get(format!("{base}/api/v1/stream?kind=event")).bearer_auth(token);
        if let Some(number) = after {
            request = request.header("last-event-id", number);
        }
        let stream = request.send().await.unwrap();
        assert_eq!(stream.status(), 200);
        let shown = Arc::default();
        let reading = tokio::spawn(read(stream, Arc::clone(&shown)));
        Self { shown, reading }
    }

    /// What was shown so far, in order.
    pub(crate) fn shown(&self) -> Vec<Shown> {
        self.shown.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for Viewer {
    fn drop(&mut self) {
        self.reading.abort();
    }
}

/// Reads until the stream ends, however it does.
async fn read(mut stream: Response, shown: Arc<Mutex<Vec<Shown>>>) {
    let mut text = Vec::new();
    while let Ok(Some(chunk)) = stream.chunk().await {
        text.extend_from_slice(&chunk);
        while let Some(end) = text.windows(2).position(|two| two == b"\n\n") {
            let frame: Vec<u8> = text.drain(..end + 2).collect();
            if let Some(one) = event(&String::from_utf8_lossy(&frame)) {
                shown.lock().unwrap_or_else(PoisonError::into_inner).push(one);
            }
        }
    }
}

/// The recognition a frame tells of, if it is one.
fn event(frame: &str) -> Option<Shown> {
    let field = |name: &str| frame.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
    if field("event") != Some("event") {
        return None;
    }
    Some(Shown {
        number: field("id").unwrap().parse().unwrap(),
        event: serde_json::from_str(field("data").unwrap()).unwrap(),
    })
}
