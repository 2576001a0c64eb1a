use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};

use crate::events::{event, joined, upload};
use crate::harness::{Answer, Platform, User, models, portraits, read};

async fn search(user: &User, asked: &str, picture: &[u8]) -> Answer {
    let url = format!("{}/api/v1/events/search-by-face?{asked}", user.base);
    read(user.client.post(url).bearer_auth(&user.token).body(picture.to_vec()).send().await.unwrap()).await
}

#[tokio::test]
async fn past_events_are_found_by_a_face() {
    let platform = Platform::start_with(|config| {
        config.vision.models = models();
        config.search.by_face = true;
    })
    .await;
    let admin = platform.admin().await;
    let (_, query) = joined(&platform, &admin).await;
    let [first, second] = portraits();
    // What came lately is looked at soon.
    let now = std::time::UNIX_EPOCH.elapsed().unwrap().as_millis();
    let start = i64::try_from(now).unwrap() - 60_000;
    let at = |n: i64, picture: &[u8]| {
        let mut event = event(&n.to_string(), start + n, 4);
        event["ext_data"]["spot_pic"] = json!(BASE64_STANDARD.encode(picture));
        event
    };
    let mut nobody = event("3", start + 3, 4);
    nobody["ext_data"]["spot_pic"] = json!(BASE64_STANDARD.encode(b"no picture"));
    let events = json!([at(0, &first), at(1, &second), at(2, &first), nobody]);
    upload(&platform, "/device/records", &query, &events).await;

    let mut found = Value::Null;
    // Pictures are looked at one by one, in the background.
    for _ in 0..600 {
        found = search(&admin, "reason=lost%20child", &first).await.expect(200);
        if found["compared"] == 3 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    assert_eq!((&found["compared"], &found["stopped_at"]), (&json!(3), &Value::Null), "{found}");
    let people = |found: &Value| -> Vec<String> {
        let items = found["items"].as_array().unwrap().iter();
        items.map(|item| item["event"]["identity_id"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(people(&found), ["2", "0"], "the newer first among equals: {found}");
    assert!(found["items"][0]["similarity"].as_f64().unwrap() > 0.9, "{found}");
    let told = admin.get("/api/v1/audit?action=event.search_by_face&limit=1").await.expect(200);
    assert_eq!(told["items"][0]["detail"]["reason"], "lost child", "{told}");
    let earlier = format!("reason=lost%20child&until={}", start + 1);
    assert_eq!(people(&search(&admin, &earlier, &first).await.expect(200)), ["0"]);
    assert_eq!(people(&search(&admin, "reason=lost%20child&limit=1", &second).await.expect(200)), ["1"]);

    assert_eq!(search(&admin, "reason=x", &first).await.refused(422).0, "invalid");
    assert_eq!(search(&admin, "", &first).await.refused(422).0, "invalid");
    let faceless = search(&admin, "reason=lost%20child", b"no picture").await.refused(422).1;
    assert!(faceless.contains("no face"), "{faceless}");
    let viewer = platform.with_role(&admin, "viewer").await;
    assert_eq!(search(&viewer, "reason=lost%20child", &first).await.refused(403).0, "forbidden");
}

#[tokio::test]
async fn without_being_enabled_no_face_is_searched() {
    let platform = Platform::start().await;
    let admin = platform.admin().await;
    let told = search(&admin, "reason=lost%20child", b"x").await.refused(503);
    assert!(told.1.contains("search.by_face"), "{told:?}");
}
