//! The log goes to the standard error stream, one event a line, and never carries a message body. The last lines stay in memory,
//! for whoever looks at this process through its own pages.

use std::collections::VecDeque;
use std::io::{self, IsTerminal, Write};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::fmt;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Layer as _};

/// Lines that stay in memory.
const LINES: usize = 2000;
/// Their bytes at most.
const BYTES: usize = 512 << 10;

/// The last lines of this process.
static RECENT: Mutex<Recent> = Mutex::new(Recent { lines: VecDeque::new(), bytes: 0 });

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
    let shown = fmt::layer().with_ansi(io::stderr().is_terminal()).with_writer(io::stderr);
    let shown = match format {
        Format::Text => shown.boxed(),
        Format::Json => shown.json().flatten_event(true).with_current_span(false).boxed(),
    };
    let kept = fmt::layer().with_ansi(false).with_writer(|| Line(Vec::new()));
    // An error means that a log exists already (tests of one binary share it).
    let _already = tracing_subscriber::registry().with(filter(&wanted)).with(shown).with(kept).try_init();
}

/// The last lines of the log as text, oldest first, at most `most` of them.
#[must_use]
pub fn recent(most: usize) -> String {
    let recent = lock();
    recent.lines.iter().skip(recent.lines.len().saturating_sub(most)).map(String::as_str).collect()
}

/// Lines, the oldest of which make room.
struct Recent {
    lines: VecDeque<String>,
    bytes: usize,
}

impl Recent {
    fn add(&mut self, line: String) {
        self.bytes += line.len();
        self.lines.push_back(line);
        while self.lines.len() > LINES || self.bytes > BYTES {
            let Some(oldest) = self.lines.pop_front() else { break };
            self.bytes -= oldest.len();
        }
    }
}

/// One line while it is written; it is kept when it is whole.
struct Line(Vec<u8>);

impl Write for Line {
    fn write(&mut self, part: &[u8]) -> io::Result<usize> {
        self.0.extend_from_slice(part);
        Ok(part.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        if !self.0.is_empty() {
            lock().add(String::from_utf8_lossy(&self.0).into_owned());
        }
    }
}

fn lock() -> MutexGuard<'static, Recent> {
    RECENT.lock().unwrap_or_else(PoisonError::into_inner)
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
    fn the_oldest_lines_make_room() {
        let mut recent = Recent { lines: VecDeque::new(), bytes: 0 };
        for n in 0..3 * LINES {
            recent.add(format!("{n}\n"));
        }
        assert_eq!((recent.lines.len(), recent.lines[0].as_str()), (LINES, "4000\n"));
        recent.add("x".repeat(BYTES));
        assert_eq!((recent.lines.len(), recent.bytes), (1, BYTES));
        recent.add("a line longer than all of it".repeat(BYTES));
        assert_eq!((recent.lines.len(), recent.bytes), (0, 0));
    }

    #[test]
    fn the_last_lines_can_be_asked_for() {
        init(Format::Text);
        tracing::warn!(number = 7, "something that happened");
        let last = recent(usize::MAX);
        assert!(last.contains("something that happened") && last.contains("number=7"), "{last:?}");
        assert!(recent(1).lines().count() <= 1);
    }

    #[test]
    fn the_body_logging_target_is_off_at_every_level() {
        for wanted in ["", "debug", "trace,edge=debug", "not a filter!!"] {
            assert!(filter(wanted).to_string().contains("lapin=off"), "{wanted}");
        }
    }
}
