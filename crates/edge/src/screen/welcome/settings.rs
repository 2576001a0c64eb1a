//! What a greeting screen is told to do: whom it greets, how, and for how long.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::greeting::Kind;
use crate::reason::{Reason, table as reason};
use crate::store::{Store, StoreError, settings};

/// Cameras a screen can be restricted to, as on the original receiver.
const MOST_CAMERAS: usize = 10;
/// The longest texts, characters.
const LONGEST_TEXT: usize = 120;

/// The settings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Who is greeted: `employee`, `visitor`, `vip`, and, though never as guests, `stranger` and `blacklist`.
    pub types: Vec<Kind>,
    /// Names or addresses of the cameras whose people are greeted, at most 10; empty: all.
    pub cameras: Vec<String>,
    /// From an event to its greeting, milliseconds, at most 5000: pictures arrive meanwhile.
    pub delay_ms: u32,
    /// How long a greeting stays, seconds, 2 to 60.
    pub stay_s: u32,
    /// Columns of greetings, 1 or 2.
    pub columns: u8,
    /// Whether a VIP gets a large picture.
    pub vip_large: bool,
    /// Which picture is shown.
    pub picture: Picture,
    /// Whether visitors are greeted aloud, by a voice of the browser's own.
    pub speech: bool,
    /// The house's name, shown while nobody comes.
    pub title: String,
    /// A line below it.
    pub subtitle: String,
    /// Words in place of the screen's own.
    pub words: Words,
    /// The screen's language; `auto`: its browser's.
    pub language: Language,
    /// Its colours; `auto`: what its browser prefers.
    pub theme: Theme,
    /// Whether videos are heard, where the browser allows it.
    pub video_sound: bool,
}

/// Greetings in the house's own words; `{name}` is the person's name. Empty: the screen's own.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Words {
    /// For employees.
    pub employee: String,
    /// For visitors.
    pub visitor: String,
    /// For VIPs.
    pub vip: String,
    /// For people nobody enrolled.
    pub stranger: String,
}

/// Which picture goes with a greeting.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Picture {
    /// The photo the person is enrolled with; the camera's where there is none.
    #[default]
    Registration,
    /// What the camera saw.
    Spot,
    /// None.
    None,
}

/// A screen's language.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    /// Its browser's.
    #[default]
    Auto,
    /// English.
    En,
    /// Chinese.
    Zh,
}

/// A screen's colours.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Theme {
    /// What its browser prefers.
    #[default]
    Auto,
    /// Dark on light.
    Light,
    /// Light on dark.
    Dark,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            types: vec![Kind::Employee, Kind::Visitor, Kind::Vip],
            cameras: Vec::new(),
            delay_ms: 300,
            stay_s: 8,
            columns: 1,
            vip_large: true,
            picture: Picture::default(),
            speech: false,
            title: String::new(),
            subtitle: String::new(),
            words: Words::default(),
            language: Language::default(),
            theme: Theme::default(),
            video_sound: false,
        }
    }
}

impl Settings {
    /// What the types cannot say.
    ///
    /// # Errors
    /// What is wrong with which key.
    pub fn check(&self) -> Result<(), Reason> {
        if self.cameras.len() > MOST_CAMERAS {
            return Err(reason::at_most(MOST_CAMERAS).of("cameras"));
        }
        if self.cameras.iter().any(|name| name.trim().is_empty()) {
            return Err(reason::empty().of("cameras"));
        }
        if self.types.len() > Kind::ALL.len() {
            return Err(reason::each_once().of("types"));
        }
        let numbers = [
            ("delay_ms", self.delay_ms, 0..=5000),
            ("stay_s", self.stay_s, 2..=60),
            ("columns", u32::from(self.columns), 1..=2),
        ];
        for (key, value, range) in numbers {
            if !range.contains(&value) {
                return Err(reason::not_between(value, *range.start(), *range.end()).of(key));
            }
        }
        let words = &self.words;
        let texts =
            [&self.title, &self.subtitle, &words.employee, &words.visitor, &words.vip, &words.stranger];
        let all = texts.into_iter().chain(&self.cameras);
        match all.into_iter().find(|text| text.chars().count() > LONGEST_TEXT) {
            Some(text) => {
                let begin: String = text.chars().take(20).collect();
                Err(reason::too_long(begin, LONGEST_TEXT))
            }
            None => Ok(()),
        }
    }

