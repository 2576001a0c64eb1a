//! The AVX-512 VNNI kernel: 64 products per instruction, four rows side by side.
//!
//! `dpbusd` wants one unsigned operand: a row plus 128 is unsigned, and what that adds is 128 times the sum of the query, taken away once.
#![expect(
    unsafe_code,
    reason = "vector loads and stores; each goes through a reference to an array of the right size"
)]

use std::arch::x86_64::{
    __m128i, __m512i, _mm_add_epi32, _mm_set1_epi32, _mm_storeu_si128, _mm_sub_epi32, _mm256_add_epi32,
    _mm256_castsi256_si128, _mm256_extracti128_si256, _mm256_hadd_epi32, _mm512_castsi512_si256,
    _mm512_dpbusd_epi32, _mm512_extracti64x4_epi64, _mm512_loadu_si512, _mm512_set1_epi8,
    _mm512_setzero_si512, _mm512_xor_si512,
};

use super::portable;

/// # Safety
/// The machine must have AVX-512 F, BW and VNNI.
#[target_feature(enable = "avx512f,avx512bw,avx512vnni")]
pub(super) fn products(rows: &[i8], query: &[i8], out: &mut [i32]) {
    // The two lengths that packs have, in straight lines without a loop over the row.
    match query.len() {
        128 => whole::<2, 128>(rows, query, out),
        256 => whole::<4, 256>(rows, query, out),
        _ => any(rows, query, out),
    }
}

/// Rows of `STEPS` times 64 values, `LENGTH` in all.
#[target_feature(enable = "avx512f,avx512bw,avx512vnni")]
fn whole<const STEPS: usize, const LENGTH: usize>(rows: &[i8], query: &[i8], out: &mut [i32]) {
    let surplus = surplus(query);
    let mut steps = [_mm512_setzero_si512(); STEPS];
    for (step, values) in steps.iter_mut().zip(query.as_chunks::<64>().0) {
        *step = load(values);
    }
    let lift = _mm512_set1_epi8(-128);
    let (blocks, last_rows) = rows.as_chunks::<LENGTH>().0.as_chunks::<4>();
    let (fours, last) = out.as_chunks_mut::<4>();
    for (block, out) in blocks.iter().zip(fours) {
        let mut sums = [_mm512_setzero_si512(); 4];
        for (row, sum) in block.iter().zip(&mut sums) {
            for (values, step) in row.as_chunks::<64>().0.iter().zip(&steps) {
                *sum = _mm512_dpbusd_epi32(*sum, _mm512_xor_si512(load(values), lift), *step);
            }
        }
        *out = folded(sums, surplus);
    }
    any(last_rows.as_flattened(), query, last);
}

/// Rows of any length.
#[target_feature(enable = "avx512f,avx512bw,avx512vnni")]
fn any(rows: &[i8], query: &[i8], out: &mut [i32]) {
    let (steps, tail) = query.as_chunks::<64>();
    let surplus = surplus(steps.as_flattened());
    let lift = _mm512_set1_epi8(-128);
    for (row, out) in rows.chunks_exact(query.len()).zip(out) {
        let (values, rest) = row.as_chunks::<64>();
        let mut sum = _mm512_setzero_si512();
        for (values, step) in values.iter().zip(steps) {
            sum = _mm512_dpbusd_epi32(sum, _mm512_xor_si512(load(values), lift), load(step));
        }
        *out = folded([sum; 4], surplus)[0] + portable::product(rest, tail);
    }
}

/// What lifting the rows by 128 adds to every product.
fn surplus(query: &[i8]) -> i32 {
    128 * query.iter().map(|&value| i32::from(value)).sum::<i32>()
}

/// The sums over the lanes of four vectors.
#[target_feature(enable = "avx512f,avx512bw,avx512vnni")]
fn folded(sums: [__m512i; 4], surplus: i32) -> [i32; 4] {
    let halves =
        sums.map(|sum| _mm256_add_epi32(_mm512_castsi512_si256(sum), _mm512_extracti64x4_epi64(sum, 1)));
    let pairs =
        _mm256_hadd_epi32(_mm256_hadd_epi32(halves[0], halves[1]), _mm256_hadd_epi32(halves[2], halves[3]));
    let all = _mm_add_epi32(_mm256_castsi256_si128(pairs), _mm256_extracti128_si256(pairs, 1));
    store(_mm_sub_epi32(all, _mm_set1_epi32(surplus)))
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
