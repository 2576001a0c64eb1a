//! What boxes should hold beside what they proved, receipts of erasure, heartbeats over time and quality checks. The boxes are
//! played over HTTP: there is no broker.

use serde_json::{Value, json};

use crate::harness::{PASSWORD, Platform, User, eventually, portraits, read};

/// A box that answers over HTTP.
struct Gate<'p> {
    platform: &'p Platform,
    dev_sno: String,
    query: String,
}

impl<'p> Gate<'p> {
    async fn new(platform: &'p Platform, admin: &User, name: &str, mac: &str) -> Self {
        let made = admin.post("/api/v1/boxes", json!({"name": name})).await.expect(201);
        let dev_sno = made["dev_sno"].as_str().unwrap().to_owned();
        let login = platform.get(&format!("/device/login?dev_sno={dev_sno}&hex_mac={mac}")).await.expect(200);
        let query = format!("token={}&dev_sno={dev_sno}", login["token"].as_str().unwrap());
        Self { platform, dev_sno, query }
    }

    async fn tell(&self, path: &str, body: Value) {
        let url = self.platform.url(&format!("{path}?{}", self.query));
        let answer = read(self.platform.client.post(url).json(&body).send().await.unwrap()).await;
        answer.expect(200);
    }

    /// Waits for an open command of a method and answers it: done, or refused with a code.
    async fn answer(&self, admin: &User, method: &str, refused: Option<(i64, &str)>) {
        let list = format!("/api/v1/commands?dev_sno={}&method={method}&state=queued", self.dev_sno);
        let id = eventually(async || {
            let found = admin.get(&list).await.expect(200);
            found["items"][0]["id"].as_str().map(str::to_owned)
        })
        .await;
        let shown = admin.get(&format!("/api/v1/commands/{id}")).await.expect(200);
        let users: Vec<Value> = shown["payload"]["userid_list"]
            .as_array()
            .unwrap()
            .iter()
            .map(|user| {
                let (code, message) = refused.unwrap_or((0, "ok"));
                json!({"userid": user, "username": "", "code": code, "message": message})
            })
            .collect();
        let (done, failed) = if refused.is_some() { (vec![], users) } else { (users, vec![]) };
        self.tell(
            "/device/results",
            json!({"success": true, "code": 0, "message": "", "dev_sno": self.dev_sno, "messageKey": method,
                   "messageId": id, "result": {"success_users": done, "failed_users": failed}}),
        )
        .await;
    }
}

