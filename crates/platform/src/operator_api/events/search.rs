//! A search through events in short steps: between two of them whoever else wants to read has a turn, and a search for something
//! rare gives up in time and says how far it came.

use std::time::Duration;

use tokio::time::Instant;

use crate::app::App;
use crate::db::DbError;
use crate::db::event_filter::{EventFilter, Place};
use crate::db::event_list::{self, EventRow};

/// Rows looked at in the first step and in the longest one.
const SLICE: (i64, i64) = (2_000, 32_000);
/// How long one request may search.
const PATIENCE: Duration = Duration::from_secs(5);

/// A search on its way.
pub(crate) struct Search {
    filter: EventFilter,
    place: Option<Place>,
    slice: i64,
    is_over: bool,
}

impl Search {
    /// Everything `filter` means, newest first, after a place.
    pub(crate) fn new(filter: EventFilter, place: Option<Place>) -> Self {
        Self { filter, place, slice: SLICE.0, is_over: false }
    }

    /// Where it would go on; `None` when it is over.
    pub(crate) fn place(&self) -> Option<Place> {
        self.place.clone().filter(|_| !self.is_over)
    }

    /// Whether everything was found.
    pub(crate) fn is_over(&self) -> bool {
        self.is_over
    }

    /// Up to `limit` further events; fewer when there are no more or its time is up.
    pub(crate) async fn page(&mut self, app: &App, limit: usize) -> Result<Vec<EventRow>, DbError> {
        let end = Instant::now() + PATIENCE;
        let mut rows = Vec::new();
        while rows.len() < limit && !self.is_over && Instant::now() < end {
            let (filter, place, slice) = (self.filter.clone(), self.place.clone(), self.slice);
            let wanted = limit - rows.len();
            let found =
                app.db.read(move |tx| event_list::step(tx, &filter, place.as_ref(), wanted, slice)).await?;
            rows.extend(found.what);
            self.reach(found.reached);
        }
        Ok(rows)
    }

    /// How many events there are, up to `most`; and whether there are more.
    pub(crate) async fn count(&mut self, app: &App, most: i64) -> Result<(i64, bool), DbError> {
        let end = Instant::now() + PATIENCE;
        let mut count = 0;
        while count <= most && !self.is_over && Instant::now() < end {
            let (filter, place, slice) = (self.filter.clone(), self.place.clone(), self.slice);
            let wanted = most + 1 - count;
            let found = app
                .db
                .read(move |tx| event_list::count_step(tx, &filter, place.as_ref(), wanted, slice))
                .await?;
            count += found.what;
            self.reach(found.reached);
        }
        Ok((count.min(most), count > most || !self.is_over))
    }

    fn reach(&mut self, place: Option<Place>) {
        match place {
            Some(place) => self.place = Some(place),
            None => self.is_over = true,
        }
        self.slice = (self.slice * 4).min(SLICE.1);
    }
}
