use serde_json::{Value, json};

use crate::harness::{Platform, User, eventually, read};

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
    let start = 1_790_000_000_000_i64;
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
    assert!(shown["heartbeat_age_ms"].as_i64().unwrap() < 10_000);
    assert_eq!(admin.get("/api/v1/stats").await.expect(200)["boxes_online"], 1);

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
