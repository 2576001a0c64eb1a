//! Configuration: one TOML file, then the environment; what is not known is refused with the nearest known key,
//! and the value of a secret is never repeated.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use figment::Figment;
use figment::error::Kind;
use figment::providers::{Format, Serialized, Toml};
use figment::value::Value;
use serde::de::DeserializeOwned;

/// Every variable with this prefix is a configuration key, except [`NOT_KEYS`].
const PREFIX: &str = "MENSHEN_";

/// Variables that are read elsewhere: the file's own path, the log, what tests, set-up and benchmarks need.
const NOT_KEYS: [&str; 10] = [
    "CONFIG",
    "LOG",
    "LOG_FORMAT",
    "MODELS",
    "FACES",
    "PACK_FILES",
    "BENCH",
    "TEST",
    "TEST_DATABASE",
    "DEMO",
];

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
    #[error("unknown key {key:?} ({origin}){}", hint(nearest.as_deref(), known))]
    Unknown {
        /// The whole key, its parts joined by dots.
        key: String,
        /// File or environment variable.
        origin: String,
        /// The most similar key that exists there.
        nearest: Option<String>,
        /// All names that exist there.
        known: Vec<String>,
    },
    /// A value that does not fit.
    #[error("{key} ({origin}): {reason}")]
    Value {
        /// The whole key, its parts joined by dots.
        key: String,
        /// File or environment variable.
        origin: String,
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
    let variables = std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value)));
    let mut environment = Environment::default();
    for (name, value) in variables {
        let Some(key) = key_of(&name) else { continue };
        let value = value.into_string().map_err(|_| ConfigError::Value {
            key: key.clone(),
            origin: format!("environment variable {name}"),
            reason: "not UTF-8 text".to_owned(),
        })?;
        environment.insert(key, (name, value));
    }
    read(file, &environment)
}

/// Whether a key's value must not be printed.
pub fn is_secret(key: &str) -> bool {
    let key = key.to_lowercase();
    ["password", "token", "secret"].iter().any(|word| key.contains(word))
}

/// Key, then the variable's name and value.
type Environment = BTreeMap<String, (String, String)>;

/// `MENSHEN_HTTP__LISTEN` -> `http.listen`; `None` for variables that are no keys.
fn key_of(variable: &str) -> Option<String> {
    let name = variable.strip_prefix(PREFIX)?;
    let is_key = !name.is_empty() && !NOT_KEYS.contains(&name);
    is_key.then(|| name.to_lowercase().replace("__", "."))
}

fn read<T: DeserializeOwned>(file: Option<&Path>, environment: &Environment) -> Result<T, ConfigError> {
    let mut base = Figment::new();
    if let Some(path) = file {
        let text = std::fs::read_to_string(path)
            .map_err(|error| ConfigError::File { path: path.to_owned(), reason: error.to_string() })?;
        check_syntax(path, &text)?;
        base = base.merge(Toml::string(&text));
    }
    // The environment knows no types: `MENSHEN_BOX__DEV_SNO=123` looks like a number. Where text is wanted the
    // value is given once more as text; each round settles one key, so the rounds are bounded.
    let mut as_text = BTreeSet::new();
    loop {
        let mut whole = base.clone();
        for (key, (_, text)) in environment {
            let typed = if as_text.contains(key) { None } else { text.parse::<Value>().ok() };
            whole = whole.merge(Serialized::default(key, typed.unwrap_or_else(|| Value::from(text.clone()))));
        }
        let error = match whole.extract::<T>() {
            Ok(config) => return Ok(config),
            Err(error) => error,
        };
        let key = error.path.join(".");
        let wants_text = matches!(&error.kind, Kind::InvalidType(..) | Kind::Message(_));
        if !(wants_text && environment.contains_key(&key) && as_text.insert(key)) {
            return Err(explain(error, file, environment));
        }
    }
}

fn check_syntax(path: &Path, text: &str) -> Result<(), ConfigError> {
    let Err(error) = toml::from_str::<toml::Table>(text) else { return Ok(()) };
    // Not the error's own display: it quotes the line, which may hold a password.
    let start = error.span().map_or(0, |span| span.start);
    let line = text.bytes().take(start).filter(|byte| *byte == b'\n').count() + 1;
    Err(ConfigError::Syntax { path: path.to_owned(), line, reason: error.message().to_owned() })
}

