//! What a webhook is told of: every condition that is set must hold, an empty one always does.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::db::feed;

/// Kinds of feed entries a webhook can be told of.
pub(crate) const KINDS: [&str; 3] = [feed::EVENT, feed::BOX, feed::WEBHOOK];

/// What a webhook is told of. Every condition that is given must hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Filter {
    /// `event` recognitions, `box` boxes that come and go, `webhook` webhooks that were disabled by the platform.
    #[schema(example = json!(["event"]))]
    pub(crate) kinds: Vec<String>,
    /// Of recognitions, only people of these types: 1 employee, 2 visitor, 3 blacklist, 4 stranger, 5 VIP; `[4]` is
    /// strangers only, `[3]` the blacklist only. Empty: all.
    pub(crate) person_types: Vec<i64>,
    /// Only of these boxes (`dev_sno`). Empty: all.
    pub(crate) boxes: Vec<String>,
    /// Only of boxes of these sites. Empty: all.
    pub(crate) sites: Vec<String>,
    /// Of recognitions, only people who belong to one of these permission groups now. Empty: all.
    pub(crate) groups: Vec<String>,
}

/// What a filter asks of an entry.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Facts {
    pub(crate) kind: String,
    /// The box it is about; empty when it is about none.
    pub(crate) dev_sno: String,
    pub(crate) site: String,
    /// Of a recognition.
    pub(crate) person_type: Option<i64>,
    pub(crate) groups: Vec<String>,
}

impl Default for Filter {
    fn default() -> Self {
        Self {
            kinds: vec![feed::EVENT.to_owned()],
            person_types: Vec::new(),
            boxes: Vec::new(),
            sites: Vec::new(),
            groups: Vec::new(),
        }
    }
}

impl Filter {
    /// Whether an entry of which these facts are known is told.
    pub(crate) fn wants(&self, facts: &Facts) -> bool {
        let among = |wanted: &[String], found: &String| wanted.is_empty() || wanted.contains(found);
        let is_event = facts.kind == feed::EVENT;
        let of_wanted_type = self.person_types.is_empty()
            || facts.person_type.is_some_and(|found| self.person_types.contains(&found));
        let of_wanted_group =
            self.groups.is_empty() || self.groups.iter().any(|id| facts.groups.contains(id));
        self.kinds.contains(&facts.kind)
            && among(&self.boxes, &facts.dev_sno)
            && among(&self.sites, &facts.site)
            && (!is_event || (of_wanted_type && of_wanted_group))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts(change: impl FnOnce(&mut Facts)) -> Facts {
        let mut facts = Facts {
            kind: "event".into(),
            dev_sno: "B1".into(),
            site: "north".into(),
            person_type: Some(1),
            groups: vec!["0".into(), "7".into()],
        };
        change(&mut facts);
        facts
    }

    #[test]
    fn every_condition_that_is_set_must_hold() {
        let all = Filter::default();
        assert!(all.wants(&facts(|_| {})));
        assert!(!all.wants(&facts(|facts| facts.kind = "box".into())));
        let narrow = Filter {
            kinds: vec!["event".into(), "box".into()],
            person_types: vec![1, 4],
            boxes: vec!["B1".into(), "B2".into()],
            sites: vec!["north".into()],
            groups: vec!["7".into()],
        };
        assert!(narrow.wants(&facts(|_| {})));
        type Change = fn(&mut Facts);
        let spoilt: [Change; 5] = [
            |facts| facts.person_type = Some(3),
            |facts| facts.person_type = None,
            |facts| facts.dev_sno = "B3".into(),
            |facts| facts.site = String::new(),
            |facts| facts.groups = vec!["0".into()],
        ];
        for (index, change) in spoilt.into_iter().enumerate() {
            assert!(!narrow.wants(&facts(change)), "{index}");
        }
        // People are no condition for boxes.
        let coming = facts(|facts| {
            *facts = Facts { kind: "box".into(), person_type: None, groups: vec![], ..facts.clone() }
        });
        assert!(narrow.wants(&coming));
    }
}
