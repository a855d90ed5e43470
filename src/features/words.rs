//! Words and their hashes. The hash is part of the model format: changing it makes every model unusable.
//! This module must not know blocks, lexicons or models.

use super::chars::{Class, KINDS, kind, lower};

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

/// What one ASCII byte adds to a word: its lower-case form (`0` for digits) in the lowest byte, 0 where it belongs to
/// no word; one capital at [`UPPER_UNIT`], one digit at [`DIGIT_UNIT`].
const ASCII_WORDS: [u64; 256] = ascii_words();
const UPPER_UNIT: u64 = 1 << 8;
const DIGIT_UNIT: u64 = 1 << 32;

const fn ascii_words() -> [u64; 256] {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = match byte as u8 {
            letter @ b'a'..=b'z' => letter as u64,
            letter @ b'A'..=b'Z' => (letter | 0x20) as u64 | UPPER_UNIT,
            b'0'..=b'9' => b'0' as u64 | DIGIT_UNIT,
            _ => 0,
        };
        byte += 1;
    }
    table
}

/// Which beginnings of words are worth knowing.
pub(crate) trait Beginnings {
    /// Whether some beginning that is listed may start with three characters of this hash.
    fn may_begin(&self, hash: u64) -> bool;
    /// Whether a beginning of this hash is listed.
    fn is_listed(&self, hash: u64) -> bool;
}

/// No beginnings.
pub(crate) struct NoBeginnings;

impl Beginnings for NoBeginnings {
    fn may_begin(&self, _: u64) -> bool {
        false
    }

    fn is_listed(&self, _: u64) -> bool {
        false
    }
}

/// Builds words character by character, or whole from ASCII.
#[derive(Default)]
pub(crate) struct WordBuilder {
    word: Word,
    open: bool,
    capitals: u8,
    /// The first three characters may be those of a beginning that is listed.
    may_begin: bool,
}

/// A word at the start of some ASCII.
pub(crate) struct AsciiWord {
    pub word: Word,
    /// Hash of the first three characters.
    third: u64,
    /// Bytes.
    pub len: usize,
    pub capitals: u32,
    pub digits: u32,
    /// What follows ends it; else it may go on, with what is no ASCII or in the next piece of the text.
    pub ends: bool,
}

/// The longest word that is read at once (bytes): its length fits into that of a word.
const LONGEST_ASCII: usize = 64;

impl WordBuilder {
    pub(crate) fn new() -> Self {
        WordBuilder::default()
    }

    /// Adds a character of a word.
    pub(crate) fn add(&mut self, c: char, class: Class, beginnings: &impl Beginnings) {
        if !self.open {
            let first = match class {
                Class::Upper => WordStart::Capital,
                Class::Digit => WordStart::Digit,
                Class::Wide => WordStart::Wide,
                _ => WordStart::Lower,
            };
            *self = WordBuilder {
                word: Word { hash: SEED, first: Some(first), ..Word::default() },
                open: true,
                ..WordBuilder::default()
            };
        }
        let word = &mut self.word;
        if word.len == STEM {
            word.stem = word.hash ^ GOLDEN;
        }
        word.hash = step(word.hash, if class == Class::Digit { '0' } else { lower(c, class) });
        word.len = word.len.saturating_add(1);
        self.capitals = self.capitals.saturating_add(u8::from(class == Class::Upper));
        if word.len == *PREFIX_LENGTHS.start() {
            self.may_begin = beginnings.may_begin(word.hash);
        }
        let is_letter = matches!(class, Class::Letter | Class::Upper);
        if self.may_begin && is_letter && word.len <= *PREFIX_LENGTHS.end() && beginnings.is_listed(word.hash) {
            word.prefix = word.hash;
        }
    }

    /// Goes on with a word that some ASCII began.
    pub(crate) fn go_on(&mut self, begun: &AsciiWord, beginnings: &impl Beginnings) {
        let may_begin = begun.len >= usize::from(*PREFIX_LENGTHS.start()) && beginnings.may_begin(begun.third);
        *self = WordBuilder { word: begun.word, open: true, capitals: begun.capitals as u8, may_begin };
    }

    /// Whether a word has begun and not ended.
    #[inline]
    pub(crate) fn is_open(&self) -> bool {
        self.open
    }

