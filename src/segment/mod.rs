//! Cutting a source into blocks: one way for each markup.
//! This module must not know what is measured on a block.

#[cfg(feature = "html")]
pub mod html;
mod markdown;
mod text;

use std::borrow::Cow;
use std::hash::{DefaultHasher, Hash, Hasher};

use crate::block::{Block, Markup};

/// A source that has been cut into blocks; its buffers are reused from source to source.
#[derive(Debug, Default)]
pub struct Cut {
    /// The blocks in order. Spans are in bytes of the source, sorted, not empty, and lie on character boundaries.
    pub blocks: Vec<Block>,
    markup: Markup,
    #[cfg(feature = "html")]
    reader: html::PageReader,
}

impl Cut {
    /// Cuts a source. Without the feature `html`, pages are read as text.
    pub fn cut(&mut self, source: &str, markup: Markup) {
        self.blocks.clear();
        self.markup = markup;
        match markup {
            Markup::Markdown => markdown::segment(source, &mut self.blocks),
            #[cfg(feature = "html")]
            Markup::Html => html::segment(self.reader.read(source), &mut self.blocks),
            _ => text::segment(source, &mut self.blocks),
        }
    }

    /// How the source is written.
    pub fn markup(&self) -> Markup {
        self.markup
    }

    /// The text of a block. In a page, entities are decoded and white space is collapsed.
    pub fn text<'t>(&'t self, source: &'t str, block: usize) -> &'t str {
        #[cfg(feature = "html")]
        if let Some(page) = self.page() {
            return page.blocks.get(block).map_or("", |block| page.block_text(block));
        }
        self.blocks.get(block).and_then(|block| source.get(block.span.clone())).unwrap_or_default()
    }

    /// The text of a block, free of the cut where it stands in the source as it is.
    pub fn shared_text<'s>(&self, source: &'s str, block: usize) -> Cow<'s, str> {
        match self.markup {
            Markup::Html => Cow::Owned(self.text(source, block).to_owned()),
            _ => Cow::Borrowed(&source[self.blocks[block].span.clone()]),
        }
    }

    /// Appends the texts of the kept blocks in order, with a blank line where blank lines stood between them. Of a
    /// page, one block a line.
    pub fn join(&self, source: &str, kept: &[bool], text: &mut String) {
        let mut blank = false;
        for (index, (block, &kept)) in self.blocks.iter().zip(kept).enumerate() {
            blank |= block.blank_before > 0;
            if kept {
                if !text.is_empty() {
                    text.push_str(if blank { "\n\n" } else { "\n" });
                }
                text.push_str(self.text(source, index));
                blank = false;
            }
        }
    }

    /// A hash of the text of a page's block, by which copies are known: pages hold texts twice, in hidden layouts and
    /// forms. `None` for short ones, and in other markups, where what is repeated was meant to be.
    pub(crate) fn copy_key(&self, source: &str, block: usize) -> Option<u64> {
        let text = if self.markup == Markup::Html { self.text(source, block) } else { "" };
        (text.len() >= COPY_BYTES).then(|| {
            let mut hasher = DefaultHasher::new();
            text.hash(&mut hasher);
            hasher.finish()
        })
    }

    /// The page, when the source is HTML.
    #[cfg(feature = "html")]
    pub fn page(&self) -> Option<&html::Page> {
        (self.markup == Markup::Html).then(|| self.reader.page())
    }
}

/// Texts shorter than this many bytes stand twice by chance.
const COPY_BYTES: usize = 30;

/// Cuts `source` into blocks.
///
/// ```
/// use dehusk::{Markup, segment};
///
/// let blocks = segment("News | Sport\n\nThe council voted\non Monday.", Markup::Text);
/// assert_eq!(blocks[0].span, 0..12);
/// assert_eq!(blocks[1].blank_before, 1);
/// ```
pub fn segment(source: &str, markup: Markup) -> Vec<Block> {
    let mut cut = Cut::default();
    cut.cut(source, markup);
    cut.blocks
}

