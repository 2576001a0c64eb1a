//! Every box has an account of its own at the broker: a real RabbitMQ with its management API says what each may do.

use std::time::Duration;

use protocol::{BrokerBlock, CommandBody, DevSno, MessageId, WipeOptions};
use runtime::amqp::{BrokerAddress, Declare, DeclareError, LinkState, Session, SessionOptions};
use runtime::testing::{PrivateBroker, wait_until};
use runtime::{Backoff, Lifecycle};
use serde_json::{Value, json};

use super::scripted::{Habits, ScriptedBox, log_in};
use super::world::{PATIENCE, World, folder};
use crate::broker::accounts::Accounts;
use crate::config::Secret;
use crate::db::boxes;

const APPLIED: &str = "SELECT COUNT(*) FROM box_person WHERE state = 'applied'";
const ACCOUNTS: &str = "SELECT COUNT(*) FROM broker_account";

/// A session with what a login told, in one of its two virtual hosts.
fn session(life: &Lifecycle, told: &BrokerBlock, vhost: &str, topology: Vec<Declare>) -> Session {
    session_that(false, life, told, vhost, topology)
}

/// As [`session`]; one that `signs` tells with each message whose account it comes from.
fn session_that(
    signs: bool,
    life: &Lifecycle,
    told: &BrokerBlock,
    vhost: &str,
    topology: Vec<Declare>,
) -> Session {
    let address = BrokerAddress {
        host: told.host.clone(),
        port: told.port,
        vhost: vhost.to_owned(),
        login: told.login.clone(),
        password: told.password.clone(),
        tls: false,
    };
    let backoff = Backoff::new(Duration::from_millis(100), Duration::from_millis(300));
    let confirm_timeout = Duration::from_secs(10);
    let options = SessionOptions { backoff, confirm_timeout, signs, ..SessionOptions::default() };
    Session::start_with(life, "test", address, topology, options)
}

async fn is_up(session: &Session) -> bool {
    wait_until(PATIENCE, || async { session.state().borrow().is_up() }).await
}

/// Waits until the broker has refused the session something.
async fn is_refused(session: &Session) -> bool {
    wait_until(PATIENCE, || async {
        matches!(&*session.state().borrow(), LinkState::Down { reason, .. } if reason.to_uppercase().contains("REFUSED"))
    })
    .await
}

async fn start(broker: &PrivateBroker, folder: &std::path::Path) -> World {
    let url = broker.management_url().unwrap();
    World::start_with(folder, &broker.url(), |config| config.broker.management_url = Some(Secret::new(url)))
        .await
}

/// Logs in, as often as it takes until the platform has reached the management API.
async fn first_login(world: &World, dev_sno: &DevSno) {
    let path = format!("/device/login?dev_sno={dev_sno}");
    assert!(wait_until(PATIENCE, || async { world.get(&path).await.0 == 200 }).await);
}

