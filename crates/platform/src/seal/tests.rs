//! Keys: made once, recognised, shared, destroyed.

use std::path::Path;

use protocol::GroupId;
use serde_json::{Map, Value};

use super::*;
use crate::db::person::{self, Fields};

/// A database of its own below `folder`.
pub(crate) async fn database(folder: &Path) -> Db {
    Db::open(&format!("sqlite:{}", folder.join("platform.db").display())).await.unwrap()
}

/// What seals with the key file of `folder`.
pub(crate) async fn sealed_with(db: &Db, folder: &Path) -> Result<Seal, SealError> {
    Seal::open(db, &KeyFile::at(folder.join("platform.key"))).await
}

/// Somebody without a photo.
pub(crate) async fn add_person(seal: &Seal, id: &str) {
    let id = IdentityId::new(id);
    let fields = Fields {
        name: "somebody".to_owned(),
        kind: 1,
        info: Value::Object(Map::new()),
        valid_from: None,
        valid_until: None,
        groups: vec![GroupId::default_group()],
    };
    let added = seal.db.write(move |tx| person::insert(tx, &id, &fields, 1));
    added.await.unwrap();
}

#[tokio::test]
async fn two_platforms_share_a_key_file_and_others_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let db = database(folder.path()).await;
    let (one, two) = tokio::join!(sealed_with(&db, folder.path()), sealed_with(&db, folder.path()));
    let (one, two) = (one.unwrap(), two.unwrap());
    let sealed = one.event(5).await.unwrap().seal(Label::Template("e"), b"template").unwrap();
    assert_eq!(two.event(5).await.unwrap().open(Label::Template("e"), &sealed).unwrap(), b"template");
    let secret = one.sealer().seal_secret("webhook 1", b"secret").unwrap();
    assert_eq!(two.sealer().open_secret("webhook 1", &secret).unwrap(), b"secret");
    assert!(two.sealer().open_secret("webhook 2", &secret).is_err());

    let file = folder.path().join("platform.key");
    let key = std::fs::read(&file).unwrap();
    std::fs::remove_file(&file).unwrap();
    assert!(matches!(sealed_with(&db, folder.path()).await, Err(SealError::Missing(_))));
    assert!(!file.exists(), "no new key is made");
    std::fs::write(&file, [7; 32]).unwrap();
    assert!(matches!(sealed_with(&db, folder.path()).await, Err(SealError::Wrong(_))));
    std::fs::write(&file, &key[1..]).unwrap();
    assert!(matches!(sealed_with(&db, folder.path()).await, Err(SealError::File(_))));
    std::fs::write(&file, &key).unwrap();
    let again = sealed_with(&db, folder.path()).await.unwrap();
    assert_eq!(again.event(5).await.unwrap().open(Label::Template("e"), &sealed).unwrap(), b"template");
}

#[tokio::test]
async fn a_key_goes_with_its_person_and_with_its_day() {
    let folder = tempfile::tempdir().unwrap();
    let seal = sealed_with(&database(folder.path()).await, folder.path()).await.unwrap();
    let id = IdentityId::new("7");
    assert!(matches!(seal.person(&id).await, Err(SealError::Nobody(_))));
    add_person(&seal, "7").await;
    let key = seal.person(&id).await.unwrap();
    let sealed = key.seal(Label::Template("7"), b"template").unwrap();
    assert_eq!(seal.person(&id).await.unwrap().open(Label::Template("7"), &sealed).unwrap(), b"template");
    let gone = id.clone();
    seal.db.write(move |tx| person::delete(tx, &gone)).await.unwrap();
    assert!(seal.person_named(key.name()).await.unwrap().is_none());
    add_person(&seal, "7").await;
    let another = seal.person(&id).await.unwrap();
    assert!(
        another.open(Label::Template("7"), &sealed).is_err(),
        "somebody with the same id is somebody else"
    );

    let day = seal.event(5 * DAY).await.unwrap();
    assert_eq!(day.day(), 5);
    let sealed = day.seal(Label::Template("e"), b"template").unwrap();
    assert!(day.open(Label::Blob("e"), &sealed).is_err() && day.open(Label::Template("f"), &sealed).is_err());
    seal.db.write(|tx| rows::forget_day(tx, 5)).await.unwrap();
    assert!(seal.day(5).await.unwrap().is_none());
    assert!(seal.event(5 * DAY).await.unwrap().open(Label::Template("e"), &sealed).is_err());
}

#[tokio::test]
async fn keys_cannot_be_exchanged_between_people_or_days() {
    let folder = tempfile::tempdir().unwrap();
    let seal = sealed_with(&database(folder.path()).await, folder.path()).await.unwrap();
    for id in ["1", "2"] {
        add_person(&seal, id).await;
        seal.person(&IdentityId::new(id)).await.unwrap();
    }
    seal.event(1).await.unwrap();
    seal.event(DAY).await.unwrap();
    let exchange = |tx: &mut Tx<'_>| {
        tx.exec("UPDATE person_key SET sealed = (SELECT o.sealed FROM person_key o WHERE o.name <> person_key.name)", &[])?;
        tx.exec(
            "UPDATE event_key SET sealed = (SELECT o.sealed FROM event_key o WHERE o.day <> event_key.day)",
            &[],
        )
    };
    seal.db.write(exchange).await.unwrap();
    // Whatever the order of the updates was, one of each has the other's key now.
    let mut refused = 0;
    for id in ["1", "2"] {
        refused += usize::from(seal.person(&IdentityId::new(id)).await.is_err());
    }
    assert!(refused > 0);
    assert!(seal.day(0).await.is_err() || seal.day(1).await.is_err());
}

#[test]
fn labels_are_as_they_were_written() {
    let key = Label::PersonKey { person: "7", name: "ab" };
    assert_eq!(key.bytes(), b"menshen platform 1 person's key ab 7");
    assert_eq!(Label::DayKey(5).bytes(), b"menshen platform 1 day's key 5");
    let key = Label::FileKey { import: "7", name: "ab" };
    assert_eq!(key.bytes(), b"menshen platform 1 file's key ab 7");
    assert_eq!(Label::Part("import/7-ab-0").bytes(), b"menshen platform 1 part of a file import/7-ab-0");
    assert_eq!(Label::Blob("event/5/ab").bytes(), b"menshen platform 1 picture event/5/ab");
}
