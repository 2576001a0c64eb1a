//! Who may call: every route refuses strangers, listed addresses pass where they may, guessing is slow.

use std::net::IpAddr;
use std::sync::Arc;

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::agent::config;
use crate::support::process::{Process, Setup};
use crate::support::{Agent, World};

const DOCUMENTED: [(&str, &[&str]); 12] = [
    ("/SophonMQ/api/DevSno", &["GET", "PUT"]),
    ("/SophonMQ/api/LoginUrl", &["GET", "PUT"]),
    ("/SophonFogSys/api/permissions", &["POST", "GET", "PUT", "DELETE"]),
    ("/SophonFogSys/api/groups", &["POST", "GET", "PUT", "DELETE"]),
    ("/SophonFogSys/api/GroupUsers", &["PUT", "DELETE"]),
    ("/SophonFogSys/api/users", &["POST", "GET", "PUT", "DELETE"]),
    ("/SophonFogSys/api/GateControllerMode", &["POST", "GET"]),
    ("/SophonFogSys/api/EventAction", &["PUT"]),
    ("/SophonFogSys/api/EventServerUrl", &["POST", "GET"]),
    ("/SophonFogSys/api/HistoryEventUrl", &["POST", "GET"]),
    ("/SophonFogSys/api/MonitorServerUrl", &["POST", "GET"]),
    ("/SophonFogSys/api/WipeData", &["POST"]),
];

async fn answer(request: reqwest::RequestBuilder) -> (u16, Value) {
    let answer = request.send().await.unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap_or_default())
}

/// A client that calls from another address of this machine.
fn from(address: [u8; 4]) -> reqwest::Client {
    edge::http::client().unwrap();
    reqwest::Client::builder().local_address(IpAddr::from(address)).build().unwrap()
}

#[tokio::test]
async fn every_route_refuses_whoever_brings_no_credentials() {
    let agent = Agent::start(None).await;
    let document = agent.request(|client, url| client.get(url), "/api/v1/openapi.json");
    let (_, document) = answer(document).await;
    let mut routes: Vec<(Method, String)> = vec![(Method::GET, "/api/v1/openapi.json".into())];
    for (path, methods) in DOCUMENTED {
        routes.extend(methods.iter().map(|method| (method.parse().unwrap(), path.to_owned())));
    }
    let described = document["paths"].as_object().unwrap();
    assert!(described.len() >= 5, "{document}");
    for (path, methods) in described {
        let methods = methods.as_object().unwrap().keys().map(|method| method.to_uppercase());
        let path = path.split('/').map(|part| if part.starts_with('{') { "x" } else { part });
        let path = path.collect::<Vec<_>>().join("/");
        routes.extend(methods.map(|method| (method.parse().unwrap(), path.clone())));
    }
    // Where one logs in; `console` tests whom it refuses.
    routes.retain(|route| *route != (Method::POST, "/api/v1/session".to_owned()));
    let client = from([127, 0, 0, 1]);
    for (method, path) in &routes {
        let request = client.request(method.clone(), format!("{}{path}", agent.api)).body("{}");
        let answer = request.send().await.unwrap();
        assert!(answer.headers().contains_key("www-authenticate"), "{method} {path}");
        let (status, reply): (u16, Value) = (answer.status().as_u16(), answer.json().await.unwrap());
        assert_eq!(status, 401, "{method} {path}");
        assert!(reply["error"]["code"].is_i64() && reply["error"]["message"].is_string(), "{reply}");
    }
    // With them every route is there: whatever it says, it says so knowingly.
    for (method, path) in routes.iter().filter(|(_, path)| path.starts_with("/Sophon")) {
        let request = agent.request(|client, url| client.request(method.clone(), url), path);
        let (status, reply) = answer(request).await;
        assert!(
            status != 501 && reply["error"]["message"] != "there is nothing at this address",
            "{method} {path}"
        );
    }
    agent.stop().await;
}

