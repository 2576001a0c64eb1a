//! The two files of a server's certificate, as every configuration names them: both, or neither.

use std::path::PathBuf;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Certificate, TlsError};

/// TLS: both files, or neither. They are read again when they change.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Files {
    /// PEM file: the certificate, then those that lead to its issuer.
    pub cert: Option<PathBuf>,
    /// PEM file: the certificate's private key.
    pub key: Option<PathBuf>,
}

impl Files {
    /// Whether none or both are named.
    ///
    /// # Errors
    /// A sentence that begins with the key that is missing.
    pub fn check(&self, name: &str) -> Result<(), String> {
        match (&self.cert, &self.key) {
            (Some(_), None) => Err(format!("{name}.key: is missing, {name}.cert is there")),
            (None, Some(_)) => Err(format!("{name}.cert: is missing, {name}.key is there")),
            (None, None) | (Some(_), Some(_)) => Ok(()),
        }
    }

    /// Reads both files; `None` when none is named. `name` is what the configuration calls them, such as `http.tls`.
    ///
    /// # Errors
    /// A sentence that begins with the key whose file cannot be used.
    pub fn certificate(&self, name: &str) -> Result<Option<Arc<Certificate>>, String> {
        self.check(name)?;
        let Some((cert, key)) = self.cert.as_ref().zip(self.key.as_ref()) else { return Ok(None) };
        Certificate::load(cert, key).map(Some).map_err(|error| match error {
            TlsError::Certificate { .. } => format!("{name}.cert: {error}"),
            TlsError::Key { .. } => format!("{name}.key: {error}"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_or_neither() {
        let of = |cert: Option<&str>, key: Option<&str>| {
            let files = Files { cert: cert.map(PathBuf::from), key: key.map(PathBuf::from) };
            files.certificate("http.tls").map(|found| found.is_some())
        };
        assert_eq!(of(None, None), Ok(false));
        assert_eq!(of(Some("a"), None).unwrap_err(), "http.tls.key: is missing, http.tls.cert is there");
        assert_eq!(of(None, Some("a")).unwrap_err(), "http.tls.cert: is missing, http.tls.key is there");
        let absent = of(Some("/nowhere/a"), Some("/nowhere/b")).unwrap_err();
        assert!(absent.starts_with("http.tls.cert: /nowhere/a: "), "{absent}");
    }
}
