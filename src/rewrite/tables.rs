//! Which tables of a page hold data: the others are layout.
//! This module must not know what is written for a table.

use super::walk::is_kept;
use crate::segment::html::{Element, ElementId, Page, Tag};

/// Longest text of a cell of data, in characters. Cells of layout hold articles; on the pages of wcxb (dev) those of
/// data rarely have more than a few sentences.
const LONGEST_CELL: usize = 500;

/// The tables that hold data, sorted: two or more rows and columns with kept text, no table, code or long text in a
/// cell.
pub(super) struct DataTables(Vec<ElementId>);

impl DataTables {
    pub fn of(page: &Page, kept: &[bool]) -> DataTables {
        let kept_before = kept_before(page, kept);
        let has_kept = |element: &Element| {
            let before = |block: u32| kept_before.get(block as usize).copied().unwrap_or(0);
            before(element.blocks.end) > before(element.blocks.start)
        };
        let mut open: Vec<Shape> = vec![];
        let mut found = vec![];
        for (id, element) in (0..).zip(&page.elements).filter(|(_, element)| !element.blocks.is_empty()) {
            while let Some(shape) = open.pop_if(|shape| shape.end <= id) {
                found.extend(shape.is_data().then_some(shape.table));
            }
            if let Some(shape) = open.last_mut() {
                shape.note(page, element, has_kept(element));
            }
            if element.tag == Tag::Table {
                open.push(Shape { table: id, end: element.end, ..Shape::default() });
            }
        }
        found.extend(open.into_iter().filter(Shape::is_data).map(|shape| shape.table));
        found.sort_unstable();
        DataTables(found)
    }

    /// Whether an element is a table that holds data.
    pub fn has(&self, table: ElementId) -> bool {
        self.0.binary_search(&table).is_ok()
    }
}

/// How many blocks before each are kept.
fn kept_before(page: &Page, kept: &[bool]) -> Vec<u32> {
    let counts = (0..page.blocks.len()).scan(0, |count, at| {
        *count += u32::from(is_kept(kept, at));
        Some(*count)
    });
    std::iter::once(0).chain(counts).collect()
}

/// What is known of a table.
#[derive(Default)]
struct Shape {
    table: ElementId,
    end: ElementId,
    /// Rows with kept text.
    rows: u32,
    /// Cells with kept text of the current row, and of the row with most.
    cells: u32,
    columns: u32,
    is_layout: bool,
}

impl Shape {
    fn note(&mut self, page: &Page, element: &Element, is_kept: bool) {
        match element.tag {
            Tag::Table | Tag::Pre | Tag::Listing | Tag::Xmp | Tag::Article => self.is_layout = true,
            Tag::Tr if is_kept => (self.rows, self.cells) = (self.rows + 1, 0),
            Tag::Td | Tag::Th if is_kept => {
                self.cells += 1;
                self.columns = self.columns.max(self.cells);
                self.is_layout |= !self.is_layout && is_long(page, element);
            }
            _ => {}
        }
    }

    fn is_data(&self) -> bool {
        !self.is_layout && self.rows >= 2 && self.columns >= 2
    }
}

fn is_long(page: &Page, cell: &Element) -> bool {
    let range = cell.text.start as usize..cell.text.end as usize;
    // No character has more than four bytes, so longer texts need not be counted.
    range.len() > 4 * LONGEST_CELL || page.text().get(range).is_some_and(|text| text.chars().count() > LONGEST_CELL)
}

/// The cells of a row with ids in `from..to`.
pub(super) fn cells(
    page: &Page,
    row: ElementId,
    from: ElementId,
    to: ElementId,
) -> impl Iterator<Item = ElementId> + '_ {
    let siblings = std::iter::successors(Some(from), |&id| Some(page.element(id).end.max(id + 1)));
    siblings.take_while(move |&id| id < to).filter(move |&id| {
        let element = page.element(id);
        element.parent == row && matches!(element.tag, Tag::Td | Tag::Th)
    })
}
