//! Addresses and secrets of webhooks as they lie in the database: sealed, each bound to its webhook.

use url::Url;

use crate::app::App;
use crate::db::webhook::Webhook;
use crate::refusal::Refusal;

/// What stands for a part that is not shown.
pub(crate) const HIDDEN: &str = "***";

/// What of a webhook is sealed, each under a name of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    Url,
    Secret,
}

impl Part {
    fn name(self, webhook: &str) -> String {
        let part = match self {
            Self::Url => "url",
            Self::Secret => "secret",
        };
        format!("webhook {webhook} {part}")
    }
}

/// A text as it is kept.
pub(crate) fn close(app: &App, webhook: &str, part: Part, text: &str) -> Result<Vec<u8>, Refusal> {
    let sealed = app.seal.sealer().seal_secret(&part.name(webhook), text.as_bytes());
    sealed.map_err(|error| Refusal::Internal(error.to_string()))
}

/// A text that was kept.
pub(crate) fn open(app: &App, webhook: &str, part: Part, kept: &[u8]) -> Result<String, Refusal> {
    let opened = app.seal.sealer().open_secret(&part.name(webhook), kept);
    let opened = opened.map_err(|error| Refusal::Internal(error.to_string()))?;
    String::from_utf8(opened).map_err(|_| Refusal::Internal("a webhook's secret is not text".to_owned()))
}

/// Where a webhook posts to.
pub(crate) fn url_of(app: &App, webhook: &Webhook) -> Result<Url, Refusal> {
    let text = open(app, &webhook.id, Part::Url, &webhook.settings.url)?;
    Url::parse(&text).map_err(|_| Refusal::Internal("a webhook's url cannot be read".to_owned()))
}

/// The address without what may be a credential: a password and the values of the query.
pub(crate) fn shown(url: &Url) -> String {
    let mut shown = url.clone();
    if shown.password().is_some() {
        let _ = shown.set_password(Some(HIDDEN));
    }
    if url.query().is_some() {
        let names: Vec<String> = url.query_pairs().map(|(name, _)| format!("{name}={HIDDEN}")).collect();
        shown.set_query(Some(&names.join("&")));
    }
    shown.set_fragment(None);
    shown.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_shown_without_credentials() {
        let url = Url::parse("https://me:secret@example.org:8443/hook?token=abc&v=1#x").unwrap();
        let text = shown(&url);
        assert_eq!(text, "https://me:***@example.org:8443/hook?token=***&v=***");
        assert_eq!(shown(&Url::parse("http://127.0.0.1:9/a").unwrap()), "http://127.0.0.1:9/a");
    }
}
