//! How a box was over time: load, memory, disk, cameras and version, from its heartbeats.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::State;
use axum::{Extension, Json};
use protocol::DevSno;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::access::Caller;
use super::boxes::visible;
use super::error::{ApiResult, ErrorBody};
use super::extract::{Asked, At};
use crate::app::App;
use crate::clock;
use crate::db::heartbeat::{self, Beats, SHORT};
use crate::refusal::Refusal;

/// Points of one answer.
const MOST: i64 = 1_000;
/// Spans read for one answer.
const ROWS: i64 = 20_000;
/// Without `from`, a day.
const DAY: i64 = 24 * 3_600_000;

/// Which time, and how finely.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct HeartbeatQuery {
    /// Milliseconds since 1970, UTC; a day before `until` unless given.
    from: Option<i64>,
    /// Milliseconds since 1970, UTC; now unless given.
    until: Option<i64>,
    /// Seconds that make one point, 300 at least; as fine as 1,000 points allow unless given.
    step: Option<i64>,
}

/// How a box was.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct HeartbeatHistory {
    from: i64,
    until: i64,
    /// Seconds that make one point. What is older than the configured detail is known by the hour only.
    step: i64,
    /// Oldest first; spans without a heartbeat are left out.
    items: Vec<HeartbeatPoint>,
}

/// How a box was during one span.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct HeartbeatPoint {
    /// Begin of the span, milliseconds since 1970, UTC.
    at: i64,
    /// Heartbeats that came.
    beats: i64,
    /// Processor load in percent, mean and highest.
    cpu: Option<f64>,
    cpu_most: Option<f64>,
    /// Memory in use in percent, mean and highest.
    memory: Option<f64>,
    memory_most: Option<f64>,
    /// Least free disk, in GB.
    disk_free: Option<f64>,
    /// Size of the disk, in GB.
    disk_size: Option<f64>,
    /// Cameras, and the fewest of them that were online.
    cameras: i64,
    cameras_online: i64,
    /// Software version at the end of the span.
    version: String,
}

/// Load, memory, disk, cameras and version of a box over time.
#[utoipa::path(get, path = "/api/v1/boxes/{dev_sno}/heartbeats", tag = "boxes",
    params(("dev_sno" = String, Path), HeartbeatQuery), responses((status = OK, body = HeartbeatHistory),
    (status = NOT_FOUND, body = ErrorBody), (status = UNPROCESSABLE_ENTITY, body = ErrorBody)))]
pub(crate) async fn show(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    At(id): At<String>,
    Asked(asked): Asked<HeartbeatQuery>,
) -> ApiResult<Json<HeartbeatHistory>> {
    let (from, until, step) = span(&asked, clock::now())?;
    let id = DevSno::new(id);
    let rows = app
        .db
        .read(move |tx| {
            visible(tx, &caller, &id)?;
            Ok::<_, Refusal>(heartbeat::between(tx, &id, from, until, ROWS)?)
        })
        .await?;
    Ok(Json(HeartbeatHistory { from, until, step: step / 1000, items: points(rows, step) }))
}

/// From, until and step, in milliseconds.
fn span(asked: &HeartbeatQuery, now: i64) -> Result<(i64, i64, i64), Refusal> {
    let until = asked.until.unwrap_or(now);
    let from = asked.from.unwrap_or(until.saturating_sub(DAY));
    let length = until.checked_sub(from).filter(|length| *length > 0 && from >= 0);
    let Some(length) = length else { return Err(Refusal::invalid("from", "must be before until")) };
    let finest = (length / MOST + SHORT) / SHORT * SHORT;
    let step = match asked.step {
        None => finest,
        Some(seconds) => seconds.saturating_mul(1000),
    };
    if step < SHORT || length / step > MOST {
        let rule = format!(
            "must be {} or more seconds for this time, at most {MOST} points are told",
            finest / 1000
        );
        return Err(Refusal::invalid("step", rule));
    }
    Ok((from, until, step))
}

fn points(rows: Vec<Beats>, step: i64) -> Vec<HeartbeatPoint> {
    let mut spans: BTreeMap<i64, Beats> = BTreeMap::new();
    for row in rows {
        let at = row.begins_at.div_euclid(step) * step;
        let sum = match spans.remove(&at) {
            Some(sum) => sum.and(row),
            None => row,
        };
        spans.insert(at, sum);
    }
    spans.into_iter().map(|(at, beats)| HeartbeatPoint::of(at, beats)).collect()
}

impl HeartbeatPoint {
    fn of(at: i64, beats: Beats) -> Self {
        Self {
            at,
            beats: beats.beats,
            cpu: beats.cpu.mean(),
            cpu_most: beats.cpu.most,
            memory: beats.memory.mean(),
            memory_most: beats.memory.most,
            disk_free: beats.disk_least,
            disk_size: beats.disk_size,
            cameras: beats.cameras,
            cameras_online: beats.cameras_least,
            version: beats.version,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(from: Option<i64>, until: Option<i64>, step: Option<i64>) -> HeartbeatQuery {
        HeartbeatQuery { from, until, step }
    }

    #[test]
    fn an_answer_has_a_thousand_points_at_most() {
        let now = 1_790_000_000_000;
        assert_eq!(span(&asked(None, None, None), now).unwrap(), (now - DAY, now, SHORT));
        let (_, _, step) = span(&asked(Some(now - 90 * DAY), None, None), now).unwrap();
        assert!(90 * DAY / step <= MOST && step % SHORT == 0, "{step}");
        for wrong in [
            asked(Some(now), Some(now), None),
            asked(Some(-1), Some(now), None),
            asked(Some(i64::MIN), Some(i64::MAX), None),
            asked(None, None, Some(1)),
            asked(None, None, Some(-300)),
            asked(Some(now - 90 * DAY), None, Some(300)),
        ] {
            assert!(span(&wrong, now).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn spans_are_summed_up() {
        let beats =
            |begins_at, beats, cameras_least| Beats { begins_at, beats, cameras_least, ..Beats::default() };
        let told = points(vec![beats(0, 2, 3), beats(SHORT, 1, 1), beats(2 * SHORT, 4, 2)], 2 * SHORT);
        let found: Vec<_> = told.iter().map(|point| (point.at, point.beats, point.cameras_online)).collect();
        assert_eq!(found, [(0, 3, 1), (2 * SHORT, 4, 2)]);
    }
}
