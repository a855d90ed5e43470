//! Who judges: the models that are built in, a model, the models of the folds, or a preset.

use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};

use anyhow::{Context, bail};
use clap::ValueEnum;
use dehusk::io::{Place, Record, find};
use dehusk::outlet::host;
use dehusk::outlet::{By, OutletFile, PageKeys};
use dehusk::presets::Preset;
use dehusk::rewrite::MarkdownOptions;
use dehusk::train::folds::fold_of;
use dehusk::{ClassifiedBlock, Cleaner, Explanation, Goal, Kept, Markup, Meta, ModelFile, Outlets, Worker};
use sha2::{Digest, Sha256};

use super::rules::Rules;

/// Bytes of a hash that tell models apart.
const KEY_BYTES: usize = 8;

/// Options that choose who judges.
#[derive(Debug, clap::Args)]
pub struct JudgeArgs {
    /// Model file. Default: the models that are built in, one for text and Markdown, one for HTML.
    #[arg(long, value_name = "PATH")]
    model: Option<PathBuf>,
    /// Folder of fold models `0.json`, `1.json` …: each record is judged by the one that has not seen its `outlet`.
    #[arg(long, value_name = "DIR", hide = true, conflicts_with = "model")]
    folds: Option<PathBuf>,
    /// Outlet file, as `dehusk outlet learn` writes it: blocks that recur on an outlet's pages are known by it.
    #[arg(long, value_name = "FILE")]
    outlet: Option<PathBuf>,
    /// Keep blocks with at least this P(content), 0 to 1. Default: what the model was tuned for.
    #[arg(long, value_name = "P", value_parser = share, conflicts_with = "favor")]
    threshold: Option<f32>,
    /// Keep less (precision) or more (recall) than the model was tuned for.
    #[arg(long, value_name = "WHICH")]
    favor: Option<Favor>,
    /// Rules instead of a model, for comparison: keep-all, c4, refinedweb.
    #[arg(long, value_name = "NAME", conflicts_with_all = ["model", "folds", "outlet", "threshold", "favor"])]
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

/// The kinds of models.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Kind {
    /// For text and Markdown.
    Text,
    /// For HTML.
    Html,
}

impl Kind {
    /// The markup whose features its models weigh.
    pub fn markup(self) -> Markup {
        match self {
            Kind::Text => Markup::Text,
            Kind::Html => Markup::Html,
        }
    }

    /// The JSON of the model that is built in.
    pub fn built_in(self) -> anyhow::Result<&'static str> {
        dehusk::built_in(self.markup()).context("this build holds no model (feature bootstrap): name a file")
    }
}

/// A number from 0 to 1.
pub fn share(text: &str) -> Result<f32, String> {
    match text.parse::<f32>() {
        Ok(share) if (0.0..=1.0).contains(&share) => Ok(share),
        _ => Err("expected a number from 0 to 1".to_owned()),
    }
}

/// A cleaner; one that is built in is loaded when the first source of its markup comes.
#[derive(Debug)]
pub struct Seat {
    /// What its model was made for.
    markups: Vec<Markup>,
    cleaner: LazyLock<Cleaner, Load>,
}

type Load = Box<dyn FnOnce() -> Cleaner + Send>;

impl Seat {
    fn new(markups: &[Markup], load: impl FnOnce() -> Cleaner + Send + 'static) -> Seat {
        Seat { markups: markups.to_vec(), cleaner: LazyLock::new(Box::new(load)) }
    }

    fn taken(cleaner: Cleaner) -> Seat {
        let markups = cleaner.model().markups().to_vec();
        Seat::new(&markups, || cleaner)
    }

    fn suits(&self, markup: Markup) -> bool {
        self.markups.contains(&markup)
    }
}

/// Judges blocks.
#[derive(Debug)]
pub struct Judge {
    /// Who judges.
    who: Who,
    /// What names an outlet.
    by: Option<By>,
}

