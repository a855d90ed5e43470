//! A training run: recipe → documents → tokens → columns → fit → calibration → model, with everything that is
//! reported measured on outlets that the reporting model has not seen.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use rayon::prelude::*;
use serde::Serialize;
use sha2::{Digest, Sha256};
use thiserror::Error;

use super::augment::mix;
use super::boost::{Binned, TreeRows};
use super::corpus::{LabelledDocument, from_json, to_json};
use super::evaluate::{ALL, Judged, Report, page};
use super::fit::{FitError, Fitted, Rows, calibrate, fit};
use super::fixture::{FixtureError, read_fixtures, read_rendered_pages};
use super::folds::fold_of;
use super::recipe::{CorpusEntry, Figure, Recipe, RecipeError, TreeSettings};
use super::tokens::{TokenBlock, TokenRows, context};
use crate::agreement::Agreement;
use crate::block::{Label, Markup};
use crate::decide::{Goal, drop_copies, keep};
use crate::features::chars::Class;
use crate::features::measure::{Measures, Words};
use crate::features::{Extractor, Tiles, columns, row, width};
use crate::import::{ImportError, Importer};
use crate::model::{
    FORMAT, Goals, Model, ModelError, ModelFile, Probe, Scratch, TokenFile, bind_trees, columns_of, sigmoid,
};
use crate::segment::Cut;
use crate::tokens::TokenTable;
use crate::trees::{Forest, TreeFile};

