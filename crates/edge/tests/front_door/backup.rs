//! docs/how-to/back-up-a-box.md, followed step by step.

use std::path::Path;

use rusqlite::Connection;
use serde_json::{Value, json};

use crate::support::World;
use crate::support::photos::photo;
use crate::support::process::{Process, Setup};
use crate::support::world::codes;

fn add(id: &str) -> Value {
    json!({"method": "add_users_plus", "userid_list": [id], "extend_params": {"path": "/details"}})
}

/// What `sqlite3 box.db "VACUUM INTO …"` does while the box runs.
fn copy_database(data: &Path, to: &Path) {
    let db = Connection::open(data.join("box.db")).unwrap();
    db.busy_timeout(std::time::Duration::from_secs(10)).unwrap();
    db.execute("VACUUM INTO ?1", [to.to_str().unwrap()]).unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_brings_the_box_back_as_it_was() {
    let world = World::start().await;
    for (id, person) in [("1", 0), ("2", 1)] {
        world.platform.person(id, &photo(person, 0));
    }
    let directory = tempfile::tempdir().unwrap();
    let safe = tempfile::tempdir().unwrap();
    let setup = Setup::new(directory.path(), Some(&world.platform.login_url())).with_camera();
    let process = Process::start(setup).await;
    assert_eq!(codes(&world.execute(add("1")).await)["1"], 0);
    process.see(&photo(0, 1));
    let kept = |status: &Value| status["events"]["kept"] == 1;
    process.until("an event", kept).await;
    let data = process.setup.data.clone();
    std::fs::copy(data.join("box.key"), safe.path().join("box.key")).unwrap();
    copy_database(&data, &safe.path().join("box.db"));
    // What comes later is not in the copy.
    assert_eq!(codes(&world.execute(add("2")).await)["2"], 0);
    assert_eq!(process.status().await["people"], 2);
    let setup = process.stop().await;

    // The disk is lost: database, log and key.
    for entry in std::fs::read_dir(&data).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            std::fs::remove_file(path).unwrap();
        }
    }
    std::fs::copy(safe.path().join("box.db"), data.join("box.db")).unwrap();
    let said = Process::refused(&setup).await;
    assert!(said.contains("box.key is missing"), "{said}");
    std::fs::write(data.join("box.key"), [7; 32]).unwrap();
    let said = Process::refused(&setup).await;
    assert!(said.contains("is not the key"), "{said}");
    assert_eq!(
        std::fs::read(data.join("box.db")).unwrap(),
        std::fs::read(safe.path().join("box.db")).unwrap(),
        "a box that refuses changes nothing"
    );
    std::fs::copy(safe.path().join("box.key"), data.join("box.key")).unwrap();

    let process = Process::start(setup).await;
    let status = process.until("as it was", kept).await;
    assert_eq!((&status["people"], &status["faces"]), (&json!(1), &json!(1)), "{status}");
    assert!(process.log().contains("people have been read"), "{}", process.log());
    // Sealed pictures and templates open: the event shows its picture, and the person is known again.
    let events = process.get("/api/v1/events").await;
    let spot = format!("/api/v1/events/{}/photos/spot", events["items"][0]["seq"]);
    let answer = process.request(|client, url| client.get(url), &spot).send().await.unwrap();
    assert!(answer.status() == 200 && answer.bytes().await.unwrap().starts_with(&[0xff, 0xd8]));
    process.see(&photo(0, 1));
    process.until("known again", |status| status["recognition"]["let_in"] == 1).await;
    // Who came after the copy comes again from the platform.
    assert_eq!(codes(&world.execute(add("2")).await)["2"], 0);
    process.stop().await;
}
