//! Ways of writing a page out as text, as the tools do that people scrape with.
//! This module must not know where a page comes from.

mod extracted;
mod markdown;
mod plain;

use std::ops::Range;

use super::page::{Gap, Item, Page, PageBlock};
use crate::block::{Label, Markup};

/// A stretch of a rendering that is labelled as one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unit {
    /// Bytes of the source, without surrounding white space.
    pub range: Range<usize>,
    /// Indices of the page's nodes that it was written from.
    pub nodes: Range<usize>,
}

/// A page written out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rendered {
    /// The text.
    pub source: String,
    /// Sorted and disjoint.
    pub units: Vec<Unit>,
}

/// What a rendering is made from.
#[derive(Clone, Copy, Debug)]
pub struct View<'a> {
    /// The page.
    pub page: &'a Page,
    /// Identifier of the document: what a rendering chooses, it chooses by a hash of this.
    pub id: &'a str,
    /// Labels of the page's blocks, `None` where nothing is known.
    pub labels: &'a [Option<Label>],
}

/// A way of writing a page out.
#[derive(Debug)]
pub struct Rendering {
    /// The word used in recipes and tags.
    pub name: &'static str,
    /// What it imitates.
    pub doc: &'static str,
    /// How the result is written.
    pub markup: Markup,
    /// Writes a page out.
    pub render: fn(&View) -> Rendered,
}

/// The rendering that is the page itself.
const HTML: &str = "html";

impl Rendering {
    /// Whether the source is the page itself.
    pub fn keeps_page(&self) -> bool {
        self.name == HTML
    }
}

/// All renderings. They drop nothing and invent nothing but markup, except `extracted`, which leaves blocks out.
pub const RENDERINGS: &[Rendering] = &[
    Rendering {
        name: "lines",
        doc: "every block on a line of its own: a full-page scrape, as `score.py prepare --as text` gives it",
        markup: Markup::Text,
        render: plain::lines,
    },
    Rendering {
        name: "paragraphs",
        doc: "blank lines around paragraphs, headings, lists and tables, as inscriptis and html2text write them",
        markup: Markup::Text,
        render: plain::paragraphs,
    },
    Rendering {
        name: "nodes",
        doc: "every text node on a line of its own, as BeautifulSoup's `get_text(\"\\n\", strip=True)` gives it",
        markup: Markup::Text,
        render: plain::nodes,
    },
    Rendering {
        name: "markdown",
        doc: "headings, lists, links, images, bold, tables, quotations and code marked, as HTML converters do",
        markup: Markup::Markdown,
        render: markdown::markdown,
    },
    Rendering {
        name: "wrapped",
        doc: "like `paragraphs`, hard-wrapped at 60 to 78 columns, items with a bullet: lynx, mail",
        markup: Markup::Text,
        render: plain::wrapped,
    },
    Rendering {
        name: HTML,
        doc: "the page itself, labelled by the blocks of the HTML front end; not together with others",
        markup: Markup::Html,
        render: page,
    },
    Rendering {
        name: "extracted",
        doc: "the content with few boilerplate blocks: what an extractor leaves",
        markup: Markup::Text,
        render: extracted::extracted,
    },
];

/// The page itself.
fn page(view: &View<'_>) -> Rendered {
    let mut units: Vec<Unit> =
        view.page.blocks.iter().map(|block| Unit { range: block.span.clone(), nodes: block.nodes.clone() }).collect();
    units.sort_by_key(|unit| (unit.range.start, unit.range.end));
    Rendered { source: view.page.source.clone(), units }
}

impl Rendered {
    /// Adds a unit after as many line feeds as the gap asks for, none at the start.
    fn push(&mut self, gap: Gap, text: &str, nodes: Range<usize>) {
        if !self.source.is_empty() {
            self.source.push_str(if gap == Gap::Blank { "\n\n" } else { "\n" });
        }
        let start = self.source.len() + text.len() - text.trim_start().len();
        self.source.push_str(text);
        let end = self.source.trim_end().len().max(start);
        self.units.push(Unit { range: start..end, nodes });
    }
}

/// Blocks that have what a rendering writes, each with the widest gap since the one before.
fn spaced<'a>(
    blocks: &'a [PageBlock],
    written: impl Fn(&PageBlock) -> bool + 'a,
) -> impl Iterator<Item = (Gap, &'a PageBlock)> {
    let mut gap = Gap::default();
    blocks.iter().filter_map(move |block| {
        gap = gap.max(block.gap);
        written(block).then(|| (std::mem::take(&mut gap), block))
    })
}

