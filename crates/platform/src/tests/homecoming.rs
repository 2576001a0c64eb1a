//! A fleet that comes back all at once after an outage: let in at a bounded rate, soon all of it is online, and every box gets the
//! commands that waited for it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use protocol::{DevSno, LoginReply};
use runtime::Lifecycle;
use runtime::amqp::{Deliveries, Publisher, Session};
use runtime::testing::PrivateBroker;
use serde_json::{Value, json};

use super::replicas::{NO_BROKER, order};
use super::world::{World, folder};
use crate::broker::names;
use crate::clock;
use crate::db::boxes::{self, Settings};
use crate::db::command;

const BOXES: usize = 500;
/// Commands that wait for each box.
const COMMANDS: usize = 2;
/// Boxes that are let in at the same time; 32 wait for each of them, more are told to come again.
const AT_ONCE: usize = 8;

/// The commands each box was told, as they came.
type Told = Arc<Mutex<BTreeMap<DevSno, Vec<String>>>>;

fn name(number: usize) -> DevSno {
    DevSno::new(format!("HOME{number:06}"))
}

/// What was there before the outage: boxes, and commands nobody could take.
async fn before(folder: &Path) -> BTreeMap<DevSno, Vec<String>> {
    let world = World::start(folder, NO_BROKER).await;
    let waiting = world.write(|tx| {
        let settings =
            Settings { name: String::new(), site: String::new(), legacy: false, fiqa_server: false };
        let mut waiting = BTreeMap::new();
        for dev_sno in (0..BOXES).map(name) {
            boxes::insert(tx, &dev_sno, &settings, clock::now())?;
            for _ in 0..COMMANDS {
                let id = command::queue(tx, order(&dev_sno), clock::now())?.to_string();
                waiting.entry(dev_sno.clone()).or_insert_with(Vec::new).push(id);
            }
        }
        Ok(waiting)
    });
    let waiting = waiting.await;
    world.stop().await;
    waiting
}

/// Logs in until it is let in, and gives a sign of life; counts how often boxes were told to come again.
async fn come_back(world: &World, dev_sno: DevSno, sent_away: &AtomicUsize) -> LoginReply {
    loop {
        let (status, body) = world.get(&format!("/device/login?dev_sno={dev_sno}")).await;
        match LoginReply::read(status, &body) {
            Ok(reply) => {
                let heartbeat = json!({"gateway_ip": "192.0.2.7", "gateway_name": "box", "gateway_status": "online",
                    "gateway_sn": "S1", "gateway_ext_data": {"sw_version": "1"}, "sub_devices": []});
                let path = format!("/device/status?token={}&dev_sno={dev_sno}", reply.token);
                assert_eq!(world.post(&path, heartbeat.to_string()).await.0, 200);
                return reply;
            }
            Err(refused) => assert_eq!(status, 503, "{refused}"),
        }
        sent_away.fetch_add(1, Ordering::Relaxed);
        tokio::time::sleep(Duration::from_millis(300)).await;
    }
}

/// Takes a box's commands and says that they are done.
async fn obey(dev_sno: DevSno, mut deliveries: Deliveries, publisher: Publisher, told: Told) {
    while let Some(delivery) = deliveries.next().await {
        let command: Value = serde_json::from_slice(&delivery.body).unwrap();
        let id = command["messageId"].as_str().unwrap().to_owned();
        let answer = json!({"success": true, "code": 0, "message": "ok", "dev_sno": dev_sno.as_str(), "messageId": id,
            "messageKey": command["method"], "result": {"wipe_options": command["wipe_options"]}});
        told.lock().unwrap().entry(dev_sno.clone()).or_default().push(id);
        // The first come while the others still subscribe.
        while publisher.publish("", names::RESULTS, answer.to_string().into_bytes()).await.is_err() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        delivery.ack().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_fleet_that_comes_back_at_once_is_let_in_by_and_by_and_gets_what_waited_for_it() {
    let (broker, folder) = (PrivateBroker::start().await.unwrap(), folder());
    let waiting = before(folder.path()).await;
    let began = Instant::now();
    let world = World::start_with(folder.path(), &broker.url(), |config| {
        config.limits.box_logins_at_once = AT_ONCE;
    })
    .await;
    let sent_away = AtomicUsize::new(0);
    let fleet = (0..BOXES).map(|number| come_back(&world, name(number), &sent_away));
    let replies = join_all(fleet).await;
    let sent_away = sent_away.into_inner();
    println!(
        "{BOXES} boxes were in after {:?}; {sent_away} times one was told to come again",
        began.elapsed()
    );
    assert!(sent_away > 0, "nobody had to wait");
    world.until("SELECT COUNT(*) FROM box WHERE heartbeat_at IS NOT NULL", 500).await;

    // One line for all of them: hundreds would test this machine.
    let life = Lifecycle::new(Duration::from_secs(5));
    let session = Session::start(&life, "fleet", broker.broker_address(), Vec::new());
    let told = Told::default();
    for (number, reply) in replies.iter().enumerate() {
        let deliveries = session.consume(&reply.rabbitmq.queue, 10).await;
        life.spawn("a box", obey(name(number), deliveries, session.publisher(), Arc::clone(&told)));
    }
    world.until("SELECT COUNT(*) FROM command WHERE state = 'done'", 1_000).await;
    println!("all commands were done after {:?}", began.elapsed());
    // One that may have been taken comes again; whoever drops repeats is told everything in order.
    let mut told = told.lock().unwrap().clone();
    for ids in told.values_mut() {
        let mut seen = BTreeSet::new();
        ids.retain(|id| seen.insert(id.clone()));
    }
    let wrong = waiting.iter().filter(|(dev_sno, ids)| told.get(*dev_sno) != Some(*ids)).count();
    assert_eq!(wrong, 0, "of {BOXES} boxes were told other commands than their own, or in another order");
    life.finish().await;
    world.stop().await;
}
