//! Who gets what: the receivers that follow from the configuration and the login reply. Pure.

use std::time::Duration;

use protocol::address;

use crate::config;
use crate::link::Joined;

/// One receiver for one purpose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Target {
    /// Its address, without credentials; also the name of its cursor.
    pub(super) url: String,
    /// Events per request: more than one only where arrays were agreed on.
    pub(super) batch: usize,
    /// Whether the receiver understands `ext_data.menshen`.
    pub(super) extended: bool,
}

/// All receivers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Plan {
    pub(super) history: Vec<Target>,
    pub(super) history_period: Duration,
    pub(super) realtime: Vec<Target>,
    pub(super) status: Vec<Target>,
    pub(super) status_period: Duration,
    pub(super) cameras: Vec<Target>,
}

/// Most events per request, whatever was agreed on.
const MOST: usize = 100;

/// The receivers under these settings and this login, in order: the platform's first, then the configured ones. An address
/// that is named twice gets everything once.
pub(super) fn plan(settings: &config::Uploads, joined: Option<&Joined>) -> Plan {
    let mut plan = Plan {
        history: Vec::new(),
        history_period: Duration::from_secs(settings.history_period.max(1)),
        realtime: Vec::new(),
        status: Vec::new(),
        status_period: Duration::from_secs(settings.status_period.max(1)),
        cameras: Vec::new(),
    };
    if let Some(joined) = joined {
        let reply = &joined.reply;
        plan.history_period = Duration::from_secs(reply.record_upload_period.max(1));
        for address in &reply.record_addrs {
            add(&mut plan.history, joined.resolve(address), Some(joined));
        }
        if let Some(address) = reply.menshen.as_ref().and_then(|agreed| agreed.realtime_addr.as_ref()) {
            add(&mut plan.realtime, joined.resolve(address), Some(joined));
        }
        if let Some(address) = &reply.device_monitor_addr {
            plan.status_period = Duration::from_secs(reply.device_monitor_period.max(1));
            add(&mut plan.status, joined.resolve(address), Some(joined));
        }
        if let Some(address) = &reply.device_info_addr {
            add(&mut plan.cameras, joined.resolve(address), Some(joined));
        }
    }
    for url in &settings.history {
        add(&mut plan.history, url.trim().to_owned(), joined);
    }
    for url in &settings.realtime {
        add(&mut plan.realtime, url.trim().to_owned(), joined);
    }
    if let Some(url) = &settings.status {
        add(&mut plan.status, url.trim().to_owned(), joined);
    }
    plan
}

fn add(list: &mut Vec<Target>, url: String, joined: Option<&Joined>) {
    if url.is_empty() || list.iter().any(|known| known.url == url) {
        return;
    }
    // Only the platform itself agreed on anything; another receiver it names is spoken to as the documentation says.
    let agreed = joined
        .filter(|joined| address::same_origin(&url, &joined.login_url))
        .and_then(|joined| joined.reply.menshen.as_ref());
    let batch = agreed.map_or(1, |agreed| agreed.record_batch_max.clamp(1, MOST));
    list.push(Target { url, batch, extended: agreed.is_some() });
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::plan;
    use crate::config;
    use crate::upload::tests::joined;

    fn settings() -> config::Uploads {
        config::Uploads {
            realtime: vec!["http://screen.test:9999/show".into()],
            history: vec!["http://attendance.test/records".into(), "http://platform.test:80/other".into()],
            status: Some("http://watch.test/status".into()),
            ..config::Uploads::default()
        }
    }

    #[test]
    fn a_box_alone_serves_the_configured_receivers() {
        let plan = plan(&settings(), None);
        assert_eq!(plan.history.len(), 2);
        assert!(plan.history.iter().all(|target| target.batch == 1 && !target.extended));
        assert_eq!(
            (plan.history_period, plan.status_period),
            (Duration::from_secs(20), Duration::from_secs(20))
        );
        assert!(plan.cameras.is_empty());
    }

    #[test]
    fn a_login_adds_the_platforms_addresses_and_its_periods() {
        let joined = joined(
            "http://platform.test/login",
            r#""recordAddr": "/records , http://backup.test/records,", "recordUploadPeriod": "5", "deviceMonitorAddr": "/status",
                "deviceMonitorPeriod": 7, "deviceInfoAddr": "/cameras",
                "menshen": {"recordBatchMax": 500, "realtimeAddr": "/realtime"}"#,
        );
        let plan = plan(&settings(), Some(&joined));
        let urls: Vec<_> = plan.history.iter().map(|t| (t.url.as_str(), t.batch, t.extended)).collect();
        assert_eq!(
            urls,
            [
                ("http://platform.test/records", 100, true),
                ("http://backup.test/records", 1, false),
                ("http://attendance.test/records", 1, false),
                ("http://platform.test:80/other", 100, true),
            ]
        );
        assert_eq!(plan.realtime[0].url, "http://platform.test/realtime");
        assert_eq!(plan.realtime[1].url, "http://screen.test:9999/show");
        assert_eq!(
            (plan.history_period, plan.status_period),
            (Duration::from_secs(5), Duration::from_secs(7))
        );
        assert_eq!(plan.cameras.len(), 1);
    }

    #[test]
    fn a_platform_that_agreed_on_nothing_gets_single_events() {
        let joined = joined("http://platform.test/login", r#""recordAddr": "/records""#);
        let plan = plan(&config::Uploads::default(), Some(&joined));
        assert_eq!((plan.history[0].batch, plan.history[0].extended), (1, false));
        assert!(plan.realtime.is_empty());
    }
}
