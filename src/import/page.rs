//! An HTML page as blocks of text nodes, cut as a full-page scrape cuts it.
//! This module must not know about gold text, labels or how a page is written out.

use std::collections::HashSet;
use std::ops::Range;

use super::render::Rendering;
use crate::segment::html::{EndTag, PageReader, Sink, StartTag, Tag, TagText, TextMode, scan};

/// Elements that end the current block at their start and at their end (the set of `score.py`).
const BLOCK: &str = "\
    address article aside blockquote body br button caption center dd details dialog div dl dt fieldset \
    figcaption figure footer form h1 h2 h3 h4 h5 h6 header hr iframe legend li main nav ol option p pre \
    section select summary table tbody td tfoot th thead tr ul video";
/// Inline elements that text nodes remember.
const INLINE: &str = "a b strong";
/// Elements whose text no reader sees (the set of `score.py`).
const SKIPPED: &str = "script style template svg math head noscript";
/// Elements without content: they are never open.
const VOID: &str = "br hr";
/// Elements with a blank line around them in text browsers.
const SPACED: &str = "blockquote dl figure h1 h2 h3 h4 h5 h6 hr ol p pre table ul";
/// Open elements searched for the one that an end tag closes; deeper nesting is broken markup.
const SEARCHED: usize = 200;

/// What separates a block from the one before it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Gap {
    /// A line feed, written as `br`.
    #[default]
    Break,
    /// A line feed, as between two `div`.
    Line,
    /// A blank line.
    Blank,
}

/// The list item that holds a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Item {
    /// Number of the `li` on the page.
    pub element: usize,
    /// Lists around it, 1 or more.
    pub depth: usize,
    /// Its number in an ordered list, from 1.
    pub number: Option<usize>,
}

/// The table cell that holds a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cell {
    /// Number of the `table` on the page, 0 where none is open.
    pub table: usize,
    /// Number of the `tr` on the page.
    pub row: usize,
    /// Number of the `td` or `th` on the page.
    pub element: usize,
}

/// What a node is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NodeKind {
    /// Text of the block.
    Text,
    /// An image: it has no text of the block.
    Image {
        /// Its description.
        alt: String,
        /// Where it stands, as written.
        src: String,
    },
}

/// A text node, or an image between text nodes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// Index of its block.
    pub block: usize,
    /// Bytes of the block's text, without white space around; empty for images.
    pub range: Range<usize>,
    /// Text or image.
    pub kind: NodeKind,
    /// White space stands between it and the node before, in the same block.
    pub spaced: bool,
    /// Index of the link it stands in.
    pub link: Option<usize>,
    /// Inside `b` or `strong`.
    pub bold: bool,
}

/// A stretch of text between two cuts, with white space collapsed. Blocks of images only have no text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PageBlock {
    /// Its text.
    pub text: String,
    /// The same with its white space, in `pre` only.
    pub raw: Option<String>,
    /// Indices of its nodes.
    pub nodes: Range<usize>,
    /// Innermost block element around it.
    pub tag: &'static str,
    /// 1 to 6 inside a heading, else 0.
    pub heading: u8,
    /// Block quotations around it.
    pub quotes: usize,
    /// The innermost list item around it.
    pub item: Option<Item>,
    /// The innermost table cell around it.
    pub cell: Option<Cell>,
    /// What separates it from the block before.
    pub gap: Gap,
    /// Where it stands in the page, for pages cut by the front end; else empty.
    pub span: Range<usize>,
}

/// A page: blocks and nodes in the order of the source.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// Text of the first `title`, white space collapsed.
    pub title: String,
    /// First two letters of the `lang` of `html`, in lower case; empty where it has none.
    pub language: String,
    /// Blocks in order.
    pub blocks: Vec<PageBlock>,
    /// Nodes in order.
    pub nodes: Vec<Node>,
    /// Addresses of links, as written.
    pub links: Vec<String>,
    /// The page itself, for pages cut by the front end; else empty.
    pub source: String,
}

