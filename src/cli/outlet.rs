//! `dehusk outlet`: which blocks recur on an outlet's pages, and how they are scored, without labels.

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::{Subcommand, ValueEnum};
use dehusk::batch::{Weighed, map};
use dehusk::outlet::{By, OutletFile, PageKeys};
use dehusk::train::corpus::LabelledDocument;
use dehusk::train::recipe::Recipe;
use dehusk::train::run::recipe_documents;
use dehusk::train::stage::fit_stage;
use dehusk::{Markup, Model, Stage, StageFile};

use super::Outcome;
use super::judge::{Bench, Judge, JudgeArgs, read_folds, read_outlets};
use super::reading::ReadArgs;
use super::reporter::{Reporter, print};
use super::sink::{Sink, write_file};
use super::sources::{Found, Source, or_stdin, pieces, sources_in};

/// Learns which blocks recur on the pages of an outlet: no labels are needed. `clean --outlet FILE` then uses it.
#[derive(Debug, clap::Args)]
pub struct OutletArgs {
    #[command(subcommand)]
    command: OutletCommand,
}

#[derive(Debug, Subcommand)]
enum OutletCommand {
    Learn(LearnArgs),
    Merge(MergeArgs),
    Train(TrainArgs),
}

/// Counts the blocks of all pages by outlet, scores them, and writes an outlet file. Pages that are given twice count once,
/// and the order does not matter. At most 128 pages of an outlet are held, chosen by a hash: a share is then off by .045 at
/// most (standard error), and memory stays under 768 KB an outlet.
#[derive(Debug, clap::Args)]
struct LearnArgs {
    /// Files, directories, or - for standard input (the default): all that `clean` reads.
    #[arg(value_name = "INPUT")]
    inputs: Vec<PathBuf>,
    /// What names the outlet of a page.
    #[arg(long, value_enum, default_value_t = ByArg::OutletColumn)]
    by: ByArg,
    /// Model file that scores; other models make no use of its scores. Default: the models that are built in.
    #[arg(long, value_name = "PATH")]
    model: Option<PathBuf>,
    /// Outlet file to write; .gz and .zst compress.
    #[arg(long, short, value_name = "FILE")]
    out: PathBuf,
    #[command(flatten)]
    reading: ReadArgs,
}

/// Puts outlet files together: what one run over all their pages would have written.
#[derive(Debug, clap::Args)]
struct MergeArgs {
    /// Outlet files.
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    /// Outlet file to write.
    #[arg(long, short, value_name = "FILE")]
    out: PathBuf,
}

/// Fits the second stages, which say what recurrence means, and writes models/outlet.json. Needs the fold models of both
/// recipes (`dehusk train --folds-out`) and the corpora that the recipes name.
#[derive(Debug, clap::Args)]
struct TrainArgs {
    /// Recipe of the model for text; its fixtures and the corpora it renders as lines are used.
    #[arg(long, value_name = "RECIPE", default_value = "models/text.toml")]
    text: PathBuf,
    /// Recipe of the model for HTML.
    #[arg(long, value_name = "RECIPE", default_value = "models/html.toml")]
    html: PathBuf,
    /// Folder of the fold models for text.
    #[arg(long, value_name = "DIR")]
    text_folds: PathBuf,
    /// Folder of the fold models for HTML.
    #[arg(long, value_name = "DIR")]
    html_folds: PathBuf,
    /// Folder that holds the public corpora the recipes name.
    #[arg(long, value_name = "DIR")]
    corpora: PathBuf,
    /// File to write.
    #[arg(long, value_name = "FILE", default_value = "models/outlet.json")]
    out: PathBuf,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum ByArg {
    /// The column outlet of a record.
    OutletColumn,
    /// The host in the column url of a record.
    Domain,
    /// The folder of the file.
    Folder,
}

impl ByArg {
    fn by(self) -> By {
        match self {
            ByArg::OutletColumn => By::OutletColumn,
            ByArg::Domain => By::Domain,
            ByArg::Folder => By::Folder,
        }
    }
}

impl OutletArgs {
    pub fn run(self) -> anyhow::Result<Outcome> {
        match self.command {
            OutletCommand::Learn(args) => args.run(),
            OutletCommand::Merge(args) => args.run(),
            OutletCommand::Train(args) => args.run(),
        }
    }
}

/// A page with the name of its outlet, or why it is none.
type Counted = Result<(String, PageKeys), String>;

impl LearnArgs {
    fn run(&self) -> anyhow::Result<Outcome> {
        let mut file = OutletFile::new(self.by.by());
        let judge = JudgeArgs::of_model(self.model.clone()).open()?;
        let mut reporter = Reporter::new(true);
        let names = or_stdin(&self.inputs);
        let found = names.iter().flat_map(|name| pieces(&self.reading, name));
        let weight = |found: &Found| found.as_ref().map_or(0, |(_, piece)| piece.weight());
        map(
            self.reading.jobs(),
            found.map(|found| Weighed { weight: weight(&found), item: found }),
            || judge.bench(),
            |bench, found| {
                let sources = sources_in(&self.reading, found).into_iter();
                sources.map(|source| self.count(&judge, bench, &source?)).collect()
            },
            |counted: Vec<Counted>| -> anyhow::Result<()> {
                for counted in counted {
                    reporter.step();
                    match counted {
                        Ok((outlet, page)) => file.add(&outlet, &page),
                        Err(what) => reporter.fail(&what),
                    }
                }
                Ok(())
            },
        )?;
        let failed = reporter.finish();
        let (outlets, pages) = file.size();
        if outlets == 0 {
            bail!("no page could be counted");
        }
        write_outlets(&self.out, &file)?;
        print(&format!("{outlets} outlets, {pages} pages held: wrote {}", self.out.display()));
        Ok(if failed > 0 { Outcome::SomeFailed } else { Outcome::Done })
    }

