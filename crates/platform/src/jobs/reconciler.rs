//! Turns the difference between what boxes should hold and what they proved into commands.

use std::sync::Arc;
use std::time::Duration;

use protocol::{
    CommandBody, DevSno, ExtendParams, IdentityId, Users, WipeOptions, address, command as methods,
};
use runtime::CancellationToken;
use tokio::time::sleep;

use crate::app::App;
use crate::clock;
use crate::db::command::{self, NewCommand};
use crate::db::{DbError, Tx, desired, device, recompute};
use crate::device_api::{PERSONS, RESULTS};
use crate::reconcile::{BATCH, Errand, Open, Order, PROBE_AFTER, Standing, plan};

/// How often it looks without being woken: for retries that are due.
const LOOK: Duration = Duration::from_secs(2);
/// Boxes worked on in one transaction.
const GROUP: usize = 8;
/// A batch of people takes a slow box minutes; after this long without an answer, in milliseconds, it is sent again.
pub(crate) const ANSWER_WITHIN: i64 = 10 * 60_000;

/// While it is still being derived whom boxes are to hold, whoever is to be brought to a box waits for so long, in milliseconds, to be
/// joined by more: of a change of thousands a box hears in few commands. Who must not be there never waits.
const GATHER: i64 = 10_000;
/// A box that could not forget whom it holds from before is told again after this long, in milliseconds.
const EMPTY_AGAIN: i64 = 3_600_000;

/// Works until `stopping`.
pub(super) async fn run(app: Arc<App>, stopping: CancellationToken) -> Result<(), DbError> {
    loop {
        pass(&app, &stopping).await?;
        tokio::select! {
            () = stopping.cancelled() => return Ok(()),
            () = app.wake.reconciler.notified() => {}
            () = sleep(LOOK) => {}
        }
    }
}

/// Looks at every box that has something to be done.
async fn pass(app: &Arc<App>, stopping: &CancellationToken) -> Result<(), DbError> {
    let now = clock::now();
    let boxes = app.db.read(move |tx: &mut Tx<'_>| with_work(tx, now)).await?;
    let fallback = app.config.http.public_url.as_ref().map(url::Url::to_string);
    for group in boxes.chunks(GROUP) {
        if stopping.is_cancelled() {
            return Ok(());
        }
        let (group, fallback) = (group.to_vec(), fallback.clone());
        let written = app
            .db
            .write(move |tx: &mut Tx<'_>| {
                let mut written = 0;
                for dev_sno in &group {
                    written += reconcile(tx, dev_sno, fallback.as_deref(), clock::now())?;
                }
                Ok::<usize, DbError>(written)
            })
            .await?;
        if written > 0 {
            app.wake.outbox.notify_one();
        }
    }
    Ok(())
}

/// The boxes that have something to be done.
fn with_work(tx: &mut Tx<'_>, now: i64) -> Result<Vec<DevSno>, DbError> {
    let bring_by = if recompute::is_any(tx)? { now - GATHER } else { now };
    device::keys_with_work(tx, now, bring_by, now - PROBE_AFTER)
}

/// Writes the commands one box is due; answers how many. `public_url` is what boxes are told where it is configured.
pub(crate) fn reconcile(
    tx: &mut Tx<'_>,
    dev_sno: &DevSno,
    public_url: Option<&str>,
    now: i64,
) -> Result<usize, DbError> {
    let Some(reach) = device::reach(tx, dev_sno)? else { return Ok(0) };
    let standing = standing(tx, dev_sno, &reach)?;
    if standing.is_ready(now) && reach.empty_at.is_some_and(|at| at <= now) {
        empty(tx, dev_sno, &base_of(public_url, &reach), now)?;
        return Ok(1);
    }
    if !standing.is_ready(now) || (standing.is_bringing && standing.removing.is_some()) {
        return Ok(0);
    }
    let limit = i64::try_from(BATCH).unwrap_or(i64::MAX);
    let due = desired::due(tx, dev_sno, now, limit)?;
    let orders = plan(&standing, &due, now);
    let base = base_of(public_url, &reach);
    let count = orders.len();
    for order in orders {
        write(tx, dev_sno, &base, &order, now)?;
    }
    Ok(count)
}

