//! Word lists of many languages: stop words, persons, calls to action, and the phrases of each husk reason.
//! Each list is a text file beside this one; this module must not know blocks or models.

use std::ops::Range;
use std::sync::LazyLock;

use crate::block::Reason;
use crate::features::words::{Word, chain, spread, words_of};

/// Languages and their word lists: a new one is a row here and a file.
pub(crate) const LEXICONS: &[(&str, &str)] = &[
    ("ar", include_str!("ar.txt")),
    ("cs", include_str!("cs.txt")),
    ("da", include_str!("da.txt")),
    ("de", include_str!("de.txt")),
    ("el", include_str!("el.txt")),
    ("en", include_str!("en.txt")),
    ("es", include_str!("es.txt")),
    ("fa", include_str!("fa.txt")),
    ("fi", include_str!("fi.txt")),
    ("fr", include_str!("fr.txt")),
    ("he", include_str!("he.txt")),
    ("hi", include_str!("hi.txt")),
    ("id", include_str!("id.txt")),
    ("it", include_str!("it.txt")),
    ("ja", include_str!("ja.txt")),
    ("ko", include_str!("ko.txt")),
    ("nl", include_str!("nl.txt")),
    ("no", include_str!("no.txt")),
    ("pl", include_str!("pl.txt")),
    ("pt", include_str!("pt.txt")),
    ("ru", include_str!("ru.txt")),
    ("sv", include_str!("sv.txt")),
    ("th", include_str!("th.txt")),
    ("tr", include_str!("tr.txt")),
    ("uk", include_str!("uk.txt")),
    ("vi", include_str!("vi.txt")),
    ("zh", include_str!("zh.txt")),
];

/// A language that has a lexicon, as its row in [`LEXICONS`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Language(u8);

impl Language {
    /// ISO 639-1 code.
    #[cfg(test)]
    pub(crate) fn code(self) -> &'static str {
        LEXICONS[self.0 as usize].0
    }

    pub(crate) fn index(self) -> usize {
        self.0 as usize
    }

    pub(crate) fn from_index(index: usize) -> Language {
        Language(index as u8)
    }

    pub(crate) fn from_code(code: &str) -> Option<Language> {
        LEXICONS.iter().position(|row| row.0 == code).map(|index| Language(index as u8))
    }
}

/// The sections of a word list: four of their own, then one for each husk reason but `other`.
pub(crate) const STOP: usize = 0;
pub(crate) const FIRST: usize = 1;
pub(crate) const SECOND: usize = 2;
pub(crate) const ACTION: usize = 3;
/// The section of the first husk reason.
pub(crate) const REASONS: usize = 4;
/// How many sections there are.
pub(crate) const SECTIONS: usize = REASONS + Reason::ALL.len() - 1;

/// The section with this name.
fn section(name: &str) -> Option<usize> {
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

/// What one language says of a phrase.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub language: Language,
    /// One bit a section.
    pub sections: u16,
}

/// A node of the tree of phrases.
#[derive(Clone, Copy, Default)]
struct Node {
    key: u64,
    /// Longer phrases start like this one.
    more: bool,
    /// The entries of the phrase that ends here.
    first_entry: u32,
    entries: u16,
}

/// All word lists in one table: phrases by the hash of their words, beginnings of words by theirs.
pub(crate) struct Lexicon {
    nodes: Vec<Node>,
    mask: usize,
    entries: Vec<Entry>,
    /// One bit for each value of the upper [`FIRST_BITS`] bits of a first word's key: most words start no phrase.
    first_filter: Vec<u64>,
    /// One bit for each value of the lowest 16 bits of a beginning's hash.
    prefix_filter: Vec<u64>,
    prefixes: Vec<u64>,
}

static SHARED: LazyLock<Lexicon> = LazyLock::new(|| Lexicon::new(LEXICONS));

/// 32 KiB of bits: about one word in sixteen that starts no phrase passes the filter.
const FIRST_BITS: u32 = 18;

/// Distinguishes a word's beginning from the whole word in a phrase's hash.
const PREFIX_MARK: u64 = 0x5bd1_e995;

