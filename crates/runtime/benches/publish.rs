//! The limit the platform's sender is measured against: the same client library with nothing around it.
//!
//! Started by `scripts/bench platform` as `publish URL EXCHANGE BOXES MESSAGES BYTES`: publishes persistent messages in turn to as many
//! queues, at most a thousand unconfirmed at one time, and prints how many were confirmed per second.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    missing_docs,
    reason = "a measuring tool that stops at the first surprise"
)]

use std::time::Instant;

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use lapin::options::{
    BasicPublishOptions, ConfirmSelectOptions, ExchangeDeclareOptions, QueueBindOptions, QueueDeclareOptions,
};
use lapin::types::FieldTable;
use lapin::{BasicProperties, Channel, Connection, ConnectionProperties, ExchangeKind};

/// Unconfirmed at one time, as in the product's session.
const WINDOW: usize = 1000;

fn main() {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with("--")).collect();
    let [url, exchange, boxes, messages, bytes] = words.as_slice() else {
        // `cargo test` and `cargo bench` start every target once; there is nothing to measure without a broker.
        println!("started by scripts/bench platform");
        return;
    };
    let (boxes, messages, bytes) =
        (boxes.parse().unwrap(), messages.parse().unwrap(), bytes.parse().unwrap());
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(publish(url, exchange, boxes, messages, bytes));
}

async fn publish(url: &str, exchange: &str, boxes: usize, messages: usize, bytes: usize) {
    let url = format!("{url}?heartbeat=30&frame_max=131072");
    let connection = Connection::connect(&url, ConnectionProperties::default()).await.unwrap();
    let channel = connection.create_channel().await.unwrap();
    channel.confirm_select(ConfirmSelectOptions::default()).await.unwrap();
    let keys = declare(&channel, exchange, boxes).await;
    let payload = vec![b'x'; bytes];
    let properties = BasicProperties::default().with_delivery_mode(2);
    let (begin, mut pending) = (Instant::now(), FuturesUnordered::new());
    for key in keys.iter().cycle().take(messages) {
        if pending.len() >= WINDOW {
            pending.next().await;
        }
        let options = BasicPublishOptions { mandatory: true, ..BasicPublishOptions::default() };
        let confirm = channel
            .basic_publish(exchange.into(), key.as_str().into(), options, &payload, properties.clone())
            .await;
        pending.push(async { confirm.unwrap().await.unwrap() });
    }
    while pending.next().await.is_some() {}
    println!("{:.0}", messages as f64 / begin.elapsed().as_secs_f64());
}

async fn declare(channel: &Channel, exchange: &str, boxes: usize) -> Vec<String> {
    let durable = ExchangeDeclareOptions { durable: true, ..ExchangeDeclareOptions::default() };
    channel
        .exchange_declare(exchange.into(), ExchangeKind::Topic, durable, FieldTable::default())
        .await
        .unwrap();
    let keys: Vec<String> = (0..boxes).map(|at| format!("{exchange}.box.{at}")).collect();
    for key in &keys {
        let durable = QueueDeclareOptions { durable: true, ..QueueDeclareOptions::default() };
        channel.queue_declare(key.as_str().into(), durable, FieldTable::default()).await.unwrap();
        let (queue, routing) = (key.as_str().into(), key.as_str().into());
        channel
            .queue_bind(queue, exchange.into(), routing, QueueBindOptions::default(), FieldTable::default())
            .await
            .unwrap();
    }
    keys
}
