//! Adapting: a base model and a few labelled documents of one outlet give a model for that outlet.
//! This module must not know files.
//!
//! The base is the prior; where there are enough documents, with what the second stage of recurrence says of the blocks
//! that several of them hold. What is fitted is added to its score: weights of the outlet's own blocks, words, names and
//! gaps (see `adapted`), each with a ridge penalty towards 0, and a slope and a shift with one towards 1 and 0. How
//! strong the penalties are is what predicts best the documents that are left out in turn.

use std::collections::{BTreeMap, HashMap, HashSet};

use argmin::core::{CostFunction, Error, Executor, Gradient, State};
use argmin::solver::linesearch::MoreThuenteLineSearch;
use argmin::solver::quasinewton::LBFGS;
use ndarray::Array1;
use rayon::prelude::*;
use thiserror::Error;

use super::corpus::LabelledDocument;
use super::evaluate::{Judged, page};
use super::run::seal;
use crate::adapted::{AdaptedFile, Known, block_tokens, gap_tokens, gaps};
#[cfg(feature = "html")]
use crate::adapted::{name_tokens, names_of};
use crate::block::Label;
use crate::cleaner::logit;
use crate::decide::{Goal, drop_copies, keep};
use crate::features::measure::Words;
use crate::model::{Model, ModelError, ModelFile, Scratch, columns_of, sigmoid};
use crate::recurrence::{BoundStage, Stage, StageFile};
use crate::segment::Cut;

/// Penalties of a weight that are tried, strongest first: a page counts 1 in all.
const PENALTIES: [f64; 5] = [1e-1, 3e-2, 1e-2, 3e-3, 1e-3];
/// The penalty for a single document, of which nothing can be left out.
const ALONE: f64 = 1e-2;
/// How much stronger the slope and the shift of the base are held than a weight.
const SLOPE: f64 = 100.0;
const SHIFT: f64 = 30.0;
/// Most parts that documents are left out in.
const PARTS: usize = 5;
/// What the mass of a block is raised to when it is fitted: short blocks of husk are many, and count more than their words.
const SHORT: f64 = 0.7;
/// Page F1 of few documents may be so much lower by chance.
const ROUGHLY: f64 = 0.05;
/// Steps of the optimiser.
const STEPS: u64 = 60;
/// Weights under this many log-odds are left out of the file.
const LEAST_WEIGHT: f32 = 5e-3;

/// A model adapted to an outlet, and what that is worth.
#[derive(Clone, Debug)]
pub struct Adapted {
    /// The model: loads as any other.
    pub model: ModelFile,
    /// Page F1 of the base on the documents, 0..1.
    pub before: f64,
    /// Page F1 on each document by a model adapted with the others; of one document alone, on that one.
    pub after: f64,
    /// Penalty of a weight.
    pub penalty: f64,
    /// Labelled documents.
    pub documents: usize,
}

/// Why there is no adapted model.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum AdaptError {
    /// There is nothing to learn from.
    #[error("{documents} documents without any content, or without any boilerplate: label some of either")]
    Nothing {
        /// Documents given.
        documents: usize,
    },
    /// The base has been adapted already.
    #[error("{0} has been adapted already: adapt its base with all labelled documents")]
    Again(String),
    /// Predictions of documents that were left out get worse: in their probabilities, and in what is kept.
    #[error(
        "the labelled documents do not help: page F1 {before:.4} with the base, {after:.4} adapted (each of {documents} documents \
         left out in turn); label more documents, or look for labels that contradict each other"
    )]
    NoHelp {
        /// Of the base.
        before: f64,
        /// Of the best adapted models.
        after: f64,
        /// Documents given.
        documents: usize,
    },
    /// The base is no model of this build.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// The optimiser failed.
    #[error("the fit of the adapted model: {0}")]
    Fit(String),
}