impl Page {
    /// Cuts a page as the renderings need it: as the front end does for those that keep it, else as scrapers do.
    pub fn read(html: String, renderings: &[&'static Rendering]) -> Page {
        if renderings.iter().any(|rendering| rendering.keeps_page()) {
            Page::of_front_end(html)
        } else {
            Page::parse(&html)
        }
    }

    /// The blocks of the front end, a node each.
    fn of_front_end(html: String) -> Page {
        let mut reader = PageReader::default();
        let read = reader.read(&html);
        let mut page = Page {
            title: read.title().unwrap_or_default().to_owned(),
            language: read.lang().map_or(String::new(), |lang| lang.to_lowercase().chars().take(2).collect()),
            ..Page::default()
        };
        let h1: HashSet<u32> = read.h1_blocks().iter().copied().collect();
        for (index, block) in read.blocks.iter().enumerate() {
            let text = read.block_text(block).to_owned();
            page.nodes.push(Node {
                block: index,
                range: 0..text.len(),
                kind: NodeKind::Text,
                spaced: false,
                link: None,
                bold: false,
            });
            page.blocks.push(PageBlock {
                text,
                nodes: index..index + 1,
                heading: u8::from(h1.contains(&(index as u32))),
                span: block.span.start as usize..block.span.end as usize,
                ..PageBlock::default()
            });
        }
        page.source = html;
        page
    }

    /// Cuts a page. Any string is a page.
    pub fn parse(html: &str) -> Page {
        let mut builder = Builder::default();
        scan(html, &mut builder);
        builder.finish_text();
        builder.page.title = collapse(&builder.page.title);
        builder.page
    }

    /// The text of a node; empty for images.
    pub fn text(&self, node: &Node) -> &str {
        &self.blocks[node.block].text[node.range.clone()]
    }
}

/// White space as Python's `\s` and `str.strip` see it.
pub fn is_space(c: char) -> bool {
    c.is_whitespace() || ('\x1c'..='\x1f').contains(&c)
}

/// Runs of white space become one space, none is left around.
pub fn collapse(text: &str) -> String {
    let words: Vec<&str> = text.split(is_space).filter(|word| !word.is_empty()).collect();
    words.join(" ")
}

/// An open element.
struct Open {
    tag: &'static str,
    /// Its number on the page, from 1.
    element: usize,
    /// Items opened in it so far, for lists.
    items: usize,
    /// Its number among the items of its list.
    number: usize,
    /// Index of its address, for links.
    link: Option<usize>,
}

#[derive(Default)]
struct Builder {
    page: Page,
    open: Vec<Open>,
    elements: usize,
    /// Skipped elements open, counted as `score.py` does: `body` forgets them.
    skipped: usize,
    titles: usize,
    in_title: bool,
    /// Whether the last block still takes text.
    in_block: bool,
    /// White space was seen since the last character of the block.
    space: bool,
    /// White space was seen since the last node of the block.
    spaced: bool,
    gap: Gap,
    line_breaks: usize,
    /// Text since the last tag or comment.
    pending: String,
}

impl Sink for Builder {
    /// A self-closing tag counts as start and end, whatever the element.
    fn start_tag(&mut self, tag: &StartTag<'_>) -> TextMode {
        self.finish_text();
        let name = tag.text.name();
        self.start(&name, tag.text);
        if tag.self_closing {
            self.end(&name);
            return TextMode::Markup;
        }
        if matches!(tag.tag, Tag::Script | Tag::Style) { TextMode::Raw } else { TextMode::Markup }
    }

    fn end_tag(&mut self, tag: &EndTag<'_>) {
        self.finish_text();
        self.end(&tag.text.name());
    }

    fn text(&mut self, text: &str, _: Range<usize>) {
        self.pending.push_str(text);
    }

    fn comment(&mut self, _: Range<usize>) {
        self.finish_text();
    }

    fn doctype(&mut self, _: bool) {
        self.finish_text();
    }

    fn in_foreign_content(&self) -> bool {
        false
    }
}

impl Builder {
    /// Takes the text since the last tag or comment as one.
    fn finish_text(&mut self) {
        let mut text = std::mem::take(&mut self.pending);
        if !text.is_empty() {
            self.text(&text);
        }
        text.clear();
        self.pending = text;
    }

    fn start(&mut self, name: &str, tag: TagText<'_>) {
        match name {
            "body" => self.skipped = 0,
            "html" if self.page.language.is_empty() => self.page.language = language(tag),
            "title" => {
                self.titles += 1;
                self.in_title = self.titles == 1;
            }
            "img" if self.skipped == 0 => self.image(tag),
            _ => {}
        }
        self.skipped += usize::from(known(SKIPPED, name).is_some());
        if let Some(name) = known(BLOCK, name) {
            self.cut(name);
            self.close_implied(name);
            if known(VOID, name).is_none() {
                self.push(name, None);
            }
        } else if let Some(name) = known(INLINE, name) {
            self.start_inline(name, tag);
        }
    }

