//! Tags to elements: a stack of open elements, and rules for what an author left out.
//! This module must not know how text is collapsed, nor bytes of the source.
//!
//! This is no tree builder of the standard: nothing is moved (foster parenting, adoption agency) and nothing is opened
//! again. What decides where text begins and ends is kept: implied end tags, scopes, stray end tags, void elements,
//! foreign content. `compare` in `examples/` measures how far that goes.

use std::ops::Range;

use super::blocks::{BlockWriter, Format, Piece};
use super::page::{Element, ElementId, Flags, Page, Place, place};
use super::sink::{AttributeName, EndTag, NameHash, Sink, StartTag, Value};
use super::tag::trait_bits::*;
use super::tag::{Tag, TextMode};

/// Elements deeper than this are hung on the last one that is not, so that no later step needs to fear depth.
/// Browsers stop at 512 as well.
pub const DEPTH_CAP: usize = 512;

/// How far down the stack a tag looks for what it closes. Further down are only pages that never close anything;
/// without a limit they cost quadratic time.
const SEARCH_CAP: usize = 256;

/// An element that has not been closed.
#[derive(Debug)]
struct Open {
    tag: Tag,
    name: NameHash,
    element: ElementId,
    flags: Flags,
    format: Format,
    space: Space,
    /// Whether the row in the arena is its own: elements of SVG and MathML share that of the `svg` or `math`.
    has_row: bool,
    /// Its end tag was seen, but something in it is open still.
    closed: bool,
    /// First block with text from inside of it.
    first_block: Option<u32>,
    /// Length of the page's text when it was opened.
    text_start: usize,
    /// The level of the next element below it that is found in the same place.
    previous: Level,
    walls: Walls,
}

/// Height of an element on the stack, counted from 1; 0 is none.
type Level = u16;

/// The nearest elements, at an element or below it, that a search does not look past.
#[derive(Clone, Copy, Debug, Default)]
struct Walls {
    /// Of the scope that end tags of blocks look at.
    scope: Level,
    /// "Special" elements.
    special: Level,
    /// Special ones that a list item may not stand in without being in another list.
    item: Level,
    /// HTML within SVG or MathML.
    island: Level,
    /// Neither SVG nor MathML.
    html: Level,
}

impl Walls {
    /// The walls of an element at a level, which stands on one with these.
    fn with(self, level: Level, tag: Tag, space: Space) -> Walls {
        let is_island = space == Space::Island;
        let at = |is_wall: bool, below: Level| if is_wall { level } else { below };
        Walls {
            scope: at(tag.is(SCOPE) || is_island, self.scope),
            special: at(tag.is(SPECIAL), self.special),
            item: at(tag.is(SPECIAL) && !matches!(tag, Tag::Address | Tag::Div | Tag::P), self.item),
            island: at(is_island, self.island),
            html: at(space != Space::Foreign, self.html),
        }
    }
}

/// Names of elements that are not in the table of tags are told apart by this many bits of their hash, before they
/// are compared.
const NAME_BITS: u32 = 8;

/// Where the innermost element of a name is noted.
fn kept_at(tag: Tag, name: NameHash) -> usize {
    match tag {
        Tag::Other => Tag::ALL.len() + (name >> (NameHash::BITS - NAME_BITS)) as usize,
        tag => tag as usize,
    }
}

/// An element that is about to be open.
struct Opened {
    tag: Tag,
    name: NameHash,
    element: ElementId,
    flags: Flags,
    format: Format,
    space: Space,
    has_row: bool,
}

/// What kind of markup an open element holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Space {
    Html,
    /// SVG or MathML.
    Foreign,
    /// HTML within SVG or MathML, such as `foreignObject`.
    Island,
}

/// The stack and what else is known while a page is read. Kept from page to page for its memory only.
#[derive(Debug, Default)]
pub(super) struct TreeBuffers {
    stack: Vec<Open>,
    /// The innermost element of each name on the stack that is not closed. Together with what each element knows of
    /// those below, this answers a search without looking through the stack.
    innermost: Vec<Level>,
    /// Start tags of each tag that found the stack full; their end tags mean nothing.
    unstacked: Vec<u32>,
    blocks: BlockWriter,
    title: String,
    /// Stack entries looked at: the work that bad nesting causes. Tests hold it linear.
    pub steps: u64,
}

