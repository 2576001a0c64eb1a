//! Where the database is and how it is spoken to, read from `database.url`. Nothing here ever shows the password.

use std::path::PathBuf;
use std::time::Duration;

use tokio_postgres::Config;
use tokio_postgres::config::{Host, SslMode};
use tokio_postgres_rustls::MakeRustlsConnect;
use url::form_urlencoded;

use super::{DbError, encryption};

/// A connection not made in this time, or in that of a statement, is not made.
pub(super) const CONNECT: Duration = Duration::from_secs(5);
/// A silent connection is asked for a sign of life after this time, and again at each interval, so many times.
const KEEPALIVE: Duration = Duration::from_secs(10);
const KEEPALIVE_INTERVAL: Duration = Duration::from_secs(5);
const KEEPALIVES: u32 = 3;
/// What was sent and not acknowledged for so long ends the connection.
const UNACKNOWLEDGED: Duration = Duration::from_secs(15);
/// The server ends a statement after this time unless the address says otherwise.
const STATEMENT: Duration = Duration::from_secs(30);

/// A database's address.
pub(super) struct Address {
    pub(super) config: Config,
    pub(super) tls: MakeRustlsConnect,
    /// The server ends a statement after this time.
    pub(super) statement: Duration,
}

impl Address {
    /// Reads `postgres://user:password@host:port/name?sslmode=disable|prefer|require&sslrootcert=FILE&statement_timeout=MS`; other
    /// parameters are those of libpq that the driver knows.
    pub(super) fn read(url: &str) -> Result<Self, DbError> {
        let (base, query) = url.split_once('?').unwrap_or((url, ""));
        let (mut mode, mut roots, mut statement) = (SslMode::Prefer, None, STATEMENT);
        let mut rest = form_urlencoded::Serializer::new(String::new());
        for (key, value) in form_urlencoded::parse(query.as_bytes()) {
            match key.as_ref() {
                "sslmode" => mode = mode_of(&value)?,
                "statement_timeout" => statement = limit_of(&value)?,
                "sslrootcert" => roots = Some(PathBuf::from(value.as_ref())),
                _ => drop(rest.append_pair(&key, &value)),
            }
        }
        // The driver's words name what is wrong and never repeat the whole address.
        let mut config: Config = format!("{base}?{}", rest.finish().replace('+', "%20"))
            .parse()
            .map_err(|error| DbError::Url(super::failure::words(&error)))?;
        if config.get_hosts().is_empty() && config.get_hostaddrs().is_empty() {
            return Err(DbError::Url("names no host: postgres://user:password@host:port/name".to_owned()));
        }
        let Some(user) = config.get_user().map(str::to_owned) else {
            return Err(DbError::Url("names no user: postgres://user:password@host:port/name".to_owned()));
        };
        if config.get_dbname().is_none() {
            config.dbname(user);
        }
        if config.get_application_name().is_none() {
            config.application_name("menshen");
        }
        config
            .ssl_mode(mode)
            .connect_timeout(CONNECT.min(statement))
            .keepalives(true)
            .keepalives_idle(KEEPALIVE)
            .keepalives_interval(KEEPALIVE_INTERVAL)
            .keepalives_retries(KEEPALIVES)
            .tcp_user_timeout(UNACKNOWLEDGED);
        Ok(Self { config, tls: encryption::connector(mode, roots.as_deref())?, statement })
    }

    /// Host, port and name, for messages.
    pub(super) fn place(&self) -> String {
        let ports = self.config.get_ports();
        let hosts = self.config.get_hosts().iter().enumerate().map(|(at, host)| {
            let port = ports.get(at).or(ports.first()).copied().unwrap_or(5432);
            match host {
                Host::Tcp(name) => format!("{name}:{port}"),
                Host::Unix(folder) => format!("{}, port {port}", folder.display()),
            }
        });
        let hosts: Vec<String> = hosts.collect();
        format!("{:?} at {}", self.config.get_dbname().unwrap_or_default(), hosts.join(", "))
    }
}

fn mode_of(word: &str) -> Result<SslMode, DbError> {
    match word {
        "disable" => Ok(SslMode::Disable),
        "prefer" => Ok(SslMode::Prefer),
        "require" | "verify-full" => Ok(SslMode::Require),
        other => Err(DbError::Url(format!("sslmode is disable, prefer or require, not {other:?}"))),
    }
}

fn limit_of(value: &str) -> Result<Duration, DbError> {
    let limit = value.parse().ok().filter(|ms| (100..=600_000).contains(ms)).map(Duration::from_millis);
    limit.ok_or_else(|| {
        DbError::Url(format!("statement_timeout is 100 to 600000 milliseconds, not {value:?}"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_read_and_shown_without_its_password() {
        let address = Address::read("postgres://me:se%20cret@db.example:5433/doors?sslmode=disable").unwrap();
        assert_eq!(address.place(), "\"doors\" at db.example:5433");
        assert_eq!(address.config.get_password(), Some(b"se cret".as_slice()));
        assert_eq!(address.config.get_ssl_mode(), SslMode::Disable);
        let address = Address::read("postgresql://me@db.example?application_name=my%20doors").unwrap();
        assert_eq!(address.place(), "\"me\" at db.example:5432");
        assert_eq!(address.config.get_ssl_mode(), SslMode::Prefer);
        assert_eq!(address.config.get_application_name(), Some("my doors"));
        assert_eq!(address.statement, STATEMENT);
        let address = Address::read("postgres://me@db.example/doors?statement_timeout=2000").unwrap();
        assert_eq!(address.statement, Duration::from_secs(2));
    }

    #[test]
    fn what_cannot_be_used_is_named_and_the_password_is_not() {
        for (url, named) in [
            ("postgres://me:secret@host/db?sslmode=allow", "sslmode"),
            ("postgres://me:secret@host/db?nonsense=1", "nonsense"),
            ("postgres://me:secret@host/db?statement_timeout=0", "statement_timeout"),
            ("postgres://me:secret@host:port/db", "invalid"),
            ("postgres://host/db", "user"),
            ("postgres:///db", "host"),
            ("postgres://me:secret@host/db?sslrootcert=/nonexistent.pem", "sslrootcert"),
        ] {
            let Err(error) = Address::read(url) else { panic!("{url} was read") };
            let text = error.to_string();
            assert!(text.starts_with("database.url:") && text.contains(named), "{url}: {text}");
            assert!(!text.contains("secret"), "{text}");
        }
    }
}
