//! Word lists of many languages: stop words, persons, calls to action, and the phrases of each husk reason.
//! Each list is a text file beside this one; this module must not know blocks or models.

use std::cell::Cell;
use std::ops::Range;
use std::sync::{LazyLock, OnceLock};

use crate::block::Reason;
use crate::features::chars::Class;
use crate::features::words::{Beginnings, Word, WordBuilder, chain, spread, words_of};

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

/// What one language says of a phrase. Languages that have it as a stop word come first.
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
    /// The number of the phrase that ends here, plus one; 0 for none.
    phrase: u32,
    /// Longer phrases start like this one.
    more: bool,
}

/// A phrase of some list, by its number.
pub(crate) type PhraseId = u32;

/// All word lists in one table: phrases by the hash of their words, beginnings of words by theirs.
pub(crate) struct Lexicon {
    nodes: Vec<Node>,
    mask: usize,
    /// How many phrases there are.
    count: u32,
    /// What each language says of the phrases, and where the entries of each phrase begin.
    entries: Vec<Entry>,
    first_entries: Vec<u32>,
    /// How many languages have each phrase as a stop word.
    stops: Vec<u8>,
    /// Which keys there are of first words, and of later ones: most words are of no phrase.
    firsts: Filter,
    laters: Filter,
    /// Which hashes there are of the first three characters of beginnings, and of whole ones.
    thirds: Filter,
    whole: Filter,
    prefixes: Vec<u64>,
    /// The sections of each phrase in a document of each language, and of none that is known; made when asked for.
    views: Vec<OnceLock<Box<[u16]>>>,
}

/// Bits of hashes: those that are not in it are certainly not among them.
struct Filter {
    bits: Vec<u64>,
    shift: u32,
}

impl Filter {
    /// A filter of `2^log` bits.
    fn new(log: u32) -> Filter {
        Filter { bits: vec![0; 1 << (log - 6)], shift: 64 - log }
    }

    fn add(&mut self, hash: u64) {
        let bit = hash >> self.shift;
        self.bits[(bit >> 6) as usize] |= 1 << (bit & 63);
    }

    #[inline]
    fn may_have(&self, hash: u64) -> bool {
        let bit = hash >> self.shift;
        self.bits[(bit >> 6) as usize] >> (bit & 63) & 1 == 1
    }
}

static SHARED: LazyLock<Lexicon> = LazyLock::new(|| Lexicon::new(LEXICONS));

/// 32 KiB of bits each: about one word in sixteen that starts no phrase passes.
const WORD_BITS: u32 = 18;
/// 2 KiB and 8 KiB of bits: what is asked for at every third character must stay near.
const THIRD_BITS: u32 = 14;
const WHOLE_BITS: u32 = 16;

/// Distinguishes a word's beginning from the whole word in a phrase's hash.
const PREFIX_MARK: u64 = 0x5bd1_e995;

