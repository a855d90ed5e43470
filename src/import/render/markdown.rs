//! Markdown as HTML converters write it.
//! This module must not know labels.

use std::collections::HashSet;

use super::{Items, Rendered, View, code};
use crate::import::page::{Gap, Node, NodeKind, Page, PageBlock};

/// Everything on the page with its markup; links and images with their addresses as they stand.
pub(super) fn markdown(view: &View) -> Rendered {
    let mut rendered = Rendered::default();
    let mut items = Items::default();
    let mut before = None;
    for (place, line) in lines(&view.page.blocks) {
        let text = match place {
            Place::Row(_) => row(view.page, line, before != Some(place)),
            _ => paragraph(view.page, &line[0], &mut items),
        };
        let gap = place.gap(line[0].gap, before);
        if gap == Gap::Break && before.is_some() {
            rendered.source.push_str("  ");
        }
        let nodes = line[0].nodes.start..line[line.len() - 1].nodes.end;
        rendered.push(gap, &prefixed(&text, &"> ".repeat(line[0].quotes)), nodes);
        before = Some(place);
    }
    rendered
}

/// What a line belongs to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Text,
    List,
    /// A row of that table.
    Row(usize),
}

impl Place {
    /// How far a line stands from the one before: lists and tables hold together, `br` is kept.
    fn gap(self, gap: Gap, before: Option<Place>) -> Gap {
        match (self, before) {
            (Place::Row(_), Some(table)) if table == self => Gap::Line,
            (Place::List, Some(Place::List)) => gap,
            (Place::Text | Place::List, _) if gap == Gap::Break => gap,
            _ => Gap::Blank,
        }
    }
}

/// Blocks, those of a table row together.
fn lines(blocks: &[PageBlock]) -> impl Iterator<Item = (Place, &[PageBlock])> {
    let rows = plain_rows(blocks);
    let table = move |block: &PageBlock| block.cell.filter(|cell| rows.contains(&cell.row));
    let place = {
        let table = table.clone();
        move |block: &PageBlock| match (table(block), block.item) {
            (Some(cell), _) => Place::Row(cell.table),
            (None, Some(_)) => Place::List,
            (None, None) => Place::Text,
        }
    };
    let row = move |block: &PageBlock| table(block).map(|cell| cell.row);
    blocks
        .chunk_by(move |one, other| row(one).is_some() && row(one) == row(other))
        .map(move |line| (place(&line[0]), line))
}

/// Numbers of the rows that are one line: two cells or more, with nothing but a line of text in each. Tables that
/// lay out a page are none.
fn plain_rows(blocks: &[PageBlock]) -> HashSet<usize> {
    let row = |block: &PageBlock| block.cell.map(|cell| cell.row);
    let (mut plain, mut seen) = (HashSet::new(), HashSet::new());
    for line in blocks.chunk_by(|one, other| row(one) == row(other)) {
        let Some(number) = row(&line[0]) else { continue };
        if !seen.insert(number) {
            plain.remove(&number);
        } else if number > 0 && line.len() > 1 && line.iter().all(is_cell) && are_distinct(line) {
            plain.insert(number);
        }
    }
    plain
}

fn is_cell(block: &PageBlock) -> bool {
    matches!(block.tag, "td" | "th") && block.raw.is_none() && block.heading == 0
}

fn are_distinct(line: &[PageBlock]) -> bool {
    line.windows(2).all(|pair| pair[0].cell != pair[1].cell)
}

/// A table row; the first one is underlined.
fn row(page: &Page, line: &[PageBlock], first: bool) -> String {
    let cells: Vec<String> = line.iter().map(|block| inline(page, block)).collect();
    let mut row = format!("| {} |", cells.join(" | "));
    if first {
        row.push('\n');
        row.push_str(&format!("|{}", " --- |".repeat(cells.len())));
    }
    row
}

fn paragraph(page: &Page, block: &PageBlock, items: &mut Items) -> String {
    let (mark, indent) = items.mark(block.item, "*").unwrap_or_default();
    let text = match &block.raw {
        Some(raw) => format!("```\n{}\n```", code(raw)),
        None if block.heading > 0 => format!("{} {}", "#".repeat(block.heading.into()), inline(page, block)),
        None => inline(page, block),
    };
    let hanging = " ".repeat(indent + mark.len());
    let text = prefixed(&text, &hanging);
    format!("{}{mark}{}", " ".repeat(indent), &text[hanging.len()..])
}

