//! The measures of a block: what is counted in one pass over its characters and one over its words.
//! This module must not know features or other blocks.

use std::ops::Range;

use super::chars::{Class, mass};
use super::words::{Word, WordBuilder, WordStart, chain, step};
use crate::block::{BlockKind, Markup};
use crate::lexicon::{Entry, LEXICONS, Language, Lexicon, SECTIONS, STOP};
use crate::segment::Cut;
use crate::tokens::TokenTable;

/// Counts of one block. "Mass" is length in units of a Latin letter, comparable between scripts.
#[derive(Clone, Debug, Default)]
pub(crate) struct Measure {
    pub chars: u32,
    pub mass: f32,
    pub letters: u32,
    pub upper: u32,
    pub digits: u32,
    pub wide: u32,
    pub symbols: u32,
    pub sentence_ends: u32,
    pub commas: u32,
    pub bars: u32,
    pub questions: u32,
    pub exclamations: u32,
    pub colons: u32,
    pub quotes: u32,
    /// `©`, `®`, `™`.
    pub rights: u32,
    pub currency: u32,
    pub words: u32,
    pub capitalised: u32,
    pub all_caps: u32,
    pub numbers: u32,
    /// Words of seven letters or more.
    pub long_words: u32,
    pub urls: u32,
    /// Characters in URLs and e-mail addresses, and of the texts of Markdown links.
    pub linked: u32,
    pub emails: u32,
    pub links: u32,
    pub images: u32,
    /// Words covered by phrases of each section of the lexicons.
    pub sections: [u16; SECTIONS],
    /// The first word opens a call to action.
    pub starts_action: bool,
    pub first: Option<Class>,
    pub last: Option<Class>,
    pub last_char: char,
    /// The last character that is no quotation mark or bracket.
    pub closing: Option<Class>,
    /// Hash of the words, a number being one whatever its digits: equal for lines that differ in numbers only.
    pub hash: u64,
    /// Mean evidence of the learned tokens, log-odds.
    pub evidence: f32,
    /// Words of the block in the document's list of words.
    pub range: Range<usize>,
}

/// The measures of a document, its words, and the buffers they were made with.
#[derive(Default)]
pub(crate) struct Measures {
    pub blocks: Vec<Measure>,
    pub words: Vec<Word>,
    hits: Vec<Hit>,
    language: Option<Language>,
}

/// A phrase of a lexicon found in a block.
#[derive(Clone, Copy)]
struct Hit {
    block: u32,
    first_word: bool,
    words: u16,
    entries: &'static [Entry],
}

/// Share of a text's words that must be stop words of a language for it to be guessed.
const LANGUAGE_SHARE: f32 = 0.04;
/// The language is guessed from the first hits only: a document is in one language.
const LANGUAGE_HITS: usize = 4000;

impl Measures {
    /// Measures all blocks of a source that has been cut.
    pub(crate) fn measure(&mut self, source: &str, cut: &Cut, tokens: Option<&TokenTable>) {
        self.blocks.clear();
        self.words.clear();
        self.hits.clear();
        for block in 0..cut.blocks.len() {
            let measure = self.measure_block(source, cut, block, tokens);
            self.blocks.push(measure);
        }
        self.language = self.guess_language();
        self.count_sections();
    }

    /// The language guessed for the document.
    pub(crate) fn language(&self) -> Option<Language> {
        self.language
    }

    fn measure_block(&mut self, source: &str, cut: &Cut, block: usize, tokens: Option<&TokenTable>) -> Measure {
        let start = self.words.len();
        let text = cut.text(source, block);
        let mut measure = match cut.markup() {
            Markup::Markdown if cut.blocks[block].kind != BlockKind::Code => {
                super::markdown::count(text, &mut self.words)
            }
            #[cfg(feature = "html")]
            Markup::Html => super::dom::count(cut.page(), block, &mut self.words),
            _ => {
                let mut counter = Counter::new(&mut self.words);
                counter.read(text, false);
                counter.finish()
            }
        };
        measure.range = start..self.words.len();
        self.find_hits(&measure.range);
        measure.evidence = tokens.map_or(0.0, |tokens| tokens.evidence(&self.words[measure.range.clone()]));
        measure
    }

