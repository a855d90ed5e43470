//! Tokenizer to sink: html5gum reads the source, a [`Sink`] takes tags and text.
//! This module must not know what is built from them.

use std::convert::Infallible;
use std::ops::Range;

use html5gum::{Emitter, Error, State, Tokenizer};

use super::tag::{Tag, TextMode, hash};

/// Takes the tags and the text of a source in order. A hand-written scanner can stand behind it as well as html5gum.
pub(super) trait Sink {
    /// A start tag; the answer is how what follows it is to be read.
    fn start_tag(&mut self, tag: &StartTag<'_>) -> TextMode;
    /// An end tag. `name` tells unknown elements apart.
    fn end_tag(&mut self, tag: Tag, name: NameHash, span: Range<usize>);
    /// Text with its entities decoded, in pieces of any length; `span` is where it stands in the source.
    fn text(&mut self, text: &str, span: Range<usize>);
    /// The document type, when the source has one. Browsers lay out pages without one, or with an old one, in their
    /// own way, which also changes how tables nest.
    fn doctype(&mut self, is_quirky: bool);
    /// Whether the innermost open element is SVG or MathML, where CDATA sections are text.
    fn in_foreign_content(&self) -> bool;
}

/// Hash of a lower-case element name.
pub(super) type NameHash = u32;

/// A start tag as it stands in the source.
pub(super) struct StartTag<'a> {
    pub tag: Tag,
    /// Lower-case; empty when it is not UTF-8.
    pub name: &'a str,
    pub name_hash: NameHash,
    pub attributes: &'a Attributes,
    pub self_closing: bool,
    /// From `<` to behind `>`.
    pub span: Range<usize>,
}

macro_rules! attributes {
    ($($variant:ident $name:literal,)*) => {
        /// The attributes that are kept.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[allow(missing_docs)]
        pub enum AttributeName {
            $($variant,)*
            /// The name of a `data-*` attribute, without `data-`; its value is not kept.
            Data,
            /// The name of an element that is not in the table of tags.
            ElementName,
        }

        impl AttributeName {
            fn from_name(name: &[u8]) -> Option<AttributeName> {
                match name {
                    $(name if name == $name.as_bytes() => Some(AttributeName::$variant),)*
                    name if name.starts_with(DATA) => Some(AttributeName::Data),
                    _ => None,
                }
            }
        }
    };
}

const DATA: &[u8] = b"data-";

// The most frequent first: names are compared in this order.
attributes! {
    Class "class",
    Href "href",
    Id "id",
    Style "style",
    Rel "rel",
    Type "type",
    Role "role",
    AriaLabel "aria-label",
    AriaHidden "aria-hidden",
    Hidden "hidden",
    Name "name",
    Property "property",
    Content "content",
    HttpEquiv "http-equiv",
    Itemprop "itemprop",
    Itemtype "itemtype",
    Datetime "datetime",
    Lang "lang",
    Alt "alt",
}

/// The kept attributes of a tag, values in one text.
#[derive(Clone, Debug, Default)]
pub(super) struct Attributes {
    list: Vec<(AttributeName, Range<usize>)>,
    text: String,
}

impl Attributes {
    /// Names and values in the order of the source.
    pub fn iter(&self) -> impl Iterator<Item = (AttributeName, &str)> {
        self.list.iter().map(|(name, value)| (*name, self.text.get(value.clone()).unwrap_or_default()))
    }

    pub fn get(&self, name: AttributeName) -> Option<&str> {
        self.iter().find(|(found, _)| *found == name).map(|(_, value)| value)
    }

    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    fn clear(&mut self) {
        self.list.clear();
        self.text.clear();
    }

    /// Starts an attribute; false when its value is of no use. The first of two with one name wins, as in browsers.
    fn start(&mut self, name: &[u8]) -> bool {
        let Some(kept) = AttributeName::from_name(name) else { return false };
        let is_data = kept == AttributeName::Data;
        if !is_data && self.list.iter().any(|(other, _)| *other == kept) {
            return false;
        }
        let start = self.text.len();
        if is_data {
            self.text.push_str(std::str::from_utf8(&name[DATA.len()..]).unwrap_or_default());
        }
        self.list.push((kept, start..self.text.len()));
        !is_data
    }

    fn extend_value(&mut self, piece: &str) {
        self.text.push_str(piece);
        if let Some((_, value)) = self.list.last_mut() {
            value.end = self.text.len();
        }
    }
}