#[tokio::test]
async fn listed_addresses_make_the_documented_calls_and_no_others() {
    let directory = Arc::new(tempfile::tempdir().unwrap());
    let mut config = config(directory.path(), None);
    config.local_api.allow = vec!["127.0.0.2".parse().unwrap(), "127.1.0.0/16".parse().unwrap()];
    let agent = Agent::with(directory, config).await;
    for (address, path, expected) in [
        ([127, 0, 0, 2], "/SophonFogSys/api/groups", 200),
        ([127, 1, 9, 9], "/SophonMQ/api/DevSno", 200),
        ([127, 0, 0, 3], "/SophonFogSys/api/groups", 401),
        ([127, 0, 0, 2], "/api/v1/status", 401),
        ([127, 0, 0, 2], "/api/v1/people", 401),
        ([127, 0, 0, 2], "/nowhere", 401),
        ([127, 0, 0, 2], "/SophonFogSys/../api/v1/status", 401),
    ] {
        let found = answer(from(address).get(format!("{}{path}", agent.api))).await.0;
        assert_eq!(found, expected, "{address:?} {path}");
    }
    let forwarded = from([127, 0, 0, 3]).get(format!("{}/SophonFogSys/api/groups", agent.api));
    assert_eq!(answer(forwarded.header("x-forwarded-for", "127.0.0.2")).await.0, 401);
    let warnings = agent.status().await["local_api_warnings"].clone();
    assert!(warnings[0].as_str().unwrap().contains("127.1.0.0/16"), "{warnings}");
    agent.stop().await;
}

#[tokio::test]
async fn guessing_slows_down_the_guesser_and_nobody_else() {
    let agent = Agent::start(None).await;
    let url = format!("{}/SophonFogSys/api/groups", agent.api);
    let guesser = from([127, 0, 0, 9]);
    let mut refused = 0;
    for n in 0..40 {
        let answer = guesser.get(&url).bearer_auth(format!("guess {n}")).send().await.unwrap();
        if answer.status() == 429 {
            assert!(answer.headers()["retry-after"].to_str().unwrap().parse::<u64>().unwrap() > 0);
            refused += 1;
        } else {
            assert_eq!(answer.status(), 401);
        }
    }
    assert!(refused > 0, "nobody was slowed down");
    assert_eq!(answer(from([127, 0, 0, 8]).get(&url).bearer_auth(&agent.token)).await.0, 200);
    assert_eq!(agent.status().await["people"], 0);
    agent.stop().await;
}

#[tokio::test]
async fn the_work_mode_drops_the_links_and_brings_them_back() {
    let world = World::start().await;
    let agent = world.joined_box().await;
    let mode = async |body: Value| {
        answer(agent.request(|client, url| client.put(url), "/api/v1/work_mode").json(&body)).await
    };
    for body in [json!({"mode": "cloud"}), json!({}), json!({"mode": 1}), json!({"mode": "mq", "more": 1})] {
        let (status, reply) = mode(body).await;
        assert_eq!((status, &reply["error"]["code"]), (400, &json!(40091)));
    }
    assert_eq!(mode(json!({"mode": "local"})).await, (200, json!({"mode": "local"})));
    agent
        .until("alone", |status| {
            status["work_mode"] == "local"
                && status["login"]["state"] == "local"
                && status["broker"] == json!([])
        })
        .await;
    let kept = agent.request(|client, url| client.get(url), "/SophonMQ/api/DevSno");
    assert_eq!(answer(kept).await.1["data"]["dev_sno"], crate::support::agent::DEV_SNO);
    let agent = agent.again().await;
    assert_eq!(agent.status().await["work_mode"], "local", "kept over a restart");
    let back = agent.request(|client, url| client.put(url), "/api/v1/work_mode").json(&json!({"mode": "mq"}));
    assert_eq!(answer(back).await, (200, json!({"mode": "mq"})));
    agent.until_joined().await;
    agent.stop().await;

    let alone = Agent::start(None).await;
    let early =
        alone.request(|client, url| client.put(url), "/api/v1/work_mode").json(&json!({"mode": "mq"}));
    let (status, reply) = answer(early).await;
    assert!(status == 400 && reply["error"]["message"].as_str().unwrap().contains("LoginUrl"), "{reply}");
    alone.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_box_that_asks_nobody_who_he_is_says_so_in_its_log_and_its_status() {
    let directory = tempfile::tempdir().unwrap();
    let mut setup = Setup::new(directory.path(), None);
    setup.environment.push(("MENSHEN_LOCAL_API__AUTH".into(), "none".into()));
    let process = Process::start(setup).await;
    let status = process.status().await;
    assert_eq!(status["local_api_auth"], "none");
    let warning = status["local_api_warnings"][0].as_str().unwrap();
    assert!(warning.contains("whoever reaches the port controls this box"), "{status}");
    let line = process.log().lines().find(|line| line.contains(warning)).map(ToOwned::to_owned);
    assert!(line.is_some_and(|line| line.contains("WARN")), "{}", process.log());
    let address = std::fs::read_to_string(process.setup.data.join("local_api.addr")).unwrap();
    assert_eq!(answer(from([127, 0, 0, 1]).get(format!("http://{address}/api/v1/people"))).await.0, 200);
    process.stop().await;
}
