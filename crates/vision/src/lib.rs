//! What is seen: from pixels to faces, quality, templates and matches.

#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod decision;
pub mod gallery;
pub mod net;
pub mod onnx;
pub mod pack;
pub mod picture;
pub mod template;

pub use decision::{Decision, Policy, Site, ThresholdRule, Thresholds, decide};
pub use gallery::{Gallery, Hit};
pub use picture::{DecodeError, DecodeLimits, Picture, decode};
pub use template::Template;