    fn find_hits(&mut self, range: &Range<usize>) {
        let lexicon = Lexicon::shared();
        let words = &self.words[range.clone()];
        for at in 0..words.len() {
            if let Some((count, entries)) = lexicon.longest(&words[at..]) {
                self.hits.push(Hit {
                    block: self.blocks.len() as u32,
                    first_word: at == 0,
                    words: count as u16,
                    entries,
                });
            }
        }
    }

    /// The language with the most stop words, if there are enough of them; a word that `n` languages share
    /// counts `1/n` for each.
    fn guess_language(&self) -> Option<Language> {
        let mut votes = [0.0f32; LEXICONS.len()];
        let hits = &self.hits[..self.hits.len().min(LANGUAGE_HITS)];
        for hit in hits {
            let stops = hit.entries.iter().filter(|entry| entry.sections >> STOP & 1 == 1);
            let share = 1.0 / stops.clone().count().max(1) as f32;
            for entry in stops {
                votes[entry.language.index()] += share;
            }
        }
        let blocks = hits.last().map_or(0, |hit| hit.block as usize + 1);
        let words: u32 = self.blocks[..blocks].iter().map(|block| block.words).sum();
        let (best, votes) = votes.into_iter().enumerate().max_by(|a, b| a.1.total_cmp(&b.1))?;
        (votes >= 2.0 && votes >= LANGUAGE_SHARE * words as f32).then(|| Language::from_index(best))
    }

    /// Counts the hits of the document's language; husk and action words of English too, since pages of all
    /// languages carry them; of an unknown language, those of all.
    fn count_sections(&mut self) {
        let english = Language::from_code("en");
        for hit in &self.hits {
            let measure = &mut self.blocks[hit.block as usize];
            let mut sections = 0u16;
            for entry in hit.entries {
                if self.language.is_none() || self.language == Some(entry.language) {
                    sections |= entry.sections;
                } else if english == Some(entry.language) {
                    sections |=
                        entry.sections & !(1 << STOP | 1 << crate::lexicon::FIRST | 1 << crate::lexicon::SECOND);
                }
            }
            while sections != 0 {
                let section = sections.trailing_zeros() as usize;
                measure.sections[section] = measure.sections[section].saturating_add(hit.words);
                sections &= sections - 1;
            }
            measure.starts_action |= hit.first_word && measure.sections[crate::lexicon::ACTION] > 0;
        }
    }
}

/// Counts the characters and words of a block, whose text may come in several pieces.
pub(crate) struct Counter<'w> {
    words: &'w mut Vec<Word>,
    start: usize,
    builder: WordBuilder,
    lexicon: &'static Lexicon,
    measure: Measure,
    mass: u64,
}

impl<'w> Counter<'w> {
    pub(crate) fn new(words: &'w mut Vec<Word>) -> Self {
        let start = words.len();
        let measure = Measure::default();
        Counter { words, start, builder: WordBuilder::new(), lexicon: Lexicon::shared(), measure, mass: 0 }
    }

    /// Reads a piece of text, which is the text of a link or not.
    pub(crate) fn read(&mut self, text: &str, linked: bool) {
        let mut rest = text;
        while let Some((before, address, after)) = split_at_address(rest) {
            self.read_chars(before, linked);
            self.read_address(address);
            rest = after;
        }
        self.read_chars(rest, linked);
    }

    /// Counts a link, whose text is read by [`Counter::read`].
    pub(crate) fn link(&mut self) {
        self.measure.links += 1;
    }

    /// Counts an image.
    pub(crate) fn image(&mut self) {
        self.measure.images += 1;
    }

