use serde_json::{Value, json};

use crate::harness::{PASSWORD, Platform, User};
use crate::imports::import;

async fn verify(admin: &User, query: &str) -> Value {
    admin.get(&format!("/api/v1/audit/verify{query}")).await.expect(200)
}

async fn tamper(platform: &Platform, sql: &str) {
    assert!(platform.tamper(sql).await > 0, "{sql}");
}

#[tokio::test]
async fn who_did_what_is_found_again() {
    let platform = Platform::start().await;
    let admin = platform.admin().await;
    let operator = platform.with_role(&admin, "operator").await;
    operator.post("/api/v1/people", json!({"identity_id": "1", "name": "Wang Wu"})).await.expect(201);
    admin.delete("/api/v1/people/1").await.expect(200);
    platform.login("operator", "not the password").await.refused(401);
    platform.login("a name or perhaps a password", "x").await.refused(401);
    let find = async |query: &str| {
        let found = admin.get(&format!("/api/v1/audit?{query}")).await.expect(200);
        let actions =
            found["items"].as_array().unwrap().iter().map(|row| row["action"].as_str().unwrap().to_owned());
        actions.collect::<Vec<_>>()
    };
    assert_eq!(find("subject=1").await, ["person.remove", "person.create"]);
    assert_eq!(find("actor=operator&action=person.").await, ["person.create"]);
    assert_eq!(find("action=person.remove").await, ["person.remove"]);
    assert_eq!(find("action=session.refuse").await.len(), 2);
    assert_eq!(find("until=1700000000000").await, [""; 0]);
    let all = admin.get("/api/v1/audit?limit=500").await.expect(200);
    assert!(!all.to_string().contains("perhaps a password") && !all.to_string().contains(PASSWORD));
    let person = admin.get("/api/v1/audit?action=person.create").await.expect(200);
    assert_eq!(person["items"][0]["address"], "127.0.0.1");
    assert_eq!(person["items"][0]["detail"], json!({"groups": ["0"]}));
    // Pages hold together.
    let mut walked = Vec::new();
    let mut path = "/api/v1/audit?limit=2".to_owned();
    loop {
        let page = admin.get(&path).await.expect(200);
        walked.extend(page["items"].as_array().unwrap().iter().map(|row| row["seq"].as_i64().unwrap()));
        let Some(next) = page["next"].as_str() else { break };
        path = format!("/api/v1/audit?limit=2&cursor={next}");
    }
    let rows: i64 = i64::try_from(walked.len()).unwrap();
    assert_eq!(walked, (1..=rows).rev().collect::<Vec<_>>());
    assert_eq!(admin.get("/api/v1/audit?cursor=eHl6").await.refused(422).0, "invalid");
}

#[tokio::test]
async fn the_log_says_what_was_changed_of_a_person_and_keeps_no_name() {
    let platform = Platform::start().await;
    let admin = platform.admin().await;
    let person = json!({"identity_id": "1", "name": "Wang Wu", "info": {"desk": "Wang Wu's"}});
    admin.post("/api/v1/people", person).await.expect(201);
    let changes = [
        (json!({"name": "Wang Wu-Li", "tags": ["night"]}), json!(["name", "tags"])),
        (json!({"type": 5, "department": "of Wang Wu"}), json!(["type", "department"])),
        (json!({"groups": [], "info": {"desk": "none"}}), json!(["groups", "info"])),
        (
            json!({"valid_from": 1_790_000_000_000_i64, "valid_until": 1_800_000_000_000_i64}),
            json!(["valid_from", "valid_until"]),
        ),
    ];
    for (change, fields) in changes {
        admin.patch("/api/v1/people/1", change).await.expect(200);
        let newest = admin.get("/api/v1/audit?action=person.change&limit=1").await.expect(200);
        let row = &newest["items"][0];
        let groups = if fields[0] == "name" || fields[0] == "type" { json!(["0"]) } else { json!([]) };
        let told = json!({"fields": fields, "groups": groups});
        assert_eq!((&row["subject"], &row["detail"]), (&json!("1"), &told));
    }
    // What changes nothing is no deed.
    admin.patch("/api/v1/people/1", json!({"type": 5})).await.expect(200);
    let found = admin.get("/api/v1/audit?action=person.change").await.expect(200);
    assert_eq!(found["items"].as_array().unwrap().len(), 4);
    import(&admin, "", b"identity_id,name\n2,Wang Liu\n".to_vec()).await;
    drop(admin.raw("/api/v1/events/export?name=Wang%20Wu").await.text().await.unwrap());
    admin.post("/api/v1/people/bulk", json!({"ids": ["1"], "delete": true})).await.expect(200);
    let all = admin.raw("/api/v1/audit/export").await.text().await.unwrap();
    assert!(all.contains("event.export") && all.contains("person.bulk_delete"), "{all}");
    assert!(!all.contains("Wang"), "{all}");
}

