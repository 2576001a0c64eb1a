use serde_json::json;

use crate::harness::{Platform, portraits};

/// A grey picture: decodable, nobody in it.
fn grey() -> Vec<u8> {
    let (width, height) = (320u32, 240u32);
    let row = (width * 3).next_multiple_of(4);
    let size = 54 + row * height;
    let mut bmp = Vec::with_capacity(size as usize);
    bmp.extend_from_slice(b"BM");
    for field in [size, 0, 54, 40, width, height] {
        bmp.extend_from_slice(&field.to_le_bytes());
    }
    bmp.extend_from_slice(&[1, 0, 24, 0]);
    bmp.resize(54, 0);
    bmp.resize(size as usize, 0x80);
    bmp
}

#[tokio::test]
async fn a_usable_photo_is_kept_and_an_unusable_one_is_not() {
    let platform = Platform::start_with_models().await;
    let admin = platform.admin().await;
    let [first, second] = portraits();
    admin.post("/api/v1/people", json!({"identity_id": "1001", "name": "Wang Wu"})).await.expect(201);
    let path = "/api/v1/people/1001/photo";

    let accepted = admin.put_bytes(path, first.clone()).await.expect(200);
    assert_eq!((&accepted["revision"], &accepted["bytes"]), (&json!(2), &json!(first.len())));
    let verdict = &accepted["verdict"];
    assert_eq!(
        (&verdict["judged"], &verdict["code"], &verdict["name"]),
        (&json!(true), &json!(0), &json!("SUCCESS"))
    );
    assert_eq!(verdict["quality"]["fiqa_result"], true, "{verdict}");
    assert_eq!(verdict["bbox"].as_array().unwrap().len(), 4);
    assert!(verdict["score"].as_f64().unwrap() > 0.0);
    assert_eq!(verdict["faces"].as_array().unwrap().len(), 1, "{verdict}");
    let crop = admin.raw(accepted["crop"].as_str().unwrap()).await;
    assert_eq!(
        (crop.status().as_u16(), &crop.headers()["content-type"]),
        (200, &"image/jpeg".parse().unwrap())
    );
    let crop = crop.bytes().await.unwrap();
    assert!(crop.starts_with(&[0xff, 0xd8]) && crop != first);
    assert_eq!(admin.get(&format!("{path}?crop=hat")).await.refused(422).0, "invalid");

    let response = admin.raw(path).await;
    assert!(response.headers()["content-type"].to_str().unwrap().starts_with("image/"));
    assert_eq!(response.headers()["cache-control"], "private, no-cache");
    assert_eq!(response.bytes().await.unwrap(), first);

    for (bytes, code, name) in [
        (grey(), 40004, "NO_FACE"),
        (b"not a picture".to_vec(), 40003, "IMAGE_ERROR"),
        (first[..200].to_vec(), 40003, "IMAGE_ERROR"),
    ] {
        let refused = admin.put_bytes(path, bytes).await.expect(422);
        assert_eq!(refused["error"]["code"], "photo_refused");
        let verdict = &refused["error"]["detail"];
        assert_eq!((&verdict["code"], &verdict["name"]), (&json!(code), &json!(name)), "{refused}");
        assert_eq!(verdict["message"], refused["error"]["message"]);
    }
    assert_eq!(admin.raw(path).await.bytes().await.unwrap(), first);
    let person = admin.get("/api/v1/people/1001").await.expect(200);
    assert_eq!((&person["photo"]["url"], &person["revision"]), (&json!(path), &json!(2)));

    // The new photo replaces the old one, on disk as well.
    assert_eq!(stored(&platform).len(), 1);
    admin.put_bytes(path, second.clone()).await.expect(200);
    // The nonce and the tag are what sealing adds.
    assert_eq!(stored(&platform), [second.len() + 40]);
    admin.delete("/api/v1/people/1001").await.expect(200);
    assert_eq!(stored(&platform), [0usize; 0]);
    let told = admin.get("/api/v1/audit?action=photo.&subject=1001").await.expect(200);
    let deeds: Vec<_> = told["items"].as_array().unwrap().iter().map(|row| row["action"].clone()).collect();
    assert_eq!(deeds, ["photo.set", "photo.read", "photo.read", "photo.read", "photo.set"]);
}

