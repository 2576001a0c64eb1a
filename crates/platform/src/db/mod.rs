//! The only SQL of the platform: the engine, the schema, and one file of query functions per noun.

pub(crate) mod answer;
pub(crate) mod command;
pub(crate) mod desired;
pub(crate) mod device;
mod engine;
pub(crate) mod event;
mod migrate;
pub(crate) mod token;
pub(crate) mod wanted;

pub(crate) use engine::{Db, DbError, Row, Tx, Val, vals};
