//! `dehusk card`: what a model is made from and what it reaches.

use std::path::{Path, PathBuf};

use anyhow::Context;
use dehusk::ModelFile;
use dehusk::train::card::card_of_file;

use super::Outcome;
use super::judge::Kind;
use super::sink::Sink;

/// Prints the card of a model: the one that training wrote beside it, else what the model file alone tells.
#[derive(Debug, clap::Args)]
pub struct CardArgs {
    /// Model file. Default: a model that is built in.
    model: Option<PathBuf>,
    /// Which of the models that are built in.
    #[arg(long, value_enum, default_value_t = Kind::Text, conflicts_with = "model")]
    markup: Kind,
}

impl CardArgs {
    pub fn run(self) -> anyhow::Result<Outcome> {
        let text = match &self.model {
            Some(path) => card_beside(path)?,
            None => built_in(self.markup)?,
        };
        Sink::print(text.as_bytes())
    }
}

fn card_beside(path: &Path) -> anyhow::Result<String> {
    let model = std::fs::read_to_string(path).with_context(|| format!("model {}", path.display()))?;
    match std::fs::read_to_string(path.with_extension("md")) {
        Ok(card) => Ok(card),
        Err(_) => short_card(&model).with_context(|| format!("model {}", path.display())),
    }
}

fn short_card(model: &str) -> anyhow::Result<String> {
    let model: ModelFile = serde_json::from_str(model).context("not a model file")?;
    Ok(card_of_file(&model)?)
}

fn built_in(kind: Kind) -> anyhow::Result<String> {
    short_card(kind.built_in()?)
}