    fn read_address(&mut self, address: &str) {
        let chars = address.chars().count() as u32;
        let measure = &mut self.measure;
        if address.contains('@') {
            measure.emails += 1
        } else {
            measure.urls += 1
        }
        measure.chars += chars;
        measure.linked += chars;
        self.mass += 100 * u64::from(chars.min(20));
        measure.first.get_or_insert(Class::Symbol);
        (measure.last, measure.closing, measure.last_char) = (Some(Class::Symbol), Some(Class::Symbol), 'u');
        self.words.extend(self.builder.end());
    }

    fn read_chars(&mut self, text: &str, linked: bool) {
        for c in text.chars() {
            self.read_char(c, linked);
        }
    }

    #[inline]
    fn read_char(&mut self, c: char, linked: bool) {
        let class = Class::of(c);
        let measure = &mut self.measure;
        let lexicon = self.lexicon;
        self.mass += u64::from(mass(c, class));
        match class {
            Class::Letter | Class::Upper => {
                measure.letters += 1;
                measure.upper += u32::from(class == Class::Upper);
                self.builder.add(c, class, |hash| lexicon.is_prefix(hash));
            }
            Class::Digit => {
                measure.digits += 1;
                self.builder.add(c, class, |_| false);
            }
            Class::Wide => {
                measure.letters += 1;
                measure.wide += 1;
                self.words.extend(self.builder.end());
                self.builder.add(c, class, |_| false);
                self.words.extend(self.builder.end());
            }
            Class::Mark | Class::Invisible => return,
            Class::Space => {
                self.words.extend(self.builder.end());
                return;
            }
            Class::SentenceEnd | Class::Comma | Class::Bar | Class::Quote | Class::Symbol => {
                self.words.extend(self.builder.end());
                count_mark(measure, c, class);
            }
        }
        measure.chars += 1;
        measure.linked += u32::from(linked);
        measure.first.get_or_insert(class);
        measure.last = Some(class);
        measure.last_char = c;
        if class != Class::Quote {
            measure.closing = Some(class);
        }
    }

    /// The measure of what was read.
    pub(crate) fn finish(mut self) -> Measure {
        self.words.extend(self.builder.end());
        let mut measure = self.measure;
        measure.mass = self.mass as f32 / 100.0;
        let words = &self.words[self.start..];
        measure.words = words.len() as u32;
        for word in words {
            let number = word.first == Some(WordStart::Digit);
            measure.hash = chain(measure.hash, if number { 1 } else { word.hash });
            measure.long_words += u32::from(word.len >= 7);
            match word.first {
                Some(WordStart::Capital) => measure.capitalised += 1,
                Some(WordStart::AllCaps) => measure.all_caps += 1,
                Some(WordStart::Digit) => measure.numbers += 1,
                _ => {}
            }
        }
        if words.is_empty() {
            measure.hash = step(measure.hash, measure.last_char);
        }
        measure
    }
}

fn count_mark(measure: &mut Measure, c: char, class: Class) {
    match class {
        Class::SentenceEnd => {
            measure.sentence_ends += 1;
            measure.questions += u32::from(matches!(c, '?' | '？' | '؟' | '\u{37e}'));
            measure.exclamations += u32::from(matches!(c, '!' | '！'));
        }
        Class::Comma => measure.commas += 1,
        Class::Bar => measure.bars += 1,
        Class::Quote => measure.quotes += 1,
        _ => {
            measure.symbols += 1;
            measure.colons += u32::from(matches!(c, ':' | '：'));
            measure.rights += u32::from(matches!(c, '©' | '®' | '™' | '℗'));
            measure.currency +=
                u32::from(matches!(c, '$' | '€' | '£' | '¥' | '￥' | '₹' | '₽' | '₩' | '₴' | '฿' | '₫' | '₺' | '₪'));
        }
    }
}