#[tokio::test]
async fn drift_is_told_by_box_and_by_person_and_erasure_leaves_a_receipt() {
    let platform = Platform::start_with_models().await;
    let admin = platform.admin().await;
    let one = Gate::new(&platform, &admin, "Gate 1", "0xe0a509000001").await;
    let two = Gate::new(&platform, &admin, "Gate 2", "0xe0a509000002").await;
    let drift =
        async |gate: &Gate<'_>| admin.get(&format!("/api/v1/boxes/{}/drift", gate.dev_sno)).await.expect(200);
    assert_eq!(drift(&one).await["summary"], "0 of 0 proved");

    admin.post("/api/v1/people", json!({"identity_id": "1001", "name": "Zhang San"})).await.expect(201);
    let [photo, _] = portraits();
    admin.put_bytes("/api/v1/people/1001/photo", photo).await.expect(200);
    one.answer(&admin, "add_users_plus", None).await;
    two.answer(&admin, "add_users_plus", Some((40004, "no face"))).await;
    assert_eq!(drift(&one).await["summary"], "1 of 1 proved");
    let told = drift(&two).await;
    assert_eq!(told["summary"], "0 of 1 proved; missing: 1 refused (40004 no face)");
    assert_eq!((&told["failed"], &told["wanted"], &told["deriving"]), (&json!(1), &json!(1), &json!(false)));
    assert_eq!(told["reasons"][0]["example"], "1001");
    assert!(told["oldest_age_ms"].as_i64().unwrap() >= 0);
    for (failing, gate) in [(true, &two), (false, &one)] {
        let list = admin.get(&format!("/api/v1/boxes?failing={failing}")).await.expect(200);
        let items = list["items"].as_array().unwrap();
        assert_eq!((items.len(), &items[0]["dev_sno"]), (1, &json!(gate.dev_sno)), "failing={failing}");
    }

    let people = format!("/api/v1/boxes/{}/people", two.dev_sno);
    let row = admin.get(&format!("{people}?state=failed&search=zhang")).await.expect(200)["items"][0].clone();
    assert!(row["why"].as_str().unwrap().starts_with("the box refused: 40004 no face"), "{row}");
    assert_eq!(admin.get(&format!("{people}?search=nobody")).await.expect(200)["items"], json!([]));
    assert_eq!(admin.get(&format!("{people}?state=broken")).await.refused(422).0, "invalid");
    let whole = admin.get("/api/v1/people/1001/boxes").await.expect(200);
    let summary = whole["summary"].as_str().unwrap();
    assert!(summary.starts_with("on 1 of 2 boxes; missing: Gate 2 (the box refused: 40004"), "{summary}");

    // A refused photo is not sent again by itself, but when somebody asks for it.
    let resync = format!("{people}/1001/resync");
    assert_eq!(admin.post(&resync, Value::Null).await.expect(202)["rows"], 1);
    two.answer(&admin, "add_users_plus", None).await;
    assert_eq!(admin.post("/api/v1/people/1001/resync", Value::Null).await.expect(202)["rows"], 2);
    one.answer(&admin, "add_users_plus", None).await;
    two.answer(&admin, "add_users_plus", None).await;
    let all = format!("/api/v1/boxes/{}/resync", one.dev_sno);
    assert_eq!(admin.post(&all, Value::Null).await.expect(202)["rows"], 1);
    one.answer(&admin, "add_users_plus", None).await;
    assert_eq!(admin.get("/api/v1/people/1001/boxes").await.expect(200)["summary"], "on 2 of 2 boxes");
    for nobody in ["/api/v1/people/9/resync".to_owned(), format!("{people}/9/resync")] {
        assert_eq!(admin.post(&nobody, Value::Null).await.refused(404).0, "not_found");
    }

    let removed = admin.delete("/api/v1/people/1001").await.expect(200);
    let receipt = format!("/api/v1/erasures/{}", removed["erasure_id"].as_str().unwrap());
    let open = admin.get("/api/v1/erasures?outstanding=true&identity_id=1001").await.expect(200);
    assert_eq!(
        (&open["items"][0]["outstanding"], &open["items"][0]["erased_by"]),
        (&json!(2), &json!("admin"))
    );
    one.answer(&admin, "delete_users", None).await;
    let told = admin.get(&receipt).await.expect(200);
    assert_eq!(
        (&told["proved"], &told["outstanding"], &told["complete"]),
        (&json!(1), &json!(1), &json!(false))
    );
    assert!(told["outstanding_age_ms"].is_i64() && told["completed_at"].is_null(), "{told}");
    let boxes = admin.get(&format!("{receipt}/boxes?outcome=outstanding")).await.expect(200);
    assert_eq!(boxes["items"][0]["dev_sno"], two.dev_sno.as_str());
    // A box that is removed before it said anything will never prove it, and that is what the receipt says.
    admin.delete(&format!("/api/v1/boxes/{}", two.dev_sno)).await.expect(204);
    let told = admin.get(&receipt).await.expect(200);
    assert_eq!(
        (&told["unprovable"], &told["outstanding"], &told["complete"]),
        (&json!(1), &json!(0), &json!(false))
    );
    assert_eq!(admin.get("/api/v1/erasures?outstanding=true").await.expect(200)["items"], json!([]));
    assert_eq!(admin.get("/api/v1/erasures/none").await.refused(404).0, "not_found");
}

#[tokio::test]
async fn heartbeats_are_summed_up_over_time() {
    let platform = Platform::start().await;
    let admin = platform.admin().await;
    let gate = Gate::new(&platform, &admin, "Gate 1", "0xe0a509000001").await;
    for (cpu, free) in [(10.0, 9.0), (30.0, 8.0)] {
        gate.tell(
            "/device/status",
            json!({"gateway_ip": "192.0.2.7", "gateway_name": "box", "gateway_status": "online", "gateway_sn": "S1",
                   "dev_sno": gate.dev_sno, "gateway_ext_data": {"sw_version": "VERSION: V2R1C01", "cpu_usage": cpu,
                   "memory_usage": 0.5, "disk_size": 10.0, "disk_free_size": free}, "sub_devices": []}),
        )
        .await;
    }
    let path = format!("/api/v1/boxes/{}/heartbeats", gate.dev_sno);
    let told = admin.get(&format!("{path}?step=86400")).await.expect(200);
    let point = &told["items"][0];
    // The day may have changed between the two.
    if point["beats"] == 2 {
        assert_eq!((&point["cpu"], &point["cpu_most"]), (&json!(20.0), &json!(30.0)));
        assert_eq!((&point["memory"], &point["disk_free"]), (&json!(50.0), &json!(8.0)));
    }
    assert_eq!((&point["version"], &point["disk_size"]), (&json!("VERSION: V2R1C01"), &json!(10.0)));
    assert_eq!(admin.get(&format!("{path}?from=5&until=4")).await.refused(422).0, "invalid");
    assert_eq!(admin.get(&format!("{path}?step=1")).await.refused(422).0, "invalid");
}

