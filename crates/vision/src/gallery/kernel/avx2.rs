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
    let length = query.len();
    let (steps, tail) = query.as_chunks::<32>();
    let query: Vec<__m256i> = steps.iter().map(|step| load(step)).collect();
    let (fours, last) = out.as_chunks_mut::<4>();
    let mut blocks = rows.chunks_exact(4 * length);
    for (block, out) in (&mut blocks).zip(fours) {
        let row = |index: usize| &block[index * length..][..length];
        *out = four([row(0), row(1), row(2), row(3)], &query, tail);
    }
    for (row, out) in blocks.remainder().chunks_exact(length).zip(last) {
        *out = four([row, &[], &[], &[]], &query, tail)[0];
    }
}

/// The products of four rows; an empty row gives 0.
#[target_feature(enable = "avx2")]
fn four(rows: [&[i8]; 4], query: &[__m256i], tail: &[i8]) -> [i32; 4] {
    let mut sums = [_mm256_setzero_si256(); 4];
    let ones = _mm256_set1_epi16(1);
    let rows = rows.map(|row| row.as_chunks::<32>());
    for (index, query) in query.iter().enumerate() {
        let size = _mm256_abs_epi8(*query);
        for (sum, (steps, _)) in sums.iter_mut().zip(&rows) {
            if let Some(step) = steps.get(index) {
                let signed = _mm256_sign_epi8(load(step), *query);
                *sum = _mm256_add_epi32(*sum, _mm256_madd_epi16(_mm256_maddubs_epi16(size, signed), ones));
            }
        }
    }
    let pairs = _mm256_hadd_epi32(_mm256_hadd_epi32(sums[0], sums[1]), _mm256_hadd_epi32(sums[2], sums[3]));
    let folded = _mm_add_epi32(_mm256_castsi256_si128(pairs), _mm256_extracti128_si256(pairs, 1));
    let mut out = store(folded);
    for (out, (_, rest)) in out.iter_mut().zip(&rows) {
        *out += portable::product(rest, tail);
    }
    out
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
