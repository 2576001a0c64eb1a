//! The web server's edge: a bounded number of connections, none of which may be silent for long.

use std::future::IntoFuture as _;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::serve::Listener;
use runtime::net::Places;
use runtime::tls::{self, Certificate, Stream};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// A connection on which nothing moves for this long is closed. Live streams send a comment more often.
const SILENCE: Duration = Duration::from_secs(75);

/// Requests in progress may take this long to end when the platform stops.
const LAST_REQUESTS: Duration = Duration::from_secs(5);

/// Serves `router`, by TLS when there is a certificate, until `stopping`; then lets requests in progress end, those that do
/// so in time.
pub(crate) async fn serve(
    listener: TcpListener,
    router: Router,
    max_connections: usize,
    certificate: Option<Arc<Certificate>>,
    stopping: CancellationToken,
) -> io::Result<()> {
    let limited = Limited(tls::Listener::new(Places::new(listener, max_connections, SILENCE), certificate)?);
    let serving = axum::serve(limited, router.into_make_service_with_connect_info::<Accepted>())
        .with_graceful_shutdown(stopping.clone().cancelled_owned());
    let overdue = async {
        stopping.cancelled().await;
        tokio::time::sleep(LAST_REQUESTS).await;
    };
    tokio::select! {
        outcome = serving.into_future() => outcome,
        () = overdue => {
            tracing::warn!(seconds = LAST_REQUESTS.as_secs(), "requests in progress did not end in time");
            Ok(())
        }
    }
}

/// The address a request came from: of the client itself, also behind a trusted proxy.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Peer(pub(crate) SocketAddr);

/// The other end of a connection.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Accepted {
    pub(crate) address: SocketAddr,
    pub(crate) is_tls: bool,
}

impl axum::extract::connect_info::Connected<axum::serve::IncomingStream<'_, Limited>> for Accepted {
    fn connect_info(stream: axum::serve::IncomingStream<'_, Limited>) -> Self {
        let is_tls = matches!(stream.io(), Stream::Tls(_));
        Self { address: *stream.remote_addr(), is_tls }
    }
}

/// The listener as axum wants it.
pub(crate) struct Limited(tls::Listener);

impl Listener for Limited {
    type Io = Stream;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Stream, SocketAddr) {
        self.0.accept().await
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.0.local_addr()
    }
}
