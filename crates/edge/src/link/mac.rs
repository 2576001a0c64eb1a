//! The MAC the platform knows this box by: configured, the first network interface's, or one made up once and kept.

use std::path::Path;
use std::str::FromStr;

use protocol::Mac;

use crate::store::{Store, StoreError, settings};

/// The MAC of this box.
///
/// # Errors
/// What the store says when one has to be made up and kept.
pub async fn of_this_box(configured: Option<&str>, store: &Store) -> Result<Mac, StoreError> {
    if let Some(text) = configured {
        match Mac::from_str(text) {
            Ok(mac) => return Ok(mac),
            Err(error) => tracing::warn!(%error, "box.mac is no MAC address, using the first interface's"),
        }
    }
    if let Some(mac) = first_interface(Path::new("/sys/class/net")) {
        return Ok(mac);
    }
    store
        .write(|db| {
            if let Some(mac) = settings::get(db, settings::MAC)?.and_then(|text| Mac::from_str(&text).ok()) {
                return Ok(mac);
            }
            let text = made_up();
            settings::set(db, settings::MAC, &text)?;
            Mac::from_str(&text).map_err(|_| StoreError::Corrupt("box.mac"))
        })
        .await
}

/// The address of the first interface by name that is not a loopback; cards come before what software made (bridges, tunnels).
pub(crate) fn first_interface(directory: &Path) -> Option<Mac> {
    let mut interfaces: Vec<_> = std::fs::read_dir(directory)
        .ok()?
        .flatten()
        .map(|entry| (!entry.path().join("device").exists(), entry.file_name(), entry.path()))
        .collect();
    interfaces.sort();
    interfaces.into_iter().filter(|(_, name, _)| name != "lo").find_map(|(_, _, path)| {
        let text = std::fs::read_to_string(path.join("address")).ok()?;
        let text = text.trim();
        let real = text.bytes().any(|b| b.is_ascii_hexdigit() && b != b'0');
        real.then(|| Mac::from_str(text).ok()).flatten()
    })
}

/// A random address with the "locally administered" bit, which no card has.
fn made_up() -> String {
    let mut bytes: [u8; 6] = rand::random();
    bytes[0] = (bytes[0] | 0b10) & !0b1;
    bytes.map(|byte| format!("{byte:02x}")).join("")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn interface(directory: &Path, name: &str, address: &str, card: bool) {
        let path = directory.join(name);
        std::fs::create_dir_all(&path).unwrap();
        std::fs::write(path.join("address"), format!("{address}\n")).unwrap();
        if card {
            std::fs::create_dir(path.join("device")).unwrap();
        }
    }

    #[test]
    fn the_first_card_wins_over_bridges_and_loopback() {
        let directory = tempfile::tempdir().unwrap();
        assert!(first_interface(directory.path()).is_none());
        interface(directory.path(), "lo", "00:00:00:00:00:00", false);
        assert!(first_interface(directory.path()).is_none());
        interface(directory.path(), "br0", "02:42:00:00:00:01", false);
        assert_eq!(first_interface(directory.path()).unwrap().to_login(), "0x024200000001");
        interface(directory.path(), "eth1", "e0:a5:09:00:06:2c", true);
        interface(directory.path(), "eth0", "e0:a5:09:00:06:2b", true);
        assert_eq!(first_interface(directory.path()).unwrap().to_login(), "0xe0a50900062b");
    }

    #[tokio::test]
    async fn the_configured_one_wins() {
        let directory = tempfile::tempdir().unwrap();
        let store = Store::open(directory.path()).unwrap();
        let mac = of_this_box(Some("0xE0A50900062B"), &store).await.unwrap();
        assert_eq!(mac.to_login(), "0xe0a50900062b");
    }

    #[test]
    fn made_up_addresses_are_local_and_read_back() {
        let mac = Mac::from_str(&made_up()).unwrap();
        let first = u8::from_str_radix(&mac.to_login()[2..4], 16).unwrap();
        assert_eq!(first & 0b11, 0b10);
    }
}
