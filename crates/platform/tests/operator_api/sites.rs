use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{PASSWORD, Platform, User};
use crate::imports::{import, rows};

/// Boxes on two sites, a group only the north serves and one both serve, and somebody restricted to the north.
struct Sites {
    platform: Platform,
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
    Sites { platform, admin, north, south, command, restricted }
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
    let sites = world.restricted.get("/api/v1/sites").await.expect(200);
    assert_eq!(sites["items"], json!([{"site": "north", "boxes": 1}]));
    let stats = world.restricted.get("/api/v1/stats").await.expect(200);
    assert_eq!((&stats["boxes"], &stats["commands_queued"]), (&json!(1), &json!(0)), "{stats}");
}

/// Every operation with a box or a command in its address, filled with those of the south.
async fn addressed(world: &Sites) -> Vec<(Method, String)> {
    let document = world.admin.get("/api/v1/openapi.json").await.expect(200);
    let mut all = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let filled = path
                .replace("{dev_sno}", &world.south)
                .replace("commands/{id}", &format!("commands/{}", world.command));
            let is_for_admins = operation["x-role"] == "admin";
            if filled != *path && !filled.contains('{') && !is_for_admins {
                all.push((method.to_uppercase().parse().unwrap(), filled));
            }
        }
    }
    assert!(all.len() >= 9, "{all:?}");
    all
}