impl TreeBuffers {
    fn clear(&mut self) {
        self.stack.clear();
        self.innermost.clear();
        self.innermost.resize(Tag::ALL.len() + (1 << NAME_BITS), 0);
        self.unstacked.clear();
        self.unstacked.resize(Tag::ALL.len(), 0);
        self.blocks.clear();
        self.title.clear();
        self.steps = 0;
    }
}

/// Builds a page from what a tokenizer tells.
pub(super) struct Tree<'a> {
    page: &'a mut Page,
    buffers: &'a mut TreeBuffers,
    /// The raw-text element that is being read and where its text starts, for those that are not in the arena.
    raw: Option<(Tag, usize)>,
    is_json_ld: bool,
    body: BodyState,
    /// No document type, or an old one: paragraphs may hold tables.
    is_quirky: bool,
    /// Lowest height of the stack since the last text: what all text since then has in common.
    low: usize,
    /// Stack height of the element that holds all text of the current block.
    common: usize,
    source_len: usize,
}

/// Whether the body has begun.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum BodyState {
    Before,
    InHead,
    AfterHead,
    /// Begun without its tag, whose attributes may still come.
    Implied(ElementId),
    Open,
}

impl<'a> Tree<'a> {
    /// Starts a page; the buffers may hold whatever an earlier one left.
    pub fn new(page: &'a mut Page, buffers: &'a mut TreeBuffers, source_len: usize) -> Tree<'a> {
        page.clear();
        buffers.clear();
        let mut tree = Tree {
            page,
            buffers,
            raw: None,
            is_json_ld: false,
            body: BodyState::Before,
            is_quirky: true,
            low: 0,
            common: 0,
            source_len,
        };
        tree.push(Tag::Html, 0, Flags::default(), 0..0, 0..0);
        tree
    }

    /// Ends the page: all that is open is closed.
    pub fn finish(mut self) {
        self.end_raw(self.source_len);
        self.end_block();
        self.pop_to(0, self.source_len);
    }
}

