//! The fit of token weights: a sparse logistic model, minimised by the optimiser that linfa uses (argmin's L-BFGS).
//! This module must not know columns.

use argmin::core::{CostFunction, Error, Executor, Gradient, State};
use argmin::solver::linesearch::MoreThuenteLineSearch;
use argmin::solver::quasinewton::LBFGS;
use ndarray::Array1;
use rayon::prelude::*;

use super::recipe::TokenSettings;
use super::run::TrainError;
use crate::features::words::Word;
use crate::tokens::{TokenTable, tokens_of};

/// Blocks as lists of token buckets.
#[derive(Default)]
pub(super) struct TokenRows {
    /// Where each row's buckets end in `buckets`.
    ends: Vec<usize>,
    buckets: Vec<u32>,
    content: Vec<bool>,
    weights: Vec<f32>,
    /// What the block's length and end alone say of it, see [`context`].
    contexts: Vec<u8>,
    /// Fold and outlet of each row.
    folds: Vec<u8>,
    outlets: Vec<u32>,
}

/// A block as the token fit sees it.
pub(super) struct TokenBlock<'w> {
    pub words: &'w [Word],
    pub context: u8,
    pub content: bool,
    pub weight: f32,
}

/// Kinds of blocks with a weight of their own in the fit, which is dropped after it: what length and end say is left
/// to the columns, so that tokens only learn what words add.
const CONTEXTS: usize = 32;

/// The kind of a block: its mass by powers of the root of two, and whether it ends a sentence.
pub(super) fn context(mass: f32, ends_sentence: bool) -> u8 {
    let size = ((mass + 1.0).log2() * 1.5).clamp(0.0, 15.0) as u8;
    2 * size + u8::from(ends_sentence)
}

impl TokenRows {
    /// Adds a block.
    pub(super) fn push(&mut self, block: TokenBlock<'_>, bits: u32, fold: usize, outlet: u32) {
        let TokenBlock { words, context, content, weight } = block;
        let shift = 64 - bits;
        tokens_of(words, |key| self.buckets.push((key >> shift) as u32));
        self.contexts.push(context);
        self.ends.push(self.buckets.len());
        self.content.push(content);
        self.weights.push(weight);
        self.folds.push(fold as u8);
        self.outlets.push(outlet);
    }

    /// Fits a table on the rows whose fold is in none of `without`.
    pub(super) fn table(&self, settings: TokenSettings, without: &[usize]) -> Result<TokenTable, TrainError> {
        let (weights, step) = self.fit(settings, without).map_err(|error| TrainError::Tokens(error.to_string()))?;
        Ok(TokenTable::new(weights, settings.bits, step))
    }

    fn row(&self, row: usize) -> &[u32] {
        let start = if row == 0 { 0 } else { self.ends[row - 1] };
        &self.buckets[start..self.ends[row]]
    }

    /// Fits the rows whose fold is in none of `without`; gives `2^bits` weights in steps, and the step.
    fn fit(&self, settings: TokenSettings, without: &[usize]) -> Result<(Vec<i8>, f32), Error> {
        let rows: Vec<u32> = (0..self.ends.len())
            .filter(|&row| !without.contains(&usize::from(self.folds[row])) && !self.row(row).is_empty())
            .map(|row| row as u32)
            .collect();
        let outlets = self.outlets_of(&rows, settings);
        let allowed: Vec<bool> = outlets.iter().map(|&count| count >= settings.min_outlets).collect();
        let total = rows.iter().map(|&row| f64::from(self.weights[row as usize])).sum::<f64>().max(1e-9);
        let problem = Problem { rows: self, chosen: rows, allowed: &allowed, l2: settings.l2, total };
        let start = Array1::zeros((1 << settings.bits) + CONTEXTS);
        let solver = LBFGS::new(MoreThuenteLineSearch::new(), 8).with_tolerance_grad(1e-5)?;
        let result =
            Executor::new(problem, solver).configure(|state| state.param(start).max_iters(settings.steps)).run()?;
        let mut weights = result.state.get_best_param().map(Array1::to_vec).unwrap_or_default();
        weights.truncate(outlets.len());
        for (weight, &count) in weights.iter_mut().zip(&outlets) {
            *weight *= f64::from(count) / (f64::from(count) + settings.doubt).max(1.0);
        }
        Ok(quantise(&weights))
    }

    /// In how many outlets each bucket is seen.
    fn outlets_of(&self, rows: &[u32], settings: TokenSettings) -> Vec<u32> {
        let mut pairs: Vec<u64> = rows
            .iter()
            .flat_map(|&row| {
                let outlet = u64::from(self.outlets[row as usize]);
                self.row(row as usize).iter().map(move |&bucket| u64::from(bucket) << 32 | outlet)
            })
            .collect();
        pairs.par_sort_unstable();
        pairs.dedup();
        let mut outlets = vec![0u32; 1 << settings.bits];
        for pair in pairs {
            outlets[(pair >> 32) as usize] += 1;
        }
        outlets
    }
}

