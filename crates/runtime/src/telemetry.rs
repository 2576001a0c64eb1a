//! The log goes to the standard error stream, one event a line, and never carries a message body.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::LevelFilter;

/// How log lines look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// For people.
    #[default]
    Text,
    /// One JSON object a line, for collectors.
    Json,
}

/// Starts the log of this process. The level comes from `MENSHEN_LOG` (default `info`; the directives of
/// `tracing`, such as `info,edge=debug`, work). A second call changes nothing.
pub fn init(format: Format) {
    let wanted = std::env::var("MENSHEN_LOG").unwrap_or_default();
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter(&wanted))
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr);
    // An error means that a log exists already (tests of one binary share it).
    let _already = match format {
        Format::Text => builder.try_init(),
        Format::Json => builder.json().flatten_event(true).with_current_span(false).try_init(),
    };
}

/// The AMQP client logs returned messages with their bodies, which may hold photos: that target stays off
/// whatever the level. Its other lines repeat what the session says better.
fn filter(wanted: &str) -> EnvFilter {
    let mut filter =
        EnvFilter::builder().with_default_directive(LevelFilter::INFO.into()).parse_lossy(wanted);
    for directive in ["lapin=off", "amq_protocol=off"] {
        if let Ok(directive) = directive.parse() {
            filter = filter.add_directive(directive);
        }
    }
    filter
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_body_logging_target_is_off_at_every_level() {
        for wanted in ["", "debug", "trace,edge=debug", "not a filter!!"] {
            assert!(filter(wanted).to_string().contains("lapin=off"), "{wanted}");
        }
    }
}