    /// Ends the open word, if there is one.
    #[inline]
    pub(crate) fn end(&mut self, words: &mut Vec<Word>) {
        if self.open {
            self.open = false;
            if self.word.len > 1 && self.capitals == self.word.len {
                self.word.first = Some(WordStart::AllCaps);
            }
            words.push(self.word);
        }
    }
}

/// What eight bytes say of the word they start with.
struct Eight {
    /// Bytes of the word; 8 when it may go on.
    len: usize,
    capitals: u32,
    digits: u32,
    /// The hash after so many bytes, up to `len`.
    hashes: [u64; 9],
}

impl Eight {
    /// All bytes at once: where a word ends nobody can guess, and a wrong guess costs as much as all of this.
    #[inline]
    fn read(bytes: [u8; 8]) -> Eight {
        const fn all(byte: u8) -> u64 {
            u64::from_le_bytes([byte; 8])
        }
        /// The upper bit of each byte that is from `first` to `last`, for bytes of seven bits.
        #[inline]
        fn between(bytes: u64, first: u8, last: u8) -> u64 {
            (bytes + all(0x80 - first)) & !(bytes + all(0x7f - last))
        }
        let source = u64::from_le_bytes(bytes);
        let ascii = !source & all(0x80);
        let letters = between((source | all(0x20)) & all(0x7f), b'a', b'z') & ascii;
        let digits = between(source & all(0x7f), b'0', b'9') & ascii;
        let len = (!(letters | digits) & all(0x80)).trailing_zeros() / 8;
        let word = if len == 8 { u64::MAX } else { (1 << (8 * len)) - 1 };
        let capitals = letters & !(source << 2) & word;
        // Letters in lower case, digits as `0`.
        let whole = |bits: u64| (bits >> 7) * 0xff;
        let read = ((source | all(0x20)) & whole(letters)) | (all(b'0') & whole(digits));
        let (mut hashes, mut hash) = ([SEED; 9], SEED);
        for (place, byte) in hashes[1..].iter_mut().zip(read.to_le_bytes()) {
            hash = (hash ^ u64::from(byte)).wrapping_mul(PRIME);
            *place = hash;
        }
        Eight { len: len as usize, capitals: capitals.count_ones(), digits: (digits & word).count_ones(), hashes }
    }
}

/// The word that some bytes start with, if it is of ASCII letters and digits and not overly long: what
/// [`WordBuilder::add`] makes of it, in fewer steps.
#[inline]
pub(crate) fn ascii_word(bytes: &[u8], beginnings: &impl Beginnings) -> Option<AsciiWord> {
    let info = |at: usize| bytes.get(at).map_or(0, |&byte| ASCII_WORDS[usize::from(byte)]);
    let start = info(0);
    let eight = match bytes.first_chunk() {
        Some(eight) => *eight,
        // White space ends a word.
        None => std::array::from_fn(|at| bytes.get(at).copied().unwrap_or(b' ')),
    };
    let Eight { mut len, mut capitals, mut digits, hashes } = Eight::read(eight);
    let mut hash = hashes[len];
    let third = if len < 3 { 0 } else { hashes[3] };
    let stem = if len <= usize::from(STEM) { 0 } else { hashes[usize::from(STEM)] ^ GOLDEN };
    if len == eight.len() {
        let mut counts = 0;
        loop {
            let info = info(len);
            if info == 0 {
                break;
            }
            counts += info & !0xff;
            hash = (hash ^ (info & 0xff)).wrapping_mul(PRIME);
            len += 1;
        }
        capitals += (counts as u32) >> 8;
        digits += (counts >> 32) as u32;
    }
    if len > LONGEST_ASCII {
        return None;
    }
    let ends = bytes.get(len).is_some_and(|&byte| KINDS[usize::from(byte)] < kind::INVISIBLE);
    let first = match start {
        _ if ends && len > 1 && capitals as usize == len => WordStart::AllCaps,
        DIGIT_UNIT.. => WordStart::Digit,
        UPPER_UNIT.. => WordStart::Capital,
        _ => WordStart::Lower,
    };
    let prefix = if len >= 3 && beginnings.may_begin(third) { longest_listed(&bytes[..len], beginnings) } else { 0 };
    let word = Word { hash, stem, prefix, len: len as u8, first: Some(first) };
    Some(AsciiWord { word, third, len, capitals, digits, ends })
}

