//! Configuration: one TOML file, then the environment; what is not known is refused with the nearest known key,
//! and the value of a secret is never repeated.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use figment::error::Kind;
use figment::providers::{Env, Format, Serialized, Toml};
use figment::{Figment, Profile};
use serde::de::DeserializeOwned;

/// Every variable with this prefix is a configuration key, except [`NOT_KEYS`].
const PREFIX: &str = "MENSHEN_";

/// Variables that are read elsewhere: the file's own path, the log, test material.
const NOT_KEYS: [&str; 8] = ["config", "log", "log_format", "models", "faces", "pack_files", "bench", "test"];

/// Why a configuration cannot be used. The text names the key and where it was set.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("cannot read {}: {reason}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// The operating system's words.
        reason: String,
    },
    /// The file is not TOML.
    #[error("{}, line {line}: {reason}", path.display())]
    Syntax {
        /// The file.
        path: PathBuf,
        /// First line is 1.
        line: usize,
        /// What is wrong there.
        reason: String,
    },
    /// A key that does not exist.
    #[error("unknown key {key:?} (from {source_name}){}", hint(nearest.as_deref(), known))]
    Unknown {
        /// The whole key, its parts joined by dots.
        key: String,
        /// File or environment variable.
        source_name: String,
        /// The most similar key that exists there.
        nearest: Option<String>,
        /// All keys that exist there.
        known: Vec<String>,
    },
    /// A value that does not fit.
    #[error("{key}: {reason} (from {source_name})")]
    Value {
        /// The whole key, its parts joined by dots.
        key: String,
        /// File or environment variable.
        source_name: String,
        /// What would fit; holds the value itself unless the key names a secret.
        reason: String,
    },
}

fn hint(nearest: Option<&str>, known: &[String]) -> String {
    match nearest {
        Some(nearest) => format!("; did you mean {nearest:?}?"),
        None if known.is_empty() => String::new(),
        None => format!("; known here: {}", known.join(", ")),
    }
}

/// Reads the file, if one is given, then the environment: `MENSHEN_HTTP__LISTEN` is `http.listen`. Keys that
/// neither names have the defaults of `T`, whose structs carry `#[serde(default, deny_unknown_fields)]`.
pub fn load<T: DeserializeOwned>(file: Option<&Path>) -> Result<T, ConfigError> {
    let mut figment = Figment::new();
    if let Some(path) = file {
        let text = std::fs::read_to_string(path)
            .map_err(|error| ConfigError::File { path: path.to_owned(), reason: error.to_string() })?;
        check_syntax(path, &text)?;
        figment = figment.merge(Toml::file_exact(path));
    }
    let figment = figment.merge(environment());
    // The environment knows no types: `MENSHEN_BOX__DEV_SNO=123` looks like a number. Where text is wanted, the
    // value is given once more as text; each round settles one key, so the rounds are bounded.
    let mut as_text: BTreeSet<String> = BTreeSet::new();
    loop {
        let mut attempt = figment.clone();
        for key in &as_text {
            attempt = attempt.merge(text_of(key));
        }
        let error = match attempt.extract::<T>() {
            Ok(config) => return Ok(config),
            Err(error) => error,
        };
        let key = error.path.join(".");
        let wants_text = matches!(&error.kind, Kind::InvalidType(_, wanted) if wanted.contains("string"));
        if !(wants_text && variable(&key).is_some() && as_text.insert(key)) {
            return Err(explain(error, file));
        }
    }
}

fn environment() -> Env {
    Env::prefixed(PREFIX).ignore(&NOT_KEYS).filter(|key| !key.as_str().is_empty()).split("__")
}

/// The environment variable that sets this key, if it is set.
fn variable(key: &str) -> Option<(String, String)> {
    let name = format!("{PREFIX}{}", key.replace('.', "__")).to_uppercase();
    std::env::var(&name).ok().map(|value| (name, value))
}

fn text_of(key: &str) -> Serialized<String> {
    let value = variable(key).map(|(_, value)| value).unwrap_or_default();
    Serialized::default(key, value).profile(Profile::Global)
}

fn check_syntax(path: &Path, text: &str) -> Result<(), ConfigError> {
    let Err(error) = toml::from_str::<toml::Table>(text) else { return Ok(()) };
    // Not the error's own display: it quotes the line, which may hold a password.
    let start = error.span().map_or(0, |span| span.start);
    let line = text.bytes().take(start).filter(|byte| *byte == b'\n').count() + 1;
    Err(ConfigError::Syntax { path: path.to_owned(), line, reason: error.message().to_owned() })
}

fn explain(error: figment::Error, file: Option<&Path>) -> ConfigError {
    let mut path = error.path.clone();
    if let Kind::UnknownField(name, _) = &error.kind
        && path.last() != Some(name)
    {
        path.push(name.clone());
    }
    let key = path.join(".");
    let source_name = match (variable(&key), file) {
        (Some((name, _)), _) => format!("environment variable {name}"),
        (None, Some(file)) => file.display().to_string(),
        (None, None) => "the environment".to_owned(),
    };
    match error.kind {
        Kind::UnknownField(name, known) => {
            let nearest = nearest(&name, known).map(|near| {
                let mut near_path = path.clone();
                near_path.pop();
                near_path.push(near.to_owned());
                near_path.join(".")
            });
            let known = known.iter().map(|&name| name.to_owned()).collect();
            ConfigError::Unknown { key, source_name, nearest, known }
        }
        kind => {
            let reason = if is_secret(&key) {
                "the value does not fit (not shown)".to_owned()
            } else {
                kind.to_string()
            };
            ConfigError::Value {
                key: if key.is_empty() { "configuration".to_owned() } else { key },
                source_name,
                reason,
            }
        }
    }
}

/// The known name that most resembles `name`, if any does.
fn nearest<'a>(name: &str, known: &[&'a str]) -> Option<&'a str> {
    known
        .iter()
        .map(|candidate| (strsim::normalized_damerau_levenshtein(name, candidate), *candidate))
        .filter(|(similarity, _)| *similarity >= 0.5)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, candidate)| candidate)
}

/// Whether a key's value must not be printed.
pub fn is_secret(key: &str) -> bool {
    let key = key.to_lowercase();
    ["password", "token", "secret"].iter().any(|word| key.contains(word))
}
