//! One command from its turn to its acknowledgement.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures_util::FutureExt as _;
use protocol::command::{ADD_USERS_PLUS, DELETE_USERS, FIQA, WIPE_DATA};
use protocol::{
    BadCommand, Code, Command, CommandBody, CommandResult, FiqaLevel, MessageId, ResultBody, WipeOptions,
};
use runtime::amqp::Delivery;
use tokio::sync::OwnedSemaphorePermit;

use super::intake::STORE_PAUSE;
use super::lanes::{Lanes, Turn};
use super::results::Route;
use super::{Commands, Interrupted, add, count, delete};
use crate::clock;
use crate::link::Joined;
use crate::store::journal;

/// What stands for the name of a command that cannot be read.
const UNKNOWN: &str = "unknown";

/// A journaled command in line.
pub(super) struct Job {
    pub(super) seq: i64,
    /// It was begun before, some of its people may be done.
    pub(super) resumed: bool,
    pub(super) message_id: Option<MessageId>,
    /// It came over the queue for quality checks.
    pub(super) fiqa_leg: bool,
    /// The login it came under.
    pub(super) joined: Arc<Joined>,
    pub(super) work: Work,
    pub(super) delivery: Delivery,
    /// Its share of the memory for bodies.
    pub(super) _room: Option<OwnedSemaphorePermit>,
}

/// What is to be done, with the turns for it taken.
pub(super) enum Work {
    Add(add::Plan),
    Delete(delete::Plan),
    Wipe { options: WipeOptions, turn: Turn, notify: Option<String> },
    Fiqa { image: String, level: FiqaLevel, notify: Option<String> },
    Refuse(BadCommand),
}

/// What came of a command.
pub(super) struct Outcome {
    pub(super) code: Code,
    pub(super) message: String,
    pub(super) body: ResultBody,
}

impl Work {
    /// Takes the turns of a command; called in the order the commands came.
    pub(super) fn of(command: Command, lanes: &Lanes) -> Self {
        let notify = command.extend.notify_path.clone();
        match command.body {
            CommandBody::AddUsersPlus(users) => {
                Self::Add(add::Plan::new(users, command.unreadable, command.extend, lanes))
            }
            CommandBody::DeleteUsers(ids) => Self::Delete(delete::Plan::new(ids, notify, lanes)),
            CommandBody::WipeData(options) => Self::Wipe { options, turn: lanes.enter_all(), notify },
            CommandBody::Fiqa { image_base64, level } => Self::Fiqa { image: image_base64, level, notify },
        }
    }

    fn method(&self) -> &str {
        match self {
            Self::Add(_) => ADD_USERS_PLUS,
            Self::Delete(_) => DELETE_USERS,
            Self::Wipe { .. } => WIPE_DATA,
            Self::Fiqa { .. } => FIQA,
            Self::Refuse(bad) => bad.method.as_deref().unwrap_or(UNKNOWN),
        }
    }

    fn notify(&self) -> Option<String> {
        let path = match self {
            Self::Add(plan) => plan.extend.notify_path.clone(),
            Self::Delete(plan) => plan.notify.clone(),
            Self::Wipe { notify, .. } | Self::Fiqa { notify, .. } => notify.clone(),
            Self::Refuse(bad) => bad.notify_path.clone(),
        };
        path.filter(|path| !path.trim().is_empty())
    }
}

impl Outcome {
    pub(super) fn done(message: impl Into<String>, body: ResultBody) -> Self {
        Self { code: Code::SUCCESS, message: message.into(), body }
    }

    pub(super) fn failed(code: Code, message: impl Into<String>, body: ResultBody) -> Self {
        Self { code, message: message.into(), body }
    }
}

impl Commands {
    /// Executes, stores the result, sends it, acknowledges. What is interrupted goes back to the broker.
    pub(super) async fn run(self: Arc<Self>, job: Job) {
        let Job { seq, resumed, message_id, fiqa_leg, joined, work, delivery, _room } = job;
        let began = std::time::Instant::now();
        let method = work.method().to_owned();
        let route = Route {
            fiqa: fiqa_leg || method == FIQA,
            notify: work.notify(),
            base: joined.base.clone(),
            dev_sno: joined.dev_sno.clone(),
        };
        let told_as = message_id.as_ref().map(tracing::field::display);
        tracing::info!(seq, method, message_id = told_as, resumed, "a command begins");
        let execution = self.execute(seq, resumed, work, &joined);
        let outcome = match AssertUnwindSafe(execution).catch_unwind().await {
            Ok(Ok(outcome)) => outcome,
            Ok(Err(Interrupted)) => {
                tracing::info!(
                    seq,
                    method,
                    message_id = told_as,
                    "a command was interrupted, it goes back to the broker"
                );
                return delivery.requeue().await;
            }
            // The same message would panic again: it is answered and not repeated.
            Err(_) => {
                let text = "the box failed while executing the command";
                Outcome::failed(Code::SERVER_PROCESS_FAILED, text, ResultBody::empty())
            }
        };
        let result = CommandResult {
            success: outcome.code.is_success(),
            code: outcome.code,
            message: outcome.message,
            dev_sno: joined.dev_sno.clone(),
            message_key: method.clone(),
            message_id: message_id.clone(),
            result: outcome.body,
        };
        if let Err(error) = self.finish(seq, &result, &route).await {
            tracing::error!(%error, seq, message_id = told_as, "a result cannot be stored, the command goes back to the broker");
            self.pause(STORE_PAUSE).await;
            return delivery.requeue().await;
        }
        count(&self.counters.executed);
        let ms = began.elapsed().as_millis();
        tracing::info!(seq, method, message_id = told_as, code = %result.code, outcome = result.message, ms, "a command is done");
        self.answer(seq).await;
        delivery.ack().await;
    }

    async fn execute(
        self: &Arc<Self>,
        seq: i64,
        resumed: bool,
        work: Work,
        joined: &Arc<Joined>,
    ) -> Result<Outcome, Interrupted> {
        match work {
            Work::Add(plan) => self.add_users(seq, resumed, plan, joined).await,
            Work::Delete(plan) => self.delete_users(seq, resumed, plan).await,
            Work::Wipe { options, turn, .. } => self.wipe(options, turn).await,
            Work::Fiqa { image, level, .. } => self.fiqa(image, level).await,
            Work::Refuse(bad) => Ok(Outcome::failed(bad.code, bad.message, ResultBody::empty())),
        }
    }

    async fn finish(
        &self,
        seq: i64,
        result: &CommandResult,
        route: &Route,
    ) -> Result<(), crate::store::StoreError> {
        let (json, route) = (result.to_json(), serde_json::to_string(route)?);
        let now = clock::now();
        let later = now + super::results::DIRECT_MS;
        self.app.store.write(move |db| journal::finish(db, seq, json.as_bytes(), &route, now, later)).await
    }
}
