//! Whatever we write, we read as the same value; whatever comes, nothing panics.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use protocol::{
    BrokerBlock, Code, Command, CommandBody, CommandResult, DevSno, DeviceType, EpId, Event, ExchangeBlock,
    ExtData, ExtendParams, Extension, FaceQuality, FiqaLevel, GroupId, HeadPose, IdentityId, LoginReply,
    MessageId, Millis, PersonInfo, PersonType, Photo, QualityInfo, RegisterType, ResultBody, UserListReply,
    UserRecord, UserResult, Users, WipeOptions, address, image, python,
};
use serde_json::{Map, Value, json};

use crate::kinds::KINDS;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn events_come_back(events in vec(event(), 0..4)) {
        let written = Event::batch_to_json(&events);
        prop_assert_eq!(Event::read_batch(written.as_bytes()).unwrap(), events);
    }

    #[test]
    fn commands_come_back(command in command()) {
        prop_assert_eq!(Command::read(command.to_json().as_bytes()).unwrap(), command);
    }

    #[test]
    fn results_come_back(result in result()) {
        prop_assert_eq!(CommandResult::read(result.to_json().as_bytes()).unwrap(), result);
    }

    #[test]
    fn people_come_back(users in vec(user(), 0..4)) {
        let reply = UserListReply::new(users);
        prop_assert_eq!(UserListReply::read(200, reply.to_json().as_bytes()).unwrap(), reply);
    }

    #[test]
    fn login_replies_come_back(reply in login_reply()) {
        let read = LoginReply::read(200, reply.to_json().as_bytes()).unwrap();
        prop_assert!(read == reply, "{}", reply.to_json());
        // Neither token nor password is ever seen in a log line.
        let debugged = format!("{:?}", reply);
        prop_assert!(!debugged.contains("secret"));
    }

    #[test]
    fn photos_come_back(photo in vec(any::<u8>(), 1..200)) {
        let text = image::encode_base64_photo(&photo);
        prop_assert_eq!(&image::decode_base64_photo(&text).unwrap(), &photo);
        let folded = format!("data:image/jpeg;base64,{}", text.replace('=', "\n"));
        prop_assert_eq!(&image::decode_base64_photo(&folded).unwrap(), &photo);
    }

    #[test]
    fn arbitrary_bytes_never_panic(bytes in vec(any::<u8>(), 0..300)) {
        for (_, read) in KINDS {
            let _ = read(&bytes);
        }
    }

    #[test]
    fn arbitrary_json_never_panics(value in json_value(), key in known_key()) {
        for body in [value.to_string(), json!({key: value.clone()}).to_string(), json!({"data": {key: value}}).to_string()] {
            for (_, read) in KINDS {
                let _ = read(body.as_bytes());
            }
        }
    }

    #[test]
    fn a_damaged_fixture_never_panics(which in 0..KINDS.len(), seed in any::<prop::sample::Index>(), at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let (kind, read) = KINDS[which];
        let files: Vec<_> = std::fs::read_dir(crate::kinds::fixtures().join(kind)).unwrap().map(|entry| entry.unwrap().path()).collect();
        let mut body = std::fs::read(&files[seed.index(files.len())]).unwrap();
        let at = at.index(body.len());
        body[at] = byte;
        let _ = read(&body);
        body.truncate(at);
        let _ = read(&body);
    }

    #[test]
    fn arbitrary_text_never_panics(text in ".{0,80}", other in ".{0,40}") {
        let _ = (address::base_of(&text), address::resolve(&text, &other), address::split_list(&text));
        let _ = (address::same_origin(&text, &other), address::with_credentials(&text, &other, &DevSno::new(other.as_str())));
        let _ = (image::decode_base64_photo(&text), python::read(&text), text.parse::<protocol::Mac>());
        let _ = Event::read_form([(text.as_str(), other.as_str())]);
        let _ = protocol::LoginRequest::from_query(&text);
    }

    #[test]
    fn literals_of_both_languages_agree(value in json_value()) {
        prop_assert_eq!(python::read(&value.to_string()).unwrap(), value);
    }
}

