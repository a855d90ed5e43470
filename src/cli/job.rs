//! A job: inputs are read, their documents judged on several threads, and the results written in order.

use std::iter::once;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use clap::ValueEnum;
use dehusk::batch::{Weighed, default_jobs, map};
use dehusk::io::{
    Container, Decoded, Input, Line, Lines, MAX_LINE_BYTES, Note, OutputFile, Place, ReadError, Record, decode, find,
    markup_of,
};
use dehusk::{ClassifiedBlock, Kept, Label, Markup};
use serde_json::value::{RawValue, to_raw_value};

use super::Outcome;
use super::judge::{Bench, Judge, NO_OUTLET, Subject, content_of};
use super::reporter::Reporter;
use super::sink::{Destination, Sink};
use super::write::{Added, Span, Status, dolma, explained, jsonl, kept_ratio, labels, spans, table};

/// Options of reading.
#[derive(Debug, clap::Args)]
pub struct ReadArgs {
    /// How sources are written. auto: by extension, then by content.
    #[arg(long, value_enum, default_value_t = MarkupArg::Auto)]
    markup: MarkupArg,
    /// What holds the sources. auto: by extension; .gz and .zst are seen through.
    #[arg(long, value_enum, default_value_t = ContainerArg::Auto)]
    container: ContainerArg,
    /// Column of JSONL that holds the source.
    #[arg(long, value_name = "NAME", default_value = "text")]
    column: String,
    /// Longest line of JSONL in MB; longer ones get the status too_large.
    #[arg(long, value_name = "MB", default_value_t = MAX_LINE_BYTES >> 20)]
    max_record: usize,
    /// Threads. Default: one for each processor.
    #[arg(long, short, value_name = "N")]
    jobs: Option<NonZeroUsize>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum MarkupArg {
    Auto,
    Text,
    Markdown,
    Html,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum ContainerArg {
    Auto,
    File,
    Jsonl,
}

impl ReadArgs {
    /// Worker threads.
    pub fn jobs(&self) -> NonZeroUsize {
        self.jobs.unwrap_or_else(default_jobs)
    }

    fn container(&self, input: &Input) -> Container {
        input.container(match self.container {
            ContainerArg::Auto => None,
            ContainerArg::File => Some(Container::File),
            ContainerArg::Jsonl => Some(Container::Jsonl),
        })
    }

    fn markup(&self, input: &Input, source: &str) -> Markup {
        match self.markup {
            MarkupArg::Auto => input.format.markup.unwrap_or_else(|| markup_of(source)),
            MarkupArg::Text => Markup::Text,
            MarkupArg::Markdown => Markup::Markdown,
            MarkupArg::Html => Markup::Html,
        }
    }
}

/// How results are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// Kept text.
    Text,
    /// Kept text, of Markdown.
    Markdown,
    /// One record a line.
    Jsonl,
    /// One block a line.
    Labels,
    /// One record of attributes a line.
    Dolma,
    /// Blocks for people.
    Table,
    /// Blocks for people, with this many reasons.
    Explained(usize),
}

impl Shape {
    /// What is appended to the name of an input to name its output.
    fn ending(self, container: Container, markup: Option<Markup>) -> &'static str {
        match (self, container, markup) {
            (Shape::Text, Container::File, Some(Markup::Html)) | (Shape::Text, Container::Jsonl, _) => ".txt",
            (Shape::Text, Container::File, _) | (Shape::Markdown, Container::File, Some(Markup::Markdown)) => "",
            (Shape::Markdown, ..) => ".md",
            (Shape::Table | Shape::Explained(_), ..) => ".txt",
            (_, Container::File, _) => ".jsonl",
            (_, Container::Jsonl, _) => "",
        }
    }
}

/// What to do.
pub struct Job<'a> {
    /// What the user named; standard input when empty.
    pub names: &'a [PathBuf],
    /// How to read.
    pub reading: &'a ReadArgs,
    /// Who judges.
    pub judge: Judge,
    /// How to write; none is text for files and JSONL for records.
    pub shape: Option<Shape>,
    /// Where to write; none is standard output.
    pub output: Option<&'a Path>,
    /// Largest share of words that may go.
    pub max_removed: Option<f32>,
    /// Leave the source column out.
    pub drop_source: bool,
    /// Add what was dropped.
    pub spans: bool,
}

