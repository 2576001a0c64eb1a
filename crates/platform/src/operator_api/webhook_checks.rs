//! What webhooks may be asked to do.

use url::Url;

use super::access::Caller;
use super::checks;
use crate::refusal::Refusal;
use crate::webhooks::{Filter, KINDS, keep};

/// Longest address, in bytes.
const URL: usize = 2_000;
/// Most values of one condition.
const VALUES: usize = 1_000;

/// An address that can be posted to.
pub(super) fn url(text: &str) -> Result<Url, Refusal> {
    let text = text.trim();
    let url = Url::parse(text).map_err(|error| Refusal::invalid("url", error.to_string()))?;
    if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none_or(str::is_empty) {
        return Err(Refusal::invalid("url", "must be http://host/… or https://host/…"));
    }
    if text.len() > URL {
        return Err(Refusal::invalid("url", format!("must be at most {URL} bytes")));
    }
    if url.password() == Some(keep::HIDDEN) || url.query_pairs().any(|(_, value)| value == keep::HIDDEN) {
        return Err(Refusal::invalid(
            "url",
            "holds ***, which stands for what is not shown: give the whole address",
        ));
    }
    Ok(url)
}

/// A secret that can be typed and is not guessed.
pub(super) fn secret(text: &str) -> Result<String, Refusal> {
    if !(16..=128).contains(&text.len()) || !text.chars().all(|c| c.is_ascii_graphic()) {
        return Err(Refusal::invalid(
            "secret",
            "must be 16 to 128 printable ASCII characters without blanks",
        ));
    }
    Ok(text.to_owned())
}

/// A filter whose conditions can hold, within the sites of the caller.
pub(super) fn filter(filter: Filter, caller: &Caller) -> Result<Filter, Refusal> {
    if filter.kinds.is_empty() || filter.kinds.iter().any(|kind| !KINDS.contains(&kind.as_str())) {
        return Err(Refusal::invalid("filter.kinds", format!("must be one or more of {}", KINDS.join(", "))));
    }
    for kind in &filter.person_types {
        checks::person_type(*kind)
            .map_err(|_| Refusal::invalid("filter.person_types", "must be numbers from 1 to 5"))?;
    }
    let lists =
        [("filter.boxes", &filter.boxes), ("filter.sites", &filter.sites), ("filter.groups", &filter.groups)];
    for (field, values) in lists {
        if values.len() > VALUES || values.iter().any(|value| value.len() > 256) {
            return Err(Refusal::invalid(field, format!("must be at most {VALUES} short texts")));
        }
    }
    if !is_within(&filter, caller) {
        return Err(Refusal::invalid("filter.sites", "must name sites, all of them among those you may see"));
    }
    Ok(filter)
}

/// Whether a filter lets through only what the caller may see.
pub(super) fn is_within(filter: &Filter, caller: &Caller) -> bool {
    match &caller.sites {
        None => true,
        Some(sites) => !filter.sites.is_empty() && filter.sites.iter().all(|site| sites.contains(site)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_can_be_posted_to() {
        for good in ["http://127.0.0.1:9528/x", "https://user:pass@example.org/?a=b", "http://[::1]:80"] {
            assert!(url(good).is_ok(), "{good}");
        }
        let long = format!("http://a/{}", "x".repeat(2_000));
        for bad in [
            "",
            "example.org",
            "ftp://a/b",
            "http://",
            "file:///etc/passwd",
            "http://u:***@a/",
            "http://a/?t=***",
            &long,
        ] {
            assert!(url(bad).is_err(), "{bad}");
        }
        assert!(
            secret("0123456789abcdef").is_ok()
                && secret("short").is_err()
                && secret("0123456789 abcdef").is_err()
        );
    }
}
