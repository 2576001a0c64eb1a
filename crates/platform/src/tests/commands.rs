//! Results find their commands: with and without ids, once, twice, late, from boxes that do not own them.

use std::collections::BTreeMap;

use protocol::{CommandBody, DevSno, FiqaLevel, MessageId, WipeOptions};
use runtime::Lifecycle;
use runtime::amqp::{Publisher, Session, SessionOptions};
use runtime::testing::{PrivatePostgres, wait_until};
use serde_json::{Value, json};

use super::replicas::Shared;
use super::scripted::{Habits, ScriptedBox, log_in};
use super::world::{PATIENCE, World, broker, folder};
use crate::broker::names;
use crate::db::answer::{Sender, Taken};

/// Somebody at the broker.
pub(super) struct Voice {
    pub(super) publisher: Publisher,
    life: Lifecycle,
}

impl Voice {
    pub(super) async fn start(address: runtime::amqp::BrokerAddress) -> Self {
        let life = Lifecycle::new(std::time::Duration::from_secs(2));
        // What is not confirmed in time would be said again, and tests count what was said.
        let options = SessionOptions { confirm_timeout: PATIENCE, ..SessionOptions::default() };
        let session = Session::start_with(&life, "voice", address, Vec::new(), options);
        session.state().wait_for(runtime::amqp::LinkState::is_up).await.unwrap();
        Self { publisher: session.publisher(), life }
    }

    pub(super) async fn say(&self, queue: &str, body: impl Into<Vec<u8>>) {
        let body = body.into();
        let said =
            wait_until(PATIENCE, || async { self.publisher.publish("", queue, body.clone()).await.is_ok() });
        assert!(said.await, "the queue {queue} takes messages");
    }

    pub(super) async fn stop(self) {
        self.life.finish().await;
    }
}

fn result(dev_sno: &DevSno, method: &str, id: Option<&MessageId>, result: &Value) -> Value {
    let mut answer = json!({"success": true, "code": 0, "message": "ok", "dev_sno": dev_sno, "messageKey": method, "result": result});
    if let Some(id) = id {
        answer["messageId"] = json!(id);
    }
    answer
}

fn wipe(events: bool) -> CommandBody {
    CommandBody::WipeData(WipeOptions { users: false, events, ..WipeOptions::default() })
}

async fn take(world: &World, answer: &Value) -> Taken {
    take_from(world, Sender::Shared, answer).await
}

async fn take_from(world: &World, sender: Sender, answer: &Value) -> Taken {
    let result = protocol::CommandResult::read(answer.to_string().as_bytes()).unwrap();
    crate::intake::results::take_all(&world.app, vec![(sender, result)]).await.unwrap()[0]
}

/// The last sign of life of a box.
async fn seen(world: &World, dev_sno: &DevSno) -> Option<i64> {
    let id = dev_sno.clone();
    let found = world.write(move |tx| crate::db::boxes::find(tx, &id)).await;
    found.unwrap().seen_at
}

#[tokio::test]
async fn a_result_without_id_belongs_to_the_oldest_open_command_of_its_kind() {
    let folder = folder();
    let world = World::start(folder.path(), "amqp://127.0.0.1:1").await;
    let one = world.add_box("RESULTS001", false).await;
    let other = world.add_box("RESULTS002", false).await;
    let first = world.order(&one, wipe(true)).await;
    let second = world.order(&one, wipe(true)).await;
    let third = world.order(&other, wipe(true)).await;
    let done = json!({"wipe_options": {"users": false, "events": true}});
    assert_eq!(take(&world, &result(&one, "delete_users", None, &json!({}))).await, Taken::Foreign);
    assert_eq!(take(&world, &result(&one, "wipe_data", None, &done)).await, Taken::Settled);
    // It may answer something else, and has not left: it must still be told, and is done then.
    assert_eq!(world.command(&first).await, ("queued".into(), Some("0".into())));
    assert_eq!(world.command(&second).await, ("queued".into(), None));
    let left = [first.clone()];
    world.write(move |tx| crate::db::outbox::published(tx, &left, crate::clock::now())).await;
    assert_eq!(world.command(&first).await, ("done".into(), Some("0".into())));
    // A refusal, its code a text.
    let mut refused = result(&one, "wipe_data", None, &json!({}));
    (refused["success"], refused["code"]) = (json!(false), json!("50072"));
    assert_eq!(take(&world, &refused).await, Taken::Settled);
    assert_eq!(world.command(&second).await, ("failed".into(), Some("50072".into())));
    assert_eq!(take(&world, &result(&one, "wipe_data", None, &done)).await, Taken::Foreign, "none is open");
    // The id tells whose command was answered, whatever the result says of its sender.
    let before = seen(&world, &one).await;
    assert_eq!(take(&world, &result(&one, "wipe_data", Some(&third), &done)).await, Taken::Settled);
    assert_eq!((world.command(&third).await.0, seen(&world, &one).await), ("done".into(), before));
    assert_eq!(take(&world, &result(&other, "wipe_data", Some(&third), &done)).await, Taken::Again);
    assert_eq!(take(&world, &result(&DevSno::new("NOBODY"), "wipe_data", None, &done)).await, Taken::NoBox);
    world.stop().await;
}

