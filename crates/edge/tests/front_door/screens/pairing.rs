use std::net::SocketAddr;
use std::sync::Arc;

use edge::config::Tls;
use futures_util::{SinkExt as _, StreamExt as _};
use reqwest::Method;
use reqwest::header::{COOKIE, HeaderMap, SET_COOKIE};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use super::{answer, browser, call, cookie};
use crate::support::agent::{believing, config};
use crate::support::photos::photo;
use crate::support::{Agent, PATIENCE};

const CODE: &str = "/api/v1/cameras/gate/pairing-code";
const TERMINALS: &str = "/api/v1/cameras/gate/terminals";
const PAIR: &str = "/api/v1/pad/pair";
const SESSION: &str = "/api/v1/pad/session";

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// A box with two pads, of which none has a password, and a network camera.
async fn place() -> Agent {
    furnished(Agent::start(None).await).await
}

async fn furnished(agent: Agent) -> Agent {
    for camera in [
        json!({"name": "gate", "kind": "pad", "door": {"kind": "log"}, "direction": "out"}),
        json!({"name": "side", "kind": "pad"}),
        json!({"name": "hall", "kind": "rtsp", "url": "rtsp://127.0.0.1:9/hall"}),
    ] {
        assert_eq!(call(&agent, Method::POST, "/api/v1/cameras", camera).await.0, 201);
    }
    agent
}

async fn code(agent: &Agent) -> String {
    let (status, issued) = call(agent, Method::POST, CODE, Value::Null).await;
    assert_eq!(status, 201, "{issued}");
    issued["code"].as_str().unwrap().to_owned()
}

/// Pairs a browser and returns its cookie.
async fn pair(agent: &Agent) -> String {
    let sent = json!({"code": code(agent).await});
    let answer = browser(agent, Method::POST, PAIR, "").json(&sent).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    cookie(answer.headers()).0
}

async fn open(agent: &Agent, camera: &str, cookie: &str, origin: &str) -> Result<Socket, u16> {
    Ok(connect(agent, camera, cookie, origin).await?.0)
}

