//! What a model learned of one outlet besides its base: weights of the outlet's own blocks, words and names, and of the
//! places in its template.
//! This module must not know how the weights are found, nor what becomes of scores.
//!
//! Pages of an outlet are filled-in templates. Blocks that stand on several of them are its fixed points, and what fills
//! the gap between two of them on one page fills it on the next: the gap is a token, too. How often they recur is
//! evidence by itself, which the second stage of recurrence weighs first.

use std::collections::{BTreeMap, HashMap};

use serde::{Deserialize, Serialize};

use crate::features::measure::Measures;
use crate::features::words::{Word, WordStart, chain, spread};
use crate::outlet::{self, EDGE, Recurrence};
use crate::recurrence::{BoundStage, Stage};
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
    /// Labelled documents whose blocks were counted; 0 of one document alone, of which it is not known what recurs.
    pub pages: u32,
    /// Keys of the blocks that its template is known by (hexadecimal), and how many of these documents hold each.
    pub known: BTreeMap<String, u32>,
    /// The second stage that weighs how often blocks recur, before all else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stage: Option<Stage>,
    /// Weights of tokens by their key (hexadecimal), log-odds.
    pub tokens: BTreeMap<String, f32>,
}

/// The same, ready to score.
#[derive(Clone, Debug, Default)]
pub(crate) struct Adapted {
    pub(crate) slope: f32,
    pub(crate) shift: f32,
    pub(crate) known: Known,
    pub(crate) stage: Option<BoundStage>,
    pub(crate) tokens: HashMap<u64, f32>,
}

/// The blocks that a template is known by.
#[derive(Clone, Debug, Default)]
pub(crate) struct Known {
    /// Pages that were counted.
    pub(crate) pages: u32,
    /// How many of them hold each block.
    pub(crate) counts: HashMap<u64, u32>,
}

impl Known {
    /// Brings scores by the base to those that know how often the blocks of a page recur, log-odds.
    pub(crate) fn weigh(&self, stage: Option<&BoundStage>, keys: &[u64], masses: &[f32], scores: &mut [f32]) {
        let Some(stage) = stage else { return };
        let counts = keys.iter().map(|key| self.counts.get(key).copied().unwrap_or(0)).collect();
        stage.apply(scores, masses, &Recurrence { pages: self.pages, counts, ..Recurrence::default() });
    }
}

/// Marks the kinds of tokens apart.
const OWN: u64 = 0xa1;
const BEFORE: u64 = 0xa2;
const AFTER: u64 = 0xa3;
const BELOW: u64 = 0xa4;
const ABOVE: u64 = 0xa5;
const BETWEEN: u64 = 0xa6;
const FIRST: u64 = 0xa8;
const FIRST_TWO: u64 = 0xa9;
const LAST: u64 = 0xaa;
const LAST_TWO: u64 = 0xab;

impl AdaptedFile {
    /// Binds the file; `None` when a key is no hexadecimal number, or the stage is of other columns.
    pub(crate) fn bind(&self) -> Option<Adapted> {
        let key = |text: &String| u64::from_str_radix(text, 16).ok();
        let counts = self.known.iter().map(|(text, count)| Some((key(text)?, *count))).collect::<Option<_>>()?;
        Some(Adapted {
            slope: self.slope,
            shift: self.shift,
            known: Known { pages: self.pages, counts },
            stage: self.stage.as_ref().map(Stage::bind).transpose().ok()?,
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
        let masses: Vec<f32> = measures.blocks.iter().map(|measure| measure.mass).collect();
        self.known.weigh(self.stage.as_ref(), &keys, &masses, scores);
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
pub(crate) fn gaps(keys: &[u64], known: &Known) -> Vec<[u64; 2]> {
    outlet::gaps(keys, |key| known.counts.contains_key(&key))
}

/// Calls `token` with the tokens of a gap, and what each counts. They count less than a block's own: with three pages a
/// gap that was husk once took content with it.
pub(crate) fn gap_tokens([above, below]: [u64; 2], token: &mut impl FnMut(u64, f32)) {
    token(spread(chain(BELOW, above)), 0.7);
    token(spread(chain(ABOVE, below)), 0.7);
    token(spread(chain(chain(BETWEEN, above), below)), 0.5);
}

/// Calls `token` with the tokens of a block, of its neighbours and of its words, and what each counts.
pub(crate) fn block_tokens(measures: &Measures, block: usize, token: &mut impl FnMut(u64, f32)) {
    let key = |at: Option<usize>| at.and_then(|at| measures.blocks.get(at)).map_or(EDGE, |measure| measure.hash);
    token(spread(chain(OWN, key(Some(block)))), 1.0);
    token(spread(chain(AFTER, key(block.checked_sub(1)))), 1.0);
    token(spread(chain(BEFORE, key(Some(block + 1)))), 1.0);
    let words = &measures.words[measures.blocks[block].range.clone()];
    edge_tokens(words, token);
    share_out(|token| tokens_of(words, token), token);
}

/// Calls `token` with the words that a block starts and ends with, a number being one whatever its digits.
fn edge_tokens(words: &[Word], token: &mut impl FnMut(u64, f32)) {
    let word = |word: &Word| if word.first == Some(WordStart::Digit) { 1 } else { word.hash };
    let ([first, ..], [.., last]) = (words, words) else { return };
    token(spread(chain(FIRST, word(first))), 1.0);
    token(spread(chain(LAST, word(last))), 1.0);
    if let ([first, second, ..], [.., before, last]) = (words, words) {
        token(spread(chain(chain(FIRST_TWO, word(first)), word(second))), 1.0);
        token(spread(chain(chain(LAST_TWO, word(before)), word(last))), 1.0);
    }
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
    // Four paths that mostly agree: as strong as one.
    names.paths(page, element, |path| token(path, 0.5));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(keys: &[u64]) -> Known {
        Known { pages: 2, counts: keys.iter().map(|&key| (key, 1)).collect() }
    }

    #[test]
    fn a_gap_is_named_by_the_known_blocks_around_it() {
        let found = gaps(&[1, 2, 3, 4, 5], &known(&[1, 4]));
        assert_eq!(found, [[EDGE, 4], [1, 4], [1, 4], [1, EDGE], [4, EDGE]]);
        assert_eq!(gaps(&[], &known(&[])), [[0; 2]; 0]);
    }

    #[test]
    fn keys_that_are_no_numbers_are_refused() {
        let mut file = AdaptedFile { known: BTreeMap::from([("ff".into(), 2)]), ..AdaptedFile::default() };
        assert!(file.bind().is_some_and(|adapted| adapted.known.counts.contains_key(&255)));
        file.tokens.insert("x".into(), 1.0);
        assert!(file.bind().is_none());
    }

    #[test]
    fn a_stage_of_other_columns_is_refused() {
        let file = AdaptedFile { stage: Some(Stage::default()), ..AdaptedFile::default() };
        assert!(file.bind().is_none());
    }
}
