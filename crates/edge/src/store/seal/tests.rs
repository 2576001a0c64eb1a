//! What is sealed opens for its owner only; what is erased is in no file; a database from before is sealed once.

use std::collections::BTreeSet;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use super::*;
use crate::config;
use crate::store::people::{self, NewFace, NewPerson, Upserted};
use crate::store::{Store, cameras, events, migrations, settings};

/// Bytes that stand for a photo: never twice the same, and nothing else looks like them.
fn noise(seed: u8, length: usize) -> Vec<u8> {
    let mut state = 0x1234_5678_9abc_def0_u64 ^ u64::from(seed) << 32;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 56) as u8
    };
    (0..length).map(|_| next()).collect()
}

fn person(id: &str, seed: u8) -> NewPerson {
    NewPerson {
        identity_id: id.into(),
        name: format!("person {id}"),
        kind: 1,
        register_type: 1,
        groups: vec!["0".into()],
        info: serde_json::Map::new(),
        face: Some(NewFace { pack: "p".into(), template: noise(seed, 512), photo: noise(seed ^ 0xff, 9000) }),
    }
}

async fn put(store: &Store, id: &str, seed: u8) -> u32 {
    let (sealer, new) = (store.sealer(), person(id, seed));
    match store.erase(move |db| people::upsert(db, &sealer, &new, 100_000, 1), |_| {}).await.unwrap() {
        Upserted::Written(key) => key,
        other => panic!("{other:?}"),
    }
}

/// Whether 16 bytes out of the middle of `wanted` are in any file of the directory.
fn holds(directory: &Path, wanted: &[u8]) -> bool {
    let at = wanted.len().saturating_sub(16) / 2;
    let middle = &wanted[at..at + 16];
    std::fs::read_dir(directory).unwrap().any(|entry| {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap();
        bytes.windows(16).any(|window| window == middle)
    })
}

/// How many of these are in some file of the directory, as [`holds`] says; all files are read once.
fn how_many(directory: &Path, wanted: &[Vec<u8>]) -> usize {
    let middle = |wanted: &Vec<u8>| -> [u8; 16] {
        let at = wanted.len().saturating_sub(16) / 2;
        wanted[at..at + 16].try_into().unwrap()
    };
    let middles: BTreeSet<[u8; 16]> = wanted.iter().map(middle).collect();
    let mut begins = vec![false; 1 << 16];
    for middle in &middles {
        begins[usize::from(u16::from_be_bytes([middle[0], middle[1]]))] = true;
    }
    let mut found = BTreeSet::new();
    for entry in std::fs::read_dir(directory).unwrap() {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap();
        for window in bytes.windows(16) {
            if begins[usize::from(u16::from_be_bytes([window[0], window[1]]))] && middles.contains(window) {
                found.insert(window.to_vec());
            }
        }
    }
    found.len()
}

#[test]
fn what_is_sealed_opens_under_the_same_label_only() {
    let key = Key::of(&KeyBytes::new([1; KEY]));
    let sealed = key.seal(Label::Photo(7), b"a face").unwrap();
    assert_eq!(key.open(Label::Photo(7), &sealed).unwrap(), b"a face");
    for label in [Label::Photo(8), Label::Template(7), Label::PersonKey(7), Label::Spot(7), Label::Proof] {
        assert!(key.open(label, &sealed).is_err(), "{label:?}");
    }
}

/// Databases of earlier versions hold these bytes: neither the cipher's layout nor the labels may change.
#[test]
fn what_earlier_versions_sealed_still_opens() {
    let key = Key::of(&KeyBytes::new([1; KEY]));
    let sealed = b"\x00\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f\x10\x11\x12\x13\x14\x15\x16\
                   \x17\x19\xf0\xbd\xe4\xfe\xf4\x8d\x38\x97\xae\xf0\x83\x70\xe4\x2c\x48\xf2\x9d\xe6\x90\x01\x7e";
    assert_eq!(key.open(Label::Photo(7), sealed).unwrap(), b"a face");
    assert_eq!(Label::Photo(7).bytes(), b"menshen 1 photo 7");
}