/// Adapts a base model to the outlet that the labelled documents are of. `name` is the name of the new model.
///
/// # Errors
/// [`AdaptError`] when there is nothing to learn from, or nothing was learned.
pub fn adapt(base: &ModelFile, documents: &[LabelledDocument], name: &str) -> Result<Adapted, AdaptError> {
    let model = Model::new(base)?;
    if base.adapted.is_some() {
        return Err(AdaptError::Again(model.id()));
    }
    let pages: Vec<Page> = documents.par_iter().map(|document| Page::new(&model, document)).collect();
    let pages: Vec<&Page> =
        pages.iter().filter(|page| page.labels.iter().any(|label| *label != Label::Ignore)).collect();
    // A page without content teaches that there is none anywhere.
    let has = |wanted: Label| pages.iter().any(|page| page.labels.contains(&wanted));
    if !has(Label::Content) || !has(Label::Boilerplate) {
        return Err(AdaptError::Nothing { documents: documents.len() });
    }
    let goal = base.goals.balanced;
    let before = mean(pages.iter().map(|page| page.f1(&page.scores, goal)));
    let stage = StageFile::built_in().map(|stages| Stage::of(&stages, columns_of(&base.markups)).clone());
    let bound = stage.as_ref().and_then(|stage| stage.bind().ok());
    let (penalty, after) = match pages.len() {
        1 => (ALONE, None),
        _ => choose(&pages, bound.as_ref(), goal, before)?,
    };
    let found = Weights::fit(&pages, bound.as_ref(), penalty)?;
    let after = after.unwrap_or_else(|| mean(pages.iter().map(|page| page.f1(&found.scores(page), goal))));
    let about = AdaptedFile { base: model.id(), documents: pages.len(), before, after, stage, ..Default::default() };
    let file = found.file(about);
    let mut model = ModelFile { name: name.to_owned(), adapted: Some(file), ..base.clone() };
    seal(&mut model)?;
    Ok(Adapted { model, before, after, penalty, documents: pages.len() })
}

/// The penalty whose models predict best what is left out, and their page F1. Few pages judge roughly: labels are said
/// not to help where neither the loss nor page F1 gets better, or page F1 gets much worse.
fn choose(
    pages: &[&Page],
    stage: Option<&BoundStage>,
    goal: Goal,
    before: f64,
) -> Result<(f64, Option<f64>), AdaptError> {
    let of_base = mean(pages.iter().map(|page| page.loss(&page.scores)));
    let tried: Vec<(f64, f64, f64)> = PENALTIES
        .par_iter()
        .map(|&penalty| left_out(pages, stage, goal, penalty).map(|(loss, f1)| (penalty, loss, f1)))
        .collect::<Result<_, _>>()?;
    // Those first that lose no page F1.
    let loses = |f1: f64| f1 + 1e-9 < before;
    let order = |a: &(f64, f64, f64), b: &(f64, f64, f64)| loses(a.2).cmp(&loses(b.2)).then(a.1.total_cmp(&b.1));
    let best = tried.iter().copied().min_by(order).unwrap_or((ALONE, f64::INFINITY, 0.0));
    let (penalty, loss, after) = best;
    if (loss >= of_base && after < before) || after < before - ROUGHLY {
        return Err(AdaptError::NoHelp { before, after, documents: pages.len() });
    }
    Ok((penalty, Some(after)))
}

/// Mean log loss and page F1 of documents by models adapted with the others.
fn left_out(pages: &[&Page], stage: Option<&BoundStage>, goal: Goal, penalty: f64) -> Result<(f64, f64), AdaptError> {
    let parts = pages.len().min(PARTS);
    let found: Vec<Vec<(f64, f64)>> = (0..parts)
        .into_par_iter()
        .map(|part| {
            let is_out = |at: &usize| at % parts == part;
            let others: Vec<&Page> = (0..pages.len()).filter(|at| !is_out(at)).map(|at| pages[at]).collect();
            let weights = Weights::fit(&others, stage, penalty)?;
            let judge = |at: usize| {
                let scores = weights.scores(pages[at]);
                (pages[at].loss(&scores), pages[at].f1(&scores, goal))
            };
            Ok((0..pages.len()).filter(is_out).map(judge).collect())
        })
        .collect::<Result<_, AdaptError>>()?;
    let found: Vec<(f64, f64)> = found.into_iter().flatten().collect();
    Ok((mean(found.iter().map(|(loss, _)| *loss)), mean(found.iter().map(|(_, f1)| *f1))))
}

fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let (sum, count) = values.fold((0.0, 0u32), |(sum, count), value| (sum + value, count + 1));
    sum / f64::from(count.max(1))
}

/// A token of a block, and what it counts.
type Token = (u64, f32);

/// A labelled document as the base reads it.
struct Page<'d> {
    document: &'d LabelledDocument,
    cut: Cut,
    keys: Vec<u64>,
    labels: Vec<Label>,
    masses: Vec<f32>,
    /// By the base, log-odds.
    scores: Vec<f32>,
    /// Tokens of each block besides those of its gap, which depend on what is known.
    tokens: Vec<Vec<Token>>,
}

impl<'d> Page<'d> {
    fn new(model: &Model, document: &'d LabelledDocument) -> Page<'d> {
        let mut scratch = Scratch::default();
        scratch.words = Words::Kept;
        model.probabilities(&document.source, document.markup, &mut scratch);
        let scores = scratch.probabilities.iter().map(|&p| logit(p)).collect();
        let (measures, cut) = (&scratch.extractor.measures, std::mem::take(&mut scratch.extractor.cut));
        let labels: Vec<Label> = document.labels(&cut.blocks).into_iter().map(|(label, _)| label).collect();
        let masses: Vec<f32> = measures.blocks.iter().map(|measure| measure.mass).collect();
        #[cfg(feature = "html")]
        let names = names_of(&cut);
        let tokens = (0..labels.len()).map(|block| {
            let mut tokens: Vec<Token> = Vec::new();
            let mut add = |token, value| tokens.push((token, value));
            #[cfg(feature = "html")]
            name_tokens(&names, &cut, block, &mut add);
            block_tokens(measures, block, &mut add);
            tokens
        });
        let tokens = tokens.collect();
        let keys = measures.blocks.iter().map(|measure| measure.hash).collect();
        Page { document, keys, labels, masses, scores, tokens, cut }
    }

    /// Labelled blocks with what each counts: its share of the page, of masses that are raised to a power.
    fn labelled(&self, power: f64) -> impl Iterator<Item = (usize, bool, f64)> {
        let weight = move |block: usize| (f64::from(self.masses[block]) + 1.0).powf(power);
        let blocks = (0..self.labels.len()).filter(|&block| self.labels[block] != Label::Ignore);
        let total: f64 = blocks.clone().map(weight).sum();
        blocks.map(move |block| (block, self.labels[block] == Label::Content, weight(block) / total))
    }

    /// Scores by the base and by how often its blocks recur on other pages, log-odds.
    fn weighed(&self, known: &Known, stage: Option<&BoundStage>) -> Vec<f32> {
        let mut scores = self.scores.clone();
        known.weigh(stage, &self.keys, &self.masses, &mut scores);
        scores
    }

    /// Mean log loss of its words.
    fn loss(&self, scores: &[f32]) -> f64 {
        let loss = |score: f32, content: bool| soft_plus(f64::from(if content { -score } else { score }));
        self.labelled(1.0).map(|(block, content, share)| share * loss(scores[block], content)).sum()
    }

    fn f1(&self, scores: &[f32], goal: Goal) -> f64 {
        let probabilities: Vec<f32> = scores.iter().map(|&score| sigmoid(score)).collect();
        let mut kept = Vec::new();
        keep(goal, &probabilities, &self.masses, &mut kept);
        drop_copies(|block| self.cut.copy_key(&self.document.source, block), &mut kept);
        page(Judged { document: self.document, cut: &self.cut, probabilities: &probabilities, kept: &kept }).f1
    }

    /// Blocks that are husk and never content.
    fn husk(&self) -> HashSet<u64> {
        let of = |wanted: Label| {
            let blocks = self.keys.iter().zip(&self.labels).filter(move |(_, label)| **label == wanted);
            blocks.map(|(&key, _)| key).collect::<HashSet<u64>>()
        };
        &of(Label::Boilerplate) - &of(Label::Content)
    }
}

/// `ln(1 + e^x)` without overflow.
fn soft_plus(x: f64) -> f64 {
    if x > 0.0 { x + (-x).exp().ln_1p() } else { x.exp().ln_1p() }
}

/// What each page knows of the template from the other pages, and what a new page knows from all of them. Of a page
/// alone its husk is known, which recurs more than its content.
fn known(pages: &[&Page]) -> (Vec<Known>, Known) {
    if let [page] = pages {
        let husk = || Known { pages: 0, counts: page.husk().into_iter().map(|key| (key, 1)).collect() };
        return (vec![husk()], husk());
    }
    let mut counts: HashMap<u64, u32> = HashMap::new();
    let sets: Vec<HashSet<u64>> = pages.iter().map(|page| page.keys.iter().copied().collect()).collect();
    sets.iter().flatten().for_each(|&key| *counts.entry(key).or_default() += 1);
    let others = |set: &HashSet<u64>| {
        let elsewhere = counts.iter().map(|(key, count)| (*key, count - u32::from(set.contains(key))));
        Known { pages: pages.len() as u32 - 1, counts: elsewhere.filter(|(_, count)| *count > 0).collect() }
    };
    (sets.iter().map(others).collect(), Known { pages: pages.len() as u32, counts })
}

/// Fitted weights.
struct Weights<'s> {
    slope: f32,
    shift: f32,
    known: Known,
    stage: Option<&'s BoundStage>,
    tokens: HashMap<u64, f32>,
}

