//! The certificate a listener shows, from files.

use std::path::PathBuf;
use std::sync::Arc;

use runtime::tls::{Certificate, TlsError};
use serde::Deserialize;

/// Both files, or neither. They are read again when they change.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Tls {
    /// PEM file: the certificate, then those that lead to its issuer.
    pub cert: Option<PathBuf>,
    /// PEM file: the certificate's private key.
    pub key: Option<PathBuf>,
}

impl Tls {
    /// Both or neither; `section` is where this stands in the configuration.
    pub(super) fn check(&self, section: &str) -> Result<(), String> {
        match (&self.cert, &self.key) {
            (Some(_), None) => Err(format!("{section}.key: is missing, {section}.cert is there")),
            (None, Some(_)) => Err(format!("{section}.cert: is missing, {section}.key is there")),
            (None, None) | (Some(_), Some(_)) => Ok(()),
        }
    }

    /// Reads both files; `None` when none is named.
    ///
    /// # Errors
    /// A sentence that begins with the key whose file cannot be used.
    pub(crate) fn certificate(&self, section: &str) -> Result<Option<Arc<Certificate>>, String> {
        let Some((cert, key)) = self.cert.as_ref().zip(self.key.as_ref()) else { return Ok(None) };
        let loaded = Certificate::load(cert, key).map_err(|error| match error {
            TlsError::Certificate { .. } => format!("{section}.cert: {error}"),
            TlsError::Key { .. } => format!("{section}.key: {error}"),
        });
        loaded.map(Some)
    }
}
