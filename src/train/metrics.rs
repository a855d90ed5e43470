//! Metrics: how well kept blocks match the gold.
//! This module must not know models.

use std::collections::HashMap;

use crate::features::words::words_of;

/// Precision, recall and F1, each 0..1.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Prf {
    /// Kept and content / kept.
    pub precision: f64,
    /// Kept and content / content.
    pub recall: f64,
    /// Harmonic mean.
    pub f1: f64,
}

impl Prf {
    /// From what is in both, what was kept, and what is gold; nothing kept of nothing is perfect.
    pub fn new(both: f64, kept: f64, gold: f64) -> Prf {
        if kept == 0.0 && gold == 0.0 {
            return Prf { precision: 1.0, recall: 1.0, f1: 1.0 };
        }
        let precision = if kept > 0.0 { both / kept } else { 0.0 };
        let recall = if gold > 0.0 { both / gold } else { 0.0 };
        let f1 = if both > 0.0 { 2.0 * precision * recall / (precision + recall) } else { 0.0 };
        Prf { precision, recall, f1 }
    }
}

/// A multiset of words.
#[derive(Default)]
pub struct Bag {
    counts: HashMap<u64, u32>,
    total: u32,
}

impl Bag {
    /// Adds the words of a text: lower case, digits masked, a character of a wide script each.
    pub fn add(&mut self, text: &str) {
        words_of(text, |word| {
            *self.counts.entry(word.hash).or_default() += 1;
            self.total += 1;
        });
    }

    /// The bag of one text.
    pub fn of(text: &str) -> Bag {
        let mut bag = Bag::default();
        bag.add(text);
        bag
    }

    /// Words in the bag.
    pub fn len(&self) -> u32 {
        self.total
    }

    /// Whether it holds no word.
    pub fn is_empty(&self) -> bool {
        self.total == 0
    }

    /// Words that are in both.
    pub fn overlap(&self, other: &Bag) -> u32 {
        let shared = |(word, &count): (&u64, &u32)| count.min(other.counts.get(word).copied().unwrap_or(0));
        self.counts.iter().map(shared).sum()
    }
}

/// Word F1 of a page: the multiset of the kept words against that of the gold (WCXB's metric).
pub fn page_prf(kept: &Bag, gold: &Bag) -> Prf {
    Prf::new(f64::from(kept.overlap(gold)), f64::from(kept.len()), f64::from(gold.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn page_f1_counts_words_as_often_as_they_stand() {
        let prf = page_prf(&Bag::of("a a b"), &Bag::of("a b c d"));
        assert_eq!((prf.precision, prf.recall), (2.0 / 3.0, 0.5));
        assert_eq!(page_prf(&Bag::of(""), &Bag::of("")).f1, 1.0);
        assert_eq!(page_prf(&Bag::of("a"), &Bag::of("")).f1, 0.0);
        assert_eq!(page_prf(&Bag::of("中文"), &Bag::of("中国")).f1, 0.5);
    }
}