/// Whether a block is written for its text.
fn has_text(block: &PageBlock) -> bool {
    !block.text.is_empty()
}

/// Preformatted text without the empty lines around it.
fn code(raw: &str) -> &str {
    let raw = raw.trim_end();
    let indented = raw.trim_start();
    let skipped = &raw[..raw.len() - indented.len()];
    &raw[skipped.rfind('\n').map_or(0, |at| at + 1)..]
}

/// Number and bullets of list items: which block is the first of its item.
#[derive(Default)]
struct Items {
    seen: Option<usize>,
}

impl Items {
    /// The mark of a block and its indentation, in columns; `None` outside lists.
    fn mark(&mut self, item: Option<Item>, bullet: &str) -> Option<(String, usize)> {
        let item = item?;
        let mark = match item.number {
            Some(number) => format!("{number}. "),
            None => format!("{bullet} "),
        };
        let first = self.seen.is_none_or(|seen| seen < item.element);
        self.seen = self.seen.max(Some(item.element));
        let mark = if first { mark } else { " ".repeat(mark.len()) };
        Some((mark, 2 * (item.depth - 1)))
    }
}

/// A number that depends on nothing but the id and the index: FNV-1a, then the finisher of SplitMix64.
fn hash(id: &str, index: usize) -> u64 {
    let bytes = id.bytes().chain((index as u64).to_le_bytes());
    let sum =
        bytes.fold(0xcbf2_9ce4_8422_2325, |sum: u64, byte| (sum ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    let mixed = (sum ^ (sum >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(super) const PAGE: &str = "<nav><ul><li><a href=/>Home</a><li><a href=/n>News</a></ul></nav>\
        <h1>Trams again</h1><p>The <b>new</b> tram<br>runs.</p><img src=/t.png alt='A tram'>\
        <table><tr><td>Line<td>7<tr><td>Stops<td>12</table>\
        <blockquote><p>At last</blockquote><pre>\n  a\n b</pre><ol><li>one<li><p>two<p>too</ol>";

    pub(super) fn rendered(name: &str, html: &str) -> Rendered {
        let page = Page::parse(html);
        let labels = vec![Some(Label::Content); page.blocks.len()];
        let rendering = RENDERINGS.iter().find(|rendering| rendering.name == name).unwrap();
        (rendering.render)(&View { page: &page, id: "a", labels: &labels })
    }

    #[test]
    fn units_are_sorted_disjoint_and_trimmed() {
        for rendering in RENDERINGS.iter().filter(|rendering| !rendering.keeps_page()) {
            let found = rendered(rendering.name, PAGE);
            let mut end = 0;
            for unit in &found.units {
                let text = &found.source[unit.range.clone()];
                assert!(
                    unit.range.start >= end && text == text.trim() && !text.is_empty(),
                    "{}: {text:?}",
                    rendering.name
                );
                end = unit.range.end;
            }
        }
    }

    #[test]
    fn every_text_node_is_written_once() {
        let page = Page::parse(PAGE);
        for rendering in RENDERINGS.iter().filter(|rendering| !rendering.keeps_page()) {
            let found = rendered(rendering.name, PAGE);
            let written: Vec<usize> = found.units.iter().flat_map(|unit| unit.nodes.clone()).collect();
            let texts = |nodes: &mut dyn Iterator<Item = usize>| -> Vec<&str> {
                nodes.map(|node| page.text(&page.nodes[node])).filter(|text| !text.is_empty()).collect()
            };
            let (all, written) = (texts(&mut (0..page.nodes.len())), texts(&mut written.into_iter()));
            assert_eq!(written, all, "{}", rendering.name);
            assert!(
                all.iter().all(|text| text.split(' ').all(|word| found.source.contains(word))),
                "{}",
                rendering.name
            );
        }
    }

    #[test]
    fn code_keeps_the_indentation_of_its_first_line() {
        for (raw, expected) in [("\n\n  a\n b\n", "  a\n b"), ("a", "a"), (" \n ", "")] {
            assert_eq!(code(raw), expected, "{raw:?}");
        }
    }

    #[test]
    fn hashes_are_fixed() {
        assert_eq!(hash("a", 0), hash("a", 0));
        assert_ne!(hash("a", 0), hash("a", 1));
        let low = (0..1000).filter(|&index| hash("a", index) % 10 < 3).count();
        assert!((250..350).contains(&low), "{low}");
    }
}