/// Weights as signed bytes of one step.
fn quantise(weights: &[f64]) -> (Vec<i8>, f32) {
    let mut sizes: Vec<f64> = weights.iter().map(|weight| weight.abs()).filter(|&size| size > 0.0).collect();
    sizes.sort_by(f64::total_cmp);
    // The largest thousandth is clipped: one odd token must not make all steps coarse.
    let largest = sizes.get((sizes.len() as f64 * 0.999) as usize).or(sizes.last()).copied().unwrap_or(1.0);
    let step = largest / 127.0;
    let round = |weight: &f64| (weight / step).round().clamp(-127.0, 127.0) as i8;
    (weights.iter().map(round).collect(), step as f32)
}

struct Problem<'r> {
    rows: &'r TokenRows,
    chosen: Vec<u32>,
    allowed: &'r [bool],
    l2: f64,
    total: f64,
}

/// Sums are made of this many parts whatever the number of threads, so that they round the same.
const PARTS: usize = 8;

impl Problem<'_> {
    fn parts(&self) -> impl IndexedParallelIterator<Item = &[u32]> {
        self.chosen.par_chunks(self.chosen.len().div_ceil(PARTS).max(1))
    }

    /// Where the weight of a row's context stands.
    fn context(&self, row: usize) -> usize {
        self.allowed.len() + usize::from(self.rows.contexts[row])
    }

    /// Score of a row, the root of its number of tokens, and its label as 1 or -1.
    fn score(&self, row: u32, param: &Array1<f64>) -> (f64, f64, f64) {
        let row = row as usize;
        let buckets = self.rows.row(row);
        let scale = 1.0 / (buckets.len() as f64).sqrt();
        let sum: f64 = buckets.iter().map(|&bucket| param[bucket as usize]).sum();
        let label = if self.rows.content[row] { 1.0 } else { -1.0 };
        (sum * scale + param[self.context(row)], scale, label)
    }
}

impl CostFunction for Problem<'_> {
    type Param = Array1<f64>;
    type Output = f64;

    fn cost(&self, param: &Self::Param) -> Result<f64, Error> {
        let parts: Vec<f64> = self
            .parts()
            .map(|rows| {
                rows.iter()
                    .map(|&row| {
                        let (score, _, label) = self.score(row, param);
                        f64::from(self.rows.weights[row as usize]) * soft_plus(-label * score)
                    })
                    .sum()
            })
            .collect();
        Ok(parts.iter().sum::<f64>() / self.total + 0.5 * self.l2 * param.dot(param))
    }
}

impl Gradient for Problem<'_> {
    type Param = Array1<f64>;
    type Gradient = Array1<f64>;

    fn gradient(&self, param: &Self::Param) -> Result<Array1<f64>, Error> {
        let parts: Vec<Array1<f64>> = self.parts().map(|rows| self.slope(rows, param)).collect();
        let mut gradient = param * self.l2;
        for part in parts {
            gradient += &part;
        }
        for (slope, _) in gradient.iter_mut().zip(self.allowed).filter(|(_, allowed)| !**allowed) {
            *slope = 0.0;
        }
        Ok(gradient)
    }
}

impl Problem<'_> {
    fn slope(&self, rows: &[u32], param: &Array1<f64>) -> Array1<f64> {
        let mut slope = Array1::zeros(param.len());
        for &row in rows {
            let (score, scale, label) = self.score(row, param);
            let pull = -label / (1.0 + (label * score).exp()) * f64::from(self.rows.weights[row as usize]) / self.total;
            for &bucket in self.rows.row(row as usize) {
                slope[bucket as usize] += pull * scale;
            }
            slope[self.context(row as usize)] += pull;
        }
        slope
    }
}

/// `ln(1 + e^x)` without overflow.
fn soft_plus(x: f64) -> f64 {
    if x > 0.0 { x + (-x).exp().ln_1p() } else { x.exp().ln_1p() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::features::words::words_of;

    fn words(text: &str) -> Vec<Word> {
        let mut words = Vec::new();
        words_of(text, |word| words.push(word));
        words
    }

    fn push(rows: &mut TokenRows, text: &str, content: bool, outlet: u32) {
        rows.push(TokenBlock { words: &words(text), context: 0, content, weight: 1.0 }, 12, 0, outlet);
    }

    #[test]
    fn weights_tell_husk_words_from_others() {
        let settings = TokenSettings { bits: 12, l2: 1e-4, steps: 50, min_outlets: 2, doubt: 0.0, length_power: 1.0 };
        let mut rows = TokenRows::default();
        for outlet in 0..4 {
            push(&mut rows, "subscribe to our letter today", false, outlet);
            push(&mut rows, "the council voted on monday", true, outlet);
        }
        push(&mut rows, "solitaire", true, 1);
        let (weights, step) = rows.fit(settings, &[]).unwrap();
        let table = TokenTable::new(weights, 12, step);
        assert!(table.evidence(&words("subscribe today")) < -0.5);
        assert!(table.evidence(&words("the council")) > 0.5);
        assert_eq!(table.evidence(&words("solitaire")), 0.0, "seen in one outlet only");
        assert_eq!(table.evidence(&[]), 0.0);
    }
}