#[tokio::test]
async fn a_start_with_another_configuration_is_written_down() {
    let platform = Platform::start().await;
    let admin = platform.admin().await;
    let changes = async || {
        let found = admin.get("/api/v1/audit?action=config.change").await.expect(200);
        found["items"].as_array().unwrap().clone()
    };
    assert_eq!(changes().await.len(), 1);
    // The second one believes a proxy.
    let other = platform.second().await;
    let found = changes().await;
    let changed = found[0]["detail"]["changed"].as_array().unwrap();
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(changed.contains(&json!("http.trusted_proxies")), "{changed:?}");
    assert!(!json!(found).to_string().contains("guest") && !json!(found).to_string().contains(PASSWORD));
    drop(other);
}

#[tokio::test]
async fn the_log_is_taken_away_as_a_file_and_that_is_written_down() {
    let platform = Platform::start().await;
    let admin = platform.admin().await;
    admin.post("/api/v1/groups", json!({"name": "=1+1"})).await.expect(201);
    let file = admin.raw("/api/v1/audit/export").await;
    assert_eq!(file.headers()["content-type"], "application/x-ndjson");
    let lines: Vec<Value> =
        file.text().await.unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let seqs: Vec<i64> = lines.iter().map(|line| line["seq"].as_i64().unwrap()).collect();
    assert_eq!(seqs, (1..=i64::try_from(lines.len()).unwrap()).collect::<Vec<_>>());
    assert_eq!(lines.last().unwrap()["action"], "audit.export");
    let table = admin.raw("/api/v1/audit/export?format=csv").await.text().await.unwrap();
    assert_eq!(table.lines().count(), lines.len() + 2, "a header line, and the export before");
    assert!(table.starts_with("seq,at,actor,address,action,subject,detail,hash\n"), "{table}");
    assert_eq!(admin.get("/api/v1/audit/export?format=xml").await.refused(422).0, "invalid");
}

#[tokio::test]
async fn a_changed_removed_or_added_row_shows() {
    let platform = Platform::start().await;
    let admin = platform.admin().await;
    for number in 0..5 {
        admin.post("/api/v1/groups", json!({"name": format!("group {number}")})).await.expect(201);
    }
    let whole = verify(&admin, "").await;
    assert_eq!(
        (&whole["intact"], &whole["next"], &whole["noted"]),
        (&json!(true), &Value::Null, &Value::Null)
    );
    let (last, hash) = (whole["seq"].as_i64().unwrap(), whole["hash"].as_str().unwrap().to_owned());
    assert_eq!(whole["checked"].as_i64(), Some(last));
    // In pieces it is the same chain.
    let piece = verify(&admin, "?limit=3").await;
    assert_eq!((&piece["next"], &piece["checked"]), (&json!(3), &json!(3)));
    let rest = verify(&admin, "?after=3").await;
    assert_eq!(
        (&rest["intact"], rest["seq"].as_i64(), &rest["hash"]),
        (&json!(true), Some(last), &json!(hash))
    );
    let noted = format!("?noted_seq={last}&noted_hash={hash}");
    assert_eq!(verify(&admin, &noted).await["noted"], true);

    tamper(&platform, "UPDATE audit SET actor = 'somebody else' WHERE seq = 4").await;
    let broken = verify(&admin, "").await;
    assert_eq!(
        (&broken["intact"], &broken["broken_at"], &broken["checked"]),
        (&json!(false), &json!(4), &json!(3))
    );
    tamper(&platform, "UPDATE audit SET actor = 'admin' WHERE seq = 4").await;
    assert_eq!(verify(&admin, "").await["intact"], true);

    tamper(&platform, "DELETE FROM audit WHERE seq = 5").await;
    assert_eq!(verify(&admin, "").await["broken_at"], 5);
    tamper(
        &platform,
        "INSERT INTO audit SELECT 5, at, actor, address, action, subject, detail, hash FROM audit WHERE seq = 4",
    ).await;
    assert_eq!(verify(&admin, "").await["broken_at"], 5);
    // Who cuts off the end leaves a whole chain: only a note from elsewhere tells.
    tamper(&platform, "DELETE FROM audit WHERE seq >= 5").await;
    assert_eq!(verify(&admin, "").await["intact"], true);
    let cut = verify(&admin, &noted).await;
    assert_eq!((&cut["intact"], &cut["noted"]), (&json!(false), &json!(false)));
    assert_eq!(admin.get("/api/v1/audit/verify?after=99").await.refused(404).0, "not_found");
    assert_eq!(admin.get("/api/v1/audit/verify?noted_seq=1").await.refused(422).0, "invalid");
}
