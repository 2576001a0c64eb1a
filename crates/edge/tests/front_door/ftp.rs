//! A capture machine delivers by FTP: a known face is an event on the box, and whatever is no picture is refused with the
//! reason and harms nobody.

use reqwest::Method;
use runtime::testing::wait_until;
use serde_json::{Value, json};
use suppaftp::tokio::AsyncFtpStream;
use suppaftp::types::FileType;

use crate::support::photos::{bomb, megapixels, photo, scenery};
use crate::support::{Agent, PATIENCE, World};

async fn get(agent: &Agent, path: &str) -> Value {
    let answer = agent.request(|client, url| client.get(url), path).send().await.unwrap();
    assert_eq!(answer.status(), 200, "{path}");
    answer.json().await.unwrap()
}

/// A box that knows person 1, and a capture machine that has logged in to it.
async fn place(world: &World) -> (Agent, AsyncFtpStream) {
    world.platform.person("1", &photo(0, 0));
    let agent = world.joined_box().await;
    let command =
        json!({"method": "add_users_plus", "userid_list": ["1"], "extend_params": {"path": "/details"}});
    assert_eq!(world.execute(command).await["success"], true);
    let camera = json!({"name": "hall", "kind": "ftp", "directory": "hall", "user": "machine", "password": "4711",
        "address": "10.0.0.31", "door": {"kind": "log"}, "duplicate_interval": 0.0});
    let request = agent.request(|client, url| client.request(Method::POST, url), "/api/v1/cameras");
    assert_eq!(request.json(&camera).send().await.unwrap().status(), 201);
    agent.until("open", |status| status["cameras"][0]["state"] == "online").await;
    let address = std::fs::read_to_string(agent.directory.path().join("ftp.addr")).unwrap();
    let mut machine = AsyncFtpStream::connect(address).await.unwrap();
    machine.login("machine", "4711").await.unwrap();
    machine.transfer_type(FileType::Binary).await.unwrap();
    (agent, machine)
}

