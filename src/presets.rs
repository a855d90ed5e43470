//! Presets: rules that others clean corpora with, to compare a model with.
//! This module must not know models.

use std::fmt;
use std::str::FromStr;

use crate::block::Markup;
use crate::cleaner::Kept;
use crate::features::words::words_of;
use crate::segment::Cut;

/// Rules that need no training. Each looks at one block, read as one line, and at nothing around it: what they see of a
/// page is a scrape of all its text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Preset {
    /// Keeps everything: what any cleaner must beat.
    KeepAll,
    /// The line rules of C4 (Raffel et al. 2020, section 2.2).
    C4,
    /// The line-wise corrections of RefinedWeb (Penedo et al. 2023, appendix G.2).
    RefinedWeb,
}

impl Preset {
    /// All presets.
    pub const ALL: [Preset; 3] = [Preset::KeepAll, Preset::C4, Preset::RefinedWeb];

    /// The word used on the command line and in reports.
    pub fn name(self) -> &'static str {
        match self {
            Preset::KeepAll => "keep-all",
            Preset::C4 => "c4",
            Preset::RefinedWeb => "refinedweb",
        }
    }

    /// Whether each block is kept.
    ///
    /// ```
    /// use dehusk::{Cut, Markup, presets::Preset};
    ///
    /// let source = "Home\n\nThe council voted on Monday.\n\n3 likes";
    /// let mut cut = Cut::default();
    /// cut.cut(source, Markup::Text);
    /// assert_eq!(Preset::C4.kept(source, &cut), [false, true, false]);
    /// ```
    pub fn kept(self, source: &str, cut: &Cut) -> Vec<bool> {
        let rule = match self {
            Preset::KeepAll => |_: &str| true,
            Preset::C4 => c4,
            Preset::RefinedWeb => refined_web,
        };
        (0..cut.blocks.len()).map(|block| rule(cut.text(source, block))).collect()
    }

    /// Cuts a source and keeps what the preset keeps: the content, and the words of it.
    pub fn clean(self, source: &str, markup: Markup) -> (String, Kept) {
        let mut cut = Cut::default();
        cut.cut(source, markup);
        let kept = self.kept(source, &cut);
        (join(source, &cut, &kept), count(source, &cut, &kept))
    }
}

impl fmt::Display for Preset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Preset {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        Preset::ALL.into_iter().find(|preset| preset.name() == word).ok_or_else(|| {
            let known: Vec<&str> = Preset::ALL.iter().map(|preset| preset.name()).collect();
            format!("{word:?} is no preset; one of: {}", known.join(" "))
        })
    }
}

/// The kept blocks of a source in order, with a blank line where blank lines stood between them: what
/// [`Worker::clean`](crate::Worker::clean) gives for the same choice. Of a page, one block a line.
pub fn join(source: &str, cut: &Cut, kept: &[bool]) -> String {
    let mut text = String::new();
    cut.join(source, kept, &mut text);
    text
}

/// The words of the kept blocks and of all.
pub fn count(source: &str, cut: &Cut, kept: &[bool]) -> Kept {
    let mut counts = Kept { words: 0, of_words: 0 };
    for (block, &kept) in kept.iter().enumerate() {
        let mut words = 0;
        words_of(cut.text(source, block), |_| words += 1);
        counts.of_words += words;
        counts.words += if kept { words } else { 0 };
    }
    counts
}

/// A line of C4 ends so.
const C4_ENDS: [char; 4] = ['.', '!', '?', '"'];
/// A line of C4 has at least this many words.
const C4_WORDS: usize = 5;
/// Strings that a line of C4 does not hold, in lower case.
const C4_REFUSED: [&str; 8] = [
    "javascript",
    "lorem ipsum",
    "terms of use",
    "privacy policy",
    "cookie policy",
    "uses cookies",
    "use of cookies",
    "use cookies",
];

/// C4's rules for lines: ends in a terminal mark but not in `...`, five words, no JavaScript warning, no policy
/// notice. Its rules for pages (three sentences, no `{`, no word of a bad list) drop whole documents and are left out.
fn c4(line: &str) -> bool {
    let line = line.trim();
    line.ends_with(C4_ENDS)
        && !line.ends_with("...")
        && line.split_whitespace().count() >= C4_WORDS
        && !C4_REFUSED.iter().any(|refused| line.to_lowercase().contains(refused))
}

