//! How a judged document is written: text, JSONL, labels, Dolma attributes, and tables for people.

use std::fmt::Write as _;
use std::ops::Range;

use anstyle::{AnsiColor, Style};
#[cfg(feature = "parquet")]
use dehusk::io::ColumnKind;
use dehusk::io::{Note, Record};
use dehusk::{ClassifiedBlock, Explanation, Kept, Label, Markup, Meta};
use serde::Serialize;

/// What became of a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Cleaned.
    Ok,
    /// Nothing was kept, or there was nothing.
    Empty,
    /// The record is longer than allowed and was passed over.
    TooLarge,
    /// More than `--max-removed` would have gone: the source was kept.
    OverRemoved,
    /// There was no source to clean.
    Error,
}

/// Fields that every record gets; those of the same name in the input are replaced.
const ADDED: [&str; 5] = ["content", "kept_ratio", "status", "error", "model"];
/// Digits of a probability that mean anything.
const PROBABILITY_STEPS: f64 = 1e4;

/// Rounds a probability or a share to four digits.
pub fn rounded(value: f64) -> f64 {
    (value * PROBABILITY_STEPS).round() / PROBABILITY_STEPS
}

/// Share of the words that were kept; 0 of nothing.
pub fn kept_ratio(kept: Kept) -> f64 {
    if kept.of_words == 0 { 0.0 } else { rounded(kept.words as f64 / kept.of_words as f64) }
}

/// What is added to a record.
#[derive(Debug)]
pub struct Added<'r> {
    /// Kept text.
    pub content: &'r str,
    /// 0 to 1, by words.
    pub kept_ratio: f64,
    /// What became of it.
    pub status: Status,
    /// What went wrong.
    pub error: Option<&'r str>,
    /// How it had to be decoded.
    pub note: Option<Note>,
    /// Who judged; none when nobody could.
    pub model: Option<&'r str>,
    /// What a page says about itself.
    pub meta: Option<&'r Meta>,
    /// What was dropped, when it was asked for.
    pub boilerplate: Option<&'r [Span]>,
}

/// What is added to a row of Parquet; fields as in [`Added`].
#[derive(Debug, Serialize)]
pub struct AddedRow {
    content: String,
    kept_ratio: f64,
    status: Status,
    error: Option<String>,
    note: Option<String>,
    model: Option<String>,
    /// As JSON: pages say many things about themselves.
    meta: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    boilerplate: Option<Vec<Span>>,
}

impl AddedRow {
    /// A row of its own.
    pub fn of(added: &Added<'_>) -> AddedRow {
        AddedRow {
            content: added.content.to_owned(),
            kept_ratio: added.kept_ratio,
            status: added.status,
            error: added.error.map(str::to_owned),
            note: added.note.map(|note| note.to_string()),
            model: added.model.map(str::to_owned),
            meta: added.meta.and_then(|meta| serde_json::to_string(meta).ok()),
            boilerplate: added.boilerplate.map(<[Span]>::to_vec),
        }
    }
}

/// The columns of [`AddedRow`].
#[cfg(feature = "parquet")]
pub const ROW_COLUMNS: [(&str, ColumnKind); 8] = [
    ("content", ColumnKind::Text),
    ("kept_ratio", ColumnKind::Number),
    ("status", ColumnKind::Text),
    ("error", ColumnKind::Text),
    ("note", ColumnKind::Text),
    ("model", ColumnKind::Text),
    ("meta", ColumnKind::Text),
    (BOILERPLATE, ColumnKind::Spans),
];
/// The column that is added when it is asked for.
#[cfg(feature = "parquet")]
pub const BOILERPLATE: &str = "boilerplate";

/// A line of JSONL: the input's fields as they were written, in their order, but for `dropped`; then what is added.
pub fn jsonl(record: &Record<'_>, dropped: Option<&str>, added: &Added<'_>) -> Vec<u8> {
    let mut object = Object::new();
    object.bytes.reserve(record.fields.iter().map(|(name, value)| name.len() + value.len() + 4).sum());
    for (name, value) in &record.fields {
        let replaced = ADDED.contains(&name.as_str())
            || (name == "note" && added.note.is_some())
            || (name == "meta" && added.meta.is_some())
            || (name == "boilerplate" && added.boilerplate.is_some());
        if !replaced && dropped != Some(name.as_str()) {
            object.raw(name, value);
        }
    }
    object.add("content", added.content);
    object.add("kept_ratio", &added.kept_ratio);
    object.add("status", &added.status);
    if let Some(error) = added.error {
        object.add("error", error);
    }
    if let Some(note) = added.note {
        object.add("note", &note.to_string());
    }
    object.add("model", &added.model);
    if let Some(meta) = added.meta {
        object.add("meta", meta);
    }
    if let Some(spans) = added.boilerplate {
        object.add("boilerplate", spans);
    }
    object.line()
}

