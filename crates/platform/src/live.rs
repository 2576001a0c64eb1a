//! What happens now, for those who watch: every entry of the feed becomes one frame of server-sent events, made once however
//! many watch, with a small head by which each viewer's filter decides.
//!
//! The contract: frames are told in the order of the feed. A viewer who subscribes and *then* asks the feed for its newest number
//! is told every later entry: the follower moves on untold only after it has seen that nobody is subscribed.

use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use serde_json::json;
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore, broadcast};

use crate::db::event_list::{self, EventRow};
use crate::db::feed::{self, Entry};
use crate::db::{DbError, Tx, box_intake};
use crate::operator_api::{EventView, Lens, WallEvent};

/// Viewers that fall further behind than this are told that they missed something.
const BACKLOG: usize = 1024;
/// Viewers at the same time.
const VIEWERS: usize = 512;
/// Of these, screens of one wall.
const SCREENS: usize = 16;
/// Type of people nobody knows.
const STRANGER: i64 = 4;

/// Where viewers listen.
#[derive(Debug)]
pub(crate) struct Live {
    told: broadcast::Sender<Arc<Told>>,
    places: Arc<Semaphore>,
    /// How many screens look at each wall.
    screens: Arc<Mutex<HashMap<String, usize>>>,
    /// Rung when somebody begins to watch.
    joined: Notify,
    /// The last number that was dealt with.
    reached: AtomicI64,
}

/// A viewer's place, free again when it is dropped.
#[derive(Debug)]
pub(crate) struct Place {
    _permit: OwnedSemaphorePermit,
    _screen: Option<Screen>,
}

/// A screen that is counted at its wall for as long as this lives.
#[derive(Debug)]
struct Screen {
    wall: String,
    all: Arc<Mutex<HashMap<String, usize>>>,
}

/// One entry as viewers get it.
#[derive(Debug)]
pub(crate) struct Told {
    /// The feed's number.
    pub(crate) seq: i64,
    pub(crate) head: Head,
    /// The whole frame, its empty line at the end included.
    pub(crate) frame: Bytes,
    /// What walls may show of it, when it is an event.
    seen: Option<WallEvent>,
}

/// What filters look at.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Head {
    pub(crate) kind: String,
    pub(crate) dev_sno: Option<String>,
    pub(crate) site: Option<String>,
    pub(crate) ep_id: Option<String>,
    pub(crate) group: Option<String>,
    pub(crate) identity_id: Option<String>,
    pub(crate) person_type: Option<i64>,
}

/// What a viewer wants to be told of; what is left out does not matter.
#[derive(Debug, Clone, Default)]
pub(crate) struct Filter {
    pub(crate) kinds: Vec<String>,
    pub(crate) dev_sno: Option<String>,
    pub(crate) site: Option<String>,
    pub(crate) ep_id: Option<String>,
    pub(crate) group: Option<String>,
    pub(crate) identity_id: Option<String>,
    pub(crate) types: Vec<i64>,
    pub(crate) stranger: Option<bool>,
    /// The sites the viewer may see; all when absent.
    pub(crate) sites: Option<Arc<[String]>>,
}

/// A stretch of the feed with the rows behind it.
#[derive(Debug, Default)]
pub(crate) struct Stretch {
    entries: Vec<Entry>,
    events: Vec<EventRow>,
    sites: Vec<(String, String)>,
}

impl Live {
    /// Nobody watches yet; `newest` is the feed's newest number.
    pub(crate) fn new(newest: i64) -> Self {
        let (told, _) = broadcast::channel(BACKLOG);
        let places = Arc::new(Semaphore::new(VIEWERS));
        Self { told, places, screens: Arc::default(), joined: Notify::new(), reached: AtomicI64::new(newest) }
    }

    /// How many places are taken.
    pub(crate) fn viewers(&self) -> usize {
        VIEWERS.saturating_sub(self.places.available_permits())
    }

    /// A place among the viewers; `None` when all are taken.
    pub(crate) fn place(&self) -> Option<Place> {
        let permit = Arc::clone(&self.places).try_acquire_owned().ok()?;
        Some(Place { _permit: permit, _screen: None })
    }

    /// A place for a screen of a wall; `None` when the wall has enough of them, too.
    pub(crate) fn place_at(&self, wall: &str) -> Option<Place> {
        let place = self.place()?;
        let mut all = self.screens.lock().unwrap_or_else(PoisonError::into_inner);
        let taken = all.entry(wall.to_owned()).or_default();
        if *taken >= SCREENS {
            return None;
        }
        *taken += 1;
        let screen = Screen { wall: wall.to_owned(), all: Arc::clone(&self.screens) };
        Some(Place { _screen: Some(screen), ..place })
    }

