//! The database: PostgreSQL behind a line, and with tables on a small disk.

use std::time::Instant;

use protocol::DevSno;
use runtime::testing::{ChaosProxy, PrivatePostgres, leave_room, make_room, wait_until};

use super::super::replicas::{NO_BROKER, Shared, order};
use super::super::world::{PATIENCE, World, folder};
use super::reports::Reports;
use super::{DELAY, Fault, fails, ready};
use crate::clock;
use crate::db::{DbError, Tx, command};

async fn queue(world: &World, dev_sno: &DevSno) -> Result<(), DbError> {
    let new = order(dev_sno);
    world.app.db.write(move |tx: &mut Tx<'_>| command::queue(tx, new, clock::now()).map(drop)).await
}

/// Queues a command, tried again like everything that is refused for a reason that passes.
async fn is_queued(world: &World, dev_sno: &DevSno) -> bool {
    wait_until(PATIENCE, || async { queue(world, dev_sno).await.is_ok() }).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_is_cut_off_slow_or_frozen_is_told_of_and_loses_nothing() {
    let (folder, shared) = (folder(), Shared::new().await);
    let line = ChaosProxy::start(PrivatePostgres::shared().address()).await.unwrap();
    let url = format!("{}&statement_timeout=3000", PrivatePostgres::url_at(line.addr(), shared.name()));
    let world = World::start_with(folder.path(), NO_BROKER, |config| config.database.url = Some(url)).await;
    let dev_sno = world.add_box("CHAOS00001", false).await;
    let reports = Reports::start(&world, &dev_sno, false).await;
    reports.acknowledged(3).await;
    let mut queued = 0;
    for fault in Fault::ALL {
        let began = Instant::now();
        fault.begin(&line);
        if fault.is_away() {
            let (said, refused, ()) = tokio::join!(
                ready(&world, 503, "database", fails),
                queue(&world, &dev_sno),
                reports.refused(2)
            );
            let refused = refused.unwrap_err();
            assert!(refused.is_transient(), "{refused:?}");
            println!("{fault:?}: {}", said["message"]);
        } else {
            assert!(is_queued(&world, &dev_sno).await);
            queued += 1;
            reports.acknowledged(3).await;
            let took =
                |part: &serde_json::Value| part["took_ms"].as_u64() >= u64::try_from(DELAY.as_millis()).ok();
            ready(&world, 200, "database", |part| part["ok"] == true && took(part)).await;
        }
        line.restore();
        ready(&world, 200, "database", |part| part["ok"] == true).await;
        reports.acknowledged(3).await;
        assert!(is_queued(&world, &dev_sno).await);
        queued += 1;
        println!("{fault:?} was over after {:?}", began.elapsed());
    }
    reports.all_are_kept(&world).await;
    // What was refused may be there all the same: its answer was lost.
    let there = world.number("SELECT COUNT(*) FROM command WHERE state = 'queued'").await;
    assert!(there >= queued, "{there} of {queued} commands");
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_whose_disk_is_full_is_told_of_and_loses_nothing() {
    let started = tokio::task::spawn_blocking(|| PrivatePostgres::start_on_small_disk("40m"));
    let Some((server, url)) = started.await.unwrap().unwrap() else { return };
    let small = server.small_disk().unwrap();
    let folder = folder();
    let world = World::start_with(folder.path(), NO_BROKER, |config| config.database.url = Some(url)).await;
    let dev_sno = world.add_box("CHAOS00002", false).await;
    let reports = Reports::start(&world, &dev_sno, false).await;
    reports.acknowledged(3).await;
    leave_room(&small, 0).unwrap();
    reports.refused(2).await;
    let is_full =
        |part: &serde_json::Value| fails(part) && part["message"].as_str().unwrap().contains("full");
    ready(&world, 503, "database", is_full).await;
    make_room(&small).unwrap();
    reports.acknowledged(3).await;
    ready(&world, 200, "database", |part| part["ok"] == true).await;
    reports.all_are_kept(&world).await;
    world.stop().await;
}
