//! The cleaner: segment → measure → score → decide, and the explanation of it.
//! This module must not know files, records or training.

use std::ops::Range;
use std::sync::Arc;

use crate::block::{Label, Markup, Reason};
use crate::decide::{Goal, keep};
use crate::lexicon::REASONS;
use crate::model::{Model, ModelError, Scratch};

/// The model for text and Markdown that is built in.
#[cfg(not(feature = "bootstrap"))]
const TEXT_MODEL: &str = include_str!("../models/text.json");

/// Takes the husk off sources. Cheap to clone, `Send` and `Sync`; cleaning cannot fail.
#[derive(Clone, Debug)]
pub struct Cleaner {
    model: Arc<Model>,
    goal: Goal,
    markup: Markup,
}

/// A block of a source with what the model says of it.
#[derive(Clone, Debug, PartialEq)]
pub struct ClassifiedBlock<'s> {
    /// The block's text, as it stands in the source.
    pub text: &'s str,
    /// Bytes of the source.
    pub span: Range<usize>,
    /// P(content), 0..1.
    pub probability: f32,
    /// [`Label::Content`] when the block is kept, else [`Label::Boilerplate`].
    pub label: Label,
    /// The kind of husk whose words it holds most of, for blocks that are dropped and hold any.
    pub reason: Option<Reason>,
}

/// A classified block with the columns that spoke loudest.
#[derive(Clone, Debug, PartialEq)]
pub struct Explanation<'s> {
    /// The block.
    pub block: ClassifiedBlock<'s>,
    /// Column and log-odds compared with a mean block, loudest first; above 0 speaks for content.
    pub reasons: Vec<(String, f32)>,
}

impl Cleaner {
    /// A cleaner of plain text with the embedded model.
    ///
    /// ```
    /// let cleaner = dehusk::Cleaner::text();
    /// let kept = cleaner.clean("Home | News | Sport\n\nThe council voted on Monday to close the old bridge, \
    ///     after inspectors had found cracks in two of its piers.\n\nShare on Facebook\nAll rights reserved.");
    /// assert!(kept.starts_with("The council voted"));
    /// assert!(!kept.contains("Facebook"));
    /// ```
    #[cfg(not(feature = "bootstrap"))]
    pub fn text() -> Cleaner {
        use std::sync::LazyLock;
        static TEXT: LazyLock<Arc<Model>> = LazyLock::new(|| match Model::from_json(TEXT_MODEL) {
            Ok(model) => Arc::new(model),
            // The model is part of the program, and a test loads it.
            Err(error) => panic!("the embedded model: {error}"),
        });
        Cleaner::with_model(Arc::clone(&TEXT))
    }

    /// A cleaner with a model read from the JSON of its file.
    ///
    /// # Errors
    /// [`ModelError`] when it is no model of this build.
    pub fn new(model: &str) -> Result<Cleaner, ModelError> {
        Ok(Cleaner::with_model(Arc::new(Model::from_json(model)?)))
    }

    /// A cleaner with a loaded model.
    pub fn with_model(model: Arc<Model>) -> Cleaner {
        Cleaner { goal: model.goals().balanced, model, markup: Markup::Text }
    }

    /// Sets how much to keep. Default: the model's balanced goal.
    pub fn goal(self, goal: Goal) -> Cleaner {
        Cleaner { goal, ..self }
    }

    /// Sets how sources are written. Default: text.
    pub fn markup(self, markup: Markup) -> Cleaner {
        Cleaner { markup, ..self }
    }

    /// The model in use.
    pub fn model(&self) -> &Model {
        &self.model
    }

    /// The content of a source: its kept blocks in order, byte for byte, with a blank line where blank lines
    /// stood between them.
    pub fn clean(&self, source: &str) -> String {
        self.worker().clean(source).to_owned()
    }

