//! Cameras that are in the network and not yet here: found by ONVIF, listed, and added by one call.

use std::net::IpAddr;
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::response::Response;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use tokio::sync::Semaphore;

use super::cameras::{View, add_one, fresh};
use crate::camera::discovery::{self, Account, Device, Stream};
use crate::local_api::Desk;
use crate::local_api::answer::{Page, Refusal, body, json};
use crate::reason::table as reason;

/// Seconds a scan may listen.
const SECONDS: std::ops::RangeInclusive<f64> = 0.5..=10.0;
/// Addresses one scan may name.
const MOST: usize = 32;
/// The longer side of the stream that is preferred; larger frames are reduced to it anyway.
const LONG_SIDE: u32 = 1920;
/// Scans come one after the other.
static TURN: Semaphore = Semaphore::const_new(1);

/// What is looked for.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = DiscoveryScan)]
pub(super) struct Scan {
    /// How long answers are waited for.
    #[serde(default = "three")]
    seconds: f64,
    /// Only these are asked; none: everybody in this computer's networks.
    #[serde(default)]
    #[schema(value_type = Vec<String>)]
    addresses: Vec<IpAddr>,
    #[serde(default)]
    user: String,
    #[serde(default)]
    password: String,
}

/// A device that was found, and how it becomes a camera.
#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = FoundDevice)]
pub(super) struct Found {
    #[serde(flatten)]
    device: Device,
    /// What `POST /api/v1/cameras` takes, but for the password; `null` while its streams are not known.
    #[schema(value_type = Option<crate::config::Camera>)]
    camera: Option<Value>,
}

/// Which device becomes a camera.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = DiscoveryAdd)]
pub(super) struct Add {
    #[schema(value_type = String)]
    address: IpAddr,
    #[serde(default)]
    user: String,
    #[serde(default)]
    password: String,
    /// The stream's name at the device; default: the largest of at most 1920 pixels.
    #[serde(default)]
    profile: Option<String>,
    /// Further keys of `[[camera]]`.
    #[serde(default)]
    camera: Map<String, Value>,
}

/// Looks for ONVIF cameras: `{seconds, addresses, user, password}`, all optional. Everybody in the box's networks is asked (or only
/// `addresses`); with an account each device is asked for its streams. Answers `items`, each with a `camera` ready to be posted.
#[utoipa::path(post, path = "/api/v1/discovery", tag = "cameras", request_body = Scan,
    responses((status = OK, body = Page<Found>), (status = BAD_REQUEST)))]
pub(super) async fn scan(
    State(_desk): State<Desk>,
    sent: Result<Bytes, BytesRejection>,
) -> Result<Response, Refusal> {
    let Scan { seconds, addresses, user, password } = read(sent)?;
    if !SECONDS.contains(&seconds) {
        return Err(reason::not_between(seconds, *SECONDS.start(), *SECONDS.end()).of("seconds").into());
    }
    if addresses.len() > MOST {
        return Err(reason::at_most(MOST).of("addresses").into());
    }
    let account = account(user, password);
    let _turn = TURN.try_acquire().map_err(|_| reason::scan_busy())?;
    let seconds = Duration::from_secs_f64(seconds);
    let devices =
        discovery::scan(&addresses, seconds, account.as_ref()).await.map_err(reason::scan_failed)?;
    tracing::info!(found = devices.len(), "the network was searched for cameras");
    let user = account.as_ref().map(|account| account.user.as_str());
    let items: Vec<Found> = devices
        .into_iter()
        .map(|device| {
            let camera = preferred(&device.streams, None).map(|stream| camera(&device, stream, user, None));
            Found { camera: camera.map(Value::Object), device }
        })
        .collect();
    json(&Page::whole(items))
}

/// Adds the ONVIF camera at an address: `{address, user, password, profile, camera}`. The device is asked for its streams; `profile`
/// names one of them, `camera` has further keys of `[[camera]]`. Answers like `POST /api/v1/cameras`.
#[utoipa::path(post, path = "/api/v1/discovery/add", tag = "cameras", request_body = Add,
    responses((status = CREATED, body = View), (status = BAD_REQUEST)))]
