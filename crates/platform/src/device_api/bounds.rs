//! How much is kept of texts that get a column of their own. PostgreSQL indexes no row above 2,704 bytes, and what is refused a box sends
//! again for ever; so nothing is refused for its length, it is kept shorter.

use protocol::{DevSno, DeviceType, Event};
use sha2::{Digest as _, Sha256};

use crate::app::App;
use crate::blobs::hex;
use crate::clock;
use crate::db::camera_report::CameraReport;

/// Longest id or address that is kept as it came, in bytes: that of a person has 64 characters.
const ID: usize = 256;
/// What is kept of the beginning of a longer one, in bytes: with the hash it has as many characters as a search takes.
const BEGINNING: usize = 63;
/// Longest name, in bytes.
const NAME: usize = 1_024;

/// Shortens an event's texts; whether one of them was too long.
pub(super) fn event(event: &mut Event) -> bool {
    let kind = match &mut event.ext.device_type {
        Some(DeviceType::Other(kind)) => put(name(kind), kind),
        _ => false,
    };
    let ep_id = event.ext.ep_id.as_mut();
    let shortened = [
        put(id(event.identity_id.as_str()), &mut event.identity_id),
        put(name(&event.identity_name), &mut event.identity_name),
        put(name(&event.group_name), &mut event.group_name),
        put(id(&event.ext.device_ip), &mut event.ext.device_ip),
        ep_id.is_some_and(|ep_id| put(id(ep_id.as_str()), ep_id)),
        kind,
    ];
    shortened.contains(&true)
}

/// Shortens the texts of cameras; answers the cameras, and of how many one was too long.
pub(super) fn cameras(told: impl IntoIterator<Item = CameraReport>) -> (Vec<CameraReport>, usize) {
    let mut cameras: Vec<_> = told.into_iter().collect();
    let shortened = cameras.iter_mut().map(camera).filter(|shortened| *shortened).count();
    (cameras, shortened)
}

fn camera(camera: &mut CameraReport) -> bool {
    let CameraReport { ep_id, name: called, device_type, device_ip, group_id, .. } = camera;
    let mut shortened = put(id(ep_id), ep_id);
    for text in [called, device_type].into_iter().flatten() {
        shortened |= put(name(text), text);
    }
    for text in [device_ip, group_id].into_iter().flatten() {
        shortened |= put(id(text), text);
    }
    shortened
}

/// An id or an address as it is kept, when it is too long: its beginning, and a hash that tells it from every other.
pub(super) fn id(text: &str) -> Option<String> {
    if text.len() <= ID {
        return None;
    }
    let begins = &text[..text.floor_char_boundary(BEGINNING)];
    Some(format!("{begins}~{}", hex(&Sha256::digest(text))))
}

/// A name as it is kept, when it is too long: its beginning.
fn name(text: &str) -> Option<String> {
    (text.len() > NAME).then(|| text[..text.floor_char_boundary(NAME)].to_owned())
}

fn put<T: From<String>>(shorter: Option<String>, text: &mut T) -> bool {
    let is_too_long = shorter.is_some();
    if let Some(shorter) = shorter {
        *text = shorter.into();
    }
    is_too_long
}

/// Counts what was shortened, and tells whoever reads the log, seldom.
pub(super) fn tell(app: &App, dev_sno: &DevSno, shortened: usize) {
    if shortened == 0 {
        return;
    }
    app.counts.reports_shortened.add_many(shortened as u64);
    if let Some(left_out) = app.shortened_told.line(clock::now()) {
        tracing::warn!(%dev_sno, shortened, left_out, "texts of events or cameras are too long and are kept shorter");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_that_are_too_long_stay_different_and_alike() {
        assert_eq!(id(&"a".repeat(ID)), None);
        let long = |end: &str| id(&format!("{}{end}", "é".repeat(ID))).unwrap();
        assert_eq!(long("1"), long("1"));
        assert_ne!(long("1"), long("2"));
        assert_eq!(long("1").len(), 62 + 1 + 64);
        assert!(long("1").starts_with("éé"));
    }

    #[test]
    fn names_end_with_a_whole_character() {
        assert_eq!(name(&"a".repeat(NAME)), None);
        assert_eq!(name(&format!("a{}", "张".repeat(NAME))).unwrap().len(), NAME);
        assert_eq!(name(&"张".repeat(NAME)).unwrap().len(), NAME - 1);
    }
}
