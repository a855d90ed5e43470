//! `dehusk import`: public corpora as labelled documents.

use std::path::{Path, PathBuf};

use dehusk::import::{IMPORTERS, Importer, RENDERINGS};
use dehusk::train::corpus::to_json;

use super::Outcome;
use super::reporter::Reporter;
use super::sink::Sink;

/// Writes the documents of a public corpus with their labels, one a line of JSON.
#[derive(Debug, clap::Args)]
#[command(after_help = known())]
pub struct ImportArgs {
    /// Name of the corpus.
    corpus: String,
    /// The folder of the corpus, or the one that holds it.
    folder: PathBuf,
    /// How pages are written out; may be given more than once. Default: lines.
    #[arg(long, value_name = "NAME")]
    rendering: Vec<String>,
    /// File to write to. Default: standard output.
    #[arg(long, short, value_name = "PATH")]
    output: Option<PathBuf>,
}

fn known() -> String {
    let corpora: Vec<String> =
        IMPORTERS.iter().map(|row| format!("  {:<18} {} ({})", row.name, row.doc, row.licence)).collect();
    let renderings: Vec<String> = RENDERINGS.iter().map(|row| format!("  {:<18} {}", row.name, row.doc)).collect();
    format!("Corpora:\n{}\n\nRenderings:\n{}", corpora.join("\n"), renderings.join("\n"))
}

impl ImportArgs {
    pub fn run(self) -> anyhow::Result<Outcome> {
        let importer = Importer::named(&self.corpus)?;
        let renderings: Vec<&str> = match self.rendering.as_slice() {
            [] => vec!["lines"],
            names => names.iter().map(String::as_str).collect(),
        };
        let documents = importer.documents(root(&self.folder, importer.name), &renderings)?;
        let mut sink = Sink::open(self.output.as_deref())?;
        let mut reporter = Reporter::new(self.output.is_none());
        for document in documents {
            reporter.step();
            match document {
                Ok(document) => sink.write(format!("{}\n", to_json(&document)).as_bytes())?,
                Err(error) => reporter.fail(&error.to_string()),
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