/// Who judges blocks.
#[derive(Debug)]
enum Who {
    /// Models, of which the first that is made for a document's markup judges it, or else the first.
    Models(Vec<Seat>),
    /// A model for each fold.
    Folds(Vec<Seat>),
    /// Rules.
    Preset(Preset),
}

impl JudgeArgs {
    /// A model alone: one of a file, or those that are built in.
    pub fn of_model(model: Option<PathBuf>) -> JudgeArgs {
        JudgeArgs { model, folds: None, outlet: None, threshold: None, favor: None, preset: None }
    }

    /// Loads what was chosen.
    pub fn open(&self) -> anyhow::Result<Judge> {
        if let Some(preset) = self.preset {
            return Ok(Judge::preset(preset));
        }
        let file = self.outlet.as_deref().map(read_outlets).transpose()?;
        let by = file.as_ref().map(|file| file.by);
        let outlets = file.map(|file| known(&file)).transpose()?.map(Arc::new);
        let tuning = Tuning { threshold: self.threshold, favor: self.favor, outlets };
        let seat = |cleaner: Cleaner| Seat::taken(tuning.of(cleaner));
        let who = match (&self.model, &self.folds) {
            (_, Some(folder)) => Who::Folds(read_folds(folder)?.into_iter().map(seat).collect()),
            (Some(path), None) => Who::Models(vec![seat(read_cleaner(path)?)]),
            (None, None) => Who::Models(built_in(&tuning)?),
        };
        Ok(Judge { who, by })
    }

    /// What tells this judge from others: names, and a hash of the files of models.
    ///
    /// # Errors
    /// When a file cannot be read.
    pub fn key(&self) -> anyhow::Result<String> {
        let mut hash = Sha256::new();
        let folds = self.folds.iter().flat_map(|folder| fold_paths(folder));
        for path in self.model.iter().chain(&self.outlet).cloned().chain(folds) {
            hash.update(std::fs::read(&path).with_context(|| path.display().to_string())?);
        }
        if self.model.is_none() && self.folds.is_none() {
            [Kind::Text, Kind::Html]
                .into_iter()
                .filter_map(|kind| kind.built_in().ok())
                .for_each(|file| hash.update(file));
        }
        let files: String = hash.finalize().iter().take(KEY_BYTES).map(|byte| format!("{byte:02x}")).collect();
        Ok(format!("{files}, preset {:?}, threshold {:?}, favor {:?}", self.preset, self.threshold, self.favor))
    }

    /// The files of the models that judge; none of fold models and presets.
    pub fn files(&self) -> anyhow::Result<Vec<ModelFile>> {
        let texts: Vec<String> = match (&self.model, &self.folds, self.preset) {
            (Some(path), ..) => {
                vec![std::fs::read_to_string(path).with_context(|| format!("model {}", path.display()))?]
            }
            (None, None, None) => [Kind::Text, Kind::Html]
                .into_iter()
                .filter_map(|kind| kind.built_in().ok())
                .map(str::to_owned)
                .collect(),
            _ => Vec::new(),
        };
        texts.iter().map(|text| serde_json::from_str(text).context("not a model file")).collect()
    }
}

/// How much is kept, where that is not what the model was tuned for, and what is known of outlets.
#[derive(Clone, Debug)]
struct Tuning {
    threshold: Option<f32>,
    favor: Option<Favor>,
    outlets: Option<Arc<Outlets>>,
}

impl Tuning {
    fn of(&self, cleaner: Cleaner) -> Cleaner {
        let goals = *cleaner.model().goals();
        let cleaner = cleaner.outlets(self.outlets.clone());
        match (self.threshold, self.favor) {
            (Some(threshold), _) => cleaner.goal(Goal::Threshold(threshold)),
            (None, Some(Favor::Precision)) => cleaner.goal(goals.precision),
            (None, Some(Favor::Recall)) => cleaner.goal(goals.recall),
            (None, None) => cleaner,
        }
    }
}

