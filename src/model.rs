//! The model: a file of weights by column name, bound to this build's columns and proved on loading.
//! This module must not know how weights are found, nor what becomes of probabilities.

use std::collections::{BTreeMap, HashSet};
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::adapted::{Adapted, AdaptedFile};
use crate::agreement::Agreement;
use crate::block::Markup;
use crate::decide::Goal;
use crate::features::measure::Words;
use crate::features::{ABREAST, Extractor, Tile, Tiles, columns, row};
use crate::tokens::TokenTable;
use crate::trees::{Forest, TreeFile};
use crate::vectors::with_wide_vectors;

/// The version of the file format, of the hash of tokens and of the definition of words.
pub const FORMAT: u32 = 1;
/// How far a probability of the probe may be off: rounding of another processor, no more.
const PROBE_TOLERANCE: f32 = 2e-3;

/// The model file, as it is read and written.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ModelFile {
    /// [`FORMAT`] of the build that wrote it.
    pub format: u32,
    /// Name of the recipe.
    pub name: String,
    /// Version of the model: the first twelve digits of the sha256 of its weights.
    pub version: String,
    /// Markups it was trained on.
    pub markups: Vec<Markup>,
    /// How probabilities become kept blocks.
    pub goals: Goals,
    /// Log-odds where every column is 0.
    pub bias: f32,
    /// Weight and mean of each column; the weight is in log-odds a unit of the raw column.
    pub columns: BTreeMap<String, [f32; 2]>,
    /// Weights of the learned tokens: words.
    pub tokens: Option<TokenFile>,
    /// What columns say together.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trees: Option<TreeFile>,
    /// How far scores are pulled towards those of blocks that are alike; 0..1.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub agreement: f32,
    /// What was learned of one outlet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub adapted: Option<AdaptedFile>,
    /// A source and the probabilities that the trainer saw.
    pub probe: Probe,
}

fn is_zero(number: &f32) -> bool {
    *number == 0.0
}

/// What is kept for each goal.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Goals {
    /// Best page F1.
    pub balanced: Goal,
    /// `--favor precision`.
    pub precision: Goal,
    /// `--favor recall`.
    pub recall: Goal,
}

/// Weights of learned tokens: `2^bits` signed bytes in base64, each worth `step` log-odds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TokenFile {
    /// Upper bits of a token's key that choose its weight.
    pub bits: u32,
    /// Log-odds of one step.
    pub step: f32,
    /// The signed bytes, base64.
    pub weights: String,
}

/// A source and the probabilities of its blocks.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Probe {
    /// How the source is written.
    pub markup: Markup,
    /// The source.
    pub source: String,
    /// P(content) of each of its blocks.
    pub probabilities: Vec<f32>,
}

/// Why a model cannot be used.
#[derive(Debug)]
#[non_exhaustive]
pub enum ModelError {
    /// It is not the JSON of a model.
    Json(serde_json::Error),
    /// It was written in another format.
    Format(u32),
    /// It has weights for columns this build does not have, or lacks some that it has.
    Columns {
        /// In the file only.
        unknown: Vec<String>,
        /// In this build only.
        missing: Vec<String>,
    },
    /// The table of tokens is damaged.
    Tokens(&'static str),
    /// The probabilities of the probe are not what the trainer saw.
    Probe {
        /// Index of the first block that differs.
        block: usize,
        /// What the file says.
        expected: f32,
        /// What this build gives.
        found: f32,
    },
}

const DAMAGED: ModelError = ModelError::Tokens("keys of an adapted model are hexadecimal numbers");
const RETRAIN: &str = "retrain it: dehusk train <recipe>.toml";

impl fmt::Display for ModelError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ModelError::Json(error) => write!(f, "not a model file: {error}"),
            ModelError::Format(found) => {
                write!(f, "model of format {found}, this build reads format {FORMAT}; {RETRAIN}")
            }
            ModelError::Columns { unknown, missing } => write!(
                f,
                "the columns of the model are not those of this build (unknown: {}; missing: {}); {RETRAIN}",
                list(unknown),
                list(missing)
            ),
            ModelError::Tokens(what) => write!(f, "the table of tokens is damaged: {what}; {RETRAIN}"),
            ModelError::Probe { block, expected, found } => write!(
                f,
                "the model does not give what it gave when it was trained: block {block} of its probe has \
                 probability {found}, expected {expected}; a formula, word list or segmenter has changed; {RETRAIN}"
            ),
        }
    }
}

