//! Cookies of screens: they hold a secret that scripts cannot read, and travel with requests of this box's own pages alone.

use axum::http::{HeaderMap, HeaderValue, header};

/// How long a browser keeps one that is not renewed, seconds: as long as browsers keep any.
const KEPT: u32 = 400 * 24 * 3600;

/// The cookie of this name, if it is sent.
pub(super) fn read<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let all = headers.get_all(header::COOKIE).into_iter().filter_map(|value| value.to_str().ok());
    let pairs = all.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.into_iter().find(|(found, _)| *found == name).map(|(_, value)| value)
}

/// A `Set-Cookie` that holds `secret` below `path`. It is kept off unencrypted lines when it was asked for on an encrypted one.
pub(super) fn make(name: &str, secret: &str, path: &str, headers: &HeaderMap) -> Option<HeaderValue> {
    let secure = if is_encrypted(headers) == Some(true) { "; Secure" } else { "" };
    let text = format!("{name}={secret}; Path={path}; Max-Age={KEPT}; HttpOnly; SameSite=Strict{secure}");
    let mut value = HeaderValue::try_from(text).ok()?;
    value.set_sensitive(true);
    Some(value)
}

/// The same for a cookie that is there already; `None` when it is not known how the page came to the browser, so that none is
/// ever made weaker.
pub(super) fn renew(name: &str, secret: &str, path: &str, headers: &HeaderMap) -> Option<HeaderValue> {
    is_encrypted(headers)?;
    make(name, secret, path, headers)
}

/// Whether the page that asks came over an encrypted line, where the browser says so. A proxy in front may speak TLS for the box.
fn is_encrypted(headers: &HeaderMap) -> Option<bool> {
    let page = headers.get(header::ORIGIN).or_else(|| headers.get(header::REFERER))?;
    Some(page.as_bytes().starts_with(b"https://"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cookies_are_found_by_their_whole_name() {
        let mut headers = HeaderMap::new();
        headers.append(header::COOKIE, "a=1; menshen_pad=abc;b=2".parse().unwrap());
        headers.append(header::COOKIE, "c=x=y".parse().unwrap());
        assert_eq!(read(&headers, "menshen_pad"), Some("abc"));
        assert_eq!((read(&headers, "b"), read(&headers, "c")), (Some("2"), Some("x=y")));
        assert_eq!((read(&headers, "pad"), read(&HeaderMap::new(), "a")), (None, None));
    }

    #[test]
    fn what_was_asked_for_on_an_encrypted_line_stays_on_such() {
        let mut headers = HeaderMap::new();
        let text = |headers: &HeaderMap| make("a", "b", "/p", headers).unwrap().to_str().unwrap().to_owned();
        assert!(!text(&headers).contains("Secure") && text(&headers).contains("HttpOnly; SameSite=Strict"));
        headers.insert(header::ORIGIN, "https://box:8886".parse().unwrap());
        assert!(text(&headers).ends_with("; Secure"));
        assert!(renew("a", "b", "/p", &HeaderMap::new()).is_none());
        headers.remove(header::ORIGIN);
        headers.insert(header::REFERER, "https://box:8886/pad".parse().unwrap());
        assert!(renew("a", "b", "/p", &headers).unwrap().to_str().unwrap().ends_with("; Secure"));
    }
}
