use serde_json::{Value, json};

use crate::support::photos::photo;
use crate::support::world::codes;
use crate::support::{Agent, World};

fn delete(id: &str, message_id: &str) -> Value {
    json!({"method": "delete_users", "messageId": message_id, "userid_list": [id], "extend_params": {"notify_path": "/results"}})
}

/// A platform without a result queue.
async fn without_queue() -> World {
    let world = World::start().await;
    world.platform.facts().rabbitmq.as_object_mut().unwrap().remove("uploadQueue");
    world
}

async fn until_results(world: &World, count: usize) -> Vec<Value> {
    let arrived = || async { world.platform.facts().results.len() >= count };
    assert!(
        runtime::testing::wait_until(crate::support::PATIENCE, arrived).await,
        "{:?}",
        world.platform.facts().results
    );
    world.platform.facts().results.clone()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_result_queue_the_notify_path_is_used_until_it_answers() {
    let world = without_queue().await;
    world.platform.facts().refuse_results = 2;
    let agent = world.joined_box().await;
    world.send(&delete("1", "first")).await;
    world.send(&delete("2", "second")).await;
    let mut ids: Vec<_> =
        until_results(&world, 2).await.into_iter().map(|result| result["messageId"].clone()).collect();
    ids.sort_by_key(ToString::to_string);
    assert_eq!(ids, ["first", "second"]);
    let status = agent.until("every result sent", |status| status["results_waiting"] == 0).await;
    assert_eq!(status["commands"]["results_sent"], 2);
    assert_eq!(world.broker.waiting(&world.commands).await.unwrap(), Some(0));
    agent.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_any_route_the_command_still_runs_and_is_acknowledged() {
    let world = without_queue().await;
    let agent = world.joined_box().await;
    world.platform.person("1", &photo(0, 0));
    world
        .send(
            &json!({"method": "add_users_plus", "userid_list": ["1"], "extend_params": {"path": "/details"}}),
        )
        .await;
    agent.until("enrolled", |status| status["people"] == 1 && status["results_waiting"] == 0).await;
    assert!(world.platform.facts().results.is_empty());
    agent.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_result_nobody_takes_waits_over_a_restart_and_blocks_nothing() {
    let world = without_queue().await;
    world.platform.facts().refuse_results = usize::MAX;
    let agent = world.joined_box().await;
    for n in 0..40 {
        world.send(&delete("1", &format!("m{n}"))).await;
    }
    let all = |status: &Value| status["results_waiting"] == 40 && status["commands"]["executed"] == 40;
    agent.until("40 results waiting", all).await;
    let (directory, config) = agent.stop().await;
    world.platform.facts().refuse_results = 0;
    let agent = Agent::with(directory, config).await;
    agent.until("every result sent", |status| status["results_waiting"] == 0).await;
    let results = world.platform.facts().results.clone();
    let ids: std::collections::BTreeSet<_> =
        results.iter().map(|result| result["messageId"].to_string()).collect();
    assert_eq!(ids.len(), 40);
    agent.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_command_twice_has_one_effect_and_the_stored_result_is_sent_again() {
    let world = World::start().await;
    let agent = world.joined_box().await;
    world.platform.person("1", &photo(0, 0));
    let add = json!({"method": "add_users_plus", "messageId": "m", "userid_list": ["1"], "extend_params": {"path": "/details"}});
    let first = world.execute(add.clone()).await;
    let again = world.execute(add.clone()).await;
    assert_eq!(first, again);
    assert_eq!(world.platform.facts().details.len(), 1);
    // Also over a restart.
    let agent = agent.again().await;
    agent.until_joined().await;
    assert_eq!(world.execute(add).await, first);
    assert_eq!(world.platform.facts().details.len(), 1);
    assert_eq!(agent.status().await["commands"]["repeated"], 1);
    // Two at once: the second waits for the first.
    world.platform.facts().details_delay = std::time::Duration::from_millis(500);
    let both = json!({"method": "add_users_plus", "messageId": "n", "userid_list": ["1"], "extend_params": {"path": "/details"}});
    world.send(&both).await;
    world.send(&both).await;
    let result = world.result().await;
    assert_eq!(codes(&result), [("1".to_owned(), 0)].into());
    agent.until("done", |status| status["commands"]["received"] == 3).await;
    assert_eq!(world.platform.facts().details.len(), 2);
    agent.stop().await;
}
