use reqwest::Method;
use serde_json::json;

use crate::harness::{Platform, read};

#[tokio::test]
async fn unknown_addresses_and_methods_answer_in_the_one_shape() {
    let platform = Platform::start().await;
    let admin = platform.admin().await;
    assert_eq!(platform.get("/nowhere").await.refused(404).0, "no_such_route");
    assert_eq!(admin.get("/api/v1/nowhere").await.refused(404).0, "no_such_route");
    assert_eq!(admin.delete("/api/v1/people").await.refused(405).0, "no_such_method");
    assert_eq!(admin.send(Method::POST, "/healthz", None).await.refused(405).0, "no_such_method");
}

#[tokio::test]
async fn bodies_that_are_no_good_are_refused_and_the_next_request_works() {
    let platform = Platform::start().await;
    let admin = platform.admin().await;
    let post = async |body: Vec<u8>| {
        let request = platform.client.post(platform.url("/api/v1/people")).bearer_auth(&admin.token);
        read(request.body(body).send().await.unwrap()).await
    };
    let deep = format!(
        "{{\"identity_id\":\"1\",\"name\":\"x\",\"info\":{}{}}}",
        "[".repeat(100_000),
        "]".repeat(100_000)
    );
    for body in
        [&b""[..], b"{", b"\xff\xfe", b"null", b"[]", b"{} trailing", b"{\"identity_id\":1}", deep.as_bytes()]
    {
        let answer = post(body.to_vec()).await;
        assert_eq!(answer.refused(422).0, "invalid");
    }
    assert_eq!(post(vec![b' '; (4 << 20) + 1]).await.refused(413).0, "too_large");
    assert_eq!(post(br#"{"identity_id":"1","name":"Wang Wu"}"#.to_vec()).await.status, 201);
}

#[tokio::test]
async fn a_body_that_never_says_its_length_is_bounded_too() {
    let platform = Platform::start().await;
    let admin = platform.admin().await;
    let chunks = futures_util::stream::iter((0..6).map(|_| Ok::<_, std::io::Error>(vec![b' '; 1 << 20])));
    let request = platform.client.post(platform.url("/api/v1/people")).bearer_auth(&admin.token);
    let answer = request.body(reqwest::Body::wrap_stream(chunks)).send().await;
    // The server may close while the client still sends; either way nothing was taken.
    if let Ok(response) = answer {
        assert_eq!(response.status().as_u16(), 413);
    }
    assert_eq!(admin.get("/api/v1/people").await.expect(200)["items"], json!([]));
}

#[tokio::test]
async fn many_at_once_are_all_served() {
    let platform = Platform::start().await;
    let admin = platform.admin().await;
    let all = (0..200).map(|n| {
        let admin = admin.clone();
        async move {
            let body = json!({"identity_id": format!("p{n}"), "name": "Wang Wu"});
            admin.post("/api/v1/people", body).await.status
        }
    });
    let statuses = futures_util::future::join_all(all).await;
    assert!(statuses.iter().all(|status| *status == 201), "{statuses:?}");
    assert_eq!(admin.get("/api/v1/stats").await.expect(200)["people"], 200);
}