async fn put(machine: &mut AsyncFtpStream, name: &str, bytes: &[u8]) {
    machine.put_file(name, &mut &bytes[..]).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_known_face_is_an_event_with_what_the_machine_said() {
    let world = World::start().await;
    let (agent, mut machine) = place(&world).await;
    machine.mkdir("2026-11-21").await.unwrap();
    machine.cwd("2026-11-21").await.unwrap();
    put(&mut machine, "face.jpg.tmp", &photo(0, 1)).await;
    put(&mut machine, "face.json", br#"{"grab_fiqa_info": {"confidence": 90, "face_id": 1381}}"#).await;
    machine.rename("face.jpg.tmp", "face.jpg").await.unwrap();
    // An event is shown once its door has answered.
    let is_there = || async { !get(&agent, "/api/v1/events").await["items"][0].is_null() };
    assert!(wait_until(PATIENCE, is_there).await, "no event: {}", agent.status().await);
    let list = get(&agent, "/api/v1/events").await;
    let event = get(&agent, &format!("/api/v1/events/{}", list["items"][0]["seq"])).await;
    assert_eq!((&event["identity_id"], &event["device_type"]), (&json!("1"), &json!("1")), "{event}");
    assert_eq!(event["grab_fiqa_info"], json!({"confidence": 90, "face_id": 1381}));
    let (fiqa, estimate) = (&event["box_fiqa_info"], &event["trace"]["attributes"]);
    assert_eq!(fiqa["fiqa_result"], true, "{event}");
    let (age, sex) = (fiqa["age"].as_i64().expect("an age"), fiqa["sex"].as_i64().expect("a sex"));
    assert!((5..100).contains(&age) && estimate["age"].as_f64().unwrap().round() as i64 == age, "{event}");
    assert_eq!(sex, i64::from(estimate["male"].as_f64().unwrap() < 0.5), "0 is a man: {event}");
    assert_eq!(
        (&event["door"]["result"], &event["trace"]["source"]),
        (&json!("ok"), &json!("2026-11-21/face.jpg"))
    );
    let spool = agent.directory.path().join("ftp/hall");
    let is_empty = || async { std::fs::read_dir(&spool).unwrap().next().is_none() };
    assert!(wait_until(PATIENCE, is_empty).await, "the picture stays");

    // A box that was stopped before it judged a picture judges it at the next start.
    put(&mut machine, "late.jpg.tmp", &photo(0, 1)).await;
    let waiting = std::fs::read_dir(&spool).unwrap().next().unwrap().unwrap().path();
    let agent = {
        let (directory, config) = agent.stop().await;
        let name = waiting.file_name().unwrap().to_str().unwrap().replace(".tmp", "");
        std::fs::rename(&waiting, spool.join(name)).unwrap();
        Agent::with(directory, config).await
    };
    agent.until("judged after the start", |status| status["recognition"]["let_in"] == 1).await;
    agent.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_no_picture_is_refused_and_the_next_one_works() {
    let world = World::start().await;
    let (agent, mut machine) = place(&world).await;
    let good = photo(0, 1);
    let rubbish = [
        ("garbage.jpg", (0..5000_u32).map(|n| n.wrapping_mul(2_654_435_761).to_le_bytes()[3]).collect()),
        ("empty.jpg", Vec::new()),
        ("truncated.jpg", good[..good.len() / 2].to_vec()),
        ("megapixels.jpg", megapixels()),
        ("bomb.png", bomb()),
        ("page.jpg", b"<html>not a picture</html>".to_vec()),
    ];
    let mut reasons = Vec::new();
    for (n, (name, bytes)) in rubbish.iter().enumerate() {
        put(&mut machine, name, bytes).await;
        let status = agent.until(name, |status| status["cameras"][0]["refused"] == n + 1).await;
        reasons.push(status["cameras"][0]["last_refusal"]["reason"].as_str().unwrap().to_owned());
        assert!(reasons[n].starts_with(name), "{reasons:?}");
    }
    println!("{reasons:#?}");
    put(&mut machine, "good.jpg", &good).await;
    let status = agent.until("recognised", |status| status["events"]["kept"] == 1).await;
    assert_eq!(status["recognition"]["let_in"], 1, "{status}");
    assert_eq!(status["cameras"][0]["state"], "online", "{status}");
    agent.stop().await;
}

/// A photo of these many pixels in width, as a small JPEG.
fn small(photo: &[u8], width: u32) -> Vec<u8> {
    let directory = tempfile::tempdir().unwrap();
    let (from, to) = (directory.path().join("from"), directory.path().join("to.jpg"));
    std::fs::write(&from, photo).unwrap();
    let mut ffmpeg = std::process::Command::new("ffmpeg");
    let done = ffmpeg
        .args(["-v", "error", "-i"])
        .arg(&from)
        .args(["-vf", &format!("scale={width}:-2")])
        .arg(&to)
        .status();
    assert!(done.expect("ffmpeg is missing: run scripts/setup").success());
    std::fs::read(to).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hundred_pictures_at_once_are_all_accounted_for_and_the_box_answers_meanwhile() {
    const PICTURES: u64 = 200;
    let world = World::start().await;
    let (agent, mut machine) = place(&world).await;
    let pictures = [small(&photo(1, 0), 96), small(&photo(0, 1), 96), small(&scenery(), 160)];
    let begun = std::time::Instant::now();
    let (mut taken, mut refused) = (0, 0);
    for n in 0..PICTURES {
        let picture = &pictures[usize::try_from(n).unwrap() % pictures.len()];
        match machine.put_file(format!("{n}.jpg"), &mut picture.as_slice()).await {
            Ok(_) => taken += 1,
            Err(suppaftp::FtpError::UnexpectedResponse(answer)) if answer.status.code() == 452 => {
                refused += 1;
            }
            Err(error) => panic!("picture {n}: {error}"),
        }
    }
    println!("{taken} taken, {refused} refused in {:?}", begun.elapsed());
    let asked = std::time::Instant::now();
    let status = agent.status().await;
    let is_before_the_judges = status["recognition"]["captures"].as_u64().unwrap() < taken;
    let is_quick = asked.elapsed() < std::time::Duration::from_secs(5);
    assert!(is_before_the_judges || is_quick, "the interface waits for the judges");
    println!("{} judged when all had arrived", status["recognition"]["captures"]);
    let accounted = |status: &Value| {
        let camera = &status["cameras"][0];
        let of = |value: &Value| value.as_u64().unwrap();
        // What was refused at the door to the spool and what could not be judged is counted and named by the camera.
        of(&status["recognition"]["captures"]) + refused >= PICTURES && of(&camera["dropped"]) == 0
    };
    let status = agent.until("every picture is judged", accounted).await;
    assert_eq!(status["cameras"][0]["last_refusal"].is_null(), refused == 0, "{status}");
    let spool = agent.directory.path().join("ftp/hall");
    let is_empty = || async { std::fs::read_dir(&spool).unwrap().next().is_none() };
    assert!(wait_until(PATIENCE, is_empty).await, "pictures stay");
    let before = agent.status().await["recognition"]["let_in"].as_u64().unwrap();
    put(&mut machine, "afterwards.jpg", &photo(0, 1)).await;
    agent.until("let in", |status| status["recognition"]["let_in"].as_u64() == Some(before + 1)).await;
    agent.stop().await;
}
