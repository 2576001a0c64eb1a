//! Processes that are killed while they publish commands, each at another step. Another process publishes what is left: no command is
//! lost, and one that comes again carries the same id, so that the box executes it once.

use std::path::Path;
use std::time::Duration;

use protocol::{DevSno, MessageId};
use runtime::amqp::PublishError;
use runtime::testing::{ChaosProxy, PrivateBroker, PrivatePostgres, wait_until};
use tokio::runtime::Runtime;

use super::replicas::{Shared, order};
use super::scripted::{Habits, ScriptedBox};
use super::world::{World, broker, folder};
use crate::broker::names;
use crate::clock;
use crate::db::{DbError, Tx, command, outbox, vals};

/// Commands of each box.
const COMMANDS: usize = 10;
/// Commands on their way to a box whose queue is not known yet: the others wait behind the first.
const UNDER_WAY: usize = 1;
/// A process that has not arrived at its step by then has missed it: its claim has run out, or its wait for confirms.
const ARRIVES: Duration = Duration::from_secs(30);
/// How often a process is begun with for one step.
const ATTEMPTS: usize = 4;

/// Where a process is killed.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Step {
    /// The box is claimed; nothing has reached the broker.
    Claimed,
    /// The broker has what was under way; its confirm has not come.
    Published,
    /// The confirm has come; it is not noted.
    Confirmed,
    /// The result has come before the confirm, by way of another process.
    Answered,
}

/// A process that can be killed: everything it does runs on threads of its own, and its lines go through proxies.
struct Mortal {
    world: World,
    threads: Runtime,
    broker: ChaosProxy,
    database: ChaosProxy,
}

impl Mortal {
    async fn start(folder: &Path, shared: &Shared, broker: &PrivateBroker) -> Self {
        let broker = ChaosProxy::start(broker.address()).await.unwrap();
        let database = ChaosProxy::start(PrivatePostgres::shared().address()).await.unwrap();
        let url = PrivatePostgres::url_at(database.addr(), shared.name());
        let (folder, queue) = (folder.to_owned(), PrivateBroker::url_at(broker.addr()));
        let threads = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
        let threads = threads.unwrap();
        let started = threads.spawn(async move {
            World::start_with(&folder, &queue, |config| config.database.url = Some(url)).await
        });
        let world = started.await.unwrap();
        let mut link = world.app.broker.state();
        link.wait_for(runtime::amqp::LinkState::is_up).await.unwrap();
        // Its channel may come to be after the link, and would not on a line that is mute already.
        let publisher = world.app.broker.publisher();
        let speaks = async || {
            let said = publisher.publish(names::EVENTS, "nobody.listens", Vec::new()).await;
            matches!(said, Err(PublishError::Unroutable { .. }))
        };
        assert!(wait_until(ARRIVES, speaks).await, "it publishes");
        Self { world, threads, broker, database }
    }

    /// Nothing it has begun goes on, nothing is handed back, and its lines break.
    fn kill(self) {
        self.threads.shutdown_background();
    }
}

/// A box with commands that are to be published by one process, which is stopped at a step of it.
struct Case {
    step: Step,
    dev_sno: DevSno,
    scripted: ScriptedBox,
    mortal: Mortal,
    ordered: Vec<MessageId>,
    /// Until when the box was claimed for the process in advance.
    planted_until: i64,
}

