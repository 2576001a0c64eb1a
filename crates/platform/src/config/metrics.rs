//! What is measured, for Prometheus.

use serde::{Deserialize, Serialize};

/// Where `/metrics` is served beside the address of everything else, where it demands a login.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Metrics {
    /// Address and port of a listener of its own, without login.
    pub listen: Option<String>,
}
