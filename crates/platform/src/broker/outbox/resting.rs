//! Boxes with a command the broker did not take during this pass: their later commands wait with it, so that none overtakes it.

use std::collections::{BTreeSet, HashSet};

use protocol::DevSno;
use runtime::amqp::DeclareError;

use crate::broker::Broker;

/// Who rests. The database says so too once the refusal is written down; this is for what was read before.
#[derive(Default)]
pub(super) struct Resting {
    boxes: HashSet<DevSno>,
    /// Whose queue is missing: somebody deleted it, or the broker came back empty.
    without_queue: BTreeSet<DevSno>,
}

impl Resting {
    /// A command of this box was not taken. Quality checks that name no box are nobody's turn and wait for none.
    pub(super) fn add(&mut self, dev_sno: DevSno, is_without_queue: bool) {
        if dev_sno.is_empty() {
            return;
        }
        if is_without_queue {
            self.without_queue.insert(dev_sno.clone());
        }
        self.boxes.insert(dev_sno);
    }

    /// Whether commands of this box have to wait.
    pub(super) fn holds(&self, dev_sno: &DevSno) -> bool {
        self.boxes.contains(dev_sno)
    }

    /// Declares the missing queues; when nothing is under way any more, or a later command would be the first to find its queue.
    pub(super) async fn declare_queues(&mut self, broker: &Broker) {
        for dev_sno in std::mem::take(&mut self.without_queue) {
            match broker.ensure_queue(&dev_sno).await {
                Ok(()) => {}
                // With the next attempt, when the link is back.
                Err(DeclareError::NotConnected) => return,
                Err(error) => tracing::warn!(%dev_sno, %error, "the queue of a box could not be declared"),
            }
        }
    }
}
