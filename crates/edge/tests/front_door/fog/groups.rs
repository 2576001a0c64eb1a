use super::*;
use crate::support::people::make_up;
use crate::support::photos::photo;

#[tokio::test]
async fn permission_groups_live_and_die_as_documented() {
    let agent = Agent::start(None).await;
    let group = json!({"permission_name": "测试组", "description": "该权限组为测试权限组"});
    let created = data(&agent, Method::POST, PERMISSIONS, group.clone()).await;
    let id = created["info"]["id"].as_str().unwrap().to_owned();
    assert_eq!(id.len(), 36, "{created}");
    assert_eq!(
        (&created["info"]["name"], &created["info"]["description"]),
        (&group["permission_name"], &group["description"])
    );
    let all = data(&agent, Method::GET, PERMISSIONS, Value::Null).await;
    let names: Vec<_> = all["permissions_list"].as_array().unwrap().iter().map(|one| &one["name"]).collect();
    assert_eq!(names, ["0", "测试组"], "the default group always exists");
    let one = data(&agent, Method::GET, &format!("{PERMISSIONS}?permission_name=测试组"), Value::Null).await;
    assert_eq!(one["permissions_list"][0]["id"], id);
    let changed = json!({"permission_name": "测试组", "description": ""});
    let changed = data(&agent, Method::PUT, PERMISSIONS, changed).await;
    assert_eq!((&changed["info"]["description"], &changed["info"]["id"]), (&json!(""), &json!(id)));

    for (method, body, expected) in [
        (Method::POST, group.clone(), (409, 40012)),
        (Method::POST, json!({"permission_name": "", "description": ""}), (409, 40012)),
        (Method::POST, json!({"permission_name": "a,b", "description": ""}), (409, 40012)),
        (Method::POST, json!({"permission_name": id, "description": ""}), (409, 40012)),
        (Method::POST, json!({"description": ""}), (400, 40091)),
        (Method::POST, json!({"permission_name": ["x"]}), (400, 40091)),
        (Method::POST, json!({"permission_name": "x", "info": {"name": "y"}}), (400, 40091)),
        (Method::POST, json!([]), (400, 40091)),
        (Method::PUT, json!({"permission_name": "nobody", "description": ""}), (404, 40491)),
        (Method::DELETE, json!({"permission_name": "nobody"}), (404, 40491)),
        (Method::DELETE, json!({"permission_name": "0"}), (409, 40012)),
        (Method::DELETE, json!({"permission_name": "x", "user_recursive_delete": "perhaps"}), (400, 40091)),
    ] {
        assert_eq!(
            refused(&agent, method.clone(), PERMISSIONS, body.clone()).await,
            expected,
            "{method} {body}"
        );
    }
    let nobody = format!("{PERMISSIONS}?permission_name=nobody");
    assert_eq!(refused(&agent, Method::GET, &nobody, Value::Null).await, (404, 40491));

    // The group's people keep what else they have; a person may be put into it by name or by id.
    for (n, name) in [(0, "测试组"), (1, id.as_str())] {
        let mut person = person(&format!("p{n}"), &photo(n, 0));
        person["info"]["permission_ids"] = json!([name, "0"]);
        let created = data(&agent, Method::POST, USERS, person).await;
        assert_eq!(created["info"]["permission_ids"], json!([id, "0"]));
    }
    let gone =
        data(&agent, Method::DELETE, &format!("{PERMISSIONS}?permission_name=测试组"), Value::Null).await;
    assert_eq!(gone["permission_name"], "测试组");
    assert!(gone["message"].as_str().unwrap().starts_with("just delete"), "{gone}");
    let left = data(&agent, Method::GET, &format!("{USERS}?identity_id=p1"), Value::Null).await;
    assert_eq!(left["identities_list"][0]["info"]["permission_ids"], json!(["0"]));
    // With recursion they go too.
    data(
        &agent,
        Method::POST,
        PERMISSIONS,
        json!({"permission_name": "Night", "description": "", "info": {"a": 1}}),
    )
    .await;
    let put = json!({"identity_id": "p0", "info": {"permission_ids": ["Night"]}});
    data(&agent, Method::PUT, USERS, put).await;
    let both = json!({"permission_name": "Night", "user_recursive_delete": true});
    let gone = data(&agent, Method::DELETE, PERMISSIONS, both).await;
    assert_eq!(gone["message"], "delete the permission info and the user in the permission");
    assert_eq!(agent.status().await["people"], 1);
    agent.stop().await;
}

