//! Kept blocks to clean HTML: the page's own elements, as far as they say something.
//! This module must not know which attributes the source has, only which may stay.

use std::ops::Range;

use super::source::{attributes, is_safe};
use super::spans::{Span, Spans};
use super::tables::{DataTables, cells};
use super::walk::{Visitor, walk};
use crate::segment::html::{Element, ElementId, Flags, HtmlBlock, Page, Tag};

/// Appends the kept blocks as HTML: balanced, escaped, without a line feed at the end.
///
/// `source` must be what the page was read from. Paragraphs, headings, lists, tables of data, quotations, code and
/// figures stay, with the inline elements in them; wrappers and tables of layout go, and all that runs, loads or asks:
/// scripts, styles, frames, objects, forms, comments. Attributes are those that say something about the text (`href`,
/// `src`, `alt`, `title`, `lang`, `dir`, `cite`, `datetime`, `colspan`, `rowspan`, `start`, `type`); addresses are `http`, `https`, `mailto`, `tel`, `ftp`, `news` or relative. Images stay within kept
/// text and in figures of which something is kept. Read as a page, the result has the same block texts. Nothing kept
/// gives nothing.
///
/// ```
/// use dehusk::html::PageReader;
///
/// let source = "<div class=x><h2 onclick=x>Trams</h2><p>The <a href=/red class=y>red</a> one<script>x()</script></div>";
/// let mut reader = PageReader::default();
/// let page = reader.read(source);
/// let mut out = String::new();
/// dehusk::rewrite::markup(source, page, &[true, true], &mut out);
/// assert_eq!(out, "<h2>Trams</h2>\n<p>The <a href=\"/red\">red</a> one</p>");
/// ```
pub fn markup(source: &str, page: &Page, kept: &[bool], out: &mut String) {
    let tables = DataTables::of(page, kept);
    let spans = Spans::default();
    let mut writer =
        MarkupWriter { source, page, tables, spans, start: out.len(), out, open: vec![], after_text: false };
    walk(page, kept, &mut writer);
}

/// Attributes that may stay, and the elements they may stay on; `*` is all.
const ATTRIBUTES: &[(&str, &[&str])] = &[
    ("lang", &["*"]),
    ("dir", &["*"]),
    ("title", &["*"]),
    ("href", &["a"]),
    ("src", &["img"]),
    ("alt", &["img"]),
    ("cite", &["blockquote", "q", "del", "ins"]),
    ("datetime", &["time", "del", "ins"]),
    ("colspan", &["td", "th"]),
    ("rowspan", &["td", "th"]),
    ("start", &["ol"]),
    ("type", &["ol"]),
];

/// Elements of these kinds that are written one inside of another; deeper ones only hold their text. Twice as many
/// are far below the depth at which readers give up.
const MOST_OPEN: usize = 200;

/// An element that is being written.
struct Open {
    /// The element of the page that it is there for; [`TEXT`] for one that a block needs.
    element: ElementId,
    tag: Tag,
    /// Length of the output before its start tag and behind it.
    start: usize,
    content: usize,
    /// For rows: one past the last element in it that has been seen.
    seen: ElementId,
}

/// Stands for a block where the id of an element is wanted. Larger than all of them.
const TEXT: ElementId = ElementId::MAX;

struct MarkupWriter<'a> {
    source: &'a str,
    page: &'a Page,
    tables: DataTables,
    spans: Spans,
    out: &'a mut String,
    /// Length of `out` when nothing had been written.
    start: usize,
    /// Tags that are written and not closed. Ids of their elements do not fall.
    open: Vec<Open>,
    /// Whether text has just been written, so that more of it needs something between.
    after_text: bool,
}