/// A piece of an input.
struct Item {
    input: usize,
    piece: Piece,
}

enum Piece {
    /// A plain file.
    File(Vec<u8>),
    /// A line of JSONL.
    Line(Line),
    /// The input could not be read, or not read on.
    Failed(ReadError),
    /// The input is done.
    End,
}

/// What became of a piece.
struct Done {
    input: usize,
    result: Written,
}

enum Written {
    /// A document was judged, or could not be.
    Document(Document),
    /// The input cannot be read: nothing of it is written to a file of its own.
    Unreadable(Document),
    /// The input is done.
    End,
}

/// What is written of a document, and said about it.
#[derive(Default)]
struct Document {
    bytes: Vec<u8>,
    /// Why it failed.
    failure: Option<String>,
    /// What else the user should know.
    note: Option<String>,
    /// It was judged as a markup that its judge was not made for.
    unfit: Option<Markup>,
}

impl Job<'_> {
    /// Does the job.
    ///
    /// # Errors
    /// When the outputs cannot be planned or written; inputs that fail are reported, and the job goes on.
    pub fn run(&self) -> anyhow::Result<Outcome> {
        let stdin = [PathBuf::from("-")];
        let names = if self.names.is_empty() { &stdin[..] } else { self.names };
        let found: Vec<Result<Input, ReadError>> = names.iter().flat_map(|name| find(name)).collect();
        let inputs: Vec<Option<Input>> = found.iter().map(|input| input.as_ref().ok().cloned()).collect();
        let destination = self.destination(names, &inputs)?;
        let mut writer = Writer {
            places: inputs.iter().map(|input| input.as_ref().map(|input| input.place.clone())).collect(),
            destination,
            open: Open::Nothing,
            separate: false,
            warned: false,
            reporter: Reporter::new(self.output.is_none()),
            made_for: self.made_for(),
        };
        let items = found.into_iter().enumerate().flat_map(|(index, input)| self.items(index, input));
        map(
            self.reading.jobs(),
            items,
            || self.judge.bench(),
            |bench, item| self.work(bench, item, &inputs),
            |done| writer.write(done),
        )?;
        writer.finish()
    }

    fn destination(&self, names: &[PathBuf], inputs: &[Option<Input>]) -> anyhow::Result<Destination> {
        if self.output.is_none() && matches!(self.shape, Some(Shape::Table | Shape::Explained(_))) {
            return Ok(Destination::One(Sink::coloured()));
        }
        Destination::plan(names, inputs, self.output, |input| {
            let container = self.reading.container(input);
            self.shape_of(container).ending(container, input.format.markup)
        })
    }

    fn made_for(&self) -> String {
        match &self.judge {
            Judge::Models(_) => self.judge.name(0),
            Judge::Preset(preset) => format!("preset {preset}"),
        }
    }

    fn shape_of(&self, container: Container) -> Shape {
        self.shape.unwrap_or(match container {
            Container::File => Shape::Text,
            Container::Jsonl => Shape::Jsonl,
        })
    }

    /// The pieces of an input, read as they are asked for.
    fn items(&self, index: usize, input: Result<Input, ReadError>) -> impl Iterator<Item = Weighed<Item>> + use<'_> {
        let limit = self.reading.max_record << 20;
        let pieces: Box<dyn Iterator<Item = Piece>> =
            match input.and_then(|input| Ok((self.reading.container(&input), input.open()?))) {
                Err(error) => Box::new(once(Piece::Failed(error))),
                Ok((Container::File, opened)) => Box::new(once(opened.read().map_or_else(Piece::Failed, Piece::File))),
                Ok((Container::Jsonl, opened)) => {
                    Box::new(Lines::new(opened, limit).map(|line| line.map_or_else(Piece::Failed, Piece::Line)))
                }
            };
        pieces
            .chain(once(Piece::End))
            .map(move |piece| Weighed { weight: piece.weight(), item: Item { input: index, piece } })
    }

    fn work(&self, bench: &mut Bench<'_>, item: Item, inputs: &[Option<Input>]) -> Done {
        let input = inputs[item.input].as_ref();
        let result = match (item.piece, input) {
            (Piece::File(bytes), Some(input)) => Written::Document(self.file(bench, input, bytes)),
            (Piece::Line(line), Some(input)) => Written::Document(self.line(bench, input, line)),
            (Piece::Failed(error), Some(input)) => self.unreadable(input, &error),
            (Piece::Failed(error), None) => {
                Written::Unreadable(Document { failure: Some(error.to_string()), ..Document::default() })
            }
            (Piece::End | Piece::File(_) | Piece::Line(_), _) => Written::End,
        };
        Done { input: item.input, result }
    }

    /// An input that breaks off in the middle of its records ends with a record that says so.
    fn unreadable(&self, input: &Input, error: &ReadError) -> Written {
        let container = self.reading.container(input);
        let id = to_raw(&input.place.to_string());
        let broken_off = container == Container::Jsonl && matches!(error, ReadError::Codec { .. });
        let record = match container {
            Container::File => Record { fields: vec![("id".to_owned(), &id)] },
            Container::Jsonl => Record { fields: Vec::new() },
        };
        let document = self.failed(self.shape_of(container), &record, Status::Error, error.to_string());
        if broken_off { Written::Document(document) } else { Written::Unreadable(document) }
    }

    fn file(&self, bench: &mut Bench<'_>, input: &Input, bytes: Vec<u8>) -> Document {
        let Decoded { text: source, note } = decode(bytes);
        let shape = self.shape_of(Container::File);
        let id = to_raw(&input.place.to_string());
        // A file reads as a record of its path and its text.
        let text = if shape == Shape::Jsonl && !self.drop_source { to_raw(&source) } else { to_raw("") };
        let fields = vec![("id".to_owned(), &*id), (self.reading.column.clone(), &*text)];
        let record = Record { fields };
        let Some(choice) = self.judge.choose(None) else {
            return self.failed(shape, &record, Status::Error, format!("{}: {NO_OUTLET}", input.place));
        };
        let subject = Subject { source: &source, markup: self.reading.markup(input, &source), choice };
        self.judged(bench, Request { shape, place: input.place.clone(), record: &record, subject, note })
    }

    fn line(&self, bench: &mut Bench<'_>, input: &Input, line: Line) -> Document {
        let shape = self.shape_of(Container::Jsonl);
        let place = input.place.at(line.number);
        let nothing = Record { fields: Vec::new() };
        let Some(bytes) = line.bytes else {
            let limit = self.reading.max_record;
            let what = format!("{place}: longer than {limit} MB, passed over; allow more with --max-record");
            return self.failed(shape, &nothing, Status::TooLarge, what);
        };
        let Decoded { text, note } = decode(bytes);
        let record = match Record::parse(&text) {
            Ok(record) => record,
            Err(error) => return self.failed(shape, &nothing, Status::Error, format!("{place}: {error}")),
        };
        let source = match record.string(&self.reading.column) {
            Ok(source) => source,
            Err(error) => return self.failed(shape, &record, Status::Error, format!("{place}: {error}")),
        };
        let outlet = record.string("outlet").ok();
        let Some(choice) = self.judge.choose(outlet.as_deref()) else {
            return self.failed(shape, &record, Status::Error, format!("{place}: {NO_OUTLET}"));
        };
        let subject = Subject { source: &source, markup: self.reading.markup(input, &source), choice };
        self.judged(bench, Request { shape, place, record: &record, subject, note })
    }

    fn failed(&self, shape: Shape, record: &Record<'_>, status: Status, what: String) -> Document {
        let added = Added {
            content: "",
            kept_ratio: 0.0,
            status,
            error: Some(&what),
            note: None,
            model: None,
            boilerplate: self.spans.then_some(&[]),
        };
        let bytes = match (shape, record.field("id")) {
            (Shape::Jsonl, _) => jsonl(record, self.dropped(), &added),
            // Attribute files have a line for each document that can be named.
            (Shape::Dolma, Some(id)) => dolma(id, &self.origin(record, &to_raw("")), "", &[]),
            _ => Vec::new(),
        };
        Document { bytes, failure: Some(what), ..Document::default() }
    }

    fn dropped(&self) -> Option<&str> {
        self.drop_source.then_some(self.reading.column.as_str())
    }

    /// Dolma's `source`: the record's own, unless that is the column to clean.
    fn origin(&self, record: &Record<'_>, default: &RawValue) -> Box<RawValue> {
        match record.field("source").filter(|_| self.reading.column != "source") {
            Some(origin) => origin.to_owned(),
            None => default.to_owned(),
        }
    }

    fn judged(&self, bench: &mut Bench<'_>, request: Request<'_>) -> Document {
        let Request { shape, ref place, record, subject, note } = request;
        let mut document = Document {
            note: note.map(|note| format!("{place}: {note}")),
            unfit: (!self.judge.suits(subject.markup)).then_some(subject.markup),
            ..Document::default()
        };
        let title = place.to_string();
        document.bytes = match shape {
            Shape::Text | Shape::Markdown => return self.text(bench, &request, document),
            Shape::Jsonl => self.record(bench, &request),
            Shape::Explained(most) => explained(&title, &bench.explain(subject, most)),
            Shape::Table => table(&title, &self.blocks(bench, subject)),
            Shape::Labels | Shape::Dolma => {
                let path = Place { line: None, ..place.clone() }.to_string();
                let own = to_raw(&title);
                let id = record.field("id").unwrap_or(&own);
                let blocks = self.blocks(bench, subject);
                match shape {
                    Shape::Dolma => dolma(id, &self.origin(record, &to_raw(&path)), subject.source, &blocks),
                    _ => labels(id, subject.source, &blocks),
                }
            }
        };
        document
    }

    fn text(&self, bench: &mut Bench<'_>, request: &Request<'_>, mut document: Document) -> Document {
        let Request { place, subject, .. } = request;
        let (mut content, kept) = bench.clean(*subject);
        if self.is_over_removed(kept) {
            let removed = 100.0 * (1.0 - kept_ratio(kept));
            document.remark(format!("{place}: over_removed: {removed:.0} % of the words would go, so all was kept"));
            content = subject.source.trim_end_matches(['\n', '\r']).to_owned();
        } else if content.is_empty() && kept.of_words > 0 {
            document.remark(format!("{place}: empty: nothing was kept"));
        }
        if !content.is_empty() {
            content.push('\n');
        }
        document.bytes = content.into_bytes();
        document
    }

    fn record(&self, bench: &mut Bench<'_>, request: &Request<'_>) -> Vec<u8> {
        let Request { record, subject, note, .. } = request;
        let (mut content, kept, mut boilerplate) = self.content(bench, *subject);
        let mut status = if content.is_empty() { Status::Empty } else { Status::Ok };
        let mut ratio = kept_ratio(kept);
        if self.is_over_removed(kept) {
            status = Status::OverRemoved;
            content = subject.source.to_owned();
            boilerplate = boilerplate.map(|_| Vec::new());
            ratio = 1.0;
        }
        let model = self.judge.name(subject.choice);
        let added = Added {
            content: &content,
            kept_ratio: ratio,
            status,
            error: None,
            note: *note,
            model: Some(&model),
            boilerplate: boilerplate.as_deref(),
        };
        jsonl(record, self.dropped(), &added)
    }

    /// Content, words, and what was dropped if that is asked for.
    fn content(&self, bench: &mut Bench<'_>, subject: Subject<'_>) -> (String, Kept, Option<Vec<Span>>) {
        if self.spans {
            let blocks = bench.classify(subject);
            let (content, kept) = content_of(subject, &blocks);
            (content, kept, Some(spans(subject.source, &blocks)))
        } else {
            let (content, kept) = bench.clean(subject);
            (content, kept, None)
        }
    }

    /// Classified blocks; all are kept when too much would go.
    fn blocks<'s>(&self, bench: &mut Bench<'_>, subject: Subject<'s>) -> Vec<ClassifiedBlock<'s>> {
        let mut blocks = bench.classify(subject);
        if self.max_removed.is_some() && self.is_over_removed(content_of(subject, &blocks).1) {
            for block in &mut blocks {
                (block.label, block.reason) = (Label::Content, None);
            }
        }
        blocks
    }

    fn is_over_removed(&self, kept: Kept) -> bool {
        let removed = (kept.of_words - kept.words) as f64;
        self.max_removed.is_some_and(|most| removed > f64::from(most) * kept.of_words as f64)
    }
}

