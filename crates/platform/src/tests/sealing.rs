//! Nothing on disk shows a face: photos, pictures, what earlier versions left, what was erased.

use std::path::Path;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use protocol::IdentityId;
use runtime::Lifecycle;
use runtime::testing::wait_until;
use serde_json::json;
use sha2::{Digest as _, Sha256};

use super::scripted::log_in;
use super::world::{PATIENCE, World, folder};
use crate::app::App;
use crate::blobs::hex;
use crate::config::{Config, Secret};
use crate::db::{Tx, vals};
use crate::seal::Label;
use crate::start::StartError;

const NO_BROKER: &str = "amqp://127.0.0.1:1";
const TAKEN_AT: i64 = 1_566_016_554_020;

/// How many files below `folder` hold these bytes.
fn holders(folder: &Path, wanted: &[u8]) -> usize {
    let mut found = 0;
    for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let path = entry.path();
        // A side file of the database may go meanwhile.
        found += match path.is_dir() {
            true => holders(&path, wanted),
            false => std::fs::read(&path)
                .is_ok_and(|bytes| bytes.windows(wanted.len()).any(|window| window == wanted))
                .into(),
        };
    }
    found
}

async fn report(world: &World, token: &str, person: &str, picture: &[u8]) {
    let event = json!({
        "identity_id": person, "identity_name": "Zhang San", "group_name": "default_group", "timestamp": TAKEN_AT,
        "score": 0.62, "ext_data": {"device_ip": "192.0.2.9", "person_type": 1, "device_type": "2",
            "spot_pic": BASE64_STANDARD.encode(picture)},
    });
    assert_eq!(world.post(&format!("/device/records?token={token}"), event.to_string()).await.0, 200);
}

