//! Real brokers, real databases and broken lines for tests: nothing here stands in for the real thing.

mod balancer;
mod broker;
mod chaos;
mod disk;
mod left_out;
mod node;
mod postgres;
mod rtsp;

use std::future::Future;
use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::ops::Range;
use std::time::Duration;

pub use balancer::Balancer;
pub use broker::PrivateBroker;
pub use chaos::ChaosProxy;
pub use disk::{leave_room, make_room, small_disk};
pub use left_out::left_out;
pub use postgres::{PrivatePostgres, database_of};
pub use rtsp::{Codec, RtspCamera};
use tokio::time::Instant;

/// Below those that Linux gives to whoever asks for any port, or connects.
const PORTS: Range<u16> = 10_000..32_768;

/// Listens on a port that nobody is given by chance: a server that is to listen there later, or again, finds it free.
fn listen() -> io::Result<TcpListener> {
    let found = (0..100).find_map(|_| {
        let port = rand::random_range(PORTS);
        TcpListener::bind((Ipv4Addr::LOCALHOST, port)).ok()
    });
    found.map_or_else(|| TcpListener::bind((Ipv4Addr::LOCALHOST, 0)), Ok)
}

/// Asks `condition` every 20 ms until it holds; false when it did not within `limit`.
pub async fn wait_until<C, F>(limit: Duration, mut condition: C) -> bool
where
    C: FnMut() -> F,
    F: Future<Output = bool>,
{
    let end = Instant::now() + limit;
    loop {
        if condition().await {
            return true;
        }
        if Instant::now() >= end {
            return false;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