#[tokio::test]
async fn a_picture_is_judged_by_a_box_and_forgotten() {
    let platform = Platform::start().await;
    let admin = platform.admin().await;
    let send = async |query: &str, picture: &[u8]| {
        let request =
            platform.client.post(platform.url(&format!("/api/v1/fiqa{query}"))).bearer_auth(&admin.token);
        read(request.header("content-type", "image/jpeg").body(picture.to_vec()).send().await.unwrap()).await
    };
    let picture = b"\xff\xd8\xff and so on";
    assert_eq!(send("", picture).await.refused(409).0, "conflict");
    let gate = Gate::new(&platform, &admin, "Gate 1", "0xe0a509000001").await;
    assert_eq!(send("?dev_sno=NOWHERE", picture).await.refused(404).0, "not_found");
    assert_eq!(send("", b"text").await.refused(422).0, "invalid");
    assert_eq!(send("?level=brutal", picture).await.refused(422).0, "invalid");
    admin.patch(&format!("/api/v1/boxes/{}", gate.dev_sno), json!({"fiqa_server": true})).await.expect(200);

    let sent = send("?level=low", picture).await.expect(202);
    let path = format!("/api/v1/commands/{}", sent["id"].as_str().unwrap());
    let shown = admin.get(&path).await.expect(200);
    assert_eq!(
        (&shown["dev_sno"], &shown["payload"]["info"]["image_base64_str"]),
        (&json!(""), &json!("(left out)"))
    );
    gate.tell(
        "/device/results",
        json!({"success": true, "code": 0, "message": "ok", "dev_sno": gate.dev_sno, "messageKey": "fiqa",
               "messageId": sent["id"], "result": {"data": []}}),
    )
    .await;
    let done = admin.get(&path).await.expect(200);
    assert_eq!((&done["state"], &done["dev_sno"]), (&json!("done"), &json!(gate.dev_sno)));
    assert_eq!(done["payload"], json!({"method": "fiqa"}));
    let facts: Vec<&str> =
        done["facts"].as_array().unwrap().iter().map(|f| f["state"].as_str().unwrap()).collect();
    assert_eq!(facts, ["queued", "published", "done"]);
}

#[tokio::test]
async fn a_receipt_forgets_its_boxes_long_after_the_last_was_settled_and_keeps_their_number() {
    let platform = Platform::start().await;
    let now = i64::try_from(std::time::UNIX_EPOCH.elapsed().unwrap().as_millis()).unwrap();
    let (long_ago, lately) = (now - 31 * 24 * 3_600_000, now - 29 * 24 * 3_600_000);
    for (receipt, boxes) in [
        ("settled", vec![("a", "proved", 1), ("b", "proved", long_ago), ("c", "overwritten", 2)]),
        ("unprovable", vec![("a", "unprovable", long_ago)]),
        ("lately", vec![("a", "proved", long_ago), ("b", "proved", lately)]),
        ("open", vec![("a", "proved", long_ago), ("b", "outstanding", 0)]),
    ] {
        platform
            .tamper(&format!(
                "INSERT INTO erasure(id, identity_id, erased_at, erased_by) VALUES('{receipt}', '1', {now}, 'admin')"
            ))
            .await;
        for (dev_sno, outcome, at) in boxes {
            let settled_at = if at == 0 { "NULL".to_owned() } else { at.to_string() };
            platform
                .tamper(&format!(
                    "INSERT INTO erasure_box(erasure_id, dev_sno, identity_id, outcome, settled_at)
                     VALUES('{receipt}', '{dev_sno}', '1', '{outcome}', {settled_at})"
                ))
                .await;
        }
    }
    assert_eq!(platform.tamper("UPDATE erasure SET erased_at = 1").await, 4);
    let platform = platform.restart().await;
    let admin = platform.admin().await;
    let rows = "UPDATE erasure_box SET outcome = outcome";
    eventually(async || (platform.tamper(rows).await == 4).then_some(())).await;
    let mut shown = admin.get("/api/v1/erasures/settled").await.expect(200);
    let forgotten_at = shown["boxes_forgotten_at"].take();
    assert!(forgotten_at.as_i64() > Some(lately), "{forgotten_at}");
    let expected = json!({"id": "settled", "identity_id": "1", "erased_at": 1, "erased_by": "admin", "outstanding": 0, "proved": 2,
        "overwritten": 1, "unprovable": 0, "complete": true, "completed_at": long_ago, "outstanding_age_ms": null,
        "boxes_forgotten_at": null});
    assert_eq!(shown, expected);
    let boxes = admin.get("/api/v1/erasures/settled/boxes").await.expect(200);
    assert_eq!(boxes["items"], json!([]));
    let shown = admin.get("/api/v1/erasures/unprovable").await.expect(200);
    assert_eq!((&shown["unprovable"], &shown["complete"]), (&json!(1), &json!(false)));
    for (receipt, state) in [("open", "outstanding=true"), ("settled", "outstanding=false")] {
        let list = admin.get(&format!("/api/v1/erasures?{state}")).await.expect(200);
        let ids: Vec<&str> =
            list["items"].as_array().unwrap().iter().map(|row| row["id"].as_str().unwrap()).collect();
        assert!(ids.contains(&receipt), "{state}: {ids:?}");
    }
    // Where those boxes stood nobody knows any more.
    let guard = json!({"username": "guard", "password": PASSWORD, "role": "viewer", "sites": ["north"]});
    admin.post("/api/v1/operators", guard).await.expect(201);
    let guard = platform.user("guard", PASSWORD).await;
    let seen = guard.get("/api/v1/erasures/settled").await.expect(200);
    assert_eq!((&seen["proved"], &seen["complete"]), (&json!(0), &json!(true)));
    assert_eq!(guard.get("/api/v1/erasures/unprovable").await.expect(200)["complete"], false);
}
