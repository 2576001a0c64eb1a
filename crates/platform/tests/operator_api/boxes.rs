use serde_json::{Value, json};

use crate::harness::Platform;

#[tokio::test]
async fn a_box_gets_a_key_and_serves_groups() {
    let platform = Platform::start().await;
    let admin = platform.admin().await;
    let mut made =
        admin.post("/api/v1/boxes", json!({"name": "front door", "site": "hall"})).await.expect(201);
    let dev_sno = made["dev_sno"].as_str().unwrap().to_owned();
    assert_eq!(dev_sno.len(), 24);
    assert!(
        dev_sno[..6].bytes().all(|b| b.is_ascii_uppercase())
            && dev_sno[6..].bytes().all(|b| b.is_ascii_digit())
    );
    for redacted in ["dev_sno", "created_at"] {
        made.as_object_mut().unwrap().remove(redacted);
    }
    assert_eq!(
        made,
        json!({"name": "front door", "site": "hall", "legacy": false, "fiqa_server": false, "groups": ["0"],
               "online": false, "heartbeat_age_ms": null, "heartbeat_at": null, "seen_at": null, "silent_since": null,
               "login_at": null, "login_addr": null, "mac": null, "heartbeat": null,
               "people": {"pending": 0, "sent": 0, "applied": 0, "failed": 0}})
    );
    let path = format!("/api/v1/boxes/{dev_sno}");
    let changed = admin.patch(&path, json!({"legacy": true, "name": "back door"})).await.expect(200);
    assert_eq!(
        (&changed["legacy"], &changed["name"], &changed["site"]),
        (&json!(true), &json!("back door"), &json!("hall"))
    );

    admin.post("/api/v1/groups", json!({"name": "office"})).await.expect(201);
    let served = admin.put(&format!("{path}/groups"), json!({"groups": ["1", "1"]})).await.expect(200);
    assert_eq!(served["groups"], json!(["1"]));
    let refused = admin.put(&format!("{path}/groups"), json!({"groups": ["9"]})).await.expect(422);
    assert_eq!(refused["error"]["detail"]["field"], "groups");

    assert_eq!(admin.post(&format!("{path}/unbind"), Value::Null).await.expect(200)["mac"], Value::Null);
    assert_eq!(
        admin.get("/api/v1/boxes?search=BACK").await.expect(200)["items"].as_array().unwrap().len(),
        1
    );
    assert_eq!(admin.get("/api/v1/boxes?search=front").await.expect(200)["items"], json!([]));
    admin.delete(&path).await.expect(204);
    for answer in
        [admin.get(&path).await, admin.delete(&path).await, admin.get(&format!("{path}/people")).await]
    {
        assert_eq!(answer.refused(404).0, "not_found");
    }
}

#[tokio::test]
async fn a_key_can_be_brought_along() {
    let platform = Platform::start().await;
    let admin = platform.admin().await;
    let body = json!({"name": "old box", "dev_sno": "TJGSDX000120190726103455", "groups": []});
    let made = admin.post("/api/v1/boxes", body.clone()).await.expect(201);
    assert_eq!((&made["dev_sno"], &made["groups"]), (&json!("TJGSDX000120190726103455"), &json!([])));
    assert_eq!(admin.post("/api/v1/boxes", body).await.refused(409).0, "conflict");
    let refused = admin.post("/api/v1/boxes", json!({"name": "x", "dev_sno": "a__b"})).await.expect(422);
    assert_eq!(refused["error"]["detail"]["field"], "dev_sno");
}

#[tokio::test]
async fn overview_counts() {
    let platform = Platform::start().await;
    let admin = platform.admin().await;
    admin.post("/api/v1/boxes", json!({"name": "front door"})).await.expect(201);
    admin.post("/api/v1/people", json!({"identity_id": "1", "name": "Wang Wu"})).await.expect(201);
    let stats = admin.get("/api/v1/stats").await.expect(200);
    assert_eq!(
        (&stats["boxes"], &stats["boxes_online"], &stats["people"]),
        (&json!(1), &json!(0), &json!(1))
    );
    assert_eq!((&stats["people_with_photo"], &stats["groups"]), (&json!(0), &json!(1)));
    assert_eq!(admin.get("/api/v1/cameras").await.expect(200), json!({"items": [], "next": null}));
}
