//! The doors' calls from outside: modes, orders to relays, and the button that tries a door.

use std::sync::Arc;

use runtime::testing::wait_until;
use serde_json::{Value, json};

use crate::support::agent::config;
use crate::support::relay::RelayBoard;
use crate::support::{Agent, PATIENCE};

const MODE: &str = "/SophonFogSys/api/GateControllerMode";
const ACTION: &str = "/SophonFogSys/api/EventAction";

async fn call(agent: &Agent, method: reqwest::Method, path: &str, body: &Value) -> (u16, Value) {
    let request = agent.request(|client, url| client.request(method, url), path).json(body);
    let answer = request.send().await.unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap_or_default())
}

async fn put(agent: &Agent, action: Value) -> (u16, Value) {
    call(agent, reqwest::Method::PUT, ACTION, &json!({"action": action})).await
}

#[tokio::test]
async fn the_mode_is_set_kept_and_told() {
    let mut agent = Agent::start(None).await;
    let get = async |agent: &Agent| call(agent, reqwest::Method::GET, MODE, &json!(null)).await;
    assert_eq!(get(&agent).await, (200, json!({"data": {"controller_mode": "opendoor"}})));
    for mode in ["alarm", "avoid", "closedoor", "opendoor", "avoid"] {
        let wanted = (200, json!({"data": {"controller_mode": mode}}));
        let set = json!({"controller_mode": mode});
        assert_eq!(call(&agent, reqwest::Method::POST, MODE, &set).await, wanted);
        assert_eq!(get(&agent).await, wanted);
    }
    for body in [json!({"controller_mode": "party"}), json!({}), json!({"controller_mode": 7}), json!([])] {
        let (status, reply) = call(&agent, reqwest::Method::POST, MODE, &body).await;
        assert_eq!((status, &reply["error"]["code"]), (400, &json!(40091)), "{body}: {reply}");
    }
    agent = agent.again().await;
    assert_eq!(get(&agent).await.1["data"]["controller_mode"], "avoid", "it survives a restart");
    agent.stop().await;
}

#[tokio::test]
async fn orders_reach_relays_and_each_has_its_result() {
    let (agent, board) = (Agent::start(None).await, RelayBoard::start(4));
    let (ip, port) = (board.address.ip().to_string(), board.address.port());
    let open = json!({"action_ip": ip, "action_port": port.to_string(), "action_mode": "opendoor", "action_duration": 1, "logic_port": 3});
    let (status, reply) = put(&agent, json!([open])).await;
    assert_eq!((status, &reply["data"]["action_mode"]), (200, &json!("opendoor")), "{reply}");
    assert_eq!(
        (&reply["data"]["message"], &reply["data"]["results"][0]["result"]),
        (&json!("ok"), &json!("ok"))
    );
    board.until(&[(2, true), (2, false)]).await;

    // Numbers for ports, all relays, closing before the time.
    let all =
        json!({"action_ip": ip, "action_port": port, "action_mode": "opendoor", "action_duration": 200});
    let close = json!({"action_ip": ip, "action_port": port, "action_mode": "closedoor", "logic_port": 0});
    assert_eq!(put(&agent, json!([all])).await.0, 200);
    assert_eq!(put(&agent, json!([close])).await.0, 200);
    let all_off = wait_until(PATIENCE, || async { board.written().len() == 10 }).await;
    assert!(all_off && board.written()[6..].iter().all(|(_, on)| !on), "{:?}", board.written());

    let missing =
        json!({"action_ip": "127.0.0.1", "action_port": 9, "action_mode": "alarm", "logic_port": 4});
    let (status, reply) = put(&agent, json!([open, missing])).await;
    assert_eq!((status, &reply["error"]["code"]), (502, &json!(50073)), "{reply}");
    assert!(reply["error"]["message"].as_str().unwrap().starts_with("1 of 2 actions failed"), "{reply}");
    assert_eq!(reply["data"]["results"][0]["result"], "ok");
    assert!(reply["data"]["results"][1]["result"].as_str().unwrap().contains("cannot be reached"));
    agent.stop().await;
}

#[tokio::test]
async fn orders_that_make_no_sense_are_refused_before_anything_moves() {
    let (agent, board) = (Agent::start(None).await, RelayBoard::start(4));
    let good =
        json!({"action_ip": "127.0.0.1", "action_port": board.address.port(), "action_mode": "opendoor"});
    let with = |key: &str, value: Value| {
        let mut action = good.clone();
        action[key] = value;
        json!([good, action])
    };
    for (action, status, code) in [
        (with("action_duration", json!(255)), 501, 50100),
        (with("action_duration", json!(0)), 400, 40091),
        (with("action_duration", json!(100_000)), 400, 40091),
        (with("action_ip", json!("door.example")), 400, 40091),
        (with("action_ip", json!("224.0.0.1")), 400, 40091),
        (with("action_port", json!("x")), 400, 40091),
        (with("action_mode", json!("party")), 400, 40091),
        (with("logic_port", json!(1000)), 400, 40091),
        (json!([]), 400, 40091),
        (json!(vec![good.clone(); 101]), 400, 40091),
        (json!("x"), 400, 40091),
    ] {
        let (found, reply) = put(&agent, action.clone()).await;
        assert_eq!((found, &reply["error"]["code"]), (status, &json!(code)), "{action}: {reply}");
    }
    let form = agent.request(|client, url| client.put(url), ACTION).form(&[("action", "[]")]);
    assert_eq!(form.send().await.unwrap().status(), 415);
    for (method, path) in [
        ("GET", MODE),
        ("POST", MODE),
        ("PUT", ACTION),
        ("GET", "/api/v1/doors"),
        ("POST", "/api/v1/doors/x/open"),
    ] {
        let method = reqwest::Method::from_bytes(method.as_bytes()).unwrap();
        let client = edge::http::client().unwrap();
        let answer =
            client.request(method, format!("{}{path}", agent.api)).json(&json!({})).send().await.unwrap();
        assert_eq!(answer.status(), 401, "{path}");
    }
    assert_eq!(board.written(), []);
    agent.stop().await;
}

