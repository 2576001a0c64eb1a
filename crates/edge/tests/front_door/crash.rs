//! The box as a process of its own, killed without warning.

use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use runtime::testing::wait_until;
use serde_json::{Value, json};

use crate::support::agent::{config, ready};
use crate::support::photos::{models, photo};
use crate::support::world::codes;
use crate::support::{Agent, PATIENCE, World};

const DIRECTORY: &str = "BOX_UNDER_TEST_DIRECTORY";
const LOGIN_URL: &str = "BOX_UNDER_TEST_LOGIN_URL";

/// Not a test of its own: what the child process runs.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn box_process() {
    let Some(directory) = std::env::var_os(DIRECTORY) else { return };
    let url = std::env::var(LOGIN_URL).unwrap();
    let life = runtime::Lifecycle::new(Duration::from_secs(10));
    edge::run(config(directory.as_ref(), Some(&url)), life).await.unwrap();
}

struct Process(Child);

impl Process {
    async fn start(directory: &std::path::Path, url: &str) -> Self {
        let address = directory.join("local_api.addr");
        let _ = std::fs::remove_file(&address);
        let child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "crash::box_process", "--nocapture"])
            .env(DIRECTORY, directory)
            .env(LOGIN_URL, url)
            .env("MENSHEN_MODELS", models())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let process = Self(child);
        ready(&address).await;
        process
    }

    fn kill(mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_in_the_middle_of_enrolment_it_goes_on_and_nobody_is_missing() {
    const PEOPLE: usize = 60;
    let world = World::start().await;
    let ids: Vec<_> = (0..PEOPLE).map(|n| format!("p{n:02}")).collect();
    for (n, id) in ids.iter().enumerate() {
        world.platform.person(id, &photo(n % 2, n / 2 % 2));
    }
    let directory = Arc::new(tempfile::tempdir().unwrap());
    let url = world.platform.login_url();
    let add = json!({"method": "add_users_plus", "messageId": "long", "userid_list": ids, "extend_params": {"path": "/details"}});
    world.send(&add).await;
    let mut kills = 0;
    for share in [PEOPLE / 4, PEOPLE / 2, PEOPLE * 3 / 4] {
        let process = Process::start(directory.path(), &url).await;
        let fetched = || async { world.platform.facts().photo_requests.len() >= share };
        assert!(wait_until(PATIENCE, fetched).await, "the box does not enrol");
        process.kill();
        kills += 1;
    }
    let agent = Agent::with(Arc::clone(&directory), config(directory.path(), Some(&url))).await;
    let result = world.result().await;
    assert_eq!(result["messageId"], "long");
    let codes = codes(&result);
    assert_eq!(codes.len(), PEOPLE);
    assert!(codes.values().all(|code| *code == 0), "{codes:?}");
    let status = agent.status().await;
    assert_eq!((&status["people"], &status["faces"]), (&json!(PEOPLE), &json!(PEOPLE)));
    // Those who were done before a kill are not fetched again: only what was under way is.
    let requests = world.platform.facts().photo_requests.len();
    assert!(requests <= PEOPLE + kills * 24, "{requests} photos fetched for {PEOPLE} people");
    assert_eq!(world.broker.waiting(&world.commands).await.unwrap(), Some(0));
    let one: Value =
        world.execute(json!({"method": "delete_users", "userid_list": ["p00"], "extend_params": {}})).await;
    assert_eq!(one["result"]["success_users"][0]["userid"], "p00");
    agent.stop().await;
}
