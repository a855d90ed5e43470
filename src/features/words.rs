//! Words and their hashes. The hash is part of the model format: changing it makes every model unusable.
//! This module must not know blocks, lexicons or models.

use super::chars::{Class, lower};

/// A word of a text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Word {
    /// Hash of the lower-cased letters; digits count as `0`.
    pub hash: u64,
    /// Hash of the first four characters, for words that are longer; else 0.
    pub stem: u64,
    /// Hash of the longest beginning that a lexicon lists as one (`subscri*`); else 0.
    pub prefix: u64,
    /// Characters, at most 255.
    pub len: u8,
    /// The class of its first character.
    pub first: Option<WordStart>,
}

/// How a word starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum WordStart {
    Lower,
    Capital,
    /// More than one character, all capitals.
    AllCaps,
    Digit,
    Wide,
}

const SEED: u64 = 0xcbf2_9ce4_8422_2325;
const PRIME: u64 = 0x0000_0100_0000_01b3;
const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;
/// Characters of the stem that longer words share.
const STEM: u8 = 4;
/// Beginnings of words that are looked up in the lexicons (characters).
pub(crate) const PREFIX_LENGTHS: std::ops::RangeInclusive<u8> = 3..=14;

#[inline]
pub(crate) fn step(hash: u64, c: char) -> u64 {
    (hash ^ c as u64).wrapping_mul(PRIME)
}

/// The hash of a sequence whose hash so far is `hash`, one word on.
#[inline]
pub(crate) fn chain(hash: u64, next: u64) -> u64 {
    (hash.rotate_left(23) ^ next).wrapping_mul(GOLDEN)
}

/// Spreads a hash over all its bits, so that the upper ones index a table.
#[inline]
pub(crate) fn spread(hash: u64) -> u64 {
    let mixed = (hash ^ (hash >> 32)).wrapping_mul(GOLDEN);
    mixed ^ (mixed >> 29)
}

/// Builds words character by character.
pub(crate) struct WordBuilder {
    word: Word,
    open: bool,
    capitals: u8,
}

impl WordBuilder {
    pub(crate) fn new() -> Self {
        WordBuilder { word: Word::default(), open: false, capitals: 0 }
    }

    /// Adds a character of a word; `is_prefix` says whether a hash is a beginning that a lexicon lists.
    #[inline]
    pub(crate) fn add(&mut self, c: char, class: Class, is_prefix: impl Fn(u64) -> bool) {
        if !self.open {
            let first = match class {
                Class::Upper => WordStart::Capital,
                Class::Digit => WordStart::Digit,
                Class::Wide => WordStart::Wide,
                _ => WordStart::Lower,
            };
            self.word = Word { hash: SEED, first: Some(first), ..Word::default() };
            self.open = true;
            self.capitals = 0;
        }
        let word = &mut self.word;
        if word.len == STEM {
            word.stem = word.hash ^ GOLDEN;
        }
        word.hash = step(word.hash, if class == Class::Digit { '0' } else { lower(c, class) });
        word.len = word.len.saturating_add(1);
        self.capitals = self.capitals.saturating_add(u8::from(class == Class::Upper));
        if PREFIX_LENGTHS.contains(&word.len) && is_prefix(word.hash) {
            word.prefix = word.hash;
        }
    }

    /// Ends the open word, if there is one.
    #[inline]
    pub(crate) fn end(&mut self) -> Option<Word> {
        if !self.open {
            return None;
        }
        self.open = false;
        if self.word.len > 1 && self.capitals == self.word.len {
            self.word.first = Some(WordStart::AllCaps);
        }
        Some(self.word)
    }
}

/// Cuts a text into words: the definition that lexicons, features and metrics share.
/// Letters and digits make words; a character of a wide script is one.
pub(crate) fn words_of(text: &str, mut word: impl FnMut(Word)) {
    let mut builder = WordBuilder::new();
    for c in text.chars() {
        let class = Class::of(c);
        match class {
            Class::Wide => {
                builder.end().into_iter().for_each(&mut word);
                builder.add(c, class, |_| false);
                builder.end().into_iter().for_each(&mut word);
            }
            Class::Mark | Class::Invisible => {}
            _ if class.is_word() => builder.add(c, class, |_| false),
            _ => builder.end().into_iter().for_each(&mut word),
        }
    }
    builder.end().into_iter().for_each(&mut word);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_cut_in_every_script() {
        for (text, count) in [
            ("", 0),
            ("a b", 2),
            ("don't", 2),
            ("中文字", 3),
            ("ไทย", 3),
            ("हिन्दी भाषा", 2),
            ("C3PO", 1),
            ("a\u{200b}b", 1),
        ] {
            let mut words = 0;
            words_of(text, |_| words += 1);
            assert_eq!(words, count, "{text:?}");
        }
    }

    fn hash_of(text: &str) -> u64 {
        let mut hash = 0;
        words_of(text, |word| hash = word.hash);
        hash
    }

    #[test]
    fn the_hash_of_the_model_format_is_fixed() {
        assert_eq!(hash_of("council"), 0xe704_ab73_c530_b2cc);
    }

    #[test]
    fn a_hash_ignores_case_and_the_value_of_digits() {
        assert_eq!(hash_of("Über"), hash_of("über"));
        assert_eq!(hash_of("2012"), hash_of("1999"));
        assert_ne!(hash_of("2012"), hash_of("201"));
    }
}
