//! Topical words: which blocks share them.
//! This module must not know formulas, nor where blocks stand.

use super::measure::Measure;
use super::words::{Word, WordStart, chain, spread};

/// The topical words of a document, block after block: each different one has a number.
#[derive(Default)]
pub(crate) struct Topics {
    /// Open-addressing table of numbers plus one, by key.
    slots: Vec<u32>,
    topics: Vec<Topic>,
    /// The numbers of the topical words of all blocks, in order.
    numbers: Vec<u32>,
}

/// A word, and which blocks it stands in; blocks are counted from one, 0 is none.
#[derive(Clone, Copy, Default)]
struct Topic {
    key: u64,
    /// The first block.
    first: u32,
    /// The first two different prose blocks.
    prose: [u32; 2],
    /// The same of the body.
    body: [u32; 2],
}

/// Topical words of a block, and how many of them stand in another block of prose, and in one of the body.
#[derive(Clone, Copy, Default)]
pub(super) struct Shared {
    pub prose: u32,
    pub body: u32,
}

/// Bytes of a source for each slot that the table starts with.
const BYTES_PER_SLOT: usize = 16;
/// Slots it starts with at least and at most.
const SLOTS: [usize; 2] = [64, 1 << 16];

impl Topics {
    /// Forgets the document before; the next one has about so many bytes.
    pub(super) fn start(&mut self, bytes: usize) {
        self.topics.clear();
        self.numbers.clear();
        self.slots.clear();
        self.slots.resize((bytes / BYTES_PER_SLOT).next_power_of_two().clamp(SLOTS[0], SLOTS[1]), 0);
    }

    /// Reads the words of the next block and counts its topical ones.
    pub(super) fn read(&mut self, block: usize, words: &[Word], measure: &mut Measure) {
        let block = block as u32 + 1;
        topical(words, |key| {
            let number = self.number(key, block);
            measure.topics += 1;
            measure.echoed += u32::from(self.topics[number as usize].first < block);
            self.numbers.push(number);
        });
    }

    /// The number of a topical word.
    #[inline]
    fn number(&mut self, key: u64, block: u32) -> u32 {
        let slot = self.slot(key);
        match self.slots[slot] {
            0 => {
                self.topics.push(Topic { key, first: block, ..Topic::default() });
                self.slots[slot] = self.topics.len() as u32;
                if 2 * self.topics.len() > self.slots.len() {
                    self.grow();
                }
                self.topics.len() as u32 - 1
            }
            number => number - 1,
        }
    }

    /// Where a key is or would be.
    #[inline]
    fn slot(&self, key: u64) -> usize {
        let mask = self.slots.len() - 1;
        let mut slot = (key >> 1) as usize & mask;
        while self.slots[slot] != 0 && self.topics[self.slots[slot] as usize - 1].key != key {
            slot = (slot + 1) & mask;
        }
        slot
    }

    #[cold]
    fn grow(&mut self) {
        let slots = 2 * self.slots.len();
        self.slots.clear();
        self.slots.resize(slots, 0);
        for number in 0..self.topics.len() {
            let slot = self.slot(self.topics[number].key);
            self.slots[slot] = number as u32 + 1;
        }
    }

    /// Notes which blocks are prose and which of these are of the body: `kind` gives both of a block.
    pub(super) fn note(&mut self, measures: &[Measure], kind: impl Fn(usize) -> (bool, bool)) {
        let mut at = 0;
        for (block, measure) in measures.iter().enumerate() {
            let own = at..at + measure.topics as usize;
            at = own.end;
            let (is_prose, is_body) = kind(block);
            if is_prose {
                for &number in &self.numbers[own] {
                    let topic = &mut self.topics[number as usize];
                    note(&mut topic.prose, block as u32 + 1);
                    if is_body {
                        note(&mut topic.body, block as u32 + 1);
                    }
                }
            }
        }
    }

    /// Calls `tell` with what each block shares with others.
    pub(super) fn compare(&self, measures: &[Measure], mut tell: impl FnMut(usize, Shared)) {
        let mut at = 0;
        for (block, measure) in measures.iter().enumerate() {
            let own = at..at + measure.topics as usize;
            at = own.end;
            let mut shared = Shared::default();
            for &number in &self.numbers[own] {
                let topic = &self.topics[number as usize];
                shared.prose += u32::from(holds_other(topic.prose, block as u32 + 1));
                shared.body += u32::from(holds_other(topic.body, block as u32 + 1));
            }
            tell(block, shared);
        }
    }
}

/// Adds a block to the first two different ones.
#[inline]
fn note(blocks: &mut [u32; 2], block: u32) {
    match *blocks {
        [0, _] => blocks[0] = block,
        [first, 0] if first != block => blocks[1] = block,
        _ => {}
    }
}

/// Whether a block other than this one is among the first two.
#[inline]
fn holds_other(blocks: [u32; 2], block: u32) -> bool {
    (blocks[0] != 0 && blocks[0] != block) | (blocks[1] != 0 && blocks[1] != block)
}

/// The words that tell a topic: five letters or more, capitalised or numbers; of wide scripts pairs.
#[inline]
fn topical(words: &[Word], mut topic: impl FnMut(u64)) {
    let mut before = None;
    for word in words {
        let wide = word.first == Some(WordStart::Wide);
        if wide {
            if let Some(before) = before {
                topic(spread(chain(before, word.hash)) | 1);
            }
        } else if word.len >= 5 || (word.len >= 3 && word.first == Some(WordStart::Capital)) {
            topic(spread(if word.stem == 0 { word.hash } else { word.stem }) | 1);
        }
        before = wide.then_some(word.hash);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::features::words::words_of;

    /// What blocks of words share, all of them prose and of the body.
    fn shared(blocks: &[&str]) -> Vec<(u32, u32, u32)> {
        let mut topics = Topics::default();
        topics.start(0);
        let mut measures = Vec::new();
        for (index, text) in blocks.iter().enumerate() {
            let mut words = Vec::new();
            words_of(text, |word| words.push(word));
            let mut measure = Measure::default();
            topics.read(index, &words, &mut measure);
            measures.push(measure);
        }
        let mut found = Vec::new();
        topics.note(&measures, |_| (true, true));
        topics.compare(&measures, |block, shared| {
            found.push((measures[block].topics, measures[block].echoed, shared.prose));
        });
        found
    }

    #[test]
    fn topical_words_are_long_or_capitalised_or_pairs_of_wide_characters() {
        assert_eq!(shared(&["the bridge was closed", "a bridge, too", "Mayor Li"]), [(2, 0, 1), (1, 1, 1), (1, 0, 0)]);
        assert_eq!(shared(&["电车线路", "新线路"]), [(3, 0, 1), (2, 1, 1)]);
    }

    #[test]
    fn the_table_grows() {
        let text: Vec<String> = (0..200)
            .map(|at: u32| {
                format!("{}word", char::from(b'a' + (at % 26) as u8).to_string().repeat(at as usize / 26 + 1))
            })
            .collect();
        let found = shared(&[&text.join(" "), &text.join(" ")]);
        assert_eq!(found[0].0, 200);
        assert_eq!(found[1].1, 200);
    }
}
