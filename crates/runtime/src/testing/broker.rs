//! A RabbitMQ of a test's own: own directory, own ports, no root needed, gone with the test.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use lapin::options::{ExchangeDeleteOptions, QueueDeclareOptions, QueueDeleteOptions, QueuePurgeOptions};
use lapin::types::FieldTable;
use lapin::{Channel, Connection, ConnectionProperties};
use tempfile::TempDir;

use super::node::{Place, Running, Wishes};
use crate::amqp::BrokerAddress;

/// A private broker. Its data survive [`PrivateBroker::stop`] and [`PrivateBroker::kill`]; dropping it (or the end
/// of this process, however it comes) ends the node and, when dropped, removes its directory.
pub struct PrivateBroker {
    running: Option<Running>,
    place: Place,
    dir: TempDir,
}

impl Drop for PrivateBroker {
    fn drop(&mut self) {
        self.kill();
        // The killed node may still be writing its last file; the directory's own drop tries once more.
        for _ in 0..20 {
            if std::fs::remove_dir_all(self.dir.path()).is_ok() {
                return;
            }
            std::thread::park_timeout(Duration::from_millis(50));
        }
    }
}

impl PrivateBroker {
    /// A new, empty broker that answers. Takes about 3 s on an idle machine.
    pub async fn start() -> io::Result<Self> {
        Self::start_place(&Wishes::default()).await
    }

    /// As [`PrivateBroker::start`], with the management API on a port of its own ([`PrivateBroker::management_url`]).
    pub async fn start_with_management() -> io::Result<Self> {
        Self::start_place(&Wishes { management: true, ..Wishes::default() }).await
    }

    /// As [`PrivateBroker::start`], with a listener by TLS beside the plain one ([`PrivateBroker::tls_url`]); certificate and key are
    /// PEM.
    pub async fn start_with_tls(certificate: &str, key: &str) -> io::Result<Self> {
        Self::start_place(&Wishes { tls: Some((certificate, key)), ..Wishes::default() }).await
    }

    async fn start_place(wishes: &Wishes<'_>) -> io::Result<Self> {
        let mut last = None;
        // Another process may take a port between choosing and using it: choose again.
        for _ in 0..3 {
            let dir = tempfile::Builder::new().prefix("menshen-broker-").tempdir()?;
            let place = Place::new(dir.path(), wishes)?;
            let mut running = place.spawn()?;
            match place.ready(&mut running).await {
                Ok(()) => return Ok(Self { running: Some(running), place, dir }),
                Err(error) => last = Some(error),
            }
        }
        Err(last.unwrap_or_else(|| io::Error::other("the broker did not start")))
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.place.address()
    }

    /// `amqp://guest:guest@127.0.0.1:PORT/%2f`.
    pub fn url(&self) -> String {
        Self::url_at(self.address())
    }

    /// `http://guest:guest@127.0.0.1:PORT` of the management API; `None` without one.
    pub fn management_url(&self) -> Option<String> {
        self.place.management().map(|at| format!("http://guest:guest@{at}"))
    }

    /// `amqps://guest:guest@127.0.0.1:PORT/%2f`; `None` without a listener by TLS.
    pub fn tls_url(&self) -> Option<String> {
        self.place.tls().map(|at| format!("amqps://guest:guest@{at}/%2f"))
    }

    /// Makes the broker believe that its memory is used up, or that it no longer is: with an alarm it takes no messages and says so to
    /// whoever publishes.
    pub async fn alarm(&self, on: bool) -> io::Result<()> {
        let watermark: &[&str] = if on {
            &["set_vm_memory_high_watermark", "absolute", "1"]
        } else {
            &["set_vm_memory_high_watermark", "0.9"]
        };
        let place = self.place.clone();
        tokio::task::spawn_blocking(move || place.control(watermark)).await.map_err(io::Error::other)?
    }

    /// The same account through another address, for instance a [`super::ChaosProxy`]'s.
    pub fn url_at(address: SocketAddr) -> String {
        format!("amqp://guest:guest@{address}/%2f")
    }

    /// As a [`BrokerAddress`].
    pub fn broker_address(&self) -> BrokerAddress {
        BrokerAddress {
            host: self.address().ip().to_string(),
            port: self.address().port(),
            vhost: "/".to_owned(),
            login: "guest".to_owned(),
            password: "guest".to_owned(),
            tls: false,
        }
    }

    /// Asks it to stop (SIGTERM) and waits until it has.
    pub async fn stop(&mut self) -> io::Result<()> {
        match self.running.take() {
            Some(running) => running.stop().await,
            None => Ok(()),
        }
    }

    /// SIGKILL: what a power cut does to the process.
    pub fn kill(&mut self) {
        if let Some(mut running) = self.running.take() {
            running.kill_now();
        }
    }

    /// Starts it again with the same data and port, and waits until it answers.
    pub async fn start_again(&mut self) -> io::Result<()> {
        if self.running.is_none() {
            let mut running = self.place.spawn()?;
            self.place.ready(&mut running).await?;
            self.running = Some(running);
        }
        Ok(())
    }

    /// Messages that wait in a queue (those handed out and not acknowledged do not count); `None` when there is no such queue.
    pub async fn waiting(&self, queue: &str) -> io::Result<Option<u32>> {
        let (connection, channel) = self.channel().await?;
        let options = QueueDeclareOptions { passive: true, ..QueueDeclareOptions::default() };
        let counted = channel.queue_declare(queue.into(), options, FieldTable::default()).await;
        let _best_effort = connection.close(200, "done".into()).await;
        match counted {
            Ok(queue) => Ok(Some(queue.message_count())),
            Err(error) if error.is_amqp_soft_error() => Ok(None),
            Err(error) => Err(io::Error::other(error)),
        }
    }

    /// Drops every waiting message of a queue.
    pub async fn purge(&self, queue: &str) -> io::Result<()> {
        let (connection, channel) = self.channel().await?;
        let purged = channel.queue_purge(queue.into(), QueuePurgeOptions::default()).await;
        let _best_effort = connection.close(200, "done".into()).await;
        purged.map(|_| ()).map_err(io::Error::other)
    }

    /// Removes a queue with everything in it.
    pub async fn delete_queue(&self, queue: &str) -> io::Result<()> {
        let (connection, channel) = self.channel().await?;
        let deleted = channel.queue_delete(queue.into(), QueueDeleteOptions::default()).await;
        let _best_effort = connection.close(200, "done".into()).await;
        deleted.map(|_| ()).map_err(io::Error::other)
    }

    /// Removes an exchange with its bindings.
    pub async fn delete_exchange(&self, exchange: &str) -> io::Result<()> {
        let (connection, channel) = self.channel().await?;
        let deleted = channel.exchange_delete(exchange.into(), ExchangeDeleteOptions::default()).await;
        let _best_effort = connection.close(200, "done".into()).await;
        deleted.map_err(io::Error::other)
    }

    /// The end of what the node said.
    pub fn log_tail(&self) -> String {
        self.place.log_tail()
    }

    async fn channel(&self) -> io::Result<(Connection, Channel)> {
        let url = format!("{}?heartbeat=30&frame_max=131072", self.url());
        let connection =
            Connection::connect(&url, ConnectionProperties::default()).await.map_err(io::Error::other)?;
        let channel = connection.create_channel().await.map_err(io::Error::other)?;
        Ok((connection, channel))
    }
}
