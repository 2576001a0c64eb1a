//! Two processes on one PostgreSQL and one broker: what either is given is done once, and what one leaves the other takes up.

use std::collections::BTreeSet;

use protocol::{CommandBody, DevSno, MessageId, WipeOptions};
use runtime::testing::{PrivatePostgres, wait_until};
use serde_json::{Value, json};

use super::scripted::{Habits, ScriptedBox, log_in};
use super::world::{PATIENCE, World, broker, folder};
use crate::clock;
use crate::db::command::{self, NewCommand};
use crate::db::{Db, DbError, Tx, lease, outbox};

pub(super) const NO_BROKER: &str = "amqp://127.0.0.1:1";

/// A database of a test's own, whichever engine the other tests use.
pub(super) struct Shared(pub(super) String);

impl Shared {
    pub(super) async fn new() -> Self {
        let made = tokio::task::spawn_blocking(|| PrivatePostgres::shared().fresh_database());
        Self(made.await.unwrap().unwrap())
    }

    /// Its name at the server.
    pub(super) fn name(&self) -> &str {
        self.0.rsplit('/').next().unwrap().split('?').next().unwrap()
    }

    /// A process of the platform on it.
    pub(super) async fn join(&self, folder: &std::path::Path, broker: &str) -> World {
        World::start_with(folder, broker, |config| config.database.url = Some(self.0.clone())).await
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        PrivatePostgres::shared().drop_database(&self.0);
    }
}

pub(super) fn wipe() -> CommandBody {
    CommandBody::WipeData(WipeOptions { users: false, events: true, ..WipeOptions::default() })
}

pub(super) fn order(dev_sno: &DevSno) -> NewCommand {
    NewCommand {
        dev_sno: dev_sno.clone(),
        body: wipe(),
        extend: protocol::ExtendParams::default(),
        people: Vec::new(),
        answer_within: 600_000,
        origin: "operator".to_owned(),
    }
}

#[tokio::test]
async fn what_two_processes_are_given_is_done_once_and_in_order() {
    let (broker, folder, shared) = (broker().await, folder(), Shared::new().await);
    let one = shared.join(folder.path(), &broker.url()).await;
    let other = shared.join(folder.path(), &broker.url()).await;
    let mut boxes = Vec::new();
    for (number, world) in [&one, &other].into_iter().enumerate() {
        let dev_sno = one.add_box(&format!("REPLICA00{number}"), false).await;
        let habits = Habits { drops_repeats: true, ..Habits::default() };
        let scripted = ScriptedBox::start(world, &dev_sno, habits).await;
        boxes.push((dev_sno, scripted));
    }
    for _ in 0..20 {
        for (dev_sno, _) in &boxes {
            one.order(dev_sno, wipe()).await;
            other.order(dev_sno, wipe()).await;
        }
    }
    let done = "SELECT COUNT(*) FROM command WHERE state = 'done' AND method = 'wipe_data'";
    other.until(done, 80).await;
    // Only what the broker did not confirm in time is published again, and that is written down.
    let not_confirmed = one.number("SELECT COUNT(*) FROM command WHERE next_attempt_at IS NOT NULL").await;
    for (dev_sno, scripted) in &boxes {
        let (told, times) = (scripted.told_once(), scripted.change(|memory| memory.told.len()));
        assert_eq!(told.len(), 40, "{dev_sno}");
        assert!(told.is_sorted(), "{dev_sno}: {told:?}");
        assert!(
            times == 40 || not_confirmed > 0,
            "{dev_sno}: {times} were told, so some were published twice"
        );
    }
    // Work that arrives at both ends in one state.
    one.add_people((0..10).map(|n| format!("one{n}"))).await;
    other.add_people((0..10).map(|n| format!("other{n}"))).await;
    // Whoever is gone has no photo any more: a box that is about to fetch it would be refused.
    for (dev_sno, scripted) in &boxes {
        let all = wait_until(PATIENCE, || async { scripted.people().len() == 20 }).await;
        assert!(all, "{dev_sno} holds {:?}", scripted.people());
    }
    one.remove_person("other0").await;
    other.remove_person("one0").await;
    let expected: BTreeSet<String> = (1..10).flat_map(|n| [format!("one{n}"), format!("other{n}")]).collect();
    for (dev_sno, scripted) in &boxes {
        let same = wait_until(PATIENCE, || async { scripted.people() == expected }).await;
        assert!(same, "{dev_sno} holds {:?}", scripted.people());
    }
    for world in [&one, &other] {
        assert_eq!(world.get("/healthz").await.0, 200);
    }
    let claimed = "SELECT COUNT(*) FROM outbox_claim";
    one.until(claimed, 0).await;
    for (_, scripted) in boxes {
        scripted.stop().await;
    }
    other.stop().await;
    one.stop().await;
}

