//! Login: the box says who it is, the platform answers with a token, addresses, periods and the broker.

use std::fmt;

use serde::{Serialize, Serializer};
use serde_json::Value;

use crate::error::Refusal;
use crate::ids::DevSno;
use crate::lenient::{Fields, FromValue, Port, Seconds, Words, body, deserialize_leniently, message};
use crate::mac::Mac;
use crate::read_error::ReadError;
use crate::strict;

/// Seconds between history uploads unless the reply says otherwise.
pub const RECORD_UPLOAD_PERIOD: u64 = 5;
/// Seconds between heartbeats unless the reply says otherwise.
pub const DEVICE_MONITOR_PERIOD: u64 = 20;

/// A login that was refused, for whatever reason; the box tries again later.
pub type LoginRefused = Refusal;

/// What a box sends to log in: `?dev_sno=…&hex_mac=0x…`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoginRequest {
    /// The box's licence key.
    pub dev_sno: DevSno,
    /// The box's network card; old boxes leave it out.
    pub hex_mac: Option<Mac>,
}

/// A successful login. `Debug` shows neither token nor password.
#[derive(Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LoginReply {
    /// Goes with every later request to the platform.
    pub token: String,
    /// Base of relative photo addresses, when it differs from the platform's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub img_server_addr: Option<String>,
    /// Replaces the login URL's origin as the base of relative addresses (one old setting; rarely given).
    #[serde(rename = "cloud_server_address", skip_serializing_if = "Option::is_none")]
    pub cloud_server_address: Option<String>,
    /// Where historic events go; each absolute or relative.
    #[serde(rename = "recordAddr", serialize_with = "strict::joined", skip_serializing_if = "Vec::is_empty")]
    pub record_addrs: Vec<String>,
    /// Seconds between history uploads, at least 1.
    pub record_upload_period: u64,
    /// Where a camera report goes, one camera at a time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub device_info_addr: Option<String>,
    /// Where the complete camera list goes (later platforms).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub device_list_info_addr: Option<String>,
    /// Where heartbeats go.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub device_monitor_addr: Option<String>,
    /// Seconds between heartbeats, at least 1.
    pub device_monitor_period: u64,
    /// The broker.
    pub rabbitmq: BrokerBlock,
    /// What only our own platform says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub menshen: Option<Extension>,
}

/// The broker and the names the box uses there. `Debug` does not show the password.
#[derive(Clone, PartialEq, Serialize)]
pub struct BrokerBlock {
    /// Host name or address.
    pub host: String,
    /// Port, 1 to 65535.
    pub port: u16,
    /// Whether it is reached by TLS: a word of our platform's own, said where the port does not tell (see [`BrokerBlock::by_tls`]).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tls: Option<bool>,
    /// Broker user.
    pub login: String,
    /// Broker password.
    pub password: String,
    /// The box's command queue.
    pub queue: String,
    /// Virtual host of user and command queue.
    #[serde(rename = "vHost")]
    pub vhost: String,
    /// Virtual host of the result queue.
    #[serde(rename = "uploadVHost")]
    pub upload_vhost: String,
    /// The result queue; without it results go to `notify_path` or nowhere.
    #[serde(rename = "uploadQueue", skip_serializing_if = "Option::is_none")]
    pub upload_queue: Option<String>,
    /// Queue of quality checks; without it the box does not serve them.
    #[serde(rename = "fiqaDownQueue", skip_serializing_if = "Option::is_none")]
    pub fiqa_down_queue: Option<String>,
    /// Result queue of quality checks.
    #[serde(rename = "fiqaUploadQueue", skip_serializing_if = "Option::is_none")]
    pub fiqa_up_queue: Option<String>,
    /// Whether the box must declare the exchange and bind its queue (the wire says the opposite, `unNeedBindExchange`).
    #[serde(rename = "unNeedBindExchange", serialize_with = "negated")]
    pub need_bind: bool,
    /// The exchange commands come through.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exchange: Option<ExchangeBlock>,
}

/// The exchange commands come through.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ExchangeBlock {
    /// Name.
    pub name: String,
    /// Type: topic, direct, fanout, headers.
    #[serde(rename = "type")]
    pub kind: String,
    /// Only check that it exists.
    pub passive: bool,
    /// Survives a restart of the broker.
    pub durable: bool,
    /// Deleted with its last binding.
    pub auto_delete: bool,
    /// Extra arguments; written as null when there are none.
    pub arguments: Option<Value>,
    /// Key to bind with; without it the queue's name is used.
    #[serde(rename = "routingKey", skip_serializing_if = "Option::is_none")]
    pub routing_key: Option<String>,
}

