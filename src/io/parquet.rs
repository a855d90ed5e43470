//! Rows of Parquet files: read group by group in bounded memory, and written again with further columns.
//! This module must not know what is done with the source.

use std::fs::File;
use std::io::{self, BufWriter};
use std::path::Path;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef, RecordBatch};
use arrow_json::writer::LineDelimited;
use arrow_json::{ReaderBuilder, WriterBuilder};
use arrow_schema::{ArrowError, DataType, Field, Fields, Schema, SchemaRef};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder,
};
use parquet::basic::{Compression, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::metadata::{KeyValue, RowGroupMetaData};
use parquet::file::properties::WriterProperties;
use serde::Serialize;

use super::inputs::open_file;
use super::output::Target;
use super::{BytesRead, Input, Place, ReadError, RecordError, WriteError};

/// Bytes of rows that are read at a time, unpacked, as far as the mean of a group tells.
const BATCH_BYTES: u64 = 1 << 20;
/// Rows that are read at a time at most.
const BATCH_ROWS: u64 = 1024;
/// Bytes of a group, packed, above which it is ended on writing: groups are held in memory until they are whole.
const GROUP_BYTES: usize = 128 << 20;
/// What a library of Python notes about a file's columns, and takes for an error where it does not fit.
const STALE_METADATA: &str = "huggingface";

/// Neighbouring rows of one group.
#[derive(Clone, Debug)]
pub struct Rows {
    /// Number of the first one, from 1.
    pub first: usize,
    batch: RecordBatch,
    ends_group: bool,
}

/// What a column holds in a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cell<'r> {
    /// A string.
    Text(&'r str),
    /// Bytes, which may be a string.
    Bytes(&'r [u8]),
}

impl Cell<'_> {
    /// Its size in bytes.
    pub fn bytes(&self) -> usize {
        match self {
            Cell::Text(text) => text.len(),
            Cell::Bytes(bytes) => bytes.len(),
        }
    }
}

/// What a new column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColumnKind {
    /// Strings.
    Text,
    /// Numbers.
    Number,
    /// Lists of start, end (code points), probability and reason.
    Spans,
}

impl Rows {
    /// How many.
    pub fn len(&self) -> usize {
        self.batch.num_rows()
    }

    /// Whether there are none: the first rows of every file are, and tell its columns.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Memory they hold, in bytes.
    pub fn weight(&self) -> usize {
        self.batch.get_array_memory_size()
    }

    /// Whether there is a column of this name.
    pub fn has(&self, column: &str) -> bool {
        self.batch.column_by_name(column).is_some()
    }

    /// What a column holds in a row, counted from 0 among these.
    ///
    /// # Errors
    /// [`RecordError`] when there is no such column, or no string in it.
    pub fn cell(&self, column: &str, row: usize) -> Result<Cell<'_>, RecordError> {
        let Some(array) = self.batch.column_by_name(column) else {
            let found: Vec<String> = self.batch.schema().fields().iter().map(|field| field.name().clone()).collect();
            return Err(RecordError::NoColumn { column: column.to_owned(), found: found.join(", ") });
        };
        let not_string = |found: String| RecordError::NotString { column: column.to_owned(), found: found.into() };
        if array.is_null(row) {
            return Err(not_string("null".to_owned()));
        }
        cell(array, row).ok_or_else(|| not_string(array.data_type().to_string()))
    }

    /// Each row as a line of JSON.
    ///
    /// # Errors
    /// [`ReadError::Parquet`] when a column holds what JSON cannot.
    pub fn to_lines(&self, place: &Place) -> Result<Vec<Vec<u8>>, ReadError> {
        let mut lines = Vec::new();
        let mut writer = WriterBuilder::new().with_explicit_nulls(true).build::<_, LineDelimited>(&mut lines);
        let written = writer.write(&self.batch).and_then(|()| writer.finish());
        written.map_err(|cause| failed(&place.at(self.first), cause))?;
        Ok(lines.split(|&byte| byte == b'\n').filter(|line| !line.is_empty()).map(<[u8]>::to_vec).collect())
    }

    /// The rows without some columns, and with new ones that take the place of old ones of their name.
    ///
    /// # Errors
    /// [`ReadError::Parquet`] when `added` has not a value in each column for each row.
    pub fn with<S: Serialize>(
        &self,
        place: &Place,
        dropped: Option<&str>,
        columns: &[(&str, ColumnKind)],
        added: &[S],
    ) -> Result<Rows, ReadError> {
        let batch = self.joined(dropped, columns, added).map_err(|cause| failed(&place.at(self.first), cause))?;
        Ok(Rows { batch, ..*self })
    }

    fn joined<S: Serialize>(
        &self,
        dropped: Option<&str>,
        columns: &[(&str, ColumnKind)],
        added: &[S],
    ) -> Result<RecordBatch, ArrowError> {
        let new = Arc::new(Schema::new(columns.iter().map(|(name, kind)| kind.field(name)).collect::<Fields>()));
        let mut decoder = ReaderBuilder::new(Arc::clone(&new)).with_batch_size(added.len().max(1)).build_decoder()?;
        decoder.serialize(added)?;
        let added = decoder.flush()?.unwrap_or_else(|| RecordBatch::new_empty(Arc::clone(&new)));
        let old = self.batch.schema();
        let stays =
            |field: &Field| dropped != Some(field.name()) && columns.iter().all(|(name, _)| name != field.name());
        let (mut fields, mut arrays): (Vec<_>, Vec<ArrayRef>) = old
            .fields()
            .iter()
            .zip(self.batch.columns())
            .filter(|(field, _)| stays(field))
            .map(|(field, array)| (Arc::clone(field), Arc::clone(array)))
            .unzip();
        fields.extend(new.fields().iter().cloned());
        arrays.extend(added.columns().iter().cloned());
        let mut metadata = old.metadata().clone();
        metadata.remove(STALE_METADATA);
        RecordBatch::try_new(Arc::new(Schema::new_with_metadata(fields, metadata)), arrays)
    }
}

