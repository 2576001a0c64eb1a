//! One picture from one camera, on its way to be judged.

use std::sync::Arc;

use serde_json::{Map, Value};
use tokio::sync::oneshot;
use vision::Picture;

use super::Card;
use crate::decision::Record;

/// What a camera hands over.
pub struct Capture {
    /// The camera.
    pub camera: Arc<Card>,
    /// When it was taken, milliseconds UTC.
    pub taken_at: i64,
    /// The picture.
    pub image: Image,
    /// Where it came from, for people: a file's name, a frame's number.
    pub source: String,
    /// What a capture machine measured itself (`grab_fiqa_info`); empty otherwise.
    pub grab_fiqa_info: Map<String, Value>,
    /// The number of the picture, the same each time it comes, where its source keeps it and hands it over again when an event
    /// of it could not be stored.
    pub kept: Option<u64>,
    /// Told what became of it; a source that keeps its pictures until then waits for this.
    pub receipt: Option<oneshot::Sender<Receipt>>,
}

/// The picture itself.
pub enum Image {
    /// A file's bytes, not decoded yet.
    Encoded(Vec<u8>),
    /// A decoded frame.
    Frame(Picture),
}

/// What became of a capture.
#[derive(Debug, Clone, PartialEq)]
pub enum Receipt {
    /// It was looked at; the faces in it, largest first. Their events, if any, are stored and their doors have answered.
    Judged(Vec<Seen>),
    /// It was looked at, but an event of it could not be stored. Only for a source that keeps it: it is to come again, under the
    /// same number, and no door is asked twice.
    Unstored,
    /// It is no picture we can read, for this reason.
    Unreadable(String),
}

/// One face of a capture, judged.
#[derive(Debug, Clone, PartialEq)]
pub struct Seen {
    /// What was decided, and what the door did.
    pub record: Record,
    /// Number of the stored event; `None` when there is none.
    pub event: Option<i64>,
    /// Whether there is none because the same person had just made one.
    pub repeated: bool,
}

impl Seen {
    /// Whether there should be an event and is none.
    pub fn is_unstored(&self) -> bool {
        self.event.is_none() && !self.repeated
    }
}

impl Image {
    /// Its size in memory, in bytes.
    pub fn bytes(&self) -> usize {
        match self {
            Self::Encoded(bytes) => bytes.len(),
            Self::Frame(picture) => picture.rgb().len(),
        }
    }
}

impl Capture {
    /// Whether anybody still wants it judged: a source that asked for a receipt and does not wait for it any more has given
    /// up, and a door that opens long after that would surprise everybody.
    pub fn is_wanted(&self) -> bool {
        self.receipt.as_ref().is_none_or(|waiting| !waiting.is_closed())
    }

    /// Tells the source what became of the capture.
    pub fn settle(&mut self, receipt: Receipt) {
        if let Some(waiting) = self.receipt.take() {
            // A source that has gone away meanwhile does not want to know.
            let _ = waiting.send(receipt);
        }
    }
}
