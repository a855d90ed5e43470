//! Learned tokens: hashed words, word pairs and beginnings of words, each with a learned weight.
//! This module must not know features; the hash and the kinds of tokens are part of the model format.

use crate::features::words::{Word, chain, spread};

/// Marks the kinds of tokens apart, and the edges of a block.
const UNIGRAM: u64 = 0x11;
const STEM: u64 = 0x22;
const BIGRAM: u64 = 0x33;
const EDGE: u64 = 0x44;

/// Calls `token` with the key of every token of a block, in order.
#[inline]
pub(crate) fn tokens_of(words: &[Word], mut token: impl FnMut(u64)) {
    let mut before = EDGE;
    for word in words {
        token(spread(word.hash ^ UNIGRAM));
        token(spread(chain(before, word.hash) ^ BIGRAM));
        if word.stem != 0 {
            token(spread(word.stem ^ STEM));
        }
        before = word.hash;
    }
    if !words.is_empty() {
        token(spread(chain(before, EDGE) ^ BIGRAM));
    }
}

/// Weights of tokens, by the upper bits of their key.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct TokenTable {
    weights: Vec<i8>,
    bits: u32,
    /// Log-odds of one step of a weight.
    step: f32,
}

impl TokenTable {
    /// A table of `2^bits` weights of `step` log-odds each.
    pub(crate) fn new(weights: Vec<i8>, bits: u32, step: f32) -> Self {
        assert_eq!(weights.len(), 1 << bits, "a table of tokens has 2^bits weights");
        TokenTable { weights, bits, step }
    }

    /// Weights, bits and step, as they are written to a file.
    #[cfg(feature = "train")]
    pub(crate) fn parts(&self) -> (&[i8], u32, f32) {
        (&self.weights, self.bits, self.step)
    }

    /// The evidence of a block: the sum of its tokens' weights over the root of their number, log-odds.
    #[inline]
    pub(crate) fn evidence(&self, words: &[Word]) -> f32 {
        let (mut sum, mut count) = (0i64, 0u32);
        let shift = 64 - self.bits;
        tokens_of(words, |key| {
            sum += i64::from(self.weights[(key >> shift) as usize]);
            count += 1;
        });
        if count == 0 { 0.0 } else { sum as f32 * self.step / (count as f32).sqrt() }
    }
}
