//! What is read: options of reading, and inputs as pieces to work on.

use std::iter::once;
use std::num::NonZeroUsize;

use clap::ValueEnum;
use dehusk::Markup;
use dehusk::batch::default_jobs;
use dehusk::io::{
    BytesRead, Container, Input, Line, Lines, MAX_RECORD_BYTES, ReadError, Record, WarcRecord, WarcRecords, markup_of,
};
#[cfg(feature = "parquet")]
use dehusk::io::{RowGroups, Rows};

/// Options of reading.
#[derive(Clone, Debug, clap::Args)]
pub struct ReadArgs {
    /// How sources are written. auto: by extension, then by content.
    #[arg(long, value_enum, default_value_t = MarkupArg::Auto)]
    markup: MarkupArg,
    /// What holds the sources. auto: by extension; .gz and .zst are seen through.
    #[arg(long, value_enum, default_value_t = ContainerArg::Auto)]
    container: ContainerArg,
    /// Column of JSONL or Parquet that holds the source. Default: text, or html where a record has no text. What stands in a
    /// column html is HTML unless --markup says otherwise.
    #[arg(long, value_name = "NAME")]
    column: Option<String>,
    /// Largest record in MB: a line of JSONL, a row of Parquet, a record of WARC, a plain file. Larger ones get the status
    /// too_large.
    #[arg(long, value_name = "MB", default_value_t = MAX_RECORD_BYTES >> 20)]
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
    Parquet,
    #[value(alias = "wet")]
    Warc,
}

impl ReadArgs {
    /// Worker threads.
    pub fn jobs(&self) -> NonZeroUsize {
        self.jobs.unwrap_or_else(default_jobs)
    }

    /// What an input is read as.
    pub fn container(&self, input: &Input) -> Container {
        input.container(match self.container {
            ContainerArg::Auto => None,
            ContainerArg::File => Some(Container::File),
            ContainerArg::Jsonl => Some(Container::Jsonl),
            ContainerArg::Parquet => Some(Container::Parquet),
            ContainerArg::Warc => Some(Container::Warc),
        })
    }

    /// The markup that was asked for, else the one that is known, else the one that the source seems to be in.
    pub fn markup(&self, known: Option<Markup>, seems: impl FnOnce() -> Markup) -> Markup {
        match self.markup {
            MarkupArg::Auto => known.unwrap_or_else(seems),
            MarkupArg::Text => Markup::Text,
            MarkupArg::Markdown => Markup::Markdown,
            MarkupArg::Html => Markup::Html,
        }
    }

    /// The markup of a source that stands in a column.
    pub fn markup_in(&self, column: &str, known: Option<Markup>, source: &str) -> Markup {
        self.markup(markup_of_column(column).or(known), || markup_of(source))
    }

    /// What of it changes results.
    pub fn key(&self) -> String {
        format!("{:?}, {:?}, column {:?}, {} MB", self.markup, self.container, self.column, self.max_record)
    }

    /// Whether documents can only be texts.
    pub fn expects_no_pages(&self) -> bool {
        matches!(self.markup, MarkupArg::Text | MarkupArg::Markdown)
    }

    /// Bytes of the largest record that is read.
    pub fn limit(&self) -> usize {
        self.max_record.saturating_mul(1 << 20)
    }

    /// What is said of a record over the limit.
    pub fn too_large(&self) -> String {
        format!("longer than {} MB, passed over; allow more with --max-record", self.max_record)
    }

    /// The column of a record that holds the source.
    pub fn column(&self, record: &Record<'_>) -> &str {
        self.column_among(|name| record.field(name).is_some())
    }

    /// The column that holds the source, among those that are there.
    pub fn column_among(&self, is_there: impl Fn(&str) -> bool) -> &str {
        let there = || COLUMNS.iter().map(|(name, _)| *name).find(|name| is_there(name));
        self.column.as_deref().or_else(there).unwrap_or(TEXT)
    }

    /// The column that holds the source of a file when that is made a record.
    pub fn column_of_file(&self, markup: Markup) -> &str {
        let own = || COLUMNS.iter().find(|(_, own)| *own == Some(markup)).map(|(name, _)| *name);
        self.column.as_deref().or_else(own).unwrap_or(TEXT)
    }

    /// The pieces of an input, read as they are asked for; the last one is its end.
    pub fn pieces(&self, input: &Input, read: &BytesRead) -> impl Iterator<Item = Piece> + Send + use<> {
        let pieces = self.open(input, read).unwrap_or_else(|error| Box::new(once(Piece::Unreadable(error))));
        pieces.chain(once(Piece::End))
    }

    fn open(&self, input: &Input, read: &BytesRead) -> Result<Box<dyn Iterator<Item = Piece> + Send>, ReadError> {
        let limit = self.limit();
        Ok(match self.container(input) {
            Container::File => Box::new(once(Piece::File(input.open_counted(read)?.read(limit)?))),
            Container::Jsonl => pieces(Lines::new(input.open_counted(read)?, limit), Piece::Line),
            Container::Warc => pieces(WarcRecords::new(input.open_counted(read)?, limit), Piece::Warc),
            #[cfg(feature = "parquet")]
            Container::Parquet => pieces(RowGroups::open(input, read)?, Piece::Rows),
            #[cfg(not(feature = "parquet"))]
            Container::Parquet => {
                return Err(ReadError::NotBuilt { place: input.place.clone(), feature: "parquet" });
            }
        })
    }
}

fn pieces<T>(
    records: impl Iterator<Item = Result<T, ReadError>> + Send + 'static,
    piece: impl Fn(T) -> Piece + Send + 'static,
) -> Box<dyn Iterator<Item = Piece> + Send> {
    Box::new(records.map(move |record| record.map_or_else(Piece::Damaged, &piece)))
}

/// A piece of an input.
pub enum Piece {
    /// A plain file; none when it is too large.
    File(Option<Vec<u8>>),
    /// A line of JSONL.
    Line(Line),
    /// A record of WARC.
    Warc(WarcRecord),
    /// Rows of Parquet.
    #[cfg(feature = "parquet")]
    Rows(Rows),
    /// The input cannot be read.
    Unreadable(ReadError),
    /// A part of the input could not be read.
    Damaged(ReadError),
    /// The input is done.
    End,
}

impl Piece {
    /// Memory it holds: bytes, and something for the piece itself.
    pub fn weight(&self) -> usize {
        const SELF: usize = 64;
        SELF + match self {
            Piece::File(bytes) => bytes.as_ref().map_or(0, Vec::len),
            Piece::Line(line) => line.bytes.as_ref().map_or(0, Vec::len),
            Piece::Warc(record) => record.block.as_ref().map_or(0, Vec::len),
            #[cfg(feature = "parquet")]
            Piece::Rows(rows) => rows.weight(),
            Piece::Unreadable(_) | Piece::Damaged(_) | Piece::End => 0,
        }
    }
}

const TEXT: &str = "text";
/// The columns that are looked for, the first that is there; and the markup of what stands in them.
const COLUMNS: [(&str, Option<Markup>); 2] = [(TEXT, None), ("html", Some(Markup::Html))];

/// The markup of what stands in a column, where its name tells.
pub fn markup_of_column(column: &str) -> Option<Markup> {
    COLUMNS.iter().find(|(name, _)| *name == column).and_then(|(_, markup)| *markup)
}