/// Why a training run failed.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum TrainError {
    /// The recipe.
    #[error(transparent)]
    Recipe(#[from] RecipeError),
    /// A fixture.
    #[error(transparent)]
    Fixture(#[from] FixtureError),
    /// A public corpus.
    #[error(transparent)]
    Import(#[from] ImportError),
    /// A recipe names a public corpus and no folder of corpora was given.
    #[error("corpus {0:?} is a public one: say where the corpora are with --corpora DIR")]
    NoCorpora(String),
    /// A corpus cannot be read.
    #[error("{path}: {cause}")]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system says.
        cause: std::io::Error,
    },
    /// A line of labelled JSONL.
    #[error("{path}:{line}: {what}")]
    Line {
        /// The file.
        path: PathBuf,
        /// From 1.
        line: usize,
        /// What is wrong with it.
        what: String,
    },
    /// The data are not those that the recipe was made with.
    #[error(
        "corpus {name:?} has sha256 {found}, the recipe says {expected}; if the change is meant, put it into the recipe"
    )]
    Changed {
        /// The corpus.
        name: String,
        /// What the recipe says.
        expected: String,
        /// What was found.
        found: String,
    },
    /// A fold has nothing to learn from.
    #[error(
        "fold {fold} of {folds} holds all outlets or none: {outlets} outlets are too few; use fewer folds or add outlets"
    )]
    Folds {
        /// The fold.
        fold: usize,
        /// All folds.
        folds: usize,
        /// Outlets in the data.
        outlets: usize,
    },
    /// The dense fit.
    #[error(transparent)]
    Fit(#[from] FitError),
    /// The fit of the tokens.
    #[error("the fit of the tokens: {0}")]
    Tokens(String),
    /// The model does not load again.
    #[error("the trained model: {0}")]
    Model(#[from] ModelError),
}

/// What is told what is going on.
pub type Say<'s> = dyn Fn(&str) + Sync + 's;

/// The documents of a recipe, each with the index of its corpus.
type Documents = Vec<(usize, LabelledDocument)>;

/// What a training run gives.
#[derive(Debug)]
pub struct Trained {
    /// The model, fitted on everything.
    pub model: ModelFile,
    /// The models of the folds: number `k` has not seen the outlets of fold `k`.
    pub folds: Vec<ModelFile>,
    /// What the models of the folds reach on the outlets they have not seen.
    pub report: Report,
    /// Spread over the folds of the page F1 of `all`: each fold's mean.
    pub fold_f1: Vec<f64>,
    /// Chosen penalty, and the log loss a row of each candidate.
    pub penalties: Vec<(f32, f64)>,
    /// What went in.
    pub data: Vec<DataRow>,
    /// Floors of the recipe that were not reached: description and figure.
    pub missed: Vec<String>,
}

/// A corpus as it went into a run.
#[derive(Clone, Debug, Serialize)]
pub struct DataRow {
    /// Its name in the recipe.
    pub name: String,
    /// Licence.
    pub licence: String,
    /// sha256 of its labelled documents.
    pub sha256: String,
    /// Documents, made pages included.
    pub documents: usize,
    /// Outlets.
    pub outlets: usize,
}

/// Trains by a recipe. `corpora` is the folder of the public corpora; `say` is told what is going on.
///
/// # Errors
/// [`TrainError`] for anything that is missing, changed, malformed, or does not converge.
pub fn train(recipe_path: &Path, corpora: Option<&Path>, say: &Say<'_>) -> Result<Trained, TrainError> {
    let recipe = Recipe::read(recipe_path)?;
    let base = recipe_path.parent().unwrap_or(Path::new("."));
    let (documents, data) = read(&recipe, base, corpora, say)?;
    let run = Run::new(&recipe, documents)?;
    run.train(data, say)
}

/// Trains on a corpus of one's own by the recipe of [`Recipe::for_corpus`], which is given back as it was used.
///
/// # Errors
/// [`TrainError`], as for [`train`].
pub fn train_own(mut recipe: Recipe, say: &Say<'_>) -> Result<(Recipe, Trained), TrainError> {
    let (documents, data) = read(&recipe, Path::new(""), None, say)?;
    let outlets: Vec<&str> = documents.iter().map(|(_, document)| document.outlet.as_str()).collect();
    recipe.suit(documents.len(), |fold, folds| outlets.iter().any(|outlet| fold_of(outlet, folds) == fold));
    say(&format!("{} folds, {} rows", recipe.fit.folds, recipe.fit.rows));
    let trained = Run::new(&recipe, documents)?.train(data, say)?;
    Ok((recipe, trained))
}

/// Reads all documents of a recipe: each with its corpus' index, sorted by id within it.
fn read(
    recipe: &Recipe,
    base: &Path,
    corpora: Option<&Path>,
    say: &Say<'_>,
) -> Result<(Documents, Vec<DataRow>), TrainError> {
    let (mut all, mut data) = (Vec::new(), Vec::new());
    for (index, entry) in recipe.corpus.iter().enumerate() {
        let mut documents = read_corpus(entry, &recipe.markups, base, corpora)?;
        let sha256 = digest(&documents);
        if let Some(expected) = entry.sha256.as_ref().filter(|expected| **expected != sha256) {
            return Err(TrainError::Changed { name: entry.name.clone(), expected: expected.clone(), found: sha256 });
        }
        if let Some(settings) = recipe.mix {
            documents.extend(mix(&documents, settings, recipe.fit.folds));
        }
        let row = DataRow {
            name: entry.name.clone(),
            licence: entry.licence.clone(),
            sha256,
            documents: documents.len(),
            outlets: outlets(documents.iter()),
        };
        say(&format!("{}: {} documents of {} outlets, sha256 {}", row.name, row.documents, row.outlets, row.sha256));
        data.push(row);
        all.extend(documents.into_iter().map(|document| (index, document)));
    }
    Ok((all, data))
}

/// The documents of a recipe that are wanted, without made ones. The path is that of the recipe.
///
/// # Errors
/// [`TrainError`], as for [`train`].
pub fn recipe_documents(
    recipe: &Recipe,
    path: &Path,
    corpora: Option<&Path>,
    wanted: &dyn Fn(&LabelledDocument) -> bool,
) -> Result<Vec<LabelledDocument>, TrainError> {
    let base = path.parent().unwrap_or(Path::new("."));
    let mut documents = Vec::new();
    for entry in &recipe.corpus {
        documents.extend(read_corpus(entry, &recipe.markups, base, corpora)?.into_iter().filter(wanted));
    }
    Ok(documents)
}

fn read_corpus(
    entry: &CorpusEntry,
    markups: &[Markup],
    base: &Path,
    corpora: Option<&Path>,
) -> Result<Vec<LabelledDocument>, TrainError> {
    if let Some(folder) = &entry.fixtures {
        let folder = base.join(folder);
        let mut documents = match entry.renderings.as_slice() {
            [] => read_fixtures(&folder)?,
            renderings => read_rendered_pages(&folder, renderings)?,
        };
        documents.retain(|document| markups.contains(&document.markup));
        return Ok(documents);
    }
    if let Some(file) = &entry.jsonl {
        let mut documents = read_jsonl(&base.join(file))?;
        documents.retain(|document| markups.contains(&document.markup));
        return Ok(documents);
    }
    let name = entry.import.as_deref().unwrap_or_default();
    let root = corpora.ok_or_else(|| TrainError::NoCorpora(name.to_owned()))?;
    let renderings: Vec<&str> = entry.renderings.iter().map(String::as_str).collect();
    Ok(Importer::named(name)?.documents(root, &renderings)?.collect::<Result<_, _>>()?)
}

/// Reads labelled JSONL.
///
/// # Errors
/// [`TrainError::Io`] and [`TrainError::Line`].
pub fn read_jsonl(path: &Path) -> Result<Vec<LabelledDocument>, TrainError> {
    let text = std::fs::read_to_string(path).map_err(|cause| TrainError::Io { path: path.to_owned(), cause })?;
    text.lines()
        .enumerate()
        .filter(|(_, line)| !line.trim().is_empty())
        .map(|(at, line)| {
            from_json(line).map_err(|what| TrainError::Line { path: path.to_owned(), line: at + 1, what })
        })
        .collect()
}

fn digest(documents: &[LabelledDocument]) -> String {
    let mut hasher = Sha256::new();
    for document in documents {
        hasher.update(to_json(document).as_bytes());
        hasher.update(b"\n");
    }
    hex(&hasher.finalize())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn outlets<'d>(documents: impl Iterator<Item = &'d LabelledDocument>) -> usize {
    let mut names: Vec<&str> = documents.map(|document| document.outlet.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    names.len()
}

/// A document ready for fitting.
struct Prepared {
    document: LabelledDocument,
    corpus: usize,
    fold: usize,
    outlet: u32,
    labels: Vec<Label>,
    /// Weight of each block; they add up to the document's weight.
    weights: Vec<f32>,
    /// The same for the tokens.
    token_weights: Vec<f32>,
    /// Mass of each block.
    masses: Vec<f32>,
    /// By which copies of blocks are known.
    copy_keys: Vec<Option<u64>>,
}

impl Prepared {
    fn kept(&self, probabilities: &[f32], goal: Goal) -> Vec<bool> {
        let mut kept = Vec::new();
        keep(goal, probabilities, &self.masses, &mut kept);
        drop_copies(|block| self.copy_keys[block], &mut kept);
        kept
    }

    fn judged<'d>(&'d self, cut: &'d Cut, probabilities: &'d [f32], kept: &'d [bool]) -> Judged<'d> {
        Judged { document: &self.document, cut, probabilities, kept }
    }

    fn cut(&self) -> Cut {
        let mut cut = Cut::default();
        cut.cut(&self.document.source, self.document.markup);
        cut
    }
}

/// Masses of expected content under which a page may be taken for empty: shells of scripts hold menus only.
const LEAST: [f32; 3] = [25.0, 50.0, 100.0];

/// Which token tables have been fitted: by the folds they have not seen.
type Tables = HashMap<Vec<usize>, TokenTable>;

struct Run<'r> {
    recipe: &'r Recipe,
    documents: Vec<Prepared>,
    /// Columns of a row.
    width: usize,
}

/// A dense fit with its calibration, of one fold or of all.
struct Dense {
    fitted: Fitted,
    /// What columns say together.
    trees: Option<TreeFile>,
    without: Option<usize>,
}

/// Blocks of a document that are picked, each with its number of copies.
type Picks = Vec<(usize, usize)>;

/// What a model says of a document's blocks before it is calibrated.
struct Scores {
    /// By each part that is mixed: the columns, and the trees.
    parts: Vec<Vec<f32>>,
    /// The groups of blocks that are alike.
    alike: Vec<usize>,
}

impl Dense {
    fn calibrated(self, slopes: &[f32], shift: f32) -> Dense {
        let Fitted { bias, weights, means } = self.fitted;
        let slope = slopes[0];
        let weights = weights.into_iter().map(|weight| weight * slope).collect();
        Dense {
            fitted: Fitted { bias: bias * slope + shift, weights, means },
            trees: self.trees.map(|trees| TreeFile { weight: slopes[1], ..trees }),
            without: self.without,
        }
    }
}

impl<'r> Run<'r> {
    fn new(recipe: &'r Recipe, documents: Documents) -> Result<Run<'r>, TrainError> {
        let mut outlets: Vec<&str> = documents.iter().map(|(_, document)| document.outlet.as_str()).collect();
        outlets.sort_unstable();
        outlets.dedup();
        let numbers: HashMap<String, u32> =
            outlets.iter().enumerate().map(|(number, name)| ((*name).to_owned(), number as u32)).collect();
        let documents: Vec<Prepared> = documents
            .into_par_iter()
            .map(|(corpus, document)| prepare(recipe, corpus, numbers[&document.outlet], document))
            .collect();
        let run = Run { recipe, documents, width: width(columns_of(&recipe.markups)) };
        for fold in 0..recipe.fit.folds {
            let inside = run.documents.iter().filter(|document| document.fold == fold).count();
            if inside == 0 || inside == run.documents.len() {
                return Err(TrainError::Folds { fold, folds: recipe.fit.folds, outlets: numbers.len() });
            }
        }
        Ok(run)
    }

    fn train(&self, data: Vec<DataRow>, say: &Say<'_>) -> Result<Trained, TrainError> {
        let folds = self.recipe.fit.folds;
        let tables = self.fit_tokens(say)?;
        let penalties = self.choose_penalty(&tables, say)?;
        let l2 = penalties[0].0;
        let without: Vec<Option<usize>> = (0..folds).map(Some).chain([None]).collect();
        let dense: Vec<Dense> = without
            .into_par_iter()
            .map(|without| self.fit_dense(&tables, without, l2, say))
            .collect::<Result<_, _>>()?;
        let scores = self.held_out_scores(&tables, &dense)?;
        let (dense, scores) = self.calibrate(dense, scores)?;
        let goals = goals(self.choose_goal(&scores, say));
        let (report, fold_f1) = self.report(&scores, goals.balanced);
        let mut files: Vec<ModelFile> =
            dense.iter().map(|dense| self.file(dense, &tables, goals)).collect::<Result<_, _>>()?;
        let model = files.pop().ok_or(TrainError::Tokens("no model".into()))?;
        let missed = missed(self.recipe, &report);
        Ok(Trained { model, folds: files, report, fold_f1, penalties, data, missed })
    }

    /// Fits the token tables: one for each set of at most two folds left out.
    fn fit_tokens(&self, say: &Say<'_>) -> Result<Tables, TrainError> {
        let Some(settings) = self.recipe.tokens else { return Ok(Tables::new()) };
        let rows = self.word_rows(settings.bits);
        let folds = self.recipe.fit.folds;
        let mut sets = vec![vec![]];
        for first in 0..folds {
            sets.push(vec![first]);
            sets.extend((first + 1..folds).map(|second| vec![first, second]));
        }
        say(&format!("fitting {} tables of 2^{} tokens", sets.len(), settings.bits));
        sets.into_iter().map(|without| Ok((without.clone(), rows.table(settings, &without)?))).collect()
    }

    /// Tokens are taken from one rendering of each document: others hold the same words.
    fn word_rows(&self, bits: u32) -> TokenRows {
        let mut rows = TokenRows::default();
        let mut measures = Measures::default();
        for document in self.documents.iter().filter(|document| !document.document.id.contains('#')) {
            let source = &document.document;
            if source.is("made") {
                continue;
            }
            let cut = document.cut();
            measures.measure(&source.source, &cut, None);
            for (index, label) in document.labels.iter().enumerate().filter(|(_, label)| **label != Label::Ignore) {
                let measure = &measures.blocks[index];
                let block = TokenBlock {
                    words: &measures.words[measure.range.clone()],
                    context: context(measure.mass, measure.closing == Some(Class::SentenceEnd)),
                    content: *label == Label::Content,
                    weight: document.token_weights[index],
                };
                rows.push(block, bits, document.fold, document.outlet);
            }
        }
        rows
    }

    /// The table whose evidence a document gets when the folds `without` and its own are held out.
    fn table<'t>(&self, tables: &'t Tables, document: &Prepared, without: Option<usize>) -> Option<&'t TokenTable> {
        let mut folds = vec![document.fold];
        folds.extend(without.filter(|&fold| fold != document.fold));
        folds.sort_unstable();
        tables.get(&folds)
    }

    /// Fits on all documents but those of a fold.
    fn fit_dense(&self, tables: &Tables, without: Option<usize>, l2: f32, say: &Say<'_>) -> Result<Dense, TrainError> {
        let rows = self.rows(tables, without, self.recipe.fit.rows);
        let count = rows.content.len();
        let trees = self.recipe.trees.map(|settings| self.grow(tables, without, settings));
        let fitted = fit(rows, l2)?;
        let of = without.map_or("everything".to_owned(), |fold| format!("all but fold {fold}"));
        say(&format!("fitted {of}: {count} rows, {} columns", fitted.weights.len()));
        Ok(Dense { fitted, trees, without })
    }

    /// Grows trees on the columns.
    fn grow(&self, tables: &Tables, without: Option<usize>, settings: TreeSettings) -> TreeFile {
        let trees = Binned::new(self.tree_rows(tables, without, settings.sample), self.width).grow(settings, 1);
        let columns = columns(columns_of(&self.recipe.markups)).map(|(name, ..)| name).collect();
        TreeFile { columns, trees, weight: 1.0 }
    }

    /// Rows to grow trees on: blocks drawn in proportion to their weight, those that are drawn twice counting twice.
    fn tree_rows(&self, tables: &Tables, without: Option<usize>, count: usize) -> TreeRows {
        let (chosen, picks) = self.picks(without, count);
        let mut rows = TreeRows::default();
        rows.values.reserve_exact(picks.iter().map(Vec::len).sum::<usize>() * self.width);
        self.each_columns(tables, without, (&chosen, &picks), |document, picks, values| {
            rows.values.extend(values);
            for &(block, copies) in picks {
                rows.content.push(document.labels[block] == Label::Content);
                rows.weights.push(copies as f32);
            }
        });
        rows
    }

    /// The documents to fit on, and the blocks of each that are picked, with their number of copies.
    fn picks(&self, without: Option<usize>, count: usize) -> (Vec<&Prepared>, Vec<Picks>) {
        let chosen: Vec<&Prepared> = self.documents.iter().filter(|document| without != Some(document.fold)).collect();
        let total: f64 = chosen.iter().flat_map(|document| &document.weights).map(|&weight| f64::from(weight)).sum();
        let step = total / count as f64;
        let mut at = 0.5 * step;
        let picks = chosen.iter().map(|document| picks(document, step, &mut at)).collect();
        (chosen, picks)
    }

    /// Rows to fit on: blocks resampled in proportion to their weight, in equal steps through all documents.
    fn rows(&self, tables: &Tables, without: Option<usize>, count: usize) -> Rows {
        let (chosen, picks) = self.picks(without, count);
        let total: usize = picks.iter().flatten().map(|(_, copies)| copies).sum();
        let mut rows = Rows::new(total, self.width);
        let mut row = 0;
        self.each_columns(tables, without, (&chosen, &picks), |document, picks, values| {
            for (&(block, copies), values) in picks.iter().zip(values.chunks_exact(self.width)) {
                for _ in 0..copies {
                    rows.columns.row_mut(row).iter_mut().zip(values).for_each(|(place, value)| *place = *value);
                    rows.content[row] = document.labels[block] == Label::Content;
                    row += 1;
                }
            }
        });
        rows
    }

    /// Calls `tell` with the columns of the blocks that are picked, document by document, picks × columns.
    fn each_columns(
        &self,
        tables: &Tables,
        without: Option<usize>,
        (chosen, picks): (&[&Prepared], &[Picks]),
        mut tell: impl FnMut(&Prepared, &Picks, &[f32]),
    ) {
        // All documents at once would need the memory twice.
        const BATCH: usize = 64;
        for (documents, picks) in chosen.chunks(BATCH).zip(picks.chunks(BATCH)) {
            let parts: Vec<Vec<f32>> = documents
                .par_iter()
                .zip(picks)
                .map(|(document, picks)| self.columns_of(document, self.table(tables, document, without), picks))
                .collect();
            for ((document, picks), values) in documents.iter().zip(picks).zip(&parts) {
                tell(document, picks, values);
            }
        }
    }

    /// Columns of the blocks that are picked, in order, picks × columns.
    fn columns_of(&self, document: &Prepared, table: Option<&TokenTable>, picks: &[(usize, usize)]) -> Vec<f32> {
        let (source, mut extractor) = (&document.document, Extractor::default());
        extractor.read(&source.source, source.markup, table, Words::Dropped);
        let (mut values, mut picks) = (Vec::with_capacity(picks.len() * self.width), picks.iter().peekable());
        extractor.each_tile(&mut Tiles::default(), |blocks, tile| {
            while let Some((block, _)) = picks.next_if(|(block, _)| *block < blocks.end) {
                values.extend(row(tile, block - blocks.start));
            }
        });
        values
    }

    /// The penalties with their held-out log loss, best first: measured on the first fold, with a part of the rows.
    fn choose_penalty(&self, tables: &Tables, say: &Say<'_>) -> Result<Vec<(f32, f64)>, TrainError> {
        let candidates = &self.recipe.fit.l2;
        if let [only] = candidates[..] {
            return Ok(vec![(only, f64::NAN)]);
        }
        let mut losses = Vec::new();
        for &l2 in candidates {
            let fitted = fit(self.rows(tables, Some(0), self.recipe.fit.rows / 3), l2)?;
            let dense = Dense { fitted, trees: None, without: Some(0) };
            let (mut loss, mut total) = (0.0, 0.0);
            for document in self.documents.iter().filter(|document| document.fold == 0) {
                let scores = &self.scores_of(document, tables, &dense, None).parts[0];
                for (index, label) in document.labels.iter().enumerate().filter(|(_, label)| **label != Label::Ignore) {
                    let signed = if *label == Label::Content { scores[index] } else { -scores[index] };
                    loss += f64::from(document.weights[index]) * -f64::from(sigmoid(signed).max(1e-7)).ln();
                    total += f64::from(document.weights[index]);
                }
            }
            say(&format!("l2 {l2:e}: held-out log loss {:.4}", loss / total));
            losses.push((l2, loss / total));
        }
        losses.sort_by(|a, b| a.1.total_cmp(&b.1));
        Ok(losses)
    }

    fn scores_of(&self, document: &Prepared, tables: &Tables, dense: &Dense, forest: Option<&Forest>) -> Scores {
        let (source, mut extractor) = (&document.document, Extractor::default());
        extractor.read(&source.source, source.markup, self.table(tables, document, dense.without), Words::Dropped);
        let blocks = document.labels.len();
        let mut parts = vec![Vec::with_capacity(blocks)];
        let mut of_trees = vec![0.0; if forest.is_some() { blocks } else { 0 }];
        extractor.each_tile(&mut Tiles::default(), |blocks, tile| {
            for place in 0..blocks.len() {
                parts[0].push(dense.fitted.score(row(tile, place)));
            }
            if let Some(forest) = forest {
                forest.add_tile(tile, &mut of_trees[blocks]);
            }
        });
        if forest.is_some() {
            parts.push(of_trees);
        }
        Scores { parts, alike: extractor.alike().collect() }
    }

    /// The scores of every block by the model that has not seen its outlet.
    fn held_out_scores(&self, tables: &Tables, dense: &[Dense]) -> Result<Vec<Scores>, TrainError> {
        let bind =
            |dense: &Dense| dense.trees.as_ref().map(|trees| bind_trees(trees, &self.recipe.markups)).transpose();
        let forests: Vec<Option<Forest>> = dense.iter().map(bind).collect::<Result<_, _>>()?;
        let scores = self.documents.par_iter().map(|document| {
            let fold = document.fold;
            self.scores_of(document, tables, &dense[fold], forests[fold].as_ref())
        });
        Ok(scores.collect())
    }

    /// Calibrates each fold's model on the other folds' held-out scores, the final one on all; gives the
    /// calibrated models and probabilities.
    fn calibrate(&self, dense: Vec<Dense>, scores: Vec<Scores>) -> Result<(Vec<Dense>, Vec<Vec<f32>>), TrainError> {
        let parts = scores.first().map_or(1, |scores| scores.parts.len());
        let mut calibrations = Vec::new();
        for model in &dense {
            let (mut chosen, mut content) = (vec![Vec::new(); parts], Vec::new());
            let total: f64 = self.documents.iter().flat_map(|document| &document.weights).map(|&w| f64::from(w)).sum();
            let step = total / (self.recipe.fit.rows as f64 / 3.0);
            let mut at = 0.5 * step;
            for (document, scores) in self.documents.iter().zip(&scores) {
                for (block, copies) in picks(document, step, &mut at) {
                    if model.without != Some(document.fold) {
                        for (chosen, scores) in chosen.iter_mut().zip(&scores.parts) {
                            chosen.extend(std::iter::repeat_n(scores[block], copies));
                        }
                        content.extend(std::iter::repeat_n(document.labels[block] == Label::Content, copies));
                    }
                }
            }
            calibrations.push(self.mix(&chosen, &content)?);
        }
        let mut agreement = Agreement::default();
        let probabilities = self.documents.iter().zip(&scores).map(|(document, scores)| {
            let (slopes, shift) = &calibrations[document.fold];
            let score = |block: usize| {
                slopes.iter().zip(&scores.parts).map(|(slope, scores)| slope * scores[block]).sum::<f32>() + shift
            };
            let mut pulled: Vec<f32> = (0..document.labels.len()).map(score).collect();
            agreement.pull(self.recipe.fit.agreement, &mut pulled, scores.alike.iter().copied());
            pulled.into_iter().map(sigmoid).collect()
        });
        let probabilities = probabilities.collect();
        let dense =
            dense.into_iter().zip(calibrations).map(|(dense, (slopes, shift))| dense.calibrated(&slopes, shift));
        Ok((dense.collect(), probabilities))
    }

    /// The weight of each part's scores, and what is added to their sum.
    fn mix(&self, parts: &[Vec<f32>], content: &[bool]) -> Result<(Vec<f32>, f32), TrainError> {
        let (Some(weight), [columns, trees]) = (self.recipe.trees.and_then(|trees| trees.weight), parts) else {
            return Ok(calibrate(parts, content)?);
        };
        let sum = columns.iter().zip(trees).map(|(columns, trees)| columns + weight * trees).collect();
        let (slopes, shift) = calibrate(&[sum], content)?;
        Ok((vec![slopes[0], slopes[0] * weight], shift))
    }

    /// The goal with the best held-out page F1: a threshold, or the expected F1. Of those as good as the best, the one that
    /// keeps most: what is lost is worse than what is left.
    fn choose_goal(&self, probabilities: &[Vec<f32>], say: &Say<'_>) -> Goal {
        let mut candidates = vec![Goal::expected_f(1.0)];
        // More recall than precision pays on lists and forums, which are half of the pages here, and costs elsewhere.
        match columns_of(&self.recipe.markups) {
            Markup::Html => candidates.extend(LEAST.map(|least| Goal::ExpectedF { beta: 1.0, least })),
            _ => candidates.extend([1.2, 1.4, 1.6].map(Goal::expected_f)),
        }
        candidates.extend((2..=6).map(|tenths| Goal::Threshold(tenths as f32 / 10.0)));
        let tried: Vec<(Goal, f64)> = candidates
            .into_iter()
            .map(|goal| {
                let f1 = self.page_f1(probabilities, goal);
                say(&format!("{goal:?}: held-out page F1 {f1:.4}"));
                (goal, f1)
            })
            .collect();
        most_kept(&tried)
    }

    /// Mean page F1 of all documents that were not made.
    fn page_f1(&self, probabilities: &[Vec<f32>], goal: Goal) -> f64 {
        let pages: Vec<f64> = self
            .documents
            .par_iter()
            .zip(probabilities)
            .filter(|(document, _)| !document.document.is("made"))
            .map(|(document, probabilities)| {
                let kept = document.kept(probabilities, goal);
                page(document.judged(&document.cut(), probabilities, &kept)).f1
            })
            .collect();
        pages.iter().sum::<f64>() / pages.len().max(1) as f64
    }

    /// What is reached on held-out outlets, and the page F1 of each fold.
    fn report(&self, probabilities: &[Vec<f32>], goal: Goal) -> (Report, Vec<f64>) {
        let mut report = Report::default();
        let mut folds: BTreeMap<usize, (f64, usize)> = BTreeMap::new();
        for (document, probabilities) in self.documents.iter().zip(probabilities) {
            if document.document.is("made") {
                continue;
            }
            let kept = document.kept(probabilities, goal);
            let cut = document.cut();
            let judged = document.judged(&cut, probabilities, &kept);
            let before = report.group(ALL);
            report.add(judged, &self.recipe.corpus[document.corpus].name);
            let after = report.group(ALL);
            let f1 = after.page().f1 * after.documents as f64 - before.page().f1 * before.documents as f64;
            let fold = folds.entry(document.fold).or_default();
            *fold = (fold.0 + f1, fold.1 + 1);
        }
        (report, folds.into_values().map(|(sum, count)| sum / count as f64).collect())
    }

    fn file(&self, dense: &Dense, tables: &Tables, goals: Goals) -> Result<ModelFile, TrainError> {
        let fitted = &dense.fitted;
        let table = tables.get(&dense.without.into_iter().collect::<Vec<_>>());
        let names = columns(columns_of(&self.recipe.markups)).map(|(name, ..)| name);
        let values = fitted.weights.iter().zip(&fitted.means).map(|(&weight, &mean)| [weight, mean]);
        let mut file = ModelFile {
            format: FORMAT,
            name: self.recipe.name.clone(),
            version: String::new(),
            markups: self.recipe.markups.clone(),
            goals,
            bias: fitted.bias,
            columns: names.zip(values).collect(),
            tokens: table.map(TokenTable::file),
            trees: dense.trees.clone(),
            agreement: self.recipe.fit.agreement,
            adapted: None,
            probe: Probe {
                markup: columns_of(&self.recipe.markups),
                source: self.recipe.probe.clone(),
                probabilities: Vec::new(),
            },
        };
        seal(&mut file)?;
        Ok(file)
    }
}