/// The stack.
impl Tree<'_> {
    fn top(&self) -> &Open {
        // The root is pushed by `new` and popped by `finish`.
        &self.buffers.stack[self.buffers.stack.len() - 1]
    }

    /// The innermost open element of a tag.
    fn innermost(&self, tag: Tag) -> Level {
        self.buffers.innermost[tag as usize]
    }

    /// The innermost open element of some tags.
    fn innermost_of(&self, tags: &[Tag]) -> Level {
        tags.iter().map(|&tag| self.innermost(tag)).max().unwrap_or(0)
    }

    fn is_open(&self, tag: Tag) -> bool {
        self.innermost(tag) > 0
    }

    fn walls(&self) -> Walls {
        self.top().walls
    }

    /// Adds an element to the arena, not to the stack.
    fn add_element(&mut self, tag: Tag, flags: Flags, span: Range<usize>, attributes: Place) -> ElementId {
        let id = place(self.page.elements.len());
        let depth = self.buffers.stack.len();
        let text = place(self.page.text.len());
        let parent = self.buffers.stack.last().map_or(0, |open| open.element);
        let next_block = place(self.page.blocks.len()) + u32::from(self.buffers.blocks.is_open());
        let nth_child = match self.page.elements.get_mut(parent as usize) {
            Some(parent) => {
                parent.children = parent.children.saturating_add(1);
                parent.children
            }
            None => 1,
        };
        self.page.elements.push(Element {
            parent,
            end: id + 1,
            blocks: next_block..next_block,
            span: place(span.start)..place(span.end),
            text: text..text,
            nth_child,
            children: 0,
            depth: depth as u16,
            tag,
            flags,
            attributes,
        });
        id
    }

    fn is_full(&self) -> bool {
        self.buffers.stack.len() >= DEPTH_CAP
    }

    /// Opens an element that has no attributes. With the stack full there is none: what it holds goes to the one
    /// below.
    fn push_implied(&mut self, tag: Tag, flags: Flags, at: usize) {
        if self.is_full() {
            self.buffers.unstacked[tag as usize] += 1;
        } else {
            self.push(tag, 0, flags, at..at, 0..0);
        }
    }

    /// Adds an element and opens it. The stack must not be full.
    fn push(&mut self, tag: Tag, name: NameHash, flags: Flags, span: Range<usize>, attributes: Place) -> ElementId {
        let element = self.add_element(tag, flags, span, attributes);
        let format = self.buffers.stack.last().map_or(Format::default(), |open| open.format);
        let format = formatted(format, tag);
        let space = if matches!(tag, Tag::Svg | Tag::Math) { Space::Foreign } else { Space::Html };
        self.push_open(Opened { tag, name, element, flags, format, space, has_row: true });
        element
    }

    fn push_open(&mut self, opened: Opened) {
        let Opened { tag, name, element, flags, format, space, has_row } = opened;
        // The stack is never higher than `DEPTH_CAP`.
        let level = self.buffers.stack.len() as Level + 1;
        let below = self.buffers.stack.last().map_or(Walls::default(), |open| open.walls);
        let previous = std::mem::replace(&mut self.buffers.innermost[kept_at(tag, name)], level);
        self.buffers.stack.push(Open {
            tag,
            name,
            element,
            flags,
            format,
            space,
            has_row,
            closed: false,
            first_block: None,
            text_start: self.page.text.len(),
            previous,
            walls: below.with(level, tag, space),
        });
    }

    /// Closes the elements of the stack from `height` up. `end` is where that happens in the source.
    fn pop_to(&mut self, height: usize, end: usize) {
        while self.buffers.stack.len() > height {
            self.pop(end);
        }
        while self.buffers.stack.len() > 1 && self.top().closed {
            self.pop(end);
        }
    }

    fn pop(&mut self, end: usize) {
        if self.top().tag.is_block() {
            self.end_block();
        }
        let Some(open) = self.buffers.stack.pop() else { return };
        self.buffers.steps += 1;
        self.low = self.low.min(self.buffers.stack.len());
        if !open.closed {
            self.buffers.innermost[kept_at(open.tag, open.name)] = open.previous;
        }
        if open.has_row {
            self.seal_element(&open, end);
        }
    }

    fn seal_element(&mut self, open: &Open, end: usize) {
        let elements = place(self.page.elements.len());
        let in_current = self.buffers.blocks.is_open() && self.page.text.len() > open.text_start;
        let blocks_end = place(self.page.blocks.len()) + u32::from(in_current);
        if let Some(element) = self.page.elements.get_mut(open.element as usize) {
            element.end = elements;
            element.span.end = element.span.end.max(place(end));
            if !open.closed {
                element.text.end = place(self.page.text.len());
            }
            if let Some(first) = open.first_block {
                element.blocks = first..blocks_end.max(first);
            }
        }
    }

    /// The height of an element that was looked for, unless a wall stands before it or it is too far down.
    fn reached(&self, level: Level, wall: Level) -> Option<usize> {
        let lowest = self.buffers.stack.len().saturating_sub(SEARCH_CAP);
        usize::from(level).checked_sub(1).filter(|&height| level >= wall && height >= lowest)
    }

    /// Where one of some elements is open in the scope that all block end tags look at.
    fn find_in_scope(&self, tags: &[Tag]) -> Option<usize> {
        self.reached(self.innermost_of(tags), self.walls().scope)
    }

    fn close_in_scope(&mut self, tag: Tag, at: usize) -> bool {
        let found = self.find_in_scope(&[tag]);
        if let Some(height) = found {
            self.pop_to(height, at);
        }
        found.is_some()
    }
}

/// What text looks like inside of an element with this tag. Links need a `href` and are set when it is known.
fn formatted(mut format: Format, tag: Tag) -> Format {
    match tag {
        Tag::B | Tag::Strong => format.bold = true,
        Tag::I | Tag::Em | Tag::Cite | Tag::Dfn | Tag::Var => format.italic = true,
        Tag::Code | Tag::Kbd | Tag::Samp | Tag::Tt => format.code = true,
        _ => {}
    }
    format
}

