//! The linear part of a score, without a row of all columns for each block.
//!
//! A neighbour's column times its weight is a product that the neighbour can make; the mean of a column over a window
//! times its weight is the mean of such products. So each block's own columns are multiplied once, with the weights of
//! all the places that others see them from, and what is left of neighbours and windows is adding up a few numbers.
//!
//! This module must not know what the columns mean.

use crate::block::Markup;
use crate::features::{ABREAST, OFFSETS, Tile, WINDOWS, count, near_places};
use crate::vectors::with_wide_vectors;

/// Products of a block's own columns: one for each offset and window.
const LANES: usize = OFFSETS.len() + WINDOWS.len();

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

/// The scores of a document in the making: blocks come in order.
pub(crate) struct LinearSums<'l> {
    linear: &'l Linear,
    blocks: usize,
    /// Blocks so far.
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

    /// Adds what the own columns of some blocks say of them to their scores.
    fn add_own(&self, tile: &Tile, scores: &mut [f32]) {
        with_wide_vectors(
            #[inline(always)]
            || {
                let mut sums = [0.0; ABREAST];
                for (weight, column) in self.own.iter().zip(tile) {
                    sums.iter_mut().zip(column).for_each(|(sum, value)| *sum += weight * value);
                }
                scores.iter_mut().zip(sums).for_each(|(score, sum)| *score += sum);
            },
        );
    }

    /// What the own columns of some blocks say of those around them, by lanes.
    fn products(&self, tile: &Tile) -> [[f32; ABREAST]; LANES] {
        let mut products = [[0.0; ABREAST]; LANES];
        with_wide_vectors(
            #[inline(always)]
            || {
                for (place, weights) in &self.near {
                    let column = &tile[*place];
                    for (products, weight) in products.iter_mut().zip(weights) {
                        products.iter_mut().zip(column).for_each(|(product, value)| *product += weight * value);
                    }
                }
            },
        );
        products
    }
}

impl LinearSums<'_> {
    /// Adds what the own columns of the next blocks say, of them and of their neighbours: those of the first places of
    /// a tile, as many as there are blocks.
    pub(crate) fn add(&mut self, tile: &Tile, blocks: usize, scores: &mut [f32]) {
        let from = self.done;
        self.linear.add_own(tile, &mut scores[from..from + blocks]);
        if self.linear.near.is_empty() {
            self.done += blocks;
            return;
        }
        let products = self.linear.products(tile);
        for place in 0..blocks {
            self.step(products.each_ref().map(|lane| lane[place]), scores);
        }
    }

    /// Adds what the next block says of its neighbours.
    #[inline]
    fn step(&mut self, products: [f32; LANES], scores: &mut [f32]) {
        let block = self.done;
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
        if !self.linear.near.is_empty() {
            for block in self.done.saturating_sub(WIDEST)..self.done {
                self.tell(block, scores);
            }
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
            let mut tile = Vec::new();
            for start in (0..blocks).step_by(ABREAST) {
                let end = blocks.min(start + ABREAST);
                extractor.tile(start..end, &mut tile);
                sums.add(&tile, end - start, &mut scores);
            }
            sums.end(&mut scores);
            let mut columns = vec![0.0; weights.len()];
            for (block, score) in scores.into_iter().enumerate() {
                extractor.columns(block, &mut columns);
                let expected = 0.5 + weights.iter().zip(&columns).map(|(weight, value)| weight * value).sum::<f32>();
                assert!((score - expected).abs() < 1e-4, "{blocks} blocks, {block}: {score}, not {expected}");
            }
        }
    }
}
