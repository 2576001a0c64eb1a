//! The box's configuration: one documented struct per concern, unknown keys refused, defaults that serve without a file.

mod address;
mod camera;
mod console;
mod door;
mod ftp;
mod network;
pub(crate) mod place;
mod recognition;
mod text;

use std::collections::{HashMap, HashSet};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;

use runtime::tls::Certificate;
pub use runtime::tls::Files as Tls;
use serde::{Deserialize, Serialize};

pub use camera::{Camera, CameraKind, Direction, level, stream};
pub use console::{ACCOUNT, Console};
pub use door::{Door, HttpDoor, ModbusDoor};
pub use ftp::Ftp;
pub use network::Network;
pub use recognition::Recognition;
use text::text;

/// What the certificate of the box's own API is called.
const LOCAL_API_TLS: &str = "local_api.tls";

/// Everything a box can be told at start.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Directory of the database, the local API's token and its address file; created when absent.
    pub data_dir: PathBuf,
    /// Who this box is and whom it logs in to.
    #[serde(rename = "box")]
    pub identity: Identity,
    /// The box's own HTTP API.
    pub local_api: LocalApi,
    /// The box's own pages.
    pub console: Console,
    /// The embedded FTP server that receives snapshots of capture machines.
    pub ftp: Ftp,
    /// How faces are judged and named.
    pub recognition: Recognition,
    /// Receivers beside the platform's own.
    pub uploads: Uploads,
    /// Limits of the face library.
    pub library: Library,
    /// Limits of the event store.
    pub events: Events,
    /// Where the networks are.
    pub vision: Vision,
    /// The greeting screens.
    pub welcome: Welcome,
    /// Cameras given in the file.
    pub camera: Vec<Camera>,
}

/// `[box]`: first-start values; what is set through the local API is kept in the store and wins.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Identity {
    /// Licence key issued by the platform.
    #[serde(deserialize_with = "text")]
    pub dev_sno: Option<String>,
    /// The platform's login URL, `http://host:port/login`.
    #[serde(deserialize_with = "text")]
    pub login_url: Option<String>,
    /// MAC told to the platform; default: the first network interface's.
    #[serde(deserialize_with = "text")]
    pub mac: Option<String>,
}

/// `[local_api]`
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LocalApi {
    /// Address the API listens on; port 0 takes a free one (see `data_dir/local_api.addr`).
    pub listen: SocketAddr,
    /// Who may call.
    pub auth: LocalAuth,
    /// Who may make the documented calls (`/SophonMQ`, `/SophonFogSys`) without credentials.
    pub allow: Vec<Network>,
    /// Certificate and key; without them the API speaks plain HTTP.
    pub tls: Tls,
}

/// Who may call the local API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LocalAuth {
    /// Whoever knows the token of `data_dir/local_api.token`.
    Token,
    /// Anybody who can reach the port, as on the original boxes.
    None,
}

/// `[uploads]`: receivers configured on the box itself; the platform's come with the login.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Uploads {
    /// URLs that get each match at once, 0.5 s each, not repeated.
    pub realtime: Vec<String>,
    /// Whether real-time events carry the registration photo.
    pub realtime_photo: bool,
    /// How real-time events are written for these receivers.
    pub realtime_format: Format,
    /// URLs that get every event, repeated until received.
    pub history: Vec<String>,
    /// Whether history events carry the registration photo.
    pub history_photo: bool,
    /// How history events are written for these receivers.
    pub history_format: Format,
    /// Seconds between history uploads when no login has set them.
    pub history_period: u64,
    /// URL that gets the box's status.
    pub status: Option<String>,
    /// Seconds between status reports when no login has set them.
    pub status_period: u64,
}

/// How events are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
#[schema(as = UploadFormat)]
pub enum Format {
    /// A JSON object.
    Json,
    /// One form field per top-level key, objects and lists as JSON text.
    FormData,
}

/// `[library]`
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Library {
    /// People the box takes; one more is refused with code 40015.
    pub max_people: usize,
}