#[tokio::test]
async fn a_foreign_removal_is_repaired_and_a_foreign_success_proves_nothing() {
    let (broker, folder) = (broker().await, folder());
    let world = World::start(folder.path(), &broker.url()).await;
    let dev_sno = world.add_box("FOREIGN001", false).await;
    world.add_people(["p1".to_owned(), "p2".to_owned()]).await;
    let scripted = ScriptedBox::start(&world, &dev_sno, Habits::default()).await;
    world.until("SELECT COUNT(*) FROM box_person WHERE state = 'applied'", 2).await;
    let voice = Voice::start(broker.broker_address()).await;
    // Somebody removes a person by a command of their own, and the box says so.
    scripted.change(|memory| drop(memory.people.remove("p1")));
    let unknown = MessageId::new("somebody-elses");
    let gone = json!({"success_users": [{"userid": "p1", "message": "ok", "code": 0}], "failed_users": []});
    voice.say("menshen.results", result(&dev_sno, "delete_users", Some(&unknown), &gone).to_string()).await;
    let back = wait_until(PATIENCE, || async { scripted.people().contains("p1") }).await;
    assert!(back, "the person is brought back");
    let brought =
        json!({"success_users": [{"userid": "p9", "message": "ok", "code": 0}], "failed_users": []});
    voice
        .say("menshen.results", result(&dev_sno, "add_users_plus", Some(&unknown), &brought).to_string())
        .await;
    let counted = wait_until(PATIENCE, || async { world.app.counts.results_foreign.get() == 2 }).await;
    assert!(counted, "{:?}", world.app.counts.all());
    assert!(world.holding(&dev_sno, "p9").await.is_none());
    voice.stop().await;
    scripted.stop().await;
    world.stop().await;
}

/// The first answer that ends a command well is refused by a rule, and the next two find the disk full; one that ends it badly is always
/// refused.
const REFUSES: &str = "CREATE SEQUENCE turn;
    CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ DECLARE turn bigint; BEGIN
        IF NEW.state = 'failed' THEN RAISE 'a rule' USING ERRCODE = '23514'; END IF;
        turn := nextval('turn');
        IF turn = 1 THEN RAISE 'a rule' USING ERRCODE = '23514'; END IF;
        IF turn < 4 THEN RAISE 'no room' USING ERRCODE = '53100'; END IF;
        RETURN NEW;
    END $$;
    CREATE TRIGGER refuse BEFORE UPDATE ON command FOR EACH ROW WHEN (NEW.state IN ('done', 'failed'))
        EXECUTE FUNCTION refuse()";

#[tokio::test]
async fn a_result_the_database_refuses_costs_its_sender_and_one_it_has_no_room_for_waits() {
    let (broker, folder, shared) = (broker().await, folder(), Shared::new().await);
    let world = World::start_with(folder.path(), &broker.url(), |config| {
        (config.database.url, config.events.box_rate) = (Some(shared.0.clone()), 1);
    })
    .await;
    let dev_sno = world.add_box("REFUSED001", false).await;
    log_in(&world, &dev_sno, None).await;
    let id = world.order(&dev_sno, wipe(true)).await;
    world.until("SELECT COUNT(*) FROM command WHERE state = 'published'", 1).await;
    let name = shared.name().to_owned();
    let made = tokio::task::spawn_blocking(move || PrivatePostgres::shared().sql(&name, REFUSES));
    made.await.unwrap().unwrap();

    let voice = Voice::start(broker.broker_address()).await;
    let mut answer =
        result(&dev_sno, "wipe_data", Some(&id), &json!({"wipe_options": {"users": false, "events": true}}));
    answer["success"] = json!(false);
    for _ in 0..100 {
        voice.say("menshen.results", answer.to_string()).await;
    }
    let unreadable = || world.app.counts.results_unreadable.get();
    let dropped = wait_until(PATIENCE, || async { unreadable() == 100 }).await;
    assert!(dropped, "{:?}", world.app.counts.all());
    assert!(world.app.results_pace.is_spent(dev_sno.as_str(), crate::clock::now()));
    answer["success"] = json!(true);
    voice.say("menshen.results", answer.to_string()).await;
    let done = wait_until(PATIENCE, || async { world.command(&id).await.0 == "done" }).await;
    assert!(done, "{:?}", world.app.counts.all());
    assert_eq!(unreadable(), 100);
    voice.stop().await;
    world.stop().await;
}

