//! The processor: any will do; which kernels will run is said, because it decides how fast a large gallery is searched.

use futures_util::FutureExt as _;

use super::facts::Facts;
use super::{Check, Finding};

pub(super) const CHECK: Check = Check { name: "processor", look: |_: &Facts| async { vec![look()] }.boxed() };

fn look() -> Finding {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let found = features();
    let architecture = std::env::consts::ARCH;
    if found.is_empty() {
        return Finding::warning(
            architecture,
            format!("{cores} cores, no vector extension that speeds up the search"),
        )
        .advice(
            "it works, more slowly; with more than some 10,000 people choose a processor with AVX2 or NEON",
        );
    }
    Finding::ok(architecture, format!("{cores} cores, with {}", found.join(", ")))
}

#[cfg(target_arch = "x86_64")]
fn features() -> Vec<&'static str> {
    let all = [
        ("AVX2", is_x86_feature_detected!("avx2")),
        ("FMA", is_x86_feature_detected!("fma")),
        ("AVX-512", is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("avx512bw")),
        ("VNNI", is_x86_feature_detected!("avx512vnni")),
    ];
    all.into_iter().filter(|(_, there)| *there).map(|(name, _)| name).collect()
}

#[cfg(target_arch = "aarch64")]
fn features() -> Vec<&'static str> {
    if std::arch::is_aarch64_feature_detected!("neon") { vec!["NEON"] } else { Vec::new() }
}

#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
fn features() -> Vec<&'static str> {
    Vec::new()
}
