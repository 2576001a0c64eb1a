//! All boxes of a fleet in one process: takes the commands of each from its queue and answers that all of their people were
//! dealt with.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use runtime::amqp::{BrokerAddress, LinkState, Session};
use runtime::{CancellationToken, Lifecycle};
use serde_json::{Value, json};
use tokio::io::AsyncReadExt as _;

/// As the platform names them.
const RESULTS: &str = "menshen.results";

/// Answers the commands of `number` boxes until standard input ends.
pub(crate) async fn answer_all(broker: &str, prefix: &str, number: usize) {
    let life = Lifecycle::new(Duration::from_secs(5));
    let session = Session::start(&life, "all boxes", BrokerAddress::from_url(broker).unwrap(), Vec::new());
    session.state().wait_for(LinkState::is_up).await.unwrap();
    let (answered, end) = (Arc::new(AtomicUsize::new(0)), CancellationToken::new());
    for at in 0..number {
        let dev_sno = format!("{prefix}{at:06}");
        let mut deliveries = session.consume(&format!("menshen.box.{dev_sno}"), 4).await;
        let (publisher, answered, end) = (session.publisher(), Arc::clone(&answered), end.clone());
        tokio::spawn(async move {
            while let Some(Some(delivery)) = end.run_until_cancelled(deliveries.next()).await {
                let command: Value = serde_json::from_slice(&delivery.body).unwrap();
                let result = serde_json::to_vec(&result(&dev_sno, &command)).unwrap();
                publisher.publish("", RESULTS, result).await.unwrap();
                answered.fetch_add(1, Ordering::Relaxed);
                delivery.ack().await;
            }
        });
    }
    println!("ready");
    tokio::io::stdin().read_to_end(&mut Vec::new()).await.unwrap();
    end.cancel();
    println!("{}", answered.load(Ordering::Relaxed));
    session.close().await;
    life.finish().await;
}

/// The success a box reports.
fn result(dev_sno: &str, command: &Value) -> Value {
    let method = command["method"].as_str().unwrap();
    let ids = command["userid_list"].as_array().into_iter().flatten();
    let users: Vec<Value> =
        ids.map(|id| json!({"userid": id, "username": id, "message": "ok", "code": 0})).collect();
    json!({
        "success": true, "code": 0, "message": "ok", "messageKey": method,
        "messageId": command["messageId"], "dev_sno": dev_sno,
        "result": {"success_users": users, "failed_users": []},
    })
}
