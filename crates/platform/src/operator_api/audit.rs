//! The audit log: reading it, taking it away as a file, and proving that nobody changed it.

use std::sync::Arc;

use axum::Json;
use axum::body::Body;
use axum::extract::{Extension, State};
use axum::http::{HeaderName, header};
use futures_util::stream;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::{IntoParams, ToSchema};

use super::access::Caller;
use super::error::{ApiResult, ErrorBody};
use super::extract::{Asked, Page, page_limit, read_cursor};
use crate::app::App;
use crate::clock;
use crate::db::Tx;
use crate::db::audit::{self, Entry, Filter, Walk};
use crate::refusal::Refusal;

/// Rows read in one go while the chain is walked or exported.
const GO: i64 = 1_000;
/// Rows one request walks unless asked otherwise, and at most.
const WALK: (i64, i64) = (100_000, 1_000_000);

/// A row of the log.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AuditView {
    /// Numbers grow by one.
    seq: i64,
    /// Milliseconds since 1970, UTC.
    at: i64,
    /// The operator's name, `key:<id>` of an API key, `nobody`, or `system`.
    actor: String,
    /// Where the request came from; empty when there was none.
    address: String,
    /// `noun.verb`, such as `person.create`.
    action: String,
    /// Id of what it was done to.
    subject: String,
    /// What else matters; null when nothing does.
    #[schema(value_type = Object, nullable)]
    detail: Value,
    /// SHA-256 over the hash of the row before and this row.
    hash: String,
}

/// Which rows.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct AuditQuery {
    /// Rows per page, 1 to 500; 50 unless given.
    limit: Option<u32>,
    /// `next` of the page before.
    cursor: Option<String>,
    /// Only by this operator or key.
    actor: Option<String>,
    /// Only this action; `person.` finds all that begin with it.
    action: Option<String>,
    /// Only what was done to this.
    subject: Option<String>,
    /// At this time or later, milliseconds since 1970, UTC.
    from: Option<i64>,
    /// Before this time.
    until: Option<i64>,
}

/// Which part of the chain.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct VerifyQuery {
    /// Begin after this row, as `next` of an earlier answer said; at the first row unless given.
    after: Option<i64>,
    /// Rows to walk, 1 to 1000000; 100000 unless given.
    limit: Option<i64>,
    /// A row noted earlier, outside of the platform, with `noted_hash`: shows when the end of the log was cut off or the whole
    /// log was written again.
    noted_seq: Option<i64>,
    /// Its hash.
    noted_hash: Option<String>,
}

/// What a walk along the chain found.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Verified {
    /// Whether every row walked is as it was written, and the noted row too.
    intact: bool,
    /// Rows walked.
    checked: i64,
    /// The number of the first row that was changed, removed or put in between; null when there is none.
    broken_at: Option<i64>,
    /// Whether the noted row is still there as it was; null when none was named.
    noted: Option<bool>,
    /// The last intact row that was walked, and its hash: note them outside of the platform.
    seq: i64,
    hash: String,
    /// Ask for this as `after` to walk on; null when the end was reached or the chain is broken.
    next: Option<i64>,
}

/// How the log is to be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Format {
    /// One JSON object a line.
    Jsonl,
    /// Comma-separated values with a header line.
    Csv,
}

/// What to export.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ExportQuery {
    /// `jsonl` (unless given) or `csv`.
    #[param(inline)]
    format: Option<Format>,
    /// At this time or later, milliseconds since 1970, UTC.
    from: Option<i64>,
    /// Before this time.
    until: Option<i64>,
}

/// The log, newest first.
#[utoipa::path(get, path = "/api/v1/audit", tag = "audit", params(AuditQuery),
    responses((status = OK, body = Page<AuditView>), (status = UNPROCESSABLE_ENTITY, body = ErrorBody)))]
pub(crate) async fn list(
    State(app): State<Arc<App>>,
    Asked(asked): Asked<AuditQuery>,
) -> ApiResult<Json<Page<AuditView>>> {
    let limit = page_limit(asked.limit)?;
    let before = match read_cursor(asked.cursor.as_deref())?.as_str() {
        "" => i64::MAX,
        cursor => cursor.parse().map_err(|_| Refusal::invalid("cursor", "is not one this list gave"))?,
    };
    let filter = Filter {
        actor: asked.actor,
        action: asked.action,
        subject: asked.subject,
        from: asked.from,
        until: asked.until,
        before,
        limit: limit + 1,
    };
    let rows = app.db.read(move |tx| audit::list(tx, &filter)).await?;
    Ok(Json(Page::of(rows, limit, |row| row.seq.to_string(), AuditView::from)))
}

/// Walks along the chain of hashes and tells where it breaks.
#[utoipa::path(get, path = "/api/v1/audit/verify", tag = "audit", params(VerifyQuery),
    responses((status = OK, body = Verified), (status = NOT_FOUND, body = ErrorBody),
    (status = UNPROCESSABLE_ENTITY, body = ErrorBody)))]
