//! The receiver's HTTP side: one handler for every path, so that nothing a box sends goes unseen.

use std::future::IntoFuture as _;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{DefaultBodyLimit, OriginalUri, Request, State};
use axum::http::{Method, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::serve::Listener;
use runtime::net::{Connection, Places};
use serde_json::json;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::{Desk, Fate, Kind, read};

/// Largest body, in bytes: a hundred events with two pictures each.
pub(super) const LARGEST: usize = 64 * 1024 * 1024;
/// Connections at one time.
const CONNECTIONS: usize = 16;
/// A connection on which nothing moves for this long is closed.
const SILENCE: Duration = Duration::from_secs(60);
/// What is left to requests in progress at the end.
const LAST_MOMENT: Duration = Duration::from_millis(500);

struct Door(Places);

impl Listener for Door {
    type Io = Connection;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Connection, SocketAddr) {
        self.0.accept().await
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.0.local_addr()
    }
}

pub(super) async fn run(listener: TcpListener, desk: Arc<Desk>, stop: CancellationToken) {
    let router = Router::new().fallback(take).layer(DefaultBodyLimit::max(LARGEST)).with_state(desk);
    let door = Door(Places::new(listener, CONNECTIONS, SILENCE));
    let serving = axum::serve(door, router).with_graceful_shutdown(stop.clone().cancelled_owned());
    let overtime = async {
        stop.cancelled().await;
        tokio::time::sleep(LAST_MOMENT).await;
    };
    tokio::select! {
        _ = serving.into_future() => {}
        () = overtime => {}
    }
}

/// Whatever comes.
async fn take(State(desk): State<Arc<Desk>>, OriginalUri(uri): OriginalUri, request: Request) -> Response {
    let path = uri.path().to_owned();
    if !matches!(*request.method(), Method::POST | Method::PUT) {
        return refusal(
            StatusCode::METHOD_NOT_ALLOWED,
            "events come by POST: /RealTimeEvent, /HistoryEvent, /DeviceStatus",
        );
    }
    let fate = desk.fate();
    tokio::time::sleep(desk.options.delay).await;
    match fate {
        Fate::Hang => {
            desk.tally().failed();
            return std::future::pending().await;
        }
        Fate::Fail => {
            desk.tally().failed();
            desk.note(&format!("{path}: answered 500, as asked"));
            return refusal(StatusCode::INTERNAL_SERVER_ERROR, "failing, as asked");
        }
        Fate::Refuse => {
            desk.tally().failed();
            desk.note(&format!("{path}: refused, as asked"));
            return refusal(StatusCode::OK, "refused, as asked");
        }
        Fate::Answer => {}
    }
    match read::items(request).await {
        Ok(items) => {
            // Pictures are decoded and written: not on a thread of the async runtime.
            let work = tokio::task::spawn_blocking(move || desk.take(kind(&path), &path, items));
            if work.await.is_err() {
                return refusal(StatusCode::INTERNAL_SERVER_ERROR, "taking it broke down");
            }
            answer(StatusCode::OK, &json!({"status": 0, "message": "ok", "data": null}))
        }
        Err((status, reason)) => {
            desk.tally().unreadable();
            desk.note(&format!("{path}: cannot be read: {reason}"));
            refusal(status, &reason)
        }
    }
}

fn kind(path: &str) -> Kind {
    let last = path.trim_end_matches('/').rsplit('/').next().unwrap_or_default().to_ascii_lowercase();
    match last.as_str() {
        "realtimeevent" | "sophonfogrelevent" => Kind::RealTime,
        "historyevent" | "sophonfoghistoryevent" => Kind::History,
        "devicestatus" | "sophonfogstatus" => Kind::Status,
        _ => Kind::Other,
    }
}

fn refusal(status: StatusCode, reason: &str) -> Response {
    answer(status, &json!({"status": 1, "message": reason, "data": null}))
}

fn answer(status: StatusCode, body: &serde_json::Value) -> Response {
    (status, [(header::CONTENT_TYPE, "application/json")], body.to_string()).into_response()
}