    /// These settings with `changes` over them: keys that are left out stay, `null` takes one back to its default.
    ///
    /// # Errors
    /// What is wrong with which key.
    pub fn with(&self, changes: Map<String, Value>) -> Result<Self, Reason> {
        let mut all = serde_json::to_value(self).map_err(|error| reason::failed(error.to_string()))?;
        let mut after = self.clone();
        for (key, value) in changes {
            match (value, all.as_object_mut()) {
                (Value::Null, Some(all)) => drop(all.remove(&key)),
                (value, _) => all[&key] = value,
            }
            after = serde_json::from_value(all.clone())
                .map_err(|error| reason::unreadable(error.to_string()).of(&key))?;
        }
        after.check()?;
        Ok(after)
    }

    /// Whether people of this camera are greeted, by its name or its address.
    pub fn takes(&self, kind: Kind, name: &str, address: &str) -> bool {
        let here = |camera: &String| [name, address].contains(&camera.trim());
        self.types.contains(&kind) && (self.cameras.is_empty() || self.cameras.iter().any(here))
    }
}

/// What was set, or the defaults where what was set cannot be read any more.
///
/// # Errors
/// What the store says.
pub(super) async fn load(store: &Store) -> Result<Settings, StoreError> {
    let text = store.read(|db| settings::get(db, settings::WELCOME)).await?;
    let read = |text: String| match serde_json::from_str(&text) {
        Ok(settings) => settings,
        Err(error) => {
            tracing::error!(%error, "the greeting screen's settings cannot be used; the defaults are in force");
            Settings::default()
        }
    };
    Ok(text.map(read).unwrap_or_default())
}

/// Keeps the settings.
///
/// # Errors
/// What the store says; nothing has changed then.
pub(super) async fn keep(store: &Store, settings: &Settings) -> Result<(), StoreError> {
    let text = serde_json::to_string(settings)?;
    store.write(move |db| settings::set(db, settings::WELCOME, &text)).await
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn with(changes: &Value) -> Result<Settings, Reason> {
        Settings::default().with(changes.as_object().unwrap().clone())
    }

    #[test]
    fn changes_are_made_key_by_key_and_taken_back() {
        let set =
            with(&json!({"stay_s": 5, "types": ["stranger"], "words": {"vip": "你好 {name}"}})).unwrap();
        assert_eq!((set.stay_s, set.delay_ms, set.words.vip.as_str()), (5, 300, "你好 {name}"));
        let back = set.with(json!({"stay_s": null}).as_object().unwrap().clone()).unwrap();
        assert_eq!((back.stay_s, back.types), (8, vec![Kind::Stranger]));
    }

    #[test]
    fn what_cannot_be_is_named() {
        let many: Vec<_> = (0..11).map(|n| n.to_string()).collect();
        for (changes, word) in [
            (json!({"stay": 5}), "stay"),
            (json!({"stay_s": 1}), "stay_s"),
            (json!({"columns": 3}), "columns"),
            (json!({"delay_ms": 5001}), "delay_ms"),
            (json!({"types": ["guest"]}), "types"),
            (json!({"cameras": many}), "cameras"),
            (json!({"cameras": [" "]}), "cameras"),
            (json!({"title": "x".repeat(121)}), "too long"),
            (json!({"words": {"blacklist": "Hello"}}), "words"),
        ] {
            let error = with(&changes).unwrap_err();
            assert!(error.to_string().contains(word), "{error}");
        }
    }

    #[test]
    fn cameras_are_meant_by_name_or_address() {
        let set = with(&json!({"cameras": ["front", "10.0.0.7"]})).unwrap();
        assert!(set.takes(Kind::Vip, "front", "127.0.0.1") && set.takes(Kind::Vip, "other", "10.0.0.7"));
        assert!(!set.takes(Kind::Vip, "other", "10.0.0.8") && !set.takes(Kind::Blacklist, "front", ""));
        assert!(Settings::default().takes(Kind::Visitor, "any", ""));
    }
}
