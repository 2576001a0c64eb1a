//! Nothing of a face can be read from the disk or from the log, and what was erased cannot be brought back.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use protocol::FiqaLevel;
use rusqlite::Connection;
use serde_json::{Value, json};

use crate::support::World;
use crate::support::photos::{models, photo};
use crate::support::process::{Process, Setup};
use crate::support::world::codes;

/// Bytes of a window that is looked for: enough never to be met by chance.
const WINDOW: usize = 16;

/// Every file below a directory.
fn files(directory: &Path) -> Vec<PathBuf> {
    let mut all = Vec::new();
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            all.extend(files(&path));
        } else {
            all.push(path);
        }
    }
    all
}

/// The files below `directory` that hold some stretch of `secret`.
fn holders(directory: &Path, secret: &[u8]) -> Vec<PathBuf> {
    let windows: Vec<&[u8]> = secret.windows(WINDOW).step_by((secret.len() / 12).max(1)).collect();
    // Pictures begin with what all pictures begin with.
    let windows = if windows.len() > 4 { &windows[2..] } else { &windows };
    // Few places begin as one of them does, so few are looked at closely.
    let mut begins = [false; 256];
    windows.iter().for_each(|window| begins[usize::from(window[0])] = true);
    let holds = |path: &PathBuf| {
        let bytes = std::fs::read(path).unwrap_or_default();
        bytes.windows(WINDOW).any(|window| begins[usize::from(window[0])] && windows.contains(&window))
    };
    files(directory).into_iter().filter(holds).collect()
}

/// What a photo is turned into: its template as bytes, and as the 8-bit row that is searched.
fn templates(photo: &[u8]) -> [Vec<u8>; 2] {
    let engine = vision::Engine::open(&models(), 2).unwrap();
    let template = engine.judge(photo, FiqaLevel::Low).unwrap().template;
    let largest = template.values().iter().fold(0.0_f32, |most, value| most.max(value.abs()));
    let row = template.values().iter().map(|value| (value * 127.0 / largest).round() as i8 as u8).collect();
    [template.to_bytes(), row]
}

/// The sealed keys in a copy of the database.
fn slots(directory: &Path) -> Vec<Vec<u8>> {
    let db = Connection::open(directory.join("box.db")).unwrap();
    let mut statement = db.prepare("SELECT slots FROM seal_slot").unwrap();
    let blocks: Vec<Vec<u8>> =
        statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    let slots = blocks.iter().flat_map(|block| block[4096..].chunks(72));
    slots.filter(|slot| slot.iter().any(|byte| *byte != 0)).map(<[u8]>::to_vec).collect()
}

/// Copies a data directory as somebody who takes the disk would.
fn taken(data: &Path) -> tempfile::TempDir {
    let copy = tempfile::tempdir().unwrap();
    for name in ["box.db", "box.db-wal", "box.key"] {
        if data.join(name).exists() {
            std::fs::copy(data.join(name), copy.path().join(name)).unwrap();
        }
    }
    copy
}

/// Somebody who is enrolled through the box's own interface, with a further photo.
async fn enrol_locally(process: &Process, photo: &[u8], further: &[u8]) {
    let user = json!({"identity_id": "local", "reg_photo": BASE64_STANDARD.encode(photo), "group_name": "default_group", "info": {"name": "local", "type": 1}});
    let created = process.request(|client, url| client.post(url), "/SophonFogSys/api/users").json(&user);
    assert_eq!(created.send().await.unwrap().status(), 200);
    let more = process.request(|client, url| client.post(url), "/api/v1/people/local/photos");
    let more = more.header("content-type", "image/jpeg").body(further.to_vec()).send().await.unwrap();
    assert_eq!(more.status(), 201, "{}", more.text().await.unwrap());
}