impl std::error::Error for ModelError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            ModelError::Json(error) => Some(error),
            _ => None,
        }
    }
}

/// The first few names of a list.
fn list(names: &[String]) -> String {
    const SHOWN: usize = 5;
    match names.len() {
        0 => "none".to_owned(),
        count if count <= SHOWN => names.join(", "),
        count => format!("{}, … {count} in all", names[..SHOWN].join(", ")),
    }
}

/// A model bound to this build's columns, ready to score.
#[derive(Clone, Debug)]
pub struct Model {
    name: String,
    version: String,
    markups: Vec<Markup>,
    goals: Goals,
    bias: f32,
    weights: Vec<f32>,
    means: Vec<f32>,
    tokens: Option<TokenTable>,
    forest: Forest,
    agreement: f32,
    adapted: Option<Adapted>,
}

impl Model {
    /// Reads a model file and proves it on its probe.
    ///
    /// # Errors
    /// [`ModelError`] when it is no model, of another format, of other columns, or fails its probe.
    pub fn from_json(json: &str) -> Result<Model, ModelError> {
        Model::new(&serde_json::from_str(json).map_err(ModelError::Json)?)
    }

    /// Binds a model file to this build and proves it on its probe.
    ///
    /// # Errors
    /// [`ModelError`], as for [`Model::from_json`].
    pub fn new(file: &ModelFile) -> Result<Model, ModelError> {
        let model = Model::bind(file)?;
        model.prove(&file.probe)?;
        Ok(model)
    }

    /// Binds without the probe, which the trainer has yet to make.
    pub(crate) fn bind(file: &ModelFile) -> Result<Model, ModelError> {
        if file.format != FORMAT {
            return Err(ModelError::Format(file.format));
        }
        let (weights, means) = bind_columns(&file.columns, columns_of(&file.markups))?;
        Ok(Model {
            name: file.name.clone(),
            version: file.version.clone(),
            markups: file.markups.clone(),
            goals: file.goals,
            bias: file.bias,
            weights,
            means,
            tokens: file.tokens.as_ref().map(TokenFile::table).transpose()?,
            forest: file.trees.as_ref().map(|trees| bind_trees(trees, &file.markups)).transpose()?.unwrap_or_default(),
            agreement: file.agreement,
            adapted: file.adapted.as_ref().map(|adapted| adapted.bind().ok_or(DAMAGED)).transpose()?,
        })
    }

    /// `name@version`.
    pub fn id(&self) -> String {
        format!("{}@{}", self.name, self.version)
    }

    /// Markups it was trained on.
    pub fn markups(&self) -> &[Markup] {
        &self.markups
    }

    /// What is kept for each goal.
    pub fn goals(&self) -> &Goals {
        &self.goals
    }

    /// How a source is read: a model of pages knows pages only, one of text reads a page as text.
    pub fn reads(&self, markup: Markup) -> Markup {
        match (columns_of(&self.markups), markup) {
            (Markup::Html, _) => Markup::Html,
            (_, Markup::Html) => Markup::Text,
            _ => markup,
        }
    }

    /// Cuts a source into blocks and works out P(content) of each; the blocks stay in `scratch`.
    pub(crate) fn probabilities(&self, source: &str, markup: Markup, scratch: &mut Scratch) {
        // What is learned of an outlet asks for words.
        let words = if self.adapted.is_some() { Words::Kept } else { scratch.words };
        scratch.extractor.read(source, self.reads(markup), self.tokens.as_ref(), words);
        self.score(scratch);
        if let Some(adapted) = &self.adapted {
            adapted.apply(&mut scratch.probabilities, &scratch.extractor.cut, &scratch.extractor.measures);
        }
        scratch.probabilities.iter_mut().for_each(|score| *score = sigmoid(*score));
    }