#[tokio::test]
async fn a_box_reads_its_own_queue_and_writes_results_and_nothing_else() {
    let broker = PrivateBroker::start_with_management().await.unwrap();
    let folder = folder();
    let world = start(&broker, folder.path()).await;
    let (a, b) = (world.add_box("ACCOUNTA", false).await, world.add_box("ACCOUNTB", false).await);
    first_login(&world, &a).await;
    let other = log_in(&world, &b, None).await.rabbitmq;

    // Everything a box does works with its account.
    let scripted = ScriptedBox::start(&world, &a, Habits::default()).await;
    world.add_people((0..3).map(|number| format!("p{number}"))).await;
    let both = ScriptedBox::with_reply(&world, &b, log_in(&world, &b, None).await, Habits::default()).await;
    world.until(APPLIED, 6).await;
    let told = scripted.reply.rabbitmq.clone();
    assert!(told.login.starts_with("menshen.box.ACCOUNTA.") && told.login != other.login, "{}", told.login);
    assert_eq!((told.vhost.as_str(), told.upload_vhost.as_str()), ("/", "menshen.results"));
    both.stop().await;

    let life = Lifecycle::new(Duration::from_secs(2));
    // It cannot read what is meant for another box, nor results.
    let reader = session(&life, &told, &told.vhost, Vec::new());
    let _deliveries = reader.consume("menshen.box.ACCOUNTB", 1).await;
    assert!(is_refused(&reader).await, "{:?}", reader.state().borrow());
    let reader = session(&life, &told, &told.upload_vhost, Vec::new());
    let _deliveries = reader.consume("menshen.results", 1).await;
    assert!(is_refused(&reader).await, "{:?}", reader.state().borrow());
    // It cannot send another box commands, by any way.
    let writer = session(&life, &told, &told.vhost, Vec::new());
    assert!(is_up(&writer).await);
    for (exchange, key) in
        [("", "menshen.box.ACCOUNTB"), ("menshen.commands", "menshen.box.ACCOUNTB"), ("", "menshen.results")]
    {
        let sent = writer.publisher().publish(exchange, key, b"{}".to_vec()).await;
        assert!(sent.is_err(), "{exchange} {key}");
        assert!(is_up(&writer).await);
    }
    assert_eq!(broker.waiting("menshen.box.ACCOUNTB").await.unwrap(), Some(0));
    // It cannot make or change anything but its own queue.
    for foreign in [
        Declare::queue("mine", false),
        Declare::topic("mine"),
        Declare::bind("menshen.box.ACCOUNTA", "menshen.commands", "#"),
        Declare::queue("menshen.box.ACCOUNTAA", false),
    ] {
        let declared = writer.declare(vec![foreign.clone()]).await;
        assert!(matches!(declared, Err(DeclareError::Refused(_))), "{foreign:?}: {declared:?}");
    }
    // Nor is it let into a virtual host with somebody else's password.
    let forged = BrokerBlock { login: other.login.clone(), ..told.clone() };
    assert!(is_refused(&session(&life, &forged, "/", Vec::new())).await);
    life.finish().await;
    scripted.stop().await;
    world.stop().await;
}

fn answer(dev_sno: &DevSno, method: &str, id: Option<&MessageId>, result: &Value) -> Vec<u8> {
    let mut answer = json!({"success": true, "code": 0, "message": "ok", "dev_sno": dev_sno, "messageKey": method, "result": result});
    if let Some(id) = id {
        answer["messageId"] = json!(id);
    }
    answer.to_string().into_bytes()
}

async fn say(session: &Session, body: Vec<u8>) {
    assert!(is_up(session).await);
    // The platform may still be about to declare the queue.
    let said = wait_until(PATIENCE, || async {
        session.publisher().publish("", "menshen.results", body.clone()).await.is_ok()
    });
    assert!(said.await, "the queue takes results");
}

fn wipe_events() -> CommandBody {
    CommandBody::WipeData(WipeOptions { users: false, events: true, ..WipeOptions::default() })
}

#[tokio::test]
async fn a_box_cannot_answer_for_another() {
    let broker = PrivateBroker::start_with_management().await.unwrap();
    let folder = folder();
    let world = start(&broker, folder.path()).await;
    let victim = world.add_box("VICTIM0001", false).await;
    first_login(&world, &victim).await;
    let scripted = ScriptedBox::start(&world, &victim, Habits::default()).await;
    world.add_people(["p1".to_owned(), "p2".to_owned()]).await;
    world.until(APPLIED, 2).await;
    // The victim is asked to forget somebody, and has not said that it did.
    scripted.change(|memory| memory.habits.is_mute = true);
    world.remove_person("p1").await;
    world
        .until("SELECT COUNT(*) FROM command WHERE method = 'delete_users' AND state = 'published'", 1)
        .await;

    let forger = world.add_box("FORGER0001", false).await;
    let told = log_in(&world, &forger, None).await.rabbitmq;
    let life = Lifecycle::new(Duration::from_secs(2));
    let unsigned = session(&life, &told, &told.upload_vhost, Vec::new());
    let nothing = json!({"success_users": [], "failed_users": []});
    let gone = json!({"success_users": [{"userid": "p2", "message": "ok", "code": 0}], "failed_users": []});
    let wiped = json!({"wipe_options": {"users": true}});
    let unknown = MessageId::new("nobodys");
    say(&unsigned, answer(&victim, "delete_users", None, &nothing)).await;
    say(&unsigned, answer(&victim, "delete_users", Some(&unknown), &gone)).await;
    say(&unsigned, answer(&victim, "wipe_data", None, &wiped)).await;
    let refused = wait_until(PATIENCE, || async { world.app.counts.results_unproven.get() == 3 }).await;
    assert!(refused, "{:?}", world.app.counts.all());
    // With its own name under it, it speaks for itself, whatever it says.
    let signed = session_that(true, &life, &told, &told.upload_vhost, Vec::new());
    for body in [answer(&victim, "delete_users", None, &nothing), answer(&victim, "wipe_data", None, &wiped)]
    {
        say(&signed, body).await;
    }
    let foreign = wait_until(PATIENCE, || async { world.app.counts.results_foreign.get() == 2 }).await;
    assert!(foreign, "{:?}", world.app.counts.all());
    let asked = "SELECT COUNT(*) FROM command WHERE method = 'delete_users' AND state = 'published'";
    assert_eq!(world.number(asked).await, 1);
    assert_eq!(world.number("SELECT COUNT(*) FROM box_person WHERE dev_sno = 'VICTIM0001'").await, 2);
    let held = "SELECT COUNT(*) FROM box_person WHERE dev_sno = 'VICTIM0001' AND state = 'applied'";
    assert_eq!(world.number(held).await, 1);
    life.finish().await;
    scripted.stop().await;
    world.stop().await;
}

