//! Who judges: a model, the models of the folds, or a preset.

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::ValueEnum;
use dehusk::presets::{Preset, count, join};
use dehusk::train::folds::fold_of;
use dehusk::{ClassifiedBlock, Cleaner, Explanation, Goal, Kept, Label, Markup, Worker, segment};

/// Options that choose who judges.
#[derive(Debug, clap::Args)]
pub struct JudgeArgs {
    /// Model file. Default: the model that is built in.
    #[arg(long, value_name = "PATH")]
    model: Option<PathBuf>,
    /// Folder of fold models `0.json`, `1.json` …: each record is judged by the one that has not seen its `outlet`.
    #[arg(long, value_name = "DIR", hide = true, conflicts_with = "model")]
    folds: Option<PathBuf>,
    /// Keep blocks with at least this P(content), 0 to 1. Default: what the model was tuned for.
    #[arg(long, value_name = "P", value_parser = share, conflicts_with = "favor")]
    threshold: Option<f32>,
    /// Keep less (precision) or more (recall) than the model was tuned for.
    #[arg(long, value_name = "WHICH")]
    favor: Option<Favor>,
    /// Rules instead of a model, for comparison: keep-all, c4, refinedweb.
    #[arg(long, value_name = "NAME", conflicts_with_all = ["model", "folds", "threshold", "favor"])]
    preset: Option<Preset>,
}

/// Which error is worse.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Favor {
    /// Boilerplate that is kept.
    Precision,
    /// Content that is dropped.
    Recall,
}

/// A number from 0 to 1.
pub fn share(text: &str) -> Result<f32, String> {
    match text.parse::<f32>() {
        Ok(share) if (0.0..=1.0).contains(&share) => Ok(share),
        _ => Err("expected a number from 0 to 1".to_owned()),
    }
}

/// Judges blocks.
#[derive(Debug)]
pub enum Judge {
    /// One model, or one for each fold.
    Models(Vec<Cleaner>),
    /// Rules.
    Preset(Preset),
}

impl JudgeArgs {
    /// Loads what was chosen.
    pub fn open(&self) -> anyhow::Result<Judge> {
        if let Some(preset) = self.preset {
            return Ok(Judge::Preset(preset));
        }
        let cleaners = match (&self.model, &self.folds) {
            (_, Some(folder)) => read_folds(folder)?,
            (Some(path), None) => vec![read_cleaner(path)?],
            (None, None) => vec![built_in()?],
        };
        Ok(Judge::Models(cleaners.into_iter().map(|cleaner| self.tune(cleaner)).collect()))
    }

    fn tune(&self, cleaner: Cleaner) -> Cleaner {
        let goals = *cleaner.model().goals();
        match (self.threshold, self.favor) {
            (Some(threshold), _) => cleaner.goal(Goal::Threshold(threshold)),
            (None, Some(Favor::Precision)) => cleaner.goal(goals.precision),
            (None, Some(Favor::Recall)) => cleaner.goal(goals.recall),
            (None, None) => cleaner,
        }
    }
}

#[cfg(not(feature = "bootstrap"))]
#[expect(clippy::unnecessary_wraps, reason = "builds without a model fail here")]
fn built_in() -> anyhow::Result<Cleaner> {
    Ok(Cleaner::text())
}

#[cfg(feature = "bootstrap")]
fn built_in() -> anyhow::Result<Cleaner> {
    bail!("this build holds no model (feature bootstrap): name one with --model")
}

fn read_cleaner(path: &Path) -> anyhow::Result<Cleaner> {
    let json = std::fs::read_to_string(path).with_context(|| format!("model {}", path.display()))?;
    Cleaner::new(&json).with_context(|| format!("model {}", path.display()))
}

/// Reads `0.json`, `1.json` … up to the first number that is not there.
fn read_folds(folder: &Path) -> anyhow::Result<Vec<Cleaner>> {
    let path = |fold: usize| folder.join(format!("{fold}.json"));
    let count = (0..).take_while(|&fold| path(fold).exists()).count();
    if count < 2 {
        bail!(
            "{}: found {count} fold models, expected 0.json, 1.json …; make them: dehusk train RECIPE --folds-out {0}",
            folder.display()
        );
    }
    (0..count).map(|fold| read_cleaner(&path(fold))).collect()
}

