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
use std::time::Duration;

pub use balancer::Balancer;
pub use broker::PrivateBroker;
pub use chaos::ChaosProxy;
pub use disk::{leave_room, make_room, small_disk};
pub use left_out::left_out;
pub use postgres::{PrivatePostgres, database_of};
pub use rtsp::{Codec, RtspCamera};
use tokio::time::Instant;

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