#[tokio::test]
async fn a_box_answers_by_its_name_or_by_the_id_only_it_was_sent() {
    let broker = PrivateBroker::start_with_management().await.unwrap();
    let folder = folder();
    let world = start(&broker, folder.path()).await;
    let (own, other) = (world.add_box("ANSWERS001", false).await, world.add_box("ANSWERS002", false).await);
    let legacy = world.add_box("ANSWERS003", true).await;
    first_login(&world, &own).await;
    for dev_sno in [&other, &legacy] {
        log_in(&world, dev_sno, None).await;
    }
    let told = log_in(&world, &own, None).await.rabbitmq;
    let life = Lifecycle::new(Duration::from_secs(2));
    let unsigned = session(&life, &told, &told.upload_vhost, Vec::new());
    let signed = session_that(true, &life, &told, &told.upload_vhost, Vec::new());
    let done = json!({"wipe_options": {"users": false, "events": true}});
    let is = async |id: &MessageId, state: &str| {
        wait_until(PATIENCE, || async { world.command(id).await.0 == state }).await
    };
    let theirs = world.order(&other, wipe_events()).await;
    let by_id = world.order(&own, wipe_events()).await;
    say(&unsigned, answer(&other, "wipe_data", Some(&by_id), &done)).await;
    assert!(is(&by_id, "done").await, "the id tells");
    let by_name = world.order(&own, wipe_events()).await;
    say(&signed, answer(&other, "wipe_data", None, &done)).await;
    assert!(is(&by_name, "done").await, "the account tells");
    // Not even somebody else's id helps whoever signs as another.
    say(&signed, answer(&other, "wipe_data", Some(&theirs), &done)).await;
    // What cannot do better is believed because an operator said so.
    let unnamed = world.order(&legacy, wipe_events()).await;
    say(&unsigned, answer(&legacy, "wipe_data", None, &done)).await;
    assert!(is(&unnamed, "done").await);
    assert!(is(&theirs, "published").await);
    life.finish().await;
    world.stop().await;
}

