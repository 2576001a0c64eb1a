//! What the platform depends on is cut off, slow, frozen or full, one after the other, while a box goes on reporting. Whoever asks
//! is answered in time, `/readyz` says what is wrong, nothing that was acknowledged is lost, and everything goes on by itself.
//!
//! | | cut | slow | frozen | full |
//! |---|---|---|---|---|
//! | database | `database` | `database` | `database` | `database` |
//! | broker | `broker` | `broker` | `broker` | `broker` |
//! | photo store | `blobs` | `blobs` | `blobs` | a folder: `front_door/disk.rs` of the binary |

mod blobs;
mod broker;
mod database;
mod reports;

use std::cell::Cell;
use std::time::Duration;

use runtime::testing::{ChaosProxy, wait_until};
use serde_json::Value;

use super::world::{PATIENCE, World};

/// How much slower a slow line is, for each piece of data in each direction.
const DELAY: Duration = Duration::from_millis(60);

/// What happens to a line.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Fault {
    Cut,
    Slow,
    Frozen,
}

impl Fault {
    const ALL: [Self; 3] = [Self::Cut, Self::Slow, Self::Frozen];

    fn begin(self, line: &ChaosProxy) {
        match self {
            Self::Cut => line.cut(),
            Self::Slow => line.delay(DELAY),
            Self::Frozen => line.freeze(),
        }
    }

    /// Whether what is behind the line cannot be reached.
    fn is_away(self) -> bool {
        self != Self::Slow
    }
}

/// Waits until `/readyz` answers with this status and says of a part what is expected; answers what it says of the part.
async fn ready(world: &World, status: u16, part: &str, expected: impl Fn(&Value) -> bool) -> Value {
    let last = Cell::new(Value::Null);
    let said = wait_until(PATIENCE, async || {
        let (code, body) = world.get("/readyz").await;
        let body: Value = serde_json::from_slice(&body).unwrap();
        let is_said = code == status && expected(&body[part]);
        last.set(body[part].clone());
        is_said
    });
    let said = said.await;
    let last = last.into_inner();
    assert!(said, "{part}: {last}");
    // The process itself is well, whatever is wrong around it.
    assert_eq!(world.get("/healthz").await.0, 200);
    last
}

/// Whether a part is said not to work, with what was observed.
fn fails(part: &Value) -> bool {
    part["ok"] == false && !part["message"].as_str().unwrap().is_empty()
}
