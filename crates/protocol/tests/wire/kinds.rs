//! The kinds of messages by name, each with the function that reads a body and writes the message back.

use std::path::{Path, PathBuf};

use protocol::fog::{self, Data};
use protocol::{
    Ack, Command, CommandResult, DeviceReport, DeviceStatus, ErrorObject, Event, LoginReply, LoginRequest,
    UserListReply, UserListRequest, mq_api,
};

/// Reads a body; gives our strict writing of it, or the error as text.
pub(crate) type Reading = fn(&[u8]) -> Result<String, String>;

macro_rules! plain {
    ($type:ty) => {
        |body| <$type>::read(body).map(|message| message.to_json()).map_err(|error| error.to_string())
    };
}

/// The folders, each with the function that reads its files and writes the message back.
pub(crate) const KINDS: &[(&str, Reading)] = &[
    ("login_request", plain!(LoginRequest)),
    ("login_reply", |body| {
        LoginReply::read(200, body).map(|reply| reply.to_json()).map_err(|error| error.to_string())
    }),
    ("command", command),
    ("result", plain!(CommandResult)),
    ("user_list_request", plain!(UserListRequest)),
    ("user_list_reply", |body| {
        UserListReply::read(200, body).map(|reply| reply.to_json()).map_err(|error| error.to_string())
    }),
    ("event", plain!(Event)),
    ("event_batch", |body| {
        Event::read_batch(body).map(|events| Event::batch_to_json(&events)).map_err(|error| error.to_string())
    }),
    ("device_report", |body| match DeviceReport::read(body) {
        Ok(DeviceReport::One(report)) => Ok(report.to_json()),
        Ok(DeviceReport::All(report)) => Ok(report.to_json()),
        Err(error) => Err(error.to_string()),
    }),
    ("ack", plain!(Ack)),
    ("device_status", plain!(DeviceStatus)),
    ("dev_sno_request", plain!(mq_api::DevSnoRequest)),
    ("dev_sno_reply", plain!(mq_api::DevSnoReply)),
    ("login_url_request", plain!(mq_api::LoginUrlRequest)),
    ("login_url_reply", plain!(mq_api::LoginUrlReply)),
    ("fog_permission_request", plain!(fog::PermissionRequest)),
    ("fog_info", plain!(Data<fog::Info>)),
    ("fog_permission_list", plain!(Data<fog::PermissionList>)),
    ("fog_permission_delete", plain!(fog::PermissionDelete)),
    ("fog_permission_deleted", plain!(Data<fog::PermissionDeleted>)),
    ("fog_library_request", plain!(fog::LibraryRequest)),
    ("fog_library_list", plain!(Data<fog::LibraryList>)),
    ("fog_library_delete", plain!(fog::LibraryDelete)),
    ("fog_library_deleted", plain!(Data<fog::LibraryDeleted>)),
    ("fog_library_people", plain!(fog::LibraryPeople)),
    ("fog_library_people_reply", plain!(Data<fog::LibraryPeopleReply>)),
    ("fog_user_create", plain!(fog::UserCreate)),
    ("fog_user_created", plain!(Data<fog::CreatedUser>)),
    ("fog_user_list", plain!(Data<fog::UserList>)),
    ("fog_user_update", plain!(fog::UserUpdate)),
    ("fog_user_updated", plain!(Data<fog::StoredUser>)),
    ("fog_user_delete", plain!(fog::UserDelete)),
    ("fog_user_deleted", plain!(Data<fog::UserDeleted>)),
    ("fog_wipe_request", plain!(fog::WipeData)),
    ("fog_wipe_reply", plain!(Data<fog::WipeData>)),
    ("fog_gate_mode", plain!(fog::GateControllerMode)),
    ("fog_gate_mode_reply", plain!(Data<fog::GateControllerMode>)),
    ("fog_event_action", plain!(fog::EventAction)),
    ("fog_event_action_reply", plain!(Data<fog::EventActionReply>)),
    ("fog_event_server_url", plain!(fog::EventServerUrl)),
    ("fog_event_server_url_reply", plain!(Data<fog::EventServerUrl>)),
    ("fog_history_event_url", plain!(fog::HistoryEventUrl)),
    ("fog_history_event_url_reply", plain!(Data<fog::HistoryEventUrl>)),
    ("fog_monitor_server_url", plain!(fog::MonitorServerUrl)),
    ("fog_monitor_reply", plain!(Data<fog::MonitorReply>)),
    ("error", plain!(ErrorObject)),
];

/// A command that cannot be read still says whom to answer; that is part of the expectation.
fn command(body: &[u8]) -> Result<String, String> {
    let read = Command::read(body).map_err(|bad| {
        let id = bad.message_id.as_ref().map_or("-", |id| id.as_str());
        let (method, route) =
            (bad.method.as_deref().unwrap_or("-"), bad.notify_path.as_deref().unwrap_or("-"));
        format!("{bad}\nmethod: {method}\nmessage id: {id}\nnotify path: {route}")
    })?;
    for user in &read.unreadable {
        let id = user.identity_id.as_ref().map_or("-", |id| id.as_str());
        assert!(user.error.to_string().starts_with('['), "{id}: {}", user.error);
    }
    Ok(read.to_json())
}

/// Where the files are; one folder per kind.
pub(crate) fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures")
}
