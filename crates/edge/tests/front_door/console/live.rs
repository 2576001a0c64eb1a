//! What a camera shows to those who watch: pictures with the faces in them, to those who may see them.

use std::time::Duration;

use futures_util::StreamExt as _;
use reqwest::{Method, header};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use super::{Browser, answer};
use crate::support::agent::PASSWORD;
use crate::support::photos::photo;
use crate::support::{Agent, PATIENCE};

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// A box that knows a person and looks into a folder.
async fn place() -> Agent {
    let agent = Agent::start(None).await;
    let person = json!({"identity_id": "7", "group_name": "default_group", "info": {"name": "Ada", "type": 1},
        "reg_photo": protocol::image::encode_base64_photo(&photo(0, 0))});
    let request = agent.request(|client, url| client.post(url), "/SophonFogSys/api/users").json(&person);
    assert_eq!(answer(request).await.0, 200);
    let camera =
        json!({"name": "front", "kind": "file", "path": agent.frames.path(), "door": {"kind": "log"}});
    let request = agent.request(|client, url| client.post(url), "/api/v1/cameras").json(&camera);
    assert_eq!(answer(request).await.0, 201);
    agent
}

fn show(agent: &Agent, name: &str, photo: &[u8]) {
    let frames = agent.frames.path();
    std::fs::write(frames.join("new.tmp"), photo).unwrap();
    std::fs::rename(frames.join("new.tmp"), frames.join(name)).unwrap();
}

async fn watch(browser: &Browser, camera: &str, origin: &str) -> Result<Socket, u16> {
    let url = format!("{}/api/v1/cameras/{camera}/live", browser.base.replace("http://", "ws://"));
    let mut request = url.into_client_request().unwrap();
    request.headers_mut().insert("origin", origin.parse().unwrap());
    if !browser.cookie.is_empty() {
        request.headers_mut().insert("cookie", browser.cookie.parse().unwrap());
    }
    match connect_async(request).await {
        Ok((socket, _)) => Ok(socket),
        Err(Error::Http(refusal)) => Err(refusal.status().as_u16()),
        Err(other) => panic!("{other}"),
    }
}

/// The next message that is no ping; `None` when the stream has ended.
async fn next(socket: &mut Socket) -> Option<Message> {
    loop {
        let message = tokio::time::timeout(PATIENCE, socket.next()).await.expect("nothing came")?.ok()?;
        if !matches!(message, Message::Ping(_) | Message::Pong(_)) {
            return Some(message);
        }
    }
}

/// The next frame, with its picture.
async fn frame(socket: &mut Socket) -> (Value, Vec<u8>) {
    loop {
        let Some(Message::Text(text)) = next(socket).await else { panic!("no text") };
        let message: Value = serde_json::from_str(&text).unwrap();
        if message["type"] == "frame" {
            let Some(Message::Binary(jpeg)) = next(socket).await else { panic!("no picture") };
            return (message, jpeg.to_vec());
        }
        assert_eq!((&message["type"], &message["camera"]["name"]), (&json!("state"), &json!("front")));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_is_logged_in_watches_faces_with_their_names() {
    let agent = place().await;
    let mut browser = Browser::at(&agent);
    let origin = browser.base.clone();
    assert_eq!(watch(&browser, "front", &origin).await.err(), Some(401));
    assert_eq!(browser.get("/api/v1/cameras/front/picture").await.0, 401);
    browser.log_in(PASSWORD).await;
    assert_eq!(watch(&browser, "front", "https://evil.example").await.err(), Some(403));
    assert_eq!(watch(&browser, "back", &origin).await.err(), Some(404));
    assert_eq!(browser.get("/api/v1/cameras/front/live").await.0, 400, "no WebSocket");
    let (status, reply) = browser.get("/api/v1/cameras/front/picture").await;
    assert!(status == 404 && reply["error"]["message"].as_str().unwrap().contains("no picture"), "{reply}");

    let mut socket = watch(&browser, "front", &origin).await.unwrap();
    show(&agent, "one.jpg", &photo(0, 1));
    let (known, jpeg) = frame(&mut socket).await;
    assert!(jpeg.starts_with(&[0xff, 0xd8]));
    let face = &known["faces"][0];
    assert_eq!(
        (&face["label"]["verdict"], &face["label"]["name"]),
        (&json!("let_in"), &json!("Ada")),
        "{known}"
    );
    let area: Vec<f64> = serde_json::from_value(face["area"].clone()).unwrap();
    assert!(area[0] < area[2] && area[1] < area[3] && area[2] - area[0] < 1.0, "{area:?}");
    let picture = browser.request(Method::GET, "/api/v1/cameras/front/picture").send().await.unwrap();
    let taken_at: i64 = picture.headers()["x-taken-at"].to_str().unwrap().parse().unwrap();
    assert_eq!(
        (&picture.headers()[header::CACHE_CONTROL], taken_at),
        (&"private, no-store".parse().unwrap(), known["taken_at"].as_i64().unwrap())
    );
    assert_eq!(picture.bytes().await.unwrap(), jpeg);

    // A tried photo is shown to nobody; the next picture is.
    let tried = browser.request(Method::POST, "/api/v1/recognition/try").body(photo(1, 0));
    assert_eq!(answer(tried.header("content-type", "image/jpeg")).await.0, 200);
    tokio::time::sleep(Duration::from_millis(200)).await;
    show(&agent, "two.jpg", &photo(1, 0));
    let (stranger, _) = frame(&mut socket).await;
    assert_eq!(stranger["faces"][0]["label"]["name"], Value::Null, "{stranger}");
    assert!(stranger["taken_at"].as_i64() > known["taken_at"].as_i64());

    // Whoever logs out sees nothing more.
    assert_eq!(browser.request(Method::DELETE, "/api/v1/session").send().await.unwrap().status(), 204);
    let last = next(&mut socket).await;
    assert!(matches!(last, Some(Message::Close(Some(_)))), "{last:?}");
    agent.stop().await;
}

#[tokio::test]
async fn a_dozen_may_watch_and_a_removed_camera_shows_nothing() {
    let agent = place().await;
    let mut browser = Browser::at(&agent);
    browser.log_in(PASSWORD).await;
    let origin = browser.base.clone();
    let mut watching = Vec::new();
    for _ in 0..12 {
        watching.push(watch(&browser, "front", &origin).await.unwrap());
    }
    assert_eq!(watch(&browser, "front", &origin).await.err(), Some(503));
    assert_eq!(browser.get("/api/v1/status").await.0, 200, "calls have room beside them");
    show(&agent, "one.jpg", &photo(0, 1));
    for socket in &mut watching {
        frame(socket).await;
    }
    let removed = browser.request(Method::DELETE, "/api/v1/cameras/front").send().await.unwrap();
    assert_eq!(removed.status(), 204);
    for socket in &mut watching {
        while let Some(message) = next(socket).await {
            assert!(!matches!(message, Message::Binary(_)));
        }
    }
    assert_eq!(browser.get("/api/v1/cameras/front/picture").await.0, 404);
    agent.stop().await;
}
