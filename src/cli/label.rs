//! `dehusk label`: documents are labelled in the browser.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, bail};
use clap::ValueEnum;
use dehusk::import::TOOLS;
use dehusk::io::{BytesRead, Container, Input, find};
use dehusk::label::{Base, Desk, Pending, Server};
use dehusk::train::corpus::{LabelledDocument, from_json};
use dehusk::train::fixture::{GOLD, read_fixture};

use super::Outcome;
use super::judge::JudgeArgs;
use super::reading::{Piece, ReadArgs};
use super::reporter::{Reporter, print};
use super::sink::Sink;
use super::sources::{Source, file, line_text, record, sources_in};

/// Bytes of sources that are held in memory at most: those of records, which cannot be read again one by one.
const MOST_HELD: usize = 1 << 30;

/// Opens a page in this machine's browser on which documents are labelled, and writes what is labelled as fixtures.
///
/// The page is served to 127.0.0.1 only, under an address with a secret, and loads nothing from elsewhere. Every key is
/// written down at once, in `.labels.jsonl` of the output folder, and taken up again by the next run with the same
/// documents. Fixtures, pages beside their gold text, and labelled JSONL come with the labels they have. "Adapt now" writes
/// a model adapted to the documents that are done to the same folder, for --model, as `dehusk adapt` makes it.
#[derive(Debug, clap::Args)]
pub struct LabelArgs {
    /// Files and directories, all that `clean` reads: documents to label, or labelled ones.
    #[arg(value_name = "INPUT", required = true)]
    inputs: Vec<PathBuf>,
    /// Folder for the fixtures.
    #[arg(long, short, value_name = "DIR", default_value = "labelled")]
    output: PathBuf,
    #[command(flatten)]
    reading: ReadArgs,
    #[command(flatten)]
    judge: JudgeArgs,
    /// Outlet of documents that do not say theirs.
    #[arg(long, value_name = "NAME", default_value = "")]
    outlet_name: String,
    /// Language (ISO 639-1) of documents that do not say theirs.
    #[arg(long, value_name = "CODE", default_value = "")]
    language: String,
    /// Port. Default: one that is free.
    #[arg(long, value_name = "N", default_value_t = 0)]
    port: u16,
    /// Open no page: write the labels there are for an annotation tool, to standard output.
    #[arg(long, value_name = "TOOL", value_enum)]
    export: Option<ToolArg>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum ToolArg {
    /// Label Studio: JSON tasks of text.
    LabelStudio,
    /// doccano: JSONL of sequence labelling.
    Doccano,
}

impl LabelArgs {
    pub fn run(&self) -> anyhow::Result<Outcome> {
        let mut reporter = Reporter::new(false);
        let documents = self.documents(&mut reporter)?;
        if documents.is_empty() {
            bail!("no document in what was given");
        }
        if let Some(tool) = self.export {
            return self.export(tool, &documents, reporter);
        }
        let failed = reporter.finish();
        let count = documents.len();
        let (desk, damaged) = Desk::open(documents, bases(&self.judge)?, &self.output)?;
        if damaged > 0 {
            print(&format!("{damaged} lines of the journal in {} are damaged and left out", self.output.display()));
        }
        let server = Server::bind(desk, self.port).with_context(|| format!("port {}", self.port))?;
        print(&format!("{count} documents; labels go to {}; Ctrl-C ends", self.output.display()));
        Sink::print(format!("{}\n", server.url()?).as_bytes())?;
        server.run()?;
        Ok(if failed > 0 { Outcome::SomeFailed } else { Outcome::Done })
    }

    fn export(&self, tool: ToolArg, documents: &[Pending], mut reporter: Reporter) -> anyhow::Result<Outcome> {
        let mut labelled = Vec::new();
        for pending in documents.iter().filter(|pending| pending.labelled) {
            match (pending.load)() {
                Ok(document) => labelled.push(document),
                Err(what) => reporter.fail(&what),
            }
        }
        let tool = match tool {
            ToolArg::LabelStudio => &TOOLS[0],
            ToolArg::Doccano => &TOOLS[1],
        };
        Sink::print(tool.write(&labelled).as_bytes())?;
        Ok(if reporter.finish() > 0 { Outcome::SomeFailed } else { Outcome::Done })
    }

    fn documents(&self, reporter: &mut Reporter) -> anyhow::Result<Vec<Pending>> {
        let mut held = Held::default();
        for input in self.inputs.iter().flat_map(|name| find(name)) {
            match input {
                Err(error) => reporter.fail(&error.to_string()),
                Ok(input) if self.reading.container(&input) == Container::File => {
                    held.documents.extend(self.of_file(input));
                }
                Ok(input) => self.records(&Arc::new(input), &mut held, reporter)?,
            }
        }
        Ok(held.documents)
    }