impl<'s> Weights<'s> {
    fn fit(pages: &[&Page], stage: Option<&'s BoundStage>, penalty: f64) -> Result<Weights<'s>, AdaptError> {
        let (own, known) = known(pages);
        let (problem, places) = Problem::new(pages, &own, stage, penalty);
        let start = Array1::zeros(problem.width);
        let fitted = problem.solve(start).map_err(|error| AdaptError::Fit(error.to_string()))?;
        let tokens = places.into_iter().map(|(token, place)| (token, fitted[place as usize] as f32)).collect();
        Ok(Weights { slope: 1.0 + fitted[0] as f32, shift: fitted[1] as f32, known, stage, tokens })
    }

    /// Scores of a page's blocks, log-odds.
    fn scores(&self, page: &Page) -> Vec<f32> {
        let scores = page.weighed(&self.known, self.stage);
        let gaps = gaps(&page.keys, &self.known);
        let blocks = scores.into_iter().zip(&page.tokens).zip(gaps);
        let score = |((score, tokens), gap): ((f32, &Vec<Token>), [u64; 2])| {
            let mut sum = self.slope * score + self.shift;
            let mut add = |token: u64, value: f32| sum += value * self.tokens.get(&token).copied().unwrap_or(0.0);
            tokens.iter().for_each(|&(token, value)| add(token, value));
            gap_tokens(gap, &mut add);
            sum
        };
        blocks.map(score).collect()
    }

    fn file(self, about: AdaptedFile) -> AdaptedFile {
        let weighed = self.tokens.into_iter().filter(|(_, weight)| weight.abs() >= LEAST_WEIGHT);
        let tokens: BTreeMap<String, f32> =
            weighed.map(|(token, weight)| (hexadecimal(token), (weight * 1e4).round() / 1e4)).collect();
        let known = self.known.counts.into_iter().map(|(key, count)| (hexadecimal(key), count)).collect();
        AdaptedFile { slope: self.slope, shift: self.shift, pages: self.known.pages, known, tokens, ..about }
    }
}

fn hexadecimal(key: u64) -> String {
    format!("{key:x}")
}

/// Rows of blocks. The first two weights are of the slope and the shift.
struct Problem {
    /// Places and values of the tokens of all rows, and where each row ends.
    tokens: Vec<(u32, f32)>,
    ends: Vec<usize>,
    scores: Vec<f64>,
    /// 1 for content, -1 for boilerplate.
    signs: Vec<f64>,
    shares: Vec<f64>,
    width: usize,
    penalty: f64,
}

impl Problem {
    /// The rows of all labelled blocks, and the place of each token.
    fn new(pages: &[&Page], known: &[Known], stage: Option<&BoundStage>, penalty: f64) -> (Problem, HashMap<u64, u32>) {
        let mut places: HashMap<u64, u32> = HashMap::new();
        let mut problem = Problem {
            tokens: Vec::new(),
            ends: Vec::new(),
            scores: Vec::new(),
            signs: Vec::new(),
            shares: Vec::new(),
            width: 2,
            penalty,
        };
        for (page, known) in pages.iter().zip(known) {
            let (scores, gaps) = (page.weighed(known, stage), gaps(&page.keys, known));
            for (block, content, share) in page.labelled(SHORT) {
                let mut add = |token: u64, value: f32| {
                    let next = places.len() as u32 + 2;
                    problem.tokens.push((*places.entry(token).or_insert(next), value));
                };
                page.tokens[block].iter().for_each(|&(token, value)| add(token, value));
                gap_tokens(gaps[block], &mut add);
                problem.ends.push(problem.tokens.len());
                problem.scores.push(f64::from(scores[block]));
                problem.signs.push(if content { 1.0 } else { -1.0 });
                problem.shares.push(share);
            }
        }
        problem.width += places.len();
        (problem, places)
    }

