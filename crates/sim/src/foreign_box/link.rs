//! The box's connection: log in, declare and bind as told, consume until the line breaks, and again from the right place.

use std::sync::{Arc, PoisonError};
use std::time::Duration;

use anyhow::{Context, bail};
use runtime::Backoff;
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use super::{Shared, execute};
use crate::http;
use crate::kept::keep;
use crate::line::{Broker, Exchange, Line};

/// What a login gave.
#[derive(Debug, Clone)]
pub(super) struct Joined {
    token: String,
    /// Scheme, host and port of the login URL.
    base: String,
    /// Base of relative photo addresses.
    pub(super) images: String,
    /// Where historic events go.
    pub(super) records: Vec<String>,
    /// Where heartbeats go.
    pub(super) monitor: Option<String>,
    pub(super) broker: Broker,
    queue: String,
    /// What to bind to, and with which key; `None` when told not to.
    binding: Option<(Exchange, String)>,
    pub(super) upload_vhost: String,
    pub(super) upload_queue: Option<String>,
}

/// Logs in, works, and starts again whenever something breaks, until told to stop.
pub(super) async fn run(shared: Arc<Shared>, stop: CancellationToken) {
    let mut backoff = Backoff::new(Duration::from_millis(200), Duration::from_secs(2));
    while !stop.is_cancelled() {
        let ended = tokio::select! {
            () = stop.cancelled() => break,
            ended = once(&shared, &stop, &mut backoff) => ended,
        };
        shared.note(|seen| {
            seen.listening = false;
            if let Err(error) = ended {
                keep(&mut seen.troubles, format!("{error:#}"));
            }
        });
        tokio::select! {
            () = stop.cancelled() => break,
            () = tokio::time::sleep(backoff.next()) => {}
        }
    }
    shared.note(|seen| seen.listening = false);
}

async fn once(shared: &Arc<Shared>, stop: &CancellationToken, backoff: &mut Backoff) -> anyhow::Result<()> {
    let joined = log_in(shared).await?;
    *shared.joined.lock().unwrap_or_else(PoisonError::into_inner) = Some(joined.clone());
    shared.note(|seen| seen.logins += 1);
    let mut line = Line::open(&joined.broker).await?;
    if let Some((exchange, key)) = &joined.binding {
        line.declare_exchange(exchange).await?;
        line.ensure_queue(&joined.queue).await?;
        line.bind(&joined.queue, &exchange.name, key).await?;
    }
    let mut messages = line.consume(&joined.queue).await?;
    let results = execute::Results::open(&joined).await?;
    shared.note(|seen| seen.listening = true);
    backoff.reset();
    let mut pulse = tokio::time::interval(Duration::from_secs(1));
    loop {
        tokio::select! {
            () = stop.cancelled() => break,
            _ = pulse.tick() => if !line.is_open() { bail!("the line to the broker broke") },
            message = messages.recv() => {
                let message = message.context("the line to the broker broke")?;
                execute::execute(shared, &joined, &results, message.content.as_deref().unwrap_or_default()).await?;
                line.acknowledge(&message).await?;
            }
        }
    }
    results.close().await;
    line.close().await;
    Ok(())
}

async fn log_in(shared: &Shared) -> anyhow::Result<Joined> {
    let login_url = &shared.options.login_url;
    let answer =
        http::get(&shared.client, &format!("{login_url}?dev_sno={}", shared.options.dev_sno)).await?;
    let reply = answer.json();
    if answer.status != 200 {
        bail!("login refused with HTTP {}: {}", answer.status, reply["error"]);
    }
    joined(login_url, &reply).context("the login reply")
}

fn joined(login_url: &str, reply: &Value) -> anyhow::Result<Joined> {
    let base = login_url.splitn(4, '/').take(3).collect::<Vec<_>>().join("/");
    let text = |value: &Value, name: &str| {
        value[name].as_str().map(str::to_owned).with_context(|| format!("{name} is missing"))
    };
    let filled =
        |value: &Value| value.as_str().map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned);
    let broker = &reply["rabbitmq"];
    let port = broker["port"].as_u64().or_else(|| broker["port"].as_str()?.parse().ok());
    let queue = text(broker, "queue")?;
    let binding = if broker["unNeedBindExchange"].as_bool() == Some(true) {
        None
    } else {
        let exchange = &broker["exchange"];
        let flag = |name: &str| exchange[name].as_bool().unwrap_or(false);
        let told = Exchange {
            name: text(exchange, "name")?,
            kind: text(exchange, "type")?,
            passive: flag("passive"),
            durable: flag("durable"),
            auto_delete: flag("auto_delete"),
        };
        Some((told, filled(&exchange["routingKey"]).unwrap_or_else(|| queue.clone())))
    };
    let records = filled(&reply["recordAddr"]).unwrap_or_default();
    let joined = Joined {
        token: text(reply, "token")?,
        images: filled(&reply["imgServerAddr"]).unwrap_or_else(|| base.clone()),
        broker: Broker {
            host: text(broker, "host")?,
            port: port.and_then(|port| u16::try_from(port).ok()).context("port is no port")?,
            login: text(broker, "login")?,
            password: text(broker, "password")?,
            vhost: filled(&broker["vHost"]).unwrap_or_else(|| "/".to_owned()),
        },
        queue,
        binding,
        upload_vhost: filled(&broker["uploadVHost"]).unwrap_or_else(|| "/".to_owned()),
        upload_queue: filled(&broker["uploadQueue"]),
        records: Vec::new(),
        monitor: None,
        base,
    };
    let records = records.split(',').map(str::trim).filter(|address| !address.is_empty());
    let records = records.map(|address| joined.absolute(address)).collect();
    let monitor = filled(&reply["deviceMonitorAddr"]).map(|address| joined.absolute(&address));
    Ok(Joined { records, monitor, ..joined })
}

impl Joined {
    /// An address as it is when it starts with http, else below the login URL's first level.
    pub(super) fn absolute(&self, address: &str) -> String {
        if address.starts_with("http") { address.to_owned() } else { format!("{}{address}", self.base) }
    }

    /// The address with the token, as requests for information carry it.
    pub(super) fn with_token(&self, address: &str) -> String {
        let separator = if address.contains('?') { '&' } else { '?' };
        format!("{address}{separator}token={}", self.token)
    }
}
