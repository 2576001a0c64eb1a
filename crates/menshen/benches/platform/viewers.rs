//! Viewers of the live stream: how long an event takes from the box's upload to the last of many viewers.

use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;

/// Watches until every viewer has seen `events` recognitions, and prints how late they were.
pub(crate) async fn watch(address: &str, token: &str, number: usize, events: usize) {
    let mut viewers = Vec::new();
    for _ in 0..number {
        viewers.push(Viewer::open(address, token).await);
    }
    println!("ready");
    let watching: Vec<_> = viewers.into_iter().map(|viewer| tokio::spawn(viewer.watch(events))).collect();
    let mut late = Vec::new();
    for viewer in watching {
        late.extend(viewer.await.unwrap());
    }
    late.sort_by(f64::total_cmp);
    let report = json!({
        "seen": late.len(),
        "median_ms": super::percentile(&late, 0.5),
        "p99_ms": super::percentile(&late, 0.99),
    });
    println!("{report}");
}

struct Viewer {
    lines: tokio::io::Lines<BufReader<TcpStream>>,
}

impl Viewer {
    async fn open(address: &str, token: &str) -> Self {
        let mut stream = TcpStream::connect(address).await.unwrap();
        let request = format!(
            "GET /api/v1/stream HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer {token}\r\naccept: text/event-stream\r\n\r\n"
        );
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut lines = BufReader::new(stream).lines();
        let status = lines.next_line().await.unwrap().unwrap();
        assert!(status.contains("200"), "{status}");
        while !lines.next_line().await.unwrap().unwrap().contains("hello") {}
        Self { lines }
    }

    /// Milliseconds from the arrival of each event at the platform to its arrival here.
    async fn watch(mut self, events: usize) -> Vec<f64> {
        let (mut late, mut is_event) = (Vec::new(), false);
        while late.len() < events {
            let line = self.lines.next_line().await.unwrap().unwrap();
            if let Some(kind) = line.strip_prefix("event:") {
                is_event = kind.trim() == "event";
            } else if let Some(data) = line.strip_prefix("data:").filter(|_| is_event) {
                let data: Value = serde_json::from_str(data).unwrap();
                let arrived = data["realtime_at"].as_i64().or(data["history_at"].as_i64()).unwrap();
                let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis() as i64;
                late.push((now - arrived) as f64);
            }
        }
        late
    }
}
