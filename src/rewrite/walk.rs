//! The walk over the elements around kept blocks, in document order.
//! This module must not know what is written.

use crate::segment::html::{ElementId, Page};

/// Is told of kept blocks and of the elements around them. The root is not told: it is around everything.
pub(super) trait Visitor {
    /// What follows is inside of an element, up to the `leave` with the same id. Each is entered once at most.
    fn enter(&mut self, id: ElementId);
    /// A kept block: an index of [`Page::blocks`].
    fn block(&mut self, at: usize);
    /// The end of the element entered last that has not been left.
    fn leave(&mut self, id: ElementId);
}

/// Walks over the kept blocks. Blocks without an entry in `kept` are not kept.
pub(super) fn walk(page: &Page, kept: &[bool], visitor: &mut impl Visitor) {
    let mut open: Vec<ElementId> = vec![];
    let mut path: Vec<ElementId> = vec![];
    for (at, block) in page.blocks.iter().enumerate().filter(|(at, _)| is_kept(kept, *at)) {
        while let Some(id) = open.pop_if(|id| !holds(page, *id, block.element)) {
            visitor.leave(id);
        }
        let top = open.last().copied().unwrap_or(0);
        path.extend(page.chain(block.element).take_while(|&id| id != top && id != 0));
        while let Some(id) = path.pop() {
            open.push(id);
            visitor.enter(id);
        }
        visitor.block(at);
    }
    while let Some(id) = open.pop() {
        visitor.leave(id);
    }
}

/// Whether a block is kept.
pub(super) fn is_kept(kept: &[bool], block: usize) -> bool {
    kept.get(block).copied().unwrap_or(false)
}

/// Whether an element is `inner` or around it.
fn holds(page: &Page, id: ElementId, inner: ElementId) -> bool {
    (id..page.element(id).end).contains(&inner)
}
