//! Inputs: what the user names becomes files to read, directories searched through and sorted.
//! This module must not know what files hold.

use std::ffi::OsStr;
use std::fmt;
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use walkdir::{DirEntry, WalkDir};

use super::{Codec, Container, FORMATS, Format, Kind, ReadError, format_of};

/// Memory zstd may ask for, as the logarithm of bytes: what `zstd --long=31` writes.
const ZSTD_WINDOW_LOG: u32 = 31;
/// Bytes read at a time.
const BUFFER: usize = 256 << 10;

/// Where an input, or a line of it, is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The file; none is standard input.
    pub path: Option<PathBuf>,
    /// Its line, from 1, where one is meant; in WARC its record, in Parquet its row.
    pub line: Option<usize>,
}

impl Place {
    /// The same input at a line.
    pub fn at(&self, line: usize) -> Place {
        Place { path: self.path.clone(), line: Some(line) }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.path {
            Some(path) => write!(f, "{}", path.display())?,
            None => write!(f, "standard input")?,
        }
        match self.line {
            Some(line) => write!(f, ":{line}"),
            None => Ok(()),
        }
    }
}

/// One file to read, or standard input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Input {
    /// Where it is.
    pub place: Place,
    /// Its path below the directory it was found in; its name, when it was named itself.
    pub relative: PathBuf,
    /// The directory of the user's it was found in.
    pub directory: Option<PathBuf>,
    /// What its name says.
    pub format: Format,
}

/// The inputs that a name stands for, sorted: standard input for `-`, all files with a known extension below a
/// directory, else the file itself. A file that is not there is found out when it is opened.
///
/// Names that start with a dot are passed over in directories; links are followed.
pub fn find(name: &Path) -> Vec<Result<Input, ReadError>> {
    if name == Path::new("-") {
        return vec![Ok(Input::stdin())];
    }
    if !name.is_dir() {
        return vec![Ok(Input::file(name.to_owned()))];
    }
    let entries = WalkDir::new(name).follow_links(true).sort_by_file_name().into_iter();
    let found: Vec<_> = entries
        .filter_entry(|entry| entry.depth() == 0 || !is_hidden(entry))
        .filter_map(|entry| found(entry, name).transpose())
        .collect();
    if found.is_empty() { vec![Err(no_text(name))] } else { found }
}

fn is_hidden(entry: &DirEntry) -> bool {
    entry.file_name().to_str().is_some_and(|name| name.starts_with('.'))
}

fn found(entry: walkdir::Result<DirEntry>, directory: &Path) -> Result<Option<Input>, ReadError> {
    let entry = entry.map_err(|error| {
        let path = error.path().unwrap_or(directory).to_owned();
        ReadError::Io { place: Place { path: Some(path), line: None }, cause: error.into() }
    })?;
    let path = entry.path();
    if !entry.file_type().is_file() || format_of(path).container.is_none() {
        return Ok(None);
    }
    let relative = path.strip_prefix(directory).unwrap_or(path).to_owned();
    Ok(Some(Input { relative, directory: Some(directory.to_owned()), ..Input::file(path.to_owned()) }))
}

fn no_text(directory: &Path) -> ReadError {
    let holds = FORMATS.iter().filter(|row| matches!(row.kind, Kind::Holds(..)));
    let wanted: Vec<String> = holds.map(|row| format!(".{}", row.name)).collect();
    ReadError::NoText { place: Place { path: Some(directory.to_owned()), line: None }, wanted: wanted.join(" ") }
}

impl Input {
    fn stdin() -> Input {
        Input {
            place: Place { path: None, line: None },
            relative: PathBuf::from("stdin.txt"),
            directory: None,
            format: Format::default(),
        }
    }

    fn file(path: PathBuf) -> Input {
        Input {
            relative: path.file_name().unwrap_or(OsStr::new("file")).into(),
            format: format_of(&path),
            directory: None,
            place: Place { path: Some(path), line: None },
        }
    }

    /// The container, by extension unless it is told: a plain file where the extension is not known.
    pub fn container(&self, told: Option<Container>) -> Container {
        told.or(self.format.container).unwrap_or(Container::File)
    }

    /// Its size in bytes, as it is stored; none of what is no plain file.
    pub fn bytes(&self) -> Option<u64> {
        let metadata = fs::metadata(self.place.path.as_ref()?).ok()?;
        metadata.is_file().then_some(metadata.len())
    }

    /// Opens the input for reading, its codec seen through: told by extension, else by the first bytes.
    ///
    /// # Errors
    /// [`ReadError::Io`] when it cannot be opened.
    pub fn open(&self) -> Result<Opened, ReadError> {
        self.open_counted(&BytesRead::default())
    }

    /// The same; what is read is counted.
    ///
    /// # Errors
    /// [`ReadError::Io`] when it cannot be opened.
    pub fn open_counted(&self, count: &BytesRead) -> Result<Opened, ReadError> {
        self.open_reader(count).map_err(|cause| ReadError::Io { place: self.place.clone(), cause })
    }