    /// Everything that is told from now on.
    pub(crate) fn subscribe(&self) -> broadcast::Receiver<Arc<Told>> {
        let told = self.told.subscribe();
        self.joined.notify_one();
        told
    }

    /// Returns when somebody begins to watch.
    pub(crate) async fn joined(&self) {
        self.joined.notified().await;
    }

    /// Whether anybody listens.
    pub(crate) fn is_watched(&self) -> bool {
        self.told.receiver_count() > 0
    }

    /// The last number that was dealt with.
    pub(crate) fn reached(&self) -> i64 {
        self.reached.load(Ordering::Relaxed)
    }

    /// Everything up to this number is dealt with.
    pub(crate) fn reach(&self, seq: i64) {
        self.reached.store(seq, Ordering::Relaxed);
    }

    /// Tells a stretch of the feed to whoever listens.
    pub(crate) fn tell(&self, stretch: Stretch) {
        let last = stretch.last();
        for told in stretch.frames() {
            // No listener is no error: viewers come and go.
            drop(self.told.send(Arc::new(told)));
        }
        if let Some(last) = last {
            self.reach(last);
        }
    }
}

impl Stretch {
    /// At most `limit` entries after a number, and the rows they are about.
    pub(crate) fn read(tx: &mut Tx<'_>, after: i64, limit: i64) -> Result<Self, DbError> {
        let entries = feed::after(tx, after, limit)?;
        let subjects = |kind: &str| {
            let of_kind = entries.iter().filter(move |entry| entry.kind == kind);
            of_kind.map(|entry| entry.subject.as_str()).collect::<Vec<_>>()
        };
        let events = event_list::by_ids(tx, &subjects(feed::EVENT))?;
        let sites = box_intake::sites(tx, &subjects(feed::BOX))?;
        Ok(Self { entries, events, sites })
    }

    /// How many entries it has.
    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    /// The first number.
    pub(crate) fn first(&self) -> Option<i64> {
        self.entries.first().map(|entry| entry.seq)
    }

    /// The last number.
    pub(crate) fn last(&self) -> Option<i64> {
        self.entries.last().map(|entry| entry.seq)
    }

    /// The frames, in order. Entries whose row is gone have none.
    pub(crate) fn frames(self) -> impl Iterator<Item = Told> {
        let mut events: HashMap<String, EventRow> =
            self.events.into_iter().map(|row| (row.id.clone(), row)).collect();
        let mut sites: HashMap<String, String> = self.sites.into_iter().collect();
        self.entries.into_iter().filter_map(move |entry| {
            if entry.kind == feed::EVENT {
                return events.remove(&entry.subject).map(|row| of_event(entry.seq, row));
            }
            let mut head = Head { kind: entry.kind, ..Head::default() };
            if head.kind == feed::BOX {
                head.site = sites.remove(&entry.subject);
                head.dev_sno = Some(entry.subject);
            }
            let frame = frame(&head.kind, Some(entry.seq), &entry.data.to_string());
            Some(Told { seq: entry.seq, head, frame, seen: None })
        })
    }
}

impl Head {
    /// What filters look at of an event.
    pub(crate) fn of(row: &EventRow) -> Self {
        Self {
            kind: feed::EVENT.to_owned(),
            dev_sno: Some(row.dev_sno.clone()),
            site: row.site.clone(),
            ep_id: row.ep_id.clone(),
            group: Some(row.group_name.clone()),
            identity_id: Some(row.identity_id.clone()),
            person_type: row.person_type,
        }
    }
}

impl Told {
    /// Its frame as it is, or what a lens leaves of it.
    pub(crate) fn through(&self, lens: Option<Lens>) -> Bytes {
        match (lens, &self.seen) {
            (Some(lens), Some(seen)) => {
                // A view is texts and numbers: it always serialises.
                let shown = serde_json::to_string(&lens.through(seen.clone())).unwrap_or_default();
                frame(feed::EVENT, Some(self.seq), &shown)
            }
            _ => self.frame.clone(),
        }
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        let mut all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        let left = all.get(&self.wall).map_or(0, |taken| taken.saturating_sub(1));
        if left == 0 {
            all.remove(&self.wall);
        } else {
            all.insert(self.wall.clone(), left);
        }
    }
}

fn of_event(seq: i64, row: EventRow) -> Told {
    let (head, seen) = (Head::of(&row), Some(WallEvent::of(&row)));
    // A view is texts and numbers: it always serialises.
    let view = serde_json::to_string(&EventView::from(row)).unwrap_or_default();
    Told { seq, head, frame: frame(feed::EVENT, Some(seq), &view), seen }
}

/// A frame. Compact JSON has no line breaks, so one `data:` line holds it.
pub(crate) fn frame(kind: &str, seq: Option<i64>, data: &str) -> Bytes {
    let id = seq.map(|seq| format!("id: {seq}\n")).unwrap_or_default();
    Bytes::from(format!("{id}event: {kind}\ndata: {data}\n\n"))
}

