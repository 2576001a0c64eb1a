//! What the box is called: what somebody called it, else the name of the computer.

use std::sync::{Arc, PoisonError, RwLock};

use crate::machine;
use crate::reason::{Reason, table as reason};
use crate::store::{Store, StoreError, settings};

/// The longest name, characters.
const LONGEST: usize = 64;

/// The name (cheap to clone).
#[derive(Debug, Clone, Default)]
pub struct Name(Arc<RwLock<String>>);

impl Name {
    /// The one that was kept.
    ///
    /// # Errors
    /// What the store says.
    pub async fn load(store: &Store) -> Result<Self, StoreError> {
        let given = store.read(|db| settings::get(db, settings::NAME)).await?;
        Ok(Self(Arc::new(RwLock::new(given.unwrap_or_default()))))
    }

    /// The name now.
    pub fn get(&self) -> String {
        let given = self.0.read().unwrap_or_else(PoisonError::into_inner).clone();
        if given.is_empty() { machine::host_name() } else { given }
    }

    /// Calls the box `name` from now on; an empty one takes the computer's again.
    ///
    /// # Errors
    /// What the store says.
    pub async fn set(&self, store: &Store, name: String) -> Result<(), StoreError> {
        let (kept, this) = (name.clone(), self.clone());
        store
            .write_then(
                move |db| settings::set(db, settings::NAME, &kept),
                move |()| *this.0.write().unwrap_or_else(PoisonError::into_inner) = name,
            )
            .await
    }
}

/// A name as it is kept.
///
/// # Errors
/// It is too long, or more than one line.
pub fn checked(name: &str) -> Result<String, Reason> {
    let name = name.trim();
    if name.chars().count() > LONGEST || name.chars().any(char::is_control) {
        return Err(reason::at_most_one_line(LONGEST).of("name"));
    }
    Ok(name.to_owned())
}