/// Cuts a text around its first URL or e-mail address.
fn split_at_address(text: &str) -> Option<(&str, &str, &str)> {
    let bytes = text.as_bytes();
    for at in memchr::memchr3_iter(b':', b'@', b'w', bytes) {
        let found = match bytes[at] {
            b':' if bytes[at..].starts_with(b"://") => Some(start_of(text, at)),
            b'@' if is_email(bytes, at) => Some(start_of(text, at)),
            b'w' if bytes[at..].starts_with(b"www.") && (at == 0 || !bytes[at - 1].is_ascii_alphanumeric()) => Some(at),
            _ => None,
        };
        if let Some(start) = found {
            let end = end_of(text, at);
            return Some((&text[..start], &text[start..end], &text[end..]));
        }
    }
    None
}

fn is_email(bytes: &[u8], at: usize) -> bool {
    let before = at > 0 && bytes[at - 1].is_ascii_alphanumeric();
    let host = &bytes[at + 1..];
    let name = host.iter().take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-')).count();
    before && name >= 4 && memchr::memchr(b'.', &host[1..name]).is_some()
}

/// The longest address looked for before its mark (bytes): keeps the search linear.
const LONGEST_START: usize = 64;

fn start_of(text: &str, at: usize) -> usize {
    let bytes = text.as_bytes();
    let lowest = at.saturating_sub(LONGEST_START);
    let mut start = at;
    while start > lowest
        && (bytes[start - 1].is_ascii_alphanumeric() || matches!(bytes[start - 1], b'.' | b'-' | b'_' | b'+'))
    {
        start -= 1;
    }
    start
}

/// Addresses are ASCII: they end at the first byte that is not, or that closes a sentence or a bracket.
fn end_of(text: &str, at: usize) -> usize {
    let rest = &text.as_bytes()[at..];
    let mut len = rest
        .iter()
        .take_while(|byte| byte.is_ascii_graphic() && !matches!(byte, b'<' | b'>' | b'"' | b')' | b']'))
        .count();
    while len > 1 && matches!(rest[len - 1], b'.' | b',' | b';' | b'!' | b'?' | b'\'') {
        len -= 1;
    }
    at + len
}

#[cfg(test)]
mod tests {
    use super::*;

    fn measure(source: &str) -> Measure {
        let mut cut = Cut::default();
        cut.cut(source, Markup::Text);
        let mut measures = Measures::default();
        measures.measure(source, &cut, None);
        measures.blocks.swap_remove(0)
    }

    #[test]
    fn addresses_are_found() {
        for (text, urls, emails) in [
            ("see https://example.org/a?b=c.", 1, 0),
            ("write to desk@example.org, please", 0, 1),
            ("www.example.org and http://example.com", 2, 0),
            ("ratio 3:4 @home awww.", 0, 0),
            ("@@ ://", 1, 0),
        ] {
            let measure = measure(text);
            assert_eq!((measure.urls, measure.emails), (urls, emails), "{text:?}");
        }
    }

    #[test]
    fn marks_are_counted_in_every_script() {
        let measure = measure("“Ja,” sagte er. ©2020 | 价格：￥30！");
        assert_eq!(
            (measure.commas, measure.sentence_ends, measure.rights, measure.bars, measure.currency),
            (1, 2, 1, 1, 1)
        );
        assert_eq!(measure.exclamations, 1);
    }

    #[test]
    fn a_languages_words_are_counted() {
        let source = "We are asking you to subscribe because the paper is in need of your help and of ours.";
        let measure = measure(source);
        assert!(measure.sections[STOP] >= 5, "{:?}", measure.sections);
        assert!(measure.sections[crate::lexicon::FIRST] >= 2);
    }

    #[test]
    fn lines_that_differ_in_numbers_only_have_one_hash() {
        assert_eq!(measure("Page 3 of 8").hash, measure("Page 4 of 19").hash);
        assert_ne!(measure("Page 3 of 8").hash, measure("Page 3").hash);
    }
}
