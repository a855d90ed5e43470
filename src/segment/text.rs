//! Plain text: a block is a non-empty line; the hard-wrapped lines of one paragraph are joined first.
//! This module must not know Markdown.

use super::{Line, bullet_len, is_rule, lines};
use crate::block::{Block, BlockKind};

/// No program wraps mail or books wider than this (characters).
const WIDEST_WRAP: usize = 100;
/// Nor narrower than this.
const NARROWEST_WRAP: usize = 40;
/// Share of a run's continuation lines that start like the middle of a sentence when the run is wrapped.
const CONTINUING_SHARE: f32 = 0.4;

pub(super) fn segment(source: &str, blocks: &mut Vec<Block>) {
    let mut run: Vec<Line<'_>> = Vec::new();
    let mut blank = 0;
    for line in lines(source) {
        if line.is_blank() {
            flush(&mut run, &mut blank, blocks);
            blank += 1;
        } else {
            // A line too wide for a wrapped paragraph ends the run, so runs of dumps stay short.
            if line.text.len() > 4 * WIDEST_WRAP {
                flush(&mut run, &mut blank, blocks);
                push(blocks, &[line], &mut blank);
            } else {
                run.push(line);
            }
        }
    }
    flush(&mut run, &mut blank, blocks);
}

/// Turns a run of lines without blank ones between them into blocks.
fn flush(run: &mut Vec<Line<'_>>, blank: &mut u32, blocks: &mut Vec<Block>) {
    let width = if run.len() > 1 { wrap_width(run) } else { None };
    let mut start = 0;
    for next in 1..=run.len() {
        let joined = next < run.len() && width.is_some_and(|width| continues(&run[next - 1], &run[next], width));
        if !joined {
            push(blocks, &run[start..next], blank);
            start = next;
        }
    }
    run.clear();
}

