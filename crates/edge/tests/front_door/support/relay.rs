//! A relay board: a real Modbus-TCP server of another make, and what was written to its coils.

use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use runtime::testing::wait_until;

use super::PATIENCE;

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/front_door/support/relay_board.py");

/// A coil that was written: which, to what, and when by the board's own clock.
pub(crate) type Written = (u16, bool, Duration);

pub(crate) struct RelayBoard {
    pub(crate) address: SocketAddr,
    written: Arc<Mutex<Vec<Written>>>,
    server: Child,
}

impl RelayBoard {
    /// A board with so many relays, all off.
    pub(crate) fn start(coils: u16) -> Self {
        let mut server = Command::new(python())
            .args([SCRIPT, &coils.to_string()])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(server.stdout.take().unwrap()).lines();
        let port: u16 = lines.next().expect("the relay board did not start").unwrap().parse().unwrap();
        let written: Arc<Mutex<Vec<Written>>> = Arc::default();
        let list = written.clone();
        std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                let [coil, state, at] = line.split(' ').collect::<Vec<_>>().try_into().unwrap();
                let at = Duration::from_millis(at.parse().unwrap());
                list.lock().unwrap().push((coil.parse().unwrap(), state == "on", at));
            }
        });
        Self { address: ([127, 0, 0, 1], port).into(), written, server }
    }

    /// Every write so far.
    pub(crate) fn log(&self) -> Vec<Written> {
        self.written.lock().unwrap().clone()
    }

    /// Every write so far, without times.
    pub(crate) fn written(&self) -> Vec<(u16, bool)> {
        self.log().into_iter().map(|(coil, on, _)| (coil, on)).collect()
    }

    /// Waits until exactly this was written.
    pub(crate) async fn until(&self, wanted: &[(u16, bool)]) {
        let done = wait_until(PATIENCE, || async { self.written() == wanted }).await;
        assert!(done, "wanted {wanted:?}, written {:?}", self.written());
    }
}

impl Drop for RelayBoard {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

/// The interpreter that knows the package: the system's, where the package is the system's.
fn python() -> &'static str {
    let knows = |python: &&str| {
        let asked = Command::new(python).args(["-c", "import pymodbus"]).stderr(Stdio::null()).status();
        asked.is_ok_and(|status| status.success())
    };
    ["/usr/bin/python3", "python3"].into_iter().find(knows).expect("no pymodbus: run scripts/setup --tests")
}
