//! Many boxes at once, and links that pair them.

use reqwest::header::{CONTENT_TYPE, HOST};
use serde_json::{Value, json};

use crate::harness::{Platform, read};

/// Uses a link as a box does.
async fn redeem(platform: &Platform, url: &str) -> (u16, Value) {
    let answer = read(platform.client.post(url).send().await.unwrap()).await;
    (answer.status, answer.body)
}

#[tokio::test]
async fn a_link_pairs_one_box_once() {
    let platform = Platform::start().await;
    let admin = platform.admin().await;
    let made = admin.post("/api/v1/boxes", json!({"name": "front door"})).await.expect(201);
    let dev_sno = made["dev_sno"].as_str().unwrap();
    let path = format!("/api/v1/boxes/{dev_sno}/pairing");
    assert_eq!(admin.get(&path).await.refused(404).0, "not_found");

    let issued = admin.post(&path, Value::Null).await.expect(201);
    let (url, code) = (issued["url"].as_str().unwrap(), issued["code"].as_str().unwrap());
    assert_eq!((url, code.len()), (format!("{}/pair/{code}", platform.base).as_str(), 19));
    assert_eq!(issued["valid_for_ms"], 15 * 60_000);
    assert_eq!(issued["login_url"], format!("{}/device/login", platform.base));
    assert_eq!(admin.get(&path).await.expect(200)["state"], "open");
    // Looking at a link does not use it up.
    let looked = platform.client.get(url).send().await.unwrap();
    assert_eq!(looked.status(), 200);
    assert!(looked.text().await.unwrap().contains("menshen edge pair"));

    let typed = format!("{}/pair/{}", platform.base, code.to_lowercase().replace('-', ""));
    let (status, paired) = redeem(&platform, &typed).await;
    let login_url = format!("{}/device/login", platform.base);
    assert_eq!((status, paired), (200, json!({"dev_sno": dev_sno, "login_url": login_url})));
    let used = admin.get(&path).await.expect(200);
    assert_eq!((&used["state"], &used["used_from"]), (&json!("used"), &json!("127.0.0.1")));
    let (status, refused) = redeem(&platform, url).await;
    assert_eq!(status, 410);
    assert!(refused["error"]["message"].as_str().unwrap().contains("used already"), "{refused}");
    assert_eq!(admin.delete(&path).await.refused(404).0, "not_found");
}

#[tokio::test]
async fn links_can_be_taken_back_and_a_new_one_replaces_the_old() {
    let platform = Platform::start().await;
    let admin = platform.admin().await;
    let made = admin.post("/api/v1/boxes", json!({"name": "front door"})).await.expect(201);
    let path = format!("/api/v1/boxes/{}/pairing", made["dev_sno"].as_str().unwrap());
    let issue = async || admin.post(&path, Value::Null).await.expect(201)["url"].as_str().unwrap().to_owned();
    let (first, second) = (issue().await, issue().await);
    assert_eq!(redeem(&platform, &first).await.0, 410);
    admin.delete(&path).await.expect(204);
    assert_eq!(admin.get(&path).await.expect(200)["state"], "revoked");
    let (status, refused) = redeem(&platform, &second).await;
    assert_eq!(status, 410);
    assert!(refused["error"]["message"].as_str().unwrap().contains("revoked"), "{refused}");
    let third = issue().await;
    admin.delete(&path.replace("/pairing", "")).await.expect(204);
    assert_eq!(redeem(&platform, &third).await.0, 404);
    assert_eq!(admin.post(&path, Value::Null).await.refused(404).0, "not_found");
}

#[tokio::test]
async fn guessing_codes_is_slow_and_a_link_names_the_host_that_was_asked() {
    let platform = Platform::start().await;
    let admin = platform.admin().await;
    let made = admin.post("/api/v1/boxes", json!({"name": "front door"})).await.expect(201);
    let path = format!("/api/v1/boxes/{}/pairing", made["dev_sno"].as_str().unwrap());
    let asked = platform.client.post(platform.url(&path)).bearer_auth(&admin.token);
    let issued = read(asked.header(HOST, "gate.example.org:8080").send().await.unwrap()).await.expect(201);
    let url = issued["url"].as_str().unwrap();
    assert!(url.starts_with("http://gate.example.org:8080/pair/"), "{url}");
    let mut last = 0;
    for number in 0..40 {
        last = redeem(&platform, &format!("{}/pair/0000-0000-0000-{number:04}", platform.base)).await.0;
    }
    assert_eq!(last, 429);
}

#[tokio::test]
async fn many_boxes_are_added_at_once_or_none() {
    let platform = Platform::start().await;
    let admin = platform.admin().await;
    let asked = json!({"count": 12, "like": {"name": "gate", "site": "plant", "groups": ["0"]}});
    let added = admin.post("/api/v1/boxes/bulk", asked).await.expect(201);
    let items = added["items"].as_array().unwrap();
    assert_eq!(items.len(), 12);
    for (at, item) in (1..).zip(items) {
        let key = item["dev_sno"].as_str().unwrap();
        assert_eq!((key.len(), &key[6..10]), (24, format!("{at:04}").as_str()));
        assert_eq!(item["name"], format!("gate {at:02}"));
        assert_eq!(item["login_url"], format!("{}/device/login", platform.base));
    }
    let list = json!({"boxes": [{"name": "a", "dev_sno": "TJGSDX000120190726103455"}, {"name": "b"}]});
    let request =
        platform.client.post(platform.url("/api/v1/boxes/bulk?format=csv")).bearer_auth(&admin.token);
    let answer = request.json(&list).send().await.unwrap();
    assert_eq!(answer.status(), 201);
    assert!(answer.headers()[CONTENT_TYPE].to_str().unwrap().starts_with("text/csv"));
    let text = answer.text().await.unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!((lines.len(), lines[0]), (3, "dev_sno,name,site,login_url"));
    assert!(lines[1].starts_with("TJGSDX000120190726103455,a,,http://"), "{text}");

    let before = admin.get("/api/v1/stats").await.expect(200)["boxes"].clone();
    assert_eq!(before, 14);
    let taken = json!({"boxes": [{"name": "c"}, {"name": "d", "dev_sno": "TJGSDX000120190726103455"}]});
    assert_eq!(admin.post("/api/v1/boxes/bulk", taken).await.refused(409).0, "conflict");
    for (wrong, field) in [
        (json!({"count": 501, "like": {"name": "x"}}), "count"),
        (json!({"count": 1}), "count"),
        (json!({}), "count"),
        (json!({"boxes": [{"name": "x"}, {"name": ""}]}), "boxes.1.name"),
        (json!({"count": 1, "like": {"name": "x", "dev_sno": "A"}}), "like.dev_sno"),
        (json!({"count": 1, "like": {"name": "x", "groups": ["9"]}}), "groups"),
    ] {
        let refused = admin.post("/api/v1/boxes/bulk", wrong).await.expect(422);
        assert_eq!(refused["error"]["detail"]["field"], field, "{refused}");
    }
    assert_eq!(admin.get("/api/v1/stats").await.expect(200)["boxes"], before);
}
