use super::*;
use crate::support::World;
use crate::support::photos::photo;

#[tokio::test]
async fn wiping_answers_first_and_then_makes_the_links_anew() {
    let world = World::start().await;
    let agent = world.joined_box().await;
    data(&agent, Method::POST, PERMISSIONS, json!({"permission_name": "lab", "description": ""})).await;
    data(&agent, Method::POST, GROUPS, json!({"group_name": "night", "description": ""})).await;
    data(&agent, Method::POST, USERS, person("001", &photo(0, 0))).await;
    for body in [json!({}), json!({"wipe_options": {"users": "some"}}), json!({"wipe_options": []})] {
        assert_eq!(refused(&agent, Method::POST, WIPE, body).await, (400, 40091));
    }
    let before = world.platform.facts().logins.len();
    let options = json!({"wipe_options": {"users": true, "events": true}});
    assert_eq!(data(&agent, Method::POST, WIPE, options.clone()).await, options);
    let logins = || async { world.platform.facts().logins.len() > before };
    assert!(runtime::testing::wait_until(crate::support::PATIENCE, logins).await, "no new login");
    let status = agent.until_joined().await;
    assert_eq!((&status["people"], &status["faces"]), (&json!(0), &json!(0)));
    for (path, list) in [(GROUPS, "groups_list"), (PERMISSIONS, "permissions_list")] {
        let left = data(&agent, Method::GET, path, Value::Null).await;
        assert_eq!(left[list].as_array().unwrap().len(), 1, "{left}");
    }
    // The box still takes orders.
    let result = world.execute(json!({"method": "wipe_data", "messageId": "m1", "wipe_options": {"users": true, "events": false}, "extend_params": {}})).await;
    assert_eq!(result["code"], 0, "{result}");
    agent.stop().await;
}

#[tokio::test]
async fn people_and_events_are_wiped_each_without_the_other() {
    let agent = Agent::start(None).await;
    let camera = json!({"name": "front", "kind": "file", "path": agent.frames.path(), "quality": "low", "duplicate_interval": 0.0});
    let (status, reply) = call(&agent, Method::POST, "/api/v1/cameras", camera).await;
    assert_eq!(status, 201, "{reply}");
    let see = async |newest: i64| {
        let (fresh, done) = ("fresh.tmp".to_owned(), format!("{newest}.jpg"));
        std::fs::write(agent.frames.path().join(&fresh), photo(0, 1)).unwrap();
        std::fs::rename(agent.frames.path().join(fresh), agent.frames.path().join(done)).unwrap();
        agent.until("an event", |status| status["events"]["newest"] == newest).await
    };
    let listed = async || {
        let (_, page) = call(&agent, Method::GET, "/api/v1/events", Value::Null).await;
        page["items"].as_array().unwrap().iter().map(|event| event["identity_id"].clone()).collect::<Vec<_>>()
    };
    let wipe = async |users: bool, events: bool| {
        let options = json!({"wipe_options": {"users": users, "events": events}});
        assert_eq!(data(&agent, Method::POST, WIPE, options.clone()).await, options);
        let status = agent.status().await;
        (status["people"].as_i64().unwrap(), status["events"]["kept"].as_i64().unwrap())
    };
    data(&agent, Method::POST, USERS, person("001", &photo(0, 0))).await;
    see(1).await;
    let shown = || async { listed().await == [json!("001")] };
    assert!(runtime::testing::wait_until(crate::support::PATIENCE, shown).await, "{:?}", listed().await);

    assert_eq!(wipe(false, false).await, (1, 1), "nothing was ordered");
    assert_eq!(wipe(false, true).await, (1, 0), "events only");
    assert!(listed().await.is_empty());
    see(2).await;
    assert_eq!(wipe(true, false).await, (0, 1), "people only");
    let left = || async { listed().await == [json!("001")] };
    assert!(runtime::testing::wait_until(crate::support::PATIENCE, left).await, "events say who it was");
    let picture = "/api/v1/events/2/photos/spot";
    assert_eq!(call(&agent, Method::GET, picture, Value::Null).await.0, 404, "and show nobody");
    see(3).await;
    assert_eq!(wipe(true, true).await, (0, 0));
    assert!(see(4).await["events"]["newest"] == 4, "numbers go on");
    agent.stop().await;
}
