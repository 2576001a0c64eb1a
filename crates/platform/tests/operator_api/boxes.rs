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

#[tokio::test]
async fn boxes_are_found_by_site_and_by_whether_they_are_heard_of() {
    let platform = Platform::start().await;
    let admin = platform.admin().await;
    for (name, site) in [("front door", "hall"), ("back door", "hall"), ("gate", "yard"), ("spare", "")] {
        admin.post("/api/v1/boxes", json!({"name": name, "site": site})).await.expect(201);
    }
    let sites = admin.get("/api/v1/sites").await.expect(200);
    assert_eq!(sites["items"], json!([{"site": "hall", "boxes": 2}, {"site": "yard", "boxes": 1}]));

    let found = async |query: &str| {
        let list = admin.get(&format!("/api/v1/boxes?{query}")).await.expect(200);
        let mut names: Vec<_> = list["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|row| row["name"].as_str().unwrap().to_owned())
            .collect();
        names.sort();
        names.join(", ")
    };
    assert_eq!(found("site=hall").await, "back door, front door");
    assert_eq!(found("site=hall&search=back").await, "back door");
    assert_eq!(found("online=true").await, "");
    assert_eq!(found("online=false&site=yard").await, "gate");
    assert_eq!(found("failing=true").await, "");
    assert_eq!(found("failing=false&online=false&search=spare").await, "spare");
    assert_eq!(admin.get("/api/v1/boxes?online=perhaps").await.status, 422);
}