#[tokio::test]
async fn a_photo_is_judged_before_it_is_anybodys_and_again_later() {
    let platform = Platform::start_with_models().await;
    let admin = platform.admin().await;
    let [photo, _] = portraits();
    let judge = "/api/v1/photos/verdict";
    let good = admin.post_bytes(judge, photo.clone()).await.expect(200);
    assert_eq!((&good["usable"], &good["verdict"]["name"]), (&json!(true), &json!("SUCCESS")));
    let bad = admin.post_bytes(judge, grey()).await.expect(200);
    assert_eq!((&bad["usable"], &bad["verdict"]["code"]), (&json!(false), &json!(40004)));
    assert_eq!(admin.post_bytes(judge, Vec::new()).await.refused(422).0, "invalid");
    assert_eq!(stored(&platform), [0usize; 0]);

    let path = "/api/v1/people/1/photo/verdict";
    assert_eq!(admin.get(path).await.refused(404).0, "not_found");
    admin.post("/api/v1/people", json!({"identity_id": "1", "name": "Wang Wu"})).await.expect(201);
    assert_eq!(admin.get(path).await.refused(404).0, "not_found");
    admin.put_bytes("/api/v1/people/1/photo", photo).await.expect(200);
    assert_eq!(admin.get(path).await.expect(200), good);
    let told = admin.get("/api/v1/audit?action=photo.verdict&subject=1").await.expect(200);
    assert_eq!(told["items"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn somebody_with_the_same_photo_keeps_theirs() {
    let platform = Platform::start_with_models().await;
    let admin = platform.admin().await;
    let [photo, _] = portraits();
    for id in ["1", "2"] {
        admin.post("/api/v1/people", json!({"identity_id": id, "name": "Wang Wu"})).await.expect(201);
        admin.put_bytes(&format!("/api/v1/people/{id}/photo"), photo.clone()).await.expect(200);
    }
    assert_eq!(stored(&platform).len(), 2, "sealed with different keys");
    admin.delete("/api/v1/people/1").await.expect(200);
    assert_eq!(stored(&platform).len(), 1);
    assert_eq!(admin.raw("/api/v1/people/2/photo").await.bytes().await.unwrap(), photo);
}

#[tokio::test]
async fn a_photo_makes_the_person_wanted_on_boxes_of_their_groups() {
    let platform = Platform::start_with_models().await;
    let admin = platform.admin().await;
    let made = admin.post("/api/v1/boxes", json!({"name": "front door"})).await.expect(201);
    let dev_sno = made["dev_sno"].as_str().unwrap();
    admin.post("/api/v1/people", json!({"identity_id": "1", "name": "Wang Wu"})).await.expect(201);
    let held = format!("/api/v1/boxes/{dev_sno}/people");
    assert_eq!(admin.get(&held).await.expect(200)["items"], json!([]));

    let [photo, _] = portraits();
    admin.put_bytes("/api/v1/people/1/photo", photo).await.expect(200);
    let rows = admin.get(&held).await.expect(200);
    let row = &rows["items"][0];
    assert_eq!(
        (&row["identity_id"], &row["state"], &row["wanted"]),
        (&json!("1"), &json!("pending"), &json!(true))
    );
    assert_eq!((&row["desired_revision"], &row["proved_revision"]), (&json!(2), &json!(null)));
    assert!(row["age_ms"].as_i64().unwrap() >= 0);
    let person = admin.get("/api/v1/people/1").await.expect(200);
    assert_eq!(person["boxes"][0]["dev_sno"], dev_sno);
    assert_eq!(admin.get(&format!("{held}?state=applied")).await.expect(200)["items"], json!([]));
    assert_eq!(admin.get(&format!("{held}?state=gone")).await.refused(422).0, "invalid");

    // The box never saw them: taken off its groups, they are simply not wanted there.
    admin.put(&format!("/api/v1/boxes/{dev_sno}/groups"), json!({"groups": []})).await.expect(200);
    assert_eq!(admin.get(&held).await.expect(200)["items"], json!([]));
}

#[tokio::test]
async fn without_models_the_photo_waits_and_everything_else_works() {
    let platform = Platform::start().await;
    let admin = platform.admin().await;
    admin.post("/api/v1/people", json!({"identity_id": "1", "name": "Wang Wu"})).await.expect(201);
    let (code, message) = admin.put_bytes("/api/v1/people/1/photo", grey()).await.refused(503);
    assert_eq!(code, "unavailable");
    assert!(message.contains("menshen models fetch"), "{message}");
    assert_eq!(admin.put_bytes("/api/v1/people/9/photo", grey()).await.refused(404).0, "not_found");
    assert_eq!(admin.put_bytes("/api/v1/people/1/photo", Vec::new()).await.refused(422).0, "invalid");
    assert_eq!(
        admin.put_bytes("/api/v1/people/1/photo", vec![0; (10 << 20) + 1]).await.refused(413).0,
        "too_large"
    );
}

#[tokio::test]
async fn look_alikes_are_named_when_they_share_a_door_or_may_be_the_same_person() {
    let platform = Platform::start_with_models().await;
    let admin = platform.admin().await;
    let [first, second] = portraits();
    for id in ["1", "2", "3"] {
        admin
            .post("/api/v1/people", json!({"identity_id": id, "name": format!("name of {id}")}))
            .await
            .expect(201);
    }
    let alike = async |id: &str| admin.get(&format!("/api/v1/people/{id}/look-alikes")).await;
    assert_eq!(alike("1").await.refused(404).0, "not_found");
    let put = async |id: &str, photo: &[u8]| {
        admin.put_bytes(&format!("/api/v1/people/{id}/photo"), photo.to_vec()).await.expect(200)
    };
    assert_eq!(put("1", &first).await["look_alikes"], json!([]));
    assert_eq!(put("2", &second).await["look_alikes"], json!([]));
    let warned = put("3", &first).await;
    let expected = |id: &str, doors: bool| {
        json!({"identity_id": id, "name": format!("name of {id}"), "score": warned["look_alikes"][0]["score"],
               "same_doors": doors, "possible_duplicate": true})
    };
    assert_eq!(warned["look_alikes"], json!([expected("1", false)]));
    assert!(warned["look_alikes"][0]["score"].as_f64().unwrap() > 0.9, "{warned}");

    // A box that both may use.
    admin.post("/api/v1/boxes", json!({"name": "front door"})).await.expect(201);
    assert_eq!(alike("1").await.expect(200)["items"], json!([expected("3", true)]));
    assert_eq!(alike("2").await.expect(200)["items"], json!([]));

    // Whoever changes their photo, or is removed, is compared no more.
    assert_eq!(put("3", &second).await["look_alikes"][0]["identity_id"], "2");
    assert_eq!(alike("1").await.expect(200)["items"], json!([]));
    admin.delete("/api/v1/people/3").await.expect(200);
    assert_eq!(alike("2").await.expect(200)["items"], json!([]));
}

/// Sizes of the photos on disk.
fn stored(platform: &Platform) -> Vec<usize> {
    fn walk(folder: &std::path::Path, into: &mut Vec<usize>) {
        for entry in std::fs::read_dir(folder).into_iter().flatten().map(Result::unwrap) {
            match entry.file_type().unwrap().is_dir() {
                true => walk(&entry.path(), into),
                false => into.push(usize::try_from(entry.metadata().unwrap().len()).unwrap()),
            }
        }
    }
    let mut sizes = Vec::new();
    walk(&platform.folder.path().join("data/blobs/person"), &mut sizes);
    sizes
}