/// Blocks and text.
impl Tree<'_> {
    fn end_block(&mut self) {
        let has_text = self.buffers.blocks.is_open();
        self.buffers.blocks.finish(self.page);
        if !has_text {
            return;
        }
        if self.is_open(Tag::H1) {
            // The block is the one just pushed.
            self.page.head.h1_blocks.push(place(self.page.blocks.len()).saturating_sub(1));
        }
    }

    fn add_text(&mut self, piece: Piece<'_>) {
        let (flags, format) = (self.top().flags, self.top().format);
        let blocks_before = self.page.blocks.len();
        let began_before = self.buffers.blocks.is_open();
        let placed = if flags.has(Flags::PREFORMATTED) {
            self.buffers.blocks.preformatted(self.page, piece, format)
        } else {
            self.buffers.blocks.collapsed(self.page, piece, format)
        };
        let split = self.page.blocks.len() > blocks_before;
        if split && self.is_open(Tag::H1) {
            self.page.head.h1_blocks.push(place(blocks_before));
        }
        if placed {
            self.note_place(split || !began_before);
        }
    }

    /// Tells the current block and the open elements that they belong together.
    fn note_place(&mut self, is_new: bool) {
        let height = self.buffers.stack.len();
        self.common = if is_new { height } else { self.common.min(self.low).min(height) };
        self.low = height;
        let common = &self.buffers.stack[self.common.max(1) - 1];
        if let Some(block) = self.buffers.blocks.current() {
            block.element = common.element;
            block.flags = common.flags;
        }
        // All elements around one with text have text, so the first that knows its block ends the walk.
        let block = place(self.page.blocks.len());
        for open in self.buffers.stack.iter_mut().rev().take_while(|open| open.first_block.is_none()) {
            open.first_block = Some(block);
        }
    }

    fn has_body(&self) -> bool {
        matches!(self.body, BodyState::Implied(_) | BodyState::Open)
    }

    /// Starts the body when something comes that cannot stand before it.
    fn ensure_body(&mut self, at: usize) {
        if self.has_body() || self.is_open(Tag::Template) {
            return;
        }
        self.pop_to(1, at);
        let body = self.push(Tag::Body, 0, self.top().flags, at..at, 0..0);
        self.body = BodyState::Implied(body);
    }
}

