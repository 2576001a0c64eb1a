//! Status codes: one table, from which the constants, the lookup and `docs/STATUS-CODES.md` come.

use std::fmt;

use serde::{Serialize, Serializer};
use serde_json::Value;

use crate::lenient::{FromValue, deserialize_leniently};
use crate::read_error::ReadError;

/// A status code as it came. A number written as text is that number; a word is kept as it is.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Code {
    /// A number, known or not.
    Int(i64),
    /// A word of a later version, kept verbatim.
    Text(String),
}

/// Where a code is defined.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// The protocol's own table.
    Table,
    /// Only the protocol's examples; understood, never written.
    Examples,
    /// Later versions of the protocol; understood, never written.
    Later,
    /// Logins refused by a platform.
    Login,
}

/// One line of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// The number on the wire.
    pub number: i64,
    /// The name on the wire, with the protocol's spelling; empty when the protocol gives none.
    pub name: &'static str,
    /// The HTTP status an answer with this code has.
    pub http: u16,
    /// Where the code is defined.
    pub source: Source,
    /// What it means, in a few words.
    pub meaning: &'static str,
}

macro_rules! codes {
    ($($constant:ident $number:literal $name:literal $http:literal $source:ident $meaning:literal;)+) => {
        impl Code {
            $(
                #[doc = concat!("`", stringify!($number), "`: ", $meaning, ".")]
                pub const $constant: Code = Code::Int($number);
            )+
        }

        /// Every code we know, in the order of the document.
        pub const TABLE: &[Entry] = &[
            $(Entry { number: $number, name: $name, http: $http, source: Source::$source, meaning: $meaning },)+
        ];
    };
}

codes! {
//  constant               number  name on the wire                     http  source    meaning
    SUCCESS                     0  "SUCCESS"                            200   Table     "command executed";
    BAD_REQUEST             40000  "BAD_REQUEST"                        400   Table     "request failed";
    UNSUPPORTED_CONTENT     40001  "UNSUPPORT_CONTENT_TYPE"             415   Table     "wrong content type";
    EMPTY_REQUEST           40002  "EMPTY_REQUEST_JSON"                 400   Table     "no parameters";
    IMAGE_ERROR             40003  "IMAGE_ERROR"                        400   Table     "bad picture";
    NO_FACE                 40004  "NO_FACE"                            400   Table     "no face in the picture";
    BOOLEAN_ERROR           40005  "BOOLEAN_ARGUMENT_ERROR"             400   Table     "a value is not true or false";
    LOW_QUALITY             40006  "LOW_QUALITY_ERROR"                  400   Table     "picture quality too low";
    IMAGE_TOO_LARGE         40007  "IMAGE_SIZE_TOO_LARGE_ERROR"         413   Table     "picture too large";
    EMPTY_GROUP             40008  "EMPTY_GROUP_ERROR"                  400   Table     "the library compared with is empty";
    FACE_TOO_SMALL          40009  "ENROLL_FACE_SIZE_NOT_ENOUGH_ERROR"  400   Table     "face too small to enrol";
    BAD_FEATURE             40010  "BAD_FEATURE_ERROR"                  400   Table     "bad feature value";
    IDENTITY_EXISTS         40011  "IDENTITY_EXSIT_ERROR"               409   Table     "person exists already";
    GROUP_NAME_ERROR        40012  "GROUP_NAME_ERROR"                   409   Table     "library name repeated, empty or not allowed";
    GROUP_NOT_LOADED        40013  "GROUP_NOT_LOAD"                     400   Table     "library not loaded";
    STRANGER_NOT_DELETED    40014  "STRANGER_NOT_DELETE"                400   Table     "strangers cannot be deleted";
    GROUP_LENGTH_ERROR      40015  "GROUP_LEN_ERROR"                    400   Table     "library length error";
    PARAM_ERROR             40071  "PARAM_ERROR"                        400   Table     "wrong parameters of a command";
    FOG_PARAM_ERROR         40091  "PARAM_ERROR"                        400   Table     "wrong parameters of a box API call";
    VENDOR_NO_FACE          40094  ""                                   400   Examples  "no face detected while adding people";
    VENDOR_DELETE_FAILED    40095  ""                                   400   Examples  "deleting a person failed";
    NOT_FOUND               40400  "NOT_FOUND"                          404   Table     "resource not found";
    ID_NOT_FOUND            40401  "ID_NOT_FOUND"                       404   Table     "id not found";
    FOG_NOT_FOUND           40491  "NOT_FOUND"                          404   Table     "resource not found (box API)";
    PAYLOAD_TOO_LARGE       41300  "PAYLOAD_TOO_LARGE"                  413   Table     "payload too large";
    CONTENT_TYPE_ERROR      41591  "CONTENT_TYPE_ERROR"                 415   Table     "wrong content type (box API)";
    SERVER_PROCESS_FAILED   50072  "SERVER_PROCESS_FAILED"              500   Table     "system error";
    REMOTE_SERVER_FAILED    50073  "REMOTE_SERVER_FAILED"               502   Table     "could not fetch data from the remote server";
    REMOTE_DATA_FAILED      50074  "REMOTE_DATA_FAILED"                 502   Table     "remote data has wrong content";
    NOT_IMPLEMENTED         50100  "NOT_IMPLEMENTED"                    501   Table     "not implemented";
    INTERNET_ERROR         400002  "INTERNET_ERROR"                     400   Later     "network error";
    FILE_MD5_ERROR         400003  "FILE_MD5_ERROR"                     400   Later     "a file's checksum does not match";
    SCRIPT_ERROR           400004  "EXCUTE_SH_ERROR"                    400   Later     "a script failed";
    NOT_ENOUGH_SPACE       400005  "NOT_ENOUGH_SPACE_ERROR"             400   Later     "not enough space";
    NO_TUNNEL_SERVICE      400006  "NOT_FRPC_SERVICE"                   400   Later     "no tunnel service";
    TUNNEL_SETTING_ERROR   400007  "FRPC_SET_INI_FILE_ERROR"            400   Later     "the tunnel's settings could not be written";
    LOGIN_FAILED           500001  "LOGIN_FAILED"                       500   Later     "error while setting the broker's parameters";
    DEV_SNO_UNKNOWN        600000  "DEV_SNO_UNKNOWN"                    401   Login     "licence key does not exist";
    DEV_SNO_OCCUPIED       600002  "DEV_SNO_OCCUPIED"                   401   Login     "licence key is bound to another box";
}

