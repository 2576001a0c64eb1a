//! A box is created at the platform, paired by one command on the box, and works.

use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use crate::world::{Cast, World};

/// `menshen edge pair URL` for the box of a configuration file: exit code, and all it said.
fn pair(config: &Path, url: &str, more: &[&str]) -> (i32, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_menshen"));
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("MENSHEN_") {
            command.env_remove(name);
        }
    }
    command.args(["edge", "pair", url, "--config"]).arg(config).args(more);
    let output = command.current_dir(config.parent().unwrap()).output().unwrap();
    let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    (output.status.code().unwrap(), said)
}

async fn link(world: &World, dev_sno: &str) -> String {
    let issued = world.api.must("POST", &format!("/api/v1/boxes/{dev_sno}/pairing"), &Value::Null).await;
    issued["url"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_box_is_paired_by_its_command_line() {
    let world = World::start().await;
    let (running, stopped) = (world.register(json!({})).await, world.register(json!({})).await);

    // One that runs already and knows nobody yet.
    let edge = world.start_unpaired_edge("running");
    world.wait("the box to run", async || edge.own_token().is_some().then_some(())).await;
    let url = link(&world, &running).await;
    let (code, said) = pair(&edge.config, &url, &[]);
    assert_eq!(code, 0, "{said}");
    assert!(said.contains(&running) && said.contains("logs in now"), "{said}");
    let shown = world.online(&running).await;
    assert!(shown["login_addr"].is_string(), "{shown}");
    let (status, kept) = edge.own_call("GET", "/api/v1/pairing", &Value::Null).await;
    assert_eq!((status, &kept["dev_sno"]), (200, &json!(running)), "{kept}");

    // It belongs to somebody now: another code is kept for another box.
    let other = link(&world, &stopped).await;
    let (code, said) = pair(&edge.config, &other, &[]);
    assert!(code == 1 && said.contains("paired already") && said.contains("--replace"), "{code} {said}");
    // A used code says so, even when the box is to be replaced.
    let (code, said) = pair(&edge.config, &url, &["--replace"]);
    assert!(code == 1 && said.contains("used already"), "{code} {said}");

    // One that is not running: paired first, started later.
    let edge = world.start_unpaired_edge("stopped");
    world.wait("the box to run", async || edge.own_token().is_some().then_some(())).await;
    edge.server.kill();
    let (code, said) = pair(&edge.config, "http://127.0.0.1:1/pair/0000-0000-0000-0000", &[]);
    assert!(code == 3 && said.contains("cannot reach"), "{code} {said}");
    let (code, said) = pair(&edge.config, "0000-0000-0000-0000", &[]);
    assert!(code == 2 && said.contains("copy it whole"), "{code} {said}");
    let (code, said) = pair(&edge.config, &other, &[]);
    assert!(code == 0 && said.contains("when it is started"), "{code} {said}");
    edge.server.start_again();
    world.online(&stopped).await;
}

/// People of its earlier place do not pass where a box stands now.
#[tokio::test(flavor = "multi_thread")]
async fn a_box_that_gets_another_licence_key_forgets_whoever_it_holds() {
    let (world, cast) = (World::start().await, Cast::gather());
    let edge = world.add_box(json!({})).await;
    world.enrol("1001", "Wang Wu", &["0"], &cast.one.photo).await;
    world.proved(&edge.dev_sno, "1001").await;
    let next = world.api.must("POST", "/api/v1/boxes", &json!({"name": "elsewhere", "groups": []})).await;
    let next = next["dev_sno"].as_str().unwrap().to_owned();

    let url = link(&world, &next).await;
    let (code, said) = pair(&edge.config, &url, &["--replace"]);
    assert_eq!(code, 0, "{said}");
    world.online(&next).await;
    world.wait("the box to hold nobody", async || (edge.own_people() == 0).then_some(())).await;

    // The same while it is stopped.
    let last = world.register(json!({})).await;
    let url = link(&world, &last).await;
    edge.server.kill();
    let (code, said) = pair(&edge.config, &url, &["--replace"]);
    assert_eq!(code, 0, "{said}");
    edge.server.start_again();
    world.proved(&last, "1001").await;
}
