//! The journal: every change of labels as a line of JSON, written before anything else, so that nothing is lost.
//! This module must not know what the changes mean.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::sheet::Mark;

/// A line of the journal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "did", rename_all = "lowercase")]
pub(super) enum Entry {
    /// Blocks were marked.
    Mark {
        /// The document.
        document: String,
        /// Start and end (bytes) of each block, with its mark; none takes a mark away.
        marks: Vec<(usize, usize, Option<Mark>)>,
        /// Whether the document is done with.
        done: bool,
    },
    /// The last change was taken back.
    Undo,
}

/// A file to which lines are appended.
pub(super) struct Journal {
    path: PathBuf,
    file: File,
}

impl Journal {
    /// Opens a journal with what stands in it. A last line that was cut off in the writing is taken away; other lines
    /// that are no entries are counted.
    pub(super) fn open(path: &Path) -> io::Result<(Journal, Vec<Entry>, usize)> {
        let mut file = OpenOptions::new().read(true).append(true).create(true).open(path)?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        let whole = bytes.iter().rposition(|&byte| byte == b'\n').map_or(0, |at| at + 1);
        if whole < bytes.len() {
            file.set_len(whole as u64)?;
            file.seek(SeekFrom::End(0))?;
        }
        let lines = bytes[..whole].split(|&byte| byte == b'\n').filter(|line| !line.is_empty());
        let read: Vec<Option<Entry>> = lines.map(|line| serde_json::from_slice(line).ok()).collect();
        let damaged = read.iter().filter(|entry| entry.is_none()).count();
        Ok((Journal { path: path.to_owned(), file }, read.into_iter().flatten().collect(), damaged))
    }

    /// Where it is.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Appends an entry: when this returns, the system has it, and the end of this program takes nothing away. It is not
    /// forced to the disk, which would make keys wait.
    pub(super) fn append(&mut self, entry: &Entry) -> io::Result<()> {
        let mut line = serde_json::to_vec(entry)?;
        line.push(b'\n');
        self.file.write_all(&line)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::block::Label;

    #[test]
    fn a_line_that_was_cut_off_is_taken_away_and_the_rest_stands() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal");
        let mark = Entry::Mark { document: "a".into(), marks: vec![(0, 4, Some((Label::Content, None)))], done: false };
        let (mut journal, entries, _) = Journal::open(&path).unwrap();
        assert!(entries.is_empty());
        journal.append(&mark).unwrap();
        journal.append(&Entry::Undo).unwrap();
        let whole = std::fs::read(&path).unwrap();
        for cut in 1..=whole.len() {
            std::fs::write(&path, &whole[..cut]).unwrap();
            let (mut journal, entries, damaged) = Journal::open(&path).unwrap();
            assert_eq!((entries.len(), damaged), (whole[..cut].iter().filter(|&&byte| byte == b'\n').count(), 0));
            journal.append(&Entry::Undo).unwrap();
            let (_, after, damaged) = Journal::open(&path).unwrap();
            assert_eq!((after.len(), damaged), (entries.len() + 1, 0), "cut at {cut}");
        }
    }
}
