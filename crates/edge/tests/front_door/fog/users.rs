use super::*;
use crate::support::photos::{photo, scenery};

#[tokio::test]
async fn people_come_change_and_go_as_documented() {
    let agent = Agent::start(None).await;
    data(&agent, Method::POST, GROUPS, json!({"group_name": "夜班", "description": ""})).await;
    let mut first = person("001", &photo(0, 0));
    first["group_name"] = json!("夜班,default_group");
    first["info"]["visit_card_number"] = json!("4711");
    let created = data(&agent, Method::POST, USERS, first.clone()).await;
    assert_eq!(created["group_name"], "夜班,default_group");
    assert_eq!(created["reg_photo"], first["reg_photo"]);
    assert_eq!(
        created["info"],
        json!({"name": "小王", "type": 1, "permission_ids": ["0"], "user_id": "001", "visit_card_number": "4711"})
    );
    assert_eq!(refused(&agent, Method::POST, USERS, first.clone()).await, (409, 40011));

    // Again with leave to: another name, one more group, what was kept stays.
    let mut again = person("001", &photo(0, 1));
    again["ignore_exist"] = json!(true);
    again["create_no_exit_permission"] = json!(true);
    again["info"] = json!({"name": "王小明", "permission_ids": "lab, f4add9c0-4212-4064-a045-b6185cf00501"});
    let updated = data(&agent, Method::POST, USERS, again).await;
    assert_eq!(updated["info"]["visit_card_number"], "4711");
    assert_eq!(updated["info"]["permission_ids"], json!(["lab", "f4add9c0-4212-4064-a045-b6185cf00501"]));
    let permissions =
        data(&agent, Method::GET, &format!("{PERMISSIONS}?permission_name=lab"), Value::Null).await;
    assert_eq!(permissions["permissions_list"][0]["id"], "lab");

    let shown =
        data(&agent, Method::GET, &format!("{USERS}?identity_id=001&group_name=nowhere"), Value::Null).await;
    let shown = &shown["identities_list"][0];
    assert_eq!(shown["reg_photo"], base64(&photo(0, 1)));
    assert_eq!(shown["group_name"], json!(["夜班", "default_group"]));
    let image = shown["info"]["image_id"].as_str().unwrap().to_owned();

    let put = json!({"identity_id": "001", "reg_photo": "", "info": {"aaa": 1, "type": 5, "visit_card_number": null}});
    let changed = data(&agent, Method::PUT, USERS, put).await;
    assert_eq!(changed["image_id"], image, "no new photo, no new image");
    assert_eq!(
        changed["info"],
        json!({"name": "王小明", "type": 5, "aaa": 1, "user_id": "001",
               "permission_ids": ["lab", "f4add9c0-4212-4064-a045-b6185cf00501"]})
    );
    let put = json!({"identity_id": "001", "reg_photo": format!("data:image/jpeg;base64,{}", base64(&photo(0, 0))), "info": {}});
    assert_ne!(data(&agent, Method::PUT, USERS, put).await["image_id"], image);

    // Two at once: one of them comes first.
    let twice = [1, 2].map(|_| call(&agent, Method::POST, USERS, person("002", &photo(1, 0))));
    let [one, two] = futures_util::future::join_all(twice).await.try_into().unwrap();
    let mut found = [one.0, two.0];
    found.sort_unstable();
    assert_eq!(found, [200, 409]);
    data(&agent, Method::DELETE, USERS, json!({"identity_id": "002"})).await;

    // Everything survives a restart.
    let agent = agent.again().await;
    let shown = data(&agent, Method::GET, &format!("{USERS}?group_name=夜班"), Value::Null).await;
    assert_eq!(shown["identities_list"][0]["info"]["type"], 5);
    assert_eq!(agent.status().await["faces"], 1);
    let gone = data(&agent, Method::DELETE, USERS, json!({"identity_id": "001"})).await;
    assert_eq!(
        gone,
        json!({"identity_id": "001", "group_name": ["夜班", "default_group"], "message": "have remove from group success"})
    );
    assert_eq!(
        refused(&agent, Method::DELETE, &format!("{USERS}?identity_id=001"), Value::Null).await,
        (404, 40401)
    );
    assert_eq!(agent.status().await["people"], 0);
    agent.stop().await;
}