/// Page F1 by which goals are as good as each other.
const AS_GOOD: f64 = 0.001;

/// Of the goals as good as the best, those with the largest beta, and of them the best.
fn most_kept(tried: &[(Goal, f64)]) -> Goal {
    let best = tried.iter().map(|(_, f1)| *f1).fold(0.0, f64::max);
    let beta = |goal: Goal| match goal {
        Goal::ExpectedF { beta, .. } => beta,
        Goal::Threshold(_) => 0.0,
    };
    let good = tried.iter().filter(|(_, f1)| *f1 >= best - AS_GOOD);
    let found = good.max_by(|a, b| beta(a.0).total_cmp(&beta(b.0)).then(a.1.total_cmp(&b.1)));
    found.map_or(Goal::expected_f(1.0), |(goal, _)| *goal)
}

/// Notes what a model gives for its probe, and its version.
pub(super) fn seal(file: &mut ModelFile) -> Result<(), ModelError> {
    let mut scratch = Scratch::default();
    file.version.clear();
    file.probe.probabilities.clear();
    Model::bind(file)?.probabilities(&file.probe.source, file.probe.markup, &mut scratch);
    file.probe.probabilities = scratch.probabilities;
    let bytes = serde_json::to_vec(&file).unwrap_or_default();
    file.version = hex(&Sha256::digest(&bytes))[..12].to_owned();
    Ok(())
}

