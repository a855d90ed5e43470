//! What a source is told as: a [`Sink`] takes tags and text in order.
//! This module must not know how they are found, nor what is built from them.

use std::borrow::Cow;
use std::ops::Range;

use super::reference;
use super::scan::{self, Part};
use super::tag::{Tag, TextMode};

/// Takes the tags and the text of a source in order. All spans are in bytes of the source.
pub trait Sink {
    /// A start tag; the answer is how what follows it is to be read.
    fn start_tag(&mut self, tag: &StartTag<'_>) -> TextMode;
    /// An end tag.
    fn end_tag(&mut self, tag: &EndTag<'_>);
    /// Text with its entities decoded, in pieces of any length; `span` is where it stands in the source. A NUL that
    /// browsers leave out is a piece of its own.
    fn text(&mut self, text: &str, span: Range<usize>);
    /// The document type, when the source has one. Browsers lay out pages without one, or with an old one, in their
    /// own way, which also changes how tables nest.
    fn doctype(&mut self, is_quirky: bool);
    /// A comment, or what is read as one.
    fn comment(&mut self, _span: Range<usize>) {}
    /// Whether the innermost open element is SVG or MathML, where CDATA sections are text.
    fn in_foreign_content(&self) -> bool;
}

/// Hash of a lower-case element name: tells elements apart that are not in the table of tags.
pub type NameHash = u32;

/// A start tag.
#[derive(Clone, Debug)]
pub struct StartTag<'a> {
    /// Which element it starts.
    pub tag: Tag,
    /// Hash of its name.
    pub name_hash: NameHash,
    /// The attributes that pages keep.
    pub attributes: Attributes<'a>,
    /// Whether it ends with `/>`.
    pub self_closing: bool,
    /// From `<` to behind `>`.
    pub span: Range<usize>,
    /// The tag as it stands in the source.
    pub text: TagText<'a>,
}

/// An end tag.
#[derive(Clone, Debug)]
pub struct EndTag<'a> {
    /// Which element it ends.
    pub tag: Tag,
    /// Hash of its name.
    pub name_hash: NameHash,
    /// From `<` to behind `>`.
    pub span: Range<usize>,
    /// The tag as it stands in the source.
    pub text: TagText<'a>,
}

/// A tag as it stands in the source, from `<` to behind `>`.
#[derive(Clone, Copy, Debug)]
pub struct TagText<'a>(pub(super) &'a str);

impl<'a> TagText<'a> {
    /// The start tag that a source begins with.
    pub fn at_start_of(source: &'a str) -> Option<TagText<'a>> {
        scan::start_tag_len(source).and_then(|len| source.get(..len)).map(TagText)
    }

    /// The name in lower case.
    pub fn name(self) -> Cow<'a, str> {
        let name = self.0.get(self.name_start()..self.name_end()).unwrap_or_default();
        reference::lower_case(name)
    }

    /// All attributes in the order of the source, also those that pages do not keep. Of two with one name the first
    /// counts.
    pub fn attributes(self) -> impl Iterator<Item = (Cow<'a, str>, Value<'a>)> {
        let mut at = self.name_end();
        std::iter::from_fn(move || match scan::next_part(self.0.as_bytes(), at) {
            Part::Attribute { name, value, end } => {
                at = end;
                let name = self.0.get(name).unwrap_or_default();
                let value = self.0.get(value).unwrap_or_default();
                Some((reference::lower_case(name), Value { raw: value, is_name: false }))
            }
            Part::End { .. } | Part::Unclosed => None,
        })
    }

    fn name_start(self) -> usize {
        if self.0.starts_with("</") { 2 } else { 1 }
    }

    fn name_end(self) -> usize {
        scan::name_end(self.0.as_bytes(), self.name_start())
    }
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
            /// The attribute of a lower-case name.
            fn of_lower_case(name: &[u8]) -> Option<AttributeName> {
                match name {
                    $($name => Some(AttributeName::$variant),)*
                    _ => None,
                }
            }

