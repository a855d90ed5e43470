//! Kept blocks to Markdown (CommonMark with the tables of GFM).
//! This module must not know what inline markup looks like.

use super::grid::Grid;
use super::inline::{Breaks, inline, longest_run};
use super::source::number;
use super::tables::{DataTables, cells};
use super::walk::{Visitor, walk};
use crate::segment::html::{AttributeName, ElementId, Page, Tag};

/// What of a page becomes Markdown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MarkdownOptions {
    /// Whether links keep their addresses; otherwise only their text is kept. Links within the page, and addresses
    /// that run something (`javascript:`), never do. Default: true.
    pub links: bool,
}

impl Default for MarkdownOptions {
    fn default() -> Self {
        MarkdownOptions { links: true }
    }
}

/// Appends the kept blocks as Markdown, without a line feed at the end. Nothing kept gives nothing.
///
/// `source` must be what the page was read from. Lists, quotations and tables are written as far as something in them
/// is kept; items are numbered anew. Tables of layout become paragraphs.
///
/// ```
/// use dehusk::html::PageReader;
/// use dehusk::rewrite::{MarkdownOptions, markdown};
///
/// let source = "<h2>Trams</h2><ul><li>The <b>red</b> one<li>5 * 5</ul>";
/// let mut reader = PageReader::default();
/// let page = reader.read(source);
/// let mut out = String::new();
/// markdown(source, page, &[true, true, true], MarkdownOptions::default(), &mut out);
/// assert_eq!(out, "## Trams\n\n- The **red** one\n- 5 \\* 5");
/// ```
pub fn markdown(source: &str, page: &Page, kept: &[bool], options: MarkdownOptions, out: &mut String) {
    let start = out.len();
    let mut writer = MarkdownWriter {
        source,
        page,
        options,
        tables: DataTables::of(page, kept),
        lines: Lines { out, start, frames: vec![], closed: None, is_astray: false },
        headings: vec![],
        code: None,
        table: None,
    };
    walk(page, kept, &mut writer);
}

/// Lists, items and quotations written one inside of another; what is deeper is written flat. Keeps the white space
/// before hostile lines, which grows with their depth, from becoming most of the output.
const MOST_FRAMES: usize = 24;

/// A list, an item or a quotation that lines stand in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Frame {
    element: ElementId,
    kind: FrameKind,
    /// Whether something in it has been written.
    has_begun: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum FrameKind {
    Quote,
    /// A list with the number of its next item, or without numbers.
    List {
        next: Option<u32>,
        is_second: bool,
    },
    /// An item and the width of its marker, in columns; 0 until the marker is written.
    Item {
        width: usize,
    },
}

/// A list that has just ended: one of the same kind behind it needs another marker, or both would be one list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Closed {
    depth: usize,
    is_ordered: bool,
    is_second: bool,
}

/// Lines and what stands before each of them.
struct Lines<'o> {
    out: &'o mut String,
    /// Length of `out` when nothing had been written.
    start: usize,
    frames: Vec<Frame>,
    closed: Option<Closed>,
    /// Whether the last block stands in a list but in no item of it: the next item cannot follow it directly.
    is_astray: bool,
}