    /// All blocks of a source with their probability and label.
    ///
    /// ```
    /// let cleaner = dehusk::Cleaner::text();
    /// for block in cleaner.classify("Subscribe now!\n\nIt rained all night, and the river rose by two metres.") {
    ///     println!("{:.2} {}", block.probability, block.text);
    /// }
    /// ```
    pub fn classify<'s>(&self, source: &'s str) -> Vec<ClassifiedBlock<'s>> {
        self.worker().classify(source)
    }

    /// All blocks of a source with the `most` columns that spoke loudest for or against each.
    pub fn explain<'s>(&self, source: &'s str, most: usize) -> Vec<Explanation<'s>> {
        let mut worker = self.worker();
        let blocks = worker.classify(source);
        blocks
            .into_iter()
            .enumerate()
            .map(|(index, block)| Explanation { block, reasons: self.model.reasons(index, &mut worker.scratch, most) })
            .collect()
    }

    /// A worker: a cleaner with buffers of its own, which are reused from source to source.
    pub fn worker(&self) -> Worker<'_> {
        Worker {
            cleaner: self,
            markup: self.markup,
            scratch: Scratch::default(),
            masses: Vec::new(),
            order: Vec::new(),
            kept: Vec::new(),
            text: String::new(),
        }
    }
}

/// Cleans many sources with buffers that are reused. What one source gives does not depend on those before.
pub struct Worker<'c> {
    cleaner: &'c Cleaner,
    markup: Markup,
    scratch: Scratch,
    masses: Vec<f32>,
    order: Vec<u32>,
    kept: Vec<bool>,
    text: String,
}

/// What was kept of a source.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Kept {
    /// Words of the kept blocks.
    pub words: usize,
    /// Words of all blocks.
    pub of_words: usize,
}

impl Worker<'_> {
    /// Sets how the next sources are written.
    pub fn set_markup(&mut self, markup: Markup) {
        self.markup = markup;
    }

    /// The content of a source, as [`Cleaner::clean`] gives it.
    pub fn clean(&mut self, source: &str) -> &str {
        self.run(source);
        self.join(source);
        &self.text
    }

    /// All blocks of a source, as [`Cleaner::classify`] gives them.
    pub fn classify<'s>(&mut self, source: &'s str) -> Vec<ClassifiedBlock<'s>> {
        self.run(source);
        (0..self.kept.len()).map(|block| self.classified(source, block)).collect()
    }

    /// How many words of the last source were kept.
    pub fn kept(&self) -> Kept {
        let words = |block: usize| self.scratch.extractor.measures.blocks[block].words as usize;
        let blocks = 0..self.kept.len();
        Kept {
            words: blocks.clone().filter(|&block| self.kept[block]).map(words).sum(),
            of_words: blocks.map(words).sum(),
        }
    }

    fn run(&mut self, source: &str) {
        self.cleaner.model.probabilities(source, self.markup, &mut self.scratch);
        self.masses.clear();
        self.masses.extend(self.scratch.extractor.measures.blocks.iter().map(|measure| measure.mass));
        keep(self.cleaner.goal, &self.scratch.probabilities, &self.masses, &mut self.order, &mut self.kept);
    }

    fn join(&mut self, source: &str) {
        self.text.clear();
        let mut blank = false;
        for (block, &kept) in self.scratch.blocks.iter().zip(&self.kept) {
            blank |= block.blank_before > 0;
            if kept {
                if !self.text.is_empty() {
                    self.text.push_str(if blank { "\n\n" } else { "\n" });
                }
                self.text.push_str(&source[block.span.clone()]);
                blank = false;
            }
        }
    }

    fn classified<'s>(&self, source: &'s str, block: usize) -> ClassifiedBlock<'s> {
        let span = self.scratch.blocks[block].span.clone();
        let kept = self.kept[block];
        ClassifiedBlock {
            text: &source[span.clone()],
            span,
            probability: self.scratch.probabilities[block],
            label: if kept { Label::Content } else { Label::Boilerplate },
            reason: if kept { None } else { self.reason(block) },
        }
    }

    /// The husk reason with the most words in a block.
    fn reason(&self, block: usize) -> Option<Reason> {
        let sections = &self.scratch.extractor.measures.blocks[block].sections[REASONS..];
        let (index, &words) = sections.iter().enumerate().max_by_key(|&(index, words)| (words, usize::MAX - index))?;
        (words > 0).then_some(Reason::ALL[index])
    }
}
