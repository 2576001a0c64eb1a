//! Where events and the heartbeat go: the box's own receivers, changed while the box runs. Receivers that a platform names when
//! the box logs in come in addition and are not shown here.

use axum::extract::State;
use axum::response::Response;
use protocol::address;
use protocol::fog::{ContentType, Data, EventServerUrl, HistoryEventUrl, MonitorReply, MonitorServerUrl};

use crate::config::Format;
use crate::local_api::Desk;
use crate::local_api::answer::{Refusal, json};
use crate::local_api::sent::Sent;
use crate::reason::table as reason;
use crate::upload::{Change, History, Period, Realtime, Status};

/// Receivers for one purpose.
const MOST: usize = 16;
/// The longest address, bytes.
const MAX_URL: usize = 2048;
/// The longest period, seconds: a day.
const MAX_PERIOD: u64 = 86_400;

/// `GET EventServerUrl`: what is in force.
pub(super) async fn realtime(State(desk): State<Desk>) -> Result<Response, Refusal> {
    let Realtime { urls, photo, format } = desk.stations.uploads.receivers().realtime;
    json(&Data::new(EventServerUrl {
        event_server_url: urls,
        real_need_reg_pic: photo,
        content_type: spoken(format),
    }))
}

/// `POST EventServerUrl`
pub(super) async fn set_realtime(State(desk): State<Desk>, sent: Sent) -> Result<Response, Refusal> {
    let request = sent.json_or_form(EventServerUrl::read)?;
    let urls = addresses(&request.event_server_url, "event_server_url")?;
    tracing::info!(receivers = urls.len(), "real-time receivers were set through the local API");
    let new = Realtime { urls, photo: request.real_need_reg_pic, format: written(request.content_type) };
    desk.stations.uploads.set(Change::Realtime(new)).await?;
    realtime(State(desk)).await
}

/// `GET HistoryEventUrl`: what is in force.
pub(super) async fn history(State(desk): State<Desk>) -> Result<Response, Refusal> {
    json(&Data::new(told(desk.stations.uploads.receivers().history, None)))
}

/// `POST HistoryEventUrl`
pub(super) async fn set_history(State(desk): State<Desk>, sent: Sent) -> Result<Response, Refusal> {
    let request = sent.json_or_form(HistoryEventUrl::read)?;
    let urls = addresses(&request.history_upload_event_url, "history_upload_event_url")?;
    tracing::info!(receivers = urls.len(), "history receivers were set through the local API");
    let new = History {
        urls,
        photo: request.history_need_reg_pic,
        format: written(request.content_type),
        period: period(request.reported_period)?,
    };
    desk.stations.uploads.set(Change::History(new.clone())).await?;
    json(&Data::new(told(new, Some("ok".into()))))
}

/// `GET MonitorServerUrl`: what is in force.
pub(super) async fn status(State(desk): State<Desk>) -> Result<Response, Refusal> {
    let Status { url, period } = desk.stations.uploads.receivers().status;
    json(&Data::new(MonitorReply::Settings {
        monitor_server_url: url.unwrap_or_default(),
        reported_period: period.seconds(),
    }))
}

/// `POST MonitorServerUrl`
pub(super) async fn set_status(State(desk): State<Desk>, sent: Sent) -> Result<Response, Refusal> {
    let request = sent.json_or_form(MonitorServerUrl::read)?;
    if request.content_type != ContentType::Json {
        return Err(reason::status_only_json().of("content-type").into());
    }
    let mut urls = addresses(&[request.monitor_server_url], "monitor_server_url")?;
    let new = Status { url: urls.pop(), period: period(request.reported_period)? };
    tracing::info!(receiver = new.url.is_some(), "the status receiver was set through the local API");
    desk.stations.uploads.set(Change::Status(new)).await?;
    json(&Data::new(MonitorReply::Ok))
}

fn told(history: History, message: Option<String>) -> HistoryEventUrl {
    HistoryEventUrl {
        message,
        history_upload_event_url: history.urls,
        history_need_reg_pic: history.photo,
        content_type: spoken(history.format),
        reported_period: history.period.seconds(),
    }
}

/// Complete addresses, each once; blank ones are none.
fn addresses(given: &[String], key: &str) -> Result<Vec<String>, Refusal> {
    let mut urls: Vec<String> = Vec::new();
    for url in given.iter().map(|url| url.trim()).filter(|url| !url.is_empty()) {
        let readable = url::Url::parse(url).is_ok_and(|url| url.has_host());
        if url.len() > MAX_URL || !address::is_absolute(url) || !readable {
            return Err(reason::not_a_web_address().of(key).into());
        }
        if !urls.iter().any(|known| known == url) {
            urls.push(url.to_owned());
        }
    }
    if urls.len() > MOST {
        return Err(reason::at_most(MOST).of(key).into());
    }
    Ok(urls)
}

fn period(seconds: u64) -> Result<Period, Refusal> {
    if seconds > MAX_PERIOD {
        return Err(reason::at_most_seconds(MAX_PERIOD).of("reported_peroid").into());
    }
    Ok(Period::Set(seconds.max(1)))
}

fn spoken(format: Format) -> ContentType {
    match format {
        Format::Json => ContentType::Json,
        Format::FormData => ContentType::FormData,
    }
}

fn written(content_type: ContentType) -> Format {
    match content_type {
        ContentType::Json => Format::Json,
        ContentType::FormData => Format::FormData,
    }
}
