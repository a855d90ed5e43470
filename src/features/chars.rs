//! Character classes: what a character is, in any script.
//! This module must not know words or blocks.

/// What kind a character is of. Every character has exactly one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Class {
    /// A letter that is not a capital, or of a script without capitals.
    Letter,
    /// A capital.
    Upper,
    /// A decimal digit of any script.
    Digit,
    /// Han, kana, Hangul, Thai, Lao, Khmer, Myanmar: each character is a word.
    Wide,
    /// Combining marks and joiners: they go on with a word but are not counted.
    Mark,
    /// White space.
    Space,
    /// `.`, `!`, `?` and their kin in every script.
    SentenceEnd,
    /// Commas and semicolons.
    Comma,
    /// Separators of menus: `|`, `·`, `»`, `›`, `/`, `•`, arrows.
    Bar,
    /// Quotation marks and closing brackets: a sentence may end before them.
    Quote,
    /// Any other punctuation or symbol.
    Symbol,
    /// Control and zero-width characters.
    Invisible,
}

const ASCII: [Class; 128] = ascii();

const fn ascii() -> [Class; 128] {
    let mut table = [Class::Symbol; 128];
    let mut byte = 0;
    while byte < 128 {
        table[byte] = match byte as u8 {
            b'a'..=b'z' => Class::Letter,
            b'A'..=b'Z' => Class::Upper,
            b'0'..=b'9' => Class::Digit,
            b' ' | b'\t' | b'\n' | b'\r' | 0x0b | 0x0c => Class::Space,
            b'.' | b'!' | b'?' => Class::SentenceEnd,
            b',' | b';' => Class::Comma,
            b'|' | b'/' | b'>' | b'<' | b'\\' | b'~' => Class::Bar,
            b'"' | b'\'' | b')' | b']' => Class::Quote,
            0..=0x1f | 0x7f => Class::Invisible,
            _ => Class::Symbol,
        };
        byte += 1;
    }
    table
}

/// What the scanner of ASCII does at a byte: bytes of words, white space, and the marks that are counted apart.
pub(crate) mod kind {
    pub(crate) const WORD: u8 = 0;
    pub(crate) const SPACE: u8 = 1;
    pub(crate) const STOP: u8 = 2;
    pub(crate) const QUESTION: u8 = 3;
    pub(crate) const EXCLAMATION: u8 = 4;
    pub(crate) const COMMA: u8 = 5;
    pub(crate) const BAR: u8 = 6;
    pub(crate) const QUOTE: u8 = 7;
    pub(crate) const SYMBOL: u8 = 8;
    pub(crate) const COLON: u8 = 9;
    pub(crate) const CURRENCY: u8 = 10;
    pub(crate) const INVISIBLE: u8 = 11;
    /// No ASCII.
    pub(crate) const OTHER: u8 = 12;
    /// How many there are, up to a power of two.
    pub(crate) const COUNT: usize = 16;
}

/// The kind of each byte.
pub(crate) const KINDS: [u8; 256] = kinds();

const fn kinds() -> [u8; 256] {
    let mut table = [kind::OTHER; 256];
    let mut byte = 0;
    while byte < 128 {
        table[byte] = match (ASCII[byte], byte as u8) {
            (Class::Letter | Class::Upper | Class::Digit | Class::Wide, _) => kind::WORD,
            (Class::Space, _) => kind::SPACE,
            (Class::SentenceEnd, b'?') => kind::QUESTION,
            (Class::SentenceEnd, b'!') => kind::EXCLAMATION,
            (Class::SentenceEnd, _) => kind::STOP,
            (Class::Comma, _) => kind::COMMA,
            (Class::Bar, _) => kind::BAR,
            (Class::Quote, _) => kind::QUOTE,
            (Class::Symbol, b':') => kind::COLON,
            (Class::Symbol, b'$') => kind::CURRENCY,
            (Class::Symbol, _) => kind::SYMBOL,
            (Class::Mark | Class::Invisible, _) => kind::INVISIBLE,
        };
        byte += 1;
    }
    table
}

/// The end of the scripts whose characters have a class in a table: Latin to kana.
const TABLE_END: usize = 0x3100;

/// Classes up to [`TABLE_END`], by place: asking for the properties of a character is slow.
#[cfg(dehusk_tables)]
static CLASSES: [Class; TABLE_END] = {
    use Class::*;
    include!(concat!(env!("OUT_DIR"), "/classes.rs"))
};

