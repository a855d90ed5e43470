//! Evaluation: judged documents in, a report by corpus, language, outlet, page type and tag out.
//! This module must not know how the blocks were judged.

use std::collections::BTreeMap;

use serde::Serialize;

use super::corpus::LabelledDocument;
use super::metrics::{Bag, Prf, page_prf};
use crate::block::{Label, Reason};
use crate::features::words::words_of;
use crate::segment::Cut;

/// A document whose blocks have been judged.
#[derive(Clone, Copy, Debug)]
pub struct Judged<'d> {
    /// The document.
    pub document: &'d LabelledDocument,
    /// It, cut into blocks.
    pub cut: &'d Cut,
    /// P(content) of each block; 0 or 1 from judges without probabilities.
    pub probabilities: &'d [f32],
    /// Whether each block is kept.
    pub kept: &'d [bool],
}

impl<'d> Judged<'d> {
    /// The text of a block.
    fn text(&self, block: usize) -> &'d str {
        self.cut.text(&self.document.source, block)
    }
}

/// Counts over the documents of a group.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Tally {
    /// Documents.
    pub documents: usize,
    precision: f64,
    recall: f64,
    f1: f64,
    /// Words of content blocks: kept, all.
    content: [u64; 2],
    /// Words of boilerplate blocks: removed, all.
    boilerplate: [u64; 2],
    /// Content blocks: kept, all.
    content_blocks: [u64; 2],
    /// Boilerplate blocks: removed, all.
    boilerplate_blocks: [u64; 2],
}

impl Tally {
    /// Mean of the documents' word precision, recall and F1.
    pub fn page(&self) -> Prf {
        let documents = self.documents.max(1) as f64;
        Prf { precision: self.precision / documents, recall: self.recall / documents, f1: self.f1 / documents }
    }

    /// Share of the words of content blocks that are kept; 1 where there are none.
    pub fn content_kept(&self) -> f64 {
        share(self.content)
    }

    /// Share of the words of boilerplate blocks that are removed; 1 where there are none.
    pub fn boilerplate_removed(&self) -> f64 {
        share(self.boilerplate)
    }

    /// Words of content kept, content dropped, boilerplate kept, boilerplate dropped.
    pub fn words(&self) -> [u64; 4] {
        let ([kept, content], [dropped, boilerplate]) = (self.content, self.boilerplate);
        [kept, content - kept, boilerplate - dropped, dropped]
    }

    /// Precision, recall and F1 of content blocks, each block counting 1.
    pub fn content_blocks(&self) -> Prf {
        let [kept, all] = self.content_blocks;
        let wrong = self.boilerplate_blocks[1] - self.boilerplate_blocks[0];
        Prf::new(kept as f64, (kept + wrong) as f64, all as f64)
    }

    /// Precision, recall and F1 of boilerplate blocks, each block counting 1.
    pub fn boilerplate_blocks(&self) -> Prf {
        let [removed, all] = self.boilerplate_blocks;
        let wrong = self.content_blocks[1] - self.content_blocks[0];
        Prf::new(removed as f64, (removed + wrong) as f64, all as f64)
    }

    /// Precision, recall and F1 of the words of content blocks.
    pub fn content_words(&self) -> Prf {
        let [kept, all] = self.content;
        let wrong = self.boilerplate[1] - self.boilerplate[0];
        Prf::new(kept as f64, (kept + wrong) as f64, all as f64)
    }

    /// Precision, recall and F1 of the words of boilerplate blocks.
    pub fn boilerplate_words(&self) -> Prf {
        let [removed, all] = self.boilerplate;
        let wrong = self.content[1] - self.content[0];
        Prf::new(removed as f64, (removed + wrong) as f64, all as f64)
    }

    fn add(&mut self, other: &Tally) {
        self.documents += other.documents;
        self.precision += other.precision;
        self.recall += other.recall;
        self.f1 += other.f1;
        for (own, other) in [
            (&mut self.content, other.content),
            (&mut self.boilerplate, other.boilerplate),
            (&mut self.content_blocks, other.content_blocks),
            (&mut self.boilerplate_blocks, other.boilerplate_blocks),
        ] {
            own[0] += other[0];
            own[1] += other[1];
        }
    }
}

