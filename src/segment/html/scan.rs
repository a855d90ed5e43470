//! Source to sink: finds tags and text as the standard's tokenizer does.
//! This module must not know what is built from them.
//!
//! The states of the standard are places in the code here: what is between two tags is looked for as a whole, and only
//! what somebody wants to know is decoded. `tests/scanner.rs` holds the scanner against html5gum.

use std::ops::Range;

use memchr::memchr;

use super::doctype;
use super::raw;
use super::reference::{self, Place};
use super::sink::{Attributes, EndTag, Kept, Sink, StartTag, TagText};
use super::tag::{NameKey, Tag, TextMode};

/// Reads `source` from start to end and tells `sink` what is in it.
///
/// ```
/// use std::ops::Range;
///
/// use dehusk::html::{EndTag, Sink, StartTag, TextMode, scan};
///
/// #[derive(Default)]
/// struct Names(Vec<String>);
///
/// impl Sink for Names {
///     fn start_tag(&mut self, tag: &StartTag<'_>) -> TextMode {
///         self.0.push(tag.text.name().into_owned());
///         tag.tag.text_mode()
///     }
///     fn end_tag(&mut self, _: &EndTag<'_>) {}
///     fn text(&mut self, _: &str, _: Range<usize>) {}
///     fn doctype(&mut self, _: bool) {}
///     fn in_foreign_content(&self) -> bool {
///         false
///     }
/// }
///
/// let mut names = Names::default();
/// scan("<P>a<!-- <b> --><script>'<i>'</script><my-card>", &mut names);
/// assert_eq!(names.0, ["p", "script", "my-card"]);
/// ```
pub fn scan<S: Sink>(source: &str, sink: &mut S) {
    scan_with(source, &mut TagBuffers::default(), sink);
}

/// The attributes of the current tag, kept from page to page for their memory only.
#[derive(Debug, Default)]
pub(super) struct TagBuffers {
    attributes: Vec<Kept>,
}

/// [`scan`] with memory of an earlier call.
pub(super) fn scan_with<S: Sink>(source: &str, buffers: &mut TagBuffers, sink: &mut S) {
    Scanner { source, bytes: source.as_bytes(), sink, buffers }.run();
}

struct Scanner<'a, S> {
    source: &'a str,
    bytes: &'a [u8],
    sink: &'a mut S,
    buffers: &'a mut TagBuffers,
}

/// What markup leads to: where it ends, or that a `<` was only that.
type End = Option<usize>;

impl<'a, S: Sink> Scanner<'a, S> {
    fn run(&mut self) {
        // Text that has not been told starts here; the next `<` is looked for from `from`.
        let (mut text, mut from) = (0, 0);
        while let Some(at) = self.find(b'<', from) {
            if text < at {
                self.text(text..at);
            }
            text = at;
            from = at + 1;
            if let Some(end) = self.markup(at) {
                (text, from) = (end, end);
            }
        }
        self.text(text..self.bytes.len());
    }

    fn find(&self, byte: u8, from: usize) -> Option<usize> {
        self.bytes.get(from..).and_then(|rest| memchr(byte, rest)).map(|found| from + found)
    }

    /// Where the first `byte` from `from` on ends; the end of the source without one.
    fn behind(&self, byte: u8, from: usize) -> usize {
        self.find(byte, from).map_or(self.bytes.len(), |at| at + 1)
    }

    /// Reads what the `<` at `at` starts.
    #[inline]
    fn markup(&mut self, at: usize) -> End {
        match *self.bytes.get(at + 1)? {
            byte if byte.is_ascii_alphabetic() => Some(self.start_tag(at)),
            b'/' => match *self.bytes.get(at + 2)? {
                byte if byte.is_ascii_alphabetic() => Some(self.end_tag(at)),
                b'>' => Some(at + 3),
                _ => Some(self.bogus_comment(at, at + 2)),
            },
            b'!' => Some(self.declaration(at)),
            b'?' => Some(self.bogus_comment(at, at + 1)),
            _ => None,
        }
    }

    fn start_tag(&mut self, at: usize) -> usize {
        let (key, name_end) = NameKey::read(self.bytes, at + 1);
        self.buffers.attributes.clear();
        let mut next = name_end;
        let self_closing = loop {
            match next_part(self.bytes, next) {
                Part::Attribute { name, value, end } => {
                    Kept::add(&mut self.buffers.attributes, self.bytes, name, value);
                    next = end;
                }
                Part::End { self_closing, end } => {
                    next = end;
                    break self_closing;
                }
                Part::Unclosed => return self.bytes.len(),
            }
        };
        let (tag, name_hash) = key.tag_and_hash();
        let mode = self.sink.start_tag(&StartTag {
            tag,
            name_hash,
            attributes: Attributes { source: self.source, list: &self.buffers.attributes },
            self_closing,
            span: at..next,
            text: TagText(self.piece(at..next)),
        });
        if mode == TextMode::Markup { next } else { self.raw_text(tag, mode, next) }
    }

