use std::time::Duration;

use futures_util::StreamExt;
use serde_json::{Value, json};

use crate::events::{event, joined, upload};
use crate::harness::Platform;

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
        while !seen.contains(word) {
            let chunk: Result<bytes::Bytes, reqwest::Error> =
                tokio::time::timeout(Duration::from_secs(10), chunks.next()).await.unwrap().unwrap();
            seen.push_str(std::str::from_utf8(&chunk.unwrap()).unwrap());
        }
    };
    read_until(&mut seen, &mut chunks, "event: hello").await;
    upload(&platform, "/device/realtime", &query, &event("1001", 1_790_000_000_000, 1)).await;
    read_until(&mut seen, &mut chunks, "event: event").await;
    read_until(&mut seen, &mut chunks, "\"reason\"").await;
    let data =
        seen.lines().rfind(|line| line.starts_with("data:")).unwrap().trim_start_matches("data:").trim();
    let told: Value = serde_json::from_str(data).unwrap();
    let shown = admin.get(&format!("/api/v1/events/{}", told["id"].as_str().unwrap())).await.expect(200);
    assert_eq!(told, shown);
    assert_eq!(told["identity_id"], json!("1001"));

    platform.life.stop();
    while chunks.next().await.is_some() {}
    tokio::time::timeout(Duration::from_secs(5), &mut platform.served).await.unwrap().unwrap().unwrap();
}

#[tokio::test]
async fn a_viewer_that_does_not_read_is_told_what_it_missed_and_nobody_waits_for_it() {
    let platform = Platform::start().await;
    let admin = platform.admin().await;
    let (_, query) = joined(&platform, &admin).await;
    let mut chunks = admin.raw("/api/v1/stream").await.bytes_stream();
    let start = 1_790_000_000_000_i64;
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
        let chunk =
            tokio::time::timeout(Duration::from_secs(10), chunks.next()).await.unwrap().unwrap().unwrap();
        seen.push_str(&String::from_utf8_lossy(&chunk));
    }
    assert!(seen.contains("\"missed\":"), "{}", &seen[seen.len() - 200..]);
}