    fn start_inline(&mut self, name: &'static str, tag: TagText<'_>) {
        if name != "a" {
            return self.push(name, None);
        }
        self.end_inline("a");
        let link = attribute(tag, "href").map(|href| {
            self.page.links.push(href);
            self.page.links.len() - 1
        });
        self.push(name, link);
    }

    fn end(&mut self, name: &str) {
        if name == "title" {
            self.in_title = false;
        }
        if known(SKIPPED, name).is_some() {
            self.skipped = self.skipped.saturating_sub(1);
        }
        if let Some(name) = known(BLOCK, name) {
            self.cut(name);
            self.end_block(name);
        } else if let Some(name) = known(INLINE, name) {
            self.end_inline(name);
        }
    }

    /// Ends the current block and notes how far the next one stands from it.
    fn cut(&mut self, tag: &'static str) {
        self.in_block = false;
        self.space = false;
        self.line_breaks += usize::from(tag == "br");
        let inner_list = matches!(tag, "ul" | "ol" | "dl") && self.open.iter().any(|open| open.tag == "li");
        let gap = match tag {
            "br" if self.line_breaks == 1 => Gap::Break,
            "br" => Gap::Blank,
            _ if known(SPACED, tag).is_some() && !inner_list => Gap::Blank,
            _ => Gap::Line,
        };
        self.gap = self.gap.max(gap);
    }

    fn push(&mut self, tag: &'static str, link: Option<usize>) {
        self.elements += 1;
        let list = self.open.iter_mut().rev().find(|open| matches!(open.tag, "ul" | "ol"));
        let number = match list {
            Some(list) if tag == "li" => {
                list.items += 1;
                list.items
            }
            _ => 0,
        };
        self.open.push(Open { tag, element: self.elements, items: 0, number, link });
    }

    /// Closes what the start of an element closes: `<li>` the item before, `<p>` the paragraph before.
    fn close_implied(&mut self, tag: &'static str) {
        let (closed, within): (&[&str], &[&str]) = match tag {
            "br" => return,
            "li" => (&["li"], &["ul", "ol", "table", "td", "th"]),
            "dt" | "dd" => (&["dt", "dd"], &["dl", "table", "td", "th"]),
            "td" | "th" => (&["td", "th"], &["tr", "table"]),
            "tr" => (&["tr"], &["table"]),
            "tbody" | "thead" | "tfoot" => (&["tbody", "thead", "tfoot"], &["table"]),
            "option" => (&["option"], &["select"]),
            _ => (&["p"], &["button", "td", "th", "li", "table", "div", "section", "article", "blockquote"]),
        };
        let found = self.open.iter().rposition(|open| closed.contains(&open.tag) || within.contains(&open.tag));
        if let Some(at) = found.filter(|&at| closed.contains(&self.open[at].tag)) {
            self.open.truncate(at);
        }
    }

    /// Closes the innermost element of that name and all in it; only table tags reach out of a cell.
    fn end_block(&mut self, tag: &'static str) {
        let from = self.open.len().saturating_sub(SEARCHED);
        let of_table = matches!(tag, "table" | "tbody" | "thead" | "tfoot" | "tr" | "td" | "th");
        let stop = |open: &Open| open.tag == tag || (!of_table && matches!(open.tag, "td" | "th" | "table"));
        if let Some(at) = self.open[from..].iter().rposition(stop).filter(|at| self.open[from + at].tag == tag) {
            self.open.truncate(from + at);
        }
    }

    /// Closes the innermost element of that name alone, if it is nearer than a table cell.
    fn end_inline(&mut self, tag: &str) {
        let from = self.open.len().saturating_sub(SEARCHED);
        let stop = |open: &Open| open.tag == tag || matches!(open.tag, "td" | "th" | "table");
        if let Some(at) = self.open[from..].iter().rposition(stop).filter(|at| self.open[from + at].tag == tag) {
            self.open.remove(from + at);
        }
    }

    fn text(&mut self, text: &str) {
        if self.in_title {
            self.page.title.push_str(text);
        }
        if self.skipped > 0 {
            return;
        }
        if text.chars().all(is_space) {
            return self.white_space(text);
        }
        self.open_block();
        self.add_node(text);
    }

