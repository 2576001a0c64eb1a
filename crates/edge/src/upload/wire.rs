//! A stored event in the protocol's words, for one receiver.

use protocol::image::encode_base64_photo;
use protocol::{DevSno, DeviceType, EpId, Event, ExtData, IdentityId, Millis};
use serde_json::{Map, Value, json};

use crate::decision::Record;

/// The event as it is sent: under this licence key (empty: the box has none), with the registration photo if there is one,
/// and with the decision, the door and the trace when the receiver understands them.
pub(super) fn event(
    record: &Record,
    spot: Option<&[u8]>,
    reg: Option<&[u8]>,
    dev_sno: &DevSno,
    extended: bool,
) -> Event {
    let known = !dev_sno.is_empty();
    Event {
        identity_id: IdentityId::new(record.identity_id.clone()),
        identity_name: record.identity_name.clone(),
        group_name: record.group_name.clone(),
        reg_pic: reg.map(encode_base64_photo),
        timestamp: Millis(record.taken_at),
        score: record.score,
        ext: ExtData {
            device_ip: record.address.clone(),
            ep_id: known.then(|| EpId::new(dev_sno, &record.address)),
            spot_pic: spot.map(encode_base64_photo),
            person_type: record.person_type.into(),
            device_type: Some(device_type(&record.device_type)),
            grab_fiqa_info: record.grab_fiqa_info.clone(),
            box_fiqa_info: record.box_fiqa_info.clone(),
            dev_sno: known.then(|| dev_sno.clone()),
            menshen: extended.then(|| extension(record)),
            rest: Map::new(),
        },
        rest: Map::new(),
    }
}

fn extension(record: &Record) -> Value {
    json!({"verdict": record.verdict, "reason": record.reason, "door": record.door, "trace": record.trace})
}

fn device_type(text: &str) -> DeviceType {
    match text {
        "0" => DeviceType::Gate,
        "1" => DeviceType::CaptureMachine,
        "2" => DeviceType::IpcStatic,
        "3" => DeviceType::IpcDynamic,
        "4" => DeviceType::Door,
        other => DeviceType::Other(other.to_owned()),
    }
}