/// A document to judge.
struct Request<'r> {
    shape: Shape,
    place: Place,
    record: &'r Record<'r>,
    subject: Subject<'r>,
    note: Option<Note>,
}

impl Piece {
    /// Memory it holds: bytes, and something for the piece itself.
    fn weight(&self) -> usize {
        const SELF: usize = 64;
        SELF + match self {
            Piece::File(bytes) => bytes.len(),
            Piece::Line(line) => line.bytes.as_ref().map_or(0, Vec::len),
            Piece::Failed(_) | Piece::End => 0,
        }
    }
}

impl Document {
    fn remark(&mut self, what: String) {
        self.note = Some(match self.note.take() {
            Some(note) => format!("{note}; {what}"),
            None => what,
        });
    }
}

/// A string as JSON.
fn to_raw(text: &str) -> Box<RawValue> {
    // A string has no reason to fail.
    to_raw_value(text).unwrap_or_else(|_| RawValue::NULL.to_owned())
}

/// Writes results in order, says what has to be said.
struct Writer {
    places: Vec<Option<Place>>,
    destination: Destination,
    /// The file of the input whose results come now, when every input has its own.
    open: Open,
    /// Whether the next text needs an empty line before it.
    separate: bool,
    /// Whether it has been said that a markup does not suit.
    warned: bool,
    reporter: Reporter,
    made_for: String,
}

