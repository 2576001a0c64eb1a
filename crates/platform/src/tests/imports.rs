//! Imports where several processes share the database: each has a data folder of its own, and what one received another can go on with.

use std::collections::BTreeSet;
use std::io::{Cursor, Write};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

use runtime::testing::{ChaosProxy, PrivatePostgres, wait_until};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::runtime::Runtime;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::replicas::{NO_BROKER, Shared};
use super::s3::{S3, in_bucket};
use super::templates::{models, portrait};
use super::world::{PATIENCE, World, folder};
use crate::blobs::address::of_part;
use crate::config::{Config, Secret};
use crate::db::{Tx, vals};
use crate::import::copies;
use crate::import::hold::Hold;

const IMPORTS: &str = "/api/v1/people/imports";
const PASSWORD: &str = "correct horse battery";
/// What the lists say of everybody.
const NAME: &str = "Grepme Zhang";

/// A database, a photo store and a key file for several processes.
struct Cluster {
    shared: Shared,
    dir: TempDir,
}

/// A process with a data folder of its own; everything it does runs on threads of its own, so that it can be killed.
struct Process {
    world: World,
    home: PathBuf,
    token: String,
    threads: Runtime,
}

impl Cluster {
    async fn new() -> Self {
        Self { shared: Shared::new().await, dir: folder() }
    }

    fn blobs(&self) -> PathBuf {
        self.dir.path().join("blobs")
    }

    async fn start(&self, name: &str) -> Process {
        self.start_with(name, |_| {}).await
    }

    async fn start_with(&self, name: &str, change: impl FnOnce(&mut Config) + Send + 'static) -> Process {
        let (home, url) = (self.dir.path().join(name), self.shared.0.clone());
        let (data, blobs, key) = (home.clone(), self.blobs(), self.dir.path().join("shared.key"));
        let threads = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
        let threads = threads.unwrap();
        let started = threads.spawn(async move {
            let world = World::start_with(&data, NO_BROKER, |config| {
                config.database.url = Some(url);
                config.blobs.url = Some(format!("file:{}", blobs.display()));
                config.seal.key_file = Some(key);
                config.auth.admin_password = Some(Secret::new(PASSWORD));
                config.vision.models = models();
                change(config);
            });
            let world = world.await;
            crate::operator_api::first_start(&world.app).await.unwrap();
            world
        });
        let mut process = Process { world: started.await.unwrap(), home, token: String::new(), threads };
        let login = json!({"username": "admin", "password": PASSWORD}).to_string();
        let (status, opened) = process.send("/api/v1/session", login).await;
        assert_eq!(status, 201, "{opened}");
        process.token = opened["token"].as_str().unwrap().to_owned();
        process
    }

    /// A process and its line to the database, which delays every piece of data: what it is in the middle of, it is still in the
    /// middle of when it is killed.
    async fn start_slow(&self, name: &str, delay: Duration) -> (Process, ChaosProxy) {
        let line = ChaosProxy::start(PrivatePostgres::shared().address()).await.unwrap();
        let url = PrivatePostgres::url_at(line.addr(), self.shared.name());
        let process = self.start_with(name, move |config| config.database.url = Some(url)).await;
        line.delay(delay);
        (process, line)
    }

    /// The parts of files in the store.
    fn parts(&self) -> BTreeSet<PathBuf> {
        files(&self.blobs().join("import"))
    }

    /// Whether no file of the store shows what was sent.
    fn shows_nothing(&self, photo: &[u8]) -> bool {
        let middle = &photo[photo.len() / 2..][..64];
        files(&self.blobs()).iter().all(|file| {
            let content = std::fs::read(file).unwrap_or_default();
            !holds(&content, NAME.as_bytes()) && !holds(&content, middle)
        })
    }
}

impl Process {
    /// Nothing it has begun goes on, and nothing is handed back.
    fn kill(self) {
        self.threads.shutdown_background();
    }

    async fn stop(self) {
        self.threads.spawn(self.world.stop()).await.unwrap();
        self.threads.shutdown_background();
    }

    async fn send(&self, path: &str, body: impl Into<reqwest::Body>) -> (u16, Value) {
        let request = self.world.http.post(format!("{}{path}", self.world.base)).bearer_auth(&self.token);
        let request = request.header("content-type", "application/json").body(body);
        let response = request.send().await.unwrap();
        let status = response.status().as_u16();
        (status, serde_json::from_slice(&response.bytes().await.unwrap()).unwrap_or_default())
    }

