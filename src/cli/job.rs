//! A job: inputs are read, their documents judged on several threads, and the results written in order.

use std::fmt::Display;
use std::path::{Path, PathBuf};

use anyhow::bail;
use dehusk::batch::{Weighed, map};
use dehusk::html::{self, EncodingSource};
use dehusk::io::{
    BodyError, BytesRead, Container, Decoded, Input, Line, Manifest, Note, Place, ReadError, Record, Response, Shard,
    WarcKind, WarcRecord, WriteError, check_text, decode, find, format_of, markup_of_bytes,
};
#[cfg(feature = "parquet")]
use dehusk::io::{Cell, Rows};
use dehusk::{Kept, Markup, Meta};

use super::Outcome;
use super::judge::{Bench, Form, Judge, JudgeArgs, Judging, Subject};
#[cfg(feature = "parquet")]
use super::reading::markup_of_column;
use super::reading::{Piece, ReadArgs};
use super::reporter::Reporter;
use super::sink::{Destination, Sink, is_mirror};
use super::sources::or_stdin;
use super::write::{Added, AddedRow, Status, dolma, explained, jsonl, kept_ratio, labels, spans, table};
#[cfg(feature = "parquet")]
use super::write::{BOILERPLATE, ROW_COLUMNS};
use super::writer::{Current, Document, Done, Writer, Written};

/// How results are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// Content.
    Content(Form),
    /// One record a line, with its content.
    Jsonl(Form),
    /// One row a record, with its content.
    Parquet(Form),
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
            (Shape::Parquet(_), _) | (_, Container::Jsonl) => "",
            (_, Container::File | Container::Warc | Container::Parquet) => ".jsonl",
        }
    }

    fn is_html(self) -> bool {
        matches!(self, Shape::Content(Form::Html) | Shape::Jsonl(Form::Html) | Shape::Parquet(Form::Html))
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
    /// Of rows.
    pub row: Shape,
}

impl Shapes {
    /// One for all.
    pub fn all(shape: Shape) -> Shapes {
        Shapes { file: shape, record: shape, row: shape }
    }

    /// Rows are written as records where no file of rows can be.
    fn without_rows(self) -> Shapes {
        let Shape::Parquet(form) = self.row else { return self };
        Shapes { row: Shape::Jsonl(form), ..self }
    }

