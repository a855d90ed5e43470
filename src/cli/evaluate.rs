//! `dehusk evaluate`: a model beside the presets, on labelled documents.

use std::collections::BTreeSet;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use anyhow::bail;
use clap::ValueEnum;
use dehusk::batch::{Weighed, default_jobs, map};
use dehusk::io::{Container, Input, Lines, MAX_RECORD_BYTES, ReadError, decode, find, format_of};
use dehusk::presets::Preset;
use dehusk::report::{Evaluation, Weight};
use dehusk::train::card::{Influence, influences, meanings};
use dehusk::train::corpus::{LabelledDocument, from_json};
use dehusk::train::evaluate::{ALL, Judged, MEMBERSHIP_PROSE, Report, Tally};
use dehusk::train::fixture::{fixture_paths, read_fixture};
use dehusk::train::metrics::Prf;
use dehusk::{Cut, Label, Markup, ModelFile};
use serde_json::{Value, json};

use super::Outcome;
use super::judge::{Bench, Judge, JudgeArgs, share};
use super::lint::NO_FIXTURE;
use super::reporter::Reporter;
use super::sink::{Sink, write_file};
use super::table::Table;
use super::write::{rounded, shortened};

/// Measures a model, and the presets beside it, on labelled documents.
#[derive(Debug, clap::Args)]
pub struct EvaluateArgs {
    /// Folders of fixtures, fixtures (pages beside their gold text as well), or labelled JSONL as `dehusk import` writes it.
    #[arg(value_name = "INPUT", required = true)]
    inputs: Vec<PathBuf>,
    #[command(flatten)]
    judge: JudgeArgs,
    /// Groups to show.
    #[arg(long, value_enum, value_delimiter = ',', default_values_t = [By::Corpus, By::Language, By::Tag, By::Type])]
    by: Vec<By>,
    /// How many of the worst errors to show.
    #[arg(long, value_name = "N", default_value_t = 10)]
    errors: usize,
    /// Also write a page with curves, confusion, weights and the worst errors in their documents.
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
    /// Print all figures as JSON.
    #[arg(long)]
    json: bool,
    /// Fail with exit code 3 when the page F1 of all documents is lower.
    #[arg(long, value_name = "X", value_parser = share)]
    min_f1: Option<f32>,
    /// Threads. Default: one for each processor.
    #[arg(long, short, value_name = "N")]
    jobs: Option<NonZeroUsize>,
}

/// Kinds of groups.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum By {
    Corpus,
    Language,
    Tag,
    Type,
    Outlet,
    Reason,
}

impl By {
    fn name(self) -> &'static str {
        match self {
            By::Corpus => "corpus",
            By::Language => "language",
            By::Tag => "tag",
            By::Type => "type",
            By::Outlet => "outlet",
            By::Reason => "reason",
        }
    }

    fn holds(self, group: &str) -> bool {
        let is_kind = group.split_once(' ').is_some_and(|(kind, _)| kind == self.name());
        is_kind || (self == By::Reason && group == MEMBERSHIP_PROSE)
    }
}

/// A judge with what it reaches.
struct Contestant {
    name: String,
    judge: Judge,
    report: Report,
}

impl EvaluateArgs {
    pub fn run(&self) -> anyhow::Result<Outcome> {
        let mut contestants = self.contestants()?;
        let mut reporter = Reporter::new(true);
        let mut evaluation = Evaluation::default();
        self.judge_all(&mut contestants, &mut evaluation, &mut reporter)?;
        let failed = reporter.finish();
        let all = contestants[0].report.group(ALL);
        if all.documents == 0 {
            bail!("no labelled document in what was given");
        }
        if let Some(path) = &self.report {
            write_file(path, self.page(&contestants, &evaluation)?.as_bytes())?;
        }
        let text = if self.json { format!("{:#}\n", json_of(&contestants)) } else { self.text(&contestants) };
        Sink::print(text.as_bytes())?;
        Ok(match self.min_f1 {
            Some(least) if all.page().f1 < f64::from(least) => {
                super::reporter::print(&format!("page F1 {:.4}, at least {least} was asked for", all.page().f1));
                Outcome::GateFailed
            }
            _ if failed > 0 => Outcome::SomeFailed,
            _ => Outcome::Done,
        })
    }

