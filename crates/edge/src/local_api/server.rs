//! The API's listener: a bounded number of connections, none silent for long.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::serve::Listener;
use runtime::CancellationToken;
use runtime::net::{Connection, Places};
use tokio::net::TcpListener;

/// Connections at one time: installers and a page or two.
const CONNECTIONS: usize = 64;
/// A connection on which nothing moves for this long is closed.
const SILENCE: Duration = Duration::from_secs(30);

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

/// Serves until `stopping`, then lets requests in progress end.
pub(super) async fn serve(listener: TcpListener, router: Router, stopping: CancellationToken) {
    let door = Door(Places::new(listener, CONNECTIONS, SILENCE));
    let served = axum::serve(door, router).with_graceful_shutdown(stopping.cancelled_owned()).await;
    if let Err(error) = served {
        tracing::error!(%error, "the local API ended");
    }
}
