//! The certificate a server shows.

use std::path::PathBuf;
use std::sync::Arc;

use runtime::tls::{Certificate, TlsError};
use serde::{Deserialize, Serialize};

use crate::start::StartError;

/// TLS: both files, or neither. They are read again when they change.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Tls {
    /// PEM file: the certificate, then those that lead to its issuer.
    pub cert: Option<PathBuf>,
    /// PEM file: the certificate's private key.
    pub key: Option<PathBuf>,
}

impl Tls {
    /// Reads both files; `None` when none is named.
    ///
    /// # Errors
    /// The message names the key whose file cannot be used.
    pub(crate) fn certificate(&self) -> Result<Option<Arc<Certificate>>, StartError> {
        let refused = |text: String| Err(StartError::Configuration(text));
        match (&self.cert, &self.key) {
            (None, None) => Ok(None),
            (Some(_), None) => refused("http.tls.key: is missing, http.tls.cert is there".to_owned()),
            (None, Some(_)) => refused("http.tls.cert: is missing, http.tls.key is there".to_owned()),
            (Some(cert), Some(key)) => match Certificate::load(cert, key) {
                Ok(certificate) => Ok(Some(certificate)),
                Err(error @ TlsError::Certificate { .. }) => refused(format!("http.tls.cert: {error}")),
                Err(error @ TlsError::Key { .. }) => refused(format!("http.tls.key: {error}")),
            },
        }
    }
}