    fn end_tag(&mut self, at: usize) -> usize {
        let (key, name_end) = NameKey::read(self.bytes, at + 2);
        let Some(end) = tag_end(self.bytes, name_end) else { return self.bytes.len() };
        let (tag, name_hash) = key.tag_and_hash();
        self.sink.end_tag(&EndTag { tag, name_hash, span: at..end, text: TagText(self.piece(at..end)) });
        end
    }

    fn declaration(&mut self, at: usize) -> usize {
        let inside = at + 2;
        let rest = &self.bytes[inside..];
        if rest.starts_with(b"--") {
            return self.comment(at);
        }
        if rest.get(..7).is_some_and(|start| start.eq_ignore_ascii_case(b"doctype")) {
            let (is_quirky, len) = doctype::read(&rest[7..]);
            self.sink.doctype(is_quirky);
            return inside + 7 + len;
        }
        if rest.starts_with(b"[CDATA[") && self.sink.in_foreign_content() {
            return self.cdata(inside + 7);
        }
        self.bogus_comment(at, inside)
    }

    /// A comment that ends at the first `>` from `from` on.
    fn bogus_comment(&mut self, at: usize, from: usize) -> usize {
        let end = self.behind(b'>', from);
        self.sink.comment(at..end);
        end
    }

    fn comment(&mut self, at: usize) -> usize {
        let end = self.comment_end(at + 4);
        self.sink.comment(at..end);
        end
    }

    /// The end of a comment whose text starts at `start`: behind `-->` or `--!>`; also behind a `>` or `->` that
    /// follows directly on `<!--`.
    fn comment_end(&self, start: usize) -> usize {
        let mut from = start;
        while let Some(at) = self.find(b'>', from) {
            let inside = &self.bytes[start..at];
            if inside.ends_with(b"--") || inside.ends_with(b"--!") || matches!(inside, b"" | b"-") {
                return at + 1;
            }
            from = at + 1;
        }
        self.bytes.len()
    }

    /// The text of a CDATA section, in which only its end and line ends are special.
    fn cdata(&mut self, start: usize) -> usize {
        let inside = &self.bytes[start..];
        let (len, end) = match memchr::memmem::find(inside, b"]]>") {
            Some(len) => (len, start + len + 3),
            None => (inside.len(), self.bytes.len()),
        };
        self.special_text(start..start + len, |byte| byte == b'\r', None);
        end
    }

    /// Reads the text of an element that holds no markup; gives where its end tag stands.
    fn raw_text(&mut self, tag: Tag, mode: TextMode, start: usize) -> usize {
        let len = self.bytes.len();
        let name = tag.name().as_bytes();
        let end = match mode {
            TextMode::Markup => return start,
            TextMode::Plain => len,
            TextMode::Script => raw::script_end(self.bytes, start).unwrap_or(len),
            _ => raw::end(self.bytes, start, name).unwrap_or(len),
        };
        match mode {
            TextMode::Escapable => self.special_text(start..end, |_| true, Some(reference::REPLACEMENT)),
            TextMode::Raw | TextMode::Plain => {
                self.special_text(start..end, |byte| byte != b'&', Some(reference::REPLACEMENT));
            }
            _ => {}
        }
        end
    }

    #[inline]
    fn text(&mut self, range: Range<usize>) {
        if reference::next_special(&self.bytes[..range.end], range.start).is_none() {
            let text = self.piece(range.clone());
            self.sink.text(text, range);
        } else {
            self.special_text(range, |_| true, None);
        }
    }

    /// Tells text piece by piece: references decoded, line ends made `\n`. A NUL is told as `nul`, or as it is.
    fn special_text(&mut self, range: Range<usize>, is_special: fn(u8) -> bool, nul: Option<&str>) {
        let (mut start, mut from) = (range.start, range.start);
        while let Some(at) = reference::next_special(&self.bytes[..range.end], from) {
            from = at + 1;
            if !is_special(self.bytes[at]) {
                continue;
            }
            self.plain_text(start..at);
            start = at;
            match self.bytes[at] {
                b'\r' => {
                    self.sink.text("\n", at..at + 1);
                    let is_pair = self.bytes.get(at + 1) == Some(&b'\n');
                    start = at + 1 + usize::from(is_pair && at + 1 < range.end);
                }
                b'&' => {
                    if let Some((decoded, len)) = reference::decode(&self.bytes[at..range.end], Place::Text) {
                        self.sink.text(decoded.text(&mut [0; 4]), at..at + len);
                        start = at + len;
                    }
                }
                _ => {
                    self.sink.text(nul.unwrap_or("\0"), at..at + 1);
                    start = at + 1;
                }
            }
            from = from.max(start);
        }
        self.plain_text(start..range.end);
    }

