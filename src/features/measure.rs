//! The measures of a block: what is counted in one pass over its characters and a few over its words.
//! This module must not know features or other blocks.

use std::ops::Range;

use super::chars::{Class, KINDS, kind, mass};
use super::log;
use super::topics::Topics;
use super::words::{AsciiWord, Word, WordBuilder, WordStart, ascii_word, chain, step, wide_word, words_of};
use crate::block::{BlockKind, Markup, Reason};
use crate::lexicon::{ACTION, LANGUAGES, Language, Lexicon, PhraseId, REASONS, SECTIONS};
use crate::segment::Cut;
use crate::tokens::TokenTable;

/// Counts of one block. "Mass" is length in units of a Latin letter, comparable between scripts.
#[derive(Clone, Debug, Default)]
pub(crate) struct Measure {
    pub chars: u32,
    pub mass: f32,
    /// `ln(1 + mass)`.
    pub log_mass: f32,
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
    /// It points to another text (`Read more: …`): a related phrase, a mark, and what stands there.
    pub is_pointer: bool,
    pub first: Option<Class>,
    pub last: Option<Class>,
    pub last_char: char,
    /// The last character that is no quotation mark or bracket.
    pub closing: Option<Class>,
    /// Hash of the words, a number being one whatever its digits: equal for lines that differ in numbers only.
    pub hash: u64,
    /// Mean evidence of the learned tokens, log-odds.
    pub evidence: f32,
    /// Words of the block in the document's list of words, where that is kept.
    pub range: Range<usize>,
    /// Topical words, and those of them that stand in a block before.
    pub topics: u32,
    pub echoed: u32,
}

/// The measures of a document, and the buffers they were made with.
#[derive(Default)]
pub(crate) struct Measures {
    pub blocks: Vec<Measure>,
    /// Words: of the whole document, or of its last block where [`Words::Dropped`] was asked for.
    pub words: Vec<Word>,
    pub(super) topics: Topics,
    /// Words of a block that may start a phrase.
    starts: Vec<u32>,
    /// Hits in the blocks that wait for the language to be guessed.
    hits: Vec<Hit>,
    language: Option<Language>,
}

/// Whether words are needed when all blocks have been measured. Those of a text take five times its length.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Words {
    Kept,
    #[default]
    Dropped,
}

/// A phrase of a lexicon found in a block.
#[derive(Clone, Copy)]
struct Hit {
    block: u32,
    phrase: PhraseId,
    words: u16,
    first_word: bool,
    /// A mark ends the phrase, and the block goes on.
    points: bool,
}

/// Share of a text's words that must be stop words of a language for it to be guessed.
const LANGUAGE_SHARE: f32 = 0.04;
/// The language is guessed from the first hits only: a document is in one language.
const LANGUAGE_HITS: usize = 4000;
/// Words up to which topics are looked for: their table stays bounded.
const TOPIC_WORDS: usize = 1 << 18;

/// The section of related phrases, and characters up to which one ends.
const RELATED: usize = REASONS + Reason::Related as usize;
const LONGEST_POINTER: usize = 60;

/// `1 / n` for each number of languages.
const SHARES: [f32; LANGUAGES.len() + 1] = {
    let mut shares = [1.0; LANGUAGES.len() + 1];
    let mut count = 1;
    while count < shares.len() {
        shares[count] = 1.0 / count as f32;
        count += 1;
    }
    shares
};

impl Measures {
    /// Measures all blocks of a source that has been cut, and keeps their words.
    #[cfg(feature = "train")]
    pub(crate) fn measure(&mut self, source: &str, cut: &Cut, tokens: Option<&TokenTable>) {
        self.measure_with(source, cut, tokens, Words::Kept);
    }

    /// Measures all blocks of a source that has been cut.
    pub(crate) fn measure_with(&mut self, source: &str, cut: &Cut, tokens: Option<&TokenTable>, words: Words) {
        self.blocks.clear();
        self.words.clear();
        self.hits.clear();
        self.language = None;
        self.topics.start(source.len());
        let (mut total, mut guessed) = (0, false);
        for block in 0..cut.blocks.len() {
            if words == Words::Dropped {
                self.words.clear();
            }
            let mut measure = self.count(source, cut, block);
            total += self.words.len() - measure.range.start;
            self.weigh(&mut measure, tokens);
            if total <= TOPIC_WORDS {
                self.topics.read(block, &self.words[measure.range.clone()], &mut measure);
            }
            self.find_hits(cut.text(source, block), &measure);
            self.blocks.push(measure);
            if !guessed && self.hits.len() >= LANGUAGE_HITS {
                self.language = self.guess_language();
                guessed = true;
            }
            if guessed {
                self.count_sections();
            }
        }
        if !guessed {
            self.language = self.guess_language();
            self.count_sections();
        }
    }

