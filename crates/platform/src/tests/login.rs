//! Who is let in, what a box is told, and whose requests are believed.

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use protocol::{Code, DevSno, LoginReply, address};
use runtime::testing::wait_until;
use serde_json::json;
use sha2::{Digest as _, Sha256};

use super::scripted::log_in;
use super::world::{PATIENCE, World, broker, folder};
use crate::device_api::{ENDPOINTS, Need, Pass};

/// Logins need no broker: this one is never there.
const NO_BROKER: &str = "amqp://box:se%63ret@127.0.0.1:1/site";

const HEARTBEAT: &str = r#"{"gateway_ip":"192.0.2.7","gateway_name":"box","gateway_status":"online","gateway_sn":"S1",
    "dev_sno":"LOGIN00001","gateway_ext_data":{"sw_version":"1"},
    "sub_devices":[{"ep_id":"LOGIN00001__192.0.2.9","ep_ip":"192.0.2.9","ep_status":"online","ep_type":"2"}]}"#;

#[tokio::test]
async fn a_box_is_told_everything_it_needs() {
    let folder = folder();
    let world = World::start(folder.path(), NO_BROKER).await;
    let dev_sno = world.add_box("LOGIN00001", false).await;
    let reply = log_in(&world, &dev_sno, Some("0xE0A50900062B")).await;
    let told = &reply.rabbitmq;
    assert_eq!((told.host.as_str(), told.port, told.vhost.as_str()), ("127.0.0.1", 1, "site"));
    assert_eq!((told.login.as_str(), told.password.as_str()), ("box", "secret"));
    assert_eq!(told.queue, "menshen.box.LOGIN00001");
    assert_eq!(told.upload_queue.as_deref(), Some("menshen.results"));
    assert_eq!(told.fiqa_down_queue.as_deref(), Some("menshen.fiqa"));
    assert_eq!(told.fiqa_up_queue.as_deref(), Some("menshen.fiqa.results"));
    assert!(!told.need_bind);
    let exchange = told.exchange.as_ref().unwrap();
    assert_eq!((exchange.name.as_str(), exchange.kind.as_str()), ("menshen.commands", "topic"));
    assert_eq!(exchange.routing_key.as_deref(), Some("menshen.box.LOGIN00001"));
    assert_eq!(reply.record_addrs, [format!("{}/device/records", world.base)]);
    assert_eq!(reply.device_info_addr, Some(format!("{}/device/cameras", world.base)));
    assert_eq!(reply.device_monitor_addr, Some(format!("{}/device/status", world.base)));
    assert_eq!((reply.record_upload_period, reply.device_monitor_period), (5, 20));
    let extension = reply.menshen.unwrap();
    assert_eq!(extension.record_batch_max, 100);
    assert_eq!(extension.realtime_addr, Some(format!("{}/device/realtime", world.base)));
    world.stop().await;
}

#[tokio::test]
async fn a_box_from_outside_is_told_the_host_it_found_us_under() {
    let folder = folder();
    let world = World::start(folder.path(), NO_BROKER).await;
    world.add_box("LOGIN00001", false).await;
    let url = format!("{}/device/login?dev_sno=LOGIN00001", world.base);
    let response = world.http.get(url).header("host", "gate.example.org:8080").send().await.unwrap();
    let (status, body) = (response.status().as_u16(), response.bytes().await.unwrap());
    let reply = LoginReply::read(status, &body).unwrap();
    assert_eq!(reply.rabbitmq.host, "gate.example.org");
    assert_eq!(reply.record_addrs, ["http://gate.example.org:8080/device/records"]);
    world.stop().await;
}