impl TokenTable {
    fn file(&self) -> TokenFile {
        let (weights, bits, step) = self.parts();
        TokenFile::new(weights, bits, step)
    }
}

/// What is kept for each goal: the balanced one was chosen, the others differ in `beta` only.
fn goals(balanced: Goal) -> Goals {
    let with = |beta| match balanced {
        Goal::ExpectedF { least, .. } => Goal::ExpectedF { beta, least },
        Goal::Threshold(_) => Goal::expected_f(beta),
    };
    Goals { balanced, precision: with(0.5), recall: with(2.0) }
}

fn prepare(recipe: &Recipe, corpus: usize, outlet: u32, document: LabelledDocument) -> Prepared {
    let mut cut = Cut::default();
    cut.cut(&document.source, document.markup);
    let mut labels: Vec<Label> = document.labels(&cut.blocks).into_iter().map(|(label, _)| label).collect();
    let mut measures = Measures::default();
    measures.measure(&document.source, &cut, None);
    let entry = &recipe.corpus[corpus];
    if recipe.fit.pointers_are_husk && entry.import.is_some() {
        drop_pointers(&mut labels, &measures, document.markup);
    }
    let masses: Vec<f32> = measures.blocks.iter().map(|measure| measure.mass).collect();
    let copy_keys = (0..labels.len()).map(|block| cut.copy_key(&document.source, block)).collect();
    let made = recipe.mix.filter(|_| document.is("made")).map_or(1.0, |settings| settings.weight);
    let weights = weigh(&masses, &labels, made * entry.weight, recipe.fit.length_power);
    let token_power = recipe.tokens.map_or(1.0, |tokens| tokens.length_power);
    let token_weights = weigh(&masses, &labels, entry.token_weight, token_power);
    let fold = fold_of(&document.outlet, recipe.fit.folds);
    Prepared { document, corpus, fold, outlet, labels, weights, token_weights, masses, copy_keys }
}

