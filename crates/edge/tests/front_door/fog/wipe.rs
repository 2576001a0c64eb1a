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