    fn plain_text(&mut self, range: Range<usize>) {
        if !range.is_empty() {
            let text = self.piece(range.clone());
            self.sink.text(text, range);
        }
    }

    /// A part of the source. All parts end beside ASCII bytes.
    fn piece(&self, range: Range<usize>) -> &'a str {
        self.source.get(range).unwrap_or_default()
    }
}

/// What comes next in a tag.
pub(super) enum Part {
    /// Where name and value stand, the latter without quotes, and where the next part starts.
    Attribute { name: Range<usize>, value: Range<usize>, end: usize },
    /// The end of the tag, behind its `>`.
    End { self_closing: bool, end: usize },
    /// The source ends before the tag.
    Unclosed,
}

/// Reads the next part of a tag whose name, or last attribute, ends at `at`.
#[inline]
pub(super) fn next_part(bytes: &[u8], mut at: usize) -> Part {
    loop {
        match bytes.get(at) {
            None => return Part::Unclosed,
            Some(b'>') => return Part::End { self_closing: false, end: at + 1 },
            Some(b'/') => match bytes.get(at + 1) {
                Some(b'>') => return Part::End { self_closing: true, end: at + 2 },
                _ => at += 1,
            },
            Some(&byte) if is_white(byte) => at += 1,
            Some(_) => return attribute(bytes, at),
        }
    }
}

/// Reads the attribute whose name starts at `start`.
#[inline]
fn attribute(bytes: &[u8], start: usize) -> Part {
    // A name may start with `=`.
    let name_end = skip(bytes, start + 1, |byte| !ENDS_ATTRIBUTE_NAME[byte as usize]);
    let name = start..name_end;
    let behind_name = skip(bytes, name_end, is_white);
    if bytes.get(behind_name) != Some(&b'=') {
        return Part::Attribute { name, value: name_end..name_end, end: behind_name };
    }
    let value_start = skip(bytes, behind_name + 1, is_white);
    match bytes.get(value_start) {
        None => Part::Unclosed,
        Some(b'>') => Part::Attribute { name, value: value_start..value_start, end: value_start },
        Some(&quote @ (b'"' | b'\'')) => {
            let value_start = value_start + 1;
            match memchr(quote, &bytes[value_start..]) {
                Some(len) => {
                    let value = value_start..value_start + len;
                    Part::Attribute { name, value, end: value_start + len + 1 }
                }
                None => Part::Unclosed,
            }
        }
        Some(_) => {
            let end = skip(bytes, value_start, |byte| byte != b'>' && !is_white(byte));
            Part::Attribute { name, value: value_start..end, end }
        }
    }
}

/// The first place from `at` on whose byte is not taken.
#[inline]
fn skip(bytes: &[u8], mut at: usize, takes: impl Fn(u8) -> bool) -> usize {
    while bytes.get(at).is_some_and(|&byte| takes(byte)) {
        at += 1;
    }
    at
}

/// White space in a tag. A carriage return is read as a line feed.
#[inline]
pub(super) fn is_white(byte: u8) -> bool {
    matches!(byte, b' ' | b'\n' | b'\t' | b'\r' | 0x0c)
}

static ENDS_ATTRIBUTE_NAME: [bool; 256] = {
    let mut table = [false; 256];
    let ends = *b" \n\t\r\x0c/>=";
    let mut at = 0;
    while at < ends.len() {
        table[ends[at] as usize] = true;
        at += 1;
    }
    table
};

/// Where a tag whose name ends at `at` ends.
fn tag_end(bytes: &[u8], mut at: usize) -> Option<usize> {
    loop {
        match next_part(bytes, at) {
            Part::Attribute { end, .. } => at = end,
            Part::End { end, .. } => return Some(end),
            Part::Unclosed => return None,
        }
    }
}

/// Where the name of a tag, which starts at `start`, ends.
pub(super) fn name_end(bytes: &[u8], start: usize) -> usize {
    skip(bytes, start, |byte| !ends_name(byte))
}

/// Whether a byte ends the name of a tag.
#[inline]
pub(super) fn ends_name(byte: u8) -> bool {
    is_white(byte) || matches!(byte, b'/' | b'>')
}

/// Length of the start tag that a source begins with.
pub(super) fn start_tag_len(source: &str) -> Option<usize> {
    let bytes = source.as_bytes();
    let is_tag = bytes.first() == Some(&b'<') && bytes.get(1).is_some_and(u8::is_ascii_alphabetic);
    if is_tag { tag_end(bytes, name_end(bytes, 1)) } else { None }
}