impl Case {
    async fn begin(step: Step, attempt: usize, world: &World, mortal: Mortal) -> Self {
        let dev_sno = world.add_box(&format!("STEP{step:?}{attempt}"), false).await;
        let is_mute = matches!(step, Step::Published | Step::Confirmed);
        let habits =
            Habits { drops_repeats: true, by_http: step == Step::Answered, is_mute, ..Habits::default() };
        let scripted = ScriptedBox::start(world, &dev_sno, habits).await;
        match step {
            Step::Claimed => mortal.broker.freeze(),
            Step::Published | Step::Confirmed | Step::Answered => mortal.broker.mute(),
        }
        // Claimed for it from the first moment: no other publishes them while it lives.
        let (planted, by) = (dev_sno.clone(), mortal.world.app.instance.clone());
        let planted_until = clock::now() + 8_000;
        let ordered = world.write(move |tx: &mut Tx<'_>| {
            outbox::claim(tx, &by, [&planted], planted_until)?;
            let new = || {
                let mut new = order(&planted);
                new.extend.notify_path = Some("/device/results".to_owned());
                new
            };
            (0..COMMANDS).map(|_| command::queue(tx, new(), clock::now())).collect::<Result<_, DbError>>()
        });
        let ordered = ordered.await;
        mortal.world.app.nudge();
        Self { step, dev_sno, scripted, mortal, ordered, planted_until }
    }

    fn told(&self) -> Vec<String> {
        self.scripted.memory.lock().unwrap().told.clone()
    }

    /// How many of the box's commands are in this state, and nobody knows that the broker has them.
    async fn unconfirmed(&self, world: &World, state: &'static str) -> usize {
        let dev_sno = self.dev_sno.clone();
        let sql = "SELECT COUNT(*) FROM command WHERE dev_sno = $1 AND state = $2 AND (state = 'queued' OR attempts = 0)";
        let count = world.app.db.read(move |tx: &mut Tx<'_>| tx.number(sql, vals![dev_sno.as_str(), state]));
        usize::try_from(count.await.unwrap()).unwrap()
    }

    /// Waits until its process is where it is to be killed; whether it was there, which a machine that is busy with other things may miss.
    async fn arrive(&self, world: &World) -> bool {
        let is_told = async || self.told().len() == UNDER_WAY;
        let arrived = match self.step {
            Step::Claimed => wait_until(ARRIVES, || async { self.claims_anew(world).await }).await,
            Step::Answered => {
                wait_until(ARRIVES, || async { self.unconfirmed(world, "done").await == UNDER_WAY }).await
            }
            Step::Published => wait_until(ARRIVES, is_told).await,
            Step::Confirmed => {
                let told = wait_until(ARRIVES, is_told).await;
                self.mortal.database.freeze();
                self.mortal.broker.restore();
                // On the same line, so the confirms have come before it.
                let declared = self.mortal.world.app.broker.ensure_queue(&self.dev_sno).await;
                told && declared.is_ok()
            }
        };
        let all_wait = self.step == Step::Answered || self.unconfirmed(world, "queued").await == COMMANDS;
        // Its claim may have run out, and what the box has may come from another process.
        arrived && all_wait && self.is_claimed_after(world, 0).await
    }

    /// Whether its process has claimed the box by itself, for longer than was planted.
    async fn claims_anew(&self, world: &World) -> bool {
        self.is_claimed_after(world, self.planted_until).await
    }

    /// Whether the box is claimed by its process, for longer than until `after`.
    async fn is_claimed_after(&self, world: &World, after: i64) -> bool {
        let (dev_sno, by) = (self.dev_sno.clone(), self.mortal.world.app.instance.clone());
        let claimed = world.app.db.read(move |tx: &mut Tx<'_>| {
            let sql =
                "SELECT COUNT(*) FROM outbox_claim WHERE dev_sno = $1 AND claimed_by = $2 AND claimed_until > $3";
            tx.number(sql, vals![dev_sno.as_str(), by, after])
        });
        claimed.await.unwrap() == 1
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_a_process_killed_at_any_step_of_publishing_no_command_is_lost_or_executed_twice() {
    let (broker, folder, shared) = (broker().await, folder(), Shared::new().await);
    let world = shared.join(folder.path(), &broker.url()).await;
    let (mut left, mut missed) = (Vec::new(), Vec::new());
    for step in [Step::Claimed, Step::Published, Step::Confirmed, Step::Answered] {
        for attempt in 1.. {
            assert!(attempt <= ATTEMPTS, "{step:?} is never seen");
            let mortal = Mortal::start(folder.path(), &shared, &broker).await;
            let case = Case::begin(step, attempt, &world, mortal).await;
            let arrived = case.arrive(&world).await;
            let Case { scripted, mortal, ordered, dev_sno, .. } = case;
            mortal.kill();
            let took_again = scripted.change(|memory| {
                std::mem::take(&mut memory.habits.is_mute) && memory.told.len() > memory.ids.len()
            });
            // What a mute box took from another process meanwhile, which published it again, it never answers.
            if arrived && !took_again {
                left.push((step, scripted, ordered));
                break;
            }
            let forget = "DELETE FROM command WHERE dev_sno = $1";
            world.write(move |tx: &mut Tx<'_>| tx.exec(forget, vals![dev_sno.as_str()])).await;
            missed.push(scripted);
        }
    }
    world.until("SELECT COUNT(*) FROM command WHERE state <> 'done'", 0).await;
    // What the broker did not confirm in time to the process that lives comes once more, and that is written down.
    let again = world.number("SELECT COUNT(*) FROM command WHERE next_attempt_at IS NOT NULL").await > 0;
    for (step, scripted, ordered) in left {
        each_was_executed_once(step, &scripted, &ordered, again);
        scripted.stop().await;
    }
    for scripted in missed {
        scripted.stop().await;
    }
    world.stop().await;
}

fn each_was_executed_once(step: Step, scripted: &ScriptedBox, ordered: &[MessageId], again: bool) {
    let memory = scripted.memory.lock().unwrap();
    let ordered: Vec<String> = ordered.iter().map(ToString::to_string).collect();
    let mut at_first = Vec::new();
    for id in &memory.told {
        if !at_first.contains(id) {
            at_first.push(id.clone());
        }
    }
    assert_eq!(at_first, ordered, "{step:?}");
    // Nobody knows that the broker had it: it comes again, as it was.
    let comes_again = matches!(step, Step::Published | Step::Confirmed);
    let times = memory.told.iter().filter(|id| **id == ordered[0]).count();
    let expected = 1 + usize::from(comes_again);
    assert!(times == expected || again && times > expected, "{step:?}: {times} times");
    assert_eq!(memory.ids.len(), COMMANDS, "{step:?}");
}
