//! The heartbeat: how a box and its cameras are.

use serde::Serialize;
use serde_json::{Map, Value};

use crate::ids::{DevSno, EpId};
use crate::kinds::{DeviceType, Presence};
use crate::lenient::{Fields, FromValue, deserialize_leniently, message};
use crate::mac::Mac;
use crate::read_error::ReadError;

/// One heartbeat.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DeviceStatus {
    /// The box's first address.
    pub gateway_ip: String,
    /// Its host name.
    pub gateway_name: String,
    /// What it says of itself; that it went offline is for the platform to conclude from silence.
    pub gateway_status: Presence,
    /// Hardware serial number.
    pub gateway_sn: String,
    /// Licence key; `None` from old boxes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dev_sno: Option<DevSno>,
    /// Software and load.
    pub gateway_ext_data: GatewayExtData,
    /// Its cameras.
    pub sub_devices: Vec<SubDevice>,
    /// Fields we do not know; kept.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

/// A box's software and load.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct GatewayExtData {
    /// Software version, several lines in practice.
    pub sw_version: String,
    /// Version of the recognition software.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sdk_version: Option<String>,
    /// Network card.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gateway_mac: Option<Mac>,
    /// Processor load in percent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cpu_usage: Option<f64>,
    /// Memory in GB.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub memory_size: Option<f64>,
    /// Memory in use as a fraction; percent from some boxes (see [`GatewayExtData::memory_percent`]).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub memory_usage: Option<f64>,
    /// Disk for data in GB.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub disk_size: Option<f64>,
    /// Free disk for data in GB.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub disk_free_size: Option<f64>,
    /// Fields we do not know; kept.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

/// One camera in a heartbeat.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SubDevice {
    /// The camera.
    pub ep_id: EpId,
    /// The name it was given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ep_name: Option<String>,
    /// Its address.
    pub ep_ip: String,
    /// Whether it is reachable.
    pub ep_status: Presence,
    /// Where it is; opaque.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ep_location: Option<String>,
    /// Its kind; `None` when the sender left it out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ep_type: Option<DeviceType>,
    /// Its stream.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ep_url: Option<String>,
    /// Software version and library, from boxes of the first version.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ep_ext_data: Option<Value>,
    /// Fields we do not know; kept.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

impl GatewayExtData {
    /// Memory in use in percent: values not above 1 are fractions.
    #[must_use]
    pub fn memory_percent(&self) -> Option<f64> {
        self.memory_usage.map(|usage| if usage <= 1.0 { usage * 100.0 } else { usage })
    }
}

impl FromValue for DeviceStatus {
    const EXPECTED: &'static str = "a status report";

    fn from_value(value: Value) -> Result<Self, ReadError> {
        let mut fields = Fields::open(value)?;
        let addresses = fields.text("gateway_ip")?;
        Ok(Self {
            gateway_ip: addresses.split_whitespace().next().unwrap_or_default().to_owned(),
            gateway_name: fields.text("gateway_name")?,
            gateway_status: fields.or("gateway_status", Presence::Online)?,
            gateway_sn: fields.text("gateway_sn")?,
            dev_sno: fields.get("dev_sno|devSno")?,
            gateway_ext_data: fields.or("gateway_ext_data", GatewayExtData::default())?,
            sub_devices: fields.or("sub_devices", Vec::new())?,
            rest: fields.rest(),
        })
    }
}

impl FromValue for GatewayExtData {
    const EXPECTED: &'static str = "an object";

    fn from_value(value: Value) -> Result<Self, ReadError> {
        let mut fields = Fields::open(value)?;
        Ok(Self {
            sw_version: fields.text("sw_version")?,
            sdk_version: fields.get("sdk_version")?,
            gateway_mac: fields.get("gateway_mac")?,
            cpu_usage: fields.get("cpu_usage")?,
            memory_size: fields.get("memory_size")?,
            memory_usage: fields.get("memory_usage")?,
            disk_size: fields.get("disk_size")?,
            disk_free_size: fields.get("disk_free_size")?,
            rest: fields.rest(),
        })
    }
}

impl FromValue for SubDevice {
    const EXPECTED: &'static str = "a camera";

    fn from_value(value: Value) -> Result<Self, ReadError> {
        let mut fields = Fields::open(value)?;
        Ok(Self {
            ep_id: fields.need("ep_id|epId")?,
            ep_name: fields.get("ep_name")?,
            ep_ip: fields.text("ep_ip")?.trim().to_owned(),
            ep_status: fields.or("ep_status", Presence::Unknown)?,
            ep_location: fields.get("ep_location")?,
            ep_type: fields.get("ep_type")?,
            ep_url: fields.filled_text("ep_url")?,
            ep_ext_data: fields.take("ep_ext_data"),
            rest: fields.rest(),
        })
    }
}

message!(DeviceStatus);
deserialize_leniently!(GatewayExtData, SubDevice);