impl Visitor for MarkupWriter<'_> {
    fn enter(&mut self, id: ElementId) {
        let Some(tag) = self.container(id) else { return };
        if matches!(tag, Tag::Td | Tag::Th) {
            self.skip_cells(id);
        }
        self.enclose(id, Some(tag));
        if tag == Tag::Figure {
            self.images(id);
        }
    }

    fn block(&mut self, at: usize) {
        let block = &self.page.blocks[at];
        self.enclose(TEXT, None);
        if self.after_text {
            self.out.push_str("<br><br>");
        }
        let spans = self.spans.of_block(self.page, block);
        BlockWriter { source: self.source, page: self.page, out: self.out, block, open: vec![] }.write(&spans);
        self.after_text = true;
        self.leave(TEXT);
    }

    fn leave(&mut self, id: ElementId) {
        let depth = self.open.partition_point(|open| open.element < id);
        if self.open.get(depth).is_some_and(|open| open.tag == Tag::Tr) && id != TEXT {
            self.skip_cells(self.page.element(id).end);
        }
        self.close_to(depth);
    }
}

/// Elements around blocks.
impl MarkupWriter<'_> {
    /// The tag that an element around blocks is written with; `None` for those that say nothing about their text.
    fn container(&self, id: ElementId) -> Option<Tag> {
        use Tag::*;
        let tag = match self.page.element(id).tag {
            Menu | Dir => Ul,
            Listing | Xmp | Plaintext => Pre,
            tag => tag,
        };
        let is_written = match tag {
            P | H1 | H2 | H3 | H4 | H5 | H6 | Pre => true,
            Ul | Ol | Li | Dl | Dt | Dd | Blockquote | Figure | Figcaption | Address | Details | Summary => {
                self.open.len() < MOST_OPEN
            }
            Table => self.tables.has(id),
            Caption | Thead | Tbody | Tfoot | Tr | Td | Th => self.open.iter().any(|open| open.tag == Table),
            _ => false,
        };
        is_written.then_some(tag)
    }

    /// Opens an element, or makes room for text when there is none, where it may stand: what must be around it is
    /// opened, what cannot hold it is closed.
    fn enclose(&mut self, id: ElementId, tag: Option<Tag>) {
        loop {
            let around = self.open.last();
            match fit(around.map(|open| open.tag), tag) {
                Fit::Holds => break,
                Fit::Drops => return,
                Fit::Ends => self.close_to(self.open.len() - 1),
                Fit::Needs(wrapper) => self.open(id, wrapper, ""),
                // Blocks of one `pre` are told apart by elements in it.
                Fit::Splits if around.is_some_and(|open| self.page.element(open.element).blocks.len() > 1) => {
                    self.open(id, Tag::Div, "");
                }
                Fit::Splits => break,
            }
        }
        if let Some(tag) = tag {
            let attributes = kept_attributes(self.source, self.page, self.page.element(id), tag);
            self.open(id, tag, &attributes);
        }
    }

    fn open(&mut self, element: ElementId, tag: Tag, attributes: &str) {
        let start = self.out.len();
        if start > self.start && tag != Tag::Div {
            self.out.push('\n');
        }
        write_tag(tag.name(), attributes, self.out);
        self.open.push(Open { element, tag, start, content: self.out.len(), seen: element.saturating_add(1) });
        self.after_text = false;
    }

    /// Closes elements up to a height of the stack. Those that hold nothing go, except cells.
    fn close_to(&mut self, height: usize) {
        while self.open.len() > height {
            let Some(open) = self.open.pop() else { return };
            if self.out.len() == open.content && !matches!(open.tag, Tag::Td | Tag::Th) {
                self.out.truncate(open.start);
            } else {
                write_end(open.tag.name(), self.out);
            }
            self.after_text = false;
        }
    }

    /// Writes the cells of the innermost row, up to an element, of which nothing is kept: the others stay in their
    /// columns.
    fn skip_cells(&mut self, to: ElementId) {
        let Some(row) = self.open.iter_mut().rfind(|open| open.tag == Tag::Tr) else { return };
        let (id, from) = (row.element, row.seen);
        row.seen = self.page.element(to).end.max(to);
        for cell in cells(self.page, id, from, to) {
            let element = self.page.element(cell);
            let attributes = kept_attributes(self.source, self.page, element, element.tag);
            self.out.push('\n');
            write_tag(element.tag.name(), &attributes, self.out);
            write_end(element.tag.name(), self.out);
        }
    }

    /// Writes the images of a figure that are not in text; those in a figure within belong to that one.
    fn images(&mut self, figure: ElementId) {
        let mut id = figure + 1;
        let mut has_image = false;
        while id < self.page.element(figure).end {
            let element = self.page.element(id);
            let is_second_copy = has_image && element.flags.has(Flags::NOSCRIPT);
            if element.tag == Tag::Img && !is_in_text(self.page, element.text.start) && !is_second_copy {
                has_image |= write_image(self.source, self.page, element, self.out);
            }
            id = if element.tag == Tag::Figure { element.end } else { id + 1 };
        }
    }
}

