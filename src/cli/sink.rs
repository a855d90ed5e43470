//! Where data go: standard output, a file, or a directory that mirrors the inputs.

use std::collections::HashMap;
use std::fs;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::bail;
use dehusk::io::{Input, OutputFile, WriteError};
#[cfg(feature = "parquet")]
use dehusk::io::{ParquetFile, Rows};

use super::Outcome;

/// One place to write to.
pub enum Sink {
    /// Standard output.
    Stdout(Box<dyn Write + Send>),
    /// A file.
    File(OutputFile),
    /// A file of Parquet.
    #[cfg(feature = "parquet")]
    Rows(Box<ParquetFile>),
}

impl Sink {
    /// A file, or standard output without one.
    pub fn open(path: Option<&Path>) -> Result<Sink, WriteError> {
        match path {
            Some(path) if path != Path::new("-") => Sink::create(path),
            _ => Ok(Sink::Stdout(Box::new(BufWriter::with_capacity(256 << 10, io::stdout())))),
        }
    }

    /// A file.
    pub fn create(path: &Path) -> Result<Sink, WriteError> {
        Ok(Sink::File(OutputFile::create(path)?))
    }

    /// A file of Parquet.
    #[cfg(feature = "parquet")]
    pub fn create_rows(path: &Path) -> Result<Sink, WriteError> {
        Ok(Sink::Rows(Box::new(ParquetFile::create(path)?)))
    }

    /// Standard output for people: colours where it is a terminal that has them.
    pub fn coloured() -> Sink {
        Sink::Stdout(Box::new(BufWriter::new(anstream::stdout())))
    }

    /// Writes a part.
    pub fn write(&mut self, bytes: &[u8]) -> Result<(), WriteError> {
        match self {
            Sink::Stdout(stdout) => stdout.write_all(bytes).map_err(WriteError::Stdout),
            Sink::File(file) => file.write(bytes),
            // What failed has no row of its own.
            #[cfg(feature = "parquet")]
            Sink::Rows(_) => Ok(()),
        }
    }

    /// Writes rows, where that is possible.
    #[cfg(feature = "parquet")]
    pub fn write_rows(&mut self, rows: &Rows) -> Result<(), WriteError> {
        match self {
            Sink::Rows(file) => file.write(rows),
            Sink::Stdout(_) | Sink::File(_) => Ok(()),
        }
    }

    /// Writes what is buffered, and puts a file in its place.
    pub fn finish(self) -> Result<(), WriteError> {
        match self {
            Sink::Stdout(mut stdout) => stdout.flush().map_err(WriteError::Stdout),
            Sink::File(file) => file.commit(),
            #[cfg(feature = "parquet")]
            Sink::Rows(file) => file.commit(),
        }
    }

    /// Prints to standard output and is done.
    pub fn print(bytes: &[u8]) -> anyhow::Result<Outcome> {
        let mut sink = Sink::open(None)?;
        sink.write(bytes)?;
        sink.finish()?;
        Ok(Outcome::Done)
    }
}

/// Writes a whole file.
pub fn write_file(path: &Path, bytes: &[u8]) -> Result<(), WriteError> {
    let mut file = OutputFile::create(path)?;
    file.write(bytes)?;
    file.commit()
}

/// Where the results of a job go.
pub enum Destination {
    /// All to one place.
    One(Sink),
    /// The results of each input to a path of its own.
    Mirror(Vec<PathBuf>),
}

impl Destination {
    /// Works out where the results of `inputs`, found under the `names` the user gave, go. `create` makes
    /// the file when there is one for all; `ending` gives what is appended to the name of an input's output.
    ///
    /// # Errors
    /// When an output cannot be made, two inputs would share one, or one would replace its input.
    pub fn plan(
        names: &[PathBuf],
        inputs: &[Option<Input>],
        output: Option<&Path>,
        create: impl Fn(&Path) -> Result<Sink, WriteError>,
        ending: impl Fn(&Input) -> &'static str,
    ) -> anyhow::Result<Destination> {
        let Some(output) = output.filter(|output| *output != Path::new("-")) else {
            return Ok(Destination::One(Sink::open(None)?));
        };
        if !is_mirror(names, output) {
            refuse_own_input(inputs.iter().flatten(), output)?;
            return Ok(Destination::One(create(output)?));
        }
        let directories = names.iter().filter(|name| name.is_dir()).count();
        let path = |input: &Option<Input>| match input {
            Some(input) => output.join(mirrored(input, names.len() > 1 && directories > 0, ending(input))),
            None => PathBuf::new(),
        };
        let paths: Vec<PathBuf> = inputs.iter().map(path).collect();
        check(inputs, &paths)?;
        fs::create_dir_all(output).map_err(|cause| WriteError::Create { path: output.to_owned(), cause })?;
        Ok(Destination::Mirror(paths))
    }
}

/// Whether an output is a directory: it is one already, is written like one, or has to hold several files.
pub fn is_mirror(names: &[PathBuf], output: &Path) -> bool {
    let written_so = output.as_os_str().to_string_lossy().ends_with(['/', std::path::MAIN_SEPARATOR]);
    names.len() > 1 || names.iter().any(|name| name.is_dir()) || output.is_dir() || written_so
}

/// The path of an output below the output directory; `within` keeps the name of the input directory apart from others.
fn mirrored(input: &Input, within: bool, ending: &str) -> PathBuf {
    let name = input.directory.as_deref().filter(|_| within).and_then(Path::file_name);
    let path = name.map(PathBuf::from).unwrap_or_default().join(&input.relative);
    match (ending, input.format.codec) {
        ("", _) => path,
        (ending, None) => append(&path, ending),
        // The extension of the codec stays the last one.
        (ending, Some(_)) => {
            let codec = path.extension().unwrap_or_default().to_string_lossy().into_owned();
            append(&append(&path.with_extension(""), ending), &format!(".{codec}"))
        }
    }
}

fn append(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

fn check(inputs: &[Option<Input>], paths: &[PathBuf]) -> anyhow::Result<()> {
    let mut taken: HashMap<&Path, &Input> = HashMap::new();
    for (input, path) in inputs.iter().zip(paths).filter_map(|(input, path)| Some((input.as_ref()?, path))) {
        if let Some(other) = taken.insert(path, input) {
            bail!(
                "{} and {} would both be written to {}: clean them one by one",
                other.place,
                input.place,
                path.display()
            );
        }
        refuse_own_input([input], path)?;
    }
    Ok(())
}

fn refuse_own_input<'i>(inputs: impl IntoIterator<Item = &'i Input>, output: &Path) -> anyhow::Result<()> {
    let Ok(output) = fs::canonicalize(output) else { return Ok(()) };
    let is_it = |input: &&Input| {
        let path = input.place.path.as_deref().and_then(|path| fs::canonicalize(path).ok());
        output.is_file() && path.is_some_and(|path| path == output)
    };
    match inputs.into_iter().find(is_it) {
        Some(input) => bail!("{} would be replaced by what is kept of it: give another --output", input.place),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use dehusk::io::find;

    #[test]
    fn mirrored_names_keep_their_codec_last() {
        for (name, ending, expected) in [
            ("a/b.txt", "", "b.txt"),
            ("a/b.txt", ".jsonl", "b.txt.jsonl"),
            ("a/b.txt.gz", ".jsonl", "b.txt.jsonl.gz"),
            ("a/b.jsonl.zst", "", "b.jsonl.zst"),
        ] {
            let input = find(Path::new(name)).remove(0).unwrap();
            assert_eq!(mirrored(&input, false, ending), Path::new(expected), "{name}");
        }
    }
}