/// A large body is refused before it unfolds.
#[test]
fn a_body_of_many_values_is_refused() {
    let body = format!("{{\"method\": \"fiqa\", \"info\": [{}0]}}", "0,".repeat(600_000));
    let bad = Command::read(body.as_bytes()).unwrap_err();
    assert_eq!((bad.code, bad.message.as_str()), (Code::PARAM_ERROR, "more than 500000 values in one body"));
}

#[test]
fn ten_thousand_people_fit_into_one_command() {
    let ids: Vec<IdentityId> = (0..10_000).map(|number| IdentityId::new(format!("p-{number}"))).collect();
    let command = Command {
        message_id: None,
        extend: ExtendParams::default(),
        body: CommandBody::AddUsersPlus(Users::Ids(ids)),
        unreadable: Vec::new(),
    };
    assert_eq!(Command::read(command.to_json().as_bytes()).unwrap(), command);
    let many = json!({"method": "delete_users", "userid_list": vec!["p"; 50_001]}).to_string();
    assert_eq!(Command::read(many.as_bytes()).unwrap_err().message, "userid_list: more than 50000 people");
}

/// A measurement that is not finite is written as a number all the same.
#[test]
fn infinite_scores_stay_numbers() {
    let mut event = Event::read(br#"{"timestamp": 1}"#).unwrap();
    event.score = f64::NAN;
    assert_eq!(Event::read(event.to_json().as_bytes()).unwrap().score, 0.0);
}

fn word() -> impl Strategy<Value = String> {
    "[A-Za-z0-9_张三-]{1,12}"
}

fn text() -> impl Strategy<Value = String> {
    ".{0,16}"
}

/// Fields of later versions: names that no version uses.
fn rest() -> impl Strategy<Value = Map<String, Value>> {
    proptest::collection::btree_map("x_[a-z]{1,4}", json_value(), 0..3)
        .prop_map(|map| map.into_iter().filter(|(_, value)| !value.is_null()).collect())
}

fn json_value() -> impl Strategy<Value = Value> {
    let number = (-1_000_000_i64..1_000_000).prop_map(|number| json!(number));
    let float = (-1000_i32..1000).prop_map(|number| json!(f64::from(number) / 8.0 + 0.0625));
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        number,
        float,
        text().prop_map(Value::from)
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Value::from),
            proptest::collection::btree_map(text(), inner, 0..4)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

fn known_key() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "timestamp",
        "ext_data",
        "events",
        "data",
        "method",
        "userid_list",
        "user_info_list",
        "wipe_options",
        "info",
        "rabbitmq",
        "recordAddr",
        "error",
        "deviceList",
        "deviceInfo",
        "result",
        "sub_devices",
        "action",
        "gateway_ext_data",
        "group_name",
    ])
}

fn fraction() -> impl Strategy<Value = f64> {
    (0_u32..=1_000_000).prop_map(|millionths| f64::from(millionths) / 1e6)
}

fn person_type() -> impl Strategy<Value = PersonType> {
    (1_i64..8).prop_map(PersonType::from)
}

fn photo() -> impl Strategy<Value = Photo> {
    prop_oneof![
        "[A-Za-z0-9+/]{4,40}".prop_map(Photo::Base64),
        "https?://[a-z]{1,8}/[a-z0-9]{0,8}".prop_map(Photo::Url),
        "/[a-z0-9/]{0,12}".prop_map(Photo::Relative),
    ]
}

prop_compose! {
    fn user()(id in word(), photo in option::of(photo()), stranger in any::<bool>(), name in text(), kind in person_type(),
        groups in vec(word(), 1..3), rest in rest()) -> UserRecord {
        UserRecord {
            identity_id: IdentityId::new(id),
            photo,
            register_type: if stranger { RegisterType::Stranger } else { RegisterType::Ordinary },
            info: PersonInfo { name, kind, permission_ids: groups.into_iter().map(GroupId::new).collect(), rest },
        }
    }
}

