//! The broker sessions of one login, each leg on its own: commands, quality checks, results.
//!
//! Results travel over a session of their own when their virtual host differs, and then say by which account they were sent, so
//! that nobody else's can pass for ours; quality checks always have their own, so that a
//! queue for them that is missing does not stop commands.

use protocol::{BrokerBlock, ExchangeBlock};
use runtime::Lifecycle;
use runtime::amqp::{BrokerAddress, Declare, LinkState, Publisher, Session, SessionOptions};

/// The sessions of one login.
#[derive(Debug)]
pub struct Broker {
    /// What the platform told.
    pub block: BrokerBlock,
    /// Commands come over this one.
    pub commands: Session,
    /// Quality checks come over this one, if the box serves them.
    pub fiqa: Option<Session>,
    results: Session,
}

/// Where the broker of a login is.
pub(crate) fn address(block: &BrokerBlock) -> BrokerAddress {
    BrokerAddress {
        host: block.host.clone(),
        port: block.port,
        vhost: block.vhost.clone(),
        login: block.login.clone(),
        password: block.password.clone(),
        tls: block.by_tls(),
    }
}

impl Broker {
    pub(super) fn start(life: &Lifecycle, block: BrokerBlock) -> Self {
        let address = address(&block);
        let commands = Session::start(life, "commands", address.clone(), topology(&block));
        let results = if block.upload_vhost == block.vhost {
            commands.clone()
        } else {
            let options = SessionOptions { signs: true, ..SessionOptions::default() };
            let address = address.with_vhost(&block.upload_vhost);
            Session::start_with(life, "results", address, Vec::new(), options)
        };
        let fiqa = block
            .fiqa_down_queue
            .as_deref()
            .map(|queue| Session::start(life, "quality checks", address, vec![existing_queue(queue)]));
        Self { block, commands, fiqa, results }
    }

    /// Publishes results.
    pub fn publisher(&self) -> Publisher {
        self.results.publisher()
    }

    /// Whether results can be published now.
    pub fn results_up(&self) -> bool {
        self.results.state().borrow().is_up()
    }

    /// Whether commands can arrive now.
    pub fn commands_up(&self) -> bool {
        self.commands.state().borrow().is_up()
    }

    /// The legs by name, with what is known of each.
    pub fn legs(&self) -> Vec<(&'static str, LinkState)> {
        // One state at a time: two legs may be one session, and who reads its state twice at once while it changes waits for ever.
        let now = |session: &Session| session.state().borrow().clone();
        let fiqa = self.fiqa.as_ref().map(|fiqa| ("quality_checks", now(fiqa)));
        [("commands", now(&self.commands)), ("results", now(&self.results))].into_iter().chain(fiqa).collect()
    }

    pub(super) async fn close(&self) {
        self.commands.close().await;
        self.results.close().await;
        if let Some(fiqa) = &self.fiqa {
            fiqa.close().await;
        }
    }
}

/// What has to exist before commands are consumed: the exchange and the binding only where the platform leaves them to us.
fn topology(block: &BrokerBlock) -> Vec<Declare> {
    let queue = existing_queue(&block.queue);
    match &block.exchange {
        Some(exchange) if block.need_bind => {
            let routing_key = exchange.routing_key.clone().unwrap_or_else(|| block.queue.clone());
            let bind =
                Declare::Bind { queue: block.queue.clone(), exchange: exchange.name.clone(), routing_key };
            vec![declared(exchange), queue, bind]
        }
        _ => vec![queue],
    }
}

fn declared(exchange: &ExchangeBlock) -> Declare {
    Declare::Exchange {
        name: exchange.name.clone(),
        kind: exchange.kind.clone(),
        durable: exchange.durable,
        auto_delete: exchange.auto_delete,
        passive: exchange.passive,
        arguments: exchange.arguments.clone().unwrap_or_default(),
    }
}

/// Normally the platform has declared it, in its own way; only a queue that does not exist is declared by us.
fn existing_queue(name: &str) -> Declare {
    Declare::Queue { name: name.to_owned(), durable: true, quorum: false, passive_first: true }
}
