//! A segment holds up to 4,096 templates twice: as 8-bit rows for the scan and in f32 for the answer. A slot without a key is skipped.

use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use crate::template::dot;

/// Templates per segment: a scan of one takes some 30 microseconds, which is what a writer may have to wait.
pub(super) const SLOTS: usize = 4096;

/// Rows of equal length, one per slot.
#[derive(Debug)]
pub(super) struct Segment {
    length: usize,
    keys: Vec<Option<u32>>,
    rows: Vec<i8>,
    /// Multiplies the integer product of a row.
    scales: Vec<f32>,
    /// Added to it: what centring took away, so that the ranking is that of the plain cosine.
    offsets: Vec<f32>,
    exact: Vec<f32>,
}

impl Segment {
    pub(super) fn new(length: usize) -> Self {
        Self {
            length,
            keys: Vec::new(),
            rows: Vec::new(),
            scales: Vec::new(),
            offsets: Vec::new(),
            exact: Vec::new(),
        }
    }

    pub(super) fn keys(&self) -> &[Option<u32>] {
        &self.keys
    }

    pub(super) fn rows(&self) -> &[i8] {
        &self.rows
    }

    /// Turns integer products into approximate cosines, up to a constant of the query. Free slots have some number too.
    pub(super) fn approximate(&self, products: &[i32], query_scale: f32, scores: &mut [f32]) {
        let slots = products.iter().zip(&self.scales).zip(&self.offsets);
        for (score, ((&product, &scale), &offset)) in scores.iter_mut().zip(slots) {
            *score = product as f32 * query_scale * scale + offset;
        }
    }

    /// The values in f32; empty for a slot never used.
    pub(super) fn exact(&self, slot: usize) -> &[f32] {
        self.exact.get(slot * self.length..(slot + 1) * self.length).unwrap_or(&[])
    }

    pub(super) fn put(&mut self, slot: usize, key: u32, values: &[f32], centre: Option<&[f32]>) {
        self.grow(slot + 1);
        self.exact[slot * self.length..][..self.length].copy_from_slice(values);
        let row = &mut self.rows[slot * self.length..][..self.length];
        self.scales[slot] = quantise(values, centre, row);
        self.offsets[slot] = centre.map_or(0.0, |centre| dot(centre, values));
        self.keys[slot] = Some(key);
    }

    pub(super) fn clear(&mut self, slot: usize) {
        self.keys[slot] = None;
        self.rows[slot * self.length..][..self.length].fill(0);
        // A removed person's template does not stay in memory.
        self.exact[slot * self.length..][..self.length].fill(0.0);
    }

    fn grow(&mut self, slots: usize) {
        if slots > self.keys.len() {
            self.keys.resize(slots, None);
            self.scales.resize(slots, 0.0);
            self.offsets.resize(slots, 0.0);
            self.rows.resize(slots * self.length, 0);
            self.exact.resize(slots * self.length, 0.0);
        }
    }
}

/// Writes `values` (less the centre) as -127..=127 into `row` and returns what one step is worth.
pub(super) fn quantise(values: &[f32], centre: Option<&[f32]>, row: &mut [i8]) -> f32 {
    let centred = |index: usize| values[index] - centre.map_or(0.0, |centre| centre[index]);
    let largest = (0..values.len()).map(|index| centred(index).abs()).fold(0.0f32, f32::max);
    if largest < 1e-12 {
        row.fill(0);
        return 0.0;
    }
    let steps = 127.0 / largest;
    for (index, cell) in row.iter_mut().enumerate() {
        *cell = (centred(index) * steps).round().clamp(-127.0, 127.0) as i8;
    }
    largest / 127.0
}

pub(super) fn read(segment: &RwLock<Segment>) -> RwLockReadGuard<'_, Segment> {
    segment.read().unwrap_or_else(PoisonError::into_inner)
}

pub(super) fn write(segment: &RwLock<Segment>) -> RwLockWriteGuard<'_, Segment> {
    segment.write().unwrap_or_else(PoisonError::into_inner)
}