#[tokio::test]
async fn keys_are_asked_for_in_every_documented_way() {
    let folder = folder();
    let world = World::start(folder.path(), NO_BROKER).await;
    world.add_box("LOGIN00001", false).await;
    let path = "/device/login";
    assert_eq!(world.post(path, r#"{"dev_sno":"LOGIN00001","hex_mac":"0xe0a50900062b"}"#).await.0, 200);
    assert_eq!(world.post(path, "dev_sno=LOGIN00001&hex_mac=e0:a5:09:00:06:2b").await.0, 200);
    assert_eq!(world.post("/device/login?dev_sno=LOGIN00001", "").await.0, 200);
    for (asked, code) in [
        ("/device/login", 40071),
        ("/device/login?dev_sno=", 40071),
        ("/device/login?dev_sno=LOGIN00001&hex_mac=nonsense", 40071),
        ("/device/login?dev_sno=NOBODY", 600_000),
        ("/device/login?dev_sno=LOGIN00001&hex_mac=0xe0a50900ffff", 600_002),
    ] {
        let (status, body) = world.get(asked).await;
        let refused = LoginReply::read(status, &body).unwrap_err();
        assert_eq!((status, refused.code), (401, Code::Int(code)), "{asked}");
    }
    // The example of the documentation leaves the hardware address out.
    assert_eq!(world.get("/device/login?dev_sno=LOGIN00001").await.0, 200);
    world.stop().await;
}

#[tokio::test]
async fn guessing_keys_is_slow() {
    let folder = folder();
    let world = World::start(folder.path(), NO_BROKER).await;
    let mut last = 0;
    for number in 0..40 {
        last = world.get(&format!("/device/login?dev_sno=GUESS{number}")).await.0;
    }
    assert_eq!(last, 429);
    world.stop().await;
}

/// A request to an endpoint that is right but for who sends it.
fn request(method: &str, path: &str) -> (String, String) {
    let event = json!({"identity_id": "1", "timestamp": 1_566_016_554_020_i64, "ext_data": {"dev_sno": "LOGIN00001"}});
    let body = match (method, path) {
        ("GET", "/device/persons") => return (format!("{path}?userid=1"), String::new()),
        ("POST", "/device/persons") => r#"{"userid_list":["1"]}"#.to_owned(),
        ("POST", "/device/records" | "/device/realtime") => event.to_string(),
        ("POST", "/device/cameras") => {
            r#"{"actionType":1,"deviceInfo":{"epId":"LOGIN00001__192.0.2.9","devSno":"LOGIN00001"}}"#.to_owned()
        }
        ("POST", "/device/status") => HEARTBEAT.to_owned(),
        ("POST", "/device/results") => {
            r#"{"success":true,"code":0,"message":"","dev_sno":"LOGIN00001","messageKey":"wipe_data","result":{}}"#
                .to_owned()
        }
        _ => panic!("{method} {path}: say how to ask for it"),
    };
    (format!("{path}?"), body)
}

async fn ask(world: &World, method: &str, path: &str, body: String) -> (u16, serde_json::Value) {
    let request = world.http.request(method.parse().unwrap(), format!("{}{path}", world.base)).body(body);
    let response = request.send().await.unwrap();
    let status = response.status().as_u16();
    (status, serde_json::from_slice(&response.bytes().await.unwrap()).unwrap_or_default())
}

#[tokio::test]
async fn every_endpoint_refuses_who_may_not_and_serves_no_other_method() {
    let folder = folder();
    let world = World::start(folder.path(), NO_BROKER).await;
    let dev_sno = world.add_box("LOGIN00001", false).await;
    let other = world.add_box("LOGIN00002", false).await;
    let token = log_in(&world, &dev_sno, None).await.token;
    log_in(&world, &other, None).await;
    for endpoint in ENDPOINTS {
        for method in ["GET", "POST", "PUT", "PATCH", "DELETE"] {
            let name = format!("{method} {}", endpoint.path);
            let Some((_, need)) = endpoint.needs.iter().find(|(served, _)| *served == method) else {
                assert_eq!(ask(&world, method, endpoint.path, String::new()).await.0, 405, "{name}");
                continue;
            };
            let refused = |answer: (u16, serde_json::Value), status: u16, error: &str, asked: &str| {
                let found = (answer.0, answer.1["error"]["status"].as_str().unwrap_or("").to_owned());
                assert_eq!(found, (status, error.to_owned()), "{name} {asked}: {}", answer.1);
            };
            match need {
                Need::Nothing => {
                    assert_eq!(ask(&world, method, "/pair/x", String::new()).await.0, 200, "{name}");
                }
                Need::Code => {
                    refused(ask(&world, method, "/pair/x", String::new()).await, 404, "NOT_FOUND", "");
                }
                Need::LicenceKey => {
                    for asked in ["", "?dev_sno=NOBODY"] {
                        let path = format!("{}{asked}", endpoint.path);
                        assert_eq!(ask(&world, method, &path, String::new()).await.0, 401, "{name}{asked}");
                    }
                }
                Need::Pass => {
                    let hash = "0".repeat(64);
                    for (key, status) in [("x", 403), (hash.as_str(), 401)] {
                        let path = endpoint.path.replace("{key}", key);
                        refused(ask(&world, method, &path, String::new()).await, status, "PARAM_ERROR", key);
                    }
                }
                Need::Box => {
                    let (path, body) = request(method, endpoint.path);
                    for shown in [
                        String::new(),
                        "&token=wrong&dev_sno=LOGIN00001".to_owned(),
                        format!("&token={token}&dev_sno={other}"),
                    ] {
                        let answer = ask(&world, method, &format!("{path}{shown}"), body.clone()).await;
                        refused(answer, 401, "PARAM_ERROR", &shown);
                    }
                    for shown in [
                        format!("&token={token}&dev_sno={dev_sno}"),
                        format!("&dev_sno={dev_sno}&token={token}"),
                        format!("&token={token}"),
                    ] {
                        let (status, answer) =
                            ask(&world, method, &format!("{path}{shown}"), body.clone()).await;
                        assert_eq!(status, 200, "{name} {shown}: {answer}");
                    }
                    let url = format!("{}{path}", world.base);
                    let request =
                        world.http.request(method.parse().unwrap(), url).bearer_auth(&token).body(body);
                    assert_eq!(request.send().await.unwrap().status(), 200, "{name} with a bearer token");
                }
            }
        }
    }
    assert_eq!(world.number("SELECT COUNT(*) FROM event").await, 1);
    world.stop().await;
}

#[tokio::test]
async fn a_legacy_box_is_known_by_its_key_and_address() {
    let folder = folder();
    let world = World::start(folder.path(), NO_BROKER).await;
    let dev_sno = world.add_box("LOGIN00001", true).await;
    assert_eq!(world.post("/device/status", HEARTBEAT).await.0, 401, "it never logged in");
    log_in(&world, &dev_sno, None).await;
    assert_eq!(world.post("/device/status", HEARTBEAT).await.0, 200);
    let event = json!({"identity_id": "1", "timestamp": 1_566_016_554_020_i64, "ext_data": {"ep_id": "LOGIN00001__192.0.2.9"}});
    assert_eq!(world.post("/device/records", event.to_string()).await.0, 200);
    // From another address it is nobody.
    world.write(|tx| tx.exec("UPDATE box SET login_addr = '192.0.2.1'", &[]).map(drop)).await;
    assert_eq!(world.post("/device/status", HEARTBEAT).await.0, 401);
    world.stop().await;
}

#[tokio::test]
async fn the_token_before_stays_good_for_a_while_and_tokens_do_not_pile_up() {
    let (broker, folder) = (broker().await, folder());
    let world = World::start(folder.path(), &broker.url()).await;
    let dev_sno = world.add_box("LOGIN00001", false).await;
    let first = log_in(&world, &dev_sno, None).await.token;
    let second = log_in(&world, &dev_sno, None).await.token;
    for token in [&first, &second] {
        assert_eq!(world.post(&format!("/device/status?token={token}"), HEARTBEAT).await.0, 200);
    }
    for _ in 0..30 {
        log_in(&world, &dev_sno, None).await;
    }
    assert!(world.number("SELECT COUNT(*) FROM box_token").await <= 8);
    // Unbound: every token is dead within seconds.
    world.write(|tx| crate::db::boxes::unbind(tx, &protocol::DevSno::new("LOGIN00001"))).await;
    let refused = async || world.post(&format!("/device/status?token={second}"), HEARTBEAT).await.0 == 401;
    assert!(wait_until(PATIENCE, refused).await);
    world.stop().await;
}

#[tokio::test]
async fn the_token_before_ends_with_the_overlap() {
    let folder = folder();
    let world = World::start(folder.path(), NO_BROKER).await;
    let dev_sno = world.add_box("LOGIN00001", false).await;
    let first = log_in(&world, &dev_sno, None).await.token;
    let second = log_in(&world, &dev_sno, None).await.token;
    // Ten minutes pass: every time that is kept lies so much further back.
    world.write(|tx| tx.exec("UPDATE box_token SET expires_at = expires_at - 600000", &[]).map(drop)).await;
    assert_eq!(world.post(&format!("/device/status?token={first}"), HEARTBEAT).await.0, 401);
    assert_eq!(world.post(&format!("/device/status?token={second}"), HEARTBEAT).await.0, 200);
    // And in a month the last one.
    let month = "UPDATE box_token SET expires_at = expires_at - 2592000000";
    world.write(move |tx| tx.exec(month, &[]).map(drop)).await;
    let refused = async || world.post(&format!("/device/status?token={second}"), HEARTBEAT).await.0 == 401;
    assert!(wait_until(PATIENCE, refused).await, "what was looked up is believed for seconds");
    world.stop().await;
}

#[tokio::test]
async fn a_box_learns_only_of_people_it_should_hold() {
    let folder = folder();
    let world = World::start(folder.path(), NO_BROKER).await;
    let dev_sno = world.add_box("LOGIN00001", false).await;
    let other = world.add_box("LOGIN00002", false).await;
    world
        .write(|tx| {
            let other = protocol::DevSno::new("LOGIN00002");
            crate::db::boxes::set_groups(tx, &other, &[])?;
            crate::db::desired::recompute_for_box(tx, &other, crate::clock::now())
        })
        .await;
    world.add_people(["p1".to_owned(), "p2".to_owned()]).await;
    let (mine, theirs) = (log_in(&world, &dev_sno, None).await, log_in(&world, &other, None).await);
    let ask = |token: &str| address::with_credentials("/device/persons", token, &protocol::DevSno::new(""));
    let body = r#"{"userid_list":["p2","nobody","p1","p1"]}"#;
    let (status, answer) = world.post(&ask(&mine.token), body).await;
    let list = answer["data"]["user_list"].as_array().unwrap();
    assert_eq!((status, list.len()), (200, 2));
    assert_eq!(list[0]["identity_id"], "p1");
    assert_eq!((&list[0]["register_type"], &list[0]["info"]["type"]), (&json!(1), &json!(1)));
    // A stranger who is enrolled was seen by a camera: less is asked of the photo.
    world.write(|tx| tx.exec("UPDATE person SET kind = 4 WHERE identity_id = 'p1'", &[])).await;
    let (_, answer) = world.post(&ask(&mine.token), r#"{"userid_list":["p1"]}"#).await;
    let stranger = &answer["data"]["user_list"][0];
    assert_eq!((&stranger["register_type"], &stranger["info"]["type"]), (&json!(2), &json!(4)));
    let (_, answer) = world.post(&ask(&theirs.token), body).await;
    assert_eq!(answer["data"]["user_list"], json!([]));
    // As the documentation writes it, and as early boxes ask.
    let (_, answer) = world.post(&ask(&mine.token), "{'userid_list': ['p1','p2']}").await;
    assert_eq!(answer["data"]["user_list"].as_array().unwrap().len(), 2);
    let (_, answer) = world.get(&format!("/device/persons?token={}&userid=p1", mine.token)).await;
    let answer: serde_json::Value = serde_json::from_slice(&answer).unwrap();
    let url = answer["data"]["user_list"][0]["reg_url"].as_str().unwrap().to_owned();
    let path = url.strip_prefix(&world.base).unwrap();
    assert_eq!(world.get(path).await, (200, "\u{ff}photo of p1".as_bytes().to_vec()));
    assert_eq!(world.get(&path[..path.len() - 1]).await.0, 403);
    assert_eq!(world.get("/device/photos/..%2f..%2fplatform.db").await.0, 403);
    world.remove_person("p1").await;
    assert_eq!(world.get(path).await.0, 404, "nobody's photo any more");
    world.stop().await;
}

#[tokio::test]
async fn a_photo_is_for_the_box_that_was_told_of_it_and_for_a_day() {
    let folder = folder();
    let world = World::start(folder.path(), NO_BROKER).await;
    let dev_sno = world.add_box("LOGIN00001", false).await;
    let other = world.add_box("LOGIN00002", false).await;
    world.add_people(["p1".to_owned()]).await;
    world.write(|tx| tx.exec("DELETE FROM box_person WHERE dev_sno = 'LOGIN00002'", &[]).map(drop)).await;
    let (mine, theirs) = (log_in(&world, &dev_sno, None).await, log_in(&world, &other, None).await);
    let hash = crate::blobs::hex(&Sha256::digest("\u{ff}photo of p1"));
    let bare = format!("/device/photos/{hash}");
    // Its hash alone opens nothing; a box's token opens what that box should hold.
    assert_eq!(world.get(&bare).await.0, 401);
    assert_eq!(world.get(&format!("{bare}?token=wrong")).await.0, 401);
    assert_eq!(world.get(&format!("{bare}?token={}", mine.token)).await.0, 200);
    assert_eq!(world.get(&format!("{bare}?token={}", theirs.token)).await.0, 404);

    let sealer = world.app.seal.sealer();
    let pass = |dev_sno: &DevSno, at: i64| {
        let pass = Pass { dev_sno: dev_sno.clone(), hash: hash.clone() };
        format!("/device/photos/{}", pass.issue(&sealer, at).unwrap())
    };
    let now = crate::clock::now();
    let hours = |hours: i64| now - hours * 3_600_000;
    // As boxes are told it, whatever they append to it.
    for appended in ["", "?token=old", "?a=b?token=x"] {
        assert_eq!(world.get(&format!("{}{appended}", pass(&dev_sno, hours(23)))).await.0, 200);
    }
    assert_eq!(world.get(&pass(&dev_sno, hours(25))).await.0, 403, "its time is over");
    assert_eq!(world.get(&pass(&other, now)).await.0, 404, "this box should not hold the person");
    let good = pass(&dev_sno, now);
    let changed = format!("{}{}", &good[..good.len() - 2], if good.ends_with("AA") { "BB" } else { "AA" });
    let (status, body) = world.get(&changed).await;
    let refused: serde_json::Value = serde_json::from_slice(&body).unwrap();
    assert_eq!((status, &refused["error"]["status"]), (403, &json!("PARAM_ERROR")));
    world.remove_person("p1").await;
    assert_eq!(world.get(&good).await.0, 404, "gone with the person");
    world.stop().await;
}

#[tokio::test]
async fn of_a_fleet_that_comes_back_at_once_some_are_told_to_come_again() {
    let folder = folder();
    let world =
        World::start_with(folder.path(), NO_BROKER, |config| config.limits.box_logins_at_once = 1).await;
    world.add_box("LOGIN00001", false).await;
    let url = format!("{}/device/login?dev_sno=LOGIN00001", world.base);
    let mut fleet: FuturesUnordered<_> = (0..60).map(|_| world.http.get(&url).send()).collect();
    let (mut let_in, mut sent_away) = (0, 0);
    while let_in == 0 || sent_away == 0 {
        let answer = fleet.next().await.expect("both happen").unwrap();
        if answer.status() == 200 {
            let_in += 1;
            continue;
        }
        sent_away += 1;
        assert_eq!(answer.status(), 503);
        let again: u64 = answer.headers()["retry-after"].to_str().unwrap().parse().unwrap();
        assert!((2..8).contains(&again), "{again}");
        let refused = LoginReply::read(503, &answer.bytes().await.unwrap()).unwrap_err();
        assert!(refused.message.contains("try again"), "{refused:?}");
    }
    drop(fleet);
    world.life.stop();
}
