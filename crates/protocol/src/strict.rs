//! Strict writing: the few helpers that derived serialisation needs.

use serde::{Serialize, Serializer};

/// The one written form of a message. Types of this crate always serialise: their keys are texts and none of them fails by itself.
pub(crate) fn json<T: Serialize + ?Sized>(message: &T) -> String {
    serde_json::to_string(message).unwrap_or_default()
}

/// Writes a measured number; one that is not finite (which JSON cannot say) is written as 0 so that the field stays a number.
pub(crate) fn finite<S: Serializer>(number: &f64, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(if number.is_finite() { *number } else { 0.0 })
}

/// Writes an address list as the protocol has it: one text, commas without blanks.
pub(crate) fn joined<S: Serializer>(list: &[String], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&list.join(","))
}

/// Writes a time in whole seconds.
pub(crate) fn seconds<S: Serializer>(time: &crate::Millis, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_i64(time.0.div_euclid(1000))
}
