//! Events page by page, newest first, and one by its number; an event whose door is still moving is not shown.

use super::{EventLog, Recorded};
use crate::decision::{Record, Verdict};
use crate::store::StoreError;
use crate::store::events::{self, Row};

/// Events looked at for one page: a filter that fits nothing must not read the whole ring at once.
const LOOKED_AT: usize = 2000;
/// Rows read at one time.
const CHUNK: usize = 200;

/// Which events are wanted.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Of this camera.
    pub camera: Option<String>,
    /// Of the person with this id; an empty one: of nobody known.
    pub person: Option<String>,
    /// Of whom id or name contains it, whatever the case.
    pub who: Option<String>,
    /// Of a person found in this library.
    pub library: Option<String>,
    /// With this verdict.
    pub verdict: Option<Verdict>,
    /// Taken at this moment or later, milliseconds UTC.
    pub from: Option<i64>,
    /// Taken before this moment, milliseconds UTC.
    pub to: Option<i64>,
    /// Older than the event with this number.
    pub before: Option<i64>,
}

/// Some events.
#[derive(Debug, Default)]
pub struct Page {
    /// The events, newest first, without their pictures.
    pub events: Vec<(i64, Record)>,
    /// [`Filter::before`] of the next page; `None`: there is none.
    pub next: Option<i64>,
}

impl Filter {
    fn fits(&self, record: &Record) -> bool {
        let same =
            |wanted: &Option<String>, found: &str| wanted.as_deref().is_none_or(|wanted| wanted == found);
        same(&self.camera, &record.camera)
            && same(&self.person, &record.identity_id)
            && (self.library.is_none() || record.is_match() && same(&self.library, &record.group_name))
            && self.who.as_deref().is_none_or(|part| is_of(record, part))
            && self.verdict.is_none_or(|verdict| verdict == record.verdict)
    }
}

fn is_of(record: &Record, part: &str) -> bool {
    let part = part.to_lowercase();
    let found = |text: &str| text.to_lowercase().contains(&part);
    record.is_match() && (found(&record.identity_id) || found(&record.identity_name))
}

impl EventLog {
    /// At most `limit` events, newest first. A page can hold fewer, even none, and still have a next one.
    ///
    /// # Errors
    /// What the store says.
    pub async fn page(&self, filter: Filter, limit: usize) -> Result<Page, StoreError> {
        self.inner
            .store
            .read(move |db| {
                let mut page = Page::default();
                let mut before = filter.before.unwrap_or(i64::MAX);
                let span = (filter.from.unwrap_or(i64::MIN), filter.to.unwrap_or(i64::MAX));
                for _ in 0..LOOKED_AT / CHUNK {
                    let rows = events::bodies(db, before, span, CHUNK)?;
                    let last = rows.len() < CHUNK;
                    for row in rows {
                        before = row.seq;
                        let Some(found) = Recorded::of(&row).filter(|found| filter.fits(&found.record))
                        else {
                            continue;
                        };
                        page.events.push((found.seq, found.record));
                        if page.events.len() >= limit {
                            page.next = Some(before);
                            return Ok(page);
                        }
                    }
                    if last {
                        return Ok(page);
                    }
                }
                page.next = Some(before);
                Ok(page)
            })
            .await
    }

    /// The event with this number, if it is kept.
    ///
    /// # Errors
    /// What the store says.
    pub async fn one(&self, seq: i64) -> Result<Option<Recorded>, StoreError> {
        let sealer = self.inner.store.sealer();
        let row: Option<Row> = self.inner.store.read(move |db| events::one(db, &sealer, seq)).await?;
        Ok(row.as_ref().and_then(Recorded::of))
    }

    /// At most `most` events after the one with this number, oldest first and without their pictures, ending before the first
    /// whose door is still moving; see [`events::bodies_after`].
    ///
    /// # Errors
    /// What the store says.
    pub async fn since(&self, seq: i64, most: usize) -> Result<Vec<Row>, StoreError> {
        self.inner.store.read(move |db| events::bodies_after(db, seq, most)).await
    }

