//! The rules for addresses: what is absolute, what a relative address is appended to, where credentials go.
//!
//! Addresses are handled as text, not rebuilt from their parsed parts: a platform gets back exactly the path and query it gave.

use url::Url;
use url::form_urlencoded::byte_serialize;

use crate::ids::DevSno;

/// The first-level address of a login URL: scheme, host and port, without a trailing slash. The path is dropped.
///
/// `http://host:9061/api/login?x=1` gives `http://host:9061`. A missing scheme is taken as `http`.
#[must_use]
pub fn base_of(login_url: &str) -> String {
    let tidy = tidy(login_url);
    let absolute = if is_absolute(&tidy) { tidy } else { format!("http://{}", tidy.trim_start_matches('/')) };
    let start = absolute.find("://").map_or(0, |at| at + 3);
    let end = absolute[start..].find(['/', '?', '#']).map_or(absolute.len(), |at| start + at);
    absolute[..end].to_owned()
}

/// Whether an address is complete in itself: it starts with `http://` or `https://` in any case.
#[must_use]
pub fn is_absolute(address: &str) -> bool {
    let starts =
        |prefix: &str| address.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix));
    starts("http://") || starts("https://")
}

/// The complete form of an address: itself when absolute, else appended to `base` with exactly one slash between them.
#[must_use]
pub fn resolve(base: &str, address: &str) -> String {
    let address = tidy(address);
    if is_absolute(&address) {
        return address;
    }
    format!("{}/{}", tidy(base).trim_end_matches('/'), address.trim_start_matches('/'))
}

/// Splits a list of addresses at ASCII and full-width commas; blanks and empty entries are dropped.
#[must_use]
pub fn split_list(list: &str) -> Vec<String> {
    crate::lenient::words_of(list)
}

/// Appends `token` and `dev_sno` to an address. Its own query is kept; a parameter it already carries is not added again, and an
/// empty first pair (`?&a=b`) is dropped.
#[must_use]
pub fn with_credentials(address: &str, token: &str, dev_sno: &DevSno) -> String {
    let (address, _fragment) = address.split_once('#').unwrap_or((address, ""));
    let (path, query) = address.split_once('?').unwrap_or((address, ""));
    let mut pairs: Vec<String> =
        query.split('&').filter(|pair| !pair.is_empty()).map(str::to_owned).collect();
    for (name, value) in [("token", token), ("dev_sno", dev_sno.as_str())] {
        let given =
            |pair: &String| pair.split_once('=').is_some_and(|(key, value)| key == name && !value.is_empty());
        if !pairs.iter().any(given) {
            pairs.push(format!("{name}={}", byte_serialize(value.as_bytes()).collect::<String>()));
        }
    }
    format!("{path}?{}", pairs.join("&"))
}

/// Whether two addresses have the same scheme, host and port. Addresses that are no URLs share no origin with anything.
#[must_use]
pub fn same_origin(one: &str, other: &str) -> bool {
    match (Url::parse(&tidy(one)), Url::parse(&tidy(other))) {
        (Ok(one), Ok(other)) => one.origin().is_tuple() && one.origin() == other.origin(),
        _ => false,
    }
}

/// Repairs the two slips the protocol's own documents make: `http;//` and a stray colon right after the port.
fn tidy(address: &str) -> String {
    let mut address = address.trim().to_owned();
    for scheme in ["http", "https"] {
        let slip = format!("{scheme};//");
        if address.get(..slip.len()).is_some_and(|start| start.eq_ignore_ascii_case(&slip)) {
            address.replace_range(scheme.len()..=scheme.len(), ":");
        }
    }
    if is_absolute(&address) {
        let start = address.find("://").map_or(0, |at| at + 3);
        let end = address[start..].find(['/', '?', '#']).map_or(address.len(), |at| start + at);
        if address[start..end].ends_with(':') {
            address.remove(end - 1);
        }
    }
    address
}
