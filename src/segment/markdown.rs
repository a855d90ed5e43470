//! Markdown as converters write it: paragraphs, headings, items, quotations, tables, fenced code.
//! A line reader rather than a parser: what it does not know is a paragraph, and every byte stays as it is.

use super::{Line, bullet_len, is_rule, lines};
use crate::block::{Block, BlockKind};

pub(super) fn segment(source: &str, blocks: &mut Vec<Block>) {
    let mut reader = Reader { blocks, blank: 0, fence: None };
    for line in lines(source) {
        reader.read(&line);
    }
}

struct Reader<'b> {
    blocks: &'b mut Vec<Block>,
    blank: u32,
    /// The fence that must close the open code block.
    fence: Option<(u8, usize)>,
}

impl Reader<'_> {
    fn read(&mut self, line: &Line<'_>) {
        if let Some(fence) = self.fence {
            self.read_code(line, fence);
        } else if line.is_blank() {
            self.blank += 1;
        } else if let Some(fence) = fence_of(line.text) {
            self.fence = Some(fence);
            self.push(line, BlockKind::Code);
        } else if self.is_underline(line) {
            self.extend(line);
            self.last_mut(|block| block.kind = BlockKind::Heading);
        } else {
            let kind = kind(line);
            if self.goes_on(line, kind) { self.extend(line) } else { self.push(line, kind) }
        }
    }

    fn read_code(&mut self, line: &Line<'_>, (mark, length): (u8, usize)) {
        if !line.is_blank() {
            self.extend(line);
        }
        if fence_of(line.text).is_some_and(|(m, l)| m == mark && l >= length)
            && line.text.bytes().all(|byte| byte == mark)
        {
            self.fence = None;
        }
    }

    /// Whether a line belongs to the block before it.
    fn goes_on(&self, line: &Line<'_>, kind: BlockKind) -> bool {
        let Some(last) = self.blocks.last() else { return false };
        if self.blank > 0 {
            return false;
        }
        match (last.kind, kind) {
            (BlockKind::Table, BlockKind::Table) | (BlockKind::Quote, BlockKind::Quote) => true,
            // Lazy continuation: a line that starts in the middle of a sentence.
            (BlockKind::Paragraph | BlockKind::ListItem | BlockKind::Quote, BlockKind::Paragraph) => {
                line.text.starts_with(char::is_lowercase)
            }
            _ => false,
        }
    }

    /// `===` or `---` under a line of text makes it a heading.
    fn is_underline(&self, line: &Line<'_>) -> bool {
        let under = |mark: u8| line.text.len() >= 3 && line.text.bytes().all(|byte| byte == mark);
        self.blank == 0
            && (under(b'=') || under(b'-'))
            && self.blocks.last().is_some_and(|last| last.kind == BlockKind::Paragraph && last.lines == 1)
    }

    fn push(&mut self, line: &Line<'_>, kind: BlockKind) {
        let blank_before = std::mem::take(&mut self.blank);
        self.blocks.push(Block { span: line.start..line.end(), kind, blank_before, lines: 1 });
    }

    fn extend(&mut self, line: &Line<'_>) {
        self.last_mut(|block| {
            block.span.end = line.end();
            block.lines += 1;
        });
    }

    fn last_mut(&mut self, change: impl FnOnce(&mut Block)) {
        if let Some(block) = self.blocks.last_mut() {
            change(block);
        }
    }
}

fn kind(line: &Line<'_>) -> BlockKind {
    let text = line.text;
    if is_heading(text) {
        BlockKind::Heading
    } else if text.starts_with('|') {
        BlockKind::Table
    } else if is_rule(text) {
        BlockKind::Rule
    } else if bullet_len(text).is_some() {
        BlockKind::ListItem
    } else if text.starts_with('>') {
        BlockKind::Quote
    } else {
        BlockKind::Paragraph
    }
}

fn is_heading(text: &str) -> bool {
    let level = text.bytes().take_while(|&byte| byte == b'#').count();
    (1..=6).contains(&level) && text[level..].starts_with(' ')
}

/// The mark and length of a code fence.
fn fence_of(text: &str) -> Option<(u8, usize)> {
    let mark = *text.as_bytes().first()?;
    let length = text.bytes().take_while(|&byte| byte == mark).count();
    (matches!(mark, b'`' | b'~') && length >= 3).then_some((mark, length))
}

#[cfg(test)]
mod tests {
    use crate::block::{BlockKind, Markup};
    use crate::segment::segment;

    fn cut(source: &str) -> Vec<(BlockKind, &str)> {
        segment(source, Markup::Markdown).into_iter().map(|block| (block.kind, &source[block.span])).collect()
    }

    #[test]
    fn every_kind_of_block_is_known() {
        use BlockKind::{Code, Heading, ListItem, Paragraph, Quote, Rule, Table};
        for (source, expected) in [
            ("# A\nb", vec![(Heading, "# A"), (Paragraph, "b")]),
            ("A\n===\nb", vec![(Heading, "A\n==="), (Paragraph, "b")]),
            ("* a\n* b", vec![(ListItem, "* a"), (ListItem, "* b")]),
            ("> a\n> b", vec![(Quote, "> a\n> b")]),
            ("| a | b |\n|---|---|\n| 1 | 2 |", vec![(Table, "| a | b |\n|---|---|\n| 1 | 2 |")]),
            ("a\n\n---\n\nb", vec![(Paragraph, "a"), (Rule, "---"), (Paragraph, "b")]),
            ("a line\nthat goes on", vec![(Paragraph, "a line\nthat goes on")]),
            ("```\nx\n\n y\n```\nz", vec![(Code, "```\nx\n\n y\n```"), (Paragraph, "z")]),
            ("```rust\nopen", vec![(Code, "```rust\nopen")]),
            ("", vec![]),
        ] {
            assert_eq!(cut(source), expected, "{source:?}");
        }
    }
}
