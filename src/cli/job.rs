//! A job: inputs are read, their documents judged on several threads, and the results written in order.

use std::fmt::Display;
use std::iter::once;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use anyhow::bail;
use clap::ValueEnum;
use dehusk::batch::{Weighed, default_jobs, map};
use dehusk::html::{self, EncodingSource};
use dehusk::io::{
    Container, Decoded, Input, Line, Lines, MAX_LINE_BYTES, Note, OutputFile, Place, ReadError, Record, check_text,
    decode, find, markup_of, markup_of_bytes,
};
use dehusk::{Kept, Markup, Meta};
use serde_json::value::{RawValue, to_raw_value};

use super::Outcome;
use super::judge::{Bench, Form, Judge, Judging, Subject};
use super::reporter::Reporter;
use super::sink::{Destination, Sink};
use super::write::{Added, Status, dolma, explained, jsonl, kept_ratio, labels, spans, table};

/// Options of reading.
#[derive(Debug, clap::Args)]
pub struct ReadArgs {
    /// How sources are written. auto: by extension, then by content.
    #[arg(long, value_enum, default_value_t = MarkupArg::Auto)]
    markup: MarkupArg,
    /// What holds the sources. auto: by extension; .gz and .zst are seen through.
    #[arg(long, value_enum, default_value_t = ContainerArg::Auto)]
    container: ContainerArg,
    /// Column of JSONL that holds the source. Default: text, or html where a record has no text. What stands in a
    /// column html is HTML unless --markup says otherwise.
    #[arg(long, value_name = "NAME")]
    column: Option<String>,
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

    /// The markup that was asked for, else the one that is known, else the one that the source seems to be in.
    fn markup(&self, known: Option<Markup>, seems: impl FnOnce() -> Markup) -> Markup {
        match self.markup {
            MarkupArg::Auto => known.unwrap_or_else(seems),
            MarkupArg::Text => Markup::Text,
            MarkupArg::Markdown => Markup::Markdown,
            MarkupArg::Html => Markup::Html,
        }
    }

    /// The column of a record that holds the source.
    fn column(&self, record: &Record<'_>) -> &str {
        let there = || COLUMNS.iter().map(|(name, _)| *name).find(|name| record.field(name).is_some());
        self.column.as_deref().or_else(there).unwrap_or(TEXT)
    }

    /// The column that holds the source of a file when that is made a record.
    fn column_of_file(&self, markup: Markup) -> &str {
        let own = || COLUMNS.iter().find(|(_, own)| *own == Some(markup)).map(|(name, _)| *name);
        self.column.as_deref().or_else(own).unwrap_or(TEXT)
    }
}

const TEXT: &str = "text";
/// The columns that are looked for, the first that is there; and the markup of what stands in them.
const COLUMNS: [(&str, Option<Markup>); 2] = [(TEXT, None), ("html", Some(Markup::Html))];

fn markup_of_column(column: &str) -> Option<Markup> {
    COLUMNS.iter().find(|(name, _)| *name == column).and_then(|(_, markup)| *markup)
}

/// How results are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// Content.
    Content(Form),
    /// One record a line, with its content.
    Jsonl(Form),
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
        match (self, container) {
            (Shape::Content(form), Container::File) if is_own(form, markup) => "",
            (Shape::Content(Form::Text) | Shape::Table | Shape::Explained(_), _) => ".txt",
            (Shape::Content(Form::Markdown(_)), _) => ".md",
            (Shape::Content(Form::Html), _) => ".html",
            (_, Container::File) => ".jsonl",
            (_, Container::Jsonl) => "",
        }
    }

    fn is_html(self) -> bool {
        matches!(self, Shape::Content(Form::Html) | Shape::Jsonl(Form::Html))
    }
}

/// Whether content in a form is of the same markup as its source. The text of Markdown is Markdown.
fn is_own(form: Form, markup: Option<Markup>) -> bool {
    match form {
        Form::Text => markup != Some(Markup::Html),
        Form::Markdown(_) => markup == Some(Markup::Markdown),
        Form::Html => markup == Some(Markup::Html),
    }
}

/// How results are written, by what holds the sources.
#[derive(Clone, Copy, Debug)]
pub struct Shapes {
    /// Of files.
    pub file: Shape,
    /// Of records.
    pub record: Shape,
}

impl Shapes {
    /// One for all.
    pub fn all(shape: Shape) -> Shapes {
        Shapes { file: shape, record: shape }
    }

