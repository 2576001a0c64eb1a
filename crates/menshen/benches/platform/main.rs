//! The Rust side of `scripts/bench platform`: loads a server, plays all boxes of a fleet at once, and watches the live stream.
//!
//! Started as one of
//! * `platform load ADDRESS PATH TOKEN CONNECTIONS SECONDS BODY`: posts the text of the file BODY again and again on kept connections,
//!   each request with a time of its own in place of `@TIME@`; prints one JSON object;
//! * `platform boxes BROKER PREFIX NUMBER`: answers every command of the boxes PREFIX000000, … with a success, until standard
//!   input ends; prints how many;
//! * `platform logins ADDRESS PREFIX NUMBER`: the boxes PREFIX000000, … log in at once; prints one JSON object;
//! * `platform viewers ADDRESS TOKEN NUMBER EVENTS`: NUMBER viewers of the live stream, until each has seen EVENTS; prints one
//!   JSON object.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    missing_docs,
    reason = "a measuring tool that stops at the first surprise"
)]

mod boxes;
mod load;
mod logins;
mod viewers;

fn main() {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with("--")).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    match words.as_slice() {
        ["load", address, path, token, connections, seconds, body] => {
            let body = std::fs::read_to_string(body).unwrap();
            let load = load::Load { address, path, token, body: &body };
            let (connections, seconds) = (connections.parse().unwrap(), seconds.parse().unwrap());
            runtime.block_on(load.run(connections, seconds));
        }
        ["boxes", broker, prefix, number] => {
            runtime.block_on(boxes::answer_all(broker, prefix, number.parse().unwrap()));
        }
        ["logins", address, prefix, number] => {
            runtime.block_on(logins::storm(address, prefix, number.parse().unwrap()));
        }
        ["viewers", address, token, number, events] => {
            let (number, events) = (number.parse().unwrap(), events.parse().unwrap());
            runtime.block_on(viewers::watch(address, token, number, events));
        }
        // `cargo test` and `cargo bench` start every target once; there is nothing to measure without a platform.
        _ => println!("started by scripts/bench platform"),
    }
}

/// The value at a share of sorted values.
fn percentile(sorted: &[f64], share: f64) -> f64 {
    let at = ((sorted.len() as f64 - 1.0) * share).round();
    sorted.get(at as usize).copied().unwrap_or(0.0)
}
