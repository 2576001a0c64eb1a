use std::time::Instant;

use axum::Router;
use axum::body::Body;
use axum::http::{StatusCode, header};
use axum::response::Redirect;
use axum::routing::{any, get, post};
use futures_util::StreamExt as _;

use super::*;

/// Nothing that works takes this long, however busy the machine is.
const LIMIT: Duration = Duration::from_secs(60);

async fn server() -> String {
    let endless = || async {
        let chunks =
            futures_util::stream::repeat(Bytes::from_static(&[0; 1000])).map(Ok::<_, std::io::Error>);
        Body::from_stream(chunks)
    };
    let router = Router::new()
        .route("/text", get(|| async { "hello" }))
        .route("/again", get(|| async { Redirect::temporary("/text") }))
        .route("/loop", get(|| async { Redirect::temporary("/loop") }))
        .route("/elsewhere", get(|| async { Redirect::temporary("ftp://127.0.0.1/text") }))
        .route("/secure", get(|| async { Redirect::temporary("https://127.0.0.1/text") }))
        .route("/sent", post(|body: Bytes| async { body }).get(|| async { "a page" }))
        .route("/moved", any(|| async { Redirect::temporary("/sent") }))
        .route("/login", any(|| async { (StatusCode::FOUND, [(header::LOCATION, "/sent")]) }))
        .route("/see", any(|| async { Redirect::to("/sent") }))
        .route("/endless", get(endless))
        .route("/never", get(|| async { std::future::pending::<&str>().await }));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    base
}

#[tokio::test]
async fn answers_are_read_whole_within_their_limits() {
    let base = server().await;
    let client = client().unwrap();
    let ask = async |path: &str, limit, max| whole(client.get(format!("{base}{path}")), limit, max).await;
    assert_eq!(ask("/text", LIMIT, 5).await.unwrap(), (200, Bytes::from("hello")));
    assert_eq!(ask("/again", LIMIT, 100).await.unwrap().0, 200);
    assert_eq!(ask("/nowhere", LIMIT, 100).await.unwrap().0, 404);
    assert!(matches!(ask("/text", LIMIT, 4).await, Err(FetchError::TooLarge { limit: 4, .. })));
    assert!(matches!(ask("/endless", LIMIT, 1 << 20).await, Err(FetchError::TooLarge { .. })));
    let began = Instant::now();
    assert!(matches!(ask("/never", Duration::from_millis(200), 100).await, Err(FetchError::Timeout { .. })));
    assert!(began.elapsed() < LIMIT);
}

#[tokio::test]
async fn redirects_do_not_change_the_scheme_and_come_to_an_end() {
    let base = server().await;
    let client = client().unwrap();
    for path in ["/loop", "/elsewhere", "/secure"] {
        let refused = whole(client.get(format!("{base}{path}")), LIMIT, 100).await.unwrap_err();
        assert!(matches!(refused, FetchError::Redirect { .. }), "{path}: {refused:?}");
    }
}

#[tokio::test]
async fn what_is_sent_arrives_as_it_is_or_not_at_all() {
    let (base, other) = (server().await, server().await);
    let client = sender().unwrap();
    let send =
        async |path: &str| whole(client.post(format!("{base}{path}")).body("all of it"), LIMIT, 100).await;
    assert_eq!(send("/sent").await.unwrap(), (200, Bytes::from("all of it")));
    assert_eq!(send("/moved").await.unwrap(), (200, Bytes::from("all of it")));
    for (path, status) in [("/login", 302), ("/see", 303)] {
        assert_eq!(send(path).await.unwrap().0, status, "{path}");
    }
    let away = Router::new().fallback(move || async move { Redirect::temporary(&format!("{other}/sent")) });
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, away).await.unwrap() });
    let left = whole(client.post(url).body("all of it"), LIMIT, 100).await.unwrap();
    assert_eq!(left.0, 307, "another server is not the one it was meant for");
}

#[tokio::test]
async fn reasons_name_the_host_and_never_the_query() {
    let client = client().unwrap();
    let refused = whole(client.get("http://127.0.0.1:9/x?token=secret"), LIMIT, 100).await.unwrap_err();
    assert!(matches!(refused, FetchError::Unreachable { .. }), "{refused:?}");
    assert!(refused.to_string().contains("127.0.0.1:9"), "{refused}");
    for address in ["http://127.0.0.1:9/x?token=secret", "http://", "nothing", "http://[::1/?token=secret"] {
        let text = whole(client.get(address), LIMIT, 100).await.unwrap_err().to_string();
        assert!(!text.contains("secret"), "{text}");
    }
}
