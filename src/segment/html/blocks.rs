//! Text pieces to blocks: collapses white space, splits at double `br`, keeps runs and counts.
//! This module must not know tags: the tree says where blocks end and what text looks like.

use std::cmp::Reverse;
use std::ops::Range;

use super::page::{ElementId, Flags, HtmlBlock, Page, Run, RunKind, place};
use crate::segment::is_blank_char;

/// How text looks and what it links to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Format {
    pub link: Option<ElementId>,
    pub bold: bool,
    pub italic: bool,
    pub code: bool,
}

impl Format {
    /// The run kinds of the format, in a fixed order.
    fn kinds(self) -> [Option<RunKind>; 4] {
        [
            self.link.map(RunKind::Link),
            self.bold.then_some(RunKind::Bold),
            self.italic.then_some(RunKind::Italic),
            self.code.then_some(RunKind::Code),
        ]
    }
}

/// The block that is being filled.
#[derive(Debug, Default)]
pub(super) struct BlockWriter {
    block: Option<HtmlBlock>,
    /// White space or line breaks seen since the last visible character.
    gap: Gap,
    /// White space before the first visible character of a preformatted block, without line feeds.
    indent: String,
    format: Format,
    /// The text may hold line breaks.
    may_break: bool,
    /// Where the open runs of `format` start in the text.
    run_starts: [u32; 4],
}

/// What stands between two visible characters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Gap {
    #[default]
    None,
    Space,
    Break,
    /// Two or more line breaks: the block ends here.
    Split,
}

impl Gap {
    fn text(self) -> &'static str {
        match self {
            Gap::None => "",
            Gap::Space => " ",
            Gap::Break | Gap::Split => "\n",
        }
    }
}

/// Some decoded text and where it stands in the source.
#[derive(Clone, Debug)]
pub(super) struct Piece<'t> {
    pub text: &'t str,
    pub span: Range<usize>,
}

impl<'t> Piece<'t> {
    /// A part of the piece. The characters of an entity all stand at the entity's place.
    fn part(&self, range: Range<usize>) -> Piece<'t> {
        let is_source = self.span.len() == self.text.len();
        let start = self.span.start;
        let span = if is_source { start + range.start..start + range.end } else { self.span.clone() };
        Piece { text: self.text.get(range).unwrap_or_default(), span }
    }
}

impl BlockWriter {
    /// Forgets all of an earlier page.
    pub fn clear(&mut self) {
        let mut indent = std::mem::take(&mut self.indent);
        indent.clear();
        *self = BlockWriter { indent, ..BlockWriter::default() };
    }

    /// Whether a block has begun.
    pub fn is_open(&self) -> bool {
        self.block.is_some()
    }

    /// A line break. Two with nothing between them end the block.
    pub fn line_break(&mut self) {
        self.gap = match (&self.block, self.gap) {
            (None, _) => Gap::None,
            (_, Gap::None | Gap::Space) => Gap::Break,
            (_, Gap::Break | Gap::Split) => Gap::Split,
        };
    }

    /// The block that has begun.
    pub fn current(&mut self) -> Option<&mut HtmlBlock> {
        self.block.as_mut()
    }

    /// Takes text whose white space does not count; true when some of it became part of the current block.
    pub fn collapsed(&mut self, page: &mut Page, piece: Piece<'_>, format: Format) -> bool {
        let bytes = piece.text.as_bytes();
        let mut placed = false;
        let mut at = 0;
        loop {
            let start = skip_white(bytes, at);
            if start > at && self.gap == Gap::None && self.is_open() {
                self.gap = Gap::Space;
            }
            if start == bytes.len() {
                return placed;
            }
            at = stretch_end(bytes, start);
            placed |= self.append(page, piece.part(start..at), format);
        }
    }

    /// Takes text whose white space counts; true when some of it became part of the current block.
    pub fn preformatted(&mut self, page: &mut Page, piece: Piece<'_>, format: Format) -> bool {
        // A break in `pre` is a line feed like any other and splits nothing.
        if self.gap == Gap::Split {
            page.text.push('\n');
            self.gap = Gap::Break;
        }
        let visible = piece.text.trim_start_matches(is_blank_char);
        if !self.is_open() {
            let lead = piece.text.len() - visible.len();
            self.extend_indent(piece.part(0..lead).text);
            return !visible.is_empty() && self.append_as_is(page, piece.part(lead..piece.text.len()), format);
        }
        self.append_as_is(page, piece, format)
    }