/// A stream, and the headers of the answer that opened it.
async fn connect(
    agent: &Agent,
    camera: &str,
    cookie: &str,
    origin: &str,
) -> Result<(Socket, HeaderMap), u16> {
    let url = format!("{}/api/v1/pad/{camera}/stream", agent.api.replace("http://", "ws://"));
    let mut request = url.into_client_request().unwrap();
    request.headers_mut().insert("cookie", cookie.parse().unwrap());
    request.headers_mut().insert("origin", origin.parse().unwrap());
    match connect_async(request).await {
        Ok((socket, answer)) => Ok((socket, answer.headers().clone())),
        Err(Error::Http(response)) => Err(response.status().as_u16()),
        Err(error) => panic!("{error}"),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_browser_is_paired_once_and_is_that_pad_until_it_is_taken_back() {
    let agent = place().await;
    let code = code(&agent).await;
    let spaced = format!("{} {}", &code[..4], &code[4..]);
    let request = browser(&agent, Method::POST, PAIR, "").header("user-agent", "A tablet");
    let request = request.header("origin", "https://127.0.0.1:8886");
    let paired = request.json(&json!({"code": spaced})).send().await.unwrap();
    assert_eq!(paired.status(), 200);
    let (secret, attributes) = cookie(paired.headers());
    for word in ["HttpOnly", "SameSite=Strict", "Secure", "Path=/api/v1/pad"] {
        assert!(attributes.contains(word), "{attributes}");
    }
    let seat: Value = paired.json().await.unwrap();
    assert_eq!(seat, json!({"camera": "gate", "direction": "out", "door": true}));
    let again = browser(&agent, Method::POST, PAIR, "").json(&json!({"code": code}));
    assert_eq!(answer(again).await.0, 401, "a code is good once");

    let (status, who) = answer(browser(&agent, Method::GET, SESSION, &secret)).await;
    assert_eq!((status, who), (200, seat.clone()));
    let wrong = answer(browser(&agent, Method::GET, SESSION, "menshen_pad=00")).await;
    assert_eq!(wrong.0, 401, "{}", wrong.1);

    // It is that pad, no other one, and for pages of this box alone.
    let here = "https://127.0.0.1:8886";
    assert_eq!(open(&agent, "side", &secret, here).await.err(), Some(401));
    assert_eq!(open(&agent, "gate", &secret, "https://evil.example").await.err(), Some(401));
    assert_eq!(answer(browser(&agent, Method::GET, "/api/v1/status", &secret)).await.0, 401);
    let mut socket = open(&agent, "gate", &secret, here).await.unwrap();
    socket.send(Message::binary(photo(1, 0))).await.unwrap();
    let judged = loop {
        let message = tokio::time::timeout(PATIENCE, socket.next()).await.unwrap().unwrap().unwrap();
        let Message::Text(text) = message else { continue };
        let told: Value = serde_json::from_str(&text).unwrap();
        if told["type"] == "decision" {
            break told;
        }
    };
    assert_eq!((&judged["capture"], &judged["faces"]), (&json!(1), &json!(1)), "{judged}");
    assert!(judged["screen"]["code"].is_string(), "{judged}");

    let (_, listed) = call(&agent, Method::GET, TERMINALS, Value::Null).await;
    let terminal = &listed["items"][0];
    assert_eq!(
        (&terminal["name"], &terminal["address"]),
        (&json!("A tablet"), &json!("127.0.0.1")),
        "{listed}"
    );
    assert!(terminal["used_at"].is_i64(), "{listed}");
    assert!(!listed.to_string().contains(secret.split_once('=').unwrap().1));

    let one = format!("{TERMINALS}/{}", terminal["id"].as_str().unwrap());
    let other = one.replace("/gate/", "/side/");
    assert_eq!(call(&agent, Method::DELETE, &other, Value::Null).await.0, 404);
    assert_eq!(call(&agent, Method::DELETE, &one, Value::Null).await.0, 204);
    let closed = loop {
        match tokio::time::timeout(PATIENCE, socket.next()).await.unwrap() {
            Some(Ok(Message::Close(Some(frame)))) => break frame.code,
            Some(Ok(_)) => {}
            other => panic!("not closed in order: {other:?}"),
        }
    };
    assert_eq!(closed, CloseCode::Policy);
    assert_eq!(open(&agent, "gate", &secret, here).await.err(), Some(401));
    assert_eq!(answer(browser(&agent, Method::GET, SESSION, &secret)).await.0, 401);
    assert_eq!(call(&agent, Method::DELETE, &one, Value::Null).await.0, 404);
    agent.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pad_that_connects_stays_one() {
    let directory = Arc::new(tempfile::tempdir().unwrap());
    let mut config = config(directory.path(), None);
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let (cert, key) = (directory.path().join("own.crt"), directory.path().join("own.key"));
    std::fs::write(&cert, made.cert.pem()).unwrap();
    std::fs::write(&key, made.signing_key.serialize_pem()).unwrap();
    config.console.tls = Tls { cert: Some(cert), key: Some(key) };
    let agent = furnished(Agent::with(directory, config).await).await;
    let secret = pair(&agent).await;
    let renewed = |headers: &HeaderMap| {
        let (same, attributes) = cookie(headers);
        assert_eq!(same, secret);
        assert!(attributes.contains("Max-Age=34560000") && attributes.contains("HttpOnly"), "{attributes}");
        attributes.ends_with("; Secure")
    };
    let asked = browser(&agent, Method::GET, SESSION, &secret).send().await.unwrap();
    assert!(!renewed(asked.headers()), "this line is not encrypted");
    let console = std::fs::read_to_string(agent.directory.path().join("console.addr")).unwrap();
    let port = console.parse::<SocketAddr>().unwrap().port();
    let by_tls = believing(made.cert.pem().as_bytes()).get(format!("https://localhost:{port}{SESSION}"));
    let asked = by_tls.header(COOKIE, &secret).send().await.unwrap();
    assert!(renewed(asked.headers()), "this one is");
    for (origin, is_secure) in [("http://127.0.0.1:8886", false), ("https://127.0.0.1:8886", true)] {
        let (_, answer) = connect(&agent, "gate", &secret, origin).await.unwrap();
        assert_eq!(renewed(&answer), is_secure, "{origin}");
    }

    // Nobody else is made one.
    let stranger = browser(&agent, Method::GET, SESSION, "menshen_pad=00").send().await.unwrap();
    assert!(stranger.status() == 401 && !stranger.headers().contains_key(SET_COOKIE));
    agent.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn terminals_survive_a_restart_and_go_with_their_camera() {
    let agent = place().await;
    let secret = pair(&agent).await;
    let unused = code(&agent).await;
    let agent = agent.again().await;
    assert_eq!(answer(browser(&agent, Method::GET, SESSION, &secret)).await.0, 200);
    let late = browser(&agent, Method::POST, PAIR, "").json(&json!({"code": unused}));
    assert_eq!(answer(late).await.0, 401, "codes end with the process");

    assert_eq!(call(&agent, Method::DELETE, "/api/v1/cameras/gate", Value::Null).await.0, 204);
    let anew = json!({"name": "gate", "kind": "pad"});
    assert_eq!(call(&agent, Method::POST, "/api/v1/cameras", anew).await.0, 201);
    assert_eq!(answer(browser(&agent, Method::GET, SESSION, &secret)).await.0, 401);
    assert_eq!(call(&agent, Method::GET, TERMINALS, Value::Null).await.1["items"], json!([]));
    agent.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn codes_are_for_pads_and_guessing_them_is_slow() {
    let agent = place().await;
    for (camera, status) in [("hall", 400), ("nowhere", 404)] {
        let path = CODE.replace("gate", camera);
        assert_eq!(call(&agent, Method::POST, &path, Value::Null).await.0, status, "{camera}");
        assert_eq!(
            call(&agent, Method::GET, &TERMINALS.replace("gate", camera), Value::Null).await.0,
            status
        );
    }
    let secret = pair(&agent).await;
    let mut unused = code(&agent).await;
    let foreign = browser(&agent, Method::POST, PAIR, "").header("origin", "https://evil.example");
    assert_eq!(answer(foreign.json(&json!({"code": unused}))).await.0, 403);
    let large = browser(&agent, Method::POST, PAIR, "").body(vec![b' '; 8 << 10]);
    assert_eq!(answer(large).await.0, 413);
    let shapeless = browser(&agent, Method::POST, PAIR, "").json(&json!({"code": 7}));
    assert_eq!(answer(shapeless).await.0, 400);

    let guess = async |n: u32| {
        let sent = json!({"code": format!("{n:08}")});
        answer(browser(&agent, Method::POST, PAIR, "").json(&sent)).await.0
    };
    let mut right = 0;
    // On a busy machine the few seconds may be over when the right one comes.
    for _ in 0..3 {
        let mut statuses = Vec::new();
        while statuses.len() < 40 && !statuses.contains(&429) {
            statuses.push(guess(u32::try_from(statuses.len()).unwrap()).await);
        }
        assert_eq!(statuses.last(), Some(&429), "whoever guesses has to wait: {statuses:?}");
        let sent = json!({"code": unused});
        right = answer(browser(&agent, Method::POST, PAIR, "").json(&sent)).await.0;
        if right == 429 {
            break;
        }
        unused = code(&agent).await;
    }
    assert_eq!(right, 429, "with the right one, too");
    // A pad that is paired already does not suffer from what others guess at its address.
    assert!(open(&agent, "gate", &secret, "https://127.0.0.1:8886").await.is_ok());
    agent.stop().await;
}
