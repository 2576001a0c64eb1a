//! `http` doors: only a 2xx answer in time means that the door opened, and credentials go nowhere else.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{OriginalUri, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use edge::door::{Action, Doors, Order, Outcome};
use reqwest::Method;
use runtime::Lifecycle;
use serde_json::{Value, json};

use crate::support::Agent;

/// What a controller was asked: method is always POST, so path, headers and body.
type Asked = (String, HeaderMap, Value);

#[derive(Clone, Default)]
struct Controller {
    asked: Arc<Mutex<Vec<Asked>>>,
    elsewhere: Arc<Mutex<String>>,
}

impl Controller {
    async fn start(&self) -> SocketAddr {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let router = Router::new().fallback(answer).with_state(self.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        address
    }

    fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }
}

async fn answer(
    State(controller): State<Controller>,
    OriginalUri(uri): OriginalUri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let path = uri.path().to_owned();
    let body = serde_json::from_slice(&body).unwrap_or_default();
    controller.asked.lock().unwrap().push((path.clone(), headers, body));
    let location = |to: &str| [("location", to.to_owned())];
    match path.as_str() {
        "/open" => StatusCode::NO_CONTENT.into_response(),
        "/broken" => (StatusCode::INTERNAL_SERVER_ERROR, "no").into_response(),
        "/refused" => StatusCode::UNAUTHORIZED.into_response(),
        "/moved" => (StatusCode::TEMPORARY_REDIRECT, location("/open")).into_response(),
        "/login" => (StatusCode::FOUND, location("/open")).into_response(),
        "/elsewhere" => {
            let to = controller.elsewhere.lock().unwrap().clone();
            (StatusCode::TEMPORARY_REDIRECT, location(&to)).into_response()
        }
        "/large" => vec![b'x'; 10 << 20].into_response(),
        _ => std::future::pending().await,
    }
}

async fn open(settings: Value) -> Outcome {
    let life = Lifecycle::new(Duration::from_secs(5));
    let doors = Doors::new(&life).unwrap();
    let door = doors.of(&serde_json::from_value(settings).unwrap()).unwrap();
    let order = Order { camera: "front".into(), identity_id: "1001".into(), reason: "may pass".into() };
    door.act(Action::Open, &order).await
}

#[tokio::test]
async fn a_call_says_who_and_why_and_carries_the_credentials() {
    let controller = Controller::default();
    let address = controller.start().await;
    let outcome = open(json!({"kind": "http", "url": format!("http://{address}/open"),
        "headers": {"x-key": "k1"}, "user": "box", "password": "secret"}))
    .await;
    assert_eq!((outcome.driver.as_str(), outcome.result.as_str()), ("http", "ok"));
    let [(_, headers, body)] = &controller.asked()[..] else { panic!("{:?}", controller.asked()) };
    assert_eq!(
        (&body["action"], &body["camera"], &body["identity_id"], &body["reason"]),
        (&json!("open"), &json!("front"), &json!("1001"), &json!("may pass"))
    );
    assert!(body["at"].as_i64().unwrap() > 1_700_000_000_000);
    assert_eq!(headers["x-key"], "k1");
    assert_eq!(headers["authorization"], "Basic Ym94OnNlY3JldA==");
    assert_eq!(headers["content-type"], "application/json");
}

#[tokio::test]
async fn whatever_is_no_clear_yes_is_a_failure() {
    let (controller, stranger) = (Controller::default(), Controller::default());
    let (address, foreign) = (controller.start().await, stranger.start().await);
    let of = |path: &str| json!({"kind": "http", "url": format!("http://{address}{path}"), "headers": {"x-key": "k1"}});
    for (path, said) in [
        ("/broken", "failed: it answered 500"),
        ("/refused", "failed: it answered 401: user, password or headers are wrong"),
        ("/login", "failed: it answered 302, a redirect that is not followed"),
        ("/silent", "failed: no answer"),
        ("/large", "failed: the answer of"),
    ] {
        let outcome = open(of(path)).await;
        assert!(outcome.result.starts_with(said), "{path}: {}", outcome.result);
    }
    assert_eq!(open(of("/moved")).await.result, "ok", "the same call at the same server");
    assert_eq!(controller.asked().last().unwrap().2["action"], "open");
    for place in [format!("http://{foreign}/open"), format!("https://{address}/open"), "ftp://x/".to_owned()]
    {
        *controller.elsewhere.lock().unwrap() = place.clone();
        let outcome = open(of("/elsewhere")).await;
        assert!(!outcome.is_ok(), "{place}: {}", outcome.result);
    }
    assert!(stranger.asked().is_empty(), "the key has not left the server");
}