    /// Keeps the white space of the line on which a preformatted block will begin.
    fn extend_indent(&mut self, blank: &str) {
        let line = blank.rsplit('\n').next().unwrap_or_default();
        if line.len() < blank.len() {
            self.indent.clear();
        }
        self.indent.push_str(line);
    }

    fn append_as_is(&mut self, page: &mut Page, piece: Piece<'_>, format: Format) -> bool {
        self.open_block(page, piece.span.start, format);
        page.text.push_str(piece.text);
        self.may_break = true;
        self.extend_span(&piece);
        true
    }

    /// Appends a stretch that starts and ends with something else than white space; false when it is blank in
    /// another way (zero-width characters and the like) and nothing stands before it.
    fn append(&mut self, page: &mut Page, stretch: Piece<'_>, format: Format) -> bool {
        if self.gap == Gap::Split {
            self.finish(page);
        }
        let margin =
            if self.is_open() { 0 } else { stretch.text.len() - stretch.text.trim_start_matches(is_blank_char).len() };
        let visible = stretch.part(margin..stretch.text.len());
        if visible.text.is_empty() {
            return false;
        }
        self.open_block(page, visible.span.start, format);
        page.text.push_str(visible.text);
        self.extend_span(&visible);
        true
    }

    /// Begins a block, or writes what stands between its last character and the next, which looks like `format`.
    fn open_block(&mut self, page: &mut Page, start: usize, format: Format) {
        let before = place(page.text.len());
        match self.block {
            Some(_) => {
                page.text.push_str(self.gap.text());
                self.may_break |= self.gap == Gap::Break;
            }
            None => {
                self.may_break = false;
                let (start, runs) = (place(start), place(page.runs.len()));
                page.text.push_str(&self.indent);
                self.indent.clear();
                self.block = Some(HtmlBlock {
                    text: before..before,
                    span: start..start,
                    runs: runs..runs,
                    ..HtmlBlock::default()
                });
            }
        }
        self.gap = Gap::None;
        self.change_format(page, format, before);
    }

    /// Moves the end of the block to behind the last visible character of a piece.
    fn extend_span(&mut self, piece: &Piece<'_>) {
        let visible = piece.text.trim_end_matches(is_blank_char);
        if let Some(block) = &mut self.block
            && !visible.is_empty()
        {
            block.span.end = place(piece.part(0..visible.len()).span.end);
        }
    }

    /// Ends the runs that do not go on and starts those that begin.
    ///
    /// `before` is the end of the text without the gap that has just been written: a gap is in a run only when the
    /// run goes on behind it.
    fn change_format(&mut self, page: &mut Page, format: Format, before: u32) {
        if format == self.format {
            return;
        }
        let here = place(page.text.len());
        let (old, new) = (self.format.kinds(), format.kinds());
        for at in 0..old.len() {
            if old[at] != new[at] {
                self.end_run(page, at, old[at], before);
                self.run_starts[at] = here;
            }
        }
        self.format = format;
    }

    fn end_run(&mut self, page: &mut Page, at: usize, kind: Option<RunKind>, end: u32) {
        if let Some(kind) = kind {
            page.runs.push(Run { text: self.run_starts[at]..end, kind });
        }
    }

    /// Ends the block, if one has begun.
    pub fn finish(&mut self, page: &mut Page) {
        self.gap = Gap::None;
        self.indent.clear();
        if self.block.is_none() {
            return;
        }
        let end = place(page.text.len());
        self.change_format(page, Format::default(), end);
        let Some(mut block) = self.block.take() else { return };
        let text = page.text.get(block.text.start as usize..).unwrap_or_default();
        let text = text.trim_end_matches(is_blank_char);
        block.text.end = block.text.start + place(text.len());
        block.chars = place(text.chars().count());
        if self.may_break {
            block.breaks = place(memchr::memchr_iter(b'\n', text.as_bytes()).count());
        }
        seal_runs(page, &mut block);
        page.blocks.push(block);
    }
}

