//! Makes the tables of the word lists. `build.rs` does so when the crate is built, and writes them down as source: reading
//! the lists at every start would take as long as cleaning a page.
//! This module must not know blocks or models.

use std::cell::Cell;
use std::ops::Range;

use super::chars::Class;
use super::reasons::Reason;
use super::table::{
    ACTION, Entry, FIRST, Language, PREFIX_MARK, REASONS, SECOND, STOP, THIRD_BITS, WHOLE_BITS, WORD_BITS, bit_of,
    slot_of,
};
use super::words::{Beginnings, WordBuilder, chain, spread, words_of};

/// The section with this name.
pub(crate) fn section(name: &str) -> Option<usize> {
    match name {
        "stop" => Some(STOP),
        "first" => Some(FIRST),
        "second" => Some(SECOND),
        "action" => Some(ACTION),
        _ => Reason::ALL[..Reason::ALL.len() - 1]
            .iter()
            .position(|reason| reason.name() == name)
            .map(|index| REASONS + index),
    }
}

/// All word lists in one table: phrases by the hash of their words, beginnings of words by theirs.
#[derive(Default)]
pub(crate) struct Tables {
    /// The tree of phrases, open addressing: hash of the first word, of the first two, …
    pub keys: Vec<u64>,
    /// Of each key: the lowest bit is set when longer phrases start like this one; the others are the number of the
    /// phrase that ends here, plus one.
    pub ends: Vec<u32>,
    /// What languages say of the phrases.
    pub entries: Vec<Entry>,
    /// Where the entries of each phrase begin, and where the last ones end.
    pub first_entries: Vec<u32>,
    /// How many languages have each phrase as a stop word.
    pub stops: Vec<u8>,
    /// Filters: which keys there are of first words, and of later ones.
    pub firsts: Vec<u64>,
    pub laters: Vec<u64>,
    /// Filters: which hashes there are of the first three characters of beginnings, and of whole ones.
    pub thirds: Vec<u64>,
    pub whole: Vec<u64>,
    /// Hashes of beginnings, in order.
    pub prefixes: Vec<u64>,
}

impl Tables {
    /// Makes the tables of the lists of some languages.
    pub(crate) fn new<'l>(lists: impl IntoIterator<Item = &'l str>) -> Tables {
        let (mut phrases, mut keys) = (Vec::new(), Vec::new());
        for (language, list) in lists.into_iter().enumerate() {
            let read = entries(list).map(|(section, line)| phrase(line, section, Language(language as u8), &mut keys));
            phrases.extend(read.filter(|phrase| !phrase.keys.is_empty()));
        }
        let filter = |bits: u32| vec![0; 1 << (bits - 6)];
        let nodes = (keys.len() + keys.len() / 3).next_power_of_two().max(16);
        let mut tables = Tables {
            keys: vec![0; nodes],
            ends: vec![0; nodes],
            firsts: filter(WORD_BITS),
            laters: filter(WORD_BITS),
            thirds: filter(THIRD_BITS),
            whole: filter(WHOLE_BITS),
            ..Tables::default()
        };
        let mut count = 0;
        let numbers: Vec<u32> = phrases.iter().map(|phrase| tables.add(phrase, &keys, &mut count)).collect();
        let mut lines: Vec<(u32, &Phrase)> = numbers.into_iter().zip(&phrases).collect();
        lines.sort_by_key(|(number, _)| *number);
        lines.chunk_by(|a, b| a.0 == b.0).for_each(|lines| tables.say(lines.iter().map(|(_, phrase)| *phrase)));
        tables.first_entries.push(tables.entries.len() as u32);
        tables.prefixes.sort_unstable();
        tables.prefixes.dedup();
        tables
    }

    /// Adds a phrase, unless another language has done so; gives its number.
    fn add(&mut self, phrase: &Phrase, keys: &[u64], count: &mut u32) -> u32 {
        let set = |filter: &mut [u64], hash: u64, bits: u32| {
            let (word, bit) = bit_of(hash, bits);
            filter[word] |= bit;
        };
        let keys = &keys[phrase.keys.clone()];
        let mut number = 0;
        for (at, &key) in keys.iter().enumerate() {
            set(if at == 0 { &mut self.firsts } else { &mut self.laters }, key, WORD_BITS);
            let slot = slot_of(key, &self.keys);
            self.keys[slot] = key;
            if at + 1 < keys.len() {
                self.ends[slot] |= 1;
                continue;
            }
            if self.ends[slot] >> 1 == 0 {
                *count += 1;
                self.ends[slot] |= *count << 1;
            }
            number = (self.ends[slot] >> 1) - 1;
        }
        if let Some(begun) = phrase.begun {
            set(&mut self.thirds, spread(begun.third), THIRD_BITS);
            set(&mut self.whole, spread(begun.whole), WHOLE_BITS);
            self.prefixes.push(begun.whole);
        }
        number
    }

    /// Puts down the lines of the next phrase, language by language.
    fn say<'p>(&mut self, lines: impl Iterator<Item = &'p Phrase>) {
        let first = self.entries.len();
        self.first_entries.push(first as u32);
        for Phrase { language, section, .. } in lines {
            match self.entries[first..].last_mut().filter(|entry| entry.language == *language) {
                Some(entry) => entry.sections |= 1 << section,
                None => self.entries.push(Entry { language: *language, sections: 1 << section }),
            }
        }
        let is_stop = |entry: &Entry| entry.sections >> STOP & 1 == 1;
        self.entries[first..].sort_by_key(|entry| !is_stop(entry));
        self.stops.push(self.entries[first..].iter().filter(|entry| is_stop(entry)).count() as u8);
    }
}

