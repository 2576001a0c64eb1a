//! Full disks while people are imported: whoever asks is told what to do, nothing is left half, and what waited goes on by itself.

use std::path::{Path, PathBuf};
use std::process::Command;

use runtime::testing::{leave_room, make_room, small_disk};
use serde_json::{Value, json};

use crate::world::{Cast, World};

const IMPORTS: &str = "/api/v1/people/imports";
/// What is said where nothing more can be stored.
const FULL: &str = "the platform's disk is full: nothing was stored; free some space and try again";

/// A platform one of whose folders has a disk of its own; `None` where there can be none.
async fn world_with_small(folder: &str, size: &str) -> Option<(World, PathBuf)> {
    let mount = |data: &Path| {
        std::fs::create_dir(data.join(folder)).unwrap();
        small_disk(&data.join(folder), size)
    };
    let world = World::start_through(mount).await?;
    let place = world.data().join(folder);
    Some((world, place))
}

async fn send(world: &World, path: &str, file: &[u8]) -> (u16, Value) {
    world.api.send("POST", path, "application/octet-stream", file.to_vec()).await
}

fn assert_full((status, refusal): &(u16, Value)) {
    let said = (refusal["error"]["code"].as_str(), refusal["error"]["message"].as_str());
    assert_eq!((*status, said), (507, (Some("storage_full"), Some(FULL))), "{refusal}");
}

/// Waits until an import stands like this.
async fn until(world: &World, id: &str, stands: impl Fn(&Value) -> bool) -> Value {
    let path = format!("{IMPORTS}/{id}");
    world
        .wait("the import", async || {
            let import = world.api.get(&path).await;
            stands(&import).then_some(import)
        })
        .await
}

/// Files of imports that lie in their folder.
fn lying(imports: &Path) -> Vec<PathBuf> {
    let folders = std::fs::read_dir(imports).unwrap().map(|entry| entry.unwrap().path());
    // A folder may be gone by now.
    let files = folders.filter_map(|folder| std::fs::read_dir(folder).ok()).flatten();
    files.filter_map(|entry| Some(entry.ok()?.path())).collect()
}

/// Waits until no file of an import lies there.
async fn none_lies(world: &World, imports: &Path) {
    world.wait("no file to be left", async || lying(imports).is_empty().then_some(())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_finds_no_room_is_refused_and_leaves_nothing() {
    let Some((world, imports)) = world_with_small("imports", "8m").await else { return };
    let list = b"identity_id,name\n1001,Zhang San\n";
    let mut long = b"identity_id,name\n".to_vec();
    while long.len() < 12 << 20 {
        long.extend_from_slice(b"1001,Zhang San\n");
    }
    // The room ends in the middle of the file.
    assert_full(&send(&world, IMPORTS, &long).await);
    let told = &world.api.all(IMPORTS).await[0];
    assert_eq!((&told["state"], &told["message"]), (&json!("failed"), &json!(FULL)), "{told}");
    none_lies(&world, &imports).await;

    // A further file of an import that waits for one: what came before stays.
    let (status, begun) = send(&world, &format!("{IMPORTS}?more=true"), list).await;
    assert_eq!(status, 201, "{begun}");
    let id = begun["id"].as_str().unwrap();
    assert_full(&send(&world, &format!("{IMPORTS}/{id}/files"), &long).await);
    assert_eq!(world.api.get(&format!("{IMPORTS}/{id}")).await["state"], "receiving");
    world.wait("what came before to stay", async || (lying(&imports).len() == 1).then_some(())).await;
    // There is no room at all.
    leave_room(&imports, 0).unwrap();
    assert_full(&send(&world, IMPORTS, list).await);
    assert_eq!(world.api.all("/api/v1/people").await, Vec::<Value>::new());

    make_room(&imports).unwrap();
    let photos = zip(&[("nobody.jpg", b"no picture")]);
    let (status, answer) = send(&world, &format!("{IMPORTS}/{id}/files"), &photos).await;
    assert_eq!(status, 200, "{answer}");
    let done = until(&world, id, |import| import["finished_at"].is_i64()).await;
    assert_eq!((&done["state"], &done["done"]), (&json!("done"), &json!(1)), "{done}");
    assert_eq!(world.api.all("/api/v1/people").await.len(), 1);
    none_lies(&world, &imports).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_whose_photos_find_no_room_says_so_and_goes_on_when_there_is() {
    let Some((world, blobs)) = world_with_small("blobs", "24m").await else { return };
    let cast = Cast::gather();
    leave_room(&blobs, 0).unwrap();
    let list = "identity_id,name,groups\n1001,Zhang San,0\n1002,Wang Wu,0\n1003,Li Si,0\n";
    let archive = zip(&[
        ("people.csv", list.as_bytes()),
        ("1001.jpg", &cast.one.photo.bytes),
        ("1002.jpg", &cast.two.photo.bytes),
    ]);
    let (status, begun) = send(&world, IMPORTS, &archive).await;
    assert_eq!(status, 201, "{begun}");
    let id = begun["id"].as_str().unwrap();
    let waiting = until(&world, id, |import| import["message"].is_string()).await;
    assert_eq!(
        (&waiting["state"], &waiting["message"]),
        (
            &json!("running"),
            &json!("the photo store's disk is full: free some space, then the import goes on by itself")
        ),
        "{waiting}"
    );
    for person in ["1001", "1002"] {
        assert!(
            world.api.get(&format!("/api/v1/people/{person}")).await["photo"].is_null(),
            "nothing half is kept"
        );
    }
    // There is room for one photo and not for two: it is tried again and again, and none of them is left lying about.
    let before = files_in(&blobs);
    leave_room(&blobs, cast.one.photo.bytes.len() as u64 + (16 << 10)).unwrap();
    let first = waiting["updated_at"].clone();
    let again =
        until(&world, id, |import| import["message"].is_string() && import["updated_at"] != first).await;
    assert_eq!((&again["state"], &again["done"]), (&json!("running"), &json!(1)), "{again}");
    let is_given_back = async || (files_in(&blobs) <= before).then_some(());
    world.wait("what was kept for the photo to be given back", is_given_back).await;

    make_room(&blobs).unwrap();
    let done = until(&world, id, |import| import["finished_at"].is_i64()).await;
    assert_eq!(
        (&done["state"], &done["done"], &done["failed"], &done["message"]),
        (&json!("done"), &json!(3), &json!(0), &Value::Null),
        "{done}"
    );
    for (person, photo) in [("1001", &cast.one.photo), ("1002", &cast.two.photo)] {
        assert_eq!(world.api.bytes(&format!("/api/v1/people/{person}/photo")).await, photo.bytes);
    }
}

/// How many files lie in a folder and below, but for the one that takes the room.
fn files_in(folder: &Path) -> usize {
    // A folder may be gone by now.
    let entries =
        std::fs::read_dir(folder).into_iter().flatten().filter_map(|entry| Some(entry.ok()?.path()));
    let count =
        |path: PathBuf| if path.is_dir() { files_in(&path) } else { usize::from(!path.ends_with("ballast")) };
    entries.map(count).sum()
}

/// An archive of these files.
fn zip(files: &[(&str, &[u8])]) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    for (name, content) in files {
        std::fs::write(folder.path().join(name), content).unwrap();
    }
    let names = files.iter().map(|(name, _)| name);
    let mut packing = Command::new("python3");
    packing.current_dir(&folder).args(["-m", "zipfile", "-c", "packed.zip"]).args(names);
    assert!(packing.status().unwrap().success());
    std::fs::read(folder.path().join("packed.zip")).unwrap()
}