fn share([part, whole]: [u64; 2]) -> f64 {
    if whole == 0 { 1.0 } else { part as f64 / whole as f64 }
}

/// A block that was judged wrongly.
#[derive(Clone, Debug, Serialize)]
pub struct Mistake {
    /// Its document.
    pub id: String,
    /// What it is.
    pub label: Label,
    /// P(content).
    pub probability: f32,
    /// Its words.
    pub words: u64,
    /// How it starts.
    pub text: String,
}

/// Blocks whose probability lies in one tenth.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct Bin {
    /// Words of labelled blocks.
    pub words: u64,
    /// Words of content blocks among them.
    pub content: u64,
    /// Sum of words × probability.
    pub expected: f64,
}

/// Groups that are always there.
pub const ALL: &str = "all";
/// The paywall blocks of documents tagged `membership`.
pub const MEMBERSHIP_PROSE: &str = "membership prose";
/// How many mistakes a report keeps.
const MISTAKES: usize = 40;
/// Characters of a mistake's text.
const SHOWN: usize = 100;

/// Steps of probability in which words are counted for a curve.
const STEPS: usize = 200;

/// What an evaluation found.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// Tallies by group: `all`, `language el`, `outlet a`, `tag dump`, `type forum`, `reason paywall` …
    pub groups: BTreeMap<String, Tally>,
    /// Tenths of probability.
    pub calibration: [Bin; 10],
    /// Words of content and of boilerplate blocks by equal steps of probability, from 0 to 1.
    pub curve: Vec<[u64; 2]>,
    /// The wrongly judged blocks with the most words.
    pub mistakes: Vec<Mistake>,
}

impl Default for Report {
    fn default() -> Report {
        Report {
            groups: BTreeMap::new(),
            calibration: Default::default(),
            curve: vec![[0; 2]; STEPS],
            mistakes: Vec::new(),
        }
    }
}

impl Report {
    /// Adds a judged document, to `all`, to its own groups and to `corpus`.
    pub fn add(&mut self, judged: Judged<'_>, corpus: &str) {
        let labels = judged.document.labels(&judged.cut.blocks);
        let mut tally = self.count(judged, &labels);
        tally.documents = 1;
        let prf = page_of(judged, &labels);
        (tally.precision, tally.recall, tally.f1) = (prf.precision, prf.recall, prf.f1);
        for group in groups(judged.document, corpus) {
            self.groups.entry(group).or_default().add(&tally);
        }
    }

    /// The tally of a group, empty where no document is in it.
    pub fn group(&self, name: &str) -> Tally {
        self.groups.get(name).cloned().unwrap_or_default()
    }

    /// Mean difference of probability and share of content over the tenths, weighted by words; 0..1.
    pub fn calibration_error(&self) -> f64 {
        let words: u64 = self.calibration.iter().map(|bin| bin.words).sum();
        let off: f64 = self.calibration.iter().map(|bin| (bin.expected - bin.content as f64).abs()).sum();
        if words == 0 { 0.0 } else { off / words as f64 }
    }

    fn count(&mut self, judged: Judged<'_>, labels: &[(Label, Option<Reason>)]) -> Tally {
        let mut tally = Tally::default();
        let membership = judged.document.is("membership");
        for (index, &(label, reason)) in labels.iter().enumerate() {
            let text = judged.text(index);
            let mut words = 0;
            words_of(text, |_| words += 1);
            let kept = judged.kept[index];
            let right = kept == (label == Label::Content);
            let add = |counts: &mut [u64; 2], by: u64| {
                counts[0] += if right { by } else { 0 };
                counts[1] += by;
            };
            match label {
                Label::Ignore => continue,
                Label::Content => {
                    add(&mut tally.content, words);
                    add(&mut tally.content_blocks, 1);
                }
                Label::Boilerplate => {
                    add(&mut tally.boilerplate, words);
                    add(&mut tally.boilerplate_blocks, 1);
                    if let Some(reason) = reason {
                        let group = self.groups.entry(format!("reason {reason}")).or_default();
                        add(&mut group.boilerplate, words);
                        add(&mut group.boilerplate_blocks, 1);
                    }
                    if membership && reason == Some(Reason::Paywall) {
                        let group = self.groups.entry(MEMBERSHIP_PROSE.to_owned()).or_default();
                        add(&mut group.boilerplate, words);
                        add(&mut group.boilerplate_blocks, 1);
                    }
                }
            }
            self.calibrate(judged.probabilities[index], label, words);
            if !right {
                self.remember(judged, index, label, words);
            }
        }
        tally
    }

