//! Settings of recognition at run time: what the local API has set is kept beside the configuration file's values and wins,
//! key by key; a key that is taken back follows the file again.

use serde_json::{Map, Value};

use crate::config;
use crate::reason::{Reason, table as reason};
use crate::store::{Store, StoreError, settings};

/// The keys that were set, as the store keeps them.
pub type Overrides = Map<String, Value>;

/// What is in force at start. Stored keys this version or this file cannot live with are left out, with a line in the log.
///
/// # Errors
/// What the store says.
pub async fn at_start(store: &Store, file: &config::Recognition) -> Result<config::Recognition, StoreError> {
    match over(file, &overrides(store).await?) {
        Ok(settings) => Ok(settings),
        Err(reason) => {
            tracing::error!(%reason, "stored recognition settings cannot be used; those of the configuration file are in force");
            Ok(file.clone())
        }
    }
}

/// The keys that were set.
///
/// # Errors
/// What the store says.
pub async fn overrides(store: &Store) -> Result<Overrides, StoreError> {
    let text = store.read(|db| settings::get(db, settings::RECOGNITION)).await?;
    Ok(text.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default())
}

/// Keeps the keys that were set.
///
/// # Errors
/// What the store says; nothing has changed then.
pub async fn keep(store: &Store, overrides: &Overrides) -> Result<(), StoreError> {
    let text = serde_json::to_string(overrides)?;
    store.write(move |db| settings::set(db, settings::RECOGNITION, &text)).await
}

/// The configuration file's values with `overrides` over them.
///
/// # Errors
/// What is wrong with which key.
pub fn over(file: &config::Recognition, overrides: &Overrides) -> Result<config::Recognition, Reason> {
    let mut all = serde_json::to_value(file).map_err(|error| reason::failed(error.to_string()))?;
    let mut settings = file.clone();
    for (key, value) in overrides {
        all[key] = value.clone();
        settings = serde_json::from_value(all.clone())
            .map_err(|error| reason::unreadable(error.to_string()).of(key))?;
    }
    settings.check()?;
    Ok(settings)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn set(value: &Value) -> Result<config::Recognition, Reason> {
        over(&config::Recognition::default(), value.as_object().unwrap())
    }

    #[test]
    fn what_was_set_wins_key_by_key() {
        let settings = set(&json!({"door_rate": 0.01, "quality": "high", "threshold": 0.5})).unwrap();
        assert!((settings.door_rate - 0.01).abs() < 1e-9 && (settings.name_rate - 0.01).abs() < 1e-9);
        assert_eq!((settings.quality.as_str(), settings.threshold), ("high", Some(0.5)));
    }

    #[test]
    fn what_cannot_be_is_named() {
        for (value, key) in [
            (json!({"door_rate": 0}), "door_rate"),
            (json!({"door_rat": 0.1}), "door_rat"),
            (json!({"quality": "best"}), "quality"),
            (json!({"threshold": 7}), "threshold"),
            (json!({"duplicate_interval": -1}), "duplicate_interval"),
            (json!({"duplicate_interval": 1e300}), "duplicate_interval"),
            (json!({"margin": "wide"}), "margin: invalid type"),
        ] {
            let error = set(&value).unwrap_err();
            assert!(error.to_string().contains(key), "{error}");
        }
    }
}
