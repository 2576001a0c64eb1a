//! Which file answers which address: files by their name, pages by theirs, every other address that a browser opens by the main
//! page, whose own router shows it. Files under `assets/` have their content in their name and are kept by browsers for ever,
//! everything else is asked for again and mostly found unchanged.

use std::borrow::Cow;
use std::fmt::Write as _;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, Response, StatusCode, header};
use rust_embed::EmbeddedFile;

use crate::{Bundle, missing};

/// Ways to send a file that was compressed when it was built: as browsers name them, and the ending of the file.
const COMPRESSED: [(&str, &str); 2] = [("br", "br"), ("gzip", "gz")];

const KEPT: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
const ASKED_AGAIN: HeaderValue = HeaderValue::from_static("no-cache");

impl Bundle {
    /// The answer to a request for `path`; `None` when it is neither a file nor an address that a browser opens as a page, so
    /// that the server refuses it in its own words.
    #[must_use]
    pub fn answer(&self, method: &Method, path: &str, headers: &HeaderMap) -> Option<Response<Bytes>> {
        if *method != Method::GET && *method != Method::HEAD {
            return None;
        }
        let name = self.file_for(path, headers)?;
        let mut response = match (self.get)(&name) {
            Some(file) => self.send(&name, file, headers),
            None if self.is_there() => return None,
            None => missing::page(),
        };
        if *method == Method::HEAD {
            *response.body_mut() = Bytes::new();
        }
        Some(response)
    }

    /// The name of the file that answers.
    fn file_for<'p>(&self, path: &'p str, headers: &HeaderMap) -> Option<Cow<'p, str>> {
        let name = path.strip_prefix('/')?;
        let last = name.rsplit('/').next().unwrap_or_default();
        if last.contains('.') {
            return Some(Cow::Borrowed(name));
        }
        let page = format!("{name}.html");
        if !name.is_empty() && (self.get)(&page).is_some() {
            return Some(Cow::Owned(page));
        }
        (name.is_empty() || opens_a_page(headers)).then_some(Cow::Borrowed(self.main))
    }

    fn send(&self, name: &str, file: EmbeddedFile, headers: &HeaderMap) -> Response<Bytes> {
        let tag = tag_of(&file);
        let is_asset = name.starts_with("assets/");
        let mut response = Response::new(Bytes::new());
        let said = response.headers_mut();
        said.insert(header::CACHE_CONTROL, if is_asset { KEPT } else { ASKED_AGAIN });
        said.insert(header::VARY, HeaderValue::from_static("Accept-Encoding"));
        if let Ok(tag) = HeaderValue::from_str(&tag) {
            said.insert(header::ETAG, tag);
        }
        if text(headers, &header::IF_NONE_MATCH).split(',').any(|known| known.trim() == tag) {
            *response.status_mut() = StatusCode::NOT_MODIFIED;
            return response;
        }
        said.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind_of(name)));
        let (encoding, data) = self.smallest(name, file, headers);
        if let Some(encoding) = encoding {
            said.insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding));
        }
        *response.body_mut() = data;
        response
    }

    /// The file in the smallest form that the browser takes and the build made.
    fn smallest(&self, name: &str, file: EmbeddedFile, headers: &HeaderMap) -> (Option<&'static str>, Bytes) {
        let taken = text(headers, &header::ACCEPT_ENCODING);
        for (encoding, ending) in COMPRESSED {
            if takes(taken, encoding)
                && let Some(small) = (self.get)(&format!("{name}.{ending}"))
            {
                return (Some(encoding), bytes_of(small));
            }
        }
        (None, bytes_of(file))
    }
}

/// Whether a browser wants to show what it gets, rather than a program to read it.
fn opens_a_page(headers: &HeaderMap) -> bool {
    text(headers, &header::ACCEPT).contains("text/html")
}

/// Whether `Accept-Encoding` names `encoding` and does not refuse it (`q=0`).
fn takes(accepted: &str, encoding: &str) -> bool {
    accepted.split(',').any(|part| {
        let (name, quality) = part.split_once(';').unwrap_or((part, ""));
        let refused = quality.trim().strip_prefix("q=").is_some_and(|q| q.parse() == Ok(0.0_f32));
        name.trim().eq_ignore_ascii_case(encoding) && !refused
    })
}

fn text<'h>(headers: &'h HeaderMap, name: &header::HeaderName) -> &'h str {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