    fn white_space(&mut self, text: &str) {
        (self.space, self.spaced) = (true, self.in_block);
        if self.in_block
            && let Some(raw) = self.page.blocks.last_mut().and_then(|block| block.raw.as_mut())
        {
            raw.push_str(text);
        }
    }

    fn add_node(&mut self, text: &str) {
        let (link, bold) = (self.link(), self.open.iter().any(|open| matches!(open.tag, "b" | "strong")));
        let index = self.page.blocks.len() - 1;
        let block = &mut self.page.blocks[index];
        if let Some(raw) = block.raw.as_mut() {
            raw.push_str(text);
        }
        let gap = (self.space || text.starts_with(is_space)) && !block.text.is_empty();
        if gap {
            block.text.push(' ');
        }
        let start = block.text.len();
        block.text.push_str(&collapse(text));
        let spaced = self.spaced || text.starts_with(is_space);
        self.space = text.ends_with(is_space);
        self.spaced = self.space;
        let range = start..block.text.len();
        block.nodes.end += 1;
        self.page.nodes.push(Node { block: index, range, kind: NodeKind::Text, spaced, link, bold });
    }

    /// Images that stand in the page itself (`data:`) are placeholders and left out.
    fn image(&mut self, tag: TagText<'_>) {
        let src = attribute(tag, "src").unwrap_or_default();
        if src.is_empty() || src.starts_with("data:") {
            return;
        }
        self.open_block();
        let kind = NodeKind::Image { alt: collapse(&attribute(tag, "alt").unwrap_or_default()), src };
        let (index, link) = (self.page.blocks.len() - 1, self.link());
        let block = &mut self.page.blocks[index];
        block.nodes.end += 1;
        let range = block.text.len()..block.text.len();
        let spaced = std::mem::take(&mut self.spaced);
        self.page.nodes.push(Node { block: index, range, kind, spaced, link, bold: false });
    }

    fn link(&self) -> Option<usize> {
        self.open.iter().rev().find(|open| open.tag == "a").and_then(|open| open.link)
    }

    fn open_block(&mut self) {
        if self.in_block {
            return;
        }
        let nodes = self.page.nodes.len()..self.page.nodes.len();
        let open = || self.open.iter().rev();
        let pre = open().any(|open| open.tag == "pre");
        let block = PageBlock {
            text: String::new(),
            raw: pre.then(String::new),
            nodes,
            tag: open().find(|open| known(INLINE, open.tag).is_none()).map_or("body", |open| open.tag),
            heading: open().find_map(|open| heading_level(open.tag)).unwrap_or(0),
            quotes: open().filter(|open| open.tag == "blockquote").count(),
            item: self.item(),
            cell: self.cell(),
            gap: self.gap,
            span: 0..0,
        };
        self.page.blocks.push(block);
        self.in_block = true;
        (self.space, self.spaced) = (false, false);
        self.gap = Gap::default();
        self.line_breaks = 0;
    }

    fn item(&self) -> Option<Item> {
        let at = self.open.iter().rposition(|open| open.tag == "li")?;
        let lists = || self.open[..at].iter().filter(|open| matches!(open.tag, "ul" | "ol"));
        let ordered = lists().next_back().is_some_and(|list| list.tag == "ol");
        let item = &self.open[at];
        Some(Item { element: item.element, depth: lists().count().max(1), number: ordered.then_some(item.number) })
    }