#[tokio::test]
async fn files_are_for_the_owner_only_and_the_key_is_made_once() {
    let directory = tempfile::tempdir().unwrap();
    let inner = directory.path().join("box");
    let store = Store::open(&inner).unwrap();
    put(&store, "1", 1).await;
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&inner), 0o700);
    let mut names = BTreeSet::new();
    for entry in std::fs::read_dir(&inner).unwrap() {
        let entry = entry.unwrap();
        assert_eq!(mode(&entry.path()), 0o600, "{entry:?}");
        names.insert(entry.file_name().into_string().unwrap());
    }
    assert!(names.contains("box.key") && names.contains("box.db-wal"), "{names:?}");
    let key = std::fs::read(inner.join("box.key")).unwrap();
    drop(store);
    drop(Store::open(&inner).unwrap());
    assert_eq!(std::fs::read(inner.join("box.key")).unwrap(), key);
}

#[tokio::test]
async fn without_its_key_file_or_its_database_a_box_does_not_start() {
    let directory = tempfile::tempdir().unwrap();
    let at = |name: &str| directory.path().join(name);
    put(&Store::open(directory.path()).unwrap(), "1", 1).await;
    let key = std::fs::read(at("box.key")).unwrap();
    let refused = || Store::open(directory.path()).unwrap_err();

    std::fs::remove_file(at("box.key")).unwrap();
    assert!(matches!(refused(), StoreError::KeyMissing(_)));
    assert!(!at("box.key").exists(), "no new key is made");
    for wrong in [&[7; 32][..], &key[1..], b""] {
        std::fs::write(at("box.key"), wrong).unwrap();
        assert!(matches!(refused(), StoreError::KeyWrong(_)), "{wrong:?}");
        assert_eq!(std::fs::read(at("box.key")).unwrap(), wrong, "it is left alone");
    }
    std::fs::write(at("box.key"), &key).unwrap();
    let database = std::fs::read(at("box.db")).unwrap();
    for gone in [None, Some(Vec::new())] {
        std::fs::remove_file(at("box.db")).unwrap();
        if let Some(bytes) = gone {
            std::fs::write(at("box.db"), bytes).unwrap();
        }
        assert!(matches!(refused(), StoreError::Gone(_)));
    }
    std::fs::write(at("box.db"), database).unwrap();
    let store = Store::open(directory.path()).unwrap();
    assert_eq!(store.read(people::count).await.unwrap(), 1);
}

#[tokio::test]
async fn no_file_holds_plain_bytes_and_what_was_replaced_or_erased_has_no_key_any_more() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path();
    let store = Store::open(path).unwrap();
    let key = put(&store, "1", 1).await;
    put(&store, "2", 2).await;
    let slot = |person: u32| {
        let read = store.read(move |db| slots::read(db, person));
        async { read.await.unwrap() }
    };
    let first = slot(key).await.unwrap();
    assert!(holds(path, &first));
    let again = put(&store, "1", 3).await;
    assert_eq!(again, key);
    assert!(!holds(path, &first), "a new photo has a new key, and the old one is gone from the log too");
    let second = slot(key).await.unwrap();
    let sealer = store.sealer();
    let photo = store.read(move |db| people::photo(db, &sealer, key)).await.unwrap();
    assert!(photo == Some(noise(3 ^ 0xff, 9000)));
    for seed in 1..=3 {
        assert!(!holds(path, &noise(seed, 512)) && !holds(path, &noise(seed ^ 0xff, 9000)));
    }
    assert_eq!(store.erase(|db| people::remove(db, "1"), |_| {}).await.unwrap(), Some(key));
    assert!(!holds(path, &second));
    assert_eq!(slot(key).await, None);
    let other = slot(key + 1).await.unwrap();
    assert!(holds(path, &other), "the other person's key is where it was");
    assert_eq!(store.erase(people::wipe, |_| {}).await.unwrap(), 1);
    assert!(!holds(path, &other));
}