pub(super) async fn add(
    State(desk): State<Desk>,
    sent: Result<Bytes, BytesRejection>,
) -> Result<Response, Refusal> {
    let Add { address, user, password, profile, camera: further } = read(sent)?;
    let account = account(user, password).ok_or_else(|| reason::account_needed().of("user"))?;
    let device = discovery::find(address, Some(&account)).await.map_err(reason::scan_failed)?;
    let Some(stream) = preferred(&device.streams, profile.as_deref()) else {
        let why = device.error.clone().unwrap_or_else(|| "it has no stream of that name".into());
        return Err(reason::device_not_added(address.to_string(), why).into());
    };
    let mut keys = camera(&device, stream, Some(&account.user), Some(&account.password));
    keys.extend(further);
    add_one(&desk, fresh(Value::Object(keys))?).await
}

/// The stream of this name; without name the largest that is not reduced, else the first.
fn preferred<'a>(streams: &'a [Stream], profile: Option<&str>) -> Option<&'a Stream> {
    if let Some(profile) = profile {
        return streams.iter().find(|stream| stream.profile == profile);
    }
    let fits = |stream: &&Stream| stream.size.is_some_and(|[width, height]| width.max(height) <= LONG_SIDE);
    let area = |stream: &&Stream| stream.size.map(|[width, height]| u64::from(width) * u64::from(height));
    // The first of equals: a device lists its main stream first.
    streams.iter().rev().filter(fits).max_by_key(area).or(streams.first())
}

/// The keys of `[[camera]]` for a device.
fn camera(
    device: &Device,
    stream: &Stream,
    user: Option<&str>,
    password: Option<&str>,
) -> Map<String, Value> {
    let names = [&device.name, &device.hardware].map(String::as_str);
    let name = names.into_iter().find(|name| !name.is_empty()).unwrap_or("camera");
    let mut keys = Map::new();
    keys.insert("name".into(), format!("{name} {}", device.address).into());
    keys.insert("kind".into(), "rtsp".into());
    keys.insert("url".into(), stream.url.as_str().into());
    keys.insert("address".into(), device.address.as_str().into());
    keys.insert("device_type".into(), 2.into());
    keys.extend(user.map(|user| ("user".into(), user.into())));
    keys.extend(password.map(|password| ("password".into(), password.into())));
    keys
}

fn account(user: String, password: String) -> Option<Account> {
    (!user.is_empty()).then_some(Account { user, password })
}

fn read<T: DeserializeOwned>(sent: Result<Bytes, BytesRejection>) -> Result<T, Refusal> {
    serde_json::from_slice(&body(sent)?).map_err(Refusal::unreadable)
}

fn three() -> f64 {
    3.0
}

#[cfg(test)]
mod tests {
    use super::{Stream, preferred};

    #[test]
    fn the_largest_stream_that_is_not_reduced_is_taken() {
        let stream = |profile: &str, size| Stream {
            profile: profile.into(),
            name: String::new(),
            codec: String::new(),
            size,
            url: String::new(),
        };
        let all = [
            stream("4k", Some([3840, 2160])),
            stream("hd", Some([1920, 1080])),
            stream("again", Some([1920, 1080])),
            stream("sd", Some([640, 360])),
        ];
        let name = |streams: &[Stream], profile| preferred(streams, profile).map(|s| s.profile.clone());
        assert_eq!(name(&all, None).as_deref(), Some("hd"));
        assert_eq!(name(&all, Some("sd")).as_deref(), Some("sd"));
        assert_eq!(name(&all, Some("other")), None);
        assert_eq!(name(&all[..1], None).as_deref(), Some("4k"));
        assert_eq!(name(&[stream("first", None), stream("second", None)], None).as_deref(), Some("first"));
    }
}
