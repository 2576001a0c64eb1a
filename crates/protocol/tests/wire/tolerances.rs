//! The contract's table of ambiguities: for each row that concerns reading, what we accept and what we refuse all the same.
//!
//! A case starts from a documented message (a fixture), changes it, and says what we make of it. Rows are named as in the contract:
//! L login, C commands and results, U user details and URLs, E events and reports, B the box's own interface.

use std::fs;

use protocol::fog::{self, DoorMode, KEEP_OPEN};
use protocol::{
    Ack, Code, Command, CommandBody, DevSno, DeviceStatus, EpId, Event, LoginReply, LoginRequest, Mac, Photo,
    UserListReply, UserListRequest, address, python,
};
use serde_json::{Value, json};

use crate::case::{case, covered, row};
use crate::kinds::fixtures;

const LOGIN: &str = "login_reply/every_optional_field";
const ADD: &str = "command/add_users_inline";
const EVENT: &str = "event/unknown_fields_survive";
const STATUS: &str = "device_status/with_stream";
const OPERATE: &str = "device_report/every_field";

/// Every row that concerns reading.
const ROWS: &str = "L1 L2 L3 L4 L5 L6 L7 L8 L9 L10 L11 L14 L16 L18 L21 \
    C1 C2 C3 C4 C5 C6 C7 C8 C9 C10 C11 C12 C13 C14 C18 C19 C20 C23 \
    U1 U2 U3 U4 U6 U7 U9 U10 \
    E1 E2 E3 E4 E5 E6 E7 E8 E9 E10 E12 E13 E15 E16 E17 E18 E19 E20 E21 E22 E23 \
    B1 B2 B3 B4 B5 B6 B7 B8 B9 B10 B11 B12 B13 B14 B15 B17 B18 B19";

#[test]
fn every_row_of_the_contract_has_a_case() {
    login();
    commands();
    results();
    user_details();
    addresses();
    events();
    uploads();
    reports();
    box_settings();
    box_people();
    let covered = covered();
    let missing: Vec<&str> = ROWS.split_whitespace().filter(|row| !covered.contains(row)).collect();
    assert!(missing.is_empty(), "rows without a case: {missing:?}");
}