    fn of(self, container: Container) -> Shape {
        match container {
            Container::File => self.file,
            Container::Jsonl => self.record,
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
    /// How to write.
    pub shapes: Shapes,
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
    /// What is to be known of a markup that its judge was not made for.
    misfit: Option<String>,
}

impl Job<'_> {
    /// Does the job.
    ///
    /// # Errors
    /// When no source could be written as asked, or the outputs cannot be planned or written; inputs that fail are reported, and the job goes on.
    pub fn run(&self) -> anyhow::Result<Outcome> {
        self.refuse_html_without_pages()?;
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
        if self.output.is_none() && matches!(self.shapes.file, Shape::Table | Shape::Explained(_)) {
            return Ok(Destination::One(Sink::coloured()));
        }
        Destination::plan(names, inputs, self.output, |input| {
            let container = self.reading.container(input);
            self.shapes.of(container).ending(container, input.format.markup)
        })
    }

    fn refuse_html_without_pages(&self) -> anyhow::Result<()> {
        if !self.shapes.file.is_html() && !self.shapes.record.is_html() {
            return Ok(());
        }
        if matches!(self.reading.markup, MarkupArg::Text | MarkupArg::Markdown) {
            bail!("only a page can be written as HTML: leave out --markup, or say --markup html");
        }
        if !self.judge.reads_pages() {
            bail!("only a page can be written as HTML, and {} reads none: name a model for HTML", self.judge.title());
        }
        Ok(())
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
        let document = self.failed(self.shapes.of(container), &record, Status::Error, error.to_string());
        if broken_off { Written::Document(document) } else { Written::Unreadable(document) }
    }

    fn file(&self, bench: &mut Bench<'_>, input: &Input, bytes: Vec<u8>) -> Document {
        let shape = self.shapes.file;
        let place = &input.place;
        let id = to_raw(&place.to_string());
        if let Err(error) = check_text(&bytes, place) {
            let record = Record { fields: vec![("id".to_owned(), &id)] };
            return self.failed(shape, &record, Status::Error, error.to_string());
        }
        let markup = self.reading.markup(input.format.markup, || markup_of_bytes(&bytes));
        let Decoded { text: source, note } = if markup == Markup::Html { decode_page(&bytes) } else { decode(bytes) };
        // A file reads as a record of its path and its text.
        let text = to_raw(if matches!(shape, Shape::Jsonl(_)) && !self.drop_source { &source } else { "" });
        let column = self.reading.column_of_file(markup).to_owned();
        let record = Record { fields: vec![("id".to_owned(), &*id), (column, &*text)] };
        match self.judge.subject(&source, markup, None) {
            Ok(subject) => self.judged(bench, &Request { shape, place, record: &record, subject, note }),
            Err(what) => self.failed(shape, &record, Status::Error, format!("{place}: {what}")),
        }
    }

    fn line(&self, bench: &mut Bench<'_>, input: &Input, line: Line) -> Document {
        let shape = self.shapes.record;
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
        let failed = |what: &dyn Display| self.failed(shape, &record, Status::Error, format!("{place}: {what}"));
        let column = self.reading.column(&record);
        let source = match record.string(column) {
            Ok(source) => source,
            Err(error) => return failed(&error),
        };
        let known = markup_of_column(column).or(input.format.markup);
        let markup = self.reading.markup(known, || markup_of(&source));
        match self.judge.subject(&source, markup, record.string("outlet").ok().as_deref()) {
            Ok(subject) => self.judged(bench, &Request { shape, place: &place, record: &record, subject, note }),
            Err(what) => failed(&what),
        }
    }

    fn failed(&self, shape: Shape, record: &Record<'_>, status: Status, what: String) -> Document {
        let added = Added {
            content: "",
            kept_ratio: 0.0,
            status,
            error: Some(&what),
            note: None,
            model: None,
            meta: None,
            boilerplate: self.spans.then_some(&[]),
        };
        let bytes = match (shape, record.field("id")) {
            (Shape::Jsonl(_), _) => jsonl(record, self.dropped(record), &added),
            // Attribute files have a line for each document that can be named.
            (Shape::Dolma, Some(id)) => dolma(id, &self.origin(record, &to_raw("")), "", Markup::Text, &[]),
            _ => Vec::new(),
        };
        Document { bytes, failure: Some(what), ..Document::default() }
    }

    fn dropped(&self, record: &Record<'_>) -> Option<&str> {
        self.drop_source.then(|| self.reading.column(record))
    }

    /// Dolma's `source`: the record's own, unless that is the column to clean.
    fn origin(&self, record: &Record<'_>, default: &RawValue) -> Box<RawValue> {
        match record.field("source").filter(|_| self.reading.column(record) != "source") {
            Some(origin) => origin.to_owned(),
            None => default.to_owned(),
        }
    }

    fn judged(&self, bench: &mut Bench<'_>, request: &Request<'_>) -> Document {
        let Request { shape, place, subject, note, .. } = request;
        let mut document = Document {
            note: note.map(|note| format!("{place}: {note}")),
            misfit: self.judge.misfit(*subject),
            ..Document::default()
        };
        if let Shape::Explained(most) = shape {
            document.bytes = explained(&place.to_string(), &bench.explain(*subject, *most));
            return document;
        }
        let worker = bench.judge(*subject);
        let verdict = self.verdict(worker, subject.source);
        let (Shape::Content(form) | Shape::Jsonl(form)) = *shape else {
            document.bytes = self.blocks(worker, request);
            return document;
        };
        let Some(content) = content(worker, *subject, form, verdict) else { return self.no_page(request) };
        if let Shape::Jsonl(_) = shape {
            document.bytes = self.record(worker, request, verdict, &content);
        } else {
            document.bytes = lines(&content);
            if let Some(remark) = verdict.remark(&content) {
                document.remark(format!("{place}: {remark}"));
            }
        }
        document
    }

    /// What was decided; everything is kept when too much would go.
    fn verdict(&self, worker: &mut dyn Judging, source: &str) -> Verdict {
        let decided = worker.kept(source);
        let removed = (decided.of_words - decided.words) as f64;
        let over_removed = self.max_removed.is_some_and(|most| removed > f64::from(most) * decided.of_words as f64);
        if over_removed {
            worker.keep_all();
        }
        Verdict { decided, over_removed }
    }

    fn blocks(&self, worker: &dyn Judging, request: &Request<'_>) -> Vec<u8> {
        let Request { shape, place, record, subject, .. } = request;
        let title = place.to_string();
        let blocks = worker.blocks(subject.source);
        let own = to_raw(&title);
        let id = record.field("id").unwrap_or(&own);
        match shape {
            Shape::Dolma => {
                let path = Place { line: None, ..(*place).clone() }.to_string();
                dolma(id, &self.origin(record, &to_raw(&path)), subject.source, subject.read_as, &blocks)
            }
            Shape::Labels => labels(id, subject.source, &blocks),
            _ => table(&title, &blocks),
        }
    }

    fn record(&self, worker: &dyn Judging, request: &Request<'_>, verdict: Verdict, content: &str) -> Vec<u8> {
        let Request { record, subject, note, .. } = request;
        let boilerplate = self.spans.then(|| spans(subject.source, &worker.blocks(subject.source)));
        let meta = worker.meta(subject.source).filter(|meta| *meta != Meta::default());
        let added = Added {
            content,
            kept_ratio: kept_ratio(worker.kept(subject.source)),
            status: verdict.status(content),
            error: None,
            note: *note,
            model: Some(&self.judge.name(subject.choice)),
            meta: meta.as_ref(),
            boilerplate: boilerplate.as_deref(),
        };
        jsonl(record, self.dropped(record), &added)
    }

    fn no_page(&self, request: &Request<'_>) -> Document {
        let what =
            format!("{}: no page: only HTML can be written as HTML; is it some? say --markup html", request.place);
        self.failed(request.shape, request.record, Status::Error, what)
    }
}

/// What was decided about a document.
#[derive(Clone, Copy)]
struct Verdict {
    /// Words that were to be kept.
    decided: Kept,
    /// So few that all are kept.
    over_removed: bool,
}

impl Verdict {
    fn status(self, content: &str) -> Status {
        match self.over_removed {
            true => Status::OverRemoved,
            false if content.is_empty() => Status::Empty,
            false => Status::Ok,
        }
    }