            /// Length of the longest name.
            const LONGEST: usize = {
                let lens = [$($name.len()),*];
                let (mut longest, mut at) = (0, 0);
                while at < lens.len() {
                    longest = if lens[at] > longest { lens[at] } else { longest };
                    at += 1;
                }
                longest
            };
        }
    };
}

attributes! {
    Class b"class",
    Href b"href",
    Id b"id",
    Style b"style",
    Rel b"rel",
    Type b"type",
    Role b"role",
    AriaLabel b"aria-label",
    AriaHidden b"aria-hidden",
    Hidden b"hidden",
    Name b"name",
    Property b"property",
    Content b"content",
    HttpEquiv b"http-equiv",
    Itemprop b"itemprop",
    Itemtype b"itemtype",
    Datetime b"datetime",
    Lang b"lang",
    Alt b"alt",
}

const DATA: &[u8] = b"data-";

impl AttributeName {
    /// The attribute of a name in any case.
    fn from_name(name: &[u8]) -> Option<AttributeName> {
        if name.get(..DATA.len()).is_some_and(|start| start.eq_ignore_ascii_case(DATA)) {
            return Some(AttributeName::Data);
        }
        if name.len() > AttributeName::LONGEST {
            return None;
        }
        AttributeName::of_lower_case(name).or_else(|| AttributeName::of_mixed_case(name))
    }

    #[inline]
    fn of_mixed_case(name: &[u8]) -> Option<AttributeName> {
        if !name.iter().any(u8::is_ascii_uppercase) {
            return None;
        }
        let mut lower = [0; AttributeName::LONGEST];
        let lower = lower.get_mut(..name.len())?;
        lower.copy_from_slice(name);
        lower.make_ascii_lowercase();
        AttributeName::of_lower_case(lower)
    }
}

/// An attribute that is kept and where its value stands; for `data-*` where the rest of its name stands.
#[derive(Clone, Debug)]
pub(super) struct Kept {
    name: AttributeName,
    value: Range<usize>,
}

impl Kept {
    /// Adds an attribute to those of a tag, if it is of use. The first of two with one name wins, as in browsers.
    pub fn add(list: &mut Vec<Kept>, source: &[u8], name: Range<usize>, value: Range<usize>) {
        let Some(kept) = AttributeName::from_name(&source[name.clone()]) else { return };
        match kept {
            AttributeName::Data => list.push(Kept { name: kept, value: name.start + DATA.len()..name.end }),
            _ if list.iter().any(|other| other.name == kept) => {}
            _ => list.push(Kept { name: kept, value }),
        }
    }
}

/// The kept attributes of a tag.
#[derive(Clone, Copy, Debug)]
pub struct Attributes<'a> {
    pub(super) source: &'a str,
    pub(super) list: &'a [Kept],
}

impl<'a> Attributes<'a> {
    /// Names and values in the order of the source.
    pub fn iter(self) -> impl Iterator<Item = (AttributeName, Value<'a>)> {
        self.list.iter().map(move |kept| {
            let raw = self.source.get(kept.value.clone()).unwrap_or_default();
            (kept.name, Value { raw, is_name: kept.name == AttributeName::Data })
        })
    }

    /// Value of an attribute; empty for one without.
    pub fn get(self, name: AttributeName) -> Option<Value<'a>> {
        self.iter().find(|(found, _)| *found == name).map(|(_, value)| value)
    }

    /// Whether the tag has none.
    pub fn is_empty(self) -> bool {
        self.list.is_empty()
    }
}

/// Value of an attribute, decoded when it is asked for.
#[derive(Clone, Copy, Debug)]
pub struct Value<'a> {
    raw: &'a str,
    is_name: bool,
}

impl<'a> Value<'a> {
    /// The value with its entities decoded.
    pub fn text(self) -> Cow<'a, str> {
        if self.is_name { reference::lower_case(self.raw) } else { reference::decode_value(self.raw) }
    }

    /// Appends the value to a text.
    pub fn push_to(self, text: &mut String) {
        match self.text() {
            Cow::Borrowed(value) => text.push_str(value),
            Cow::Owned(value) => text.push_str(&value),
        }
    }
}