/// Reads an outlet file.
pub fn read_outlets(path: &Path) -> anyhow::Result<OutletFile> {
    let place = || format!("outlet file {}", path.display());
    let input = find(path).into_iter().next().with_context(place)?.with_context(place)?;
    let json = input.open().and_then(|opened| opened.read(usize::MAX)).with_context(place)?.unwrap_or_default();
    OutletFile::from_json(&String::from_utf8_lossy(&json)).with_context(place)
}

#[cfg(not(feature = "bootstrap"))]
#[expect(clippy::unnecessary_wraps, reason = "builds without models fail here")]
fn known(file: &OutletFile) -> anyhow::Result<Outlets> {
    Ok(Outlets::new(file))
}

#[cfg(feature = "bootstrap")]
fn known(_: &OutletFile) -> anyhow::Result<Outlets> {
    bail!("this build holds no second stage (feature bootstrap): leave out --outlet")
}

#[cfg(not(feature = "bootstrap"))]
#[expect(clippy::unnecessary_wraps, reason = "builds without models fail here")]
fn built_in(tuning: &Tuning) -> anyhow::Result<Vec<Seat>> {
    let (text, html) = (tuning.clone(), tuning.clone());
    Ok(vec![
        Seat::new(&[Markup::Text, Markup::Markdown], move || text.of(Cleaner::text())),
        Seat::new(&[Markup::Html], move || html.of(Cleaner::html())),
    ])
}

#[cfg(feature = "bootstrap")]
fn built_in(_: &Tuning) -> anyhow::Result<Vec<Seat>> {
    bail!("this build holds no model (feature bootstrap): name one with --model")
}

fn read_cleaner(path: &Path) -> anyhow::Result<Cleaner> {
    let json = std::fs::read_to_string(path).with_context(|| format!("model {}", path.display()))?;
    Cleaner::new(&json).with_context(|| format!("model {}", path.display()))
}

/// Reads `0.json`, `1.json` … up to the first number that is not there.
pub fn read_folds(folder: &Path) -> anyhow::Result<Vec<Cleaner>> {
    let paths: Vec<PathBuf> = fold_paths(folder).collect();
    let count = paths.len();
    if count < 2 {
        bail!(
            "{}: found {count} fold models, expected 0.json, 1.json …; make them: dehusk train RECIPE --folds-out {0}",
            folder.display()
        );
    }
    paths.iter().map(|path| read_cleaner(path)).collect()
}

fn fold_paths(folder: &Path) -> impl Iterator<Item = PathBuf> {
    (0..).map(|fold| folder.join(format!("{fold}.json"))).take_while(|path| path.exists())
}

/// Why no model of the folds fits a record.
const NO_OUTLET: &str = "no string in column \"outlet\", which chooses the fold model; leave out --folds";

impl Judge {
    /// Rules.
    pub fn preset(preset: Preset) -> Judge {
        Judge { who: Who::Preset(preset), by: None }
    }

    /// The models that judge whatever the outlet; none of fold models and rules.
    #[cfg(feature = "label")]
    pub fn models(&self) -> Option<Vec<Cleaner>> {
        match &self.who {
            Who::Models(seats) => Some(seats.iter().map(|seat| Cleaner::clone(&seat.cleaner)).collect()),
            Who::Folds(_) | Who::Preset(_) => None,
        }
    }

    /// Which rules judge, if rules do.
    pub fn rules(&self) -> Option<Preset> {
        if let Who::Preset(preset) = self.who { Some(preset) } else { None }
    }

    /// The outlet of a document: of a record by its column, or its address; of a file by its folder.
    pub fn outlet_of(&self, record: Option<&Record<'_>>, place: &Place) -> Option<String> {
        named(self.by(), |name| record.and_then(|record| Some(record.string(name).ok()?.into_owned())), place)
    }

    /// What names outlets: what the outlet file was learned by.
    pub fn by(&self) -> By {
        self.by.unwrap_or_default()
    }

