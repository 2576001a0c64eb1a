//! The thresholds in force: they follow the number of people enrolled and how alike these are.
//!
//! Judges never wait for a measurement: how alike people are takes tens of milliseconds to find out and is measured beside
//! them ([`Keeper::measure`]), at start, whenever the gallery has grown or shrunk by a tenth, and when as many people were
//! exchanged. Until then a judge uses the number of people of this moment with the likeness measured last; only where none
//! was ever measured and there are enough people for it, the judge measures it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;
use vision::decision::{Policy, Site, ThresholdRule, Thresholds};

use crate::config;
use crate::people::People;

/// Keeps the thresholds of one site.
pub(super) struct Keeper {
    rule: ThresholdRule,
    state: Mutex<State>,
    outgrown: Notify,
}

struct State {
    policy: Policy,
    now: Option<InUse>,
}

#[derive(Clone)]
struct InUse {
    site: Site,
    thresholds: Arc<Thresholds>,
}

/// The thresholds with what they came from.
#[derive(Debug, Clone)]
pub(super) struct Grounds {
    pub(super) site: Site,
    pub(super) policy: Policy,
    pub(super) thresholds: Arc<Thresholds>,
    /// What people here resemble each other more than those the pack was measured on, as cosine.
    pub(super) shift: f32,
}

impl Keeper {
    pub(super) fn new(rule: ThresholdRule, settings: &config::Recognition) -> Self {
        let state = State { policy: policy(settings), now: None };
        Self { rule, state: Mutex::new(state), outgrown: Notify::new() }
    }

    /// Faces of one person are at least this similar: the pack's one-to-one threshold.
    pub(super) fn same_face(&self) -> f32 {
        self.rule.verification
    }

    /// The thresholds for the people enrolled now. Blocking only before the first measurement.
    pub(super) fn now(&self, people: &People) -> Arc<Thresholds> {
        let enrolled = people.faces();
        let known = self.lock().now.clone();
        match known {
            Some(known) if !known.thresholds.outgrown(enrolled) => known.thresholds,
            // The judge goes on with the likeness measured last; a new one is on its way.
            Some(known) if known.site.q2.is_some() || !Site::tells(enrolled) => {
                self.outgrown.notify_one();
                self.set(Site { enrolled, ..known.site })
            }
            _ => self.set(people.site()),
        }
    }

    /// Follows the number of people, without measuring anything.
    pub(super) fn refresh(&self, people: &People) {
        let known = self.lock().now.clone();
        if let Some(known) = known.filter(|known| known.thresholds.outgrown(people.faces())) {
            self.outgrown.notify_one();
            self.set(Site { enrolled: people.faces(), ..known.site });
        }
    }

    /// Measures how alike people are, unless that is still known, and renews the thresholds if anything changed. Blocking.
    pub(super) fn measure(&self, people: &People) {
        let site = people.site();
        let known = self.lock().now.clone();
        let stale = known.is_none_or(|known| {
            known.thresholds.outgrown(site.enrolled)
                || known.site.q2 != site.q2
                || known.site.averaged != site.averaged
        });
        if stale {
            self.set(site);
        }
    }

    /// Waits until a judge found that the gallery has changed by a tenth.
    pub(super) async fn outgrown(&self) {
        self.outgrown.notified().await;
    }

    /// Other rates are in force from the next face on.
    pub(super) fn follow(&self, settings: &config::Recognition) {
        let site = {
            let mut state = self.lock();
            state.policy = policy(settings);
            state.now.as_ref().map(|now| now.site)
        };
        if let Some(site) = site {
            self.set(site);
        }
    }

    /// The thresholds in force with their grounds; `None` before the first measurement.
    pub(super) fn grounds(&self) -> Option<Grounds> {
        let state = self.lock();
        let InUse { site, thresholds } = state.now.clone()?;
        Some(Grounds { site, policy: state.policy, thresholds, shift: self.rule.shift(&site) })
    }