/// A JSON object in the making.
struct Object {
    bytes: Vec<u8>,
}

impl Object {
    fn new() -> Object {
        Object { bytes: vec![b'{'] }
    }

    /// Adds what is JSON already.
    fn raw(&mut self, name: &str, value: &str) {
        self.name(name);
        self.bytes.extend_from_slice(value.as_bytes());
    }

    fn add<T: Serialize + ?Sized>(&mut self, name: &str, value: &T) {
        self.name(name);
        // Strings, numbers and lists, written to memory: there is nothing that could fail.
        let _ = serde_json::to_writer(&mut self.bytes, value);
    }

    fn name(&mut self, name: &str) {
        if self.bytes.len() > 1 {
            self.bytes.push(b',');
        }
        let _ = serde_json::to_writer(&mut self.bytes, name);
        self.bytes.push(b':');
    }

    fn line(mut self) -> Vec<u8> {
        self.bytes.extend_from_slice(b"}\n");
        self.bytes
    }
}

/// A dropped stretch of the source, in code points, half-open.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Span {
    start: usize,
    end: usize,
    probability: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<dehusk::Reason>,
}

/// The dropped blocks of a source; neighbours stay apart.
pub fn spans(source: &str, blocks: &[ClassifiedBlock<'_>]) -> Vec<Span> {
    let mut points = CodePoints::new(source);
    let span = |block: &ClassifiedBlock<'_>| {
        let range = points.range(&block.span);
        let probability = rounded(f64::from(block.probability));
        Span { start: range.start, end: range.end, probability, reason: block.reason }
    };
    blocks.iter().filter(|block| block.label == Label::Boilerplate).map(span).collect()
}

