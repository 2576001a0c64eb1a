//! A small tree of XML elements with limits on depth and number, for descriptions of networks.

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use super::ConvertError;

/// No description of a network is larger.
const MAX_BYTES: usize = 4 << 20;
/// No element lies deeper.
const MAX_DEPTH: usize = 16;
/// No description has more elements.
const MAX_ELEMENTS: usize = 200_000;

/// No element has more attributes.
const MAX_ATTRIBUTES: usize = 64;

/// An element with everything inside of it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Element {
    pub(crate) name: String,
    attributes: Vec<(String, String)>,
    /// The text directly inside.
    pub(crate) text: String,
    pub(crate) children: Vec<Element>,
}

impl Element {
    /// Reads a document and returns its root.
    ///
    /// # Errors
    /// It is not well-formed, or larger than any description of a network.
    pub(crate) fn read(document: &[u8]) -> Result<Self, ConvertError> {
        if document.len() > MAX_BYTES {
            return Err(ConvertError::new("the description of the network is too large"));
        }
        let document = std::str::from_utf8(document).map_err(not_xml)?;
        let mut reader = Reader::from_str(document);
        let (mut open, mut elements) = (Vec::<Self>::new(), 0);
        loop {
            let event = reader.read_event().map_err(not_xml)?;
            let finished = match event {
                Event::Start(start) => {
                    open.push(Self::of(&start)?);
                    None
                }
                Event::Empty(start) => Some(Self::of(&start)?),
                Event::End(_) => open.pop(),
                Event::Text(text) => {
                    if let Some(element) = open.last_mut() {
                        element.text.push_str(text.trim());
                    }
                    None
                }
                Event::Eof => return Err(ConvertError::new("the description of the network breaks off")),
                _ => None,
            };
            elements += usize::from(finished.is_some());
            if open.len() > MAX_DEPTH || elements > MAX_ELEMENTS {
                return Err(ConvertError::new(
                    "the description of the network is too deep or has too many elements",
                ));
            }
            if let Some(element) = finished {
                match open.last_mut() {
                    Some(parent) => parent.children.push(element),
                    None => return Ok(element),
                }
            }
        }
    }

    pub(crate) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }

    pub(crate) fn child(&self, name: &str) -> Option<&Self> {
        self.children.iter().find(|c| c.name == name)
    }

    fn of(start: &BytesStart<'_>) -> Result<Self, ConvertError> {
        let mut element = Self { name: start.name().as_ref().to_owned(), ..Self::default() };
        for attribute in start.attributes() {
            if element.attributes.len() == MAX_ATTRIBUTES {
                return Err(ConvertError::new("an element of the description has too many attributes"));
            }
            let attribute = attribute.map_err(not_xml)?;
            element.attributes.push((attribute.key.as_ref().to_owned(), attribute.value.into_owned()));
        }
        Ok(element)
    }
}

fn not_xml(error: impl std::fmt::Display) -> ConvertError {
    ConvertError::new(format!("the description of the network is not XML: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_nest_with_their_attributes_and_text() {
        let root = Element::read(br#"<?xml version="1.0"?><a x="1"><!-- c --><b> 12 </b><b y="&lt;"/></a>"#)
            .unwrap();
        assert_eq!((root.name.as_str(), root.attribute("x"), root.children.len()), ("a", Some("1"), 2));
        assert_eq!(root.child("b").unwrap().text, "12");
    }

    #[test]
    fn what_is_too_deep_too_large_or_broken_is_refused() {
        let refused = |document: &str| Element::read(document.as_bytes()).unwrap_err().to_string();
        assert!(refused(&"<a>".repeat(17)).contains("too deep"));
        assert!(refused(&" ".repeat(MAX_BYTES + 1)).contains("too large"));
        assert!(
            refused(&format!("<a {}/>", (0..100).map(|i| format!("a{i}='' ")).collect::<String>()))
                .contains("attributes")
        );
        assert!(
            refused(&format!("<a>{}</a>", "<b/>".repeat(MAX_ELEMENTS + 1))).contains("too many elements")
        );
        assert!(refused("<a></b>").contains("not XML"));
        assert!(refused("<a>").contains("breaks off"));
        assert!(Element::read(&[0xff, 0xfe]).is_err());
    }
}
