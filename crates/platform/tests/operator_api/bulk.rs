use serde_json::{Value, json};

use crate::harness::{Platform, User};

async fn add(admin: &User, ids: impl Iterator<Item = String>) {
    for id in ids {
        let body = json!({"identity_id": id, "name": format!("name of {id}")});
        admin.post("/api/v1/people", body).await.expect(201);
    }
}

fn results(answer: &Value) -> Vec<(&str, &str)> {
    let items = answer["items"].as_array().unwrap();
    items
        .iter()
        .map(|item| (item["identity_id"].as_str().unwrap(), item["result"].as_str().unwrap()))
        .collect()
}

#[tokio::test]
async fn many_people_are_changed_at_once() {
    let platform = Platform::start().await;
    let admin = platform.admin().await;
    add(&admin, (0..3).map(|n| format!("p{n}"))).await;
    admin.post("/api/v1/groups", json!({"name": "warehouse"})).await.expect(201);
    let bulk = async |body: Value| admin.post("/api/v1/people/bulk", body).await;

    let change = json!({"ids": ["p1", "p0", "gone"], "add_groups": ["1"], "add_tags": ["night"], "department": "Sales",
                        "valid_until": 4_000_000_000_000_i64});
    let changed = bulk(change.clone()).await.expect(200);
    assert_eq!(results(&changed), [("gone", "not_found"), ("p0", "changed"), ("p1", "changed")]);
    assert_eq!(
        (&changed["matched"], &changed["changed"], &changed["failed"]),
        (&json!(3), &json!(2), &json!(1))
    );
    let again = bulk(change).await.expect(200);
    assert_eq!(results(&again), [("gone", "not_found"), ("p0", "unchanged"), ("p1", "unchanged")]);
    let shown = admin.get("/api/v1/people/p0").await.expect(200);
    assert_eq!(
        (&shown["groups"], &shown["tags"], &shown["department"]),
        (&json!(["0", "1"]), &json!(["night"]), &json!("Sales"))
    );
    assert_eq!(shown["revision"], 2);

    let visitors = bulk(json!({"ids": ["p0", "p1"], "type": 2})).await.expect(200);
    assert_eq!(results(&visitors), [("p0", "changed"), ("p1", "changed")]);
    let shown = admin.get("/api/v1/people/p0").await.expect(200);
    assert_eq!((&shown["type"], &shown["revision"]), (&json!(2), &json!(3)));

    // Sorting people is nothing a box must learn of.
    bulk(json!({"ids": ["p0"], "remove_tags": ["night"], "add_tags": ["day"]})).await.expect(200);
    assert_eq!(admin.get("/api/v1/people/p0").await.expect(200)["revision"], 3);

    let early = bulk(json!({"ids": ["p0", "p2"], "valid_from": 4_100_000_000_000_i64})).await.expect(200);
    assert_eq!(results(&early), [("p0", "failed"), ("p2", "changed")]);
    assert!(early["items"][0]["reason"].as_str().unwrap().contains("valid_until"), "{early}");

    let gone = bulk(json!({"filter": {"department": "Sales"}, "delete": true})).await.expect(200);
    assert_eq!(results(&gone), [("p0", "deleted"), ("p1", "deleted")]);
    assert_eq!(admin.get("/api/v1/people").await.expect(200)["items"].as_array().unwrap().len(), 1);

    for (body, field) in [
        (json!({"ids": ["p2"]}), "body"),
        (json!({"ids": ["p2"], "type": 9}), "type"),
        (json!({"ids": ["p2"], "delete": true, "add_tags": ["x"]}), "delete"),
        (json!({"delete": true}), "ids"),
        (json!({"filter": {}, "delete": true}), "filter"),
        (json!({"ids": [], "delete": true}), "ids"),
        (json!({"ids": ["p2"], "add_groups": ["nowhere"]}), "groups"),
        (json!({"ids": ["p2"], "add_tags": ["a,b"]}), "tags"),
        (json!({"ids": vec!["x"; 5001], "delete": true}), "ids"),
    ] {
        let refused = bulk(body).await.expect(422);
        assert_eq!(refused["error"]["detail"]["field"], field, "{refused}");
    }
}

#[tokio::test]
async fn tags_and_departments_are_counted() {
    let platform = Platform::start().await;
    let admin = platform.admin().await;
    add(&admin, (0..4).map(|n| format!("p{n}"))).await;
    let label = json!({"ids": ["p0", "p1", "p2"], "add_tags": ["day"], "department": "Sales"});
    admin.post("/api/v1/people/bulk", label).await.expect(200);
    admin.patch("/api/v1/people/p0", json!({"tags": ["night", "day"], "department": "IT"})).await.expect(200);
    let tags = admin.get("/api/v1/people/tags").await.expect(200);
    assert_eq!(tags["items"], json!([{"tag": "day", "people": 3}, {"tag": "night", "people": 1}]));
    let departments = admin.get("/api/v1/people/departments?limit=1").await.expect(200);
    assert_eq!(departments["items"], json!([{"department": "IT", "people": 1}]));
    let next = departments["next"].as_str().unwrap();
    let rest = admin.get(&format!("/api/v1/people/departments?cursor={next}")).await.expect(200);
    assert_eq!(
        (&rest["items"], &rest["next"]),
        (&json!([{"department": "Sales", "people": 2}]), &Value::Null)
    );
    admin.delete("/api/v1/people/p0").await.expect(200);
    assert_eq!(
        admin.get("/api/v1/people/tags").await.expect(200)["items"],
        json!([{"tag": "day", "people": 2}])
    );
}
