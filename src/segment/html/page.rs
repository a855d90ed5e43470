//! A page as it was read: elements, blocks and head, all text in a few buffers.
//! This module must not know how a source becomes a page.

use std::ops::Range;

use super::sink::{AttributeName, Value};
use super::tag::Tag;

/// A place in a buffer or in the source. Sources are cut at 4 GiB, so 32 bits do.
pub type Place = Range<u32>;

/// Index of an element in [`Page::elements`].
pub type ElementId = u32;

/// A set of flags of an element, inherited by all that is in it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Flags(u8);

impl Flags {
    /// `display:none`, `visibility:hidden`, `hidden`, `aria-hidden=true`.
    pub const HIDDEN: Flags = Flags(1);
    /// In `noscript`.
    pub const NOSCRIPT: Flags = Flags(2);
    /// In `template`: has no blocks.
    pub const TEMPLATE: Flags = Flags(4);
    /// In an element whose text is not read, such as `object`.
    pub const SKIPPED: Flags = Flags(8);
    /// In `pre`: white space counts.
    pub const PREFORMATTED: Flags = Flags(16);

    /// Whether all of `others` are set.
    pub fn has(self, others: Flags) -> bool {
        self.0 & others.0 == others.0
    }

    pub(super) fn with(self, others: Flags, condition: bool) -> Flags {
        if condition { Flags(self.0 | others.0) } else { self }
    }
}

/// An element of the arena. Elements stand in document order: those inside of an element follow it directly.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Element {
    /// The element around it; the root is its own parent.
    pub parent: ElementId,
    /// One past the last element inside of it.
    pub end: ElementId,
    /// First and one past the last block inside of it; empty without text.
    pub blocks: Place,
    /// From `<` of the start tag to the end of what it holds, in bytes of the source. An implied element
    /// starts where it was needed.
    pub span: Place,
    /// Range of [`Page::text`]: the text from inside of it, and the gap before that. What an author closed in the
    /// wrong place ends where its end tag stands, though the elements in it go on.
    pub text: Place,
    /// Kept attributes: a range of the page's list.
    pub(super) attributes: Place,
    /// Its number among the elements of its parent, from 1; stops at 65535.
    pub nth_child: u16,
    /// Elements directly in it; stops at 65535.
    pub children: u16,
    /// Elements around it, 0 for the root; stops at [`super::DEPTH_CAP`].
    pub depth: u16,
    /// What it is.
    pub tag: Tag,
    /// What holds for all that is in it.
    pub flags: Flags,
}

/// The root of a page that has not been read.
static NO_ELEMENT: Element = Element {
    parent: 0,
    end: 0,
    blocks: 0..0,
    span: 0..0,
    text: 0..0,
    attributes: 0..0,
    nth_child: 1,
    children: 0,
    depth: 0,
    tag: Tag::Html,
    flags: Flags(0),
};

/// A stretch of a block's text that looks or does something else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// Range of [`Page::text`].
    pub text: Place,
    /// What it looks like or does.
    pub kind: RunKind,
}

/// What a run is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RunKind {
    /// Text of a link: the `a` element, which has a `href`.
    Link(ElementId),
    /// `b`, `strong`.
    Bold,
    /// `i`, `em`, `cite`, `dfn`, `var`.
    Italic,
    /// `code`, `kbd`, `samp`, `tt`.
    Code,
}

/// A block of a page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HtmlBlock {
    /// Range of [`Page::text`]; never empty.
    pub text: Place,
    /// From its first to behind its last visible byte in the source, tags between them included.
    pub span: Place,
    /// The innermost element that holds all of its text.
    pub element: ElementId,
    /// Range of [`Page::runs`], sorted by start, the longer of two first. Runs overlap where tags do.
    pub runs: Place,
    /// Characters of its text.
    pub chars: u32,
    /// Line breaks in its text.
    pub breaks: u32,
    /// Characters that are link text.
    pub linked_chars: u32,
    /// Links with text.
    pub links: u32,
    /// Characters that are bold.
    pub bold_chars: u32,
    /// Characters that are italic.
    pub italic_chars: u32,
    /// Flags of its element.
    pub flags: Flags,
}

/// A `meta` element with a `name`, `property`, `itemprop` or `http-equiv`.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Meta {
    name: Place,
    content: Place,
}

/// What a page says about itself.
#[derive(Clone, Debug, Default)]
pub(super) struct Head {
    pub title: Option<Place>,
    pub canonical: Option<Place>,
    pub base: Option<Place>,
    metas: Vec<Meta>,
    pub h1_blocks: Vec<u32>,
    pub json_ld: Vec<Place>,
    pub times: Vec<ElementId>,
}

/// A page that has been read.
#[derive(Clone, Debug, Default)]
pub struct Page {
    /// Elements in document order; the first is `html`, there or not.
    pub elements: Vec<Element>,
    /// Blocks in document order.
    pub blocks: Vec<HtmlBlock>,
    /// Runs of all blocks.
    pub runs: Vec<Run>,
    /// Text of all blocks.
    pub(super) text: String,
    pub(super) attributes: Vec<(AttributeName, Place)>,
    /// Values of attributes and what the head says.
    pub(super) values: String,
    pub(super) head: Head,
}

impl Page {
    /// The text that blocks and runs are ranges of.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The text of a block: white space collapsed except in `pre`, a line feed for each `br`.
    pub fn block_text(&self, block: &HtmlBlock) -> &str {
        part(&self.text, &block.text)
    }

    /// The runs of a block.
    pub fn block_runs(&self, block: &HtmlBlock) -> &[Run] {
        self.runs.get(block.runs.start as usize..block.runs.end as usize).unwrap_or_default()
    }