#[tokio::test]
async fn libraries_hold_people() {
    let agent = Agent::start(None).await;
    data(&agent, Method::POST, GROUPS, json!({"group_name": "测试组", "description": "默认比对用户组"}))
        .await;
    let all = data(&agent, Method::GET, GROUPS, Value::Null).await;
    let names: Vec<_> = all["groups_list"].as_array().unwrap().iter().map(|one| &one["name"]).collect();
    assert_eq!(names, ["default_group", "测试组"]);
    let one = data(&agent, Method::GET, &format!("{GROUPS}?group_name=测试组"), Value::Null).await;
    let found = &one["groups_list"];
    assert_eq!((found[0]["name"].clone(), found[1].clone()), (json!("测试组"), Value::Null), "{one}");
    let nowhere = format!("{GROUPS}?group_name=nowhere");
    assert_eq!(refused(&agent, Method::GET, &nowhere, Value::Null).await, (404, 40491));
    let changed =
        json!({"group_name": "default_group", "description": "默认比对权限组", "info": {"floor": 2}});
    let changed = data(&agent, Method::PUT, GROUPS, changed).await;
    assert_eq!(
        changed,
        json!({"info": {"name": "default_group", "description": "默认比对权限组", "floor": 2}})
    );
    for (method, path, body, expected) in [
        (Method::POST, GROUPS, json!({"group_name": "测试组", "description": ""}), (409, 40012)),
        (Method::POST, GROUPS, json!({"group_name": " "}), (409, 40012)),
        (Method::PUT, GROUPS, json!({"group_name": "nowhere", "description": ""}), (404, 40491)),
        (Method::DELETE, GROUPS, json!({"group_name": "nowhere"}), (404, 40491)),
        (Method::PUT, GROUP_USERS, json!({"group_name": "nowhere", "identity_id": ["a"]}), (404, 40491)),
        (Method::PUT, GROUP_USERS, json!({"group_name": "测试组", "identity_id": ["a"]}), (404, 40401)),
        (Method::PUT, GROUP_USERS, json!({"group_name": "测试组"}), (400, 40091)),
        (Method::DELETE, GROUP_USERS, json!({"group_name": "测试组", "identity_id": {}}), (400, 40091)),
    ] {
        let found = refused(&agent, method.clone(), path, body.clone()).await;
        assert_eq!(found, expected, "{method} {path} {body}");
    }
    for n in 0..2 {
        data(&agent, Method::POST, USERS, person(&format!("00{n}"), &photo(n, 0))).await;
    }
    // Ids also as one text with commas.
    let put = json!({"group_name": "测试组", "identity_id": "000, 001", "with_identity_id": true});
    let now = data(&agent, Method::PUT, GROUP_USERS, put).await;
    assert_eq!(now, json!({"group_name": "测试组", "identity_id": ["000", "001"]}));
    let take = json!({"group_name": "测试组", "identity_id": ["000", "unknown"], "with_identity_id": true});
    let now = data(&agent, Method::DELETE, GROUP_USERS, take).await;
    assert_eq!((&now["identity_id"], now["message"].is_string()), (&json!(["001"]), true));
    let quiet = json!({"group_name": "测试组", "identity_id": ["000"]});
    let now = data(&agent, Method::PUT, GROUP_USERS, quiet).await;
    assert_eq!(now, json!({"group_name": "测试组"}));
    let listed = data(&agent, Method::GET, &format!("{USERS}?identity_id=001"), Value::Null).await;
    assert_eq!(listed["identities_list"][0]["group_name"], json!(["default_group", "测试组"]));

    let gone = data(&agent, Method::DELETE, GROUPS, json!({"group_name": "default_group"})).await;
    assert_eq!(gone["message"], "just delete the group info,the user already exists");
    let listed = data(&agent, Method::GET, &format!("{USERS}?identity_id=001"), Value::Null).await;
    assert_eq!(listed["identities_list"][0]["group_name"], json!(["测试组"]));
    let page = data(&agent, Method::GET, &format!("{USERS}?group_name=default_group"), Value::Null).await;
    assert_eq!(page["identities_list"], json!([]), "the default library is emptied and stays");
    let both = json!({"group_name": "测试组", "user_recursive_delete": true});
    data(&agent, Method::DELETE, GROUPS, both).await;
    let agent = agent.again().await;
    assert_eq!(agent.status().await["people"], 0);
    let all = data(&agent, Method::GET, GROUPS, Value::Null).await;
    assert_eq!(all["groups_list"].as_array().unwrap().len(), 1);
    agent.stop().await;
}

