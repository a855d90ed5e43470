//! A block's text to inline Markdown: links, bold, italic, code, and escapes for all that would be read as markup.
//! This module must not know what is around the block.

use std::ops::Range;

use super::source::{absolute, is_safe};
use crate::segment::html::{AttributeName, ElementId, HtmlBlock, Page, RunKind};

/// What becomes of the line breaks of a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Breaks {
    /// A backslash and a line feed: paragraphs.
    Hard,
    /// A space: headings, which are one line.
    Space,
    /// `<br>`: cells of tables, where `|` is escaped as well.
    Cell,
}

/// Appends the text of a block; lines end in a line feed only as `breaks` says.
pub(super) fn inline(page: &Page, block: &HtmlBlock, links: bool, breaks: Breaks, out: &mut String) {
    let text = page.block_text(block);
    let has_tildes = text.matches('~').nth(1).is_some();
    let hashes = text.trim_end_matches('#').len();
    let line = Line { page, text, start: block.text.start, breaks, has_tildes, hashes };
    let marks = line.marks(&line.segments(block, links));
    line.write(&marks, out);
}

/// A stretch of text that looks the same all along.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Segment {
    /// Bytes of the block's text.
    range: Range<usize>,
    link: Option<ElementId>,
    bold: bool,
    italic: bool,
    code: bool,
}

/// What marks stand for, from the outermost to the innermost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Level {
    Link(ElementId),
    Bold,
    Italic,
    Code,
}

/// Where something starts or ends.
#[derive(Clone, Debug)]
struct Mark {
    at: usize,
    is_open: bool,
    level: Level,
    text: String,
}

struct Line<'p> {
    page: &'p Page,
    text: &'p str,
    /// Where the text starts in that of the page.
    start: u32,
    breaks: Breaks,
    /// Whether there are two tildes or more, which strike out what is between them in many readers.
    has_tildes: bool,
    /// Where the number signs start that the text ends with: behind a heading they would be dropped.
    hashes: usize,
}

/// Segments and marks.
impl Line<'_> {
    fn segments(&self, block: &HtmlBlock, links: bool) -> Vec<Segment> {
        let runs = self.page.block_runs(block);
        let mut cuts = vec![block.text.start, block.text.end];
        cuts.extend(runs.iter().flat_map(|run| [run.text.start, run.text.end]));
        cuts.sort_unstable();
        cuts.dedup();
        let (mut active, mut rest) = (vec![], runs.iter().peekable());
        let mut segments = vec![];
        for cut in cuts.windows(2) {
            active.retain(|run: &&crate::segment::html::Run| run.text.end > cut[0]);
            while let Some(run) = rest.next_if(|run| run.text.start <= cut[0]) {
                active.push(run);
            }
            let has = |kind| active.iter().any(|run| run.kind == kind);
            let link = active.iter().find_map(|run| if let RunKind::Link(id) = run.kind { Some(id) } else { None });
            segments.push(Segment {
                range: (cut[0] - self.start) as usize..(cut[1] - self.start) as usize,
                link: link.filter(|&id| links && self.leads_somewhere(id)),
                bold: has(RunKind::Bold),
                italic: has(RunKind::Italic),
                code: has(RunKind::Code),
            });
        }
        unify_code(&mut segments);
        segments
    }

    fn href(&self, link: ElementId) -> &str {
        self.page.attribute(self.page.element(link), AttributeName::Href).unwrap_or_default().trim()
    }

    /// Links within the page lead nowhere in its Markdown.
    fn leads_somewhere(&self, link: ElementId) -> bool {
        let href = self.href(link);
        !href.is_empty() && !href.starts_with('#') && is_safe(href)
    }

    /// The marks of all levels in the order in which they are written.
    fn marks(&self, segments: &[Segment]) -> Vec<Mark> {
        let mut marks = vec![];
        for stretch in stretches(segments, |segment| segment.link.map(|link| (link, false, false))) {
            let Some(link) = stretch.first.link else { continue };
            let address = destination(&absolute(self.page, self.href(link)));
            self.enclose(&mut marks, stretch.range, Level::Link(link), "[", &format!("]({address})"));
        }
        let key = |segment: &Segment| segment.link.unwrap_or(0);
        for stretch in stretches(segments, |segment| segment.bold.then(|| (key(segment), false, false))) {
            self.emphasize(&mut marks, stretch.range, Level::Bold, "**");
        }
        marks.sort_by_key(|mark| mark.at);
        let mut italics = vec![];
        for stretch in stretches(segments, |segment| segment.italic.then(|| (key(segment), segment.bold, false))) {
            let range = self.trim(stretch.range);
            if !touches(&marks, &range) {
                self.emphasize(&mut italics, range, Level::Italic, "*");
            }
        }
        marks.append(&mut italics);
        for stretch in stretches(segments, |segment| segment.code.then(|| (key(segment), segment.bold, segment.italic)))
        {
            let range = self.trim(stretch.range);
            let fence = "`".repeat(longest_run(&self.text[range.clone()], '`') + 1);
            let pad = if self.text[range.clone()].contains('`') { " " } else { "" };
            self.enclose(&mut marks, range, Level::Code, &format!("{fence}{pad}"), &format!("{pad}{fence}"));
        }
        // At one place, what ends is written before what begins: inner ends first, outer beginnings first.
        marks.sort_by_key(|mark| {
            (mark.at, mark.is_open, if mark.is_open { mark.level.rank() } else { 3 - mark.level.rank() })
        });
        marks
    }

    fn trim(&self, range: Range<usize>) -> Range<usize> {
        let text = &self.text[range.clone()];
        let start = range.start + (text.len() - text.trim_start().len());
        start..(start + text.trim().len())
    }

    fn enclose(&self, marks: &mut Vec<Mark>, range: Range<usize>, level: Level, open: &str, close: &str) {
        let range = self.trim(range);
        if !range.is_empty() {
            marks.push(Mark { at: range.start, is_open: true, level, text: open.to_owned() });
            marks.push(Mark { at: range.end, is_open: false, level, text: close.to_owned() });
        }
    }

    /// Encloses a stretch where CommonMark will read the asterisks as emphasis, which depends on the characters on
    /// both sides of them ("flanking").
    fn emphasize(&self, marks: &mut Vec<Mark>, range: Range<usize>, level: Level, mark: &str) {
        let range = self.trim(range);
        let before = self.text[..range.start].chars().next_back();
        let after = self.text[range.end..].chars().next();
        let first = self.text[range.clone()].chars().next();
        let last = self.text[range.clone()].chars().next_back();
        if flanks(before, first) && flanks(after, last) {
            self.enclose(marks, range, level, mark, mark);
        }
    }
}

