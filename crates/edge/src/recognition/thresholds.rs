//! The thresholds in force: they follow the number of people enrolled and how alike these are, and are computed again when
//! the gallery has grown or shrunk by a tenth, because how alike people are takes a while to find out.

use std::sync::{Arc, Mutex, PoisonError};

use vision::decision::{Policy, ThresholdRule, Thresholds};

use crate::config;
use crate::people::People;

/// Keeps the thresholds of one site.
pub(super) struct Keeper {
    rule: ThresholdRule,
    policy: Policy,
    now: Mutex<Option<Arc<Thresholds>>>,
}

impl Keeper {
    pub(super) fn new(rule: ThresholdRule, settings: &config::Recognition) -> Self {
        let policy = Policy {
            door_rate: settings.door_rate,
            name_rate: settings.name_rate,
            possible_rate: settings.possible_rate,
            fixed: settings.threshold,
            margin: settings.margin,
        };
        Self { rule, policy, now: Mutex::new(None) }
    }

    /// Faces of one person are at least this similar: the pack's one-to-one threshold.
    pub(super) fn same_face(&self) -> f32 {
        self.rule.verification
    }

    /// The thresholds for the people enrolled now. Blocking: computing them again measures the gallery.
    pub(super) fn now(&self, people: &People) -> Arc<Thresholds> {
        let mut now = self.now.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = now.as_ref().filter(|known| !known.outgrown(people.faces())) {
            return known.clone();
        }
        let thresholds = Arc::new(self.rule.thresholds(&people.site(), &self.policy));
        tracing::info!(
            enrolled = thresholds.enrolled,
            door = thresholds.door,
            name = thresholds.name,
            possible = thresholds.possible,
            "thresholds computed"
        );
        if let Some(warning) = &thresholds.warning {
            tracing::warn!(warning, "thresholds");
        }
        now.insert(thresholds).clone()
    }

    /// The thresholds last used, for status.
    pub(super) fn last(&self) -> Option<Arc<Thresholds>> {
        self.now.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
