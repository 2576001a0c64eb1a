//! A page of another origin changes nothing here ([`runtime::origin`]). A request with an `Authorization` header needs no check:
//! no page of another origin can add one.

use axum::http::{HeaderMap, Method, header};
use runtime::origin::Whence;
use url::Url;

use super::identify::bearer;
use crate::refusal::Refusal;

/// Refuses a changing request that a page of another origin made.
pub(super) fn check(method: &Method, headers: &HeaderMap, public: Option<&Url>) -> Result<(), Refusal> {
    if method.is_safe() || bearer(headers).is_some() {
        return Ok(());
    }
    let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
    let (origin, host) = (text(header::ORIGIN.as_str()), text(header::HOST.as_str()));
    let whence = Whence { site: text("sec-fetch-site"), origin, host };
    if whence.is_foreign(public) { Err(Refusal::CrossOrigin) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_let_in(method: &Method, lines: &[(&'static str, &str)]) -> bool {
        let headers = lines
            .iter()
            .map(|(name, value)| (header::HeaderName::from_static(name), value.parse().unwrap()))
            .collect();
        check(method, &headers, Some(&Url::parse("https://gate.example/").unwrap())).is_ok()
    }

    #[test]
    fn pages_of_other_origins_change_nothing() {
        let host = ("host", "10.0.0.7:8080");
        assert!(is_let_in(&Method::POST, &[host]));
        assert!(is_let_in(&Method::POST, &[host, ("origin", "http://10.0.0.7:8080")]));
        assert!(is_let_in(&Method::POST, &[host, ("origin", "https://gate.example")]));
        assert!(is_let_in(&Method::POST, &[host, ("sec-fetch-site", "same-origin")]));
        assert!(is_let_in(&Method::GET, &[host, ("sec-fetch-site", "cross-site")]));
        let bearer = ("authorization", "Bearer x");
        assert!(is_let_in(&Method::POST, &[host, bearer, ("origin", "https://evil.example")]));
        for other in
            ["http://10.0.0.7", "http://10.0.0.7:8081", "https://evil.example", "null", "", "gate.example"]
        {
            assert!(!is_let_in(&Method::DELETE, &[host, ("origin", other)]), "{other}");
        }
        for site in ["cross-site", "same-site", "?"] {
            assert!(!is_let_in(&Method::PUT, &[host, ("sec-fetch-site", site)]), "{site}");
        }
    }
}