/// The build script makes the table.
#[cfg(not(dehusk_tables))]
const CLASSES: [Class; 0] = [];

/// Classes up to [`TABLE_END`].
#[cfg(not(dehusk_tables))]
pub(crate) fn classes() -> impl Iterator<Item = Class> {
    let class = |code: usize| char::from_u32(code as u32).map_or(Class::Symbol, beyond_ascii);
    (0..TABLE_END).map(move |code| ASCII.get(code).copied().unwrap_or_else(|| class(code)))
}

impl Class {
    /// The class of a character.
    #[inline]
    pub(crate) fn of(c: char) -> Class {
        match c {
            '\0'..='\x7f' => ASCII[c as usize],
            '\u{4e00}'..='\u{9fff}' | '\u{ac00}'..='\u{d7af}' => Class::Wide,
            _ => CLASSES.get(c as usize).copied().unwrap_or_else(|| beyond_ascii(c)),
        }
    }

    /// Whether the character belongs to a word.
    #[inline]
    pub(crate) fn is_word(self) -> bool {
        matches!(self, Class::Letter | Class::Upper | Class::Digit | Class::Wide)
    }
}

#[cold]
fn beyond_ascii(c: char) -> Class {
    match c {
        // The letters of common scripts first: asking for their properties is slow.
        '\u{df}'..='\u{f6}' | '\u{f8}'..='\u{ff}' | 'α'..='ω' | 'а'..='џ' | 'א'..='ת' | 'ؠ'..='ي' => {
            Class::Letter
        }
        '\u{c0}'..='\u{d6}' | '\u{d8}'..='\u{de}' | 'Ѐ'..='Я' => Class::Upper,
        '\u{0e00}'..='\u{0eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}' => south_east_asian(c),
        '\u{1100}'..='\u{11ff}'
        | '\u{3041}'..='\u{3096}'
        | '\u{30a1}'..='\u{30fa}'
        | '\u{30fc}'
        | '\u{3105}'..='\u{318e}'
        | '\u{3400}'..='\u{4dbf}'
        | '\u{4e00}'..='\u{9fff}'
        | '\u{ac00}'..='\u{d7af}'
        | '\u{f900}'..='\u{faff}'
        | '\u{ff66}'..='\u{ff9f}'
        | '\u{20000}'..='\u{3ffff}'
        | '々' => Class::Wide,
        // Ideographic full stop, full-width and half-width ends, Arabic, Devanagari, Greek (erotimatiko),
        // Armenian, Ethiopic, Myanmar, Khmer.
        '。' | '！' | '？' | '．' | '｡' | '…' | '؟' | '۔' | '।' | '॥' | '\u{37e}' | '։' | '՜' | '՞' | '።' | '፧'
        | '‼' | '⁇' => Class::SentenceEnd,
        '，' | '、' | '；' | '،' | '؛' | '՝' | '፣' | '፤' | '､' => Class::Comma,
        '·' | '•' | '»' | '›' | '‹' | '«' | '｜' | '│' | '¦' | '→' | '←' | '▸' | '▶' | '►' | '◄' | '▼' | '▲' | '■'
        | '□' | '●' | '○' | '◆' | '◇' | '★' | '☆' | '※' | '・' | '＞' | '＜' | '⇒' | '⟩' | '†' | '‣' | '▪' => {
            Class::Bar
        }
        '“' | '”' | '„' | '‘' | '’' | '‚' | '」' | '』' | '）' | '】' | '》' | '〉' | '〕' | '］' => {
            Class::Quote
        }
        '\u{300}'..='\u{36f}' | '\u{200c}' | '\u{200d}' | '\u{fe00}'..='\u{fe0f}' => Class::Mark,
        '\u{200b}'
        | '\u{200e}'
        | '\u{200f}'
        | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{2064}'
        | '\u{feff}'
        | '\u{ad}' => Class::Invisible,
        _ => by_property(c),
    }
}

