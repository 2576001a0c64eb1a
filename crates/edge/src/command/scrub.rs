//! What may be shown of a message in the log: its beginning, without photos and without tokens.

/// A run of this many base64 characters is taken for a picture or a key.
const RUN: usize = 32;

/// The first `most` bytes as text, long runs of base64 and the values of tokens and passwords left out.
pub(super) fn shown(body: &[u8], most: usize) -> String {
    let start = String::from_utf8_lossy(&body[..body.len().min(most)]);
    let mut out = String::with_capacity(start.len());
    let mut run = String::new();
    for c in start.chars() {
        if c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '_' | '-' | '=' | '.' | '%') {
            run.push(c);
            continue;
        }
        flush(&mut out, &mut run);
        out.push(if c.is_control() { ' ' } else { c });
    }
    flush(&mut out, &mut run);
    out
}

fn flush(out: &mut String, run: &mut String) {
    let secret = ["token=", "password=", "secret="].iter().find_map(|name| {
        let at = run.to_ascii_lowercase().find(name)?;
        Some(at + name.len())
    });
    // After `"token": "` the value is a run of its own.
    let named = ["\"token\": \"", "\"token\":\"", "\"password\": \"", "\"password\":\""];
    if named.iter().any(|name| out.to_ascii_lowercase().ends_with(name)) && !run.is_empty() {
        out.push('…');
    } else if let Some(at) = secret {
        out.push_str(&run[..at]);
        out.push('…');
    } else if run.len() >= RUN && !run.contains("://") && !run.contains('.') {
        out.push_str(&run[..4]);
        out.push('…');
    } else {
        out.push_str(run);
    }
    run.clear();
}

#[cfg(test)]
mod tests {
    use super::shown;

    #[test]
    fn pictures_and_tokens_are_left_out() {
        let photo = format!(
            "{{\"method\":\"fiqa\",\"info\":{{\"image_base64_str\":\"/9j/4AAQ{}\"",
            "a/b+".repeat(100)
        );
        let text = shown(photo.as_bytes(), 200);
        assert!(
            text.starts_with("{\"method\":\"fiqa\"") && text.contains("/9j/…") && !text.contains("a/b+"),
            "{text}"
        );
        let text = shown(b"{\"path\":\"http://h/p?token=abc123&dev_sno=X\",\"token\": \"abc123\"", 200);
        assert!(!text.contains("abc123"), "{text}");
        assert!(text.contains("http://h/p?token="), "{text}");
    }

    #[test]
    fn what_is_no_text_is_shown_as_text() {
        assert_eq!(shown(b"a\nb\0c", 200), "a b c");
        assert_eq!(shown(&[0xff, b'x'], 200), "\u{fffd}x");
        assert_eq!(shown("日本語".as_bytes(), 4).chars().next(), Some('日'));
    }
}
