//! A preset at work: what a model's worker tells of a source, told by rules.

use dehusk::presets::{Preset, count, join};
use dehusk::{ClassifiedBlock, Cut, Kept, Label, Markup, Meta, rewrite};

use super::judge::{Form, Judging};

/// A preset with buffers that are reused from source to source.
pub struct Rules {
    preset: Preset,
    cut: Cut,
    kept: Vec<bool>,
    text: String,
}

impl Rules {
    /// A preset that has judged nothing yet.
    pub fn new(preset: Preset) -> Rules {
        Rules { preset, cut: Cut::default(), kept: Vec::new(), text: String::new() }
    }

    fn classified<'s>(&self, source: &'s str, block: usize) -> ClassifiedBlock<'s> {
        let span = self.cut.blocks[block].span.clone();
        let text = self.cut.shared_text(source, block);
        let (probability, label) = if self.kept[block] { (1.0, Label::Content) } else { (0.0, Label::Boilerplate) };
        ClassifiedBlock { text, span, probability, label, reason: None }
    }
}

impl Judging for Rules {
    fn judge(&mut self, source: &str, markup: Markup, _outlet: Option<&str>) {
        self.cut.cut(source, markup);
        self.kept = self.preset.kept(source, &self.cut);
    }

    fn content(&mut self, source: &str, form: Form) -> Option<&str> {
        self.text.clear();
        match (form, self.cut.page()) {
            (Form::Html, page) => rewrite::markup(source, page?, &self.kept, &mut self.text),
            (Form::Markdown(options), Some(page)) => {
                rewrite::markdown(source, page, &self.kept, options, &mut self.text);
            }
            (Form::Markdown(_), None) | (Form::Text, _) => self.text = join(source, &self.cut, &self.kept),
        }
        Some(&self.text)
    }

    fn meta(&self, source: &str) -> Option<Meta> {
        self.cut.page().map(|page| Meta::of(source, page))
    }

    fn blocks<'s>(&self, source: &'s str) -> Vec<ClassifiedBlock<'s>> {
        (0..self.kept.len()).map(|block| self.classified(source, block)).collect()
    }

    fn keep_all(&mut self) {
        self.kept.fill(true);
    }

    fn kept(&self, source: &str) -> Kept {
        count(source, &self.cut, &self.kept)
    }
}
