use serde_json::{Value, json};

use crate::events::{START, event, joined, upload};
use crate::harness::{Platform, eventually};

fn class<'a>(shown: &'a Value, name: &str) -> &'a Value {
    shown["classes"].as_array().unwrap().iter().find(|class| class["class"] == name).unwrap()
}

#[tokio::test]
async fn how_long_things_are_kept_is_shown_changed_and_set_back() {
    let platform = Platform::start_with(|config| {
        config.vision.models = "/nonexistent/models".into();
        config.retention.stranger_photo_days = 3;
    })
    .await;
    let admin = platform.admin().await;
    let shown = admin.get("/api/v1/retention").await.expect(200);
    let strangers = class(&shown, "stranger");
    assert_eq!((&strangers["event_days"], &strangers["photo_days"]), (&json!(365), &json!(3)));
    assert_eq!(strangers["changed_at"], Value::Null);

    let change = json!({"stranger": {"event_days": 30, "photo_days": 1}, "blacklist": null});
    let shown = admin.put("/api/v1/retention", change).await.expect(200);
    let strangers = class(&shown, "stranger");
    assert_eq!((&strangers["event_days"], &strangers["changed_by"]), (&json!(30), &json!("admin")));
    assert_eq!(strangers["configured"], json!({"event_days": 365, "photo_days": 3}));
    assert_eq!(class(&shown, "known")["changed_at"], Value::Null);
    assert_eq!(shown, admin.get("/api/v1/retention").await.expect(200));
    let shown = admin.put("/api/v1/retention", json!({"stranger": null})).await.expect(200);
    assert_eq!(class(&shown, "stranger")["photo_days"], 3);

    for bad in [
        json!({"known": {"event_days": -1, "photo_days": 0}}),
        json!({"known": {"event_days": 1, "photo_days": 36_501}}),
        json!({"known": {"event_days": 1}}),
        json!({"everybody": null}),
    ] {
        assert_eq!(admin.put("/api/v1/retention", bad.clone()).await.refused(422).0, "invalid", "{bad}");
    }
}

#[tokio::test]
async fn what_would_go_is_counted_and_nothing_goes() {
    let platform = Platform::start().await;
    let admin = platform.admin().await;
    let (_, query) = joined(&platform, &admin).await;
    let events: Vec<Value> = (0..3).map(|n| event("1001", START + n, 4)).collect();
    upload(&platform, "/device/records", &query, &json!(events)).await;
    let preview = admin.post("/api/v1/retention/preview", json!({})).await.expect(200);
    assert_eq!(preview["items"].as_array().unwrap().len(), 6);
    // They are years old and came just now: not before a day after their arrival does anything go.
    let none = preview["items"].as_array().unwrap().iter().all(|item| item["events"] == 0);
    assert!(none, "{preview}");
    // Two days later they would go under a rule of one day, and stay under the one that is in force.
    let older = "UPDATE event SET arrived_at = arrived_at - 172800000";
    assert_eq!(platform.tamper(older).await, 3);
    let change = json!({"stranger": {"event_days": 1, "photo_days": 0}});
    let preview = admin.post("/api/v1/retention/preview", change).await.expect(200);
    let counted: Vec<&Value> =
        preview["items"].as_array().unwrap().iter().map(|item| &item["events"]).collect();
    assert_eq!(counted, [&json!(0), &json!(0), &json!(3), &json!(0), &json!(0), &json!(0)], "{preview}");
    assert_eq!(
        (&preview["items"][2]["oldest"], &preview["items"][2]["newest"]),
        (&json!(START), &json!(START + 2))
    );
    let change = json!({"stranger": {"event_days": 0, "photo_days": 0}});
    let preview = admin.post("/api/v1/retention/preview", change).await.expect(200);
    assert_eq!(preview["items"][2]["more"], false, "{preview}");
    let wrong = json!({"stranger": {"event_days": -1, "photo_days": 0}});
    assert_eq!(admin.post("/api/v1/retention/preview", wrong).await.refused(422).0, "invalid");

    admin.post("/api/v1/retention/runs", Value::Null).await.expect(202);
    let run = eventually(async || {
        let runs = admin.get("/api/v1/retention/runs").await.expect(200);
        runs["items"].as_array().unwrap().iter().find(|run| run["finished_at"].is_i64()).cloned()
    })
    .await;
    assert_eq!((&run["events"], &run["error"]), (&json!(0), &Value::Null), "{run}");
    assert_eq!(run["policy"]["stranger"], json!({"event_days": 365, "photo_days": 7}));
    assert_eq!(admin.get("/api/v1/events/count").await.expect(200)["count"], 3);
}
