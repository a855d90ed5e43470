//! What html5gum finds in a source, in the terms of the scanner's sink, and what the scanner finds.
//! This module must not know which sources are compared.

use std::convert::Infallible;
use std::ops::Range;

use dehusk::html::{EndTag, Sink, StartTag, TextMode, scan};
use html5gum::{Emitter, Error, State, Tokenizer};

/// Something told of a source, in a form that does not depend on how text is cut into pieces.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    Start { name: String, attributes: Vec<(String, String)>, self_closing: bool, span: Range<usize> },
    End { name: String, span: Range<usize> },
    Char { char: char, span: Range<usize> },
    Doctype { is_quirky: bool },
    Comment,
}

/// What follows a start tag is read as this says; `name` is in lower case.
fn mode_of(name: &str) -> TextMode {
    match name {
        "title" | "textarea" => TextMode::Escapable,
        "xmp" => TextMode::Raw,
        "style" | "iframe" | "noembed" | "noframes" => TextMode::Dropped,
        "script" => TextMode::Script,
        "plaintext" => TextMode::Plain,
        _ => TextMode::Markup,
    }
}

/// Events in order. SVG and MathML are foreign content until any end tag of theirs, which is enough to compare.
#[derive(Default)]
struct Log {
    events: Vec<Event>,
    is_foreign: bool,
}

impl Log {
    fn start(&mut self, name: String, attributes: Vec<(String, String)>, self_closing: bool, span: Range<usize>) {
        self.is_foreign |= !self_closing && matches!(name.as_str(), "svg" | "math");
        self.events.push(Event::Start { name, attributes, self_closing, span });
    }

    fn end(&mut self, name: String, span: Range<usize>) {
        self.is_foreign &= !matches!(name.as_str(), "svg" | "math");
        self.events.push(Event::End { name, span });
    }

    /// Text from the source has a place for each character, decoded text one for all. html5gum does not tell where
    /// the brackets of a CDATA section stand, so places in foreign content are left out.
    fn text(&mut self, text: &str, span: Range<usize>, is_source: bool) {
        for (at, char) in text.char_indices() {
            let place = if is_source { span.start + at..span.start + at + char.len_utf8() } else { span.clone() };
            let span = if self.is_foreign { 0..0 } else { place };
            self.events.push(Event::Char { char, span });
        }
    }
}

/// What the scanner finds.
pub fn scanned(source: &str) -> Vec<Event> {
    let mut found = Scanned { source, log: Log::default() };
    scan(source, &mut found);
    found.log.events
}

struct Scanned<'a> {
    source: &'a str,
    log: Log,
}

impl Sink for Scanned<'_> {
    fn start_tag(&mut self, tag: &StartTag<'_>) -> TextMode {
        let attributes = tag.text.attributes().map(|(name, value)| (name.into_owned(), value.text().into_owned()));
        let attributes: Vec<_> = attributes.collect();
        for (kept, value) in tag.attributes.iter() {
            check_kept(&format!("{kept:?}"), &value.text(), &attributes);
        }
        let name = tag.text.name().into_owned();
        let mode = if self.log.is_foreign { TextMode::Markup } else { mode_of(&name) };
        self.log.start(name, attributes, tag.self_closing, tag.span.clone());
        mode
    }

    fn end_tag(&mut self, tag: &EndTag<'_>) {
        self.log.end(tag.text.name().into_owned(), tag.span.clone());
    }

    fn text(&mut self, text: &str, span: Range<usize>) {
        let is_source = self.source.get(span.clone()) == Some(text);
        self.log.text(text, span, is_source);
    }

    fn doctype(&mut self, is_quirky: bool) {
        self.log.events.push(Event::Doctype { is_quirky });
    }

    fn comment(&mut self, _: Range<usize>) {
        self.log.events.push(Event::Comment);
    }

    fn in_foreign_content(&self) -> bool {
        self.log.is_foreign
    }
}

/// A kept attribute is the first of its name, or a `data-*` name.
fn check_kept(kept: &str, value: &str, attributes: &[(String, String)]) {
    let plain = |name: &str| name.replace('-', "");
    let is_there = match kept {
        "Data" => attributes.iter().any(|(name, _)| name.strip_prefix("data-") == Some(value)),
        kept => attributes
            .iter()
            .find(|(name, _)| plain(name) == kept.to_ascii_lowercase())
            .is_some_and(|(_, found)| found == value),
    };
    assert!(is_there, "{kept}={value:?} is not in {attributes:?}");
}

/// What html5gum finds.
pub fn expected(source: &str) -> Vec<Event> {
    let mut log = Log::default();
    let emitter = Oracle { source, log: &mut log, position: 0, tag_start: 0, told: 0, tag: OpenTag::default() };
    let Ok(()) = Tokenizer::new_with_emitter(source, emitter).finish();
    log.events
}

#[derive(Default)]
struct OpenTag {
    name: Vec<u8>,
    attributes: Vec<(Vec<u8>, Vec<u8>)>,
    is_end: bool,
    self_closing: bool,
    is_quirky: bool,
    public_id: Vec<u8>,
    has_system_id: bool,
    last_start: String,
    drops_text: bool,
}

struct Oracle<'a> {
    source: &'a str,
    log: &'a mut Log,
    /// Bytes of the source read so far.
    position: usize,
    /// Where the last `<` stands.
    tag_start: usize,
    /// Where the last event ended.
    told: usize,
    tag: OpenTag,
}