async fn spot_of_first_event(process: &Process) -> Vec<u8> {
    let path = format!("/api/v1/events/{}/photos/spot", process.first_event().await["seq"]);
    let answer = process.request(|client, url| client.get(url), &path).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    answer.bytes().await.unwrap().to_vec()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_of_a_face_is_readable_on_the_disk_or_in_the_log() {
    let world = World::start().await;
    let directory = tempfile::tempdir().unwrap();
    let mut setup = Setup::new(directory.path(), Some(&world.platform.login_url())).with_camera();
    let everything = "info,edge=trace,vision=trace,runtime=trace,protocol=trace";
    setup.environment.push(("MENSHEN_LOG".into(), everything.into()));
    let process = Process::start(setup).await;
    let data = process.setup.data.clone();
    let (first, second) = (photo(0, 0), photo(1, 0));
    world.platform.person("by-address", &first);
    let inside =
        crate::support::platform::user("inside", json!({"reg_photo": BASE64_STANDARD.encode(&second)}));
    let add = |what: Value| {
        let mut command = json!({"method": "add_users_plus", "extend_params": {"path": "/details"}});
        command.as_object_mut().unwrap().extend(what.as_object().unwrap().clone());
        command
    };
    assert_eq!(codes(&world.execute(add(json!({"userid_list": ["by-address"]}))).await)["by-address"], 0);
    assert_eq!(codes(&world.execute(add(json!({"user_info_list": [inside]}))).await)["inside"], 0);
    enrol_locally(&process, &photo(1, 1), &second).await;
    process.see(&photo(0, 1));
    process.until("an event", |status| status["events"]["kept"] == 1).await;
    let spot = spot_of_first_event(&process).await;
    let secrets: Vec<Vec<u8>> = [first.clone(), second.clone(), photo(0, 1), photo(1, 1), spot]
        .into_iter()
        .chain(templates(&first))
        .chain(templates(&second))
        .chain(templates(&photo(1, 1)))
        .collect();
    let nowhere = |when: &str| {
        for (n, secret) in secrets.iter().enumerate() {
            assert_eq!(holders(&data, secret), Vec::<PathBuf>::new(), "{when}: secret {n}");
        }
    };
    nowhere("after enrolment and an event");
    for path in files(&data).iter().chain([&data]) {
        let mode = std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode & 0o077, 0, "{} can be read by others: {mode:o}", path.display());
    }
    let log = process.log();
    assert!(log.contains("TRACE") || log.contains("DEBUG"), "the log says too little to prove anything");
    for secret in &secrets {
        for start in (300..secret.len().saturating_sub(60)).step_by(secret.len() / 12 + 1) {
            let text = BASE64_STANDARD.encode(&secret[start / 3 * 3..start / 3 * 3 + 30]);
            assert!(!log.contains(&text), "a part of a picture or template is in the log");
        }
    }

    let before = taken(&data);
    let keys = slots(before.path());
    assert_eq!(keys.len(), 3);
    assert!(keys.iter().all(|key| !holders(&data, key).is_empty()));
    let delete = json!({"method": "delete_users", "userid_list": ["by-address"], "extend_params": {}});
    assert_eq!(codes(&world.execute(delete).await)["by-address"], 0);
    nowhere("after a person was deleted");
    assert_eq!(
        keys.iter().filter(|key| !holders(&data, key).is_empty()).count(),
        2,
        "the others' keys are left"
    );
    let wipe =
        json!({"method": "wipe_data", "wipe_options": {"users": true, "events": true}, "extend_params": {}});
    assert_eq!(world.execute(wipe).await["success"], true);
    nowhere("after everything was erased");
    assert!(keys.iter().all(|key| holders(&data, key).is_empty()), "a key survived the erasure");
    // The disk as it is now gives nobody back, also to whoever has the key file.
    let after = taken(&data);
    let store = edge::store::Store::open(after.path()).unwrap();
    assert_eq!(store.read(edge::store::people::count).await.unwrap(), 0);
    assert!(slots(after.path()).is_empty());
    process.stop().await;
    nowhere("after the box stopped");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_its_key_file_the_box_says_what_to_do_and_changes_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let process = Process::start(Setup::new(directory.path(), None)).await;
    let setup = process.stop().await;
    let (key, database) = (setup.data.join("box.key"), setup.data.join("box.db"));
    let kept = std::fs::read(&key).unwrap();
    std::fs::remove_file(&key).unwrap();
    let said = Process::refused(&setup).await;
    assert!(said.contains("box.key is missing") && said.contains("put it back"), "{said}");
    assert!(!key.exists());
    std::fs::write(&key, [7; 32]).unwrap();
    let said = Process::refused(&setup).await;
    assert!(said.contains("is not the key"), "{said}");
    std::fs::write(&key, kept).unwrap();
    let whole = std::fs::read(&database).unwrap();
    std::fs::remove_file(&database).unwrap();
    let said = Process::refused(&setup).await;
    assert!(said.contains("box.db is missing or empty"), "{said}");
    std::fs::write(&database, whole).unwrap();
    let process = Process::start(setup).await;
    assert_eq!(process.status().await["people"], 0);
    process.stop().await;
}
