use std::collections::BTreeSet;

use protocol::UserRecord;
use serde_json::json;

use super::*;

const LENGTH: usize = 16;

async fn open(store: &Store, pack: &str, max: usize) -> Arc<People> {
    People::open(store.clone(), Gallery::new(LENGTH, None), pack, max).await.unwrap()
}

fn record(id: &str, name: &str) -> UserRecord {
    serde_json::from_value(json!({
        "identity_id": id,
        "register_type": 1,
        "info": {"name": name, "type": 1, "permission_ids": ["7"], "valid_until": "2030-01-01", "card": {"no": 5}},
    }))
    .unwrap()
}

fn template(n: u32) -> Template {
    let values: Vec<f32> = (0..16u16).map(|i| (n as f32 * 0.7 + f32::from(i) * 1.3).sin()).collect();
    Template::normalised(&values).unwrap()
}

fn face(n: u32) -> Option<Face> {
    Some(Face { template: template(n), photo: vec![7; 100], crop: vec![1] })
}

/// What the store would give after a restart must be what is in memory now.
async fn assert_equal_after_restart(people: &People, store: &Store) {
    let again = open(store, "pack-1", 1000).await;
    assert_eq!(again.len(), people.len());
    assert_eq!(again.faces(), people.faces());
    for n in 0..8 {
        let (here, there) = (people.search(&template(n), 8), again.search(&template(n), 8));
        let keys = |hits: &[Hit]| hits.iter().map(|hit| hit.key).collect::<BTreeSet<_>>();
        assert_eq!(keys(&here), keys(&there));
        for hit in here {
            assert_eq!(people.get(hit.key), again.get(hit.key));
        }
    }
}

#[tokio::test]
async fn people_are_found_by_face_and_what_the_platform_said_is_kept() {
    let directory = tempfile::tempdir().unwrap();
    let store = Store::open(directory.path()).unwrap();
    let people = open(&store, "pack-1", 1000).await;
    for n in 0..5 {
        people.upsert(&record(&format!("id{n}"), &format!("person {n}")), face(n), None).await.unwrap();
    }
    let hit = people.search(&template(3), 2)[0];
    let card = people.get(hit.key).unwrap();
    assert_eq!(card.identity_id.as_str(), "id3");
    assert_eq!(card.permission_ids[0].as_str(), "7");
    assert_eq!(card.info["valid_until"], "2030-01-01");
    assert_eq!(card.info["card"]["no"], 5);
    assert_eq!(people.photo(hit.key).await.unwrap().unwrap(), vec![7; 100]);
    assert_equal_after_restart(&people, &store).await;
}

#[tokio::test]
async fn overwriting_keeps_the_key_and_without_a_photo_the_face() {
    let directory = tempfile::tempdir().unwrap();
    let store = Store::open(directory.path()).unwrap();
    let people = open(&store, "pack-1", 1000).await;
    let key = people.upsert(&record("1", "before"), face(1), None).await.unwrap();
    assert_eq!(people.upsert(&record("1", "after"), None, None).await.unwrap(), key);
    assert_eq!(people.get(people.search(&template(1), 1)[0].key).unwrap().name, "after");
    assert_eq!(people.upsert(&record("1", "after"), face(2), None).await.unwrap(), key);
    assert!(people.search(&template(2), 1)[0].cosine > 0.99);
    assert_eq!(people.len(), 1);
    assert!(matches!(people.upsert(&record("2", "new"), None, None).await, Err(PeopleError::NoPhoto)));
    assert_equal_after_restart(&people, &store).await;
}

#[tokio::test]
async fn a_full_library_refuses_new_people_and_still_takes_known_ones() {
    let directory = tempfile::tempdir().unwrap();
    let store = Store::open(directory.path()).unwrap();
    let people = open(&store, "pack-1", 3).await;
    let all = (0..10).map(|n| {
        let people = Arc::clone(&people);
        tokio::spawn(async move {
            people.upsert(&record(&format!("id{n}"), "person"), face(n), None).await.is_ok()
        })
    });
    let mut taken = 0;
    for one in all.collect::<Vec<_>>() {
        taken += usize::from(one.await.unwrap());
    }
    assert_eq!((taken, people.len()), (3, 3));
    let known = people.search(&template(0), 10)[0].key;
    let id = people.get(known).unwrap().identity_id.to_string();
    people.upsert(&record(&id, "again"), face(1), None).await.unwrap();
    assert_eq!(people.len(), 3);
}

#[tokio::test]
async fn removing_and_wiping_leave_nothing_and_never_use_a_key_again() {
    let directory = tempfile::tempdir().unwrap();
    let store = Store::open(directory.path()).unwrap();
    let people = open(&store, "pack-1", 1000).await;
    let first = people.upsert(&record("1", "person 1"), face(1), None).await.unwrap();
    let second = people.upsert(&record("2", "person 2"), face(2), None).await.unwrap();
    assert!(people.remove(&IdentityId::new("2"), None).await.unwrap());
    assert!(!people.remove(&IdentityId::new("2"), None).await.unwrap());
    assert!(people.get(second).is_none());
    assert_eq!(people.photo(second).await.unwrap(), None);
    let third = people.upsert(&record("3", "person 3"), face(3), None).await.unwrap();
    assert!(third > second && second > first);
    assert_equal_after_restart(&people, &store).await;
    assert_eq!(people.wipe().await.unwrap(), 2);
    assert!(people.search(&template(1), 5).is_empty());
    assert!(people.find(&IdentityId::new("1")).is_none());
    let fourth = people.upsert(&record("4", "person 4"), face(4), None).await.unwrap();
    assert!(fourth > third);
    assert_equal_after_restart(&people, &store).await;
}

#[tokio::test]
async fn concurrent_changes_of_one_person_end_the_same_in_memory_and_on_disk() {
    let directory = tempfile::tempdir().unwrap();
    let store = Store::open(directory.path()).unwrap();
    let people = open(&store, "pack-1", 1000).await;
    let tasks: Vec<_> = (0..120)
        .map(|n| {
            let people = Arc::clone(&people);
            tokio::spawn(async move {
                let id = format!("id{}", n % 3);
                match n % 5 {
                    4 => people.remove(&IdentityId::new(id), None).await.map(|_| ()).unwrap(),
                    _ => people
                        .upsert(&record(&id, &format!("v{n}")), face(n % 8), None)
                        .await
                        .map(|_| ())
                        .unwrap(),
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    assert_equal_after_restart(&people, &store).await;
}

#[tokio::test]
async fn templates_of_another_pack_are_not_searched() {
    let directory = tempfile::tempdir().unwrap();
    let store = Store::open(directory.path()).unwrap();
    let people = open(&store, "pack-1", 1000).await;
    people.upsert(&record("1", "person 1"), face(1), None).await.unwrap();
    let other = open(&store, "pack-2", 1000).await;
    assert_eq!((other.len(), other.faces()), (1, 0));
    let sealer = store.sealer();
    let next = move |db: &Connection| rows::next_unembedded(db, &sealer, "pack-2", 0);
    let waiting = store.read(next).await.unwrap().unwrap();
    assert_eq!((waiting.identity_id.as_str(), waiting.photo.unwrap().len()), ("1", 100));
}