    /// The language guessed for the document.
    pub(crate) fn language(&self) -> Option<Language> {
        self.language
    }

    /// Counts the characters of a block and cuts it into words.
    fn count(&mut self, source: &str, cut: &Cut, block: usize) -> Measure {
        let start = self.words.len();
        let mut measure = match cut.markup() {
            Markup::Markdown if cut.blocks[block].kind != BlockKind::Code => {
                super::markdown::count(cut.text(source, block), &mut self.words)
            }
            #[cfg(feature = "html")]
            Markup::Html => super::dom::count(cut.page(), block, &mut self.words),
            _ => {
                let mut counter = Counter::new(&mut self.words);
                counter.read(cut.text(source, block), false);
                counter.finish()
            }
        };
        measure.range = start..self.words.len();
        measure
    }

    /// What the words of a block tell.
    fn weigh(&self, measure: &mut Measure, tokens: Option<&TokenTable>) {
        let words = &self.words[measure.range.clone()];
        measure.log_mass = log(measure.mass);
        measure.words = words.len() as u32;
        for word in words {
            let number = word.first == Some(WordStart::Digit);
            measure.hash = chain(measure.hash, if number { 1 } else { word.hash });
            measure.long_words += u32::from(word.len >= 7);
            measure.numbers += u32::from(number);
            measure.capitalised += u32::from(word.first == Some(WordStart::Capital));
            measure.all_caps += u32::from(word.first == Some(WordStart::AllCaps));
        }
        if words.is_empty() {
            measure.hash = step(measure.hash, measure.last_char);
        }
        measure.evidence = tokens.map_or(0.0, |tokens| tokens.evidence(words));
    }

    fn find_hits(&mut self, text: &str, measure: &Measure) {
        let lexicon = Lexicon::shared();
        let words = &self.words[measure.range.clone()];
        let block = self.blocks.len() as u32;
        // Every second word may start a phrase: it is put down without a branch, which would be guessed wrong as often.
        self.starts.resize(words.len(), 0);
        let mut count = 0;
        for (at, word) in words.iter().enumerate() {
            self.starts[count] = at as u32;
            count += usize::from(lexicon.may_start(word));
        }
        for &at in &self.starts[..count] {
            if let Some((count, phrase)) = lexicon.longest(&words[at as usize..]) {
                let first_word = at == 0;
                let points = first_word && may_point(lexicon, phrase) && points(text, count);
                self.hits.push(Hit { block, phrase, words: count as u16, first_word, points });
            }
        }
    }

    /// The language with the most stop words, if there are enough of them; a word that `n` languages share
    /// counts `1/n` for each.
    fn guess_language(&self) -> Option<Language> {
        let lexicon = Lexicon::shared();
        let mut votes = [0.0f32; LANGUAGES.len()];
        let hits = &self.hits[..self.hits.len().min(LANGUAGE_HITS)];
        for hit in hits {
            let stops = lexicon.stops(hit.phrase);
            let share = SHARES[stops.len().min(LANGUAGES.len())];
            for entry in stops {
                votes[entry.language.index()] += share;
            }
        }
        let blocks = hits.last().map_or(0, |hit| hit.block as usize + 1);
        let words: u32 = self.blocks[..blocks].iter().map(|block| block.words).sum();
        let (best, votes) = votes.into_iter().enumerate().max_by(|a, b| a.1.total_cmp(&b.1))?;
        (votes >= 2.0 && votes >= LANGUAGE_SHARE * words as f32).then(|| Language::from_index(best))
    }

    /// Counts the hits that wait, now that the language is known, and forgets them.
    fn count_sections(&mut self) {
        let view = Lexicon::shared().view(self.language);
        for hit in self.hits.drain(..) {
            let measure = &mut self.blocks[hit.block as usize];
            let mut sections = view[hit.phrase as usize];
            measure.is_pointer |= hit.points && sections >> RELATED & 1 == 1;
            while sections != 0 {
                let section = sections.trailing_zeros() as usize;
                measure.sections[section] = measure.sections[section].saturating_add(hit.words);
                sections &= sections - 1;
            }
            measure.starts_action |= hit.first_word && measure.sections[ACTION] > 0;
        }
    }
}

