use std::path::Path as Folder;

use super::*;
use crate::config::Secret;
use crate::seal::tests::{add_person, database, sealed_with};

fn plain(text: &'static str) -> Bytes {
    Bytes::from_static(text.as_bytes())
}

async fn opened(folder: &Folder) -> Blobs {
    let seal = sealed_with(&database(folder).await, folder).await.unwrap();
    let url = format!("file:{}", folder.join("blobs").display());
    Blobs::open(&url, &BlobStore::default(), seal).unwrap()
}

#[tokio::test]
async fn a_photo_comes_back_and_goes_away() {
    let folder = tempfile::tempdir().unwrap();
    let (id, blobs) = (IdentityId::new("7"), opened(folder.path()).await);
    let nobody = blobs.put_person(&id, plain("one")).await.unwrap_err();
    assert_eq!(nobody.to_string(), "there is no person \"7\"");
    add_person(&blobs.seal, "7").await;
    let first = blobs.put_person(&id, plain("one")).await.unwrap();
    assert_eq!(first.hash, "7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed");
    let second = blobs.put_person(&id, plain("one")).await.unwrap();
    assert_ne!(first.key, second.key, "an address tells nothing of the content");
    assert_eq!(blobs.get(&first.key).await.unwrap(), Some(plain("one")));
    blobs.delete(&first.key).await.unwrap();
    blobs.delete(&first.key).await.unwrap();
    assert_eq!(blobs.get(&first.key).await.unwrap(), None);
    assert_eq!(blobs.get(&second.key).await.unwrap(), Some(plain("one")));
    blobs.probe().await.unwrap();
}

#[tokio::test]
async fn the_same_picture_is_kept_once_a_day() {
    let folder = tempfile::tempdir().unwrap();
    let blobs = opened(folder.path()).await;
    let day = 24 * 3_600_000;
    let put = |taken_at| {
        let blobs = blobs.clone();
        async move { blobs.put_event(taken_at, plain("picture")).await.unwrap() }
    };
    let first = put(20_000 * day).await;
    assert!(first.starts_with("event/20000/"), "{first}");
    assert_eq!(put(20_001 * day - 1).await, first);
    let next = put(20_001 * day).await;
    assert_ne!(next.rsplit('/').next(), first.rsplit('/').next(), "days do not share names");
    assert!(put(i64::MIN).await.starts_with("event/0/"));
    // Whichever side of midnight it came to lie.
    let today = || format!("event/{}/", crate::clock::now() / day);
    let (before, tomorrow) = (today(), put(i64::MAX).await);
    assert!(
        [before, today()].iter().any(|today| tomorrow.starts_with(today)),
        "nothing is captured in the future: {tomorrow}"
    );

    assert_eq!(blobs.get(&first).await.unwrap(), Some(plain("picture")));
    assert_eq!(blobs.delete_day(20_000).await.unwrap(), 1);
    assert_eq!(blobs.get(&first).await.unwrap(), None);
    assert_eq!(blobs.get(&next).await.unwrap(), Some(plain("picture")));
}

#[tokio::test]
async fn a_blob_in_the_place_of_another_does_not_open() {
    let folder = tempfile::tempdir().unwrap();
    let blobs = opened(folder.path()).await;
    let [one, two] =
        [blobs.put_event(1, plain("one")).await.unwrap(), blobs.put_event(1, plain("two")).await.unwrap()];
    let stored = blobs.stored(&one).await.unwrap().unwrap();
    blobs.store_again(&two, stored).await.unwrap();
    let error = blobs.get(&two).await.unwrap_err().to_string();
    assert!(error.contains("picture cannot be opened"), "{error}");
}

#[tokio::test]
async fn keys_from_outside_stay_inside() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("secret"), b"x").unwrap();
    let blobs = opened(folder.path()).await;
    assert_eq!(blobs.get("../secret").await.unwrap(), None);
}

#[tokio::test]
async fn what_cannot_be_a_store_is_refused_with_the_reason() {
    let folder = tempfile::tempdir().unwrap();
    let seal = sealed_with(&database(folder.path()).await, folder.path()).await.unwrap();
    let secret = |text: &str| Some(Secret::new(text));
    let endpoint = |text: &str| Some(text.parse().unwrap());
    let cases = [
        ("ftp://x", BlobStore::default(), "expected file:<folder> or s3://"),
        ("blobs", BlobStore::default(), "expected file:<folder> or s3://"),
        ("s3://", BlobStore::default(), "names no bucket"),
        ("s3://key:secret@bucket/x", BlobStore::default(), "blobs.access_key"),
        ("s3://bucket", BlobStore { access_key: secret("a"), ..BlobStore::default() }, "set together"),
        (
            "s3://bucket",
            BlobStore { endpoint: endpoint("http://a"), ..BlobStore::default() },
            "blobs.allow_http",
        ),
    ];
    for (url, config, expected) in cases {
        let error = Blobs::open(url, &config, seal.clone()).err().expect(url).to_string();
        assert!(error.starts_with("blobs.url: ") && error.contains(expected), "{url}: {error}");
    }
}
