//! The photo store: a bucket behind a line. An event with a picture is not acknowledged before the picture is kept.

use std::time::{Duration, Instant};

use bytes::Bytes;
use runtime::testing::ChaosProxy;

use super::super::replicas::NO_BROKER;
use super::super::s3::{S3, in_bucket};
use super::super::world::{PATIENCE, World, folder};
use super::reports::{Reports, picture};
use super::{DELAY, Fault, fails, ready};
use crate::db::Tx;

/// What is stored under a key. A store that does not answer within its second is asked again.
async fn content(world: &World, key: &str) -> Option<Bytes> {
    let began = Instant::now();
    loop {
        match world.app.blobs.get(key).await {
            Ok(content) => return content,
            Err(error) => assert!(began.elapsed() < PATIENCE, "{key}: {error}"),
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bucket_that_is_cut_off_slow_or_frozen_is_told_of_and_loses_nothing() {
    drop(rustls::crypto::ring::default_provider().install_default());
    let Some(s3) = S3::start().await else { return };
    let line = ChaosProxy::start(s3.address).await.unwrap();
    let folder = folder();
    let world = World::start_with(folder.path(), NO_BROKER, |config| {
        in_bucket(config, line.addr());
        config.blobs.answer_within = 1;
    })
    .await;
    let dev_sno = world.add_box("CHAOS00004", false).await;
    let reports = Reports::start(&world, &dev_sno, true).await;
    reports.acknowledged(3).await;
    for fault in Fault::ALL {
        let began = Instant::now();
        fault.begin(&line);
        if fault.is_away() {
            reports.refused(2).await;
            let said = ready(&world, 503, "blobs", fails).await;
            println!("{fault:?}: {}", said["message"]);
        } else {
            reports.acknowledged(3).await;
            let took =
                |part: &serde_json::Value| part["took_ms"].as_u64() >= u64::try_from(DELAY.as_millis()).ok();
            ready(&world, 200, "blobs", |part| part["ok"] == true && took(part)).await;
        }
        line.restore();
        reports.acknowledged(3).await;
        ready(&world, 200, "blobs", |part| part["ok"] == true).await;
        println!("{fault:?} was over after {:?}", began.elapsed());
    }
    let kept = reports.all_are_kept(&world).await;
    let rows =
        world.app.db.read(|tx: &mut Tx<'_>| tx.query("SELECT taken_at, spot_key FROM event", &[])).await;
    let rows = rows.unwrap();
    assert!(rows.len() >= kept.len());
    for row in rows {
        let content = content(&world, &row.text("spot_key").unwrap()).await.unwrap();
        assert_eq!(content, picture(row.int("taken_at").unwrap()), "no event without its picture");
    }
    world.stop().await;
}
