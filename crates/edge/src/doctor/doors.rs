//! Doors: the hardware of each takes a connection. Nothing moves.

use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::join_all;
use runtime::Lifecycle;

use super::facts::Facts;
use super::{Check, Finding};
use crate::config::{Camera, Door};
use crate::door::Doors;

/// How long a door may take to accept a connection.
const LIMIT: Duration = Duration::from_secs(3);

pub(super) const CHECK: Check = Check { name: "doors", look: |facts: &Facts| look(facts).boxed() };

async fn look(facts: &Facts) -> Vec<Finding> {
    let life = Lifecycle::new(LIMIT);
    let doors = match Doors::new(&life) {
        Ok(doors) => doors,
        Err(error) => {
            return vec![
                Finding::problem("doors", format!("{error:#}")).advice("look at the system's certificates"),
            ];
        }
    };
    let with_door: Vec<(&Camera, &Door)> =
        facts.cameras.iter().filter_map(|camera| Some((camera, camera.door.as_ref()?))).collect();
    if with_door.is_empty() {
        return vec![Finding::ok("doors", "no camera has one")];
    }
    join_all(with_door.into_iter().map(|(camera, door)| one(&doors, camera, door))).await
}

async fn one(doors: &Doors, camera: &Camera, settings: &Door) -> Finding {
    let name = camera.name.as_str();
    let door = match doors.of(settings) {
        Ok(door) => door,
        Err(reason) => return Finding::problem(name, reason.to_string()).advice("correct the camera's door"),
    };
    let place = door.driver().place();
    match tokio::time::timeout(LIMIT, door.driver().reach()).await {
        Ok(Ok(())) => {
            Finding::ok(name, format!("{} at {place} can be reached; nothing was moved", door.kind()))
        }
        Ok(Err(reason)) => Finding::problem(name, format!("{} at {place}: {reason}", door.kind()))
            .advice("is the hardware on, and in this network? correct the address of the camera's door"),
        Err(_) => Finding::problem(
            name,
            format!("{} at {place} takes no connection within {} s", door.kind(), LIMIT.as_secs()),
        )
        .advice(
            "is the hardware on, and in this network? a board may also have all of its connections in use",
        ),
    }
}
