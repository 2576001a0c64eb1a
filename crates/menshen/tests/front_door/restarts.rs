//! Power cuts: the box and the broker are killed in the middle of things, and afterwards nothing is missing and nothing
//! is double.

use std::collections::BTreeSet;

use runtime::testing::ChaosProxy;
use serde_json::json;

use crate::world::{Cast, World};

const PEOPLE: usize = 200;
const PASSAGES: usize = 40;

/// How the box's process ends.
#[derive(Clone, Copy, Debug)]
enum End {
    Killed,
    KilledWithBroker,
    Asked,
}

#[tokio::test(flavor = "multi_thread")]
async fn the_box_and_the_broker_are_killed_during_enrolment() {
    let (mut world, cast) = (World::start().await, Cast::gather());
    let dev_sno = world.register(json!({})).await;
    let photo = cast.one.photo.shrunk(480);
    for number in 0..PEOPLE {
        world
            .enrol(&format!("p{number:03}"), &format!("Person {number}"), &["0"], &photo.numbered(number))
            .await;
    }
    // All of them wait when the box comes: it is busy for a while.
    let edge = world.start_edge(&dev_sno, &format!("{}/device/login", world.api.base));
    for (share, end) in [(20, End::Killed), (50, End::KilledWithBroker), (80, End::Asked)] {
        let what = format!("{share} people at the box");
        world.wait(&what, async || (edge.own_people() >= share).then_some(())).await;
        match end {
            End::Killed => edge.server.kill(),
            End::KilledWithBroker => {
                edge.server.kill();
                world.broker.kill();
                world.broker.start_again().await.unwrap();
            }
            End::Asked => {
                let (status, took) = edge.server.terminate().await;
                println!("left after {took:?}");
                assert_eq!(status.code(), Some(0));
            }
        }
        let held = edge.own_people();
        edge.server.start_again();
        println!("{end:?} with {held} of {PEOPLE}");
        assert!(held < i64::try_from(PEOPLE).unwrap(), "it was done before the cut");
    }
    let all_proved = json!({"pending": 0, "sent": 0, "applied": PEOPLE, "failed": 0});
    world
        .wait("everybody to be proved", async || {
            let shown = world.api.get(&format!("/api/v1/boxes/{dev_sno}")).await;
            (shown["people"] == all_proved).then_some(())
        })
        .await;
    assert_eq!(edge.own_people(), i64::try_from(PEOPLE).unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_box_and_the_broker_are_killed_during_history_upload() {
    let (mut world, cast) = (World::start().await, Cast::gather());
    let proxy =
        ChaosProxy::start(world.api.base.strip_prefix("http://").unwrap().parse().unwrap()).await.unwrap();
    let dev_sno = world.register(json!({})).await;
    let edge = world.start_edge(&dev_sno, &format!("http://{}/device/login", proxy.addr()));
    world.online(&dev_sno).await;
    let look = cast.two.look.shrunk(480);

    // Nobody takes the events while they are made: they pile up at the box.
    world.platform.kill();
    for number in 0..PASSAGES {
        edge.see(&look.numbered(number));
        world
            .wait("the box to write its event down", async || {
                (edge.own_events().len() > number).then_some(())
            })
            .await;
        // Out of the duplicate interval.
        tokio::time::sleep(std::time::Duration::from_millis(250)).await;
    }
    // The platform takes them, but the box never hears so: the worst moment for a power cut.
    proxy.mute();
    world.platform.start_again();
    world.until_ready().await;
    told(&world, 1).await;
    edge.server.kill();
    world.broker.kill();
    proxy.drop_connections();
    proxy.restore();
    world.broker.start_again().await.unwrap();
    edge.server.start_again();
    // One more, so that work after the cut is seen too; and a cut without warning in the middle of it.
    edge.see(&look.numbered(PASSAGES));
    tokio::time::sleep(std::time::Duration::from_millis(500)).await;
    edge.server.kill();
    edge.server.start_again();
    told(&world, PASSAGES + 1).await;

    let (own, shown) = world
        .wait("the platform to have what the box wrote down", async || {
            let own: BTreeSet<i64> = edge.own_events().into_iter().collect();
            let shown = world.events().await;
            let theirs: BTreeSet<i64> =
                shown.iter().map(|event| event["taken_at"].as_i64().unwrap()).collect();
            (own == theirs).then_some((own, shown))
        })
        .await;
    assert_eq!(shown.len(), own.len(), "no event is double");
    let repeats: i64 = shown.iter().map(|event| event["repeats"].as_i64().unwrap()).sum();
    println!("{} events, {repeats} repeats merged", shown.len());
    assert!(repeats > 0, "the box did not repeat what it had no answer for");
}

/// Waits until at least this many events have come by history.
async fn told(world: &World, share: usize) {
    world
        .wait(&format!("{share} events in history"), async || {
            let events = world.events().await;
            (events.iter().filter(|event| event["history_at"].is_i64()).count() >= share).then_some(())
        })
        .await;
}
