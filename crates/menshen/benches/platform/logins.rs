//! A fleet that comes back after an outage: every box logs in at once, and again after a pause when it is told to wait.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::Semaphore;

/// Sockets this process opens at one time; the platform sees them all at once.
const SOCKETS: usize = 2_000;
/// What a box waits before it tries again.
const PAUSE: Duration = Duration::from_secs(2);

/// Logs in the boxes PREFIX000000, … and prints how long it took until the last was in.
pub(crate) async fn storm(address: &str, prefix: &str, number: usize) {
    let (begin, refused, sockets) =
        (Instant::now(), Arc::new(AtomicUsize::new(0)), Arc::new(Semaphore::new(SOCKETS)));
    let boxes: Vec<_> = (0..number)
        .map(|at| {
            let (address, refused, sockets) =
                (address.to_owned(), Arc::clone(&refused), Arc::clone(&sockets));
            let path = format!("/device/login?dev_sno={prefix}{at:06}&hex_mac=e0a509000000");
            tokio::spawn(async move {
                loop {
                    let place = sockets.acquire().await.unwrap();
                    if log_in(&address, &path).await {
                        return begin.elapsed().as_secs_f64();
                    }
                    drop(place);
                    refused.fetch_add(1, Ordering::Relaxed);
                    tokio::time::sleep(PAUSE).await;
                }
            })
        })
        .collect();
    let mut times = Vec::new();
    for one in boxes {
        times.push(one.await.unwrap());
    }
    times.sort_by(f64::total_cmp);
    let report = json!({
        "boxes": number,
        "told_to_wait": refused.load(Ordering::Relaxed),
        "half_after_s": super::percentile(&times, 0.5),
        "all_after_s": super::percentile(&times, 1.0),
    });
    println!("{report}");
}

/// One attempt on a connection of its own; whether it got a token.
async fn log_in(address: &str, path: &str) -> bool {
    let attempt = async {
        let mut stream = TcpStream::connect(address).await?;
        let request = format!("GET {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await?;
        Ok::<_, std::io::Error>(answer.starts_with(b"HTTP/1.1 200"))
    };
    attempt.await.unwrap_or(false)
}