#[tokio::test]
async fn commands_go_on_when_somebody_has_deleted_the_exchanges() {
    let (broker, folder) = (broker().await, folder());
    let world = World::start(folder.path(), &broker.url()).await;
    let dev_sno = world.add_box("DELETED001", false).await;
    let scripted = ScriptedBox::start(&world, &dev_sno, Habits::default()).await;
    world.order(&dev_sno, wipe(true)).await;
    world.until("SELECT COUNT(*) FROM command WHERE state = 'done'", 1).await;
    for exchange in [names::COMMANDS, names::EVENTS] {
        broker.delete_exchange(exchange).await.unwrap();
    }
    world.order(&dev_sno, wipe(true)).await;
    world.until("SELECT COUNT(*) FROM command WHERE state = 'done'", 2).await;
    scripted.stop().await;
    world.stop().await;
}

#[tokio::test]
async fn what_waits_in_shared_queues_is_measured() {
    let (broker, folder) = (broker().await, folder());
    let world = World::start(folder.path(), &broker.url()).await;
    world.app.broker.state().wait_for(runtime::amqp::LinkState::is_up).await.unwrap();
    let voice = Voice::start(broker.broker_address()).await;
    for _ in 0..3 {
        voice.say("menshen.fiqa", "nobody takes it").await;
    }
    let told = wait_until(PATIENCE, || async {
        crate::metrics::take_sample(&world.app).await.unwrap();
        let text = world.app.metrics.text(&world.app);
        text.contains("menshen_queue_messages{queue=\"menshen.fiqa\"} 3\n")
            && text.contains("menshen_queue_messages{queue=\"menshen.results\"} 0\n")
    });
    assert!(told.await, "{}", world.app.metrics.text(&world.app));
    voice.stop().await;
    world.stop().await;
}

#[tokio::test]
async fn a_quality_check_goes_to_the_shared_queue_and_comes_back() {
    let (broker, folder) = (broker().await, folder());
    let world = World::start(folder.path(), &broker.url()).await;
    let dev_sno = world.add_box("QUALITY001", false).await;
    log_in(&world, &dev_sno, None).await;
    let body = CommandBody::Fiqa { image_base64: "aGk=".to_owned(), level: FiqaLevel::High };
    // For one box it goes to that box, for whichever is free first to the queue they share.
    world.order(&dev_sno, body.clone()).await;
    let id = world.order(&DevSno::new(""), body).await;
    for queue in ["menshen.fiqa", "menshen.box.QUALITY001"] {
        let there = wait_until(PATIENCE, || async { broker.waiting(queue).await.unwrap() == Some(1) }).await;
        assert!(there, "{queue}");
    }
    let named = "SELECT COUNT(*) FROM command WHERE dev_sno = ''";
    assert_eq!(world.number(named).await, 1);
    let voice = Voice::start(broker.broker_address()).await;
    let face = json!({"bbox": [103, 78, 514, 609], "fails": [], "fiqa_result": true, "info": {"brightness": 0.9, "clarity": 1.4,
        "face_size": 354, "headpose": {"pitch_angle": 9.3, "roll_angle": -0.05, "yaw_angle": -1.6}, "mask": 0.003,
        "occlusion": [true, true, true], "partial": false}, "score": 1.4, "success": ["face_size"]});
    // Whichever box took it answers. The first of two answers without an id belongs to the command that was written first.
    for _ in 0..2 {
        let answer = result(&dev_sno, "fiqa", None, &json!({"data": [face]}));
        voice.say("menshen.fiqa.results", answer.to_string()).await;
    }
    let done = wait_until(PATIENCE, || async { world.command(&id).await.0 == "done" }).await;
    assert!(done);
    assert_eq!(world.number(named).await, 0, "it is known which box answered");
    // The pictures are gone.
    world.until("SELECT COUNT(*) FROM command WHERE payload = '{\"method\":\"fiqa\"}'", 2).await;
    voice.stop().await;
    world.stop().await;
}

