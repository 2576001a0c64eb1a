//! Texts of strangers, made harmless: no control characters, no great length; and XML that cannot nest without end.

/// Characters of a text that are kept.
const LONGEST: usize = 120;
/// How deep XML may nest; ONVIF's answers stay below twenty.
const DEEPEST: usize = 64;

/// A text as people may be shown it.
pub(super) fn plain(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(LONGEST).collect::<String>().trim().to_owned()
}

/// A part of a URL with its per cent signs decoded.
pub(super) fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, more @ ..] = rest {
        let code = more.get(..2).filter(|_| *first == b'%').and_then(|hex| std::str::from_utf8(hex).ok());
        if let Some(byte) = code.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            bytes.push(byte);
            rest = &more[2..];
        } else {
            bytes.push(*first);
            rest = more;
        }
    }
    plain(&String::from_utf8_lossy(&bytes))
}

/// Whether XML nests too deeply to be taken apart: the tree it becomes is let go of level by level on the stack.
pub(super) fn is_too_deep(xml: &str) -> bool {
    let mut depth = 0_usize;
    for (at, _) in xml.match_indices('<') {
        match xml.as_bytes().get(at + 1) {
            Some(b'/') => depth = depth.saturating_sub(1),
            Some(b'?' | b'!') | None => {}
            // An element without content counts as open: the bound is an upper one.
            Some(_) if !closes_itself(&xml[at + 1..]) => depth += 1,
            Some(_) => {}
        }
        if depth > DEEPEST {
            return true;
        }
    }
    false
}

fn closes_itself(tag: &str) -> bool {
    let end = tag.find(['>', '<']).filter(|end| tag[*end..].starts_with('>'));
    end.is_some_and(|end| tag[..end].ends_with('/'))
}

#[cfg(test)]
mod tests {
    use super::{decoded, is_too_deep, plain};

    #[test]
    fn texts_are_short_and_plain() {
        assert_eq!(plain(" a\u{7}b\n "), "ab");
        assert_eq!(plain(&"x".repeat(5000)).len(), 120);
        assert_eq!(decoded("Front%20Door%2"), "Front Door%2");
        assert_eq!(decoded("%E5%A4%A7%E9%97%A8%zz"), "大门%zz");
    }

    #[test]
    fn depth_is_bounded_and_width_is_not() {
        assert!(!is_too_deep(&"<a><b/><c>1</c></a>".repeat(1000)));
        assert!(is_too_deep(&"<a>".repeat(65)));
        assert!(!is_too_deep("<?xml version=\"1.0\"?><!-- c --><a x=\"/\"></a>"));
    }
}
