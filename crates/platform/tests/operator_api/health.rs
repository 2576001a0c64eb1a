use crate::harness::{PATIENCE, Platform};

#[tokio::test]
async fn the_process_lives_and_its_parts_are_named() {
    let platform = Platform::start().await;
    let health = platform.get("/healthz").await.expect(200);
    assert_eq!(health["status"], "ok");
    assert!(health["uptime_ms"].as_i64().unwrap() >= 0);

    // Neither a broker nor models: it serves nevertheless, and says what is wrong.
    let ready = platform.get("/readyz").await.expect(200);
    assert_eq!(ready["status"], "degraded");
    assert!(
        ready["outbox"]["ok"] == true && ready["disk"]["message"].as_str().unwrap().contains("MB free"),
        "{ready}"
    );
    assert_eq!(ready["database"]["ok"], true, "{ready}");
    assert_eq!(ready["blobs"]["ok"], true, "{ready}");
    assert_eq!(ready["broker"]["ok"], false);
    assert_eq!(ready["models"]["ok"], false);
    assert_eq!(ready["models"]["required"], false);
    let todo = ready["models"]["message"].as_str().unwrap();
    assert!(todo.contains("menshen models fetch"), "{todo}");
}

#[tokio::test]
async fn it_stops_when_told() {
    let mut platform = Platform::start().await;
    platform.life.stop();
    let served = &mut platform.served;
    tokio::time::timeout(PATIENCE, served).await.unwrap().unwrap().unwrap();
    assert!(platform.life.clone().finish().await.is_empty());
}

#[tokio::test]
async fn it_is_not_ready_when_it_cannot_store() {
    let platform = Platform::start().await;
    let blobs = platform.folder.path().join("data/blobs");
    std::fs::remove_dir_all(&blobs).unwrap();
    std::fs::write(&blobs, "in the way").unwrap();
    let ready = platform.get("/readyz").await.expect(503);
    assert_eq!(
        (ready["status"].as_str(), ready["blobs"]["ok"].as_bool()),
        (Some("not_ready"), Some(false)),
        "{ready}"
    );
    platform.get("/healthz").await.expect(200);
}