/// Whether some language has a phrase as a related one.
fn may_point(lexicon: &Lexicon, phrase: PhraseId) -> bool {
    lexicon.entries(phrase).iter().any(|entry| entry.sections >> RELATED & 1 == 1)
}

/// Whether a mark stands right behind so many words of a text, and more behind that.
fn points(text: &str, words: usize) -> bool {
    let text = text.trim_start_matches(|c: char| !c.is_alphanumeric());
    let mut chars = text.char_indices().take(LONGEST_POINTER);
    let Some((end, _)) =
        chars.find(|(_, c)| matches!(c, ':' | '：' | '»' | '›' | '>' | '→' | '▶' | '►' | '|' | '–' | '—' | '\n'))
    else {
        return false;
    };
    let (phrase, rest) = text.split_at(end);
    let mut count = 0;
    words_of(phrase, |_| count += 1);
    count == words && rest.contains(char::is_alphanumeric)
}

/// Counts the characters and words of a block, whose text may come in several pieces.
pub(crate) struct Counter<'w> {
    words: &'w mut Vec<Word>,
    builder: WordBuilder,
    lexicon: &'static Lexicon,
    measure: Measure,
    /// Bytes of each kind of ASCII marks and spaces, see [`kind`]; what else there is, is counted at once.
    marks: [u32; kind::COUNT],
    /// Hundredths.
    mass: u64,
}

impl<'w> Counter<'w> {
    pub(crate) fn new(words: &'w mut Vec<Word>) -> Self {
        let builder = WordBuilder::new();
        let measure = Measure::default();
        Counter { words, builder, lexicon: Lexicon::shared(), measure, marks: [0; kind::COUNT], mass: 0 }
    }

    /// Reads a piece of text, which is the text of a link or not.
    pub(crate) fn read(&mut self, text: &str, linked: bool) {
        let mut rest = text;
        while let Some((before, address, after)) = split_at_address(rest) {
            self.read_piece(before, linked);
            self.read_address(address);
            rest = after;
        }
        self.read_piece(rest, linked);
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
        self.builder.end(self.words);
    }

    fn read_piece(&mut self, text: &str, linked: bool) {
        let before = if linked { self.chars() } else { 0 };
        self.read_chars(text);
        if linked {
            self.measure.linked += self.chars() - before;
        }
        self.see_ends(text);
    }

    /// Characters so far, those of ASCII included.
    fn chars(&self) -> u32 {
        self.measure.chars + self.marks[kind::STOP as usize..=kind::CURRENCY as usize].iter().sum::<u32>()
    }

    /// How a piece starts and ends.
    fn see_ends(&mut self, text: &str) {
        let seen = |&(_, class): &(char, Class)| !matches!(class, Class::Mark | Class::Invisible | Class::Space);
        let classed = |c: char| (c, Class::of(c));
        let measure = &mut self.measure;
        if measure.first.is_none() {
            measure.first = text.chars().map(classed).find(seen).map(|(_, class)| class);
        }
        let mut ends = text.chars().rev().map(classed).filter(seen);
        if let Some((c, class)) = ends.next() {
            (measure.last, measure.last_char) = (Some(class), c);
            let closing = if class == Class::Quote {
                ends.map(|(_, class)| class).find(|&class| class != Class::Quote)
            } else {
                Some(class)
            };
            measure.closing = closing.or(measure.closing);
        }
    }

    fn read_chars(&mut self, text: &str) {
        let bytes = text.as_bytes();
        let mut at = 0;
        while at < bytes.len() {
            match KINDS[bytes[at] as usize] {
                kind::WORD => {
                    let whole = if self.builder.is_open() { None } else { ascii_word(&bytes[at..], self.lexicon) };
                    at += match whole {
                        Some(word) => self.take(&word),
                        None => self.read_run(&text[at..]),
                    };
                }
                kind::OTHER => at += self.read_run(&text[at..]),
                kind => {
                    self.marks[kind as usize % kind::COUNT] += 1;
                    at += 1;
                    if kind != kind::INVISIBLE {
                        self.builder.end(self.words);
                    }
                }
            }
        }
    }

