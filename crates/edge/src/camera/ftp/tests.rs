//! The server with a real client, on real sockets; the test judges.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use runtime::Lifecycle;
use runtime::testing::wait_until;
use serde_json::{Value, json};
use suppaftp::types::FileType;
use suppaftp::{FtpError, FtpResult, Mode, tokio::AsyncFtpStream};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::camera::{Cameras, Capture, Health, Image, Inlets, Intake, Receipt, Status};
use crate::config::{self, Config};
use crate::store::Store;

/// Generous: the machine may be busy with other tests.
const PATIENCE: Duration = Duration::from_secs(90);

struct World {
    directory: Arc<TempDir>,
    life: Lifecycle,
    intake: Arc<Intake>,
    cameras: Cameras,
}

#[allow(clippy::needless_pass_by_value, reason = "every caller makes it on the spot")]
fn camera(name: &str, keys: Value) -> config::Camera {
    let mut all = json!({"name": name, "kind": "ftp", "directory": name});
    all.as_object_mut().unwrap().extend(keys.as_object().unwrap().clone());
    serde_json::from_value(all).unwrap()
}

/// A camera with an account of its own.
fn own(name: &str) -> config::Camera {
    camera(name, json!({"password": format!("secret of {name}")}))
}

fn start_in(
    directory: Arc<TempDir>,
    cameras: &[config::Camera],
    change: impl FnOnce(&mut config::Ftp),
) -> World {
    let mut config = Config { data_dir: directory.path().to_owned(), ..Config::default() };
    config.ftp.listen = "127.0.0.1:0".parse().unwrap();
    config.ftp.passive_ports = [20_000, 60_000];
    change(&mut config.ftp);
    let life = Lifecycle::new(Duration::from_secs(20));
    let sealer = Store::open(&directory.path().join("data")).unwrap().sealer();
    let intake = Arc::new(Intake::default());
    let inlets = Arc::new(Inlets::new(&life, &config, cameras, sealer));
    let cameras = Cameras::with(&life, cameras, &intake, inlets);
    World { directory, life, intake, cameras }
}

async fn start(cameras: &[config::Camera], change: impl FnOnce(&mut config::Ftp)) -> World {
    let world = start_in(Arc::new(tempfile::tempdir().unwrap()), cameras, change);
    for camera in cameras {
        world.until(&camera.name, |status| status.health == Health::Online).await;
    }
    world
}

impl World {
    fn address(&self) -> String {
        std::fs::read_to_string(self.directory.path().join("ftp.addr")).unwrap()
    }

    fn status(&self, camera: &str) -> Status {
        self.cameras.status().into_iter().find(|status| status.name == camera).unwrap()
    }

    async fn until(&self, camera: &str, wanted: impl Fn(&Status) -> bool) -> Status {
        let reached = wait_until(PATIENCE, || async { wanted(&self.status(camera)) }).await;
        assert!(reached, "{:?}", self.status(camera));
        self.status(camera)
    }

    async fn until_refused(&self, camera: &str, number: u64) -> String {
        let status = self.until(camera, |status| status.refused == number).await;
        status.last_refusal.unwrap().reason
    }

    async fn client(&self) -> AsyncFtpStream {
        let mut client = AsyncFtpStream::connect(self.address()).await.unwrap();
        client.set_mode(Mode::Passive);
        client
    }

    /// Somebody who has logged in.
    async fn logged_in(&self, user: &str, password: &str) -> AsyncFtpStream {
        let mut client = self.client().await;
        client.login(user, password).await.unwrap();
        client.transfer_type(FileType::Binary).await.unwrap();
        client
    }

    async fn own(&self, camera: &str) -> AsyncFtpStream {
        self.logged_in(camera, &format!("secret of {camera}")).await
    }

    async fn next(&self) -> Capture {
        tokio::time::timeout(PATIENCE, self.intake.next()).await.expect("no capture came").unwrap()
    }

    /// Whether nothing comes for a moment.
    async fn is_quiet(&self) -> bool {
        tokio::time::timeout(Duration::from_millis(900), self.intake.next()).await.is_err()
    }

    fn spool(&self, camera: &str) -> PathBuf {
        self.directory.path().join("ftp").join(camera)
    }

    async fn until_empty(&self, camera: &str) {
        let left = || names(&self.spool(camera));
        assert!(wait_until(PATIENCE, || async { left().is_empty() }).await, "{:?}", left());
    }

    async fn stop(self) -> Arc<TempDir> {
        assert_eq!(self.life.finish().await, Vec::<String>::new());
        self.directory
    }
}

fn names(folder: &Path) -> Vec<String> {
    std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .collect()
}

