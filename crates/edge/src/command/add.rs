//! `add_users_plus`: details, photo, judgement, template, row; person by person, several at a time.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Instant;

use futures_util::StreamExt as _;
use futures_util::stream::{self, BoxStream};
use protocol::{Code, ExtendParams, IdentityId, ResultBody, UnreadableUser, UserRecord, UserResult, Users};

use super::details::CHUNK;
use super::execute::Outcome;
use super::lanes::{Lanes, Turn};
use super::{Commands, Interrupted};
use crate::link::Joined;
use crate::people::{Face, PeopleError};
use crate::store::journal::Step;

/// People of one command under way at one time: enough to keep the network and every core busy, few enough to leave other
/// commands their share.
const AT_ONCE: usize = 12;
/// Requests for details under way ahead of the people being handled.
const CHUNKS_AHEAD: usize = 2;
/// Progress of a long command is logged every so many people.
const PROGRESS: usize = 500;

/// The people to add, each with its turn.
pub(super) struct Plan {
    pub(super) extend: ExtendParams,
    unreadable: Vec<UnreadableUser>,
    users: Turns,
}

enum Turns {
    Ids(Vec<(IdentityId, Turn)>),
    Records(Vec<(UserRecord, Turn)>),
}

/// A person to add, or why there is nothing to add.
struct Candidate {
    id: IdentityId,
    turn: Turn,
    record: Result<UserRecord, (Code, String)>,
}

impl Plan {
    /// Takes the turns. A person named twice is added once, as named last.
    pub(super) fn new(
        users: Users,
        unreadable: Vec<UnreadableUser>,
        extend: ExtendParams,
        lanes: &Lanes,
    ) -> Self {
        let users = match users {
            Users::Ids(ids) => {
                let enter = |id: IdentityId| {
                    let turn = lanes.enter(&id);
                    (id, turn)
                };
                Turns::Ids(last_of_each(ids, IdentityId::clone).into_iter().map(enter).collect())
            }
            Users::Records(records) => {
                let enter = |record: UserRecord| {
                    let turn = lanes.enter(&record.identity_id);
                    (record, turn)
                };
                Turns::Records(
                    last_of_each(records, |r| r.identity_id.clone()).into_iter().map(enter).collect(),
                )
            }
        };
        Self { extend, unreadable, users }
    }
}

impl Commands {
    pub(super) async fn add_users(
        self: &Arc<Self>,
        seq: i64,
        resumed: bool,
        plan: Plan,
        joined: &Arc<Joined>,
    ) -> Result<Outcome, Interrupted> {
        let done = self.settled(seq, resumed).await;
        let began = Instant::now();
        let stopping = self.app.life.stopping();
        let (mut success, mut failed) = (Vec::new(), unreadable(plan.unreadable));
        let (total, candidates) = self.candidates(plan.users, plan.extend.path, joined, &done, &mut success);
        let mut results = candidates
            .map(|candidate| {
                let (commands, joined) = (Arc::clone(self), Arc::clone(joined));
                Box::pin(async move { commands.add_one(seq, candidate, &joined).await })
            })
            .buffer_unordered(AT_ONCE);
        let mut since = 0;
        loop {
            let next = tokio::select! {
                biased;
                () = stopping.cancelled() => return Err(Interrupted),
                next = results.next() => next,
            };
            match next.transpose()? {
                Some(result) if result.code.is_success() => success.push(result),
                Some(result) => {
                    tracing::info!(seq, person = %result.userid, code = %result.code, reason = result.message, "a person was not added");
                    failed.push(result);
                }
                None => break,
            }
            since += 1;
            if since % PROGRESS == 0 {
                tracing::info!(
                    seq,
                    done = since,
                    total,
                    s = began.elapsed().as_secs(),
                    "people are being added"
                );
            }
        }
        let text = format!("{} of {} people added", success.len(), success.len() + failed.len());
        Ok(Outcome::done(text, ResultBody::Users { success, failed }))
    }

    /// Everybody of the command who is not done yet, with their records; those who are done go to `success`.
    fn candidates(
        self: &Arc<Self>,
        users: Turns,
        path: Option<String>,
        joined: &Arc<Joined>,
        done: &HashMap<String, Step>,
        success: &mut Vec<UserResult>,
    ) -> (usize, BoxStream<'static, Candidate>) {
        let mut settled = |id: &IdentityId| {
            let step = done.get(id.as_str());
            success.extend(step.map(|step| UserResult {
                userid: id.clone(),
                username: step.name.clone(),
                message: step.message.clone(),
                code: Code::SUCCESS,
            }));
            step.is_some()
        };
        match users {
            Turns::Records(records) => {
                let left: Vec<_> =
                    records.into_iter().filter(|(record, _)| !settled(&record.identity_id)).collect();
                let candidate = |(record, turn): (UserRecord, Turn)| Candidate {
                    id: record.identity_id.clone(),
                    turn,
                    record: Ok(record),
                };
                (left.len(), stream::iter(left).map(candidate).boxed())
            }
            Turns::Ids(ids) => {
                let left: Vec<_> = ids.into_iter().filter(|(id, _)| !settled(id)).collect();
                let total = left.len();
                let (commands, joined) = (Arc::clone(self), Arc::clone(joined));
                let candidates = stream::iter(chunks(left))
                    .map(move |chunk| {
                        let (commands, joined, path) =
                            (Arc::clone(&commands), Arc::clone(&joined), path.clone());
                        Box::pin(async move { commands.with_details(chunk, path, &joined).await })
                    })
                    .buffered(CHUNKS_AHEAD)
                    .flat_map(stream::iter);
                (total, candidates.boxed())
            }
        }
    }

