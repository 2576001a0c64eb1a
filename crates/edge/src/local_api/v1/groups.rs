//! Permission groups and libraries as pages show them: with their ids, and how many are in them. They are made, changed and removed
//! by the documented calls; who is in one is a list of people (`/api/v1/people?group=…`).

use std::collections::HashMap;

use axum::extract::State;
use axum::response::Response;
use serde::Serialize;
use utoipa::ToSchema;

use crate::local_api::Desk;
use crate::local_api::answer::{Page, Refusal, json};
use crate::store::{libraries, permissions};

/// A permission group.
#[derive(Serialize, ToSchema)]
#[schema(as = PermissionGroup)]
pub(super) struct Group {
    /// What cameras and people name it by.
    id: String,
    name: String,
    description: String,
    /// How many people are in it.
    people: i64,
    /// The cameras in front of which they may pass.
    cameras: Vec<String>,
}

/// A face library.
#[derive(Serialize, ToSchema)]
pub(super) struct Library {
    name: String,
    description: String,
    /// How many people are in it.
    people: i64,
}

/// Every permission group. Made, changed and removed by `/SophonFogSys/api/permissions`.
#[utoipa::path(get, path = "/api/v1/groups", tag = "people", responses((status = OK, body = Page<Group>)))]
pub(super) async fn groups(State(desk): State<Desk>) -> Result<Response, Refusal> {
    let read = desk.app.store.read(|db| Ok((permissions::list(db, None)?, permissions::counts(db)?)));
    let (groups, counts) = read.await?;
    let cameras = &desk.stations.cameras;
    let settings: Vec<_> =
        cameras.status().into_iter().filter_map(|status| cameras.settings(&status.name)).collect();
    let view = |group: permissions::Permission| Group {
        people: counted(&counts, &group.id),
        cameras: settings
            .iter()
            .filter(|camera| camera.groups.iter().any(|of| *of == group.id || *of == group.name))
            .map(|camera| camera.name.clone())
            .collect(),
        id: group.id,
        name: group.name,
        description: group.description,
    };
    json(&Page::whole(groups.into_iter().map(view).collect()))
}

/// Every face library. Made, changed and removed by `/SophonFogSys/api/groups`, filled by `/SophonFogSys/api/GroupUsers`.
#[utoipa::path(get, path = "/api/v1/libraries", tag = "people", responses((status = OK, body = Page<Library>)))]
pub(super) async fn all_libraries(State(desk): State<Desk>) -> Result<Response, Refusal> {
    let read = desk.app.store.read(|db| Ok((libraries::list(db, None)?, libraries::counts(db)?)));
    let (found, counts) = read.await?;
    let view = |library: libraries::Library| Library {
        people: counted(&counts, &library.name),
        name: library.name,
        description: library.description,
    };
    json(&Page::whole(found.into_iter().map(view).collect()))
}

fn counted(counts: &HashMap<String, i64>, of: &str) -> i64 {
    counts.get(of).copied().unwrap_or(0)
}
