//! A file as an answer, whole or the part that was asked for: browsers play videos by parts.

use std::io::SeekFrom;

use axum::body::Body;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use tokio::fs::File;
use tokio::io::{AsyncReadExt as _, AsyncSeekExt as _};
use tokio_util::io::ReaderStream;

use crate::store::welcome_media::Media;

/// What is read at one time, bytes.
const CHUNK: usize = 64 << 10;

/// A part of a file: the first byte and the last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Part {
    first: u64,
    last: u64,
}

/// What was asked for.
#[derive(Debug, PartialEq, Eq)]
enum Wanted {
    Whole,
    Part(Part),
    /// Nothing the file has.
    Beyond,
}

/// The answer with as much of the file as was asked for. A piece never changes, so its id is its version.
pub(super) async fn answer(media: &Media, mut file: File, headers: &HeaderMap) -> Response {
    let tag = format!("\"{}\"", media.id);
    let is_this = |name| headers.get(name).is_some_and(|value| value.as_bytes() == tag.as_bytes());
    if is_this(header::IF_NONE_MATCH) {
        return (StatusCode::NOT_MODIFIED, [(header::ETAG, tag)]).into_response();
    }
    let follows = !headers.contains_key(header::IF_RANGE) || is_this(header::IF_RANGE);
    let asked = headers.get(header::RANGE).filter(|_| follows).and_then(|range| range.to_str().ok());
    let (status, part) = match asked.map_or(Wanted::Whole, |range| wanted(range, media.bytes)) {
        Wanted::Whole => (StatusCode::OK, None),
        Wanted::Part(part) => (StatusCode::PARTIAL_CONTENT, Some(part)),
        Wanted::Beyond => {
            let size = format!("bytes */{}", media.bytes);
            return (StatusCode::RANGE_NOT_SATISFIABLE, [(header::CONTENT_RANGE, size)]).into_response();
        }
    };
    let Part { first, last } = part.unwrap_or(Part { first: 0, last: media.bytes.saturating_sub(1) });
    if file.seek(SeekFrom::Start(first)).await.is_err() {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    }
    let length = (last + 1).saturating_sub(first);
    let body = Body::from_stream(ReaderStream::with_capacity(file.take(length), CHUNK));
    let mut response = (status, body).into_response();
    let range = part.map(|_| (header::CONTENT_RANGE, format!("bytes {first}-{last}/{}", media.bytes)));
    let all = [
        (header::CONTENT_TYPE, media.content_type.clone()),
        (header::CONTENT_LENGTH, length.to_string()),
        (header::ACCEPT_RANGES, "bytes".into()),
        (header::ETAG, tag),
        (header::CACHE_CONTROL, "private, max-age=86400, immutable".into()),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff".into()),
    ];
    for (name, value) in all.into_iter().chain(range) {
        if let Ok(value) = value.parse() {
            response.headers_mut().insert(name, value);
        }
    }
    response
}

/// Reads a `Range`. One that cannot be read, or asks for several parts, is as if it were not there.
fn wanted(range: &str, size: u64) -> Wanted {
    let Some((first, last)) = range.strip_prefix("bytes=").and_then(|range| range.split_once('-')) else {
        return Wanted::Whole;
    };
    let number = |text: &str| text.trim().parse::<u64>().ok();
    let part = match (first.trim(), last.trim()) {
        ("", last) => number(last).map(|length| (size.saturating_sub(length), size)),
        (first, "") => number(first).map(|first| (first, size)),
        (first, last) => number(first).zip(number(last)).map(|(first, last)| (first, last.saturating_add(1))),
    };
    match part {
        None => Wanted::Whole,
        // The end stands before the beginning: no range at all.
        Some((first, end)) if end <= first && end < size => Wanted::Whole,
        Some((first, _)) if first >= size => Wanted::Beyond,
        Some((first, end)) => Wanted::Part(Part { first, last: end.min(size) - 1 }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_cut_to_the_file() {
        let part = |first, last| Wanted::Part(Part { first, last });
        for (range, expected) in [
            ("bytes=0-", part(0, 99)),
            ("bytes=0-0", part(0, 0)),
            ("bytes=10-19", part(10, 19)),
            ("bytes=90-1000", part(90, 99)),
            ("bytes=-1", part(99, 99)),
            ("bytes=-1000", part(0, 99)),
            ("bytes=100-", Wanted::Beyond),
            ("bytes=200-300", Wanted::Beyond),
            ("bytes=-0", Wanted::Beyond),
            ("bytes=20-10", Wanted::Whole),
            ("bytes=0-1,5-6", Wanted::Whole),
            ("bytes=a-b", Wanted::Whole),
            ("bytes=", Wanted::Whole),
            ("bytes=-", Wanted::Whole),
            ("lines=0-1", Wanted::Whole),
            ("bytes=0-18446744073709551615", part(0, 99)),
            ("bytes=18446744073709551615-18446744073709551615", Wanted::Beyond),
        ] {
            assert_eq!(wanted(range, 100), expected, "{range}");
        }
    }
}
