//! Recognitions: pictures into the photo store, rows merged, live viewers told; all durable before the box is answered.
//!
//! Many requests share one commit: the database's writer takes whatever is queued into one transaction.

use std::sync::Arc;

use bytes::Bytes;
use futures_util::{StreamExt, TryStreamExt, stream};
use protocol::image::decode_base64_photo;
use protocol::{DevSno, DeviceType, EpId, Event};
use serde_json::{Map, Value};

use crate::app::{App, LiveEvent};
use crate::blobs::BlobError;
use crate::clock;
use crate::db::event::{self, Channel, Merged, Report};
use crate::db::event_list::EventRow;
use crate::db::{DbError, Tx, desired, device, feed};
use crate::operator_api::EventView;

/// Pictures of one request written at the same time.
const WRITES: usize = 4;

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
    let reports = if events.iter().any(|event| event.ext.spot_pic.is_some() || event.reg_pic.is_some()) {
        let reports = stream::iter(events).map(|event| with_pictures(app, channel, &dev_sno, event));
        reports.buffered(WRITES).try_collect().await?
    } else {
        events.into_iter().map(|event| report(channel, &dev_sno, event, None, None)).collect()
    };
    store(app, dev_sno, reports).await?;
    Ok(())
}

async fn store(app: &Arc<App>, dev_sno: DevSno, reports: Vec<Report>) -> Result<(), DbError> {
    let now = clock::now();
    let reports = Arc::new(reports);
    let shared = Arc::clone(&reports);
    let (merged, was_silent): (Vec<Merged>, bool) = app
        .db
        .write(move |tx: &mut Tx<'_>| {
            let was_silent = device::seen(tx, &dev_sno, now)?;
            if was_silent {
                desired::hurry(tx, &dev_sno, now)?;
            }
            let mut merged = Vec::with_capacity(shared.len());
            for report in shared.iter() {
                let stored = event::store(tx, report, now)?;
                if stored.is_new {
                    feed::append(tx, feed::EVENT, &stored.id, &Value::Object(Map::new()), now)?;
                }
                merged.push(stored);
            }
            Ok::<_, DbError>((merged, was_silent))
        })
        .await?;
    if was_silent {
        app.nudge();
    }
    for (report, merged) in reports.iter().zip(merged) {
        if merged.is_new {
            app.counts.events_new.add();
        } else {
            app.counts.events_merged.add();
        }
        // Building the message is the expensive part: spared when nobody watches.
        if merged.is_new && app.live.receiver_count() > 0 {
            let data = Arc::new(shown(report, &merged.id, now));
            // No receiver is no error: viewers come and go.
            drop(app.live.send(LiveEvent { kind: "event", id: merged.id, data }));
        }
    }
    Ok(())
}

async fn with_pictures(
    app: &App,
    channel: Channel,
    dev_sno: &DevSno,
    mut event: Event,
) -> Result<Report, BlobError> {
    let taken_at = event.timestamp.0;
    let spot = picture(app, taken_at, event.ext.spot_pic.take()).await?;
    let reg = picture(app, taken_at, event.reg_pic.take()).await?;
    Ok(report(channel, dev_sno, event, spot, reg))
}

/// Stores a picture; one that is no base64 is counted and left out, because the recognition itself must not be lost with it.
async fn picture(app: &App, taken_at: i64, text: Option<String>) -> Result<Option<String>, BlobError> {
    let Some(text) = text else { return Ok(None) };
    match decode_base64_photo(&text) {
        Ok(content) => app.blobs.put_event(taken_at, Bytes::from(content)).await.map(Some),
        Err(error) => {
            app.counts.pictures_unreadable.add();
            tracing::warn!(%error, length = text.len(), "a picture of an event cannot be read");
            Ok(None)
        }
    }
}

fn report(
    channel: Channel,
    dev_sno: &DevSno,
    event: Event,
    spot_key: Option<String>,
    reg_key: Option<String>,
) -> Report {
    let detail = detail(&event);
    Report {
        channel,
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
        spot_key,
        reg_key,
        detail,
    }
}

/// What the columns do not hold, JSON; empty parts are left out.
fn detail(event: &Event) -> String {
    let mut detail = Map::new();
    let mut keep = |name: &str, value: &Map<String, Value>| {
        if !value.is_empty() {
            detail.insert(name.to_owned(), Value::Object(value.clone()));
        }
    };
    keep("grab_fiqa_info", &event.ext.grab_fiqa_info);
    keep("box_fiqa_info", &event.ext.box_fiqa_info);
    keep("ext_data", &event.ext.rest);
    keep("rest", &event.rest);
    if let Some(menshen) = &event.ext.menshen {
        detail.insert("menshen".to_owned(), menshen.clone());
    }
    if detail.is_empty() { "{}".to_owned() } else { Value::Object(detail).to_string() }
}

/// An event as live viewers see it: what the API answers for its row.
fn shown(report: &Report, id: &str, now: i64) -> Value {
    let (realtime_at, history_at) = match report.channel {
        Channel::Realtime => (Some(now), None),
        Channel::History => (None, Some(now)),
    };
    let row = EventRow {
        id: id.to_owned(),
        dev_sno: report.dev_sno.clone(),
        ep_id: report.ep_id.clone(),
        device_ip: report.device_ip.clone(),
        taken_at: report.taken_at,
        identity_id: report.identity_id.clone(),
        identity_name: report.identity_name.clone(),
        person_type: Some(report.person_type),
        device_type: report.device_type.clone(),
        group_name: report.group_name.clone(),
        score: Some(report.score),
        realtime_at,
        history_at,
        repeats: 0,
        spot_key: report.spot_key.clone(),
        reg_key: report.reg_key.clone(),
        detail: serde_json::from_str(&report.detail).unwrap_or_default(),
    };
    serde_json::to_value(EventView::from(row)).unwrap_or_default()
}