/// What passes for a JPEG by its ends, `n` somewhere in it.
fn jpeg(n: usize) -> Vec<u8> {
    let mut bytes = vec![0xff, 0xd8, 0xff, 0xda, 0, 2];
    bytes.extend(format!("picture {n}").bytes().cycle().take(20_000));
    bytes.extend([0xff, 0xd9]);
    bytes
}

async fn put(client: &mut AsyncFtpStream, name: &str, bytes: &[u8]) -> FtpResult<u64> {
    client.put_file(name, &mut &bytes[..]).await
}

fn code(result: FtpResult<u64>) -> u32 {
    match result {
        Err(FtpError::UnexpectedResponse(response)) => response.status.code(),
        other => panic!("not refused: {other:?}"),
    }
}

fn bytes(capture: &Capture) -> &[u8] {
    let Image::Encoded(bytes) = &capture.image else { panic!("not a file") };
    bytes
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hundred_uploads_at_once_come_once_each() {
    let world = start(&[own("front")], |_| {}).await;
    let begun = std::time::Instant::now();
    let mut clients = Vec::new();
    for c in 0..8 {
        let mut client = world.own("front").await;
        clients.push(tokio::spawn(async move {
            for n in 0..25 {
                put(&mut client, &format!("snap-{}.jpg", c * 25 + n), &jpeg(c * 25 + n)).await.unwrap();
            }
            client.quit().await.unwrap();
        }));
    }
    let mut seen = HashSet::new();
    for _ in 0..200 {
        let mut capture = world.next().await;
        let n: usize = capture.source.trim_start_matches("snap-").trim_end_matches(".jpg").parse().unwrap();
        assert_eq!(bytes(&capture), jpeg(n));
        assert!(seen.insert(n), "{n} came twice");
        capture.settle(Receipt::Judged(Vec::new()));
    }
    for client in clients {
        client.await.unwrap();
    }
    println!("200 uploads of 20 kB by 8 clients were received and taken in {:?}", begun.elapsed());
    world.until_empty("front").await;
    assert!(world.is_quiet().await);
    assert_eq!((world.status("front").captures, world.status("front").refused), (200, 0));
    world.stop().await;
}

#[tokio::test]
async fn an_upload_is_taken_under_its_final_name_and_a_broken_one_never() {
    let world = start(&[own("front")], |_| {}).await;
    let mut client = world.own("front").await;
    client.mkdir("2026-11-21").await.unwrap();
    client.cwd("2026-11-21/001").await.unwrap();
    assert_eq!(client.pwd().await.unwrap(), "/2026-11-21/001");
    put(&mut client, "a.jpg.tmp", &jpeg(1)).await.unwrap();
    assert_eq!(client.nlst(None).await.unwrap(), ["a.jpg.tmp"]);
    assert!(world.is_quiet().await, "a temporary name is not taken");
    client.rename("a.jpg.tmp", "a.jpg").await.unwrap();
    let mut capture = world.next().await;
    assert_eq!(capture.source, "2026-11-21/001/a.jpg");
    assert_eq!(capture.camera.device_type.as_str(), "1");
    assert_eq!(names(&world.spool("front")).len(), 1, "a box that dies now takes it again");
    capture.settle(Receipt::Judged(Vec::new()));
    world.until_empty("front").await;

    // Half a picture, and the client is gone.
    let mut transfer = client.put_with_stream("b.jpg").await.unwrap();
    transfer.write_all(&jpeg(2)[..9000]).await.unwrap();
    transfer.flush().await.unwrap();
    drop(transfer);
    drop(client);
    let reason = world.until_refused("front", 1).await;
    assert!(reason.starts_with("2026-11-21/001/b.jpg: ") && reason.contains("broke off"), "{reason}");
    assert!(world.is_quiet().await);
    world.until_empty("front").await;
    world.stop().await;
}

#[tokio::test]
async fn what_a_capture_machine_says_of_its_picture_comes_with_it() {
    let world = start(&[own("front")], |_| {}).await;
    let mut client = world.own("front").await;
    let note = json!({"grab_fiqa_info": {"confidence": 90, "face_id": 1381, "sex": 1}}).to_string();
    put(&mut client, "1.json", note.as_bytes()).await.unwrap();
    put(&mut client, "1.jpg", &jpeg(1)).await.unwrap();
    let mut before = world.next().await;
    assert_eq!((before.source.as_str(), &before.grab_fiqa_info["face_id"]), ("1.jpg", &json!(1381)));
    before.settle(Receipt::Judged(Vec::new()));
    put(&mut client, "d/2.jpg", &jpeg(2)).await.unwrap();
    put(&mut client, "d/2.jpg.json", b"{\"confidence\": 70}").await.unwrap();
    let mut after = world.next().await;
    assert_eq!((after.source.as_str(), &after.grab_fiqa_info["confidence"]), ("d/2.jpg", &json!(70)));
    after.settle(Receipt::Judged(Vec::new()));
    put(&mut client, "3.json", b"{\"confid").await.unwrap();
    put(&mut client, "3.jpg", &jpeg(3)).await.unwrap();
    let mut wrong = world.next().await;
    assert!(wrong.grab_fiqa_info.is_empty());
    wrong.settle(Receipt::Judged(Vec::new()));
    let reason = world.until_refused("front", 1).await;
    assert!(reason.starts_with("the note of 3.jpg: not a JSON object"), "{reason}");
    world.until_empty("front").await;
    world.stop().await;
}

#[tokio::test]
async fn what_a_power_cut_left_is_taken_at_the_next_start() {
    let world = start(&[own("front")], |_| {}).await;
    let mut client = world.own("front").await;
    put(&mut client, "人脸/left.jpg", &jpeg(7)).await.unwrap();
    drop(world.next().await);
    let spool = world.spool("front");
    let directory = world.stop().await;
    let [waiting] = names(&spool).try_into().unwrap();
    let (sealed, plain) = (std::fs::read(spool.join(waiting)).unwrap(), jpeg(7));
    assert!(!sealed.windows(16).any(|window| window == &plain[..16]), "whoever takes the disk sees it");
    std::fs::write(spool.join("0000000000000003.part"), b"half").unwrap();
    std::fs::write(spool.join("unknown"), b"whatever").unwrap();
    let former = directory.path().join("ftp/former");
    std::fs::create_dir(&former).unwrap();
    std::fs::write(former.join("0000000000000003-a.jpg"), jpeg(1)).unwrap();
    let world = start_in(directory, &[own("front")], |_| {});
    let mut left = world.next().await;
    assert_eq!((left.source.as_str(), bytes(&left)), ("人脸/left.jpg", &jpeg(7)[..]));
    left.settle(Receipt::Judged(Vec::new()));
    let is_gone = || async { !former.exists() };
    assert!(wait_until(PATIENCE, is_gone).await, "a former camera's pictures are removed");
    let only_the_unknown = || async { names(&spool) == ["unknown"] };
    assert!(wait_until(PATIENCE, only_the_unknown).await, "{:?}", names(&spool));
    world.stop().await;
}

#[tokio::test]
async fn nobody_gets_in_without_a_password_or_out_of_the_own_directory() {
    let open = camera("open", json!({}));
    let world = start(&[own("front"), own("back")], |_| {}).await;
    world.cameras.add(open).unwrap();
    let status = world.until("open", |status| matches!(status.health, Health::Offline { .. })).await;
    assert!(format!("{status:?}").contains("ftp.password"), "{status:?}");
    for (user, password) in
        [("front", "wrong"), ("front", ""), ("anonymous", "me@here"), ("camera", "camera")]
    {
        assert!(world.client().await.login(user, password).await.is_err(), "{user}");
    }
    assert!(world.until_refused("front", 2).await.contains("wrong password from 127.0.0.1"));
    let mut client = world.own("front").await;
    for evil in ["../../evil.jpg", "/../../../../tmp/evil.jpg", "a/../../evil.jpg", "..\\..\\evil.jpg"] {
        assert_eq!(code(put(&mut client, evil, &jpeg(1)).await), 553, "{evil}");
    }
    assert!(client.cwd("../back").await.is_err());
    assert!(client.mkdir("../x").await.is_err());
    put(&mut client, "mine.jpg.tmp", &jpeg(1)).await.unwrap();
    assert!(client.retr_as_stream("mine.jpg.tmp").await.is_err(), "nothing can be read back");
    let mut other = world.own("back").await;
    assert!(other.nlst(None).await.unwrap().is_empty());
    assert!(other.rename("mine.jpg.tmp", "mine.jpg").await.is_err());
    assert!(world.is_quiet().await);
    world.stop().await;
}

#[tokio::test]
async fn the_account_of_all_cameras_delivers_by_directory() {
    let cameras = [camera("front", json!({"directory": "share/front"})), camera("back", json!({}))];
    let world = start(&cameras, |ftp| ftp.password = Some("for all".into())).await;
    let mut client = world.logged_in("camera", "for all").await;
    assert_eq!(client.nlst(None).await.unwrap(), ["back", "share"]);
    assert_eq!(code(put(&mut client, "lost.jpg", &jpeg(1)).await), 553);
    assert!(client.cwd("elsewhere").await.is_err());
    client.cwd("share").await.unwrap();
    client.cwd("front").await.unwrap();
    put(&mut client, "1.jpg", &jpeg(1)).await.unwrap();
    put(&mut client, "/back/2026/2.jpg", &jpeg(2)).await.unwrap();
    let mut seen = Vec::new();
    for _ in 0..2 {
        let mut capture = world.next().await;
        seen.push((capture.camera.name.clone(), capture.source.clone()));
        capture.settle(Receipt::Judged(Vec::new()));
    }
    seen.sort();
    assert_eq!(seen, [("back".into(), "2026/2.jpg".into()), ("front".into(), "1.jpg".into())]);
    for (name, directory, word) in [("side", "back", "directory"), ("side", "share", "directory")] {
        world.cameras.add(camera(name, json!({"directory": directory}))).unwrap();
        let status = world.until(name, |status| matches!(status.health, Health::Offline { .. })).await;
        assert!(format!("{status:?}").contains(word), "{status:?}");
        world.cameras.remove(name).await;
    }
    world.stop().await;
}

#[tokio::test]
async fn what_is_too_much_is_refused_with_the_reason() {
    let limits = |ftp: &mut config::Ftp| {
        (ftp.max_file_mb, ftp.max_waiting, ftp.max_waiting_mb, ftp.max_sessions) = (1, 3, 2, 4);
    };
    let world = start(&[own("front")], limits).await;
    let mut client = world.own("front").await;
    let large = vec![7; (1 << 20) + 1];
    // The client may notice only when it writes on that nobody listens any more.
    assert!(put(&mut client, "large.jpg", &large).await.is_err());
    assert!(world.until_refused("front", 1).await.contains("larger than 1048576 bytes"));
    drop(client);
    let mut client = world.own("front").await;
    for n in 0..3 {
        put(&mut client, &format!("{n}.tmp"), &jpeg(n)).await.unwrap();
    }
    assert_eq!(code(put(&mut client, "4.tmp", &jpeg(4)).await), 452);
    assert!(world.until_refused("front", 2).await.contains("ftp.max_waiting"));
    client.rm("2.tmp").await.unwrap();
    put(&mut client, "notes.txt", b"not a picture").await.unwrap();
    assert!(world.until_refused("front", 3).await.contains("not a JPEG"));

    let _second = world.client().await;
    let mut third = TcpStream::connect(world.address()).await.unwrap();
    let mut answer = String::new();
    third.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("421 too many"), "{answer}");
    client.quit().await.unwrap();
    let flooded = wait_until(PATIENCE, || async {
        let mut flood = TcpStream::connect(world.address()).await.unwrap();
        // It is cut off in the middle of this line.
        let _ = flood.write_all(&vec![b'x'; 1 << 20]).await;
        let mut answer = Vec::new();
        let _ = flood.read_to_end(&mut answer).await;
        !answer.starts_with(b"421")
    });
    assert!(flooded.await, "an endless line is not cut off");
    assert!(world.is_quiet().await);
    world.stop().await;
}