/// Hash of the longest beginning of a word that is listed; else 0.
fn longest_listed(word: &[u8], beginnings: &impl Beginnings) -> u64 {
    let (mut hash, mut found) = (SEED, 0);
    for (at, byte) in word.iter().enumerate().take(usize::from(*PREFIX_LENGTHS.end())) {
        let info = ASCII_WORDS[usize::from(*byte)];
        hash = (hash ^ (info & 0xff)).wrapping_mul(PRIME);
        if at + 1 >= usize::from(*PREFIX_LENGTHS.start()) && info < DIGIT_UNIT && beginnings.is_listed(hash) {
            found = hash;
        }
    }
    found
}

/// The word that a character of a wide script is.
#[inline]
pub(crate) fn wide_word(c: char) -> Word {
    Word { hash: step(SEED, c), len: 1, first: Some(WordStart::Wide), ..Word::default() }
}

/// Cuts a text into words: the definition that lexicons, features and metrics share.
/// Letters and digits make words; a character of a wide script is one.
pub(crate) fn words_of(text: &str, mut word: impl FnMut(Word)) {
    let (mut builder, mut words) = (WordBuilder::new(), Vec::new());
    for c in text.chars() {
        let class = Class::of(c);
        match class {
            Class::Wide => {
                builder.end(&mut words);
                words.push(wide_word(c));
            }
            Class::Mark | Class::Invisible => {}
            _ if class.is_word() => builder.add(c, class, &NoBeginnings),
            _ => builder.end(&mut words),
        }
        words.drain(..).for_each(&mut word);
    }
    builder.end(&mut words);
    words.drain(..).for_each(&mut word);
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
    fn words_of_ascii_are_those_made_character_by_character() {
        /// Beginnings that are told by their hash alone.
        struct Some;
        impl Beginnings for Some {
            fn may_begin(&self, hash: u64) -> bool {
                !hash.is_multiple_of(3)
            }
            fn is_listed(&self, hash: u64) -> bool {
                hash.is_multiple_of(5)
            }
        }
        for text in ["a", "Ab", "the", "THE", "x9", "2012", "mp3s", "Council", "internationalisation", "C3POIsARobot"] {
            let (mut builder, mut words) = (WordBuilder::new(), Vec::new());
            text.chars().for_each(|c| builder.add(c, Class::of(c), &Some));
            builder.end(&mut words);
            for cut in 1..=text.len() {
                // As a whole, and begun and gone on with.
                let (begun, rest) = text.split_at(cut);
                let begun = ascii_word(format!("{begun}{}", if rest.is_empty() { " " } else { "" }).as_bytes(), &Some);
                let begun = begun.unwrap();
                assert_eq!(begun.ends, rest.is_empty());
                if begun.ends {
                    words.push(begun.word);
                } else {
                    builder.go_on(&begun, &Some);
                    rest.chars().for_each(|c| builder.add(c, Class::of(c), &Some));
                    builder.end(&mut words);
                }
            }
            assert!(words.iter().all(|word| *word == words[0]), "{text}: {words:?}");
        }
        assert!(ascii_word("a".repeat(LONGEST_ASCII + 1).as_bytes(), &Some).is_none());
    }

    #[test]
    fn eight_bytes_at_once_are_read_as_one_by_one() {
        for code in 0..=255u8 {
            for at in 0..8 {
                let mut bytes = *b"aZ09zA5m";
                bytes[at] = code;
                let found = Eight::read(bytes);
                let (mut len, mut counts, mut hash) = (0, 0, SEED);
                for info in bytes.map(|byte| ASCII_WORDS[usize::from(byte)]).into_iter().take_while(|info| *info != 0) {
                    counts += info & !0xff;
                    hash = (hash ^ (info & 0xff)).wrapping_mul(PRIME);
                    len += 1;
                    assert_eq!(found.hashes[len], hash, "{bytes:?}");
                }
                let expected = (len, (counts as u32) >> 8, (counts >> 32) as u32);
                assert_eq!((found.len, found.capitals, found.digits), expected, "{bytes:?}");
            }
        }
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