    /// Scores the blocks that were read, log-odds.
    fn score(&self, scratch: &mut Scratch) {
        let Scratch { extractor, tiles, probabilities: scores, agreement, .. } = scratch;
        scores.clear();
        scores.resize(extractor.cut.blocks.len(), self.bias);
        extractor.each_tile(tiles, |blocks, tile| {
            self.weigh(tile, &mut scores[blocks.clone()]);
            self.forest.add_tile(tile, &mut scores[blocks]);
        });
        agreement.pull(self.agreement, scores, extractor.alike());
    }

    /// Adds what the columns say of the first blocks of a tile to their scores, log-odds.
    fn weigh(&self, tile: &Tile, scores: &mut [f32]) {
        with_wide_vectors(
            #[inline(always)]
            || {
                let mut sums = [0.0; ABREAST];
                for (weight, column) in self.weights.iter().zip(tile) {
                    sums.iter_mut().zip(column).for_each(|(sum, value)| *sum += weight * value);
                }
                scores.iter_mut().zip(sums).for_each(|(score, sum)| *score += sum);
            },
        );
    }

    /// The columns that speak loudest for or against each block that was read: name and log-odds, compared with a mean
    /// block.
    pub(crate) fn reasons(&self, scratch: &mut Scratch, most: usize) -> Vec<Vec<(String, f32)>> {
        let names: Vec<String> = columns(columns_of(&self.markups)).map(|(name, ..)| name).collect();
        let (mut all, mut values) = (Vec::new(), Vec::new());
        let Scratch { extractor, tiles, agreement, .. } = scratch;
        extractor.each_tile(tiles, |blocks, tile| {
            for place in 0..blocks.len() {
                values.clear();
                values.extend(row(tile, place));
                let weights = self.weights.iter().zip(&self.means);
                let mut shares: Vec<f32> =
                    values.iter().zip(weights).map(|(value, (weight, mean))| weight * (value - mean)).collect();
                self.forest.shares(&values, |column, score| shares[column] += score);
                shares.extend(agreement.moved.get(all.len()));
                let mut loudest: Vec<usize> = (0..shares.len()).collect();
                loudest.sort_by(|&a, &b| shares[b].abs().total_cmp(&shares[a].abs()));
                loudest.truncate(most);
                let name = |column: usize| names.get(column).map_or("blocks that are alike", String::as_str).to_owned();
                all.push(loudest.into_iter().map(|column| (name(column), shares[column])).collect());
            }
        });
        all
    }

    fn prove(&self, probe: &Probe) -> Result<(), ModelError> {
        let mut scratch = Scratch::default();
        self.probabilities(&probe.source, probe.markup, &mut scratch);
        let found = &scratch.probabilities;
        for block in 0..found.len().max(probe.probabilities.len()) {
            let at = |list: &[f32]| list.get(block).copied().unwrap_or(f32::NAN);
            let (expected, found) = (at(&probe.probabilities), at(found));
            if (expected - found).abs().partial_cmp(&PROBE_TOLERANCE) != Some(std::cmp::Ordering::Less) {
                return Err(ModelError::Probe { block, expected, found });
            }
        }
        Ok(())
    }
}

/// Buffers of scoring, reused from source to source.
#[derive(Default)]
pub(crate) struct Scratch {
    pub(crate) extractor: Extractor,
    tiles: Tiles,
    agreement: Agreement,
    pub(crate) probabilities: Vec<f32>,
    /// Whether the words of texts are there afterwards.
    pub(crate) words: Words,
}

/// The markup whose columns a model of these markups weighs.
pub(crate) fn columns_of(markups: &[Markup]) -> Markup {
    if markups.contains(&Markup::Html) { Markup::Html } else { Markup::Text }
}

impl Scratch {
    /// The page, when the last source was one.
    #[cfg(feature = "html")]
    pub(crate) fn page(&self) -> Option<&crate::segment::html::Page> {
        self.extractor.cut.page()
    }
}

