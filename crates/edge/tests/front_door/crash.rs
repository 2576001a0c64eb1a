//! The box as a process of its own, killed without warning.

use runtime::testing::wait_until;
use serde_json::{Value, json};

use crate::support::photos::photo;
use crate::support::process::{Process, Setup};
use crate::support::world::codes;
use crate::support::{PATIENCE, World};

/// Not a test of its own: what the child process runs.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn box_process() {
    crate::support::process::box_process().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_in_the_middle_of_enrolment_it_goes_on_and_nobody_is_missing() {
    const PEOPLE: usize = 60;
    let world = World::start().await;
    let ids: Vec<_> = (0..PEOPLE).map(|n| format!("p{n:02}")).collect();
    for (n, id) in ids.iter().enumerate() {
        world.platform.person(id, &photo(n % 2, n / 2 % 2));
    }
    let directory = tempfile::tempdir().unwrap();
    let mut setup = Setup::new(directory.path(), Some(&world.platform.login_url()));
    let add = json!({"method": "add_users_plus", "messageId": "long", "userid_list": ids, "extend_params": {"path": "/details"}});
    world.send(&add).await;
    let mut kills = 0;
    for share in [PEOPLE / 4, PEOPLE / 2, PEOPLE * 3 / 4] {
        let process = Process::start(setup).await;
        let fetched = || async { world.platform.facts().photo_requests.len() >= share };
        assert!(wait_until(PATIENCE, fetched).await, "the box does not enrol");
        setup = process.kill();
        kills += 1;
    }
    let process = Process::start(setup).await;
    let result = world.result().await;
    assert_eq!(result["messageId"], "long");
    let codes = codes(&result);
    assert_eq!(codes.len(), PEOPLE);
    assert!(codes.values().all(|code| *code == 0), "{codes:?}");
    let status = process.status().await;
    assert_eq!((&status["people"], &status["faces"]), (&json!(PEOPLE), &json!(PEOPLE)));
    // Those who were done before a kill are not fetched again: only what was under way is.
    let requests = world.platform.facts().photo_requests.len();
    assert!(requests <= PEOPLE + kills * 24, "{requests} photos fetched for {PEOPLE} people");
    let settled = || async { world.broker.waiting(&world.commands).await.unwrap() == Some(0) };
    assert!(wait_until(PATIENCE, settled).await, "the command is still in its queue");
    let delete =
        json!({"method": "delete_users", "messageId": "one", "userid_list": ["p00"], "extend_params": {}});
    let mut one: Value = world.execute(delete).await;
    // A result whose acknowledgement a kill took is told again.
    while one["messageId"] == "long" {
        one = world.result().await;
    }
    assert_eq!(one["messageId"], "one");
    assert_eq!(one["result"]["success_users"][0]["userid"], "p00");
    process.stop().await;
}