/// Thai, Lao, Myanmar and Khmer: every letter and vowel sign is a word of its own.
fn south_east_asian(c: char) -> Class {
    match c {
        '\u{0e50}'..='\u{0e59}' | '\u{0ed0}'..='\u{0ed9}' | '\u{1040}'..='\u{1049}' | '\u{17e0}'..='\u{17e9}' => {
            Class::Digit
        }
        '\u{0e2f}' | '\u{0e3f}' | '\u{0e4f}' | '\u{0e5a}' | '\u{0e5b}' | '\u{17d8}'..='\u{17db}' => Class::Symbol,
        '\u{104a}' => Class::Comma,
        '\u{104b}' | '\u{17d4}' | '\u{17d5}' => Class::SentenceEnd,
        _ => Class::Wide,
    }
}

fn by_property(c: char) -> Class {
    if c.is_uppercase() {
        Class::Upper
    } else if c.is_alphabetic() {
        Class::Letter
    } else if c.is_numeric() {
        Class::Digit
    } else if c.is_whitespace() {
        Class::Space
    } else if c.is_control() {
        Class::Invisible
    } else if is_mark(c) {
        Class::Mark
    } else {
        Class::Symbol
    }
}

/// Marks of Hebrew, Arabic and the Indic scripts that `char::is_alphabetic` leaves out (viramas, tashkeel).
fn is_mark(c: char) -> bool {
    matches!(c, '\u{591}'..='\u{5c7}' | '\u{64b}'..='\u{65f}' | '\u{670}' | '\u{6d6}'..='\u{6ed}' | '\u{900}'..='\u{dff}')
}

/// The lower-case form of a letter, one character for one character.
#[inline]
pub(crate) fn lower(c: char, class: Class) -> char {
    if class != Class::Upper {
        return c;
    }
    match c {
        'A'..='Z' => (c as u8 | 0x20) as char,
        'А'..='Я' => char::from_u32(c as u32 + 0x20).unwrap_or(c),
        _ => c.to_lowercase().next().unwrap_or(c),
    }
}

/// How much a character says, in hundredths of a Latin letter: a Chinese news sentence needs about a third of
/// the characters of its English translation, a Japanese one half, a Korean one half.
#[inline]
pub(crate) fn mass(c: char, class: Class) -> u32 {
    match class {
        Class::Wide => match c {
            '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}' => 300,
            '\u{3041}'..='\u{30ff}' | '\u{ff66}'..='\u{ff9f}' => 200,
            '\u{ac00}'..='\u{d7af}' => 220,
            _ => 100,
        },
        Class::Letter | Class::Upper | Class::Digit => 100,
        Class::Mark | Class::Invisible => 0,
        Class::Space => 20,
        _ => 50,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_of_many_scripts_have_their_class() {
        for (chars, class) in [
            ("aéяאबعა", Class::Letter),
            ("AÉЯΩ", Class::Upper),
            ("7٣५๓", Class::Digit),
            ("中あアー한ไກខက", Class::Wide),
            (".!?。！？؟।።։…", Class::SentenceEnd),
            (",;，、،", Class::Comma),
            ("|»·•→", Class::Bar),
            (" \n\u{a0}\u{3000}", Class::Space),
            ("\u{0}\u{200b}\u{feff}", Class::Invisible),
            ("\u{94d}\u{301}", Class::Mark),
        ] {
            for c in chars.chars() {
                assert_eq!(Class::of(c), class, "{c:?}");
            }
        }
    }

    #[test]
    fn common_letters_have_the_class_of_their_properties() {
        for c in ('\u{80}'..'\u{700}').filter(|c| c.is_alphabetic() && Class::of(*c) != Class::Mark) {
            let expected = if c.is_uppercase() { Class::Upper } else { Class::Letter };
            assert_eq!(Class::of(c), expected, "{c:?}");
        }
    }

    #[test]
    fn tables_hold_the_classes_of_characters() {
        for c in ('\u{80}'..='\u{ffff}').step_by(3) {
            assert_eq!(Class::of(c), beyond_ascii(c), "{c:?}");
        }
        for byte in 0..=0x7fu8 {
            let word = Class::of(char::from(byte)).is_word();
            assert_eq!(KINDS[usize::from(byte)] == kind::WORD, word, "{byte:#x}");
        }
    }

    #[test]
    fn capitals_are_lowered_in_every_script() {
        for (upper, expected) in [('A', 'a'), ('É', 'é'), ('Я', 'я'), ('Ё', 'ё'), ('Σ', 'σ'), ('İ', 'i')] {
            assert_eq!(lower(upper, Class::Upper), expected);
        }
    }
}