/// Buffers of the current tag, kept from page to page for their memory only.
#[derive(Debug, Default)]
pub(super) struct TagBuffers {
    name: Vec<u8>,
    attribute_name: Vec<u8>,
    public_id: Vec<u8>,
    attributes: Attributes,
}

/// Reads `source` from start to end and tells `sink` what is in it.
pub(super) fn tokenize<S: Sink>(source: &str, buffers: &mut TagBuffers, sink: &mut S) {
    let emitter = SinkEmitter {
        source,
        sink,
        buffers,
        position: 0,
        tag_start: 0,
        text_end: 0,
        is_end_tag: false,
        self_closing: false,
        is_quirky: false,
        has_system_id: false,
        keeps_value: false,
        drops_text: false,
        last_start_tag: Tag::Other,
    };
    // Reading from memory cannot fail: the error type has no values.
    let Ok(()) = Tokenizer::new_with_emitter(source, emitter).finish();
}

struct SinkEmitter<'a, S> {
    source: &'a str,
    sink: &'a mut S,
    buffers: &'a mut TagBuffers,
    /// Bytes of the source read so far.
    position: usize,
    /// Where the last `<` stands.
    tag_start: usize,
    /// Where the last text, tag or comment ended: an entity starts here, since its own start is not told.
    text_end: usize,
    is_end_tag: bool,
    self_closing: bool,
    is_quirky: bool,
    has_system_id: bool,
    keeps_value: bool,
    drops_text: bool,
    last_start_tag: Tag,
}

/// A chunk of the tokenizer, which is either a part of the source or decoded from it.
///
/// Chunks of the source may end inside a character (html5gum takes the first byte after `<` alone): each gives the
/// characters whose last byte it holds. Decoded ones are ASCII or come from the table of entities.
fn chunk_text<'t>(source: &'t str, position: usize, chunk: &'t [u8]) -> (&'t str, Option<Range<usize>>) {
    let start = position.wrapping_sub(chunk.len());
    if source.as_bytes().get(start..position) != Some(chunk) {
        return (std::str::from_utf8(chunk).unwrap_or_default(), None);
    }
    let whole = char_start(source, start)..char_start(source, position);
    (source.get(whole.clone()).unwrap_or_default(), Some(whole))
}

/// The start of the character that `at` lies in, or `at` itself between two characters.
fn char_start(source: &str, at: usize) -> usize {
    (0..=at).rev().find(|&at| source.is_char_boundary(at)).unwrap_or(0)
}

impl<S: Sink> SinkEmitter<'_, S> {
    fn tag_span(&self) -> Range<usize> {
        self.tag_start..self.position
    }

    /// Ends the name of the current attribute, if there is one.
    fn finish_attribute_name(&mut self) {
        if self.buffers.attribute_name.is_empty() {
            return;
        }
        self.keeps_value = !self.is_end_tag && self.buffers.attributes.start(&self.buffers.attribute_name);
        self.buffers.attribute_name.clear();
    }

    fn emit_start_tag(&mut self) -> TextMode {
        let name = self.buffers.name.as_slice();
        let tag = Tag::from_name(name);
        let text = match tag {
            Tag::Other => std::str::from_utf8(name).unwrap_or_default(),
            tag => tag.name(),
        };
        self.last_start_tag = tag;
        self.sink.start_tag(&StartTag {
            tag,
            name: text,
            name_hash: hash(name),
            attributes: &self.buffers.attributes,
            self_closing: self.self_closing,
            span: self.tag_start..self.position,
        })
    }

    fn init_tag(&mut self, is_end_tag: bool) {
        self.is_end_tag = is_end_tag;
        self.self_closing = false;
        self.buffers.name.clear();
        self.buffers.attribute_name.clear();
        self.buffers.attributes.clear();
    }
}

