//! `menshen doctor` with a real platform and a real broker: a platform that is well, and of a box the login that is taken, the one that is
//! refused, a broker that is down.

use std::process::Command;

use runtime::testing::PrivatePostgres;
use serde_json::{Value, json};

use crate::world::{Cast, World};

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

/// A healthy platform's findings: the check, what was looked at, and words that tell what was seen.
const WELL: [(&str, &str, &str); 14] = [
    ("disk", "", "can be written"),
    ("disk", "", "MB free"),
    ("database", "database.url", "schema"),
    ("database", "database.url", ""),
    ("blobs", "blobs.url", "was written, read and removed"),
    ("broker", "broker.url", "takes the login"),
    ("broker", "broker.management_url", "may make accounts for boxes"),
    ("broker", "broker.public_host", "not set"),
    ("certificate", "http.tls", "not set"),
    ("models", "", "photos are judged with"),
    ("ports", "http.listen", "is free"),
    ("ports", "metrics.listen", "is free"),
    ("public_url", "http.public_url", "not set"),
    ("clock", "time", ""),
];

#[tokio::test(flavor = "multi_thread")]
async fn a_platform_that_is_well_is_told_to_be() {
    let made = tokio::task::spawn_blocking(|| PrivatePostgres::shared().fresh_database());
    let database = made.await.unwrap().unwrap();
    for (engine, told) in
        [("SQLite", None), ("PostgreSQL", Some(("MENSHEN_DATABASE__URL", database.as_str())))]
    {
        let metrics = ("MENSHEN_METRICS__LISTEN", "127.0.0.1:0");
        let told: Vec<_> = told.into_iter().chain([metrics]).collect();
        let world = World::start_with_accounts(&told).await;
        let (cast, edge) = (Cast::gather(), world.add_box(json!({})).await);
        world.enrol("1001", "Zhang San", &["0"], &cast.one.photo).await;
        world.proved(&edge.dev_sno, "1001").await;

        // While it runs its port is in use, which is said and is no problem.
        let (code, report) = of_the_platform(&world);
        assert_eq!((code, &report["problems"]), (Some(0), &json!(0)), "{report:#}");
        let in_use = |line: &&Value| line["subject"] == "http.listen" && line["level"] == "warning";
        assert!(report["findings"].as_array().unwrap().iter().any(|line| in_use(&line)), "{report:#}");

        world.platform.terminate().await;
        let (code, report) = of_the_platform(&world);
        assert_eq!(code, Some(0), "{report:#}");
        let findings = report["findings"].as_array().unwrap();
        assert_eq!(findings.len(), WELL.len(), "{report:#}");
        for ((check, subject, words), line) in WELL.iter().zip(findings) {
            assert_eq!(line["check"], *check, "{report:#}");
            assert!(subject.is_empty() || line["subject"] == *subject, "{line}");
            assert!(line["found"].as_str().unwrap().contains(words), "{line}");
            // Whether a time server keeps the clock is this machine's business.
            assert!(line["level"] == "ok" || *check == "clock", "{line}");
        }
        assert!(findings[2]["found"].as_str().unwrap().starts_with(engine), "{}", findings[2]);
        let said = world.platform.ask(&["doctor", "platform"]);
        let said = String::from_utf8(said.stdout).unwrap();
        assert!(said.contains("takes the login") && !said.contains("guest:guest"), "{said}");
        // It left everything as it was.
        world.platform.start_again();
        world.until_ready().await;
        assert_eq!(world.api.get("/api/v1/people/1001").await["name"], "Zhang San");
    }
}

/// What the doctor says of the world's platform.
fn of_the_platform(world: &World) -> (Option<i32>, Value) {
    let done = world.platform.ask(&["doctor", "platform", "--json"]);
    (done.status.code(), serde_json::from_slice(&done.stdout).unwrap())
}
