//! A full disk: a clear error, nothing half written, every event kept or counted, and everything goes on when there is room again. The box gets a small file
//! system of its own in a mount namespace, which needs root or unprivileged user namespaces.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use runtime::testing::{leave_room, make_room, small_disk, wait_until};
use serde_json::{Value, json};
use suppaftp::FtpError;
use suppaftp::tokio::AsyncFtpStream;
use suppaftp::types::FileType;

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

    // Whatever is taken from it: what it can neither keep nor count waits as a picture.
    let of = |status: &Value| {
        status["events"]["newest"].as_i64().unwrap() + status["events"]["lost"].as_i64().unwrap()
    };
    let waiting = || {
        let files = std::fs::read_dir(process.setup.frames()).unwrap();
        files.filter(|entry| entry.as_ref().unwrap().path().is_file()).count()
    };
    let mut seen = 2;
    for _ in 0..4 {
        let judged = process.status().await["recognition"]["captures"].as_i64();
        leave_room(&data, 0).unwrap();
        process.see(&photo(0, 1));
        seen += 1;
        let accounted = |status: &Value| {
            status["recognition"]["captures"].as_i64() > judged
                && of(status) + i64::try_from(waiting()).unwrap() >= seen
        };
        process.until("every event is numbered or counted, or waits", accounted).await;
    }

    make_room(&data).unwrap();
    process.until("every event is numbered or counted", |status| of(status) == seen).await;
    let newest = process.status().await["events"]["newest"].as_i64().unwrap();
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

/// Status and body of the answer to somebody's enrolment over the box's own interface.
async fn enrol(process: &Process, id: &str, photo: &[u8]) -> (u16, Value) {
    let user = json!({"identity_id": id, "reg_photo": BASE64_STANDARD.encode(photo), "group_name": "default_group", "info": {"name": id, "type": 1}});
    let request = process.request(|client, url| client.post(url), "/SophonFogSys/api/users").json(&user);
    let answer = request.send().await.unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap_or_default())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_a_full_disk_an_enrolment_and_an_upload_are_refused_with_the_reason_and_work_later() {
    let directory = tempfile::tempdir().unwrap();
    let mut setup = Setup::new(directory.path(), None);
    setup.extra = "[[camera]]\nname = \"hall\"\nkind = \"ftp\"\ndirectory = \"hall\"\nuser = \"machine\"\n\
                   password = \"4711\"\naddress = \"10.0.0.31\"\n"
        .into();
    std::fs::create_dir(&setup.data).unwrap();
    let Some(through) = small_disk(&setup.data, "24m") else { return };
    setup.through = through;
    let process = Process::start(setup).await;
    let data = process.seen(&process.setup.data);
    process.until("open", |status| status["cameras"][0]["state"] == "online").await;
    let mut machine =
        AsyncFtpStream::connect(std::fs::read_to_string(data.join("ftp.addr")).unwrap()).await.unwrap();
    machine.login("machine", "4711").await.unwrap();
    machine.transfer_type(FileType::Binary).await.unwrap();

    leave_room(&data, 0).unwrap();
    // What the write-ahead log has in reserve takes a few first.
    let mut taken = 0;
    let (status, refusal) = loop {
        let (status, reply) = enrol(&process, &format!("p{taken}"), &photo(0, 0)).await;
        if status != 200 {
            break (status, reply);
        }
        taken += 1;
        assert!(taken < 100, "a full disk takes everybody");
    };
    assert_eq!((status, &refusal["error"]["reason"]), (507, &json!("disk_full")), "{refusal}");
    assert!(refusal["error"]["message"].as_str().unwrap().contains("the disk is full"), "{refusal}");
    let picture = photo(0, 1);
    match machine.put_file("first.jpg", &mut picture.as_slice()).await {
        Err(FtpError::UnexpectedResponse(answer)) => {
            let words = String::from_utf8_lossy(&answer.body).into_owned();
            assert!(answer.status.code() == 452 && words.contains("cannot be stored"), "{words}");
        }
        other => panic!("a full disk took a picture: {other:?}"),
    }
    let status = process.status().await;
    assert_eq!((&status["people"], &status["faces"]), (&json!(taken), &json!(taken)), "nobody by half");
    let path = format!("/SophonFogSys/api/users?identity_id=p{taken}");
    let answer = process.request(|client, url| client.get(url), &path).send().await.unwrap();
    assert_eq!(answer.status(), 404, "who was refused is not there");

    make_room(&data).unwrap();
    assert_eq!(enrol(&process, &format!("p{taken}"), &photo(0, 0)).await.0, 200);
    machine.put_file("second.jpg", &mut picture.as_slice()).await.unwrap();
    process.until("recognised", |status| status["recognition"]["let_in"] == 1).await;
    let status = process.status().await;
    assert_eq!(
        (&status["people"], &status["recognition"]["captures"]),
        (&json!(taken + 1), &json!(1)),
        "{status}"
    );
    process.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_disk_that_fills_in_the_middle_of_a_command_is_said_in_its_result() {
    const PEOPLE: usize = 16;
    let world = World::start().await;
    let directory = tempfile::tempdir().unwrap();
    let mut setup = Setup::new(directory.path(), Some(&world.platform.login_url()));
    std::fs::create_dir(&setup.data).unwrap();
    let Some(through) = small_disk(&setup.data, "24m") else { return };
    setup.through = through;
    let process = Process::start(setup).await;
    let data = process.seen(&process.setup.data);
    process.until("joined", |status| status["broker"][0]["state"] == "up").await;
    let ids: Vec<_> = (0..PEOPLE).map(|n| format!("p{n:02}")).collect();
    for id in &ids {
        world.platform.person(id, &photo(0, 0));
    }
    world.platform.facts().held.extend(ids.iter().cloned());
    let add = |message: &str| json!({"method": "add_users_plus", "messageId": message, "userid_list": ids, "extend_params": {"path": "/details"}});
    world.send(&add("first")).await;
    // Photos are fetched for a command that is in the journal.
    let begun = || async { !world.platform.facts().photo_requests.is_empty() };
    assert!(wait_until(PATIENCE, begun).await, "the command does not begin");
    leave_room(&data, 0).unwrap();
    world.platform.facts().held.clear();
    let said = || async { process.log().contains("the disk is full") };
    assert!(wait_until(PATIENCE, said).await, "{}", process.log());
    process.get("/api/v1/people").await;
    make_room(&data).unwrap();
    let result = world.result().await;
    assert_eq!(result["messageId"], "first");
    let enrolled = codes(&result).values().filter(|code| **code == 0).count();
    let status = process.status().await;
    assert_eq!((&status["people"], &status["faces"]), (&json!(enrolled), &json!(enrolled)), "{result}");
    assert!(enrolled == PEOPLE || result.to_string().contains("the disk is full"), "{result}");
    let again = world.execute(add("second")).await;
    assert!(codes(&again).values().all(|code| *code == 0) && codes(&again).len() == PEOPLE, "{again}");
    assert_eq!(process.status().await["people"], PEOPLE);
    process.stop().await;
}
