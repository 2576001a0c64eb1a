//! Everything the box sends on its own: events at once, events for certain, its status, and its cameras.
//!
//! Each receiver has a task of its own for each purpose, so no receiver waits for another, real-time events never wait for
//! history, and neither waits for a camera. Which receivers there are follows from the box's own settings and the login
//! reply ([`target`]); a change of either starts the tasks anew.

mod board;
mod history;
mod manager;
mod post;
mod realtime;
mod receivers;
mod report;
mod status;
mod target;
mod wire;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use protocol::{DevSno, IdentityId, address};
use runtime::Lifecycle;

use board::Board;
pub use board::{Lane, Purpose};
use manager::Manager;
use post::{Answer, Poster};
pub use receivers::{Change, History, Period, Realtime, Receivers, Status};
use target::Target;
use tokio::sync::watch;

use crate::camera::Cameras;
use crate::decision::Record;
use crate::event_log::EventLog;
use crate::link::{Joined, Link};
use crate::name::Name;
use crate::people::People;
use crate::store::events::{self, Cursor};
use crate::store::{StoreError, settings};

/// What the uploads need of the rest of the box.
#[derive(Clone)]
pub struct Parts {
    /// The box's own receivers at the start.
    pub receivers: Receivers,
    /// The box's directory, whose disk the heartbeat reports.
    pub data_dir: PathBuf,
    /// What the box is called.
    pub name: Name,
    /// The model pack in use, the heartbeat's `sdk_version`.
    pub pack: String,
    /// The login, and whom to tell that it is no longer taken.
    pub link: Link,
    /// Events.
    pub events: EventLog,
    /// Registration photos.
    pub people: Arc<People>,
    /// Cameras.
    pub cameras: Cameras,
}

/// The running uploads (cheap to clone).
#[derive(Clone)]
pub struct Uploads {
    board: Arc<Board>,
    events: EventLog,
    own: watch::Sender<Receivers>,
}

/// What every upload task shares.
struct Desk {
    parts: Parts,
    poster: Poster,
    board: Arc<Board>,
    /// The licence key events are marked with; empty for a box that has none.
    dev_sno: DevSno,
    joined: Option<Arc<Joined>>,
}

impl Uploads {
    /// Starts the uploads; they stop with `life`.
    ///
    /// # Errors
    /// When TLS cannot be set up.
    pub fn start(life: &Lifecycle, parts: Parts) -> Result<Self, reqwest::Error> {
        let poster = Poster::new()?;
        let board = Arc::new(Board::default());
        let own = watch::Sender::new(parts.receivers.clone());
        let changes = own.subscribe();
        let uploads = Self { board: board.clone(), events: parts.events.clone(), own };
        life.spawn("uploads", Manager::new(life.clone(), parts, poster, board).run(changes));
        Ok(uploads)
    }

    /// The box's own receivers, now.
    pub fn receivers(&self) -> Receivers {
        self.own.borrow().clone()
    }

    /// Replaces a part of the box's own receivers, for good; uploads go on with them at once.
    ///
    /// # Errors
    /// What the store says; nothing has changed then.
    pub async fn set(&self, change: Change) -> Result<(), StoreError> {
        let (name, text) = change.row()?;
        let own = self.own.clone();
        let store = self.events.store();
        let sealer = store.sealer();
        let write = move |db: &rusqlite::Connection| settings::set_secret(db, &sealer, name, &text);
        store.write_then(write, move |()| own.send_modify(|own| own.apply(change))).await
    }

    /// How every upload is doing, one line per receiver and purpose.
    pub fn lanes(&self) -> Vec<Lane> {
        self.board.lanes()
    }

    /// Where every history receiver is.
    ///
    /// # Errors
    /// What the store says.
    pub async fn cursors(&self) -> Result<Vec<Cursor>, StoreError> {
        self.events.store().read(events::cursors).await
    }
}

impl Desk {
    /// The target's address, with token and licence key when it is the platform's.
    fn address(&self, target: &Target) -> String {
        self.joined.as_ref().map_or_else(|| target.url.clone(), |joined| joined.with_credentials(&target.url))
    }

    /// The registration photo of the person in `record`, if that person is still here.
    async fn photo(&self, record: &Record) -> Option<Vec<u8>> {
        if record.identity_id.is_empty() {
            return None;
        }
        let (key, _) = self.parts.people.find(&IdentityId::new(record.identity_id.clone()))?;
        self.parts.people.photo(key).await.ok().flatten()
    }

    /// Notes an answer, and has the link log in again when the platform did not take our token.
    fn heard(&self, purpose: Purpose, target: &Target, answer: &Answer, pause: Duration) {
        self.board.note(purpose, &target.url, answer, pause.as_millis());
        if let (Answer::Unauthorised(_), Some(joined)) = (answer, &self.joined)
            && address::same_origin(&target.url, &joined.login_url)
        {
            self.parts.link.token_refused(joined);
        }
    }
}

#[cfg(test)]
mod tests;
