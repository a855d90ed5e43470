//! The fit of the second stage: scores that have not seen the outlet, recurrence, labels.
//! This module must not know how linfa is asked, nor files.
//!
//! Hardly any labelled outlet has several pages, so the other pages are made up: husk recurs, most of it on nearly all of
//! them, teasers and rankings on few; content recurs seldom, as the opening of a series or in a copy of the page. Outlets
//! that do have several pages are taken as they are, besides.

use std::collections::BTreeMap;

use rayon::prelude::*;

use super::corpus::LabelledDocument;
use super::fit::{FitError, Fitted, Rows, fit};
use super::folds::{Dice, fold_of, hash};
use crate::block::Label;
use crate::cleaner::logit;
use crate::model::{Model, Scratch};
use crate::outlet::{By, OutletFile, PageKeys, Recurrence};
use crate::recurrence::{COLUMNS, ENOUGH, Stage, rows};

/// Numbers of other pages that are made up for each document.
const OTHERS: [u32; 6] = [2, 3, 4, 9, 30, 100];
/// Blocks that are drawn from a page, in proportion to their mass.
const DRAWN: usize = 40;
/// Penalty a row.
const L2: f32 = 1e-3;
/// Chances of kinds of husk, and how likely each stands on another page: the template, what changes, what is new.
const HUSK: [(f64, f64, f64); 3] = [(0.55, 0.6, 1.0), (0.2, 0.05, 0.5), (0.25, 0.0, 0.04)];
/// Chance that the kind of husk changes from one block to the next.
const CHANGES: f64 = 0.15;
/// Chance that a block of content stands on other pages, and that a page has a copy of its content.
const CONTENT: f64 = 0.015;
const COPIED: f64 = 0.06;

/// A document as the base reads it that has not seen its outlet.
struct Page {
    outlet: String,
    id: String,
    hashes: Vec<u64>,
    scores: Vec<f32>,
    masses: Vec<f32>,
    labels: Vec<Label>,
}

/// Fits a second stage. `folds` are the models of the folds: number `k` has not seen the outlets of fold `k`.
///
/// # Errors
/// [`FitError`] as the fit of any model.
pub fn fit_stage(folds: &[Model], documents: &[LabelledDocument]) -> Result<Stage, FitError> {
    let pages: Vec<Page> = documents.par_iter().map(|document| read(folds, document)).collect();
    let mut drawn: Vec<(Vec<f32>, bool)> = pages.par_iter().flat_map_iter(made_up).collect();
    drawn.extend(real(&pages));
    let mut matrix = Rows::new(drawn.len(), COLUMNS.len());
    for (row, (values, content)) in drawn.into_iter().enumerate() {
        matrix.columns.row_mut(row).iter_mut().zip(values).for_each(|(place, value)| *place = value);
        matrix.content[row] = content;
    }
    let Fitted { bias, weights, .. } = fit(matrix, L2)?;
    let columns = COLUMNS.iter().map(|(name, ..)| (*name).to_owned()).zip(weights);
    Ok(Stage { bias, columns: columns.collect() })
}

fn read(folds: &[Model], document: &LabelledDocument) -> Page {
    let mut scratch = Scratch::default();
    folds[fold_of(&document.outlet, folds.len())].probabilities(&document.source, document.markup, &mut scratch);
    let measures = &scratch.extractor.measures.blocks;
    Page {
        outlet: document.outlet.clone(),
        id: document.id.clone(),
        hashes: measures.iter().map(|measure| measure.hash).collect(),
        scores: scratch.probabilities.iter().map(|&p| logit(p)).collect(),
        masses: measures.iter().map(|measure| measure.mass).collect(),
        labels: document.labels(&scratch.extractor.cut.blocks).into_iter().map(|(label, _)| label).collect(),
    }
}

/// Rows of a page with other pages that are made up from it.
fn made_up(page: &Page) -> Vec<(Vec<f32>, bool)> {
    let mut dice = Dice::new(hash(&page.id));
    let first = dice.below(OTHERS.len());
    let picks = [OTHERS[first], OTHERS[(first + 3) % OTHERS.len()]];
    picks.into_iter().flat_map(|pages| draw(page, &others(page, pages, &mut dice), &mut dice)).collect()
}

fn others(page: &Page, pages: u32, dice: &mut Dice) -> Recurrence {
    let copied = dice.share() < COPIED;
    let mut chance = kind(dice);
    let counts = page.labels.iter().map(|label| {
        if dice.share() < CHANGES {
            chance = kind(dice);
        }
        match label {
            Label::Content if copied => 1 + times(pages - 1, CONTENT, dice),
            Label::Content if dice.share() < CONTENT => 1 + times(pages - 1, dice.share(), dice),
            Label::Content => 0,
            _ => times(pages, chance, dice),
        }
    });
    Recurrence { counts: counts.collect(), pages, ..Recurrence::default() }
}

/// How likely a kind of husk stands on another page.
fn kind(dice: &mut Dice) -> f64 {
    let mut at = dice.share();
    for (share, least, most) in HUSK {
        if at < share {
            return least + dice.share() * (most - least);
        }
        at -= share;
    }
    0.0
}

fn times(of: u32, chance: f64, dice: &mut Dice) -> u32 {
    (0..of).map(|_| u32::from(dice.share() < chance)).sum()
}

/// Rows of the outlets that have enough pages.
fn real(pages: &[Page]) -> Vec<(Vec<f32>, bool)> {
    let mut outlets: BTreeMap<&str, Vec<&Page>> = BTreeMap::new();
    pages.iter().for_each(|page| outlets.entry(&page.outlet).or_default().push(page));
    let mut file = OutletFile::new(By::OutletColumn);
    pages.iter().for_each(|page| file.add(&page.outlet, &keys(page)));
    let counts = file.counts();
    let mut drawn = Vec::new();
    for (name, pages) in outlets.into_iter().filter(|(_, pages)| pages.len() as u32 > ENOUGH) {
        for page in pages {
            let (mut dice, mut recurrence) = (Dice::new(hash(&page.id)), Recurrence::default());
            if let Some(outlet) = counts.outlet(Some(name)) {
                outlet.recurrence(&keys(page), &mut recurrence);
            }
            if recurrence.pages >= ENOUGH {
                drawn.extend(draw(page, &recurrence, &mut dice));
            }
        }
    }
    drawn
}

/// Slots are no matter of the second stage.
fn keys(page: &Page) -> PageKeys {
    PageKeys::new("", page.hashes.iter().zip(&page.scores).map(|(&hash, &score)| (hash, 0, score)))
}

/// Rows of a page, drawn in proportion to the mass of their blocks.
fn draw(page: &Page, recurrence: &Recurrence, dice: &mut Dice) -> Vec<(Vec<f32>, bool)> {
    let rows = rows(&page.scores, &page.masses, recurrence);
    let weight =
        |block: usize| if page.labels[block] == Label::Ignore { 0.0 } else { f64::from(page.masses[block]) + 1.0 };
    let total: f64 = (0..rows.len()).map(weight).sum();
    let step = total / DRAWN as f64;
    let mut at = dice.share() * step;
    let mut drawn = Vec::new();
    for (block, row) in rows.iter().enumerate() {
        at -= weight(block);
        while at < 0.0 {
            drawn.push((row.to_vec(), page.labels[block] == Label::Content));
            at += step;
        }
    }
    drawn
}