#[tokio::test]
async fn passwords_change_with_each_login_and_nothing_is_cut_while_a_box_moves_over() {
    let broker = PrivateBroker::start_with_management().await.unwrap();
    let folder = folder();
    let world = start(&broker, folder.path()).await;
    let dev_sno = world.add_box("ROTATES", false).await;
    first_login(&world, &dev_sno).await;
    let life = Lifecycle::new(Duration::from_secs(2));
    let first = log_in(&world, &dev_sno, None).await.rabbitmq;
    let old = session(&life, &first, "/", Vec::new());
    assert!(is_up(&old).await);

    // Two logins at the same time: both can be used.
    let (second, third) = tokio::join!(log_in(&world, &dev_sno, None), log_in(&world, &dev_sno, None));
    for told in [&second.rabbitmq, &third.rabbitmq] {
        assert_ne!(told.password, first.password);
        assert!(is_up(&session(&life, told, "/", Vec::new())).await);
    }
    assert!(old.state().borrow().is_up(), "the connection of the login before was cut");
    assert_eq!(world.number(ACCOUNTS).await, 2);

    // When the overlap is over the password before is worth nothing, and what is connected stays.
    let overlap_is_over = "UPDATE broker_account SET until = 1 WHERE state = 'previous'";
    let was = world.number("SELECT COUNT(*) FROM broker_account WHERE state = 'previous'").await;
    assert_eq!(was, 1);
    world.write(move |tx| tx.exec(overlap_is_over, &[])).await;
    world.until("SELECT COUNT(*) FROM broker_account WHERE state = 'retired'", 1).await;
    let current = world.app.db.read(|tx| {
        let row = tx.first("SELECT login FROM broker_account WHERE state = 'current'", &[])?;
        row.unwrap().text("login")
    });
    let current: Result<String, crate::db::DbError> = current.await;
    let current = current.unwrap();
    for told in [&second.rabbitmq, &third.rabbitmq] {
        let again = session(&life, told, "/", Vec::new());
        assert!(if told.login == current { is_up(&again).await } else { is_refused(&again).await });
    }
    assert!(old.state().borrow().is_up());

    // Unbound: the accounts are gone, and with them what was connected.
    let id = dev_sno.clone();
    world.write(move |tx| boxes::unbind(tx, &id)).await;
    world.until(ACCOUNTS, 0).await;
    assert!(wait_until(PATIENCE, || async { !old.state().borrow().is_up() }).await);
    life.finish().await;
    world.stop().await;
}

#[tokio::test]
async fn without_the_management_api_no_box_gets_in_and_that_is_told() {
    let folder = folder();
    let world = World::start_with(folder.path(), "amqp://127.0.0.1:1", |config| {
        config.broker.management_url = Some(Secret::new("http://a:b@127.0.0.1:1"));
    })
    .await;
    let dev_sno = world.add_box("WAITS", false).await;
    let (status, body) = world.get(&format!("/device/login?dev_sno={dev_sno}")).await;
    let refused: Value = serde_json::from_slice(&body).unwrap();
    assert_eq!((status, &refused["error"]["code"]), (503, &Value::from(50073)), "{refused}");
    assert_eq!(world.number("SELECT COUNT(*) FROM box_token").await, 0);
    // Unknown keys are refused as ever, without asking anybody.
    assert_eq!(world.get("/device/login?dev_sno=NOBODY").await.0, 401);
    let told = wait_until(PATIENCE, || async {
        let ready: Value = serde_json::from_slice(&world.get("/readyz").await.1).unwrap();
        let part = &ready["broker_accounts"];
        part["ok"] == false && part["message"].as_str().is_some_and(|text| text.contains("does not answer"))
    })
    .await;
    assert!(told);
    world.stop().await;
}

/// What the doctor finds out.
async fn tried(url: &str, address: &BrokerAddress) -> Result<(), String> {
    let outcome = Accounts::new(url, address).unwrap().try_out().await;
    outcome.map_err(|error| error.to_string())
}

#[tokio::test]
async fn the_doctor_says_whether_accounts_could_be_made() {
    drop(rustls::crypto::ring::default_provider().install_default());
    let broker = PrivateBroker::start_with_management().await.unwrap();
    let address = BrokerAddress::from_url(&broker.url()).unwrap();
    let url = broker.management_url().unwrap();
    // It is given five seconds for an answer, which on a busy machine the API may exceed.
    let works = wait_until(PATIENCE, || async { tried(&url, &address).await.is_ok() }).await;
    assert!(works, "{:?}", tried(&url, &address).await);
    let wrong = url.replacen("guest:guest", "guest:wrong", 1);
    let is_told = |told: &str| told.contains("does not know the account") && !told.contains("guest");
    let told =
        wait_until(PATIENCE, || async { tried(&wrong, &address).await.is_err_and(|told| is_told(&told)) });
    assert!(told.await, "{:?}", tried(&wrong, &address).await);
    let nobody = tried("http://guest:guest@127.0.0.1:1", &address).await.unwrap_err();
    assert!(nobody.contains("does not answer"), "{nobody}");
}
