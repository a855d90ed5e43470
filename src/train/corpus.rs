//! Labelled documents: fixtures written by people and JSONL made by importers.
//! This module must not know how a model is fitted.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::block::{Block, Label, Markup, Reason};

/// A labelled stretch of a source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LabelledSpan {
    /// Bytes of the source.
    pub range: Range<usize>,
    /// What it is.
    pub label: Label,
    /// Why it is boilerplate, where that is known.
    pub reason: Option<Reason>,
}

/// A document with gold labels. What no span covers is ignored: neither counted nor trained on.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LabelledDocument {
    /// Unique within its corpus.
    pub id: String,
    /// Publisher: the grouping key of folds.
    pub outlet: String,
    /// ISO 639-1 code, empty where unknown.
    pub language: String,
    /// How the source is written.
    pub markup: Markup,
    /// The raw string.
    pub source: String,
    /// Sorted and disjoint.
    pub spans: Vec<LabelledSpan>,
    /// The corpus' own gold text, where it has one: it may hold words that the source lacks.
    pub gold: Option<String>,
    /// Tags of fixtures (`membership`, `hard-negative`, …), rendering and page type of imports.
    pub tags: Vec<String>,
}

impl LabelledDocument {
    /// The labels of blocks of the source, and the reasons of boilerplate: what most of a block's labelled bytes
    /// are. A block of which less than half is labelled is ignored.
    pub fn labels(&self, blocks: &[Block]) -> Vec<(Label, Option<Reason>)> {
        let mut first = 0;
        blocks
            .iter()
            .map(|block| {
                while self.spans.get(first).is_some_and(|span| span.range.end <= block.span.start) {
                    first += 1;
                }
                label(&block.span, &self.spans[first..])
            })
            .collect()
    }

    /// Whether the document has a tag.
    pub fn is(&self, tag: &str) -> bool {
        self.tags.iter().any(|own| own == tag)
    }
}

/// The label of a block, from the spans that do not end before it.
fn label(block: &Range<usize>, spans: &[LabelledSpan]) -> (Label, Option<Reason>) {
    let (mut content, mut boilerplate, mut reason) = (0, 0, None);
    for span in spans.iter().take_while(|span| span.range.start < block.end) {
        let bytes = span.range.end.min(block.end).saturating_sub(span.range.start.max(block.start));
        match span.label {
            Label::Content => content += bytes,
            Label::Boilerplate => {
                boilerplate += bytes;
                reason = reason.or(span.reason);
            }
            Label::Ignore => {}
        }
    }
    if 2 * (content + boilerplate) < block.len() {
        (Label::Ignore, None)
    } else if content >= boilerplate {
        (Label::Content, None)
    } else {
        (Label::Boilerplate, reason)
    }
}

/// A labelled document as a line of JSON; spans are in code points.
#[derive(Serialize, Deserialize)]
struct Record {
    id: String,
    outlet: String,
    #[serde(default)]
    language: String,
    #[serde(default)]
    markup: Markup,
    source: String,
    labels: Vec<(usize, usize, Label, Option<Reason>)>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    gold: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    tags: Vec<String>,
}

/// Writes a document as one line of JSON, without the line feed.
pub fn to_json(document: &LabelledDocument) -> String {
    let mut counter = CodePoints::default();
    let labels = document.spans.iter().map(|span| {
        let start = counter.at(&document.source, span.range.start);
        let end = counter.at(&document.source, span.range.end);
        (start, end, span.label, span.reason)
    });
    let record = Record {
        labels: labels.collect(),
        id: document.id.clone(),
        outlet: document.outlet.clone(),
        language: document.language.clone(),
        markup: document.markup,
        source: document.source.clone(),
        gold: document.gold.clone(),
        tags: document.tags.clone(),
    };
    // Strings, numbers and lists only: there is nothing that could fail.
    serde_json::to_string(&record).unwrap_or_default()
}

/// Reads a document from a line of JSON.
///
/// # Errors
/// What is wrong with the line: not the JSON of a labelled document, or spans that are not sorted, disjoint and
/// inside the source.
pub fn from_json(line: &str) -> Result<LabelledDocument, String> {
    let record: Record = serde_json::from_str(line).map_err(|error| error.to_string())?;
    let mut starts: Vec<usize> = record.source.char_indices().map(|(at, _)| at).collect();
    starts.push(record.source.len());
    let mut spans = Vec::with_capacity(record.labels.len());
    let mut last = 0;
    for (start, end, label, reason) in record.labels {
        if start < last || end < start || end >= starts.len() {
            return Err(format!("labels: {start}..{end} is not sorted, disjoint and inside the source"));
        }
        spans.push(LabelledSpan { range: starts[start]..starts[end], label, reason });
        last = end;
    }
    Ok(LabelledDocument {
        id: record.id,
        outlet: record.outlet,
        language: record.language,
        markup: record.markup,
        source: record.source,
        spans,
        gold: record.gold,
        tags: record.tags,
    })
}

/// Counts code points up to byte offsets that only grow.
#[derive(Default)]
pub(crate) struct CodePoints {
    bytes: usize,
    points: usize,
}

impl CodePoints {
    /// Code points before a byte offset, which is not before the last one asked for.
    pub(crate) fn at(&mut self, source: &str, byte: usize) -> usize {
        self.points += source[self.bytes..byte].chars().count();
        self.bytes = byte;
        self.points
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::segment::segment;

    fn document() -> LabelledDocument {
        let source = "Menü\nDer Fluss\nsteigt. Teilen".to_owned();
        let spans = vec![
            LabelledSpan { range: 0..5, label: Label::Boilerplate, reason: Some(Reason::Nav) },
            LabelledSpan { range: 6..23, label: Label::Content, reason: None },
            LabelledSpan { range: 24..30, label: Label::Boilerplate, reason: None },
        ];
        LabelledDocument { id: "1".into(), outlet: "o".into(), source, spans, ..LabelledDocument::default() }
    }

    #[test]
    fn json_gives_back_the_document() {
        let document = document();
        let line = to_json(&document);
        assert!(line.contains("[0,4,\"boilerplate\",\"nav\"]"), "{line}");
        assert_eq!(from_json(&line).unwrap(), document);
    }

    #[test]
    fn spans_that_do_not_fit_are_refused() {
        for labels in
            ["[[0,9,\"content\",null]]", "[[2,3,\"content\",null],[1,2,\"content\",null]]", "[[3,2,\"content\",null]]"]
        {
            let line = format!("{{\"id\":\"1\",\"outlet\":\"o\",\"source\":\"abcd\",\"labels\":{labels}}}");
            assert!(from_json(&line).unwrap_err().contains("not sorted"), "{labels}");
        }
    }

    #[test]
    fn a_block_is_what_most_of_it_is() {
        let document = document();
        let blocks = segment(&document.source, Markup::Text);
        let labels: Vec<Label> = document.labels(&blocks).into_iter().map(|(label, _)| label).collect();
        assert_eq!(labels, [Label::Boilerplate, Label::Content, Label::Content]);
    }

    #[test]
    fn what_no_span_covers_is_ignored() {
        let document = LabelledDocument { source: "a\nb".into(), ..LabelledDocument::default() };
        let labels = document.labels(&segment(&document.source, Markup::Text));
        assert!(labels.iter().all(|(label, _)| *label == Label::Ignore));
    }
}