/// Makes husk of the content that points to another text; where links are known, it must be one by half.
fn drop_pointers(labels: &mut [Label], measures: &Measures, markup: Markup) {
    for (label, measure) in labels.iter_mut().zip(&measures.blocks) {
        let is_linked = markup == Markup::Text || 2 * measure.linked >= measure.chars;
        if *label == Label::Content && measure.is_pointer && is_linked {
            *label = Label::Boilerplate;
        }
    }
}

/// The weight of each block: its mass to a power, as a share of the document; 0 for ignored ones.
fn weigh(masses: &[f32], labels: &[Label], weight: f32, power: f32) -> Vec<f32> {
    let raw: Vec<f32> = masses
        .iter()
        .zip(labels)
        .map(|(&mass, &label)| if label == Label::Ignore { 0.0 } else { (mass + 1.0).powf(power) })
        .collect();
    let total: f32 = raw.iter().sum();
    raw.into_iter().map(|value| if total > 0.0 { weight * value / total } else { 0.0 }).collect()
}

/// The blocks of a document that are picked when a pointer moves in equal steps over the weights, with their
/// number of copies.
fn picks(document: &Prepared, step: f64, at: &mut f64) -> Picks {
    let mut picks = Vec::new();
    for (block, &weight) in document.weights.iter().enumerate() {
        *at -= f64::from(weight);
        let mut copies = 0;
        while *at < 0.0 {
            *at += step;
            copies += 1;
        }
        if copies > 0 {
            picks.push((block, copies));
        }
    }
    picks
}

