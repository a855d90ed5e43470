//! Kept blocks to plain text: their texts as they are, with line feeds between them.
//! This module must not know inline markup.

use super::tables::DataTables;
use super::walk::{Visitor, walk};
use crate::segment::html::{ElementId, Page, Tag};

/// Appends the texts of the kept blocks, each on lines of its own, without a line feed at the end.
///
/// The items of a list, the cells of a table of data and the lines of `pre` follow each other; all else is set off by
/// a blank line, also inside of these: headings, quotations, and paragraphs that are not the first of their item.
/// Nothing kept gives nothing.
///
/// ```
/// use dehusk::html::PageReader;
///
/// let mut reader = PageReader::default();
/// let page = reader.read("<h1>Trams</h1><ul><li>red<li>blue</ul>Home<p>Yes");
/// let mut out = String::new();
/// dehusk::rewrite::text(page, &[true, true, true, false, true], &mut out);
/// assert_eq!(out, "Trams\n\nred\nblue\n\nYes");
/// ```
pub fn text(page: &Page, kept: &[bool], out: &mut String) {
    let tables = DataTables::of(page, kept);
    let mut writer = TextWriter { page, tables, out, groups: vec![], items: vec![], apart: vec![], last: None };
    walk(page, kept, &mut writer);
}

/// Where a block stands, as far as it decides what comes before it.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Stand {
    /// Outermost list, table or `pre` around it.
    group: Option<ElementId>,
    /// Innermost item or cell.
    item: Option<ElementId>,
    /// Innermost element in the group that is set off by blank lines: a heading, a paragraph, a quotation.
    apart: Option<(ElementId, Tag)>,
}

struct TextWriter<'a> {
    page: &'a Page,
    tables: DataTables,
    out: &'a mut String,
    /// Elements that have been entered and not left, by what they mean here.
    groups: Vec<ElementId>,
    items: Vec<ElementId>,
    apart: Vec<(ElementId, Tag)>,
    /// The block before.
    last: Option<Stand>,
}

impl TextWriter<'_> {
    fn stand(&self) -> Stand {
        let group = self.groups.first().copied();
        Stand {
            group,
            item: self.items.last().copied(),
            apart: self.apart.last().copied().filter(|(id, _)| group.is_some_and(|group| *id > group)),
        }
    }
}

impl Visitor for TextWriter<'_> {
    fn enter(&mut self, id: ElementId) {
        use Tag::*;
        match self.page.element(id).tag {
            Ul | Ol | Menu | Dir | Dl | Pre | Listing | Xmp | Plaintext | Select => self.groups.push(id),
            Table if self.tables.has(id) => self.groups.push(id),
            Li | Dt | Dd | Td | Th => self.items.push(id),
            tag @ (P | H1 | H2 | H3 | H4 | H5 | H6 | Blockquote | Figure | Table) => self.apart.push((id, tag)),
            _ => {}
        }
    }

    fn block(&mut self, at: usize) {
        let stand = self.stand();
        if let Some(last) = self.last {
            self.out.push_str(if follow_closely(last, stand) { "\n" } else { "\n\n" });
        }
        self.last = Some(stand);
        self.out.push_str(self.page.block_text(&self.page.blocks[at]));
    }

    fn leave(&mut self, id: ElementId) {
        for stack in [&mut self.groups, &mut self.items] {
            stack.pop_if(|top| *top == id);
        }
        self.apart.pop_if(|top| top.0 == id);
    }
}

/// Whether two blocks stand on lines that follow each other.
fn follow_closely(first: Stand, second: Stand) -> bool {
    if first.group.is_none() || first.group != second.group {
        return false;
    }
    let is_plain = |stand: Stand| stand.apart.is_none_or(|(_, tag)| tag == Tag::P);
    let is_paragraph_of_item = first.item == second.item && first.apart != second.apart;
    is_plain(first) && is_plain(second) && !is_paragraph_of_item
}
