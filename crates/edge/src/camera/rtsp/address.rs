//! Where a stream is and how to get in, in the forms ffmpeg and people may see.

use std::fmt::Write as _;
use std::time::Duration;

use url::Url;

use crate::camera::without_password;
use crate::config;

/// A stream's address.
pub(super) struct Address {
    whole: Url,
    /// Every text that gives account or password away.
    secrets: Vec<String>,
}

impl Address {
    /// The address in a camera's settings; `user` and `password` win over those in the URL. The error names the key.
    pub(super) fn of(settings: &config::Camera) -> Result<Self, String> {
        let url = settings.url.as_deref().ok_or("url: an rtsp camera needs one")?;
        let mut whole = config::stream(url).map_err(|error| error.of("url").to_string())?;
        let mut secrets = Vec::new();
        if let Some(user) = settings.user.as_deref().filter(|user| !user.is_empty()) {
            let password = settings.password.as_deref().filter(|password| !password.is_empty());
            let encoded = password.map(percent);
            let set = whole.set_username(&percent(user));
            let set = set.and_then(|()| whole.set_password(encoded.as_deref()));
            set.map_err(|()| "url: has no place for a user")?;
            secrets.extend(password.map(ToOwned::to_owned));
        }
        secrets.extend(whole.password().map(ToOwned::to_owned));
        secrets.retain(|secret| !secret.is_empty());
        Ok(Self { whole, secrets })
    }

    /// Whether there is an account to show to the camera.
    pub(super) fn has_user(&self) -> bool {
        !self.whole.username().is_empty()
    }

    /// Host and port, for people.
    pub(super) fn host(&self) -> String {
        let host = self.whole.host_str().unwrap_or_default();
        match self.whole.port() {
            Some(port) => format!("{host}:{port}"),
            None => host.to_owned(),
        }
    }

    /// The path, for people.
    pub(super) fn path(&self) -> String {
        let shown = without_password(self.whole.as_str());
        Url::parse(&shown).map(|url| url.path().to_owned()).unwrap_or_default()
    }

    /// What ffmpeg reads from its standard input: the address, and how to fetch it. ffmpeg itself gives up when no byte
    /// comes for `frozen_after`.
    pub(super) fn script(&self, frozen_after: Duration) -> String {
        let mut script = String::from("ffconcat version 1.0\n");
        // Within quotes only the quote itself means something; a URL holds no line ends.
        let quoted = self.whole.as_str().replace('\'', r"'\''");
        let _ = writeln!(script, "file '{quoted}'");
        script.push_str("option rtsp_transport tcp\n");
        // A short look at the stream: a long one keeps the first seconds back and then hands them over all at once.
        script.push_str("option analyzeduration 500000\noption fpsprobesize 0\n");
        let _ = writeln!(script, "option timeout {}", frozen_after.as_micros());
        script
    }

    /// A text of ffmpeg as it may be logged.
    pub(super) fn scrub(&self, text: &str) -> String {
        let shown = without_password(self.whole.as_str());
        let mut clean = text.replace(self.whole.as_str(), &shown);
        for secret in &self.secrets {
            clean = clean.replace(secret.as_str(), "(password)");
        }
        clean
    }
}

/// A text in which per cent signs are only what encoding puts there; the rest is encoded by the URL itself.
fn percent(text: &str) -> String {
    text.replace('%', "%25")
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use serde_json::json;

    use super::Address;
    use crate::config;

    fn address(url: &str, user: Option<&str>, password: Option<&str>) -> Address {
        let settings: config::Camera = serde_json::from_value(
            json!({"name": "hall", "kind": "rtsp", "url": url, "user": user, "password": password}),
        )
        .unwrap();
        Address::of(&settings).unwrap()
    }

    #[test]
    fn the_account_is_put_into_the_address_and_quoted() {
        let address = address("rtsp://10.0.0.9/it's", Some("op@site"), Some("p%w'd"));
        let script = address.script(Duration::from_secs(15));
        assert!(script.contains(r"file 'rtsp://op%40site:p%25w'\''d@10.0.0.9/it'\''s'"), "{script}");
        assert!(script.contains("option timeout 15000000\n"), "{script}");
        assert!(address.has_user());
    }

    #[test]
    fn nothing_ffmpeg_echoes_gives_the_password_away() {
        for (url, user, password) in [
            ("rtsp://10.0.0.9/a", Some("admin"), Some("s3cret&x")),
            ("rtsp://admin:s3cret@10.0.0.9/a", None, None),
            ("rtsp://admin:old@10.0.0.9/a", Some("admin"), Some("s3cret")),
        ] {
            let address = address(url, user, password);
            let echo = format!("Impossible to open '{}' (s3cret&x, s3cret)", address.whole);
            let clean = address.scrub(&echo);
            assert!(!clean.contains("s3cret@") && !clean.contains("admin:"), "{clean}");
            assert!(!clean.contains(password.unwrap_or("s3cret")), "{clean}");
        }
    }

    #[test]
    fn only_streams_are_opened() {
        for url in
            ["file:///etc/passwd", "http://10.0.0.9/a", "concat:a|b", "rtsp:///a", "10.0.0.9", "rtsp://"]
        {
            let settings: config::Camera =
                serde_json::from_value(json!({"name": "hall", "kind": "rtsp", "url": url})).unwrap();
            assert!(Address::of(&settings).is_err(), "{url}");
            assert!(settings.check().is_err(), "{url}");
        }
    }
}