    fn cell(&self) -> Option<Cell> {
        let at = self.open.iter().rposition(|open| matches!(open.tag, "td" | "th"))?;
        let outer =
            |tag: &str| self.open[..at].iter().rev().find(|open| open.tag == tag).map_or(0, |open| open.element);
        Some(Cell { table: outer("table"), row: outer("tr"), element: self.open[at].element })
    }
}

/// The name as it stands in a list of names.
fn known(names: &'static str, name: &str) -> Option<&'static str> {
    names.split(' ').find(|known| *known == name)
}

fn heading_level(tag: &str) -> Option<u8> {
    ["h1", "h2", "h3", "h4", "h5", "h6"].iter().zip(1..).find(|(name, _)| **name == tag).map(|(_, level)| level)
}

fn attribute(tag: TagText<'_>, name: &str) -> Option<String> {
    tag.attributes().find(|(found, _)| found == name).map(|(_, value)| value.text().trim().to_owned())
}

fn language(tag: TagText<'_>) -> String {
    let lang = attribute(tag, "lang").or_else(|| attribute(tag, "xml:lang")).unwrap_or_default();
    lang.chars().take_while(char::is_ascii_alphabetic).take(2).collect::<String>().to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(html: &str) -> Vec<String> {
        Page::parse(html).blocks.into_iter().map(|block| block.text).collect()
    }

    #[test]
    fn block_elements_and_line_breaks_cut() {
        for (html, expected) in [
            ("<p>a <b>b</b>c</p>d", vec!["a bc", "d"]),
            ("one<br>two<br/><br>three", vec!["one", "two", "three"]),
            ("<span>a</span><span>b</span>", vec!["ab"]),
            ("a\n\n  b&nbsp;c", vec!["a b c"]),
            ("", vec![]),
        ] {
            assert_eq!(texts(html), expected, "{html:?}");
        }
    }

    #[test]
    fn what_no_reader_sees_is_skipped() {
        for (html, expected) in [
            ("<head><title>t</title></head><body>x", vec!["x"]),
            ("<head><title>t</title><body>x", vec!["x"]),
            ("a<script>if (a < b) '<p>'</script>b<style>p {}</style>c", vec!["abc"]),
            ("a<noscript><p>no</p></noscript>b", vec!["a", "b"]),
            ("<svg/>a<svg><title>s</title></svg>", vec!["a"]),
        ] {
            assert_eq!(texts(html), expected, "{html:?}");
        }
    }

    #[test]
    fn title_and_language_are_read() {
        let page = Page::parse("<html lang='de-AT'><title> Trams\n again | News</title><svg><title>x</title></svg>");
        assert_eq!((page.title.as_str(), page.language.as_str()), ("Trams again | News", "de"));
    }

    #[test]
    fn nodes_know_their_link_and_weight() {
        let page = Page::parse("<p>See <a href='/a'>the <b>new</b> depot</a>.</p>");
        let nodes: Vec<_> = page.nodes.iter().map(|node| (page.text(node), node.link, node.bold)).collect();
        let expected = [
            ("See", None, false),
            ("the", Some(0), false),
            ("new", Some(0), true),
            ("depot", Some(0), false),
            (".", None, false),
        ];
        assert_eq!(nodes, expected);
        assert_eq!(page.links, ["/a"]);
    }

    #[test]
    fn blocks_know_their_place() {
        let html = "<h2><div>Title</div></h2><ol><li>one<li>two<ul><li>in</ul></ol><blockquote><p>q</blockquote>";
        let page = Page::parse(html);
        let places: Vec<_> = page
            .blocks
            .iter()
            .map(|block| {
                let item = block.item.map(|item| (item.depth, item.number));
                (block.text.as_str(), block.heading, item, block.quotes, block.gap)
            })
            .collect();
        let expected = [
            ("Title", 2, None, 0, Gap::Blank),
            ("one", 0, Some((1, Some(1))), 0, Gap::Blank),
            ("two", 0, Some((1, Some(2))), 0, Gap::Line),
            ("in", 0, Some((2, None)), 0, Gap::Line),
            ("q", 0, None, 1, Gap::Blank),
        ];
        assert_eq!(places, expected);
    }

    #[test]
    fn line_breaks_are_told_from_paragraphs() {
        let page = Page::parse("a<br>b<br><br>c<div>d</div>");
        let gaps: Vec<Gap> = page.blocks.iter().map(|block| block.gap).collect();
        assert_eq!(gaps, [Gap::Break, Gap::Break, Gap::Blank, Gap::Line]);
    }

    #[test]
    fn a_stray_end_tag_does_not_leave_its_cell() {
        let page = Page::parse("<table><tr><td>a</div>b<td>c</table>d");
        let cells: Vec<_> = page.blocks.iter().map(|block| block.cell.map(|cell| cell.element)).collect();
        assert_eq!(cells[0], cells[1]);
        assert_ne!(cells[1], cells[2]);
        assert_eq!(cells[3], None);
    }

    #[test]
    fn pre_keeps_its_white_space_beside_the_text() {
        let page = Page::parse("<pre>a\n  <i>b</i>\n</pre>");
        assert_eq!(page.blocks[0].text, "a b");
        assert_eq!(page.blocks[0].raw.as_deref(), Some("a\n  b\n"));
    }
}
