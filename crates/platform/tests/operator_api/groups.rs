use serde_json::json;

use crate::harness::Platform;

#[tokio::test]
async fn groups_have_members_and_the_default_one_stays() {
    let platform = Platform::start().await;
    let admin = platform.admin().await;
    let default = admin.get("/api/v1/groups").await.expect(200);
    assert_eq!((&default["items"][0]["id"], &default["items"][0]["name"]), (&json!("0"), &json!("default")));
    assert_eq!(admin.delete("/api/v1/groups/0").await.refused(409).0, "conflict");

    let made = admin.post("/api/v1/groups", json!({"name": "office", "id": "7"})).await.expect(201);
    assert_eq!(made["id"], "7");
    assert_eq!(admin.post("/api/v1/groups", json!({"name": "next"})).await.expect(201)["id"], "8");
    for taken in [json!({"name": "office"}), json!({"name": "other", "id": "7"})] {
        assert_eq!(admin.post("/api/v1/groups", taken).await.refused(409).0, "conflict");
    }
    admin.patch("/api/v1/groups/7", json!({"name": "offices", "description": "upstairs"})).await.expect(200);
    assert_eq!(admin.patch("/api/v1/groups/8", json!({"name": "offices"})).await.refused(409).0, "conflict");

    for id in ["a", "b"] {
        admin.post("/api/v1/people", json!({"identity_id": id, "name": id})).await.expect(201);
    }
    let members = "/api/v1/groups/7/people";
    let none = admin.post(members, json!({"add": ["a", "nobody"]})).await.expect(422);
    assert_eq!(none["error"]["detail"]["field"], "add");
    assert_eq!(admin.get("/api/v1/groups/7").await.expect(200)["people"], 0);
    let changed = admin.post(members, json!({"add": ["a", "b", "a"], "remove": ["b"]})).await.expect(200);
    assert_eq!(changed, json!({"added": 2, "removed": 1}));
    let a = admin.get("/api/v1/people/a").await.expect(200);
    assert_eq!((&a["groups"], &a["revision"]), (&json!(["0", "7"]), &json!(2)));

    admin.delete("/api/v1/groups/7").await.expect(204);
    let a = admin.get("/api/v1/people/a").await.expect(200);
    assert_eq!((&a["groups"], &a["revision"]), (&json!(["0"]), &json!(3)));
    assert_eq!(admin.get("/api/v1/groups/7").await.status, 404);
    assert_eq!(admin.post(members, json!({"add": ["a"]})).await.status, 404);
}
