//! The bounds of everything this crate reads; callers bound the bytes they collect with the same numbers.
//!
//! Nesting is bounded by the JSON reader at [`MAX_DEPTH`]; the number of values in one body by [`MAX_VALUES`], so that a small
//! body cannot unfold into a large tree; every list by [`MAX_LIST`] or by its own limit below.

/// Deepest nesting of lists and objects that is read (the limit built into the JSON reader).
pub const MAX_DEPTH: usize = 128;

/// Most JSON values (texts, numbers, lists, objects, keys not counted) read from one body.
pub const MAX_VALUES: usize = 500_000;

/// Most elements of any list that has no limit of its own.
pub const MAX_LIST: usize = 50_000;

/// Most people in one command or one user-detail request or reply: the documented size of a box's whole library.
pub const MAX_USERS: usize = 50_000;

/// Most events in one history upload as the protocol documents it; a sender never sends more.
pub const MAX_BATCH: usize = 100;

/// Most events read from one upload. Larger than [`MAX_BATCH`] because a sender that exceeds the documented figure somewhat
/// would otherwise repeat the same upload for ever.
pub const MAX_BATCH_READ: usize = 1_000;

/// A sensible bound for the body of a command, a result, a login or a status report that carries no pictures, in bytes.
pub const MAX_LIGHT_BODY: usize = 4 * 1024 * 1024;

/// A sensible bound for a body that carries pictures (events, inline people, user details, fiqa), in bytes.
pub const MAX_HEAVY_BODY: usize = 64 * 1024 * 1024;
