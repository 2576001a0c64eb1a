//! The AMQP session against a real broker that is killed, restarted, and cut off.
#![allow(clippy::unwrap_used, clippy::print_stdout, missing_docs)]

mod blocked;
mod consuming;
mod link;
mod outages;
mod publishing;
mod secured;
mod setting;

/// One broker for all tests that do not stop it; each uses queues of its own.
async fn shared() -> &'static runtime::testing::PrivateBroker {
    static BROKER: tokio::sync::OnceCell<runtime::testing::PrivateBroker> =
        tokio::sync::OnceCell::const_new();
    BROKER.get_or_init(|| async { runtime::testing::PrivateBroker::start().await.unwrap() }).await
}
