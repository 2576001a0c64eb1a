//! The kernel for any machine: plain Rust that the compiler vectorises for the target's baseline.

pub(super) fn products(rows: &[i8], query: &[i8], out: &mut [i32]) {
    for (row, out) in rows.chunks_exact(query.len()).zip(out) {
        *out = product(row, query);
    }
}

/// One row; products of two 8-bit values fit 16 bits, which the target multiplies several at once.
pub(super) fn product(row: &[i8], query: &[i8]) -> i32 {
    row.iter().zip(query).map(|(&a, &b)| i32::from(i16::from(a) * i16::from(b))).sum()
}