    #[inline]
    fn take(&mut self, found: &AsciiWord) -> usize {
        let len = found.len as u32;
        let measure = &mut self.measure;
        measure.chars += len;
        measure.letters += len - found.digits;
        measure.digits += found.digits;
        measure.upper += found.capitals;
        if found.ends {
            self.words.push(found.word);
        } else {
            self.builder.go_on(found, self.lexicon);
        }
        found.len
    }

    /// Reads a run of characters that are not ASCII, or of words: character by character.
    fn read_run(&mut self, text: &str) -> usize {
        for (at, c) in text.char_indices() {
            if c.is_ascii() && KINDS[c as usize] != kind::WORD {
                return at;
            }
            self.read_char(c);
        }
        text.len()
    }

    /// Reads a character of a word, or one that is not ASCII.
    #[inline]
    fn read_char(&mut self, c: char) {
        let class = Class::of(c);
        let measure = &mut self.measure;
        match class {
            Class::Letter | Class::Upper => {
                measure.letters += 1;
                measure.upper += u32::from(class == Class::Upper);
                self.builder.add(c, class, self.lexicon);
            }
            Class::Digit => {
                measure.digits += 1;
                self.builder.add(c, class, self.lexicon);
            }
            Class::Wide => {
                self.mass += u64::from(mass(c, class));
                measure.letters += 1;
                measure.wide += 1;
                self.builder.end(self.words);
                self.words.push(wide_word(c));
            }
            Class::Mark | Class::Invisible => return,
            Class::Space => {
                self.marks[kind::SPACE as usize] += 1;
                self.builder.end(self.words);
                return;
            }
            Class::SentenceEnd | Class::Comma | Class::Bar | Class::Quote | Class::Symbol => {
                self.mass += u64::from(mass(c, class));
                self.builder.end(self.words);
                count_mark(measure, c, class);
            }
        }
        measure.chars += 1;
    }

    /// The measure of the characters that were read.
    pub(crate) fn finish(mut self) -> Measure {
        self.builder.end(self.words);
        let mut measure = self.measure;
        let marks = |kind: u8| self.marks[kind as usize];
        let counted: u32 = (kind::STOP..=kind::CURRENCY).map(marks).sum();
        // Letters of wide scripts and marks that are not ASCII have been added as they came.
        let letters = u64::from(measure.letters - measure.wide + measure.digits);
        let mass = self.mass + 100 * letters + 50 * u64::from(counted) + 20 * u64::from(marks(kind::SPACE));
        measure.chars += counted;
        measure.mass = mass as f32 / 100.0;
        measure.sentence_ends += marks(kind::STOP) + marks(kind::QUESTION) + marks(kind::EXCLAMATION);
        measure.questions += marks(kind::QUESTION);
        measure.exclamations += marks(kind::EXCLAMATION);
        measure.commas += marks(kind::COMMA);
        measure.bars += marks(kind::BAR);
        measure.quotes += marks(kind::QUOTE);
        measure.symbols += marks(kind::SYMBOL) + marks(kind::COLON) + marks(kind::CURRENCY);
        measure.colons += marks(kind::COLON);
        measure.currency += marks(kind::CURRENCY);
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
        measures.measure_with(source, &cut, None, Words::Dropped);
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
        assert!(measure.sections[crate::lexicon::STOP] >= 5, "{:?}", measure.sections);
        assert!(measure.sections[crate::lexicon::FIRST] >= 2);
    }

    #[test]
    fn lines_that_differ_in_numbers_only_have_one_hash() {
        assert_eq!(measure("Page 3 of 8").hash, measure("Page 4 of 19").hash);
        assert_ne!(measure("Page 3 of 8").hash, measure("Page 3").hash);
    }

    #[test]
    fn pointers_are_a_related_phrase_a_mark_and_more() {
        for (text, is_pointer) in [
            ("Read more: The tram is back", true),
            ("» Lesen Sie auch: Die Tram fährt wieder", true),
            ("À lire aussi » Le tram est de retour", true),
            ("**See also** | [Trams](/trams)", true),
            ("相关阅读：电车恢复运行", true),
            ("Read more:", false),
            ("Read more about the tram", false),
            ("Read more of what we wrote: the tram is back", false),
            ("The tram: read more", false),
        ] {
            assert_eq!(measure(text).is_pointer, is_pointer, "{text}");
        }
    }
}