impl Lexicon {
    /// The lexicon of all languages, built at first use.
    pub(crate) fn shared() -> &'static Lexicon {
        &SHARED
    }

    fn new(lists: &[(&str, &str)]) -> Lexicon {
        let (phrases, keys) = phrases(lists);
        let nodes = (2 * keys.len()).next_power_of_two().max(16);
        let mut lexicon = Lexicon {
            nodes: vec![Node::default(); nodes],
            mask: nodes - 1,
            entries: Vec::with_capacity(phrases.len()),
            first_filter: vec![0; 1 << (FIRST_BITS - 6)],
            prefix_filter: vec![0; 1 << 10],
            prefixes: Vec::new(),
        };
        for group in phrases.chunk_by(|a, b| a.whole == b.whole) {
            lexicon.add(group, &keys);
        }
        lexicon.prefixes.sort_unstable();
        lexicon.prefixes.dedup();
        lexicon
    }

    /// Adds the entries of one phrase, in all languages that have it.
    fn add(&mut self, group: &[Phrase], keys: &[u64]) {
        let keys = &keys[group[0].keys.clone()];
        let Some((&last, before)) = keys.split_last() else { return };
        let first = spread(keys[0]) >> (64 - FIRST_BITS);
        self.first_filter[first as usize >> 6] |= 1 << (first & 63);
        for &key in before {
            let slot = self.slot(key);
            self.nodes[slot].key = key;
            self.nodes[slot].more = true;
        }
        let first_entry = self.entries.len() as u32;
        for phrase in group {
            match self.entries[first_entry as usize..].iter_mut().find(|entry| entry.language == phrase.language) {
                Some(entry) => entry.sections |= 1 << phrase.section,
                None => self.entries.push(Entry { language: phrase.language, sections: 1 << phrase.section }),
            }
        }
        let slot = self.slot(last);
        let node = &mut self.nodes[slot];
        (node.key, node.first_entry) = (last, first_entry);
        node.entries = (self.entries.len() - first_entry as usize) as u16;
        if let Some(prefix) = group[0].prefix {
            self.prefix_filter[(prefix >> 6) as usize & 0x3ff] |= 1 << (prefix & 63);
            self.prefixes.push(prefix);
        }
    }

    /// Where a key is or would be.
    #[inline]
    fn slot(&self, key: u64) -> usize {
        let mut slot = spread(key) as usize & self.mask;
        while self.nodes[slot].key != key && self.nodes[slot].key != 0 {
            slot = (slot + 1) & self.mask;
        }
        slot
    }

    /// Whether some phrase may start with a word of this key.
    #[inline]
    fn may_start(&self, key: u64) -> bool {
        let bit = spread(key) >> (64 - FIRST_BITS);
        self.first_filter[bit as usize >> 6] >> (bit & 63) & 1 == 1
    }

    #[inline]
    fn node(&self, key: u64) -> Option<&Node> {
        let node = &self.nodes[self.slot(key)];
        (node.key == key).then_some(node)
    }

    /// Whether a hash is that of a word's beginning some list has with a `*`.
    #[inline]
    pub(crate) fn is_prefix(&self, hash: u64) -> bool {
        self.prefix_filter[(hash >> 6) as usize & 0x3ff] >> (hash & 63) & 1 == 1
            && self.prefixes.binary_search(&hash).is_ok()
    }

    /// The longest phrase that starts a sequence of words: its number of words and its entries.
    #[inline]
    pub(crate) fn longest(&self, words: &[Word]) -> Option<(usize, &[Entry])> {
        let first = words.first()?;
        if !self.may_start(chain(0, first.hash))
            && (first.prefix == 0 || !self.may_start(chain(0, first.prefix ^ PREFIX_MARK)))
        {
            return None;
        }
        let mut found = None;
        let mut path = 0;
        for (count, word) in words.iter().enumerate() {
            let whole = self.node(chain(path, word.hash));
            let begun = if word.prefix == 0 { None } else { self.node(chain(path, word.prefix ^ PREFIX_MARK)) };
            for node in [begun, whole].into_iter().flatten().filter(|node| node.entries > 0) {
                let first = node.first_entry as usize;
                found = Some((count + 1, &self.entries[first..first + node.entries as usize]));
            }
            match whole {
                Some(node) if node.more => path = chain(path, word.hash),
                _ => break,
            }
        }
        found
    }
}

