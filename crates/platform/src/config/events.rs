//! How events are taken in, kept and searched.

use serde::{Deserialize, Serialize};

/// How events are taken in.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Events {
    /// History that arrives later than this many minutes after its capture is marked late.
    pub late_after_minutes: u32,
    /// Requests and events one box may send per second in the long run; 0: any number. It may save up half a minute of them.
    pub box_rate: u32,
    /// Days the feed remembers what happened, for viewers and webhooks that come back.
    pub feed_days: u32,
    /// Days it remembers what a webhook that is enabled, or the event exchange, has still to be told.
    pub feed_days_needed: u32,
    /// Entries of the feed beyond this number go earlier, unless a webhook still needs them.
    pub feed_entries: u64,
}

/// Days events and their pictures are kept, by class; 0: for ever. What is set through the API goes before.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Retention {
    /// Events of enrolled people.
    pub known_days: u32,
    /// Their pictures.
    pub known_photo_days: u32,
    /// Events of people nobody knows.
    pub stranger_days: u32,
    /// Their pictures.
    pub stranger_photo_days: u32,
    /// Events of people on the black list.
    pub blacklist_days: u32,
    /// Their pictures.
    pub blacklist_photo_days: u32,
    /// Which boxes a receipt of erasure is about, after the last of them was settled. No class, and not set through the API.
    pub erasure_boxes_days: u32,
}

/// Searching past events.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Search {
    /// Keep templates of the faces in events' pictures, so that past events can be searched by a face.
    pub by_face: bool,
}

impl Default for Events {
    fn default() -> Self {
        Self {
            late_after_minutes: 10,
            box_rate: 1_000,
            feed_days: 7,
            feed_days_needed: 30,
            feed_entries: 1_000_000,
        }
    }
}

impl Default for Retention {
    fn default() -> Self {
        Self {
            known_days: 365,
            known_photo_days: 90,
            stranger_days: 365,
            stranger_photo_days: 7,
            blacklist_days: 365,
            blacklist_photo_days: 365,
            erasure_boxes_days: 30,
        }
    }
}
