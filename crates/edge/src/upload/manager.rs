//! Starts the tasks of the receivers there are now, and starts them anew when the login or the box's own settings change.

use std::sync::Arc;

use protocol::DevSno;
use runtime::{CancellationToken, Lifecycle};
use tokio::sync::{broadcast, watch};

use super::target::{Plan, plan};
use super::{Board, Desk, Parts, Poster, Receivers, history, realtime, report, status};
use crate::clock;
use crate::event_log::Recorded;
use crate::link::{Joined, LinkStatus, WorkMode};
use crate::store::events;

pub(super) struct Manager {
    life: Lifecycle,
    parts: Parts,
    poster: Poster,
    board: Arc<Board>,
}

impl Manager {
    pub(super) fn new(life: Lifecycle, parts: Parts, poster: Poster, board: Arc<Board>) -> Self {
        Self { life, parts, poster, board }
    }

    pub(super) async fn run(self, mut own: watch::Receiver<Receivers>) {
        let stopping = self.life.stopping();
        let mut joined = self.parts.link.joined();
        let mut link = self.parts.link.status();
        let mut generation = stopping.child_token();
        loop {
            let now = joined.borrow_and_update().clone();
            let _ = link.borrow_and_update();
            // The link itself says "local" until it has begun.
            let alone = self.parts.link.work_mode().await.is_ok_and(|mode| mode == WorkMode::Local);
            let plan = plan(&own.borrow_and_update(), now.as_deref());
            // They listen before those that end stop, so nothing happens between them.
            let live = plan.realtime.iter().map(|_| self.parts.events.live()).collect();
            std::mem::replace(&mut generation, stopping.child_token()).cancel();
            self.begin(plan, live, now.clone(), alone, &generation).await;
            loop {
                let changed = tokio::select! {
                    () = stopping.cancelled() => return,
                    changed = joined.changed() => changed,
                    changed = link.changed() => changed,
                    Ok(()) = own.changed() => break,
                };
                if changed.is_err() {
                    return stopping.cancelled().await;
                }
                let local = matches!(*link.borrow_and_update(), LinkStatus::Local);
                if !same(joined.borrow_and_update().as_ref(), now.as_ref()) || local != alone {
                    break;
                }
            }
        }
    }

    async fn begin(
        &self,
        plan: Plan,
        live: Vec<broadcast::Receiver<Arc<Recorded>>>,
        joined: Option<Arc<Joined>>,
        alone: bool,
        stop: &CancellationToken,
    ) {
        let dev_sno = match &joined {
            Some(joined) => joined.dev_sno.clone(),
            None => DevSno::new(self.parts.link.dev_sno().await.ok().flatten().unwrap_or_default()),
        };
        self.keep_cursors(&plan, joined.is_some() || alone).await;
        self.board.keep(&plan);
        let desk = Arc::new(Desk {
            parts: self.parts.clone(),
            poster: self.poster.clone(),
            board: self.board.clone(),
            dev_sno,
            joined,
        });
        for target in plan.history {
            let period = target.period;
            self.life.spawn("history upload", history::run(desk.clone(), target, period, stop.clone()));
        }
        for ((target, live), place) in plan.realtime.into_iter().zip(live).zip(realtime::Place::row()) {
            let run = realtime::run(desk.clone(), target, live, place, stop.clone());
            self.life.spawn("real-time upload", run);
        }
        for target in plan.status {
            let period = target.period;
            self.life.spawn("status upload", status::run(desk.clone(), target, period, stop.clone()));
        }
        for target in plan.cameras {
            self.life.spawn("camera report", report::run(desk.clone(), target, stop.clone()));
        }
    }

    /// Tells the store whose cursors count. While a login is still to come the receivers of the last one count on, or those it
    /// will name: what they have not got is not dropped.
    async fn keep_cursors(&self, plan: &Plan, known: bool) {
        let targets: Vec<String> = plan.history.iter().map(|target| target.url.clone()).collect();
        let kept = self.parts.events.store().write(move |db| {
            if known {
                events::set_targets(db, &targets, clock::now())
            } else {
                events::await_targets(db, &targets, clock::now())
            }
        });
        match kept.await {
            // One that has gone keeps nothing back any more.
            Ok(()) => self.parts.events.delivered(),
            Err(error) => tracing::error!(%error, "the upload targets could not be stored"),
        }
    }
}

fn same(one: Option<&Arc<Joined>>, other: Option<&Arc<Joined>>) -> bool {
    match (one, other) {
        (Some(one), Some(other)) => Arc::ptr_eq(one, other),
        (None, None) => true,
        _ => false,
    }
}