pub(crate) async fn verify(
    State(app): State<Arc<App>>,
    Asked(asked): Asked<VerifyQuery>,
) -> ApiResult<Json<Verified>> {
    let limit = asked.limit.unwrap_or(WALK.0);
    if !(1..=WALK.1).contains(&limit) {
        return Err(Refusal::invalid("limit", format!("must be 1 to {}", WALK.1)).into());
    }
    let noted = match (asked.noted_seq, asked.noted_hash) {
        (None, None) => None,
        (Some(seq), Some(hash)) => {
            Some(app.db.read(move |tx| audit::hash_at(tx, seq)).await?.as_deref() == Some(hash.as_str()))
        }
        _ => return Err(Refusal::invalid("noted_seq", "goes together with noted_hash").into()),
    };
    let after = asked.after.unwrap_or(0);
    let mut walk = app.db.read(move |tx| begin(tx, after)).await?;
    // Rows that are added meanwhile are for the next walk.
    let last = app.db.read(audit::newest).await?;
    while walk.checked < limit && walk.seq < last && walk.broken_at.is_none() {
        let (from, go) = (walk.clone(), GO.min(limit - walk.checked));
        walk = app.db.read(move |tx| audit::walk(tx, &from, go)).await?;
    }
    let more = walk.broken_at.is_none() && walk.seq < last;
    Ok(Json(Verified {
        intact: walk.broken_at.is_none() && noted != Some(false),
        checked: walk.checked,
        broken_at: walk.broken_at,
        noted,
        seq: walk.seq,
        hash: walk.hash,
        next: more.then_some(walk.seq),
    }))
}

/// The log as a file, oldest first, streamed. That it was taken is itself written down.
#[utoipa::path(get, path = "/api/v1/audit/export", tag = "audit", params(ExportQuery), responses(
    (status = OK, content_type = "application/x-ndjson", body = String, description = "or `text/csv`"),
    (status = UNPROCESSABLE_ENTITY, body = ErrorBody)))]
pub(crate) async fn export(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    Asked(asked): Asked<ExportQuery>,
) -> ApiResult<([(HeaderName, &'static str); 2], Body)> {
    let format = asked.format.unwrap_or(Format::Jsonl);
    let span = (asked.from.unwrap_or(0), asked.until.unwrap_or(i64::MAX));
    let told = json!({"from": asked.from, "until": asked.until});
    let last = app
        .db
        .write(move |tx| {
            audit::append(tx, &caller.deed("audit.export", "audit", told), clock::now())?;
            audit::newest(tx)
        })
        .await?;
    let (media, name) = match format {
        Format::Jsonl => ("application/x-ndjson", "attachment; filename=\"audit.jsonl\""),
        Format::Csv => ("text/csv; charset=utf-8", "attachment; filename=\"audit.csv\""),
    };
    let rows = stream::try_unfold((app, 0), move |(app, after)| async move {
        let rows = app.db.read(move |tx| audit::after(tx, after, GO)).await?;
        let rows: Vec<Entry> = rows.into_iter().take_while(|row| row.seq <= last).collect();
        let Some(reached) = rows.last().map(|row| row.seq) else { return Ok(None) };
        let text = written(&rows, format, span, after == 0);
        Ok::<_, crate::db::DbError>(Some((text, (app, reached))))
    });
    Ok(([(header::CONTENT_TYPE, media), (header::CONTENT_DISPOSITION, name)], Body::from_stream(rows)))
}

/// Where a walk begins: before the first row, or after a row whose hash is taken as it is.
fn begin(tx: &mut Tx<'_>, after: i64) -> Result<Walk, Refusal> {
    let hash = match after {
        0 => String::new(),
        seq => audit::hash_at(tx, seq)?.ok_or_else(|| Refusal::not_found("audit row", seq.to_string()))?,
    };
    Ok(Walk { checked: 0, seq: after, hash, broken_at: None })
}

/// Rows as text, those outside of the span left out.
fn written(rows: &[Entry], format: Format, (from, until): (i64, i64), is_first: bool) -> Vec<u8> {
    let wanted = rows.iter().filter(|row| (from..until).contains(&row.at));
    if format == Format::Jsonl {
        let lines = wanted.map(|row| {
            let view = AuditView::from(row.clone());
            // Texts, numbers and JSON that was read always serialise.
            format!("{}\n", serde_json::to_string(&view).unwrap_or_default())
        });
        return lines.collect::<String>().into_bytes();
    }
    let mut table = csv::Writer::from_writer(Vec::new());
    // Writing to memory does not fail.
    if is_first {
        let names = ["seq", "at", "actor", "address", "action", "subject", "detail", "hash"];
        drop(table.write_record(names));
    }
    for row in wanted {
        let (seq, at) = (row.seq.to_string(), row.at.to_string());
        let texts = [&row.actor, &row.address, &row.action, &row.subject, &row.detail, &row.hash];
        let cells = [seq, at].into_iter().chain(texts.into_iter().map(|text| harmless(text)));
        drop(table.write_record(cells));
    }
    table.into_inner().unwrap_or_default()
}

/// A cell that a spreadsheet does not take for a formula.
fn harmless(text: &str) -> String {
    let is_formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    if is_formula { format!("'{text}") } else { text.to_owned() }
}

impl From<Entry> for AuditView {
    fn from(row: Entry) -> Self {
        Self {
            seq: row.seq,
            at: row.at,
            actor: row.actor,
            address: row.address,
            action: row.action,
            subject: row.subject,
            // What somebody put there that is no JSON is shown as text.
            detail: serde_json::from_str(&row.detail).unwrap_or(Value::String(row.detail)),
            hash: row.hash,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_is_a_formula() {
        assert_eq!(harmless("=HYPERLINK(\"x\")"), "'=HYPERLINK(\"x\")");
        assert_eq!(harmless("wang.wu"), "wang.wu");
    }
}
