use std::time::Duration;

use futures_util::StreamExt;
use serde_json::{Value, json};

use crate::events::{START, event, joined, upload};
use crate::harness::{PATIENCE, Platform, User};

type Chunks =
    std::pin::Pin<Box<dyn futures_util::Stream<Item = Result<bytes::Bytes, reqwest::Error>> + Send>>;

/// A stream read frame by frame.
pub(crate) struct Viewer {
    chunks: Chunks,
    seen: String,
}

/// One server-sent event.
#[derive(Debug, PartialEq)]
pub(crate) struct Frame {
    pub(crate) id: Option<i64>,
    pub(crate) kind: String,
    pub(crate) data: Value,
}

impl Viewer {
    pub(crate) async fn open(user: &User, asked: &str, last_seen: Option<i64>) -> Self {
        let request = user.client.get(format!("{}/api/v1/stream{asked}", user.base)).bearer_auth(&user.token);
        let request = match last_seen {
            Some(id) => request.header("last-event-id", id.to_string()),
            None => request,
        };
        let response = request.timeout(Duration::from_secs(600)).send().await.unwrap();
        assert_eq!(response.status(), 200);
        Self { chunks: Box::pin(response.bytes_stream()), seen: String::new() }
    }

    pub(crate) async fn next(&mut self) -> Frame {
        loop {
            if let Some((frame, rest)) = self.seen.split_once("\n\n") {
                let (frame, rest) = (frame.to_owned(), rest.to_owned());
                self.seen = rest;
                if frame.starts_with(':') {
                    continue;
                }
                let field = |name: &str| {
                    frame
                        .lines()
                        .find_map(|line| line.strip_prefix(name))
                        .map(|value| value.trim().to_owned())
                };
                return Frame {
                    id: field("id:").map(|id| id.parse().unwrap()),
                    kind: field("event:").unwrap(),
                    data: serde_json::from_str(&field("data:").unwrap()).unwrap(),
                };
            }
            let chunk = tokio::time::timeout(PATIENCE, self.chunks.next()).await.unwrap();
            self.seen.push_str(std::str::from_utf8(&chunk.unwrap().unwrap()).unwrap());
        }
    }

    /// The next so many, past the greeting.
    async fn take(&mut self, count: usize) -> Vec<Frame> {
        let mut frames = Vec::new();
        while frames.len() < count {
            let frame = self.next().await;
            frames.extend((frame.kind != "hello").then_some(frame));
        }
        frames
    }
}

fn person(frame: &Frame) -> &str {
    frame.data["identity_id"].as_str().unwrap_or_default()
}

#[tokio::test]
async fn a_viewer_that_comes_back_misses_nothing_and_sees_nothing_twice() {
    let platform = Platform::start().await;
    let admin = platform.admin().await;
    let (_, query) = joined(&platform, &admin).await;
    let batch = |from: i64, count: i64| {
        let events: Vec<Value> = (from..from + count)
            .map(|n| {
                let mut event = event(&n.to_string(), START + n, 1);
                event["ext_data"].as_object_mut().unwrap().remove("spot_pic");
                event
            })
            .collect();
        json!(events)
    };
    let mut first = Viewer::open(&admin, "", None).await;
    assert_eq!(first.next().await.kind, "hello");
    upload(&platform, "/device/records", &query, &batch(0, 3)).await;
    let seen = first.take(2).await;
    assert_eq!(seen.iter().map(person).collect::<Vec<_>>(), ["0", "1"]);
    let last = seen[1].id.unwrap();
    drop(first);

    // While it is away, and while it catches up, things happen.
    upload(&platform, "/device/records", &query, &batch(3, 700)).await;
    let mut again = Viewer::open(&admin, "", Some(last)).await;
    upload(&platform, "/device/records", &query, &batch(703, 300)).await;
    let told = again.take(1_001).await;
    let people: Vec<String> = told.iter().map(|frame| person(frame).to_owned()).collect();
    assert_eq!(people, (2..1_003).map(|n: i64| n.to_string()).collect::<Vec<_>>());
    let ids: Vec<i64> = told.iter().map(|frame| frame.id.unwrap()).collect();
    assert_eq!(ids, (last + 1..=last + 1_001).collect::<Vec<_>>());

    // The same by the query; and numbers that were never given.
    let mut asked = Viewer::open(&admin, &format!("?after={}", last + 1_000), None).await;
    assert_eq!(person(&asked.take(1).await[0]), "1002");
    let mut future = Viewer::open(&admin, "?after=1000000", None).await;
    assert_eq!(future.take(1).await[0].kind, "trimmed");
    upload(&platform, "/device/records", &query, &batch(2_000, 1)).await;
    assert_eq!(person(&future.take(1).await[0]), "2000");
    let response = admin.client.get(format!("{}/api/v1/stream", admin.base)).bearer_auth(&admin.token);
    assert_eq!(response.header("last-event-id", "x").send().await.unwrap().status(), 422);
}

