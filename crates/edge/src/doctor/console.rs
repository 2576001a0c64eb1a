//! The certificate of the box's pages: one's own can be used, the box's own serves today.

use futures_util::FutureExt as _;
use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::facts::Facts;
use super::{Check, Finding};
use crate::local_api::console::certificate::{self, Shown};

pub(super) const CHECK: Check =
    Check { name: "console", look: |facts: &Facts| async { look(facts) }.boxed() };

/// What it is about.
const SUBJECT: &str = "certificate";

fn look(facts: &Facts) -> Vec<Finding> {
    vec![match facts.config.console.tls.certificate("console.tls") {
        Err(error) => Finding::problem(SUBJECT, error)
            .advice("name a certificate and its key, or neither: the box makes one then"),
        Ok(Some(_)) => Finding::ok(SUBJECT, told(facts, "your own")),
        Ok(None) => own(facts),
    }]
}

fn own(facts: &Facts) -> Finding {
    let path = facts.config.data_dir.join(certificate::FILE);
    let Ok(text) = std::fs::read_to_string(&path) else {
        return Finding::ok(SUBJECT, "the box makes one when it is started");
    };
    if let Err(error) = runtime::tls::Certificate::load(&path, &path) {
        return Finding::problem(SUBJECT, error.to_string())
            .advice("remove that file: the box makes a new one");
    }
    let today = Timestamp::now().to_zoned(TimeZone::UTC).date();
    match certificate::validity(&text) {
        Some(valid) if today > valid.last || today < valid.first => {
            Finding::warning(SUBJECT, format!("the box's own one is valid {} to {}", valid.first, valid.last))
                .advice("start the box: it makes a new one; if it runs, look at its clock")
        }
        Some(valid) => Finding::ok(SUBJECT, told(facts, &format!("the box's own, until {}", valid.last))),
        None => Finding::ok(SUBJECT, told(facts, "in the box's place, not made by it")),
    }
}

fn told(facts: &Facts, whose: &str) -> String {
    match certificate::shown(&facts.config) {
        Some(Shown { fingerprint, .. }) => format!("{whose}; SHA-256 {fingerprint}"),
        None => whose.to_owned(),
    }
}
