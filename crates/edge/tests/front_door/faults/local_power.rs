//! Power cuts in the middle of what was asked of the box's own interface: an enrolment, and a wipe.

use std::collections::BTreeSet;
use std::path::Path;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use edge::store::events::NewEvent;
use futures_util::StreamExt as _;
use rusqlite::Connection;
use serde_json::json;

use crate::support::people::make_up;
use crate::support::photos::photo;
use crate::support::process::{Process, Setup};

const USERS: &str = "/SophonFogSys/api/users";

fn count(setup: &Setup, table: &str) -> i64 {
    let db = Connection::open(setup.data.join("box.db")).unwrap();
    db.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get(0)).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_in_the_middle_of_enrolments_whoever_was_promised_is_there_and_nobody_by_half() {
    const PEOPLE: usize = 16;
    let directory = tempfile::tempdir().unwrap();
    let process = Process::start(Setup::new(directory.path(), None)).await;
    let post = |n: usize| {
        let user = json!({"identity_id": format!("p{n}"), "reg_photo": BASE64_STANDARD.encode(photo(n % 2, 0)), "group_name": "default_group",
            "info": {"name": "n", "type": 1}});
        let request = process.request(|client, url| client.post(url), USERS).json(&user);
        async move { (n, request.send().await.is_ok_and(|answer| answer.status() == 200)) }
    };
    let posts: Vec<_> = (0..PEOPLE).map(post).collect();
    let mut under_way = futures_util::stream::iter(posts).buffer_unordered(4);
    let mut promised = BTreeSet::new();
    while promised.len() < PEOPLE / 4 {
        let (n, done) = under_way.next().await.unwrap();
        assert!(done);
        promised.insert(n);
    }
    // Others are being judged and written at this moment.
    let setup = process.kill();
    let late: Vec<_> =
        under_way.filter(|(_, done)| std::future::ready(*done)).map(|(n, _)| n).collect().await;
    promised.extend(late);
    assert!(promised.len() < PEOPLE, "the kill came too late");
    let process = Process::start(setup).await;
    let status = process.status().await;
    let people = status["people"].as_u64().unwrap();
    assert_eq!(status["faces"], people, "nobody by half: {status}");
    assert!(people >= promised.len() as u64, "{people} of {}", promised.len());
    for n in promised {
        process.get(&format!("{USERS}?identity_id=p{n}")).await;
    }
    let setup = process.stop().await;
    let (rows, photos) = (count(&setup, "person"), count(&setup, "person_photo"));
    assert_eq!((rows.unsigned_abs(), photos), (people, rows));
}

const PEOPLE: usize = 400;
const EVENTS: usize = 3000;
/// A busy machine may hold up the test until the wipe is over.
const ATTEMPTS: usize = 10;

/// A box with many people and events, each with a picture.
async fn fill(data: &Path) {
    let store = edge::store::Store::open(data).unwrap();
    make_up(store.clone(), PEOPLE).await;
    let sealer = store.sealer();
    let events = move |db: &Connection| {
        for n in 0..EVENTS {
            let (taken_at, spot) = (i64::try_from(n).unwrap_or_default(), Some(vec![2; 20_000]));
            let event = NewEvent { taken_at, body: "{}".into(), spot, open: false };
            edge::store::events::insert(db, &sealer, &event)?;
        }
        Ok(())
    };
    store.write(events).await.unwrap();
}

async fn wipe(process: &Process) -> bool {
    let request = process.request(|client, url| client.post(url), "/SophonFogSys/api/WipeData");
    let all = json!({"wipe_options": {"users": true, "events": true}});
    request.json(&all).send().await.is_ok_and(|answer| answer.status() == 200)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_between_the_people_and_the_events_of_a_wipe_the_box_is_whole_and_wipes_the_rest_when_asked() {
    for attempt in 1.. {
        let directory = tempfile::tempdir().unwrap();
        let setup = Setup::new(directory.path(), None);
        fill(&setup.data).await;
        let process = Process::start(setup).await;
        process
            .until("filled", |status| status["events"]["kept"] == EVENTS && status["people"] == PEOPLE)
            .await;
        let setup = {
            let wiping = wipe(&process);
            let begun = async { while process.status().await["people"] != 0 {} };
            let answered = tokio::select! {
                answered = wiping => Some(answered),
                () = begun => None,
            };
            let setup = process.kill();
            if answered.is_some() && attempt < ATTEMPTS {
                // The whole wipe was quicker than one look at the box.
                continue;
            }
            assert_eq!(answered, None, "the kill came too late");
            setup
        };
        assert_eq!((count(&setup, "person"), count(&setup, "person_photo")), (0, 0));
        let events = count(&setup, "event");
        assert!(events == 0 || events == i64::try_from(EVENTS).unwrap(), "events by half: {events}");
        if events == 0 && attempt < ATTEMPTS {
            continue;
        }
        assert!(events > 0, "the kill came too late");
        let process = Process::start(setup).await;
        let status = process.status().await;
        assert_eq!((&status["people"], &status["faces"]), (&json!(0), &json!(0)), "{status}");
        assert_eq!(status["events"]["kept"], EVENTS);
        assert!(wipe(&process).await, "nobody was promised anything: it is asked for again");
        process.until("empty", |status| status["events"]["kept"] == 0).await;
        let setup = process.stop().await;
        assert_eq!((count(&setup, "event"), count(&setup, "seal_slot")), (0, 0));
        return;
    }
}