/// What a viewer is told who fell too far behind: how many entries were passed over, and the number to ask again from.
pub(crate) fn lagged(missed: u64, after: i64) -> Bytes {
    frame("lagged", None, &json!({"missed": missed, "after": after}).to_string())
}

impl Filter {
    /// Whether a viewer with this filter is told of an entry.
    pub(crate) fn passes(&self, head: &Head) -> bool {
        let is = |wanted: &Option<String>, found: &Option<String>| wanted.is_none() || wanted == found;
        let among = |site: &String| self.sites.as_ref().is_none_or(|sites| sites.contains(site));
        let may_see = self.sites.is_none() || head.site.as_ref().is_some_and(among);
        let one_of = |number: i64| self.types.contains(&number);
        may_see
            && (self.kinds.is_empty() || self.kinds.contains(&head.kind))
            && is(&self.dev_sno, &head.dev_sno)
            && is(&self.site, &head.site)
            && is(&self.ep_id, &head.ep_id)
            && is(&self.group, &head.group)
            && is(&self.identity_id, &head.identity_id)
            && (self.types.is_empty() || head.person_type.is_some_and(one_of))
            && self
                .stranger
                .is_none_or(|wanted| head.person_type.is_some_and(|number| (number == STRANGER) == wanted))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head() -> Head {
        Head {
            kind: "event".into(),
            dev_sno: Some("B1".into()),
            site: Some("north".into()),
            ep_id: Some("B1__192.0.2.1".into()),
            group: Some("staff".into()),
            identity_id: Some("1001".into()),
            person_type: Some(3),
        }
    }

    #[test]
    fn each_part_of_a_filter_decides_alone() {
        let some = |text: &str| Some(text.to_owned());
        let sites = |names: &[&str]| Some(names.iter().map(|name| (*name).to_owned()).collect());
        let of = |change: &dyn Fn(&mut Filter)| {
            let mut filter = Filter::default();
            change(&mut filter);
            filter.passes(&head())
        };
        assert!(of(&|_| {}));
        assert!(
            of(&|f| f.kinds = vec!["box".into(), "event".into()]) && !of(&|f| f.kinds = vec!["box".into()])
        );
        assert!(of(&|f| f.dev_sno = some("B1")) && !of(&|f| f.dev_sno = some("B2")));
        assert!(of(&|f| f.site = some("north")) && !of(&|f| f.site = some("south")));
        assert!(of(&|f| f.ep_id = some("B1__192.0.2.1")) && !of(&|f| f.ep_id = some("B1__192.0.2.2")));
        assert!(of(&|f| f.group = some("staff")) && !of(&|f| f.group = some("guests")));
        assert!(of(&|f| f.identity_id = some("1001")) && !of(&|f| f.identity_id = some("1")));
        assert!(of(&|f| f.types = vec![3, 5]) && !of(&|f| f.types = vec![1]));
        assert!(of(&|f| f.stranger = Some(false)) && !of(&|f| f.stranger = Some(true)));
        assert!(of(&|f| f.sites = sites(&["south", "north"])) && !of(&|f| f.sites = sites(&["south"])));
        assert!(!of(&|f| f.sites = sites(&[])));
    }

    #[test]
    fn who_may_see_some_sites_only_sees_nothing_without_a_site() {
        let filter = Filter { sites: Some(Arc::from(["north".to_owned()])), ..Filter::default() };
        assert!(!filter.passes(&Head { kind: "other".into(), ..Head::default() }));
        let strangers = Filter { stranger: Some(false), ..Filter::default() };
        assert!(!strangers.passes(&Head { kind: "box".into(), ..Head::default() }), "a box is nobody");
    }

    #[test]
    fn a_wall_has_so_many_screens_and_those_that_leave_make_room() {
        let live = Live::new(0);
        let mut places: Vec<_> = (0..SCREENS).map(|_| live.place_at("lobby").unwrap()).collect();
        assert!(live.place_at("lobby").is_none() && live.place_at("gate").is_some());
        assert_eq!(live.viewers(), SCREENS, "a place that was refused is free");
        places.pop();
        assert!(live.place_at("lobby").is_some());
        places.clear();
        assert!(live.screens.lock().unwrap().is_empty() && live.viewers() == 0);
    }

    #[test]
    fn a_frame_is_one_event() {
        let made = frame("event", Some(7), &json!({"name": "a\nb"}).to_string());
        assert_eq!(made, "id: 7\nevent: event\ndata: {\"name\":\"a\\nb\"}\n\n");
        assert_eq!(lagged(3, 9), "event: lagged\ndata: {\"after\":9,\"missed\":3}\n\n");
    }
}
