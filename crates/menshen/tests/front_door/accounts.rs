//! A box of ours works with an account of its own at the broker that may do nothing but what a box needs.

use serde_json::{Value, json};

use crate::world::{Cast, World};

#[tokio::test(flavor = "multi_thread")]
async fn a_box_works_with_an_account_of_its_own() {
    let (world, cast) = (World::start_with_accounts(&[]).await, Cast::gather());
    let edge = world.add_box(json!({"fiqa_server": true})).await;
    world.enrol("1001", "Zhang San", &["0"], &cast.one.photo).await;
    world.proved(&edge.dev_sno, "1001").await;

    // A quality check by its own queue, and one by the queue all quality-check servers share.
    for query in [format!("?dev_sno={}", edge.dev_sno), String::new()] {
        let path = format!("/api/v1/fiqa{query}");
        let (status, sent) = world.api.send("POST", &path, "image/jpeg", cast.one.photo.bytes.clone()).await;
        assert_eq!(status, 202, "{sent}");
        let done = world.answered(sent["id"].as_str().unwrap()).await;
        assert_eq!((&done["state"], &done["dev_sno"]), (&json!("done"), &json!(edge.dev_sno)), "{done}");
    }
    world.api.delete("/api/v1/people/1001").await;
    world.gone(&edge.dev_sno, "1001").await;

    // It comes back after its account was taken away with its key.
    let ready = world.api.get("/readyz").await;
    assert_eq!(ready["broker_accounts"]["ok"], true, "{ready}");
    world.api.must("POST", &format!("/api/v1/boxes/{}/unbind", edge.dev_sno), &Value::Null).await;
    world.enrol("1002", "Wang Wu", &["0"], &cast.two.photo).await;
    world.proved(&edge.dev_sno, "1002").await;
}