    fn calibrate(&mut self, probability: f32, label: Label, words: u64) {
        let step = ((probability * STEPS as f32) as usize).min(STEPS - 1);
        self.curve[step][usize::from(label != Label::Content)] += words;
        let bin = &mut self.calibration[((probability * 10.0) as usize).min(9)];
        bin.words += words;
        bin.content += if label == Label::Content { words } else { 0 };
        bin.expected += words as f64 * f64::from(probability);
    }

    fn remember(&mut self, judged: Judged<'_>, index: usize, label: Label, words: u64) {
        let least = self.mistakes.get(MISTAKES - 1).map_or(0, |mistake| mistake.words);
        if words > least {
            let text = judged.text(index).chars().take(SHOWN).collect();
            let id = judged.document.id.clone();
            self.mistakes.push(Mistake { id, label, probability: judged.probabilities[index], words, text });
            self.mistakes.sort_by_key(|mistake| std::cmp::Reverse(mistake.words));
            self.mistakes.truncate(MISTAKES);
        }
    }
}

/// Word precision, recall and F1 of a document.
pub fn page(judged: Judged<'_>) -> Prf {
    page_of(judged, &judged.document.labels(&judged.cut.blocks))
}

/// Against the corpus' own gold text where there is one, else against
/// the content blocks, leaving out ignored ones.
fn page_of(judged: Judged<'_>, labels: &[(Label, Option<Reason>)]) -> Prf {
    let mut kept = Bag::default();
    let mut gold = judged.document.gold.as_deref().map(Bag::of).unwrap_or_default();
    let own_gold = judged.document.gold.is_some();
    for (index, &(label, _)) in labels.iter().enumerate() {
        let text = judged.text(index);
        if judged.kept[index] && (own_gold || label != Label::Ignore) {
            kept.add(text);
        }
        if !own_gold && label == Label::Content {
            gold.add(text);
        }
    }
    page_prf(&kept, &gold)
}

fn groups(document: &LabelledDocument, corpus: &str) -> Vec<String> {
    let mut groups = vec![ALL.to_owned(), format!("corpus {corpus}")];
    if !document.language.is_empty() {
        groups.push(format!("language {}", document.language));
    }
    groups.push(format!("outlet {}", document.outlet));
    for tag in &document.tags {
        groups.push(match tag.split_once(':') {
            Some((kind, value)) => format!("{kind} {value}"),
            None => format!("tag {tag}"),
        });
    }
    groups
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::train::fixture::parse_fixture;

    #[test]
    fn a_report_counts_words_blocks_and_pages() {
        let document = parse_fixture(
            "outlet: a\nlanguage: en\nmarkup: text\ntags: membership\n---\n+ one two\n? three\n- [paywall] four\n- [nav] five six\n",
        )
        .unwrap();
        let mut cut = Cut::default();
        cut.cut(&document.source, document.markup);
        let judged = Judged {
            document: &document,
            cut: &cut,
            probabilities: &[0.9, 0.6, 0.7, 0.1],
            kept: &[true, true, true, false],
        };
        let mut report = Report::default();
        report.add(judged, "fixtures");
        let all = report.group(ALL);
        assert_eq!((all.content_kept(), all.boilerplate_removed()), (1.0, 2.0 / 3.0));
        assert_eq!(all.page().precision, 2.0 / 3.0);
        assert_eq!(all.content_blocks().precision, 0.5);
        assert_eq!(report.group(MEMBERSHIP_PROSE).boilerplate_removed(), 0.0);
        assert_eq!(report.mistakes.len(), 1);
        assert_eq!(report.groups.keys().filter(|name| name.starts_with("outlet")).count(), 1);
        assert!(report.calibration_error() > 0.0);
    }
}