/// Start tags.
impl Tree<'_> {
    /// Closes what the standard closes before an element of this kind starts.
    fn close_before(&mut self, tag: Tag, at: usize) {
        if tag.is(ENDS_P) && !(tag == Tag::Table && self.is_quirky) {
            self.close_p(at);
        }
        match tag {
            Tag::Li => self.close_item(&[Tag::Li], at),
            Tag::Dt | Tag::Dd => self.close_item(&[Tag::Dt, Tag::Dd], at),
            Tag::H1 | Tag::H2 | Tag::H3 | Tag::H4 | Tag::H5 | Tag::H6 if self.top().tag.heading_level().is_some() => {
                self.pop_to(self.buffers.stack.len() - 1, at);
            }
            Tag::Option => self.close_top(&[Tag::Option], at),
            Tag::Optgroup => {
                self.close_top(&[Tag::Option], at);
                self.close_top(&[Tag::Optgroup], at);
            }
            Tag::Rb | Tag::Rt | Tag::Rp => self.close_top(&[Tag::Rb, Tag::Rt, Tag::Rp], at),
            Tag::Button | Tag::Select => {
                self.close_in_scope(tag, at);
            }
            Tag::Input | Tag::Textarea | Tag::Keygen => {
                self.close_in_scope(Tag::Select, at);
            }
            Tag::A | Tag::Nobr => self.end_format(tag, at),
            Tag::Table => self.close_table_without_cell(at),
            _ if tag.is(TABLE) => self.prepare_table(tag, at),
            _ => {}
        }
    }

    /// Ends an open paragraph, as every block does.
    fn close_p(&mut self, at: usize) -> bool {
        let wall = self.walls().scope.max(self.innermost(Tag::Button));
        let found = self.reached(self.innermost(Tag::P), wall);
        if let Some(height) = found {
            self.pop_to(height, at);
        }
        found.is_some()
    }

    fn close_top(&mut self, tags: &[Tag], at: usize) {
        if tags.contains(&self.top().tag) {
            self.pop_to(self.buffers.stack.len() - 1, at);
        }
    }

    /// Ends an open item of the same list.
    fn close_item(&mut self, tags: &[Tag], at: usize) {
        let level = self.innermost_of(tags);
        if level == 0 {
            return;
        }
        if let Some(height) = self.reached(level, self.walls().item) {
            self.pop_to(height, at);
        }
        self.close_p(at);
    }

    /// A table that starts in a table, but not in one of its cells, ends that one.
    fn close_table_without_cell(&mut self, at: usize) {
        self.close_in_scope(Tag::Table, at);
    }

    /// Closes the cells, rows and groups that a part of a table cannot stand in and opens those it needs.
    fn prepare_table(&mut self, tag: Tag, at: usize) {
        let holders: &[Tag] = match tag {
            Tag::Td | Tag::Th => &[Tag::Tr, Tag::Thead, Tag::Tbody, Tag::Tfoot, Tag::Table],
            Tag::Tr => &[Tag::Thead, Tag::Tbody, Tag::Tfoot, Tag::Table],
            _ => &[Tag::Table],
        };
        if let Some(height) = self.reached(self.innermost_of(holders), self.table_wall()) {
            self.pop_to(height + 1, at);
        }
        if matches!(tag, Tag::Td | Tag::Th | Tag::Tr) && self.top().tag == Tag::Table {
            self.push_implied(Tag::Tbody, self.top().flags, at);
        }
        if matches!(tag, Tag::Td | Tag::Th) && matches!(self.top().tag, Tag::Thead | Tag::Tbody | Tag::Tfoot) {
            self.push_implied(Tag::Tr, self.top().flags, at);
        }
    }

    /// What parts of tables do not look past.
    fn table_wall(&self) -> Level {
        self.innermost_of(&[Tag::Table, Tag::Template, Tag::Html])
    }

    /// Whether a part of a table stands outside of any, where it means nothing.
    fn is_astray(&self, tag: Tag) -> bool {
        tag.is(TABLE) && !self.is_open(Tag::Table) && !self.is_open(Tag::Template)
    }

    fn open_element(&mut self, tag: &StartTag<'_>) {
        let kind = tag.tag;
        if kind.is(BLOCK) {
            self.end_block();
        }
        if kind.is(SILENT) {
            return;
        }
        if !kind.is(VOID) && self.is_full() {
            self.buffers.unstacked[kind as usize] += 1;
            return;
        }
        let (attributes, is_hidden) = self.keep_element(tag);
        let flags = self.flags_inside(kind, is_hidden);
        let id = if kind.is(VOID) {
            self.add_element(kind, flags, tag.span.clone(), attributes)
        } else {
            self.push(kind, tag.name_hash, flags, tag.span.clone(), attributes)
        };
        self.note_kind(tag, id);
    }

    fn flags_inside(&self, kind: Tag, is_hidden: bool) -> Flags {
        self.top()
            .flags
            .with(Flags::HIDDEN, is_hidden)
            .with(Flags::NOSCRIPT, kind == Tag::Noscript)
            .with(Flags::TEMPLATE, kind == Tag::Template)
            .with(Flags::SKIPPED, kind.is(SKIP))
            .with(Flags::PREFORMATTED, kind.is(PRE))
    }

    /// Keeps what an element's tag says; gives where that is, and whether the element is hidden by its attributes.
    fn keep_element(&mut self, tag: &StartTag<'_>) -> (Place, bool) {
        let start = place(self.page.attributes.len());
        if tag.tag == Tag::Other {
            self.page.keep_name(&tag.text.name());
        }
        let is_hidden = self.keep_attributes(tag);
        (start..place(self.page.attributes.len()), is_hidden)
    }

    /// Keeps attributes, but those that only hide an element; true when there are such.
    fn keep_attributes(&mut self, tag: &StartTag<'_>) -> bool {
        let mut is_hidden = false;
        for (name, value) in tag.attributes.iter() {
            match name {
                AttributeName::Hidden => is_hidden = true,
                AttributeName::AriaHidden => is_hidden |= value.text().trim().eq_ignore_ascii_case("true"),
                AttributeName::Style => is_hidden |= hides(&value.text()),
                _ => self.page.keep_attribute(name, value),
            }
        }
        is_hidden
    }

    /// What an element means beyond its place.
    fn note_kind(&mut self, tag: &StartTag<'_>, id: ElementId) {
        match tag.tag {
            Tag::Time => self.page.head.times.push(id),
            Tag::A if tag.attributes.get(AttributeName::Href).is_some() => {
                if let Some(open) = self.buffers.stack.last_mut()
                    && open.element == id
                {
                    open.format.link = Some(id);
                }
            }
            _ => {}
        }
    }

    /// The attributes of a second `html` or `body` tag go to the first, as far as it has none.
    fn give_attributes(&mut self, tag: &StartTag<'_>, id: ElementId) {
        let has_some = self.page.attributes(self.page.element(id)).next().is_some();
        if has_some || tag.attributes.is_empty() {
            return;
        }
        let start = place(self.page.attributes.len());
        self.keep_attributes(tag);
        self.page.give_attributes(id, start);
    }

    fn start_body(&mut self, tag: &StartTag<'_>) {
        match self.body {
            BodyState::Implied(body) => {
                self.give_attributes(tag, body);
                self.body = BodyState::Open;
            }
            BodyState::Open => {}
            BodyState::Before | BodyState::InHead | BodyState::AfterHead => {
                self.pop_to(1, tag.span.start);
                self.open_element(tag);
                self.body = BodyState::Open;
            }
        }
    }

    fn start_head(&mut self, tag: &StartTag<'_>) {
        if self.body == BodyState::Before {
            self.open_element(tag);
            self.body = BodyState::InHead;
        }
    }

    /// What `meta`, `link`, `base` and scripts say about the page.
    fn note_head(&mut self, tag: &StartTag<'_>) {
        let get = |name| tag.attributes.get(name);
        match tag.tag {
            Tag::Meta => {
                use AttributeName::{Content, HttpEquiv, Itemprop, Name, Property};
                let name = get(Property).or(get(Name)).or(get(Itemprop)).or(get(HttpEquiv));
                if let (Some(name), Some(content)) = (name, get(Content)) {
                    self.page.keep_meta(name, content);
                }
            }
            Tag::Link if self.page.head.canonical.is_none() && has_word(get(AttributeName::Rel), "canonical") => {
                self.page.head.canonical = get(AttributeName::Href).map(|address| self.page.keep_trimmed(address));
            }
            Tag::Base if self.page.head.base.is_none() => {
                self.page.head.base = get(AttributeName::Href).map(|address| self.page.keep_trimmed(address));
            }
            Tag::Script => self.is_json_ld = get(AttributeName::Type).is_some_and(|kind| is_json_ld(&kind.text())),
            _ => {}
        }
    }

    fn start_html(&mut self, tag: &StartTag<'_>) -> TextMode {
        let at = tag.span.start;
        match tag.tag {
            Tag::Html => self.give_attributes(tag, 0),
            Tag::Head => self.start_head(tag),
            Tag::Body => self.start_body(tag),
            kind => {
                // Behind the head `noscript` is no part of it any more.
                let is_late = kind == Tag::Noscript && self.body == BodyState::AfterHead;
                if !self.has_body() && kind.is(HEAD) && !is_late {
                    self.note_start(tag);
                    return kind.text_mode();
                }
                self.ensure_body(at);
                if self.is_astray(kind) {
                    return TextMode::Markup;
                }
                self.close_before(kind, at);
                self.note_start(tag);
                // Browsers run scripts and read nothing in `noscript`: nobody sees that a frame there is never closed.
                if kind == Tag::Iframe && self.top().flags.has(Flags::NOSCRIPT) {
                    return TextMode::Markup;
                }
            }
        }
        tag.tag.text_mode()
    }

    fn note_start(&mut self, tag: &StartTag<'_>) {
        self.note_head(tag);
        if tag.tag == Tag::Br {
            self.buffers.blocks.line_break();
        }
        self.open_element(tag);
        if tag.tag.is(SILENT) && !tag.tag.is(VOID) {
            self.raw = Some((tag.tag, tag.span.end));
        }
    }

    /// A start tag in SVG or MathML. Elements there get no rows of their own.
    fn start_foreign(&mut self, tag: &StartTag<'_>) {
        if tag.self_closing || self.is_full() {
            return;
        }
        let (element, flags, format) = (self.top().element, self.top().flags, self.top().format);
        let space = if is_island(&tag.text.name()) { Space::Island } else { Space::Foreign };
        self.push_open(Opened { tag: Tag::Other, name: tag.name_hash, element, flags, format, space, has_row: false });
    }
}

