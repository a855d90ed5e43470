//! The second stage: a logistic model over the score of a block and how often it recurs on its outlet's other pages; and
//! what these pages say of the slot that a block fills.
//! This module must not know outlet files, nor how weights are found.
//!
//! Recurrence is evidence, never a rule: what recurs on every page and reads like content (the opening lines of a series,
//! a correction) stays as far as the weights say so.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::block::Markup;
use crate::outlet::Recurrence;

/// Pages besides its own that an outlet has to have for its counts to be used.
pub(crate) const ENOUGH: u32 = 2;

/// How far the score of a block is pulled towards the mean of its slot on many other pages, and the pages on which it is
/// pulled half as far. Chosen on DAnIEL and the Chinese news, where from .2 to .4 both halves of the outlets gain as text, and at
/// .5 one of text loses more than .005.
const PULL: f32 = 0.3;
const FEW: f32 = 2.0;

/// The second stages that are built in.
#[cfg(not(feature = "bootstrap"))]
const STAGES: &str = include_str!("../models/outlet.json");

/// Second stages as they stand in a file.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct StageFile {
    /// Of the model for text and Markdown.
    pub text: Stage,
    /// Of the model for HTML.
    pub html: Stage,
}

impl StageFile {
    /// The second stages that are built in; none in builds with the feature `bootstrap`.
    pub(crate) fn built_in() -> Option<StageFile> {
        #[cfg(not(feature = "bootstrap"))]
        match serde_json::from_str(STAGES) {
            Ok(stages) => Some(stages),
            // They are part of the program, and a test loads them.
            Err(error) => panic!("the embedded second stages: {error}"),
        }
        #[cfg(feature = "bootstrap")]
        None
    }
}

/// A second stage.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Stage {
    /// Log-odds where every column is 0.
    pub bias: f32,
    /// Weight of each column by name, log-odds a unit.
    pub columns: BTreeMap<String, f32>,
}

/// What a column is worked out from.
pub(crate) struct Place {
    /// Of the base model, log-odds.
    score: f32,
    /// Logarithm of one more than the mass.
    mass: f32,
    /// Share of the other pages that hold the block, pulled to 0 where they are few.
    share: f32,
    /// 1 when another page holds it.
    seen: f32,
    /// How much the counts can be trusted, 0..1.
    trust: f32,
    /// Share of the neighbours (two on either side) that other pages hold.
    around: f32,
    /// Share of the page's mass that other pages hold.
    template: f32,
    /// Share of the mass that no other page holds which lies in one run with the block.
    run: f32,
}

/// A column: name, what it is, formula.
type Column = (&'static str, &'static str, fn(&Place) -> f32);

/// All columns.
pub(crate) const COLUMNS: &[Column] = &[
    ("score", "log-odds by the base model", |at| at.score),
    ("score_seen", "the same for blocks that other pages hold", |at| at.score * at.seen),
    ("score_share", "the same times the share of pages", |at| at.score * at.share),
    ("share", "share of the other pages that hold the block; 0..1", |at| at.share),
    ("share_root", "its root", |at| at.share.sqrt()),
    ("seen", "another page holds it", |at| at.seen),
    ("often", "more than a tenth of the other pages hold it", |at| step(at.share > 0.1)),
    ("mostly", "more than a third of the other pages hold it", |at| step(at.share > 0.33)),
    ("trust", "pages / (pages + 4); 0..1", |at| at.trust),
    ("new", "no other page holds it, times trust", |at| (1.0 - at.seen) * at.trust),
    ("new_mass", "the same times the logarithm of its mass", |at| (1.0 - at.seen) * at.trust * at.mass),
    ("seen_mass", "logarithm of the mass of a block that other pages hold", |at| at.seen * at.mass),
    ("mass", "logarithm of its mass", |at| at.mass),
    ("around", "share of four neighbours that other pages hold; 0..1", |at| at.around),
    ("new_around", "the same for a block that no other page holds, times trust", |at| {
        at.around * (1.0 - at.seen) * at.trust
    }),
    ("seen_around", "the same for a block that another page holds", |at| at.around * at.seen),
    ("template", "share of the page's mass that other pages hold; 0..1", |at| at.template),
    ("new_template", "the same for a block that no other page holds", |at| at.template * (1.0 - at.seen)),
    ("run", "share of the new mass in one run with the block, times trust; 0..1", |at| at.run * at.trust),
    ("run_score", "the same times the score", |at| at.run * at.trust * at.score),
];

fn step(condition: bool) -> f32 {
    f32::from(u8::from(condition))
}

/// The values of all columns for each block of a page, a row a block.
pub(crate) fn rows(scores: &[f32], masses: &[f32], recurrence: &Recurrence) -> Vec<[f32; COLUMNS.len()]> {
    let seen: Vec<bool> = recurrence.counts.iter().map(|&count| count > 0).collect();
    let total: f32 = masses.iter().sum::<f32>().max(1.0);
    let held: f32 = masses.iter().zip(&seen).filter(|(_, seen)| **seen).map(|(mass, _)| mass).sum();
    let runs = runs(masses, &seen, (total - held).max(1.0));
    let pages = recurrence.pages as f32;
    let row = |block: usize| {
        let place = Place {
            score: scores[block],
            mass: masses[block].ln_1p(),
            share: recurrence.counts[block] as f32 / (pages + 1.0),
            seen: step(seen[block]),
            trust: pages / (pages + 4.0),
            around: around(&seen, block),
            template: held / total,
            run: runs[block],
        };
        std::array::from_fn(|column| (COLUMNS[column].2)(&place))
    };
    (0..scores.len()).map(row).collect()
}

