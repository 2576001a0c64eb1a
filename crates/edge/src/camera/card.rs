//! What the rest of the box knows about a camera: its name, its address on the wire, and who may pass in front of it.

use protocol::{DeviceType, Direction, FiqaLevel, GroupId};

use crate::config;

/// What stands where a password was.
const HIDDEN: &str = "***";

/// The facts of one camera.
#[derive(Debug, Clone, PartialEq)]
pub struct Card {
    /// Unique name (`ep_name`).
    pub name: String,
    /// `device_ip` on the wire.
    pub address: String,
    /// What kind of device it is.
    pub device_type: DeviceType,
    /// Which way a person in front of it walks.
    pub direction: Direction,
    /// Permission groups that may pass here.
    pub groups: Vec<GroupId>,
    /// Where its stream is, if it is one; empty otherwise.
    pub stream: String,
    /// What is opened for those who may pass.
    pub door: Option<config::Door>,
    /// Quality asked of its faces; `None`: as everywhere.
    pub quality: Option<FiqaLevel>,
    /// Milliseconds in which one person makes one event; `None`: as everywhere.
    pub duplicate_interval: Option<i64>,
}

impl Card {
    /// The facts in a camera's settings.
    pub fn of(settings: &config::Camera) -> Self {
        Self {
            name: settings.name.clone(),
            address: settings.address_on_the_wire(),
            device_type: match settings.device_type() {
                0 => DeviceType::Gate,
                1 => DeviceType::CaptureMachine,
                2 => DeviceType::IpcStatic,
                3 => DeviceType::IpcDynamic,
                4 => DeviceType::Door,
                other => DeviceType::Other(other.to_string()),
            },
            direction: match settings.direction {
                config::Direction::In => Direction::In,
                config::Direction::Out => Direction::Out,
            },
            groups: settings.groups.iter().map(GroupId::new).collect(),
            stream: settings.url.as_deref().map(without_password).unwrap_or_default(),
            door: settings.door.clone(),
            quality: settings.quality.as_deref().and_then(|word| config::level(word).ok()),
            #[expect(clippy::cast_possible_truncation, reason = "saturates; the settings are checked")]
            duplicate_interval: settings.duplicate_interval.map(|seconds| (seconds * 1000.0) as i64),
        }
    }
}

/// A stream's address as it may be shown: account and password stay on the box, also where a camera wants them in the path
/// or the query (`…/user=admin&password=…&channel=1`).
pub fn without_password(address: &str) -> String {
    let Ok(mut url) = url::Url::parse(address) else { return String::new() };
    let _ = url.set_username("");
    let _ = url.set_password(None);
    let mut shown = String::from(url);
    for key in ["password=", "passwd=", "pass=", "pwd="] {
        let mut from = 0;
        // ASCII in lower case has the same length, so positions agree.
        while let Some(found) = shown[from..].to_ascii_lowercase().find(key) {
            let at = from + found + key.len();
            let end = shown[at..].find(['&', ';', '/', '?']).map_or(shown.len(), |length| at + length);
            shown.replace_range(at..end, HIDDEN);
            from = at + HIDDEN.len();
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::without_password;

    #[test]
    fn passwords_of_streams_stay_here() {
        assert_eq!(without_password("rtsp://user:pass@10.0.0.9:554/a?b=1"), "rtsp://10.0.0.9:554/a?b=1");
        for (address, shown) in [
            (
                "rtsp://10.0.0.9/user=a&Password=s3cret&channel=1",
                "rtsp://10.0.0.9/user=a&Password=***&channel=1",
            ),
            (
                "rtsp://10.0.0.9/user=a_password=s3_cret_channel=1.sdp?real",
                "rtsp://10.0.0.9/user=a_password=***?real",
            ),
            ("rtsp://10.0.0.9/a?pwd=x&PWD=s3cret&b=1", "rtsp://10.0.0.9/a?pwd=***&PWD=***&b=1"),
            ("rtsp://10.0.0.9/a?pwd=s3cret", "rtsp://10.0.0.9/a?pwd=***"),
            ("rtsp://10.0.0.9/a?pwd=", "rtsp://10.0.0.9/a?pwd=***"),
        ] {
            assert_eq!(without_password(address), shown);
        }
    }
}