fn login() {
    row("L1", || {
        let expected = LoginRequest { dev_sno: DevSno::new("KEY7"), hex_mac: None };
        assert_eq!(LoginRequest::from_query("dev_sno=KEY7").unwrap(), expected);
        assert_eq!(LoginRequest::read(br#"{"dev_sno": "KEY7"}"#).unwrap(), expected);
        assert!(LoginRequest::from_query("").is_err());
    });
    row("L2", || {
        assert_eq!(LoginRequest::from_query("dev_sno=KEY7&hex_mac=").unwrap().hex_mac, None);
        let both = LoginRequest::from_query("hex_mac=0xE0A50900062B&dev_sno=KEY7").unwrap();
        assert_eq!(both.to_query()[1], ("hex_mac", "0xe0a50900062b".to_owned()));
    });
    row("L3", || {
        for notation in
            ["0xe0a50900062b", "e0:a5:09:00:06:2b", "E0-A5-09-00-06-2B", "e0a5.0900.062b", " E0A50900062B "]
        {
            let mac: Mac = notation.parse().unwrap();
            assert_eq!((mac.as_str(), mac.to_login().as_str()), ("e0a50900062b", "0xe0a50900062b"));
            assert_eq!(mac.to_heartbeat(), "e0:a5:09:00:06:2b");
        }
        for not_a_mac in ["", "0x", "e0a50900062", "e0a50900062b0", "e0a50900062g"] {
            assert!(not_a_mac.parse::<Mac>().is_err(), "{not_a_mac:?}");
        }
    });
    for port in [json!(5672), json!("5672"), json!(" 5672 "), json!(5672.0)] {
        case("L4", LOGIN).set("/rabbitmq/port", port).reads("/rabbitmq/port", json!(5672));
    }
    for port in [json!(0), json!(65536), json!("amqp"), json!([5672]), json!(-1)] {
        case("L4", LOGIN).set("/rabbitmq/port", port).refused("rabbitmq.port: expected a port number");
    }
    case("L5", LOGIN).set("/deviceMonitorAddr", json!("20")).absent("/deviceMonitorAddr");
    case("L5", LOGIN).set("/deviceMonitorAddr", json!(20)).absent("/deviceMonitorAddr");
    for (given, read) in [
        (json!("9"), 9),
        (json!(0), 1),
        (json!(-5), 1),
        (json!(""), 5),
        (json!(null), 5),
        (json!(1e300), u32::MAX),
    ] {
        case("L6", LOGIN).set("/recordUploadPeriod", given).reads("/recordUploadPeriod", json!(read));
    }
    case("L6", LOGIN)
        .drop("/recordUploadPeriod")
        .drop("/deviceMonitorPeriod")
        .reads("/deviceMonitorPeriod", json!(20));
    case("L6", LOGIN)
        .set("/recordUploadPeriod", json!("soon"))
        .refused("recordUploadPeriod: expected a number of seconds");
    for none in [json!(null), json!({}), json!("")] {
        case("L7", LOGIN)
            .set("/rabbitmq/exchange/arguments", none)
            .reads("/rabbitmq/exchange/arguments", json!(null));
    }
    let arguments = json!({"alternate-exchange": "lost"});
    for place in ["/rabbitmq/exchange/arguments", "/rabbitmq/arguments", "/arguments"] {
        case("L7", LOGIN)
            .set(place, arguments.clone())
            .reads("/rabbitmq/exchange/arguments", arguments.clone());
    }
    case("L7", LOGIN)
        .drop("/rabbitmq/exchange")
        .set("/rabbitmq/arguments", json!({"name": "x", "type": "fanout"}))
        .reads("/rabbitmq/exchange/type", json!("fanout"));
    for place in ["/rabbitmq/exchange/routingKey", "/rabbitmq/exchange/routing_key", "/rabbitmq/routingKey"] {
        case("L8", LOGIN).set(place, json!("to.box")).reads("/rabbitmq/exchange/routingKey", json!("to.box"));
    }
    case("L8", LOGIN).absent("/rabbitmq/exchange/routingKey");
    case("L9", LOGIN)
        .drop("/rabbitmq/unNeedBindExchange")
        .set("/rabbitmq/unNeedbindExchange", json!(true))
        .reads("/rabbitmq/unNeedBindExchange", json!(true));
    case("L9", LOGIN)
        .drop("/imgServerAddr")
        .set("/imgServerAddress", json!("http://pics"))
        .reads("/imgServerAddr", json!("http://pics"));
    case("L9", LOGIN).set("/deviceListInfoAddr", json!("/all")).reads("/deviceListInfoAddr", json!("/all"));
    case("L9", LOGIN).drop("/token").set("/TOKEN", json!("t")).reads("/token", json!("t"));
    for yes in [json!(true), json!(1), json!("1"), json!("true"), json!("True"), json!("yes")] {
        case("L10", LOGIN)
            .set("/rabbitmq/exchange/passive", yes)
            .reads("/rabbitmq/exchange/passive", json!(true));
    }
    for no in [json!(false), json!(0), json!("False"), json!(""), json!(null)] {
        case("L10", LOGIN)
            .set("/rabbitmq/exchange/passive", no)
            .reads("/rabbitmq/exchange/passive", json!(false));
    }
    case("L10", LOGIN)
        .set("/rabbitmq/exchange/passive", json!(2))
        .refused("rabbitmq.exchange.passive: expected true or false");
    for none in [json!(null), json!(""), json!(" "), json!("/")] {
        case("L11", LOGIN).set("/rabbitmq/vHost", none.clone()).reads("/rabbitmq/vHost", json!("/"));
        case("L11", LOGIN).set("/rabbitmq/uploadVHost", none).reads("/rabbitmq/uploadVHost", json!("/"));
    }
    case("L14", LOGIN)
        .set("/recordAddr", json!(" /a ,http://b/c，/d,, "))
        .reads("/recordAddr", json!("/a,http://b/c,/d"));
    case("L14", LOGIN).set("/recordAddr", json!("")).absent("/recordAddr");
    case("L14", LOGIN).set("/recordAddr", json!({"a": 1})).refused("recordAddr: expected a list of texts");
    row("L16", || {
        let good = fs::read(fixtures().join("login_reply/minimum_string_port.json")).unwrap();
        assert!(LoginReply::read(200, &good).is_ok());
        let refused = LoginReply::read(403, &good).unwrap_err();
        assert_eq!((refused.http_status, refused.code), (403, Code::REMOTE_SERVER_FAILED));
        let mut with_error: Value = serde_json::from_slice(&good).unwrap();
        with_error["error"] = json!({"code": "600002", "message": "occupied"});
        let refused = LoginReply::read(200, with_error.to_string().as_bytes()).unwrap_err();
        assert_eq!((refused.code, refused.message.as_str()), (Code::DEV_SNO_OCCUPIED, "occupied"));
        assert_eq!(LoginReply::read(200, b"{}").unwrap_err().code, Code::REMOTE_DATA_FAILED);
        assert_eq!(LoginReply::read(500, b"").unwrap_err().code, Code::REMOTE_SERVER_FAILED);
    });
    case("L18", "device_status/with_stream")
        .drop("/dev_sno")
        .set("/devSno", json!("KEY7"))
        .reads("/dev_sno", json!("KEY7"));
    case("L18", "result/wipe_data").drop("/dev_sno").reads("/dev_sno", json!(""));
    case("L21", LOGIN)
        .set("/cloud_server_address", json!("http://other"))
        .reads("/cloud_server_address", json!("http://other"));
}

fn commands() {
    let wipe = "command/wipe_data";
    case("C1", wipe).set("/messageId", json!(17)).reads("/messageId", json!("17"));
    case("C1", wipe).set("/messageKey", json!("m-1")).reads("/messageId", json!("m-1"));
    case("C1", wipe).set("/messageKey", json!("wipe_data")).absent("/messageId");
    case("C1", wipe)
        .set("/messageId", json!("m-1"))
        .set("/messageKey", json!("m-2"))
        .reads("/messageId", json!("m-1"));
    case("C1", wipe).set("/messageId", json!("")).absent("/messageId");
    for none in [json!(null), json!({}), json!("")] {
        case("C2", wipe).set("/extend_params", none).reads("/extend_params", json!({}));
    }
    case("C2", wipe).drop("/extend_params").reads("/extend_params", json!({}));
    case("C2", wipe).set("/extend_params", json!([1])).refused("extend_params: expected an object");
    row("C3", || {
        let base = "http://cloud:9061";
        assert_eq!(address::resolve(base, "http://10.0.0.1:8080:/results"), "http://10.0.0.1:8080/results");
        assert_eq!(address::resolve(base, "/results"), "http://cloud:9061/results");
    });
    case("C4", "command/delete_users")
        .drop("/extend_params/notify_path")
        .absent("/extend_params/notify_path");
    row("C5", || {
        let url = address::with_credentials("http://cloud/persons?site=7", "t 1", &DevSno::new("KEY7"));
        assert_eq!(url, "http://cloud/persons?site=7&token=t+1&dev_sno=KEY7");
    });
    case("C6", ADD).set("/userid_list", json!(["p-9"])).absent("/userid_list");
    case("C6", ADD)
        .set("/user_info_list", json!([]))
        .set("/userid_list", json!(["p-9"]))
        .reads("/userid_list/0", json!("p-9"));
    case("C6", ADD).drop("/user_info_list").refused("expected userid_list or user_info_list");
    let groups = "/user_info_list/0/info/permission_ids";
    for none in [json!(null), json!([]), json!(""), json!(" , ")] {
        case("C7", ADD).set(groups, none).reads(groups, json!(["0"]));
    }
    case("C7", ADD).set(groups, json!([7, "8"])).reads(groups, json!(["7", "8"]));
    case("C7", ADD).set(groups, json!("7, 8，9")).reads(groups, json!(["7", "8", "9"]));
    case("C7", ADD).set(groups, json!(7)).reads(groups, json!(["7"]));
    case("C7", ADD)
        .set(groups, json!({"id": 7}))
        .unreadable("[0].info.permission_ids: expected a list of texts");
    case("C8", ADD).reads("/user_info_list/0/register_type", json!(1));
    for (given, read) in [(json!("2"), 2), (json!(2), 2), (json!(9), 1), (json!(null), 1)] {
        case("C8", ADD)
            .set("/user_info_list/0/register_type", given)
            .reads("/user_info_list/0/register_type", json!(read));
    }
    let kind = "/user_info_list/0/info/type";
    for (given, read) in [
        (json!("2"), 2),
        (json!(null), 1),
        (json!("employee"), 1),
        (json!("Visitor"), 2),
        (json!("blacklist"), 3),
        (json!("stranger"), 4),
        (json!("vip"), 5),
        (json!(12), 12),
    ] {
        case("C9", ADD).set(kind, given).reads(kind, json!(read));
    }
    case("C9", ADD).set(kind, json!("boss")).unreadable("[0].info.type: expected a person type");
    let level = "/info/fiqa_level";
    for (given, read) in [
        (json!("LOW"), "low"),
        (json!("normal"), "middle"),
        (json!(""), "high"),
        (json!(null), "high"),
        (json!("best"), "high"),
        (json!("no"), "no"),
        (json!("custom"), "custom"),
    ] {
        case("C19", "command/fiqa").set(level, given).reads(level, json!(read));
    }
    case("C23", "command/delete_users")
        .set("/userid_list", json!([17, " 18 "]))
        .reads("/userid_list", json!(["17", "18"]));
    case("C23", "command/delete_users")
        .set("/userid_list", json!([""]))
        .refused("userid_list[0]: expected a person's id");
    row("C20", || {
        let manual = "{ // a comment\n \"method\": \"wipe_data\"，\n 'wipe_options': {\"users\": True, 'events': false,}, # more\n}";
        let value = python::read(manual).unwrap();
        let command = Command::read(value.to_string().as_bytes()).unwrap();
        assert!(matches!(command.body, CommandBody::WipeData(options) if options.users && !options.events));
        // On the wire only real JSON counts.
        assert_eq!(Command::read(manual.as_bytes()).unwrap_err().code, Code::PARAM_ERROR);
        for broken in ["", "{", "{'a'}", "{'a': 1} x", "'open", "[1", "{(1): 2}", "@"] {
            assert!(python::read(broken).is_err(), "{broken:?}");
        }
        assert!(python::read(&"[".repeat(100_000)).is_err());
    });
}

fn results() {
    let add = "result/add_users";
    let code = "/result/failed_users/0/code";
    for (given, read) in
        [(json!("40094"), json!(40094)), (json!(40094), json!(40094)), (json!(40094.0), json!(40094))]
    {
        case("C10", add).set(code, given).reads(code, read);
    }
    case("C10", add).set("/code", json!("0")).reads("/code", json!(0));
    case("C10", add).set("/code", json!([])).refused("code: expected a status code");
    case("C11", add).set(code, json!("FACE_NOT_FOUND")).reads(code, json!("FACE_NOT_FOUND"));
    case("C11", add).set(code, json!(599_999)).reads(code, json!(599_999));
    case("C11", add).drop(code).reads(code, json!(40000));
    row("C11", || {
        assert!(!Code::Int(599_999).is_success() && !Code::Text("FACE_NOT_FOUND".into()).is_success());
    });
    row("C12", || {
        for (one, other) in [
            (Code::NOT_FOUND, Code::FOG_NOT_FOUND),
            (Code::UNSUPPORTED_CONTENT, Code::CONTENT_TYPE_ERROR),
            (Code::PARAM_ERROR, Code::FOG_PARAM_ERROR),
            (Code::NO_FACE, Code::Text("NO_FACE".into())),
        ] {
            assert!(one.same_as(&other) && other.same_as(&one), "{one} and {other}");
        }
        assert!(!Code::NOT_FOUND.same_as(&Code::ID_NOT_FOUND));
        assert!(!Code::Text("A".into()).same_as(&Code::Text("B".into())));
    });
    case("C13", add).set("/success", json!("True")).reads("/result/failed_users/1/userid", json!("p-1003"));
    case("C13", add).drop("/success").reads("/success", json!(true));
    case("C13", add)
        .set("/result", json!(null))
        .reads("/result", json!({"success_users": [], "failed_users": []}));
    row("C14", || {
        assert!(
            Code::ID_NOT_FOUND.is_gone() && Code::VENDOR_DELETE_FAILED.is_gone() && !Code::NO_FACE.is_gone()
        );
    });
    let info = "/result/data/0/info";
    case("C18", "result/fiqa").set(info, json!({"face_angle": [1, 2, 3]})).reads(
        "/result/data/0/info/headpose",
        json!({"pitch_angle": 1.0, "roll_angle": 2.0, "yaw_angle": 3.0}),
    );
    case("C18", "result/fiqa").set(info, json!({})).reads("/result/data/0/info/mask", json!(-1.0));
    case("C18", "result/fiqa")
        .set("/result/data/0/info/occlusion", json!([0, 1]))
        .reads("/result/data/0/info/occlusion", json!([false, true]));
    case("C18", "result/fiqa")
        .set("/result/data/0/bbox", json!([1]))
        .refused("result.data[0].bbox: expected a list of four");
}

fn user_details() {
    row("U1", || {
        let request = UserListRequest::read(
            python::read("{'userid_list': ['a', 'b']}").unwrap().to_string().as_bytes(),
        )
        .unwrap();
        assert_eq!(request.userid_list.len(), 2);
        assert!(UserListRequest::read(b"{'userid_list': ['a', 'b']}").is_err());
    });
    row("U2", || {
        let key = DevSno::new("KEY7");
        for own in ["?token=t&dev_sno=KEY7", "?&dev_sno=KEY7&token=t"] {
            let url = address::with_credentials(&format!("http://cloud/persons{own}"), "other", &key);
            assert!(!url.contains("other") && !url.contains("?&"), "{url}");
        }
        assert_eq!(address::with_credentials("/p", "t&", &key), "/p?token=t%26&dev_sno=KEY7");
    });
    row("U3", || {
        let request = UserListRequest::from_query("token=t&userid=a&userid=b&userid_list=c,d").unwrap();
        assert_eq!(
            request.userid_list.iter().map(|id| id.as_str()).collect::<Vec<_>>(),
            ["a", "b", "c", "d"]
        );
        assert!(UserListRequest::from_query(&"userid=a&".repeat(50_001)).is_err());
    });
    row("U4", || {
        let refusal = br#"{"error": {"code": 40003, "message": "unauthorised", "status": "PARAM_ERROR"}}"#;
        for http_status in [200, 401, 500] {
            assert_eq!(UserListReply::read(http_status, refusal).unwrap_err().code, Code::IMAGE_ERROR);
        }
        assert_eq!(UserListReply::read(404, b"gone").unwrap_err().code, Code::REMOTE_SERVER_FAILED);
    });
    let photo = "/data/user_list/0/reg_photo";
    let reply = "user_list_reply/documented";
    for given in ["data:image/jpeg;base64,AAAA", "AAAA", " DATA:image/png;base64,AAAA"] {
        case("U6", reply)
            .drop("/data/user_list/0/reg_url")
            .set(photo, json!(given))
            .reads(photo, json!("AAAA"));
    }
    case("U7", reply).set(photo, json!("AAAA")).absent("/data/user_list/0/reg_url");
    case("U7", reply)
        .set(photo, json!(""))
        .reads("/data/user_list/0/reg_url", json!("https://pics.example/p-1001.jpg"));
    case("U7", reply)
        .set("/data/user_list/0/reg_url", json!(""))
        .set("/data/user_list/0/relative_pic_url", json!("/a.jpg"))
        .reads("/data/user_list/0/relative_pic_url", json!("/a.jpg"));
    case("U7", reply).drop("/data/user_list/0/reg_url").absent("/data/user_list/0/reg_url");
}

fn addresses() {
    row("U9", || {
        for (login, base) in [
            ("http://cloud:9061/api/gateway/login", "http://cloud:9061"),
            ("https://cloud/login?a=b", "https://cloud"),
            ("http;//cloud/login", "http://cloud"),
            ("HTTP://cloud:/login", "HTTP://cloud"),
            ("cloud:9061/login", "http://cloud:9061"),
            ("http://[fe80::1]:80/x", "http://[fe80::1]:80"),
            (" http://cloud ", "http://cloud"),
        ] {
            assert_eq!(address::base_of(login), base, "{login}");
        }
        assert_eq!(address::resolve("http://cloud", "getRecord"), "http://cloud/getRecord");
        assert_eq!(address::resolve("http://cloud/", "/getRecord"), "http://cloud/getRecord");
    });
    row("U10", || {
        for absolute in ["http://a/b", "HTTPS://a/b"] {
            assert_eq!(address::resolve("http://cloud", absolute), absolute);
            assert!(matches!(Photo::from_address(absolute.to_owned()), Photo::Url(_)));
        }
        assert_eq!(address::resolve("http://cloud", "httpd/x"), "http://cloud/httpd/x");
        assert!(address::same_origin("http://cloud/a", "HTTP://CLOUD:80/b"));
        for other in
            ["https://cloud", "http://cloud:81", "http://cloud.evil", "cloud", "", "data:text/plain,x"]
        {
            assert!(!address::same_origin("http://cloud", other), "{other}");
        }
        assert!(!address::same_origin("data:text/plain,x", "data:text/plain,x"));
    });
}

fn events() {
    for (given, read) in [
        (json!(1_742_000_000_123_i64), 1_742_000_000_123_i64),
        (json!(1_742_000_000), 1_742_000_000_000),
        (json!("1742000000123"), 1_742_000_000_123),
        (json!(1_742_000_000.25), 1_742_000_000_250),
        (json!("1742000000.25"), 1_742_000_000_250),
        (json!(1_742_000_000_123.0), 1_742_000_000_123),
        (json!(99_999_999_999_i64), 99_999_999_999_000),
        (json!(100_000_000_000_i64), 100_000_000_000),
    ] {
        case("E1", EVENT).set("/timestamp", given).reads("/timestamp", json!(read));
    }
    for bad in [json!("now"), json!("inf"), json!(1e300), json!(true), json!({})] {
        case("E1", EVENT).set("/timestamp", bad).refused("timestamp: expected a time");
    }
    row("E2", || {
        for (score, fraction) in
            [("0.62", 0.62), ("82", 0.82), ("\"6.56\"", 0.0656), ("140", 1.0), ("-1", 0.0)]
        {
            let event = Event::read(format!("{{\"timestamp\": 1, \"score\": {score}}}").as_bytes()).unwrap();
            assert!((event.score_fraction() - fraction).abs() < 1e-9, "{score}");
        }
    });
    case("E2", EVENT).set("/score", json!("NaN")).refused("score: expected a number");
    let device = "/ext_data/device_type";
    for (given, read) in [
        (json!(0), "0"),
        (json!("4"), "4"),
        (json!("photo"), "1"),
        (json!("RTSP"), "3"),
        (json!("gb28181"), "gb28181"),
    ] {
        case("E3", EVENT).set(device, given).reads(device, json!(read));
    }
    case("E3", EVENT).set(device, json!([])).refused("ext_data.device_type: expected a device type");
    case("E4", EVENT).drop("/ext_data/person_type").reads("/ext_data/person_type", json!(1));
    row("E4", || {
        let stranger = |name: &str, kind: i64| {
            let event = json!({"timestamp": 1, "identity_name": name, "ext_data": {"person_type": kind}});
            Event::read(event.to_string().as_bytes()).unwrap().is_stranger()
        };
        assert!(stranger("stranger", 1) && stranger("x", 4) && !stranger("x", 1));
    });
    case("E5", EVENT).drop("/group_name").set("/group_id", json!(17)).reads("/group_name", json!("17"));
    row("E6", || {
        let id = EpId::from("e0a50900062b__rtsp://10.0.0.1/a__b");
        assert_eq!(id.split(), Some(("e0a50900062b", "rtsp://10.0.0.1/a__b")));
        assert_eq!(EpId::from("cam").split(), None);
    });
    case("E6", EVENT).set("/ext_data/ep_id", json!("")).absent("/ext_data/ep_id");
    row("E7", || {
        let reported = |ext: Value| {
            Event::read(json!({"timestamp": 1, "ext_data": ext}).to_string().as_bytes())
                .unwrap()
                .reported_box()
        };
        assert_eq!(reported(json!({"devSno": "A", "ep_id": "B__c"})), Some(DevSno::new("A")));
        assert_eq!(reported(json!({"ep_id": "B__c"})), Some(DevSno::new("B")));
        assert_eq!(reported(json!({})), None);
    });
    for none in [json!(null), json!({}), json!("")] {
        case("E8", EVENT)
            .set("/ext_data/box_fiqa_info", none.clone())
            .reads("/ext_data/box_fiqa_info", json!({}));
        case("E8", EVENT).set("/ext_data", none).reads("/ext_data/grab_fiqa_info", json!({}));
    }
    case("E8", EVENT)
        .set("/ext_data/box_fiqa_info", json!(1))
        .refused("ext_data.box_fiqa_info: expected an object");
    for none in [json!(""), json!(null), json!("data:image/jpeg;base64,")] {
        case("E15", EVENT).set("/reg_pic", none.clone()).absent("/reg_pic");
        case("E15", EVENT).set("/ext_data/spot_pic", none).absent("/ext_data/spot_pic");
    }
    let attributes = json!({"age": "youth", "sex": 0, "gender": "male"});
    case("E16", EVENT)
        .set("/ext_data/box_fiqa_info", attributes.clone())
        .reads("/ext_data/box_fiqa_info", attributes);
}

fn uploads() {
    let event = json!({"timestamp": 1_742_000_000_123_i64, "identity_id": "p-1"});
    row("E9", || {
        let count =
            |upload: Value| Event::read_batch(upload.to_string().as_bytes()).map(|events| events.len());
        assert_eq!(count(event.clone()), Ok(1));
        assert_eq!(count(json!([event, event])), Ok(2));
        for name in ["events", "data", "records", "event_list", "list", "Events"] {
            assert_eq!(count(json!({name: [event, event, event]})), Ok(3), "{name}");
        }
        assert_eq!(count(json!([])), Ok(0));
        assert!(count(json!({"batch": [event]})).is_err());
        assert!(count(json!([event, 7])).unwrap_err().to_string().starts_with("[1]: expected an object"));
        assert!(
            count(json!(vec![event.clone(); 1001]))
                .unwrap_err()
                .to_string()
                .contains("more than 1000 events")
        );
    });
    row("E10", || {
        for (http_status, answer, taken) in [
            (200, r#"{"status": 0, "message": "ok", "data": null}"#, true),
            (200, r#"{"status": "0"}"#, true),
            (204, "", true),
            (200, "thanks", true),
            (200, "[]", true),
            (200, r#"{"status": "success"}"#, true),
            (200, r#"{"status": 1, "message": "disk full"}"#, false),
            (200, r#"{"status": "failed"}"#, false),
            (200, r#"{"error": {"code": 40071}}"#, false),
            (302, "", false),
            (500, r#"{"status": 0}"#, false),
        ] {
            assert_eq!(Ack::judge(http_status, answer.as_bytes()), taken, "{http_status} {answer}");
        }
    });
    row("E12", || {
        let value = python::read(
            "{'timestamp': 1742000000123, 'ext_data': {'box_fiqa_info': {'fiqa_result': True}}, 'x': None}",
        )
        .unwrap();
        assert_eq!(
            Event::read(value.to_string().as_bytes()).unwrap().ext.box_fiqa_info["fiqa_result"],
            json!(true)
        );
    });
    row("E13", || {
        let whole =
            [("timestamp", "1742000000123"), ("score", "0.5"), ("ext_data", r#"{"device_ip": "10.0.0.1"}"#)];
        let dotted = [("timestamp", "1742000000123"), ("score", "0.5"), ("ext_data.device_ip", "10.0.0.1")];
        let bracketed =
            [("timestamp", "1742000000123"), ("score", "0.5"), ("ext_data[device_ip]", "10.0.0.1")];
        for fields in [whole, dotted, bracketed] {
            let events = Event::read_form(fields).unwrap();
            assert_eq!((events[0].score, events[0].ext.device_ip.as_str()), (0.5, "10.0.0.1"));
            let written = events[0].to_form();
            assert_eq!(
                Event::read_form(written.iter().map(|(name, text)| (name.as_str(), text.as_str()))).unwrap(),
                events
            );
        }
        let batch = json!([event]).to_string();
        assert_eq!(Event::read_form([("events", batch.as_str())]).unwrap().len(), 1);
        assert!(Event::read_form([("ext_data", "{broken")]).is_err());
    });
}

fn reports() {
    for key in ["/actiontype", "/actionType", "/ActionType"] {
        case("E17", OPERATE)
            .drop("/actionType")
            .drop("/actiontype")
            .set(key, json!("2"))
            .reads("/actionType", json!(2));
    }
    case("E17", OPERATE).set("/actionType", json!("add")).refused("actionType: expected an action");
    case("E18", OPERATE)
        .drop("/deviceInfo/epType")
        .set("/deviceInfo/type", json!(1))
        .reads("/deviceInfo/epType", json!("1"));
    case("E18", OPERATE).set("/deviceInfo/type", json!(1)).reads("/deviceInfo/epType", json!("0"));
    for (given, read) in [("online", "1"), ("2", "2"), ("OFFLINE", "2"), ("unknown", "3"), ("?", "3")] {
        case("E19", OPERATE)
            .set("/deviceInfo/epStatus", json!(given))
            .reads("/deviceInfo/epStatus", json!(read));
    }
    case("E19", STATUS)
        .set("/sub_devices/0/ep_status", json!(1))
        .reads("/sub_devices/0/ep_status", json!("online"));
    for given in [json!(1_742_000_000), json!(1_742_000_000_999_i64), json!("1742000000")] {
        case("E20", OPERATE)
            .set("/deviceInfo/lastMonitorTime", given)
            .reads("/deviceInfo/lastMonitorTime", json!(1_742_000_000));
    }
    for given in ["10.20.0.77 ", "10.20.0.77 192.168.150.1", " 10.20.0.77"] {
        case("E21", STATUS).set("/gateway_ip", json!(given)).reads("/gateway_ip", json!("10.20.0.77"));
    }
    row("E22", || {
        for (given, percent) in [(0.77, 77.0), (87.0, 87.0), (1.0, 100.0)] {
            let status = json!({"gateway_ext_data": {"memory_usage": given}});
            let status = DeviceStatus::read(status.to_string().as_bytes()).unwrap();
            assert_eq!(status.gateway_ext_data.memory_percent(), Some(percent));
            assert_eq!(status.gateway_ext_data.memory_usage, Some(given));
        }
    });
    let camera = json!({"ep_id": "KEY7__10.0.0.1"});
    case("E23", STATUS).set("/sub_devices", json!([camera])).absent("/sub_devices/0/ep_url");
    for given in [json!("v1"), json!({"sw_version": ""})] {
        case("E23", STATUS)
            .set("/sub_devices/0/ep_ext_data", given.clone())
            .reads("/sub_devices/0/ep_ext_data", given);
    }
}

fn box_settings() {
    for key in ["response", "dev_sno"] {
        case("B1", "dev_sno_reply/key_response")
            .set("/data", json!({key: "K"}))
            .reads("/data", json!({"response": "K", "dev_sno": "K"}));
    }
    case("B2", "login_url_reply/documented")
        .reads("/data/response", json!("http://cloud.example:9061/api/login"));
    let receivers = "fog_event_server_url/documented";
    for key in ["/content-type", "/content_type", "/contentType"] {
        for (given, read) in [
            ("json", "json"),
            ("application/json", "json"),
            ("form-data", "form-data"),
            ("multipart/form-data", "form-data"),
        ] {
            case("B3", receivers)
                .drop("/content-type")
                .set(key, json!(given))
                .reads("/content-type", json!(read));
        }
    }
    let history = "fog_history_event_url/documented";
    for key in ["/reported_peroid", "/reported_period", "/report_period"] {
        case("B4", history).drop("/reported_peroid").set(key, json!("7")).reads("/reported_peroid", json!(7));
    }
    for given in [json!(["http://a", " http://b"]), json!("http://a,http://b"), json!("http://a，http://b,")]
    {
        case("B5", receivers)
            .set("/event_server_url", given.clone())
            .reads("/event_server_url", json!(["http://a", "http://b"]));
        case("B5", "fog_monitor_server_url/documented")
            .set("/monitor_server_url", given)
            .reads("/monitor_server_url", json!("http://a"));
    }
    case("B6", "fog_monitor_reply/to_a_change").set("/data", json!("ok")).reads("/data", json!("ok"));
    case("B6", "fog_monitor_reply/to_a_question").reads("/data/reported_peroid", json!(30));
    row("B10", || {
        assert!(
            fog::UserQuery::from_query("identity_id=1").is_ok()
                && fog::UserQuery::from_query("group_name=g").is_ok()
        );
        assert!(fog::UserQuery::from_query("limit=10").is_err());
    });
    row("B11", || {
        let query = fog::UserQuery::from_query("group_name=g&skip_num=20").unwrap();
        assert_eq!((query.limit, query.skip_num), (10, 20));
        let query = fog::UserQuery::from_query("group_name=g&skip_num=-1&limit=9999999").unwrap();
        assert_eq!((query.limit, query.skip_num), (50_000, 0));
        assert!(fog::UserQuery::from_query("group_name=g&limit=ten").is_err());
    });
    row("B13", || {
        let expected = fog::UserDelete { identity_id: "p-1".into() };
        assert_eq!(fog::UserDelete::from_query("identity_id=p-1"), Ok(expected.clone()));
        assert_eq!(fog::UserDelete::read(br#"{"identity_id": "p-1"}"#), Ok(expected));
        assert!(fog::LibraryDelete::from_query("user_recursive_delete=True").is_err());
        assert!(
            fog::PermissionDelete::from_query("permission_name=a&user_recursive_delete=True")
                .unwrap()
                .user_recursive_delete
        );
    });
    row("B17", || {
        let order = |port: Value, seconds: Value| {
            let order = json!({"action": [{"action_ip": "10.0.0.1", "action_port": port, "action_mode": "opendoor",
                "action_duration": seconds, "logic_port": "2"}]});
            fog::EventAction::read(order.to_string().as_bytes())
        };
        let read = order(json!("5555"), json!(255)).unwrap();
        assert_eq!((read.action[0].action_port, read.action[0].logic_port), (5555, 2));
        assert_eq!(read.action[0].action_duration, KEEP_OPEN);
        assert_eq!(order(json!(5555), json!(null)).unwrap().action[0].action_duration, 5);
        assert!(order(json!("door"), json!(5)).is_err());
    });
    row("B18", || {
        let mode = |word: &str| {
            fog::GateControllerMode::read(json!({"controller_mode": word}).to_string().as_bytes())
                .unwrap()
                .controller_mode
        };
        assert_eq!(
            [mode("OpenDoor"), mode("closedoor"), mode("alarm"), mode("avoid")],
            [DoorMode::OpenDoor, DoorMode::CloseDoor, DoorMode::Alarm, DoorMode::Avoid]
        );
        assert_eq!(mode("whistle").as_str(), "whistle");
    });
    row("B19", || {
        use protocol::ErrorObject;
        assert!(ErrorObject::find(br#"{"error": {"code": 40401}}"#).is_some());
        assert!(ErrorObject::find(br#"{"error": "no"}"#).is_some());
        for none in [&br#"{"error": null}"#[..], br#"{"error": ""}"#, b"{}", b"", b"<html>"] {
            assert_eq!(ErrorObject::find(none), None);
        }
    });
}

fn box_people() {
    case("B7", "fog_permission_list/one")
        .set("/data/permissions_list/0/id", json!(7))
        .reads("/data/permissions_list/0/id", json!("7"));
    case("B7", "fog_permission_list/one").absent("/data/permissions_list/0/id");
    for given in [json!("a,b"), json!("a，b"), json!(["a", "b"])] {
        case("B8", "fog_user_create/documented")
            .set("/group_name", given.clone())
            .reads("/group_name", json!("a,b"));
        case("B8", "fog_user_list/documented")
            .set("/data/identities_list/0/group_name", given)
            .reads("/data/identities_list/0/group_name", json!(["a", "b"]));
    }
    for key in ["/create_no_exit_permission", "/create_no_exist_permission"] {
        case("B9", "fog_user_create/documented")
            .set(key, json!("true"))
            .reads("/create_no_exit_permission", json!(true));
    }
    case("B12", "fog_user_update/documented").set("/info/aaa", json!(1)).reads("/info/aaa", json!(1));
    case("B14", "fog_permission_request/create")
        .set("/description", json!(""))
        .reads("/description", json!(""));
    case("B14", "fog_permission_request/create").set("/description", json!(null)).absent("/description");
    case("B14", "fog_permission_request/create")
        .set("/permission_name", json!(""))
        .refused("permission_name: expected a name");
    let groups = "/info/permission_ids";
    case("B15", "fog_user_create/documented").drop(groups).reads(groups, json!(["0"]));
    case("B15", "fog_user_update/documented").drop(groups).absent(groups);
}