impl ColumnKind {
    fn field(self, name: &str) -> Field {
        let kind = match self {
            ColumnKind::Text => DataType::Utf8,
            ColumnKind::Number => DataType::Float64,
            ColumnKind::Spans => {
                let span = Fields::from(vec![
                    Field::new("start", DataType::Int64, false),
                    Field::new("end", DataType::Int64, false),
                    Field::new("probability", DataType::Float64, false),
                    Field::new("reason", DataType::Utf8, true),
                ]);
                DataType::List(Arc::new(Field::new("element", DataType::Struct(span), true)))
            }
        };
        Field::new(name, kind, true)
    }
}

/// The strings or bytes of an array at a row; none when it holds neither.
fn cell(array: &ArrayRef, row: usize) -> Option<Cell<'_>> {
    Some(match array.data_type() {
        DataType::Utf8 => Cell::Text(array.as_string::<i32>().value(row)),
        DataType::LargeUtf8 => Cell::Text(array.as_string::<i64>().value(row)),
        DataType::Utf8View => Cell::Text(array.as_string_view().value(row)),
        DataType::Binary => Cell::Bytes(array.as_binary::<i32>().value(row)),
        DataType::LargeBinary => Cell::Bytes(array.as_binary::<i64>().value(row)),
        DataType::BinaryView => Cell::Bytes(array.as_binary_view().value(row)),
        _ => return None,
    })
}

fn failed(place: &Place, cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> ReadError {
    ReadError::Parquet { place: place.clone(), cause: cause.into() }
}

/// The rows of a file, group by group. After a damaged group it goes on with the next one.
pub struct RowGroups {
    place: Place,
    file: File,
    metadata: ArrowReaderMetadata,
    count: BytesRead,
    state: State,
    /// Of the next row, from 1.
    number: usize,
    /// Of the next group.
    group: usize,
}

enum State {
    /// Nothing has been read.
    Start,
    /// A group is read; so many of its rows are left.
    Within(Box<ParquetRecordBatchReader>, usize),
    Between,
}

impl RowGroups {
    /// Opens a file; what is read is counted.
    ///
    /// # Errors
    /// [`ReadError`] when it cannot be read, is no Parquet, is cut off, or is no plain file.
    pub fn open(input: &Input, count: &BytesRead) -> Result<RowGroups, ReadError> {
        let place = input.place.clone();
        let Some(path) = place.path.as_ref().filter(|_| input.format.codec.is_none()) else {
            return Err(ReadError::NoFile { place });
        };
        let file = open_file(path).map_err(|cause| ReadError::Io { place: place.clone(), cause })?;
        let metadata =
            ArrowReaderMetadata::load(&file, ArrowReaderOptions::new()).map_err(|cause| failed(&place, cause))?;
        Ok(RowGroups { place, file, metadata, count: count.clone(), state: State::Start, number: 1, group: 0 })
    }

    fn schema(&self) -> &SchemaRef {
        self.metadata.schema()
    }

    /// Starts with the next group; none when there is no further one.
    fn start_group(&mut self) -> Option<Result<State, ParquetError>> {
        let group = self.metadata.metadata().row_groups().get(self.group)?;
        let (rows, size) = (rows_of(group), batch_rows(group));
        let reader = self.file.try_clone().map_err(ParquetError::from).and_then(|file| {
            let builder = ParquetRecordBatchReaderBuilder::new_with_metadata(file, self.metadata.clone());
            builder.with_row_groups(vec![self.group]).with_batch_size(size).build()
        });
        self.group += 1;
        Some(reader.map(|reader| State::Within(Box::new(reader), rows)))
    }

    fn rows(&mut self, batch: RecordBatch, left: usize) -> Rows {
        let rows = Rows { first: self.number, ends_group: left == 0, batch };
        self.number += rows.len();
        if rows.ends_group
            && let Some(group) = self.group.checked_sub(1).and_then(|at| self.metadata.metadata().row_groups().get(at))
        {
            self.count.add(u64::try_from(group.compressed_size()).unwrap_or(0));
        }
        rows
    }

    /// What is damaged, and how many rows are lost with it.
    fn damaged(&mut self, left: usize, cause: impl std::fmt::Display) -> ReadError {
        let place = self.place.at(self.number);
        self.number += left;
        failed(&place, format!("{cause}; {left} rows of group {} are lost", self.group))
    }
}

impl Iterator for RowGroups {
    type Item = Result<Rows, ReadError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            match std::mem::replace(&mut self.state, State::Between) {
                // Its columns are known even when a file has no rows.
                State::Start => {
                    let batch = RecordBatch::new_empty(Arc::clone(self.schema()));
                    return Some(Ok(Rows { first: 1, batch, ends_group: false }));
                }
                State::Between => match self.start_group()? {
                    Ok(within) => self.state = within,
                    Err(cause) => {
                        let group =
                            self.group.checked_sub(1).and_then(|at| self.metadata.metadata().row_groups().get(at));
                        let left = group.map_or(0, rows_of);
                        return Some(Err(self.damaged(left, cause)));
                    }
                },
                State::Within(_, 0) => {}
                State::Within(mut reader, left) => match reader.next() {
                    Some(Ok(batch)) => {
                        let left = left.saturating_sub(batch.num_rows());
                        let rows = self.rows(batch, left);
                        self.state = State::Within(reader, left);
                        return Some(Ok(rows));
                    }
                    Some(Err(cause)) => return Some(Err(self.damaged(left, cause))),
                    None => return Some(Err(self.damaged(left, "the group ends too early"))),
                },
            }
        }
    }
}

