//! The cleaner: segment → measure → score → decide, and the explanation of it.
//! This module must not know files, records or training.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;

use crate::block::{Label, Markup, Reason};
use crate::decide::{Goal, drop_copies, keep};
use crate::lexicon::REASONS;
#[cfg(feature = "html")]
use crate::meta::Meta;
use crate::model::{Model, ModelError, Scratch, sigmoid};
use crate::outlet::{self, OutletFile, PageKeys, Recurrence};
use crate::recurrence::{BoundStage, Stage, StageFile, pull};
#[cfg(feature = "html")]
use crate::rewrite::{self, MarkdownOptions};
#[cfg(feature = "html")]
use crate::tokens::PageNames;

/// The model for text and Markdown that is built in.
#[cfg(not(feature = "bootstrap"))]
const TEXT_MODEL: &str = include_str!("../models/text.json");

/// The model for HTML that is built in.
#[cfg(all(feature = "html", not(feature = "bootstrap")))]
const HTML_MODEL: &str = include_str!("../models/html.json");

/// The JSON of the model for a markup that is built in; none in builds with the feature `bootstrap`.
#[cfg(not(feature = "bootstrap"))]
pub fn built_in(markup: Markup) -> Option<&'static str> {
    match markup {
        #[cfg(feature = "html")]
        Markup::Html => Some(HTML_MODEL),
        _ => Some(TEXT_MODEL),
    }
}

/// None: this build holds no model.
#[cfg(feature = "bootstrap")]
pub fn built_in(_: Markup) -> Option<&'static str> {
    None
}

/// Loads a model that is part of the program, which a test does, too.
#[cfg(not(feature = "bootstrap"))]
fn embedded(file: &str) -> Arc<Model> {
    match Model::from_json(file) {
        Ok(model) => Arc::new(model),
        Err(error) => panic!("the embedded model: {error}"),
    }
}

/// Takes the husk off sources. Cheap to clone, `Send` and `Sync`; cleaning cannot fail.
#[derive(Clone, Debug)]
pub struct Cleaner {
    model: Arc<Model>,
    goal: Goal,
    markup: Markup,
    outlets: Option<Arc<Outlets>>,
}

/// What recurs on the pages of outlets, and what that says.
#[derive(Debug)]
pub struct Outlets {
    counts: outlet::Outlets,
    text: BoundStage,
    html: BoundStage,
}

impl Outlets {
    /// From an outlet file, with the second stages that are built in.
    #[cfg(not(feature = "bootstrap"))]
    pub fn new(file: &OutletFile) -> Outlets {
        match Outlets::with_stages(file, &StageFile::built_in().unwrap_or_default()) {
            Ok(outlets) => outlets,
            // The stages are part of the program, and a test loads them.
            Err(error) => panic!("the embedded second stages: {error}"),
        }
    }

    /// From an outlet file and second stages.
    ///
    /// # Errors
    /// The name of a column that the stages or this build lack.
    pub fn with_stages(file: &OutletFile, stages: &StageFile) -> Result<Outlets, String> {
        let [text, html] = [Markup::Text, Markup::Html].map(|markup| Stage::of(stages, markup).bind());
        Ok(Outlets { counts: file.counts(), text: text?, html: html? })
    }
}

