//! What the tables of the word lists and those that make them agree upon: sections, filters, slots. `build.rs` compiles this
//! file too.
//! This module must not know blocks or models.

use super::words::spread;

/// The sections of a word list: four of their own, then one for each husk reason but `other`.
pub(crate) const STOP: usize = 0;
pub(crate) const FIRST: usize = 1;
pub(crate) const SECOND: usize = 2;
pub(crate) const ACTION: usize = 3;
/// The section of the first husk reason.
pub(crate) const REASONS: usize = 4;

/// A language that has a word list, as its place among them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Language(pub(super) u8);

/// What one language says of a phrase. Languages that have it as a stop word come first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub language: Language,
    /// One bit a section.
    pub sections: u16,
}

/// Bits of the filters: 32 KiB of first and of later words, of which about one in sixteen that is in no phrase passes;
/// 2 KiB and 8 KiB of beginnings: what is asked for at every third character must stay near.
pub(crate) const WORD_BITS: u32 = 18;
pub(crate) const THIRD_BITS: u32 = 14;
pub(crate) const WHOLE_BITS: u32 = 16;

/// Distinguishes a word's beginning from the whole word in a phrase's hash.
pub(crate) const PREFIX_MARK: u64 = 0x5bd1_e995;

/// The place of a hash in a filter of `2^bits` bits: the word, and the bit of the word.
#[inline]
pub(crate) fn bit_of(hash: u64, bits: u32) -> (usize, u64) {
    let bit = hash >> (64 - bits);
    ((bit >> 6) as usize, 1 << (bit & 63))
}

/// The slot where a key is or would be, in a table whose length is a power of two; 0 is no key.
#[inline]
pub(crate) fn slot_of(key: u64, keys: &[u64]) -> usize {
    let mask = keys.len() - 1;
    let mut slot = spread(key) as usize & mask;
    while keys[slot] != key && keys[slot] != 0 {
        slot = (slot + 1) & mask;
    }
    slot
}
