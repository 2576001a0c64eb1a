//! `[console]`: where the box's own pages are, and what opens them at first.

use std::net::{Ipv4Addr, SocketAddr};

use serde::Deserialize;

use super::Tls;
use super::text::text;

/// Name of the account the password is of.
pub const ACCOUNT: &str = "admin";

/// `[console]`
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Console {
    /// Address of the box's pages and of the API behind them; port 0 takes a free one (see `data_dir/console.addr`).
    pub listen: SocketAddr,
    /// Password of the account `admin`, read on the first start only; without it a random one is printed once.
    #[serde(deserialize_with = "text")]
    pub password: Option<String>,
    /// A certificate of your own; without it the box makes one, which browsers ask about once.
    pub tls: Tls,
}

impl Default for Console {
    fn default() -> Self {
        Self { listen: (Ipv4Addr::UNSPECIFIED, 8886).into(), password: None, tls: Tls::default() }
    }
}

impl Console {
    /// What the types cannot say.
    pub(super) fn check(&self) -> Result<(), String> {
        if let Some(password) = &self.password {
            runtime::password::check(password, ACCOUNT).map_err(|why| format!("console.password: {why}"))?;
        }
        self.tls.check("console.tls")
    }
}
