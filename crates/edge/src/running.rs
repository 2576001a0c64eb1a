//! What the command line does to a box, whether it runs or not: with its database when it is free, else through its local API.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::Path;
use std::time::Duration;

use bytes::Bytes;
use protocol::ErrorObject;
use serde_json::Value;

use crate::config::Config;
use crate::http;
use crate::store::{Store, StoreError};

/// Holds the address the local API listens on, so that scripts find it when the port was chosen by the system.
pub(crate) const ADDRESS_FILE: &str = "local_api.addr";
/// Holds the local API's token.
pub(crate) const TOKEN_FILE: &str = "local_api.token";
/// The running box may have to ask others.
const ANSWER: Duration = Duration::from_secs(20);
/// How long a box that is only just starting is waited for.
const STARTING: Duration = Duration::from_secs(15);
/// How long before it is tried again.
const PAUSE: Duration = Duration::from_millis(300);
/// The longest answer that is read.
const MAX_ANSWER: usize = 64 * 1024;

/// How a box can be spoken to.
pub(crate) enum Found {
    /// It does not run: this is its database, and nobody else has it meanwhile.
    Store(Store),
    /// It runs, and answered from this address.
    Answer(SocketAddr, u16, Bytes),
}

/// Why it cannot.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RunningError {
    /// It runs, but does not answer.
    #[error("the box is running, but {0}")]
    Unreachable(String),
    /// Its database cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Opens the box's database, or posts `body` to `path` of the box that has it.
pub(crate) async fn open_or_post(
    config: &Config,
    client: &reqwest::Client,
    path: &str,
    body: &Value,
) -> Result<Found, RunningError> {
    let end = tokio::time::Instant::now() + STARTING;
    loop {
        // Whoever holds the database is the box itself.
        match Store::open(&config.data_dir) {
            Ok(store) => return Ok(Found::Store(store)),
            Err(StoreError::InUse(_)) => {}
            Err(other) => return Err(other.into()),
        }
        match post(config, client, path, body).await {
            // It may be starting, or stopping.
            Err(RunningError::Unreachable(_)) if tokio::time::Instant::now() < end => {
                tokio::time::sleep(PAUSE).await;
            }
            outcome => return outcome,
        }
    }
}

async fn post(
    config: &Config,
    client: &reqwest::Client,
    path: &str,
    body: &Value,
) -> Result<Found, RunningError> {
    let read = |name: &str| {
        let path = config.data_dir.join(name);
        read_line(&path)
            .map_err(|error| RunningError::Unreachable(format!("{} cannot be read: {error}", path.display())))
    };
    let text = read(ADDRESS_FILE)?;
    let mut at: SocketAddr =
        text.parse().map_err(|_| RunningError::Unreachable(format!("{ADDRESS_FILE} holds no address")))?;
    if at.ip().is_unspecified() {
        at.set_ip(IpAddr::V4(Ipv4Addr::LOCALHOST));
    }
    let secured = config.local_api.tls.cert.as_deref().map(http::only).transpose();
    let secured = secured.map_err(RunningError::Unreachable)?;
    let scheme = if secured.is_some() { "https" } else { "http" };
    let client = secured.as_ref().unwrap_or(client);
    let request = client.post(format!("{scheme}://{at}{path}")).json(body).bearer_auth(read(TOKEN_FILE)?);
    let answer = http::whole(request, ANSWER, MAX_ANSWER).await;
    let (status, body) = answer
        .map_err(|error| RunningError::Unreachable(format!("its local API does not answer: {error}")))?;
    Ok(Found::Answer(at, status, body))
}

/// The words of a refusal, as far as they can be shown; empty when it has none.
pub(crate) fn words(body: &[u8]) -> String {
    let said = ErrorObject::read(body).map(|error| error.message).unwrap_or_default();
    said.chars().filter(|c| !c.is_control()).take(300).collect()
}

/// Files of the box are one short line.
fn read_line(path: &Path) -> std::io::Result<String> {
    Ok(std::fs::read_to_string(path)?.trim().to_owned())
}