fn string(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

impl Oracle<'_> {
    /// The start of the character that `at` lies in: html5gum may cut chunks inside of one.
    fn char_start(&self, at: usize) -> usize {
        (0..=at).rev().find(|&at| self.source.is_char_boundary(at)).unwrap_or(0)
    }

    /// A chunk that was decoded has a reference, or what else was replaced, between itself and what was told before.
    fn place_of(&self, chunk: &[u8]) -> (Range<usize>, bool) {
        let start = self.position.wrapping_sub(chunk.len());
        let is_same = self.source.as_bytes().get(start..self.position) == Some(chunk);
        // Where the name of an end tag turns out to be another one, its `</` is told behind the name.
        if chunk == b"</" && !is_same {
            return (self.tag_start..self.tag_start + 2, true);
        }
        let gap = self.source.as_bytes().get(self.told..start).unwrap_or_default();
        if is_same && !gap.contains(&b'&') {
            return (self.char_start(start)..self.char_start(self.position), true);
        }
        let before = &self.source.as_bytes()[..self.position];
        let is_one_byte = before.last().is_some_and(|byte| matches!(byte, b'\r' | b'\0'));
        let reference = before.iter().rposition(|&byte| byte == b'&');
        let start = if is_one_byte { self.position - 1 } else { reference.unwrap_or(start) };
        (start..self.position, false)
    }
}

impl Emitter for Oracle<'_> {
    type Token = Infallible;

    fn move_position(&mut self, offset: isize) {
        self.position = self.position.wrapping_add_signed(offset);
    }

    fn should_emit_errors(&mut self) -> bool {
        false
    }

    fn pop_token(&mut self) -> Option<Infallible> {
        None
    }

    fn emit_string(&mut self, chunk: &[u8]) {
        if self.tag.drops_text {
            return;
        }
        let (span, is_source) = self.place_of(chunk);
        let text = if is_source { self.source[span.clone()].to_owned() } else { string(chunk) };
        self.told = span.end;
        self.log.text(&text, span, is_source);
    }

    fn start_open_tag(&mut self) {
        self.tag_start = self.position.saturating_sub(1);
    }

    fn init_start_tag(&mut self) {
        self.tag.is_end = false;
        self.tag.self_closing = false;
        self.tag.name.clear();
        self.tag.attributes.clear();
    }

    fn init_end_tag(&mut self) {
        self.init_start_tag();
        self.tag.is_end = true;
    }

    fn push_tag_name(&mut self, chunk: &[u8]) {
        self.tag.name.extend_from_slice(chunk);
    }

    fn init_attribute(&mut self) {
        self.tag.attributes.push(<_>::default());
    }

    fn push_attribute_name(&mut self, chunk: &[u8]) {
        if let Some((name, _)) = self.tag.attributes.last_mut() {
            name.extend_from_slice(chunk);
        }
    }

    fn init_attribute_value(&mut self) {}

    fn push_attribute_value(&mut self, chunk: &[u8]) {
        if let Some((_, value)) = self.tag.attributes.last_mut() {
            value.extend_from_slice(chunk);
        }
    }

    fn set_self_closing(&mut self) {
        self.tag.self_closing = true;
    }

    fn emit_current_tag(&mut self) -> Option<State> {
        self.told = self.position;
        self.tag.drops_text = false;
        let (name, span) = (string(&self.tag.name), self.tag_start..self.position);
        if self.tag.is_end {
            self.log.end(name, span);
            return None;
        }
        let mode = if self.log.is_foreign { TextMode::Markup } else { mode_of(&name) };
        self.tag.last_start.clone_from(&name);
        let attributes = self.tag.attributes.iter().map(|(name, value)| (string(name), string(value))).collect();
        self.log.start(name, attributes, self.tag.self_closing, span);
        self.tag.drops_text = matches!(mode, TextMode::Dropped | TextMode::Script);
        match mode {
            TextMode::Markup => None,
            TextMode::Escapable => Some(State::RcData),
            TextMode::Raw | TextMode::Dropped => Some(State::RawText),
            TextMode::Script => Some(State::ScriptData),
            TextMode::Plain => Some(State::PlainText),
        }
    }

    fn current_is_appropriate_end_tag_token(&mut self) -> bool {
        self.tag.is_end && self.tag.name == self.tag.last_start.as_bytes()
    }

    fn adjusted_current_node_present_but_not_in_html_namespace(&mut self) -> bool {
        self.log.is_foreign
    }

    fn emit_current_comment(&mut self) {
        self.told = self.position;
        self.log.events.push(Event::Comment);
    }

    fn init_doctype(&mut self) {
        self.tag.public_id.clear();
        (self.tag.is_quirky, self.tag.has_system_id) = (false, false);
    }

    fn set_force_quirks(&mut self) {
        self.tag.is_quirky = true;
    }

    fn push_doctype_public_identifier(&mut self, chunk: &[u8]) {
        self.tag.public_id.extend_from_slice(chunk);
    }

    fn set_doctype_system_identifier(&mut self, _: &[u8]) {
        self.tag.has_system_id = true;
    }

    fn emit_current_doctype(&mut self) {
        self.told = self.position;
        let is_quirky = self.tag.is_quirky || is_old(&string(&self.tag.public_id), self.tag.has_system_id);
        self.log.events.push(Event::Doctype { is_quirky });
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

/// The public identifiers that mean quirks mode, as far as pages have them.
fn is_old(public_id: &str, has_system_id: bool) -> bool {
    let old = "-//ietf//dtd html|-//w3c//dtd html 3|-//w3c//dtd html 4.0 frameset//|-//w3c//dtd html 4.0 transitional//|\
        -//w3c//dtd w3 html|-//w3o//dtd w3 html|-//netscape comm. corp.//|-//microsoft//";
    let old_alone = "-//w3c//dtd html 4.01 frameset//|-//w3c//dtd html 4.01 transitional//";
    let id = public_id.to_ascii_lowercase();
    let starts = |list: &str| list.split('|').any(|start| id.starts_with(start));
    starts(old) || (!has_system_id && starts(old_alone))
}
