//! Everything in one file, and back: while the platform writes, after its machine is gone, from one engine to the other.

use std::collections::BTreeSet;
use std::path::Path;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use runtime::seal::KeyFile;
use runtime::testing::{PrivatePostgres, database_of, wait_until};
use runtime::{CancellationToken, Lifecycle};
use serde_json::json;

use super::exchange::{listen, next_new};
use super::scripted::{Habits, ScriptedBox, log_in};
use super::world::{PATIENCE, World, broker, folder};
use crate::app::App;
use crate::archive::{
    ArchiveError, Export, Import, Report, Table, export, exported as tables, import, restored,
};
use crate::config::{Config, Secret};
use crate::db::{Db, DbError, Tx, feed, migrate, vals};
use crate::seal::Seal;
use crate::webhooks::event_id;

const NO_BROKER: &str = "amqp://127.0.0.1:1";
const APPLIED: &str =
    "SELECT COUNT(*) FROM box_person WHERE state = 'applied' AND proved_revision = desired_revision";
const PASSPHRASE: &str = "correct horse battery";

/// A platform's configuration as [`World::start`] makes it.
fn configured(folder: &Path) -> Config {
    let mut config = Config { data_dir: folder.to_owned(), ..Config::default() };
    config.broker.url = Secret::new(NO_BROKER);
    config.vision.models = folder.join("no-models");
    config.database.url = database_of(&folder.join("database"));
    config
}

fn to(file: &Path) -> Export {
    Export { file: file.to_owned(), passphrase: Some(Secret::new(PASSPHRASE)), action: "platform.backup" }
}

fn from(file: &Path) -> Import {
    let passphrase = Some(Secret::new(PASSPHRASE));
    Import { file: file.to_owned(), passphrase, replace: false, boxes_unchanged: false }
}

fn picture(n: i64) -> Vec<u8> {
    (0..6000_i64).map(|at| (at.wrapping_mul(2_654_435_761).wrapping_add(n * 7919) >> 16) as u8).collect()
}

async fn report(world: &World, token: &str, n: i64) {
    let event = json!({
        "identity_id": format!("p{n}"), "identity_name": "Zhang San", "group_name": "default_group",
        "timestamp": 1_566_016_554_020_i64 + n, "score": 0.1 + 0.2, "ext_data": {"device_ip": "192.0.2.9", "person_type": 1,
            "device_type": "2", "spot_pic": BASE64_STANDARD.encode(picture(n))},
    });
    assert_eq!(world.post(&format!("/device/records?token={token}"), event.to_string()).await.0, 200);
}

