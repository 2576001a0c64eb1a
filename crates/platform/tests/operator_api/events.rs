use serde_json::{Value, json};

use crate::harness::{Platform, User, eventually, read};

/// A time that is past on every machine.
pub(crate) const START: i64 = 1_600_000_000_000;

/// A box that logged in; answers its key and the query that identifies its uploads.
pub(crate) async fn joined(platform: &Platform, admin: &User) -> (String, String) {
    let made = admin.post("/api/v1/boxes", json!({"name": "front door"})).await.expect(201);
    let dev_sno = made["dev_sno"].as_str().unwrap().to_owned();
    let login =
        platform.get(&format!("/device/login?dev_sno={dev_sno}&hex_mac=0xe0a50900062b")).await.expect(200);
    let query = format!("token={}&dev_sno={dev_sno}", login["token"].as_str().unwrap());
    (dev_sno, query)
}

/// An event as boxes send it.
pub(crate) fn event(identity_id: &str, taken_at: i64, person_type: i64) -> Value {
    json!({
        "identity_id": identity_id, "identity_name": "Wang Wu", "group_name": "default_group",
        "timestamp": taken_at, "score": 0.91,
        "ext_data": {
            "device_ip": "192.168.1.101", "person_type": person_type, "device_type": "0",
            "spot_pic": "/9j/4AAQSkZJRg==", "grab_fiqa_info": {}, "box_fiqa_info": {},
            "menshen": {"verdict": "let_in", "reason": "in group", "door": {"driver": "log", "action": "open"}},
        },
    })
}

pub(crate) async fn upload(platform: &Platform, path: &str, query: &str, body: &Value) {
    let request = platform.client.post(platform.url(&format!("{path}?{query}"))).json(body);
    read(request.send().await.unwrap()).await.expect(200);
}