fn standing(tx: &mut Tx<'_>, dev_sno: &DevSno, reach: &device::Reach) -> Result<Standing, DbError> {
    let mut standing =
        Standing { has_joined: reach.has_joined, silent_since: reach.silent_since, ..Standing::default() };
    for open in command::open_of_box(tx, dev_sno)? {
        match open.method.as_str() {
            methods::ADD_USERS_PLUS => standing.is_bringing = true,
            methods::WIPE_DATA => standing.is_being_wiped = true,
            methods::DELETE_USERS => {
                let people = command::people(tx, &open.id)?.into_iter().map(|(person, _)| person);
                standing.removing.get_or_insert_with(Open::default).people.extend(people);
            }
            _ => {}
        }
    }
    Ok(standing)
}

fn base_of(public_url: Option<&str>, reach: &device::Reach) -> String {
    public_url.or(reach.base_url.as_deref()).unwrap_or_default().to_owned()
}

/// Tells a box to forget everybody, and when it may be told again should it not say that it did.
fn empty(tx: &mut Tx<'_>, dev_sno: &DevSno, base: &str, now: i64) -> Result<(), DbError> {
    let new = NewCommand {
        dev_sno: dev_sno.clone(),
        body: CommandBody::WipeData(WipeOptions { users: true, events: false, ..WipeOptions::default() }),
        extend: ExtendParams { notify_path: Some(at(base, RESULTS)), ..ExtendParams::default() },
        people: Vec::new(),
        answer_within: ANSWER_WITHIN,
        origin: "reconciler".to_owned(),
    };
    let id = command::queue(tx, new, now)?;
    device::empty_at(tx, dev_sno, Some(now + EMPTY_AGAIN))?;
    tracing::info!(message_id = %id, %dev_sno, "command queued: the box forgets whoever it holds from before");
    Ok(())
}

/// An address as a box is told it.
fn at(base: &str, path: &str) -> String {
    if base.is_empty() { path.to_owned() } else { address::resolve(base, path) }
}

fn write(tx: &mut Tx<'_>, dev_sno: &DevSno, base: &str, order: &Order, now: i64) -> Result<(), DbError> {
    let ids: Vec<IdentityId> = order.people.iter().map(|(person, _)| person.clone()).collect();
    let mut extend = ExtendParams { notify_path: Some(at(base, RESULTS)), ..ExtendParams::default() };
    let body = match order.errand {
        Errand::Bring => {
            extend.path = Some(at(base, PERSONS));
            CommandBody::AddUsersPlus(Users::Ids(ids.clone()))
        }
        Errand::Remove => CommandBody::DeleteUsers(ids.clone()),
    };
    let new = NewCommand {
        dev_sno: dev_sno.clone(),
        body,
        extend,
        people: order.people.clone(),
        answer_within: ANSWER_WITHIN,
        origin: "reconciler".to_owned(),
    };
    let id = command::queue(tx, new, now)?;
    desired::send_all(tx, dev_sno, ids.iter(), &id)?;
    tracing::info!(message_id = %id, %dev_sno, errand = ?order.errand, people = order.people.len(), "command queued");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::db::testing::{Fresh, both};
    use crate::db::vals;

    #[tokio::test]
    async fn who_comes_waits_for_more_while_a_change_is_derived_and_who_goes_does_not() {
        const NOW: i64 = 1_000_000;
        for Fresh { db, .. } in &both().await {
            let found = db.write(|tx| {
                for (dev_sno, desired, at) in [
                    ("A comes", Some(1), NOW),
                    ("B came", Some(1), NOW - GATHER),
                    ("C goes", None, NOW),
                ] {
                    let sql = "INSERT INTO box(dev_sno, name, created_at, login_at) VALUES($1, '', 0, 1)";
                    tx.exec(sql, vals![dev_sno])?;
                    tx.exec(
                        "INSERT INTO box_person(dev_sno, identity_id, desired_revision, state, next_attempt_at, changed_at)
                         VALUES($1, 'p', $2, 'pending', $3, 0)",
                        vals![dev_sno, desired, at],
                    )?;
                }
                let quiet = with_work(tx, NOW)?.len();
                recompute::person_later(tx, &IdentityId::new("p"), NOW)?;
                Ok::<_, DbError>((quiet, with_work(tx, NOW)?))
            });
            let (quiet, busy) = found.await.unwrap();
            assert_eq!(quiet, 3);
            assert_eq!(busy, [DevSno::new("B came"), DevSno::new("C goes")]);
        }
    }
}