/// Every picture of the events that are there, opened; answers how many.
async fn pictures_open(world: &World) -> u64 {
    let rows = world
        .app
        .db
        .read(|tx: &mut Tx<'_>| tx.query("SELECT identity_id, spot_key FROM event", &[]))
        .await
        .unwrap();
    for row in &rows {
        let n = row.text("identity_id").unwrap()[1..].parse().unwrap();
        let content = world.app.blobs.get(&row.text("spot_key").unwrap()).await.unwrap();
        assert!(content.is_some_and(|content| content == picture(n)), "the picture of p{n}");
    }
    rows.len() as u64
}

#[tokio::test]
async fn a_backup_made_while_the_platform_writes_brings_everything_back() {
    let (broker, before, after) = (broker().await, folder(), folder());
    let world = World::start(before.path(), &broker.url()).await;
    let dev_sno = world.add_box("RESTORE001", false).await;
    world.add_people((0..20).map(|n| format!("p{n}"))).await;
    let scripted = ScriptedBox::start(&world, &dev_sno, Habits::default()).await;
    world.until(APPLIED, 20).await;
    let token = scripted.reply.token.clone();
    for n in 0..10 {
        report(&world, &token, n).await;
    }

    let file = after.path().join("backup.tar.gz");
    let done = CancellationToken::new();
    let writing = async {
        let mut n = 10;
        while !done.is_cancelled() || n == 10 {
            report(&world, &token, n).await;
            n += 1;
        }
        n
    };
    let backing_up = async {
        let report = export(&world.app.config, to(&file)).await.unwrap();
        done.cancel();
        report
    };
    let (written, events) = tokio::join!(backing_up, writing);
    assert!(
        events > 10 && written.tables["event"] >= 10 && written.missing == 0,
        "{written:?}, {events} events"
    );
    assert_eq!(written.blobs, 20 + written.tables["event"]);
    assert_eq!(written.bytes, std::fs::metadata(&file).unwrap().len());
    let again = export(&world.app.config, to(&file)).await.unwrap_err().to_string();
    assert!(again.contains("exists already"), "{again}");
    assert_eq!(std::fs::read_dir(after.path()).unwrap().count(), 1, "nothing is left beside it");
    let audited = "SELECT COUNT(*) FROM audit WHERE action = 'platform.backup'";
    assert!(world.number(audited).await >= 1);

    // After the backup: somebody leaves, and then the machine is gone.
    world.remove_person("p0").await;
    world.until(APPLIED, 19).await;
    scripted.stop().await;
    world.stop().await;
    before.close().unwrap();

    let home = after.path().join("data");
    let config = configured(&home);
    let read = import(&config, from(&file)).await.unwrap();
    assert_eq!(read, written);
    let world = World::start(&home, &broker.url()).await;
    assert_eq!(world.number("SELECT COUNT(*) FROM person WHERE photo_key IS NOT NULL").await, 20);
    assert_eq!(pictures_open(&world).await, written.tables["event"]);
    assert_eq!(world.number("SELECT COUNT(*) FROM audit WHERE action = 'platform.import'").await, 1);
    assert_eq!(world.number(APPLIED).await, 0, "nothing is claimed of boxes that nobody has seen");
    // The box logs in again, and whoever left after the backup is brought back.
    let (refused, _) = world.post(&format!("/device/records?token={token}"), "{}").await;
    assert_eq!(refused, 401);
    let scripted = ScriptedBox::start(&world, &dev_sno, Habits::default()).await;
    world.until(APPLIED, 20).await;
    assert_eq!(scripted.people(), (0..20).map(|n| format!("p{n}")).collect::<BTreeSet<_>>());
    report(&world, &scripted.reply.token, 1_000).await;
    assert_eq!(pictures_open(&world).await, written.tables["event"] + 1);
    scripted.stop().await;
    world.stop().await;
}

#[tokio::test]
async fn who_drops_ids_they_have_seen_hears_of_everything_after_a_restore() {
    let (broker, before, after) = (broker().await, folder(), folder());
    let world = World::start(before.path(), &broker.url()).await;
    let life = Lifecycle::new(std::time::Duration::from_secs(5));
    let (_session, mut heard) =
        listen(&life, broker.broker_address(), "test.events.restored", "event.#").await;
    let dev_sno = world.add_box("RESTORE002", false).await;
    let token = log_in(&world, &dev_sno, None).await.token;
    world.until("SELECT COUNT(*) FROM feed_follower WHERE name = 'exchange'", 1).await;
    let file = after.path().join("backup.tar.gz");
    let mut known = BTreeSet::new();
    for n in 0..4 {
        report(&world, &token, n).await;
        assert_eq!(next_new(&mut heard, &mut known).await["data"]["identity_id"], format!("p{n}"));
        if n == 0 {
            export(&world.app.config, to(&file)).await.unwrap();
        }
    }
    let before_any_restore = known.iter().all(|id| id.matches('-').count() == 1);
    assert!(before_any_restore, "ids are kind and number: {known:?}");
    world.stop().await;

    let home = after.path().join("data");
    import(&configured(&home), from(&file)).await.unwrap();
    let world = World::start(&home, &broker.url()).await;
    let token = log_in(&world, &dev_sno, None).await.token;
    for n in 4..7 {
        report(&world, &token, n).await;
        assert_eq!(next_new(&mut heard, &mut known).await["data"]["identity_id"], format!("p{n}"));
    }
    world.stop().await;
    life.finish().await;
    broker.delete_queue("test.events.restored").await.unwrap();
}

#[tokio::test]
async fn who_brings_the_database_back_by_other_means_says_so() {
    let folder = folder();
    let config = configured(folder.path());
    let words = restored(&config).await.unwrap_err().to_string();
    assert!(words.contains("there is no database") || words.contains("ever started"), "{words}");
    let world = World::start(folder.path(), NO_BROKER).await;
    let dev_sno = world.add_box("RESTORE003", false).await;
    let token = log_in(&world, &dev_sno, None).await.token;
    report(&world, &token, 1).await;
    let refused =
        async || restored(&config).await.is_err_and(|error| error.to_string().contains("is running"));
    assert!(wait_until(PATIENCE, refused).await, "a platform runs");
    world.stop().await;

    restored(&config).await.unwrap();
    let world = World::start(folder.path(), NO_BROKER).await;
    let (status, _) = world.post(&format!("/device/records?token={token}"), "{}").await;
    assert_eq!(status, 401, "boxes log in again");
    report(&world, &log_in(&world, &dev_sno, None).await.token, 2).await;
    let ids = world.app.db.read(|tx: &mut Tx<'_>| {
        let told = feed::after(tx, 0, 100)?;
        Ok::<_, DbError>(
            told.iter().filter(|entry| entry.kind == feed::EVENT).map(event_id).collect::<Vec<_>>(),
        )
    });
    let dashes: Vec<usize> = ids.await.unwrap().iter().map(|id| id.matches('-').count()).collect();
    assert_eq!(dashes, [1, 2], "what was told keeps its id, what is new has one of its own");
    assert_eq!(world.number("SELECT COUNT(*) FROM audit WHERE action = 'platform.restored'").await, 1);
    world.stop().await;
}