impl Level {
    fn rank(self) -> u8 {
        match self {
            Level::Link(_) => 0,
            Level::Bold => 1,
            Level::Italic => 2,
            Level::Code => 3,
        }
    }
}

/// Code holds no other marks: it is bold or italic as a whole or not at all.
fn unify_code(segments: &mut [Segment]) {
    for code in segments.chunk_by_mut(|a, b| a.code && b.code && a.link == b.link).filter(|code| code[0].code) {
        let (bold, italic) = (code.iter().all(|segment| segment.bold), code.iter().all(|segment| segment.italic));
        code.iter_mut().for_each(|segment| (segment.bold, segment.italic) = (bold, italic));
    }
}

struct Stretch<'s> {
    first: &'s Segment,
    range: Range<usize>,
}

/// Neighbouring segments that have the same key; those without are left out.
fn stretches(
    segments: &[Segment],
    key: impl Fn(&Segment) -> Option<(ElementId, bool, bool)>,
) -> impl Iterator<Item = Stretch<'_>> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let start = at + segments[at..].iter().position(|segment| key(segment).is_some())?;
        let same = |segment: &&Segment| key(segment) == key(&segments[start]);
        at = start + segments[start..].iter().take_while(same).count();
        Some(Stretch { first: &segments[start], range: segments[start].range.start..segments[at - 1].range.end })
    })
}

/// Whether asterisks between `outer` and `inner` belong to `inner`.
fn flanks(outer: Option<char>, inner: Option<char>) -> bool {
    let is_apart = |c: char| !c.is_alphanumeric();
    outer.is_none_or(is_apart) || inner.is_some_and(|c| !is_apart(c))
}

/// Whether bold text ends where a stretch begins or begins where it ends, so that asterisks would run together.
fn touches(bold: &[Mark], range: &Range<usize>) -> bool {
    let any = |at: usize, is_open: bool| {
        let first = bold.partition_point(|mark| mark.at < at);
        let here = bold[first..].iter().take_while(|mark| mark.at == at);
        here.filter(|mark| mark.level == Level::Bold).any(|mark| mark.is_open == is_open)
    };
    any(range.start, false) || any(range.end, true)
}

/// Length of the longest run of a character.
pub(super) fn longest_run(text: &str, wanted: char) -> usize {
    text.split(|c| c != wanted).map(str::len).max().unwrap_or(0)
}

