//! Integer products of one 8-bit query with many 8-bit rows, by the widest instructions this machine has. All kernels give the same numbers.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
#[cfg(target_arch = "aarch64")]
mod neon;
mod portable;

/// Which instructions to use; made only by [`Kernel::available`], so that holding one proves the machine has them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Kernel(Kind);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    #[cfg(target_arch = "x86_64")]
    Avx512Vnni,
    #[cfg(target_arch = "x86_64")]
    Avx2,
    #[cfg(target_arch = "aarch64")]
    Neon,
    Portable,
}

impl Kernel {
    /// Every kernel this machine can run, the fastest first.
    pub(super) fn available() -> Vec<Self> {
        let mut kernels = Vec::new();
        #[cfg(target_arch = "x86_64")]
        {
            if is_x86_feature_detected!("avx512f")
                && is_x86_feature_detected!("avx512bw")
                && is_x86_feature_detected!("avx512vnni")
            {
                kernels.push(Self(Kind::Avx512Vnni));
            }
            if is_x86_feature_detected!("avx2") {
                kernels.push(Self(Kind::Avx2));
            }
        }
        #[cfg(target_arch = "aarch64")]
        if std::arch::is_aarch64_feature_detected!("neon") {
            kernels.push(Self(Kind::Neon));
        }
        kernels.push(Self(Kind::Portable));
        kernels
    }

    /// The fastest kernel of this machine.
    pub(super) fn detect() -> Self {
        Self::available()[0]
    }

    pub(super) fn name(self) -> &'static str {
        match self.0 {
            #[cfg(target_arch = "x86_64")]
            Kind::Avx512Vnni => "avx512-vnni",
            #[cfg(target_arch = "x86_64")]
            Kind::Avx2 => "avx2",
            #[cfg(target_arch = "aarch64")]
            Kind::Neon => "neon",
            Kind::Portable => "portable",
        }
    }

    /// Writes the product of `query` with each row of `query.len()` values into `out`, as many as there are both rows and places.
    /// No value may be -128: the quantiser never makes one.
    #[cfg_attr(
        any(target_arch = "x86_64", target_arch = "aarch64"),
        expect(unsafe_code, reason = "the instructions were detected when the kernel was made")
    )]
    pub(super) fn products(self, rows: &[i8], query: &[i8], out: &mut [i32]) {
        if query.is_empty() {
            out.fill(0);
            return;
        }
        match self.0 {
            // SAFETY: `Kernel::available` is the only maker and pushes this one only where the features are present.
            #[cfg(target_arch = "x86_64")]
            Kind::Avx512Vnni => unsafe { avx512::products(rows, query, out) },
            // SAFETY: as above.
            #[cfg(target_arch = "x86_64")]
            Kind::Avx2 => unsafe { avx2::products(rows, query, out) },
            // SAFETY: as above.
            #[cfg(target_arch = "aarch64")]
            Kind::Neon => unsafe { neon::products(rows, query, out) },
            Kind::Portable => portable::products(rows, query, out),
        }
    }
}

#[cfg(test)]
mod tests {
    use rand::{RngExt, SeedableRng, rngs::StdRng};

    use super::*;

    /// The definition.
    fn plainly(rows: &[i8], query: &[i8]) -> Vec<i32> {
        let product = |row: &[i8]| row.iter().zip(query).map(|(&a, &b)| i32::from(a) * i32::from(b)).sum();
        rows.chunks_exact(query.len()).map(product).collect()
    }

    #[test]
    fn every_kernel_gives_the_same_numbers() {
        let mut random = StdRng::seed_from_u64(7);
        for length in [1, 15, 16, 31, 32, 63, 64, 65, 96, 128, 160, 256, 512, 513] {
            for count in [0, 1, 2, 3, 4, 5, 7, 8, 9, 33] {
                let rows: Vec<i8> = (0..length * count).map(|_| random.random_range(-127..=127)).collect();
                let query: Vec<i8> = (0..length).map(|_| random.random_range(-127..=127)).collect();
                for kernel in Kernel::available() {
                    let mut out = vec![i32::MIN; count];
                    kernel.products(&rows, &query, &mut out);
                    assert_eq!(
                        out,
                        plainly(&rows, &query),
                        "{} length {length} count {count}",
                        kernel.name()
                    );
                }
            }
        }
    }

    #[test]
    fn extremes_do_not_overflow() {
        for length in [64, 256, 1024] {
            for sign in [-127, 127] {
                let rows = vec![sign; length * 5];
                let query = vec![127; length];
                for kernel in Kernel::available() {
                    let mut out = vec![0; 5];
                    kernel.products(&rows, &query, &mut out);
                    assert_eq!(out, plainly(&rows, &query), "{}", kernel.name());
                }
            }
        }
    }
}
