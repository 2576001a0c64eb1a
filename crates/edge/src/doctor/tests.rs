//! Every check finds something, and whatever is not right comes with what to do.

use std::time::Instant;

use super::{CHECKS, Level, examine};
use crate::Config;

#[tokio::test]
async fn every_check_speaks_and_every_complaint_helps() {
    let nowhere = std::path::PathBuf::from("/proc/nowhere");
    let camera = |text: &str| serde_json::from_str(text).unwrap();
    let mut config = Config { data_dir: nowhere.clone(), ..Config::default() };
    config.vision.models = nowhere;
    config.identity.dev_sno = Some("X".into());
    config.identity.login_url = Some("http://127.0.0.1:9/login".into());
    config.camera = vec![
        camera(
            r#"{"name": "a", "kind": "file", "path": "/proc/nowhere", "door": {"kind": "http", "url": "http://127.0.0.1:9/"}}"#,
        ),
        camera(r#"{"name": "b", "kind": "rtsp", "url": "rtsp://u:hush-hush@127.0.0.1:9/x"}"#),
    ];
    let began = Instant::now();
    let report = examine(config).await.unwrap();
    assert!(began.elapsed() < super::LIMIT, "checks run side by side");
    for check in CHECKS {
        assert!(report.findings.iter().any(|line| line.check == check.name), "{}", check.name);
    }
    for line in &report.findings {
        assert_eq!(line.finding.advice.is_some(), line.finding.level != Level::Ok, "{line:?}");
    }
    let ill = |check: &str| {
        report.findings.iter().any(|line| line.check == check && line.finding.level == Level::Problem)
    };
    for check in ["models", "disk", "cameras", "doors", "platform"] {
        assert!(ill(check), "{check}: {report:#?}");
    }
    assert!(!format!("{report:?}").contains("hush-hush"));
}
