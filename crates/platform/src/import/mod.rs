//! Bringing in many people at once, from a list (CSV or XLSX) and an archive of photos.
//!
//! What a newcomer must know: an upload is streamed to a folder of the import, never held in memory. `check` turns the list into rows of
//! the database, `work` works them off in order; each row is one small step that either happens as a whole or not at all, and is recorded in
//! the same transaction. So a stopped process continues where it was, and doing a row twice has the effect of doing it once.
//!
//! * `archive` reads zip files within limits, `table` the lists in them or beside them, `text` and `sheet` the two kinds of lists.
//! * `columns` says which column means what, `cells` what the texts in them mean, `dates` what a moment may look like.
//! * `place` tells whose files are whose where processes have data folders of their own; `copies` keeps them in the blob store as well, so
//!   that another process can go on.
//! * `upload` receives files; `check` and `work` are run by the job in `jobs::imports` under a `hold`; `ending` is how that ends.

mod apply;
mod archive;
mod cells;
pub(crate) mod check;
pub(crate) mod columns;
pub(crate) mod copies;
mod dates;
mod ending;
pub(crate) mod hold;
pub(crate) mod place;
mod sheet;
mod table;
mod text;
pub(crate) mod upload;
pub(crate) mod work;

pub(crate) use cells::unguard;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Most rows of one import.
pub(crate) const ROWS: usize = 100_000;

/// What to do with ids that exist.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Existing {
    /// Change what the row says; empty cells leave what is there.
    #[default]
    Update,
    /// Leave the person as they are.
    Skip,
    /// Refuse the row.
    Fail,
}

/// How an import is to be done.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Options {
    pub(crate) existing: Existing,
    /// Check everything, store nothing.
    pub(crate) dry_run: bool,
    /// Where dates without a zone are meant, by its IANA name.
    pub(crate) time_zone: String,
    /// The sites whoever asked is restricted to; `None`: all. No row reaches a box beyond them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) sites: Option<Vec<String>>,
}

impl Options {
    /// The zone dates are read in; one that is not known here any more is UTC.
    pub(crate) fn zone(&self) -> TimeZone {
        TimeZone::get(&self.time_zone).unwrap_or(TimeZone::UTC)
    }
}

/// A line of a list as [`cells`] reads it back: no cell is taken for a formula by a spreadsheet.
pub(crate) fn csv_line(cells: impl IntoIterator<Item = String>) -> String {
    let quoted = |cell: String| {
        let cell = cells::guard(&cell);
        match cell.contains([',', ';', '"', '\n', '\r', '\t']) {
            true => format!("\"{}\"", cell.replace('"', "\"\"")),
            false => cell,
        }
    };
    let cells: Vec<String> = cells.into_iter().map(quoted).collect();
    format!("{}\r\n", cells.join(","))
}

/// Why a file cannot be imported at all, in words for whoever sent it; or a fault of ours.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ImportError {
    #[error("{0}")]
    Unusable(String),
    #[error("another process works on it")]
    Lost,
    #[error("the import's folder cannot be used: {0}")]
    Io(#[from] std::io::Error),
    #[error(transparent)]
    Db(#[from] crate::db::DbError),
}

impl ImportError {
    fn unusable(words: impl Into<String>) -> Self {
        Self::Unusable(words.into())
    }
}
