//! Model conversion: the published files of other formats become ONNX. Bytes in, bytes out; the same input always gives
//! the same output, and input that is not what it claims to be gives an error, never a panic and never an allocation
//! larger than the input justifies.
//!
//! * `wire` reads and writes protocol buffers, `graph` builds a model with it.
//! * `tfjs` reads TensorFlow.js weights; `face128` and `age_gender` rebuild the two networks published that way.
//! * `openvino` converts an intermediate representation with its weights.
//! * `centerface` opens the fixed input size of a finished ONNX file.

pub mod age_gender;
pub mod centerface;
pub mod face128;
pub(crate) mod graph;
pub mod openvino;
mod tfjs;
mod wire;
mod xml;

/// The file to convert is not what it should be; the text says where and why.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ConvertError(pub(crate) String);

impl ConvertError {
    pub(crate) fn new(what: impl Into<String>) -> Self {
        Self(what.into())
    }
}