impl Lines<'_> {
    fn enter(&mut self, element: ElementId, kind: FrameKind) {
        if self.frames.len() < MOST_FRAMES {
            self.frames.push(Frame { element, kind, has_begun: false });
        }
    }

    fn leave(&mut self, element: ElementId) {
        let Some(frame) = self.frames.pop_if(|frame| frame.element == element) else { return };
        if let (FrameKind::List { next, is_second }, true) = (frame.kind, frame.has_begun) {
            self.closed = Some(Closed { depth: self.frames.len(), is_ordered: next.is_some(), is_second });
        }
    }

    /// Writes lines as a new block of the innermost frame.
    fn write(&mut self, text: &str) {
        self.tell_lists_apart();
        let first = self.first_prefix();
        if self.out.len() > self.start {
            self.out.push('\n');
            if !first.is_tight {
                let blank = prefix(self.frames.iter().filter(|frame| frame.has_begun));
                self.out.push_str(blank.trim_end());
                self.out.push('\n');
            }
        }
        self.begin(&first);
        let rest = prefix(&self.frames);
        for (at, line) in text.split('\n').enumerate() {
            if at > 0 {
                self.out.push('\n');
            }
            let prefix = if at == 0 { &first.text } else { &rest };
            self.out.push_str(if line.is_empty() { prefix.trim_end() } else { prefix });
            self.out.push_str(line);
        }
        self.closed = None;
        self.is_astray = matches!(self.frames.last(), Some(Frame { kind: FrameKind::List { .. }, .. }));
    }

    /// The item that the next line begins: the innermost, when nothing of it is written. Items around it that have
    /// no text of their own get no marker.
    fn beginning(&self) -> Option<usize> {
        let at = self.frames.iter().rposition(|frame| matches!(frame.kind, FrameKind::Item { .. }))?;
        (!self.frames[at].has_begun).then_some(at)
    }

    fn first_prefix(&self) -> FirstPrefix {
        let Some(item) = self.beginning() else {
            let text = prefix(&self.frames);
            return FirstPrefix { text, item: None, is_tight: false };
        };
        let list = self.frames[..item].iter().rposition(|frame| matches!(frame.kind, FrameKind::List { .. }));
        let marker = match list.map(|list| self.frames[list].kind) {
            Some(FrameKind::List { next: Some(number), is_second }) => {
                format!("{number}{} ", if is_second { ')' } else { '.' })
            }
            Some(FrameKind::List { next: None, is_second: true }) => "* ".to_owned(),
            _ => "- ".to_owned(),
        };
        let mut text = prefix(&self.frames[..item]);
        text.push_str(&marker);
        text.push_str(&prefix(&self.frames[item..]));
        FirstPrefix { text, item: Some((item, marker.len())), is_tight: self.is_tight(item, list, &marker) }
    }

    /// Whether an item follows the line before without a blank one: items of one list, and a list in an item.
    fn is_tight(&self, item: usize, list: Option<usize>, marker: &str) -> bool {
        let Some(list) = list else { return false };
        if self.frames[list + 1..item].iter().any(|frame| frame.kind == FrameKind::Quote) {
            return false;
        }
        // Only lists that begin with 1 can follow the text of a paragraph directly.
        let may_interrupt = !marker.starts_with(|c: char| c.is_ascii_digit()) || marker.starts_with("1.");
        let is_in_item = list > 0
            && matches!(self.frames[list - 1].kind, FrameKind::Item { width } if width > 0)
            && self.closed.is_none();
        let is_next = self.frames[list].has_begun && !self.is_astray;
        is_next || (is_in_item && may_interrupt)
    }

    /// Marks all frames as begun, and the item that begins as numbered.
    fn begin(&mut self, first: &FirstPrefix) {
        let innermost_item = first.item.map_or(usize::MAX, |(item, _)| item);
        for (at, frame) in self.frames.iter_mut().enumerate() {
            match &mut frame.kind {
                FrameKind::Item { width } if at == innermost_item => {
                    *width = first.item.map_or(0, |(_, width)| width);
                    frame.has_begun = true;
                }
                // An item without text of its own may still get some, and its marker then.
                FrameKind::Item { .. } => {}
                _ => frame.has_begun = true,
            }
        }
        let list = self.frames.iter().take(innermost_item).rposition(|f| matches!(f.kind, FrameKind::List { .. }));
        if let (Some(_), Some(list)) = (first.item, list)
            && let FrameKind::List { next: Some(next), .. } = &mut self.frames[list].kind
        {
            *next = next.saturating_add(1);
        }
    }

    /// Gives a list that begins right behind another one the other marker.
    fn tell_lists_apart(&mut self) {
        let Some(closed) = self.closed else { return };
        if let Some(frame) = self.frames.get_mut(closed.depth)
            && !frame.has_begun
            && let FrameKind::List { next, is_second } = &mut frame.kind
            && next.is_some() == closed.is_ordered
        {
            *is_second = !closed.is_second;
        }
    }
}

/// What stands before each line in frames. An item whose marker is not written has no width.
fn prefix<'f>(frames: impl IntoIterator<Item = &'f Frame>) -> String {
    let mut prefix = String::new();
    for frame in frames {
        match frame.kind {
            FrameKind::Quote => prefix.push_str("> "),
            FrameKind::Item { width } => prefix.extend(std::iter::repeat_n(' ', width)),
            FrameKind::List { .. } => {}
        }
    }
    prefix
}

/// What stands before the first line of a block.
struct FirstPrefix {
    text: String,
    /// The frame of the item that begins here, and the width of its marker.
    item: Option<(usize, usize)>,
    is_tight: bool,
}

/// A code block that is being filled: the blocks of one `pre`.
struct Code {
    element: ElementId,
    language: String,
    text: String,
}

/// A table that is being filled.
struct Table {
    element: ElementId,
    grid: Grid,
    /// The row that has been entered, and one past the last element of it that has been seen.
    row: Option<(ElementId, ElementId)>,
    is_in_caption: bool,
    /// What a caption behind rows says; it is written behind the table.
    notes: Vec<String>,
}

struct MarkdownWriter<'a> {
    source: &'a str,
    page: &'a Page,
    options: MarkdownOptions,
    tables: DataTables,
    lines: Lines<'a>,
    /// Headings that have been entered and not left.
    headings: Vec<(ElementId, u8)>,
    code: Option<Code>,
    table: Option<Table>,
}

