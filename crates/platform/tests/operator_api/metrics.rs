use serde_json::json;

use crate::events::{event, joined, upload};
use crate::harness::{Platform, eventually};

#[tokio::test]
async fn what_is_measured_is_told_to_those_who_are_logged_in() {
    let platform = Platform::start().await;
    platform.get("/metrics").await.refused(401);
    let admin = platform.admin().await;
    let viewer = platform.with_role(&admin, "viewer").await;
    let (dev_sno, query) = joined(&platform, &admin).await;
    let start = 1_790_000_000_000_i64;
    upload(
        &platform,
        "/device/records",
        &query,
        &json!([event("1001", start, 1), event("1001", start + 1, 1)]),
    )
    .await;
    upload(&platform, "/device/realtime", &query, &event("1001", start, 1)).await;
    admin.get("/api/v1/boxes/none").await.refused(404);
    platform.get("/nowhere").await.refused(404);
    let response = viewer.raw("/metrics").await;
    assert!(response.headers()["content-type"].to_str().unwrap().starts_with("application/openmetrics-text"));
    let text = response.text().await.unwrap();
    let expected = [
        "menshen_events_new_total 2",
        "menshen_events_merged_total 1",
        "menshen_broker_up 0",
        "menshen_build_info{version=",
        "process_resident_memory_bytes ",
        r#"menshen_http_request_duration_seconds_count{method="POST",route="/device/records",status="2xx"} 1"#,
        r#"menshen_http_request_duration_seconds_count{method="GET",route="/api/v1/boxes/{dev_sno}",status="4xx"} 1"#,
        r#"menshen_http_request_duration_seconds_count{method="GET",route="unknown",status="4xx"} 1"#,
    ];
    for line in expected {
        assert!(text.contains(line), "{line}\n{text}");
    }
    assert!(text.ends_with("# EOF\n") && !text.contains(&dev_sno), "{text}");
    // Sampled before the box came, or after.
    eventually(async || {
        let text = viewer.raw("/metrics").await.text().await.unwrap();
        text.contains(r#"menshen_boxes{state="online"}"#).then_some(())
    })
    .await;
    for name in [
        "menshen_commands{state=\"queued\"}",
        "menshen_oldest_unproved_person_age_seconds ",
        "menshen_data_dir_free_bytes ",
    ] {
        assert!(viewer.raw("/metrics").await.text().await.unwrap().contains(name), "{name}");
    }
}

#[tokio::test]
async fn a_listener_of_its_own_needs_no_login() {
    // An address of this process's own: nobody else takes the port before the platform does.
    let [_, _, high, low] = std::process::id().to_be_bytes();
    let own = std::net::Ipv4Addr::new(127, 1, high, low);
    let free = std::net::TcpListener::bind((own, 0)).unwrap().local_addr().unwrap().to_string();
    let address = free.clone();
    let platform = Platform::start_with(move |config| {
        config.vision.models = "/nonexistent".into();
        config.metrics.listen = Some(address);
    })
    .await;
    let url = format!("http://{free}/metrics");
    let text = eventually(async || platform.client.get(&url).send().await.ok()?.text().await.ok()).await;
    assert!(text.contains("menshen_build_info"), "{text}");
    let other = platform.client.get(format!("http://{free}/api/v1/people")).send().await.unwrap();
    assert_eq!(other.status(), 404);
}

#[tokio::test]
async fn every_answer_has_an_id_and_errors_name_it() {
    let platform = Platform::start().await;
    let ask = |id: &'static str| {
        platform.client.get(platform.url("/api/v1/people")).header("x-request-id", id).send()
    };
    let answer = ask("my-own-1").await.unwrap();
    assert_eq!(answer.headers()["x-request-id"], "my-own-1");
    let body: serde_json::Value = answer.json().await.unwrap();
    assert_eq!(body["error"]["request_id"], "my-own-1");
    let answer = ask("not fit for a log").await.unwrap();
    let id = answer.headers()["x-request-id"].to_str().unwrap().to_owned();
    assert_eq!(id.len(), 36, "{id}");
    let answer = platform.client.get(platform.url("/healthz")).send().await.unwrap();
    assert!(answer.headers().contains_key("x-request-id"));
}
