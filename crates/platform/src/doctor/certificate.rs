//! The certificate the platform shows: its files go together, and its time is not over.

use std::path::Path;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use x509_cert::Certificate;
use x509_cert::der::Decode as _;

use super::Finding;
use crate::clock;
use crate::config::Config;

/// A certificate that ends within this many days should be renewed.
const SOON: i64 = 21;
/// Milliseconds of a day.
const DAY: i64 = 24 * 3_600_000;

/// From when until when a certificate is good, milliseconds since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Validity {
    since: i64,
    until: i64,
}

pub(super) async fn look(config: &Config) -> Vec<Finding> {
    let tls = config.http.tls.clone();
    let key = "http.tls";
    let files = tokio::task::spawn_blocking(move || {
        let Some(_both) = tls.certificate(key)? else { return Ok(None) };
        Ok(tls.cert.map(|file| validity(&file)))
    });
    let wrong = |reason: String| {
        Finding::problem(key, reason).advice(
            "give both files in PEM form: http.tls.cert with the server's certificate first and those that lead to its issuer after it, \
             http.tls.key with the private key of that first one",
        )
    };
    vec![match files.await {
        Ok(Ok(None)) => {
            Finding::ok(key, "not set: TLS is left to a proxy, or passwords and faces travel in the open")
        }
        Ok(Ok(Some(Ok(validity)))) => judge(key, validity, clock::now()),
        Ok(Ok(Some(Err(reason)))) => wrong(format!("http.tls.cert: {reason}")),
        Ok(Err(reason)) => wrong(reason),
        Err(_) => wrong("the files could not be looked at".to_owned()),
    }]
}

fn judge(key: &str, validity: Validity, now: i64) -> Finding {
    let date = |at: i64| {
        jiff::Timestamp::from_millisecond(at)
            .map_or_else(|_| "?".to_owned(), |at| at.strftime("%F").to_string())
    };
    let days = (validity.until - now).div_euclid(DAY);
    if now < validity.since {
        let text = format!("the certificate is good from {} only", date(validity.since));
        return Finding::problem(key, text)
            .advice("is the clock right? Else wait, or get another certificate");
    }
    if now > validity.until {
        let text = format!("the certificate ended on {}: boxes and browsers refuse it", date(validity.until));
        return Finding::problem(key, text)
            .advice("renew it; the platform takes the new files by itself within seconds");
    }
    let text = format!(
        "the key belongs to the certificate, which is good until {} ({days} days)",
        date(validity.until)
    );
    if days < SOON {
        return Finding::warning(key, text)
            .advice("renew it soon; the platform takes the new files by itself within seconds");
    }
    Finding::ok(key, text)
}

/// When the first certificate of a file is good.
fn validity(file: &Path) -> Result<Validity, String> {
    let first = CertificateDer::from_pem_file(file).map_err(|error| error.to_string())?;
    let read = Certificate::from_der(&first).map_err(|error| format!("cannot be read: {error}"))?;
    let span = read.tbs_certificate.validity;
    let at =
        |time: x509_cert::time::Time| i64::try_from(time.to_unix_duration().as_millis()).unwrap_or(i64::MAX);
    Ok(Validity { since: at(span.not_before), until: at(span.not_after) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn its_time_is_judged_by_the_clock() {
        let validity = Validity { since: 100 * DAY, until: 200 * DAY };
        let told = |now: i64| {
            let line = serde_json::to_value(judge("http.tls", validity, now)).unwrap();
            line["level"].as_str().unwrap().to_owned()
        };
        assert_eq!(told(99 * DAY), "problem");
        assert_eq!(told(101 * DAY), "ok");
        assert_eq!(told(200 * DAY - SOON * DAY), "ok");
        assert_eq!(told(200 * DAY - SOON * DAY + 1), "warning");
        assert_eq!(told(200 * DAY + 1), "problem");
    }

    /// Findings about a certificate that ends in so many days, with the key of another one or its own.
    async fn found(days: i64, is_its_own: bool) -> (String, String) {
        let folder = tempfile::tempdir().unwrap();
        let mut wanted = rcgen::CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
        let until = clock::now() + days * DAY;
        wanted.not_before = rcgen::date_time_ymd(2020, 1, 1);
        wanted.not_after = std::time::SystemTime::UNIX_EPOCH
            .checked_add(std::time::Duration::from_millis(u64::try_from(until).unwrap()))
            .unwrap()
            .into();
        let (key, other) = (rcgen::KeyPair::generate().unwrap(), rcgen::KeyPair::generate().unwrap());
        let made = wanted.self_signed(&key).unwrap();
        let (cert, pem) = (folder.path().join("tls.crt"), folder.path().join("tls.key"));
        std::fs::write(&cert, made.pem()).unwrap();
        std::fs::write(&pem, if is_its_own { &key } else { &other }.serialize_pem()).unwrap();
        let mut config = Config::default();
        config.http.tls.cert = Some(cert);
        config.http.tls.key = Some(pem);
        let line = serde_json::to_value(look(&config).await.remove(0)).unwrap();
        let word = |name: &str| line[name].as_str().unwrap().to_owned();
        (word("level"), word("found"))
    }

    #[tokio::test]
    async fn what_is_wrong_with_the_files_is_named() {
        assert_eq!(found(90, true).await.0, "ok");
        assert_eq!(found(5, true).await.0, "warning");
        let (level, ended) = found(-1, true).await;
        assert!(level == "problem" && ended.contains("ended on"), "{ended}");
        let (level, other) = found(90, false).await;
        assert!(
            level == "problem" && other.contains("http.tls.key: ") && other.contains("is not the key"),
            "{other}"
        );
    }
}
