//! Why something cannot be read or written: where, what was found, what to do.
//! This module must not know records.

use std::io;
use std::path::PathBuf;

use thiserror::Error;

use super::Place;

/// Why an input cannot be read.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ReadError {
    /// The system refuses.
    #[error("{place}: cannot be read: {cause}")]
    Io {
        /// The input.
        place: Place,
        /// What the system says.
        #[source]
        cause: io::Error,
    },
    /// A directory holds nothing to read.
    #[error(
        "{place}: no file in this directory ends in {wanted} (or these with .gz, .zst); name other files one by one"
    )]
    NoText {
        /// The directory.
        place: Place,
        /// The extensions that are looked for.
        wanted: String,
    },
    /// The bytes are no text in any encoding.
    #[error("{place}: not text: found {found}; take the text out of it first")]
    NotText {
        /// The input.
        place: Place,
        /// What it seems to be.
        found: &'static str,
    },
    /// A WARC file is cut off or damaged at a record.
    #[error("{place}: {what}; fetch the file again")]
    Warc {
        /// The record.
        place: Place,
        /// What was found, and what was expected.
        what: String,
    },
    /// A Parquet file is cut off, damaged, or holds what cannot be read.
    #[error("{place}: the Parquet data cannot be read ({cause}); fetch the file again")]
    Parquet {
        /// The row from which on nothing can be read, where one is known.
        place: Place,
        /// What the reader says.
        #[source]
        cause: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A container that is read from a file only.
    #[error("{place}: Parquet is read from plain files only: unpack it, or save what is piped")]
    NoFile {
        /// The input.
        place: Place,
    },
    /// A container that this build does not read.
    #[error("{place}: this build reads no such container; build dehusk with --features {feature}")]
    NotBuilt {
        /// The input.
        place: Place,
        /// The cargo feature that is missing.
        feature: &'static str,
    },
    /// Compressed data are cut off or damaged.
    #[error("{place}: the {codec} data are cut off or damaged ({cause}); fetch the file again")]
    Codec {
        /// The input.
        place: Place,
        /// Name of the codec.
        codec: &'static str,
        /// What the decoder says.
        #[source]
        cause: io::Error,
    },
}

/// Why an output cannot be written.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum WriteError {
    /// The file cannot be made.
    #[error("{}: cannot be written: {cause}; give a folder that is there and that you may write to", path.display())]
    Create {
        /// The output.
        path: PathBuf,
        /// What the system says.
        #[source]
        cause: io::Error,
    },
    /// Another run is writing the same file.
    #[error("{}: another run is writing it", path.display())]
    Taken {
        /// The output.
        path: PathBuf,
    },
    /// Writing failed in the middle; nothing is left behind.
    #[error("{}: writing failed: {cause}; nothing was kept of this file", path.display())]
    Write {
        /// The output.
        path: PathBuf,
        /// What the system says.
        #[source]
        cause: io::Error,
    },
    /// Standard output takes no more.
    #[error("standard output: writing failed: {0}")]
    Stdout(#[source] io::Error),
}
