//! `[[camera]]`: one camera, what it delivers and who may pass in front of it.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

use serde::Deserialize;

use super::text::{required_text, texts};

/// `[[camera]]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Camera {
    /// Unique name (`ep_name` on the wire).
    #[serde(deserialize_with = "required_text")]
    pub name: String,
    /// Where its pictures come from.
    pub kind: CameraKind,
    /// `file`: a folder (each new image is one capture) or a video.
    #[serde(default)]
    pub path: Option<PathBuf>,
    /// `rtsp`: the stream.
    #[serde(default)]
    pub url: Option<String>,
    /// `ftp`: the directory its snapshots are put in.
    #[serde(default)]
    pub directory: Option<String>,
    /// `device_ip` on the wire; default: what is observed.
    #[serde(default)]
    pub address: Option<IpAddr>,
    /// 0 gate, 1 capture machine, 2 IPC static, 3 IPC dynamic, 4 door.
    #[serde(default)]
    pub device_type: u8,
    /// Which way a person in front of it walks.
    #[serde(default)]
    pub direction: Direction,
    /// Permission groups that may pass here.
    #[serde(default = "everyone", deserialize_with = "texts")]
    pub groups: Vec<String>,
    /// What is opened for those who may pass; none: nothing.
    #[serde(default)]
    pub door: Option<Door>,
}

/// Where a camera's pictures come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CameraKind {
    /// A folder or a video file.
    File,
    /// Snapshots put by FTP.
    Ftp,
    /// A network camera.
    Rtsp,
    /// A gate tablet or a browser.
    Pad,
}

/// Which way a person walks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// Into the building.
    #[default]
    In,
    /// Out of it.
    Out,
}

/// What opens.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Door {
    /// A line in the log and in the event.
    Log,
    /// A relay that speaks Modbus-TCP.
    ModbusTcp {
        /// Where the relay is.
        address: SocketAddr,
        /// Its coil, from 0.
        #[serde(default)]
        channel: u16,
        /// Seconds until it is released.
        #[serde(default = "five")]
        seconds: u16,
    },
    /// An HTTP call.
    Http {
        /// Called with POST.
        url: String,
    },
}

impl Camera {
    /// What the types cannot say; the error begins with the key.
    pub(super) fn check(&self) -> Result<(), String> {
        if self.name.trim().is_empty() {
            return Err("name: empty".into());
        }
        if self.device_type > 4 {
            return Err(format!("device_type: {} is not one of 0 to 4", self.device_type));
        }
        match self.kind {
            CameraKind::File if self.path.is_none() => Err("path: a file camera needs one".into()),
            CameraKind::Rtsp if self.url.is_none() => Err("url: an rtsp camera needs one".into()),
            CameraKind::Ftp if self.directory.is_none() => Err("directory: an ftp camera needs one".into()),
            _ => Ok(()),
        }
    }
}

fn everyone() -> Vec<String> {
    vec!["0".into()]
}

fn five() -> u16 {
    5
}
