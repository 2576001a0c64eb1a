//! What this computer is and how it is doing: figures for the heartbeat, from `/proc` and the file system. Whatever cannot be
//! had is left out; nothing is made up.

use std::fs;
use std::net::IpAddr;
use std::path::Path;

use url::Url;

/// Bytes in a gigabyte, as the heartbeat counts them.
const GB: f64 = (1_u64 << 30) as f64;
/// A disk is low with less than this many bytes free…
const LOW_BYTES: u64 = 256 << 20;
/// …or less than this part of it, whichever is less.
const LOW_PART: u64 = 20;
/// It is spent with less than this many bytes free…
const SPENT_BYTES: u64 = 32 << 20;
/// …or less than this part of it, whichever is less.
const SPENT_PART: u64 = 40;

/// A file system's size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Disk {
    /// Bytes in all.
    pub(crate) size: u64,
    /// Bytes an ordinary process may still write.
    pub(crate) free: u64,
}

/// Memory of the machine.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Memory {
    /// Gigabytes in all.
    pub(crate) size_gb: f64,
    /// Part of it in use, 0 to 1; what caches would give back does not count.
    pub(crate) usage: f64,
}

/// Processor time spent since the machine was started, in ticks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Ticks {
    busy: u64,
    all: u64,
}

impl Disk {
    /// Gigabytes in all.
    pub(crate) fn size_gb(self) -> f64 {
        self.size as f64 / GB
    }

    /// Gigabytes free.
    pub(crate) fn free_gb(self) -> f64 {
        self.free as f64 / GB
    }

    /// Whether what is left should be kept for the box's own work.
    pub(crate) fn is_low(self) -> bool {
        self.free < LOW_BYTES.min(self.size / LOW_PART)
    }

    /// Whether it would soon be full, so that what grows by itself must not grow any more.
    pub(crate) fn is_spent(self) -> bool {
        self.free < self.last_bytes()
    }

    /// With fewer bytes free it is spent.
    pub(crate) fn last_bytes(self) -> u64 {
        SPENT_BYTES.min(self.size / SPENT_PART)
    }
}

/// The file system `path` is on.
pub(crate) fn disk(path: &Path) -> Option<Disk> {
    let facts = rustix::fs::statvfs(path).ok()?;
    let bytes = |blocks: u64| blocks.saturating_mul(facts.f_frsize);
    Some(Disk { size: bytes(facts.f_blocks), free: bytes(facts.f_bavail) })
}

/// Memory now.
pub(crate) fn memory() -> Option<Memory> {
    memory_in(&fs::read_to_string("/proc/meminfo").ok()?)
}

fn memory_in(text: &str) -> Option<Memory> {
    let of = |name: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))?;
        line.split_whitespace().next()?.parse::<f64>().ok()
    };
    let (all, available) = (of("MemTotal")?, of("MemAvailable")?);
    (all > 0.0).then(|| Memory { size_gb: all * 1024.0 / GB, usage: (1.0 - available / all).clamp(0.0, 1.0) })
}

/// Bytes this process has in memory.
pub(crate) fn own_memory() -> Option<u64> {
    let text = fs::read_to_string("/proc/self/status").ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.split_whitespace().next()?.parse::<u64>().ok()?.checked_mul(1024)
}

/// Processor time so far.
pub(crate) fn ticks() -> Option<Ticks> {
    ticks_in(&fs::read_to_string("/proc/stat").ok()?)
}

fn ticks_in(text: &str) -> Option<Ticks> {
    let line = text.lines().find_map(|line| line.strip_prefix("cpu "))?;
    // user nice system idle iowait irq softirq steal; guest time is part of user time.
    let fields: Vec<u64> = line.split_whitespace().take(8).filter_map(|field| field.parse().ok()).collect();
    let all = fields.iter().sum();
    let idle = fields.get(3)? + fields.get(4).unwrap_or(&0);
    Some(Ticks { busy: all - idle, all })
}

