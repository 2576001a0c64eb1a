//! The NEON kernel: 16 products per step. Two 8-bit products of at most 127 * 127 fit the 16 bits they are summed in.
#![expect(unsafe_code, reason = "vector loads; each goes through a reference to an array of the right size")]

use std::arch::aarch64::{
    int8x16_t, vaddvq_s32, vdupq_n_s32, vget_high_s8, vget_low_s8, vld1q_s8, vmlal_s8, vmull_s8, vpadalq_s16,
};

use super::portable;

/// # Safety
/// The machine must have NEON.
#[target_feature(enable = "neon")]
pub(super) fn products(rows: &[i8], query: &[i8], out: &mut [i32]) {
    let (steps, tail) = query.as_chunks::<16>();
    let query_steps: Vec<int8x16_t> = steps.iter().map(|step| load(step)).collect();
    for (row, out) in rows.chunks_exact(query.len()).zip(out) {
        let (row, rest) = row.as_chunks::<16>();
        let mut sum = vdupq_n_s32(0);
        for (row, query) in row.iter().zip(&query_steps) {
            let row = load(row);
            let low = vmull_s8(vget_low_s8(row), vget_low_s8(*query));
            sum = vpadalq_s16(sum, vmlal_s8(low, vget_high_s8(row), vget_high_s8(*query)));
        }
        *out = vaddvq_s32(sum) + portable::product(rest, tail);
    }
}

#[target_feature(enable = "neon")]
fn load(step: &[i8; 16]) -> int8x16_t {
    // SAFETY: the array is 16 bytes long, which is what the load reads.
    unsafe { vld1q_s8(step.as_ptr()) }
}
