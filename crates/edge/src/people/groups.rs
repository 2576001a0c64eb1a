//! What a verdict and an event need to know of groups, in memory: which permission group a name means, and the first library
//! of a person. Changed only by the store's writer, in commit order.

use std::collections::HashMap;
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use protocol::GroupId;

use crate::store::people::DEFAULT_LIBRARY;

/// Names of permission groups, and libraries of people.
#[derive(Debug, Default)]
pub struct Groups {
    state: RwLock<State>,
}

#[derive(Debug, Default)]
struct State {
    // Only groups whose name is not their id.
    ids: HashMap<String, GroupId>,
    // Only people whose first library is not the default one.
    libraries: HashMap<u32, String>,
}

impl Groups {
    /// The same groups, each by its id: people and cameras may name a group by either. What is no group of this box's is
    /// somebody else's id and stays as it is.
    pub fn resolve(&self, groups: &[GroupId]) -> Vec<GroupId> {
        let state = self.read();
        resolve(groups, &state.ids)
    }

    /// The library a person's events are reported under.
    pub fn library(&self, key: u32) -> String {
        self.read().libraries.get(&key).cloned().unwrap_or_else(|| DEFAULT_LIBRARY.to_owned())
    }

    pub(super) fn set_ids(&self, ids: HashMap<String, String>) {
        self.write().ids = ids.into_iter().map(|(name, id)| (name, GroupId::new(id))).collect();
    }

    pub(super) fn set_libraries(&self, libraries: HashMap<u32, String>) {
        self.write().libraries = libraries;
    }

    /// Notes what a person is in; `None` and the default library are the same.
    pub(super) fn set_library(&self, key: u32, library: Option<String>) {
        match library.filter(|library| library != DEFAULT_LIBRARY) {
            Some(library) => self.write().libraries.insert(key, library),
            None => self.write().libraries.remove(&key),
        };
    }

    fn read(&self) -> RwLockReadGuard<'_, State> {
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, State> {
        self.state.write().unwrap_or_else(PoisonError::into_inner)
    }
}

fn resolve(groups: &[GroupId], ids: &HashMap<String, GroupId>) -> Vec<GroupId> {
    groups.iter().map(|group| ids.get(group.as_str()).unwrap_or(group).clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_and_an_id_mean_the_same_group() {
        let groups = Groups::default();
        groups.set_ids(HashMap::from([("Lab".into(), "f4ad".into())]));
        let resolve = |words: &[&str]| {
            groups.resolve(&words.iter().map(|word| GroupId::new(*word)).collect::<Vec<_>>())
        };
        assert_eq!(resolve(&["Lab"]), resolve(&["f4ad"]));
        assert_ne!(resolve(&["lab"]), resolve(&["f4ad"]));
        assert_eq!(resolve(&["0", "elsewhere"]), [GroupId::new("0"), GroupId::new("elsewhere")]);
    }

    #[test]
    fn whoever_is_in_no_other_library_is_in_the_default_one() {
        let groups = Groups::default();
        groups.set_library(7, Some("Night shift".into()));
        assert_eq!(
            (groups.library(7).as_str(), groups.library(8).as_str()),
            ("Night shift", "default_group")
        );
        groups.set_library(7, None);
        assert_eq!(groups.library(7), "default_group");
    }
}