/// Elements of SVG and MathML that hold HTML.
fn is_island(name: &str) -> bool {
    matches!(name, "foreignobject" | "desc" | "title" | "annotation-xml" | "mi" | "mo" | "mn" | "ms" | "mtext")
}

/// Whether a style has `display: none` or `visibility: hidden`.
fn hides(style: &str) -> bool {
    style.split(';').filter_map(|rule| rule.split_once(':')).any(|(property, value)| {
        let value = value.split('!').next().unwrap_or_default().trim();
        let property = property.trim();
        property.eq_ignore_ascii_case("display") && value.eq_ignore_ascii_case("none")
            || property.eq_ignore_ascii_case("visibility") && value.eq_ignore_ascii_case("hidden")
    })
}

fn has_word(value: Option<Value<'_>>, word: &str) -> bool {
    value.is_some_and(|value| value.text().split_ascii_whitespace().any(|found| found.eq_ignore_ascii_case(word)))
}

fn is_json_ld(kind: &str) -> bool {
    kind.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/ld+json"))
}

/// End tags.
impl Tree<'_> {
    /// Ends the raw text of an element that is not in the arena.
    fn end_raw(&mut self, at: usize) {
        let Some((tag, start)) = self.raw.take() else { return };
        match tag {
            Tag::Script if self.is_json_ld => self.page.head.json_ld.push(place(start)..place(at)),
            Tag::Title => self.end_title(),
            _ => {}
        }
        self.is_json_ld = false;
    }

    fn end_title(&mut self) {
        if self.page.head.title.is_none() {
            let words: Vec<&str> = self.buffers.title.split_whitespace().collect();
            self.page.head.title = Some(self.page.keep_value(&words.join(" ")));
        }
    }

    fn end_html(&mut self, tag: Tag, name: NameHash, at: usize) {
        match tag {
            Tag::Html | Tag::Body => {}
            Tag::Head => self.end_head(at),
            Tag::Br => self.buffers.blocks.line_break(),
            // Without an open one it stands for an empty paragraph.
            Tag::P => {
                if !self.close_p(at) {
                    self.end_block();
                }
            }
            Tag::H1 | Tag::H2 | Tag::H3 | Tag::H4 | Tag::H5 | Tag::H6 => self.end_heading(at),
            Tag::Li => self.end_item(at),
            Tag::Form => self.end_form(at),
            _ if tag.is(VOID | SILENT) => {}
            _ if tag.is(TABLE) || tag == Tag::Table => self.end_table_part(tag, at),
            _ if tag.is(FORMAT) => self.end_format(tag, at),
            _ if tag.is(CLOSES) => {
                self.close_in_scope(tag, at);
            }
            _ => self.end_other(tag, name, at),
        }
    }

    fn end_head(&mut self, at: usize) {
        if self.body == BodyState::InHead {
            self.pop_to(1, at);
            self.body = BodyState::AfterHead;
        }
    }

    /// An end tag of any heading ends whichever is open.
    fn end_heading(&mut self, at: usize) {
        if let Some(height) = self.find_in_scope(&[Tag::H1, Tag::H2, Tag::H3, Tag::H4, Tag::H5, Tag::H6]) {
            self.pop_to(height, at);
        }
    }

    fn end_item(&mut self, at: usize) {
        let wall = self.walls().scope.max(self.innermost_of(&[Tag::Ol, Tag::Ul]));
        if let Some(height) = self.reached(self.innermost(Tag::Li), wall) {
            self.pop_to(height, at);
        }
    }

    /// Forms are often closed in the wrong place: what is open in one stays open.
    fn end_form(&mut self, at: usize) {
        let Some(height) = self.find_in_scope(&[Tag::Form]) else { return };
        if height + 1 == self.buffers.stack.len() {
            self.pop_to(height, at);
        } else {
            self.mark_closed(height);
        }
    }

    /// Marks the innermost element of its name.
    fn mark_closed(&mut self, height: usize) {
        let open = &mut self.buffers.stack[height];
        open.closed = true;
        self.buffers.innermost[kept_at(open.tag, open.name)] = open.previous;
        if let Some(element) = self.page.elements.get_mut(open.element as usize) {
            element.text.end = place(self.page.text.len());
        }
    }

    fn end_table_part(&mut self, tag: Tag, at: usize) {
        if let Some(height) = self.reached(self.innermost(tag), self.table_wall()) {
            self.pop_to(height, at);
        }
    }

    /// Ends a formatting element. When blocks are open in it, they stay, but their text no longer looks like it.
    fn end_format(&mut self, tag: Tag, at: usize) {
        let Some(height) = self.find_in_scope(&[tag]) else { return };
        let has_block = usize::from(self.walls().special) > height;
        if !has_block {
            self.pop_to(height, at);
            return;
        }
        self.mark_closed(height);
        let below = self.buffers.stack[..height].last().map_or(Format::default(), |open| open.format);
        let link = self.buffers.stack[height].format.link;
        self.buffers.steps += (self.buffers.stack.len() - height) as u64;
        for open in &mut self.buffers.stack[height..] {
            match tag {
                Tag::A if open.format.link == link => open.format.link = below.link,
                Tag::B | Tag::Strong => open.format.bold = below.bold,
                Tag::I | Tag::Em => open.format.italic = below.italic,
                Tag::Code | Tag::Tt => open.format.code = below.code,
                _ => {}
            }
        }
    }

    /// Any other element: closed when no block is open in it.
    fn end_other(&mut self, tag: Tag, name: NameHash, at: usize) {
        let walls = self.walls();
        let level = self.innermost_named(tag, name, |_| true);
        if let Some(height) = self.reached(level, walls.special.max(walls.island)) {
            self.pop_to(height, at);
        }
    }

    /// The innermost open element of a name that `is_wanted`.
    fn innermost_named(&mut self, tag: Tag, name: NameHash, is_wanted: impl Fn(&Open) -> bool) -> Level {
        let mut level = self.buffers.innermost[kept_at(tag, name)];
        while let Some(open) = usize::from(level).checked_sub(1).and_then(|height| self.buffers.stack.get(height)) {
            self.buffers.steps += 1;
            if open.name == name && is_wanted(open) {
                break;
            }
            level = open.previous;
        }
        level
    }

    /// An end tag in SVG or MathML; false when it belongs to the HTML around it.
    fn end_foreign(&mut self, tag: Tag, name: NameHash, at: usize) -> bool {
        let wall = self.walls().html + 1;
        let is_root = self.buffers.stack.get(usize::from(wall) - 1).is_some_and(|root| root.name == name);
        let inner = self.innermost_named(Tag::Other, name, |open| open.space == Space::Foreign);
        match self.reached(inner.max(if is_root { wall } else { 0 }), wall) {
            Some(height) => self.pop_to(height, at),
            None => return tag == Tag::Other,
        }
        true
    }

    /// Leaves SVG and MathML up to the HTML in or around it.
    fn leave_foreign(&mut self, at: usize) {
        let found = self.reached(self.walls().html, 0);
        self.pop_to(found.map_or(1, |height| height + 1), at);
    }
}

