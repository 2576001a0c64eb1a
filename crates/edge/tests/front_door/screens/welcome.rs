use std::net::IpAddr;
use std::sync::Arc;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use futures_util::StreamExt as _;
use futures_util::stream::BoxStream;
use reqwest::Method;
use serde_json::{Value, json};

use super::{answer, browser, call, cookie};
use crate::support::agent::config;
use crate::support::photos::photo;
use crate::support::{Agent, PATIENCE};

const LINKS: &str = "/api/v1/welcome/links";
const WELCOME: &str = "/api/v1/welcome";
const ENTER: &str = "/api/v1/welcome/screen/session";
const STREAM: &str = "/api/v1/welcome/screen/stream";

/// A box on which events are taken from 127.0.0.2.
async fn place() -> Agent {
    let directory = Arc::new(tempfile::tempdir().unwrap());
    let mut config = config(directory.path(), None);
    config.welcome.allow = vec!["127.0.0.2".parse().unwrap()];
    Agent::with(directory, config).await
}

/// A link: its id, and a screen's cookie.
async fn link(agent: &Agent) -> (String, String) {
    let (status, made) = call(agent, Method::POST, LINKS, json!({"name": "Lobby"})).await;
    assert_eq!(status, 201, "{made}");
    let key = made["path"].as_str().unwrap().strip_prefix("/welcome#").unwrap().to_owned();
    let answer = browser(agent, Method::POST, ENTER, "").json(&json!({"key": key})).send().await.unwrap();
    assert_eq!(answer.status(), 204);
    (made["id"].as_str().unwrap().to_owned(), cookie(answer.headers()).0)
}

/// What a screen hears.
struct Screen {
    chunks: BoxStream<'static, reqwest::Result<bytes::Bytes>>,
    text: String,
}

impl Screen {
    async fn open(agent: &Agent, cookie: &str, last: Option<&str>) -> Result<Self, u16> {
        let mut request = browser(agent, Method::GET, STREAM, cookie);
        if let Some(last) = last {
            request = request.header("last-event-id", last);
        }
        let answer = request.send().await.unwrap();
        if answer.status() != 200 {
            return Err(answer.status().as_u16());
        }
        Ok(Self { chunks: answer.bytes_stream().boxed(), text: String::new() })
    }

    /// The next event but beats: its name and its data; `None` when the stream has ended.
    async fn next(&mut self) -> Option<(String, Value)> {
        loop {
            if let Some((event, rest)) = self.text.split_once("\n\n") {
                let field = |name: &str| {
                    event
                        .lines()
                        .find_map(|line| line.strip_prefix(name))
                        .unwrap_or_default()
                        .trim()
                        .to_owned()
                };
                let (name, data) = (field("event:"), field("data:"));
                self.text = rest.to_owned();
                if name != "beat" {
                    return Some((name, serde_json::from_str(&data).unwrap_or(Value::String(data))));
                }
                continue;
            }
            let chunk = tokio::time::timeout(PATIENCE, self.chunks.next()).await.unwrap()?;
            self.text.push_str(std::str::from_utf8(&chunk.ok()?).unwrap());
        }
    }
}

fn event(id: &str, name: &str, kind: i64, address: &str) -> Value {
    json!({"identity_id": id, "identity_name": name, "group_name": "default_group", "timestamp": 1_565_771_454_932_i64,
           "score": 0.78, "reg_pic": BASE64_STANDARD.encode(photo(0, 0)),
           "ext_data": {"device_ip": address, "person_type": kind, "device_type": "0", "grab_fiqa_info": {}, "box_fiqa_info": {}}})
}