#[tokio::test]
async fn viewers_see_what_they_asked_for() {
    let platform = Platform::start().await;
    let admin = platform.admin().await;
    let (north, query) = joined(&platform, &admin).await;
    let (_, other) = joined(&platform, &admin).await;
    admin.patch(&format!("/api/v1/boxes/{north}"), json!({"site": "north"})).await.expect(200);
    let asked = [
        "?site=north&type=4,3",
        "?stranger=false&kind=event",
        "?kind=box",
        &format!("?dev_sno={north}&identity_id=2"),
    ];
    let mut viewers = Vec::new();
    for asked in asked {
        let mut viewer = Viewer::open(&admin, asked, None).await;
        assert_eq!(viewer.next().await.kind, "hello");
        viewers.push(viewer);
    }
    upload(&platform, "/device/realtime", &other, &event("1", START, 3)).await;
    upload(&platform, "/device/realtime", &query, &event("2", START, 4)).await;
    upload(&platform, "/device/realtime", &other, &event("3", START, 5)).await;
    upload(&platform, "/device/realtime", &query, &event("4", START, 3)).await;
    let beat = json!({"devSno": north, "gateway_status": "online"});
    upload(&platform, "/device/status", &query, &beat).await;
    let people = |frames: Vec<Frame>| frames.iter().map(|frame| person(frame).to_owned()).collect::<Vec<_>>();
    assert_eq!(people(viewers[0].take(2).await), ["2", "4"]);
    assert_eq!(people(viewers[1].take(3).await), ["1", "3", "4"]);
    let told = viewers[2].take(1).await.remove(0);
    assert_eq!(
        (told.kind.as_str(), &told.data["dev_sno"], &told.data["state"]),
        ("box", &json!(north), &json!("online"))
    );
    assert_eq!(people(viewers[3].take(1).await), ["2"]);
    for bad in ["?type=one", "?colour=red", "?kind="] {
        assert_eq!(admin.get(&format!("/api/v1/stream{bad}")).await.refused(422).0, "invalid", "{bad}");
    }
}

#[tokio::test]
async fn viewers_see_events_as_they_happen_and_the_stream_ends_with_the_platform() {
    let mut platform = Platform::start().await;
    let admin = platform.admin().await;
    let (_, query) = joined(&platform, &admin).await;
    let response = admin.raw("/api/v1/stream").await;
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    let mut chunks = response.bytes_stream();
    let mut seen = String::new();
    let read_until = async |seen: &mut String,
                            chunks: &mut (dyn futures_util::Stream<Item = _> + Unpin + Send),
                            word: &str| {
        // A frame may come in pieces.
        while !(seen.contains(word) && seen.ends_with("\n\n")) {
            let chunk: Result<bytes::Bytes, reqwest::Error> =
                tokio::time::timeout(PATIENCE, chunks.next()).await.unwrap().unwrap();
            seen.push_str(std::str::from_utf8(&chunk.unwrap()).unwrap());
        }
    };
    read_until(&mut seen, &mut chunks, "event: hello").await;
    upload(&platform, "/device/realtime", &query, &event("1001", START, 1)).await;
    read_until(&mut seen, &mut chunks, "event: event").await;
    let data =
        seen.lines().rfind(|line| line.starts_with("data:")).unwrap().trim_start_matches("data:").trim();
    let told: Value = serde_json::from_str(data).unwrap();
    let shown = admin.get(&format!("/api/v1/events/{}", told["id"].as_str().unwrap())).await.expect(200);
    assert_eq!(told, shown);
    assert_eq!(told["identity_id"], json!("1001"));

    platform.life.stop();
    while chunks.next().await.is_some() {}
    tokio::time::timeout(PATIENCE, &mut platform.served).await.unwrap().unwrap().unwrap();
}

#[tokio::test]
async fn a_viewer_that_does_not_read_is_told_what_it_missed_and_nobody_waits_for_it() {
    let platform = Platform::start().await;
    let admin = platform.admin().await;
    let (_, query) = joined(&platform, &admin).await;
    let mut chunks = admin.raw("/api/v1/stream").await.bytes_stream();
    let start = START;
    for batch in 0..60 {
        let events: Vec<Value> = (0..100)
            .map(|n| {
                let mut event = event("1001", start + batch * 100 + n, 1);
                event["ext_data"]["spot_pic"] = Value::Null;
                event["ext_data"]["grab_fiqa_info"] = json!({"filler": "x".repeat(2000)});
                event
            })
            .collect();
        upload(&platform, "/device/records", &query, &json!(events)).await;
    }
    let mut seen = String::new();
    while !seen.contains("event: lagged") {
        let chunk = tokio::time::timeout(PATIENCE, chunks.next()).await.unwrap().unwrap().unwrap();
        seen.push_str(&String::from_utf8_lossy(&chunk));
    }
    assert!(seen.contains("\"missed\":"), "{}", &seen[seen.len() - 200..]);
}
