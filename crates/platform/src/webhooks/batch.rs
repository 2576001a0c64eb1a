//! What is to be told next, read in one go: entries that were set aside and are due, what is new, and a replay in progress.

use super::filter::{Facts, Filter};
use super::message::event_id;
use crate::db::delivery::{self, Delivery};
use crate::db::event_list::{self, EventRow};
use crate::db::feed::{self, Entry};
use crate::db::webhook::{self, Progress};
use crate::db::{DbError, Tx};

/// Entries read in one go.
const PAGE: i64 = 64;

/// An entry that is to be told.
#[derive(Debug, Clone)]
pub(super) struct Job {
    pub(super) entry: Entry,
    /// The row of a recognition.
    pub(super) event: Option<EventRow>,
    pub(super) attempts: i64,
    pub(super) first_tried_at: Option<i64>,
    pub(super) is_aside: bool,
}

/// The next entries of a replay.
pub(super) struct Replay {
    pub(super) page: Vec<(i64, Option<Job>)>,
    /// The last number to be told again.
    pub(super) until: i64,
}

/// What was read in one go.
#[derive(Default)]
pub(super) struct Batch {
    /// Where the cursor stands when the feed no longer holds what comes next.
    pub(super) begins_after: i64,
    pub(super) aside: Vec<Job>,
    /// Entries set aside that the feed no longer holds.
    pub(super) lost: Vec<Delivery>,
    /// Numbers with what is to be told of them, if anything.
    pub(super) live: Vec<(i64, Option<Job>)>,
    /// The same of a replay in progress; `None` when it is not its turn, because what is new goes before it.
    pub(super) replay: Option<Replay>,
    pub(super) next_due: Option<i64>,
}

impl Batch {
    /// Reads what follows `progress`; what was told and is not yet written down is left out.
    pub(super) fn read(
        tx: &mut Tx<'_>,
        id: &str,
        filter: &Filter,
        progress: &Progress,
        unwritten: &[String],
        now: i64,
    ) -> Result<Self, DbError> {
        let mut batch = Batch { begins_after: progress.told_until, ..Batch::default() };
        for known in delivery::due(tx, id, progress.told_until, now, PAGE)? {
            if unwritten.contains(&known.event_id) {
                continue;
            }
            match again(tx, &known)? {
                Some(job) => batch.aside.push(job),
                None => batch.lost.push(no_longer_kept(known)),
            }
        }
        let oldest = feed::oldest(tx)?;
        batch.begins_after = batch.begins_after.max(oldest - 1);
        batch.live = wanted(tx, filter, batch.begins_after, i64::MAX)?;
        if let Some((_, Some(first))) = batch.live.iter_mut().find(|(_, job)| job.is_some())
            && let Some(known) = delivery::find(tx, id, &first.event_id())?
            && known.state == delivery::WAITING
        {
            (first.attempts, first.first_tried_at) = (known.attempts, Some(known.first_tried_at));
        }
        if let Some((after, until)) = progress.replay.filter(|_| batch.live.is_empty()) {
            batch.replay = Some(Replay { page: wanted(tx, filter, after, until)?, until });
        }
        batch.next_due = delivery::next_due(tx, id, progress.told_until)?;
        Ok(batch)
    }
}

impl Job {
    /// The id it is told under.
    pub(super) fn event_id(&self) -> String {
        event_id(&self.entry)
    }
}

/// A page of entries after one number up to another, each with what is to be told of it.
fn wanted(
    tx: &mut Tx<'_>,
    filter: &Filter,
    after: i64,
    until: i64,
) -> Result<Vec<(i64, Option<Job>)>, DbError> {
    let mut page = Vec::new();
    for entry in feed::after(tx, after, PAGE)? {
        if entry.seq > until {
            break;
        }
        let seq = entry.seq;
        let (facts, event) = facts_of(tx, filter, &entry)?;
        let is_kept = entry.kind != feed::EVENT || event.is_some();
        let job = (is_kept && filter.wants(&facts)).then_some(Job {
            entry,
            event,
            attempts: 0,
            first_tried_at: None,
            is_aside: false,
        });
        page.push((seq, job));
    }
    Ok(page)
}

/// What the filter asks of an entry; what it does not ask for is not looked up.
fn facts_of(tx: &mut Tx<'_>, filter: &Filter, entry: &Entry) -> Result<(Facts, Option<EventRow>), DbError> {
    let mut facts = Facts { kind: entry.kind.clone(), ..Facts::default() };
    let mut event = None;
    if entry.kind == feed::EVENT {
        event = event_list::find(tx, &entry.subject)?;
        if let Some(row) = &event {
            facts.dev_sno.clone_from(&row.dev_sno);
            facts.person_type = row.person_type;
            if !filter.groups.is_empty() {
                facts.groups = webhook::groups_of(tx, &row.identity_id)?;
            }
        }
    } else if entry.kind == feed::BOX {
        facts.dev_sno.clone_from(&entry.subject);
    }
    if !filter.sites.is_empty() {
        facts.site = webhook::site_of(tx, &facts.dev_sno)?;
    }
    Ok((facts, event))
}

/// An entry that was set aside; `None` when the feed or the event is no longer kept.
fn again(tx: &mut Tx<'_>, known: &Delivery) -> Result<Option<Job>, DbError> {
    let Some(entry) = feed::find(tx, known.seq.unwrap_or(0))? else { return Ok(None) };
    let event = if entry.kind == feed::EVENT { event_list::find(tx, &entry.subject)? } else { None };
    if entry.kind == feed::EVENT && event.is_none() {
        return Ok(None);
    }
    let first_tried_at = (known.attempts > 0).then_some(known.first_tried_at);
    Ok(Some(Job { entry, event, attempts: known.attempts, first_tried_at, is_aside: true }))
}

fn no_longer_kept(known: Delivery) -> Delivery {
    let error = Some("what was to be told is no longer kept".to_owned());
    Delivery { state: delivery::FAILED, next_attempt_at: None, error, ..known }
}