/// A line of a source without its line end and surrounding white space.
#[derive(Clone, Copy, Debug)]
struct Line<'s> {
    /// Byte offset of `text` in the source.
    start: usize,
    text: &'s str,
    /// White space characters before `text`; a tab counts four.
    indent: usize,
}

impl Line<'_> {
    fn is_blank(&self) -> bool {
        self.text.is_empty()
    }

    fn end(&self) -> usize {
        self.start + self.text.len()
    }
}

/// White space and the invisible characters that scrapes are full of.
fn is_blank_char(c: char) -> bool {
    c.is_whitespace()
        || c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}' | '\u{feff}' | '\u{ad}')
}

/// Cuts at `\n`, `\r\n` and a lone `\r`. A form feed is white space.
fn lines(source: &str) -> impl Iterator<Item = Line<'_>> {
    let bytes = source.as_bytes();
    let mut ends = memchr::memchr2_iter(b'\n', b'\r', bytes);
    let mut at = 0;
    let mut done = false;
    std::iter::from_fn(move || {
        if done {
            return None;
        }
        let start = at;
        let end = loop {
            match ends.next() {
                // The line feed of a `\r\n` whose line has been given already.
                Some(end) if end + 1 == start && end > 0 && bytes[end - 1] == b'\r' => continue,
                Some(end) => break end,
                None => {
                    done = true;
                    break bytes.len();
                }
            }
        };
        at = if bytes[end..].starts_with(b"\r\n") { end + 2 } else { end + 1 };
        Some(trimmed(source, start, end))
    })
}

fn trimmed(source: &str, start: usize, end: usize) -> Line<'_> {
    let raw = &source[start..end];
    let text = raw.trim_start_matches(is_blank_char);
    let margin = &raw[..raw.len() - text.len()];
    let indent = margin.chars().map(|c| if c == '\t' { 4 } else { 1 }).sum();
    Line { start: start + margin.len(), text: text.trim_end_matches(is_blank_char), indent }
}

/// Whether a line starts like an item of a list, and how many bytes its bullet or number takes.
fn bullet_len(text: &str) -> Option<usize> {
    let mut chars = text.char_indices();
    let (_, first) = chars.next()?;
    if matches!(first, '-' | '*' | '+' | '•' | '·' | '◦' | '▪' | '‣' | '●' | '○' | '■' | '»' | '›' | '–')
    {
        let (at, second) = chars.next()?;
        return second.is_whitespace().then_some(at);
    }
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    if (1..=3).contains(&digits) {
        let rest = &text.as_bytes()[digits..];
        if rest.len() > 1 && matches!(rest[0], b'.' | b')') && rest[1] == b' ' {
            return Some(digits + 1);
        }
    }
    None
}

/// Whether a line holds symbols only: a rule, a separator, a row of bullets.
fn is_rule(text: &str) -> bool {
    text.len() >= 3 && !text.chars().any(char::is_alphanumeric)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(source: &str) -> Vec<&str> {
        lines(source).map(|line| line.text).collect()
    }

    #[test]
    fn lines_end_at_every_kind_of_line_end() {
        for (source, expected) in [
            ("", vec![""]),
            ("a", vec!["a"]),
            ("a\n", vec!["a", ""]),
            ("a\r\nb", vec!["a", "b"]),
            ("a\rb\r\r\nc", vec!["a", "b", "", "c"]),
            ("\n\n", vec!["", "", ""]),
            ("\r\n\r\n", vec!["", "", ""]),
            ("\u{feff}a \u{a0}\n\u{200b}\n\u{c}b", vec!["a", "", "b"]),
        ] {
            assert_eq!(texts(source), expected, "{source:?}");
        }
    }

    #[test]
    fn bullets_and_numbers_start_items() {
        for (text, expected) in [
            ("- a", Some(1)),
            ("• a", Some(3)),
            ("12. a", Some(3)),
            ("3) a", Some(2)),
            ("1984 was", None),
            ("-a", None),
            ("2.5 percent", None),
            ("", None),
        ] {
            assert_eq!(bullet_len(text), expected, "{text:?}");
        }
    }
}