/// What our platform adds to the reply for boxes that understand it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Extension {
    /// Most events in one history upload, at least 1.
    pub record_batch_max: usize,
    /// Where real-time events go.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub realtime_addr: Option<String>,
}

impl LoginRequest {
    /// The request as query pairs, in the documented order.
    #[must_use]
    pub fn to_query(&self) -> Vec<(&'static str, String)> {
        let mut pairs = vec![("dev_sno", self.dev_sno.to_string())];
        pairs.extend(self.hex_mac.as_ref().map(|mac| ("hex_mac", mac.to_login())));
        pairs
    }

    /// Reads the request from a query or an urlencoded form, names in any case and order.
    ///
    /// # Errors
    /// `dev_sno` is missing or empty, or `hex_mac` is given and no MAC address.
    pub fn from_query(query: &str) -> Result<Self, ReadError> {
        Self::from_value(crate::form::urlencoded(query))
    }
}

impl LoginReply {
    /// Reads the platform's answer: only HTTP 200 with a broker block and without an `error` object is a success.
    ///
    /// # Errors
    /// [`LoginRefused`] with the platform's code and text, or with 50073 (no reason given) or 50074 (not readable).
    pub fn read(http_status: u16, answer: &[u8]) -> Result<Self, LoginRefused> {
        Refusal::judge(http_status, answer, http_status == 200)?;
        body::read(answer).map_err(|error| Refusal::unreadable(http_status, &error))
    }

    /// The reply in its one strict written form.
    #[must_use]
    pub fn to_json(&self) -> String {
        strict::json(self)
    }
}

impl FromValue for LoginRequest {
    const EXPECTED: &'static str = "a login request";

    fn from_value(value: Value) -> Result<Self, ReadError> {
        let mut fields = Fields::open(value)?;
        Ok(Self { dev_sno: fields.need("dev_sno|devSno")?, hex_mac: fields.get("hex_mac|hexMac")? })
    }
}

impl FromValue for LoginReply {
    const EXPECTED: &'static str = "a login reply";

    fn from_value(value: Value) -> Result<Self, ReadError> {
        let mut fields = Fields::open(value)?;
        let loose_arguments = fields.take("arguments");
        let rabbitmq = fields.within("rabbitmq", |broker| BrokerBlock::take(broker, loose_arguments))?;
        let record_addrs = fields.get("recordAddr")?.map_or_else(Vec::new, |Words(list)| list);
        let seconds = |period: Option<Seconds>, default| period.map_or(default, |Seconds(seconds)| seconds);
        Ok(Self {
            token: fields.need("token")?,
            img_server_addr: fields.filled_text("imgServerAddr|imgServerAddress")?,
            cloud_server_address: fields
                .filled_text("cloud_server_address|cloudServerAddress|cloudServerAddr")?,
            record_addrs,
            record_upload_period: seconds(fields.get("recordUploadPeriod")?, RECORD_UPLOAD_PERIOD),
            device_info_addr: fields.filled_text("deviceInfoAddr|deviceInfoAddress")?,
            device_list_info_addr: fields.filled_text("deviceListInfoAddr|deviceListInfoAddress")?,
            // Some platforms, misled by the documentation, put the period here; a number is no address.
            device_monitor_addr: fields
                .filled_text("deviceMonitorAddr|deviceMonitorAddress")?
                .filter(|address| address.parse::<f64>().is_err()),
            device_monitor_period: seconds(fields.get("deviceMonitorPeriod")?, DEVICE_MONITOR_PERIOD),
            rabbitmq,
            menshen: fields.get("menshen")?,
        })
    }
}

impl BrokerBlock {
    /// The port of AMQP by TLS, by custom.
    pub const TLS_PORT: u16 = 5671;

    /// Whether the broker is reached by TLS: as told, otherwise as is the custom at the port.
    #[must_use]
    pub fn by_tls(&self) -> bool {
        self.tls.unwrap_or(self.port == Self::TLS_PORT)
    }

