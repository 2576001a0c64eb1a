//! A segment holds up to 4,096 templates: as 8-bit rows for the scan, and beside them what the rows leave over, in 16 bits. Both together are
//! the template to one part in eight million of its largest value, which is what f32 holds. A slot without a key is skipped.

use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use crate::template::dot;

/// What one step of a row is divided into by the rest.
const REST: f32 = 65_534.0;

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
    /// Parts of a step between the rows and the templates.
    rests: Vec<i16>,
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
            rests: vec![0; SLOTS * length],
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

    /// Writes the values of a template into `values`; `centre` is the one it was put with.
    pub(super) fn read(&self, slot: usize, centre: Option<&[f32]>, values: &mut Vec<f32>) {
        let (begin, scale) = (slot * self.length, self.scales[slot]);
        let steps = self.rows[begin..][..self.length].iter().zip(&self.rests[begin..][..self.length]);
        values.clear();
        values.extend(steps.map(|(&row, &rest)| (f32::from(row) + f32::from(rest) / REST) * scale));
        for (value, centre) in values.iter_mut().zip(centre.unwrap_or_default()) {
            *value += centre;
        }
    }

    pub(super) fn put(&mut self, slot: usize, key: u32, values: &[f32], centre: Option<&[f32]>) {
        if slot >= self.keys.len() {
            self.keys.resize(slot + 1, None);
        }
        let row = &mut self.rows[slot * self.length..][..self.length];
        let scale = quantise(values, centre, row);
        let rests = &mut self.rests[slot * self.length..][..self.length];
        for (index, (rest, &row)) in rests.iter_mut().zip(&*row).enumerate() {
            let left = values[index] - centre.map_or(0.0, |centre| centre[index]) - f32::from(row) * scale;
            *rest =
                if scale > 0.0 { (left / scale * REST).round().clamp(-32_767.0, 32_767.0) as i16 } else { 0 };
        }
        self.scales[slot] = scale;
        self.offsets[slot] = centre.map_or(0.0, |centre| dot(centre, values));
        self.keys[slot] = Some(key);
    }

    /// Empties a slot. A removed person's template does not stay in memory.
    pub(super) fn clear(&mut self, slot: usize) {
        self.keys[slot] = None;
        self.rows[slot * self.length..][..self.length].fill(0);
        self.rests[slot * self.length..][..self.length].fill(0);
        self.scales[slot] = 0.0;
        self.offsets[slot] = 0.0;
    }

    /// Empties every slot.
    pub(super) fn wipe(&mut self) {
        for slot in 0..self.keys.len() {
            self.clear(slot);
        }
    }

    /// Whether nothing of a template is left in a slot.
    #[cfg(test)]
    pub(super) fn is_blank(&self, slot: usize) -> bool {
        self.keys[slot].is_none()
            && self.rests[slot * self.length..][..self.length].iter().all(|&rest| rest == 0)
            && self.rows[slot * self.length..][..self.length].iter().all(|&row| row == 0)
            && (self.scales[slot], self.offsets[slot]) == (0.0, 0.0)
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
