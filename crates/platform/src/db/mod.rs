//! The only SQL of the platform: the engine, the schema, and one file of query functions per noun.

mod engine;
mod migrate;

pub(crate) use engine::{Db, DbError, Row, Tx, Val, vals};
