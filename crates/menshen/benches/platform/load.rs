//! A closed loop: every connection sends its next request as soon as the answer to the last is there. The least HTTP that
//! does, so that on a small machine the load costs little beside what is measured.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// What is replaced by a time that no other request has.
const TIME: &str = "@TIME@";

/// What is sent, and where.
pub(crate) struct Load<'a> {
    pub(crate) address: &'a str,
    pub(crate) path: &'a str,
    pub(crate) token: &'a str,
    pub(crate) body: &'a str,
}

/// One connection's part.
struct Part {
    address: String,
    before: String,
    after: String,
    next: Arc<AtomicU64>,
    end: Instant,
}

impl Load<'_> {
    /// Loads for `seconds` and prints what came of it.
    pub(crate) async fn run(&self, connections: usize, seconds: f64) {
        let (head, tail) = self.body.split_once(TIME).unwrap();
        let length = head.len() + tail.len() + 13;
        let before = format!(
            "POST {} HTTP/1.1\r\nhost: {}\r\nauthorization: Bearer {}\r\ncontent-type: application/json\r\n\
             content-length: {length}\r\n\r\n{head}",
            self.path, self.address, self.token
        );
        let next = Arc::new(AtomicU64::new(first_time()));
        let begin = Instant::now();
        let end = begin + Duration::from_secs_f64(seconds);
        let parts: Vec<_> = (0..connections)
            .map(|_| {
                let (address, next) = (self.address.to_owned(), Arc::clone(&next));
                let part = Part { address, before: before.clone(), after: tail.to_owned(), next, end };
                tokio::spawn(part.run())
            })
            .collect();
        let (mut times, mut failed) = (Vec::new(), 0);
        for part in parts {
            let (took, refused) = part.await.unwrap();
            times.extend(took);
            failed += refused;
        }
        let elapsed = begin.elapsed().as_secs_f64();
        times.sort_by(f64::total_cmp);
        let report = json!({
            "requests": times.len(),
            "failed": failed,
            "seconds": elapsed,
            "median_ms": super::percentile(&times, 0.5),
            "p99_ms": super::percentile(&times, 0.99),
        });
        println!("{report}");
    }
}

/// The time of the first request, milliseconds: of the last weeks, and such that loads that begin a second apart have no time in common.
fn first_time() -> u64 {
    const APART: u64 = 200_000;
    const LOADS: u64 = 10_000;
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    now.as_millis() as u64 - APART * (1 + LOADS) + APART * (now.as_secs() % LOADS)
}

impl Part {
    async fn run(self) -> (Vec<f64>, u64) {
        let mut stream = TcpStream::connect(&self.address).await.unwrap();
        stream.set_nodelay(true).unwrap();
        let (mut times, mut failed, mut answer) = (Vec::new(), 0, Vec::new());
        while Instant::now() < self.end {
            let number = self.next.fetch_add(1, Ordering::Relaxed);
            let request = format!("{}{number}{}", self.before, self.after);
            let begin = Instant::now();
            stream.write_all(request.as_bytes()).await.unwrap();
            let status = read_answer(&mut stream, &mut answer).await;
            times.push(begin.elapsed().as_secs_f64() * 1e3);
            failed += u64::from(status != 200);
        }
        (times, failed)
    }
}

/// Reads one answer that carries its length; answers its status.
async fn read_answer(stream: &mut TcpStream, answer: &mut Vec<u8>) -> u16 {
    answer.clear();
    loop {
        assert!(stream.read_buf(answer).await.unwrap() > 0, "the server closed the connection");
        let Some(end) = answer.windows(4).position(|four| four == b"\r\n\r\n") else { continue };
        let head = std::str::from_utf8(&answer[..end]).unwrap().to_ascii_lowercase();
        let length = head.lines().find_map(|line| line.strip_prefix("content-length:"));
        let length: usize = length.unwrap_or("0").trim().parse().unwrap();
        if answer.len() >= end + 4 + length {
            return head.split(' ').nth(1).unwrap().parse().unwrap();
        }
    }
}