prop_compose! {
    fn event()(id in word(), name in text(), group in text(), reg_pic in option::of("[A-Za-z0-9+/]{4,20}"), time in 100_000_000_000_i64..4_000_000_000_000,
        score in fraction(), ext in ext_data(), rest in rest()) -> Event {
        Event { identity_id: IdentityId::new(id), identity_name: name, group_name: group, reg_pic, timestamp: Millis(time), score, ext, rest }
    }
}

prop_compose! {
    fn ext_data()(device_ip in "[0-9.]{0,12}", camera in option::of(word()), spot_pic in option::of("[A-Za-z0-9+/]{4,20}"),
        person_type in person_type(), device in option::of(0_usize..6), box_fiqa_info in rest(), dev_sno in option::of(word()),
        trace in option::of(word()), rest in rest()) -> ExtData {
        let kinds = [DeviceType::Gate, DeviceType::CaptureMachine, DeviceType::IpcStatic, DeviceType::IpcDynamic, DeviceType::Door,
            DeviceType::Other("card".to_owned())];
        let dev_sno = dev_sno.map(DevSno::new);
        ExtData {
            device_ip,
            ep_id: camera.map(|address| EpId::new(&DevSno::new("KEY"), &address)),
            spot_pic,
            person_type,
            device_type: device.map(|index| kinds[index].clone()),
            grab_fiqa_info: Map::new(),
            box_fiqa_info,
            dev_sno,
            menshen: trace.map(|reason| json!({"reason": reason})),
            rest,
        }
    }
}

fn level() -> impl Strategy<Value = FiqaLevel> {
    prop::sample::select(vec![
        FiqaLevel::High,
        FiqaLevel::Custom,
        FiqaLevel::Middle,
        FiqaLevel::Low,
        FiqaLevel::No,
    ])
}

prop_compose! {
    fn wipe()(users in any::<bool>(), events in any::<bool>(), rest in rest()) -> WipeOptions {
        WipeOptions { users, events, rest }
    }
}

fn ids() -> impl Strategy<Value = Vec<IdentityId>> {
    vec(word().prop_map(IdentityId::new), 0..5)
}

fn command_body() -> impl Strategy<Value = CommandBody> {
    prop_oneof![
        ids().prop_map(|ids| CommandBody::AddUsersPlus(Users::Ids(ids))),
        vec(user(), 1..4).prop_map(|users| CommandBody::AddUsersPlus(Users::Records(users))),
        ids().prop_map(CommandBody::DeleteUsers),
        wipe().prop_map(CommandBody::WipeData),
        ("[A-Za-z0-9+/]{0,40}", level())
            .prop_map(|(image_base64, level)| CommandBody::Fiqa { image_base64, level }),
    ]
}

prop_compose! {
    fn command()(id in option::of(word()), path in option::of("/[a-z]{0,8}"), notify in option::of("https?://[a-z]{1,8}/"), rest in rest(),
        body in command_body()) -> Command {
        Command {
            message_id: id.map(MessageId::new),
            extend: ExtendParams { path, notify_path: notify, rest },
            body,
            unreadable: Vec::new(),
        }
    }
}

fn code() -> impl Strategy<Value = Code> {
    prop_oneof![(1_i64..700_000).prop_map(Code::Int), "[A-Z_]{3,12}".prop_map(Code::Text)]
}

prop_compose! {
    fn failed()(userid in word(), username in option::of(text()), message in text(), code in code()) -> UserResult {
        // A word that means success has no place in a list of failures.
        let code = if code.is_success() { Code::NO_FACE } else { code };
        UserResult { userid: IdentityId::new(userid), username, message, code }
    }
}

prop_compose! {
    fn done()(userid in word(), username in option::of(text()), message in text()) -> UserResult {
        UserResult { userid: IdentityId::new(userid), username, message, code: Code::SUCCESS }
    }
}

