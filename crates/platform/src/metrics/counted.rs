//! The platform's counts as counters.

use std::sync::Arc;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
use prometheus_client::metrics::counter::ConstCounter;

use crate::counts::Counts;

/// Everything that is counted, told whenever somebody asks.
#[derive(Debug)]
pub(super) struct Counted(pub(super) Arc<Counts>);

impl Collector for Counted {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), std::fmt::Error> {
        for (name, value) in self.0.all() {
            let counter = ConstCounter::new(value);
            let help = name.replace('_', " ");
            let name = format!("menshen_{name}");
            let metric = encoder.encode_descriptor(&name, &help, None, counter.metric_type())?;
            counter.encode(metric)?;
        }
        Ok(())
    }
}