/// One line of one list.
struct Phrase {
    /// Where its keys are: hash of the first word, of the first two, …
    keys: Range<usize>,
    /// The last word, when the line ends with `*`.
    begun: Option<Beginning>,
    language: Language,
    section: usize,
}

/// Hashes of a beginning of words, and of its first three characters.
#[derive(Clone, Copy)]
struct Beginning {
    third: u64,
    whole: u64,
}

/// The lines of a list with their section; lines of unknown sections are left out (a test finds them).
pub(crate) fn entries(list: &str) -> impl Iterator<Item = (usize, &str)> {
    let body = list.split_once("\n---\n").map_or("", |(_, body)| body);
    let mut now = None;
    body.lines().filter(|line| !line.is_empty()).filter_map(move |line| {
        match line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
            Some(name) => {
                now = section(name);
                None
            }
            None => now.map(|section| (section, line)),
        }
    })
}

/// Reads a line, putting its keys into `keys`.
fn phrase(line: &str, section: usize, language: Language, keys: &mut Vec<u64>) -> Phrase {
    let begun = line.ends_with('*');
    let start = keys.len();
    // Until the end of the line is reached, nobody knows which word is the last.
    let (mut path, mut last) = (0, None);
    words_of(line, |word| {
        if let Some(before) = last.replace(word.hash) {
            path = chain(path, before);
            keys.push(path);
        }
    });
    keys.extend(last.map(|word| chain(path, if begun { word ^ PREFIX_MARK } else { word })));
    let begun = last.filter(|_| begun).map(|whole| Beginning { third: third(line), whole });
    Phrase { keys: start..keys.len(), begun, language, section }
}

/// Hash of the first three characters of the last word of a line; of a shorter one it is never asked for.
fn third(line: &str) -> u64 {
    /// Notes what is asked for.
    struct Asked(Cell<u64>);
    impl Beginnings for Asked {
        fn may_begin(&self, hash: u64) -> bool {
            self.0.set(hash);
            false
        }
        fn is_listed(&self, _: u64) -> bool {
            false
        }
    }
    let asked = Asked(Cell::new(0));
    let mut builder = WordBuilder::new();
    for c in line.chars() {
        let class = Class::of(c);
        if class.is_word() {
            builder.add(c, class, &asked);
        } else if c != '*' && !matches!(class, Class::Mark | Class::Invisible) {
            builder = WordBuilder::new();
        }
    }
    asked.0.get()
}
