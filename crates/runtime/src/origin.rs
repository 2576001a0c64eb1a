//! Where a browser's request comes from: a page of another origin cannot change anything, whatever cookies its visitor has.
//!
//! Browsers say so in `Sec-Fetch-Site` (over TLS) and in `Origin`; programs say neither and are let through, as nobody can
//! make them send what they do not hold.

use url::Url;

/// What a request says about where it comes from.
#[derive(Clone, Copy, Debug, Default)]
pub struct Whence<'a> {
    /// The header `Sec-Fetch-Site`.
    pub site: Option<&'a str>,
    /// The header `Origin`.
    pub origin: Option<&'a str>,
    /// The header `Host`: as whom we were asked.
    pub host: Option<&'a str>,
}

impl Whence<'_> {
    /// Whether a page of another origin asks; `public` is a further address of ours.
    #[must_use]
    pub fn is_foreign(self, public: Option<&Url>) -> bool {
        match self.site {
            Some("same-origin" | "none") => return false,
            Some(_) => return true,
            None => {}
        }
        let Some(origin) = self.origin else { return false };
        let asked = self.host.unwrap_or("");
        let is_ours = Url::parse(origin).is_ok_and(|origin| {
            public.is_some_and(|public| origin.origin() == public.origin())
                || Url::parse(&format!("{}://{asked}/", origin.scheme()))
                    .is_ok_and(|ours| ours.origin() == origin.origin())
        });
        !is_ours
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_of_other_origins_are_told_from_our_own() {
        let public = Url::parse("https://gate.example/").unwrap();
        let is_foreign =
            |site, origin| Whence { site, origin, host: Some("10.0.0.7:8080") }.is_foreign(Some(&public));
        assert!(!is_foreign(None, None), "a program");
        for ours in ["http://10.0.0.7:8080", "https://gate.example"] {
            assert!(!is_foreign(None, Some(ours)), "{ours}");
        }
        assert!(!is_foreign(Some("same-origin"), Some("https://evil.example")), "the browser knows better");
        for other in
            ["http://10.0.0.7", "http://10.0.0.7:8081", "https://evil.example", "null", "", "gate.example"]
        {
            assert!(is_foreign(None, Some(other)), "{other}");
        }
        for site in ["cross-site", "same-site", "?"] {
            assert!(is_foreign(Some(site), None), "{site}");
        }
        assert!(Whence { origin: Some("http://a"), ..Whence::default() }.is_foreign(None));
    }
}
