//! `[[camera]]`: one camera, what it delivers and who may pass in front of it.

use std::net::IpAddr;
use std::path::{Path, PathBuf};

use protocol::FiqaLevel;
use serde::{Deserialize, Serialize};

use super::Door;
use super::place;
use super::text::{required_text, text, texts};
use crate::reason::{Reason, table as reason};

/// `[[camera]]`; the same shape is kept in the store and spoken by the local API.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = CameraSettings)]
pub struct Camera {
    /// Unique name (`ep_name` on the wire).
    #[serde(deserialize_with = "required_text")]
    pub name: String,
    /// Where its pictures come from.
    pub kind: CameraKind,
    /// `file`: a folder (each new image is one capture) or a video; not within `data_dir`, nor around it.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub path: Option<PathBuf>,
    /// `rtsp`: the stream.
    #[serde(default)]
    pub url: Option<String>,
    /// `ftp`: the directory its snapshots are put in.
    #[serde(default)]
    pub directory: Option<String>,
    /// `rtsp`, `ftp`, `pad`: the account the camera demands, or the one it has to show; passwords never leave the box.
    #[serde(default, deserialize_with = "text")]
    pub user: Option<String>,
    /// The account's password.
    #[serde(default, deserialize_with = "text")]
    pub password: Option<String>,
    /// `device_ip` on the wire; default: what is observed.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub address: Option<IpAddr>,
    /// 0 gate, 1 capture machine, 2 IPC static, 3 IPC dynamic, 4 door; default: what its kind is used for.
    #[serde(default)]
    pub device_type: Option<u8>,
    /// Which way a person in front of it walks.
    #[serde(default)]
    pub direction: Direction,
    /// Permission groups that may pass here.
    #[serde(default = "everyone", deserialize_with = "texts")]
    pub groups: Vec<String>,
    /// What is opened for those who may pass; none: nothing.
    #[serde(default)]
    pub door: Option<Door>,
    /// Quality asked of its faces: `high`, `custom`, `middle`, `low` or `no`; default: `recognition.quality`.
    #[serde(default)]
    pub quality: Option<String>,
    /// Seconds in which one person makes one event; default: `recognition.duplicate_interval`.
    #[serde(default)]
    pub duplicate_interval: Option<f64>,
    /// `rtsp`, videos: frames per second that are analysed.
    #[serde(default)]
    pub rate: Option<f64>,
    /// `rtsp`: seconds without a frame after which the stream counts as frozen.
    #[serde(default)]
    pub frozen_after: Option<f64>,
}

/// Where a camera's pictures come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
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
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// Into the building.
    #[default]
    In,
    /// Out of it.
    Out,
}

impl Camera {
    /// What kind of device it is on the wire, 0 to 4: as configured, else a capture machine where snapshots come by FTP,
    /// a static camera where a stream is fetched, and a gate everywhere else.
    pub fn device_type(&self) -> u8 {
        self.device_type.unwrap_or(match self.kind {
            CameraKind::Ftp => 1,
            CameraKind::Rtsp => 2,
            CameraKind::File | CameraKind::Pad => 0,
        })
    }

    /// What the types cannot say.
    ///
    /// # Errors
    /// What is wrong with which key.
    pub fn check(&self) -> Result<(), Reason> {
        if self.name.trim().is_empty() {
            return Err(reason::empty().of("name"));
        }
        if self.device_type() > 4 {
            return Err(reason::not_between(i64::from(self.device_type()), 0_i64, 4_i64).of("device_type"));
        }
        if self.kind == CameraKind::Pad && ![0, 4].contains(&self.device_type()) {
            return Err(reason::not_a_pads_type(i64::from(self.device_type())).of("device_type"));
        }
        if let Some(word) = &self.quality {
            level(word).map_err(|error| error.of("quality"))?;
        }
        let limits = [
            ("duplicate_interval", self.duplicate_interval, 0.0..=86_400.0),
            ("rate", self.rate, 0.1..=30.0),
            ("frozen_after", self.frozen_after, 1.0..=600.0),
        ];
        for (key, value, range) in limits {
            if let Some(value) = value.filter(|value| !range.contains(value)) {
                return Err(reason::not_between(value, *range.start(), *range.end()).of(key));
            }
        }
        if let Some(door) = &self.door {
            door.check().map_err(|error| error.of("door"))?;
        }
        match self.kind {
            CameraKind::File if self.path.is_none() => Err(reason::needed_by("file").of("path")),
            CameraKind::Rtsp => match self.url.as_deref() {
                None => Err(reason::needed_by("rtsp").of("url")),
                Some(url) => stream(url).map(drop).map_err(|error| error.of("url")),
            },
            CameraKind::Ftp if self.directory.is_none() => Err(reason::needed_by("ftp").of("directory")),
            _ => Ok(()),
        }
    }

    /// Whether a file camera keeps away from the box's own directory.
    ///
    /// # Errors
    /// That it does not.
    pub fn check_place(&self, data_dir: &Path) -> Result<(), Reason> {
        match (self.kind, &self.path) {
            (CameraKind::File, Some(path)) => place::check(path, data_dir).map_err(|error| error.of("path")),
            _ => Ok(()),
        }
    }
}

/// The quality level a configuration names.
///
/// # Errors
/// It is none of the known words.
pub fn level(word: &str) -> Result<FiqaLevel, Reason> {
    let known = ["high", "custom", "middle", "low", "no"];
    if !known.contains(&word) {
        return Err(reason::not_one_of(word, known.join(", ")));
    }
    Ok(serde_json::from_value(word.into()).unwrap_or_default())
}

/// The address of a stream a configuration names.
///
/// # Errors
/// It is none. The address is never repeated: it may hold a password.
pub fn stream(url: &str) -> Result<url::Url, Reason> {
    let parsed = url::Url::parse(url).map_err(|_| reason::not_a_stream_address())?;
    let is_stream = ["rtsp", "rtsps"].contains(&parsed.scheme());
    if !is_stream || parsed.host_str().is_none_or(str::is_empty) {
        return Err(reason::not_a_stream_address());
    }
    Ok(parsed)
}

fn everyone() -> Vec<String> {
    vec!["0".into()]
}