#[tokio::test]
async fn an_erased_persons_pictures_are_in_no_file_and_the_events_stay() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path();
    let store = Store::open(path).unwrap();
    put(&store, "1", 1).await;
    put(&store, "2", 2).await;
    let mut sealed = Vec::new();
    for (seed, id) in ["1", "2", "", "1", "3"].into_iter().enumerate() {
        let (sealer, body) = (store.sealer(), serde_json::json!({"identity_id": id}).to_string());
        let spot = Some(noise(u8::try_from(seed).unwrap(), 30_000));
        let event = events::NewEvent { taken_at: 1, body, spot, open: false };
        let job = move |db: &Connection| {
            let seq = events::insert(db, &sealer, &event)?;
            Ok(db.query_row("SELECT spot FROM event WHERE seq = ?1", [seq], |row| row.get::<_, Vec<u8>>(0))?)
        };
        sealed.push(store.write(job).await.unwrap());
    }
    assert_eq!(how_many(path, &sealed), 5);
    let spots = async || {
        let sealer = store.sealer();
        let all = store.read(move |db| events::newest(db, &sealer, 10)).await.unwrap();
        all.into_iter().rev().map(|row| row.spot.is_some()).collect::<Vec<_>>()
    };
    store.erase(|db| people::remove(db, "1"), |_| {}).await.unwrap();
    assert!(!holds(path, &sealed[0]) && !holds(path, &sealed[3]));
    assert_eq!(how_many(path, &sealed), 3);
    assert_eq!(spots().await, [false, true, true, false, true]);
    store.erase(people::wipe, |_| {}).await.unwrap();
    assert_eq!(spots().await, [false, false, true, false, false], "strangers were nobody");
    assert_eq!(how_many(path, &sealed), 1);
    let searched = |db: &Connection| {
        let sql = "EXPLAIN QUERY PLAN UPDATE event SET spot = NULL WHERE spot IS NOT NULL AND
                   CASE WHEN json_valid(body) THEN json_extract(body, '$.identity_id') END = ?1";
        Ok(db.query_row(sql, ["1"], |row| row.get::<_, String>(3))?)
    };
    let plan = store.read(searched).await.unwrap();
    assert!(plan.contains("event_pictured"), "{plan}");
}

/// Rows move between pages when others come and go; keys must not.
#[tokio::test]
async fn whoever_comes_and_goes_leaves_no_key_behind() {
    let directory = tempfile::tempdir().unwrap();
    let store = Store::open(directory.path()).unwrap();
    let mut all = Vec::new();
    for n in 0..2100_u32 {
        let (sealer, mut new) = (store.sealer(), person(&n.to_string(), 1));
        new.face =
            Some(NewFace { pack: "p".into(), template: vec![1; (n % 700) as usize], photo: vec![1; 10] });
        let job = move |db: &Connection| {
            let Upserted::Written(key) = people::upsert(db, &sealer, &new, 100_000, 1)? else { panic!() };
            Ok((key, slots::read(db, key)?.unwrap()))
        };
        all.push(store.write(job).await.unwrap());
    }
    let (stay, go): (Vec<_>, Vec<_>) = all.into_iter().partition(|(key, _)| key % 7 == 0);
    let ids: Vec<_> = go.iter().map(|(key, _)| (key - 1).to_string()).collect();
    store
        .erase(move |db| ids.iter().try_for_each(|id| people::remove(db, id).map(drop)), |_| {})
        .await
        .unwrap();
    let held: BTreeSet<[u8; 16]> = std::fs::read_dir(directory.path())
        .unwrap()
        .flat_map(|entry| {
            let bytes = std::fs::read(entry.unwrap().path()).unwrap();
            bytes.windows(16).map(|window| window.try_into().unwrap()).collect::<Vec<[u8; 16]>>()
        })
        .collect();
    // A slot may lie across two pages: one of its ends is whole.
    let is_held = |slot: &[u8; 72]| held.contains(&slot[2..18]) || held.contains(&slot[54..70]);
    assert!(stay.iter().all(|(_, slot)| is_held(slot)));
    assert_eq!(go.iter().filter(|(_, slot)| is_held(slot)).count(), 0, "of {}", go.len());
}