/// Share of capitals above which RefinedWeb holds a line to be "mainly composed of uppercase characters".
const UPPER_SHARE: f32 = 0.5;
/// Lines of at most this many words are looked through for [`REFUSED_AT`].
const SHORT_WORDS: usize = 10;
/// What may be counted, as in "3 likes".
const COUNTED: [&str; 12] = [
    "likes",
    "shares",
    "comments",
    "retweets",
    "reposts",
    "quotes",
    "bookmarks",
    "upvotes",
    "downvotes",
    "downloads",
    "views",
    "followers",
];

/// RefinedWeb's rules for lines: not mainly capitals, not only digits, no counter, more than one word, and no short
/// line with a pattern such as "sign-in". Where the original cuts the pattern out of the line, this drops the line: a
/// block is kept whole or not at all. Its limit on the share of a page's corrected words is left out.
fn refined_web(line: &str) -> bool {
    let line = line.trim();
    line.split_whitespace().count() > 1
        && !is_mainly_upper(line)
        && !is_numeric(line)
        && !is_counter(line)
        && !is_short_pattern(line)
}

fn is_mainly_upper(line: &str) -> bool {
    let upper = line.chars().filter(|c| c.is_uppercase()).count();
    upper as f32 > UPPER_SHARE * line.chars().count() as f32
}

fn is_numeric(line: &str) -> bool {
    line.chars().all(|c| c.is_numeric() || c.is_whitespace() || c.is_ascii_punctuation())
}

/// A number, perhaps shortened (`1.2k`), and what it counts.
fn is_counter(line: &str) -> bool {
    let line = line.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase();
    let Some((number, counted)) = line.split_once(char::is_whitespace) else { return false };
    let digits = number.trim_end_matches(['k', 'm', 'b']);
    digits.starts_with(|c: char| c.is_ascii_digit())
        && digits.chars().all(|c| c.is_ascii_digit() || matches!(c, ',' | '.'))
        && COUNTED.contains(&counted.trim())
}

/// The examples that the paper gives: at the start, at the end, anywhere.
fn is_short_pattern(line: &str) -> bool {
    if line.split_whitespace().count() > SHORT_WORDS {
        return false;
    }
    let line = line.to_lowercase();
    let end = line.trim_end_matches(['.', '…', ' ']);
    line.starts_with("sign-in")
        || line.starts_with("sign in")
        || end.ends_with("read more")
        || line.contains("items in cart")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn c4_keeps_sentences() {
        for (line, expected) in [
            ("The council voted on Monday.", true),
            ("She said: \"We voted on Monday\"", true),
            ("The council voted on Monday", false),
            ("The council voted on...", false),
            ("They voted today.", false),
            ("This site uses cookies to improve your visit.", false),
            ("Please enable JavaScript to see this page.", false),
            ("议会星期一决定修建一条新的电车线路。", false),
        ] {
            assert_eq!(c4(line), expected, "{line:?}");
        }
    }

    #[test]
    fn refined_web_drops_what_is_no_line_of_text() {
        for (line, expected) in [
            ("The council voted on Monday.", true),
            ("BREAKING NEWS FROM THE HARBOUR", false),
            ("12 / 11 / 2020", false),
            ("1,204 likes", false),
            ("• 1.2k shares", false),
            ("3 councillors", true),
            ("Home", false),
            ("Sign in to comment", false),
            ("Trams return in May. Read more...", false),
            ("0 items in cart", false),
        ] {
            assert_eq!(refined_web(line), expected, "{line:?}");
        }
    }

    #[test]
    fn blank_lines_between_kept_blocks_stay() {
        let source = "Home\n\nThe council voted on Monday.\nIt was a close vote again.\n\nShare";
        let (content, kept) = Preset::C4.clean(source, Markup::Text);
        assert_eq!(content, "The council voted on Monday.\nIt was a close vote again.");
        assert_eq!((kept.words, kept.of_words), (11, 13));
        assert_eq!(Preset::KeepAll.clean(source, Markup::Text).0, source);
    }

    #[cfg(feature = "html")]
    #[test]
    fn a_page_is_read_block_by_block() {
        let page = "<nav>Home</nav><p class=\"a.\">The council &amp; the mayor\n voted <b>on Monday.</b><p>Share";
        let (content, kept) = Preset::C4.clean(page, Markup::Html);
        assert_eq!(content, "The council & the mayor voted on Monday.");
        assert_eq!((kept.words, kept.of_words), (7, 9));
        assert_eq!(Preset::KeepAll.clean(page, Markup::Html).0, format!("Home\n{content}\nShare"));
    }

    #[test]
    fn presets_are_known_by_name() {
        for preset in Preset::ALL {
            assert_eq!(preset.name().parse(), Ok(preset));
        }
        assert!("gopher".parse::<Preset>().unwrap_err().contains("refinedweb"));
    }
}
