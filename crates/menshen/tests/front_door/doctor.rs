//! `menshen doctor edge` with a real platform and a real broker: the login it takes, the one it refuses, a broker that is down.

use std::process::Command;

use serde_json::{Value, json};

use crate::world::World;

/// What it finds at the platform, for a box with this licence key.
fn examine(world: &World, dev_sno: &str) -> (Option<i32>, Vec<Value>) {
    let dir = tempfile::tempdir().unwrap();
    let models = std::env::var("MENSHEN_MODELS")
        .unwrap_or_else(|_| concat!(env!("CARGO_MANIFEST_DIR"), "/../../models").to_owned());
    let done = Command::new(env!("CARGO_BIN_EXE_menshen"))
        .args(["doctor", "edge", "--json"])
        .current_dir(dir.path())
        .env("MENSHEN_VISION__MODELS", models)
        .env("MENSHEN_BOX__DEV_SNO", dev_sno)
        .env("MENSHEN_BOX__MAC", "e0:a5:09:00:06:2b")
        .env("MENSHEN_BOX__LOGIN_URL", format!("{}/device/login", world.api.base))
        .env("MENSHEN_LOCAL_API__LISTEN", "127.0.0.1:0")
        .env("MENSHEN_CONSOLE__LISTEN", "127.0.0.1:0")
        .env("MENSHEN_FTP__LISTEN", "127.0.0.1:0")
        .env_remove("MENSHEN_CONFIG")
        .output()
        .unwrap();
    let report: Value = serde_json::from_slice(&done.stdout).unwrap();
    let findings = report["findings"].as_array().unwrap().iter().filter(|line| line["check"] == "platform");
    (done.status.code(), findings.cloned().collect())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_doctor_logs_in_as_the_box_would() {
    let mut world = World::start().await;
    let dev_sno = world.register(json!({})).await;
    let (code, found) = examine(&world, &dev_sno);
    let levels: Vec<_> = found.iter().map(|line| (line["subject"].clone(), line["level"].clone())).collect();
    assert_eq!(levels, [(json!("login"), json!("ok")), (json!("broker"), json!("ok"))], "{found:?}");
    assert_eq!(code, Some(0));

    let (code, found) = examine(&world, "NOBODY0001201907261034");
    let [refused] = &found[..] else { panic!("{found:?}") };
    assert_eq!((code, &refused["level"]), (Some(1), &json!("problem")));
    assert!(refused["found"].as_str().unwrap().contains("refused the login"), "{refused}");
    assert!(refused["advice"].as_str().unwrap().contains("licence key"), "{refused}");

    world.broker.kill();
    let (code, found) = examine(&world, &dev_sno);
    assert_eq!(
        (code, &found[0]["level"], &found[1]["level"]),
        (Some(1), &json!("ok"), &json!("problem")),
        "{found:?}"
    );
    assert!(found[1]["advice"].as_str().unwrap().contains("RabbitMQ"), "{found:?}");

    world.platform.kill();
    let (code, found) = examine(&world, &dev_sno);
    assert_eq!(code, Some(1));
    assert!(found[0]["found"].as_str().unwrap().contains("cannot be reached"), "{found:?}");
}
