//! A segment holds up to 4,096 templates twice: as 8-bit rows for the scan and in f32 for the answer. A slot without a key is skipped.

use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use crate::template::dot;

/// Templates per segment: a scan of one takes some 30 microseconds, which is what a writer may have to wait.
pub(super) const SLOTS: usize = 4096;

/// Rows of equal length, one per slot.
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
    /// Room for every slot at once: a row that moved to a larger place would leave a copy of a template behind. The system hands out
    /// the memory when it is first written.
    pub(super) fn new(length: usize) -> Self {
        Self {
            length,
            keys: Vec::with_capacity(SLOTS),
            rows: vec![0; SLOTS * length],
            scales: vec![0.0; SLOTS],
            offsets: vec![0.0; SLOTS],
            exact: vec![0.0; SLOTS * length],
        }
    }

    pub(super) fn keys(&self) -> &[Option<u32>] {
        &self.keys
    }

    /// The rows of the slots in use so far.
    pub(super) fn rows(&self) -> &[i8] {
        &self.rows[..self.keys.len() * self.length]
    }

    /// Turns integer products into approximate cosines, up to a constant of the query. Free slots have some number too.
    pub(super) fn approximate(&self, products: &[i32], query_scale: f32, scores: &mut [f32]) {
        let slots = products.iter().zip(&self.scales).zip(&self.offsets);
        for (score, ((&product, &scale), &offset)) in scores.iter_mut().zip(slots) {
            *score = product as f32 * query_scale * scale + offset;
        }
    }

    /// The values in f32.
    pub(super) fn exact(&self, slot: usize) -> &[f32] {
        &self.exact[slot * self.length..][..self.length]
    }

    pub(super) fn put(&mut self, slot: usize, key: u32, values: &[f32], centre: Option<&[f32]>) {
        if slot >= self.keys.len() {
            self.keys.resize(slot + 1, None);
        }
        self.exact[slot * self.length..][..self.length].copy_from_slice(values);
        let row = &mut self.rows[slot * self.length..][..self.length];
        self.scales[slot] = quantise(values, centre, row);
        self.offsets[slot] = centre.map_or(0.0, |centre| dot(centre, values));
        self.keys[slot] = Some(key);
    }

    /// Empties a slot. A removed person's template does not stay in memory.
    pub(super) fn clear(&mut self, slot: usize) {
        self.keys[slot] = None;
        self.rows[slot * self.length..][..self.length].fill(0);
        self.exact[slot * self.length..][..self.length].fill(0.0);
        self.scales[slot] = 0.0;
        self.offsets[slot] = 0.0;
    }

    /// Empties every slot.
    pub(super) fn wipe(&mut self) {
        for slot in 0..self.keys.len() {
            self.clear(slot);
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
