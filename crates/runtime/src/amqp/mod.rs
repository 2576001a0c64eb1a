//! One connection to an AMQP broker that comes back by itself and never claims what the broker did not confirm.
//!
//! * [`BrokerAddress`]: where the broker is and who we are there.
//! * [`Declare`]: the topology, applied again on every connection.
//! * [`Session`]: the connection; [`LinkState`] tells what is known of it.
//! * [`Publisher`]: publish, and know whether the broker has the message.
//! * [`Deliveries`]: consume, and acknowledge after the effect.
//!
//! The client library's own recovery is not used: one supervisor task connects, declares, subscribes, serves,
//! and on any error drops everything and begins again after a delay.

mod acks;
mod address;
mod consuming;
mod deliveries;
mod publisher;
mod publishing;
mod reason;
mod session;
mod state;
mod supervisor;
mod topology;

pub use address::{AddressError, BrokerAddress};
pub use deliveries::{Deliveries, Delivery};
pub use publisher::{PublishError, Publisher};
pub use session::{DeclareError, Session, SessionOptions};
pub use state::LinkState;
pub use topology::Declare;
