//! The manifest: which outputs of a directory are finished, so that a run that was broken off can be resumed.
//! This module must not know what is done to inputs.

use std::collections::HashMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use serde::{Deserialize, Serialize};

use super::{Input, WriteError};

/// Its name in the directory of outputs. The dot keeps it from being read as an input.
pub const MANIFEST: &str = ".dehusk-manifest.jsonl";

/// An input as it was when it was worked on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shard {
    /// Its path from the root.
    input: String,
    /// Its size.
    bytes: u64,
    /// When it was changed last, in nanoseconds since 1970.
    modified: u64,
    /// What is done to it.
    job: String,
}

impl Shard {
    /// An input as it is now; none of what is no plain file, or has a name that is not UTF-8.
    pub fn of(input: &Input, job: &str) -> Option<Shard> {
        let path = fs::canonicalize(input.place.path.as_ref()?).ok()?;
        let metadata = fs::metadata(&path).ok().filter(fs::Metadata::is_file)?;
        let input = path.to_str()?.to_owned();
        let modified = metadata.modified().ok()?.duration_since(UNIX_EPOCH).ok()?;
        let modified = u64::try_from(modified.as_nanos()).ok()?;
        Some(Shard { input, bytes: metadata.len(), modified, job: job.to_owned() })
    }
}

/// A line of a manifest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Finished {
    /// The output, below the directory.
    output: PathBuf,
    /// Its size.
    written: u64,
    /// Records that failed.
    failed: usize,
    #[serde(flatten)]
    shard: Shard,
}

/// The finished outputs of a directory. A line is added when an output has been put in its place.
pub struct Manifest {
    directory: PathBuf,
    finished: HashMap<PathBuf, Finished>,
    file: File,
}

impl Manifest {
    /// Reads the manifest of a directory, or starts one. A line that was broken off says nothing.
    ///
    /// # Errors
    /// [`WriteError::Create`] when it cannot be opened.
    pub fn open(directory: &Path) -> Result<Manifest, WriteError> {
        let path = directory.join(MANIFEST);
        Self::read(directory, &path).map_err(|cause| WriteError::Create { path, cause })
    }

    fn read(directory: &Path, path: &Path) -> io::Result<Manifest> {
        let bytes = match fs::read(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            read => read?,
        };
        let lines = bytes.split(|&byte| byte == b'\n').filter_map(|line| serde_json::from_slice::<Finished>(line).ok());
        let finished = lines.map(|line| (line.output.clone(), line)).collect();
        let mut file = OpenOptions::new().create(true).append(true).open(path)?;
        if bytes.last().is_some_and(|last| *last != b'\n') {
            file.write_all(b"\n")?;
        }
        Ok(Manifest { directory: directory.to_owned(), finished, file })
    }

    /// How many records of a shard failed, when its output is finished and nothing has changed since.
    pub fn finished(&self, output: &Path, shard: &Shard) -> Option<usize> {
        let found = self.finished.get(self.key(output)).filter(|found| found.shard == *shard)?;
        let is_there = fs::metadata(output).is_ok_and(|output| output.is_file() && output.len() == found.written);
        is_there.then_some(found.failed)
    }

    /// Notes that the output of a shard has been put in its place.
    ///
    /// # Errors
    /// [`WriteError::Write`] when the disk is full.
    pub fn add(&mut self, output: &Path, shard: Shard, failed: usize) -> Result<(), WriteError> {
        let key = self.key(output).to_owned();
        self.append(output, key, shard, failed)
            .map_err(|cause| WriteError::Write { path: self.directory.join(MANIFEST), cause })
    }

    fn append(&mut self, output: &Path, key: PathBuf, shard: Shard, failed: usize) -> io::Result<()> {
        let written = fs::metadata(output)?.len();
        let mut line = serde_json::to_vec(&Finished { output: key, written, failed, shard })?;
        line.push(b'\n');
        // In one piece, so that two runs do not mix their lines.
        self.file.write_all(&line)
    }

    fn key<'p>(&self, output: &'p Path) -> &'p Path {
        output.strip_prefix(&self.directory).unwrap_or(output)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::io::find;

    #[test]
    fn what_is_finished_is_known_until_something_changes() {
        let folder = tempfile::tempdir().unwrap();
        let (input, output) = (folder.path().join("a.txt"), folder.path().join("out/a.txt"));
        fs::create_dir(folder.path().join("out")).unwrap();
        fs::write(&input, "It rains.").unwrap();
        fs::write(&output, "It rains.").unwrap();
        let shard = |job| Shard::of(&find(&input)[0].as_ref().unwrap().clone(), job).unwrap();
        let open = || Manifest::open(&folder.path().join("out")).unwrap();
        assert_eq!(open().finished(&output, &shard("clean")), None);
        open().add(&output, shard("clean"), 3).unwrap();
        assert_eq!(open().finished(&output, &shard("clean")), Some(3));
        assert_eq!(open().finished(&output, &shard("other")), None, "another job");
        // A line that was broken off by the end of a run, and one after it.
        let path = folder.path().join("out").join(MANIFEST);
        let broken = [fs::read(&path).unwrap(), b"{\"output\":\"b".to_vec()].concat();
        fs::write(&path, broken).unwrap();
        open().add(&output, shard("other"), 0).unwrap();
        assert_eq!(open().finished(&output, &shard("other")), Some(0));
        fs::write(&output, "It").unwrap();
        assert_eq!(open().finished(&output, &shard("other")), None, "the output was changed");
        fs::write(&output, "It rains.").unwrap();
        fs::write(&input, "It rains again.").unwrap();
        assert_eq!(open().finished(&output, &shard("other")), None, "the input was changed");
    }
}