async fn one_text(world: &World, sql: &'static str) -> String {
    let read =
        world.app.db.read(move |tx: &mut Tx<'_>| tx.first(sql, &[])?.map(|row| row.text("t")).transpose());
    read.await.unwrap().expect("a row")
}

#[tokio::test]
async fn no_file_shows_a_face_and_what_is_erased_is_noise() {
    let folder = folder();
    let world = World::start(folder.path(), NO_BROKER).await;
    let dev_sno = world.add_box("SEALED0001", false).await;
    let token = log_in(&world, &dev_sno, None).await.token;
    world.add_people(["p1".to_owned()]).await;
    let picture: Vec<u8> = (0..9000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    report(&world, &token, "p1", &picture).await;

    let photo_key = one_text(&world, "SELECT photo_key AS t FROM person").await;
    let spot_key = one_text(&world, "SELECT spot_key AS t FROM event").await;
    assert_eq!(world.app.blobs.get(&photo_key).await.unwrap().unwrap(), "\u{ff}photo of p1");
    assert_eq!(world.app.blobs.get(&spot_key).await.unwrap().unwrap(), picture);
    let hash = hex(&Sha256::digest("\u{ff}photo of p1"));
    assert_eq!(
        world.get(&format!("/device/photos/{hash}?token={token}")).await.1,
        "\u{ff}photo of p1".as_bytes()
    );
    assert!(!photo_key.contains(&hash[2..]));
    for plain in [&picture[4000..4032], b"photo of p1"] {
        assert_eq!(holders(folder.path(), plain), 0);
    }

    // Whoever kept a copy of the blob and has the key file finds nothing that opens it.
    let copy = world.app.blobs.stored(&photo_key).await.unwrap().unwrap();
    let sealed = world.app.db.read(|tx: &mut Tx<'_>| {
        let row = tx.first("SELECT sealed FROM person_key", &[])?;
        row.map(|row| row.bytes("sealed")).transpose()
    });
    let sealed = sealed.await.unwrap().unwrap();
    let in_files = world.app.config.database_url().starts_with("sqlite:");
    assert!(holders(folder.path(), &sealed[24..]) > 0 || !in_files, "the key is where it is looked for");
    world.remove_person("p1").await;
    world.app.forget_photo(photo_key.clone()).await;
    assert!(world.app.blobs.stored(&photo_key).await.unwrap().is_none());
    world.app.blobs.store_again(&photo_key, copy.clone()).await.unwrap();
    assert!(world.app.blobs.get(&photo_key).await.unwrap().is_none());
    world.add_people(["p1".to_owned()]).await;
    let another = world.app.seal.person(&IdentityId::new("p1")).await.unwrap();
    assert!(another.open(Label::Blob(&photo_key), &copy).is_err());
    let gone = || async { holders(folder.path(), &sealed[24..]) == 0 };
    assert!(wait_until(PATIENCE, gone).await, "the destroyed key is still in a file");
    world.stop().await;
}

#[tokio::test]
async fn a_platform_does_not_start_without_the_key_of_its_database() {
    let folder = folder();
    World::start(folder.path(), NO_BROKER).await.stop().await;
    let file = folder.path().join("platform.key");
    let key = std::fs::read(&file).unwrap();
    let start = || async {
        let mut config = Config { data_dir: folder.path().to_owned(), ..Config::default() };
        config.broker.url = Secret::new(NO_BROKER);
        config.database.url = runtime::testing::database_of(&folder.path().join("database"));
        App::open(config, &Lifecycle::new(std::time::Duration::from_secs(1))).await.err()
    };
    std::fs::write(&file, [1; 32]).unwrap();
    let Some(StartError::Configuration(words)) = start().await else { panic!("it must not start") };
    assert!(words.starts_with("seal.key_file: ") && words.contains("put back the key file"), "{words}");
    std::fs::remove_file(&file).unwrap();
    let Some(StartError::Configuration(words)) = start().await else { panic!("it must not start") };
    assert!(words.contains("is missing") && words.contains("from its copy"), "{words}");
    assert!(!file.exists(), "no new key is made");

    // Elsewhere is as good, and two processes share it.
    let elsewhere = folder.path().join("elsewhere.key");
    std::fs::write(&elsewhere, key).unwrap();
    let with_key = |config: &mut Config| config.seal.key_file = Some(elsewhere.clone());
    let one = World::start_with(folder.path(), NO_BROKER, with_key).await;
    let two = World::start_with(folder.path(), NO_BROKER, with_key).await;
    one.add_people(["p1".to_owned()]).await;
    let address = one_text(&one, "SELECT photo_key AS t FROM person").await;
    assert_eq!(two.app.blobs.get(&address).await.unwrap().unwrap(), "\u{ff}photo of p1");
    one.stop().await;
    two.stop().await;
}

#[tokio::test]
async fn what_an_earlier_version_stored_opens_and_is_sealed_in_the_background() {
    let folder = folder();
    let world = World::start(folder.path(), NO_BROKER).await;
    let dev_sno = world.add_box("SEALED0002", false).await;
    let token = log_in(&world, &dev_sno, None).await.token;
    let people: Vec<_> = (0..60).map(|n| format!("p{n:02}")).collect();
    world.add_people(people.clone()).await;
    for person in &people {
        report(&world, &token, person, b"\xff\xd8\xffx").await;
    }
    let database = world.app.config.database_url();
    world.stop().await;

    // As an earlier version left it: plain, under the hash, shared by whoever has the same.
    let blobs = folder.path().join("blobs");
    std::fs::remove_dir_all(&blobs).unwrap();
    let plain = |area: &str, content: &[u8]| {
        let hash = hex(&Sha256::digest(content));
        let key = format!("{area}/{}/{}", &hash[..2], &hash[2..]);
        std::fs::create_dir_all(blobs.join(&key[..key.len() - 62])).unwrap();
        std::fs::write(blobs.join(&key), content).unwrap();
        key
    };
    let (photo, spot) = (plain("person", b"one photo of all"), plain("event", b"one picture of all"));
    plain("event", b"nobody's picture");
    let db = crate::db::Db::open(&database).await.unwrap();
    let earlier = db.write(move |tx: &mut Tx<'_>| {
        tx.exec("UPDATE person SET photo_key = $1", vals![photo])?;
        tx.exec("UPDATE event SET spot_key = $1", vals![spot])?;
        tx.exec("DELETE FROM person_key", &[])?;
        tx.exec("UPDATE seal SET complete = 0", &[])
    });
    earlier.await.unwrap();
    drop(db);

    let world = World::start(folder.path(), NO_BROKER).await;
    let address =
        one_text(&world, "SELECT photo_key AS t FROM person ORDER BY identity_id DESC LIMIT 1").await;
    let opened = world.app.blobs.get(&address).await.unwrap();
    assert!(opened.is_none_or(|photo| photo == "one photo of all"), "plain or sealed, or just moved");
    world.until("SELECT complete FROM seal", 1).await;
    for plain in [&b"one photo of all"[..], b"one picture of all", b"nobody's picture"] {
        assert_eq!(holders(&blobs, plain), 0);
    }
    let keys = world.app.db.read(|tx: &mut Tx<'_>| {
        tx.query("SELECT photo_key AS t FROM person UNION ALL SELECT spot_key AS t FROM event", &[])
    });
    let mut opened = 0;
    for row in keys.await.unwrap() {
        let content = world.app.blobs.get(&row.text("t").unwrap()).await.unwrap().unwrap();
        assert!(content == "one photo of all" || content == "one picture of all");
        opened += 1;
    }
    assert_eq!(opened, 120);
    world.stop().await;
}