    /// The number up to which every event is complete, and the newest number of all.
    ///
    /// # Errors
    /// What the store says.
    pub async fn settled(&self) -> Result<(i64, i64), StoreError> {
        self.inner.store.read(|db| Ok((events::settled(db)?, events::ring(db)?.newest))).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decision::STRANGER;
    use crate::store::Store;
    use crate::testing::record;

    #[tokio::test]
    async fn pages_follow_each_other_without_gap_or_repetition() {
        let directory = tempfile::tempdir().unwrap();
        let log = EventLog::open(Store::open(directory.path()).unwrap(), 10_000).await.unwrap();
        for n in 0..23 {
            log.add(&record(n, if n % 3 == 0 { STRANGER } else { "7" }), Some(vec![1])).await.unwrap();
        }
        let open = log.begin(&record(23, "7"), None).await.unwrap();
        assert!(log.one(open).await.unwrap().is_none(), "its door is moving");
        let (mut seen, mut before) = (Vec::new(), None);
        loop {
            let page = log.page(Filter { before, ..Filter::default() }, 5).await.unwrap();
            seen.extend(page.events.iter().map(|(seq, _)| *seq));
            before = page.next;
            if before.is_none() {
                break;
            }
        }
        assert_eq!(seen, (1..=23).rev().collect::<Vec<_>>());
        let known = Filter { person: Some("7".into()), verdict: Some(Verdict::LetIn), ..Filter::default() };
        assert_eq!(log.page(known, 100).await.unwrap().events.len(), 15);
        let part = |who: &str| Filter { who: Some(who.into()), ..Filter::default() };
        assert_eq!(log.page(part("7"), 100).await.unwrap().events.len(), 15);
        assert_eq!(log.page(part("STRANGER"), 100).await.unwrap().events.len(), 0, "nobody is called so");
        let usual = Filter { library: Some(record(0, "7").group_name), ..Filter::default() };
        assert_eq!(log.page(usual, 100).await.unwrap().events.len(), 15, "nobody of them is a stranger");
        let night = Filter { library: Some("night".into()), ..Filter::default() };
        assert!(log.page(night, 100).await.unwrap().events.is_empty());
        let strangers = Filter { person: Some(String::new()), ..Filter::default() };
        assert_eq!(log.page(strangers, 100).await.unwrap().events.len(), 8);
        let start = record(0, "7").taken_at;
        let between = Filter { from: Some(start + 5), to: Some(start + 9), ..Filter::default() };
        assert_eq!(log.page(between, 100).await.unwrap().events.len(), 4);
        let elsewhere = Filter { camera: Some("back".into()), ..Filter::default() };
        assert!(log.page(elsewhere, 100).await.unwrap().events.is_empty());
        let one = log.one(3).await.unwrap().unwrap();
        assert_eq!((one.seq, one.record, one.spot), (3, record(2, "7"), Some(vec![1])));
        assert_eq!(log.since(20, 100).await.unwrap().len(), 3);
        assert_eq!(log.settled().await.unwrap(), (23, 24));
        log.finish(open, &record(23, "7"), None).await.unwrap();
        assert_eq!(log.settled().await.unwrap(), (24, 24));
    }

    #[tokio::test]
    async fn a_filter_that_fits_nothing_reads_a_bounded_number_of_events() {
        let directory = tempfile::tempdir().unwrap();
        let store = Store::open(directory.path()).unwrap();
        let log = EventLog::open(store.clone(), 10_000).await.unwrap();
        let body = serde_json::to_string(&record(0, "7")).unwrap();
        let sealer = store.sealer();
        let fill = move |db: &rusqlite::Connection| {
            for _ in 0..LOOKED_AT + 1 {
                let new = events::NewEvent { taken_at: 1, body: body.clone(), spot: None, open: false };
                events::insert(db, &sealer, &new)?;
            }
            Ok(())
        };
        store.write(fill).await.unwrap();
        let nobody = || Filter { person: Some("8".into()), ..Filter::default() };
        let page = log.page(nobody(), 10).await.unwrap();
        assert_eq!((page.events.len(), page.next), (0, Some(2)));
        assert_eq!(log.page(Filter { before: page.next, ..nobody() }, 10).await.unwrap().next, None);
    }
}