/// Why no model of the folds fits a record.
pub const NO_OUTLET: &str = "no string in column \"outlet\", which chooses the fold model; leave out --folds";

impl Judge {
    /// Which of the models judges a document of an outlet; none when that takes an outlet and there is none.
    pub fn choose(&self, outlet: Option<&str>) -> Option<usize> {
        match self {
            Judge::Models(cleaners) if cleaners.len() > 1 => Some(fold_of(outlet?, cleaners.len())),
            _ => Some(0),
        }
    }

    /// Name and version of a model, or the name of a preset.
    pub fn name(&self, choice: usize) -> String {
        match self {
            Judge::Models(cleaners) => cleaners[choice].model().id(),
            Judge::Preset(preset) => preset.name().to_owned(),
        }
    }

    /// Whether it was made for a markup.
    pub fn suits(&self, markup: Markup) -> bool {
        match self {
            Judge::Models(cleaners) => cleaners.iter().all(|cleaner| cleaner.model().markups().contains(&markup)),
            Judge::Preset(_) => markup != Markup::Html,
        }
    }

    /// A worker with buffers of its own.
    pub fn bench(&self) -> Bench<'_> {
        let workers = match self {
            Judge::Models(cleaners) => cleaners.iter().map(Cleaner::worker).collect(),
            Judge::Preset(_) => Vec::new(),
        };
        Bench { judge: self, workers }
    }
}

/// A source to judge.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'s> {
    /// The source.
    pub source: &'s str,
    /// How it is written.
    pub markup: Markup,
    /// What [`Judge::choose`] gave.
    pub choice: usize,
}

/// A judge at work on one thread.
pub struct Bench<'j> {
    judge: &'j Judge,
    workers: Vec<Worker<'j>>,
}

impl Bench<'_> {
    /// The content, and the words of it.
    pub fn clean(&mut self, subject: Subject<'_>) -> (String, Kept) {
        match self.judge {
            Judge::Preset(preset) => preset.clean(subject.source, subject.markup),
            Judge::Models(_) => {
                let worker = &mut self.workers[subject.choice];
                worker.set_markup(subject.markup);
                let content = worker.clean(subject.source).to_owned();
                (content, worker.kept())
            }
        }
    }

    /// All blocks.
    pub fn classify<'s>(&mut self, subject: Subject<'s>) -> Vec<ClassifiedBlock<'s>> {
        match self.judge {
            Judge::Preset(preset) => by_preset(*preset, subject),
            Judge::Models(_) => {
                let worker = &mut self.workers[subject.choice];
                worker.set_markup(subject.markup);
                worker.classify(subject.source)
            }
        }
    }

    /// All blocks with the columns that spoke loudest; presets give no reasons.
    pub fn explain<'s>(&mut self, subject: Subject<'s>, most: usize) -> Vec<Explanation<'s>> {
        match self.judge {
            Judge::Models(cleaners) => {
                cleaners[subject.choice].clone().markup(subject.markup).explain(subject.source, most)
            }
            Judge::Preset(preset) => {
                let blocks = by_preset(*preset, subject).into_iter();
                blocks.map(|block| Explanation { block, reasons: Vec::new() }).collect()
            }
        }
    }
}

fn by_preset(preset: Preset, subject: Subject<'_>) -> Vec<ClassifiedBlock<'_>> {
    let blocks = segment(subject.source, subject.markup);
    let kept = preset.kept(subject.source, &blocks);
    let classified = blocks.into_iter().zip(kept).map(|(block, kept)| ClassifiedBlock {
        text: &subject.source[block.span.clone()],
        span: block.span,
        probability: if kept { 1.0 } else { 0.0 },
        label: if kept { Label::Content } else { Label::Boilerplate },
        reason: None,
    });
    classified.collect()
}

/// The content of classified blocks, and the words of it: what [`Bench::clean`] gives, without judging again.
pub fn content_of(subject: Subject<'_>, classified: &[ClassifiedBlock<'_>]) -> (String, Kept) {
    let blocks = segment(subject.source, subject.markup);
    let kept: Vec<bool> = classified.iter().map(|block| block.label == Label::Content).collect();
    (join(subject.source, &blocks, &kept), count(subject.source, &blocks, &kept))
}