fn rows_of(group: &RowGroupMetaData) -> usize {
    usize::try_from(group.num_rows()).unwrap_or(0)
}

/// Rows of a group that are read at a time.
fn batch_rows(group: &RowGroupMetaData) -> usize {
    let bytes = u64::try_from(group.total_byte_size()).unwrap_or(0);
    let mean = (bytes / (rows_of(group) as u64).max(1)).max(1);
    (BATCH_BYTES / mean).clamp(1, BATCH_ROWS) as usize
}

/// A Parquet file in the making, packed by zstd. Unless [`ParquetFile::commit`] is called, nothing is left.
pub struct ParquetFile {
    state: Making,
    target: Target,
}

enum Making {
    /// The columns are not known.
    Empty(File),
    Begun(Box<ArrowWriter<BufWriter<File>>>),
    Closed,
}

impl ParquetFile {
    /// Starts a file; folders on the way to it are made. Its columns are those of the first rows.
    ///
    /// # Errors
    /// [`WriteError::Create`] when it cannot be made, [`WriteError::Taken`] when another run is making it.
    pub fn create(path: &Path) -> Result<ParquetFile, WriteError> {
        let (target, file) = Target::create(path)?;
        Ok(ParquetFile { state: Making::Empty(file), target })
    }

    /// Writes rows. A group ends where it ended in the file they were read from, or when it has grown very large.
    ///
    /// # Errors
    /// [`WriteError::Write`] when the disk is full.
    pub fn write(&mut self, rows: &Rows) -> Result<(), WriteError> {
        let state = std::mem::replace(&mut self.state, Making::Closed);
        let begun = begun(state, rows).and_then(|mut writer| {
            writer.write(&rows.batch)?;
            if rows.ends_group || writer.in_progress_size() > GROUP_BYTES {
                writer.flush()?;
            }
            Ok(writer)
        });
        self.state = Making::Begun(begun.map_err(|cause| self.target.failed(to_io(cause)))?);
        Ok(())
    }

    /// Finishes the file and puts it in its place; a file without any rows, not even none of some columns, is not made.
    ///
    /// # Errors
    /// [`WriteError::Write`] when the disk is full or the place cannot be taken.
    pub fn commit(mut self) -> Result<(), WriteError> {
        let Making::Begun(writer) = std::mem::replace(&mut self.state, Making::Closed) else { return Ok(()) };
        let file = writer.into_inner().map_err(to_io).and_then(|file| file.into_inner().map_err(Into::into));
        file.map(drop).and_then(|()| self.target.take_place()).map_err(|cause| self.target.failed(cause))
    }
}

fn begun(state: Making, rows: &Rows) -> Result<Box<ArrowWriter<BufWriter<File>>>, ParquetError> {
    match state {
        Making::Begun(writer) => Ok(writer),
        Making::Empty(file) => {
            let schema = rows.batch.schema();
            let metadata = schema.metadata().iter().map(|(key, value)| KeyValue::new(key.clone(), value.clone()));
            let properties = WriterProperties::builder()
                .set_compression(Compression::ZSTD(ZstdLevel::default()))
                .set_max_row_group_row_count(None)
                .set_key_value_metadata(Some(metadata.collect()))
                .build();
            let writer = ArrowWriter::try_new(BufWriter::new(file), schema, Some(properties))?;
            Ok(Box::new(writer))
        }
        Making::Closed => Err(ParquetError::General("writing has failed before".to_owned())),
    }
}

/// The cause as the system gave it, where it did.
fn to_io(error: ParquetError) -> io::Error {
    match error {
        ParquetError::External(cause) => match cause.downcast::<io::Error>() {
            Ok(cause) => *cause,
            Err(cause) => io::Error::other(cause),
        },
        other => io::Error::other(other),
    }
}