    fn take(fields: &mut Fields, loose_arguments: Option<Value>) -> Result<Self, ReadError> {
        let vhost = |given: Option<String>| given.unwrap_or_else(|| "/".to_owned());
        let Port(port) = fields.need("port")?;
        let mut block = Self {
            host: fields.need::<String>("host")?.trim().to_owned(),
            port,
            tls: fields.get("tls")?,
            login: fields.need("login")?,
            password: fields.need("password")?,
            queue: fields.need::<String>("queue")?.trim().to_owned(),
            vhost: vhost(fields.filled_text("vHost")?),
            upload_vhost: vhost(fields.filled_text("uploadVHost")?),
            upload_queue: fields.filled_text("uploadQueue")?,
            fiqa_down_queue: fields.filled_text("fiqaDownQueue")?,
            fiqa_up_queue: fields.filled_text("fiqaUploadQueue")?,
            need_bind: !fields.or("unNeedBindExchange", false)?,
            exchange: None,
        };
        let routing_key = fields.filled_text("routingKey|routing_key")?;
        let arguments = fields.take("arguments").and_then(some_arguments);
        let loose = arguments.or_else(|| loose_arguments.and_then(some_arguments));
        if let Some(value) =
            fields.get::<Value>("exchange")?.filter(|value| *value != Value::String(String::new()))
        {
            let read = Fields::open(value)
                .and_then(|mut exchange| ExchangeBlock::take(&mut exchange, routing_key, loose));
            block.exchange = Some(read.map_err(|error| error.under("exchange"))?);
        } else if let Some(Value::Object(nested)) = loose {
            // One edition of the documentation lists the exchange's fields under `arguments`.
            let mut nested = Fields::open(Value::Object(nested))?;
            if nested.has("name") && nested.has("type") {
                block.exchange = Some(ExchangeBlock::take(&mut nested, routing_key, None)?);
            }
        }
        Ok(block)
    }
}

impl ExchangeBlock {
    fn take(
        fields: &mut Fields,
        outer_key: Option<String>,
        outer_arguments: Option<Value>,
    ) -> Result<Self, ReadError> {
        Ok(Self {
            name: fields.need::<String>("name")?.trim().to_owned(),
            kind: fields.filled_text("type")?.unwrap_or_else(|| "topic".to_owned()),
            passive: fields.or("passive", false)?,
            durable: fields.or("durable", true)?,
            auto_delete: fields.or("auto_delete|autoDelete", false)?,
            arguments: fields.take("arguments").and_then(some_arguments).or(outer_arguments),
            routing_key: fields.filled_text("routingKey|routing_key")?.or(outer_key),
        })
    }
}

impl FromValue for Extension {
    const EXPECTED: &'static str = "an object";

    fn from_value(value: Value) -> Result<Self, ReadError> {
        let mut fields = Fields::open(value)?;
        let batch = fields.or::<i64>("recordBatchMax", 1)?;
        Ok(Self {
            record_batch_max: usize::try_from(batch).unwrap_or(1).clamp(1, crate::limits::MAX_BATCH_READ),
            realtime_addr: fields.filled_text("realtimeAddr")?,
        })
    }
}

message!(LoginRequest);
deserialize_leniently!(LoginReply, Extension);

impl Serialize for LoginRequest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.to_query())
    }
}

impl fmt::Debug for LoginReply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LoginReply")
            .field("img_server_addr", &self.img_server_addr)
            .field("cloud_server_address", &self.cloud_server_address)
            .field("record_addrs", &self.record_addrs)
            .field("record_upload_period", &self.record_upload_period)
            .field("device_info_addr", &self.device_info_addr)
            .field("device_list_info_addr", &self.device_list_info_addr)
            .field("device_monitor_addr", &self.device_monitor_addr)
            .field("device_monitor_period", &self.device_monitor_period)
            .field("rabbitmq", &self.rabbitmq)
            .field("menshen", &self.menshen)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for BrokerBlock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BrokerBlock")
            .field("host", &self.host)
            .field("port", &self.port)
            .field("tls", &self.tls)
            .field("login", &self.login)
            .field("queue", &self.queue)
            .field("vhost", &self.vhost)
            .field("upload_vhost", &self.upload_vhost)
            .field("upload_queue", &self.upload_queue)
            .field("fiqa_down_queue", &self.fiqa_down_queue)
            .field("fiqa_up_queue", &self.fiqa_up_queue)
            .field("need_bind", &self.need_bind)
            .field("exchange", &self.exchange)
            .finish_non_exhaustive()
    }
}

/// Null, an empty object and an empty text all mean that there are no arguments.
fn some_arguments(value: Value) -> Option<Value> {
    match &value {
        Value::Object(map) if !map.is_empty() => Some(value),
        _ => None,
    }
}

fn negated<S: Serializer>(flag: &bool, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_bool(!flag)
}
