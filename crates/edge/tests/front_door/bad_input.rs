use std::time::Duration;

use runtime::testing::wait_until;
use serde_json::{Value, json};

use crate::support::photos::photo;
use crate::support::world::codes;
use crate::support::{PATIENCE, World};

fn delete(id: &str) -> Value {
    json!({"method": "delete_users", "messageId": id, "userid_list": [id], "extend_params": {}})
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_comes_is_answered_and_the_next_command_works() {
    let world = World::start().await;
    let agent = world.joined_box().await;
    let deep = format!("{}{}", "[".repeat(5000), "]".repeat(5000)).into_bytes();
    let wide =
        format!("{{\"method\":\"delete_users\",\"userid_list\":[{}1]}}", "1,".repeat(600_000)).into_bytes();
    let bad: Vec<(Vec<u8>, i64)> = vec![
        (b"".to_vec(), 40071),
        (b"not json".to_vec(), 40071),
        (vec![0xff; 5000], 40071),
        (b"{\"method\":\"add_users_plus\",\"userid_list\":[\"1\"".to_vec(), 40071),
        (deep, 40071),
        (wide, 40071),
        (b"[]".to_vec(), 40071),
        (b"{}".to_vec(), 40071),
        (json!({"method": 5, "extend_params": {}}).to_string().into_bytes(), 50100),
        (json!({"method": "dance", "messageId": "d", "extend_params": {}}).to_string().into_bytes(), 50100),
        (json!({"method": "delete_users", "userid_list": {"a": 1}}).to_string().into_bytes(), 40071),
        (
            json!({"method": "wipe_data", "wipe_options": {"users": "perhaps"}}).to_string().into_bytes(),
            40071,
        ),
        (json!({"method": "add_users_plus", "extend_params": {}}).to_string().into_bytes(), 40071),
    ];
    let count = bad.len();
    for (n, (body, code)) in bad.into_iter().enumerate() {
        let shown = String::from_utf8_lossy(&body[..body.len().min(60)]).into_owned();
        world.send_raw(body).await;
        let result = world.result().await;
        assert_eq!((&result["success"], &result["code"]), (&json!(false), &json!(code)), "{shown}: {result}");
        assert_eq!(codes(&world.execute(delete(&format!("after {n}"))).await).len(), 1);
    }
    let status = agent.status().await;
    assert_eq!(status["commands"]["refused"], count);
    assert_eq!(world.broker.waiting(&world.commands).await.unwrap(), Some(0));
    agent.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_people_in_one_command_are_answered_one_by_one() {
    let world = World::start().await;
    let agent = world.joined_box().await;
    // The details carry photos without a face text, so that the command is long and not the networks.
    for n in 0..10_000 {
        let id = n.to_string();
        let user = crate::support::platform::user(&id, json!({"reg_photo": "AAAA"}));
        world.platform.facts().people.insert(id, user);
    }
    let ids: Vec<_> = (0..10_000).map(|n| n.to_string()).collect();
    let add = json!({"method": "add_users_plus", "messageId": "many", "userid_list": ids, "extend_params": {"path": "/details"}});
    world.platform.facts().details_delay = Duration::from_millis(500);
    world.send(&add).await;
    let begun = || async { !world.platform.facts().details.is_empty() };
    assert!(wait_until(PATIENCE, begun).await, "the command does not begin");
    // Somebody else's command does not wait for the end of it.
    world.send(&delete("somebody")).await;
    assert_eq!(world.result().await["messageId"], "somebody");
    world.platform.facts().details_delay = Duration::ZERO;
    let result = world.result().await;
    let codes = codes(&result);
    assert_eq!((result["messageId"].as_str(), codes.len()), (Some("many"), 10_000));
    assert!(codes.values().all(|code| *code == 40003));
    assert_eq!(world.platform.facts().details.iter().map(Vec::len).max(), Some(50));
    let delete =
        json!({"method": "delete_users", "messageId": "gone", "userid_list": ids, "extend_params": {}});
    assert_eq!(crate::support::world::codes(&world.execute(delete).await).len(), 10_000);
    agent.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_platform_whose_details_are_wrong_is_named_for_each_person() {
    let world = World::start().await;
    let agent = world.joined_box().await;
    world.platform.person("1", &photo(0, 0));
    world.platform.facts().people.insert("2".into(), json!({"identity_id": "2", "info": "nothing"}));
    let add = |path: Option<&str>| json!({"method": "add_users_plus", "userid_list": ["1", "2"], "extend_params": {"path": path}});
    let outcome = async |path| codes(&world.execute(add(path)).await).into_values().collect::<Vec<_>>();
    assert_eq!(outcome(Some("/details")).await, [0, 50074]);
    assert_eq!(outcome(Some("/no-such-place")).await, [50073, 50073]);
    assert_eq!(outcome(Some("http://127.0.0.1:9/details")).await, [50073, 50073]);
    assert_eq!(outcome(None).await, [40071, 40071]);
    agent.stop().await;
}
