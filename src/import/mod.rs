//! Public corpora as labelled documents: one file per corpus, one row per corpus in [`IMPORTERS`].
//! This module must not know what the documents are used for.

mod annotations;
mod blocks;
mod daniel;
mod documents;
mod label;
mod page;
mod readability;
mod render;
mod rows;
mod trafilatura_eval;
mod wcxb;
mod zh_news;

use std::path::{Path, PathBuf};

pub use annotations::{TOOLS, Tool};
pub use documents::{Documents, labelled_page};
use documents::{Task, labelled_renderings};
pub use render::{RENDERINGS, Rendering};
pub use rows::{Columns, CsvDocuments, RowError};

use crate::train::corpus::LabelledDocument;

/// A public corpus and the way to read it.
#[derive(Debug)]
pub struct Importer {
    /// Its name, and the folder that holds it.
    pub name: &'static str,
    /// What it holds, and where its labels come from.
    pub doc: &'static str,
    /// Licence of the corpus.
    pub licence: &'static str,
    /// Whether models that are published may be trained on it.
    pub may_train: bool,
    /// Lists its documents in order, without reading their pages.
    list: fn(&Path) -> Result<Vec<Task>, ImportError>,
}

/// All corpora that can be imported.
pub const IMPORTERS: &[Importer] = &[
    wcxb::IMPORTER,
    trafilatura_eval::IMPORTER,
    readability::IMPORTER,
    daniel::IMPORTER,
    zh_news::IMPORTER,
    blocks::IMPORTER,
    annotations::LABEL_STUDIO,
    annotations::DOCCANO,
];

impl Importer {
    /// The importer of that name.
    ///
    /// # Errors
    /// When there is none; the error names those that there are.
    pub fn named(name: &str) -> Result<&'static Importer, ImportError> {
        IMPORTERS.iter().find(|importer| importer.name == name).ok_or_else(|| ImportError::UnknownCorpus {
            name: name.to_owned(),
            known: join(IMPORTERS.iter().map(|importer| importer.name)),
        })
    }

    /// Reads the corpus below `root` (the folder that holds the corpora), each document in each rendering, sorted
    /// by id. Identifiers get `#rendering` appended, except for `lines`.
    ///
    /// # Errors
    /// When the corpus is not there or a rendering is unknown; later errors come from the iterator.
    pub fn documents(&self, root: &Path, renderings: &[&str]) -> Result<Documents, ImportError> {
        let renderings = named_renderings(renderings)?;
        let tasks = (self.list)(root)?;
        if tasks.is_empty() {
            return Err(ImportError::Empty { path: root.join(self.name) });
        }
        Ok(Documents::new(tasks, renderings))
    }
}

/// A page in each rendering, labelled by a gold text for its blocks; what it is called is taken from `named`.
///
/// # Errors
/// When a rendering is unknown, or stands beside another although it cannot.
pub fn rendered_page(
    html: String,
    gold: String,
    named: LabelledDocument,
    renderings: &[String],
) -> Result<Vec<LabelledDocument>, ImportError> {
    let names: Vec<&str> = renderings.iter().map(String::as_str).collect();
    Ok(labelled_renderings(html, gold, named, &named_renderings(&names)?))
}

/// The renderings of these names.
fn named_renderings(names: &[&str]) -> Result<Vec<&'static Rendering>, ImportError> {
    let renderings: Vec<&'static Rendering> = names.iter().map(|name| rendering(name)).collect::<Result<_, _>>()?;
    if renderings.len() > 1 && renderings.iter().any(|rendering| rendering.keeps_page()) {
        return Err(ImportError::Together);
    }
    Ok(renderings)
}

/// The rendering of that name.
fn rendering(name: &str) -> Result<&'static Rendering, ImportError> {
    RENDERINGS.iter().find(|rendering| rendering.name == name).ok_or_else(|| ImportError::UnknownRendering {
        name: name.to_owned(),
        known: join(RENDERINGS.iter().map(|rendering| rendering.name)),
    })
}

fn join(names: impl Iterator<Item = &'static str>) -> String {
    names.collect::<Vec<_>>().join(" ")
}

/// Why a corpus could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// A file or folder is missing or unreadable.
    #[error("cannot read {}: give the folder that holds the corpora, and the corpus as it is published", path.display())]
    Read {
        /// The file or folder.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// A file is no JSON of the corpus' shape.
    #[error("{} is not what the corpus publishes under this name: fetch it again", path.display())]
    Json {
        /// The file.
        path: PathBuf,
        /// What the parser says.
        source: serde_json::Error,
    },
    /// A file is no CSV of the corpus' shape.
    #[error("{} is not a CSV file with the columns `content` and `label`: fetch it again", path.display())]
    Csv {
        /// The file.
        path: PathBuf,
        /// What the parser says.
        source: csv::Error,
    },
    /// A file is not what an annotation tool exports.
    #[error("{}: {what}; give a file that {tool} exported", path.display())]
    Annotations {
        /// The file.
        path: PathBuf,
        /// The tool.
        tool: &'static str,
        /// What was found, and what was expected.
        what: String,
    },
    /// The corpus holds no document.
    #[error("no documents under {}: give the folder that holds the corpora", path.display())]
    Empty {
        /// The folder.
        path: PathBuf,
    },
    /// There is no such corpus.
    #[error("no importer is named {name:?}; one of: {known}")]
    UnknownCorpus {
        /// What was asked for.
        name: String,
        /// What there is.
        known: String,
    },
    /// Pages are cut in another way for themselves than for being written out.
    #[error("the rendering html cannot be made together with others: import twice")]
    Together,
    /// There is no such rendering.
    #[error("no rendering is named {name:?}; one of: {known}")]
    UnknownRendering {
        /// What was asked for.
        name: String,
        /// What there is.
        known: String,
    },
}