fn explain(error: figment::Error, file: Option<&Path>, environment: &Environment) -> ConfigError {
    let mut path = error.path.clone();
    if let Kind::UnknownField(name, _) = &error.kind
        && path.last() != Some(name)
    {
        path.push(name.clone());
    }
    let key = path.join(".");
    // A variable sets the key itself, or (MENSHEN_A__B__C with an unknown `a.b`) something below it.
    let below = format!("{key}.");
    let variable = environment
        .iter()
        .find(|(name, _)| **name == key || name.starts_with(&below))
        .map(|(_, (name, _))| name);
    let origin = match (variable, file) {
        (Some(name), _) => format!("environment variable {name}"),
        (None, Some(file)) => file.display().to_string(),
        (None, None) => "no file was given".to_owned(),
    };
    match error.kind {
        Kind::UnknownField(name, known) => {
            let nearest = nearest(&name, known).map(|near| {
                path.pop();
                path.push(near.to_owned());
                path.join(".")
            });
            let known = known.iter().map(|&name| name.to_owned()).collect();
            ConfigError::Unknown { key, origin, nearest, known }
        }
        _ if is_secret(&key) => {
            ConfigError::Value { key, origin, reason: "the value does not fit (it is not shown)".to_owned() }
        }
        kind => {
            let key = if key.is_empty() { "the configuration".to_owned() } else { key };
            ConfigError::Value { key, origin, reason: kind.to_string() }
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

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Default, Deserialize, PartialEq)]
    #[serde(default, deny_unknown_fields)]
    struct Config {
        data_dir: String,
        http: Http,
        auth: Auth,
        camera: Vec<Camera>,
    }

    #[derive(Debug, Default, Deserialize, PartialEq)]
    #[serde(default, deny_unknown_fields)]
    struct Http {
        listen: Option<std::net::SocketAddr>,
        public_url: Option<String>,
        workers: u16,
    }

    #[derive(Debug, Default, Deserialize, PartialEq)]
    #[serde(default, deny_unknown_fields)]
    struct Auth {
        admin_password: Option<String>,
        token_days: u16,
    }

    #[derive(Debug, Default, Deserialize, PartialEq)]
    #[serde(default, deny_unknown_fields)]
    struct Camera {
        name: String,
        groups: Vec<String>,
    }

    fn env(pairs: &[(&str, &str)]) -> Environment {
        let entry =
            |(name, value): &(&str, &str)| Some((key_of(name)?, ((*name).to_owned(), (*value).to_owned())));
        pairs.iter().filter_map(entry).collect()
    }

    fn with_file(text: &str, pairs: &[(&str, &str)]) -> Result<Config, String> {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("platform.toml");
        std::fs::write(&path, text).unwrap();
        let outcome = read(Some(&path), &env(pairs));
        outcome
            .map_err(|error: ConfigError| error.to_string().replace(&dir.path().display().to_string(), "DIR"))
    }

    #[test]
    fn nothing_given_means_defaults() {
        assert_eq!(read::<Config>(None, &env(&[])), Ok(Config::default()));
        let other =
            [("MENSHEN_CONFIG", "x"), ("MENSHEN_LOG", "debug"), ("MENSHEN_FACES", "/x"), ("PATH", "/bin")];
        assert_eq!(read::<Config>(None, &env(&other)), Ok(Config::default()));
    }

    #[test]
    fn the_environment_goes_over_the_file() {
        let text =
            "data_dir = \"a\"\n[http]\nlisten = \"127.0.0.1:1\"\nworkers = 3\n[[camera]]\nname = \"front\"\n";
        let config =
            with_file(text, &[("MENSHEN_HTTP__LISTEN", "127.0.0.1:2"), ("MENSHEN_DATA_DIR", "b")]).unwrap();
        assert_eq!(config.data_dir, "b");
        assert_eq!(config.http.listen, Some("127.0.0.1:2".parse().unwrap()));
        assert_eq!(config.http.workers, 3);
        assert_eq!(config.camera.len(), 1);
    }

    #[test]
    fn text_that_looks_like_something_else_stays_text() {
        let pairs = [
            ("MENSHEN_DATA_DIR", "12"),
            ("MENSHEN_AUTH__ADMIN_PASSWORD", "0123"),
            ("MENSHEN_HTTP__PUBLIC_URL", "true"),
            ("MENSHEN_HTTP__WORKERS", "4"),
            ("MENSHEN_CAMERA", "[{name=front, groups=[\"0\"]}]"),
        ];
        let config: Config = read(None, &env(&pairs)).unwrap();
        assert_eq!(config.data_dir, "12");
        assert_eq!(config.auth.admin_password.as_deref(), Some("0123"));
        assert_eq!(config.http.public_url.as_deref(), Some("true"));
        assert_eq!(config.http.workers, 4);
        assert_eq!(config.camera, [Camera { name: "front".to_owned(), groups: vec!["0".to_owned()] }]);
    }

    #[test]
    fn an_unknown_key_is_named_with_its_source_and_the_nearest_one() {
        let refused = with_file("[http]\nlisen = \"x\"\n", &[]).unwrap_err();
        assert_eq!(refused, "unknown key \"http.lisen\" (DIR/platform.toml); did you mean \"http.listen\"?");
        let refused = with_file("", &[("MENSHEN_HTTP__LISEN", "x")]).unwrap_err();
        assert_eq!(
            refused,
            "unknown key \"http.lisen\" (environment variable MENSHEN_HTTP__LISEN); did you mean \"http.listen\"?"
        );
        let refused = with_file("", &[("MENSHEN_HTPT__LISTEN", "x")]).unwrap_err();
        assert_eq!(
            refused,
            "unknown key \"htpt\" (environment variable MENSHEN_HTPT__LISTEN); did you mean \"http\"?"
        );
        let refused = with_file("zzzzzz = 1\n", &[]).unwrap_err();
        assert_eq!(
            refused,
            "unknown key \"zzzzzz\" (DIR/platform.toml); known here: data_dir, http, auth, camera"
        );
        let refused = with_file("[[camera]]\nnam = \"x\"\n", &[]).unwrap_err();
        assert!(refused.contains("nam\"") && refused.contains("name"), "{refused}");
    }

    #[test]
    fn a_value_that_does_not_fit_is_named_with_its_source() {
        let refused = with_file("[http]\nworkers = \"many\"\n", &[]).unwrap_err();
        assert_eq!(
            refused,
            "http.workers (DIR/platform.toml): invalid type: found string \"many\", expected u16"
        );
        let refused = with_file("", &[("MENSHEN_HTTP__WORKERS", "many")]).unwrap_err();
        assert!(
            refused.starts_with("http.workers (environment variable MENSHEN_HTTP__WORKERS): "),
            "{refused}"
        );
        let refused = with_file("", &[("MENSHEN_HTTP__LISTEN", "here")]).unwrap_err();
        assert!(
            refused.starts_with("http.listen (environment variable MENSHEN_HTTP__LISTEN): "),
            "{refused}"
        );
    }

    #[test]
    fn secrets_are_never_repeated() {
        let refused = with_file("[auth]\nadmin_password = [\"hush hush\"]\n", &[]).unwrap_err();
        assert_eq!(
            refused,
            "auth.admin_password (DIR/platform.toml): the value does not fit (it is not shown)"
        );
        let refused = with_file("", &[("MENSHEN_AUTH__TOKEN_DAYS", "hush hush")]).unwrap_err();
        assert!(!refused.contains("hush"), "{refused}");
        let refused = with_file("[auth]\nadmin_password = \"hush hush\n", &[]).unwrap_err();
        assert!(!refused.contains("hush"), "{refused}");
    }

    #[test]
    fn files_that_cannot_be_used() {
        let refused = with_file("[http]\nworkers = \n", &[]).unwrap_err();
        assert!(refused.starts_with("DIR/platform.toml, line 2: "), "{refused}");
        let refused =
            read::<Config>(Some(Path::new("/no/such/file.toml")), &env(&[])).unwrap_err().to_string();
        assert!(refused.starts_with("cannot read /no/such/file.toml: "), "{refused}");
    }
}
