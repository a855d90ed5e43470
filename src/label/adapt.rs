//! Adapting: a cleaner and labelled documents of an outlet make a cleaner for that outlet.
//! This module must not know the page.

use thiserror::Error;

use crate::block::{Block, Label};
use crate::cleaner::Cleaner;
use crate::segment::Cut;
use crate::train::corpus::LabelledDocument;
use crate::train::evaluate::{Judged, page};
use crate::train::fit::{FitError, calibrate};

/// A cleaner for labelled documents, with what it reaches on them.
#[derive(Clone, Debug)]
pub struct Adapted {
    /// The cleaner.
    pub cleaner: Cleaner,
    /// Page F1 of the base over the documents, 0..1.
    pub before: f64,
    /// Page F1 of cleaners made from the other documents, 0..1.
    pub after: f64,
    /// Documents it was made from.
    pub documents: usize,
}

impl Adapted {
    /// Whether it judges better than the base.
    pub fn helps(&self) -> bool {
        self.after > self.before
    }
}

/// Why a cleaner cannot be adapted.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum AdaptError {
    /// Cross-validation leaves documents out, and needs others.
    #[error("{found} labelled documents, at least {LEAST} are needed: what is gained is measured on those left out")]
    TooFew {
        /// Labelled documents.
        found: usize,
    },
    /// The fit failed.
    #[error(transparent)]
    Fit(#[from] FitError),
}

/// Fewest documents.
const LEAST: usize = 2;
/// Most folds of cross-validation.
const MOST_FOLDS: usize = 5;
/// Scores (log-odds) at which the base is believed to be right.
const PRIOR_SCORES: [f32; 9] = [-4.0, -3.0, -2.0, -1.0, 0.0, 1.0, 2.0, 3.0, 4.0];
/// Blocks at each of these scores that the base is as good as.
const PRIOR_BLOCKS: usize = 10;

/// Adapts a cleaner to labelled documents: a slope and a shift of its scores, fitted to the labelled blocks and to
/// blocks on which the base is right, so that few labels change little.
///
/// # Errors
/// [`AdaptError`] when there are too few documents, or the fit fails.
pub fn adapted(base: &Cleaner, documents: &[LabelledDocument]) -> Result<Adapted, AdaptError> {
    if documents.len() < LEAST {
        return Err(AdaptError::TooFew { found: documents.len() });
    }
    let scored: Vec<Scored> = documents.iter().map(|document| Scored::new(base, document)).collect();
    let folds = documents.len().min(MOST_FOLDS);
    let (mut before, mut after) = (0.0, 0.0);
    for fold in 0..folds {
        let held_out = |(at, _): &(usize, &Scored)| at % folds == fold;
        let others = scored.iter().enumerate().filter(|row| !held_out(row)).map(|(_, scored)| scored);
        let cleaner = fitted(base, others)?;
        for document in documents.iter().skip(fold).step_by(folds) {
            before += page_f1(base, document);
            after += page_f1(&cleaner, document);
        }
    }
    let count = documents.len() as f64;
    let cleaner = fitted(base, scored.iter())?;
    Ok(Adapted { cleaner, before: before / count, after: after / count, documents: documents.len() })
}

/// The labelled blocks of a document.
struct Scored {
    scores: Vec<f32>,
    content: Vec<bool>,
}

impl Scored {
    fn new(base: &Cleaner, document: &LabelledDocument) -> Scored {
        let blocks = base.clone().markup(document.markup).classify(&document.source);
        let spans: Vec<Block> =
            blocks.iter().map(|block| Block { span: block.span.clone(), ..Block::default() }).collect();
        let labelled = blocks.iter().zip(document.labels(&spans)).filter(|(_, (label, _))| *label != Label::Ignore);
        let (scores, content) =
            labelled.map(|(block, (label, _))| (log_odds(block.probability), label == Label::Content)).unzip();
        Scored { scores, content }
    }
}

/// The score of a probability, kept away from the infinite.
fn log_odds(probability: f32) -> f32 {
    const LEAST: f32 = 1e-4;
    let probability = probability.clamp(LEAST, 1.0 - LEAST);
    (probability / (1.0 - probability)).ln()
}

fn fitted<'s>(base: &Cleaner, documents: impl Iterator<Item = &'s Scored>) -> Result<Cleaner, FitError> {
    let (mut scores, mut content) = prior();
    for document in documents {
        scores.extend(&document.scores);
        content.extend(&document.content);
    }
    let (slopes, shift) = calibrate(&[scores], &content)?;
    Ok(base.recalibrated(slopes[0], shift))
}

/// Blocks of which the share that is content is the probability that the base gives them.
fn prior() -> (Vec<f32>, Vec<bool>) {
    let blocks = PRIOR_SCORES.iter().flat_map(|&score| {
        let content = (crate::model::sigmoid(score) * PRIOR_BLOCKS as f32).round() as usize;
        (0..PRIOR_BLOCKS).map(move |block| (score, block < content))
    });
    blocks.unzip()
}

fn page_f1(cleaner: &Cleaner, document: &LabelledDocument) -> f64 {
    let cleaner = cleaner.clone().markup(document.markup);
    let blocks = cleaner.classify(&document.source);
    let (probabilities, kept): (Vec<f32>, Vec<bool>) =
        blocks.iter().map(|block| (block.probability, block.label == Label::Content)).unzip();
    let mut cut = Cut::default();
    cut.cut(&document.source, cleaner.model().reads(document.markup));
    page(Judged { document, cut: &cut, probabilities: &probabilities, kept: &kept }).f1
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::train::fixture::parse_fixture;

    fn document(slug: usize) -> LabelledDocument {
        let text = format!(
            "outlet: a\nlanguage: en\nmarkup: text\n---\n- [nav] Home | News | Sport\n+ Tram line {slug} opens\n\
             + The council voted on Monday to open tram line {slug}, which runs from the harbour to the mill.\n\
             - [share] Share on Facebook\n- [legal] All rights reserved\n"
        );
        LabelledDocument { id: slug.to_string(), ..parse_fixture(&text).unwrap() }
    }

    #[test]
    fn one_document_is_too_few() {
        let error = adapted(&Cleaner::text(), &[document(1)]).unwrap_err();
        assert!(matches!(error, AdaptError::TooFew { found: 1 }), "{error}");
    }

    #[test]
    fn labels_move_probabilities_their_way_and_few_move_them_little() {
        let base = Cleaner::text();
        let source = &document(9).source;
        let mean = |cleaner: &Cleaner| cleaner.classify(source).iter().map(|block| block.probability).sum::<f32>();
        let wrong = |label: Label, count: usize| {
            let flip = |slug: usize| {
                let mut document = document(slug);
                document.spans.iter_mut().for_each(|span| span.label = label);
                document
            };
            adapted(&base, &(0..count).map(flip).collect::<Vec<_>>()).unwrap().cleaner
        };
        let means =
            [wrong(Label::Boilerplate, 8), wrong(Label::Boilerplate, 2), base.clone(), wrong(Label::Content, 8)]
                .map(|cleaner| mean(&cleaner));
        assert!(means.is_sorted(), "{means:?}");
    }
}