    /// What other settings would lead to here, without putting them in force.
    pub(super) fn preview(&self, settings: &config::Recognition, site: Site) -> Grounds {
        let policy = policy(settings);
        let thresholds = Arc::new(self.rule.thresholds(&site, &policy));
        Grounds { site, policy, thresholds, shift: self.rule.shift(&site) }
    }

    fn set(&self, site: Site) -> Arc<Thresholds> {
        let mut state = self.lock();
        let thresholds = Arc::new(self.rule.thresholds(&site, &state.policy));
        tracing::info!(
            enrolled = thresholds.enrolled,
            door = thresholds.door,
            name = thresholds.name,
            possible = thresholds.possible,
            "thresholds computed"
        );
        let warned = state.now.as_ref().and_then(|now| now.thresholds.warning.clone());
        if let Some(warning) = thresholds.warning.as_ref().filter(|warning| warned.as_ref() != Some(warning))
        {
            tracing::warn!(warning, "thresholds");
        }
        state.now = Some(InUse { site, thresholds: thresholds.clone() });
        thresholds
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn policy(settings: &config::Recognition) -> Policy {
    Policy {
        door_rate: settings.door_rate,
        name_rate: settings.name_rate,
        possible_rate: settings.possible_rate,
        fixed: settings.threshold,
        margin: settings.margin,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use vision::Template;

    use super::*;
    use crate::people::Face;
    use crate::store::Store;
    use crate::testing::engine;

    /// Somebody; the same for the same number, and the more like the others the more `alike`.
    fn template(number: usize, alike: f32) -> Template {
        let wave = |index: usize| ((number * 31 + 7) as f32 * (index + 1) as f32 * 0.618).sin();
        let values: Vec<f32> = (0..engine().template_len()).map(|index| alike + wave(index)).collect();
        Template::normalised(&values).unwrap()
    }

    async fn put(people: &People, number: usize, alike: f32) {
        let record =
            json!({"identity_id": number.to_string(), "info": {"name": "x", "permission_ids": ["0"]}});
        let face = Face { template: template(number, alike), photo: vec![1], crop: vec![] };
        people.upsert(&serde_json::from_value(record).unwrap(), Some(face), None).await.unwrap();
    }

    #[tokio::test]
    async fn a_gallery_that_grows_and_shrinks_is_followed_at_once_and_measured_beside_the_judges() {
        let directory = tempfile::tempdir().unwrap();
        let (store, engine) = (Store::open(directory.path()).unwrap(), engine());
        let people = People::open(store, engine.gallery(), engine.pack_id(), 1000).await.unwrap();
        let keeper = Keeper::new(*engine.rule(), &config::Recognition::default());
        for number in 0..30 {
            put(&people, number, 0.0).await;
        }
        let few = keeper.now(&people);
        assert_eq!(few.enrolled, 30);
        for number in 30..90 {
            put(&people, number, 3.0).await;
        }
        let more = keeper.now(&people);
        let rough = keeper.grounds().unwrap();
        assert_eq!((more.enrolled, rough.site.enrolled), (90, 90));
        assert!(more.door > few.door, "the number counts at once");
        tokio::time::timeout(std::time::Duration::from_secs(5), keeper.outgrown())
            .await
            .expect("a measurement is asked for");
        keeper.measure(&people);
        let measured = keeper.grounds().unwrap();
        assert!(measured.site.q2 > rough.site.q2 && measured.shift > rough.shift, "{measured:?}");
        assert!(keeper.now(&people).door > more.door, "people here are alike");
        for number in 30..90 {
            people.remove(&number.to_string().as_str().into(), None).await.unwrap();
        }
        assert_eq!(keeper.now(&people).enrolled, 30);
        keeper.measure(&people);
        assert!((keeper.now(&people).door - few.door).abs() < 1e-6);
        // As many others in their place: the number says nothing, the measurement does.
        for number in 0..30 {
            people.remove(&number.to_string().as_str().into(), None).await.unwrap();
            put(&people, 100 + number, 3.0).await;
        }
        assert!((keeper.now(&people).door - few.door).abs() < 1e-6);
        keeper.measure(&people);
        assert!(keeper.now(&people).door > few.door);
    }
}
