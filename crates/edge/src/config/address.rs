//! What a camera is called by on the wire: the address it was given, the one in its stream's URL, or a stand-in.

use std::net::IpAddr;

use super::Camera;

impl Camera {
    /// `device_ip` on the wire; the same at every start.
    pub fn address_on_the_wire(&self) -> String {
        self.address
            .or_else(|| address_in(self.url.as_deref()?))
            .map_or_else(|| stand_in(&self.name), |ip| ip.to_string())
    }
}

/// The address in a stream's URL, when it names one and no host.
fn address_in(url: &str) -> Option<IpAddr> {
    let url = url::Url::parse(url).ok()?;
    url.host_str()?.trim_matches(['[', ']']).parse().ok()
}

/// A loopback address made from the name, for cameras that have no address of their own (a folder): the protocol
/// identifies a camera by its address, so two cameras must not share one, and it must not change between starts.
fn stand_in(name: &str) -> String {
    // FNV-1a: stable between versions, which the standard library's hasher does not promise.
    let hash =
        name.bytes().fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    let [_, b, c, d] = hash.to_be_bytes();
    format!("127.{b}.{c}.{}", d.clamp(1, 254))
}

#[cfg(test)]
mod tests {
    use super::stand_in;

    #[test]
    fn cameras_without_address_get_one_of_their_own() {
        assert_ne!(stand_in("front"), stand_in("back"));
        assert_eq!(stand_in("front"), stand_in("front"));
        assert!(stand_in("front").parse::<std::net::Ipv4Addr>().unwrap().is_loopback());
    }
}
