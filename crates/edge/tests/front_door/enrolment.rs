use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};

use crate::support::World;
use crate::support::photos::{photo, scenery};
use crate::support::platform::user;
use crate::support::world::codes;

fn base64(photo: &[u8]) -> Value {
    json!({"reg_photo": BASE64_STANDARD.encode(photo)})
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn people_named_by_id_are_fetched_judged_and_answered_one_by_one() {
    let world = World::start().await;
    let platform = &world.platform;
    platform.person("1", &photo(0, 0));
    platform.person("2", &photo(1, 0));
    platform.facts().people.insert("2".into(), user("2", json!({"relative_pic_url": "photos/2"})));
    platform.person("no-face", &scenery());
    platform.facts().people.insert(
        "missing".into(),
        user("missing", json!({"reg_url": format!("{}/photos/nobody", platform.base)})),
    );
    platform.person("broken", b"this is no picture");
    let agent = world.joined_box().await;
    let result = world
        .execute(json!({
            "method": "add_users_plus",
            "messageId": "m-1",
            "userid_list": ["1", "2", "no-face", "missing", "broken", "unknown", 7],
            "extend_params": {"path": "/details"},
        }))
        .await;
    assert_eq!((&result["success"], &result["code"]), (&json!(true), &json!(0)));
    assert_eq!(result["messageKey"], "add_users_plus");
    assert_eq!(result["messageId"], "m-1");
    assert_eq!(result["dev_sno"], crate::support::agent::DEV_SNO);
    let wanted = [
        ("1", 0),
        ("2", 0),
        ("7", 50074),
        ("broken", 40003),
        ("missing", 50073),
        ("no-face", 40004),
        ("unknown", 50074),
    ];
    assert_eq!(codes(&result), wanted.map(|(id, code)| (id.to_owned(), code)).into());
    let first = result["result"]["success_users"]
        .as_array()
        .unwrap()
        .iter()
        .find(|user| user["userid"] == "1")
        .unwrap();
    assert_eq!(first["username"], "person 1");
    let status = agent.status().await;
    assert_eq!((&status["people"], &status["faces"]), (&json!(2), &json!(2)));
    assert_eq!(platform.facts().details.len(), 1);
    assert_eq!(world.broker.waiting(&world.commands).await.unwrap(), Some(0));
    let agent = agent.again().await;
    assert_eq!(agent.status().await["faces"], 2);
    agent.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn people_come_inside_the_command_are_overwritten_and_deleted() {
    let world = World::start().await;
    let agent = world.joined_box().await;
    let add =
        |users: Value| json!({"method": "add_users_plus", "user_info_list": users, "extend_params": {}});
    let users = json!([
        user("1", base64(&photo(0, 0))),
        user("2", base64(&photo(1, 0))),
        user("text", json!({"reg_photo": "not a photo"})),
        user("nothing", json!({})),
        {"identity_id": "nameless", "info": {}},
    ]);
    let result = world.execute(add(users)).await;
    assert!(result.get("messageId").is_none());
    let wanted = [("1", 0), ("2", 0), ("nameless", 40071), ("nothing", 40071), ("text", 40003)];
    assert_eq!(codes(&result), wanted.map(|(id, code)| (id.to_owned(), code)).into());
    // A known person without a photo keeps the one that is there.
    let result = world.execute(add(json!([user("1", json!({}))]))).await;
    assert_eq!(codes(&result), [("1".to_owned(), 0)].into());
    // A poor photo changes nothing for a known person.
    let result = world.execute(add(json!([user("1", base64(&scenery()))]))).await;
    assert_eq!(codes(&result), [("1".to_owned(), 40004)].into());
    assert_eq!(agent.status().await["faces"], 2);
    let delete = json!({"method": "delete_users", "userid_list": ["1", "unknown"], "extend_params": {}});
    let result = world.execute(delete.clone()).await;
    assert_eq!((&result["success"], &result["code"]), (&json!(true), &json!(0)));
    assert_eq!(codes(&result), [("1".to_owned(), 0), ("unknown".to_owned(), 40401)].into());
    // Without a message id the same command again is a new one.
    let result = world.execute(delete).await;
    assert_eq!(codes(&result), [("1".to_owned(), 40401), ("unknown".to_owned(), 40401)].into());
    assert_eq!(agent.status().await["people"], 1);
    let wipe = json!({"method": "wipe_data", "messageId": "w", "wipe_options": {"users": true, "events": true}, "extend_params": {}});
    let result = world.execute(wipe).await;
    assert_eq!(result["result"], json!({"wipe_options": {"users": true, "events": true}}));
    assert_eq!(agent.status().await["people"], 0);
    agent.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn quality_checks_are_answered_over_their_own_queue_from_either_queue() {
    let world = World::start().await;
    let agent = world.joined_box().await;
    agent.until("serving quality checks", |status| status["broker"][2]["state"] == "up").await;
    let check = |id: &str, photo: &[u8]| {
        json!({
            "method": "fiqa",
            "messageId": id,
            "info": {"image_base64_str": BASE64_STANDARD.encode(photo), "fiqa_level": ""},
            "extend_params": {},
        })
    };
    world.send_to(&world.fiqa, check("f-1", &photo(0, 0)).to_string().into_bytes()).await;
    let result = world.fiqa_result().await;
    assert_eq!(
        (&result["code"], &result["messageKey"], &result["messageId"]),
        (&json!(0), &json!("fiqa"), &json!("f-1"))
    );
    let face = &result["result"]["data"][0];
    assert_eq!(face["fiqa_result"], true);
    assert_eq!(face["bbox"].as_array().unwrap().len(), 4);
    for key in ["brightness", "clarity", "face_size", "headpose", "mask", "occlusion", "partial"] {
        assert!(!face["info"][key].is_null(), "{key}: {face}");
    }
    world.send(&check("f-2", &scenery())).await;
    let result = world.fiqa_result().await;
    assert_eq!((&result["success"], &result["code"]), (&json!(false), &json!(40004)));
    assert!(world.silent().await);
    agent.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_slow_photo_delays_its_own_person_and_nobody_else() {
    let world = World::start().await;
    let agent = world.joined_box().await;
    let platform = &world.platform;
    for id in ["slow", "quick", "other"] {
        platform.person(id, &photo(0, 0));
    }
    let add = |ids: &[&str]| json!({"method": "add_users_plus", "userid_list": ids, "extend_params": {"path": "/details"}});
    let delete = |ids: &[&str]| json!({"method": "delete_users", "userid_list": ids, "extend_params": {}});
    world.execute(add(&["other"])).await;
    platform.facts().held.insert("slow".into());
    world.send(&add(&["slow", "quick"])).await;
    world.send(&delete(&["slow"])).await;
    world.send(&delete(&["other"])).await;
    // The last command overtakes: it concerns somebody else.
    let first = world.result().await;
    assert_eq!(codes(&first), [("other".to_owned(), 0)].into());
    platform.facts().held.clear();
    // For one person the order holds: added, then deleted.
    let mut rest = [world.result().await, world.result().await];
    rest.sort_by_key(|result| result["messageKey"].as_str().unwrap().to_owned());
    assert_eq!(codes(&rest[0]), [("quick".to_owned(), 0), ("slow".to_owned(), 0)].into());
    assert_eq!(codes(&rest[1]), [("slow".to_owned(), 0)].into());
    assert_eq!(agent.status().await["people"], 1);
    agent.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_photo_that_never_comes_and_one_that_never_ends_have_their_limits() {
    let world = World::start().await;
    let agent = world.joined_box().await;
    let platform = &world.platform;
    platform.person("never", &photo(0, 0));
    platform.facts().photos.get_mut("never").unwrap().1 = Duration::from_secs(3600);
    platform.person("huge", &vec![0xff; 11 << 20]);
    let began = Instant::now();
    let result = world
        .execute(json!({"method": "add_users_plus", "userid_list": ["never", "huge"], "extend_params": {"path": "/details"}}))
        .await;
    assert_eq!(codes(&result), [("huge".to_owned(), 40007), ("never".to_owned(), 50073)].into());
    assert!(began.elapsed() < Duration::from_secs(60), "{:?}", began.elapsed());
    agent.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_library_says_so_for_each_person_it_does_not_take() {
    let world = World::start().await;
    let directory = std::sync::Arc::new(tempfile::tempdir().unwrap());
    let mut config = crate::support::agent::config(directory.path(), Some(&world.platform.login_url()));
    config.library.max_people = 1;
    let agent = crate::support::Agent::with(directory, config).await;
    agent.until_joined().await;
    let users = json!([user("1", base64(&photo(0, 0))), user("2", base64(&photo(1, 0)))]);
    let result = world
        .execute(json!({"method": "add_users_plus", "user_info_list": users, "extend_params": {}}))
        .await;
    let mut outcomes: Vec<_> = codes(&result).into_values().collect();
    outcomes.sort_unstable();
    assert_eq!(outcomes, [0, 40015]);
    agent.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn with_another_model_pack_templates_are_made_again_from_the_stored_photos() {
    let world = World::start().await;
    let agent = world.joined_box().await;
    let users = json!([
        user("1", base64(&photo(0, 0))),
        user("2", base64(&photo(1, 0))),
        user("3", base64(&photo(0, 1)))
    ]);
    world.execute(json!({"method": "add_users_plus", "user_info_list": users, "extend_params": {}})).await;
    let (directory, config) = agent.stop().await;
    let database = rusqlite::Connection::open(directory.path().join("box.db")).unwrap();
    // Templates of a pack that is not in use, and one person whose photo is of no use.
    database.execute("UPDATE person SET pack = 'another', template = x'00000000'", []).unwrap();
    let poor = "UPDATE person_photo SET photo = x'00' WHERE person_key = (SELECT key FROM person WHERE identity_id = '2')";
    assert_eq!(database.execute(poor, []).unwrap(), 1);
    drop(database);
    let agent = crate::support::Agent::with(directory, config).await;
    let status = agent
        .until("every photo looked at", |status| {
            status["faces"] == 2 && status["without_face"][0]["reason"] != "not yet looked at"
        })
        .await;
    assert_eq!(status["people"], 3);
    assert_eq!(status["without_face"].as_array().unwrap().len(), 1);
    assert_eq!(status["without_face"][0]["identity_id"], "2");
    // A new photo mends it.
    let users = json!([user("2", base64(&photo(1, 0)))]);
    world.execute(json!({"method": "add_users_plus", "user_info_list": users, "extend_params": {}})).await;
    let status = agent.status().await;
    assert_eq!((&status["faces"], &status["without_face"]), (&json!(3), &json!([])));
    agent.stop().await;
}