/// A form in parts with the boundary `x`.
fn multipart(fields: &[(&str, String)]) -> String {
    let part = |(name, value): &(&str, String)| {
        format!("--x\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
    };
    fields.iter().map(part).collect::<String>() + "--x--\r\n"
}

/// A box elsewhere: an address of this machine that the configuration names, or not.
fn from(address: [u8; 4], agent: &Agent) -> reqwest::RequestBuilder {
    edge::http::client().unwrap();
    let client = reqwest::Client::builder().local_address(IpAddr::from(address)).build().unwrap();
    client.post(format!("{}/updateWTVInfo", agent.api))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_of_another_box_reaches_a_screen() {
    let agent = place().await;
    let (_, secret) = link(&agent).await;
    let mut screen = Screen::open(&agent, &secret, None).await.unwrap();
    let (name, setup) = screen.next().await.unwrap();
    assert_eq!(
        (name.as_str(), &setup["settings"]["delay_ms"], &setup["media"]),
        ("setup", &json!(300), &json!([]))
    );

    let visitor = event("7", "李四", 2, "192.168.1.101");
    let (status, taken) = answer(from([127, 0, 0, 2], &agent).json(&visitor)).await;
    assert_eq!(
        (status, &taken["status"], &taken["message"], &taken["data"]),
        (200, &json!(0), &json!("ok"), &Value::Null)
    );
    let (name, told) = screen.next().await.unwrap();
    assert_eq!(
        (name.as_str(), &told["kind"], &told["name"]),
        ("greeting", &json!("visitor"), &json!("李四"))
    );
    assert!(!told.to_string().contains("\"7\""), "the id stays in the house: {told}");
    let picture = format!("/api/v1/welcome/screen/pictures/{}", told["id"]);
    let shown = browser(&agent, Method::GET, &picture, &secret).send().await.unwrap();
    assert_eq!(
        (shown.status().as_u16(), shown.headers()["content-type"].to_str().unwrap()),
        (200, "image/jpeg")
    );
    assert_eq!(shown.bytes().await.unwrap(), photo(0, 0));
    assert_eq!(answer(browser(&agent, Method::GET, &picture, "")).await.0, 401);
    assert_eq!(answer(browser(&agent, Method::GET, &format!("{picture}9"), &secret)).await.0, 404);

    // As a form, as later boxes send it; the same person has the same number.
    let form = [
        ("identity_id", "7".to_owned()),
        ("identity_name", "李四".into()),
        ("group_name", "default_group".into()),
        ("timestamp", "1565771454932".into()),
        ("score", "0.78".into()),
        ("ext_data", json!({"device_ip": "192.168.1.101", "person_type": 5}).to_string()),
    ];
    assert_eq!(answer(from([127, 0, 0, 2], &agent).form(&form)).await.1["greeted"], 1);
    let (_, again) = screen.next().await.unwrap();
    assert_eq!(
        (&again["kind"], &again["who"], &again["picture"]),
        (&json!("vip"), &told["who"], &json!(false))
    );

    // A screen that comes back hears what it missed, and no more.
    drop(screen);
    let last = told["id"].to_string();
    let mut screen = Screen::open(&agent, &secret, Some(&last)).await.unwrap();
    assert_eq!(screen.next().await.unwrap().0, "setup");
    assert_eq!(screen.next().await.unwrap().1["id"], again["id"]);

    // Whatever the sender calls it, or if it calls it nothing.
    let text = event("7", "李四", 5, "192.168.1.101").to_string();
    let called = |name: &'static str| from([127, 0, 0, 2], &agent).header("content-type", name);
    for sent in [
        from([127, 0, 0, 2], &agent).body(text.clone()),
        called("").body(text.clone()),
        called("text/plain;charset=UTF-8").body(text.clone()),
        called("application/octet-stream").body(text.clone()),
        called("application/x-www-form-urlencoded").body(text.clone()),
        called("multipart/form-data; boundary=x").body(multipart(&form)),
    ] {
        let (status, taken) = answer(sent).await;
        assert_eq!((status, &taken["greeted"]), (200, &json!(1)), "{taken}");
        assert_eq!(screen.next().await.unwrap().1["who"], told["who"]);
    }

    // Nobody is named who should not be, and nobody is told who is not wanted.
    for (kind, greeted) in [(3, 0), (4, 0), (1, 1)] {
        let sent = from([127, 0, 0, 2], &agent).json(&event("8", "Tom", kind, "192.168.1.102"));
        assert_eq!(answer(sent).await.1["greeted"], greeted, "{kind}");
    }
    assert_eq!(screen.next().await.unwrap().1["name"], "Tom");
    let wanted = json!({"types": ["blacklist", "vip"], "cameras": ["192.168.1.101"]});
    assert_eq!(call(&agent, Method::PUT, WELCOME, wanted).await.0, 200);
    let (name, setup) = screen.next().await.unwrap();
    assert_eq!((name.as_str(), &setup["settings"]["types"]), ("setup", &json!(["blacklist", "vip"])));
    for (kind, address, greeted) in
        [(5, "192.168.1.102", 0), (1, "192.168.1.101", 0), (3, "192.168.1.101", 1)]
    {
        let sent = from([127, 0, 0, 2], &agent).json(&event("9", "Mallory", kind, address));
        assert_eq!(answer(sent).await.1["greeted"], greeted, "{kind} {address}");
    }
    let (_, black) = screen.next().await.unwrap();
    assert_eq!(
        (&black["kind"], &black["name"], &black["picture"]),
        (&json!("blacklist"), &Value::Null, &json!(false))
    );
    agent.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn events_come_from_where_they_may_and_are_events() {
    let agent = place().await;
    let tom = event("7", "Tom", 1, "192.168.1.101");
    assert_eq!(answer(from([127, 0, 0, 3], &agent).json(&tom)).await.0, 401);
    let forwarded = from([127, 0, 0, 3], &agent).header("x-forwarded-for", "127.0.0.2").json(&tom);
    assert_eq!(answer(forwarded).await.0, 401);
    assert_eq!(answer(from([127, 0, 0, 3], &agent).bearer_auth("wrong").json(&tom)).await.0, 401);
    assert_eq!(answer(from([127, 0, 0, 3], &agent).bearer_auth(&agent.token).json(&tom)).await.0, 200);
    let basic = from([127, 0, 0, 3], &agent).basic_auth("box", Some(&agent.token));
    let (status, taken) = answer(basic.json(&tom)).await;
    assert_eq!((status, &taken["greeted"]), (200, &json!(0)), "nobody looks");

    let listed = || from([127, 0, 0, 2], &agent);
    for body in [json!({}), json!(7), json!({"identity_id": "7", "timestamp": "soon"})] {
        assert_eq!(answer(listed().json(&body)).await.0, 400, "{body}");
    }
    assert_eq!(answer(listed().body("{\"identity_id\": ")).await.0, 400);
    for (kind, body) in
        [("text/plain", "nothing of the kind"), ("image/jpeg", "\u{fffd}"), ("multipart/form-data", "x")]
    {
        assert_eq!(answer(listed().header("content-type", kind).body(body)).await.0, 400, "{kind}");
    }
    assert_eq!(answer(listed().body(vec![b' '; 13 << 20])).await.0, 413);
    let mut statuses = Vec::new();
    while statuses.len() < 40 && !statuses.contains(&429) {
        statuses.push(answer(from([127, 0, 0, 4], &agent).bearer_auth("guess").json(&json!({}))).await.0);
    }
    assert_eq!(statuses.last(), Some(&429), "whoever guesses has to wait: {statuses:?}");
    agent.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_screen_is_one_by_its_link_until_that_is_taken_back() {
    let agent = place().await;
    for name in ["", " ", &"x".repeat(81)] {
        assert_eq!(call(&agent, Method::POST, LINKS, json!({"name": name})).await.0, 400, "{name}");
    }
    let (id, secret) = link(&agent).await;
    let (other, second) = link(&agent).await;
    assert_eq!(Screen::open(&agent, "", None).await.err(), Some(401));
    assert_eq!(Screen::open(&agent, "menshen_welcome=00", None).await.err(), Some(401));
    let foreign = browser(&agent, Method::GET, STREAM, &secret).header("origin", "https://evil.example");
    assert_eq!(answer(foreign).await.0, 401);
    // A pad's secret is no screen's.
    assert_eq!(
        call(&agent, Method::POST, "/api/v1/cameras", json!({"name": "gate", "kind": "pad"})).await.0,
        201
    );
    let (_, issued) = call(&agent, Method::POST, "/api/v1/cameras/gate/pairing-code", Value::Null).await;
    let paired = browser(&agent, Method::POST, "/api/v1/pad/pair", "").json(&json!({"code": issued["code"]}));
    let pad = cookie(paired.send().await.unwrap().headers()).0.replace("menshen_pad", "menshen_welcome");
    assert_eq!(Screen::open(&agent, &pad, None).await.err(), Some(401));

    let mut screen = Screen::open(&agent, &secret, None).await.unwrap();
    let mut stays = Screen::open(&agent, &second, None).await.unwrap();
    assert_eq!(
        (screen.next().await.unwrap().0, stays.next().await.unwrap().0),
        ("setup".into(), "setup".into())
    );
    let (_, listed) = call(&agent, Method::GET, LINKS, Value::Null).await;
    let items = listed["items"].as_array().unwrap();
    assert_eq!(items.len(), 2, "{listed}");
    assert!(items.iter().all(|link| link["used_at"].is_i64() && link["path"].is_null()), "{listed}");
    assert!(!listed.to_string().contains(secret.split_once('=').unwrap().1));
    let looked = call(&agent, Method::GET, WELCOME, Value::Null).await.1;
    assert_eq!(looked["screens"], 2);
    let port: u16 = agent.api.rsplit(':').next().unwrap().parse().unwrap();
    assert_eq!(looked["local_api"], json!({"port": port, "tls": false, "here_only": true}));

    assert_eq!(call(&agent, Method::DELETE, &format!("{LINKS}/{id}"), Value::Null).await.0, 204);
    assert_eq!(screen.next().await.unwrap().0, "revoked");
    assert!(screen.next().await.is_none());
    assert_eq!(Screen::open(&agent, &secret, None).await.err(), Some(401));
    assert_eq!(call(&agent, Method::DELETE, &format!("{LINKS}/{id}"), Value::Null).await.0, 404);
    assert_eq!(answer(from([127, 0, 0, 2], &agent).json(&event("7", "Tom", 1, ""))).await.1["greeted"], 1);
    assert_eq!(stays.next().await.unwrap().1["name"], "Tom", "the other one stays");

    let many: Vec<_> =
        futures_util::future::join_all((0..20).map(|_| Screen::open(&agent, &second, None))).await;
    assert!(many.iter().any(|screen| screen.as_ref().err() == Some(&503)), "screens are bounded");
    let mut statuses = Vec::new();
    while statuses.len() < 40 && !statuses.contains(&429) {
        let guess = browser(&agent, Method::POST, ENTER, "").json(&json!({"key": "guess"}));
        statuses.push(answer(guess).await.0);
    }
    assert_eq!(statuses.last(), Some(&429), "whoever guesses has to wait: {statuses:?}");
    drop((many, stays));
    let agent = agent.again().await;
    let connected = browser(&agent, Method::GET, STREAM, &second).send().await.unwrap();
    assert_eq!(connected.status(), 200, "a link outlives the process");
    let (renewed, attributes) = cookie(connected.headers());
    assert!(renewed == second && attributes.contains("Max-Age=34560000"), "{attributes}");
    drop(connected);
    assert_eq!(call(&agent, Method::DELETE, &format!("{LINKS}/{other}"), Value::Null).await.0, 204);
    agent.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn people_of_this_box_are_greeted_with_their_photo() {
    let agent = place().await;
    let person = json!({"identity_id": "1", "reg_photo": BASE64_STANDARD.encode(photo(0, 0)), "group_name": "default_group",
        "info": {"name": "小王", "type": 5, "permission_ids": ["0"]}});
    assert_eq!(call(&agent, Method::POST, "/SophonFogSys/api/users", person).await.0, 200);
    let camera = json!({"name": "gate", "kind": "pad", "password": "of the gate"});
    assert_eq!(call(&agent, Method::POST, "/api/v1/cameras", camera).await.0, 201);
    for changes in [json!({"stay_s": 1}), json!({"colour": "red"}), json!({"types": ["guest"]}), json!([])] {
        let (status, reply) = call(&agent, Method::PUT, WELCOME, changes.clone()).await;
        assert_eq!(status, 400, "{changes}: {reply}");
    }
    let changes = json!({"cameras": ["gate"], "words": {"vip": "你好,{name}"}});
    assert_eq!(call(&agent, Method::PUT, WELCOME, changes).await.0, 200);

    let (_, secret) = link(&agent).await;
    let mut screen = Screen::open(&agent, &secret, None).await.unwrap();
    assert_eq!(screen.next().await.unwrap().1["settings"]["words"]["vip"], "你好,{name}");
    let look = async |picture: Vec<u8>| {
        let url = format!("{}/api/v1/pad/gate/captures", agent.api);
        let request = edge::http::client().unwrap().post(url).bearer_auth("of the gate");
        answer(request.header("content-type", "image/jpeg").body(picture)).await.1["verdict"].clone()
    };
    assert_ne!(look(photo(1, 0)).await, "let_in");
    assert_eq!(look(photo(0, 1)).await, "let_in");
    let (_, told) = screen.next().await.unwrap();
    assert_eq!(
        (&told["kind"], &told["name"]),
        (&json!("vip"), &json!("小王")),
        "strangers are not greeted: {told}"
    );
    let picture = format!("/api/v1/welcome/screen/pictures/{}", told["id"]);
    let shown = browser(&agent, Method::GET, &picture, &secret).send().await.unwrap();
    assert_eq!(shown.bytes().await.unwrap(), photo(0, 0), "the photo of the enrolment");
    agent.stop().await;
}