    /// Sends a file that is taken; answers the id of its import.
    async fn begin(&self, query: &str, file: Vec<u8>) -> String {
        let (status, begun) = self.send(&format!("{IMPORTS}?time_zone=UTC&{query}"), file).await;
        assert_eq!(status, 201, "{begun}");
        begun["id"].as_str().unwrap().to_owned()
    }

    async fn show(&self, id: &str) -> Value {
        let asked =
            self.world.http.get(format!("{}{IMPORTS}/{id}", self.world.base)).bearer_auth(&self.token);
        let response = asked.send().await.unwrap();
        serde_json::from_slice(&response.bytes().await.unwrap()).unwrap()
    }

    /// Waits until an import is as expected.
    async fn until(&self, id: &str, expected: impl Fn(&Value) -> bool) -> Value {
        let began = Instant::now();
        loop {
            let import = self.show(id).await;
            if expected(&import) {
                return import;
            }
            assert!(began.elapsed() < PATIENCE, "{import}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    async fn done(&self, id: &str) -> Value {
        self.until(id, |import| import["finished_at"].is_i64()).await
    }

    /// The files of imports in its data folder.
    fn files(&self) -> BTreeSet<PathBuf> {
        let mut found = files(&self.home.join("imports"));
        // The mark of the place, and one that is being made.
        found.retain(|file| file.file_name().is_none_or(|name| !name.to_string_lossy().starts_with("place")));
        found
    }
}

/// All files below a folder.
fn files(folder: &Path) -> BTreeSet<PathBuf> {
    let mut found = BTreeSet::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        match entry.path() {
            path if path.is_dir() => found.append(&mut files(&path)),
            path => drop(found.insert(path)),
        }
    }
    found
}

fn holds(content: &[u8], what: &[u8]) -> bool {
    let begins = content.iter().enumerate().filter(|(_, byte)| **byte == what[0]);
    begins.map(|(at, _)| &content[at..]).any(|rest| rest.starts_with(what))
}

/// As if nothing had been written below a folder for so long.
fn age(folder: &Path, by: Duration) {
    let then = SystemTime::now() - by;
    let set = |path: &Path| std::fs::File::open(path).unwrap().set_modified(then).unwrap();
    for file in files(folder) {
        set(&file);
        set(file.parent().unwrap());
    }
}

fn list(rows: usize) -> Vec<u8> {
    let line = |row: usize| format!("p{row:04},{NAME}\n");
    format!("identity_id,name\n{}", (0..rows).map(line).collect::<String>()).into_bytes()
}

/// An archive as it would lie there: nothing in it is compressed.
fn photos(rows: usize, photo: &[u8]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for row in 0..rows {
        let plain = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
        zip.start_file(format!("p{row:04}.jpg"), plain).unwrap();
        zip.write_all(photo).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

/// Whom the audit log says an import did something to, in order.
async fn told(world: &World, action: &'static str) -> Vec<String> {
    let rows = world.app.db.read(move |tx: &mut Tx<'_>| {
        tx.query("SELECT detail FROM audit WHERE action = $1 ORDER BY seq", vals![action])
    });
    let rows = rows.await.unwrap();
    let people = |row: &crate::db::Row| row.json("detail").unwrap()["people"].as_array().unwrap().clone();
    rows.iter().flat_map(people).map(|id| id.as_str().unwrap().to_owned()).collect()
}

/// Everybody of a list, each once.
async fn all_were_done_once(world: &World, actions: &[&'static str], rows: usize) {
    let expected: Vec<String> = (0..rows).map(|row| format!("p{row:04}")).collect();
    for action in actions {
        let mut told = told(world, action).await;
        told.sort();
        assert_eq!(told, expected, "{action}");
    }
    assert_eq!(world.number("SELECT COUNT(*) FROM person").await, i64::try_from(rows).unwrap());
}

async fn copies_of(world: &World) -> (i64, i64) {
    let parts = "SELECT COALESCE(CAST(SUM(parts) AS BIGINT), 0) FROM import_file";
    (world.number("SELECT COUNT(*) FROM import_file").await, world.number(parts).await)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_import_survives_the_loss_of_its_process_and_of_its_folder() {
    const ROWS: usize = 40;
    let (cluster, photo) = (Cluster::new().await, portrait());
    let (one, line) = cluster.start_slow("one", Duration::from_millis(10)).await;
    let other = cluster.start("other").await;
    let id = one.begin("more=true", photos(ROWS, &photo)).await;
    let (status, begun) = one.send(&format!("{IMPORTS}/{id}/files"), list(ROWS)).await;
    assert_eq!(status, 200, "{begun}");
    let in_middle = |import: &Value| (1..36).contains(&import["done"].as_i64().unwrap());
    other.until(&id, in_middle).await;
    let (home, received) = (one.home.clone(), one.files());
    line.cut();
    one.kill();
    let (killed, before) = (Instant::now(), other.show(&id).await["done"].clone());
    assert_ne!(before, ROWS, "it was over too soon");

    let (files, parts) = copies_of(&other.world).await;
    assert!(files == 2 && parts > 2, "{files} files in {parts} parts");
    assert_eq!(cluster.parts().len(), usize::try_from(parts).unwrap());
    let middle = &photo[photo.len() / 2..][..64];
    assert!(
        holds(&std::fs::read(received.first().unwrap()).unwrap(), middle),
        "the archive is not compressed"
    );
    assert!(cluster.shows_nothing(&photo));
    std::fs::remove_dir_all(home).unwrap();
    other.until(&id, |import| import["done"] != before).await;
    println!("killed after {before} rows, gone on with {:?} later", killed.elapsed());

    let done = other.done(&id).await;
    assert_eq!(
        (&done["state"], &done["done"], &done["failed"], &done["message"]),
        (&json!("done"), &json!(ROWS), &json!(0), &Value::Null),
        "{done}"
    );
    all_were_done_once(&other.world, &["person.import", "photo.import"], ROWS).await;
    let with_photo = "SELECT COUNT(*) FROM person WHERE photo_key IS NOT NULL";
    assert_eq!(other.world.number(with_photo).await, i64::try_from(ROWS).unwrap());
    assert_eq!(copies_of(&other.world).await, (0, 0), "the keys are destroyed");
    let gone = wait_until(PATIENCE, || async { cluster.parts().is_empty() }).await;
    assert!(gone, "{:?}", cluster.parts());
    assert_eq!(other.files(), BTreeSet::new());
    other.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_comes_back_leaves_an_import_to_the_one_that_took_it_over() {
    const ROWS: usize = 3_000;
    let cluster = Cluster::new().await;
    let (one, line) = cluster.start_slow("one", Duration::from_millis(1)).await;
    let other = cluster.start("other").await;
    let id = one.begin("", list(ROWS)).await;
    other.until(&id, |import| import["done"].as_i64().unwrap() > 0).await;
    let home = one.home.clone();
    line.cut();
    one.kill();
    let before = other.show(&id).await;
    assert_eq!(before["state"], "running", "it is over too soon: {before}");
    other.until(&id, |import| import["done"] != before["done"]).await;
    age(&home.join("imports"), Duration::from_secs(120));
    let one = cluster.start("one").await;
    let gone = wait_until(PATIENCE, || async { one.files().is_empty() }).await;
    assert!(gone, "{:?}", one.files());
    let done = other.done(&id).await;
    assert_eq!((&done["state"], &done["done"], &done["failed"]), (&json!("done"), &json!(ROWS), &json!(0)));
    all_were_done_once(&other.world, &["person.import"], ROWS).await;
    one.stop().await;
    other.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files_of_an_import_may_come_to_any_process() {
    let (cluster, photo) = (Cluster::new().await, portrait());
    let one = cluster.start("one").await;
    let other = cluster.start("other").await;
    let id = one.begin("more=true", photos(2, &photo)).await;
    let (status, added) = other.send(&format!("{IMPORTS}/{id}/files"), list(3)).await;
    assert_eq!(status, 200, "{added}");
    let done = other.done(&id).await;
    assert_eq!(
        (&done["files"], &done["photos"], &done["done"], &done["failed"]),
        (&json!(2), &json!(2), &json!(3), &json!(0)),
        "{done}"
    );
    // What is not needed where it came first goes, once nothing has been written there for a while.
    let received = one.home.join("imports").join(&id);
    age(&one.home.join("imports"), Duration::from_secs(120));
    let gone = wait_until(PATIENCE, || async { !received.exists() }).await;
    assert!(gone, "{:?}", one.files());
    // And photos that come later, to the first again.
    let (status, added) = one.send(&format!("{IMPORTS}/{id}/files"), photos(3, &photo)).await;
    assert_eq!(status, 200, "{added}");
    one.done(&id).await;
    let with_photo = "SELECT COUNT(*) FROM person WHERE photo_key IS NOT NULL";
    assert_eq!(one.world.number(with_photo).await, 3);
    assert_eq!(copies_of(&one.world).await, (0, 0));
    let gone = wait_until(PATIENCE, || async { cluster.parts().is_empty() }).await;
    assert!(gone, "{:?}", cluster.parts());
    one.stop().await;
    other.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn copies_go_with_their_import_and_what_no_row_tells_of_is_swept_away() {
    let cluster = Cluster::new().await;
    let one = cluster.start("one").await;
    let other = cluster.start("other").await;
    let id = one.begin("more=true", list(3)).await;
    let kept = one.begin("more=true", list(3)).await;
    assert_eq!((copies_of(&one.world).await, cluster.parts().len()), ((2, 2), 2));
    let (status, cancelled) = other.send(&format!("{IMPORTS}/{id}/cancel"), "{}").await;
    assert_eq!(status, 200, "{cancelled}");
    assert_eq!((copies_of(&one.world).await, cluster.parts().len()), ((1, 1), 1));
    let late = one.send(&format!("{IMPORTS}/{id}/files"), list(3)).await;
    assert_eq!(late.0, 409, "{}", late.1);

    let lying = cluster.parts();
    let orphan = cluster.blobs().join(of_part(&kept, &"ab".repeat(16), 0));
    std::fs::write(&orphan, b"noise").unwrap();
    age(&cluster.blobs(), Duration::from_secs(7 * 3_600));
    let on_its_way = cluster.blobs().join(of_part(&kept, &"cd".repeat(16), 0));
    std::fs::write(&on_its_way, b"noise").unwrap();
    copies::sweep(&one.world.app).await.unwrap();
    let left = lying.into_iter().chain([on_its_way]).collect();
    assert_eq!(cluster.parts(), left, "only the orphan is gone");
    one.stop().await;
    other.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_slept_and_was_replaced_changes_nothing() {
    let cluster = Cluster::new().await;
    let one = cluster.start("one").await;
    let db = one.world.app.db.clone();
    let (slept, awake) = (Hold::of("7", "slept"), Hold::of("7", "awake"));
    assert!(slept.take(&db).await.unwrap() && !awake.take(&db).await.unwrap());
    assert_eq!(slept.write(&db, |_| Ok(1)).await.unwrap(), Some(1));
    db.write(|tx: &mut Tx<'_>| tx.exec("UPDATE lease SET until = 0 WHERE name = 'import:7'", &[]))
        .await
        .unwrap();
    assert!(awake.take(&db).await.unwrap());
    db.write(|tx: &mut Tx<'_>| {
        tx.exec("UPDATE lease SET until = until + 600000 WHERE name = 'import:7'", &[])
    })
    .await
    .unwrap();
    assert_eq!(slept.write(&db, |_| Ok(1)).await.unwrap(), None);
    assert_eq!(slept.during(&db, std::future::pending::<Result<(), _>>()).await.unwrap(), None);
    one.stop().await;
}

/// A process whose photo store is a bucket at this address.
async fn at_bucket(cluster: &Cluster, name: &str, address: SocketAddr) -> Process {
    cluster.start_with(name, move |config| in_bucket(config, address)).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_store_that_is_away_is_told_of_and_waited_for() {
    drop(rustls::crypto::ring::default_provider().install_default());
    let Some(s3) = S3::start().await else { return };
    let cluster = Cluster::new().await;
    let line = ChaosProxy::start(s3.address).await.unwrap();
    let one = at_bucket(&cluster, "one", s3.address).await;
    let other = at_bucket(&cluster, "other", line.addr()).await;

    line.cut();
    let (status, refused) = other.send(IMPORTS, list(3)).await;
    assert_eq!((status, &refused["error"]["code"]), (503, &json!("unavailable")), "{refused}");
    let none_is_left = "SELECT COUNT(*) FROM person_import WHERE state <> 'failed'";
    assert_eq!((other.world.number(none_is_left).await, copies_of(&other.world).await), (0, (0, 0)));
    assert_eq!(other.files(), BTreeSet::new());

    // Taken over while the store is away: it waits, says for what, and goes on.
    let id = one.begin("more=true", list(3)).await;
    let home = one.home.clone();
    one.kill();
    std::fs::remove_dir_all(home).unwrap();
    let ready = "UPDATE person_import SET state = 'checking' WHERE state = 'receiving'";
    other.world.write(move |tx| tx.exec(ready, &[])).await;
    let waits = other.until(&id, |import| import["message"].is_string()).await;
    assert!(waits["message"].as_str().unwrap().contains("cannot be fetched"), "{waits}");
    line.restore();
    let done = other.done(&id).await;
    assert_eq!((&done["state"], &done["done"], &done["message"]), (&json!("done"), &json!(3), &Value::Null));
    assert_eq!(copies_of(&other.world).await, (0, 0));
    let left = || async {
        let left = other.world.app.blobs.parts_before(i64::MAX);
        futures_util::TryStreamExt::try_collect::<Vec<String>>(left).await.unwrap()
    };
    let gone = wait_until(PATIENCE, || async { left().await.is_empty() }).await;
    assert!(gone, "{:?}", left().await);
    other.stop().await;
}
