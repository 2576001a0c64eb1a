//! Files from their maker's own address: over HTTPS only, with short patience and no more bytes than the file has.

use std::error::Error;
use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::time::Duration;

use super::fetch::Refused;

/// Longest time until the address answers.
const CONNECT_PATIENCE: Duration = Duration::from_secs(8);

/// Longest time without a byte.
const READ_PATIENCE: Duration = Duration::from_secs(15);

/// Longest time for the whole file.
const PATIENCE: Duration = Duration::from_secs(120);

/// Downloads the file at `url`, which has `bytes` bytes, into `dir`.
pub(super) async fn get(dir: &Path, url: &str, bytes: u64) -> Result<(), Refused> {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder()
        .https_only(true)
        .redirect(reqwest::redirect::Policy::limited(3))
        .connect_timeout(CONNECT_PATIENCE)
        .read_timeout(READ_PATIENCE)
        .timeout(PATIENCE)
        .build()
        .map_err(|e| Refused::Wrong(in_words(&e)))?;
    let unreachable =
        |e: reqwest::Error| Refused::Unreachable(format!("{url} cannot be reached: {}", in_words(&e)));
    let mut response = client.get(url).send().await.map_err(unreachable)?;
    if !response.status().is_success() {
        return Err(Refused::Unreachable(format!("{url} answers {}", response.status())));
    }
    let mut file = File::create(dir.join("download"))?;
    let mut left = bytes;
    while let Some(piece) = response.chunk().await.map_err(unreachable)? {
        let rest = left.checked_sub(piece.len() as u64);
        left = rest
            .ok_or_else(|| Refused::Wrong(format!("{url} sends more than the {bytes} bytes of the file")))?;
        file.write_all(&piece)?;
    }
    Ok(())
}

/// The last cause of an error, which is the one that says something.
fn in_words(error: &reqwest::Error) -> String {
    let mut last: &dyn Error = error;
    while let Some(cause) = last.source() {
        last = cause;
    }
    if error.is_timeout() { "it does not answer in time".to_owned() } else { last.to_string() }
}
