//! Gate terminals: a capture goes up, the decision comes down, over HTTP and over a WebSocket, for those who know the
//! camera's password and for that camera only.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use futures_util::{SinkExt as _, StreamExt as _};
use reqwest::Method;
use runtime::testing::wait_until;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use crate::support::photos::{bomb, photo, scenery};
use crate::support::{Agent, PATIENCE, World};

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// A box that knows person 1, with two pads and a folder.
async fn place(world: &World) -> Agent {
    world.platform.person("1", &photo(0, 0));
    let agent = world.joined_box().await;
    let command =
        json!({"method": "add_users_plus", "userid_list": ["1"], "extend_params": {"path": "/details"}});
    assert_eq!(world.execute(command).await["success"], true);
    for camera in [
        json!({"name": "gate", "kind": "pad", "password": "of the gate", "door": {"kind": "log"}, "duplicate_interval": 600}),
        json!({"name": "side", "kind": "pad", "user": "tablet", "password": "of the side", "device_type": 4}),
        json!({"name": "hall", "kind": "file", "path": agent.frames.path()}),
    ] {
        let request = agent.request(|client, url| client.request(Method::POST, url), "/api/v1/cameras");
        let answer = request.json(&camera).send().await.unwrap();
        assert_eq!(answer.status(), 201, "{:?}", answer.text().await);
    }
    agent
}

fn captures(agent: &Agent, camera: &str) -> reqwest::RequestBuilder {
    let client = edge::http::client().unwrap();
    client.post(format!("{}/api/v1/pad/{camera}/captures", agent.api))
}

async fn send(request: reqwest::RequestBuilder, body: Vec<u8>) -> (u16, Value) {
    let answer = request.header("content-type", "image/jpeg").body(body).send().await.unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap_or_default())
}

async fn open(agent: &Agent, path: &str, origin: Option<&str>) -> Result<Socket, u16> {
    let url = format!("{}/api/v1/pad/{path}", agent.api.replace("http://", "ws://"));
    let mut request = url.into_client_request().unwrap();
    if let Some(origin) = origin {
        request.headers_mut().insert("origin", origin.parse().unwrap());
    }
    match connect_async(request).await {
        Ok((socket, _)) => Ok(socket),
        Err(Error::Http(response)) => Err(response.status().as_u16()),
        Err(error) => panic!("{error}"),
    }
}

/// The next message but health.
async fn next(socket: &mut Socket) -> Value {
    loop {
        let message = tokio::time::timeout(PATIENCE, socket.next()).await.unwrap().unwrap().unwrap();
        let Message::Text(text) = message else { continue };
        let value: Value = serde_json::from_str(&text).unwrap();
        if value["type"] != "health" {
            return value;
        }
    }
}

async fn closed(socket: &mut Socket) -> CloseCode {
    loop {
        match tokio::time::timeout(PATIENCE, socket.next()).await.unwrap() {
            Some(Ok(Message::Close(Some(frame)))) => return frame.code,
            Some(Ok(_)) => {}
            other => panic!("not closed in order: {other:?}"),
        }
    }
}