    fn of(self, container: Container) -> Shape {
        match container {
            Container::File => self.file,
            Container::Jsonl | Container::Warc => self.record,
            Container::Parquet => self.row,
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
    /// What made the judge: its key is worked out only for outputs that a later run may go on from.
    pub judge_args: &'a JudgeArgs,
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
    /// Pass over what a run before has finished.
    pub resume: bool,
}

/// A piece of an input.
struct Item {
    input: usize,
    piece: Piece,
}

impl Job<'_> {
    /// Does the job.
    ///
    /// # Errors
    /// When no source could be written as asked, or the outputs cannot be planned or written; inputs that fail are reported, and the job goes on.
    pub fn run(mut self) -> anyhow::Result<Outcome> {
        self.refuse_html_without_pages()?;
        let names = &*or_stdin(self.names);
        let found: Vec<Result<Input, ReadError>> = names.iter().flat_map(|name| find(name)).collect();
        let inputs: Vec<Option<Input>> = found.iter().map(|input| input.as_ref().ok().cloned()).collect();
        self.settle_rows(names, &inputs)?;
        let destination = self.destination(names, &inputs)?;
        let progress = Progress::plan(&self, &inputs, &destination)?;
        let read = BytesRead::default();
        let mut writer = Writer {
            places: inputs.iter().map(|input| input.as_ref().map(|input| input.place.clone())).collect(),
            reporter: Reporter::of_bytes(self.output.is_none(), progress.bytes(&inputs), read.clone()),
            destination,
            current: Current::default(),
            warned: false,
            manifest: progress.manifest,
            shards: progress.shards,
        };
        tell_finished(&progress.finished, &writer.places, &mut writer.reporter);
        let items = found
            .into_iter()
            .enumerate()
            .filter(|(index, _)| progress.finished[*index].is_none())
            .flat_map(|(index, input)| self.items(index, input, &read));
        map(
            self.reading.jobs(),
            items,
            || self.judge.bench(),
            |bench, item| self.work(bench, item, &inputs),
            |done| writer.write(done),
        )?;
        writer.finish()
    }

    /// Decides whether rows are written as rows: to a file of Parquet, and to the mirror of one.
    fn settle_rows(&mut self, names: &[PathBuf], inputs: &[Option<Input>]) -> anyhow::Result<()> {
        let Some(output) = self.output.filter(|output| !is_mirror(names, output)) else {
            if self.output.is_none() {
                self.shapes = self.shapes.without_rows();
            }
            return Ok(());
        };
        if format_of(output).container != Some(Container::Parquet) {
            self.shapes = self.shapes.without_rows();
            return Ok(());
        }
        let rows = |input: &Input| self.reading.container(input) == Container::Parquet;
        if !matches!(self.shapes.row, Shape::Parquet(_)) || !inputs.iter().flatten().all(rows) {
            bail!("{}: only what is read from Parquet is written as Parquet, without --to", output.display());
        }
        Ok(())
    }

    /// What is done to every input, as far as it changes what is written.
    fn key(&self) -> anyhow::Result<String> {
        Ok(format!(
            "dehusk {}; {}; {:?}; {}; max_removed {:?}, drop_source {}, spans {}",
            env!("CARGO_PKG_VERSION"),
            self.judge_args.key()?,
            self.shapes,
            self.reading.key(),
            self.max_removed,
            self.drop_source,
            self.spans,
        ))
    }

    fn destination(&self, names: &[PathBuf], inputs: &[Option<Input>]) -> anyhow::Result<Destination> {
        if self.output.is_none() && matches!(self.shapes.file, Shape::Table | Shape::Explained(_)) {
            return Ok(Destination::One(Sink::coloured()));
        }
        Destination::plan(names, inputs, self.output, self.create(), |input| {
            let container = self.reading.container(input);
            self.shapes.of(container).ending(container, input.format.markup)
        })
    }

    /// How the one output is made.
    fn create(&self) -> fn(&Path) -> Result<Sink, WriteError> {
        #[cfg(feature = "parquet")]
        if self.output.is_some_and(|output| format_of(output).container == Some(Container::Parquet)) {
            return Sink::create_rows;
        }
        Sink::create
    }

    fn refuse_html_without_pages(&self) -> anyhow::Result<()> {
        if !self.shapes.file.is_html() && !self.shapes.record.is_html() {
            return Ok(());
        }
        if self.reading.expects_no_pages() {
            bail!("only a page can be written as HTML: leave out --markup, or say --markup html");
        }
        if !self.judge.reads_pages() {
            bail!("only a page can be written as HTML, and {} reads none: name a model for HTML", self.judge.title());
        }
        Ok(())
    }

    /// The pieces of an input, read as they are asked for.
    fn items(
        &self,
        index: usize,
        input: Result<Input, ReadError>,
        read: &BytesRead,
    ) -> impl Iterator<Item = Weighed<Item>> + use<> {
        let pieces: Box<dyn Iterator<Item = Piece> + Send> = match input {
            Ok(input) => Box::new(self.reading.pieces(&input, read)),
            Err(error) => Box::new([Piece::Unreadable(error), Piece::End].into_iter()),
        };
        pieces.map(move |piece| Weighed { weight: piece.weight(), item: Item { input: index, piece } })
    }

    fn work(&self, bench: &mut Bench<'_>, item: Item, inputs: &[Option<Input>]) -> Done {
        let result = match &inputs[item.input] {
            Some(input) => self.piece(bench, input, item.piece),
            None => not_found(item.piece),
        };
        Done { input: item.input, result }
    }

    fn piece(&self, bench: &mut Bench<'_>, input: &Input, piece: Piece) -> Written {
        let one = |document| Written::Documents(vec![document]);
        match piece {
            Piece::File(bytes) => one(self.file(bench, input, bytes)),
            Piece::Line(line) => one(self.line(bench, input, line)),
            Piece::Warc(record) => Written::Documents(self.warc(bench, input, record).into_iter().collect()),
            #[cfg(feature = "parquet")]
            Piece::Rows(rows) => self.rows(bench, input, &rows),
            Piece::Unreadable(error) => Written::Unreadable(self.unread(input, &error)),
            Piece::Damaged(error) => one(self.unread(input, &error)),
            Piece::End => Written::End,
        }
    }

    /// A part of an input that cannot be read has a record that says so.
    fn unread(&self, input: &Input, error: &ReadError) -> Document {
        let container = self.reading.container(input);
        let id = json(&input.place.to_string());
        let record = match container {
            Container::File => Record::new(vec![("id".to_owned(), &id)]),
            _ => Record::new(Vec::new()),
        };
        self.failed(self.shapes.of(container), &record, Status::Error, error.to_string())
    }

    fn file(&self, bench: &mut Bench<'_>, input: &Input, bytes: Option<Vec<u8>>) -> Document {
        let shape = self.shapes.file;
        let place = &input.place;
        let id = json(&place.to_string());
        let Some(bytes) = bytes else {
            let record = Record::new(vec![("id".to_owned(), &id)]);
            return self.failed(shape, &record, Status::TooLarge, format!("{place}: {}", self.reading.too_large()));
        };
        if let Err(error) = check_text(&bytes, place) {
            let record = Record::new(vec![("id".to_owned(), &id)]);
            return self.failed(shape, &record, Status::Error, error.to_string());
        }
        let markup = self.reading.markup(input.format.markup, || markup_of_bytes(&bytes));
        let Decoded { text: source, note } =
            if markup == Markup::Html { decode_page(&bytes, None) } else { decode(bytes) };
        // A file reads as a record of its path and its text.
        let text = json(if matches!(shape, Shape::Jsonl(_)) && !self.drop_source { &source } else { "" });
        let column = self.reading.column_of_file(markup).to_owned();
        let record = Record::new(vec![("id".to_owned(), &id), (column, &text)]);
        let outlet = self.judge.outlet_of(None, place);
        match self.judge.subject(&source, markup, outlet.as_deref()) {
            Ok(subject) => self.judged(bench, &Request { shape, place, record: &record, subject, note }),
            Err(what) => self.failed(shape, &record, Status::Error, format!("{place}: {what}")),
        }
    }

    fn line(&self, bench: &mut Bench<'_>, input: &Input, line: Line) -> Document {
        let shape = self.shapes.of(self.reading.container(input));
        let place = input.place.at(line.number);
        let nothing = Record::new(Vec::new());
        let Some(bytes) = line.bytes else {
            let what = format!("{place}: {}", self.reading.too_large());
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
        let markup = self.reading.markup_in(column, input.format.markup, &source);
        let outlet = self.judge.outlet_of(Some(&record), &place);
        match self.judge.subject(&source, markup, outlet.as_deref()) {
            Ok(subject) => self.judged(bench, &Request { shape, place: &place, record: &record, subject, note }),
            Err(what) => failed(&what),
        }
    }

    /// A record of WARC; none of what is no page, such as an image.
    fn warc(&self, bench: &mut Bench<'_>, input: &Input, record: WarcRecord) -> Option<Document> {
        let shape = self.shapes.record;
        let place = input.place.at(record.number);
        let mut fields = vec![("id".to_owned(), json(record.id.as_deref().unwrap_or(&place.to_string())))];
        fields.extend(record.url.map(|url| ("url".to_owned(), json(&url))));
        fields.extend(record.date.map(|date| ("date".to_owned(), json(&date))));
        let page = match (record.kind, record.block) {
            (_, None) => Err((Status::TooLarge, self.reading.too_large())),
            (WarcKind::Conversion, Some(body)) => Ok(Page { body, markup: Some(Markup::Text), charset: None }),
            (WarcKind::Response, Some(block)) => {
                let response = Response::parse(block);
                let markup = markup_of_media_type(response.media_type.as_deref())?;
                fields.extend(response.status.map(|status| ("http_status".to_owned(), status.to_string())));
                self.page(response, markup)
            }
        };
        let record = Record::new(fields.iter().map(|(name, value)| (name.clone(), value.as_str())).collect());
        let failed = |status, what: &dyn Display| self.failed(shape, &record, status, format!("{place}: {what}"));
        let Page { body, markup, charset } = match page {
            Ok(page) => page,
            Err((status, what)) => return Some(failed(status, &what)),
        };
        if let Err(error) = check_text(&body, &place) {
            return Some(self.failed(shape, &record, Status::Error, error.to_string()));
        }
        let markup = self.reading.markup(markup, || markup_of_bytes(&body));
        let Decoded { text: source, note } = match (markup, charset) {
            (Markup::Html, charset) => decode_page(&body, charset.as_deref()),
            (_, Some(charset)) => decode_page(&body, Some(&charset)),
            (_, None) => decode(body),
        };
        let outlet = self.judge.outlet_of(Some(&record), &place);
        Some(match self.judge.subject(&source, markup, outlet.as_deref()) {
            Ok(subject) => self.judged(bench, &Request { shape, place: &place, record: &record, subject, note }),
            Err(what) => failed(Status::Error, &what),
        })
    }

    fn page(&self, mut response: Response, markup: Option<Markup>) -> Result<Page, (Status, String)> {
        let charset = response.charset.take();
        match response.into_body(self.reading.limit()) {
            Ok(body) => Ok(Page { body, markup, charset }),
            Err(BodyError::TooLarge) => Err((Status::TooLarge, self.reading.too_large())),
            Err(error) => Err((Status::Error, error.to_string())),
        }
    }

    /// Rows are written as rows, or else as the lines of JSONL they read like.
    #[cfg(feature = "parquet")]
    fn rows(&self, bench: &mut Bench<'_>, input: &Input, rows: &Rows) -> Written {
        if !matches!(self.shapes.row, Shape::Parquet(_)) {
            let lines = match rows.to_lines(&input.place) {
                Ok(lines) => lines,
                Err(error) => return Written::Documents(vec![self.unread(input, &error)]),
            };
            let line = |(row, bytes): (usize, Vec<u8>)| {
                let bytes = Some(bytes).filter(|bytes| bytes.len() <= self.reading.limit());
                self.line(bench, input, Line { number: rows.first + row, bytes })
            };
            return Written::Documents(lines.into_iter().enumerate().map(line).collect());
        }
        let column = self.reading.column_among(|name| rows.has(name));
        let mut documents: Vec<Document> =
            (0..rows.len()).map(|row| self.row(bench, input, (rows, row), column)).collect();
        let added: Vec<_> = documents.iter_mut().filter_map(|document| document.added.take()).collect();
        let columns: Vec<_> = ROW_COLUMNS.into_iter().filter(|(name, _)| self.spans || *name != BOILERPLATE).collect();
        match rows.with(&input.place, self.drop_source.then_some(column), &columns, &added) {
            Ok(rows) => Written::Rows(documents, Box::new(rows)),
            Err(error) => Written::Documents(vec![self.unread(input, &error)]),
        }
    }

    #[cfg(feature = "parquet")]
    fn row(&self, bench: &mut Bench<'_>, input: &Input, (rows, row): (&Rows, usize), column: &str) -> Document {
        let shape = self.shapes.row;
        let place = input.place.at(rows.first + row);
        let record = Record::new(Vec::new());
        let failed = |status, what: &dyn Display| self.failed(shape, &record, status, format!("{place}: {what}"));
        let cell = match rows.cell(column, row) {
            Ok(cell) if cell.bytes() > self.reading.limit() => {
                return failed(Status::TooLarge, &self.reading.too_large());
            }
            Ok(cell) => cell,
            Err(error) => return failed(Status::Error, &error),
        };
        let known = markup_of_column(column).or(input.format.markup);
        let markup = self.reading.markup(known, || match cell {
            Cell::Text(text) => dehusk::io::markup_of(text),
            Cell::Bytes(bytes) => markup_of_bytes(bytes),
        });
        let Decoded { text: source, note } = match cell {
            Cell::Text(text) => Decoded { text: text.to_owned(), note: None },
            Cell::Bytes(bytes) if markup == Markup::Html => decode_page(bytes, None),
            Cell::Bytes(bytes) => decode(bytes.to_vec()),
        };
        let outlet = match rows.cell("outlet", row) {
            Ok(Cell::Text(outlet)) => Some(outlet),
            _ => None,
        };
        match self.judge.subject(&source, markup, outlet) {
            Ok(subject) => self.judged(bench, &Request { shape, place: &place, record: &record, subject, note }),
            Err(what) => failed(Status::Error, &what),
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
            (Shape::Dolma, Some(id)) => dolma(id, self.origin(record, &json("")), "", Markup::Text, &[]),
            _ => Vec::new(),
        };
        let added = matches!(shape, Shape::Parquet(_)).then(|| Box::new(AddedRow::of(&added)));
        Document { bytes, added, failure: Some(what), ..Document::default() }
    }

    fn dropped(&self, record: &Record<'_>) -> Option<&str> {
        self.drop_source.then(|| self.reading.column(record))
    }

    /// Dolma's `source`: the record's own, unless that is the column to clean.
    fn origin<'r>(&self, record: &Record<'r>, default: &'r str) -> &'r str {
        record.field("source").filter(|_| self.reading.column(record) != "source").unwrap_or(default)
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
        let (Shape::Content(form) | Shape::Jsonl(form) | Shape::Parquet(form)) = *shape else {
            document.bytes = self.blocks(worker, request);
            return document;
        };
        let Some(content) = content(worker, *subject, form, verdict) else { return self.no_page(request) };
        if let Shape::Content(_) = shape {
            document.bytes = lines(&content);
            if let Some(remark) = verdict.remark(&content) {
                document.remark(format!("{place}: {remark}"));
            }
        } else {
            self.record(worker, request, verdict, &content, &mut document);
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
        let own = json(&title);
        let id = record.field("id").unwrap_or(&own);
        match shape {
            Shape::Dolma => {
                let path = Place { line: None, ..(*place).clone() }.to_string();
                dolma(id, self.origin(record, &json(&path)), subject.source, subject.read_as, &blocks)
            }
            Shape::Labels => labels(id, subject.source, &blocks),
            _ => table(&title, &blocks),
        }
    }

    fn record(
        &self,
        worker: &dyn Judging,
        request: &Request<'_>,
        verdict: Verdict,
        content: &str,
        document: &mut Document,
    ) {
        let Request { shape, record, subject, note, .. } = request;
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
        match shape {
            Shape::Parquet(_) => document.added = Some(Box::new(AddedRow::of(&added))),
            _ => document.bytes = jsonl(record, self.dropped(record), &added),
        }
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

/// A page as its bytes, the charset of HTTP, its declaration and what it looks like say. A note is for damage, and for what the page did not
/// say itself.
pub fn decode_page(bytes: &[u8], charset: Option<&str>) -> Decoded {
    let html::Decoded { text, encoding, source, damaged } = html::decode(bytes, charset);
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

/// What a server sent.
struct Page {
    body: Vec<u8>,
    /// As the media type has it.
    markup: Option<Markup>,
    /// As the header has it.
    charset: Option<String>,
}

/// Media types of pages and texts, with the markup where they tell it.
const MEDIA_TYPES: [(&str, Option<Markup>); 4] = [
    ("text/html", Some(Markup::Html)),
    ("application/xhtml+xml", Some(Markup::Html)),
    ("text/markdown", Some(Markup::Markdown)),
    ("text/plain", None),
];

/// None for what is neither page nor text. Where no media type is given, it is seen by content.
pub fn markup_of_media_type(media_type: Option<&str>) -> Option<Option<Markup>> {
    let Some(media_type) = media_type else { return Some(None) };
    MEDIA_TYPES.iter().find(|(name, _)| *name == media_type).map(|(_, markup)| *markup)
}

/// A name that no input was found under.
fn not_found(piece: Piece) -> Written {
    match piece {
        Piece::Unreadable(error) => {
            Written::Unreadable(Document { failure: Some(error.to_string()), ..Document::default() })
        }
        _ => Written::End,
    }
}

/// How far runs before have come.
struct Progress {
    manifest: Option<Manifest>,
    shards: Vec<Option<Shard>>,
    /// How many records failed, of inputs whose output is finished.
    finished: Vec<Option<usize>>,
}

impl Progress {
    fn plan(job: &Job<'_>, inputs: &[Option<Input>], destination: &Destination) -> anyhow::Result<Progress> {
        let nothing = Progress {
            manifest: None,
            shards: inputs.iter().map(|_| None).collect(),
            finished: inputs.iter().map(|_| None).collect(),
        };
        let (Destination::Mirror(paths), Some(directory)) = (destination, job.output) else {
            if job.resume && job.output.is_none() {
                bail!("--resume is for files: name one, or a directory, with --output");
            }
            return Ok(nothing);
        };
        let manifest = Manifest::open(directory)?;
        let key = job.key()?;
        let shards: Vec<Option<Shard>> =
            inputs.iter().map(|input| input.as_ref().and_then(|input| Shard::of(input, &key))).collect();
        let finished = |(shard, path): (&Option<Shard>, &PathBuf)| manifest.finished(path, shard.as_ref()?);
        let finished = match job.resume {
            true => shards.iter().zip(paths).map(finished).collect(),
            false => nothing.finished,
        };
        Ok(Progress { manifest: Some(manifest), shards, finished })
    }

    /// Bytes that are to be read, where that is known of all inputs.
    fn bytes(&self, inputs: &[Option<Input>]) -> Option<u64> {
        let open = inputs.iter().zip(&self.finished).filter(|(_, finished)| finished.is_none());
        open.filter_map(|(input, _)| input.as_ref()).map(Input::bytes).sum()
    }
}

/// Outputs that are passed over still count when records of theirs had failed.
fn tell_finished(finished: &[Option<usize>], places: &[Option<Place>], reporter: &mut Reporter) {
    let count = finished.iter().flatten().count();
    if count > 0 {
        reporter.note(&format!("{count} of {} outputs are finished and passed over", finished.len()));
    }
    for (failed, place) in finished.iter().zip(places) {
        if let (Some(failed @ 1..), Some(place)) = (failed, place) {
            reporter.fail(&format!("{place}: {failed} failed in a run before; without --resume it is read again"));
        }
    }
}

/// A string as JSON.
fn json(text: &str) -> String {
    // A string has no reason to fail.
    serde_json::to_string(text).unwrap_or_else(|_| "null".to_owned())
}
