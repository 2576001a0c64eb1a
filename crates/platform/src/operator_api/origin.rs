//! Where a browser's request comes from: a page of another origin cannot change anything here, whatever cookies its
//! visitor has.
//!
//! Browsers say so in `Sec-Fetch-Site` (over TLS) and in `Origin`; programs say neither and are let through, as nobody can
//! make them send what they do not hold. A request with an `Authorization` header needs no check: no page of another
//! origin can add one.

use axum::http::{HeaderMap, Method, header};
use url::Url;

use super::identify::bearer;
use crate::refusal::Refusal;

/// Refuses a changing request that a page of another origin made.
pub(super) fn check(method: &Method, headers: &HeaderMap, public: Option<&Url>) -> Result<(), Refusal> {
    let is_safe = method == Method::GET || method == Method::HEAD || method == Method::OPTIONS;
    if is_safe || bearer(headers).is_some() {
        return Ok(());
    }
    let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
    match text("sec-fetch-site") {
        Some("same-origin" | "none") => return Ok(()),
        Some(_) => return Err(Refusal::CrossOrigin),
        None => {}
    }
    let Some(origin) = text(header::ORIGIN.as_str()) else { return Ok(()) };
    let asked = text(header::HOST.as_str()).unwrap_or("");
    let is_ours = Url::parse(origin).is_ok_and(|origin| {
        public.is_some_and(|public| origin.origin() == public.origin())
            || Url::parse(&format!("{}://{asked}/", origin.scheme()))
                .is_ok_and(|ours| ours.origin() == origin.origin())
    });
    if is_ours { Ok(()) } else { Err(Refusal::CrossOrigin) }
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