enum Open {
    Nothing,
    File(OutputFile),
    /// It could not be made or written, or its input not be read.
    GivenUp,
}

impl Writer {
    fn write(&mut self, done: Done) -> anyhow::Result<()> {
        match done.result {
            Written::End => self.end(done.input),
            Written::Document(document) => {
                self.say(done.input, &document);
                self.put(done.input, &document.bytes)
            }
            Written::Unreadable(document) => {
                self.say(done.input, &document);
                match self.destination {
                    Destination::One(_) => self.put(done.input, &document.bytes)?,
                    Destination::Mirror(_) => self.open = Open::GivenUp,
                }
                Ok(())
            }
        }
    }

    fn say(&mut self, input: usize, document: &Document) {
        self.reporter.step();
        if let Some(failure) = &document.failure {
            self.reporter.fail(failure);
        }
        if let Some(note) = &document.note {
            self.reporter.note(note);
        }
        if let (Some(markup), false, Some(place)) = (document.unfit, self.warned, &self.places[input]) {
            self.warned = true;
            let markup = format!("{markup:?}").to_lowercase();
            self.reporter
                .note(&format!("{place}: {markup} is not what {} is made for; it is read line by line", self.made_for));
        }
    }

    fn put(&mut self, input: usize, bytes: &[u8]) -> anyhow::Result<()> {
        if bytes.is_empty() {
            return Ok(());
        }
        let bytes = [self.separator(bytes), bytes].concat();
        match &mut self.destination {
            Destination::One(sink) => sink.write(&bytes)?,
            Destination::Mirror(paths) => put_mirrored(&mut self.open, &paths[input], &bytes, &mut self.reporter),
        }
        Ok(())
    }