/// As long as somebody stands in front of a door that fails they are told so, and it is asked again soon.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_is_welcomed_at_a_door_that_fails() {
    let world = World::start().await;
    let agent = place(&world).await;
    let broken = json!({"name": "broken", "kind": "pad", "password": "of the broken", "duplicate_interval": 600,
        "door": {"kind": "http", "url": "http://127.0.0.1:9/"}});
    let request = agent.request(|client, url| client.request(Method::POST, url), "/api/v1/cameras");
    assert_eq!(request.json(&broken).send().await.unwrap().status(), 201);
    let (mut events, mut repeats, began) = (BTreeSet::new(), 0, Instant::now());
    while events.len() < 2 || repeats == 0 {
        assert!(began.elapsed() < PATIENCE, "{events:?}, {repeats} repeats");
        let request = captures(&agent, "broken").bearer_auth("of the broken");
        let (_, told) = send(request, photo(0, 1)).await;
        assert_eq!(
            (&told["verdict"], &told["screen"]["code"]),
            (&json!("let_in"), &json!("door_failed")),
            "{told}"
        );
        match told["event"].as_i64() {
            Some(event) => drop(events.insert(event)),
            None => repeats += usize::from(told["repeated"] == true),
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_capture_by_http_is_answered_with_the_decision() {
    let world = World::start().await;
    let agent = place(&world).await;
    agent.until("seen as absent", |status| status["cameras"][0]["state"] == "offline").await;
    let gate = || captures(&agent, "gate").bearer_auth("of the gate");

    let (status, known) = send(gate().query(&[("photo", "true")]), photo(0, 1)).await;
    assert_eq!(status, 200, "{known}");
    assert_eq!((&known["verdict"], &known["identity_id"]), (&json!("let_in"), &json!("1")), "{known}");
    assert_eq!((&known["name"], &known["person_type"]), (&json!("person 1"), &json!(1)));
    assert_eq!((&known["door"]["action"], &known["door"]["result"]), (&json!("open"), &json!("ok")));
    assert_eq!((&known["screen"]["colour"], &known["screen"]["text"]), (&json!("green"), &json!("person 1")));
    assert_eq!(BASE64_STANDARD.decode(known["photo"].as_str().unwrap()).unwrap(), photo(0, 0));
    assert!(known["event"].is_i64() && known["score"].as_f64().unwrap() > 0.5, "{known}");
    agent.until("seen as present", |status| status["cameras"][0]["state"] == "online").await;

    let body = json!({"image": format!("data:image/jpeg;base64,{}", BASE64_STANDARD.encode(photo(0, 1)))});
    let answer = gate().json(&body).send().await.unwrap();
    let again: Value = answer.json().await.unwrap();
    assert_eq!((&again["verdict"], &again["repeated"]), (&json!("let_in"), &json!(true)), "{again}");
    assert_eq!((&again["event"], &again["photo"]), (&Value::Null, &Value::Null));

    let (_, stranger) = send(gate(), photo(1, 0)).await;
    assert_ne!(stranger["verdict"], "let_in", "{stranger}");
    assert_eq!((&stranger["identity_id"], &stranger["door"]["action"]), (&Value::Null, &json!("none")));
    let (_, nobody) = send(gate(), scenery()).await;
    assert_eq!((&nobody["verdict"], &nobody["guidance"][0]["code"]), (&json!("no_face"), &json!("no_face")));

    let basic = captures(&agent, "side").basic_auth("tablet", Some("of the side"));
    let (status, other) = send(basic, photo(0, 1)).await;
    assert_eq!((status, &other["door"]["action"]), (200, &json!("none")), "{other}");
    let (status, _) = send(captures(&agent, "side").bearer_auth(&agent.token), photo(0, 1)).await;
    assert_eq!(status, 200, "the box's token serves as well");
    agent.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_calls_for_another_camera_and_rubbish_is_refused() {
    let world = World::start().await;
    let agent = place(&world).await;
    let good = photo(0, 1);
    let refused = [
        captures(&agent, "gate"),
        captures(&agent, "gate").bearer_auth("wrong"),
        captures(&agent, "gate").basic_auth("tablet", Some("of the gate")),
        captures(&agent, "gate").bearer_auth("of the side"),
        captures(&agent, "nowhere").bearer_auth("of the gate"),
        captures(&agent, "hall").bearer_auth(""),
    ];
    for request in refused {
        let (status, reply) = send(request, good.clone()).await;
        assert_eq!(status, 401, "{reply}");
        assert!(reply["error"]["message"].is_string());
    }
    let token = |camera: &str| captures(&agent, camera).bearer_auth(&agent.token);
    assert_eq!(send(token("nowhere"), good.clone()).await.0, 404);
    assert_eq!(send(token("hall"), good.clone()).await.0, 400);

    let gate = || captures(&agent, "gate").bearer_auth("of the gate");
    for (status, body) in [
        (400, Vec::new()),
        (422, b"this is no picture at all".to_vec()),
        (422, good[..good.len() / 2].to_vec()),
        (422, bomb()),
        (413, vec![0xff; 9 << 20]),
    ] {
        let (found, reply) = send(gate(), body).await;
        assert_eq!(found, status, "{reply}");
    }
    for body in [json!({}), json!({"image": "***"}), json!([1])] {
        assert_eq!(gate().json(&body).send().await.unwrap().status(), 400, "{body}");
    }
    let status = agent.until("counted", |status| status["cameras"][0]["refused"] == 8).await;
    assert_eq!(status["recognition"]["let_in"], 0, "{status}");
    assert_eq!(send(gate(), good.clone()).await.1["verdict"], "let_in");
    let mut statuses = Vec::new();
    while statuses.len() < 40 && !statuses.contains(&429) {
        statuses.push(send(captures(&agent, "gate").bearer_auth("guess"), good.clone()).await.0);
    }
    assert_eq!(statuses.last(), Some(&429), "whoever guesses has to wait: {statuses:?}");
    agent.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_answers_every_capture_once() {
    let world = World::start().await;
    let agent = place(&world).await;
    let page = Some("http://127.0.0.1:8886");
    let mut socket = open(&agent, "gate/stream?code=of%20the%20gate", page).await.unwrap();
    let hello = next(&mut socket).await;
    assert_eq!((&hello["type"], &hello["camera"]), (&json!("hello"), &json!("gate")), "{hello}");
    socket.send(Message::text(r#"{"type": "options", "photo": true}"#)).await.unwrap();
    socket.send(Message::binary(photo(0, 1))).await.unwrap();
    let known = next(&mut socket).await;
    assert_eq!((&known["type"], &known["capture"]), (&json!("decision"), &json!(1)), "{known}");
    assert_eq!((&known["verdict"], &known["door"]["result"]), (&json!("let_in"), &json!("ok")), "{known}");
    assert!(known["photo"].is_string());

    for (number, body, word) in
        [(2, photo(1, 0), "decision"), (3, scenery(), "decision"), (4, b"garbage".to_vec(), "error")]
    {
        socket.send(Message::binary(body)).await.unwrap();
        let answer = next(&mut socket).await;
        assert_eq!((&answer["type"], &answer["capture"]), (&json!(word), &json!(number)), "{answer}");
        assert_ne!(answer["verdict"], "let_in", "{answer}");
    }

    // Ten at once: one is judged at a time, the newest wins, and each is answered.
    for _ in 0..10 {
        socket.send(Message::binary(photo(0, 1))).await.unwrap();
    }
    let mut answers = BTreeMap::new();
    while answers.len() < 10 {
        let answer = next(&mut socket).await;
        let before =
            answers.insert(answer["capture"].as_u64().unwrap(), answer["type"].as_str().unwrap().to_owned());
        assert_eq!(before, None, "{answer}");
    }
    assert_eq!(answers.keys().copied().collect::<Vec<_>>(), (5..15).collect::<Vec<_>>());
    assert_eq!(answers[&14], "decision", "{answers:?}");
    assert!(answers.values().any(|word| word == "superseded"), "{answers:?}");

    socket.send(Message::text("what is this")).await.unwrap();
    assert_eq!(next(&mut socket).await["code"], "order");
    // The camera is changed: whoever was let in by the old password is sent away.
    let request = agent.request(|client, url| client.patch(url), "/api/v1/cameras/gate");
    assert_eq!(request.json(&json!({"password": "another"})).send().await.unwrap().status(), 200);
    assert_eq!(closed(&mut socket).await, CloseCode::Again);
    assert_eq!(open(&agent, "gate/stream?code=of%20the%20gate", None).await.err(), Some(401));
    agent.stop().await;
}

/// Whether a seat at the gate becomes free.
async fn next_seat(agent: &Agent) -> bool {
    wait_until(PATIENCE, || async { open(agent, "gate/stream?code=of%20the%20gate", None).await.is_ok() })
        .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_is_for_those_who_may_and_bounded() {
    let world = World::start().await;
    let agent = place(&world).await;
    for (path, origin, status) in [
        ("gate/stream", None, 401),
        ("gate/stream?code=wrong", None, 401),
        ("gate/stream?code=of%20the%20side", None, 401),
        ("nowhere/stream?code=of%20the%20gate", None, 401),
        ("gate/stream?code=of%20the%20gate", Some("http://evil.example"), 403),
        ("gate/stream?code=of%20the%20gate", Some("null"), 403),
    ] {
        assert_eq!(open(&agent, path, origin).await.err(), Some(status), "{path}");
    }
    let mut sockets = Vec::new();
    for _ in 0..4 {
        sockets.push(open(&agent, "gate/stream?code=of%20the%20gate", None).await.unwrap());
    }
    assert_eq!(open(&agent, "gate/stream?code=of%20the%20gate", None).await.err(), Some(503));
    let mut socket = sockets.pop().unwrap();
    next(&mut socket).await;
    socket.send(Message::binary(vec![0; (6 << 20) + 1])).await.unwrap();
    let refused = next(&mut socket).await;
    assert_eq!((&refused["code"], &refused["capture"]), (&json!("too_large"), &json!(1)), "{refused}");
    // Whoever sends still more is cut off, perhaps before all of it is sent.
    let _ = socket.send(Message::binary(vec![0; 8 << 20])).await;
    let end = async {
        while let Some(Ok(message)) = socket.next().await {
            assert!(!matches!(message, Message::Binary(_)));
        }
    };
    tokio::time::timeout(PATIENCE, end).await.expect("the stream goes on");
    assert!(next_seat(&agent).await, "its seat is not free");
    let mut last = sockets.pop().unwrap();
    next(&mut last).await;
    // A box that stops says so.
    let (closing, _) = tokio::join!(closed(&mut last), agent.stop());
    assert_eq!(closing, CloseCode::Away);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pad_that_sends_too_much_at_once_is_told_to_wait() {
    let world = World::start().await;
    let agent = place(&world).await;
    let picture = photo(0, 1);
    // Captures whose pictures are still on their way hold the seats of their pad.
    let head = format!(
        "POST /api/v1/pad/gate/captures HTTP/1.1\r\nHost: box\r\nAuthorization: Bearer of the gate\r\n\
         Content-Type: image/jpeg\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        picture.len()
    );
    let mut under_way = Vec::new();
    for _ in 0..2 {
        let mut line = TcpStream::connect(agent.api.strip_prefix("http://").unwrap()).await.unwrap();
        line.write_all(&[head.as_bytes(), &picture[..100]].concat()).await.unwrap();
        under_way.push(line);
    }
    let gate = || captures(&agent, "gate").bearer_auth("of the gate").header("content-type", "image/jpeg");
    let refused = async || gate().body(scenery()).send().await.unwrap();
    let is_busy = || async { refused().await.status() == 503 };
    assert!(wait_until(PATIENCE, is_busy).await, "a third capture of one pad is taken");
    let answer = refused().await;
    assert_eq!((answer.status().as_u16(), &answer.headers()["retry-after"]), (503, &"1".parse().unwrap()));
    let refusal: Value = answer.json().await.unwrap();
    assert!(refusal["error"]["message"].as_str().unwrap().contains("wait for their answers"), "{refusal}");
    let side = captures(&agent, "side").basic_auth("tablet", Some("of the side"));
    assert_eq!(send(side, photo(0, 1)).await.0, 200, "another pad is not concerned");
    for mut line in under_way {
        line.write_all(&picture[100..]).await.unwrap();
        let mut answer = String::new();
        line.read_to_string(&mut answer).await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 200") && answer.contains("let_in"), "{answer}");
    }
    assert_eq!(send(gate(), photo(0, 1)).await.0, 200, "the seats are free again");
    agent.stop().await;
}