    fn count(&self, judge: &Judge, bench: &mut Bench<'_>, source: &Source) -> Counted {
        let outlet = source.outlet_by(self.by.by()).ok_or_else(|| format!("{}: {}", source.place, self.nameless()))?;
        let subject = judge.subject(&source.text, source.markup, None)?;
        let page = bench.page_keys(subject).ok_or_else(|| format!("{}: rules give no scores", source.place))?;
        Ok((outlet, page))
    }

    fn nameless(&self) -> &'static str {
        match self.by {
            ByArg::OutletColumn => "no string in column \"outlet\"; name outlets otherwise: --by domain, --by folder",
            ByArg::Domain => "no string in column \"url\"; name outlets otherwise: --by outlet-column, --by folder",
            ByArg::Folder => "standard input has no folder; name outlets otherwise: --by outlet-column, --by domain",
        }
    }
}

fn write_outlets(path: &Path, file: &OutletFile) -> anyhow::Result<()> {
    let mut sink = Sink::open(Some(path))?;
    let mut json = serde_json::to_vec(file).with_context(|| path.display().to_string())?;
    json.push(b'\n');
    sink.write(&json)?;
    sink.finish()?;
    Ok(())
}

impl MergeArgs {
    fn run(&self) -> anyhow::Result<Outcome> {
        let mut files = self.files.iter();
        let mut merged = read_outlets(files.next().context("no outlet file")?)?;
        for path in files {
            merged.merge(read_outlets(path)?).with_context(|| format!("outlet file {}", path.display()))?;
        }
        write_outlets(&self.out, &merged)?;
        let (outlets, pages) = merged.size();
        print(&format!("{outlets} outlets, {pages} pages held: wrote {}", self.out.display()));
        Ok(Outcome::Done)
    }
}

impl TrainArgs {
    fn run(&self) -> anyhow::Result<Outcome> {
        let (text, texts) = self.stage(&self.text, &self.text_folds, Markup::Text)?;
        let (html, pages) = self.stage(&self.html, &self.html_folds, Markup::Html)?;
        let stages = StageFile { text, html };
        let mut json = serde_json::to_string_pretty(&stages)?;
        json.push('\n');
        write_file(&self.out, json.as_bytes())?;
        write_file(&self.out.with_extension("md"), self.card(&stages, texts, pages).as_bytes())?;
        print(&format!("wrote {} and its card", self.out.display()));
        Ok(Outcome::Done)
    }

    fn card(&self, stages: &StageFile, texts: usize, pages: usize) -> String {
        let weight = |stage: &Stage, name: &str| stage.columns.get(name).copied().unwrap_or_default();
        let rows: String = Stage::columns()
            .map(|(name, doc)| {
                format!("| {name} | {doc} | {:.3} | {:.3} |\n", weight(&stages.text, name), weight(&stages.html, name))
            })
            .collect();
        format!(
            "# Second stages for recurring blocks\n\nA logistic model (linfa) over the score of the base model and the share of an \
             outlet's other pages that hold a block; used with `--outlet`, where an outlet has two other pages or more. Made by \
             `dehusk outlet train` from {texts} documents of `{}` as lines and {pages} pages of `{}`, each scored by a model that \
             has not seen its outlet. Data and licences are those of the recipes. Hardly any of these outlets has several pages: \
             the other pages are made up, see `src/train/stage.rs`.\n\n| column | what it is | text | HTML |\n|---|---|--:|--:|\n{rows}| bias | | {:.3} | {:.3} |\n",
            self.text.display(),
            self.html.display(),
            stages.text.bias,
            stages.html.bias,
        )
    }

    fn stage(&self, recipe: &Path, folds: &Path, markup: Markup) -> anyhow::Result<(Stage, usize)> {
        let models = read_folds(folds)?;
        let models: Vec<Model> = models.iter().map(|cleaner| cleaner.model().clone()).collect();
        let whole = |document: &LabelledDocument| document.id.split_once('#').is_none_or(|(_, form)| form == "html");
        let mut from = Recipe::read(recipe)?;
        // Other renderings hold the same pages.
        let plain = |name: &String| name == "lines" || name == "html";
        from.corpus.retain(|entry| entry.import.is_none() || entry.renderings.iter().any(plain));
        let documents = recipe_documents(&from, recipe, Some(&self.corpora), &whole)?;
        print(&format!("{}: {} documents", recipe.display(), documents.len()));
        let stage = fit_stage(&models, &documents).with_context(|| format!("the second stage for {markup:?}"))?;
        Ok((stage, documents.len()))
    }
}