fn bind_columns(file: &BTreeMap<String, [f32; 2]>, markup: Markup) -> Result<(Vec<f32>, Vec<f32>), ModelError> {
    let names: Vec<String> = columns(markup).map(|(name, ..)| name).collect();
    let missing: Vec<String> = names.iter().filter(|name| !file.contains_key(*name)).cloned().collect();
    let known: HashSet<&str> = names.iter().map(String::as_str).collect();
    let unknown: Vec<String> = file.keys().filter(|name| !known.contains(name.as_str())).cloned().collect();
    if !missing.is_empty() || !unknown.is_empty() {
        return Err(ModelError::Columns { unknown, missing });
    }
    Ok(names.iter().map(|name| (file[name][0], file[name][1])).unzip())
}

/// Binds trees to the columns of these markups.
pub(crate) fn bind_trees(trees: &TreeFile, markups: &[Markup]) -> Result<Forest, ModelError> {
    let names: Vec<String> = columns(columns_of(markups)).map(|(name, ..)| name).collect();
    trees.bind(&names).map_err(|unknown| ModelError::Columns { unknown, missing: Vec::new() })
}

impl TokenFile {
    /// Packs weights.
    #[cfg(feature = "train")]
    pub(crate) fn new(weights: &[i8], bits: u32, step: f32) -> TokenFile {
        TokenFile { bits, step, weights: base64(weights) }
    }

    pub(crate) fn table(&self) -> Result<TokenTable, ModelError> {
        if !(1..=24).contains(&self.bits) {
            return Err(ModelError::Tokens("bits not in 1..=24"));
        }
        let weights = from_base64(&self.weights).ok_or(ModelError::Tokens("not base64"))?;
        if weights.len() != 1 << self.bits {
            return Err(ModelError::Tokens("not 2^bits weights"));
        }
        Ok(TokenTable::new(weights, self.bits, self.step))
    }
}

const BASE64: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

#[cfg(any(test, feature = "train"))]
pub(crate) fn base64(bytes: &[i8]) -> String {
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let byte = |at: usize| u32::from(chunk.get(at).map_or(0, |&byte| byte as u8));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for at in 0..4 {
            let digit = BASE64[(bits >> (18 - 6 * at)) as usize & 63] as char;
            text.push(if at <= chunk.len() { digit } else { '=' });
        }
    }
    text
}

fn from_base64(text: &str) -> Option<Vec<i8>> {
    /// No digit: a bit that no digit has.
    const NONE: u8 = 0x80;
    let mut values = [NONE; 256];
    for (value, &digit) in BASE64.iter().enumerate() {
        values[digit as usize] = value as u8;
    }
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    let mut seen = 0;
    let mut bits_of = |digits: &[u8]| {
        digits.iter().map(|&digit| values[digit as usize]).fold(0u32, |bits, value| {
            seen |= value;
            bits << 6 | u32::from(value)
        })
    };
    let (chunks, rest) = text.trim_end_matches('=').as_bytes().as_chunks::<4>();
    for chunk in chunks {
        bytes.extend(bits_of(chunk).to_be_bytes()[1..].iter().map(|&byte| byte as i8));
    }
    let bits = bits_of(rest) << (6 * (4 - rest.len()));
    bytes.extend(bits.to_be_bytes()[1..=rest.len() * 6 / 8].iter().map(|&byte| byte as i8));
    (seen & NONE == 0).then_some(bytes)
}

