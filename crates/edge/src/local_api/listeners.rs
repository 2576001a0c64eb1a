//! The addresses of the API and of the pages, taken before anything else of the box is begun: a box that cannot be spoken to moves
//! no door, and does not print its first password to nobody.

use std::net::SocketAddr;

use anyhow::Context as _;
use tokio::net::TcpListener;

use crate::config::Config;

/// Both listeners; they are served by [`super::start`].
pub struct Listeners {
    pub(super) api: TcpListener,
    pub(super) console: TcpListener,
}

impl Listeners {
    /// Takes the addresses.
    ///
    /// # Errors
    /// A sentence that begins with the key of the one that cannot be taken.
    pub async fn bind(config: &Config) -> anyhow::Result<Self> {
        Ok(Self {
            api: bind("local_api.listen", config.local_api.listen).await?,
            console: bind("console.listen", config.console.listen).await?,
        })
    }
}

async fn bind(key: &str, address: SocketAddr) -> anyhow::Result<TcpListener> {
    let taken = TcpListener::bind(address).await;
    taken.with_context(|| {
        format!("{key}: {address} cannot be taken (`menshen doctor edge` says why, and what to do)")
    })
}
