//! One search: every row once in 8-bit, the best candidates again in full. The lock of a segment is held while that segment is read.

use std::cmp::Ordering;
use std::sync::{Arc, RwLock};

use super::Hit;
use super::kernel::Kernel;
use super::segment::{self, SLOTS, Segment};
use crate::template::dot;

/// Candidates scored again in full: with forty, the exact best of 50,000 was always among them.
const CANDIDATES: usize = 40;

/// Slots whose scores are looked at together.
const BLOCK: usize = 64;

/// A slot that may hold one of the best, by its 8-bit score.
#[derive(Debug, Clone, Copy)]
struct Candidate {
    score: f32,
    key: u32,
    segment: usize,
    slot: usize,
}

impl Candidate {
    fn order(&self, other: &Self) -> Ordering {
        other.score.total_cmp(&self.score).then(self.key.cmp(&other.key))
    }
}

pub(super) fn search(
    segments: &[Arc<RwLock<Segment>>],
    kernel: Kernel,
    query: &[f32],
    centre: Option<&[f32]>,
    k: usize,
) -> Vec<Hit> {
    let mut row = vec![0i8; query.len()];
    let scale = segment::quantise(query, centre, &mut row);
    let mut best = Best::new(CANDIDATES.max(k.saturating_mul(4)));
    let (mut products, mut scores) = (vec![0i32; SLOTS], vec![0f32; SLOTS]);
    for (index, shared) in segments.iter().enumerate() {
        let segment = segment::read(shared);
        let slots = segment.keys().len();
        kernel.products(segment.rows(), &row, &mut products[..slots]);
        segment.approximate(&products[..slots], scale, &mut scores[..slots]);
        for (block, scores) in scores[..slots].chunks(BLOCK).enumerate() {
            // Most blocks hold nobody among the best; their largest score says so without a branch per slot.
            if scores.iter().fold(f32::NEG_INFINITY, |most, &score| if score > most { score } else { most })
                < best.least
            {
                continue;
            }
            for (offset, &score) in scores.iter().enumerate() {
                let slot = block * BLOCK + offset;
                if score >= best.least
                    && let Some(key) = segment.keys()[slot]
                {
                    best.offer(Candidate { score, key, segment: index, slot });
                }
            }
        }
    }
    rescore(segments, query, centre, best.finish(), k)
}

/// Scores the candidates again in full. One that was removed or moved meanwhile is dropped, one that was replaced counts as it is now.
fn rescore(
    segments: &[Arc<RwLock<Segment>>],
    query: &[f32],
    centre: Option<&[f32]>,
    candidates: Vec<Candidate>,
    k: usize,
) -> Vec<Hit> {
    let mut values = Vec::with_capacity(query.len());
    let mut hits: Vec<Hit> = candidates
        .into_iter()
        .filter_map(|candidate| {
            let segment = segment::read(&segments[candidate.segment]);
            let still = segment.keys().get(candidate.slot).copied().flatten() == Some(candidate.key);
            still.then(|| {
                segment.read(candidate.slot, centre, &mut values);
                Hit { key: candidate.key, cosine: dot(query, &values).clamp(-1.0, 1.0) }
            })
        })
        .collect();
    hits.sort_by(Hit::order);
    hits.truncate(k);
    hits
}

/// Keeps the best `size` candidates; collects up to twice as many and cuts, which costs less than a heap.
struct Best {
    size: usize,
    /// Nothing below this score can be among the best any more.
    least: f32,
    kept: Vec<Candidate>,
}

impl Best {
    fn new(size: usize) -> Self {
        Self { size, least: f32::NEG_INFINITY, kept: Vec::new() }
    }

    fn offer(&mut self, candidate: Candidate) {
        self.kept.push(candidate);
        if self.kept.len() >= self.size.saturating_mul(2) {
            self.cut();
        }
    }

    fn cut(&mut self) {
        if self.kept.len() > self.size {
            self.kept.select_nth_unstable_by(self.size - 1, Candidate::order);
            self.kept.truncate(self.size);
            self.least = self.kept[self.size - 1].score;
        }
    }

    fn finish(mut self) -> Vec<Candidate> {
        self.cut();
        self.kept
    }
}
