//! The linear part of a score, without a row of all columns for each block.
//!
//! A neighbour's column times its weight is a product that the neighbour can make; the mean of a column over a window
//! times its weight is the mean of such products. So each block's own columns are multiplied once, with the weights of
//! all the places that others see them from, and what is left of neighbours and windows is adding up a few numbers.
//!
//! This module must not know what the columns mean.

use crate::block::Markup;
use crate::features::{OFFSETS, WINDOWS, count, near_places};

/// Products of a row of own columns: one for each offset and window, up to a multiple of four.
const LANES: usize = (OFFSETS.len() + WINDOWS.len()).next_multiple_of(4);

/// The weights of all columns, by the block that holds the value.
#[derive(Clone, Debug)]
pub(crate) struct Linear {
    own: Vec<f32>,
    /// Places of the features that neighbours see, with the weights they have there.
    near: Vec<(usize, [f32; LANES])>,
}

/// Blocks whose sums a window needs: a power of two over twice the widest and one.
const RING: usize = 32;
const _: () = assert!(RING > 2 * WIDEST + 1);
/// Blocks to either side of the widest window.
const WIDEST: usize = WINDOWS[WINDOWS.len() - 1];

/// The scores of a document in the making: rows come in order.
pub(crate) struct LinearSums<'l> {
    linear: &'l Linear,
    blocks: usize,
    /// Rows so far.
    done: usize,
    /// Sums of the products of windows over the blocks before each of the last [`RING`] ones.
    sums: [[f64; WINDOWS.len()]; RING],
}

impl Linear {
    /// Takes the weights of all columns, in their order.
    pub(crate) fn new(weights: &[f32], markup: Markup) -> Linear {
        let (own, others) = weights.split_at(count(markup));
        let places = near_places(markup);
        let lane = |at: usize, lane: usize| others.get(lane * places.len() + at).copied().unwrap_or_default();
        let near = places.iter().enumerate().map(|(at, &place)| (place, std::array::from_fn(|of| lane(at, of))));
        Linear { own: own.to_vec(), near: near.collect() }
    }

    /// Begins a document; its scores, log-odds, will be in `scores`.
    pub(crate) fn start(&self, blocks: usize, bias: f32, scores: &mut Vec<f32>) -> LinearSums<'_> {
        scores.clear();
        scores.resize(blocks, bias);
        LinearSums { linear: self, blocks, done: 0, sums: [[0.0; WINDOWS.len()]; RING] }
    }

    #[inline]
    fn products(&self, row: &[f32]) -> [f32; LANES] {
        let mut products = [0.0; LANES];
        for (place, weights) in &self.near {
            let value = row[*place];
            for (product, weight) in products.iter_mut().zip(weights) {
                *product += value * weight;
            }
        }
        products
    }
}

impl LinearSums<'_> {
    /// Adds what the own columns of the next block say, of it and of its neighbours.
    #[inline]
    pub(crate) fn add(&mut self, row: &[f32], scores: &mut [f32]) {
        let block = self.done;
        scores[block] += dot(&self.linear.own, row);
        let products = self.linear.products(row);
        for (product, offset) in products.iter().zip(OFFSETS) {
            // The block stands at the offset from one that is as far before it.
            if let Some(score) = block.checked_add_signed(-offset as isize).and_then(|other| scores.get_mut(other)) {
                *score += product;
            }
        }
        let before = self.sums[block % RING];
        self.sums[(block + 1) % RING] = std::array::from_fn(|of| before[of] + f64::from(products[OFFSETS.len() + of]));
        self.done += 1;
        if self.done > WIDEST {
            self.tell(self.done - 1 - WIDEST, scores);
        }
    }

    /// Adds the windows of the last blocks.
    pub(crate) fn end(mut self, scores: &mut [f32]) {
        for block in self.done.saturating_sub(WIDEST)..self.done {
            self.tell(block, scores);
        }
    }

    /// Adds the windows around a block.
    #[inline]
    fn tell(&mut self, block: usize, scores: &mut [f32]) {
        let mut sum = 0.0;
        for (of, reach) in WINDOWS.into_iter().enumerate() {
            let (from, to) = (block.saturating_sub(reach), (block + reach + 1).min(self.blocks));
            sum += (self.sums[to % RING][of] - self.sums[from % RING][of]) / (to - from) as f64;
        }
        scores[block] += sum as f32;
    }
}

#[inline]
fn dot(weights: &[f32], values: &[f32]) -> f32 {
    // Eight sums: it vectorises.
    let mut sums = [0.0f32; 8];
    let (weights, values) = (weights.chunks_exact(8), values.chunks_exact(8));
    let rest: f32 = weights.remainder().iter().zip(values.remainder()).map(|(w, v)| w * v).sum();
    for (w, v) in weights.zip(values) {
        for lane in 0..8 {
            sums[lane] += w[lane] * v[lane];
        }
    }
    sums.iter().sum::<f32>() + rest
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::features::{Extractor, width};

    /// Numbers between -1 and 1 without a pattern.
    fn weights(count: usize) -> Vec<f32> {
        (0..count as u32).map(|at| (at.wrapping_mul(2_654_435_761) >> 8) as f32 / (1 << 23) as f32 - 1.0).collect()
    }

    #[test]
    fn scores_are_those_of_the_rows_of_all_columns() {
        let lines =
            ["Home | News", "The ferry left at nine, and nobody was on it.", "Share", "© 2024", "• Tickets: 12.50"];
        for blocks in [0, 1, 2, 3, 4, 12, 13, 14, 25, 26, 70] {
            let source: String = (0..blocks).map(|at| format!("{}\n\n", lines[at * at % lines.len()])).collect();
            let mut extractor = Extractor::default();
            extractor.extract(&source, Markup::Text, None);
            let (weights, mut scores) = (weights(width(Markup::Text)), Vec::new());
            let linear = Linear::new(&weights, Markup::Text);
            let mut sums = linear.start(blocks, 0.5, &mut scores);
            let mut rows = Vec::new();
            extractor.rows(0..blocks, &mut rows);
            rows.chunks_exact(extractor.width()).for_each(|row| sums.add(row, &mut scores));
            sums.end(&mut scores);
            let mut columns = vec![0.0; weights.len()];
            for (block, score) in scores.into_iter().enumerate() {
                extractor.columns(block, &mut columns);
                let expected = 0.5 + dot(&weights, &columns);
                assert!((score - expected).abs() < 1e-4, "{blocks} blocks, {block}: {score}, not {expected}");
            }
        }
    }
}