    /// An element of the page. Ids that are not of this page give the root.
    pub fn element(&self, id: ElementId) -> &Element {
        self.elements.get(id as usize).or(self.elements.first()).unwrap_or(&NO_ELEMENT)
    }

    /// The element and all around it, innermost first, the root last.
    pub fn chain(&self, id: ElementId) -> impl Iterator<Item = ElementId> + '_ {
        std::iter::successors(Some(id), |&id| (id != 0).then(|| self.element(id).parent))
    }

    /// Kept attributes of an element in the order of the source.
    pub fn attributes(&self, element: &Element) -> impl Iterator<Item = (AttributeName, &str)> {
        let range = element.attributes.start as usize..element.attributes.end as usize;
        let list = self.attributes.get(range).unwrap_or_default();
        list.iter().map(|(name, value)| (*name, part(&self.values, value)))
    }

    /// Value of an attribute of an element; empty for an attribute without one.
    pub fn attribute(&self, element: &Element, name: AttributeName) -> Option<&str> {
        self.attributes(element).find(|(found, _)| *found == name).map(|(_, value)| value)
    }

    /// The element's name, as the source has it but in lower case.
    pub fn element_name(&self, element: &Element) -> &str {
        match element.tag {
            Tag::Other => self.attribute(element, AttributeName::ElementName).unwrap_or_default(),
            tag => tag.name(),
        }
    }

    /// Text of the first `title` of the page, white space collapsed.
    pub fn title(&self) -> Option<&str> {
        self.value(&self.head.title)
    }

    /// Address of `link rel=canonical`.
    pub fn canonical(&self) -> Option<&str> {
        self.value(&self.head.canonical)
    }

    /// Address of `base`, which the page's own addresses are relative to.
    pub fn base(&self) -> Option<&str> {
        self.value(&self.head.base)
    }

    /// Language of the page, as `html` has it.
    pub fn lang(&self) -> Option<&str> {
        self.attribute(self.element(0), AttributeName::Lang).filter(|lang| !lang.is_empty())
    }

    /// Names (`name`, `property`, `itemprop` or `http-equiv`) and contents of `meta`, in the order of the source.
    pub fn metas(&self) -> impl Iterator<Item = (&str, &str)> {
        self.head.metas.iter().map(|meta| (part(&self.values, &meta.name), part(&self.values, &meta.content)))
    }

    /// The first non-empty content of a `meta`; names are compared without case.
    pub fn meta(&self, name: &str) -> Option<&str> {
        self.metas()
            .find(|(found, content)| found.eq_ignore_ascii_case(name) && !content.is_empty())
            .map(|(_, content)| content)
    }

    /// Indices of the blocks in `h1`.
    pub fn h1_blocks(&self) -> &[u32] {
        &self.head.h1_blocks
    }

    /// Where in the source the texts of the JSON-LD scripts stand.
    pub fn json_ld(&self) -> &[Place] {
        &self.head.json_ld
    }

    /// The `time` elements of the page.
    pub fn times(&self) -> &[ElementId] {
        &self.head.times
    }

    fn value(&self, place: &Option<Place>) -> Option<&str> {
        place.as_ref().map(|place| part(&self.values, place))
    }
}

/// Filling a page; only the tree does that.
impl Page {
    pub(super) fn clear(&mut self) {
        self.elements.clear();
        self.blocks.clear();
        self.runs.clear();
        self.text.clear();
        self.attributes.clear();
        self.values.clear();
        let head = &mut self.head;
        (head.title, head.canonical, head.base) = (None, None, None);
        head.metas.clear();
        head.h1_blocks.clear();
        head.json_ld.clear();
        head.times.clear();
    }

    /// Keeps a value that is not an attribute of an element.
    pub(super) fn keep_value(&mut self, value: &str) -> Place {
        let start = place(self.values.len());
        self.values.push_str(value);
        start..place(self.values.len())
    }

    fn keep(&mut self, value: Value<'_>) -> Place {
        let start = place(self.values.len());
        value.push_to(&mut self.values);
        start..place(self.values.len())
    }

    pub(super) fn keep_trimmed(&mut self, value: Value<'_>) -> Place {
        self.keep_value(value.text().trim())
    }

    pub(super) fn keep_meta(&mut self, name: Value<'_>, content: Value<'_>) {
        let meta = Meta { name: self.keep(name), content: self.keep(content) };
        self.head.metas.push(meta);
    }

    /// Keeps an attribute for an element, which is told where its attributes stand.
    pub(super) fn keep_attribute(&mut self, name: AttributeName, value: Value<'_>) {
        let value = self.keep(value);
        self.attributes.push((name, value));
    }

    /// Keeps the name of an element that is not in the table of tags.
    pub(super) fn keep_name(&mut self, name: &str) {
        let name = self.keep_value(name);
        self.attributes.push((AttributeName::ElementName, name));
    }

    /// Gives the attributes kept since `start` to an element that was added before.
    pub(super) fn give_attributes(&mut self, id: ElementId, start: u32) {
        let range = start..place(self.attributes.len());
        if let Some(element) = self.elements.get_mut(id as usize) {
            element.attributes = range;
        }
    }
}

/// A length or an offset as a place has it. Sources are cut so that none is larger.
pub(super) fn place(offset: usize) -> u32 {
    u32::try_from(offset).unwrap_or(u32::MAX)
}

fn part<'t>(text: &'t str, place: &Place) -> &'t str {
    text.get(place.start as usize..place.end as usize).unwrap_or_default()
}
