//! A platform with its broker, as a box meets it: queues of its own on a broker that the tests share.

use std::sync::{Arc, Weak};
use std::time::Duration;

use runtime::Lifecycle;
use runtime::amqp::{BrokerAddress, Declare, Deliveries, Publisher, Session};
use runtime::testing::{PrivateBroker, wait_until};
use serde_json::{Value, json};
use tokio::sync::Mutex;

use super::agent::Agent;
use super::{PATIENCE, Platform};

/// One broker for all tests that run at the same time.
static SHARED: Mutex<Weak<PrivateBroker>> = Mutex::const_new(Weak::new());

pub(crate) struct World {
    pub(crate) platform: Platform,
    pub(crate) broker: Arc<PrivateBroker>,
    pub(crate) commands: String,
    pub(crate) fiqa: String,
    pub(crate) publisher: Publisher,
    results: Mutex<Deliveries>,
    fiqa_results: Mutex<Deliveries>,
    life: Lifecycle,
}

impl World {
    /// With a result queue, as a full platform has one.
    pub(crate) async fn start() -> Self {
        Self::with(shared().await, None).await
    }

    /// With the broker at another address, for instance a proxy's.
    pub(crate) async fn with(broker: Arc<PrivateBroker>, seen_at: Option<BrokerAddress>) -> Self {
        let platform = Platform::start().await;
        let name = uuid::Uuid::new_v4().simple().to_string();
        let (commands, results) = (format!("{name}.commands"), format!("{name}.results"));
        let (fiqa, fiqa_results) = (format!("{name}.fiqa"), format!("{name}.fiqa.results"));
        let life = Lifecycle::new(Duration::from_secs(5));
        let queues = [&commands, &results, &fiqa, &fiqa_results];
        let topology = queues.map(|queue| Declare::queue(queue.as_str(), false)).to_vec();
        let session = Session::start(&life, "test platform", broker.broker_address(), topology);
        let mut state = session.state();
        tokio::time::timeout(PATIENCE, state.wait_for(|state| state.is_up())).await.unwrap().unwrap();
        let address = seen_at.unwrap_or_else(|| broker.broker_address());
        platform.facts().rabbitmq = json!({
            "host": address.host,
            // As text, as the documents have it.
            "port": address.port.to_string(),
            "login": address.login,
            "password": address.password,
            "queue": commands,
            "uploadQueue": results,
            "fiqaDownQueue": fiqa,
            "fiqaUploadQueue": fiqa_results,
            "unNeedBindExchange": true,
            "exchange": {"name": "", "type": "topic", "passive": false, "durable": true, "auto_delete": false, "arguments": null},
        });
        let results = Mutex::new(session.consume(&results, 10).await);
        let fiqa_results = Mutex::new(session.consume(&fiqa_results, 10).await);
        let publisher = session.publisher();
        Self { platform, broker, commands, fiqa, publisher, results, fiqa_results, life }
    }

    /// A box that has joined.
    pub(crate) async fn joined_box(&self) -> Agent {
        let agent = Agent::start(Some(&self.platform.login_url())).await;
        agent.until_joined().await;
        agent
    }

    pub(crate) async fn send(&self, command: &Value) {
        self.send_raw(command.to_string().into_bytes()).await;
    }

    pub(crate) async fn send_raw(&self, body: Vec<u8>) {
        self.send_to(&self.commands, body).await;
    }

    pub(crate) async fn send_to(&self, queue: &str, body: Vec<u8>) {
        let sent =
            wait_until(PATIENCE, || async { self.publisher.publish("", queue, body.clone()).await.is_ok() });
        assert!(sent.await, "the broker does not take a command");
    }

    /// The next result.
    pub(crate) async fn result(&self) -> Value {
        next(&self.results, PATIENCE).await.expect("no result")
    }

    /// The next result of a quality check.
    pub(crate) async fn fiqa_result(&self) -> Value {
        next(&self.fiqa_results, PATIENCE).await.expect("no result")
    }

    /// Whether no result comes for a moment.
    pub(crate) async fn silent(&self) -> bool {
        next(&self.results, Duration::from_millis(700)).await.is_none()
    }

    /// Sends a command and waits for its result.
    pub(crate) async fn execute(&self, command: Value) -> Value {
        self.send(&command).await;
        self.result().await
    }
}

impl Drop for World {
    fn drop(&mut self) {
        self.life.stop();
    }
}

async fn next(deliveries: &Mutex<Deliveries>, limit: Duration) -> Option<Value> {
    let mut deliveries = deliveries.lock().await;
    let delivery = tokio::time::timeout(limit, deliveries.next()).await.ok()??;
    let value = serde_json::from_slice(&delivery.body).expect("a result is JSON");
    delivery.ack().await;
    Some(value)
}

/// The broker the tests share, started by the first that needs it and gone with the last.
pub(crate) async fn shared() -> Arc<PrivateBroker> {
    let mut kept = SHARED.lock().await;
    if let Some(broker) = kept.upgrade() {
        return broker;
    }
    let broker = Arc::new(PrivateBroker::start().await.expect("no broker: run scripts/setup"));
    *kept = Arc::downgrade(&broker);
    broker
}

/// The outcome of each person in a result: id and code.
pub(crate) fn codes(result: &Value) -> std::collections::BTreeMap<String, i64> {
    let lists = ["success_users", "failed_users"]
        .map(|list| result["result"][list].as_array().expect("a list").clone());
    lists
        .into_iter()
        .flatten()
        .map(|user| (user["userid"].as_str().unwrap().to_owned(), user["code"].as_i64().unwrap()))
        .collect()
}
