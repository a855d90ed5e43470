//! Word lists of many languages: stop words, persons, calls to action, and the phrases of each husk reason.
//! Each list is a text file beside this one, named by its language: a new one is a new file. `build.rs` makes them into
//! tables; this module must not know blocks or models.

#[cfg(test)]
mod make;
mod table;

use std::sync::OnceLock;

#[cfg(test)]
use crate::block as reasons;
use crate::block::Reason;
#[cfg(test)]
use crate::features::chars;
use crate::features::words::{self, Beginnings, Word, chain, spread};

pub(crate) use table::{ACTION, FIRST, Language, REASONS, SECOND, STOP};
use table::{Entry, PREFIX_MARK, THIRD_BITS, WHOLE_BITS, WORD_BITS, bit_of, slot_of};

// `LANGUAGES` and `SHARED`.
include!(concat!(env!("OUT_DIR"), "/lexicon.rs"));

impl Language {
    /// ISO 639-1 code.
    #[cfg(test)]
    pub(crate) fn code(self) -> &'static str {
        LANGUAGES[self.index()]
    }

    pub(crate) fn index(self) -> usize {
        self.0 as usize
    }

    pub(crate) fn from_index(index: usize) -> Language {
        Language(index as u8)
    }

    pub(crate) fn from_code(code: &str) -> Option<Language> {
        LANGUAGES.iter().position(|known| *known == code).map(|index| Language(index as u8))
    }
}

/// How many sections there are.
pub(crate) const SECTIONS: usize = REASONS + Reason::ALL.len() - 1;

/// A phrase of some list, by its number.
pub(crate) type PhraseId = u32;

/// All word lists in one table; `make::Tables` tells of its parts.
pub(crate) struct Lexicon {
    keys: &'static [u64],
    ends: &'static [u32],
    entries: &'static [Entry],
    first_entries: &'static [u32],
    stops: &'static [u8],
    firsts: Filter<WORD_BITS>,
    laters: Filter<WORD_BITS>,
    thirds: Filter<THIRD_BITS>,
    whole: Filter<WHOLE_BITS>,
    prefixes: &'static [u64],
    /// The sections of each phrase in a document of each language, and of none that is known; made when asked for.
    views: [OnceLock<Box<[u16]>>; LANGUAGES.len() + 1],
}

/// `2^BITS` bits of hashes: those that are not in it are certainly not among them.
struct Filter<const BITS: u32>(&'static [u64]);

impl<const BITS: u32> Filter<BITS> {
    #[inline]
    fn may_have(&self, hash: u64) -> bool {
        let (word, bit) = bit_of(hash, BITS);
        self.0[word] & bit != 0
    }
}

impl Lexicon {
    /// The lexicon of all languages.
    #[inline]
    pub(crate) fn shared() -> &'static Lexicon {
        &SHARED
    }

    /// The phrase that ends with a key, and whether longer ones go on from it; 0 is no phrase.
    #[inline]
    fn end(&self, key: u64) -> Option<(u32, bool)> {
        let slot = slot_of(key, self.keys);
        (self.keys[slot] == key).then(|| (self.ends[slot] >> 1, self.ends[slot] & 1 == 1))
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
            let end = |key: u64| if filter.may_have(key) { self.end(key) } else { None };
            let whole = end(chain(path, word.hash));
            let begun = if word.prefix == 0 { None } else { end(chain(path, word.prefix ^ PREFIX_MARK)) };
            for (phrase, _) in [begun, whole].into_iter().flatten().filter(|(phrase, _)| *phrase > 0) {
                found = Some((count + 1, phrase - 1));
            }
            match whole {
                Some((_, true)) => path = chain(path, word.hash),
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

#[cfg(test)]
mod tests {
    use super::make::{Tables, entries, section};
    use super::*;
    use crate::features::chars::Class;
    use crate::features::words::{WordBuilder, words_of};

    /// A lexicon of one list.
    fn of(list: &str) -> Lexicon {
        let tables = Tables::new([list]);
        Lexicon {
            keys: tables.keys.leak(),
            ends: tables.ends.leak(),
            entries: tables.entries.leak(),
            first_entries: tables.first_entries.leak(),
            stops: tables.stops.leak(),
            firsts: Filter(tables.firsts.leak()),
            laters: Filter(tables.laters.leak()),
            thirds: Filter(tables.thirds.leak()),
            whole: Filter(tables.whole.leak()),
            prefixes: tables.prefixes.leak(),
            views: [const { OnceLock::new() }; LANGUAGES.len() + 1],
        }
    }

    /// The lists, with their languages.
    fn lists() -> impl Iterator<Item = (&'static str, String)> {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/lexicon");
        LANGUAGES.iter().map(move |code| (*code, std::fs::read_to_string(folder.join(format!("{code}.txt"))).unwrap()))
    }

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
        let lexicon = of("h\n---\n[share]\nshare\nshare on\n[paywall]\nsubscri*\nbecome a memb*\n");
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
        for (code, list) in lists() {
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
        for (code, list) in lists() {
            for (section, line) in entries(&list) {
                let mut plain = Vec::new();
                words_of(line, |word| plain.push(word));
                if line.ends_with('*') {
                    continue;
                }
                let (count, found) = lexicon.longest(&plain).unwrap_or_else(|| panic!("{code}: {line:?} is lost"));
                assert_eq!(count, plain.len(), "{code}: {line:?}");
                let here = lexicon.entries(found).iter().find(|entry| entry.language.code() == code);
                assert!(here.is_some_and(|entry| entry.sections >> section & 1 == 1), "{code}: {line:?}");
            }
        }
    }
}