    /// What is said where a status cannot be written.
    fn remark(self, content: &str) -> Option<String> {
        match self.status(content) {
            Status::OverRemoved => {
                let removed = 100.0 * (1.0 - kept_ratio(self.decided));
                Some(format!("over_removed: {removed:.0} % of the words would go, so all was kept"))
            }
            Status::Empty if self.decided.of_words > 0 => Some("empty: nothing was kept".to_owned()),
            _ => None,
        }
    }
}

/// A text with one line end behind it; nothing of nothing.
fn lines(content: &str) -> Vec<u8> {
    let text = content.trim_end_matches(['\n', '\r']);
    if text.is_empty() { Vec::new() } else { format!("{text}\n").into_bytes() }
}

/// The content of a judged subject in a form. Of a text that is kept as a whole, the source as it is; none when it is no
/// page and has to be HTML.
fn content(worker: &mut dyn Judging, subject: Subject<'_>, form: Form, verdict: Verdict) -> Option<String> {
    let content = worker.content(subject.source, form)?;
    let is_whole = verdict.over_removed && subject.read_as != Markup::Html;
    Some(if is_whole { subject.source.to_owned() } else { content.to_owned() })
}

/// A page as its bytes, its declaration and what it looks like say. A note is for damage, and for what the page did not
/// say itself.
fn decode_page(bytes: &[u8]) -> Decoded {
    let html::Decoded { text, encoding, source, damaged } = html::decode(bytes, None);
    let note = (damaged || source == EncodingSource::Detected).then(|| Note::of(encoding, bytes, &text, damaged));
    Decoded { text: text.into_owned(), note }
}

/// A document to judge.
struct Request<'r> {
    shape: Shape,
    place: &'r Place,
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
        if let (Some(misfit), false, Some(place)) = (&document.misfit, self.warned, &self.places[input]) {
            self.warned = true;
            self.reporter.note(&format!("{place}: {misfit}"));
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