/// A small platform that has stopped, and a file of it.
async fn exported(folder: &Path) -> (Config, std::path::PathBuf, Report) {
    let world = World::start(folder, NO_BROKER).await;
    let dev_sno = world.add_box("EXPORT0001", false).await;
    let token = log_in(&world, &dev_sno, None).await.token;
    world.add_people((0..3).map(|n| format!("p{n}"))).await;
    report(&world, &token, 1).await;
    let file = folder.join("export.tar.gz");
    let written = export(&world.app.config, to(&file)).await.unwrap();
    let config = world.app.config.clone();
    world.stop().await;
    (config, file, written)
}

#[tokio::test]
async fn what_cannot_be_imported_is_refused_and_changes_nothing() {
    let folder = folder();
    let (config, file, _) = exported(&folder.path().join("one")).await;
    let home = folder.path().join("two");
    let target = configured(&home);
    let refused = async |asked: Import, expected: &str| {
        let words = import(&target, asked).await.unwrap_err().to_string();
        assert!(words.contains(expected), "{words}");
        assert!(!home.join("platform.key").exists() && !home.join("blobs").exists(), "{words}");
    };
    let whole = std::fs::read(&file).unwrap();
    let other = folder.path().join("other.tar.gz");
    let damaged = from(&other);
    for length in [0, 10, whole.len() / 2, whole.len() - 9] {
        std::fs::write(&other, &whole[..length]).unwrap();
        refused(damaged.clone(), "other.tar.gz: it is not").await;
    }
    for at in [whole.len() / 3, whole.len() * 2 / 3] {
        let mut altered = whole.clone();
        altered[at] ^= 1;
        std::fs::write(&other, altered).unwrap();
        let words = import(&target, damaged.clone()).await.unwrap_err();
        assert!(matches!(words, ArchiveError::Damaged { .. }), "{words}");
    }
    refused(
        Import { passphrase: Some(Secret::new("another passphrase")), ..from(&file) },
        "passphrase is not",
    )
    .await;
    refused(Import { passphrase: None, ..from(&file) }, "give the passphrase").await;
    refused(from(&folder.path().join("nowhere")), "nowhere").await;

    let words = import(&config, from(&file)).await.unwrap_err().to_string();
    assert!(words.contains("is not empty"), "{words}");
    let again = import(&config, Import { replace: true, ..from(&file) }).await.unwrap();
    assert_eq!(again.tables["person"], 3);

    // Another key in the way is not overwritten.
    std::fs::create_dir_all(&home).unwrap();
    std::fs::write(home.join("platform.key"), [7; 32]).unwrap();
    let words = import(&target, from(&file)).await.unwrap_err().to_string();
    assert!(words.contains("another key"), "{words}");
    assert_eq!(std::fs::read(home.join("platform.key")).unwrap(), [7; 32]);
}

