//! The certificate the box makes for itself when nobody gives it one: kept in one file with its key, made anew before it expires
//! and when the clock turns out to have been wrong. A file that the box did not make is never touched.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context as _;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};
use rcgen::{CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, KeyPair};
use runtime::CancellationToken;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use serde::Serialize;
use sha2::{Digest as _, Sha256};

use crate::Config;
use crate::camera::discovery::addresses_here;
use crate::{machine, private};

/// Where it is, in the data directory.
pub(crate) const FILE: &str = "console.pem";
/// How the first line of a file of ours begins; two dates follow.
const OURS: &str = "Made by Menshen for itself, valid ";
/// How long one is valid, in days: browsers take no more of a certificate that somebody trusts by hand.
const DAYS: i64 = 397;
/// It is replaced when fewer days than this are left.
const LEFT: i64 = 30;
/// How often that is looked at.
const LOOK: Duration = Duration::from_secs(3600);

/// The first and the last day of a certificate of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Validity {
    pub(crate) first: Date,
    pub(crate) last: Date,
}

/// The certificate of the pages, as people compare it with what their browser shows.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = Certificate)]
pub(crate) struct Shown {
    /// Whether the box made it itself: browsers ask about it once.
    pub(crate) own: bool,
    /// Where it is.
    pub(crate) file: String,
    /// Its first and last day, of one the box made: `2026-05-01`.
    #[schema(value_type = Option<[String; 2]>)]
    pub(crate) valid: Option<[String; 2]>,
    /// Its SHA-256, in pairs of digits with colons.
    pub(crate) fingerprint: String,
}

/// The certificate this configuration leads to; `None` when it cannot be read (yet).
pub(crate) fn shown(config: &Config) -> Option<Shown> {
    let given = config.console.tls.cert.clone();
    let file = given.clone().unwrap_or_else(|| config.data_dir.join(FILE));
    let text = std::fs::read_to_string(&file).ok()?;
    let first = CertificateDer::pem_slice_iter(text.as_bytes()).next()?.ok()?;
    let digits: Vec<String> = Sha256::digest(&first).iter().map(|byte| format!("{byte:02X}")).collect();
    let valid = validity(&text).filter(|_| given.is_none());
    Some(Shown {
        own: valid.is_some(),
        file: file.display().to_string(),
        valid: valid.map(|valid| [valid.first.to_string(), valid.last.to_string()]),
        fingerprint: digits.join(":"),
    })
}

/// The box's own certificate in `directory`, made when there is none that serves today.
pub(super) fn own(directory: &Path) -> anyhow::Result<PathBuf> {
    let path = directory.join(FILE);
    make_if_due(&path, today()).with_context(|| format!("{}", path.display()))?;
    Ok(path)
}

/// Makes it anew when that is due, until `stopping`; the listener follows the file.
pub(super) async fn keep(path: PathBuf, stopping: CancellationToken) {
    loop {
        tokio::select! {
            () = stopping.cancelled() => return,
            () = tokio::time::sleep(LOOK) => {}
        }
        let file = path.clone();
        let made = tokio::task::spawn_blocking(move || make_if_due(&file, today())).await;
        if let Ok(Err(error)) = made {
            tracing::error!(file = %path.display(), %error, "the console's certificate could not be renewed");
        }
    }
}

/// The validity of the file, when it is one of ours.
pub(crate) fn validity(text: &str) -> Option<Validity> {
    let line = text.lines().next()?.strip_prefix(OURS)?;
    let (first, last) = line.split_once(" to ")?;
    Some(Validity { first: first.parse().ok()?, last: last.trim().parse().ok()? })
}

fn make_if_due(path: &Path, today: Date) -> anyhow::Result<()> {
    match std::fs::read_to_string(path) {
        Ok(text) => {
            let serves = |known: Validity| known.first <= today && today < known.last - LEFT.days();
            if validity(&text).is_none_or(serves) {
                return Ok(());
            }
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
        Err(error) => return Err(error.into()),
    }
    let text = make(today)?;
    let fresh = path.with_extension("pem.new");
    private::write(&fresh, &text)?;
    std::fs::rename(&fresh, path)?;
    tracing::info!(file = %path.display(), "a certificate for the console has been made");
    Ok(())
}

/// Certificate and key as PEM, below a line that says whose they are.
fn make(today: Date) -> anyhow::Result<String> {
    let valid = Validity { first: today.saturating_sub(1.day()), last: today.saturating_add(DAYS.days()) };
    let host = machine::host_name();
    let mut names = vec!["localhost".to_owned(), "127.0.0.1".to_owned(), "::1".to_owned()];
    names.extend(addresses_here().iter().map(ToString::to_string));
    let is_name = !host.is_empty() && host.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '.');
    if is_name {
        names.extend([host.clone(), format!("{host}.local")]);
    }
    let mut params = CertificateParams::new(names)?;
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, format!("Menshen box {host}"));
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    let midnight = |(year, month, day)| rcgen::date_time_ymd(year, month, day);
    (params.not_before, params.not_after) = (midnight(parts(valid.first)), midnight(parts(valid.last)));
    let key = KeyPair::generate()?;
    let certificate = params.self_signed(&key)?;
    Ok(format!("{OURS}{} to {}\n{}{}", valid.first, valid.last, certificate.pem(), key.serialize_pem()))
}

/// Fields of a date, as the maker of certificates wants them.
fn parts(day: Date) -> (i32, u8, u8) {
    (day.year().into(), day.month().unsigned_abs(), day.day().unsigned_abs())
}

fn today() -> Date {
    Timestamp::now().to_zoned(TimeZone::UTC).date()
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn it_is_made_once_and_again_before_it_expires_or_when_the_clock_was_wrong() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join(FILE);
        let at = |year, month, day| {
            make_if_due(&path, date(year, month, day)).unwrap();
            std::fs::read_to_string(&path).unwrap()
        };
        let first = at(2026, 5, 1);
        assert_eq!(validity(&first), Some(Validity { first: date(2026, 4, 30), last: date(2027, 6, 2) }));
        assert_eq!(at(2027, 5, 2), first, "31 days are left");
        let second = at(2027, 5, 3);
        assert_ne!(second, first);
        assert_ne!(at(2026, 5, 1), second, "a certificate from the future serves nobody today");
        runtime::tls::Certificate::load(&path, &path).unwrap();
    }

    #[test]
    fn a_file_that_is_not_ours_is_left_alone() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join(FILE);
        std::fs::write(&path, "-----BEGIN CERTIFICATE-----\n").unwrap();
        make_if_due(&path, date(2026, 5, 1)).unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "-----BEGIN CERTIFICATE-----\n");
        assert_eq!(validity("Made by Menshen for itself, valid soon"), None);
    }
}