    fn open_reader(&self, count: &BytesRead) -> io::Result<Opened> {
        let raw: Box<dyn Read + Send> = match &self.place.path {
            Some(path) => Box::new(open_file(path)?),
            None => Box::new(io::stdin()),
        };
        let raw: Box<dyn Read + Send> = Box::new(Counted { raw, count: count.clone() });
        let mut raw = BufReader::with_capacity(BUFFER, raw);
        let codec = match self.format.codec {
            Some(codec) => Some(codec),
            None => Codec::of_bytes(raw.fill_buf()?),
        };
        Ok(Opened { reader: unpacked(raw, codec)?, codec, place: self.place.clone() })
    }
}

/// A directory opens like a file on some systems and fails only when it is read.
pub(super) fn open_file(path: &Path) -> io::Result<File> {
    let file = File::open(path)?;
    if file.metadata()?.is_dir() {
        return Err(io::Error::new(io::ErrorKind::IsADirectory, "is a directory"));
    }
    Ok(file)
}

fn unpacked(raw: BufReader<Box<dyn Read + Send>>, codec: Option<Codec>) -> io::Result<Box<dyn BufRead + Send>> {
    Ok(match codec {
        None => Box::new(raw),
        Some(Codec::Gzip) => Box::new(BufReader::with_capacity(BUFFER, flate2::bufread::MultiGzDecoder::new(raw))),
        Some(Codec::Zstd) => {
            let mut decoder = zstd::Decoder::with_buffer(raw)?;
            decoder.window_log_max(ZSTD_WINDOW_LOG)?;
            Box::new(BufReader::with_capacity(BUFFER, decoder))
        }
    })
}

/// Bytes that were read of inputs, as they are stored. Clones count together.
#[derive(Clone, Debug, Default)]
pub struct BytesRead(Arc<AtomicU64>);

impl BytesRead {
    /// How many there were so far.
    pub fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    /// So many more.
    pub fn add(&self, bytes: u64) {
        self.0.fetch_add(bytes, Ordering::Relaxed);
    }
}

struct Counted {
    raw: Box<dyn Read + Send>,
    count: BytesRead,
}

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.raw.read(buffer)?;
        self.count.add(read as u64);
        Ok(read)
    }
}

/// An input opened for reading.
pub struct Opened {
    /// Its bytes, unpacked.
    pub reader: Box<dyn BufRead + Send>,
    codec: Option<Codec>,
    place: Place,
}

impl Opened {
    /// Reads it to its end; none when it holds more than `limit` bytes.
    ///
    /// # Errors
    /// [`ReadError`] when it cannot be read or is cut off.
    pub fn read(mut self, limit: usize) -> Result<Option<Vec<u8>>, ReadError> {
        let mut bytes = Vec::new();
        match self.reader.by_ref().take((limit as u64).saturating_add(1)).read_to_end(&mut bytes) {
            Ok(read) => Ok((read <= limit).then_some(bytes)),
            Err(cause) => Err(self.failed(cause, None)),
        }
    }

    /// Where it is, at a line.
    #[cfg(any(feature = "warc", feature = "parquet"))]
    pub(super) fn at(&self, line: usize) -> Place {
        self.place.at(line)
    }

    /// What a failure to read on means, at a line.
    pub(super) fn failed(&self, cause: io::Error, line: Option<usize>) -> ReadError {
        let place = Place { line, ..self.place.clone() };
        match self.codec {
            Some(codec) => ReadError::Codec { place, codec: codec.name(), cause },
            None => ReadError::Io { place, cause },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_read_like_those_of_compilers() {
        let place = Place { path: Some("a/b.jsonl".into()), line: None };
        assert_eq!(place.to_string(), "a/b.jsonl");
        assert_eq!(place.at(3).to_string(), "a/b.jsonl:3");
        assert_eq!(Input::stdin().place.to_string(), "standard input");
    }

    #[test]
    fn directories_are_searched_and_sorted() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(folder.path().join("b/.git")).unwrap();
        for name in ["b/2.md", "b/1.txt.gz", "a.html", "c.png", ".hidden.txt", "b/.git/x.txt"] {
            std::fs::write(folder.path().join(name), "").unwrap();
        }
        let inputs = find(folder.path());
        let names: Vec<String> =
            inputs.into_iter().map(|input| input.unwrap().relative.to_string_lossy().replace('\\', "/")).collect();
        assert_eq!(names, ["a.html", "b/1.txt.gz", "b/2.md"]);
    }

    #[test]
    fn a_directory_without_text_is_an_error_that_says_what_is_wanted() {
        let folder = tempfile::tempdir().unwrap();
        let error = find(folder.path()).remove(0).unwrap_err().to_string();
        assert!(error.contains("no file in this directory ends in .txt"), "{error}");
    }
}
