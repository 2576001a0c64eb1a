//! What must exist at the broker before work begins; declared again on every connection, so a broker that
//! comes back empty is set up again, and whenever the publishing channel has failed, so an exchange that was deleted comes back.

use std::time::Duration;

use lapin::options::{ExchangeDeclareOptions, QueueBindOptions, QueueDeclareOptions};
use lapin::types::{AMQPValue, FieldArray, FieldTable, LongString};
use lapin::{Channel, Connection, ExchangeKind};

use super::reason::{Refused, plain};

/// No single declaration takes longer than this.
const STEP: Duration = Duration::from_secs(10);

/// One thing to declare. Everything is declared in the order given, on one channel.
#[derive(Clone, Debug, PartialEq)]
pub enum Declare {
    /// An exchange.
    Exchange {
        /// Its name.
        name: String,
        /// `direct`, `topic`, `fanout`, `headers` or a plugin's.
        kind: String,
        /// Survives a restart of the broker.
        durable: bool,
        /// Vanishes with its last binding.
        auto_delete: bool,
        /// Only check that it exists.
        passive: bool,
        /// Further arguments, a JSON object; `Null` when there are none.
        arguments: serde_json::Value,
    },
    /// A queue, never exclusive, never auto-deleted.
    Queue {
        /// Its name.
        name: String,
        /// Survives a restart of the broker.
        durable: bool,
        /// A replicated quorum queue; otherwise a classic one.
        quorum: bool,
        /// Ask first whether it exists and leave it as it is; declare it only when it does not.
        passive_first: bool,
    },
    /// A durable classic queue for a receiver that may stay away: it cannot grow without bound.
    BoundedQueue {
        /// Its name.
        name: String,
        /// Messages older than this are dropped.
        max_age: Duration,
        /// Beyond this many messages the oldest are dropped.
        max_messages: u32,
    },
    /// A binding of a queue to an exchange.
    Bind {
        /// The queue.
        queue: String,
        /// The exchange.
        exchange: String,
        /// The routing key, or pattern.
        routing_key: String,
    },
}

impl Declare {
    /// A durable topic exchange of our own.
    pub fn topic(name: impl Into<String>) -> Self {
        Self::Exchange {
            name: name.into(),
            kind: "topic".to_owned(),
            durable: true,
            auto_delete: false,
            passive: false,
            arguments: serde_json::Value::Null,
        }
    }

    /// A durable queue of our own.
    pub fn queue(name: impl Into<String>, quorum: bool) -> Self {
        Self::Queue { name: name.into(), durable: true, quorum, passive_first: false }
    }

    /// A queue that belongs to somebody else and may not exist yet.
    pub fn foreign_queue(name: impl Into<String>) -> Self {
        Self::Queue { name: name.into(), durable: true, quorum: false, passive_first: true }
    }

    /// A durable queue of our own whose messages expire.
    pub fn bounded_queue(name: impl Into<String>, max_age: Duration, max_messages: u32) -> Self {
        Self::BoundedQueue { name: name.into(), max_age, max_messages }
    }

    /// A binding.
    pub fn bind(
        queue: impl Into<String>,
        exchange: impl Into<String>,
        routing_key: impl Into<String>,
    ) -> Self {
        Self::Bind { queue: queue.into(), exchange: exchange.into(), routing_key: routing_key.into() }
    }

    fn what(&self) -> String {
        match self {
            Self::Exchange { name, .. } => format!("exchange {name:?}"),
            Self::Queue { name, .. } | Self::BoundedQueue { name, .. } => format!("queue {name:?}"),
            Self::Bind { queue, exchange, .. } => {
                format!("binding of queue {queue:?} to exchange {exchange:?}")
            }
        }
    }
}

/// Applies all of it.
pub(super) async fn declare_all(connection: &Connection, wanted: &[Declare]) -> Result<(), Refused> {
    let mut channel = open(connection).await?;
    for declare in wanted {
        let passive_first = matches!(declare, Declare::Queue { passive_first: true, .. });
        if passive_first {
            match step(declare, apply(&channel, declare, true)).await {
                Ok(()) => continue,
                // The broker closes the channel with its "not found".
                Err(Refused::NotFound(_)) => channel = open(connection).await?,
                Err(other) => return Err(other),
            }
        }
        step(declare, apply(&channel, declare, false)).await?;
    }
    // The channel closes when it is dropped.
    Ok(())
}

/// Applies all of it on a channel of its own. `passive_first` is not honoured: the channel would not survive a "not found".
pub(super) async fn declare_on(channel: &Channel, wanted: &[Declare]) -> Result<(), Refused> {
    for declare in wanted {
        step(declare, apply(channel, declare, false)).await?;
    }
    Ok(())
}