/// How something stands in an element.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fit {
    Holds,
    /// It is not written: what it holds is.
    Drops,
    /// The element ends before it.
    Ends,
    /// Another element has to be between.
    Needs(Tag),
    /// Between several of its kind there have to be elements.
    Splits,
}

/// How an element, or text, stands directly in one with the tag `outer`.
fn fit(outer: Option<Tag>, inner: Option<Tag>) -> Fit {
    use Tag::*;
    match (outer, inner) {
        (Some(Pre), None) => Fit::Splits,
        (Some(Pre), Some(_)) => Fit::Drops,
        (Some(H1 | H2 | H3 | H4 | H5 | H6), Some(P | H1 | H2 | H3 | H4 | H5 | H6 | Address)) => Fit::Drops,
        (Some(P), Some(P)) => Fit::Drops,
        (Some(P | H1 | H2 | H3 | H4 | H5 | H6), Some(_)) => Fit::Ends,
        (Some(Ul | Ol), Some(Li)) | (Some(Dl), Some(Dt | Dd)) => Fit::Holds,
        (Some(Ul | Ol), _) => Fit::Needs(Li),
        (Some(Dl), _) => Fit::Needs(Dd),
        (Some(Table), Some(Caption | Thead | Tbody | Tfoot | Tr)) => Fit::Holds,
        (Some(Thead | Tbody | Tfoot), Some(Tr)) | (Some(Tr), Some(Td | Th)) => Fit::Holds,
        (Some(Table | Thead | Tbody | Tfoot), _) => Fit::Needs(Tr),
        (Some(Tr), _) => Fit::Needs(Td),
        (None | Some(Blockquote | Figure | Details), None) => Fit::Needs(P),
        _ => Fit::Holds,
    }
}

/// Whether a place lies in the text of a block, not at one of its ends.
fn is_in_text(page: &Page, place: u32) -> bool {
    let next = page.blocks.partition_point(|block| block.text.end <= place);
    page.blocks.get(next).is_some_and(|block| block.text.start < place)
}

/// Writes one block: its text and the inline elements in it.
struct BlockWriter<'a> {
    source: &'a str,
    page: &'a Page,
    out: &'a mut String,
    block: &'a HtmlBlock,
    /// Elements that are written and not closed.
    open: Vec<OpenSpan>,
}

/// An inline element that is being written: its attributes are kept in case it has to be opened again.
struct OpenSpan {
    name: &'static str,
    attributes: String,
    end: u32,
}