/// A block of a source with what the model says of it.
#[derive(Clone, Debug, PartialEq)]
pub struct ClassifiedBlock<'s> {
    /// The block's text: as it stands in the source, or in pages with entities decoded and white space collapsed.
    pub text: Cow<'s, str>,
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
        static TEXT: LazyLock<Arc<Model>> = LazyLock::new(|| embedded(TEXT_MODEL));
        Cleaner::with_model(Arc::clone(&TEXT))
    }

    /// A cleaner of HTML pages with the embedded model.
    ///
    /// ```
    /// let cleaner = dehusk::Cleaner::html();
    /// let kept = cleaner.clean("<ul><li><a href=/>Home</a><li><a href=/s>Sport</a></ul><article><h1>Bridge to close</h1>\
    ///     <p>The council voted on Monday to close the old bridge, after inspectors had found cracks in two of its \
    ///     piers.</p></article><footer>&copy; All rights reserved</footer>");
    /// assert!(kept.starts_with("Bridge to close") && kept.contains("The council voted"));
    /// assert!(!kept.contains("rights reserved"));
    /// ```
    #[cfg(all(feature = "html", not(feature = "bootstrap")))]
    pub fn html() -> Cleaner {
        use std::sync::LazyLock;
        static HTML: LazyLock<Arc<Model>> = LazyLock::new(|| embedded(HTML_MODEL));
        Cleaner::with_model(Arc::clone(&HTML)).markup(Markup::Html)
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
        Cleaner { goal: model.goals().balanced, markup: model.reads(Markup::Text), outlets: None, model }
    }

    /// Sets how much to keep. Default: the model's balanced goal.
    pub fn goal(self, goal: Goal) -> Cleaner {
        Cleaner { goal, ..self }
    }

    /// Sets how sources are written. Default: text, or HTML for a model of pages.
    pub fn markup(self, markup: Markup) -> Cleaner {
        Cleaner { markup, ..self }
    }

    /// The same cleaner with a model adapted from its own.
    #[cfg(feature = "label")]
    pub(crate) fn adapted(&self, model: Model) -> Cleaner {
        Cleaner { model: Arc::new(model), ..self.clone() }
    }

    /// Sets what is known of outlets; each source then says its own with [`Worker::set_outlet`]. Default: nothing.
    pub fn outlets(self, outlets: Option<Arc<Outlets>>) -> Cleaner {
        Cleaner { outlets, ..self }
    }

    /// The model in use.
    pub fn model(&self) -> &Model {
        &self.model
    }

    /// The content of a source: its kept blocks in order, byte for byte, with a blank line where blank lines
    /// stood between them. Of a page: the texts of its kept blocks, see [`crate::rewrite::text`].
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
        self.worker().explain(source, most)
    }

    /// A worker: a cleaner with buffers of its own, which are reused from source to source.
    pub fn worker(&self) -> Worker<'_> {
        Worker {
            cleaner: self,
            markup: self.markup,
            outlet: None,
            recurrence: Recurrence::default(),
            moved: Vec::new(),
            scratch: Scratch::default(),
            masses: Vec::new(),
            kept: Vec::new(),
            text: String::new(),
        }
    }
}

