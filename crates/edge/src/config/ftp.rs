//! `[ftp]`: the embedded FTP server that capture machines put their snapshots on, and its limits.

use std::net::{Ipv4Addr, SocketAddr};

use serde::Deserialize;

use super::text::text;

/// `[ftp]`
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Ftp {
    /// Address of the FTP server, which runs while there is a camera of kind `ftp`; port 0 takes a free one (see
    /// `data_dir/ftp.addr`).
    pub listen: SocketAddr,
    /// Account all capture machines may use, each in the directory of its camera; default: `camera`.
    #[serde(deserialize_with = "text")]
    pub user: Option<String>,
    /// Its password; none: there is no such account.
    #[serde(deserialize_with = "text")]
    pub password: Option<String>,
    /// First and last port of data connections (passive mode).
    pub passive_ports: [u16; 2],
    /// Address told to clients in passive mode; default: the one they called, which is right unless there is a router that
    /// translates addresses in between.
    pub passive_address: Option<Ipv4Addr>,
    /// The largest file taken, in megabytes.
    pub max_file_mb: u64,
    /// Files of one camera that may wait to be judged.
    pub max_waiting: usize,
    /// Their size at most, in megabytes.
    pub max_waiting_mb: u64,
    /// Connections at one time; half of them for one address.
    pub max_sessions: usize,
    /// Seconds after which a silent connection is closed.
    pub idle_timeout: u64,
}

impl Default for Ftp {
    fn default() -> Self {
        Self {
            listen: (Ipv4Addr::UNSPECIFIED, 2121).into(),
            user: None,
            password: None,
            passive_ports: [50100, 50199],
            passive_address: None,
            max_file_mb: 10,
            max_waiting: 1000,
            max_waiting_mb: 200,
            max_sessions: 32,
            idle_timeout: 300,
        }
    }
}

impl Ftp {
    /// What the types cannot say.
    pub(super) fn check(&self) -> Result<(), String> {
        let [first, last] = self.passive_ports;
        if first == 0 || last < first {
            return Err(format!(
                "ftp.passive_ports: {first} to {last} is no range of ports; write [first, last]"
            ));
        }
        let limits = [
            ("max_file_mb", self.max_file_mb, 1..=20),
            ("max_waiting", self.max_waiting as u64, 1..=100_000),
            ("max_waiting_mb", self.max_waiting_mb, 1..=100_000),
            ("max_sessions", self.max_sessions as u64, 2..=1000),
            ("idle_timeout", self.idle_timeout, 5..=86_400),
        ];
        for (key, value, range) in limits {
            if !range.contains(&value) {
                return Err(format!(
                    "ftp.{key}: {value} is not between {} and {}",
                    range.start(),
                    range.end()
                ));
            }
        }
        if self.max_waiting_mb < self.max_file_mb {
            return Err("ftp.max_waiting_mb: one file of ftp.max_file_mb does not fit".into());
        }
        Ok(())
    }
}