#[tokio::test]
async fn pages_count_people_and_not_pages() {
    let agent = Agent::start(None).await;
    for n in 0..12 {
        data(&agent, Method::POST, USERS, person(&format!("n{n:02}"), &photo(n % 2, 0))).await;
    }
    let ids = async |query: &str| -> Vec<String> {
        let page = data(&agent, Method::GET, &format!("{USERS}?{query}"), Value::Null).await;
        let list = page["identities_list"].as_array().unwrap();
        list.iter().map(|one| one["identity_id"].as_str().unwrap().to_owned()).collect()
    };
    let first = ids("group_name=default_group").await;
    assert_eq!((first.len(), first[0].as_str()), (10, "n00"), "ten unless told otherwise");
    assert_eq!(ids("group_name=default_group&skip_num=10&limit=10").await, ["n10", "n11"]);
    assert_eq!(ids("group_name=default_group&skip_num=3&limit=2").await, ["n03", "n04"]);
    assert_eq!(ids("group_name=default_group&skip_num=99").await, Vec::<String>::new());
    for (query, expected) in [
        ("", (400, 40091)),
        ("limit=3", (400, 40091)),
        ("group_name=nowhere", (404, 40491)),
        ("identity_id=nobody", (404, 40401)),
        ("group_name=default_group&limit=ten", (400, 40091)),
    ] {
        let found = refused(&agent, Method::GET, &format!("{USERS}?{query}"), Value::Null).await;
        assert_eq!(found, expected, "{query}");
    }
    // Our own listing of the same people, with a cursor.
    let page = async |query: &str| {
        let (status, page) = call(&agent, Method::GET, &format!("/api/v1/people?{query}"), Value::Null).await;
        assert_eq!(status, 200, "{page}");
        page
    };
    let one = page("limit=5").await;
    let two = page(&format!("limit=5&cursor={}", one["next"].as_str().unwrap())).await;
    let three = page(&format!("limit=5&cursor={}", two["next"].as_str().unwrap())).await;
    let number = |page: &Value| page["items"].as_array().unwrap().len();
    assert_eq!((number(&one), number(&two), number(&three), &three["next"]), (5, 5, 2, &Value::Null));
    assert_eq!(two["items"][0]["identity_id"], "n05");
    assert_eq!(number(&page("q=N1").await), 2);
    assert_eq!(number(&page("q=小").await), 12);
    assert_eq!(number(&page("q=%25").await), 0);
    let (_, alone) = call(&agent, Method::GET, "/api/v1/people/n07", Value::Null).await;
    assert_eq!(
        (&alone["name"], &alone["libraries"], &alone["recognisable"]),
        (&json!("小王"), &json!(["default_group"]), &json!(true))
    );
    let picture =
        agent.request(|client, url| client.get(url), "/api/v1/people/n07/photo").send().await.unwrap();
    assert_eq!(picture.headers()["content-type"], "image/jpeg");
    assert_eq!(picture.bytes().await.unwrap(), photo(1, 0));
    for path in ["/api/v1/people/nobody", "/api/v1/people/nobody/photo"] {
        assert_eq!(refused(&agent, Method::GET, path, Value::Null).await, (404, 40401));
    }
    assert_eq!(refused(&agent, Method::GET, "/api/v1/people?limit=x", Value::Null).await, (400, 40091));
    agent.stop().await;
}