/// The floors that a report does not reach.
fn missed(recipe: &Recipe, report: &Report) -> Vec<String> {
    let reached = |floor: &super::recipe::Floor| {
        let tally = report.group(&floor.group);
        match floor.figure {
            Figure::PageF1 => tally.page().f1,
            Figure::ContentKept => tally.content_kept(),
            Figure::BoilerplateRemoved => tally.boilerplate_removed(),
        }
    };
    recipe
        .floors
        .iter()
        .filter(|floor| reached(floor) < floor.at_least)
        .map(|floor| format!("{} {:?}: {:.4}, at least {}", floor.group, floor.figure, reached(floor), floor.at_least))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_goals_as_good_as_the_best_the_one_that_keeps_most_is_chosen() {
        let beta = Goal::expected_f;
        let tried = [(beta(1.0), 0.836), (beta(1.2), 0.8381), (beta(1.4), 0.8378), (beta(1.6), 0.8365)];
        assert_eq!(most_kept(&tried), beta(1.4));
        assert_eq!(most_kept(&[(beta(1.0), 0.8), (Goal::Threshold(0.5), 0.802)]), Goal::Threshold(0.5));
        let least = |least| Goal::ExpectedF { beta: 1.0, least };
        assert_eq!(most_kept(&[(least(0.0), 0.8), (least(50.0), 0.8005), (least(100.0), 0.8002)]), least(50.0));
        assert_eq!(most_kept(&[]), beta(1.0));
    }

    #[test]
    fn content_that_points_elsewhere_is_husk_where_it_is_a_link() {
        use Label::{Boilerplate, Content, Ignore};
        let source = "Read more: [The ferry is back](/ferry)\n\nRead more: the ferry is back\n\nThe ferry is back.";
        let mut measures = Measures::default();
        for (markup, second) in [(Markup::Text, Boilerplate), (Markup::Markdown, Content)] {
            let mut cut = Cut::default();
            cut.cut(source, markup);
            measures.measure(source, &cut, None);
            let mut labels = [Content; 3];
            drop_pointers(&mut labels, &measures, markup);
            assert_eq!(labels, [Boilerplate, second, Content], "{markup:?}");
        }
        let mut labels = [Ignore; 3];
        drop_pointers(&mut labels, &measures, Markup::Text);
        assert_eq!(labels, [Ignore; 3]);
    }
}
