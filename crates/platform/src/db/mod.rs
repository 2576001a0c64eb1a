//! The only SQL of the platform: the engine, the schema, and one file of query functions per noun.

pub(crate) mod answer;
#[allow(dead_code)]
pub(crate) mod audit;
pub(crate) mod box_intake;
pub(crate) mod boxes;
pub(crate) mod broker_account;
pub(crate) mod camera;
pub(crate) mod command;
pub(crate) mod command_list;
pub(crate) mod desired;
pub(crate) mod device;
mod engine;
pub(crate) mod erasure;
pub(crate) mod event;
pub(crate) mod event_filter;
pub(crate) mod event_list;
pub(crate) mod event_template;
pub(crate) mod feed;
pub(crate) mod group;
pub(crate) mod heartbeat;
pub(crate) mod held;
#[allow(dead_code)]
pub(crate) mod lease;
pub(crate) mod migrate;
pub(crate) mod operator;
pub(crate) mod pairing;
pub(crate) mod person;
pub(crate) mod raw_command;
pub(crate) mod recompute;
pub(crate) mod retention;
pub(crate) mod seal;
mod site_filter;
pub(crate) mod stats;
pub(crate) mod token;
pub(crate) mod traces;
pub(crate) mod wanted;

pub(crate) use engine::{Db, DbError, Row, Tx, Val, vals};