#[tokio::test]
async fn events_are_listed_filtered_and_shown_with_their_pictures() {
    let platform = Platform::start().await;
    let admin = platform.admin().await;
    let (dev_sno, query) = joined(&platform, &admin).await;
    let start = START;
    let all: Vec<Value> = (0..5).map(|n| event("1001", start + n, if n == 4 { 4 } else { 1 })).collect();
    upload(&platform, "/device/records", &query, &json!(all)).await;
    upload(&platform, "/device/realtime", &query, &event("1001", start, 1)).await;

    let page = admin.get("/api/v1/events?limit=2").await.expect(200);
    let times = |page: &Value| -> Vec<i64> {
        page["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|row| row["taken_at"].as_i64().unwrap() - start)
            .collect()
    };
    assert_eq!(times(&page), [4, 3]);
    let next = page["next"].as_str().unwrap();
    assert_eq!(
        times(&admin.get(&format!("/api/v1/events?limit=3&cursor={next}")).await.expect(200)),
        [2, 1, 0]
    );
    for (filter, found) in [
        (format!("from={}&until={}", start + 1, start + 3), vec![2, 1]),
        ("identity_id=1001&stranger=true".to_owned(), vec![4]),
        ("stranger=false".to_owned(), vec![3, 2, 1, 0]),
        ("type=4".to_owned(), vec![4]),
        (format!("dev_sno={dev_sno}&until={}", start + 1), vec![0]),
        ("dev_sno=NOWHERE".to_owned(), vec![]),
        ("identity_id=2".to_owned(), vec![]),
    ] {
        assert_eq!(
            times(&admin.get(&format!("/api/v1/events?{filter}")).await.expect(200)),
            found,
            "{filter}"
        );
    }
    assert_eq!(admin.get("/api/v1/events?cursor=bm9uc2Vuc2U").await.refused(422).0, "invalid");
    let unknown = admin.get("/api/v1/events?colour=red").await.refused(422).1;
    assert!(unknown.contains("colour") && unknown.contains("identity_id"), "{unknown}");

    // The first was reported by both ways: one event that remembers both.
    let oldest =
        admin.get(&format!("/api/v1/events?until={}", start + 1)).await.expect(200)["items"][0].clone();
    assert!(oldest["realtime_at"].is_i64() && oldest["history_at"].is_i64(), "{oldest}");
    let id = oldest["id"].as_str().unwrap();
    let shown = admin.get(&format!("/api/v1/events/{id}")).await.expect(200);
    assert_eq!(shown, oldest);
    assert_eq!((&shown["verdict"], &shown["reason"]), (&json!("let_in"), &json!("in group")));
    assert_eq!((&shown["door"]["action"], &shown["stranger"]), (&json!("open"), &json!(false)));
    assert_eq!(shown["photos"]["reg"], Value::Null);
    let response = admin.raw(shown["photos"]["spot"].as_str().unwrap()).await;
    assert_eq!(response.headers()["content-type"], "image/jpeg");
    assert_eq!(
        response.bytes().await.unwrap(),
        [0xff, 0xd8, 0xff, 0xe0, 0, 0x10, b'J', b'F', b'I', b'F'].as_slice()
    );
    let told = admin.get(&format!("/api/v1/audit?action=photo.read&subject={id}")).await.expect(200);
    assert_eq!(told["items"].as_array().unwrap().len(), 1, "{told}");
    assert_eq!(admin.get(&format!("/api/v1/events/{id}/photos/reg")).await.refused(404).0, "not_found");
    assert_eq!(admin.get(&format!("/api/v1/events/{id}/photos/other")).await.refused(422).0, "invalid");
    assert_eq!(admin.get("/api/v1/events/none").await.refused(404).0, "not_found");
}

#[tokio::test]
async fn a_box_that_beats_is_online() {
    let platform = Platform::start().await;
    let admin = platform.admin().await;
    let (dev_sno, query) = joined(&platform, &admin).await;
    let shown = admin.get(&format!("/api/v1/boxes/{dev_sno}")).await.expect(200);
    assert_eq!((&shown["online"], &shown["mac"]), (&json!(false), &json!("e0a50900062b")));
    let beat = json!({"devSno": dev_sno, "gateway_status": "online", "cpu_usage": 3.5});
    upload(&platform, "/device/status", &query, &beat).await;
    let shown = admin.get(&format!("/api/v1/boxes/{dev_sno}")).await.expect(200);
    assert_eq!(shown["online"], true, "{shown}");
    assert!(shown["heartbeat_age_ms"].as_i64().unwrap() < 60_000);
    assert_eq!(admin.get("/api/v1/stats").await.expect(200)["boxes_online"], 1);
    let heard = admin.get("/api/v1/boxes?online=true").await.expect(200);
    assert_eq!(heard["items"][0]["dev_sno"], dev_sno);
    assert_eq!(admin.get("/api/v1/boxes?online=false").await.expect(200)["items"], json!([]));

    // Unbound, the present hardware's token is worth nothing and the key is free for other hardware.
    admin.post(&format!("/api/v1/boxes/{dev_sno}/unbind"), Value::Null).await.expect(200);
    // Looked-up tokens are believed for a few seconds.
    let url = platform.url(&format!("/device/status?{query}"));
    eventually(async || {
        let response = platform.client.post(&url).json(&beat).send().await.unwrap();
        (response.status().as_u16() == 401).then_some(())
    })
    .await;
    let other = platform.get(&format!("/device/login?dev_sno={dev_sno}&hex_mac=0xe0a509000000")).await;
    assert_eq!(other.status, 200, "{}", other.body);
}

#[tokio::test]
async fn cameras_are_found_by_what_their_box_says_of_them() {
    let platform = Platform::start().await;
    let admin = platform.admin().await;
    let (dev_sno, query) = joined(&platform, &admin).await;
    let camera = |n: u8, is_up: bool| {
        let status = if is_up { "online" } else { "offline" };
        json!({"epId": format!("{dev_sno}__192.0.2.{n}"), "epName": format!("camera {n}"), "epStatus": status})
    };
    let report =
        json!({"devSno": dev_sno, "deviceList": [camera(1, true), camera(2, false), camera(3, false)]});
    upload(&platform, "/device/cameras", &query, &report).await;
    let named = async |query: &str| -> Vec<String> {
        let page = admin.get(&format!("/api/v1/cameras?{query}")).await.expect(200);
        let rows = page["items"].as_array().unwrap().clone();
        rows.iter().map(|row| row["name"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(named("state=online").await, ["camera 1"]);
    assert_eq!(named("state=offline").await, ["camera 2", "camera 3"]);
    assert_eq!(named(&format!("state=offline&limit=1&dev_sno={dev_sno}")).await, ["camera 2"]);
    assert_eq!(named("state=unknown").await, [""; 0]);
    // By a part of the name, the address, or the name of the box.
    assert_eq!(named("search=CAMERA%203").await, ["camera 3"]);
    assert_eq!(named("search=0.2.2").await, ["camera 2"]);
    let shown = admin.get(&format!("/api/v1/boxes/{dev_sno}")).await.expect(200);
    let called = shown["name"].as_str().unwrap();
    assert_eq!(named(&format!("search={called}&state=online")).await, ["camera 1"]);
    assert_eq!(named("search=%25").await, [""; 0], "what is typed is no pattern");
    assert_eq!(admin.get("/api/v1/cameras?state=broken").await.status, 422);
}

/// An event with everything that can be asked for.
fn remarkable(n: i64) -> Value {
    let mut made = event(&format!("{}", n % 3), START + n * 1_000, n % 5 + 1);
    made["identity_name"] = json!(["Ann Lee", "Bob Ray", "stranger"][usize::try_from(n % 3).unwrap()]);
    made["score"] = if n == 0 { json!(87.5) } else { json!(0.1 * n as f64) };
    made["ext_data"]["ep_id"] = json!(format!("X__192.0.2.{n}"));
    if n % 2 == 1 {
        made["ext_data"].as_object_mut().unwrap().remove("spot_pic");
        made["ext_data"]["menshen"] = json!({"verdict": "refused", "reason": "=not here", "trace": {"gate": "group"},
            "door": {"driver": "log", "action": "none", "result": ""}});
    }
    made
}

#[tokio::test]
async fn events_are_found_by_what_was_decided_and_counted() {
    let platform = Platform::start().await;
    let admin = platform.admin().await;
    let (dev_sno, query) = joined(&platform, &admin).await;
    admin.patch(&format!("/api/v1/boxes/{dev_sno}"), json!({"site": "north"})).await.expect(200);
    let all: Vec<Value> = (0..6).map(remarkable).collect();
    upload(&platform, "/device/records", &query, &json!(all)).await;
    for (asked, wanted) in [
        ("verdict=refused", vec![5, 3, 1]),
        ("gate=group&until=1600000005000", vec![3, 1]),
        ("gate=quality", vec![]),
        ("door=opened", vec![4, 2, 0]),
        ("door=none&name=BOB", vec![1]),
        ("photo=false", vec![5, 3, 1]),
        ("photo=true&type=1,3", vec![2, 0]),
        ("name=ann%20l", vec![3, 0]),
        ("site=north&limit=2", vec![5, 4]),
        ("site=south", vec![]),
        ("ep_id=X__192.0.2.4", vec![4]),
        ("group=default_group&type=1", vec![5, 0]),
        ("score_min=0.45&score_max=0.9", vec![5, 0]),
        ("late=true&limit=1", vec![5]),
        ("late=false", vec![]),
        ("ahead=true", vec![]),
        ("stranger=false&verdict=refused", vec![5, 1]),
    ] {
        let page = admin.get(&format!("/api/v1/events?{asked}")).await.expect(200);
        let found: Vec<i64> = page["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|row| (row["taken_at"].as_i64().unwrap() - START) / 1_000)
            .collect();
        assert_eq!(found, wanted, "{asked}");
        if !asked.contains("limit") {
            let count = admin.get(&format!("/api/v1/events/count?{asked}")).await.expect(200);
            assert_eq!(count, json!({"count": wanted.len(), "more": false}), "{asked}");
        }
    }
    let count = admin.get("/api/v1/events/count?up_to=4").await.expect(200);
    assert_eq!(count, json!({"count": 4, "more": true}));
    for bad in [
        "verdict=welcome",
        "gate=x",
        "door=ajar",
        "score_min=2",
        "type=one",
        "stranger=true&type=1",
        "up_to=3",
    ] {
        assert_eq!(admin.get(&format!("/api/v1/events?{bad}")).await.refused(422).0, "invalid", "{bad}");
    }
    let shown = admin.get("/api/v1/events?verdict=refused&limit=1").await.expect(200)["items"][0].clone();
    assert_eq!((&shown["gate"], &shown["door_result"]), (&json!("group"), &json!("none")));
    assert_eq!((&shown["box_name"], &shown["site"]), (&json!("front door"), &json!("north")));
    assert_eq!((&shown["late"], &shown["clock_offset_ms"]), (&json!(true), &Value::Null));
}

#[tokio::test]
async fn events_leave_as_a_table_that_harms_no_spreadsheet() {
    let platform = Platform::start().await;
    let admin = platform.admin().await;
    let (_, query) = joined(&platform, &admin).await;
    let many = 1_203;
    for batch in 0..3 {
        let events: Vec<Value> = (0..401).map(|n| remarkable(batch * 401 + n)).collect();
        let mut events = json!(events);
        events.as_array_mut().unwrap().iter_mut().for_each(|event| {
            event["ext_data"].as_object_mut().unwrap().remove("spot_pic");
        });
        upload(&platform, "/device/records", &query, &events).await;
    }
    let response = admin.raw("/api/v1/events/export?format=csv&tz=Asia/Shanghai&bom=true").await;
    assert_eq!(response.headers()["content-type"], "text/csv; charset=utf-8");
    let text = String::from_utf8(response.bytes().await.unwrap().to_vec()).unwrap();
    let table = text.strip_prefix('\u{feff}').expect("a byte order mark");
    let mut table = csv::Reader::from_reader(table.as_bytes());
    let at =
        |name: &str, headers: &csv::StringRecord| headers.iter().position(|found| found == name).unwrap();
    let headers = table.headers().unwrap().clone();
    let rows: Vec<csv::StringRecord> = table.records().map(Result::unwrap).collect();
    assert_eq!(rows.len(), many);
    let column = |row: &csv::StringRecord, name: &str| row[at(name, &headers)].to_owned();
    let times: Vec<String> = rows.iter().map(|row| column(row, "time")).collect();
    assert!(times.is_sorted_by(|a, b| a > b), "newest first, each once");
    assert_eq!(times.last().unwrap(), "2020-09-13T20:26:40.000+08:00");
    assert_eq!(column(&rows[0], "reason"), "in group");
    assert_eq!(column(&rows[1], "reason"), "'=not here");

    let few =
        admin.raw("/api/v1/events/export?identity_id=1&until=1600000010000").await.text().await.unwrap();
    assert_eq!(few.lines().count(), 4, "{few}");
    assert!(few.contains("2020-09-13T12:26:41.000+00:00"), "UTC unless asked otherwise: {few}");
    assert_eq!(admin.get("/api/v1/events/export?tz=Moon/Crater").await.refused(422).0, "invalid");
    assert_eq!(admin.get("/api/v1/events/export?format=pdf").await.refused(422).0, "invalid");
}

#[tokio::test]
async fn only_so_many_exports_run_at_once_and_one_that_is_left_makes_room() {
    let platform = Platform::start().await;
    let admin = platform.admin().await;
    let (_, query) = joined(&platform, &admin).await;
    // More than fits into the buffers between server and client, so that an export that is not read waits.
    for batch in 0..12 {
        let events: Vec<Value> = (0..1_000)
            .map(|n| {
                let mut event = event("1001", START + batch * 1_000 + n, 1);
                event["ext_data"].as_object_mut().unwrap().remove("spot_pic");
                event["ext_data"]["menshen"] = json!({"reason": "x".repeat(900)});
                event
            })
            .collect();
        upload(&platform, "/device/records", &query, &json!(events)).await;
    }
    let mut begun = Vec::new();
    for _ in 0..4 {
        let response = admin.raw("/api/v1/events/export").await;
        assert_eq!(response.status(), 200);
        begun.push(response);
    }
    assert_eq!(admin.get("/api/v1/events/export").await.refused(503).0, "busy");
    drop(begun.pop());
    let whole = eventually(async || {
        let response = admin.raw("/api/v1/events/export").await;
        (response.status() == 200).then_some(response)
    })
    .await;
    assert_eq!(whole.text().await.unwrap().lines().count(), 12_001);
}

#[tokio::test]
async fn a_clock_that_is_wrong_is_learnt_and_set_right() {
    const WEEK: i64 = 7 * 24 * 3_600_000;
    let platform = Platform::start().await;
    let admin = platform.admin().await;
    let (dev_sno, query) = joined(&platform, &admin).await;
    let now = || i64::try_from(std::time::UNIX_EPOCH.elapsed().unwrap().as_millis()).unwrap();
    for _ in 0..6 {
        let mut ahead = event("1001", now() + WEEK, 1);
        ahead["ext_data"].as_object_mut().unwrap().remove("spot_pic");
        upload(&platform, "/device/realtime", &query, &ahead).await;
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    upload(&platform, "/device/records", &query, &event("1002", now() + WEEK - 3_600_000, 1)).await;
    let page = admin.get("/api/v1/events").await.expect(200);
    let newest = &page["items"][0];
    assert_eq!((&newest["identity_id"], &newest["ahead"]), (&json!("1001"), &json!(true)), "{newest}");
    let hour_ago = &page["items"][6];
    assert_eq!((&hour_ago["identity_id"], &hour_ago["late"]), (&json!("1002"), &json!(true)), "{hour_ago}");
    let offset = hour_ago["clock_offset_ms"].as_i64().unwrap();
    assert!((WEEK - 60_000..=WEEK).contains(&offset), "{offset}");
    let estimated = hour_ago["estimated_at"].as_i64().unwrap();
    assert!((now() - estimated - 3_600_000).abs() < 60_000, "{hour_ago}");
    assert_eq!(hour_ago["taken_at"].as_i64().unwrap() - estimated, offset, "the time the box gave is kept");
    assert_eq!(
        admin.get("/api/v1/events?ahead=true").await.expect(200)["items"].as_array().unwrap().len(),
        7
    );

    // The same upload once more is a repeat.
    let again = page["items"][6]["taken_at"].as_i64().unwrap();
    upload(&platform, "/device/records", &query, &event("1002", again, 1)).await;
    let kept = eventually(async || {
        let page = admin.get(&format!("/api/v1/stats/boxes?dev_sno={dev_sno}")).await.expect(200);
        let found = page["items"][0].clone();
        found["clock_offset_ms"].is_i64().then_some(found)
    })
    .await;
    assert_eq!(
        (&kept["repeats"], &kept["late"], &kept["ahead"]),
        (&json!(1), &json!(1), &json!(7)),
        "{kept}"
    );
    for (off, found) in [(5_000, 1), (2 * WEEK, 0)] {
        let page = admin.get(&format!("/api/v1/stats/boxes?clock_off={off}")).await.expect(200);
        assert_eq!(page["items"].as_array().unwrap().len(), found, "off by more than {off} ms");
    }
}

#[tokio::test]
async fn a_box_that_floods_waits_and_others_do_not() {
    let platform = Platform::start_with(|config| {
        config.vision.models = "/nonexistent/models".into();
        config.events.box_rate = 1;
    })
    .await;
    let admin = platform.admin().await;
    let (_, loud) = joined(&platform, &admin).await;
    let (_, quiet) = joined(&platform, &admin).await;
    let events: Vec<Value> = (0..100).map(|n| event("1001", START + n, 1)).collect();
    let begun = std::time::Instant::now();
    upload(&platform, "/device/records", &loud, &json!(events)).await;
    let url = platform.url(&format!("/device/records?{loud}"));
    let refused = platform.client.post(&url).json(&event("1002", START, 1)).send().await.unwrap();
    assert_eq!(refused.status(), 429);
    let wait: u64 = refused.headers()["retry-after"].to_str().unwrap().parse().unwrap();
    // Of the hundred thirty were saved up; one a second is paid, from the upload on.
    let paid = begun.elapsed().as_secs() + 1;
    assert!((70_u64.saturating_sub(paid)..=80).contains(&wait), "{wait} after {paid} s");
    let body = read(refused).await.body;
    assert_eq!(body["error"]["code"], 50072, "{body}");
    upload(&platform, "/device/records", &quiet, &event("1003", START, 1)).await;
    let counted = admin.get("/api/v1/stats").await.expect(200)["counters"]["device_requests_paced"].clone();
    assert_eq!(counted, 1);
}

#[tokio::test]
async fn a_box_speaks_only_for_itself() {
    let platform = Platform::start().await;
    let admin = platform.admin().await;
    let (honest, _) = joined(&platform, &admin).await;
    let (forger, query) = joined(&platform, &admin).await;
    let mut forged = event("1001", START, 1);
    forged["ext_data"]["dev_sno"] = json!(honest);
    forged["ext_data"]["ep_id"] = json!(format!("{honest}__192.0.2.1"));
    upload(&platform, "/device/realtime", &query, &forged).await;
    let found = admin.get(&format!("/api/v1/events?dev_sno={honest}")).await.expect(200);
    assert_eq!(found["items"], json!([]), "nothing is believed that it says of another");
    let own = admin.get(&format!("/api/v1/events?dev_sno={forger}")).await.expect(200);
    assert_eq!(own["items"].as_array().unwrap().len(), 1);
    // Its token under another box's name is worth nothing.
    let token = query.split('&').next().unwrap();
    let url = platform.url(&format!("/device/records?{token}&dev_sno={honest}"));
    assert_eq!(platform.client.post(url).json(&forged).send().await.unwrap().status(), 401);
}

#[tokio::test]
async fn events_are_counted_over_time_by_what_became_of_them() {
    let platform = Platform::start().await;
    let admin = platform.admin().await;
    let (_, query) = joined(&platform, &admin).await;
    let mut refused = event("1002", START + 61_000, 2);
    refused["ext_data"]["menshen"]["verdict"] = "refused".into();
    let all = json!([
        event("1001", START, 1),
        event("1001", START + 59_999, 1),
        refused,
        event("STRANGER", START + 62_000, 4),
        event("1001", START + 180_000, 1),
    ]);
    upload(&platform, "/device/records", &query, &all).await;

    let url = format!("/api/v1/stats/events?from={START}&until={}", START + 180_000);
    let told = admin.get(&url).await.expect(200);
    let point = |at: i64, known: i64, stranger: i64, refused: i64| json!({"at": START + at, "known": known, "stranger": stranger, "refused": refused});
    assert_eq!(told["items"], json!([point(0, 2, 0, 0), point(60_000, 0, 1, 1)]));
    assert_eq!(told["step"], 60);
    let coarse = admin.get(&format!("{url}&step=180")).await.expect(200);
    assert_eq!(coarse["items"], json!([point(0, 2, 1, 1)]));
    admin.get(&format!("{url}&step=0")).await.refused(422);
    admin.get("/api/v1/stats/events?from=5&until=4").await.refused(422);

    let body = json!({"username": "north", "password": "north wind over dunes", "role": "viewer", "sites": ["north"]});
    admin.post("/api/v1/operators", body).await.expect(201);
    let north = platform.user("north", "north wind over dunes").await;
    assert_eq!(north.get(&url).await.expect(200)["items"], json!([]), "the box is not on their site");
}
