use std::path::Path;

use super::*;

const EXAMPLE: &str = include_str!("../../../../config/edge.example.toml");

fn load(text: &str) -> Result<Config, String> {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("edge.toml");
    std::fs::write(&file, text).unwrap();
    runtime::config::load::<Config>(Some(Path::new(&file))).map_err(|error| error.to_string())
}

#[test]
fn the_example_states_the_defaults() {
    let example = load(EXAMPLE).unwrap();
    example.check().unwrap();
    assert_eq!(format!("{example:?}"), format!("{:?}", Config::default()));
}

#[test]
fn every_key_of_the_example_is_known() {
    let key = |line: &str| {
        line.starts_with('#') && line[1..].starts_with(|c: char| c.is_ascii_lowercase() || c == '[')
    };
    let lines: Vec<_> = EXAMPLE.lines().map(|line| if key(line) { &line[1..] } else { line }).collect();
    let config = load(&lines.join("\n")).unwrap();
    config.check().unwrap();
    assert_eq!(config.identity.dev_sno.as_deref(), Some("TJGSDX000120190726103455"));
    assert_eq!(config.recognition.margin, Some(0.05));
    assert_eq!(config.camera[0].name, "front");
    assert_eq!(config.camera[0].door, Some(Door::Log));
}

#[test]
fn every_kind_of_door_in_the_example_is_one() {
    let doors: Vec<_> =
        EXAMPLE.lines().filter_map(|line| line.trim_start_matches("# ").strip_prefix("door = ")).collect();
    assert_eq!(doors.len(), 2);
    for door in doors {
        let config = load(&format!("[[camera]]\nname = \"a\"\nkind = \"pad\"\ndoor = {door}")).unwrap();
        config.check().unwrap();
    }
}

#[test]
fn what_is_wrong_is_named() {
    for (text, word) in [
        ("[box]\ndev_son = 1", "dev_sno"),
        ("[local_api]\nauth = \"open\"", "auth"),
        ("[[camera]]\nname = \"a\"\nkind = \"film\"", "kind"),
    ] {
        let error = load(text).unwrap_err();
        assert!(error.contains(word), "{error}");
    }
    for (text, word) in [
        ("[[camera]]\nname = \"a\"\nkind = \"file\"", "camera.0.path"),
        ("[[camera]]\nname = \"a\"\nkind = \"file\"\npath = \"data/edge/frames\"", "camera.0.path"),
        (
            "data_dir = \"frames/own\"\n[[camera]]\nname = \"a\"\nkind = \"file\"\npath = \"frames\"",
            "camera.0.path",
        ),
        (
            "[[camera]]\nname = \"a\"\nkind = \"pad\"\n[[camera]]\nname = \"a\"\nkind = \"pad\"",
            "camera.1.name",
        ),
        (
            "[[camera]]\nname = \"a\"\nkind = \"pad\"\naddress = \"10.0.0.9\"\n[[camera]]\nname = \"b\"\nkind = \"rtsp\"\nurl = \"rtsp://10.0.0.9/x\"",
            "camera.1.address: 10.0.0.9 is that of camera \"a\" too; give \"b\"",
        ),
        ("[[camera]]\nname = \"a\"\nkind = \"pad\"\ndevice_type = 9", "camera.0.device_type"),
        (
            "[[camera]]\nname = \"a\"\nkind = \"pad\"\ndoor = { kind = \"http\", url = \"ftp://x\" }",
            "camera.0.door.url",
        ),
        (
            "[[camera]]\nname = \"a\"\nkind = \"pad\"\ndoor = { kind = \"modbus-tcp\", address = \"10.0.0.1:502\", seconds = 255 }",
            "camera.0.door.seconds",
        ),
        (
            "[[camera]]\nname = \"a\"\nkind = \"pad\"\ndoor = { kind = \"modbus-tcp\", address = \"10.0.0.1:502\", alarm_channel = 1 }",
            "camera.0.door.alarm_channel",
        ),
        ("[recognition]\ndoor_rate = 0.0", "recognition.door_rate"),
        ("[library]\nmax_people = 0", "library.max_people"),
        ("[console]\npassword = \"admin\"", "console.password"),
        ("[console]\ntls = { cert = \"box.crt\" }", "console.tls.key"),
    ] {
        let error = load(text).unwrap().check().unwrap_err();
        assert!(error.starts_with(word), "{error}");
    }
}

#[test]
fn numbers_may_stand_for_text_and_blank_text_for_nothing() {
    let config = load("[box]\ndev_sno = 123\nlogin_url = \" \"\n[ftp]\npassword = 4711").unwrap();
    assert_eq!(config.identity.dev_sno.as_deref(), Some("123"));
    assert_eq!(config.identity.login_url, None);
    assert_eq!(config.ftp.password.as_deref(), Some("4711"));
}