#[tokio::test]
async fn whoever_is_restricted_sees_and_changes_nothing_of_another_site() {
    let world = sites("operator").await;
    let rows = async |path: &str| {
        let found = world.restricted.get(path).await.expect(200);
        found["items"].as_array().unwrap().iter().map(|row| row["dev_sno"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(rows("/api/v1/boxes").await, [json!(world.north)]);
    for path in ["/api/v1/commands", "/api/v1/cameras", "/api/v1/events", "/api/v1/people/pb/boxes"] {
        assert!(!rows(path).await.contains(&json!(world.south)), "{path}");
    }
    let stats = world.restricted.get("/api/v1/stats").await.expect(200);
    assert_eq!((&stats["boxes"], &stats["commands_queued"]), (&json!(1), &json!(0)), "{stats}");

    // Any route that names a box or a command answers as if it did not exist, before it looks at the body.
    let before = world.admin.get(&format!("/api/v1/boxes/{}", world.south)).await.expect(200);
    for (method, path) in addressed(&world).await {
        for body in bodies() {
            let answer = world.restricted.send(method.clone(), &path, body.clone()).await;
            assert!(matches!(answer.status, 404 | 422), "{method} {path} {body:?}: {answer:?}");
            assert!(!answer.body.to_string().contains("south"), "{method} {path}: {answer:?}");
        }
    }
    let mut after = world.admin.get(&format!("/api/v1/boxes/{}", world.south)).await.expect(200);
    after["silent_since"] = before["silent_since"].clone();
    assert_eq!(after, before);
    // A box can be neither made there nor moved there.
    let made = world.restricted.post("/api/v1/boxes", json!({"name": "x", "site": "south"})).await;
    assert!(matches!(made.status, 403 | 422), "{made:?}");
    let own = format!("/api/v1/boxes/{}", world.north);
    let moved = world.restricted.patch(&own, json!({"site": "south"})).await;
    assert!(matches!(moved.status, 403 | 422), "{moved:?}");
    world.restricted.patch(&own, json!({"name": "north door"})).await.expect(200);
}

/// Something each of the operations on a box takes.
fn bodies() -> Vec<Option<Value>> {
    vec![
        None,
        Some(json!({"name": "mine"})),
        Some(json!({"groups": ["n"]})),
        Some(json!({"method": "resync"})),
        Some(json!({"method": "wipe_data", "users": true})),
    ]
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

#[tokio::test]
async fn many_people_at_once_stay_within_ones_sites_too() {
    let world = sites("operator").await;
    let me = &world.restricted;
    let bulk = async |body: Value| {
        let told = me.post("/api/v1/people/bulk", body).await.expect(200);
        let items = told["items"].as_array().unwrap();
        items.iter().map(|item| item["result"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let later = 4_000_000_000_000_i64;
    assert_eq!(bulk(json!({"ids": ["pb", "pn"], "valid_until": later})).await, ["failed", "changed"]);
    assert_eq!(bulk(json!({"ids": ["pn"], "add_groups": ["b"], "add_tags": ["x"]})).await, ["failed"]);
    assert_eq!(bulk(json!({"ids": ["pb"], "delete": true})).await, ["failed"]);
    let shown = me.get("/api/v1/people/pn").await.expect(200);
    assert_eq!((&shown["tags"], &shown["groups"]), (&json!([]), &json!(["n"])), "{shown}");
    for enrolment in ["none", "pending", "failed", "applied"] {
        me.get(&format!("/api/v1/people?enrolment={enrolment}")).await.expect(200);
    }

    let list = "id;name;groups\nnew;A;n\nfar;B;b\neverywhere;C;\npb;D;\npn;E;\n";
    let done = import(me, "", list.into()).await;
    for ((id, outcome, reason), (wanted, was)) in rows(me, &done, "").await.into_iter().zip([
        ("new", "created"),
        ("far", ""),
        ("everywhere", ""),
        ("pb", ""),
        ("pn", "updated"),
    ]) {
        assert_eq!((id.as_str(), outcome.as_str()), (wanted, was), "{reason}");
        assert!(!was.is_empty() || reason.contains("restricted to some sites"), "{id}: {reason}");
    }
    assert_eq!((&done["done"], &done["failed"]), (&json!(2), &json!(3)), "{done}");

    // An import that may reach further is not theirs to add to, or to stop.
    let file = b"id;name\nx;X\n".to_vec();
    let begun = world.admin.post_bytes("/api/v1/people/imports?more=true", file.clone()).await.expect(201);
    let path = format!("/api/v1/people/imports/{}", begun["id"].as_str().unwrap());
    assert_eq!(me.post_bytes(&format!("{path}/files"), file).await.refused(403).0, "outside_sites");
    assert_eq!(me.post(&format!("{path}/cancel"), Value::Null).await.refused(403).0, "outside_sites");
    assert_eq!(me.delete(&path).await.refused(403).0, "outside_sites");
}

#[tokio::test]
async fn receipts_groups_and_measures_tell_of_ones_sites_only() {
    let world = sites("viewer").await;
    let (me, admin) = (&world.restricted, &world.admin);
    for (user, boxes) in [(me, 1), (admin, 2)] {
        assert_eq!(user.get("/api/v1/groups/b").await.expect(200)["boxes"], boxes);
        let groups = user.get("/api/v1/groups").await.expect(200);
        let both = groups["items"].as_array().unwrap().iter().find(|group| group["id"] == "b");
        assert_eq!(both.unwrap()["boxes"], boxes);
    }
    assert_eq!(me.get("/metrics").await.refused(403).0, "outside_sites");
    let receipt = "INSERT INTO erasure(id, identity_id, erased_at, erased_by) VALUES('e', '1', 1, 'admin')";
    world.platform.tamper(receipt).await;
    for (dev_sno, outcome) in [(&world.north, "proved"), (&world.south, "outstanding")] {
        let sql = format!(
            "INSERT INTO erasure_box(erasure_id, dev_sno, identity_id, outcome)
             VALUES('e', '{dev_sno}', '1', '{outcome}')"
        );
        world.platform.tamper(&sql).await;
    }
    for (user, complete, boxes, open) in [(me, true, 1, 0), (admin, false, 2, 1)] {
        let shown = user.get("/api/v1/erasures/e").await.expect(200);
        assert_eq!((&shown["complete"], &shown["outstanding"]), (&json!(complete), &json!(open)), "{shown}");
        let first = user.get("/api/v1/erasures").await.expect(200)["items"][0].clone();
        assert_eq!((&first["complete"], &first["outstanding"]), (&shown["complete"], &shown["outstanding"]));
        let list = user.get("/api/v1/erasures/e/boxes").await.expect(200);
        assert_eq!(list["items"].as_array().unwrap().len(), boxes, "{list}");
        let found = user.get("/api/v1/erasures?outstanding=true").await.expect(200);
        assert_eq!(found["items"].as_array().unwrap().len(), open, "{found}");
    }
}
