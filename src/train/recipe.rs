//! The recipe: what a training run is made from.
//! This module must not know how anything is done.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::block::Markup;

/// A training recipe, as its TOML says it.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Recipe {
    /// Name of the model.
    pub name: String,
    /// What the model is for, one sentence.
    pub description: String,
    /// Markups the model takes.
    pub markups: Vec<Markup>,
    /// Where the training data come from.
    pub corpus: Vec<CorpusEntry>,
    /// Settings of the dense fit.
    pub fit: FitSettings,
    /// Settings of the token fit; none leaves tokens out.
    pub tokens: Option<TokenSettings>,
    /// Settings of the trees; none grows none.
    pub trees: Option<TreeSettings>,
    /// Made pages: articles of one page inside the husk of another.
    pub mix: Option<MixSettings>,
    /// Held-out figures that the model must reach, by name.
    #[serde(default)]
    pub floors: Vec<Floor>,
    /// A source whose probabilities the model file carries.
    pub probe: String,
}

/// A corpus of a recipe: fixtures, a public corpus, or labelled JSONL.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct CorpusEntry {
    /// Name in reports.
    pub name: String,
    /// Folder of fixtures, relative to the recipe's folder.
    pub fixtures: Option<PathBuf>,
    /// Labelled JSONL, relative to the recipe's folder.
    pub jsonl: Option<PathBuf>,
    /// Importer of a public corpus, which is read below `--corpora`.
    pub import: Option<String>,
    /// Renderings of an import; of fixtures, those to read their pages in instead of the fixtures themselves.
    #[serde(default)]
    pub renderings: Vec<String>,
    /// Weight of one of its documents. Default 1.
    #[serde(default = "one")]
    pub weight: f32,
    /// Weight of one of its documents in the fit of the tokens. Default 1.
    #[serde(default = "one")]
    pub token_weight: f32,
    /// Licence, for the card.
    pub licence: String,
    /// sha256 of the labelled documents; none accepts any.
    pub sha256: Option<String>,
}

/// Settings of the dense fit.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct FitSettings {
    /// Folds, by hash of the outlet.
    pub folds: usize,
    /// Rows to fit on: blocks are resampled in proportion to their weight.
    pub rows: usize,
    /// Penalties (a row) to choose from by cross-validation.
    pub l2: Vec<f32>,
    /// A block weighs its mass to this power, as a share of its document. 1 is the page F1's own weighting.
    pub length_power: f32,
    /// Whether lines that point to another text (`Read more: …`, a link where links are known) are husk whatever an imported
    /// corpus says of them: a third of those in WCXB stand in the gold, as it happens. Default false.
    #[serde(default)]
    pub pointers_are_husk: bool,
    /// How far scores are pulled towards those of blocks that are alike; 0..1, 0 when missing.
    #[serde(default)]
    pub agreement: f32,
}

/// Settings of the token fit.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct TokenSettings {
    /// The table has `2^bits` weights.
    pub bits: u32,
    /// Penalty.
    pub l2: f64,
    /// Most steps of the optimiser.
    pub steps: u64,
    /// Tokens seen in fewer outlets weigh nothing.
    pub min_outlets: u32,
    /// Outlets that speak against a token before any is seen: the weight of one that is seen in `n` is multiplied by
    /// `n / (n + doubt)`, so that languages of few outlets do not learn their topics. Default 0.
    #[serde(default)]
    pub doubt: f64,
    /// As [`FitSettings::length_power`].
    pub length_power: f32,
}

/// Settings of the trees, which learn what columns say together.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct TreeSettings {
    /// How many.
    pub count: usize,
    /// Most leaves of one, 2 to 32.
    pub leaves: usize,
    /// What each is multiplied by, so that many have a say.
    pub rate: f64,
    /// Share of the rows that each sees.
    pub rows: f64,
    /// Share of the columns that each may ask for.
    pub columns: f64,
    /// Fewest rows of a leaf.
    pub least_rows: usize,
    /// Penalty on the numbers of the leaves.
    pub l2: f64,
    /// Rows to grow on, drawn in proportion to their weight.
    pub sample: usize,
    /// What a log-odds of theirs counts beside one of the columns: trees fit the corpora more closely than columns do,
    /// and travel less far. Fitted on the held-out outlets where it is not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weight: Option<f32>,
}

/// Settings of made pages.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct MixSettings {
    /// Made pages for each page that can be a host.
    pub share: f64,
    /// Weight of a made page.
    pub weight: f32,
    /// Shortest and longest article, in mass (Latin letters).
    pub mass: [f32; 2],
    /// Share of the made pages that are read without the names of classes and the like. HTML only. Default 0.
    #[serde(default)]
    pub bare: f64,
    /// Share of the made pages with beginnings of other articles, or posts of readers, beside the article: husk that
    /// reads like content. Default 0.
    #[serde(default)]
    pub items: f64,
    /// Share of the pages that are no articles (forums, listings, products, …) whose content, with all that stands around
    /// it, is put into the husk of another page. HTML only. Default 0.
    #[serde(default)]
    pub regions: f64,
}

/// A figure that must be reached out of fold.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Floor {
    /// Group of the report.
    pub group: String,
    /// `page_f1`, `content_kept` or `boilerplate_removed`.
    pub figure: Figure,
    /// At least this.
    pub at_least: f64,
}

/// A figure of a tally.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Figure {
    /// Mean word F1 of pages.
    PageF1,
    /// Share of content words kept.
    ContentKept,
    /// Share of boilerplate words removed.
    BoilerplateRemoved,
}

fn one() -> f32 {
    1.0
}