impl Sink for Tree<'_> {
    fn start_tag(&mut self, tag: &StartTag<'_>) -> TextMode {
        self.end_raw(tag.span.start);
        if self.in_foreign_content() {
            if !tag.tag.is(BREAKS_OUT) {
                self.start_foreign(tag);
                return TextMode::Markup;
            }
            self.leave_foreign(tag.span.start);
        }
        let mode = self.start_html(tag);
        if tag.self_closing && matches!(tag.tag, Tag::Svg | Tag::Math) && self.top().tag == tag.tag {
            self.pop_to(self.buffers.stack.len() - 1, tag.span.end);
        }
        mode
    }

    fn end_tag(&mut self, end: &EndTag<'_>) {
        let (tag, name, span) = (end.tag, end.name_hash, end.span.clone());
        if self.raw.is_some() {
            self.end_raw(span.start);
            return;
        }
        let unstacked = &mut self.buffers.unstacked[tag as usize];
        if *unstacked > 0 {
            *unstacked -= 1;
            if tag.is_block() {
                self.end_block();
            }
            return;
        }
        if self.top().space == Space::Island && self.top().name == name {
            self.pop_to(self.buffers.stack.len() - 1, span.end);
            return;
        }
        if self.in_foreign_content() && self.end_foreign(tag, name, span.end) {
            return;
        }
        self.end_html(tag, name, span.end);
    }

    fn text(&mut self, text: &str, span: Range<usize>) {
        if let Some((tag, _)) = self.raw {
            if tag == Tag::Title && self.page.head.title.is_none() {
                self.buffers.title.push_str(text);
            }
            return;
        }
        if text == "\0" || text.is_empty() {
            return;
        }
        if !self.has_body() {
            if text.bytes().all(|byte| byte.is_ascii_whitespace()) {
                return;
            }
            self.ensure_body(span.start);
        }
        if !self.top().flags.has(Flags::SKIPPED) {
            self.add_text(Piece { text, span });
        }
    }

    fn doctype(&mut self, is_quirky: bool) {
        // One that comes after anything else means nothing.
        if self.page.elements.len() == 1 && self.body == BodyState::Before {
            self.is_quirky = is_quirky;
        }
    }

    fn in_foreign_content(&self) -> bool {
        self.buffers.stack.last().is_some_and(|open| open.space == Space::Foreign)
    }
}