#[tokio::test]
async fn whoever_cannot_be_kept_is_refused_with_the_reason() {
    let directory = std::sync::Arc::new(tempfile::tempdir().unwrap());
    let mut config = crate::support::agent::config(directory.path(), None);
    config.library.max_people = 1;
    let agent = Agent::with(directory, config).await;
    let with = |key: &str, value: Value| {
        let mut person = person("x", &photo(0, 0));
        *person.pointer_mut(key).unwrap() = value;
        person
    };
    let mut without_permission = person("x", &photo(0, 0));
    without_permission["info"]["permission_ids"] = json!(["nowhere"]);
    let mut bad_name = person("x", &photo(0, 0));
    bad_name["info"]["permission_ids"] = json!(["x".repeat(200)]);
    bad_name["create_no_exit_permission"] = json!(true);
    for (body, expected) in [
        (with("/reg_photo", json!(base64(&scenery()))), (400, 40004)),
        (with("/reg_photo", json!(base64(b"no picture at all"))), (400, 40003)),
        (with("/reg_photo", json!("%%%")), (400, 40003)),
        (with("/reg_photo", json!("")), (400, 40003)),
        (with("/reg_photo", json!("A".repeat(15_000_000))), (413, 40007)),
        (with("/reg_photo", Value::Null), (400, 40091)),
        (with("/reg_photo", json!({"url": "http://127.0.0.1/"})), (400, 40091)),
        (with("/group_name", json!("nowhere")), (404, 40491)),
        (with("/group_name", json!("default_group,nowhere")), (404, 40491)),
        (with("/group_name", json!("")), (400, 40091)),
        (with("/identity_id", json!("")), (400, 40091)),
        (with("/identity_id", json!("y".repeat(500))), (400, 40091)),
        (with("/info/type", json!({})), (400, 40091)),
        (with("/info/name", json!("n".repeat(500))), (400, 40091)),
        (with("/info", Value::Null), (400, 40091)),
        (without_permission, (404, 40491)),
        (bad_name, (409, 40012)),
        (json!([person("x", b"")]), (400, 40091)),
    ] {
        let shown: String = body.to_string().chars().take(80).collect();
        assert_eq!(refused(&agent, Method::POST, USERS, body).await, expected, "{shown}");
    }
    // What cannot even be read.
    let raw = |content: &'static str, body: Vec<u8>| {
        let request = agent.request(|client, url| client.post(url), USERS);
        answer(request.header("content-type", content).body(body))
    };
    let plain = person("x", &photo(0, 0)).to_string().into_bytes();
    for (content, body, status, code) in [
        ("application/json", b"{\"identity_id\": ".to_vec(), 400, 40091),
        ("application/json", b"".to_vec(), 400, 40002),
        ("application/json", b"[".repeat(100_000), 400, 40091),
        ("application/json", b"\xff\xfe{}".to_vec(), 400, 40091),
        ("application/xml", plain.clone(), 415, 41591),
        ("image/jpeg", photo(0, 0), 415, 41591),
        ("multipart/form-data; boundary=x", b"--x--\r\n".to_vec(), 415, 41591),
        ("application/json", vec![b' '; 17 << 20], 413, 41300),
    ] {
        let (found, reply) = raw(content, body).await;
        assert_eq!((found, &reply["error"]["code"]), (status, &json!(code)), "{content}: {reply}");
    }
    assert_eq!(agent.status().await["people"], 0);
    assert_eq!(
        refused(&agent, Method::PUT, USERS, json!({"identity_id": "x", "info": {}})).await,
        (404, 40401)
    );

    // A client that forgets the content type is understood; then the library is full.
    assert_eq!(raw("application/x-www-form-urlencoded", plain).await.0, 200);
    let found = refused(&agent, Method::POST, USERS, person("second", &photo(1, 0))).await;
    assert_eq!(found, (400, 40015));
    let bad = json!({"identity_id": "x", "reg_photo": base64(&scenery()), "info": {"name": "other"}});
    assert_eq!(refused(&agent, Method::PUT, USERS, bad).await, (400, 40004));
    let shown = data(&agent, Method::GET, &format!("{USERS}?identity_id=x"), Value::Null).await;
    assert_eq!(shown["identities_list"][0]["info"]["name"], "小王", "a refused change changes nothing");
    agent.stop().await;
}