impl BlockWriter<'_> {
    fn write(&mut self, spans: &[Span]) {
        let mut at = self.block.text.start;
        let mut rest = spans.iter().peekable();
        loop {
            let end = self.open.iter().map(|open| open.end).min().unwrap_or(self.block.text.end);
            let start = rest.peek().map(|span| span.text.start).filter(|start| *start < end);
            self.write_text(at..start.unwrap_or(end));
            at = start.unwrap_or(end);
            match rest.next_if(|_| start.is_some()) {
                Some(span) => self.start(span),
                None if self.open.is_empty() => return,
                None => self.end(at),
            }
        }
    }

    fn start(&mut self, span: &Span) {
        let element = self.page.element(span.element);
        if element.tag == Tag::Img {
            write_image(self.source, self.page, element, self.out);
            return;
        }
        let tag = inline_tag(element.tag);
        let attributes = kept_attributes(self.source, self.page, element, tag);
        let says_something = match tag {
            Tag::A => attributes.contains(" href="),
            _ => true,
        };
        if says_something {
            write_tag(tag.name(), &attributes, self.out);
            self.open.push(OpenSpan { name: tag.name(), attributes, end: span.text.end });
        }
    }

    /// Closes the elements that end here. Those inside of them that go on are opened again.
    fn end(&mut self, at: u32) {
        let Some(outermost) = self.open.iter().position(|open| open.end == at) else { return };
        let mut inner = self.open.split_off(outermost);
        inner.iter().rev().for_each(|open| write_end(open.name, self.out));
        inner.retain(|open| open.end > at);
        inner.iter().for_each(|open| write_tag(open.name, &open.attributes, self.out));
        self.open.append(&mut inner);
    }

    fn write_text(&mut self, range: Range<u32>) {
        let text = self.page.text().get(range.start as usize..range.end as usize).unwrap_or_default();
        for c in text.chars() {
            match c {
                '\n' if !self.block.is_preformatted() => self.out.push_str("<br>"),
                c => escape(c, self.out),
            }
        }
    }
}

/// The tag that an inline element is written with: today's name for old ones.
fn inline_tag(tag: Tag) -> Tag {
    match tag {
        Tag::Acronym => Tag::Abbr,
        Tag::Strike => Tag::S,
        Tag::Tt => Tag::Code,
        tag => tag,
    }
}

/// Writes an image, if its address may be written. Pages that load images late have the address in `data-src`.
fn write_image(source: &str, page: &Page, image: &Element, out: &mut String) -> bool {
    let all = attributes(source, page, image);
    let get = |wanted: &str| all.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.as_str());
    let address = ["src", "data-src"].into_iter().filter_map(get).find(|value| !value.is_empty() && is_safe(value));
    let Some(address) = address else { return false };
    out.push_str("<img");
    for (name, value) in [("src", Some(address)), ("alt", get("alt")), ("title", get("title"))] {
        value.iter().for_each(|value| write_attribute(name, value, out));
    }
    out.push('>');
    true
}

/// The attributes of an element that may stay on a tag, ready to be written.
fn kept_attributes(source: &str, page: &Page, element: &Element, tag: Tag) -> String {
    let mut kept = String::new();
    for (name, value) in attributes(source, page, element) {
        let row = ATTRIBUTES.iter().find(|row| row.0 == name && (row.1.contains(&"*") || row.1.contains(&tag.name())));
        let is_address = matches!(name.as_str(), "href" | "src" | "cite");
        if row.is_some() && (!is_address || is_safe(&value)) {
            write_attribute(&name, &value, &mut kept);
        }
    }
    kept
}

fn write_attribute(name: &str, value: &str, out: &mut String) {
    out.push(' ');
    out.push_str(name);
    out.push_str("=\"");
    value.chars().for_each(|c| if c == '"' { out.push_str("&quot;") } else { escape(c, out) });
    out.push('"');
}

fn write_tag(name: &str, attributes: &str, out: &mut String) {
    for part in ["<", name, attributes, ">"] {
        out.push_str(part);
    }
}

fn write_end(name: &str, out: &mut String) {
    for part in ["</", name, ">"] {
        out.push_str(part);
    }
}

fn escape(c: char, out: &mut String) {
    match c {
        '&' => out.push_str("&amp;"),
        '<' => out.push_str("&lt;"),
        '>' => out.push_str("&gt;"),
        // Left alone it would become a line feed.
        '\r' => out.push_str("&#13;"),
        c => out.push(c),
    }
}
