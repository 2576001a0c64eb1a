//! What is said: every message of the SE3 management protocol as a type.
//!
//! The crate keeps one promise: **it accepts leniently and writes strictly**. Whatever a box or a platform of any make may send
//! within the documented tolerances becomes the same value here, and every value has exactly one written form. There is no I/O,
//! no clock and no task in it; nothing that is read can make it panic or nest and grow past the bounds in [`limits`].
//!
//! | module | what it holds |
//! |---|---|
//! | [`login`] | the box introduces itself, the platform answers with token, addresses and broker |
//! | [`command`], [`result`] | what the platform orders over the broker and what the box answers |
//! | [`person`] | a person as travelling to a box, and the user-detail request and reply |
//! | [`event`], [`form`] | one recognition, alone or in a batch, as JSON or as form fields |
//! | [`operate`], [`status`] | reports about cameras, and the heartbeat |
//! | [`mq_api`], [`fog`] | the box's own HTTP interface |
//! | [`quality`] | the verdict on one face picture |
//! | [`address`], [`image`] | the rules for URLs and for photos written as text |
//! | [`ids`], [`mac`], [`millis`], [`kinds`], [`code`] | the words all of these are made of |
//! | [`error`], [`read_error`] | what a peer says when it refuses, and what we say when we cannot read |
//! | [`python`] | a reader of Python and commented literals, for tools; never used on the wire |

#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod address;
pub mod code;
pub mod command;
pub mod error;
pub mod event;
pub mod fog;
pub mod form;
pub mod ids;
pub mod image;
pub mod kinds;
mod lenient;
pub mod limits;
pub mod login;
pub mod mac;
pub mod millis;
pub mod mq_api;
pub mod operate;
pub mod person;
pub mod python;
pub mod quality;
pub mod read_error;
pub mod result;
pub mod status;
mod strict;

pub use code::Code;
pub use command::{BadCommand, Command, CommandBody, ExtendParams, Users, WipeOptions};
pub use error::{ErrorObject, Refusal};
pub use event::{Event, ExtData};
pub use ids::{DevSno, EpId, GroupId, IdentityId, MessageId};
pub use kinds::{DeviceType, Direction, FiqaLevel, PersonType, Presence, RegisterType};
pub use login::{BrokerBlock, ExchangeBlock, Extension, LoginRefused, LoginReply, LoginRequest};
pub use mac::Mac;
pub use millis::Millis;
pub use operate::{Ack, DeviceInfo, DeviceOperate, DeviceReport, DeviceSync, OperateAction};
pub use person::{PersonInfo, Photo, UnreadableUser, UserListReply, UserListRequest, UserRecord};
pub use quality::{FaceQuality, HeadPose, QualityInfo};
pub use read_error::{Problem, ReadError};
pub use result::{CommandResult, ResultBody, UserResult};
pub use status::{DeviceStatus, GatewayExtData, SubDevice};