/// A line for each block: where it is in code points, what it is, what it says.
pub fn labels(id: &str, source: &str, blocks: &[ClassifiedBlock<'_>]) -> Vec<u8> {
    let mut points = CodePoints::new(source);
    let mut lines = Vec::new();
    for block in blocks {
        let Range { start, end } = points.range(&block.span);
        let probability = rounded(f64::from(block.probability));
        let mut object = Object::new();
        object.raw("id", id);
        object.add("start", &start);
        object.add("end", &end);
        object.add("label", &block.label);
        object.add("probability", &probability);
        object.add("text", &block.text);
        lines.append(&mut object.line());
    }
    lines
}

/// A line of a Dolma attribute file. Spans are in code points and score P(boilerplate): what Dolma's mixer compares with
/// `min_score` before it cuts a span out. They take in the lines' ends, except in pages, where these would be of tags.
pub fn dolma(id: &str, origin: &str, source: &str, read_as: Markup, blocks: &[ClassifiedBlock<'_>]) -> Vec<u8> {
    let mut points = CodePoints::new(source);
    let mut spans = Vec::new();
    for (index, block) in blocks.iter().enumerate().filter(|(_, block)| block.label == Label::Boilerplate) {
        let span = if read_as == Markup::Html { block.span.clone() } else { whole_lines(source, blocks, index) };
        let Range { start, end } = points.range(&span);
        spans.push((start, end, rounded(1.0 - f64::from(block.probability))));
    }
    let mut attributes = Object::new();
    attributes.add("dehusk__boilerplate", &spans);
    attributes.bytes.push(b'}');
    let mut object = Object::new();
    object.raw("id", id);
    object.raw("source", origin);
    object.name("attributes");
    object.bytes.append(&mut attributes.bytes);
    object.line()
}

/// The lines that a block stands on, with the end of the last one, between the blocks around it.
fn whole_lines(source: &str, blocks: &[ClassifiedBlock<'_>], index: usize) -> Range<usize> {
    let span = &blocks[index].span;
    let before = index.checked_sub(1).map_or(0, |before| blocks[before].span.end);
    let after = blocks.get(index + 1).map_or(source.len(), |after| after.span.start);
    let is_end = ['\n', '\r'];
    let start = match source[before..span.start].rfind(is_end) {
        Some(end) => before + end + 1,
        None if before == 0 => 0,
        None => span.start,
    };
    let end = match source[span.end..after].find(is_end) {
        Some(end) if source[span.end + end..].starts_with("\r\n") => span.end + end + 2,
        Some(end) => span.end + end + 1,
        None if after == source.len() => after,
        None => span.end,
    };
    start..end
}

/// Counts code points up to byte offsets that only grow.
struct CodePoints<'s> {
    source: &'s str,
    bytes: usize,
    points: usize,
}

impl<'s> CodePoints<'s> {
    fn new(source: &'s str) -> Self {
        CodePoints { source, bytes: 0, points: 0 }
    }

    fn at(&mut self, byte: usize) -> usize {
        self.points += self.source[self.bytes..byte].chars().count();
        self.bytes = byte;
        self.points
    }

    fn range(&mut self, range: &Range<usize>) -> Range<usize> {
        self.at(range.start)..self.at(range.end)
    }
}

/// Characters of a block that tables show.
const TABLE_CHARS: usize = 100;
/// Characters of a block that explanations show.
const EXPLAIN_CHARS: usize = 400;

/// The blocks as a table for people: probability, mark and reason as in fixtures, text.
pub fn table(title: &str, blocks: &[ClassifiedBlock<'_>]) -> Vec<u8> {
    let mut text = heading(title);
    for block in blocks {
        text.push_str(&line(block, TABLE_CHARS));
    }
    text.into_bytes()
}

/// The blocks with the columns that spoke loudest for (+) or against (-) each being content.
pub fn explained(title: &str, explanations: &[Explanation<'_>]) -> Vec<u8> {
    let faint = Style::new().dimmed();
    let mut text = heading(title);
    for Explanation { block, reasons } in explanations {
        text.push_str(&line(block, EXPLAIN_CHARS));
        let reasons: Vec<String> = reasons.iter().map(|(column, score)| format!("{column} {score:+.2}")).collect();
        if !reasons.is_empty() {
            let _ = writeln!(text, "       {faint}{}{faint:#}", reasons.join("  "));
        }
    }
    text.into_bytes()
}

fn heading(title: &str) -> String {
    let bold = Style::new().bold();
    format!("{bold}{title}{bold:#}\n")
}

fn line(block: &ClassifiedBlock<'_>, most: usize) -> String {
    let kept = block.label == Label::Content;
    let style = if kept { Style::new() } else { AnsiColor::BrightBlack.on_default() };
    let mark = match (kept, block.reason) {
        (true, _) => "+ ".to_owned(),
        (false, Some(reason)) => format!("- [{reason}] "),
        (false, None) => "- ".to_owned(),
    };
    format!("{style}{:5.2}  {mark}{}{style:#}\n", block.probability, shortened(&block.text, most))
}

/// A text on one line, without control characters, which a terminal would obey.
pub fn shortened(text: &str, most: usize) -> String {
    let one_line = |c: char| if c.is_whitespace() || c.is_control() { ' ' } else { c };
    let mut short: String = text.chars().map(one_line).take(most).collect();
    if text.chars().count() > most {
        short.push('…');
    }
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block(source: &str, span: Range<usize>, label: Label) -> ClassifiedBlock<'_> {
        ClassifiedBlock { text: source[span.clone()].into(), span, probability: 0.25, label, reason: None }
    }

    #[test]
    fn dolma_spans_take_in_whole_lines() {
        let source = "  Menü \r\nThe tram.\n\nA\nShare";
        let dropped = |text: &str| {
            let start = source.find(text).unwrap();
            block(source, start..start + text.len(), Label::Boilerplate)
        };
        let blocks = [
            dropped("Menü"),
            ClassifiedBlock { label: Label::Content, ..dropped("The tram.") },
            dropped("A"),
            dropped("Share"),
        ];
        let line = String::from_utf8(dolma("7", "7", source, Markup::Text, &blocks)).unwrap();
        let expected = "{\"id\":7,\"source\":7,\"attributes\":{\"dehusk__boilerplate\":\
                        [[0,9,0.75],[20,22,0.75],[22,27,0.75]]}}\n";
        assert_eq!(line, expected);
        let line = String::from_utf8(dolma("7", "7", source, Markup::Html, &blocks)).unwrap();
        assert!(line.contains("[[2,6,0.75],[20,21,0.75],[22,27,0.75]]"), "{line}");
    }

    #[test]
    fn spans_are_in_code_points_and_neighbours_stay_apart() {
        let source = "Menü\nTür\nA";
        let blocks = [
            block(source, 0..5, Label::Boilerplate),
            block(source, 6..10, Label::Boilerplate),
            block(source, 11..12, Label::Content),
        ];
        let found: Vec<(usize, usize)> = spans(source, &blocks).iter().map(|span| (span.start, span.end)).collect();
        assert_eq!(found, [(0, 4), (5, 8)]);
    }

    #[test]
    fn fields_are_passed_through_and_added_ones_replaced() {
        let record = Record::parse(r#"{"id": 1.0,"status":"old","text":"a","note":"mine"}"#).unwrap();
        let added = Added {
            content: "a",
            kept_ratio: 1.0,
            status: Status::Ok,
            error: None,
            note: None,
            model: Some("m@1"),
            meta: None,
            boilerplate: None,
        };
        let line = String::from_utf8(jsonl(&record, Some("text"), &added)).unwrap();
        assert_eq!(
            line,
            "{\"id\":1.0,\"note\":\"mine\",\"content\":\"a\",\"kept_ratio\":1.0,\"status\":\"ok\",\"model\":\"m@1\"}\n"
        );
    }

    #[test]
    fn tables_show_no_control_characters() {
        assert_eq!(shortened("a\u{1b}[2J\nb", 10), "a [2J b");
        assert_eq!(shortened("abc", 2), "ab…");
    }
}