#[tokio::test]
async fn secrets_that_come_back_as_they_are_shown_stay_and_go_nowhere_else() {
    let (controller, stranger) = (Controller::default(), Controller::default());
    let (address, foreign) = (controller.start().await, stranger.start().await);
    let agent = Agent::start(None).await;
    let call = async |method: Method, path: &str, body: Value| {
        let request = agent.request(|client, url| client.request(method, url), path).json(&body);
        let answer = request.send().await.unwrap();
        (answer.status().as_u16(), answer.json::<Value>().await.unwrap_or_default())
    };
    let (all, gate) = ("/api/v1/cameras", "/api/v1/cameras/gate");
    let door = json!({"kind": "http", "url": format!("http://{address}/broken"), "headers": {"x-key": "k1"},
        "user": "box", "password": "secret"});
    let added = json!({"name": "gate", "kind": "pad", "password": "of the gate", "door": door});
    assert_eq!(call(Method::POST, all, added).await.0, 201);

    let (_, shown) = call(Method::GET, gate, Value::Null).await;
    let mut door = shown["settings"]["door"].clone();
    assert_eq!((&door["password"], &door["headers"]["x-key"]), (&json!("(set)"), &json!("(set)")), "{shown}");
    door["url"] = format!("http://{address}/open").into();
    door["user"] = "porter".into();
    let (status, view) = call(Method::PATCH, gate, json!({"door": door, "password": "(set)"})).await;
    assert_eq!((status, &view["settings"]["door"]["user"]), (200, &json!("porter")), "{view}");
    let opened = call(Method::POST, "/api/v1/doors/gate/open", json!({})).await;
    assert_eq!(opened.1["result"], "ok", "{}", opened.1);
    let [(_, headers, _)] = &controller.asked()[..] else { panic!("{:?}", controller.asked()) };
    assert_eq!(
        (&headers["x-key"], &headers["authorization"]),
        (&"k1".parse().unwrap(), &"Basic cG9ydGVyOnNlY3JldA==".parse().unwrap())
    );
    let capture = reqwest::Client::new().post(format!("{}/api/v1/pad/gate/captures", agent.api));
    assert_eq!(capture.bearer_auth("of the gate").json(&json!({})).send().await.unwrap().status(), 400);

    door["url"] = format!("http://{foreign}/open").into();
    let (status, refused) = call(Method::PATCH, gate, json!({"door": door})).await;
    let said = refused["error"]["message"].as_str().unwrap();
    assert!(status == 400 && said.starts_with("door.password") && said.contains("type it"), "{refused}");
    call(Method::POST, "/api/v1/doors/gate/open", json!({})).await;
    assert_eq!((controller.asked().len(), stranger.asked().len()), (2, 0), "the door is as it was");
    let camera = json!({"name": "hall", "kind": "rtsp", "url": "rtsp://127.0.0.1:9/a", "password": "hush", "user": "u"});
    assert_eq!(call(Method::POST, all, camera).await.0, 201);
    let hall = "/api/v1/cameras/hall";
    assert_eq!(call(Method::PATCH, hall, json!({"url": "rtsp://127.0.0.1:9/b"})).await.0, 200);
    let (status, refused) = call(Method::PATCH, hall, json!({"url": "rtsp://127.0.0.2:9/b"})).await;
    assert!(
        status == 400 && refused["error"]["message"].as_str().unwrap().starts_with("password"),
        "{refused}"
    );
    let copied = json!({"name": "copy", "kind": "pad", "password": "(set)"});
    assert_eq!(call(Method::POST, all, copied).await.0, 400, "nobody's password is that word");
    agent.stop().await;
}
