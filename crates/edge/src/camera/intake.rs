//! The bounded queue between cameras and judges: one line per camera, served in turn, so that a busy camera delays
//! itself and nobody else.
//!
//! Two ways in. [`Intake::offer`] never waits: a live source has no use for a picture that is late, so when the queue is
//! full the oldest picture of the longest live line gives way, and is counted. [`Intake::put`] waits for room: a source
//! that keeps its pictures (a folder) loses none.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use super::Capture;

/// Pictures waiting at most, over all cameras.
const MOST: usize = 64;
/// Their bytes at most; one picture per camera is always let in.
const MOST_BYTES: usize = 48 << 20;
/// Pictures of one patient source waiting at most.
const PATIENT: usize = 4;

/// The queue.
#[derive(Default)]
pub struct Intake {
    lines: Mutex<Lines>,
    arrived: Notify,
    room: Notify,
}

#[derive(Default)]
struct Lines {
    all: Vec<Line>,
    next: usize,
    waiting: usize,
    bytes: usize,
    closed: bool,
}

struct Line {
    name: Arc<str>,
    waiting: VecDeque<(Capture, bool)>,
    dropped: u64,
}

impl Intake {
    /// Hands over a picture of a live source. When there is no room an older one gives way.
    pub fn offer(&self, capture: Capture) {
        {
            let mut lines = self.lock();
            if lines.closed {
                return;
            }
            let bytes = capture.image.bytes();
            while lines.is_full(bytes) && lines.drop_one() {}
            lines.push(capture, false);
        }
        self.arrived.notify_one();
    }

    /// Hands over a picture of a source that keeps its pictures, once there is room.
    pub async fn put(&self, capture: Capture) {
        let mut capture = Some(capture);
        loop {
            let room = self.room.notified();
            tokio::pin!(room);
            room.as_mut().enable();
            {
                let mut lines = self.lock();
                let Some(next) = capture.take() else { return };
                if lines.closed {
                    return;
                }
                let mine = lines.length_of(&next.camera.name);
                if mine == 0 || (mine < PATIENT && !lines.is_full(next.image.bytes())) {
                    lines.push(next, true);
                    drop(lines);
                    self.arrived.notify_one();
                    return;
                }
                capture = Some(next);
            }
            room.await;
        }
    }

    /// The next picture, each camera in turn; `None` once the queue is closed and empty.
    pub async fn next(&self) -> Option<Capture> {
        loop {
            let arrived = self.arrived.notified();
            tokio::pin!(arrived);
            arrived.as_mut().enable();
            let (found, more, closed) = {
                let mut lines = self.lock();
                let found = lines.pop();
                (found, lines.waiting > 0, lines.closed)
            };
            if let Some(capture) = found {
                self.room.notify_waiters();
                if more || closed {
                    self.arrived.notify_one();
                }
                return Some(capture);
            }
            if closed {
                self.arrived.notify_one();
                return None;
            }
            arrived.await;
        }
    }

    /// Takes nothing more and drops what waits: its sources still have it, or it is too late for it.
    pub fn close(&self) {
        {
            let mut lines = self.lock();
            lines.closed = true;
            lines.all.clear();
            lines.waiting = 0;
            lines.bytes = 0;
        }
        self.room.notify_waiters();
        self.arrived.notify_one();
    }

    /// Pictures waiting now.
    pub fn waiting(&self) -> usize {
        self.lock().waiting
    }

    /// Whether a picture of `camera` is waiting.
    pub fn waits(&self, camera: &str) -> bool {
        self.lock().length_of(camera) > 0
    }

    /// Pictures of `camera` that had to give way so far.
    pub fn dropped(&self, camera: &str) -> u64 {
        self.lock().all.iter().find(|line| &*line.name == camera).map_or(0, |line| line.dropped)
    }

    /// Drops what waits of a camera that is gone, and its count.
    pub fn forget(&self, camera: &str) {
        {
            let mut lines = self.lock();
            let Some(at) = lines.all.iter().position(|line| &*line.name == camera) else { return };
            let line = lines.all.remove(at);
            if at < lines.next {
                lines.next -= 1;
            }
            lines.waiting -= line.waiting.len();
            lines.bytes -= line.waiting.iter().map(|(capture, _)| capture.image.bytes()).sum::<usize>();
        }
        self.room.notify_waiters();
    }

    fn lock(&self) -> MutexGuard<'_, Lines> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Lines {
    fn is_full(&self, more: usize) -> bool {
        self.waiting >= MOST || (self.waiting > 0 && self.bytes + more > MOST_BYTES)
    }

    fn length_of(&self, camera: &str) -> usize {
        self.all.iter().find(|line| &*line.name == camera).map_or(0, |line| line.waiting.len())
    }

    fn push(&mut self, capture: Capture, patient: bool) {
        self.waiting += 1;
        self.bytes += capture.image.bytes();
        let name = &capture.camera.name;
        let line = match self.all.iter().position(|line| *line.name == **name) {
            Some(at) => &mut self.all[at],
            None => {
                self.all.push(Line { name: name.as_str().into(), waiting: VecDeque::new(), dropped: 0 });
                let last = self.all.len() - 1;
                &mut self.all[last]
            }
        };
        line.waiting.push_back((capture, patient));
    }

    /// Drops the oldest live picture of the longest line; `false` when only kept pictures wait.
    fn drop_one(&mut self) -> bool {
        let live = |line: &Line| line.waiting.iter().filter(|(_, patient)| !patient).count();
        let Some(line) = self.all.iter_mut().max_by_key(|line| live(line)) else { return false };
        let Some(at) = line.waiting.iter().position(|(_, patient)| !patient) else { return false };
        let Some((dropped, _)) = line.waiting.remove(at) else { return false };
        line.dropped += 1;
        self.waiting -= 1;
        self.bytes -= dropped.image.bytes();
        true
    }

    fn pop(&mut self) -> Option<Capture> {
        for step in 0..self.all.len() {
            let at = (self.next + step) % self.all.len();
            if let Some((capture, _)) = self.all[at].waiting.pop_front() {
                self.next = at + 1;
                self.waiting -= 1;
                self.bytes -= capture.image.bytes();
                return Some(capture);
            }
        }
        None
    }
}

#[cfg(test)]
mod tests;
