//! Tokens: hashed words, word pairs and beginnings of words, each with a learned weight; and names of tags, classes and
//! the like, which models adapted to an outlet weigh.
//! This module must not know features; the hash and the kinds of tokens are part of the model format.

use crate::features::words::{Word, chain, spread};
#[cfg(feature = "html")]
use crate::segment::html::{AttributeName, ElementId, Page};

/// Marks the kinds of tokens apart, and the edges of a block.
const UNIGRAM: u64 = 0x11;
const STEM: u64 = 0x22;
const BIGRAM: u64 = 0x33;
const EDGE: u64 = 0x44;

/// Calls `token` with the key of every token of a block, in order.
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
        let Some(last) = words.last() else { return 0.0 };
        let shift = 64 - self.bits;
        let weight = |key: u64| i64::from(self.weights[(key >> shift) as usize]);
        // The tokens of `tokens_of`; every second word has a stem, so that a branch would be guessed wrong as often.
        let (mut sum, mut stems, mut before) = (0i64, 0u32, EDGE);
        for word in words {
            sum += weight(spread(word.hash ^ UNIGRAM)) + weight(spread(chain(before, word.hash) ^ BIGRAM));
            let (stem, is_stem) = (weight(spread(word.stem ^ STEM)), word.stem != 0);
            sum += if is_stem { stem } else { 0 };
            stems += u32::from(is_stem);
            before = word.hash;
        }
        sum += weight(spread(chain(last.hash, EDGE) ^ BIGRAM));
        let count = 2 * words.len() as u32 + stems + 1;
        sum as f32 * self.step / (count as f32).sqrt()
    }
}

/// Names taken from one attribute, and bytes of it that are looked at.
#[cfg(feature = "html")]
const MOST_NAMES: usize = 16;
#[cfg(feature = "html")]
const MOST_BYTES: usize = 256;

/// Calls `name` with a hash of each name of an element: its tag, the words of its classes and id, whole and cut at
/// `-`, `_` and capitals, roles, microdata, and names of `data-*`.
#[cfg(feature = "html")]
fn names_of(page: &Page, id: ElementId, mut name: impl FnMut(u64)) {
    let element = page.element(id);
    name(chain(1, element.tag as u64));
    for (attribute, value) in page.attributes(element) {
        let value = value.get(..MOST_BYTES.min(value.len())).unwrap_or_default();
        match attribute {
            AttributeName::Class | AttributeName::Id => {
                value.split_ascii_whitespace().take(MOST_NAMES).for_each(|word| parts_of(word, &mut name));
            }
            AttributeName::Role | AttributeName::Itemprop | AttributeName::Data | AttributeName::Rel => {
                name(chain(attribute as u64 + 2, hash_of(value.as_bytes())));
            }
            AttributeName::Itemtype => {
                let kind = value.rsplit('/').next().unwrap_or_default();
                name(chain(attribute as u64 + 2, hash_of(kind.as_bytes())));
            }
            _ => {}
        }
    }
}

/// A name of a class and its parts: `sideBar-left2` is itself, `side`, `bar`, `left0`.
#[cfg(feature = "html")]
fn parts_of(word: &str, name: &mut impl FnMut(u64)) {
    let bytes = word.as_bytes();
    let mut start = 0;
    let mut parts = 0;
    for at in 0..=bytes.len() {
        let ends = match bytes.get(at) {
            None => true,
            Some(byte) if !byte.is_ascii_alphanumeric() && byte.is_ascii() => true,
            Some(byte) => byte.is_ascii_uppercase() && at > start && bytes[at - 1].is_ascii_lowercase(),
        };
        if ends {
            if at > start && parts < MOST_NAMES {
                name(hash_of(&bytes[start..at]));
                parts += 1;
            }
            start = if bytes.get(at).is_some_and(u8::is_ascii_alphanumeric) { at } else { at + 1 };
        }
    }
    if parts > 1 {
        name(hash_of(bytes));
    }
}

/// A hash of a name in lower case, a number being one whatever its digits.
#[cfg(feature = "html")]
fn hash_of(name: &[u8]) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    let mut number = false;
    for byte in name {
        let digit = byte.is_ascii_digit();
        if digit && number {
            continue;
        }
        number = digit;
        let byte = if digit { b'0' } else { byte.to_ascii_lowercase() };
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
    }
    hash
}

/// Elements around a block whose names are tokens of their own, by their distance.
#[cfg(feature = "html")]
const NEAREST: usize = 3;
/// Marks the names of each distance apart, and those of the whole chain.
#[cfg(feature = "html")]
const DISTANCES: [u64; NEAREST] = [0x55, 0x66, 0x77];
#[cfg(feature = "html")]
const CHAIN: u64 = 0x88;
/// Marks paths.
#[cfg(feature = "html")]
const PATH: u64 = 0x9900;

/// The names around the blocks of a page: of each element those that it has, and which of them no element around it
/// has.
#[cfg(feature = "html")]
#[derive(Default)]
pub(crate) struct PageNames {
    names: Vec<Name>,
    /// Where the names of each element end.
    ends: Vec<u32>,
    /// Hashes of the names of each element, and of those of its whole chain.
    own: Vec<u64>,
    chains: Vec<u64>,
    /// The elements that are open while names are read, and how often each name is open.
    open: Vec<ElementId>,
    counts: Vec<u16>,
}

#[cfg(feature = "html")]
#[derive(Clone, Copy)]
struct Name {
    hash: u64,
    /// No element around has it.
    is_new: bool,
}