#[tokio::test]
async fn a_platform_does_not_start_on_half_an_import() {
    let folder = folder();
    let (config, file, _) = exported(folder.path()).await;
    let db = Db::open(&config.database_url()).await.unwrap();
    db.write(|tx: &mut Tx<'_>| tx.exec("UPDATE seal SET importing = 1", &[])).await.unwrap();
    let start =
        || async { App::open(config.clone(), &Lifecycle::new(std::time::Duration::from_secs(1))).await };
    let words = start().await.err().unwrap().to_string();
    assert!(words.contains("import --replace"), "{words}");
    let words = import(&config, from(&file)).await.unwrap_err().to_string();
    assert!(words.contains("not completed"), "{words}");
    import(&config, Import { replace: true, ..from(&file) }).await.unwrap();
    start().await.unwrap();
}

#[tokio::test]
async fn without_the_key_in_the_file_the_key_file_is_needed() {
    let folder = folder();
    let (config, _, _) = exported(&folder.path().join("one")).await;
    let file = folder.path().join("keyless.tar.gz");
    export(&config, Export { passphrase: None, ..to(&file) }).await.unwrap();
    let home = folder.path().join("two");
    let target = configured(&home);
    let words = import(&target, Import { passphrase: None, ..from(&file) }).await.unwrap_err().to_string();
    assert!(words.contains("without its key"), "{words}");
    std::fs::copy(config.key_file(), target.key_file())
        .or_else(|_| {
            std::fs::create_dir_all(&home)?;
            std::fs::copy(config.key_file(), target.key_file())
        })
        .unwrap();
    import(&target, Import { passphrase: None, ..from(&file) }).await.unwrap();
}

/// A database whose schema is older than this program's, as a platform of then has left it.
async fn of_version(config: &Config, version: i64) {
    std::fs::create_dir_all(&config.data_dir).unwrap();
    let db = Db::connect(&config.database_url()).await.unwrap();
    db.write(move |tx: &mut Tx<'_>| migrate::run_to(tx, Some(version))).await.unwrap();
    if version >= 3 {
        Seal::open(&db, &KeyFile::at(config.key_file())).await.unwrap();
        let person =
            "INSERT INTO person(identity_id, name, created_at, updated_at) VALUES('p1', 'Zhang San', 1, 1)";
        db.write(move |tx: &mut Tx<'_>| tx.exec(person, &[])).await.unwrap();
    }
}

async fn version_of(config: &Config) -> i64 {
    let db = Db::connect(&config.database_url()).await.unwrap();
    db.read(migrate::version).await.unwrap()
}

#[tokio::test]
async fn an_export_leaves_the_schema_of_an_older_platform_as_it_is() {
    let folder = folder();
    for version in 3..=migrate::known() {
        let config = configured(&folder.path().join(version.to_string()));
        of_version(&config, version).await;
        let file = config.data_dir.join("export.tar.gz");
        let written = export(&config, to(&file)).await.unwrap_or_else(|error| panic!("{version}: {error}"));
        assert_eq!((version_of(&config).await, written.tables["person"]), (version, 1));

        let home = folder.path().join(format!("{version} read"));
        import(&configured(&home), from(&file)).await.unwrap();
        assert_eq!(version_of(&configured(&home)).await, migrate::known(), "from {version}");
    }
}

#[tokio::test]
async fn a_schema_that_cannot_be_exported_is_refused_and_left_as_it_is() {
    let folder = folder();
    let file = folder.path().join("export.tar.gz");
    let newer = migrate::known() + 1;
    for (version, expected) in
        [(0, "no platform was ever started"), (2, "schema version 2"), (newer, "use the newer program")]
    {
        let config = configured(&folder.path().join(version.to_string()));
        of_version(&config, version.min(migrate::known())).await;
        let db = Db::connect(&config.database_url()).await.unwrap();
        if version == newer {
            let sql = "INSERT INTO schema_version(version, applied_at) VALUES($1, 1)";
            db.write(move |tx: &mut Tx<'_>| tx.exec(sql, vals![newer])).await.unwrap();
        }
        let words = export(&config, to(&file)).await.unwrap_err().to_string();
        assert!(words.contains(expected), "{words}");
        assert_eq!(version_of(&config).await, version);
        assert!(!file.exists(), "{words}");
    }
}

/// Every row but those of the audit log, as lines.
async fn dump(url: &str) -> Vec<String> {
    let db = Db::open(url).await.unwrap();
    let read = db.read(|tx: &mut Tx<'_>| {
        let mut all = Vec::new();
        let version = migrate::version(tx)?;
        for Table { name: table, key } in tables(version).into_iter().filter(|table| table.name != "audit") {
            let order = key.join(", ");
            for row in tx.query(&format!("SELECT * FROM {table} ORDER BY {order}"), &[])? {
                let mut fields: Vec<_> =
                    row.fields().map(|(name, value)| format!("{name}={value:?}")).collect();
                fields.sort();
                all.push(format!("{table}: {}", fields.join(" ")));
            }
        }
        Ok::<_, DbError>(all)
    });
    read.await.unwrap()
}

#[tokio::test]
async fn rows_move_from_sqlite_to_postgresql_and_back() {
    let folder = folder();
    let at = |name: &str| folder.path().join(name);
    let on = |name: &str, url: String| {
        let mut config = configured(&at(name));
        config.database.url = Some(url);
        config
    };
    let [one, two, three] = [
        on("one", format!("sqlite:{}", at("one").join("a.db").display())),
        on("two", PrivatePostgres::shared().fresh_database().unwrap()),
        on("three", format!("sqlite:{}", at("three").join("c.db").display())),
    ];
    let url = one.database_url();
    let world = World::start_with(&at("one"), NO_BROKER, |config| config.database.url = Some(url)).await;
    let dev_sno = world.add_box("MOVING0001", true).await;
    let token = log_in(&world, &dev_sno, None).await.token;
    world.add_people((0..250).map(|n| format!("p{n}x"))).await;
    world.add_people(["p1".to_owned()]).await;
    for n in 0..5 {
        report(&world, &token, n).await;
    }
    world.stop().await;
    let expected = dump(&one.database_url()).await;
    assert!(expected.len() > 500, "{}", expected.len());
    for (from_config, to_config, name) in [(&one, &two, "there.tar.gz"), (&two, &three, "back.tar.gz")] {
        export(from_config, to(&at(name))).await.unwrap();
        let asked = Import { boxes_unchanged: true, ..from(&at(name)) };
        import(to_config, asked).await.unwrap();
        let found = dump(&to_config.database_url()).await;
        let differ = expected.iter().zip(&found).find(|(one, two)| one != two);
        assert!(differ.is_none() && expected.len() == found.len(), "{name}: {differ:?}");
    }
    let url = three.database_url();
    let world = World::start_with(&at("three"), NO_BROKER, |config| config.database.url = Some(url)).await;
    assert_eq!(pictures_open(&world).await, 5);
    world.stop().await;
}
