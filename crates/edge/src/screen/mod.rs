//! Screens of the box in other people's browsers: pads at doors, and greeting screens on walls.
//!
//! | module | keeps |
//! |---|---|
//! | [`codes`] | one-time codes that make a browser a pad |
//! | [`keyring`] | the secrets screens show, until they are taken back |
//! | [`welcome`] | whom greeting screens greet, and what they show meanwhile |

pub mod codes;
pub mod keyring;
pub mod welcome;

use anyhow::Context as _;

use crate::app::App;
use crate::event_log::EventLog;

pub use codes::Codes;
pub use keyring::Keyring;
pub use welcome::Welcome;

/// All of them.
#[derive(Debug)]
pub struct Screens {
    /// Codes that are good now.
    pub codes: Codes,
    /// Who may be a screen.
    pub keys: Keyring,
    /// The greeting screens.
    pub welcome: Welcome,
}

impl Screens {
    /// Reads what was kept and begins to follow the events.
    ///
    /// # Errors
    /// The store cannot be read, or the directory of pictures and videos cannot be used.
    pub async fn start(app: &App, events: &EventLog) -> anyhow::Result<Self> {
        let keys = Keyring::open(&app.store).await.context("the screens' keys")?;
        let welcome = Welcome::start(app, events).await.context("the greeting screen")?;
        Ok(Self { codes: Codes::default(), keys, welcome })
    }
}