/// Percent of processor time used between two readings.
pub(crate) fn cpu_percent(before: Ticks, after: Ticks) -> Option<f64> {
    let all = after.all.checked_sub(before.all).filter(|all| *all > 0)?;
    Some(after.busy.saturating_sub(before.busy) as f64 * 100.0 / all as f64)
}

/// The machine's name.
pub(crate) fn host_name() -> String {
    read_line("/proc/sys/kernel/hostname").unwrap_or_else(|| "box".to_owned())
}

/// The hardware's serial number, or the installation's id where there is none.
pub(crate) fn serial() -> String {
    let unusable =
        |text: &String| text.is_empty() || text.eq_ignore_ascii_case("none") || text.contains("O.E.M.");
    ["/sys/class/dmi/id/product_serial", "/proc/device-tree/serial-number", "/etc/machine-id"]
        .into_iter()
        .find_map(|path| read_line(path).filter(|text| !unusable(text)))
        .unwrap_or_default()
}

/// Our own address on the way to `url`. Nothing is sent.
pub(crate) async fn address_towards(url: &str) -> Option<IpAddr> {
    let url = Url::parse(url).ok()?;
    let (host, port) = (url.host_str()?, url.port_or_known_default()?);
    let host = host.trim_matches(['[', ']']);
    let mut addresses = tokio::net::lookup_host((host, port)).await.ok()?;
    let there = addresses.next()?;
    let any: IpAddr = if there.is_ipv4() { [0; 4].into() } else { [0_u16; 8].into() };
    let socket = tokio::net::UdpSocket::bind((any, 0)).await.ok()?;
    socket.connect(there).await.ok()?;
    socket.local_addr().ok().map(|address| address.ip())
}

fn read_line(path: &str) -> Option<String> {
    let text = fs::read_to_string(path).ok()?;
    Some(text.lines().next()?.trim().trim_end_matches('\0').to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_of_this_machine_are_plausible() {
        let disk = disk(Path::new("/")).unwrap();
        assert!(disk.size > 0 && disk.free <= disk.size);
        let memory = memory().unwrap();
        assert!(memory.size_gb > 0.1 && (0.0..=1.0).contains(&memory.usage));
        assert!(ticks().unwrap().all > 0);
        assert!(!host_name().is_empty());
    }

    #[test]
    fn readings_of_proc() {
        let memory = memory_in("MemTotal:  2097152 kB\nMemFree: 1 kB\nMemAvailable: 524288 kB\n").unwrap();
        assert!((memory.size_gb - 2.0).abs() < 1e-9 && (memory.usage - 0.75).abs() < 1e-9);
        let before = ticks_in("cpu  10 0 10 70 10 0 0 0 0 0\ncpu0 1 1 1 1\n").unwrap();
        let after = ticks_in("cpu  30 0 30 130 10 0 0 0 0 0\n").unwrap();
        assert!((cpu_percent(before, after).unwrap() - 40.0).abs() < 1e-9);
        assert_eq!(cpu_percent(after, after), None);
        assert_eq!(memory_in("nonsense"), None);
    }

    #[test]
    fn a_disk_is_low_by_bytes_or_by_part() {
        let gb = 1 << 30;
        assert!(!Disk { size: 100 * gb, free: gb }.is_low());
        assert!(Disk { size: 100 * gb, free: gb / 5 }.is_low());
        assert!(!Disk { size: gb, free: gb / 10 }.is_low());
        assert!(Disk { size: gb, free: gb / 30 }.is_low());
        assert!(!Disk { size: gb, free: gb / 30 }.is_spent());
        assert!(Disk { size: gb, free: gb / 50 }.is_spent());
        assert!(!Disk { size: 100 * gb, free: gb / 20 }.is_spent());
        assert!(Disk { size: 100 * gb, free: gb / 40 }.is_spent());
    }

    #[tokio::test]
    async fn our_address_towards_ourselves() {
        assert!(address_towards("http://127.0.0.1:9/login").await.unwrap().is_loopback());
    }
}