#[tokio::test]
async fn the_server_comes_with_the_first_camera_and_goes_with_the_last() {
    let world = start(&[], |_| {}).await;
    assert!(!world.directory.path().join("ftp.addr").exists());
    world.cameras.add(own("front")).unwrap();
    world.until("front", |status| status.health == Health::Online).await;
    let mut client = world.own("front").await;
    world.cameras.add(own("back")).unwrap();
    world.until("back", |status| status.health == Health::Online).await;
    world.cameras.remove("front").await;
    let ended = async {
        while client.noop().await.is_ok() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(PATIENCE, ended).await.expect("its session goes on");
    let mut other = world.own("back").await;
    other.noop().await.unwrap();
    world.cameras.remove("back").await;
    let address = world.address();
    let closed = wait_until(PATIENCE, || async { TcpStream::connect(&address).await.is_err() });
    assert!(closed.await, "nobody needs the server");
    world.stop().await;
}

#[tokio::test]
async fn old_machines_are_called_back() {
    let world = start(&[own("front")], |_| {}).await;
    let client = AsyncFtpStream::connect(world.address()).await.unwrap();
    let mut client = client.active_mode(PATIENCE);
    client.login("front", "secret of front").await.unwrap();
    put(&mut client, "1.jpg", &jpeg(1)).await.unwrap();
    let mut client = world.own("front").await;
    client.set_mode(Mode::ExtendedPassive);
    put(&mut client, "2.jpg", &jpeg(2)).await.unwrap();
    let mut seen = HashSet::new();
    for _ in 0..2 {
        let mut capture = world.next().await;
        seen.insert(capture.source.clone());
        capture.settle(Receipt::Judged(Vec::new()));
    }
    assert_eq!(seen, HashSet::from(["1.jpg".into(), "2.jpg".into()]));
    world.stop().await;
}