#[tokio::test]
async fn rows_cannot_be_exchanged_between_people() {
    let directory = tempfile::tempdir().unwrap();
    let store = Store::open(directory.path()).unwrap();
    let (one, two) = (put(&store, "1", 1).await, put(&store, "2", 2).await);
    let exchange = move |db: &Connection| {
        let (first, second) = (slots::read(db, one)?.unwrap(), slots::read(db, two)?.unwrap());
        slots::write(db, one, &second)?;
        slots::write(db, two, &first)?;
        db.execute_batch(
            "UPDATE person SET template = (SELECT template FROM person other WHERE other.key <> person.key);
             UPDATE person_photo SET photo = (SELECT photo FROM person_photo o WHERE o.person_key <> person_photo.person_key)",
        )?;
        Ok(())
    };
    store.write(exchange).await.unwrap();
    let sealer = store.sealer();
    let read = move |db: &Connection| {
        let mut faces = 0;
        people::for_each(db, &sealer, |row| faces += usize::from(row.template.is_some()))?;
        Ok((faces, people::photo(db, &sealer, one).is_err()))
    };
    assert_eq!(store.read(read).await.unwrap(), (0, true));
}

fn camera(password: &str) -> config::Camera {
    serde_json::from_value(serde_json::json!({
        "name": "gate", "kind": "rtsp", "url": format!("rtsp://admin:{password}@10.0.0.1/1"), "password": password,
    }))
    .unwrap()
}

#[tokio::test]
async fn passwords_of_cameras_and_pictures_of_events_are_sealed_and_wiped() {
    let directory = tempfile::tempdir().unwrap();
    let store = Store::open(directory.path()).unwrap();
    let sealer = store.sealer();
    let job = move |db: &Connection| {
        cameras::put(db, &sealer, &camera("correct horse battery"), 1)?;
        let event =
            events::NewEvent { taken_at: 1, body: "{}".into(), spot: Some(noise(9, 9000)), open: false };
        events::insert(db, &sealer, &event)
    };
    store.write(job).await.unwrap();
    assert!(!holds(directory.path(), b"correct horse battery"));
    assert!(!holds(directory.path(), &noise(9, 9000)));
    let sealer = store.sealer();
    let read = move |db: &Connection| {
        let key: Vec<u8> = db.query_row("SELECT event_key FROM seal", [], |row| row.get(0))?;
        Ok((cameras::all(db, &sealer)?, events::newest(db, &sealer, 1)?.pop(), key))
    };
    let (all, event, key) = store.read(read).await.unwrap();
    assert_eq!(all, [camera("correct horse battery")]);
    assert!(event.unwrap().spot == Some(noise(9, 9000)));
    assert!(holds(directory.path(), &key));
    crate::event_log::wipe(&store).await.unwrap();
    assert!(!holds(directory.path(), &key));
}

/// A database as it was before sealing, with people, an event, a camera, and somebody who was removed without a trace of care.
fn unsealed(directory: &Path) {
    let db = Connection::open(directory.join("box.db")).unwrap();
    db.pragma_update(None, "journal_mode", "WAL").unwrap();
    for step in migrations::BEFORE_SEALING {
        db.execute_batch(step).unwrap();
    }
    db.pragma_update(None, "user_version", 3).unwrap();
    for seed in 1..=250_u8 {
        db.execute(
            "INSERT INTO person (identity_id, name, kind, register_type, groups, info, pack, template, created_at, updated_at)
             VALUES (?1, 'n', 1, 1, '[]', '{}', 'p', ?2, 1, 1)",
            (seed, noise(seed, 512)),
        )
        .unwrap();
        let photo = noise(seed ^ 0xff, 9000);
        db.execute("INSERT INTO person_photo (person_key, photo) VALUES (last_insert_rowid(), ?1)", [photo])
            .unwrap();
    }
    db.execute("DELETE FROM person WHERE identity_id = '250'", []).unwrap();
    db.execute("INSERT INTO event (taken_at, body, spot) VALUES (1, '{}', ?1)", [noise(7, 5000)]).unwrap();
    let settings = serde_json::to_string(&camera("correct horse battery")).unwrap();
    db.execute("INSERT INTO camera (name, settings, added_at) VALUES ('gate', ?1, 1)", [settings]).unwrap();
    let receiver = r#"{"urls":["http://user:wrong-horse-staple@host/h"]}"#;
    db.execute("INSERT INTO setting (name, value) VALUES (?1, ?2)", [settings::HISTORY, receiver]).unwrap();
}

