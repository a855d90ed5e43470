//! The formats: which extension means which container, markup and codec.
//! This module must not read anything.

use std::path::Path;

use crate::block::Markup;

/// What holds sources.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Container {
    /// A plain file: one source.
    File,
    /// One JSON object a line, the source in a column.
    Jsonl,
}

/// How a container is compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Codec {
    /// `.gz`, several members allowed.
    Gzip,
    /// `.zst`, several frames allowed.
    Zstd,
}

impl Codec {
    /// The word for messages.
    pub fn name(self) -> &'static str {
        match self {
            Codec::Gzip => "gzip",
            Codec::Zstd => "zstd",
        }
    }

    /// The codec whose magic number the bytes start with.
    pub fn of_bytes(bytes: &[u8]) -> Option<Codec> {
        if bytes.starts_with(&[0x1f, 0x8b]) {
            Some(Codec::Gzip)
        } else if bytes.starts_with(&[0x28, 0xb5, 0x2f, 0xfd]) {
            Some(Codec::Zstd)
        } else {
            None
        }
    }
}

/// What an extension says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A container, and the markup of its sources where the extension tells.
    Holds(Container, Option<Markup>),
    /// A codec around what the extension before says.
    Packed(Codec),
}

/// A row of [`FORMATS`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Extension {
    /// Without the dot, in lower case.
    pub name: &'static str,
    /// What it says.
    pub kind: Kind,
}

const fn holds(name: &'static str, container: Container, markup: Option<Markup>) -> Extension {
    Extension { name, kind: Kind::Holds(container, markup) }
}

/// All extensions that are known. Directories are searched for those that hold sources.
pub const FORMATS: &[Extension] = &[
    holds("txt", Container::File, Some(Markup::Text)),
    holds("text", Container::File, Some(Markup::Text)),
    holds("md", Container::File, Some(Markup::Markdown)),
    holds("markdown", Container::File, Some(Markup::Markdown)),
    holds("html", Container::File, Some(Markup::Html)),
    holds("htm", Container::File, Some(Markup::Html)),
    holds("jsonl", Container::Jsonl, None),
    holds("ndjson", Container::Jsonl, None),
    Extension { name: "gz", kind: Kind::Packed(Codec::Gzip) },
    Extension { name: "zst", kind: Kind::Packed(Codec::Zstd) },
];

/// What the name of a file says of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Format {
    /// Its container, where the extension is known.
    pub container: Option<Container>,
    /// The markup of its sources, where the extension tells.
    pub markup: Option<Markup>,
    /// How it is compressed.
    pub codec: Option<Codec>,
}

/// What the extensions of a path say.
///
/// ```
/// use dehusk::io::{Codec, Container, format_of};
///
/// let format = format_of("shard-001.jsonl.zst".as_ref());
/// assert_eq!((format.container, format.codec), (Some(Container::Jsonl), Some(Codec::Zstd)));
/// ```
pub fn format_of(path: &Path) -> Format {
    match extension(path) {
        Some(Kind::Packed(codec)) => {
            let inner = format_of(&path.with_extension(""));
            Format { codec: Some(codec), ..inner }
        }
        Some(Kind::Holds(container, markup)) => Format { container: Some(container), markup, codec: None },
        None => Format::default(),
    }
}

fn extension(path: &Path) -> Option<Kind> {
    let name = path.extension()?.to_str()?.to_ascii_lowercase();
    FORMATS.iter().find(|row| row.name == name).map(|row| row.kind)
}

/// Links and headings a source must have to pass for Markdown.
const MARKDOWN_MARKS: usize = 3;
/// Bytes of a source that are looked at to tell its markup.
const LOOKED_AT: usize = 16 << 10;

/// The markup that a source seems to be written in: HTML when it starts with a doctype or a tag of the page's frame,
/// Markdown when it holds at least three links, headings or fences, else text.
pub fn markup_of(source: &str) -> Markup {
    let start = &source[..floor_char_boundary(source, LOOKED_AT)];
    if starts_like_html(start) {
        Markup::Html
    } else if start.lines().map(markdown_marks).sum::<usize>() >= MARKDOWN_MARKS {
        Markup::Markdown
    } else {
        Markup::Text
    }
}

fn starts_like_html(start: &str) -> bool {
    let start = start.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
    ["<!doctype html", "<html", "<head", "<body"]
        .iter()
        .any(|tag| start.get(..tag.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(tag)))
}

fn markdown_marks(line: &str) -> usize {
    let line = line.trim_start();
    let hashes = line.bytes().take_while(|&byte| byte == b'#').count();
    let heading = (1..=6).contains(&hashes) && line[hashes..].starts_with(' ');
    line.matches("](").count() + usize::from(heading || line.starts_with("```"))
}

/// The largest character boundary that is not after `at`.
fn floor_char_boundary(text: &str, at: usize) -> usize {
    (0..=at.min(text.len())).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn extensions_say_container_markup_and_codec() {
        let file = |markup| (Some(Container::File), Some(markup));
        for (path, (container, markup), codec) in [
            ("a.txt", file(Markup::Text), None),
            ("a.MD", file(Markup::Markdown), None),
            ("a.b.html.gz", file(Markup::Html), Some(Codec::Gzip)),
            ("a.jsonl.zst", (Some(Container::Jsonl), None), Some(Codec::Zstd)),
            ("a.gz", (None, None), Some(Codec::Gzip)),
            ("a.pdf", (None, None), None),
            ("a", (None, None), None),
        ] {
            assert_eq!(format_of(Path::new(path)), Format { container, markup, codec }, "{path}");
        }
    }

    #[test]
    fn markup_is_told_by_content() {
        for (source, expected) in [
            ("", Markup::Text),
            ("\u{feff}\n<!DOCTYPE html><p>a", Markup::Html),
            ("<HTML lang=en>", Markup::Html),
            ("a < b", Markup::Text),
            ("# A\n\n[b](c) and [d](e)", Markup::Markdown),
            ("# 1 in the charts\n#tag", Markup::Text),
            ("é", Markup::Text),
        ] {
            assert_eq!(markup_of(source), expected, "{source:?}");
        }
        assert_eq!(markup_of(&"é".repeat(LOOKED_AT)), Markup::Text);
    }
}
