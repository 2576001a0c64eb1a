//! Running a program of the system: bounded in time, its words bounded in length.

use std::io;
use std::process::{Output, Stdio};
use std::time::Duration;

use tokio::process::Command;

/// Longest complaint that is shown, characters.
const LONGEST: usize = 200;

/// Runs `program` to its end.
///
/// # Errors
/// It is not there, cannot be started, or does not end in time.
pub(super) async fn run(program: &str, arguments: &[&str], limit: Duration) -> io::Result<Output> {
    let running = Command::new(program).args(arguments).stdin(Stdio::null()).kill_on_drop(true).output();
    match tokio::time::timeout(limit, running).await {
        Ok(done) => done,
        Err(_) => Err(io::Error::new(
            io::ErrorKind::TimedOut,
            format!("{program} did not end within {} s", limit.as_secs()),
        )),
    }
}

/// The last line of what a program said, fit to be shown.
pub(super) fn last_line(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let line = text.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or_default();
    line.chars().filter(|c| !c.is_control()).take(LONGEST).collect()
}
