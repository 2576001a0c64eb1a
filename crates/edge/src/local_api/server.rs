//! The API's listener: a bounded number of connections, none silent for long.

use std::future::IntoFuture as _;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use runtime::CancellationToken;
use runtime::net::{Connection, Places};
use tokio::net::TcpListener;

/// Connections at one time: installers and a page or two.
const CONNECTIONS: usize = 64;
/// A connection on which nothing moves for this long is closed.
const SILENCE: Duration = Duration::from_secs(30);

/// What is left to requests in progress when the box stops.
const LAST_MOMENT: Duration = Duration::from_secs(1);

struct Door(Places);

/// Who is at the other end of a connection.
#[derive(Debug, Clone, Copy)]
pub(super) struct Peer(pub(super) SocketAddr);

impl Connected<IncomingStream<'_, Door>> for Peer {
    fn connect_info(stream: IncomingStream<'_, Door>) -> Self {
        Self(*stream.remote_addr())
    }
}

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

/// Serves until `stopping`, then gives requests in progress a moment to end.
pub(super) async fn serve(listener: TcpListener, router: Router, stopping: CancellationToken) {
    let door = Door(Places::new(listener, CONNECTIONS, SILENCE));
    let serving = axum::serve(door, router.into_make_service_with_connect_info::<Peer>())
        .with_graceful_shutdown(stopping.clone().cancelled_owned());
    let overtime = async {
        stopping.cancelled().await;
        tokio::time::sleep(LAST_MOMENT).await;
    };
    tokio::select! {
        served = serving.into_future() => {
            if let Err(error) = served {
                tracing::error!(%error, "the local API ended");
            }
        }
        // Somebody has begun a request and does not end it.
        () = overtime => {}
    }
}
