//! How many events there were over time, by what became of them.

use std::sync::Arc;

use axum::extract::State;
use axum::{Extension, Json};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::access::Caller;
use super::error::{ApiResult, ErrorBody};
use super::extract::Asked;
use crate::app::App;
use crate::clock;
use crate::db::stats::{self, Stretch};
use crate::refusal::Refusal;

/// Points of one answer.
const MOST: i64 = 1_500;
/// The longest time of one answer, in milliseconds: every event of it is counted anew.
const LONGEST: i64 = 31 * DAY;
/// Without `from`, a day.
const DAY: i64 = 24 * 3_600_000;

/// Which time, and how finely.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct EventStatsQuery {
    /// Milliseconds since 1970, UTC; a day before `until` unless given. At most 31 days before it.
    from: Option<i64>,
    /// Milliseconds since 1970, UTC; now unless given.
    until: Option<i64>,
    /// Seconds that make one point; 60 unless given. At most 1,500 points are told.
    step: Option<i64>,
}

/// Events over time.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EventHistory {
    from: i64,
    until: i64,
    /// Seconds that make one point.
    step: i64,
    /// Oldest first; spans without an event are left out.
    items: Vec<EventPoint>,
}

/// Events of one span, each counted once, by `estimated_at`.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EventPoint {
    /// Begin of the span, milliseconds since 1970, UTC.
    at: i64,
    /// Of known people, those refused left out.
    known: i64,
    /// Of people nobody knows.
    stranger: i64,
    /// Of known people who were refused.
    refused: i64,
}

/// How many events there were over time: of known people, of strangers, and of people who were refused.
#[utoipa::path(get, path = "/api/v1/stats/events", tag = "stats", params(EventStatsQuery), responses(
    (status = OK, body = EventHistory), (status = UNPROCESSABLE_ENTITY, body = ErrorBody)))]
pub(crate) async fn events(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    Asked(asked): Asked<EventStatsQuery>,
) -> ApiResult<Json<EventHistory>> {
    let (from, until, step) = span(&asked, clock::now())?;
    let found = app.db.read(move |tx| stats::events(tx, caller.sites(), (from, until, step))).await?;
    let point = |found: Stretch| EventPoint {
        at: from + found.number * step,
        known: found.known,
        stranger: found.stranger,
        refused: found.refused,
    };
    Ok(Json(EventHistory { from, until, step: step / 1000, items: found.into_iter().map(point).collect() }))
}

/// From, until and step, in milliseconds.
fn span(asked: &EventStatsQuery, now: i64) -> Result<(i64, i64, i64), Refusal> {
    let until = asked.until.unwrap_or(now);
    let from = asked.from.unwrap_or(until.saturating_sub(DAY));
    let length = until.checked_sub(from).filter(|length| (1..=LONGEST).contains(length) && from >= 0);
    let Some(length) = length else {
        return Err(Refusal::invalid("from", "must be before until, by 31 days at most"));
    };
    let step = asked.step.unwrap_or(60).saturating_mul(1000);
    if step < 1000 || length / step >= MOST {
        let finest = length / MOST / 1000 + 1;
        let rule = format!("must be {finest} or more seconds for this time, at most {MOST} points are told");
        return Err(Refusal::invalid("step", rule));
    }
    Ok((from, until, step))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_is_bounded() {
        let of = |from, until, step| span(&EventStatsQuery { from, until, step }, 10 * DAY).ok();
        assert_eq!(of(None, None, None), Some((9 * DAY, 10 * DAY, 60_000)));
        assert_eq!(of(Some(0), Some(31 * DAY), Some(3600)), Some((0, 31 * DAY, 3_600_000)));
        for (from, until, step) in [
            (Some(5), Some(5), None),
            (Some(-1), Some(5), None),
            (Some(0), Some(31 * DAY + 1), Some(3600)),
            (Some(i64::MIN), Some(i64::MAX), None),
            (None, None, Some(0)),
            (None, None, Some(-60)),
            (None, None, Some(57)),
            (Some(0), Some(31 * DAY), None),
        ] {
            assert_eq!(of(from, until, step), None, "{from:?} {until:?} {step:?}");
        }
        assert_eq!(of(None, None, Some(i64::MAX)).map(|(.., step)| step), Some(i64::MAX));
    }
}
