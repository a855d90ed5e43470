//! Inline elements of each block and where in its text they stand.
//! This module must not know how they are written.

use std::ops::Range;

use crate::segment::html::{AttributeName, Element, ElementId, HtmlBlock, Page, Tag};

/// An inline element in a block, as a range of [`Page::text`]. Images are empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Span {
    pub element: ElementId,
    pub text: Range<u32>,
}

/// Goes through the inline elements of a page along with its blocks: both stand in the order of their text.
#[derive(Default)]
pub(super) struct Spans {
    /// The next element to look at.
    next: ElementId,
    /// Elements that may reach into the next block.
    active: Vec<ElementId>,
    /// Those of them that go on at the place reached.
    open: Vec<ElementId>,
}

impl Spans {
    /// The inline elements of a block, sorted by start, outer ones first. Blocks must be asked for in order.
    pub fn of_block(&mut self, page: &Page, block: &HtmlBlock) -> Vec<Span> {
        self.active.retain(|&id| page.element(id).text.end > block.text.start);
        let mut images = vec![];
        while let Some(element) = page.elements.get(self.next as usize)
            && element.text.start < block.text.end
        {
            if element.tag == Tag::Img {
                images.extend((element.text.start > block.text.start).then_some(self.next));
            } else if is_inline(page, element)
                && element.text.end > block.text.start
                && !self.is_covered(page, self.next)
            {
                self.active.push(self.next);
                self.open.push(self.next);
            }
            self.next += 1;
        }
        let mut spans: Vec<Span> =
            self.active.iter().chain(&images).filter_map(|&element| span(page, block, element)).collect();
        spans.sort_by_key(|span| (span.text.start, span.element));
        spans
    }

    /// Whether an element of the same kind is around all of the text: a second one would say nothing new. Keeps the
    /// number of open elements below that of kinds, however deep a page nests.
    fn is_covered(&mut self, page: &Page, id: ElementId) -> bool {
        let element = page.element(id);
        self.open.retain(|&other| page.element(other).text.end > element.text.start);
        self.open.iter().any(|&other| {
            let other = page.element(other);
            other.tag == element.tag && other.text.end >= element.text.end
        })
    }
}

/// The part of an element that lies in a block, without white space before it.
fn span(page: &Page, block: &HtmlBlock, id: ElementId) -> Option<Span> {
    let element = page.element(id);
    let end = element.text.end.min(block.text.end);
    let start = element.text.start.max(block.text.start);
    if element.tag == Tag::Img {
        return Some(Span { element: id, text: start..start });
    }
    let text = page.text().get(start as usize..end as usize)?;
    let margin = if block.is_preformatted() { 0 } else { text.len() - text.trim_start().len() };
    let start = start + margin as u32;
    (start < end).then_some(Span { element: id, text: start..end })
}

/// Whether an element says something about text inside of a block. Of `span` only the language is heard.
fn is_inline(page: &Page, element: &Element) -> bool {
    use Tag::*;
    match element.tag {
        Span => page.attribute(element, AttributeName::Lang).is_some(),
        A | Abbr | Acronym | B | Bdi | Bdo | Cite | Code | Del | Dfn | Em | I | Ins | Kbd | Mark | Q | Rp | Rt
        | Ruby | S | Samp | Small | Strike | Strong | Sub | Sup | Time | Tt | U | Var => true,
        _ => false,
    }
}
