//! What a model learned of one outlet besides its base: weights of the outlet's own blocks, words and names, and of the
//! places in its template.
//! This module must not know how the weights are found, nor what becomes of scores.
//!
//! Pages of an outlet are filled-in templates. Blocks that stand on several of them are its fixed points, and what fills
//! the gap between two of them on one page fills it on the next: the gap is a token, too.

use std::collections::{BTreeMap, HashMap, HashSet};

use serde::{Deserialize, Serialize};

use crate::features::measure::Measures;
use crate::features::words::{chain, spread};
use crate::segment::Cut;
#[cfg(feature = "html")]
use crate::tokens::PageNames;
use crate::tokens::tokens_of;

/// What an adapted model adds to its base, as it stands in a model file.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct AdaptedFile {
    /// `name@version` of the base model.
    pub base: String,
    /// Labelled documents it was adapted with.
    pub documents: usize,
    /// Page F1 of the base on these documents; 0..1.
    pub before: f64,
    /// The same of the adapted model on documents it had not seen; of one document alone, on that one.
    pub after: f64,
    /// What the score of the base is multiplied by.
    pub slope: f32,
    /// What is added to it, log-odds.
    pub shift: f32,
    /// Keys of the blocks that its template is known by, hexadecimal.
    pub known: Vec<String>,
    /// Weights of tokens by their key (hexadecimal), log-odds.
    pub tokens: BTreeMap<String, f32>,
}

/// The same, ready to score.
#[derive(Clone, Debug, Default)]
pub(crate) struct Adapted {
    pub(crate) slope: f32,
    pub(crate) shift: f32,
    pub(crate) known: HashSet<u64>,
    pub(crate) tokens: HashMap<u64, f32>,
}

/// Marks the kinds of tokens apart, and the edges of a page.
const OWN: u64 = 0xa1;
const BEFORE: u64 = 0xa2;
const AFTER: u64 = 0xa3;
const BELOW: u64 = 0xa4;
const ABOVE: u64 = 0xa5;
const BETWEEN: u64 = 0xa6;
const EDGE: u64 = 0xa7;

impl AdaptedFile {
    /// Binds the file; `None` when a key is no hexadecimal number.
    pub(crate) fn bind(&self) -> Option<Adapted> {
        let key = |text: &String| u64::from_str_radix(text, 16).ok();
        Some(Adapted {
            slope: self.slope,
            shift: self.shift,
            known: self.known.iter().map(key).collect::<Option<_>>()?,
            tokens: self.tokens.iter().map(|(text, weight)| Some((key(text)?, *weight))).collect::<Option<_>>()?,
        })
    }
}

impl Adapted {
    /// Brings the scores of a source's blocks by the base to those of the adapted model, log-odds.
    pub(crate) fn apply(&self, scores: &mut [f32], cut: &Cut, measures: &Measures) {
        #[cfg(not(feature = "html"))]
        let _ = cut;
        #[cfg(feature = "html")]
        let names = names_of(cut);
        let keys: Vec<u64> = measures.blocks.iter().map(|measure| measure.hash).collect();
        let gaps = gaps(&keys, &self.known);
        for (block, score) in scores.iter_mut().enumerate() {
            let mut sum = 0.0;
            let mut add = |token: u64, value: f32| sum += value * self.tokens.get(&token).copied().unwrap_or(0.0);
            #[cfg(feature = "html")]
            name_tokens(&names, cut, block, &mut add);
            block_tokens(measures, block, &mut add);
            gap_tokens(gaps[block], &mut add);
            *score = self.slope * *score + self.shift + sum;
        }
    }
}

/// The fixed points around each block of a page: the nearest known one before and after it.
pub(crate) fn gaps(keys: &[u64], known: &HashSet<u64>) -> Vec<[u64; 2]> {
    let mut gaps = vec![[EDGE; 2]; keys.len()];
    let mut last = EDGE;
    for (gap, &key) in gaps.iter_mut().zip(keys) {
        gap[0] = last;
        last = if known.contains(&key) { key } else { last };
    }
    last = EDGE;
    for (gap, &key) in gaps.iter_mut().zip(keys).rev() {
        gap[1] = last;
        last = if known.contains(&key) { key } else { last };
    }
    gaps
}

/// Calls `token` with the tokens of a gap.
pub(crate) fn gap_tokens([above, below]: [u64; 2], token: &mut impl FnMut(u64, f32)) {
    token(spread(chain(BELOW, above)), 1.0);
    token(spread(chain(ABOVE, below)), 1.0);
    token(spread(chain(chain(BETWEEN, above), below)), 1.0);
}

/// Calls `token` with the tokens of a block, of its neighbours and of its words, and what each counts.
pub(crate) fn block_tokens(measures: &Measures, block: usize, token: &mut impl FnMut(u64, f32)) {
    let key = |at: Option<usize>| at.and_then(|at| measures.blocks.get(at)).map_or(EDGE, |measure| measure.hash);
    token(spread(chain(OWN, key(Some(block)))), 1.0);
    token(spread(chain(AFTER, key(block.checked_sub(1)))), 1.0);
    token(spread(chain(BEFORE, key(Some(block + 1)))), 1.0);
    let words = &measures.words[measures.blocks[block].range.clone()];
    share_out(|token| tokens_of(words, token), token);
}

/// Calls `token` with each token of a kind, which count 1 together when squared.
fn share_out(tokens: impl Fn(&mut dyn FnMut(u64)), token: &mut impl FnMut(u64, f32)) {
    let mut count = 0u32;
    tokens(&mut |_| count += 1);
    let value = 1.0 / (count.max(1) as f32).sqrt();
    tokens(&mut |key| token(key, value));
}

/// The names of a page; none in other sources.
#[cfg(feature = "html")]
pub(crate) fn names_of(cut: &Cut) -> PageNames {
    let mut names = PageNames::default();
    if let Some(page) = cut.page() {
        names.read(page);
    }
    names
}

/// Calls `token` with the names around a block of a page.
#[cfg(feature = "html")]
pub(crate) fn name_tokens(names: &PageNames, cut: &Cut, block: usize, token: &mut impl FnMut(u64, f32)) {
    let Some(page) = cut.page() else { return };
    let Some(element) = page.blocks.get(block).map(|block| block.element) else { return };
    share_out(|token| names.around(page, element, token), token);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gap_is_named_by_the_known_blocks_around_it() {
        let known = HashSet::from([1, 4]);
        assert_eq!(gaps(&[1, 2, 3, 4, 5], &known), [[EDGE, 4], [1, 4], [1, 4], [1, EDGE], [4, EDGE]]);
        assert_eq!(gaps(&[], &known), [[0; 2]; 0]);
    }

    #[test]
    fn keys_that_are_no_numbers_are_refused() {
        let mut file = AdaptedFile { known: vec!["ff".into()], ..AdaptedFile::default() };
        assert!(file.bind().is_some_and(|adapted| adapted.known.contains(&255)));
        file.tokens.insert("x".into(), 1.0);
        assert!(file.bind().is_none());
    }
}