/// One line of one list.
struct Phrase {
    /// Where its keys are: hash of the first word, of the first two, …
    keys: Range<usize>,
    /// The last of them.
    whole: u64,
    /// Hash of the beginning of the last word, when the line ends with `*`.
    prefix: Option<u64>,
    language: Language,
    section: usize,
}

/// All lines of all lists, sorted by their words, and the keys of all of them.
fn phrases(lists: &[(&str, &str)]) -> (Vec<Phrase>, Vec<u64>) {
    let (mut phrases, mut keys) = (Vec::new(), Vec::new());
    for (index, (_, list)) in lists.iter().enumerate() {
        phrases.extend(entries(list).map(|(section, line)| phrase(line, section, Language(index as u8), &mut keys)));
    }
    phrases.sort_unstable_by_key(|phrase: &Phrase| (phrase.whole, phrase.language.0, phrase.section));
    (phrases, keys)
}

/// The lines of a list with their section; lines of unknown sections are left out (a test finds them).
fn entries(list: &str) -> impl Iterator<Item = (usize, &str)> {
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
    let whole = keys[start..].last().copied().unwrap_or_default();
    Phrase { keys: start..keys.len(), whole, prefix: last.filter(|_| begun), language, section }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str, lexicon: &Lexicon) -> Vec<Word> {
        let mut words = Vec::new();
        let mut builder = crate::features::words::WordBuilder::new();
        for c in text.chars() {
            let class = crate::features::chars::Class::of(c);
            if class.is_word() {
                builder.add(c, class, |hash| lexicon.is_prefix(hash));
            } else {
                words.extend(builder.end());
            }
        }
        words.extend(builder.end());
        words
    }

    #[test]
    fn the_longest_phrase_is_found() {
        let lexicon =
            Lexicon::new(&[("xx", "h\n---\n[share]\nshare\nshare on\n[paywall]\nsubscri*\nbecome a memb*\n")]);
        for (text, expected) in [
            ("share this", Some((1, 1 << (REASONS + 1)))),
            ("Share on", Some((2, 1 << (REASONS + 1)))),
            ("Subscribers only", Some((1, 1 << (REASONS + 3)))),
            ("become a member", Some((3, 1 << (REASONS + 3)))),
            ("become a man", None),
            ("shares", None),
        ] {
            let words = words(text, &lexicon);
            let found = lexicon.longest(&words).map(|(count, entries)| (count, entries[0].sections));
            assert_eq!(found, expected, "{text:?}");
        }
    }

    #[test]
    fn lists_are_sorted_without_duplicates_and_have_every_section() {
        for (code, list) in LEXICONS {
            let (header, body) = list.split_once("\n---\n").expect("a header, then ---");
            assert_eq!(header.lines().next(), Some(format!("language: {code}").as_str()), "{code}");
            let names: Vec<&str> = body.lines().filter_map(|line| line.strip_prefix('[')?.strip_suffix(']')).collect();
            assert_eq!(names.len(), SECTIONS, "{code}: {names:?}");
            for name in &names {
                assert!(section(name).is_some(), "{code}: unknown section {name}");
            }
            for part in body.split("\n[") {
                let lines: Vec<&str> = part.lines().skip(1).filter(|line| !line.is_empty()).collect();
                assert!(!lines.is_empty(), "{code}: an empty section");
                for pair in lines.windows(2) {
                    assert!(pair[0] < pair[1], "{code}: {:?} before {:?}", pair[0], pair[1]);
                }
                for line in lines {
                    assert_eq!(line, line.to_lowercase(), "{code}");
                    let star = line.find('*');
                    assert!(star.is_none_or(|at| at + 1 == line.len()), "{code}: a star inside {line:?}");
                }
            }
        }
    }

    #[test]
    fn every_line_of_every_list_is_found_again() {
        let lexicon = Lexicon::shared();
        for (code, list) in LEXICONS {
            for (section, line) in entries(list) {
                let mut plain = Vec::new();
                words_of(line, |word| plain.push(word));
                if line.ends_with('*') {
                    continue;
                }
                let (count, found) = lexicon.longest(&plain).unwrap_or_else(|| panic!("{code}: {line:?} is lost"));
                assert_eq!(count, plain.len(), "{code}: {line:?}");
                let here = found.iter().find(|entry| entry.language.code() == *code);
                assert!(here.is_some_and(|entry| entry.sections >> section & 1 == 1), "{code}: {line:?}");
            }
        }
    }
}