/// Puts a prefix before every line.
fn prefixed(text: &str, prefix: &str) -> String {
    let lines: Vec<String> = text.split('\n').map(|line| format!("{prefix}{line}")).collect();
    lines.join("\n")
}

/// The text of a block with its links, images and bold words.
fn inline(page: &Page, block: &PageBlock) -> String {
    let mut written = Inline { page, text: String::new(), link: None, bold: false };
    for node in &page.nodes[block.nodes.clone()] {
        let bold = node.bold && block.heading == 0;
        written.close(node.link, bold);
        if node.spaced && !written.text.is_empty() {
            written.text.push(' ');
        }
        written.open(node.link, bold);
        written.add(node);
    }
    written.close(None, false);
    written.text
}

struct Inline<'a> {
    page: &'a Page,
    text: String,
    link: Option<usize>,
    bold: bool,
}

impl Inline<'_> {
    /// Ends what the next node does not stand in.
    fn close(&mut self, link: Option<usize>, bold: bool) {
        if self.bold && (!bold || self.link != link) {
            self.text.push_str("**");
            self.bold = false;
        }
        if let Some(open) = self.link.filter(|_| self.link != link) {
            self.text.push_str(&format!("]({})", self.page.links[open]));
            self.link = None;
        }
    }

    fn open(&mut self, link: Option<usize>, bold: bool) {
        if link.is_some() && self.link.is_none() {
            self.text.push('[');
            self.link = link;
        }
        if bold && !self.bold {
            self.text.push_str("**");
            self.bold = true;
        }
    }

    fn add(&mut self, node: &Node) {
        match &node.kind {
            NodeKind::Text => self.text.push_str(self.page.text(node)),
            NodeKind::Image { alt, src } => self.text.push_str(&format!("![{alt}]({src})")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{PAGE, rendered};

    #[test]
    fn markup_is_written_as_converters_do() {
        let expected = "* [Home](/)\n* [News](/n)\n\n# Trams again\n\nThe **new** tram  \nruns.\n\n![A tram](/t.png)\n\n\
                        | Line | 7 |\n| --- | --- |\n| Stops | 12 |\n\n> At last\n\n```\n  a\n b\n```\n\n\
                        1. one\n\n2. two\n\n   too";
        assert_eq!(rendered("markdown", PAGE).source, expected);
    }

    #[test]
    fn inline_markup_nests() {
        for (html, expected) in [
            ("<a href=/a>See <b>the</b> depot</a>, or not", "[See **the** depot](/a), or not"),
            ("<a href=/a><img src=/i alt=i></a> <a href=/a>more</a>", "[![i](/i)](/a) [more](/a)"),
            ("<b>a <a href=/b>b</a></b>", "**a** [**b**](/b)"),
            ("<a>no address</a>", "no address"),
            ("<h2><b>Bold</b> already</h2>", "## Bold already"),
        ] {
            assert_eq!(rendered("markdown", html).source, expected, "{html:?}");
        }
    }

    #[test]
    fn only_tables_of_data_are_tables() {
        for (html, expected) in [
            ("<table><tr><td><p>a</p><p>b</p><td>c</table>", "a\n\nb\n\nc"),
            ("<table><tr><td>a</table>", "a"),
            ("<table><tr><td>a<td><table><tr><td>b<td>c</table></table>", "a\n\n| b | c |\n| --- | --- |"),
        ] {
            assert_eq!(rendered("markdown", html).source, expected, "{html:?}");
        }
    }

    #[test]
    fn nested_items_are_indented() {
        let html = "<ul><li>a<ul><li>b</ul><li>c</ul>";
        assert_eq!(rendered("markdown", html).source, "* a\n  * b\n* c");
    }

    #[test]
    fn a_row_is_one_unit_with_its_rule() {
        let found = rendered("markdown", "<table><tr><td>a<td>b<tr><td>c<td>d</table>");
        let units: Vec<&str> = found.units.iter().map(|unit| &found.source[unit.range.clone()]).collect();
        assert_eq!(units, ["| a | b |\n| --- | --- |", "| c | d |"]);
    }
}
