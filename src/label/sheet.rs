//! A sheet: one document opened for labelling, its blocks as the model judges them and as people mark them.
//! This module must not know the other documents.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::block::{Block, Label, Markup, Reason};
use crate::cleaner::Cleaner;
use crate::features::words::words_of;
use crate::train::corpus::{LabelledDocument, LabelledSpan};

/// What a person says of a block.
pub type Mark = (Label, Option<Reason>);
/// The marks of a document by the bytes of its blocks; none is a mark that was taken away.
pub(super) type Marks = BTreeMap<(usize, usize), Option<Mark>>;

/// A block of a sheet.
#[derive(Clone, Debug, Serialize)]
pub struct Line {
    /// Its text.
    pub text: String,
    /// P(content), 0..1.
    pub probability: f32,
    /// What the model makes of it.
    pub predicted: Label,
    /// The reason that the model guesses.
    pub guessed: Option<Reason>,
    /// What a person says of it.
    pub mark: Option<Mark>,
    #[serde(skip)]
    pub(super) span: (usize, usize),
}

impl Line {
    /// What the model says, as a mark.
    pub(super) fn model_mark(&self) -> Mark {
        complete((self.predicted, None), self)
    }
}

/// A mark whose boilerplate has a reason: the one before, else the guessed one, else another.
pub(super) fn complete((label, reason): Mark, line: &Line) -> Mark {
    match label {
        Label::Boilerplate => {
            let before = line.mark.and_then(|(_, reason)| reason);
            (label, reason.or(before).or(line.guessed).or(Some(Reason::Other)))
        }
        _ => (label, None),
    }
}

/// A document opened for labelling.
#[derive(Clone, Debug)]
pub(super) struct Sheet {
    pub(super) document: LabelledDocument,
    pub(super) lines: Vec<Line>,
}

impl Sheet {
    /// Judges a document; its own labels are marks unless `marks` says otherwise.
    pub(super) fn new(document: LabelledDocument, cleaner: &Cleaner, marks: &Marks) -> Sheet {
        let blocks = cleaner.clone().markup(document.markup).classify(&document.source);
        let spans: Vec<Block> =
            blocks.iter().map(|block| Block { span: block.span.clone(), ..Block::default() }).collect();
        let given = document.labels(&spans);
        let is_labelled = !document.spans.is_empty();
        let lines = blocks.into_iter().zip(given).map(|(block, given)| {
            let span = (block.span.start, block.span.end);
            Line {
                text: block.text.into_owned(),
                probability: block.probability,
                predicted: block.label,
                guessed: block.reason,
                mark: marks.get(&span).copied().unwrap_or(is_labelled.then_some(given)),
                span,
            }
        });
        let lines = lines.collect();
        Sheet { document, lines }
    }

    /// Takes over marks that have changed.
    pub(super) fn mark(&mut self, marks: &Marks) {
        for line in &mut self.lines {
            if let Some(mark) = marks.get(&line.span) {
                line.mark = *mark;
            }
        }
    }

    /// The document with the marks as labels. Blocks without a mark are ignored.
    pub(super) fn labelled(&self) -> LabelledDocument {
        let mut spans: Vec<LabelledSpan> = Vec::with_capacity(self.lines.len());
        for line in &self.lines {
            let (label, reason) = line.mark.unwrap_or((Label::Ignore, None));
            let start = line.span.0.max(spans.last().map_or(0, |last| last.range.end));
            if start < line.span.1 {
                spans.push(LabelledSpan { range: start..line.span.1, label, reason });
            }
        }
        let gold = (self.document.markup == Markup::Html).then(|| self.gold());
        LabelledDocument { spans, gold, ..self.document.clone() }
    }

    /// The texts of the content, one block a line.
    pub(super) fn gold(&self) -> String {
        let content = self.lines.iter().filter(|line| line.mark.is_some_and(|(label, _)| label == Label::Content));
        content.map(|line| format!("{}\n", line.text.replace('\n', " "))).collect()
    }

    /// Whether every block is marked.
    pub(super) fn is_marked(&self) -> bool {
        self.lines.iter().all(|line| line.mark.is_some())
    }

    /// What is to be known of the document in a list.
    pub(super) fn review(&self) -> Review {
        let mut review = Review { blocks: self.lines.len(), ..Review::default() };
        let (mut doubt, mut words) = (0.0, 0);
        for line in &self.lines {
            let mut own = 0;
            words_of(&line.text, |_| own += 1);
            words += own;
            doubt += own as f32 * (1.0 - (2.0 * line.probability - 1.0).abs());
            review.marked += usize::from(line.mark.is_some());
            if let Some((label, _)) = line.mark.filter(|(label, _)| *label != Label::Ignore) {
                review.compared += 1;
                review.agreed += usize::from(label == line.predicted);
            }
        }
        review.doubt = if words == 0 { 0.0 } else { doubt / words as f32 };
        review
    }
}

/// A document in short.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Review {
    /// Blocks.
    pub(super) blocks: usize,
    /// Marked ones.
    pub(super) marked: usize,
    /// Blocks that are marked as content or boilerplate.
    pub(super) compared: usize,
    /// Those of them that the model judges alike.
    pub(super) agreed: usize,
    /// Mean uncertainty of its words: 0 all certain, 1 all at P(content) 0.5.
    pub(super) doubt: f32,
}
