//! The front door: the real binary as child processes, a real RabbitMQ, real HTTP, photos dropped at a camera.
#![allow(clippy::unwrap_used, clippy::print_stdout, missing_docs)]

mod accounts;
mod bad_input;
mod disk;
mod doctor;
mod fiqa;
mod foreign;
mod how_to;
mod import_disk;
mod inlets;
mod logs;
mod main_job;
mod pairing;
mod proxied;
mod replicas;
mod restarts;
mod streams;
mod world;