#[tokio::test]
async fn an_alarm_opens_no_door() {
    let board = RelayBoard::start(8);
    let directory = Arc::new(tempfile::tempdir().unwrap());
    let mut config = config(directory.path(), None);
    let camera = |name: &str, door: Value| {
        serde_json::from_value(json!({"name": name, "kind": "pad", "door": door})).unwrap()
    };
    let relay = |channel: u16, channels: u16| json!({"kind": "modbus-tcp", "address": board.address, "channel": channel, "channels": channels});
    config.camera = vec![camera("front", relay(5, 8)), camera("all", relay(0, 2))];
    let agent = Agent::with(directory, config).await;
    let closed = wait_until(PATIENCE, || async { board.written().len() == 3 }).await;
    assert!(closed, "{:?}", board.written());
    let alarm = |address: &str, port: Value| {
        let mut action = json!({"action_ip": address, "action_port": board.address.port(), "action_mode": "alarm", "action_duration": 1});
        if !port.is_null() {
            action["logic_port"] = port;
        }
        json!([action])
    };
    let refused = [json!(null), json!(0), json!(1), json!(2), json!(5)];
    for (address, port) in
        refused.into_iter().flat_map(|port| ["127.0.0.1", "::ffff:127.0.0.1"].map(|ip| (ip, port.clone())))
    {
        let (status, reply) = put(&agent, alarm(address, port.clone())).await;
        assert_eq!((status, &reply["error"]["code"]), (400, &json!(40091)), "{port}: {reply}");
        assert!(reply["error"]["message"].as_str().unwrap().contains("logic_port"), "{reply}");
    }
    assert!(board.written().iter().all(|(_, on)| !on), "{:?}", board.written());
    let (status, reply) = put(&agent, alarm("127.0.0.1", json!(4))).await;
    assert_eq!(status, 200, "{reply}");
    assert!(wait_until(PATIENCE, || async { board.written()[3..] == [(3, true), (3, false)] }).await);
    agent.stop().await;
}

#[tokio::test]
async fn a_door_is_tried_and_shows_what_it_did() {
    let board = RelayBoard::start(4);
    let directory = Arc::new(tempfile::tempdir().unwrap());
    let mut config = config(directory.path(), None);
    let frames = tempfile::tempdir().unwrap();
    let camera = |name: &str, door: Value| {
        serde_json::from_value(json!({"name": name, "kind": "file", "path": frames.path(), "door": door}))
            .unwrap()
    };
    let relay = json!({"kind": "modbus-tcp", "address": board.address, "channel": 2, "seconds": 1});
    let http = json!({"kind": "http", "url": "http://127.0.0.1:9/", "user": "u", "password": "hush-hush", "headers": {"x-key": "hush-hush"}});
    config.camera = vec![camera("front", relay), camera("back", http), camera("side", json!(null))];
    let agent = Agent::with(directory, config).await;
    board.until(&[(1, false)]).await;

    let path = "/api/v1/doors/front/open";
    let (status, outcome) =
        call(&agent, reqwest::Method::POST, path, &json!({"reason": "installation"})).await;
    assert_eq!(
        (status, &outcome["result"], &outcome["action"]),
        (200, &json!("ok"), &json!("open")),
        "{outcome}"
    );
    board.until(&[(1, false), (1, true), (1, false)]).await;
    let (_, shown) = call(&agent, reqwest::Method::GET, "/api/v1/doors", &json!(null)).await;
    assert_eq!(
        (&shown["mode"], shown["items"].as_array().unwrap().len()),
        (&json!("opendoor"), 2),
        "{shown}"
    );
    let front = &shown["items"][0];
    assert_eq!((&front["camera"], &front["kind"]), (&json!("front"), &json!("modbus-tcp")));
    assert_eq!(front["last"][0]["reason"], "asked through the local API: installation");
    let (_, outcome) = call(&agent, reqwest::Method::POST, "/api/v1/doors/back/open", &json!({})).await;
    assert!(outcome["result"].as_str().unwrap().starts_with("failed:"), "{outcome}");
    for name in ["side", "nobody"] {
        let path = format!("/api/v1/doors/{name}/open");
        assert_eq!(call(&agent, reqwest::Method::POST, &path, &json!({})).await.0, 404);
    }
    let doors = agent.status().await["doors"].clone();
    assert_eq!((&doors["mode"], &doors["doors"][1]["failures"]), (&json!("opendoor"), &json!(1)), "{doors}");
    assert!(doors["doors"][1]["last"][0]["result"].as_str().unwrap().starts_with("failed:"), "{doors}");
    let bad = json!({"reason": "x".repeat(1000)});
    assert_eq!(call(&agent, reqwest::Method::POST, path, &bad).await.0, 400);
    for path in ["/api/v1/doors", "/api/v1/cameras", "/api/v1/cameras/back", "/api/v1/status"] {
        let (_, shown) = call(&agent, reqwest::Method::GET, path, &json!(null)).await;
        assert!(!shown.to_string().contains("hush-hush"), "{path}: {shown}");
    }
    agent.stop().await;
}