/// The logistic function.
#[inline]
pub(crate) fn sigmoid(score: f32) -> f32 {
    1.0 / (1.0 + (-score).exp())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A model that weighs one column.
    pub(crate) fn one_column(name: &str, weight: f32) -> ModelFile {
        let columns = columns(Markup::Text).map(|(column, ..)| {
            let weight = if column == name { weight } else { 0.0 };
            (column, [weight, 0.0])
        });
        let goal = Goal::Threshold(0.5);
        ModelFile {
            format: FORMAT,
            name: "test".into(),
            version: "0".into(),
            markups: vec![Markup::Text],
            goals: Goals { balanced: goal, precision: goal, recall: goal },
            bias: 0.0,
            columns: columns.collect(),
            tokens: None,
            trees: None,
            agreement: 0.0,
            adapted: None,
            probe: Probe { markup: Markup::Text, source: "Hi.\nYes".into(), probabilities: vec![sigmoid(weight), 0.5] },
        }
    }

    #[test]
    fn a_model_is_proved_on_loading() {
        let file = one_column("ends_sentence", 2.0);
        assert!(Model::new(&file).is_ok());
        let drifted = ModelFile { bias: 0.1, ..file.clone() };
        assert!(matches!(Model::new(&drifted), Err(ModelError::Probe { block: 0, .. })));
        let mut shorter = file;
        shorter.probe.probabilities.pop();
        assert!(matches!(Model::new(&shorter), Err(ModelError::Probe { block: 1, .. })));
    }

    #[test]
    fn scores_are_those_of_the_rows_of_all_columns() {
        let lines =
            ["Home | News", "The ferry left at nine, and nobody was on it.", "Share", "© 2024", "• Tickets: 12.50"];
        // Numbers between -1 and 1 without a pattern.
        let weight =
            |at: usize| (at as u32).wrapping_mul(2_654_435_761).wrapping_shr(8) as f32 / (1 << 23) as f32 - 1.0;
        let columns = columns(Markup::Text).enumerate().map(|(at, (column, ..))| (column, [weight(at), 0.0]));
        let file = ModelFile { bias: 0.5, columns: columns.collect(), ..one_column("", 0.0) };
        let model = Model::bind(&file).unwrap();
        for blocks in [0, 1, 2, 3, 4, 12, 13, 14, 25, 26, 70] {
            let source: String = (0..blocks).map(|at| format!("{}\n\n", lines[at * at % lines.len()])).collect();
            let mut scratch = Scratch::default();
            let rows = scratch.extractor.extract(&source, Markup::Text, None);
            model.score(&mut scratch);
            assert_eq!(scratch.probabilities.len(), blocks);
            for (block, row) in rows.chunks(model.weights.len()).enumerate() {
                let expected = 0.5 + row.iter().enumerate().map(|(at, value)| weight(at) * value).sum::<f32>();
                let score = scratch.probabilities[block];
                assert!((score - expected).abs() < 1e-4, "{blocks} blocks, {block}: {score}, not {expected}");
            }
        }
    }

    #[test]
    fn a_model_of_other_columns_is_refused_by_name() {
        let mut file = one_column("ends_sentence", 2.0);
        file.columns.remove("log_mass");
        file.columns.insert("colour".into(), [1.0, 0.0]);
        let message = Model::new(&file).unwrap_err().to_string();
        assert!(message.contains("unknown: colour; missing: log_mass"), "{message}");
        assert!(message.contains("dehusk train"), "{message}");
    }

    #[test]
    fn a_model_of_another_format_or_of_none_is_refused() {
        let file = ModelFile { format: 99, ..one_column("ends_sentence", 2.0) };
        assert!(matches!(Model::new(&file), Err(ModelError::Format(99))));
        assert!(matches!(Model::from_json("{}"), Err(ModelError::Json(_))));
    }

    #[test]
    fn base64_gives_back_what_it_took() {
        for length in [0usize, 1, 2, 3, 4, 5, 256] {
            let bytes: Vec<i8> = (0..length).map(|at| (at * 37) as u8 as i8).collect();
            assert_eq!(from_base64(&base64(&bytes)), Some(bytes));
        }
        assert_eq!(from_base64("a*bc"), None);
    }

    #[test]
    fn damaged_tables_of_tokens_are_refused() {
        for (bits, weights) in [(0, "AA=="), (3, "AAAA"), (2, "!!!!")] {
            let file = TokenFile { bits, step: 0.1, weights: weights.into() };
            assert!(matches!(file.table(), Err(ModelError::Tokens(_))), "{bits} {weights}");
        }
    }
}