/// How many messages of a queue wait for a consumer. The channel does not survive a queue that does not exist.
pub(super) async fn depth(channel: &Channel, queue: &str) -> Result<u32, Refused> {
    let options = QueueDeclareOptions { passive: true, ..QueueDeclareOptions::default() };
    let looking = channel.queue_declare(queue.into(), options, FieldTable::default());
    let what = format!("looking at queue {queue:?}");
    match tokio::time::timeout(STEP, looking).await {
        Ok(found) => found.map(|queue| queue.message_count()).map_err(|error| plain(&what, &error)),
        Err(_) => Err(Refused::Silent(what)),
    }
}

pub(super) async fn open(connection: &Connection) -> Result<Channel, Refused> {
    match tokio::time::timeout(STEP, connection.create_channel()).await {
        Ok(opened) => opened.map_err(|error| plain("opening a channel", &error)),
        Err(_) => Err(Refused::Silent("opening a channel".to_owned())),
    }
}

async fn step(declare: &Declare, work: impl Future<Output = lapin::Result<()>>) -> Result<(), Refused> {
    match tokio::time::timeout(STEP, work).await {
        Ok(done) => done.map_err(|error| plain(&declare.what(), &error)),
        Err(_) => Err(Refused::Silent(declare.what())),
    }
}

async fn apply(channel: &Channel, declare: &Declare, only_look: bool) -> lapin::Result<()> {
    match declare {
        Declare::Exchange { name, kind, durable, auto_delete, passive, arguments } => {
            let options = ExchangeDeclareOptions {
                passive: *passive,
                durable: *durable,
                auto_delete: *auto_delete,
                internal: false,
                nowait: false,
            };
            channel.exchange_declare(name.as_str().into(), kind_of(kind), options, table(arguments)).await
        }
        Declare::Queue { name, durable, quorum, .. } => {
            let options = QueueDeclareOptions {
                passive: only_look,
                durable: *durable,
                exclusive: false,
                auto_delete: false,
                nowait: false,
            };
            let mut arguments = FieldTable::default();
            if *quorum {
                arguments.insert("x-queue-type".into(), AMQPValue::LongString(LongString::from("quorum")));
            }
            channel.queue_declare(name.as_str().into(), options, arguments).await.map(|_| ())
        }
        Declare::BoundedQueue { name, max_age, max_messages } => {
            let options = QueueDeclareOptions { durable: true, ..QueueDeclareOptions::default() };
            let age = i64::try_from(max_age.as_millis()).unwrap_or(i64::MAX);
            let mut arguments = FieldTable::default();
            arguments.insert("x-queue-type".into(), AMQPValue::LongString(LongString::from("classic")));
            arguments.insert("x-message-ttl".into(), AMQPValue::LongLongInt(age));
            arguments.insert("x-max-length".into(), AMQPValue::LongLongInt(i64::from(*max_messages)));
            channel.queue_declare(name.as_str().into(), options, arguments).await.map(|_| ())
        }
        Declare::Bind { queue, exchange, routing_key } => {
            channel
                .queue_bind(
                    queue.as_str().into(),
                    exchange.as_str().into(),
                    routing_key.as_str().into(),
                    QueueBindOptions::default(),
                    FieldTable::default(),
                )
                .await
        }
    }
}

fn kind_of(kind: &str) -> ExchangeKind {
    match kind {
        "direct" => ExchangeKind::Direct,
        "topic" => ExchangeKind::Topic,
        "fanout" => ExchangeKind::Fanout,
        "headers" => ExchangeKind::Headers,
        other => ExchangeKind::Custom(other.to_owned()),
    }
}

fn table(arguments: &serde_json::Value) -> FieldTable {
    let mut table = FieldTable::default();
    if let serde_json::Value::Object(entries) = arguments {
        for (key, value) in entries {
            table.insert(key.as_str().into(), field(value));
        }
    }
    table
}

fn field(value: &serde_json::Value) -> AMQPValue {
    use serde_json::Value;
    match value {
        Value::Null => AMQPValue::Void,
        Value::Bool(flag) => AMQPValue::Boolean(*flag),
        Value::Number(number) => match number.as_i64() {
            Some(whole) => AMQPValue::LongLongInt(whole),
            None => AMQPValue::Double(number.as_f64().unwrap_or_default()),
        },
        Value::String(text) => AMQPValue::LongString(LongString::from(text.as_str())),
        Value::Array(items) => {
            AMQPValue::FieldArray(FieldArray::from(items.iter().map(field).collect::<Vec<_>>()))
        }
        Value::Object(_) => AMQPValue::FieldTable(table(value)),
    }
}