/// A weak tag: the same for every compressed form.
fn tag_of(file: &EmbeddedFile) -> String {
    let mut tag = String::from("W/\"");
    for byte in &file.metadata.sha256_hash()[..12] {
        let _ = write!(tag, "{byte:02x}");
    }
    tag.push('"');
    tag
}

fn bytes_of(file: EmbeddedFile) -> Bytes {
    match file.data {
        Cow::Borrowed(data) => Bytes::from_static(data),
        Cow::Owned(data) => Bytes::from(data),
    }
}

/// The type of content, by the ending of the name: the kinds that the build makes.
fn kind_of(name: &str) -> &'static str {
    match name.rsplit('.').next().unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "svg" => "image/svg+xml",
        "json" => "application/json",
        "webmanifest" => "application/manifest+json",
        "png" => "image/png",
        "jpg" => "image/jpeg",
        "webp" => "image/webp",
        "woff2" => "font/woff2",
        "mp3" => "audio/mpeg",
        "wasm" => "application/wasm",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn get(name: &str) -> Option<EmbeddedFile> {
        let data: &'static [u8] = match name {
            "main.html" => b"<main>",
            "live.html" => b"<live>",
            "assets/a-1.js" => b"script",
            "assets/a-1.js.gz" => b"zipped",
            _ => return None,
        };
        let metadata = rust_embed::Metadata::__rust_embed_new([data.len() as u8; 32], None, None);
        Some(EmbeddedFile { data: Cow::Borrowed(data), metadata })
    }

    const BUNDLE: Bundle = Bundle { get, main: "main.html" };

    fn ask(path: &str, lines: &[(header::HeaderName, &'static str)]) -> Option<Response<Bytes>> {
        let headers =
            lines.iter().map(|(name, value)| (name.clone(), HeaderValue::from_static(value))).collect();
        BUNDLE.answer(&Method::GET, path, &headers)
    }

    fn body(path: &str, lines: &[(header::HeaderName, &'static str)]) -> Option<Bytes> {
        ask(path, lines).map(Response::into_body)
    }

    const PAGE: (header::HeaderName, &str) = (header::ACCEPT, "text/html,*/*;q=0.8");

    #[test]
    fn addresses_lead_to_pages_and_files() {
        assert_eq!(body("/", &[]).unwrap(), "<main>");
        assert_eq!(body("/live", &[]).unwrap(), "<live>");
        assert_eq!(body("/people/7", &[PAGE]).unwrap(), "<main>");
        assert_eq!(body("/people/7", &[]), None, "a program is refused by the server");
        assert_eq!(body("/assets/a-1.js", &[]).unwrap(), "script");
        assert_eq!(body("/assets/gone.js", &[PAGE]), None);
        assert_eq!(body("/../secret.key", &[PAGE]), None);
        assert!(BUNDLE.answer(&Method::POST, "/", &HeaderMap::new()).is_none());
    }

    #[test]
    fn files_are_compressed_for_who_takes_it_and_kept_by_browsers() {
        let answer = ask("/assets/a-1.js", &[(header::ACCEPT_ENCODING, "deflate, gzip;q=0.5")]).unwrap();
        assert_eq!(answer.headers()[header::CONTENT_ENCODING], "gzip");
        assert_eq!(answer.headers()[header::CACHE_CONTROL], KEPT);
        assert_eq!(answer.body(), "zipped");
        assert_eq!(body("/assets/a-1.js", &[(header::ACCEPT_ENCODING, "gzip;q=0")]).unwrap(), "script");
        let page = ask("/", &[]).unwrap();
        assert_eq!(page.headers()[header::CACHE_CONTROL], ASKED_AGAIN);
        assert_eq!(page.headers()[header::CONTENT_TYPE], "text/html; charset=utf-8");
    }

    #[test]
    fn what_a_browser_has_is_not_sent_again() {
        let again = ask("/", &[(header::IF_NONE_MATCH, "\"x\", W/\"060606060606060606060606\"")]).unwrap();
        assert_eq!((again.status(), again.body().len()), (StatusCode::NOT_MODIFIED, 0));
    }

    #[test]
    fn a_build_without_pages_says_how_to_get_them() {
        let empty = Bundle { get: |_| None, main: "main.html" };
        let answer = empty.answer(&Method::GET, "/", &HeaderMap::new()).unwrap();
        assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert!(String::from_utf8_lossy(answer.body()).contains("scripts/setup"));
    }
}