/// Sorts the runs of a finished block, cuts them where its text was trimmed and counts their characters.
fn seal_runs(page: &mut Page, block: &mut HtmlBlock) {
    let first = block.runs.start as usize;
    if page.runs.len() > first {
        for run in &mut page.runs[first..] {
            run.text.end = run.text.end.min(block.text.end);
        }
        let mut kept = first;
        for at in first..page.runs.len() {
            if !page.runs[at].text.is_empty() {
                page.runs.swap(kept, at);
                kept += 1;
            }
        }
        page.runs.truncate(kept);
        page.runs[first..].sort_by_key(|run| (run.text.start, Reverse(run.text.end)));
    }
    block.runs.end = place(page.runs.len());
    for run in &page.runs[first..] {
        let text = page.text.get(run.text.start as usize..run.text.end as usize).unwrap_or_default();
        let chars = place(text.chars().count());
        match run.kind {
            RunKind::Link(_) => {
                block.links += 1;
                block.linked_chars += chars;
            }
            RunKind::Bold => block.bold_chars += chars,
            RunKind::Italic => block.italic_chars += chars,
            RunKind::Code => {}
        }
    }
}

/// White space that is collapsed: that of HTML and the no-break space, which pages use as filler.
fn white_len(bytes: &[u8]) -> usize {
    match bytes {
        [b' ' | b'\t' | b'\n' | b'\r' | 0x0c, ..] => 1,
        [0xc2, 0xa0, ..] => 2,
        _ => 0,
    }
}

fn skip_white(bytes: &[u8], mut at: usize) -> usize {
    loop {
        match white_len(&bytes[at..]) {
            0 => return at,
            len => at += len,
        }
    }
}

/// The end of the stretch at `start` that can be copied as it is: white space in it is single spaces.
fn stretch_end(bytes: &[u8], start: usize) -> usize {
    let mut at = start;
    while at < bytes.len() {
        at = skip_plain(bytes, at);
        for _ in 0..EIGHT {
            if at == bytes.len() || ends_stretch(bytes, at) {
                return at;
            }
            at += 1;
        }
    }
    at
}

fn ends_stretch(bytes: &[u8], at: usize) -> bool {
    if !MAY_BE_WHITE[bytes[at] as usize] {
        return false;
    }
    let is_single_space = bytes[at] == b' ' && bytes.get(at + 1).is_some_and(|&next| !MAY_BE_WHITE[next as usize]);
    white_len(&bytes[at..]) > 0 && !is_single_space
}

/// Bytes looked at together.
const EIGHT: usize = 8;

/// The place up to which, eight bytes at a time, no byte from `at` on ends a stretch.
fn skip_plain(bytes: &[u8], mut at: usize) -> usize {
    const ALL: u64 = 0x0101_0101_0101_0101;
    const HIGH: u64 = ALL << 7;
    while let Some(&eight) = bytes.get(at..).and_then(|rest| rest.first_chunk::<EIGHT>()) {
        let eight = u64::from_le_bytes(eight);
        // The high bits of the bytes that are zero, exactly; carries cannot pass from one byte to the next.
        let zeros = |x: u64| !(((x & !HIGH) + !HIGH) | x | !HIGH);
        let has_control = eight.wrapping_sub(ALL * 0x20) & !eight & HIGH != 0;
        let spaces = zeros(eight ^ (ALL * b' ' as u64));
        if has_control || zeros(eight ^ (ALL * 0xc2)) != 0 || spaces & (spaces >> 8) != 0 {
            return at;
        }
        // What follows a space in the last place is not known yet.
        at += EIGHT - usize::from(spaces >> 63 != 0);
    }
    at
}

/// First bytes of white space (and of some other characters).
static MAY_BE_WHITE: [bool; 256] = {
    let mut table = [false; 256];
    let white = [b' ', b'\t', b'\n', b'\r', 0x0c, 0xc2];
    let mut at = 0;
    while at < white.len() {
        table[white[at] as usize] = true;
        at += 1;
    }
    table
};

impl HtmlBlock {
    /// Whether nothing of the block is seen when the page is opened.
    pub fn is_hidden(&self) -> bool {
        self.flags.has(Flags::HIDDEN)
    }

    /// Whether the block is shown only to readers without scripts.
    pub fn is_noscript(&self) -> bool {
        self.flags.has(Flags::NOSCRIPT)
    }

    /// Whether the white space of the block counts.
    pub fn is_preformatted(&self) -> bool {
        self.flags.has(Flags::PREFORMATTED)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_stretch_ends_at_the_first_white_space_that_is_not_a_single_space(text in "[a é\u{a0}\u{ab}\n]{0,40}") {
            let bytes = text.as_bytes();
            let expected = (0..bytes.len()).find(|&at| ends_stretch(bytes, at)).unwrap_or(bytes.len());
            prop_assert_eq!(stretch_end(bytes, 0), expected);
        }
    }
}
