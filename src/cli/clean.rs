//! `dehusk clean`, and `classify` and `explain`, which write the same judgement in other ways.

use std::io::IsTerminal;
use std::path::PathBuf;

use anyhow::bail;
use clap::ValueEnum;
use dehusk::rewrite::MarkdownOptions;

use super::Outcome;
use super::job::{Job, Shape, Shapes};
use super::judge::{Form, JudgeArgs, share};
use super::reading::ReadArgs;

/// Writes the content of sources, without their husk.
///
/// JSONL in gives JSONL out, and Parquet gives Parquet where --output says so: every field is passed through as it was written, and `content`, `kept_ratio` (of words),
/// `status` (ok, empty, too_large, over_removed, error), `error` where there is one, `note` where the record had to be
/// decoded, `model`, and `meta` (title, byline, date and the like, of pages that say so) are added; fields of these
/// names in the input are replaced.
#[derive(Debug, clap::Args)]
pub struct CleanArgs {
    /// Files, directories, or - for standard input (the default).
    #[arg(value_name = "INPUT")]
    inputs: Vec<PathBuf>,
    #[command(flatten)]
    reading: ReadArgs,
    /// What to write. Default: text for files, jsonl for records.
    #[arg(long, value_enum)]
    to: Option<To>,
    /// What `content` of JSONL is written in. Default: text.
    #[arg(long, value_name = "FORM", value_enum)]
    content_as: Option<FormArg>,
    /// Leave the addresses of links out of the Markdown of pages.
    #[arg(long)]
    no_links: bool,
    /// File to write to; with several inputs or a directory, the directory that mirrors them. .gz and .zst compress.
    /// A file is written as `<name>.part` and renamed when it is whole.
    #[arg(long, short, value_name = "PATH")]
    output: Option<PathBuf>,
    #[command(flatten)]
    judge: JudgeArgs,
    /// Keep the whole source (of a page: all its blocks), with status over_removed, when more than this share of its
    /// words would go.
    #[arg(long, value_name = "R", value_parser = share)]
    max_removed: Option<f32>,
    /// Leave the source column out of JSONL and Parquet.
    #[arg(long)]
    drop_source: bool,
    /// Add `boilerplate` to JSONL and Parquet: where the dropped blocks are, in code points.
    #[arg(long)]
    spans: bool,
    /// Pass over the inputs whose outputs a run before has finished in the directory --output, when neither they nor the
    /// options have changed since. What was begun is begun anew.
    #[arg(long)]
    resume: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum To {
    /// Kept text.
    Text,
    /// Kept text as Markdown; of sources that are no pages, as it is.
    Markdown,
    /// Kept part of a page as clean HTML.
    Html,
    /// One record a line.
    Jsonl,
    /// One block a line: id, start, end, label, probability, text.
    Labels,
    /// Dolma attributes: spans to cut out, with their P(boilerplate).
    Dolma,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum FormArg {
    /// Kept text.
    Text,
    /// Kept text as Markdown; of sources that are no pages, as it is.
    Markdown,
    /// Kept part of a page as clean HTML.
    Html,
}

impl CleanArgs {
    pub fn run(&self) -> anyhow::Result<Outcome> {
        let job = Job {
            names: &self.inputs,
            reading: &self.reading,
            judge: self.judge.open()?,
            judge_args: &self.judge,
            shapes: self.shapes()?,
            output: self.output.as_deref(),
            max_removed: self.max_removed,
            drop_source: self.drop_source,
            spans: self.spans,
            resume: self.resume,
        };
        job.run()
    }

    fn shapes(&self) -> anyhow::Result<Shapes> {
        let form = self.content_as.map_or(Form::Text, |form| self.form(form));
        if self.content_as.is_some() && !matches!(self.to, None | Some(To::Jsonl)) {
            bail!("--content-as is for JSONL: leave out --to, or say --to jsonl");
        }
        Ok(match self.to {
            None => Shapes { file: Shape::Content(form), record: Shape::Jsonl(form), row: Shape::Parquet(form) },
            Some(To::Jsonl) => Shapes::all(Shape::Jsonl(form)),
            Some(To::Text) => Shapes::all(Shape::Content(Form::Text)),
            Some(To::Markdown) => Shapes::all(Shape::Content(self.form(FormArg::Markdown))),
            Some(To::Html) => Shapes::all(Shape::Content(Form::Html)),
            Some(To::Labels) => Shapes::all(Shape::Labels),
            Some(To::Dolma) => Shapes::all(Shape::Dolma),
        })
    }

    fn form(&self, form: FormArg) -> Form {
        match form {
            FormArg::Text => Form::Text,
            FormArg::Markdown => Form::Markdown(MarkdownOptions { links: !self.no_links }),
            FormArg::Html => Form::Html,
        }
    }
}

/// Writes every block of sources with its label and probability: a table on a terminal, else one block a line.
#[derive(Debug, clap::Args)]
pub struct ClassifyArgs {
    /// Files, directories, or - for standard input (the default).
    #[arg(value_name = "INPUT")]
    inputs: Vec<PathBuf>,
    #[command(flatten)]
    reading: ReadArgs,
    /// File to write to; with several inputs or a directory, the directory that mirrors them.
    #[arg(long, short, value_name = "PATH")]
    output: Option<PathBuf>,
    #[command(flatten)]
    judge: JudgeArgs,
}

impl ClassifyArgs {
    pub fn run(&self) -> anyhow::Result<Outcome> {
        let for_people = self.output.is_none() && std::io::stdout().is_terminal();
        let shape = if for_people { Shape::Table } else { Shape::Labels };
        show(&self.inputs, &self.reading, &self.judge, shape, self.output.as_deref())
    }
}

/// Shows every block with its probability and the columns that spoke loudest for (+) or against (-) its being content.
#[derive(Debug, clap::Args)]
pub struct ExplainArgs {
    /// Files, directories, or - for standard input (the default).
    #[arg(value_name = "INPUT")]
    inputs: Vec<PathBuf>,
    #[command(flatten)]
    reading: ReadArgs,
    #[command(flatten)]
    judge: JudgeArgs,
    /// How many reasons to show.
    #[arg(long, value_name = "N", default_value_t = 3)]
    reasons: usize,
}

impl ExplainArgs {
    pub fn run(&self) -> anyhow::Result<Outcome> {
        show(&self.inputs, &self.reading, &self.judge, Shape::Explained(self.reasons), None)
    }
}

fn show(
    names: &[PathBuf],
    reading: &ReadArgs,
    judge: &JudgeArgs,
    shape: Shape,
    output: Option<&std::path::Path>,
) -> anyhow::Result<Outcome> {
    let (judge, judge_args) = (judge.open()?, judge);
    let shapes = Shapes::all(shape);
    let (max_removed, drop_source, spans, resume) = (None, false, false, false);
    Job { names, reading, judge, judge_args, shapes, output, max_removed, drop_source, spans, resume }.run()
}