/// Why a recipe cannot be used.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum RecipeError {
    /// The file cannot be read.
    #[error("{path}: {source}")]
    Io {
        /// The recipe.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// It is not a recipe.
    #[error("{path}: {source}")]
    Toml {
        /// The recipe.
        path: PathBuf,
        /// What was found and where.
        source: Box<toml::de::Error>,
    },
    /// A value makes no sense.
    #[error("{path}: {what}")]
    Value {
        /// The recipe.
        path: PathBuf,
        /// Which, and what is expected.
        what: String,
    },
}

/// The recipes of the models that are built in, which say how a corpus of one's own is fitted, too.
const TEXT_RECIPE: &str = include_str!("../../models/text.toml");
const HTML_RECIPE: &str = include_str!("../../models/html.toml");
/// Most rows a document: more would be copies.
const ROWS_PER_DOCUMENT: usize = 150;
/// Fewest rows.
const FEWEST_ROWS: usize = 4000;
/// Outlets that a token has to be seen in.
const FEWEST_OUTLETS: u32 = 2;

impl Recipe {
    /// The recipe for a corpus of one's own: a folder of fixtures, or labelled JSONL. It is that of the built-in model for
    /// the markup, with the corpus instead of its data.
    ///
    /// # Errors
    /// [`RecipeError::Toml`], which a test keeps from happening.
    pub fn for_corpus(path: &Path, name: &str, markup: Markup) -> Result<Recipe, RecipeError> {
        let text = if markup == Markup::Html { HTML_RECIPE } else { TEXT_RECIPE };
        let recipe: Recipe = toml::from_str(text)
            .map_err(|source| RecipeError::Toml { path: "the built-in recipe".into(), source: Box::new(source) })?;
        let entry = CorpusEntry {
            name: name.to_owned(),
            fixtures: path.is_dir().then(|| path.to_owned()),
            jsonl: (!path.is_dir()).then(|| path.to_owned()),
            import: None,
            renderings: Vec::new(),
            weight: one(),
            token_weight: one(),
            licence: "your own".to_owned(),
            sha256: None,
        };
        let description =
            format!("Content or boilerplate, learned from {name}; fitted by the recipe of {}.", recipe.name);
        Ok(Recipe { name: name.to_owned(), description, corpus: vec![entry], floors: Vec::new(), ..recipe })
    }

    /// Fits folds, rows and tokens to a corpus of so many documents. `has` says whether a fold of so many has an outlet.
    pub(super) fn suit(&mut self, documents: usize, has: impl Fn(usize, usize) -> bool) {
        let all = |folds: &usize| (0..*folds).all(|fold| has(fold, *folds));
        self.fit.folds = (2..=self.fit.folds).rev().find(all).unwrap_or(2);
        self.fit.rows = self.fit.rows.min(ROWS_PER_DOCUMENT * documents).max(FEWEST_ROWS);
        if let Some(tokens) = &mut self.tokens {
            tokens.min_outlets = tokens.min_outlets.min(FEWEST_OUTLETS);
        }
    }

    /// Reads a recipe.
    ///
    /// # Errors
    /// [`RecipeError`] when it cannot be read, is no TOML of a recipe, or holds a value that makes no sense.
    pub fn read(path: &Path) -> Result<Recipe, RecipeError> {
        let text = std::fs::read_to_string(path).map_err(|source| RecipeError::Io { path: path.to_owned(), source })?;
        let recipe: Recipe = toml::from_str(&text)
            .map_err(|source| RecipeError::Toml { path: path.to_owned(), source: Box::new(source) })?;
        recipe.check().map_err(|what| RecipeError::Value { path: path.to_owned(), what })?;
        Ok(recipe)
    }

    fn check(&self) -> Result<(), String> {
        let origins = |entry: &CorpusEntry| {
            usize::from(entry.fixtures.is_some())
                + usize::from(entry.jsonl.is_some())
                + usize::from(entry.import.is_some())
        };
        if let Some(entry) = self.corpus.iter().find(|entry| origins(entry) != 1) {
            return Err(format!("corpus {:?} needs exactly one of `fixtures`, `jsonl`, `import`", entry.name));
        }
        if !(2..=20).contains(&self.fit.folds) {
            return Err(format!("fit.folds = {}: from 2 to 20", self.fit.folds));
        }
        if self.fit.l2.is_empty() || self.fit.l2.iter().any(|l2| !(l2.is_finite() && *l2 > 0.0)) {
            return Err("fit.l2: at least one penalty above 0".into());
        }
        if self.fit.rows < 100 {
            return Err(format!("fit.rows = {}: at least 100", self.fit.rows));
        }
        if self.tokens.is_some_and(|tokens| !(8..=20).contains(&tokens.bits)) {
            return Err("tokens.bits: from 8 to 20".into());
        }
        let most = crate::trees::MOST_LEAVES;
        if let Some(trees) = self.trees.filter(|trees| !(2..=most).contains(&trees.leaves)) {
            return Err(format!("trees.leaves = {}: from 2 to {most}", trees.leaves));
        }
        if let Some(weight) =
            self.trees.and_then(|trees| trees.weight).filter(|weight| !(weight.is_finite() && *weight > 0.0))
        {
            return Err(format!("trees.weight = {weight}: over 0"));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_corpus_of_ones_own_is_fitted_by_the_built_in_recipes() {
        for markup in [Markup::Text, Markup::Html] {
            let mut recipe = Recipe::for_corpus(Path::new("mine.jsonl"), "mine", markup).unwrap();
            assert!(recipe.check().is_ok() && recipe.floors.is_empty());
            recipe.suit(10, |fold, folds| folds <= 3 && fold < folds);
            assert_eq!((recipe.fit.folds, recipe.fit.rows), (3, FEWEST_ROWS));
        }
    }
}
