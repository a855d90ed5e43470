//! Containers and codecs: files, directories, standard input, JSONL, gzip, zstd, encodings other than UTF-8.
//! This module must not know cleaning; of the rest of the library it names only [`Markup`](crate::Markup).

mod binary;
mod decode;
mod error;
mod formats;
mod inputs;
mod lines;
mod output;
mod record;

pub use binary::check_text;
pub use decode::{Decoded, Note, decode};
pub use error::{ReadError, WriteError};
pub use formats::{Codec, Container, Extension, FORMATS, Format, Kind, format_of, markup_of, markup_of_bytes};
pub use inputs::{Input, Opened, Place, find};
pub use lines::{Line, Lines, MAX_LINE_BYTES};
pub use output::OutputFile;
pub use record::{Record, RecordError};
