//! The values that cost a query, taken now and then.

use std::sync::Arc;
use std::time::{Duration, Instant};

use runtime::CancellationToken;
use tokio::time::sleep;

use super::{QueueLabel, StateLabel, machine, seconds};
use crate::app::App;
use crate::clock;
use crate::db::sample::{self, Sample};
use crate::db::{DbError, Tx};

/// How often it looks.
const LOOK: Duration = Duration::from_secs(15);

/// Works until `stopping`. A database that cannot be asked leaves the values as they were: their time tells.
pub(crate) async fn run(app: Arc<App>, stopping: CancellationToken) -> Result<(), DbError> {
    while !stopping.is_cancelled() {
        if let Err(error) = take(&app).await {
            tracing::debug!(%error, "no sample for the metrics");
        }
        tokio::select! {
            () = stopping.cancelled() => {}
            () = sleep(LOOK) => {}
        }
    }
    Ok(())
}

/// Takes one sample.
pub(crate) async fn take(app: &Arc<App>) -> Result<(), DbError> {
    let now = clock::now();
    let online_since = now - app.config.boxes.online_for();
    let began = Instant::now();
    app.db.read(|tx: &mut Tx<'_>| tx.number("SELECT 1", &[])).await?;
    let read_took = began.elapsed();
    let began = Instant::now();
    app.db.write(sample::touch).await?;
    let write_took = began.elapsed();
    let found = app.db.read(move |tx: &mut Tx<'_>| sample::take(tx, online_since)).await?;
    for (queue, messages) in app.broker.depths().await {
        app.metrics.sampled.queues.get_or_create(&QueueLabel { queue }).set(messages);
    }
    let folder = app.config.data_dir.clone();
    let disk = tokio::task::spawn_blocking(move || machine::disk(&folder)).await.ok().flatten();
    let to = &app.metrics.sampled;
    to.read_seconds.set(read_took.as_secs_f64());
    to.write_seconds.set(write_took.as_secs_f64());
    if let Some(disk) = disk {
        to.disk_free.set(i64::try_from(disk.free).unwrap_or(i64::MAX));
        to.disk_size.set(i64::try_from(disk.size).unwrap_or(i64::MAX));
    }
    fill(app, &found, now);
    Ok(())
}

fn fill(app: &App, found: &Sample, now: i64) {
    let to = &app.metrics.sampled;
    let age = |since: Option<i64>| since.map_or(0.0, |since| seconds((now - since).max(0)));
    for (state, count) in &found.commands {
        to.commands.get_or_create(&StateLabel { state }).set(*count);
    }
    for (state, count) in [
        ("online", found.boxes_online),
        ("offline", found.boxes_seen - found.boxes_online),
        ("never_seen", found.boxes - found.boxes_seen),
    ] {
        to.boxes.get_or_create(&StateLabel { state }).set(count);
    }
    for (state, count) in [
        ("enabled", found.webhooks_enabled - found.webhooks_failing),
        ("failing", found.webhooks_failing),
        ("disabled", found.webhooks - found.webhooks_enabled),
    ] {
        to.webhooks.get_or_create(&StateLabel { state }).set(count);
    }
    to.oldest_queued.set(age(found.oldest_queued));
    to.oldest_unproved.set(age(found.oldest_unproved));
    to.webhook_backlog.set(found.webhook_backlog);
    to.exchange_backlog.set(found.exchange_backlog);
    to.at.set(seconds(now));
}
