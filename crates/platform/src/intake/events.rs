//! Recognitions: pictures into the photo store, then rows (`uploads`); all durable before the box is answered.

use std::sync::Arc;

use bytes::Bytes;
use futures_util::{StreamExt, TryStreamExt, stream};
use protocol::image::decode_base64_photo;
use protocol::{DevSno, DeviceType, EpId, Event};

use super::arrival::Arrival;
use super::trace::Decision;
use super::uploads;
use crate::app::App;
use crate::blobs::BlobError;
use crate::db::DbError;
use crate::db::event::{Channel, Report};

/// Pictures of one request written at the same time.
const WRITES: usize = 4;
/// What else a box says of an event is kept up to so many bytes of JSON.
const DETAIL: usize = 64 * 1024;

/// Why events could not be made durable.
#[derive(Debug, thiserror::Error)]
pub(crate) enum IntakeError {
    #[error(transparent)]
    Db(#[from] DbError),
    #[error(transparent)]
    Blob(#[from] BlobError),
}

/// Makes the events of one upload durable. What they say of the box is not believed; `dev_sno` is who sent them.
pub(crate) async fn accept(
    app: &Arc<App>,
    channel: Channel,
    dev_sno: DevSno,
    events: Vec<Event>,
) -> Result<(), IntakeError> {
    let arrival = Arrival::of(app, channel, &dev_sno, &events);
    let reports = if events.iter().any(|event| event.ext.spot_pic.is_some() || event.reg_pic.is_some()) {
        let reports = stream::iter(events).map(|event| with_pictures(app, &arrival, &dev_sno, event));
        reports.buffered(WRITES).try_collect().await?
    } else {
        events.into_iter().map(|event| report(&arrival, &dev_sno, event, Pictures::default())).collect()
    };
    Ok(uploads::store(app, dev_sno, reports, arrival.now).await?)
}

/// Where the pictures of an event lie, and how large they are together.
#[derive(Default)]
struct Pictures {
    spot_key: Option<String>,
    reg_key: Option<String>,
    bytes: Option<i64>,
}

async fn with_pictures(
    app: &App,
    arrival: &Arrival,
    dev_sno: &DevSno,
    mut event: Event,
) -> Result<Report, BlobError> {
    let taken_at = event.timestamp.0;
    let spot = picture(app, taken_at, event.ext.spot_pic.take()).await?;
    let reg = picture(app, taken_at, event.reg_pic.take()).await?;
    let sizes = [&spot, &reg].into_iter().flatten().map(|(_, bytes)| *bytes);
    let bytes = sizes.reduce(|sum, bytes| sum + bytes);
    let pictures = Pictures { spot_key: spot.map(|(key, _)| key), reg_key: reg.map(|(key, _)| key), bytes };
    Ok(report(arrival, dev_sno, event, pictures))
}

/// Stores a picture; answers its key and size. One that is no base64 is counted and left out, because the recognition itself must
/// not be lost with it.
async fn picture(app: &App, taken_at: i64, text: Option<String>) -> Result<Option<(String, i64)>, BlobError> {
    let Some(text) = text else { return Ok(None) };
    match decode_base64_photo(&text) {
        Ok(content) => {
            let bytes = i64::try_from(content.len()).unwrap_or(i64::MAX);
            let key = app.blobs.put_event(taken_at, Bytes::from(content)).await?;
            Ok(Some((key, bytes)))
        }
        Err(error) => {
            app.counts.pictures_unreadable.add();
            tracing::warn!(%error, length = text.len(), "a picture of an event cannot be read");
            Ok(None)
        }
    }
}

fn report(arrival: &Arrival, dev_sno: &DevSno, event: Event, pictures: Pictures) -> Report {
    let detail = detail(&event);
    let timing = arrival.timing(event.timestamp.0);
    let decision = event.ext.menshen.as_ref().map(Decision::of).unwrap_or_default();
    Report {
        channel: arrival.channel,
        dev_sno: dev_sno.to_string(),
        ep_id: event.ext.ep_id.as_ref().map(EpId::to_string),
        device_ip: event.ext.device_ip,
        taken_at: event.timestamp.0,
        identity_id: event.identity_id.to_string(),
        identity_name: event.identity_name,
        person_type: event.ext.person_type.number(),
        device_type: event.ext.device_type.as_ref().map_or("", DeviceType::as_str).to_owned(),
        group_name: event.group_name,
        score: event.score,
        estimated_at: timing.estimated_at,
        clock_offset_ms: timing.clock_offset_ms,
        is_late: timing.is_late,
        is_ahead: timing.is_ahead,
        verdict: decision.verdict,
        gate: decision.gate,
        door: decision.door,
        spot_key: pictures.spot_key,
        reg_key: pictures.reg_key,
        photo_bytes: pictures.bytes,
        detail,
        arrived_at: arrival.now,
    }
}

/// What the columns do not hold, JSON; empty parts are left out, and of too much those parts that matter least.
fn detail(event: &Event) -> String {
    let mut parts = vec![];
    if let Some(menshen) = &event.ext.menshen {
        parts.push(("menshen", menshen.to_string()));
    }
    let others = [
        ("box_fiqa_info", &event.ext.box_fiqa_info),
        ("grab_fiqa_info", &event.ext.grab_fiqa_info),
        ("ext_data", &event.ext.rest),
        ("rest", &event.rest),
    ];
    let others = others.into_iter().filter(|(_, value)| !value.is_empty());
    parts.extend(others.filter_map(|(name, value)| Some((name, serde_json::to_string(value).ok()?))));
    let mut text = String::from("{");
    let mut left_out = Vec::new();
    for (name, value) in parts {
        if text.len() + value.len() > DETAIL {
            left_out.push(name);
            continue;
        }
        let comma = if text.len() > 1 { "," } else { "" };
        text.push_str(&format!("{comma}\"{name}\":{value}"));
    }
    if !left_out.is_empty() {
        let comma = if text.len() > 1 { "," } else { "" };
        text.push_str(&format!("{comma}\"left_out\":{}", serde_json::json!(left_out)));
    }
    text.push('}');
    text
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn event(ext: &Value) -> Event {
        let text =
            json!({"identity_id": "1", "timestamp": 1_566_016_554_020_i64, "ext_data": ext}).to_string();
        Event::read(text.as_bytes()).unwrap()
    }

    #[test]
    fn detail_is_bounded_and_says_what_it_leaves_out() {
        assert_eq!(detail(&event(&json!({}))), "{}");
        let told = event(&json!({"menshen": {"verdict": "let_in"}, "colour": "red"}));
        let kept: Value = serde_json::from_str(&detail(&told)).unwrap();
        assert_eq!(kept, json!({"menshen": {"verdict": "let_in"}, "ext_data": {"colour": "red"}}));
        let much = event(&json!({"menshen": {"verdict": "let_in"}, "filler": "x".repeat(DETAIL)}));
        let kept: Value = serde_json::from_str(&detail(&much)).unwrap();
        assert_eq!(kept, json!({"menshen": {"verdict": "let_in"}, "left_out": ["ext_data"]}));
        let only = event(&json!({"filler": "x".repeat(DETAIL)}));
        assert_eq!(detail(&only), r#"{"left_out":["ext_data"]}"#);
    }
}
