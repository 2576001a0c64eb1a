//! Imports as the API shows and reads them.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use crate::db::person_import::{Import, ImportRow, State as Stage};
use crate::import::{Existing, Options};

/// An import and how far it is.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ImportView {
    id: String,
    /// `receiving` (a file is arriving or waited for), `checking` (the files are looked through), `running`, `done`, `cancelled`, `failed`
    /// (the files cannot be used).
    state: String,
    /// What it waits for, or why it failed.
    message: Option<String>,
    existing: Existing,
    /// Everything is checked and nothing stored.
    dry_run: bool,
    /// Where dates without a zone are meant.
    time_zone: String,
    /// The header cells of the list.
    #[schema(value_type = Vec<String>)]
    columns: Value,
    /// Header cells nobody understood; these columns are passed over.
    #[schema(value_type = Vec<String>)]
    ignored_columns: Value,
    /// Files received.
    files: i64,
    /// Photos found in the archives.
    photos: i64,
    /// Photos no row asks for.
    photos_unmatched: i64,
    /// Rows of the list; 0 until it was read.
    total: i64,
    done: i64,
    failed: i64,
    /// Rows per second since the work was last taken up; null while nothing is worked off.
    rate: Option<f64>,
    /// Seconds the rest will take at this rate.
    eta_s: Option<i64>,
    created_by: String,
    created_at: i64,
    updated_at: i64,
    finished_at: Option<i64>,
}

/// What became of a line of the list.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ImportRowView {
    /// Line of the list, the header being 1.
    row: i64,
    identity_id: String,
    /// `waiting`, `done`, `failed`.
    state: String,
    /// `created`, `updated`, `unchanged` or `skipped`; on a trial, what would have been done.
    outcome: Option<String>,
    /// The photo that was taken.
    photo: Option<String>,
    /// Why it failed; or a remark on what was done.
    reason: Option<String>,
}

/// How an import is to be done.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct NewImport {
    /// What to do with ids that exist: `update` (unless given), `skip` or `fail`.
    #[serde(default)]
    pub(super) existing: Existing,
    /// `true`: check everything, photos included, and store nothing.
    #[serde(default)]
    pub(super) dry_run: bool,
    /// IANA name of the zone dates are meant in, such as `Asia/Shanghai`; that of the platform's machine unless given.
    pub(super) time_zone: Option<String>,
    /// `true`: another file follows, `POST people/imports/{id}/files`.
    #[serde(default)]
    pub(super) more: bool,
}

/// Whether yet another file follows.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct NewFile {
    /// `true`: another file follows.
    #[serde(default)]
    pub(super) more: bool,
}

/// Which rows.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct RowQuery {
    /// Rows per page, 1 to 500; 50 unless given.
    pub(super) limit: Option<u32>,
    /// `next` of the page before.
    pub(super) cursor: Option<String>,
    /// Only `waiting`, `done` or `failed` ones.
    pub(super) state: Option<String>,
}

impl From<Import> for ImportView {
    fn from(import: Import) -> Self {
        let options: Options = serde_json::from_value(import.options).unwrap_or_default();
        let finished = import.done + import.failed;
        let since = import.resumed_at.filter(|_| import.state == Stage::Running);
        #[expect(clippy::cast_precision_loss, reason = "a rate of rows needs no more than 52 bits")]
        let rate = since
            .map(|since| (finished - import.resumed_from, import.updated_at - since))
            .filter(|(rows, millis)| *rows > 0 && *millis > 0)
            .map(|(rows, millis)| rows as f64 * 1000.0 / millis as f64);
        #[expect(
            clippy::cast_precision_loss,
            clippy::cast_possible_truncation,
            reason = "seconds of an estimate"
        )]
        let eta_s = rate.map(|rate| ((import.total - finished) as f64 / rate).ceil() as i64);
        Self {
            id: import.id,
            state: import.state.word().to_owned(),
            message: import.message,
            existing: options.existing,
            dry_run: options.dry_run,
            time_zone: options.time_zone,
            columns: import.columns,
            ignored_columns: import.ignored,
            files: import.files,
            photos: import.photos,
            photos_unmatched: import.unmatched,
            total: import.total,
            done: import.done,
            failed: import.failed,
            rate: rate.map(|rate| (rate * 10.0).round() / 10.0),
            eta_s,
            created_by: import.actor,
            created_at: import.created_at,
            updated_at: import.updated_at,
            finished_at: import.finished_at,
        }
    }
}

impl From<ImportRow> for ImportRowView {
    fn from(row: ImportRow) -> Self {
        Self {
            row: row.number,
            identity_id: row.identity_id,
            state: row.state,
            outcome: row.outcome,
            photo: row.photo,
            reason: row.reason,
        }
    }
}