/// Cleans many sources with buffers that are reused. What one source gives does not depend on those before.
pub struct Worker<'c> {
    cleaner: &'c Cleaner,
    markup: Markup,
    outlet: Option<String>,
    recurrence: Recurrence,
    /// What recurrence adds to the score of each block, log-odds; empty where the outlet is not known.
    moved: Vec<f32>,
    scratch: Scratch,
    masses: Vec<f32>,
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
    /// Sets how the next sources are written, as far as the model can read that.
    pub fn set_markup(&mut self, markup: Markup) {
        self.markup = markup;
    }

    /// Sets the outlet of the next sources. Where [`Cleaner::outlets`] knows one outlet only, that is the default.
    pub fn set_outlet(&mut self, outlet: Option<&str>) {
        self.outlet = outlet.map(str::to_owned);
    }

    /// All blocks of a source with reasons, as [`Cleaner::explain`] gives them.
    pub fn explain<'s>(&mut self, source: &'s str, most: usize) -> Vec<Explanation<'s>> {
        let blocks = self.classify(source).into_iter().enumerate();
        let reasons = self.cleaner.model.reasons(&mut self.scratch, most);
        let explained = blocks.zip(reasons).map(|((index, block), mut reasons)| {
            if let Some(&moved) = self.moved.get(index) {
                reasons.push(("recurrence in the outlet".to_owned(), moved));
                reasons.sort_by(|a, b| b.1.abs().total_cmp(&a.1.abs()));
                reasons.truncate(most);
            }
            Explanation { block, reasons }
        });
        explained.collect()
    }

    /// The content of a source, as [`Cleaner::clean`] gives it.
    pub fn clean(&mut self, source: &str) -> &str {
        self.judge(source);
        self.content(source)
    }

    /// All blocks of a source, as [`Cleaner::classify`] gives them.
    pub fn classify<'s>(&mut self, source: &'s str) -> Vec<ClassifiedBlock<'s>> {
        self.judge(source);
        self.blocks(source)
    }

    /// Decides what to keep of a source. The other methods then tell of it; they take the same source again.
    pub fn judge(&mut self, source: &str) {
        self.cleaner.model.probabilities(source, self.markup, &mut self.scratch);
        self.masses.clear();
        self.masses.extend(self.scratch.extractor.measures.blocks.iter().map(|measure| measure.mass));
        self.weigh_recurrence();
        keep(self.cleaner.goal, &self.scratch.probabilities, &self.masses, &mut self.kept);
        let cut = &self.scratch.extractor.cut;
        drop_copies(|block| cut.copy_key(source, block), &mut self.kept);
    }

    /// Adds what is known of the outlet to the probabilities.
    fn weigh_recurrence(&mut self) {
        self.moved.clear();
        let Some(outlets) = &self.cleaner.outlets else { return };
        let Some(outlet) = outlets.counts.outlet(self.outlet.as_deref()) else { return };
        let page = self.keys();
        outlet.recurrence(&page, &mut self.recurrence);
        let stage = match self.scratch.extractor.cut.markup() {
            Markup::Html => &outlets.html,
            _ => &outlets.text,
        };
        let before: Vec<f32> = self.scratch.probabilities.iter().map(|&p| logit(p)).collect();
        let mut scores = before.clone();
        stage.apply(&mut scores, &self.masses, &self.recurrence);
        pull(&mut scores, &self.recurrence);
        if scores != before {
            self.moved.extend(scores.iter().zip(&before).map(|(after, before)| after - before));
            self.scratch.probabilities.clear();
            self.scratch.probabilities.extend(scores.into_iter().map(sigmoid));
        }
    }

    /// What an outlet file holds of a source: which blocks it has, where they stand, and how the model alone scores them.
    pub fn page_keys(&mut self, source: &str) -> PageKeys {
        self.cleaner.model.probabilities(source, self.markup, &mut self.scratch);
        self.keys()
    }

    /// Of the source whose probabilities are those of the model alone.
    fn keys(&self) -> PageKeys {
        let blocks = self.scratch.extractor.measures.blocks.iter().zip(&self.scratch.probabilities);
        let blocks = blocks.zip(self.slots()).map(|((measure, &p), slot)| (measure.hash, slot, logit(p)));
        PageKeys::new(&self.cleaner.model.id(), blocks)
    }

    /// The slots that the blocks of a page fill; 0 for each block of other sources.
    fn slots(&self) -> Vec<u64> {
        #[cfg(feature = "html")]
        if let Some(page) = self.scratch.page() {
            let mut names = PageNames::default();
            names.read(page);
            return page.blocks.iter().map(|block| names.slot(page, block.element)).collect();
        }
        vec![0; self.scratch.probabilities.len()]
    }

    /// The content of the judged source, as [`Cleaner::clean`] gives it.
    pub fn content(&mut self, source: &str) -> &str {
        self.text.clear();
        #[cfg(feature = "html")]
        if let Some(page) = self.scratch.page() {
            rewrite::text(page, &self.kept, &mut self.text);
            return &self.text;
        }
        self.scratch.extractor.cut.join(source, &self.kept, &mut self.text);
        &self.text
    }

    /// The content of the judged page as Markdown; of other sources as [`Worker::content`] gives it.
    #[cfg(feature = "html")]
    pub fn markdown(&mut self, source: &str, options: MarkdownOptions) -> &str {
        if self.scratch.page().is_none() {
            return self.content(source);
        }
        self.text.clear();
        if let Some(page) = self.scratch.page() {
            rewrite::markdown(source, page, &self.kept, options, &mut self.text);
        }
        &self.text
    }

    /// The content of the judged page in its own markup, cleaned; `None` for other sources.
    #[cfg(feature = "html")]
    pub fn page_markup(&mut self, source: &str) -> Option<&str> {
        self.text.clear();
        rewrite::markup(source, self.scratch.page()?, &self.kept, &mut self.text);
        Some(&self.text)
    }

    /// What the judged page says about itself; `None` for other sources.
    #[cfg(feature = "html")]
    pub fn meta(&self, source: &str) -> Option<Meta> {
        self.scratch.page().map(|page| Meta::of(source, page))
    }

    /// The blocks of the judged source.
    pub fn blocks<'s>(&self, source: &'s str) -> Vec<ClassifiedBlock<'s>> {
        (0..self.kept.len()).map(|block| self.classified(source, block)).collect()
    }

    /// Keeps all blocks of the judged source, whatever was decided.
    pub fn keep_all(&mut self) {
        self.kept.fill(true);
    }

    /// How many words of the judged source were kept.
    pub fn kept(&self) -> Kept {
        let words = |block: usize| self.scratch.extractor.measures.blocks[block].words as usize;
        let blocks = 0..self.kept.len();
        Kept {
            words: blocks.clone().filter(|&block| self.kept[block]).map(words).sum(),
            of_words: blocks.map(words).sum(),
        }
    }

    fn classified<'s>(&self, source: &'s str, block: usize) -> ClassifiedBlock<'s> {
        let cut = &self.scratch.extractor.cut;
        let span = cut.blocks[block].span.clone();
        let kept = self.kept[block];
        ClassifiedBlock {
            text: cut.shared_text(source, block),
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

/// Log-odds of a probability.
pub(crate) fn logit(p: f32) -> f32 {
    let p = p.clamp(1e-6, 1.0 - 1e-6);
    (p / (1.0 - p)).ln()
}
