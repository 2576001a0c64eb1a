//! The broker: behind a line, and with an alarm because it has no room left. Commands wait in the database and events do not care.

use std::time::Instant;

use protocol::DevSno;
use runtime::Lifecycle;
use runtime::testing::{ChaosProxy, PrivateBroker, wait_until};

use super::super::exchange::{listen, next};
use super::super::replicas::wipe;
use super::super::scripted::{Habits, ScriptedBox};
use super::super::world::{PATIENCE, World, broker, folder};
use super::reports::Reports;
use super::{Fault, fails, ready};

const ORDERS: usize = 5;
const LISTENER: &str = "test.chaos.events";

async fn order_some(world: &World, dev_sno: &DevSno) {
    for _ in 0..ORDERS {
        world.order(dev_sno, wipe()).await;
    }
}

/// Waits until the box was told this many commands in all and each is done.
async fn all_done(world: &World, scripted: &ScriptedBox, ordered: usize) {
    let open = "SELECT COUNT(*) FROM command WHERE method = 'wipe_data' AND state <> 'done'";
    world.until(open, 0).await;
    assert_eq!(scripted.memory.lock().unwrap().ids.len(), ordered);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_broker_that_is_cut_off_slow_frozen_or_full_is_told_of_and_loses_nothing() {
    let (broker, folder) = (broker().await, folder());
    let line = ChaosProxy::start(broker.address()).await.unwrap();
    // Boxes have a line of their own.
    let port = broker.address().port();
    let world = World::start_with(folder.path(), &PrivateBroker::url_at(line.addr()), |config| {
        config.broker.public_host = Some("127.0.0.1".to_owned());
        config.broker.public_port = Some(port);
    })
    .await;
    let dev_sno = world.add_box("CHAOS00003", false).await;
    let habits = Habits { drops_repeats: true, ..Habits::default() };
    let scripted = ScriptedBox::start(&world, &dev_sno, habits).await;
    let life = Lifecycle::new(std::time::Duration::from_secs(5));
    let (_session, mut events) = listen(&life, broker.broker_address(), LISTENER, "event.#").await;
    world.until("SELECT COUNT(*) FROM feed_follower WHERE name = 'exchange'", 1).await;
    let reports = Reports::start(&world, &dev_sno, false).await;
    let mut ordered = 0;
    for fault in Fault::ALL.map(Some).into_iter().chain([None]) {
        let began = Instant::now();
        match fault {
            Some(fault) => fault.begin(&line),
            None => {
                broker.alarm(true).await.unwrap();
                // What comes just before it says so it may still take.
                ready(&world, 200, "broker", fails).await;
            }
        }
        order_some(&world, &dev_sno).await;
        ordered += ORDERS;
        reports.acknowledged(3).await;
        if fault.is_none_or(Fault::is_away) {
            let said = ready(&world, 200, "broker", fails).await;
            println!("{fault:?}: {}", said["message"]);
            let waiting = world.number("SELECT COUNT(*) FROM command WHERE state = 'queued'").await;
            assert_eq!(waiting, 5, "they wait in the database");
        } else {
            all_done(&world, &scripted, ordered).await;
            ready(&world, 200, "broker", |part| part["ok"] == true).await;
        }
        match fault {
            Some(_) => line.restore(),
            None => broker.alarm(false).await.unwrap(),
        }
        all_done(&world, &scripted, ordered).await;
        ready(&world, 200, "broker", |part| part["ok"] == true).await;
        println!("{fault:?} was over after {:?}", began.elapsed());
    }
    let mut waited = reports.all_are_kept(&world).await;
    while !waited.is_empty() {
        waited.remove(&next(&mut events).await["data"]["taken_at"].as_i64().unwrap());
    }
    let told = scripted.memory.lock().unwrap().told.len();
    println!("{ordered} commands, {} of them told twice under the same id", told - ordered);
    let settled =
        wait_until(PATIENCE, || async { world.number("SELECT COUNT(*) FROM outbox_claim").await == 0 });
    assert!(settled.await);
    scripted.stop().await;
    world.stop().await;
    life.finish().await;
    broker.delete_queue(LISTENER).await.unwrap();
}