#[tokio::test]
async fn a_quality_check_for_one_box_is_answered_by_no_other() {
    let folder = folder();
    let world = World::start(folder.path(), "amqp://127.0.0.1:1").await;
    let one = world.add_box("CHECKS0001", false).await;
    let other = world.add_box("CHECKS0002", false).await;
    let check = CommandBody::Fiqa { image_base64: "aGk=".to_owned(), level: FiqaLevel::High };
    let named = world.order(&one, check.clone()).await;
    let anybodys = world.order(&DevSno::new(""), check.clone()).await;
    let answer = |dev_sno: &DevSno, id: Option<&MessageId>| result(dev_sno, "fiqa", id, &json!({"data": []}));
    // The older one is not its, so it answers the other; then none is left for it.
    assert_eq!(take(&world, &answer(&other, None)).await, Taken::Settled);
    assert_eq!(world.command(&named).await, ("queued".into(), None));
    assert_eq!(world.command(&anybodys).await, ("done".into(), Some("0".into())));
    assert_eq!(take(&world, &answer(&other, None)).await, Taken::Foreign);
    let from = |dev_sno: &DevSno| Sender::Box(dev_sno.clone());
    assert_eq!(take_from(&world, from(&other), &answer(&other, Some(&named))).await, Taken::Foreign);
    assert_eq!(world.command(&named).await, ("queued".into(), None));
    assert_eq!(take_from(&world, from(&one), &answer(&one, Some(&named))).await, Taken::Settled);
    assert_eq!(world.command(&named).await.0, "done");
    // By its id any box answers one that is for whichever comes first; an answer that names nobody is anybody's.
    let next = world.order(&DevSno::new(""), check.clone()).await;
    assert_eq!(take_from(&world, from(&one), &answer(&one, Some(&next))).await, Taken::Settled);
    let last = world.order(&one, check).await;
    let mut nobodys = answer(&one, None);
    nobodys.as_object_mut().unwrap().remove("dev_sno");
    assert_eq!(take(&world, &nobodys).await, Taken::Settled);
    assert_eq!(world.command(&last).await, ("queued".into(), Some("0".into())));
    world.stop().await;
}

#[tokio::test]
async fn ten_thousand_people_in_one_result() {
    let folder = folder();
    let world = World::start(folder.path(), "amqp://127.0.0.1:1").await;
    let dev_sno = world.add_box("MANY000001", false).await;
    world.add_people((0..10_000).map(|number| format!("p{number:05}x"))).await;
    let people: Vec<_> =
        (0..10_000).map(|number| (protocol::IdentityId::new(format!("p{number:05}x")), Some(2))).collect();
    let (to, named) = (dev_sno.clone(), people.clone());
    let id = world
        .write(move |tx| {
            let ids = named.iter().map(|(person, _)| person.clone()).collect();
            let new = crate::db::command::NewCommand {
                dev_sno: to.clone(),
                body: CommandBody::AddUsersPlus(protocol::Users::Ids(ids)),
                extend: protocol::ExtendParams::default(),
                people: named.clone(),
                answer_within: 600_000,
                origin: "operator".to_owned(),
            };
            let id = crate::db::command::queue(tx, new, crate::clock::now())?;
            crate::db::desired::send_all(tx, &to, named.iter().map(|(person, _)| person), &id)?;
            Ok(id)
        })
        .await;
    let (mut done, mut failed) = (Vec::new(), Vec::new());
    for (at, (person, _)) in people.iter().enumerate() {
        let entry = json!({"userid": person, "username": "", "message": "a message of some length", "code": if at % 10 == 0 { "40004" } else { "0" }});
        if at % 10 == 0 { failed.push(entry) } else { done.push(entry) }
    }
    let answer = result(
        &dev_sno,
        "add_users_plus",
        Some(&id),
        &json!({"success_users": done, "failed_users": failed}),
    );
    let token = log_in(&world, &dev_sno, None).await.token;
    let began = std::time::Instant::now();
    assert_eq!(world.post(&format!("/device/results?token={token}"), answer.to_string()).await.0, 200);
    let took = began.elapsed();
    assert!(took.as_secs() < 60, "{took:?}");
    let mut states = BTreeMap::new();
    for (state, sql) in [
        ("applied", "SELECT COUNT(*) FROM box_person WHERE state = 'applied'"),
        ("failed", "SELECT COUNT(*) FROM box_person WHERE state = 'failed' AND code = '40004'"),
    ] {
        states.insert(state, world.number(sql).await);
    }
    assert_eq!(states, BTreeMap::from([("applied", 9_000), ("failed", 1_000)]));
    assert_eq!(world.command(&id).await.0, "done");
    world.stop().await;
}