    /// A source with the one who judges it.
    ///
    /// # Errors
    /// When choosing takes an outlet, and there is none.
    pub fn subject<'s>(
        &self,
        source: &'s str,
        markup: Markup,
        outlet: Option<&'s str>,
    ) -> Result<Subject<'s>, &'static str> {
        let choice = match &self.who {
            Who::Models(seats) => seats.iter().position(|seat| seat.suits(markup)).unwrap_or(0),
            Who::Folds(seats) => fold_of(outlet.ok_or(NO_OUTLET)?, seats.len()),
            Who::Preset(_) => 0,
        };
        let read_as = self.seats().get(choice).map_or(markup, |seat| seat.cleaner.model().reads(markup));
        Ok(Subject { source, markup, outlet, read_as, choice })
    }

    /// Name and version of a model, or the name of a preset.
    pub fn name(&self, choice: usize) -> String {
        match &self.who {
            Who::Models(seats) | Who::Folds(seats) => seats[choice].cleaner.model().id(),
            Who::Preset(preset) => preset.name().to_owned(),
        }
    }

    /// The name of all who judge.
    pub fn title(&self) -> String {
        match &self.who {
            Who::Models(seats) => (0..seats.len()).map(|choice| self.name(choice)).collect::<Vec<_>>().join(", "),
            Who::Folds(seats) => format!("{} folds of {}", seats.len(), self.name(0)),
            Who::Preset(_) => self.name(0),
        }
    }

    /// What the user should know when a subject is judged by a model that is not made for its markup.
    pub fn misfit(&self, subject: Subject<'_>) -> Option<String> {
        let seat = self.seats().get(subject.choice).filter(|seat| !seat.suits(subject.markup))?;
        let [markup, read_as] = [subject.markup, subject.read_as].map(word);
        Some(format!("{markup} is not what {} is made for; it is read as {read_as}", seat.cleaner.model().id()))
    }

    /// Whether pages are read as pages.
    pub fn reads_pages(&self) -> bool {
        self.rules().is_some() || self.seats().iter().any(|seat| seat.suits(Markup::Html))
    }

    /// A bench with buffers of its own.
    pub fn bench(&self) -> Bench<'_> {
        Bench { judge: self, workers: (0..self.seats().len().max(1)).map(|_| None).collect() }
    }

    fn worker(&self, choice: usize) -> Box<dyn Judging + '_> {
        match &self.who {
            Who::Models(seats) | Who::Folds(seats) => Box::new(seats[choice].cleaner.worker()),
            Who::Preset(preset) => Box::new(Rules::new(*preset)),
        }
    }

    fn seats(&self) -> &[Seat] {
        match &self.who {
            Who::Models(seats) | Who::Folds(seats) => seats,
            Who::Preset(_) => &[],
        }
    }
}

/// The name of a document's outlet, from the strings in its columns, or where it stands.
pub fn named(by: By, column: impl Fn(&str) -> Option<String>, place: &Place) -> Option<String> {
    match by {
        By::OutletColumn => column("outlet"),
        By::Domain => column("url").map(|url| host(&url)),
        By::Folder => place.path.as_deref().and_then(Path::parent).map(|folder| folder.display().to_string()),
    }
}

fn word(markup: Markup) -> &'static str {
    match markup {
        Markup::Text => "text",
        Markup::Markdown => "Markdown",
        Markup::Html => "HTML",
    }
}

/// A source to judge.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'s> {
    /// The source.
    pub source: &'s str,
    /// How it is written.
    markup: Markup,
    /// Who published it.
    outlet: Option<&'s str>,
    /// How the one who judges it reads it.
    pub read_as: Markup,
    /// Which of the models judges it.
    pub choice: usize,
}

/// What content is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// The texts of the kept blocks.
    Text,
    /// Markdown of pages; other sources are as they were.
    Markdown(MarkdownOptions),
    /// Cleaned HTML, of pages only.
    Html,
}