    /// What is measured, then the presets that are not measured anyway.
    fn contestants(&self) -> anyhow::Result<Vec<Contestant>> {
        let judge = self.judge.open()?;
        let chosen = judge.rules();
        let others = Preset::ALL.into_iter().filter(|preset| Some(*preset) != chosen).map(Judge::preset);
        let contestant = |judge: Judge| Contestant { name: judge.title(), judge, report: Report::default() };
        Ok([judge].into_iter().chain(others).map(contestant).collect())
    }

    fn page(&self, contestants: &[Contestant], evaluation: &Evaluation) -> anyhow::Result<String> {
        let others: Vec<(&str, &Report)> =
            contestants[1..].iter().map(|other| (other.name.as_str(), &other.report)).collect();
        let files = self.judge.files()?;
        let weights: Vec<(String, Vec<Weight>)> = files.iter().map(weights).collect::<anyhow::Result<_>>()?;
        Ok(evaluation.finish(&contestants[0].name, &contestants[0].report, &others, &weights))
    }

    fn judge_all(
        &self,
        contestants: &mut [Contestant],
        evaluation: &mut Evaluation,
        reporter: &mut Reporter,
    ) -> anyhow::Result<()> {
        let (judges, mut reports): (Vec<&Judge>, Vec<&mut Report>) =
            contestants.iter_mut().map(|contestant| (&contestant.judge, &mut contestant.report)).unzip();
        let documents = self
            .inputs
            .iter()
            .flat_map(|path| documents(path))
            .map(|read| Weighed { weight: read.as_ref().map_or(0, |(document, _)| document.source.len()), item: read });
        let jobs = self.jobs.unwrap_or_else(default_jobs);
        let mut warned = false;
        map(
            jobs,
            documents,
            || judges.iter().map(|judge| (*judge, judge.bench())).collect(),
            |benches: &mut Vec<_>, read| read.and_then(|(document, corpus)| Tried::new(benches, document, corpus)),
            |tried| {
                reporter.step();
                match tried {
                    Ok(tried) => {
                        if let (Some(misfit), false) = (&tried.said[0].misfit, warned) {
                            warned = true;
                            reporter.note(&format!("{}: {misfit}", tried.document.id));
                        }
                        tried.add_to(&mut reports);
                        if self.report.is_some() {
                            evaluation.add(tried.judged(0), reports[0]);
                        }
                    }
                    Err(message) => reporter.fail(&message),
                }
                Ok(())
            },
        )
    }

    fn text(&self, contestants: &[Contestant]) -> String {
        let documents = contestants[0].report.group(ALL).documents;
        let mut text = format!("{documents} documents\n\n{}\n{}\n", overall(contestants), details(contestants));
        text.push_str(&format!("{}\n", self.groups(contestants)));
        text.push_str(&format!("{}\n", calibration(&contestants[0].report)));
        text.push_str(&self.worst(&contestants[0].report));
        text
    }

    /// The figures of the first contestant by group, beside the F1 of the others.
    fn groups(&self, contestants: &[Contestant]) -> Table {
        let mut heading = vec!["group", "documents", "page F1", "P", "R", "kept", "removed"];
        let others: Vec<String> = contestants[1..].iter().map(|other| format!("F1 {}", other.name)).collect();
        heading.extend(others.iter().map(String::as_str));
        let mut table = Table::new(&heading);
        let names: Vec<&String> = contestants[0].report.groups.keys().collect();
        let mut shown = BTreeSet::new();
        for name in self.by.iter().flat_map(|by| names.iter().filter(|name| by.holds(name))) {
            if shown.insert(name) {
                table.row(group_row(name, contestants));
            }
        }
        table
    }

    fn worst(&self, report: &Report) -> String {
        let mut text = String::new();
        for mistake in report.mistakes.iter().take(self.errors) {
            let label = if mistake.label == Label::Content { "dropped content" } else { "kept boilerplate" };
            let start = shortened(&mistake.text, usize::MAX);
            text.push_str(&format!(
                "{:.2}  {label}, {} words, {}: {start}\n",
                mistake.probability, mistake.words, mistake.id
            ));
        }
        text
    }
}

/// What a model weighs, the largest first.
fn weights(model: &ModelFile) -> anyhow::Result<(String, Vec<Weight>)> {
    let meanings = meanings(model);
    let weight = |influence: Influence| {
        let meaning = meanings.get(&influence.column).cloned().unwrap_or_default();
        Weight { influence, meaning }
    };
    let weights = influences(model)?.into_iter().map(weight).collect();
    Ok((format!("{}@{}", model.name, model.version), weights))
}

