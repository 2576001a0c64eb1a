//! Text in a configuration may look like a number or a switch, because the environment has no quotes.

use serde::{Deserialize, Deserializer};

/// Text that may look like a number: the environment has no quotes, so `MENSHEN_BOX__DEV_SNO=123` arrives as one.
#[derive(Deserialize)]
#[serde(untagged)]
enum Scalar {
    Text(String),
    Int(i64),
    Float(f64),
    Bool(bool),
}

impl From<Scalar> for String {
    fn from(scalar: Scalar) -> Self {
        match scalar {
            Scalar::Text(text) => text,
            Scalar::Int(n) => n.to_string(),
            Scalar::Float(n) => n.to_string(),
            Scalar::Bool(b) => b.to_string(),
        }
    }
}

/// Blank text is no text: an empty variable in a service file means "not set".
pub(super) fn text<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    let text: Option<String> = Option::<Scalar>::deserialize(from)?.map(Into::into);
    Ok(text.map(|t| t.trim().to_owned()).filter(|t| !t.is_empty()))
}

pub(super) fn required_text<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    Scalar::deserialize(from).map(Into::into)
}

pub(super) fn texts<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<String>, D::Error> {
    Ok(Vec::<Scalar>::deserialize(from)?.into_iter().map(Into::into).collect())
}
