//! What is seen: from pixels to faces, quality, templates and matches.
//!
//! * `picture` decodes what comes from outside, within limits; everything after it sees upright RGB.
//! * `engine` opens the model pack in use (`pack`, `net`) and finds (`detect`), measures (`quality`), aligns (`align`) and recognises faces;
//!   `judge` is what enrolment and the `fiqa` command ask.
//! * `gallery` finds the most similar enrolled templates, `decision` says whether that is a name.
//!
//! No network, no database, no clock.

#![cfg_attr(test, allow(clippy::unwrap_used))]

mod align;
pub mod decision;
mod detect;
pub mod engine;
pub mod face;
pub mod gallery;
mod habit;
pub mod judge;
pub mod liveness;
pub mod net;
pub mod onnx;
pub mod pack;
mod parts;
pub mod picture;
pub mod quality;
pub mod template;

pub use decision::{Decision, Policy, Site, ThresholdRule, Thresholds, decide};
pub use engine::{Engine, EngineError};
pub use face::{Attributes, Face, Seen};
pub use gallery::{Gallery, Hit};
pub use habit::Habit;
pub use judge::{Judged, Refused};
pub use liveness::Liveness;
pub use picture::{DecodeError, DecodeLimits, Picture, PictureError, decode};
pub use quality::Gate;
pub use template::{Template, TemplateError};