impl Lexicon {
    /// The lexicon of all languages, built at first use.
    pub(crate) fn shared() -> &'static Lexicon {
        &SHARED
    }

    fn new(lists: &[(&str, &str)]) -> Lexicon {
        let (phrases, keys) = phrases(lists);
        let nodes = (keys.len() + keys.len() / 3).next_power_of_two().max(16);
        let mut lexicon = Lexicon {
            nodes: vec![Node::default(); nodes],
            mask: nodes - 1,
            count: 0,
            entries: Vec::with_capacity(phrases.len()),
            first_entries: Vec::with_capacity(phrases.len() + 1),
            stops: Vec::with_capacity(phrases.len()),
            firsts: Filter::new(WORD_BITS),
            laters: Filter::new(WORD_BITS),
            thirds: Filter::new(THIRD_BITS),
            whole: Filter::new(WHOLE_BITS),
            prefixes: Vec::new(),
            views: (0..=lists.len()).map(|_| OnceLock::new()).collect(),
        };
        let numbers: Vec<PhraseId> = phrases.iter().map(|phrase| lexicon.add(phrase, &keys)).collect();
        lexicon.fill(&phrases, &numbers);
        lexicon.prefixes.sort_unstable();
        lexicon.prefixes.dedup();
        lexicon
    }

    /// Adds a phrase, unless another language has done so; gives its number.
    fn add(&mut self, phrase: &Phrase, keys: &[u64]) -> PhraseId {
        let keys = &keys[phrase.keys.clone()];
        for (at, &key) in keys.iter().enumerate() {
            let is_last = at + 1 == keys.len();
            if at == 0 {
                self.firsts.add(key)
            } else {
                self.laters.add(key)
            }
            let slot = self.slot(key);
            let node = &mut self.nodes[slot];
            node.key = key;
            node.more |= !is_last;
            if is_last && node.phrase == 0 {
                self.count += 1;
                node.phrase = self.count;
            }
        }
        if let Some(begun) = phrase.begun {
            self.thirds.add(spread(begun.third));
            self.whole.add(spread(begun.whole));
            self.prefixes.push(begun.whole);
        }
        self.node(phrase.whole).map_or(0, |node| node.phrase.max(1) - 1)
    }

    /// Fills in what each language says of the phrases, whose `numbers` are given.
    fn fill(&mut self, phrases: &[Phrase], numbers: &[PhraseId]) {
        let count = self.count as usize;
        // Lines of each phrase, then where those of each begin.
        let mut next = vec![0u32; count + 1];
        numbers.iter().for_each(|&number| next[number as usize + 1] += 1);
        for number in 1..=count {
            next[number] += next[number - 1];
        }
        let starts = next.clone();
        let mut lines = vec![0u32; phrases.len()];
        for (line, &number) in numbers.iter().enumerate() {
            lines[next[number as usize] as usize] = line as u32;
            next[number as usize] += 1;
        }
        for number in 0..count {
            let lines = &lines[starts[number] as usize..starts[number + 1] as usize];
            self.say(lines.iter().map(|&line| &phrases[line as usize]));
        }
        self.first_entries.push(self.entries.len() as u32);
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

    /// Where a key is or would be.
    #[inline]
    fn slot(&self, key: u64) -> usize {
        let mut slot = spread(key) as usize & self.mask;
        while self.nodes[slot].key != key && self.nodes[slot].key != 0 {
            slot = (slot + 1) & self.mask;
        }
        slot
    }

    #[inline]
    fn node(&self, key: u64) -> Option<&Node> {
        let node = &self.nodes[self.slot(key)];
        (node.key == key).then_some(node)
    }

    /// Whether some phrase may start with a word.
    #[inline]
    pub(crate) fn may_start(&self, word: &Word) -> bool {
        let begun = (word.prefix != 0) & self.firsts.may_have(chain(0, word.prefix ^ PREFIX_MARK));
        self.firsts.may_have(chain(0, word.hash)) | begun
    }

    /// The longest phrase that starts a sequence of words: its number of words, and which it is.
    #[inline]
    pub(crate) fn longest(&self, words: &[Word]) -> Option<(usize, PhraseId)> {
        let mut found = None;
        let mut path = 0;
        let mut filter = &self.firsts;
        for (count, word) in words.iter().enumerate() {
            let node = |key: u64| if filter.may_have(key) { self.node(key) } else { None };
            let whole = node(chain(path, word.hash));
            let begun = if word.prefix == 0 { None } else { node(chain(path, word.prefix ^ PREFIX_MARK)) };
            for node in [begun, whole].into_iter().flatten().filter(|node| node.phrase > 0) {
                found = Some((count + 1, node.phrase - 1));
            }
            match whole {
                Some(node) if node.more => path = chain(path, word.hash),
                _ => break,
            }
            filter = &self.laters;
        }
        found
    }

    /// What each language says of a phrase.
    #[inline]
    pub(crate) fn entries(&self, phrase: PhraseId) -> &[Entry] {
        let phrase = phrase as usize;
        &self.entries[self.first_entries[phrase] as usize..self.first_entries[phrase + 1] as usize]
    }

    /// The languages that have a phrase as a stop word.
    #[inline]
    pub(crate) fn stops(&self, phrase: PhraseId) -> &[Entry] {
        let first = self.first_entries[phrase as usize] as usize;
        &self.entries[first..first + usize::from(self.stops[phrase as usize])]
    }

    /// The sections, one bit each, that the phrases stand in for a document of a language: those of that language; husk
    /// and action words of English too, since pages of all languages carry them; of an unknown language, those of all.
    pub(crate) fn view(&self, language: Option<Language>) -> &[u16] {
        let place = language.map_or(self.views.len() - 1, Language::index);
        self.views[place].get_or_init(|| {
            let english = Language::from_code("en");
            let sections = |entry: &Entry| match language {
                Some(own) if own == entry.language => entry.sections,
                None => entry.sections,
                Some(_) if english == Some(entry.language) => entry.sections & !(1 << STOP | 1 << FIRST | 1 << SECOND),
                Some(_) => 0,
            };
            let phrases = 0..self.first_entries.len() as u32 - 1;
            phrases.map(|phrase| self.entries(phrase).iter().fold(0, |all, entry| all | sections(entry))).collect()
        })
    }
}

impl Beginnings for Lexicon {
    #[inline]
    fn may_begin(&self, hash: u64) -> bool {
        self.thirds.may_have(spread(hash))
    }

    #[inline]
    fn is_listed(&self, hash: u64) -> bool {
        self.whole.may_have(spread(hash)) && self.prefixes.binary_search(&hash).is_ok()
    }
}

/// One line of one list.
struct Phrase {
    /// Where its keys are: hash of the first word, of the first two, …
    keys: Range<usize>,
    /// The last of them.
    whole: u64,
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

/// Bytes of a line of a list, about.
const LINE_BYTES: usize = 14;

/// All lines of all lists in order, and the keys of all of them.
fn phrases(lists: &[(&str, &str)]) -> (Vec<Phrase>, Vec<u64>) {
    let lines = lists.iter().map(|(_, list)| list.len() / LINE_BYTES).sum();
    let (mut phrases, mut keys) = (Vec::with_capacity(lines), Vec::with_capacity(lines * 2));
    for (index, (_, list)) in lists.iter().enumerate() {
        let read = entries(list).map(|(section, line)| phrase(line, section, Language(index as u8), &mut keys));
        phrases.extend(read.filter(|phrase| !phrase.keys.is_empty()));
    }
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
    let begun = last.filter(|_| begun).map(|whole| Beginning { third: third(line), whole });
    Phrase { keys: start..keys.len(), whole, begun, language, section }
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

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str, lexicon: &Lexicon) -> Vec<Word> {
        let mut words = Vec::new();
        let mut builder = WordBuilder::new();
        for c in text.chars() {
            let class = Class::of(c);
            if class.is_word() {
                builder.add(c, class, lexicon);
            } else {
                builder.end(&mut words);
            }
        }
        builder.end(&mut words);
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
            let found = lexicon.longest(&words).map(|(count, phrase)| (count, lexicon.entries(phrase)[0].sections));
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
                let here = lexicon.entries(found).iter().find(|entry| entry.language.code() == *code);
                assert!(here.is_some_and(|entry| entry.sections >> section & 1 == 1), "{code}: {line:?}");
            }
        }
    }
}