    /// A file, which is read when its turn comes; none for the gold text of a page.
    fn of_file(&self, input: Input) -> Option<Pending> {
        let path = input.place.path.clone().unwrap_or_default();
        // Of one directory, the path below it; of several inputs, what keeps them apart in any order.
        let name = if self.inputs.len() == 1 { &input.relative } else { &path };
        let name = name.to_string_lossy().replace('\\', "/");
        if name.ends_with(GOLD) {
            return None;
        }
        if is_fixture(&path) {
            return Some(of_fixture(&input, path));
        }
        let reading = self.reading.clone();
        let load = move || file(&reading, &input).map(unlabelled);
        let (outlet, language) = (self.outlet_name.clone(), self.language.clone());
        Some(Pending { id: name, outlet, language, labelled: false, place: None, load: Box::new(load) })
    }

    /// The records of an input, which are held: documents with labels, or without.
    fn records(&self, input: &Arc<Input>, held: &mut Held, reporter: &mut Reporter) -> anyhow::Result<()> {
        for piece in self.reading.pieces(input, &BytesRead::default()) {
            for document in self.in_piece(input, piece) {
                match document {
                    Ok(document) => held.push(self.held(document), input)?,
                    Err(what) => reporter.fail(&what),
                }
            }
        }
        Ok(())
    }

    /// The documents of a piece; lines of JSONL may hold labelled ones.
    fn in_piece(&self, input: &Arc<Input>, piece: Piece) -> Vec<Result<LabelledDocument, String>> {
        if let Piece::Line(line) = piece {
            let line = line_text(&self.reading, input, line);
            return vec![line.and_then(|(line, place)| match from_json(&line) {
                Ok(document) => Ok(document),
                Err(_) => record(&self.reading, input, &line, place).map(unlabelled),
            })];
        }
        let sources = sources_in(&self.reading, Ok((Arc::clone(input), piece)));
        sources.into_iter().map(|source| source.map(unlabelled)).collect()
    }

    /// A document in memory, with its size in bytes.
    fn held(&self, document: LabelledDocument) -> (Pending, usize) {
        let size = document.source.len();
        let own = |text: &str, other: &str| if text.is_empty() { other.to_owned() } else { text.to_owned() };
        let pending = Pending {
            id: document.id.clone(),
            outlet: own(&document.outlet, &self.outlet_name),
            language: own(&document.language, &self.language),
            labelled: !document.spans.is_empty(),
            place: None,
            load: Box::new(move || Ok(document.clone())),
        };
        (pending, size)
    }
}

/// The models with their files: what else judges cannot be adapted.
fn bases(judge: &JudgeArgs) -> anyhow::Result<Vec<Base>> {
    let cleaners = judge.open()?.models();
    let cleaners = cleaners.context("documents are labelled beside a model: leave out --preset and --folds")?;
    let bases = cleaners.into_iter().zip(judge.files()?);
    Ok(bases.map(|(cleaner, file)| Base { cleaner, file: Arc::new(file) }).collect())
}

/// Documents in the order they were found, and how much of them is in memory.
#[derive(Default)]
struct Held {
    documents: Vec<Pending>,
    bytes: usize,
}

impl Held {
    fn push(&mut self, (pending, size): (Pending, usize), input: &Input) -> anyhow::Result<()> {
        self.bytes += size;
        if self.bytes > MOST_HELD {
            bail!("{}: more than {} MB of documents: label a sample of them", input.place, MOST_HELD >> 20);
        }
        self.documents.push(pending);
        Ok(())
    }
}

/// A fixture keeps its path below the folder it was found in, and what its header says.
fn of_fixture(input: &Input, path: PathBuf) -> Pending {
    let folder = input.directory.clone().or_else(|| path.parent().map(Path::to_owned)).unwrap_or_default();
    let place = input.relative.with_extension("");
    Pending {
        id: place.to_string_lossy().replace('\\', "/"),
        outlet: String::new(),
        language: String::new(),
        labelled: true,
        place: Some(place),
        load: Box::new(move || read_fixture(&path, &folder).map_err(|error| error.to_string())),
    }
}

/// Whether a file is a fixture: a page beside its gold text, or a text that starts with a fixture's header.
fn is_fixture(path: &Path) -> bool {
    let extension = path.extension().unwrap_or_default();
    if extension == "html" {
        let stem = path.file_stem().unwrap_or_default().to_string_lossy();
        return path.with_file_name(format!("{stem}{GOLD}")).is_file();
    }
    let mut start = Vec::new();
    let read = File::open(path).and_then(|file| file.take(HEADER.len() as u64).read_to_end(&mut start));
    extension == "txt" && read.is_ok() && start == HEADER.as_bytes()
}

/// How the header of a fixture starts.
const HEADER: &str = "outlet: ";

fn unlabelled(source: Source) -> LabelledDocument {
    let outlet = source.publisher();
    let Source { id, language, markup, text, .. } = source;
    LabelledDocument { id, outlet, language, markup, source: text, ..LabelledDocument::default() }
}
