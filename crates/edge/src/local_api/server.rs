//! The API's listeners: a bounded number of connections, none silent for long.

use std::future::IntoFuture as _;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use axum::Router;
use axum::extract::ConnectInfo;
use axum::extract::connect_info::Connected;
use axum::http::Extensions;
use axum::serve::{IncomingStream, Listener};
use runtime::CancellationToken;
use runtime::net::Places;
use runtime::tls::{self, Stream};
use tokio::net::TcpListener;

/// Connections at one time: installers and a page or two.
const CONNECTIONS: usize = 64;
/// A connection on which nothing moves for this long is closed.
const SILENCE: Duration = Duration::from_secs(30);

/// What is left to requests in progress when the box stops.
const LAST_MOMENT: Duration = Duration::from_secs(1);

struct Door(tls::Listener);

/// Who is at the other end of a connection.
#[derive(Debug, Clone, Copy)]
pub(super) struct Peer {
    pub(super) address: SocketAddr,
    pub(super) is_tls: bool,
}

impl Connected<IncomingStream<'_, Door>> for Peer {
    fn connect_info(stream: IncomingStream<'_, Door>) -> Self {
        let is_tls = matches!(stream.io(), Stream::Tls(_));
        Self { address: *stream.remote_addr(), is_tls }
    }
}

impl Peer {
    /// Of a request that came over one of our listeners.
    pub(super) fn of(extensions: &Extensions) -> Self {
        let nobody = Self { address: (Ipv4Addr::UNSPECIFIED, 0).into(), is_tls: false };
        extensions.get::<ConnectInfo<Self>>().map_or(nobody, |ConnectInfo(peer)| *peer)
    }

    /// Where it calls from.
    pub(super) fn ip(self) -> IpAddr {
        self.address.ip().to_canonical()
    }
}

impl Listener for Door {
    type Io = Stream;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Stream, SocketAddr) {
        self.0.accept().await
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.0.local_addr()
    }
}

/// What a listener of this address takes at one time.
pub(super) fn places(listener: TcpListener) -> Places {
    Places::new(listener, CONNECTIONS, SILENCE)
}

/// Serves until `stopping`, then gives requests in progress a moment to end. `name` is for the log.
pub(super) async fn serve(
    name: &'static str,
    listener: tls::Listener,
    router: Router,
    stopping: CancellationToken,
) {
    let serving = axum::serve(Door(listener), router.into_make_service_with_connect_info::<Peer>())
        .with_graceful_shutdown(stopping.clone().cancelled_owned());
    let overtime = async {
        stopping.cancelled().await;
        tokio::time::sleep(LAST_MOMENT).await;
    };
    tokio::select! {
        served = serving.into_future() => {
            if let Err(error) = served {
                tracing::error!(name, %error, "a listener ended");
            }
        }
        // Somebody has begun a request and does not end it.
        () = overtime => {}
    }
}