/// A document with what each contestant says of it.
struct Tried {
    document: LabelledDocument,
    corpus: String,
    said: Vec<Said>,
}

/// A document as a contestant reads it, and what is said of its blocks.
struct Said {
    /// What is to be known of a markup that the contestant was not made for.
    misfit: Option<String>,
    cut: Cut,
    probabilities: Vec<f32>,
    kept: Vec<bool>,
}

impl Tried {
    fn new(benches: &mut [(&Judge, Bench<'_>)], document: LabelledDocument, corpus: String) -> Result<Tried, String> {
        let said = benches.iter_mut().map(|(judge, bench)| Said::new(judge, bench, &document)).collect();
        match said {
            Ok(said) => Ok(Tried { said, document, corpus }),
            Err(what) => Err(format!("{}: {what}", document.id)),
        }
    }

    fn add_to(&self, reports: &mut [&mut Report]) {
        for (at, report) in reports.iter_mut().enumerate() {
            report.add(self.judged(at), &self.corpus);
        }
    }

    /// What a contestant says of the document.
    fn judged(&self, contestant: usize) -> Judged<'_> {
        let Said { cut, probabilities, kept, .. } = &self.said[contestant];
        Judged { document: &self.document, cut, probabilities, kept }
    }
}

impl Said {
    fn new(judge: &Judge, bench: &mut Bench<'_>, document: &LabelledDocument) -> Result<Said, &'static str> {
        let subject = judge.subject(&document.source, document.markup, Some(&document.outlet))?;
        let blocks = bench.judge(subject).blocks(subject.source);
        let (probabilities, kept) =
            blocks.iter().map(|block| (block.probability, block.label == Label::Content)).unzip();
        let mut cut = Cut::default();
        cut.cut(subject.source, subject.read_as);
        Ok(Said { misfit: judge.misfit(subject), cut, probabilities, kept })
    }
}

/// A labelled document and its corpus, or what is wrong.
pub type ReadDocument = Result<(LabelledDocument, String), String>;

/// The labelled documents of a path: a folder of fixtures, JSONL, or one fixture.
pub fn documents(path: &Path) -> Box<dyn Iterator<Item = ReadDocument> + Send> {
    if path.is_dir() {
        return match fixture_paths(path) {
            Ok(paths) if paths.is_empty() => {
                Box::new(std::iter::once(Err(format!("{}: {NO_FIXTURE}", path.display()))))
            }
            Ok(paths) => {
                let folder = path.to_owned();
                Box::new(paths.into_iter().map(move |path| fixture(&path, &folder)))
            }
            Err(error) => Box::new(std::iter::once(Err(error.to_string()))),
        };
    }
    match find(path).into_iter().next() {
        Some(Ok(input)) if input.container(None) == Container::Jsonl || input.place.path.is_none() => labelled(&input),
        _ => Box::new(std::iter::once(fixture(path, folder_of(path)))),
    }
}

/// The folder of a fixture that is named itself. That of a page is the one above its language and its outlet, which
/// are known by their folders.
fn folder_of(path: &Path) -> &Path {
    let levels = if format_of(path).markup == Some(Markup::Html) { 3 } else { 1 };
    path.ancestors().nth(levels).or(path.parent()).unwrap_or(Path::new(""))
}

fn fixture(path: &Path, folder: &Path) -> ReadDocument {
    let document = read_fixture(path, folder).map_err(|error| error.to_string())?;
    Ok((document, corpus_name(folder)))
}

fn labelled(input: &Input) -> Box<dyn Iterator<Item = ReadDocument> + Send> {
    let place = input.place.clone();
    let corpus = corpus_name(place.path.as_deref().unwrap_or(Path::new("stdin")));
    let opened = match input.open() {
        Ok(opened) => opened,
        Err(error) => return Box::new(std::iter::once(Err(error.to_string()))),
    };
    Box::new(Lines::new(opened, MAX_RECORD_BYTES).map(move |line| {
        let line = line.map_err(|error: ReadError| error.to_string())?;
        let place = place.at(line.number);
        let bytes = line.bytes.ok_or_else(|| format!("{place}: longer than {} MB", MAX_RECORD_BYTES >> 20))?;
        let document = from_json(&decode(bytes).text).map_err(|what| format!("{place}: {what}"))?;
        Ok((document, corpus.clone()))
    }))
}

/// A folder's or a file's name without the extensions.
fn corpus_name(path: &Path) -> String {
    let mut stem = path.to_owned();
    while format_of(&stem).container.is_some() || format_of(&stem).codec.is_some() {
        stem.set_extension("");
    }
    stem.file_name().map_or(".".into(), |name| name.to_string_lossy().into_owned())
}

fn overall(contestants: &[Contestant]) -> Table {
    let mut table = Table::new(&["", "page F1", "P", "R", "content kept", "boilerplate removed"]);
    for Contestant { name, report, .. } in contestants {
        let tally = report.group(ALL);
        let page = tally.page();
        let figures = [page.f1, page.precision, page.recall, tally.content_kept(), tally.boilerplate_removed()];
        table.row(std::iter::once(name.clone()).chain(figures.iter().map(|figure| format!("{figure:.3}"))));
    }
    table
}

/// Precision, recall and F1 of something.
type Measure = fn(&Tally) -> Prf;

/// What is measured besides pages.
const MEASURES: [(&str, Measure); 4] = [
    ("content lines", Tally::content_blocks),
    ("boilerplate lines", Tally::boilerplate_blocks),
    ("content words", Tally::content_words),
    ("boilerplate words", Tally::boilerplate_words),
];

fn details(contestants: &[Contestant]) -> Table {
    let mut heading = vec!["P / R / F1"];
    heading.extend(MEASURES.iter().map(|(name, _)| *name));
    let mut table = Table::new(&heading);
    for Contestant { name, report, .. } in contestants {
        let tally = report.group(ALL);
        let cells = MEASURES.iter().map(|(_, measure)| {
            let Prf { precision, recall, f1 } = measure(&tally);
            format!("{precision:.3} / {recall:.3} / {f1:.3}")
        });
        table.row(std::iter::once(name.clone()).chain(cells));
    }
    table
}

fn group_row(name: &str, contestants: &[Contestant]) -> Vec<String> {
    let tally = contestants[0].report.group(name);
    let page = tally.page();
    // Groups of blocks have no pages.
    let paged = |figure: f64| if tally.documents == 0 { "-".to_owned() } else { format!("{figure:.3}") };
    let mut row = vec![name.to_owned(), tally.documents.to_string()];
    row.extend([page.f1, page.precision, page.recall].map(paged));
    row.extend([tally.content_kept(), tally.boilerplate_removed()].map(|figure| format!("{figure:.3}")));
    row.extend(contestants[1..].iter().map(|other| paged(other.report.group(name).page().f1)));
    row
}

fn calibration(report: &Report) -> String {
    let mut table = Table::new(&["P(content)", "words", "mean", "content"]);
    for (tenth, bin) in report.calibration.iter().enumerate().filter(|(_, bin)| bin.words > 0) {
        let words = bin.words as f64;
        let range = format!("{:.1} to {:.1}", tenth as f64 / 10.0, (tenth + 1) as f64 / 10.0);
        let shares = [bin.expected / words, bin.content as f64 / words].map(|share| format!("{share:.3}"));
        table.row([range, bin.words.to_string()].into_iter().chain(shares));
    }
    format!("{table}calibration error: {:.4}\n", report.calibration_error())
}

fn json_of(contestants: &[Contestant]) -> Value {
    let judges: Vec<Value> = contestants
        .iter()
        .map(|Contestant { name, report, .. }| {
            let groups: serde_json::Map<String, Value> =
                report.groups.iter().map(|(group, tally)| (group.clone(), figures(tally))).collect();
            json!({
                "name": name,
                "groups": groups,
                "calibration_error": rounded(report.calibration_error()),
                "calibration": report.calibration,
                "mistakes": report.mistakes,
            })
        })
        .collect();
    json!({ "documents": contestants[0].report.group(ALL).documents, "judges": judges })
}

fn figures(tally: &Tally) -> Value {
    let prf =
        |prf: Prf| json!({ "precision": rounded(prf.precision), "recall": rounded(prf.recall), "f1": rounded(prf.f1) });
    let mut value = json!({
        "documents": tally.documents,
        "page": prf(tally.page()),
        "content_kept": rounded(tally.content_kept()),
        "boilerplate_removed": rounded(tally.boilerplate_removed()),
    });
    for (name, measure) in MEASURES {
        value[name.replace(' ', "_")] = prf(measure(tally));
    }
    value
}