    /// Texts stand apart by an empty line; lines of JSON do not.
    fn separator(&mut self, bytes: &[u8]) -> &'static [u8] {
        let is_text = !bytes.starts_with(b"{");
        let separate = std::mem::replace(&mut self.separate, is_text);
        if separate && is_text { b"\n" } else { b"" }
    }

    fn end(&mut self, input: usize) -> anyhow::Result<()> {
        let Destination::Mirror(paths) = &self.destination else { return Ok(()) };
        self.separate = false;
        // An input without any record still has its output.
        put_mirrored(&mut self.open, &paths[input], b"", &mut self.reporter);
        if let Open::File(file) = std::mem::replace(&mut self.open, Open::Nothing)
            && let Err(error) = file.commit()
        {
            self.reporter.fail(&error.to_string());
        }
        Ok(())
    }

    fn finish(self) -> anyhow::Result<Outcome> {
        if let Destination::One(sink) = self.destination {
            sink.finish()?;
        }
        Ok(if self.reporter.finish() > 0 { Outcome::SomeFailed } else { Outcome::Done })
    }
}

/// Writes to the file of an input, which is made when the first result comes.
fn put_mirrored(open: &mut Open, path: &Path, bytes: &[u8], reporter: &mut Reporter) {
    if matches!(open, Open::Nothing) {
        *open = match OutputFile::create(path) {
            Ok(file) => Open::File(file),
            Err(error) => {
                reporter.fail(&error.to_string());
                Open::GivenUp
            }
        };
    }
    if let Open::File(file) = open
        && let Err(error) = file.write(bytes)
    {
        reporter.fail(&error.to_string());
        *open = Open::GivenUp;
    }
}
