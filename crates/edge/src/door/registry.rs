//! The doors in use: one driver for each piece of hardware, however many cameras open it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::{Driver, driver};
use crate::config;

/// The drivers, made when they are first needed.
#[derive(Debug, Default)]
pub struct Doors {
    known: Mutex<HashMap<config::Door, Arc<dyn Driver>>>,
}

impl Doors {
    /// The driver of a door.
    ///
    /// # Errors
    /// Why there is none, for people.
    pub fn of(&self, settings: &config::Door) -> Result<Arc<dyn Driver>, String> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(driver) = known.get(settings) {
            return Ok(driver.clone());
        }
        let driver = driver(settings)?;
        known.insert(settings.clone(), driver.clone());
        Ok(driver)
    }
}