/// Codes that say the same in two families: commands over the broker and the box's own HTTP interface.
const TWINS: [(i64, i64); 3] = [(40400, 40491), (40001, 41591), (40071, 40091)];

impl Code {
    /// The name on the wire; `None` for codes the protocol does not name. A word is its own name when we know it.
    #[must_use]
    pub fn name(&self) -> Option<&'static str> {
        self.entry().map(|entry| entry.name).filter(|name| !name.is_empty())
    }

    /// What the code means, in a few words; a general sentence for codes we do not know.
    #[must_use]
    pub fn meaning(&self) -> &'static str {
        self.entry().map_or("a code this version does not know", |entry| entry.meaning)
    }

    /// The HTTP status an answer with this code has; 400 for codes we do not know.
    #[must_use]
    pub fn http_status(&self) -> u16 {
        self.entry().map_or(400, |entry| entry.http)
    }

    /// Whether this is success. Every code we do not know is a failure.
    #[must_use]
    pub fn is_success(&self) -> bool {
        match self {
            Self::Int(number) => *number == 0,
            Self::Text(word) => {
                word.eq_ignore_ascii_case("SUCCESS") || word.eq_ignore_ascii_case("EXECUTE_SUCCESS")
            }
        }
    }

    /// Whether two codes say the same: equal, twins of the two families, or a number and its name.
    #[must_use]
    pub fn same_as(&self, other: &Code) -> bool {
        self == other || matches!((self.family(), other.family()), (Some(one), Some(two)) if one == two)
    }

    /// Whether a refused deletion means that the person is not there any more.
    #[must_use]
    pub fn is_gone(&self) -> bool {
        self.same_as(&Self::ID_NOT_FOUND) || self.same_as(&Self::VENDOR_DELETE_FAILED)
    }

    /// Whether the same command may well succeed when it is sent again.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        self.same_as(&Self::SERVER_PROCESS_FAILED) || self.same_as(&Self::REMOTE_SERVER_FAILED)
    }

    fn entry(&self) -> Option<&'static Entry> {
        TABLE.iter().find(|entry| match self {
            Self::Int(number) => entry.number == *number,
            Self::Text(word) => !entry.name.is_empty() && entry.name.eq_ignore_ascii_case(word),
        })
    }

    /// One number per meaning.
    fn family(&self) -> Option<i64> {
        let number = self.entry()?.number;
        Some(TWINS.iter().find(|(_, fog)| *fog == number).map_or(number, |(plain, _)| *plain))
    }
}

impl From<i64> for Code {
    fn from(number: i64) -> Self {
        Self::Int(number)
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Int(number) => write!(f, "{number}"),
            Self::Text(word) => f.write_str(word),
        }
    }
}

impl Serialize for Code {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Int(number) => serializer.serialize_i64(*number),
            Self::Text(word) => serializer.serialize_str(word),
        }
    }
}

impl FromValue for Code {
    const EXPECTED: &'static str = "a status code";

    fn from_value(value: Value) -> Result<Self, ReadError> {
        match i64::from_value(value.clone()) {
            Ok(number) => Ok(Self::Int(number)),
            Err(_) => match value {
                Value::String(word) if !word.trim().is_empty() => Ok(Self::Text(word)),
                other => Err(Self::wrong(&other)),
            },
        }
    }
}

deserialize_leniently!(Code);
