use std::time::SystemTime;

use runtime::testing::{ChaosProxy, wait_until};
use serde_json::{Value, json};

use crate::support::photos::photo;
use crate::support::world::{codes, shared};
use crate::support::{Agent, PATIENCE, World};

fn add(id: &str) -> Value {
    json!({"method": "add_users_plus", "userid_list": [id], "extend_params": {"path": "/details"}})
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refused_login_is_tried_again_and_the_reason_is_shown() {
    let world = World::start().await;
    world.platform.facts().refuse_logins = usize::MAX;
    let before = i64::try_from(SystemTime::UNIX_EPOCH.elapsed().unwrap().as_millis()).unwrap();
    let agent = Agent::start(Some(&world.platform.login_url())).await;
    let status = agent.until("refused", |status| status["login"]["next_attempt_ms"].is_i64()).await;
    assert!(status["login"]["reason"].as_str().unwrap().contains("600000"), "{status}");
    assert!(status["login"]["next_attempt_ms"].as_i64() > Some(before), "{status}");
    assert_eq!(status["work_mode"], "mq");
    let refused = usize::MAX - std::mem::take(&mut world.platform.facts().refuse_logins);
    agent.until_joined().await;
    let logins = world.platform.facts().logins.clone();
    assert_eq!(logins.len(), refused + 1);
    assert_eq!(logins[0]["hex_mac"], "0xe0a50900062b");
    assert_eq!(logins[0]["dev_sno"], crate::support::agent::DEV_SNO);
    agent.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_that_is_no_longer_taken_leads_to_a_new_login_within_the_command() {
    let world = World::start().await;
    let agent = world.joined_box().await;
    world.platform.person("1", &photo(0, 0));
    world.platform.facts().token = "token-2".into();
    assert_eq!(codes(&world.execute(add("1")).await), [("1".to_owned(), 0)].into());
    assert_eq!(world.platform.facts().logins.len(), 2);
    agent.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn settings_made_on_the_local_api_are_kept_and_followed_at_once() {
    let world = World::start().await;
    let agent = Agent::start(None).await;
    assert_eq!(agent.status().await["login"]["state"], "local");
    assert_eq!(agent.status().await["work_mode"], "local");
    let put = async |path: &str, body: Value| {
        let answer = agent.request(|client, url| client.put(url), path).json(&body).send().await.unwrap();
        (answer.status().as_u16(), answer.json::<Value>().await.unwrap())
    };
    let get = async |path: &str| {
        agent
            .request(|client, url| client.get(url), path)
            .send()
            .await
            .unwrap()
            .json::<Value>()
            .await
            .unwrap()
    };
    let (status, reply) = put("/SophonMQ/api/DevSno", json!({"dev_sno": "KEY-1"})).await;
    assert_eq!(
        (status, &reply["data"]["response"], &reply["data"]["dev_sno"]),
        (200, &json!("KEY-1"), &json!("KEY-1"))
    );
    let url = world.platform.login_url();
    let (status, reply) = put("/SophonMQ/api/LoginUrl", json!({"login_url": url})).await;
    assert_eq!((status, &reply["data"]["response"]), (200, &json!(url)));
    agent.until_joined().await;
    assert_eq!(get("/SophonMQ/api/DevSno").await["data"]["response"], "KEY-1");
    assert_eq!(get("/SophonMQ/api/LoginUrl").await["data"]["response"], json!(url));
    put("/SophonMQ/api/DevSno", json!({"dev_sno": "KEY-2"})).await;
    let relogin =
        || async { world.platform.facts().logins.last().is_some_and(|login| login["dev_sno"] == "KEY-2") };
    assert!(wait_until(PATIENCE, relogin).await);
    let agent = agent.again().await;
    agent.until_joined().await;
    assert_eq!(agent.status().await["dev_sno"], "KEY-2");
    agent.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_box_binds_its_queue_when_it_is_told_to() {
    let world = World::start().await;
    let exchange = format!("{}.exchange", world.commands);
    {
        let mut facts = world.platform.facts();
        let rabbitmq = facts.rabbitmq.as_object_mut().unwrap();
        rabbitmq.insert("queue".into(), json!(format!("{}.bound", world.commands)));
        rabbitmq.remove("unNeedBindExchange");
        rabbitmq.insert(
            "exchange".into(),
            json!({"name": exchange, "type": "topic", "passive": false, "durable": true, "auto_delete": false, "arguments": null}),
        );
    }
    let agent = world.joined_box().await;
    // Without a routing key the queue's name is the key.
    let key = format!("{}.bound", world.commands);
    let command = json!({"method": "delete_users", "userid_list": ["1"], "extend_params": {}});
    world.publisher.publish(&exchange, &key, command.to_string().into_bytes()).await.unwrap();
    assert_eq!(codes(&world.result().await), [("1".to_owned(), 40401)].into());
    agent.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cut_line_to_the_broker_comes_back_and_nothing_is_lost() {
    let broker = shared().await;
    let proxy = ChaosProxy::start(broker.address()).await.unwrap();
    let mut seen = broker.broker_address();
    seen.port = proxy.addr().port();
    let world = World::with(broker, Some(seen)).await;
    let agent = world.joined_box().await;
    world.platform.person("1", &photo(0, 0));
    proxy.cut();
    let status = agent.until("down", |status| status["broker"][0]["state"] == "down").await;
    assert!(!status["broker"][0]["reason"].as_str().unwrap().is_empty());
    assert!(!status["broker"][0]["reason"].as_str().unwrap().contains("guest"));
    world.send(&add("1")).await;
    proxy.restore();
    assert_eq!(codes(&world.result().await), [("1".to_owned(), 0)].into());
    assert_eq!(agent.status().await["people"], 1);
    agent.stop().await;
}
