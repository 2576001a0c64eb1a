//! Somebody floods the queue all boxes answer to: what nobody asked for is taken at a pace, and what a command waits for always.

use std::time::Instant;

use protocol::{CommandBody, DevSno, MessageId, WipeOptions};
use runtime::testing::wait_until;
use serde_json::{Value, json};

use super::commands::Voice;
use super::scripted::log_in;
use super::world::{PATIENCE, World, broker, folder};
use crate::broker::names;

const FLOOD: usize = 3_000;
/// What a box may save up at one a second, and some seconds of the flood.
const TAKEN: u64 = 30 + 64 + 60;

fn answer(dev_sno: &DevSno, id: &MessageId) -> Value {
    json!({"success": true, "code": 0, "message": "ok", "dev_sno": dev_sno, "messageKey": "wipe_data", "messageId": id,
        "result": {"wipe_options": {"users": false, "events": true}}})
}

#[tokio::test]
async fn a_flood_of_results_is_bounded_and_no_good_one_is_lost() {
    let (broker, folder) = (broker().await, folder());
    let world = World::start_with(folder.path(), &broker.url(), |config| config.events.box_rate = 1).await;
    let (loud, quiet) = (world.add_box("FLOOD00001", false).await, world.add_box("FLOOD00002", false).await);
    for dev_sno in [&loud, &quiet] {
        log_in(&world, dev_sno, None).await;
    }
    let voice = Voice::start(broker.broker_address()).await;
    let wipe = || CommandBody::WipeData(WipeOptions { users: false, events: true, ..WipeOptions::default() });
    let (early, late) = (world.order(&loud, wipe()).await, world.order(&loud, wipe()).await);
    let of_quiet = world.order(&quiet, wipe()).await;
    world.until("SELECT COUNT(*) FROM command WHERE state = 'published'", 3).await;

    voice.say(names::RESULTS, "no result at all").await;
    let nobodys = (0..FLOOD).map(|n| answer(&loud, &MessageId::new(format!("nobody-asked-{n}"))));
    let mut flood: Vec<Value> = nobodys.collect();
    flood.insert(FLOOD / 2, answer(&loud, &early));
    flood.push(answer(&loud, &late));
    // Answered already: the second time it is one of those nobody waits for.
    flood.push(answer(&loud, &late));
    flood.push(answer(&quiet, &of_quiet));
    flood.push(answer(&quiet, &MessageId::new("nobody-asked-quietly")));
    let began = Instant::now();
    let said: Vec<Vec<u8>> = flood.iter().map(|answer| answer.to_string().into_bytes()).collect();
    for page in said.chunks(200) {
        let publishing = page.iter().map(|body| voice.publisher.publish("", names::RESULTS, body.clone()));
        let done = futures_util::future::join_all(publishing).await;
        assert!(done.iter().all(Result::is_ok), "{done:?}");
    }

    let counts = &world.app.counts;
    let all = u64::try_from(said.len()).unwrap();
    let taken = || counts.results_settled.get() + counts.results_foreign.get() + counts.results_again.get();
    let over = wait_until(PATIENCE, async || taken() + counts.results_paced.get() >= all).await;
    assert!(over, "{:?}", counts.all());
    for id in [&early, &late, &of_quiet] {
        assert_eq!(world.command(id).await.0, "done");
    }
    assert_eq!((counts.results_settled.get(), counts.results_unreadable.get()), (3, 1));
    let found = counts.results_foreign.get();
    let allowed = 31..TAKEN + began.elapsed().as_secs();
    assert!(allowed.contains(&found), "{found} of {FLOOD} cost a write; one of them is the quiet box's");
    voice.stop().await;
    world.stop().await;
}
