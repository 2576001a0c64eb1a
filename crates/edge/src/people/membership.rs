//! Permission groups and face libraries: each change is one transaction, and memory follows it in commit order.

use protocol::{GroupId, IdentityId};
use rusqlite::Connection;

use super::People;
use crate::clock;
use crate::store::StoreError;
use crate::store::libraries::{self, Library, Outcome};
use crate::store::permissions::{self, Permission};

/// What became of moving people into a library or out of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Moved {
    /// It was done.
    Done,
    /// There is no such library; nothing has changed.
    NoLibrary,
    /// There is no such person; nothing has changed.
    NoPerson(String),
}

impl People {
    /// Adds a permission group.
    ///
    /// # Errors
    /// What the store says; nothing has changed then.
    pub async fn add_permission(&self, group: Permission) -> Result<Outcome, StoreError> {
        let groups = self.groups.clone();
        let write =
            move |db: &Connection| Ok((permissions::add(db, &group, clock::now())?, permissions::ids(db)?));
        let (outcome, _) = self.store.write_then(write, move |(_, ids)| groups.set_ids(ids.clone())).await?;
        Ok(outcome)
    }

    /// Removes a permission group from the box and from the lists of its people, who stay.
    ///
    /// # Errors
    /// What the store says; nothing has changed then.
    pub async fn remove_permission(&self, group: Permission) -> Result<(), StoreError> {
        let (groups, index) = (self.groups.clone(), self.index.clone());
        let write = move |db: &Connection| Ok((permissions::remove(db, &group)?, permissions::ids(db)?));
        let then = move |(people, ids): &(Vec<(u32, Vec<String>)>, _)| {
            for (key, left) in people {
                index.regroup(*key, left.iter().cloned().map(GroupId::new).collect());
            }
            groups.set_ids(std::collections::HashMap::clone(ids));
        };
        self.store.write_then(write, then).await?;
        Ok(())
    }

    /// Removes a library; its people stay. The default library is emptied and stays.
    ///
    /// # Errors
    /// What the store says; nothing has changed then.
    pub async fn remove_library(&self, library: Library) -> Result<(), StoreError> {
        self.with_libraries(move |db| libraries::remove(db, &library.name)).await
    }

    /// Puts people into a library, or takes them out of it (somebody who is not in it stays out); all of them or none.
    ///
    /// # Errors
    /// What the store says; nothing has changed then.
    pub async fn move_people(
        &self,
        library: String,
        people: Vec<IdentityId>,
        into: bool,
    ) -> Result<Moved, StoreError> {
        self.with_libraries(move |db| {
            if libraries::find(db, &library)?.is_none() {
                return Ok(Moved::NoLibrary);
            }
            let mut keys = Vec::with_capacity(people.len());
            for id in people {
                match libraries::key(db, id.as_str())? {
                    Some(key) => keys.push(key),
                    None if into => return Ok(Moved::NoPerson(id.to_string())),
                    None => {}
                }
            }
            let names = [library];
            for key in keys {
                if into { libraries::join(db, key, &names)? } else { libraries::leave(db, key, &names[0])? }
            }
            Ok(Moved::Done)
        })
        .await
    }

    /// Forgets every library and every permission group but the default ones.
    ///
    /// # Errors
    /// What the store says; nothing has changed then.
    pub async fn wipe_groups(&self) -> Result<(), StoreError> {
        let groups = self.groups.clone();
        let write = |db: &Connection| {
            libraries::wipe(db)?;
            permissions::wipe(db)?;
            Ok((libraries::firsts(db)?, permissions::ids(db)?))
        };
        let then = move |(firsts, ids): &(_, _)| {
            groups.set_libraries(std::collections::HashMap::clone(firsts));
            groups.set_ids(std::collections::HashMap::clone(ids));
        };
        self.store.write_then(write, then).await?;
        Ok(())
    }

    /// Makes a change after which anybody's first library may be another one.
    async fn with_libraries<T: Send + 'static>(
        &self,
        change: impl FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let groups = self.groups.clone();
        let write = move |db: &Connection| Ok((change(db)?, libraries::firsts(db)?));
        let then = move |(_, firsts): &(T, std::collections::HashMap<u32, String>)| {
            groups.set_libraries(firsts.clone());
        };
        Ok(self.store.write_then(write, then).await?.0)
    }
}