/// One who decides what to keep of a source and then, given the same source, tells of it.
pub trait Judging {
    /// Decides.
    fn judge(&mut self, source: &str, markup: Markup, outlet: Option<&str>);
    /// Decides, and says why.
    fn explain<'s>(&mut self, subject: Subject<'s>, _most: usize) -> Vec<Explanation<'s>> {
        self.judge(subject.source, subject.markup, subject.outlet);
        let blocks = self.blocks(subject.source).into_iter();
        blocks.map(|block| Explanation { block, reasons: Vec::new() }).collect()
    }
    /// What an outlet file holds of a subject; none where rules judge, which give no scores.
    fn page_keys(&mut self, _subject: Subject<'_>) -> Option<PageKeys> {
        None
    }
    /// The content; none when it has to be HTML and the source was not read as a page.
    fn content(&mut self, source: &str, form: Form) -> Option<&str>;
    /// What a page says about itself.
    fn meta(&self, source: &str) -> Option<Meta>;
    /// All blocks.
    fn blocks<'s>(&self, source: &'s str) -> Vec<ClassifiedBlock<'s>>;
    /// Keeps everything after all.
    fn keep_all(&mut self);
    /// The words that are kept.
    fn kept(&self, source: &str) -> Kept;
}

impl Judging for Worker<'_> {
    fn judge(&mut self, source: &str, markup: Markup, outlet: Option<&str>) {
        self.set_markup(markup);
        self.set_outlet(outlet);
        Worker::judge(self, source);
    }

    fn explain<'s>(&mut self, subject: Subject<'s>, most: usize) -> Vec<Explanation<'s>> {
        self.set_markup(subject.markup);
        self.set_outlet(subject.outlet);
        Worker::explain(self, subject.source, most)
    }

    fn page_keys(&mut self, subject: Subject<'_>) -> Option<PageKeys> {
        self.set_markup(subject.markup);
        Some(Worker::page_keys(self, subject.source))
    }

    fn content(&mut self, source: &str, form: Form) -> Option<&str> {
        match form {
            Form::Text => Some(Worker::content(self, source)),
            Form::Markdown(options) => Some(self.markdown(source, options)),
            Form::Html => self.page_markup(source),
        }
    }

    fn meta(&self, source: &str) -> Option<Meta> {
        Worker::meta(self, source)
    }

    fn blocks<'s>(&self, source: &'s str) -> Vec<ClassifiedBlock<'s>> {
        Worker::blocks(self, source)
    }

    fn keep_all(&mut self) {
        Worker::keep_all(self);
    }

    fn kept(&self, _source: &str) -> Kept {
        Worker::kept(self)
    }
}

/// A judge at work on one thread.
pub struct Bench<'j> {
    judge: &'j Judge,
    /// Of each seat, once it is needed.
    workers: Vec<Option<Box<dyn Judging + 'j>>>,
}

impl<'j> Bench<'j> {
    /// Judges a subject; the worker then tells of it.
    pub fn judge(&mut self, subject: Subject<'_>) -> &mut (dyn Judging + 'j) {
        let worker = self.worker(subject.choice);
        worker.judge(subject.source, subject.markup, subject.outlet);
        worker
    }

    /// All blocks with the columns that spoke loudest; presets give no reasons.
    pub fn explain<'s>(&mut self, subject: Subject<'s>, most: usize) -> Vec<Explanation<'s>> {
        self.worker(subject.choice).explain(subject, most)
    }

    /// What an outlet file holds of a subject; none where rules judge.
    pub fn page_keys(&mut self, subject: Subject<'_>) -> Option<PageKeys> {
        self.worker(subject.choice).page_keys(subject)
    }

    fn worker(&mut self, choice: usize) -> &mut (dyn Judging + 'j) {
        let judge = self.judge;
        &mut **self.workers[choice].get_or_insert_with(|| judge.worker(choice))
    }
}

#[cfg(all(test, not(feature = "bootstrap")))]
mod tests {
    use super::*;

    #[test]
    fn models_that_are_built_in_are_known_before_they_are_loaded() {
        for seat in built_in(&Tuning { threshold: None, favor: None, outlets: None }).unwrap() {
            assert_eq!(seat.markups, seat.cleaner.model().markups());
        }
    }
}
