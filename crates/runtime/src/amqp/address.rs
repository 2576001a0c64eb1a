//! Where a broker is and who we are there; whatever prints an address leaves the password out.

use std::fmt;

use url::Url;

/// Address and account of one broker and virtual host.
#[derive(Clone, PartialEq, Eq)]
pub struct BrokerAddress {
    /// Name or IP address.
    pub host: String,
    /// TCP port; 5672 or, with TLS, 5671 by custom.
    pub port: u16,
    /// Virtual host, `/` by default.
    pub vhost: String,
    /// Account name.
    pub login: String,
    /// Account password.
    pub password: String,
    /// AMQPS.
    pub tls: bool,
}

/// An address that cannot be read. The text never holds the address itself, it may contain a password.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// Not a URL at all.
    #[error("the broker address is not a URL: {0}")]
    NotAUrl(String),
    /// Neither `amqp` nor `amqps`.
    #[error("the broker address begins with {0:?}, it must be amqp:// or amqps://")]
    Scheme(String),
    /// No host in it.
    #[error("the broker address names no host")]
    NoHost,
    /// Percent escapes that are not UTF-8.
    #[error("the broker address has percent escapes that are not UTF-8 text")]
    Escapes,
}

impl BrokerAddress {
    /// Reads `amqp[s]://login:password@host:port/vhost`. Without an account it is `guest`/`guest`, without a path or with an empty
    /// one the virtual host is `/`; `%2f` in the path is `/` too.
    pub fn from_url(text: &str) -> Result<Self, AddressError> {
        let url = Url::parse(text.trim()).map_err(|error| AddressError::NotAUrl(error.to_string()))?;
        let tls = match url.scheme() {
            "amqp" => false,
            "amqps" => true,
            other => return Err(AddressError::Scheme(other.to_owned())),
        };
        let host = url.host_str().filter(|host| !host.is_empty()).ok_or(AddressError::NoHost)?.to_owned();
        let port = url.port().unwrap_or(if tls { 5671 } else { 5672 });
        let vhost = unescape(url.path().strip_prefix('/').unwrap_or_default())?;
        let vhost = if vhost.is_empty() { "/".to_owned() } else { vhost };
        let login = if url.username().is_empty() { "guest".to_owned() } else { unescape(url.username())? };
        let password = url.password().map_or_else(|| Ok("guest".to_owned()), unescape)?;
        Ok(Self { host, port, vhost, login, password, tls })
    }

    /// The same broker and account, another virtual host.
    #[must_use]
    pub fn with_vhost(&self, vhost: &str) -> Self {
        Self { vhost: vhost.to_owned(), ..self.clone() }
    }

    /// The URI for the client library: heartbeat and frame size are ours. Without the frame size its buffers
    /// take 8 MB a connection.
    pub(super) fn uri(&self) -> String {
        let scheme = if self.tls { "amqps" } else { "amqp" };
        let host = if self.host.contains(':') && !self.host.starts_with('[') {
            format!("[{}]", self.host)
        } else {
            self.host.clone()
        };
        format!(
            "{scheme}://{}:{}@{host}:{}/{}?heartbeat=30&frame_max=131072",
            escape(&self.login),
            escape(&self.password),
            self.port,
            escape(&self.vhost),
        )
    }
}

/// `amqp://login@host:port/vhost`, without the password.
impl fmt::Display for BrokerAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.tls { "amqps" } else { "amqp" };
        write!(f, "{scheme}://{}@{}:{}/{}", self.login, self.host, self.port, escape(&self.vhost))
    }
}

impl fmt::Debug for BrokerAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BrokerAddress({self})")
    }
}

fn escape(text: &str) -> String {
    use std::fmt::Write as _;
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _ok = write!(out, "%{byte:02X}");
        }
    }
    out
}

fn unescape(text: &str) -> Result<String, AddressError> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, tail)) = rest.split_first() {
        let code = tail
            .get(..2)
            .and_then(|hex| std::str::from_utf8(hex).ok())
            .and_then(|hex| u8::from_str_radix(hex, 16).ok());
        match (first, code) {
            (b'%', Some(byte)) => {
                out.push(byte);
                rest = tail.get(2..).unwrap_or_default();
            }
            _ => {
                out.push(first);
                rest = tail;
            }
        }
    }
    String::from_utf8(out).map_err(|_| AddressError::Escapes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_every_part() {
        let address =
            BrokerAddress::from_url("amqps://box%201:p%40ss%2F@mq.example.org:5999/site%2Fa").unwrap();
        assert_eq!(address.host, "mq.example.org");
        assert_eq!(address.port, 5999);
        assert_eq!(address.vhost, "site/a");
        assert_eq!(address.login, "box 1");
        assert_eq!(address.password, "p@ss/");
        assert!(address.tls);
        assert_eq!(
            address.uri(),
            "amqps://box%201:p%40ss%2F@mq.example.org:5999/site%2Fa?heartbeat=30&frame_max=131072"
        );
    }

    #[test]
    fn fills_in_the_customary_parts() {
        for text in ["amqp://127.0.0.1", "amqp://127.0.0.1/", "amqp://guest:guest@127.0.0.1:5672/%2f"] {
            let address = BrokerAddress::from_url(text).unwrap();
            assert_eq!(
                (address.vhost.as_str(), address.login.as_str(), address.port),
                ("/", "guest", 5672),
                "{text}"
            );
        }
        assert_eq!(BrokerAddress::from_url("amqps://mq").unwrap().port, 5671);
        assert_eq!(BrokerAddress::from_url("amqp://mq").unwrap().with_vhost("b").vhost, "b");
        assert!(BrokerAddress::from_url("amqp://[::1]:7").unwrap().uri().contains("@[::1]:7/"));
    }

    #[test]
    fn refuses_what_is_no_broker() {
        assert_eq!(BrokerAddress::from_url("http://mq"), Err(AddressError::Scheme("http".to_owned())));
        assert!(matches!(
            BrokerAddress::from_url("mq:5672:x"),
            Err(AddressError::NotAUrl(_) | AddressError::Scheme(_))
        ));
        assert!(BrokerAddress::from_url("amqp://").is_err());
    }

    #[test]
    fn never_prints_the_password() {
        let address = BrokerAddress::from_url("amqp://guest:verysecret@mq/%2f").unwrap();
        assert_eq!(address.to_string(), "amqp://guest@mq:5672/%2F");
        assert!(!format!("{address:?}").contains("verysecret"));
    }
}
