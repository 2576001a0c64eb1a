//! A line to a broker, over an AMQP client that nothing else in the workspace uses.

use std::fmt;
use std::time::Duration;

use amqprs::channel::{
    BasicAckArguments, BasicConsumeArguments, BasicPublishArguments, BasicQosArguments, Channel,
    ConsumerMessage, ExchangeDeclareArguments, QueueBindArguments, QueueDeclareArguments,
};
use amqprs::connection::{Connection, OpenConnectionArguments};
use amqprs::{BasicProperties, DELIVERY_MODE_PERSISTENT};
use anyhow::{Context, ensure};
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::time::timeout;

/// Longest wait for the broker to answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// Messages in hand at a time; this is also what bounds the client's own queue.
const PREFETCH: u16 = 8;

/// Where a broker is. `Debug` does not show the password.
#[derive(Clone)]
pub struct Broker {
    /// Host name or address.
    pub host: String,
    /// Port.
    pub port: u16,
    /// User.
    pub login: String,
    /// Password.
    pub password: String,
    /// Virtual host.
    pub vhost: String,
}

impl Broker {
    /// Reads `amqp://user:password@host:port/vhost`; without a path the virtual host is `/`.
    ///
    /// # Errors
    /// The text is no such URL.
    pub fn from_url(text: &str) -> anyhow::Result<Self> {
        let url = url::Url::parse(text).context("the broker's URL")?;
        let decoded = |text: &str| {
            let query = format!("x={}", text.replace('+', "%2B"));
            url::form_urlencoded::parse(query.as_bytes())
                .next()
                .map_or_else(String::new, |(_, value)| value.into_owned())
        };
        let vhost = decoded(url.path().trim_start_matches('/'));
        Ok(Self {
            host: url.host_str().context("the broker's URL has no host")?.to_owned(),
            port: url.port().unwrap_or(5672),
            login: decoded(url.username()),
            password: decoded(url.password().unwrap_or_default()),
            vhost: if vhost.is_empty() { "/".to_owned() } else { vhost },
        })
    }
}

impl fmt::Debug for Broker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}:{}{}", self.login, self.host, self.port, self.vhost)
    }
}

/// An exchange as a login reply describes it.
#[derive(Debug, Clone)]
pub(crate) struct Exchange {
    pub(crate) name: String,
    pub(crate) kind: String,
    pub(crate) passive: bool,
    pub(crate) durable: bool,
    pub(crate) auto_delete: bool,
}

/// An open connection with one channel.
pub(crate) struct Line {
    connection: Connection,
    channel: Channel,
}

impl Line {
    pub(crate) async fn open(broker: &Broker) -> anyhow::Result<Self> {
        let mut arguments =
            OpenConnectionArguments::new(&broker.host, broker.port, &broker.login, &broker.password);
        arguments.virtual_host(short(&broker.vhost)?);
        let connection = patiently(Connection::open(&arguments))
            .await
            .with_context(|| format!("connect to {broker:?}"))?;
        let channel = patiently(connection.open_channel(None)).await.context("open a channel")?;
        Ok(Self { connection, channel })
    }

    pub(crate) fn is_open(&self) -> bool {
        self.connection.is_open() && self.channel.is_open()
    }

    pub(crate) async fn declare_exchange(&self, exchange: &Exchange) -> anyhow::Result<()> {
        let mut arguments = ExchangeDeclareArguments::new(short(&exchange.name)?, short(&exchange.kind)?);
        arguments.passive(exchange.passive).durable(exchange.durable).auto_delete(exchange.auto_delete);
        let declared = patiently(self.channel.exchange_declare(arguments)).await;
        declared.with_context(|| format!("declare the exchange {}", exchange.name))
    }

    /// Declares a durable queue unless there is one of that name, with whatever properties.
    pub(crate) async fn ensure_queue(&mut self, queue: &str) -> anyhow::Result<()> {
        if self.consumers(queue).await.is_ok() {
            return Ok(());
        }
        // Asking for a queue that is not there closed the channel.
        self.channel = patiently(self.connection.open_channel(None)).await.context("open a channel")?;
        let arguments = QueueDeclareArguments::durable_client_named(short(queue)?);
        patiently(self.channel.queue_declare(arguments))
            .await
            .with_context(|| format!("declare the queue {queue}"))?;
        Ok(())
    }

    /// How many consumers a queue has; an error closes the channel.
    pub(crate) async fn consumers(&self, queue: &str) -> anyhow::Result<u32> {
        let mut arguments = QueueDeclareArguments::new(short(queue)?);
        arguments.passive(true);
        let state = patiently(self.channel.queue_declare(arguments))
            .await
            .with_context(|| format!("ask for the queue {queue}"))?;
        Ok(state.map_or(0, |(_, _, consumers)| consumers))
    }

    pub(crate) async fn bind(&self, queue: &str, exchange: &str, key: &str) -> anyhow::Result<()> {
        let arguments = QueueBindArguments::new(short(queue)?, short(exchange)?, short(key)?);
        patiently(self.channel.queue_bind(arguments))
            .await
            .with_context(|| format!("bind {queue} to {exchange}"))
    }

    /// Starts consuming. The receiver ends when the line breaks.
    pub(crate) async fn consume(&self, queue: &str) -> anyhow::Result<UnboundedReceiver<ConsumerMessage>> {
        patiently(self.channel.basic_qos(BasicQosArguments::new(0, PREFETCH, false)))
            .await
            .context("set the prefetch")?;
        let arguments = BasicConsumeArguments::new(short(queue)?, "");
        let started = patiently(self.channel.basic_consume_rx(arguments)).await;
        Ok(started.with_context(|| format!("consume {queue}"))?.1)
    }

    pub(crate) async fn acknowledge(&self, message: &ConsumerMessage) -> anyhow::Result<()> {
        let tag = message.deliver.as_ref().context("a message without a tag")?.delivery_tag();
        patiently(self.channel.basic_ack(BasicAckArguments::new(tag, false))).await.context("acknowledge")
    }

    /// Publishes a persistent message; an empty exchange delivers to the queue the key names.
    pub(crate) async fn publish(&self, exchange: &str, key: &str, body: Vec<u8>) -> anyhow::Result<()> {
        let properties = BasicProperties::default().with_delivery_mode(DELIVERY_MODE_PERSISTENT).finish();
        let arguments = BasicPublishArguments::new(short(exchange)?, short(key)?);
        patiently(self.channel.basic_publish(properties, body, arguments))
            .await
            .with_context(|| format!("publish to {key}"))
    }

    pub(crate) async fn close(self) {
        let _ = timeout(PATIENCE, self.channel.close()).await;
        let _ = timeout(PATIENCE, self.connection.close()).await;
    }
}

async fn patiently<T, E>(operation: impl Future<Output = Result<T, E>>) -> anyhow::Result<T>
where
    E: std::error::Error + Send + Sync + 'static,
{
    timeout(PATIENCE, operation).await.context("the broker does not answer")?.map_err(anyhow::Error::from)
}

/// The client panics on names the protocol cannot carry.
fn short(name: &str) -> anyhow::Result<&str> {
    ensure!(name.len() <= 255, "a name of {} bytes", name.len());
    Ok(name)
}
