//! The formats: which extension means which container, markup and codec.
//! This module must not read anything.

use std::path::Path;

use super::decode;
use crate::block::Markup;

/// What holds sources.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Container {
    /// A plain file: one source.
    File,
    /// One JSON object a line, the source in a column.
    Jsonl,
    /// Rows in groups, the source in a column. Read by builds with the feature `parquet`.
    Parquet,
    /// WARC, and WET, which is WARC: pages as servers sent them, or texts made of them. Read with the feature `warc`.
    Warc,
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
    holds("xhtml", Container::File, Some(Markup::Html)),
    holds("jsonl", Container::Jsonl, None),
    holds("ndjson", Container::Jsonl, None),
    holds("parquet", Container::Parquet, None),
    holds("warc", Container::Warc, None),
    holds("wet", Container::Warc, None),
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
/// Tags of blocks that a fragment must have to pass for HTML: a text may speak of one or two.
const FRAGMENT_TAGS: usize = 3;
/// Bytes of a source that are looked at to tell its markup.
const LOOKED_AT: usize = 16 << 10;
/// Elements that a page is made of and begins with.
const FRAME: [&str; 3] = ["html", "head", "body"];
/// Elements that fragments of pages are made of.
const BLOCKS: [&str; 28] = [
    "address",
    "article",
    "aside",
    "blockquote",
    "dd",
    "div",
    "dl",
    "dt",
    "figure",
    "footer",
    "form",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "header",
    "li",
    "main",
    "nav",
    "ol",
    "p",
    "pre",
    "section",
    "table",
    "td",
    "tr",
    "ul",
];

/// The markup that a source seems to be written in.
///
/// HTML, when it starts with a doctype or a tag of the page's frame, behind comments, scripts and an XML declaration; or with any
/// tag, and holds some tags of blocks and no more Markdown than these. Markdown, when it holds at least three links,
/// headings or fences. Else text.
pub fn markup_of(source: &str) -> Markup {
    let start = &source[..floor_char_boundary(source, LOOKED_AT)];
    let marks = start.lines().map(markdown_marks).sum::<usize>();
    let body = behind_prolog(start);
    if starts_a_page(body) || is_fragment(body, marks) {
        Markup::Html
    } else if marks >= MARKDOWN_MARKS {
        Markup::Markdown
    } else {
        Markup::Text
    }
}

/// The markup that bytes of an unknown encoding seem to be written in.
pub fn markup_of_bytes(bytes: &[u8]) -> Markup {
    let start = decode(bytes[..bytes.len().min(LOOKED_AT)].to_vec()).text;
    // Of UTF-16 without a mark, zero bytes are all that hides its tags.
    markup_of(&start.replace('\0', ""))
}

/// What stands behind white space, comments, an XML declaration, and the scripts that servers put before pages.
fn behind_prolog(start: &str) -> &str {
    let mut rest = start;
    loop {
        rest = rest.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
        let end = match rest {
            comment if comment.starts_with("<!--") => "-->",
            declaration if declaration.starts_with("<?xml") => "?>",
            script if script.starts_with("<script") => "</script>",
            _ => return rest,
        };
        let Some((_, behind)) = rest.split_once(end) else { return "" };
        rest = behind;
    }
}

fn starts_a_page(body: &str) -> bool {
    const DOCTYPE: &str = "<!doctype html";
    body.get(..DOCTYPE.len()).is_some_and(|start| start.eq_ignore_ascii_case(DOCTYPE))
        || tag_name(body).is_some_and(|name| is_one_of(name, &FRAME))
}

/// Whether a source is a piece of a page, `marks` of Markdown in it notwithstanding.
fn is_fragment(body: &str, marks: usize) -> bool {
    if tag_name(body).is_none() {
        return false;
    }
    let at_tag = memchr::memchr_iter(b'<', body.as_bytes()).map(|at| &body[at..]);
    let (mut starts, mut ends) = (0, 0);
    for tag in at_tag {
        let is_block = |name| is_one_of(name, &BLOCKS);
        starts += usize::from(tag_name(tag).is_some_and(is_block));
        ends += usize::from(tag.strip_prefix("</").and_then(name_at).is_some_and(is_block));
    }
    ends > 0 && starts + ends >= FRAGMENT_TAGS && starts + ends > marks
}

/// The name of the start tag that a text starts with.
fn tag_name(text: &str) -> Option<&str> {
    name_at(text.strip_prefix('<')?)
}

/// The letters and digits up to the end of a tag's name.
fn name_at(text: &str) -> Option<&str> {
    let name = &text[..text.bytes().take_while(u8::is_ascii_alphanumeric).count()];
    let ends = text[name.len()..].starts_with(|c: char| c.is_ascii_whitespace() || c == '>' || c == '/');
    (ends && name.starts_with(|c: char| c.is_ascii_alphabetic())).then_some(name)
}

fn is_one_of(name: &str, names: &[&str]) -> bool {
    names.iter().any(|known| known.eq_ignore_ascii_case(name))
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
            ("a.warc.gz", (Some(Container::Warc), None), Some(Codec::Gzip)),
            ("a.warc.wet.zst", (Some(Container::Warc), None), Some(Codec::Zstd)),
            ("a.parquet", (Some(Container::Parquet), None), None),
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
            ("<!-- saved -->\n<?xml version=\"1.0\"?>\n<!-- a --><html xmlns=x>", Markup::Html),
            ("<?xml version=\"1.0\"?><!DOCTYPE html PUBLIC \"x\">", Markup::Html),
            ("\n<script>a('<b>')</script>\n<!DOCTYPE html>", Markup::Html),
            ("<div class=a><p>One</p> <p>two</p></div>", Markup::Html),
            ("<a id=top></a><p>One</p>\n<ul><li>two</ul>", Markup::Html),
            ("<?xml version=\"1.0\"?><rss><channel><item></item></channel></rss>", Markup::Text),
            ("<!-- not closed <html>", Markup::Text),
            ("<bodyguard> spoke", Markup::Text),
            ("<div> and <p> are tags, as <ul> is", Markup::Text),
            ("A page has <html>, <body>, <div>a</div>, <p>a</p>", Markup::Text),
            ("<p align=center>a</p>\n<p>b</p>\n\n# A\n[b](c), [d](e)\n## F\n[g](h) [i](j)\n", Markup::Markdown),
            ("a < b", Markup::Text),
            ("# A\n\n[b](c) and [d](e)", Markup::Markdown),
            ("# 1 in the charts\n#tag", Markup::Text),
            ("é", Markup::Text),
        ] {
            assert_eq!(markup_of(source), expected, "{source:?}");
        }
        assert_eq!(markup_of(&"é".repeat(LOOKED_AT)), Markup::Text);
    }

    #[test]
    fn markup_is_told_before_the_encoding_is_known() {
        let utf16: Vec<u8> = "<html>é".encode_utf16().flat_map(u16::to_le_bytes).collect();
        let long = [b"<html>".to_vec(), "é".repeat(LOOKED_AT).into_bytes()].concat();
        for (bytes, expected) in [
            (utf16.as_slice(), Markup::Html),
            (b"\xff\xfe<\0h\0t\0m\0l\0>\0", Markup::Html),
            (b"<html>\xcc\xe8\xf0", Markup::Html),
            (&long, Markup::Html),
            (b"\xcc\xe8\xf0", Markup::Text),
            (b"", Markup::Text),
        ] {
            assert_eq!(markup_of_bytes(bytes), expected, "{bytes:?}");
        }
    }
}
