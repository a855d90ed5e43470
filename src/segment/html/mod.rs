//! HTML pages: bytes to text, text to elements and blocks.
//! This module must not know what is measured on a page.
//!
//! ```text
//! bytes ─ encoding ─▶ text ─ scan ─▶ tags and text ─ tree ─▶ elements ┐
//!                                                     blocks ─▶ blocks ├─▶ Page
//!                                                     head   ─▶ head   ┘
//! ```

use crate::block::{Block, BlockKind};

mod blocks;
mod doctype;
mod encoding;
mod entities;
mod page;
mod raw;
mod reference;
mod scan;
mod sink;
mod tag;
mod tree;

pub use encoding::{Decoded, EncodingSource, decode};
pub use page::{Element, ElementId, Flags, HtmlBlock, Page, Place, Run, RunKind};
pub use scan::scan;
pub use sink::{AttributeName, Attributes, EndTag, NameHash, Sink, StartTag, TagText, Value};
pub use tag::{Tag, TextMode};
pub use tree::DEPTH_CAP;

/// Sources are read up to here. All places of a page then fit into 32 bits, even when each byte becomes three.
pub const MAX_SOURCE_BYTES: usize = 1 << 30;

/// Reads pages one after the other with the same memory. What one holds does not depend on those before.
///
/// ```
/// use dehusk::html::PageReader;
///
/// let mut reader = PageReader::default();
/// let page = reader.read("<title>Trams</title><h1>New line</h1><p>The council <b>voted</b>.<p>Yes");
/// let texts: Vec<&str> = page.blocks.iter().map(|block| page.block_text(block)).collect();
/// assert_eq!(texts, ["New line", "The council voted.", "Yes"]);
/// assert_eq!(page.title(), Some("Trams"));
/// ```
#[derive(Debug, Default)]
pub struct PageReader {
    page: Page,
    tags: scan::TagBuffers,
    tree: tree::TreeBuffers,
}

impl PageReader {
    /// Reads a page. Every text is one; what it lacks is empty.
    pub fn read(&mut self, source: &str) -> &Page {
        let source = cut(source, MAX_SOURCE_BYTES);
        let mut tree = tree::Tree::new(&mut self.page, &mut self.tree, source.len());
        scan::scan_with(source, &mut self.tags, &mut tree);
        tree.finish();
        &self.page
    }

    /// The page read last.
    pub fn page(&self) -> &Page {
        &self.page
    }

    /// The page read last, to be kept. The next page starts with new memory.
    pub fn take(&mut self) -> Page {
        std::mem::take(&mut self.page)
    }
}

/// The blocks of a page in the terms that all markups share. Spans are in bytes of the source.
pub(super) fn segment(page: &Page, blocks: &mut Vec<Block>) {
    blocks.extend(page.blocks.iter().map(|block| Block {
        span: block.span.start as usize..block.span.end as usize,
        kind: kind_of(page, block),
        blank_before: 0,
        lines: 1,
    }));
}

/// What a block looks like: the innermost element around it that says so. Cells are paragraphs, since half of the
/// web of before 2010 is laid out with tables.
fn kind_of(page: &Page, block: &HtmlBlock) -> BlockKind {
    if super::is_rule(page.block_text(block)) {
        return BlockKind::Rule;
    }
    page.chain(block.element)
        .take(NEAR)
        .find_map(|id| match page.element(id).tag {
            Tag::H1 | Tag::H2 | Tag::H3 | Tag::H4 | Tag::H5 | Tag::H6 => Some(BlockKind::Heading),
            Tag::Li | Tag::Dt | Tag::Dd => Some(BlockKind::ListItem),
            Tag::Pre | Tag::Listing | Tag::Xmp => Some(BlockKind::Code),
            Tag::Blockquote => Some(BlockKind::Quote),
            Tag::P | Tag::Td | Tag::Th | Tag::Section | Tag::Article => Some(BlockKind::Paragraph),
            _ => None,
        })
        .unwrap_or_default()
}

/// Elements looked at for what a block looks like.
const NEAR: usize = 6;

/// The longest part of `source` from its start that is at most `limit` bytes long.
fn cut(source: &str, limit: usize) -> &str {
    (0..=limit.min(source.len())).rev().find_map(|end| source.get(..end)).unwrap_or_default()
}

#[cfg(test)]
mod tests;
