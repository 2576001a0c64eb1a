use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{PASSWORD, Platform, User};

/// Boxes on two sites, a group only the north serves and one both serve, and somebody restricted to the north.
struct Sites {
    /// Held so that it runs on.
    _platform: Platform,
    admin: User,
    north: String,
    south: String,
    /// A command for the box in the south.
    command: String,
    restricted: User,
}

async fn add_box(admin: &User, site: &str, groups: &[&str]) -> String {
    let body = json!({"name": site, "site": site, "groups": groups});
    admin.post("/api/v1/boxes", body).await.expect(201)["dev_sno"].as_str().unwrap().to_owned()
}

async fn sites(role: &str) -> Sites {
    let platform = Platform::start().await;
    let admin = platform.admin().await;
    for (id, name) in [("n", "north only"), ("b", "both")] {
        admin.post("/api/v1/groups", json!({"id": id, "name": name})).await.expect(201);
    }
    let north = add_box(&admin, "north", &["n", "b"]).await;
    let south = add_box(&admin, "south", &["b", "0"]).await;
    for (id, group) in [("pn", "n"), ("pb", "b")] {
        let body = json!({"identity_id": id, "name": id, "groups": [group]});
        admin.post("/api/v1/people", body).await.expect(201);
    }
    let body = json!({"method": "wipe_data", "users": true});
    let sent = admin.post(&format!("/api/v1/boxes/{south}/commands"), body).await.expect(202);
    let command = sent["id"].as_str().unwrap().to_owned();
    let body = json!({"username": "restricted", "password": PASSWORD, "role": role, "sites": ["north"]});
    admin.post("/api/v1/operators", body).await.expect(201);
    let restricted = platform.user("restricted", PASSWORD).await;
    Sites { _platform: platform, admin, north, south, command, restricted }
}

#[tokio::test]
async fn commands_cameras_and_counts_of_other_sites_are_left_out() {
    let world = sites("operator").await;
    for path in ["/api/v1/commands", "/api/v1/cameras", "/api/v1/people/pb/boxes"] {
        let seen = world.restricted.get(path).await.expect(200);
        assert!(!seen.to_string().contains(&world.south), "{path}: {seen}");
    }
    let seen = world.restricted.get("/api/v1/people/pb/boxes").await.expect(200);
    assert!(
        seen["items"].is_array() && world.admin.get("/api/v1/commands").await.expect(200)["items"].is_array()
    );
    assert_eq!(
        world.restricted.get(&format!("/api/v1/commands/{}", world.command)).await.refused(404).0,
        "not_found"
    );
    for path in ["commands", "commands/raw"] {
        let path = format!("/api/v1/boxes/{}/{path}", world.south);
        let refused = world.restricted.post(&path, json!({"method": "resync"})).await;
        assert!(matches!(refused.status, 403 | 404), "{refused:?}");
    }
    let own = format!("/api/v1/boxes/{}/commands", world.north);
    world.restricted.post(&own, json!({"method": "resync"})).await.expect(202);
    let stats = world.restricted.get("/api/v1/stats").await.expect(200);
    assert_eq!((&stats["boxes"], &stats["commands_queued"]), (&json!(1), &json!(0)), "{stats}");
}

#[tokio::test]
async fn people_and_groups_are_read_by_all_and_changed_only_as_far_as_ones_sites_reach() {
    let world = sites("operator").await;
    let me = &world.restricted;
    assert_eq!(me.get("/api/v1/people").await.expect(200)["items"].as_array().unwrap().len(), 2);
    me.get("/api/v1/groups/b").await.expect(200);

    me.patch("/api/v1/people/pn", json!({"name": "Wang Wu"})).await.expect(200);
    me.post("/api/v1/people", json!({"identity_id": "1", "name": "a", "groups": ["n"]})).await.expect(201);
    me.post("/api/v1/groups/n/people", json!({"add": ["pb"]})).await.expect(200);
    me.post("/api/v1/groups/n/people", json!({"remove": ["pb"]})).await.expect(200);
    me.post("/api/v1/groups", json!({"name": "new"})).await.expect(201);
    me.patch("/api/v1/groups/n", json!({"name": "north"})).await.expect(200);

    for (method, path, body) in [
        (Method::PATCH, "/api/v1/people/pb", json!({"name": "x"})),
        (Method::PATCH, "/api/v1/people/pn", json!({"groups": ["n", "b"]})),
        (Method::POST, "/api/v1/people", json!({"identity_id": "2", "name": "a", "groups": ["0"]})),
        (Method::POST, "/api/v1/groups/b/people", json!({"add": ["pn"]})),
        (Method::PATCH, "/api/v1/groups/b", json!({"name": "x"})),
        (Method::DELETE, "/api/v1/groups/b", Value::Null),
        (Method::DELETE, "/api/v1/people/pb", Value::Null),
    ] {
        let body = (!body.is_null()).then_some(body);
        let refused = me.send(method.clone(), path, body).await.refused(403);
        assert_eq!(refused.0, "outside_sites", "{method} {path}: {refused:?}");
    }
    assert_eq!(me.put_bytes("/api/v1/people/pb/photo", vec![1]).await.refused(403).0, "outside_sites");
    me.delete("/api/v1/people/pn").await.expect(200);
    me.delete("/api/v1/groups/n").await.expect(204);
}

#[tokio::test]
async fn a_key_is_restricted_like_an_operator() {
    let world = sites("viewer").await;
    let body = json!({"name": "a", "role": "viewer", "sites": ["south"]});
    let made = world.admin.post("/api/v1/api-keys", body).await.expect(201);
    let key = User { token: made["token"].as_str().unwrap().to_owned(), ..world.admin.clone() };
    assert_eq!(key.get("/api/v1/session").await.expect(200)["sites"], json!(["south"]));
    let seen = key.get("/api/v1/commands").await.expect(200);
    assert_eq!(seen["items"][0]["id"], json!(world.command), "{seen}");
    assert_eq!(key.get(&format!("/api/v1/commands/{}", world.command)).await.status, 200);
    assert_eq!(world.restricted.get("/api/v1/commands").await.expect(200)["items"], json!([]));
}
