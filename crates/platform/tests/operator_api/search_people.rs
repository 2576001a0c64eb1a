use serde_json::json;

use crate::harness::{Platform, User};

async fn ids(admin: &User, query: &str) -> Vec<String> {
    let page = admin.get(&format!("/api/v1/people?{query}")).await.expect(200);
    let items = page["items"].as_array().unwrap();
    items.iter().map(|item| item["identity_id"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn people_are_found_by_what_is_known_of_them() {
    let platform = Platform::start().await;
    let admin = platform.admin().await;
    let (past, future) = (1_600_000_000_000_i64, 4_000_000_000_000_i64);
    for body in [
        json!({"identity_id": "1", "name": "Chen", "department": "IT", "tags": ["night"], "type": 2}),
        json!({"identity_id": "2", "name": "Bai", "department": "IT", "valid_until": past}),
        json!({"identity_id": "3", "name": "An", "tags": ["day", "night"], "valid_from": future}),
        json!({"identity_id": "4", "name": "Bai", "valid_from": past, "valid_until": future, "groups": []}),
    ] {
        admin.post("/api/v1/people", body).await.expect(201);
    }
    for (query, expected) in [
        ("department=IT", vec!["1", "2"]),
        ("department=", vec!["3", "4"]),
        ("tag=night", vec!["1", "3"]),
        ("type=2", vec!["1"]),
        ("validity=now", vec!["1", "4"]),
        ("validity=expired", vec!["2"]),
        ("validity=not_yet", vec!["3"]),
        ("tag=night&validity=now&department=IT", vec!["1"]),
        ("enrolment=none&type=1", vec!["2", "3", "4"]),
        ("enrolment=applied", vec![]),
        ("sort=name", vec!["3", "2", "4", "1"]),
        ("sort=name&department=IT", vec!["2", "1"]),
    ] {
        assert_eq!(ids(&admin, query).await, expected, "{query}");
    }
    for query in ["type=9", "validity=soon", "enrolment=x", "sort=age", "cursor=MQ&sort=name"] {
        assert_eq!(admin.get(&format!("/api/v1/people?{query}")).await.refused(422).0, "invalid", "{query}");
    }

    // By name, page after page, while somebody is added in front: nobody is seen twice, nobody is missed.
    let first = admin.get("/api/v1/people?sort=name&limit=2").await.expect(200);
    admin.post("/api/v1/people", json!({"identity_id": "0", "name": "Aa"})).await.expect(201);
    let next = first["next"].as_str().unwrap();
    let second = ids(&admin, &format!("sort=name&limit=9&cursor={next}")).await;
    assert_eq!(
        (first["items"][1]["identity_id"].as_str().unwrap(), second),
        ("2", vec!["4".to_owned(), "1".to_owned()])
    );
}
