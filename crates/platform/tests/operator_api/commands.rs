use serde_json::{Value, json};

use crate::harness::Platform;

#[tokio::test]
async fn a_command_is_written_down_and_can_be_followed() {
    let platform = Platform::start().await;
    let admin = platform.admin().await;
    let made = admin.post("/api/v1/boxes", json!({"name": "front door"})).await.expect(201);
    let dev_sno = made["dev_sno"].as_str().unwrap();
    let path = format!("/api/v1/boxes/{dev_sno}/commands");

    let sent = admin.post(&path, json!({"method": "wipe_data", "users": true})).await.expect(202);
    let id = sent["id"].as_str().unwrap();
    assert_eq!((&sent["method"], &sent["state"]), (&json!("wipe_data"), &json!("queued")));
    let shown = admin.get(&format!("/api/v1/commands/{id}")).await.expect(200);
    // No broker is there, so it stays queued.
    assert_eq!((&shown["state"], &shown["origin"]), (&json!("queued"), &json!("admin")));
    assert_eq!(shown["payload"]["messageId"], id);
    assert_eq!(shown["payload"]["wipe_options"], json!({"users": true, "events": false}));

    let raw = json!({"command": {"method": "delete_users", "userid_list": ["x"], "messageId": "theirs"}});
    let sent = admin.post(&format!("{path}/raw"), raw).await.expect(202);
    let raw_id = sent["id"].as_str().unwrap().to_owned();
    let shown = admin.get(&format!("/api/v1/commands/{raw_id}")).await.expect(200);
    assert_eq!((&shown["payload"]["messageId"], &shown["method"]), (&json!(raw_id), &json!("delete_users")));

    let resync = admin.post(&path, json!({"method": "resync"})).await.expect(202);
    assert_eq!((&resync["id"], &resync["method"]), (&Value::Null, &json!("resync")));
    admin.post(&format!("/api/v1/boxes/{dev_sno}/resync"), Value::Null).await.expect(202);
    let told = admin.get(&format!("/api/v1/audit?action=box.resync&subject={dev_sno}")).await.expect(200);
    assert_eq!(told["items"].as_array().unwrap().len(), 2, "both ways are the same deed: {told}");
    let fiqa = admin
        .post(&path, json!({"method": "fiqa", "image_base64": "aGVsbG8=", "level": "low"}))
        .await
        .expect(202);
    assert_eq!(fiqa["method"], "fiqa");

    let all = admin.get(&format!("/api/v1/commands?dev_sno={dev_sno}&state=queued")).await.expect(200);
    let methods: Vec<&str> =
        all["items"].as_array().unwrap().iter().map(|row| row["method"].as_str().unwrap()).collect();
    assert_eq!(methods, ["fiqa", "delete_users", "wipe_data"]);
    let page = admin.get("/api/v1/commands?limit=2").await.expect(200);
    let rest =
        admin.get(&format!("/api/v1/commands?cursor={}", page["next"].as_str().unwrap())).await.expect(200);
    assert_eq!(rest["items"].as_array().unwrap().len(), 1);
    assert_eq!(rest["next"], Value::Null);
    let none = admin.get("/api/v1/commands?method=fiqa&state=done").await.expect(200);
    assert_eq!(none["items"], json!([]));

    // A removed box's commands have ended.
    admin.delete(&format!("/api/v1/boxes/{dev_sno}")).await.expect(204);
    assert_eq!(admin.get(&format!("/api/v1/commands/{id}")).await.expect(200)["state"], "expired");
}

#[tokio::test]
async fn nonsense_is_not_sent() {
    let platform = Platform::start().await;
    let admin = platform.admin().await;
    let made = admin.post("/api/v1/boxes", json!({"name": "front door"})).await.expect(201);
    let path = format!("/api/v1/boxes/{}/commands", made["dev_sno"].as_str().unwrap());
    for body in [
        json!({"method": "wipe_data"}),
        json!({"method": "explode"}),
        json!({}),
        json!({"method": "wipe_data", "users": true, "everything": true}),
        json!({"method": "fiqa", "image_base64": "***"}),
        json!({"method": "fiqa", "image_base64": "aGVsbG8=", "level": "brutal"}),
    ] {
        assert_eq!(admin.post(&path, body.clone()).await.refused(422).0, "invalid", "{body}");
    }
    assert_eq!(admin.post(&format!("{path}/raw"), json!({"command": "text"})).await.status, 422);
    let nowhere = admin.post("/api/v1/boxes/NOWHERE/commands", json!({"method": "resync"})).await;
    assert_eq!(nowhere.refused(404).0, "not_found");
    assert_eq!(admin.get("/api/v1/commands/none").await.refused(404).0, "not_found");
}
