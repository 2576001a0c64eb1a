//! The front door: the whole platform with a real broker, a real database and real HTTP, and boxes that do as they are told
//! by the test.

mod accounts;
mod ages;
mod cameras;
mod chaos;
mod commands;
mod exchange;
mod fleet;
mod flood;
mod garbage;
mod homecoming;
#[cfg(feature = "vision")]
mod imports;
mod login;
mod people;
mod records;
mod replicas;
mod restore;
mod retention;
mod s3;
mod scripted;
mod sealing;
mod takeover;
#[cfg(feature = "vision")]
mod templates;
mod upgrade;
mod validity;
mod world;