prop_compose! {
    fn face()(corners in any::<[i16; 4]>(), passed in any::<bool>(), numbers in prop::array::uniform4(fraction()), angles in prop::array::uniform3(-900_i32..900),
        occlusion in vec(any::<bool>(), 0..4)) -> FaceQuality {
        let [pitch, roll, yaw] = angles.map(|angle| f64::from(angle) / 10.0);
        let [brightness, clarity, face_size, mask] = numbers;
        FaceQuality {
            bbox: corners.map(i32::from),
            fails: if passed { Vec::new() } else { vec!["clarity".to_owned()] },
            fiqa_result: passed,
            info: QualityInfo { brightness, clarity, face_size, headpose: HeadPose { pitch, roll, yaw }, mask, occlusion, partial: !passed },
            score: clarity,
            success: vec!["headpose".to_owned()],
        }
    }
}

fn outcome() -> impl Strategy<Value = (&'static str, ResultBody)> {
    prop_oneof![
        (vec(done(), 0..3), vec(failed(), 0..3))
            .prop_map(|(success, failed)| ("add_users_plus", ResultBody::Users { success, failed })),
        wipe().prop_map(|options| ("wipe_data", ResultBody::Wipe(options))),
        vec(face(), 0..3).prop_map(|faces| ("fiqa", ResultBody::Fiqa(faces))),
        Just(("reboot", ResultBody::empty())),
    ]
}

prop_compose! {
    fn result()(success in any::<bool>(), code in code(), message in text(), dev_sno in word(), id in option::of(word()), outcome in outcome()) -> CommandResult {
        CommandResult {
            success,
            code,
            message,
            dev_sno: DevSno::new(dev_sno),
            message_key: outcome.0.to_owned(),
            message_id: id.map(MessageId::new),
            result: outcome.1,
        }
    }
}

prop_compose! {
    fn exchange()(name in word(), flags in any::<[bool; 3]>(), routing_key in option::of(word())) -> ExchangeBlock {
        let [passive, durable, auto_delete] = flags;
        ExchangeBlock { name, kind: "topic".to_owned(), passive, durable, auto_delete, arguments: None, routing_key }
    }
}

prop_compose! {
    fn broker()(host in "[a-z.]{1,12}", port in 1_u16.., queues in prop::array::uniform3(option::of(word())), need_bind in any::<bool>(),
        tls in option::of(any::<bool>()), exchange in option::of(exchange())) -> BrokerBlock {
        let [upload_queue, fiqa_down_queue, fiqa_up_queue] = queues;
        BrokerBlock {
            host,
            port,
            tls,
            login: "box".to_owned(),
            password: "secret password".to_owned(),
            queue: "q".to_owned(),
            vhost: "/".to_owned(),
            upload_vhost: "/up".to_owned(),
            upload_queue,
            fiqa_down_queue,
            fiqa_up_queue,
            need_bind,
            exchange,
        }
    }
}

prop_compose! {
    fn login_reply()(addresses in prop::array::uniform5(option::of("/[a-z]{1,8}")), records in vec("(https?://[a-z]{1,6})?/[a-z]{1,6}", 0..3),
        periods in (1_u64..100_000, 1_u64..100_000), rabbitmq in broker(), batch in option::of(1_usize..1000)) -> LoginReply {
        let [img_server_addr, cloud_server_address, device_info_addr, device_list_info_addr, device_monitor_addr] = addresses;
        LoginReply {
            token: "secret token".to_owned(),
            img_server_addr,
            cloud_server_address,
            record_addrs: records,
            record_upload_period: periods.0,
            device_info_addr,
            device_list_info_addr,
            device_monitor_addr,
            device_monitor_period: periods.1,
            rabbitmq,
            menshen: batch.map(|record_batch_max| Extension { record_batch_max, realtime_addr: None }),
        }
    }
}
