//! Cookies of screens: they hold a secret that scripts cannot read, and travel with requests of this box's own pages alone.

use axum::extract::ConnectInfo;
use axum::http::{HeaderMap, HeaderValue, header};

use super::server::Peer;

/// How long a browser keeps one that is not renewed, seconds: as long as browsers keep any. Every connection renews it.
const KEPT: u32 = 400 * 24 * 3600;

/// The cookie of this name, if it is sent.
pub(super) fn read<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let all = headers.get_all(header::COOKIE).into_iter().filter_map(|value| value.to_str().ok());
    let pairs = all.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.into_iter().find(|(found, _)| *found == name).map(|(_, value)| value)
}

/// A `Set-Cookie` that holds `secret` below `path` for another [`KEPT`] seconds; browsers take it in place of the one they have. It is
/// kept off unencrypted lines when it was asked for on an encrypted one.
pub(super) fn make(
    name: &str,
    secret: &str,
    path: &str,
    headers: &HeaderMap,
    peer: Option<&ConnectInfo<Peer>>,
) -> Option<HeaderValue> {
    let secure = if is_encrypted(headers, peer) { "; Secure" } else { "" };
    let text = format!("{name}={secret}; Path={path}; Max-Age={KEPT}; HttpOnly; SameSite=Strict{secure}");
    let mut value = HeaderValue::try_from(text).ok()?;
    value.set_sensitive(true);
    Some(value)
}

/// Whether the browser asks over an encrypted line: ours, or that of a proxy that speaks TLS for the box, which the page's address
/// or the proxy tells. Browsers leave the address out of what a page fetches from its own box.
fn is_encrypted(headers: &HeaderMap, peer: Option<&ConnectInfo<Peer>>) -> bool {
    let page = headers.get(header::ORIGIN).or_else(|| headers.get(header::REFERER));
    peer.is_some_and(|ConnectInfo(peer)| peer.is_tls)
        || page.is_some_and(|page| page.as_bytes().starts_with(b"https://"))
        || headers.get("x-forwarded-proto").is_some_and(|scheme| scheme.as_bytes() == b"https")
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
        let peer = |is_tls| ConnectInfo(Peer { address: ([127, 0, 0, 1], 1).into(), is_tls });
        let text = |headers: &HeaderMap, peer: &ConnectInfo<Peer>| {
            make("a", "b", "/p", headers, Some(peer)).unwrap().to_str().unwrap().to_owned()
        };
        let (plain, tls) = (peer(false), peer(true));
        let none = text(&HeaderMap::new(), &plain);
        assert!(!none.contains("Secure") && none.contains("HttpOnly; SameSite=Strict"), "{none}");
        assert!(text(&HeaderMap::new(), &tls).ends_with("; Secure"));
        for (name, value, is_secure) in [
            ("origin", "https://box:8886", true),
            ("referer", "https://box:8886/pad", true),
            ("x-forwarded-proto", "https", true),
            ("origin", "http://box:5555", false),
        ] {
            let headers = HeaderMap::from_iter([(name.parse().unwrap(), value.parse().unwrap())]);
            assert_eq!(text(&headers, &plain).ends_with("; Secure"), is_secure, "{name}: {value}");
        }
    }
}