/// `[events]`
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Events {
    /// Events kept; older ones leave once they are uploaded.
    pub max: usize,
}

/// `[vision]`
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Vision {
    /// Directory of the model packs.
    pub models: PathBuf,
}

/// `[welcome]`
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Welcome {
    /// Whose events (`POST /updateWTVInfo`) are greeted without the local API's token.
    pub allow: Vec<Network>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            data_dir: "data/edge".into(),
            identity: Identity::default(),
            local_api: LocalApi::default(),
            console: Console::default(),
            ftp: Ftp::default(),
            recognition: Recognition::default(),
            uploads: Uploads::default(),
            library: Library::default(),
            events: Events::default(),
            vision: Vision::default(),
            welcome: Welcome::default(),
            camera: Vec::new(),
        }
    }
}

impl Default for LocalApi {
    fn default() -> Self {
        Self {
            listen: (Ipv4Addr::LOCALHOST, 5555).into(),
            auth: LocalAuth::Token,
            allow: Vec::new(),
            tls: Tls::default(),
        }
    }
}

impl LocalApi {
    /// Reads the certificate, if one is named.
    ///
    /// # Errors
    /// A sentence that begins with the key whose file cannot be used.
    pub fn certificate(&self) -> Result<Option<Arc<Certificate>>, String> {
        self.tls.certificate(LOCAL_API_TLS)
    }

    /// What an operator should know about who may call, one sentence each.
    pub fn warnings(&self) -> Vec<String> {
        let mut warnings = Vec::new();
        if self.auth == LocalAuth::None {
            warnings
                .push("local_api.auth is \"none\": whoever reaches the port controls this box".to_owned());
        }
        if !self.listen.ip().is_loopback() && self.tls == Tls::default() {
            warnings.push(format!(
                "local_api.tls: there is none, and tokens and faces travel readable on the way to {}",
                self.listen
            ));
        }
        if !self.allow.is_empty() {
            let list: Vec<String> = self.allow.iter().map(ToString::to_string).collect();
            warnings.push(format!(
                "local_api.allow: people and settings of this box can be changed without credentials from {}",
                list.join(", ")
            ));
        }
        warnings
    }
}

impl Default for Uploads {
    fn default() -> Self {
        Self {
            realtime: Vec::new(),
            realtime_photo: true,
            realtime_format: Format::Json,
            history: Vec::new(),
            history_photo: true,
            history_format: Format::Json,
            history_period: 20,
            status: None,
            status_period: 20,
        }
    }
}

impl Default for Library {
    fn default() -> Self {
        Self { max_people: 50_000 }
    }
}

impl Default for Events {
    fn default() -> Self {
        Self { max: 10_000 }
    }
}

impl Default for Vision {
    fn default() -> Self {
        Self { models: "models".into() }
    }
}

impl Config {
    /// Checks what the types cannot: rates, unique names and addresses of cameras, what each kind of camera needs.
    /// The error is one sentence that starts with the key.
    pub fn check(&self) -> Result<(), String> {
        self.recognition.check().map_err(|error| format!("recognition.{error}"))?;
        self.console.check()?;
        self.ftp.check()?;
        self.local_api.tls.check(LOCAL_API_TLS)?;
        if self.library.max_people == 0 {
            return Err("library.max_people: 0 leaves no room for anybody".into());
        }
        let mut names = HashSet::new();
        let mut addresses = HashMap::new();
        for (index, camera) in self.camera.iter().enumerate() {
            let checked = camera.check().and_then(|()| camera.check_place(&self.data_dir));
            checked.map_err(|e| format!("camera.{index}.{e}"))?;
            if !names.insert(camera.name.as_str()) {
                return Err(format!("camera.{index}.name: \"{}\" is used twice", camera.name));
            }
            let address = camera.address_on_the_wire();
            if let Some(other) = addresses.insert(address.clone(), &camera.name) {
                return Err(format!(
                    "camera.{index}.address: {address} is that of camera \"{other}\" too; give \"{}\" another",
                    camera.name
                ));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