#[tokio::test]
async fn what_a_dead_process_had_in_hand_is_taken_over_when_its_time_is_up() {
    let (broker, folder, shared) = (broker().await, folder(), Shared::new().await);
    let db = Db::open(&shared.0).await.unwrap();
    let until = clock::now() + 4_000;
    let dev_sno = DevSno::new("REPLICA010");
    let planted = dev_sno.clone();
    let (held, free): (MessageId, MessageId) = db
        .write(move |tx: &mut Tx<'_>| {
            let now = clock::now();
            assert!(lease::take(tx, "jobs", "dead", now, until)?);
            let held = command::queue(tx, order(&planted), now)?;
            outbox::claim(tx, "dead", [&planted], until)?;
            // Behind what is claimed, so that the box gets both in their order.
            Ok::<_, DbError>((held, command::queue(tx, order(&planted), now)?))
        })
        .await
        .unwrap();
    let world = shared.join(folder.path(), &broker.url()).await;
    world.add_box(dev_sno.as_str(), false).await;
    let habits = Habits { drops_repeats: true, ..Habits::default() };
    let scripted = ScriptedBox::start(&world, &dev_sno, habits).await;
    world.until("SELECT COUNT(*) FROM command WHERE state = 'done'", 2).await;
    assert_eq!(scripted.told_once(), [held.to_string(), free.to_string()]);
    let first = world.number("SELECT MIN(published_at) FROM command").await;
    assert!(first >= until, "published {} ms before the claim ran out", until - first);
    // Whoever does the work of the clock is somebody else now.
    world.until("SELECT COUNT(*) FROM lease WHERE name = 'jobs' AND holder <> 'dead'", 1).await;
    world.add_people(["p1".to_owned()]).await;
    let came = wait_until(PATIENCE, || async { scripted.people().contains("p1") }).await;
    assert!(came, "the reconciler works");
    scripted.stop().await;
    world.stop().await;
    // Whoever stops hands everything back at once.
    assert_eq!(db.read(|tx| tx.number("SELECT COUNT(*) FROM lease", &[])).await.unwrap(), 0);
}

fn event(taken_at: i64) -> Value {
    json!({
        "identity_id": "p1", "identity_name": "n", "group_name": "default_group", "timestamp": taken_at, "score": 0.62,
        "ext_data": {"device_ip": "192.0.2.9", "ep_id": "REPLICA020__192.0.2.9", "person_type": 1, "device_type": "2",
            "grab_fiqa_info": {}, "box_fiqa_info": {}},
    })
}

#[tokio::test]
async fn viewers_at_either_process_are_told_of_what_arrives_at_either() {
    let (folder, shared) = (folder(), Shared::new().await);
    let one = shared.join(folder.path(), NO_BROKER).await;
    let other = shared.join(folder.path(), NO_BROKER).await;
    let dev_sno = one.add_box("REPLICA020", false).await;
    // A token of one is good at the other.
    let token = log_in(&one, &dev_sno, None).await.token;
    let path = format!("/device/realtime?token={token}");
    let mut viewers = [one.app.live.subscribe(), other.app.live.subscribe()];
    let start = clock::now() - 60_000;
    for (number, world) in (0_i64..).zip([&one, &other, &other, &one]) {
        assert_eq!(world.post(&path, event(start + number).to_string()).await.0, 200);
    }
    let mut told = [Vec::new(), Vec::new()];
    for (viewer, told) in viewers.iter_mut().zip(&mut told) {
        while told.len() < 4 {
            let next =
                tokio::time::timeout(PATIENCE, viewer.recv()).await.expect("viewers are told").unwrap();
            if next.head.kind == "event" {
                told.push(next.seq);
            }
        }
    }
    assert!(told[0].is_sorted() && told[0] == told[1], "{told:?}");
    other.stop().await;
    one.stop().await;
}