    fn solve(self, start: Array1<f64>) -> Result<Array1<f64>, Error> {
        let solver = LBFGS::new(MoreThuenteLineSearch::new(), 8).with_tolerance_grad(1e-5)?;
        let result = Executor::new(self, solver).configure(|state| state.param(start).max_iters(STEPS)).run()?;
        result.state.get_best_param().cloned().ok_or_else(|| Error::msg("no weights"))
    }

    fn penalties(&self) -> impl Iterator<Item = f64> {
        [SLOPE, SHIFT].into_iter().chain(std::iter::repeat(1.0)).map(|times| times * self.penalty)
    }

    /// Calls `row` with the number of each row, its tokens, and its score with the label's sign.
    fn each(&self, param: &Array1<f64>, mut row: impl FnMut(usize, &[(u32, f32)], f64)) {
        let mut start = 0;
        for (at, &end) in self.ends.iter().enumerate() {
            let tokens = &self.tokens[start..end];
            let sum: f64 = tokens.iter().map(|&(place, value)| f64::from(value) * param[place as usize]).sum();
            let score = (1.0 + param[0]) * self.scores[at] + param[1] + sum;
            row(at, tokens, self.signs[at] * score);
            start = end;
        }
    }
}

impl CostFunction for Problem {
    type Param = Array1<f64>;
    type Output = f64;

    fn cost(&self, param: &Self::Param) -> Result<f64, Error> {
        let mut cost = 0.0;
        self.each(param, |row, _, signed| cost += self.shares[row] * soft_plus(-signed));
        let ridge: f64 = param.iter().zip(self.penalties()).map(|(weight, penalty)| penalty * weight * weight).sum();
        Ok(cost + 0.5 * ridge)
    }
}

impl Gradient for Problem {
    type Param = Array1<f64>;
    type Gradient = Array1<f64>;

    fn gradient(&self, param: &Self::Param) -> Result<Array1<f64>, Error> {
        let mut gradient: Array1<f64> =
            param.iter().zip(self.penalties()).map(|(weight, penalty)| penalty * weight).collect();
        self.each(param, |row, tokens, signed| {
            let pull = -self.signs[row] * self.shares[row] / (1.0 + signed.exp());
            gradient[0] += pull * self.scores[row];
            gradient[1] += pull;
            for &(place, value) in tokens {
                gradient[place as usize] += pull * f64::from(value);
            }
        });
        Ok(gradient)
    }
}
