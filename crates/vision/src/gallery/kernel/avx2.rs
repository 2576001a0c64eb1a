//! The AVX2 kernel: 32 products per step, four rows side by side.
//!
//! `maddubs` wants one unsigned operand: |query| and the row with the query's signs have the same product. With values of at most 127
//! the sum of two products is at most 32,258 and fits its 16 bits.
#![expect(
    unsafe_code,
    reason = "vector loads and stores; each goes through a reference to an array of the right size"
)]

use std::arch::x86_64::{
    __m128i, __m256i, _mm_add_epi32, _mm_storeu_si128, _mm256_abs_epi8, _mm256_add_epi32,
    _mm256_castsi256_si128, _mm256_extracti128_si256, _mm256_hadd_epi32, _mm256_loadu_si256,
    _mm256_madd_epi16, _mm256_maddubs_epi16, _mm256_set1_epi16, _mm256_setzero_si256, _mm256_sign_epi8,
};

use super::portable;

/// # Safety
/// The machine must have AVX2.
#[target_feature(enable = "avx2")]
pub(super) fn products(rows: &[i8], query: &[i8], out: &mut [i32]) {
    // The two lengths that packs have, in straight lines without a loop over the row.
    match query.len() {
        128 => whole::<128>(rows, query, out),
        256 => whole::<256>(rows, query, out),
        _ => any(rows, query, out),
    }
}

/// Rows of `LENGTH` values, a multiple of 32.
#[target_feature(enable = "avx2")]
fn whole<const LENGTH: usize>(rows: &[i8], query: &[i8], out: &mut [i32]) {
    let Ok(steps) = <&[i8; LENGTH]>::try_from(query) else { return };
    let (blocks, last_rows) = rows.as_chunks::<LENGTH>().0.as_chunks::<4>();
    let (fours, last) = out.as_chunks_mut::<4>();
    for (block, out) in blocks.iter().zip(fours) {
        let mut sums = [_mm256_setzero_si256(); 4];
        for (row, sum) in block.iter().zip(&mut sums) {
            for (values, step) in row.as_chunks::<32>().0.iter().zip(steps.as_chunks::<32>().0) {
                *sum = added(*sum, values, step);
            }
        }
        *out = folded(sums);
    }
    any(last_rows.as_flattened(), query, last);
}

/// Rows of any length.
#[target_feature(enable = "avx2")]
fn any(rows: &[i8], query: &[i8], out: &mut [i32]) {
    let (steps, tail) = query.as_chunks::<32>();
    for (row, out) in rows.chunks_exact(query.len()).zip(out) {
        let (values, rest) = row.as_chunks::<32>();
        let mut sum = _mm256_setzero_si256();
        for (values, step) in values.iter().zip(steps) {
            sum = added(sum, values, step);
        }
        *out = folded([sum; 4])[0] + portable::product(rest, tail);
    }
}

/// `sum` with 32 more products.
#[target_feature(enable = "avx2")]
fn added(sum: __m256i, values: &[i8; 32], step: &[i8; 32]) -> __m256i {
    let query = load(step);
    let pairs = _mm256_maddubs_epi16(_mm256_abs_epi8(query), _mm256_sign_epi8(load(values), query));
    _mm256_add_epi32(sum, _mm256_madd_epi16(pairs, _mm256_set1_epi16(1)))
}

/// The sums over the lanes of four vectors.
#[target_feature(enable = "avx2")]
fn folded(sums: [__m256i; 4]) -> [i32; 4] {
    let pairs = _mm256_hadd_epi32(_mm256_hadd_epi32(sums[0], sums[1]), _mm256_hadd_epi32(sums[2], sums[3]));
    store(_mm_add_epi32(_mm256_castsi256_si128(pairs), _mm256_extracti128_si256(pairs, 1)))
}

#[target_feature(enable = "avx2")]
fn load(step: &[i8; 32]) -> __m256i {
    // SAFETY: the array is 32 bytes long, which is what an unaligned load reads.
    unsafe { _mm256_loadu_si256(step.as_ptr().cast()) }
}

#[target_feature(enable = "avx2")]
fn store(value: __m128i) -> [i32; 4] {
    let mut out = [0; 4];
    // SAFETY: the array is 16 bytes long, which is what an unaligned store writes.
    unsafe { _mm_storeu_si128(out.as_mut_ptr().cast(), value) };
    out
}
