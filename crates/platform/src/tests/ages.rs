//! How long people wait for boxes: from when the wish changed, or its proof was lost, and only for boxes that were ever there.

use super::scripted::log_in;
use super::world::{World, folder};
use crate::clock;
use crate::db::{desired, sample};

const NO_BROKER: &str = "amqp://127.0.0.1:1";
const MONTH: i64 = 30 * 86_400_000;

/// How long the longest waiting person waits, as the metric tells; in milliseconds.
async fn oldest(world: &World) -> Option<i64> {
    let sample = world.app.db.read(|tx| sample::take(tx, 0)).await.unwrap();
    sample.oldest_unproved.map(|since| clock::now() - since)
}

#[tokio::test]
async fn ages_begin_when_a_proof_is_lost_or_the_box_first_comes() {
    let folder = folder();
    let world = World::start(folder.path(), NO_BROKER).await;
    let dev_sno = world.add_box("AGES000001", false).await;
    world.add_people(["p1x", "p2x"].map(str::to_owned)).await;
    world.write(|tx| tx.exec("UPDATE box_person SET changed_at = changed_at - 2592000000", &[])).await;
    assert_eq!(oldest(&world).await, None, "nobody waits for a box that was never there");
    log_in(&world, &dev_sno, None).await;
    assert!(oldest(&world).await.unwrap() < 60_000, "they wait since it came");

    // Proved a month ago, then doubted: one was not proved even then.
    world
        .write(|tx| {
            tx.exec("UPDATE box_person SET changed_at = changed_at - 2592000000", &[])?;
            tx.exec(
                "UPDATE box_person SET state = 'applied', proved_revision = desired_revision, next_attempt_at = NULL, proved_at = changed_at + 5
                 WHERE identity_id = 'p1x'",
                &[],
            )
        })
        .await;
    assert!(oldest(&world).await.unwrap() >= MONTH);
    let doubted = dev_sno.clone();
    world.write(move |tx| desired::doubt_box(tx, &doubted, clock::now())).await;
    let waits = async |id: &str| clock::now() - world.holding(&dev_sno, id).await.unwrap().changed_at;
    assert!(waits("p1x").await < 60_000 && waits("p2x").await >= MONTH);
    assert!(oldest(&world).await.unwrap() >= MONTH, "what was never proved has waited all the time");
    world.stop().await;
}