impl<S: Sink> Emitter for SinkEmitter<'_, S> {
    type Token = Infallible;

    #[inline]
    fn move_position(&mut self, offset: isize) {
        self.position = self.position.wrapping_add_signed(offset);
    }

    #[inline]
    fn should_emit_errors(&mut self) -> bool {
        false
    }

    #[inline]
    fn pop_token(&mut self) -> Option<Infallible> {
        None
    }

    #[inline]
    fn emit_string(&mut self, chunk: &[u8]) {
        if self.drops_text {
            return;
        }
        let (text, span) = chunk_text(self.source, self.position, chunk);
        let span = span.unwrap_or(self.text_end..self.position);
        self.text_end = span.end;
        self.sink.text(text, span);
    }

    fn start_open_tag(&mut self) {
        self.tag_start = self.position.saturating_sub(1);
    }

    fn init_start_tag(&mut self) {
        self.init_tag(false);
    }

    fn init_end_tag(&mut self) {
        self.init_tag(true);
    }

    #[inline]
    fn push_tag_name(&mut self, chunk: &[u8]) {
        self.buffers.name.extend_from_slice(chunk);
    }

    fn init_attribute(&mut self) {
        self.finish_attribute_name();
    }

    #[inline]
    fn push_attribute_name(&mut self, chunk: &[u8]) {
        self.buffers.attribute_name.extend_from_slice(chunk);
    }

    fn init_attribute_value(&mut self) {
        self.finish_attribute_name();
    }

    #[inline]
    fn push_attribute_value(&mut self, chunk: &[u8]) {
        if self.keeps_value {
            self.buffers.attributes.extend_value(chunk_text(self.source, self.position, chunk).0);
        }
    }

    fn set_self_closing(&mut self) {
        self.self_closing = true;
    }

    fn emit_current_tag(&mut self) -> Option<State> {
        self.finish_attribute_name();
        self.text_end = self.position;
        self.drops_text = false;
        if self.is_end_tag {
            let name = self.buffers.name.as_slice();
            self.sink.end_tag(Tag::from_name(name), hash(name), self.tag_span());
            return None;
        }
        let mode = self.emit_start_tag();
        self.drops_text = matches!(mode, TextMode::Dropped | TextMode::Script);
        match mode {
            TextMode::Markup => None,
            TextMode::Escapable => Some(State::RcData),
            TextMode::Raw | TextMode::Dropped => Some(State::RawText),
            TextMode::Script => Some(State::ScriptData),
            TextMode::Plain => Some(State::PlainText),
        }
    }

    /// Only asked inside raw text, which only known elements have.
    fn current_is_appropriate_end_tag_token(&mut self) -> bool {
        self.is_end_tag
            && self.last_start_tag != Tag::Other
            && self.buffers.name == self.last_start_tag.name().as_bytes()
    }

    fn adjusted_current_node_present_but_not_in_html_namespace(&mut self) -> bool {
        self.sink.in_foreign_content()
    }

    fn emit_current_comment(&mut self) {
        self.text_end = self.position;
    }

    fn emit_current_doctype(&mut self) {
        self.text_end = self.position;
        let is_quirky = self.is_quirky || is_old_doctype(&self.buffers.public_id, self.has_system_id);
        self.sink.doctype(is_quirky);
    }

    fn init_doctype(&mut self) {
        self.buffers.public_id.clear();
        (self.is_quirky, self.has_system_id) = (false, false);
    }

    fn set_force_quirks(&mut self) {
        self.is_quirky = true;
    }

    fn push_doctype_public_identifier(&mut self, chunk: &[u8]) {
        self.buffers.public_id.extend_from_slice(chunk);
    }

    fn set_doctype_system_identifier(&mut self, _: &[u8]) {
        self.has_system_id = true;
    }

    fn set_last_start_tag(&mut self, _: Option<&[u8]>) {}
    fn emit_eof(&mut self) {}
    fn emit_error(&mut self, _: Error) {}
    fn init_comment(&mut self) {}
    fn push_comment(&mut self, _: &[u8]) {}
    fn push_doctype_name(&mut self, _: &[u8]) {}
    fn set_doctype_public_identifier(&mut self, _: &[u8]) {}
    fn push_doctype_system_identifier(&mut self, _: &[u8]) {}
}

/// Starts of the public identifiers that mean quirks mode. The standard names each old version; pages in use have
/// these.
const QUIRKY: [&str; 8] = [
    "-//ietf//dtd html",
    "-//w3c//dtd html 3",
    "-//w3c//dtd html 4.0 frameset//",
    "-//w3c//dtd html 4.0 transitional//",
    "-//w3c//dtd w3 html",
    "-//w3o//dtd w3 html",
    "-//netscape comm. corp.//",
    "-//microsoft//",
];

/// These do only without a system identifier.
const QUIRKY_ALONE: [&str; 2] = ["-//w3c//dtd html 4.01 frameset//", "-//w3c//dtd html 4.01 transitional//"];

