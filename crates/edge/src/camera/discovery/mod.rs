//! Finds ONVIF cameras in the network and asks them for their streams.
//!
//! Whatever a stranger on the network answers, it is bounded in size, depth, number and time, and the box talks to nobody but
//! the computers that answered the probe themselves: addresses inside their answers count by path and port only.

mod ask;
mod post;
mod probe;
mod text;

use std::net::IpAddr;
use std::time::Duration;

use futures_util::StreamExt as _;
use serde::Serialize;
use tokio::time::Instant;

pub use ask::Account;
use probe::Answer;

/// Devices that are listed at most.
const MOST: usize = 64;
/// Devices asked at once.
const AT_ONCE: usize = 8;
/// How long all of them together may take to answer.
const ALL: Duration = Duration::from_secs(30);
/// How long a device named by its address has to answer the probe before it is added.
const ONE: Duration = Duration::from_secs(3);

/// A device that answered.
#[derive(Debug, Clone, Default, Serialize, utoipa::ToSchema)]
#[schema(as = DiscoveredDevice)]
pub struct Device {
    /// The address it answered from.
    pub address: String,
    /// Its name, as it tells everybody.
    pub name: String,
    /// Its hardware, as it tells everybody.
    pub hardware: String,
    /// Where it is, if it says so.
    pub location: String,
    /// Its ONVIF service, at that address.
    pub service: String,
    /// Maker, model, firmware and serial number; only with an account.
    pub details: Option<Details>,
    /// Its streams; only with an account.
    pub streams: Vec<Stream>,
    /// Why there are no streams, for people.
    pub error: Option<String>,
}

/// What a device says of itself to those who have an account.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
#[schema(as = DeviceDetails)]
pub struct Details {
    /// Who made it.
    pub manufacturer: String,
    /// What it is.
    pub model: String,
    /// Its software.
    pub firmware: String,
    /// Its serial number.
    pub serial: String,
}

/// One stream of a device.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
#[schema(as = DeviceStream)]
pub struct Stream {
    /// Its name at the device (ONVIF profile token).
    pub profile: String,
    /// Its name for people.
    pub name: String,
    /// How it is encoded, where the device says so.
    pub codec: String,
    /// Width and height in pixels, where the device says so.
    pub size: Option<[u32; 2]>,
    /// `url` of an `rtsp` camera; without account.
    pub url: String,
}

/// This computer's addresses in its networks.
pub(crate) fn addresses_here() -> Vec<std::net::Ipv4Addr> {
    let interfaces = oxvif::discovery::discovery_interfaces().unwrap_or_default();
    interfaces.into_iter().map(|interface| interface.address).collect()
}

/// Looks for devices: in all networks of this computer, or only at `addresses`. With an account each is asked for its streams.
///
/// # Errors
/// A sentence for people when the network cannot be asked.
pub async fn scan(
    addresses: &[IpAddr],
    seconds: Duration,
    account: Option<&Account>,
) -> Result<Vec<Device>, String> {
    let answers = probe::probe(addresses, seconds).await?;
    let client = post::client()?;
    let until = Instant::now() + ALL;
    let asked = answers.into_iter().map(|answer| {
        let client = client.clone();
        async move { complete(answer, account, &client, until).await }
    });
    let mut devices: Vec<Device> =
        futures_util::stream::iter(asked).buffer_unordered(AT_ONCE).collect().await;
    devices.sort_by(|a, b| a.address.cmp(&b.address).then_with(|| a.service.cmp(&b.service)));
    Ok(devices)
}

/// The one device at `address`, asked for its streams.
///
/// # Errors
/// A sentence for people when nobody answers there.
pub async fn find(address: IpAddr, account: Option<&Account>) -> Result<Device, String> {
    let found = scan(&[address], ONE, account).await?.into_iter().next();
    found.ok_or_else(|| format!("no ONVIF device answers at {address}"))
}

async fn complete(
    answer: Answer,
    account: Option<&Account>,
    client: &reqwest::Client,
    until: Instant,
) -> Device {
    let mut device = Device {
        address: answer.from.to_string(),
        name: answer.name,
        hardware: answer.hardware,
        location: answer.location,
        ..Device::default()
    };
    let Some(service) = answer.service else {
        device.error = Some("it names no service at the address it answered from".into());
        return device;
    };
    device.service = service.to_string();
    if let Some(account) = account {
        ask::complete(&mut device, &service, answer.from, account, client, until).await;
    }
    device
}

#[cfg(test)]
mod tests;
