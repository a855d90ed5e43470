//! `dehusk import`: public corpora, and CSV files of people's own, as labelled documents.

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use dehusk::import::{Columns, CsvDocuments, IMPORTERS, Importer, RENDERINGS};
use dehusk::io::find;
use dehusk::train::corpus::LabelledDocument;
use dehusk::train::corpus::to_json;

use super::Outcome;
use super::reporter::Reporter;
use super::sink::Sink;

/// Writes the documents of a public corpus, or of a CSV file, with their labels, one a line of JSON.
#[derive(Debug, clap::Args)]
#[command(after_help = known())]
pub struct ImportArgs {
    /// Name of the corpus; csv for a file of your own.
    corpus: String,
    /// The folder of the corpus, or the one that holds it; the CSV file, .gz and .zst are seen through, - is standard input.
    folder: PathBuf,
    /// How pages are written out; may be given more than once. Default: lines.
    #[arg(long, value_name = "NAME")]
    rendering: Vec<String>,
    /// File to write to. Default: standard output.
    #[arg(long, short, value_name = "PATH")]
    output: Option<PathBuf>,
    #[command(flatten)]
    csv: CsvArgs,
}

/// Columns of a CSV file. Each row is a block; a header names the columns.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Columns of csv")]
struct CsvArgs {
    /// Column of the text of a block.
    #[arg(long, value_name = "COLUMN")]
    text: Option<String>,
    /// Column of its label: content, boilerplate, a husk reason, ignore; or 1 and 0.
    #[arg(long, value_name = "COLUMN")]
    label: Option<String>,
    /// Column of the id of its document: rows that follow each other with one id are the blocks of one document, a row with
    /// an id of its own is a document. Default: the file is one document.
    #[arg(long, value_name = "COLUMN")]
    id: Option<String>,
    /// Column of the document's outlet. Default: each document is an outlet of its own.
    #[arg(long, value_name = "COLUMN")]
    outlet: Option<String>,
    /// Column of its language, ISO 639-1.
    #[arg(long, value_name = "COLUMN")]
    language: Option<String>,
}

/// The name under which CSV files are imported.
const CSV: &str = "csv";

impl CsvArgs {
    fn is_given(&self) -> bool {
        [&self.text, &self.label, &self.id, &self.outlet, &self.language].into_iter().any(Option::is_some)
    }

    fn columns(&self) -> anyhow::Result<Columns> {
        let needed = "import csv needs the columns of text and labels: --text COLUMN --label COLUMN";
        Ok(Columns {
            text: self.text.clone().context(needed)?,
            label: self.label.clone().context(needed)?,
            id: self.id.clone(),
            outlet: self.outlet.clone(),
            language: self.language.clone(),
        })
    }
}

fn known() -> String {
    let corpora: Vec<String> =
        IMPORTERS.iter().map(|row| format!("  {:<18} {} ({})", row.name, row.doc, row.licence)).collect();
    let renderings: Vec<String> = RENDERINGS.iter().map(|row| format!("  {:<18} {}", row.name, row.doc)).collect();
    let own = format!("  {CSV:<18} a CSV file of labelled blocks, see the columns above");
    format!("Corpora:\n{}\n{own}\n\nRenderings:\n{}", corpora.join("\n"), renderings.join("\n"))
}

impl ImportArgs {
    pub fn run(self) -> anyhow::Result<Outcome> {
        if self.corpus == CSV {
            return self.csv();
        }
        if self.csv.is_given() {
            bail!("columns are named for csv only: dehusk import csv FILE --text COLUMN --label COLUMN");
        }
        let importer = Importer::named(&self.corpus)?;
        let renderings: Vec<&str> = match self.rendering.as_slice() {
            [] => vec!["lines"],
            names => names.iter().map(String::as_str).collect(),
        };
        let documents = importer.documents(root(&self.folder, importer.name), &renderings)?;
        self.write(documents.map(|document| document.map_err(|error| error.to_string())))
    }

    fn csv(&self) -> anyhow::Result<Outcome> {
        let columns = self.csv.columns()?;
        if !self.rendering.is_empty() {
            bail!("rows are blocks already: leave out --rendering");
        }
        let [input] = <[_; 1]>::try_from(find(&self.folder)).ok().context("import csv reads one file")?;
        let input = input?;
        let documents = CsvDocuments::new(&input.place.to_string(), input.open()?.reader, &columns)?;
        self.write(documents.map(|document| document.map_err(|error| error.to_string())))
    }

    fn write(&self, documents: impl Iterator<Item = Result<LabelledDocument, String>>) -> anyhow::Result<Outcome> {
        let mut sink = Sink::open(self.output.as_deref())?;
        let mut reporter = Reporter::new(self.output.is_none());
        for document in documents {
            reporter.step();
            match document {
                Ok(document) => sink.write(format!("{}\n", to_json(&document)).as_bytes())?,
                Err(error) => reporter.fail(&error),
            }
        }
        sink.finish()?;
        Ok(if reporter.finish() > 0 { Outcome::SomeFailed } else { Outcome::Done })
    }
}

/// The folder that holds the corpus' folder: importers look for the latter by name.
fn root<'p>(folder: &'p Path, name: &str) -> &'p Path {
    let is_corpus = folder.file_name().is_some_and(|own| own == name) && !folder.join(name).exists();
    match folder.parent().filter(|_| is_corpus) {
        Some(parent) if parent.as_os_str().is_empty() => Path::new("."),
        Some(parent) => parent,
        None => folder,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_folder_of_a_corpus_and_its_parent_both_do() {
        for (folder, expected) in [("corpora", "corpora"), ("corpora/wcxb", "corpora"), ("wcxb", "."), (".", ".")] {
            assert_eq!(root(Path::new(folder), "wcxb"), Path::new(expected), "{folder}");
        }
    }
}