/// For each block that is new, the share of the new mass that stands in one run with it; else 0.
fn runs(masses: &[f32], seen: &[bool], new: f32) -> Vec<f32> {
    let mut shares = vec![0.0; masses.len()];
    let mut start = 0;
    while start < seen.len() {
        let end = (start..seen.len()).find(|&at| seen[at] != seen[start]).unwrap_or(seen.len());
        if !seen[start] {
            let mass: f32 = masses[start..end].iter().sum();
            shares[start..end].fill(mass / new);
        }
        start = end;
    }
    shares
}

fn around(seen: &[bool], block: usize) -> f32 {
    let near = block.saturating_sub(2)..(block + 3).min(seen.len());
    let (held, count) = (seen[near.clone()].iter().filter(|seen| **seen).count(), near.len());
    if count < 2 { 0.0 } else { (held as f32 - step(seen[block])) / (count - 1) as f32 }
}

/// A second stage bound to the columns of this build.
#[derive(Clone, Debug)]
pub(crate) struct BoundStage {
    bias: f32,
    weights: [f32; COLUMNS.len()],
}

impl Stage {
    /// Names of all columns and what they are.
    pub fn columns() -> impl Iterator<Item = (&'static str, &'static str)> {
        COLUMNS.iter().map(|(name, doc, _)| (*name, *doc))
    }

    /// The stage for a markup.
    pub(crate) fn of(file: &StageFile, markup: Markup) -> &Stage {
        if markup == Markup::Html { &file.html } else { &file.text }
    }

    /// Binds weights by name; the first name that either side lacks is the error.
    pub(crate) fn bind(&self) -> Result<BoundStage, String> {
        let known = |name: &String| COLUMNS.iter().any(|(own, ..)| own == name);
        if let Some(unknown) = self.columns.keys().find(|name| !known(name)) {
            return Err(unknown.clone());
        }
        let mut weights = [0.0; COLUMNS.len()];
        for (weight, (name, ..)) in weights.iter_mut().zip(COLUMNS) {
            *weight = *self.columns.get(*name).ok_or_else(|| (*name).to_owned())?;
        }
        Ok(BoundStage { bias: self.bias, weights })
    }
}

impl BoundStage {
    /// Brings the scores of a page's blocks to those that know of recurrence. Where the outlet has too few other pages
    /// they stay what they are, and so do those of blocks that no other page holds: teasers are as new as content, and
    /// taking new blocks for content cost 2 to 15 points of page F1 on news portals.
    pub(crate) fn apply(&self, scores: &mut [f32], masses: &[f32], recurrence: &Recurrence) {
        if recurrence.pages < ENOUGH {
            return;
        }
        let seen = |(block, _): &(usize, _)| recurrence.counts[*block] > 0;
        for (block, row) in rows(scores, masses, recurrence).into_iter().enumerate().filter(seen) {
            scores[block] =
                self.bias + row.iter().zip(&self.weights).map(|(value, weight)| value * weight).sum::<f32>();
        }
    }
}

/// Pulls the scores of a page's blocks towards those of the blocks that fill the same slots on other pages: a model errs on
/// some pages, and seldom on most of them.
pub(crate) fn pull(scores: &mut [f32], recurrence: &Recurrence) {
    if recurrence.pages < ENOUGH {
        return;
    }
    for (score, slot) in scores.iter_mut().zip(&recurrence.slots) {
        let pages = slot.pages as f32;
        *score += PULL * pages / (pages + FEW) * slot.higher;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outlet::Slot;

    #[test]
    #[cfg(not(feature = "bootstrap"))]
    fn the_second_stages_that_are_built_in_load() {
        let stages = StageFile::built_in().unwrap();
        assert!(stages.text.bind().is_ok() && stages.html.bind().is_ok());
    }

    #[test]
    fn runs_are_shares_of_what_is_new() {
        let found = runs(&[1.0, 3.0, 5.0, 4.0, 2.0], &[false, false, true, false, true], 8.0);
        assert_eq!(found, [0.5, 0.5, 0.0, 0.5, 0.0]);
    }

    #[test]
    fn stages_are_bound_by_name() {
        let mut stage =
            Stage { bias: 0.0, columns: COLUMNS.iter().map(|(name, ..)| ((*name).to_owned(), 0.0)).collect() };
        assert!(stage.bind().is_ok());
        stage.columns.insert("colour".into(), 1.0);
        assert_eq!(stage.bind().unwrap_err(), "colour");
        assert_eq!(Stage::default().bind().unwrap_err(), "score");
    }

    #[test]
    fn scores_stay_of_what_is_new_and_where_an_outlet_has_too_few_pages() {
        let stage = BoundStage { bias: 9.0, weights: [0.0; COLUMNS.len()] };
        for (pages, count, expected) in [(1, 1, 0.5), (2, 0, 0.5), (2, 1, 9.0)] {
            let mut scores = [0.5];
            stage.apply(&mut scores, &[10.0], &Recurrence { pages, counts: vec![count], ..Recurrence::default() });
            assert_eq!(scores, [expected]);
        }
    }

    #[test]
    fn scores_are_pulled_the_further_the_more_pages_fill_the_slot() {
        let slots: Vec<Slot> = [0, 2, 98].map(|pages| Slot { pages, higher: -1.0 }).into();
        let found = |pages| {
            let mut scores = [1.0; 3];
            pull(&mut scores, &Recurrence { pages, counts: vec![0; 3], slots: slots.clone() });
            scores
        };
        let [alone, half, far] = found(98);
        assert_eq!(alone, 1.0);
        assert!((half - 0.85).abs() < 1e-6 && (far - 0.706).abs() < 1e-6, "{half} {far}");
        assert_eq!(found(1), [1.0; 3], "too few other pages");
    }
}