    async fn with_details(
        &self,
        chunk: Vec<(IdentityId, Turn)>,
        path: Option<String>,
        joined: &Arc<Joined>,
    ) -> Vec<Candidate> {
        let ids: Vec<_> = chunk.iter().map(|(id, _)| id.clone()).collect();
        let reply = match path.as_deref().map(str::trim).filter(|path| !path.is_empty()) {
            Some(path) => self.details(path, &ids, joined).await,
            None => {
                Err((Code::PARAM_ERROR, "the command names people but no address for their details".into()))
            }
        };
        let mut found: HashMap<IdentityId, Result<UserRecord, (Code, String)>> = HashMap::new();
        let common = match reply {
            Ok(reply) => {
                for user in reply.unreadable {
                    let Some(id) = user.identity_id else { continue };
                    let text = format!("the details cannot be read: {}", user.error);
                    found.insert(id, Err((Code::REMOTE_DATA_FAILED, text)));
                }
                found.extend(reply.users.into_iter().map(|user| (user.identity_id.clone(), Ok(user))));
                (Code::REMOTE_DATA_FAILED, "the platform gave no details of this person".to_owned())
            }
            Err(reason) => reason,
        };
        let candidate = |(id, turn): (IdentityId, Turn)| {
            let record = found.remove(&id).unwrap_or_else(|| Err(common.clone()));
            Candidate { id, turn, record }
        };
        chunk.into_iter().map(candidate).collect()
    }

    async fn add_one(
        &self,
        seq: i64,
        candidate: Candidate,
        joined: &Arc<Joined>,
    ) -> Result<UserResult, Interrupted> {
        let Candidate { id, turn, record } = candidate;
        let name = record.as_ref().ok().map(|record| record.info.name.clone());
        let outcome = match record {
            Ok(record) => {
                turn.wait().await;
                self.enrol(seq, record, joined).await?
            }
            Err(reason) => Err(reason),
        };
        let (code, message) = match outcome {
            Ok(()) => (Code::SUCCESS, ADDED.to_owned()),
            Err(reason) => reason,
        };
        Ok(UserResult { userid: id, username: Some(name.unwrap_or_default()), message, code })
    }

    /// Photo, judgement, row. The inner error is the person's own: code and a sentence.
    async fn enrol(
        &self,
        seq: i64,
        mut record: UserRecord,
        joined: &Arc<Joined>,
    ) -> Result<Result<(), (Code, String)>, Interrupted> {
        let face = match record.photo.take() {
            None => None,
            Some(photo) => {
                let bytes = match self.photo(photo, joined).await {
                    Ok(bytes) => bytes,
                    Err(reason) => return Ok(Err(reason)),
                };
                let (engine, level) = (Arc::clone(&self.app.engine), record.register_type.level());
                let judge = move || match engine.judge(&bytes, level) {
                    Ok(judged) => {
                        Ok(Face { template: judged.template, photo: bytes, crop: judged.crop_jpeg })
                    }
                    Err(refused) => Err((refused.code, refused.message)),
                };
                let text = "the engine failed on this photo";
                let failed = || Err((Code::SERVER_PROCESS_FAILED, text.to_owned()));
                match self.on_engine(judge).await?.unwrap_or_else(failed) {
                    Ok(face) => Some(face),
                    Err(reason) => return Ok(Err(reason)),
                }
            }
        };
        let step = Step {
            seq,
            identity_id: record.identity_id.to_string(),
            name: Some(record.info.name.clone()),
            message: ADDED.into(),
        };
        Ok(match self.app.people.upsert(&record, face, Some(step)).await {
            Ok(_) => Ok(()),
            Err(error @ PeopleError::Full(_)) => Err((Code::GROUP_LENGTH_ERROR, error.to_string())),
            Err(error @ PeopleError::NoPhoto) => Err((Code::PARAM_ERROR, error.to_string())),
            Err(PeopleError::Store(error)) => Err((Code::SERVER_PROCESS_FAILED, error.to_string())),
        })
    }
}

const ADDED: &str = "added";

fn unreadable(users: Vec<UnreadableUser>) -> Vec<UserResult> {
    let result = |user: UnreadableUser| UserResult {
        userid: user.identity_id.unwrap_or_else(|| IdentityId::new("")),
        username: Some(String::new()),
        message: user.error.to_string(),
        code: Code::PARAM_ERROR,
    };
    users.into_iter().map(result).collect()
}

/// Every item whose key does not come again later, in order.
fn last_of_each<T>(items: Vec<T>, key: impl Fn(&T) -> IdentityId) -> Vec<T> {
    let last: HashMap<IdentityId, usize> =
        items.iter().enumerate().map(|(at, item)| (key(item), at)).collect();
    let is_last = |at: usize, item: &T| last.get(&key(item)) == Some(&at);
    items.into_iter().enumerate().filter(|(at, item)| is_last(*at, item)).map(|(_, item)| item).collect()
}

fn chunks<T>(items: Vec<T>) -> Vec<Vec<T>> {
    let mut items = items.into_iter();
    std::iter::from_fn(|| {
        Some(items.by_ref().take(CHUNK).collect::<Vec<_>>()).filter(|chunk| !chunk.is_empty())
    })
    .collect()
}
