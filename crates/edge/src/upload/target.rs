//! Who gets what: the receivers that follow from the configuration and the login reply. Pure.

use std::time::Duration;

use protocol::address;

use super::receivers::Receivers;
use crate::config::Format;
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
    /// Whether events carry the registration photo.
    pub(super) photo: bool,
    /// How events are written.
    pub(super) format: Format,
    /// Time between uploads; only of history and status.
    pub(super) period: Duration,
}

/// All receivers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Plan {
    pub(super) history: Vec<Target>,
    pub(super) realtime: Vec<Target>,
    pub(super) status: Vec<Target>,
    pub(super) cameras: Vec<Target>,
}

/// Most events per request, whatever was agreed on.
const MOST: usize = 100;

/// The receivers under these settings and this login, in order: the platform's first, then the box's own. An address that is
/// named twice gets everything once. The platform's are spoken to in JSON, whatever the box's own asked for.
pub(super) fn plan(own: &Receivers, joined: Option<&Joined>) -> Plan {
    let mut plan =
        Plan { history: Vec::new(), realtime: Vec::new(), status: Vec::new(), cameras: Vec::new() };
    let reply = joined.map(|joined| &joined.reply);
    let history = Manner { photo: own.history.photo, format: Format::Json, period: 0 };
    let realtime = Manner { photo: own.realtime.photo, format: Format::Json, period: 0 };
    if let Some(joined) = joined {
        let reply = &joined.reply;
        for address in &reply.record_addrs {
            let manner = Manner { period: reply.record_upload_period, ..history };
            add(&mut plan.history, joined.resolve(address), manner, Some(joined));
        }
        if let Some(address) = reply.menshen.as_ref().and_then(|agreed| agreed.realtime_addr.as_ref()) {
            add(&mut plan.realtime, joined.resolve(address), realtime, Some(joined));
        }
        if let Some(address) = &reply.device_monitor_addr {
            let manner = Manner { period: reply.device_monitor_period, ..history };
            add(&mut plan.status, joined.resolve(address), manner, Some(joined));
        }
        if let Some(address) = &reply.device_info_addr {
            add(&mut plan.cameras, joined.resolve(address), history, Some(joined));
        }
    }
    let period = own.history.period.beside(reply.map(|reply| reply.record_upload_period));
    for url in &own.history.urls {
        let manner = Manner { format: own.history.format, period, ..history };
        add(&mut plan.history, url.clone(), manner, joined);
    }
    for url in &own.realtime.urls {
        let manner = Manner { format: own.realtime.format, ..realtime };
        add(&mut plan.realtime, url.clone(), manner, joined);
    }
    if let Some(url) = &own.status.url {
        // A platform that wants no heartbeat says nothing about its period either.
        let theirs = reply.filter(|reply| reply.device_monitor_addr.is_some());
        let period = own.status.period.beside(theirs.map(|reply| reply.device_monitor_period));
        add(&mut plan.status, url.clone(), Manner { period, ..history }, joined);
    }
    plan
}

/// How a receiver is spoken to.
#[derive(Clone, Copy)]
struct Manner {
    photo: bool,
    format: Format,
    /// Seconds.
    period: u64,
}

fn add(list: &mut Vec<Target>, url: String, manner: Manner, joined: Option<&Joined>) {
    if url.is_empty() || list.iter().any(|known| known.url == url) {
        return;
    }
    // Only the platform itself agreed on anything; another receiver it names is spoken to as the documentation says.
    let agreed = joined
        .filter(|joined| address::same_origin(&url, &joined.login_url))
        .and_then(|joined| joined.reply.menshen.as_ref());
    let batch = match manner.format {
        Format::Json => agreed.map_or(1, |agreed| agreed.record_batch_max.clamp(1, MOST)),
        // A form has the fields of one event.
        Format::FormData => 1,
    };
    let Manner { photo, format, period } = manner;
    let period = Duration::from_secs(period.max(1));
    list.push(Target { url, batch, extended: agreed.is_some(), photo, format, period });
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::plan;
    use crate::config::{self, Format};
    use crate::upload::receivers::{Period, Receivers};
    use crate::upload::tests::joined;

    fn settings() -> Receivers {
        Receivers::configured(&config::Uploads {
            realtime: vec!["http://screen.test:9999/show".into()],
            history: vec!["http://attendance.test/records".into(), "http://platform.test:80/other".into()],
            status: Some("http://watch.test/status".into()),
            ..config::Uploads::default()
        })
    }

    #[test]
    fn a_box_alone_serves_the_configured_receivers() {
        let plan = plan(&settings(), None);
        assert_eq!(plan.history.len(), 2);
        assert!(plan.history.iter().all(|target| target.batch == 1 && !target.extended));
        assert_eq!(plan.history[0].period, Duration::from_secs(20));
        assert_eq!(plan.status[0].period, Duration::from_secs(20));
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
        assert!(plan.history.iter().all(|target| target.period == Duration::from_secs(5)));
        assert!(plan.status.iter().all(|target| target.period == Duration::from_secs(7)));
        assert_eq!(plan.cameras.len(), 1);
    }

    #[test]
    fn a_platform_that_agreed_on_nothing_gets_single_events() {
        let joined = joined("http://platform.test/login", r#""recordAddr": "/records""#);
        let plan = plan(&Receivers::configured(&config::Uploads::default()), Some(&joined));
        assert_eq!((plan.history[0].batch, plan.history[0].extended), (1, false));
        assert!(plan.realtime.is_empty());
    }

    #[test]
    fn what_was_set_here_holds_for_the_boxs_own_receivers_and_not_for_the_platforms() {
        let joined = joined(
            "http://platform.test/login",
            r#""recordAddr": "/records", "recordUploadPeriod": 5, "menshen": {"recordBatchMax": 50}"#,
        );
        let mut own = settings();
        own.history.format = Format::FormData;
        own.history.photo = false;
        own.history.period = Period::Set(60);
        let plan = plan(&own, Some(&joined));
        let (platform, ours) = (&plan.history[0], &plan.history[1]);
        assert_eq!((platform.format, platform.batch, platform.period.as_secs()), (Format::Json, 50, 5));
        assert_eq!((ours.format, ours.batch, ours.period.as_secs()), (Format::FormData, 1, 60));
        // An address of the platform's that takes forms gets one event at a time too.
        assert_eq!(plan.history[2].batch, 1);
        assert!(plan.history.iter().all(|target| !target.photo));
    }
}
