//! Results in the order of the inputs: written to where they go, and told of.
//! This module must not know how they were made.

use std::path::Path;

#[cfg(feature = "parquet")]
use dehusk::io::Rows;
use dehusk::io::{Manifest, Place, Shard, WriteError};

use super::Outcome;
use super::reporter::Reporter;
use super::sink::{Destination, Sink};
use super::write::AddedRow;

/// What became of a piece.
pub struct Done {
    /// Number of the input.
    pub input: usize,
    /// What it gave.
    pub result: Written,
}

/// What a piece gave.
pub enum Written {
    /// Documents were judged, or could not be.
    Documents(Vec<Document>),
    /// The same, of rows, which got their columns.
    #[cfg(feature = "parquet")]
    Rows(Vec<Document>, Box<Rows>),
    /// The input cannot be read: nothing of it is written to a file of its own.
    Unreadable(Document),
    /// The input is done.
    End,
}

/// What is written of a document, and said about it.
#[derive(Default)]
pub struct Document {
    /// Text or lines.
    pub bytes: Vec<u8>,
    /// What is added to its row.
    pub added: Option<Box<AddedRow>>,
    /// Why it failed.
    pub failure: Option<String>,
    /// What else the user should know.
    pub note: Option<String>,
    /// What is to be known of a markup that its judge was not made for.
    pub misfit: Option<String>,
}

impl Document {
    /// One more thing that the user should know.
    pub fn remark(&mut self, what: String) {
        self.note = Some(match self.note.take() {
            Some(note) => format!("{note}; {what}"),
            None => what,
        });
    }
}

/// Writes results in order, says what has to be said.
pub struct Writer {
    /// The inputs.
    pub places: Vec<Option<Place>>,
    /// Where results go.
    pub destination: Destination,
    /// The manifest of a directory of outputs.
    pub manifest: Option<Manifest>,
    /// The inputs as they were when the run began.
    pub shards: Vec<Option<Shard>>,
    /// Who tells the user.
    pub reporter: Reporter,
    /// What is to be known of the input whose results come now.
    pub current: Current,
    /// Whether it has been said that a markup does not suit.
    pub warned: bool,
}

/// The input whose results come now.
#[derive(Default)]
pub struct Current {
    /// Its output, when every input has its own.
    open: Open,
    /// Whether the next text needs an empty line before it.
    separate: bool,
    /// Records that failed.
    failed: usize,
}

#[derive(Default)]
enum Open {
    #[default]
    Nothing,
    File(Sink),
    /// It could not be made or written, or its input not be read.
    GivenUp,
}

impl Writer {
    /// Writes what a piece gave.
    ///
    /// # Errors
    /// When the one output cannot be written. Of several, one that cannot be is reported.
    pub fn write(&mut self, done: Done) -> anyhow::Result<()> {
        match done.result {
            Written::End => self.end(done.input),
            Written::Documents(documents) => documents.into_iter().try_for_each(|document| {
                self.say(done.input, &document);
                self.put(done.input, &document.bytes)
            }),
            #[cfg(feature = "parquet")]
            Written::Rows(documents, rows) => {
                documents.iter().for_each(|document| self.say(done.input, document));
                self.put_with(done.input, Sink::create_rows, |sink| sink.write_rows(&rows))
            }
            Written::Unreadable(document) => {
                self.say(done.input, &document);
                match self.destination {
                    Destination::One(_) => self.put(done.input, &document.bytes),
                    Destination::Mirror(_) => {
                        self.current.open = Open::GivenUp;
                        Ok(())
                    }
                }
            }
        }
    }

    fn say(&mut self, input: usize, document: &Document) {
        self.reporter.step();
        if let Some(failure) = &document.failure {
            self.current.failed += 1;
            self.reporter.fail(failure);
        }
        if let Some(note) = &document.note {
            self.reporter.note(note);
        }
        if let (Some(misfit), false, Some(place)) = (&document.misfit, self.warned, &self.places[input]) {
            self.warned = true;
            self.reporter.note(&format!("{place}: {misfit}"));
        }
    }

    fn put(&mut self, input: usize, bytes: &[u8]) -> anyhow::Result<()> {
        if bytes.is_empty() {
            return Ok(());
        }
        let bytes = [self.separator(bytes), bytes].concat();
        self.put_with(input, Sink::create, |sink| sink.write(&bytes))
    }

    /// Texts stand apart by an empty line; lines of JSON do not.
    fn separator(&mut self, bytes: &[u8]) -> &'static [u8] {
        let is_text = !bytes.starts_with(b"{");
        let separate = std::mem::replace(&mut self.current.separate, is_text);
        if separate && is_text { b"\n" } else { b"" }
    }

    /// Writes to the one output, or to that of an input, which is made when its first result comes.
    fn put_with(
        &mut self,
        input: usize,
        create: impl Fn(&Path) -> Result<Sink, WriteError>,
        write: impl Fn(&mut Sink) -> Result<(), WriteError>,
    ) -> anyhow::Result<()> {
        let path = match &mut self.destination {
            Destination::One(sink) => return Ok(write(sink)?),
            Destination::Mirror(paths) => &paths[input],
        };
        let open = std::mem::replace(&mut self.current.open, Open::GivenUp);
        let written = match open {
            Open::Nothing => create(path).and_then(|mut sink| write(&mut sink).map(|()| Open::File(sink))),
            Open::File(mut sink) => write(&mut sink).map(|()| Open::File(sink)),
            Open::GivenUp => return Ok(()),
        };
        match written {
            Ok(open) => self.current.open = open,
            Err(error) => self.reporter.fail(&error.to_string()),
        }
        Ok(())
    }

    fn end(&mut self, input: usize) -> anyhow::Result<()> {
        if matches!(self.destination, Destination::Mirror(_)) {
            // An input without any record still has its output.
            self.put_with(input, Sink::create, |sink| sink.write(b""))?;
            let Current { open, failed, .. } = std::mem::take(&mut self.current);
            if let Open::File(sink) = open
                && let Err(error) = self.commit(input, sink, failed)
            {
                self.reporter.fail(&error.to_string());
            }
        }
        Ok(())
    }

    /// Puts an output in its place, and only then notes that it is finished.
    fn commit(&mut self, input: usize, sink: Sink, failed: usize) -> Result<(), WriteError> {
        sink.finish()?;
        let (Destination::Mirror(paths), Some(manifest)) = (&self.destination, &mut self.manifest) else {
            return Ok(());
        };
        match self.shards[input].take() {
            Some(shard) => manifest.add(&paths[input], shard, failed),
            None => Ok(()),
        }
    }

    /// Ends the writing.
    ///
    /// # Errors
    /// When the one output cannot be finished.
    pub fn finish(self) -> anyhow::Result<Outcome> {
        if let Destination::One(sink) = self.destination {
            sink.finish()?;
        }
        Ok(if self.reporter.finish() > 0 { Outcome::SomeFailed } else { Outcome::Done })
    }
}
