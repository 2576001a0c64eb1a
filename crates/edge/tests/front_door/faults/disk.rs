//! A full disk: a clear error, nothing half written, every event kept or counted, and everything goes on when there is room again. The box gets a small file
//! system of its own in a mount namespace, which needs root or unprivileged user namespaces.

use runtime::testing::{leave_room, make_room, small_disk, wait_until};
use serde_json::json;

use crate::support::photos::photo;
use crate::support::process::{Process, Setup};
use crate::support::world::codes;
use crate::support::{PATIENCE, World};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_is_said_and_everything_goes_on_when_there_is_room() {
    let world = World::start().await;
    let directory = tempfile::tempdir().unwrap();
    let mut setup = Setup::new(directory.path(), Some(&world.platform.login_url())).with_camera();
    setup.extra = format!("[recognition]\nduplicate_interval = 0\n{}", setup.extra);
    std::fs::create_dir(&setup.data).unwrap();
    let Some(through) = small_disk(&setup.data, "24m") else { return };
    setup.through = through;
    let process = Process::start(setup).await;
    let data = process.seen(&process.setup.data);
    let joined = |status: &serde_json::Value| status["broker"][0]["state"] == "up";
    process.until("joined", joined).await;
    for id in ["1", "2"] {
        world.platform.person(id, &photo(id.parse::<usize>().unwrap() - 1, 0));
    }
    let add = |id: &str| json!({"method": "add_users_plus", "messageId": id, "userid_list": [id], "extend_params": {"path": "/details"}});
    assert_eq!(codes(&world.execute(add("1")).await)["1"], 0);

    // The first event lays a reserve by, the one after it lives on that.
    process.see(&photo(0, 1));
    process.until("an event", |status| status["events"]["kept"] == 1).await;
    leave_room(&data, 0).unwrap();
    world.send(&add("2")).await;
    let said = || async { process.log().contains("the disk is full") };
    assert!(wait_until(PATIENCE, said).await, "{}", process.log());
    assert_eq!(process.status().await["people"], 1, "the box still answers");
    process.see(&photo(0, 1));
    let kept = process.until("another event", |status| status["events"]["newest"] == 2).await;
    assert_eq!(kept["events"]["lost"], 0, "{kept}");

    // Whatever is taken from it: what it cannot keep it counts.
    for accounted in 3..=6 {
        leave_room(&data, 0).unwrap();
        process.see(&photo(0, 1));
        let of = |status: &serde_json::Value| {
            status["events"]["newest"].as_i64().unwrap() + status["events"]["lost"].as_i64().unwrap()
        };
        process.until("every event is numbered or counted", |status| of(status) == accounted).await;
    }
    let newest = process.status().await["events"]["newest"].as_i64().unwrap();

    make_room(&data).unwrap();
    // The command was never journaled, so the broker still had it; or the person was refused with the reason.
    let result = world.result().await;
    if codes(&result)["2"] != 0 {
        assert!(result.to_string().contains("the disk is full"), "{result}");
        let again =
            json!({"method": "add_users_plus", "userid_list": ["2"], "extend_params": {"path": "/details"}});
        assert_eq!(codes(&world.execute(again).await)["2"], 0);
    }
    process.see(&photo(1, 0));
    process.until("an event after the outage", |status| status["events"]["newest"] == newest + 1).await;
    assert_eq!(process.status().await["people"], 2);
    let db = rusqlite::Connection::open(data.join("box.db")).unwrap();
    let check: String = db.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
    assert_eq!(check, "ok");
    drop(db);
    process.stop().await;
}