impl Visitor for MarkdownWriter<'_> {
    fn enter(&mut self, id: ElementId) {
        let element = self.page.element(id);
        if self.table.is_some() {
            return self.enter_in_table(id);
        }
        match element.tag {
            Tag::Blockquote => self.lines.enter(id, FrameKind::Quote),
            Tag::Ul | Tag::Menu | Tag::Dir => self.lines.enter(id, FrameKind::List { next: None, is_second: false }),
            Tag::Ol => {
                let first = number(self.source, self.page, element, "start").filter(|&first| first < 100_000_000);
                self.lines.enter(id, FrameKind::List { next: first.or(Some(1)), is_second: false });
            }
            Tag::Li => self.lines.enter(id, FrameKind::Item { width: 0 }),
            Tag::Pre | Tag::Listing | Tag::Xmp | Tag::Plaintext if self.code.is_none() => {
                self.code = Some(Code { element: id, language: language(self.page, id), text: String::new() });
            }
            Tag::Table if self.tables.has(id) => {
                self.table =
                    Some(Table { element: id, grid: Grid::default(), row: None, is_in_caption: false, notes: vec![] });
            }
            tag => self.headings.extend(tag.heading_level().map(|level| (id, level))),
        }
    }

    fn block(&mut self, at: usize) {
        let block = &self.page.blocks[at];
        if let Some(code) = &mut self.code {
            if !code.text.is_empty() {
                code.text.push('\n');
            }
            code.text.push_str(self.page.block_text(block));
            return;
        }
        let mut text = String::new();
        if let Some(table) = self.table.as_mut().filter(|table| !table.is_in_caption) {
            inline(self.page, block, self.options.links, Breaks::Cell, &mut text);
            table.grid.add(&text);
        } else if let Some((_, level)) = self.headings.last() {
            text.extend(std::iter::repeat_n('#', usize::from(*level)));
            text.push(' ');
            inline(self.page, block, self.options.links, Breaks::Space, &mut text);
            self.lines.write(&text);
        } else {
            inline(self.page, block, self.options.links, Breaks::Hard, &mut text);
            match self.table.as_mut().filter(|table| table.row.is_some()) {
                Some(table) => table.notes.push(text),
                None => self.lines.write(&text),
            }
        }
    }

    fn leave(&mut self, id: ElementId) {
        if let Some(code) = self.code.take_if(|code| code.element == id) {
            self.lines.write(&fenced(&code));
        }
        if let Some(table) = self.table.take_if(|table| table.element == id) {
            self.lines.write(&table.grid.lines());
            table.notes.iter().for_each(|note| self.lines.write(note));
        }
        if self.table.is_some() {
            return self.leave_in_table(id);
        }
        self.headings.pop_if(|heading| heading.0 == id);
        self.lines.leave(id);
    }
}

/// Tables.
impl MarkdownWriter<'_> {
    fn enter_in_table(&mut self, id: ElementId) {
        let Some(table) = &mut self.table else { return };
        match self.page.element(id).tag {
            Tag::Caption => table.is_in_caption = true,
            Tag::Tr => {
                table.grid.start_row();
                table.row = Some((id, id + 1));
            }
            Tag::Td | Tag::Th => {
                self.skip_cells(id);
                self.start_cell(id);
            }
            _ => {}
        }
    }

    fn leave_in_table(&mut self, id: ElementId) {
        let element = self.page.element(id);
        if element.tag == Tag::Tr {
            self.skip_cells(element.end);
        }
        let Some(table) = &mut self.table else { return };
        match element.tag {
            Tag::Caption => table.is_in_caption = false,
            Tag::Td | Tag::Th => table.grid.end_cell(),
            _ => {}
        }
    }

    /// Adds the cells up to an element of which nothing is kept: the others stay in their columns.
    fn skip_cells(&mut self, to: ElementId) {
        let Some((row, from)) = self.table.as_ref().and_then(|table| table.row) else { return };
        cells(self.page, row, from, to).for_each(|cell| self.start_cell(cell));
    }

    fn start_cell(&mut self, id: ElementId) {
        let element = self.page.element(id);
        let span = |name| number(self.source, self.page, element, name).unwrap_or(1);
        let (columns, rows) = (span("colspan"), span("rowspan"));
        if let Some(table) = &mut self.table {
            table.grid.start_cell(columns, rows);
            table.row = table.row.map(|(row, _)| (row, element.end));
        }
    }
}

/// A code block with a fence longer than any in it.
fn fenced(code: &Code) -> String {
    let fence = "`".repeat((longest_run(&code.text, '`') + 1).max(3));
    format!("{fence}{}\n{}\n{fence}", code.language, code.text)
}

/// The language that a class of `pre`, of the `code` in it or of the element around it names.
fn language(page: &Page, pre: ElementId) -> String {
    let inner = Some(pre + 1).filter(|&id| id < page.element(pre).end);
    let candidates = [Some(pre), inner, Some(page.element(pre).parent)].into_iter().flatten();
    candidates
        .filter_map(|id| page.attribute(page.element(id), AttributeName::Class))
        .flat_map(str::split_ascii_whitespace)
        .filter_map(|class| class.strip_prefix("language-").or(class.strip_prefix("lang-")))
        .find(|name| is_language(name))
        .unwrap_or_default()
        .to_owned()
}

fn is_language(name: &str) -> bool {
    (1..=30).contains(&name.len()) && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+#-_.".contains(&byte))
}