fn push(blocks: &mut Vec<Block>, joined: &[Line<'_>], blank: &mut u32) {
    let (first, last) = (&joined[0], &joined[joined.len() - 1]);
    blocks.push(Block {
        span: first.start..last.end(),
        kind: kind(first.text),
        blank_before: std::mem::take(blank),
        lines: joined.len() as u32,
    });
}

fn kind(text: &str) -> BlockKind {
    if is_rule(text) {
        BlockKind::Rule
    } else if bullet_len(text).is_some() {
        BlockKind::ListItem
    } else if text.starts_with("> ") {
        BlockKind::Quote
    } else if text.bytes().filter(|&b| b == b'\t').count() >= 2 {
        BlockKind::Table
    } else {
        BlockKind::Paragraph
    }
}

/// The width at which a run was wrapped, if it was: its lines are of one length but for the word that did
/// not fit, and enough of them start in the middle of a sentence.
fn wrap_width(run: &[Line<'_>]) -> Option<usize> {
    let width = run.iter().map(|line| width_of(line.text) + line.indent).max()?;
    if !(NARROWEST_WRAP..=WIDEST_WRAP).contains(&width) {
        return None;
    }
    let (mut joins, mut continuing) = (0, 0);
    for pair in run.windows(2) {
        if continues(&pair[0], &pair[1], width) {
            joins += 1;
            continuing += usize::from(mid_sentence(pair[0].text, pair[1].text));
        }
    }
    // At most every third line of a wrapped run ends a paragraph or an item.
    let wrapped = joins > 0 && 3 * joins >= run.len() - 1;
    (wrapped && continuing as f32 >= CONTINUING_SHARE * joins as f32).then_some(width)
}

/// Whether `next` goes on with the paragraph of `line`: its first word would not have fitted any more.
fn continues(line: &Line<'_>, next: &Line<'_>, width: usize) -> bool {
    let length = width_of(line.text) + line.indent;
    let room = width + 1 - length.min(width + 1);
    let word = width_of(next.text.split_whitespace().next().unwrap_or(""));
    // A few columns of slack: the widest line need not have filled its line.
    length * 2 >= width && room <= word + 3 && bullet_len(next.text).is_none() && !is_rule(next.text)
}

/// Whether the line feed between two lines stands in the middle of a sentence.
fn mid_sentence(line: &str, next: &str) -> bool {
    let starts_small = next.chars().next().is_some_and(char::is_lowercase);
    let ends_open = line.ends_with([',', '-', '，', '、']);
    starts_small || ends_open || (is_wide(next) && is_wide_end(line))
}

/// Text of a script without capitals and word spaces: a line that does not end a sentence goes on.
fn is_wide(text: &str) -> bool {
    text.chars().next().is_some_and(|c| c >= '\u{2e80}')
}

fn is_wide_end(text: &str) -> bool {
    text.chars().next_back().is_some_and(|c| c >= '\u{3040}' && c.is_alphanumeric())
}

/// Columns of a text; the characters of wide scripts take two.
fn width_of(text: &str) -> usize {
    if text.is_ascii() {
        return text.len();
    }
    text.chars().map(|c| if ('\u{1100}'..='\u{115f}').contains(&c) || c >= '\u{2e80}' { 2 } else { 1 }).sum()
}

#[cfg(test)]
mod tests {
    use crate::block::{BlockKind, Markup};
    use crate::segment::segment;

    fn texts(source: &str) -> Vec<&str> {
        segment(source, Markup::Text).into_iter().map(|block| &source[block.span]).collect()
    }

    #[test]
    fn a_block_is_a_line_that_is_not_blank() {
        for (source, expected) in [
            ("", vec![]),
            ("\n\n \t\n", vec![]),
            ("a", vec!["a"]),
            ("a\n\nb", vec!["a", "b"]),
            ("News\nSport\nWeather", vec!["News", "Sport", "Weather"]),
            ("  a \r\n\r\n\u{a0}b\u{200b}", vec!["a", "b"]),
        ] {
            assert_eq!(texts(source), expected, "{source:?}");
        }
    }

    #[test]
    fn blank_lines_are_remembered() {
        let blanks: Vec<u32> = segment("\na\nb\n\n\nc", Markup::Text).iter().map(|block| block.blank_before).collect();
        assert_eq!(blanks, [1, 0, 2]);
    }

    #[test]
    fn wrapped_paragraphs_are_joined() {
        let source = "The bridge across the old harbour was closed on Tuesday after the\n\
                      inspectors had found a crack in the northern pier, and the mayor\n\
                      said that nobody knew when it could be opened again.\n\
                      \n\
                      A ferry runs every half an hour, free of charge for all who live\n\
                      on the island.";
        let blocks = segment(source, Markup::Text);
        assert_eq!(blocks.iter().map(|block| block.lines).collect::<Vec<_>>(), [3, 2]);
    }

    #[test]
    fn wrapped_chinese_is_joined() {
        let source = "市议会星期一决定修建一条新的电车线路以便把旧港口和火车站连\n\
                      接起来工程预计在明年春天开始并且将持续三年左右的时间届时沿\n\
                      线居民出行将更加方便。";
        assert_eq!(texts(source).len(), 1);
    }

    #[test]
    fn headlines_of_like_length_stay_apart() {
        let source = "Council approves the new tram line to the harbour\n\
                      Police look for the driver of a white delivery van\n\
                      Sunny weekend ahead, with a little rain on Monday";
        assert_eq!(texts(source).len(), 3);
    }

    #[test]
    fn items_of_a_wrapped_list_stay_apart() {
        let source = "- a first item that is long enough to be wrapped at the width of mail,\n\
                      as you can see here\n\
                      - a second item that also goes on for quite a while, so that it needs\n\
                      another line";
        assert_eq!(texts(source).len(), 2);
    }

    #[test]
    fn kinds_are_told_apart() {
        let kinds: Vec<BlockKind> =
            segment("a\n\n- b\n\n-----\n\n> c\n\n1\t2\t3", Markup::Text).iter().map(|block| block.kind).collect();
        use BlockKind::{ListItem, Paragraph, Quote, Rule, Table};
        assert_eq!(kinds, [Paragraph, ListItem, Rule, Quote, Table]);
    }

    #[test]
    fn ten_megabytes_on_one_line_are_one_block() {
        let source = "word ".repeat(2 << 20);
        assert_eq!(segment(&source, Markup::Text).len(), 1);
    }
}