#[tokio::test]
async fn a_door_knows_a_group_by_its_name_and_by_its_id() {
    let agent = Agent::start(None).await;
    let frames = tempfile::tempdir().unwrap();
    let created =
        data(&agent, Method::POST, PERMISSIONS, json!({"permission_name": "实验室", "description": ""}))
            .await;
    let camera = json!({"name": "lab", "kind": "file", "path": frames.path(), "groups": ["实验室"], "quality": "low", "duplicate_interval": 0.0});
    let (status, reply) = call(&agent, Method::POST, "/api/v1/cameras", camera).await;
    assert_eq!(status, 201, "{reply}");
    let mut somebody = person("001", &photo(0, 0));
    somebody["info"]["permission_ids"] = json!([created["info"]["id"]]);
    data(&agent, Method::POST, USERS, somebody).await;
    let verdict = async |n: usize| -> Value {
        let whole = frames.path().with_extension(n.to_string());
        std::fs::write(&whole, photo(0, 1)).unwrap();
        std::fs::rename(whole, frames.path().join(format!("{n}.jpg"))).unwrap();
        let path = "/api/v1/events?person=001";
        let events = async || call(&agent, Method::GET, path, Value::Null).await.1["items"].clone();
        let arrived = || async { events().await.as_array().is_some_and(|list| list.len() >= n) };
        assert!(runtime::testing::wait_until(crate::support::PATIENCE, arrived).await, "no event {n}");
        events().await[0].clone()
    };
    assert_eq!(verdict(1).await["verdict"], "let_in");
    // Without the group the person may pass nowhere, and does not fall back to everybody's group.
    data(&agent, Method::DELETE, PERMISSIONS, json!({"permission_name": "实验室"})).await;
    let shown = data(&agent, Method::GET, &format!("{USERS}?identity_id=001"), Value::Null).await;
    assert_eq!(shown["identities_list"][0]["info"]["permission_ids"], json!([]));
    let refused = verdict(2).await;
    assert_eq!(refused["verdict"], "refused", "{refused}");
    assert!(refused["reason"].as_str().unwrap().contains("group"), "{refused}");
    agent.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_library_with_thousands_of_people_goes_at_once() {
    const PEOPLE: usize = 3000;
    let directory = std::sync::Arc::new(tempfile::tempdir().unwrap());
    make_up(edge::store::Store::open(directory.path()).unwrap(), PEOPLE).await;
    let config = crate::support::agent::config(directory.path(), None);
    let agent = Agent::with(directory, config).await;
    assert_eq!(agent.status().await["people"], PEOPLE);
    let begun = std::time::Instant::now();
    let all = json!({"group_name": "default_group", "user_recursive_delete": true});
    let gone = data(&agent, Method::DELETE, GROUPS, all).await;
    println!("{PEOPLE} people were removed in {:?}", begun.elapsed());
    assert_eq!(gone["message"], "delete the group info and the user in the group");
    assert_eq!(agent.status().await["people"], 0);
    let agent = agent.again().await;
    assert_eq!(agent.status().await["people"], 0);
    agent.stop().await;
}