#[tokio::test]
async fn a_database_from_before_is_sealed_at_the_first_start() {
    let directory = tempfile::tempdir().unwrap();
    unsealed(directory.path());
    let plain = || {
        let secrets: Vec<_> =
            (1..=250).flat_map(|seed| [noise(seed, 512), noise(seed ^ 0xff, 9000)]).collect();
        how_many(directory.path(), &secrets)
            + usize::from(holds(directory.path(), &noise(7, 5000)))
            + usize::from(holds(directory.path(), b"correct horse battery"))
            + usize::from(holds(directory.path(), b"wrong-horse-staple"))
    };
    assert!(plain() >= 501, "what was removed is there too: {}", plain());
    let store = Store::open(directory.path()).unwrap();
    assert_eq!(plain(), 0);
    let sealer = store.sealer();
    let read = move |db: &Connection| {
        let mut right = 0;
        people::for_each(db, &sealer, |row| {
            let seed = row.identity_id.parse().unwrap();
            right += usize::from(row.template == Some(("p".into(), noise(seed, 512))));
        })?;
        let photo = people::photo(db, &sealer, 5)?;
        let receiver = settings::secret(db, &sealer, settings::HISTORY)?;
        Ok((right, photo, events::newest(db, &sealer, 1)?.pop(), cameras::all(db, &sealer)?, receiver))
    };
    let (right, photo, event, cameras, receiver) = store.read(read).await.unwrap();
    assert_eq!(right, 249);
    assert!(receiver.unwrap().contains("wrong-horse-staple"));
    assert!(photo == Some(noise(5 ^ 0xff, 9000)) && event.unwrap().spot == Some(noise(7, 5000)));
    assert_eq!(cameras, [camera("correct horse battery")]);
}

#[tokio::test]
async fn settings_of_a_box_that_sealed_everything_else_are_sealed_at_the_next_start() {
    let directory = tempfile::tempdir().unwrap();
    drop(Store::open(directory.path()).unwrap());
    let db = Connection::open(directory.path().join("box.db")).unwrap();
    let receiver = r#"{"urls":["http://user:wrong-horse-staple@host/h"]}"#;
    db.execute("INSERT INTO setting (name, value) VALUES (?1, ?2)", [settings::STATUS, receiver]).unwrap();
    db.execute("UPDATE seal SET complete = 1", []).unwrap();
    drop(db);
    assert!(holds(directory.path(), b"wrong-horse-staple"));
    let store = Store::open(directory.path()).unwrap();
    assert!(!holds(directory.path(), b"wrong-horse-staple"));
    let sealer = store.sealer();
    let kept = store.read(move |db| settings::secret(db, &sealer, settings::STATUS)).await.unwrap();
    assert_eq!(kept.as_deref(), Some(receiver));
}

#[test]
fn sealing_goes_on_where_it_was_interrupted() {
    let directory = tempfile::tempdir().unwrap();
    unsealed(directory.path());
    let path = directory.path().join("box.db");
    let mut db = crate::store::connect(&path).unwrap();
    migrations::run(&mut db).unwrap();
    // As a crash leaves it: the key made, some people done.
    let bytes = key_file(directory.path()).read_or_create().unwrap();
    let sealer = Sealer { key: Arc::new(Key::of(&bytes)) };
    sealer.begin(&db).unwrap();
    plain::seal_people(&db, &sealer, 40).unwrap();
    let done: Vec<_> = (1..=40).map(|person| slots::read(&db, person).unwrap().unwrap()).collect();
    assert!(slots::read(&db, 41).unwrap().is_none());
    let sealer = Sealer::open(directory.path(), &db).unwrap();
    for (person, slot) in (1..).zip(done) {
        assert!(slots::read(&db, person).unwrap() == Some(slot), "not sealed twice");
    }
    let mut faces = 0;
    people::for_each(&db, &sealer, |row| faces += usize::from(row.template.is_some())).unwrap();
    assert_eq!(faces, 249);
}