/// An address as the destination of a link: no white space, no brackets.
fn destination(address: &str) -> String {
    let mut out = String::with_capacity(address.len());
    for (at, c) in address.char_indices() {
        match c {
            '\n' | '\r' | '\t' => {}
            ' ' => out.push_str("%20"),
            '(' => out.push_str("%28"),
            ')' => out.push_str("%29"),
            '<' => out.push_str("%3C"),
            '>' => out.push_str("%3E"),
            '\\' => out.push_str("%5C"),
            '|' => out.push_str("%7C"),
            '&' if is_entity(&address[at + 1..]) => out.push_str("\\&"),
            c if c.is_control() || c.is_whitespace() => {}
            c => out.push(c),
        }
    }
    out
}

/// Writing.
impl Line<'_> {
    fn write(&self, marks: &[Mark], out: &mut String) {
        let (mut at, mut line_start, mut in_code) = (0, 0, false);
        for mark in marks {
            self.write_text(at..mark.at, &mut line_start, in_code, out);
            at = mark.at;
            if matches!(mark.level, Level::Link(_)) && mark.is_open && out.ends_with('!') {
                // `!` before a link would make it an image.
                out.pop();
                out.push_str("\\!");
            }
            if mark.level == Level::Code {
                in_code = mark.is_open;
            }
            out.push_str(&mark.text);
        }
        self.write_text(at..self.text.len(), &mut line_start, in_code, out);
    }

    fn write_text(&self, range: Range<usize>, line_start: &mut usize, in_code: bool, out: &mut String) {
        let start = range.start;
        for (offset, c) in self.text[range].char_indices() {
            let at = start + offset;
            match c {
                '\n' if in_code && self.breaks != Breaks::Cell => out.push(' '),
                '\n' => {
                    *line_start = at + 1;
                    out.push_str(match self.breaks {
                        Breaks::Hard => "\\\n",
                        Breaks::Space => " ",
                        Breaks::Cell if in_code => " ",
                        Breaks::Cell => "<br>",
                    });
                }
                '|' if self.breaks == Breaks::Cell => out.push_str("\\|"),
                c if in_code => out.push(c),
                c => {
                    if self.is_markup(c, at, *line_start) {
                        out.push('\\');
                    }
                    out.push(c);
                }
            }
        }
    }

    /// Whether a character of the text, left alone, would be read as markup.
    fn is_markup(&self, c: char, at: usize, line_start: usize) -> bool {
        let before = self.text[..at].chars().next_back();
        let rest = &self.text[at + c.len_utf8()..];
        let after = rest.chars().next();
        match c {
            '\\' | '`' | '*' | '[' | ']' => true,
            '_' => !(before.is_some_and(char::is_alphanumeric) && after.is_some_and(char::is_alphanumeric)),
            '~' => self.has_tildes,
            '<' => after.is_some_and(|c| c.is_ascii_alphabetic() || "/!?".contains(c)),
            '&' => is_entity(rest),
            '#' if self.breaks == Breaks::Space && at >= self.hashes => true,
            '#' | '-' | '+' | '=' | '>' | ':' | '|' if at == line_start => starts_block(c, rest),
            '.' | ')' => ends_number(&self.text[line_start..at]) && ends_word(rest),
            _ => false,
        }
    }
}

/// Whether the text behind `&` makes it an entity.
fn is_entity(rest: &str) -> bool {
    let name = rest.strip_prefix('#').unwrap_or(rest);
    let end = name.bytes().take(LONGEST_ENTITY).take_while(u8::is_ascii_alphanumeric).count();
    end > 0 && name.as_bytes().get(end) == Some(&b';')
}

/// The longest name of an entity, `CounterClockwiseContourIntegral`, in bytes.
const LONGEST_ENTITY: usize = 31;

/// Whether a character at the start of a line begins something else than a paragraph.
fn starts_block(c: char, rest: &str) -> bool {
    let line = rest.split('\n').next().unwrap_or_default();
    match c {
        '>' => true,
        '#' => ends_word(line.trim_start_matches('#')),
        '-' | '+' if ends_word(line) => true,
        // A rule, an underlined heading, the second line of a table.
        _ => line.bytes().all(|byte| b"-=:| ".contains(&byte)),
    }
}

fn ends_word(rest: &str) -> bool {
    rest.is_empty() || rest.starts_with([' ', '\t', '\n'])
}

/// Whether a line up to here is the number of an ordered list.
fn ends_number(text: &str) -> bool {
    (1..=9).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
}
