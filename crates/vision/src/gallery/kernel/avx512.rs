//! The AVX-512 VNNI kernel: 64 products per instruction, four rows side by side.
//!
//! `dpbusd` wants one unsigned operand: a row plus 128 is unsigned, and what that adds is 128 times the sum of the query, taken away once.
#![expect(
    unsafe_code,
    reason = "vector loads and stores; each goes through a reference to an array of the right size"
)]

use std::arch::x86_64::{
    __m128i, __m512i, _mm_add_epi32, _mm_storeu_si128, _mm256_add_epi32, _mm256_castsi256_si128,
    _mm256_extracti128_si256, _mm256_hadd_epi32, _mm512_castsi512_si256, _mm512_dpbusd_epi32,
    _mm512_extracti64x4_epi64, _mm512_loadu_si512, _mm512_set1_epi8, _mm512_setzero_si512, _mm512_xor_si512,
};

use super::portable;

/// # Safety
/// The machine must have AVX-512 F, BW and VNNI.
#[target_feature(enable = "avx512f,avx512bw,avx512vnni")]
pub(super) fn products(rows: &[i8], query: &[i8], out: &mut [i32]) {
    let length = query.len();
    let (steps, tail) = query.as_chunks::<64>();
    let surplus = 128 * steps.as_flattened().iter().map(|&value| i32::from(value)).sum::<i32>();
    let query: Vec<__m512i> = steps.iter().map(|step| load(step)).collect();
    let (fours, last) = out.as_chunks_mut::<4>();
    let mut blocks = rows.chunks_exact(4 * length);
    for (block, out) in (&mut blocks).zip(fours) {
        let row = |index: usize| &block[index * length..][..length];
        *out = four([row(0), row(1), row(2), row(3)], &query, tail, surplus);
    }
    for (row, out) in blocks.remainder().chunks_exact(length).zip(last) {
        *out = four([row, row, row, row], &query, tail, surplus)[0];
    }
}

/// The products of four rows of equal length.
#[target_feature(enable = "avx512f,avx512bw,avx512vnni")]
fn four(rows: [&[i8]; 4], query: &[__m512i], tail: &[i8], surplus: i32) -> [i32; 4] {
    let mut sums = [_mm512_setzero_si512(); 4];
    let lift = _mm512_set1_epi8(-128);
    let rows = rows.map(|row| row.as_chunks::<64>());
    for (index, query) in query.iter().enumerate() {
        for (sum, (steps, _)) in sums.iter_mut().zip(&rows) {
            *sum = _mm512_dpbusd_epi32(*sum, _mm512_xor_si512(load(&steps[index]), lift), *query);
        }
    }
    let halves =
        sums.map(|sum| _mm256_add_epi32(_mm512_castsi512_si256(sum), _mm512_extracti64x4_epi64(sum, 1)));
    let pairs =
        _mm256_hadd_epi32(_mm256_hadd_epi32(halves[0], halves[1]), _mm256_hadd_epi32(halves[2], halves[3]));
    let mut out = store(_mm_add_epi32(_mm256_castsi256_si128(pairs), _mm256_extracti128_si256(pairs, 1)));
    for (out, (_, rest)) in out.iter_mut().zip(&rows) {
        *out += portable::product(rest, tail) - surplus;
    }
    out
}

#[target_feature(enable = "avx512f")]
fn load(step: &[i8; 64]) -> __m512i {
    // SAFETY: the array is 64 bytes long, which is what an unaligned load reads.
    unsafe { _mm512_loadu_si512(step.as_ptr().cast()) }
}

#[target_feature(enable = "avx2")]
fn store(value: __m128i) -> [i32; 4] {
    let mut out = [0; 4];
    // SAFETY: the array is 16 bytes long, which is what an unaligned store writes.
    unsafe { _mm_storeu_si128(out.as_mut_ptr().cast(), value) };
    out
}
