use serde_json::{Value, json};

use crate::harness::Platform;

#[tokio::test]
async fn a_person_is_added_found_changed_and_removed() {
    let platform = Platform::start().await;
    let admin = platform.admin().await;
    let mut added =
        admin.post("/api/v1/people", json!({"identity_id": "1001", "name": " Wang Wu "})).await.expect(201);
    let now = added["created_at"].clone();
    assert_eq!(added["updated_at"], now);
    for redacted in ["created_at", "updated_at"] {
        added.as_object_mut().unwrap().remove(redacted);
    }
    assert_eq!(
        added,
        json!({"identity_id": "1001", "name": "Wang Wu", "type": 1, "groups": ["0"], "valid_from": null,
               "valid_until": null, "info": {}, "photo": null, "revision": 1})
    );
    let again = admin.post("/api/v1/people", json!({"identity_id": "1001", "name": "Another"})).await;
    assert_eq!(again.refused(409).0, "conflict");

    let change =
        json!({"name": "Zhang San", "type": 5, "info": {"phone": "1"}, "valid_until": 4_000_000_000_000_i64});
    let changed = admin.patch("/api/v1/people/1001", change.clone()).await.expect(200);
    assert_eq!(
        (&changed["name"], &changed["type"], &changed["revision"]),
        (&json!("Zhang San"), &json!(5), &json!(2))
    );
    // The same again changes nothing, so nothing is sent to any box.
    assert_eq!(admin.patch("/api/v1/people/1001", change).await.expect(200)["revision"], 2);
    let open_ended = admin.patch("/api/v1/people/1001", json!({"valid_until": null})).await.expect(200);
    assert_eq!((&open_ended["valid_until"], &open_ended["revision"]), (&Value::Null, &json!(3)));

    let shown = admin.get("/api/v1/people/1001").await.expect(200);
    assert_eq!((&shown["name"], &shown["boxes"]), (&json!("Zhang San"), &json!([])));
    let removed = admin.delete("/api/v1/people/1001").await.expect(200);
    assert_eq!((&removed["identity_id"], &removed["boxes"]), (&json!("1001"), &json!([])));
    assert!(removed["erasure_id"].is_string(), "{removed}");
    assert_eq!(admin.get("/api/v1/people/1001").await.refused(404).0, "not_found");
    assert_eq!(admin.delete("/api/v1/people/1001").await.status, 404);
    assert_eq!(admin.patch("/api/v1/people/1001", json!({})).await.status, 404);
    assert_eq!(admin.get("/api/v1/people/1001/photo").await.status, 404);
}

#[tokio::test]
async fn lists_have_pages_and_filters() {
    let platform = Platform::start().await;
    let admin = platform.admin().await;
    let group = admin.post("/api/v1/groups", json!({"name": "warehouse"})).await.expect(201);
    assert_eq!(group["id"], "1");
    for n in 0..7 {
        let groups = if n % 2 == 0 { json!(["0", "1"]) } else { json!(["0"]) };
        let body = json!({"identity_id": format!("p{n}"), "name": format!("Person_{n}%"), "groups": groups});
        admin.post("/api/v1/people", body).await.expect(201);
    }
    let mut seen = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = admin.get(&format!("/api/v1/people?limit=3&cursor={cursor}")).await.expect(200);
        let items = page["items"].as_array().unwrap();
        assert!(items.len() <= 3);
        seen.extend(items.iter().map(|item| item["identity_id"].as_str().unwrap().to_owned()));
        match page["next"].as_str() {
            Some(next) => cursor = next.to_owned(),
            None => break,
        }
    }
    assert_eq!(seen, ["p0", "p1", "p2", "p3", "p4", "p5", "p6"]);

    let count = async |query: &str| {
        let page = admin.get(&format!("/api/v1/people?{query}")).await.expect(200);
        page["items"].as_array().unwrap().len()
    };
    assert_eq!(count("search=person_3").await, 1);
    assert_eq!(count("search=_3%25").await, 1);
    assert_eq!(count("search=%25").await, 7);
    assert_eq!(count("search=p5").await, 1);
    assert_eq!(count("group=1").await, 4);
    assert_eq!(count("group=1&search=p2&photo=false").await, 1);
    assert_eq!(count("photo=true").await, 0);
    for query in ["limit=0", "limit=501", "cursor=!", "nonsense=1", "photo=maybe", "limit=x"] {
        assert_eq!(admin.get(&format!("/api/v1/people?{query}")).await.refused(422).0, "invalid", "{query}");
    }
}

#[tokio::test]
async fn what_is_said_about_people_is_checked_and_the_field_is_named() {
    let platform = Platform::start().await;
    let admin = platform.admin().await;
    let base = json!({"identity_id": "1", "name": "Wang Wu"});
    for (field, value) in [
        ("identity_id", json!("a/b")),
        ("identity_id", json!("")),
        ("name", json!("")),
        ("name", json!("x".repeat(65))),
        ("type", json!(9)),
        ("groups", json!(["nowhere"])),
        ("groups", json!(["0/1"])),
        ("valid_from", json!(1_790_000_000)),
        ("info", json!([])),
        ("info", json!({"x": "y".repeat(9000)})),
        ("nonsense", json!(1)),
    ] {
        let mut body = base.clone();
        body[field] = value;
        let refused = admin.post("/api/v1/people", body).await.expect(422);
        assert_eq!(refused["error"]["detail"]["field"], field, "{refused}");
    }
    let nested = json!({"identity_id": "1", "name": "Wang Wu", "groups": ["0", 7]});
    let refused = admin.post("/api/v1/people", nested).await.expect(422);
    assert_eq!(refused["error"]["detail"]["field"], "groups[1]", "{refused}");
    assert_eq!(admin.get("/api/v1/people").await.expect(200)["items"], json!([]));
}