fn is_old_doctype(public_id: &[u8], has_system_id: bool) -> bool {
    let starts =
        |start: &&str| public_id.get(..start.len()).is_some_and(|id| id.eq_ignore_ascii_case(start.as_bytes()));
    QUIRKY.iter().any(starts) || (!has_system_id && QUIRKY_ALONE.iter().any(starts))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Writes down what it is told.
    #[derive(Default)]
    struct Log {
        lines: Vec<String>,
    }

    impl Sink for Log {
        fn start_tag(&mut self, tag: &StartTag<'_>) -> TextMode {
            let attributes: Vec<String> =
                tag.attributes.iter().map(|(name, value)| format!(" {name:?}={value}")).collect();
            self.lines.push(format!("<{}{}> {:?}", tag.name, attributes.concat(), tag.span));
            tag.tag.text_mode()
        }

        fn end_tag(&mut self, tag: Tag, _: NameHash, span: Range<usize>) {
            self.lines.push(format!("</{}> {span:?}", tag.name()));
        }

        fn text(&mut self, text: &str, span: Range<usize>) {
            if !text.is_empty() {
                self.lines.push(format!("{text} {span:?}"));
            }
        }

        fn doctype(&mut self, is_quirky: bool) {
            self.lines.push(format!("doctype, quirky {is_quirky}"));
        }

        fn in_foreign_content(&self) -> bool {
            self.lines.last().is_some_and(|line| line.starts_with("<svg"))
        }
    }

    fn log(source: &str) -> Vec<String> {
        let mut log = Log::default();
        tokenize(source, &mut TagBuffers::default(), &mut log);
        log.lines
    }

    #[test]
    fn tags_and_text_are_told_with_their_place() {
        for (source, expected) in [
            ("<P Class=x>é", vec!["<p Class=x> 0..11", "é 11..13"]),
            ("a&amp;b", vec!["a 0..1", "& 1..6", "b 6..7"]),
            ("a<!-- c -->&lt;b", vec!["a 0..1", "< 11..15", "b 15..16"]),
            ("<é>", vec!["< 0..1", "é> 1..4"]),
            ("a <ü&eacute;", vec!["a  0..2", "< 2..3", "ü 3..5", "é 5..13"]),
            ("x\r\ny", vec!["x 0..1", "\n 1..2", "y 3..4"]),
            ("<script>a<b</script>c", vec!["<script> 0..8", "</script> 11..20", "c 20..21"]),
            ("<noframes><b></noframes>", vec!["<noframes> 0..10", "</noframes> 13..24"]),
            ("<xmp>a<b</xmp>", vec!["<xmp> 0..5", "a 5..6", "< 6..7", "b 7..8", "</xmp> 8..14"]),
            ("<svg><![CDATA[<b>]]></svg>", vec!["<svg> 0..5", "<b> 14..17", "</svg> 20..26"]),
            ("a<![CDATA[<b>]]>c", vec!["a 0..1", "]]>c 13..17"]),
            ("a&", vec!["a 0..1", "& 1..2"]),
            ("<a href", vec![]),
        ] {
            assert_eq!(log(source), expected, "{source:?}");
        }
    }

    #[test]
    fn old_document_types_are_quirky() {
        for (source, expected) in [
            ("<!doctype html>", false),
            ("<!DOCTYPE html PUBLIC '-//W3C//DTD XHTML 1.0 Transitional//EN' 'x'>", false),
            ("<!DOCTYPE html PUBLIC '-//W3C//DTD HTML 4.01 Transitional//EN' 'x'>", false),
            ("<!DOCTYPE html PUBLIC '-//W3C//DTD HTML 4.01 Transitional//EN'>", true),
            ("<!DOCTYPE html PUBLIC '-//W3C//DTD HTML 4.0 Transitional//EN' 'x'>", true),
            ("<!doctype>", true),
        ] {
            assert_eq!(log(source), vec![format!("doctype, quirky {expected}")], "{source:?}");
        }
    }

    #[test]
    fn attributes_are_decoded_and_the_first_of_a_name_is_kept() {
        for (source, expected) in [
            ("<a href='?a=1&amp;b=2' HREF=x>", "<a Href=?a=1&b=2> 0..30"),
            ("<a href=é title=x hidden>", "<a Href=é Hidden=> 0..26"),
            ("<div data-testid=x data-qa class=\"a\nb\">", "<div Data=testid Data=qa Class=a\nb> 0..39"),
        ] {
            assert_eq!(log(source), vec![expected], "{source:?}");
        }
    }
}