/// Slots of the table that counts open names; names that share one are taken for the same.
#[cfg(feature = "html")]
const OPEN_SLOTS: usize = 1 << 12;

#[cfg(feature = "html")]
impl PageNames {
    /// Reads the names of all elements of a page that hold blocks.
    pub(crate) fn read(&mut self, page: &Page) {
        self.names.clear();
        self.ends.clear();
        self.own.clear();
        self.chains.clear();
        self.open.clear();
        self.counts.clear();
        self.counts.resize(OPEN_SLOTS, 0);
        for (id, element) in page.elements.iter().enumerate() {
            if element.blocks.is_empty() {
                // Nothing is around nothing.
                self.ends.push(self.names.len() as u32);
                self.own.push(0);
                self.chains.push(0);
                continue;
            }
            while self.open.last().is_some_and(|&last| id > 0 && last != element.parent) {
                self.close();
            }
            let (names, counts, mut own) = (&mut self.names, &mut self.counts, 0);
            names_of(page, id as ElementId, |hash| {
                own = chain(own, hash);
                let count = &mut counts[slot(hash)];
                names.push(Name { hash, is_new: *count == 0 });
                *count = count.saturating_add(1);
            });
            self.ends.push(names.len() as u32);
            let around = self.chains.get(element.parent as usize).copied().unwrap_or(0);
            self.own.push(own);
            self.chains.push(chain(around, own));
            self.open.push(id as ElementId);
        }
    }

    fn close(&mut self) {
        if let Some(id) = self.open.pop() {
            for at in self.range(id) {
                let count = &mut self.counts[slot(self.names[at].hash)];
                *count = count.saturating_sub(1);
            }
        }
    }

    fn range(&self, id: ElementId) -> std::ops::Range<usize> {
        let at = id as usize;
        let start = if at == 0 { 0 } else { self.ends[at - 1] as usize };
        start..self.ends[at] as usize
    }

    /// Calls `token` with the key of every name around an element.
    pub(crate) fn around(&self, page: &Page, element: ElementId, mut token: impl FnMut(u64)) {
        for (distance, id) in page.chain(element).enumerate() {
            for name in &self.names[self.range(id)] {
                if let Some(mark) = DISTANCES.get(distance) {
                    token(spread(name.hash ^ mark));
                }
                if name.is_new {
                    token(spread(name.hash ^ CHAIN));
                }
            }
        }
    }
}

#[cfg(feature = "html")]
impl PageNames {
    /// Calls `token` with the key of every path that ends in an element: the names of it, of it and the one around it,
    /// of three of them, and of its whole chain.
    pub(crate) fn paths(&self, page: &Page, element: ElementId, mut token: impl FnMut(u64)) {
        let of = |hashes: &[u64], id: ElementId| hashes.get(id as usize).copied().unwrap_or(0);
        let mut path = 0;
        for (id, mark) in page.chain(element).zip(DISTANCES) {
            path = chain(path, of(&self.own, id));
            token(spread(path ^ PATH ^ mark));
        }
        token(spread(of(&self.chains, element) ^ PATH));
    }

    /// The longest path of an element that is not its whole chain: the slot of a template that it fills.
    pub(crate) fn slot(&self, page: &Page, element: ElementId) -> u64 {
        let path = |path, id: ElementId| chain(path, self.own.get(id as usize).copied().unwrap_or(0));
        spread(page.chain(element).take(NEAREST).fold(PATH, path))
    }
}

#[cfg(feature = "html")]
fn slot(hash: u64) -> usize {
    (spread(hash) >> 32) as usize % OPEN_SLOTS
}

#[cfg(test)]
mod evidence_tests {
    use super::*;
    use crate::features::words::words_of;

    #[test]
    fn evidence_is_the_sum_of_the_tokens_weights() {
        let table = TokenTable::new((0..1 << 12).map(|at: i32| (at * 37 % 251 - 125) as i8).collect(), 12, 0.5);
        for text in ["", "a", "The council voted on Monday", "电车 line 7", "yes yes yes"] {
            let (mut words, mut sum, mut count) = (Vec::new(), 0i64, 0);
            words_of(text, |word| words.push(word));
            tokens_of(&words, |key| {
                sum += i64::from(table.weights[(key >> 52) as usize]);
                count += 1;
            });
            let expected = if count == 0 { 0.0 } else { sum as f32 * 0.5 / (count as f32).sqrt() };
            assert_eq!(table.evidence(&words), expected, "{text}");
        }
    }
}

#[cfg(all(test, feature = "html", feature = "train"))]
mod tests {
    use super::*;
    use crate::segment::html::PageReader;

    #[test]
    fn names_are_cut_at_dashes_and_capitals_and_numbers_are_alike() {
        let names = |class: &str| {
            let mut found = Vec::new();
            parts_of(class, &mut |name| found.push(name));
            found
        };
        let is = |part: &str| hash_of(part.as_bytes());
        assert_eq!(names("sideBar-left"), [is("side"), is("bar"), is("left"), is("sidebar-left")]);
        assert_eq!(names("nav"), [is("nav")]);
        assert_eq!(is("post-12"), is("post-7"));
        assert_eq!(names("--"), [0; 0]);
    }

    #[test]
    fn a_name_of_the_chain_counts_once() {
        let mut reader = PageReader::default();
        let page = reader.read("<div class=a><div class=a><div class=a><div class=a><div class=a>x");
        let mut names = PageNames::default();
        names.read(page);
        let key = spread(hash_of(b"a") ^ CHAIN);
        let mut count = 0;
        names.around(page, page.blocks[0].element, |found| count += u32::from(found == key));
        assert_eq!(count, 1);
    }
}
