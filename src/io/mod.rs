//! Containers and codecs: files, directories, standard input, JSONL, WARC, Parquet, gzip, zstd, encodings other than UTF-8.
//! This module must not know cleaning; of the rest of the library it names only [`Markup`](crate::Markup).

mod binary;
mod decode;
mod error;
mod formats;
#[cfg(feature = "warc")]
mod http;
mod inputs;
mod json;
mod lines;
mod manifest;
mod output;
#[cfg(feature = "parquet")]
mod parquet;
mod record;
#[cfg(feature = "warc")]
mod warc;

pub use binary::check_text;
pub use decode::{Decoded, Note, decode};
pub use error::{ReadError, WriteError};
pub use formats::{Codec, Container, Extension, FORMATS, Format, Kind, format_of, markup_of, markup_of_bytes};
#[cfg(feature = "warc")]
pub use http::{BodyError, Response};
pub use inputs::{BytesRead, Input, Opened, Place, find};
pub use lines::{Line, Lines, MAX_RECORD_BYTES};
pub use manifest::{MANIFEST, Manifest, Shard};
pub use output::OutputFile;
#[cfg(feature = "parquet")]
pub use parquet::{Cell, ColumnKind, ParquetFile, RowGroups, Rows};
pub use record::{Record, RecordError};
#[cfg(feature = "warc")]
pub use warc::{WarcKind, WarcRecord, WarcRecords};
