//! Documents of a corpus in order: pages are read, cut, labelled and written out a chunk at a time.
//! This module must not know any corpus.

use std::collections::VecDeque;
use std::io::Read;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::thread;

use super::ImportError;
use super::label::{Aligned, unit_text};
use super::page::Page;
use super::render::{RENDERINGS, Rendered, Rendering, Unit, View};
use crate::block::Label;
use crate::train::align::words;
use crate::train::corpus::{LabelledDocument, LabelledSpan};

/// Renderings asked for.
pub(super) type Renderings = Vec<&'static Rendering>;
/// Reads one document of a corpus and writes it out in each rendering.
pub(super) type Task = Box<dyn Fn(&[&'static Rendering]) -> Imported + Send + Sync>;
/// What a task gives: a document per rendering.
pub(super) type Imported = Result<Vec<LabelledDocument>, ImportError>;

/// Documents worked on at a time: bounds memory to some megabytes of pages.
const CHUNK: usize = 32;
/// Threads that work on a chunk.
const THREADS: usize = 2;

/// The documents of a corpus, in order. After an error the iterator goes on with the next document.
pub struct Documents {
    tasks: std::vec::IntoIter<Task>,
    renderings: Renderings,
    ready: VecDeque<Result<LabelledDocument, ImportError>>,
}

impl Documents {
    pub(super) fn new(tasks: Vec<Task>, renderings: Renderings) -> Documents {
        Documents { tasks: tasks.into_iter(), renderings, ready: VecDeque::new() }
    }

    /// Works on the next chunk; nothing is ready afterwards when there is none, or when it gave no document.
    fn refill(&mut self) {
        let tasks: Vec<Task> = self.tasks.by_ref().take(CHUNK).collect();
        for imported in run(&tasks, &self.renderings) {
            match imported {
                Ok(documents) => self.ready.extend(documents.into_iter().map(Ok)),
                Err(error) => self.ready.push_back(Err(error)),
            }
        }
    }
}

impl Iterator for Documents {
    type Item = Result<LabelledDocument, ImportError>;

    fn next(&mut self) -> Option<Self::Item> {
        while self.ready.is_empty() && self.tasks.len() > 0 {
            self.refill();
        }
        self.ready.pop_front()
    }
}

/// Runs tasks on some threads, results in the order of the tasks.
fn run(tasks: &[Task], renderings: &[&'static Rendering]) -> Vec<Imported> {
    let mut results: Vec<Option<Imported>> = tasks.iter().map(|_| None).collect();
    let next = std::sync::Mutex::new(tasks.iter().zip(&mut results));
    let work = || {
        loop {
            let job = match next.lock() {
                Ok(mut jobs) => jobs.next(),
                Err(_) => None,
            };
            let Some((task, result)) = job else { break };
            *result = Some(task(renderings));
        }
    };
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(work);
        }
    });
    results.into_iter().flatten().collect()
}

/// A document whose source is a page.
pub(super) struct PageDocument {
    pub id: String,
    pub outlet: String,
    pub language: String,
    pub page: Page,
    pub gold: Option<String>,
    /// `article`, `forum` …; empty where the corpus has no types.
    pub page_type: String,
}

impl PageDocument {
    /// Writes the page out in each rendering and labels its units; `None` leaves a unit without span.
    pub(super) fn write_out(
        &self,
        renderings: &[&'static Rendering],
        label: impl Fn(Range<usize>) -> Option<Label>,
    ) -> Vec<LabelledDocument> {
        let label = |nodes: Range<usize>| match has_words(&self.page, nodes.clone()) {
            true => label(nodes),
            false => Some(Label::Ignore),
        };
        let labels: Vec<Option<Label>> = self.page.blocks.iter().map(|block| label(block.nodes.clone())).collect();
        let view = View { page: &self.page, id: &self.id, labels: &labels };
        let documents = renderings.iter().map(|rendering| {
            let Rendered { source, units } = (rendering.render)(&view);
            let spans = units.into_iter().filter_map(|Unit { range, nodes }| span(range, label(nodes)?)).collect();
            self.document(rendering, source, spans)
        });
        documents.filter(|document| !document.source.is_empty() || !document.id.contains('#')).collect()
    }

    fn document(&self, rendering: &Rendering, source: String, spans: Vec<LabelledSpan>) -> LabelledDocument {
        let mut tags = vec![rendering.name.to_owned()];
        if !self.page_type.is_empty() {
            tags.push(format!("type:{}", self.page_type));
        }
        LabelledDocument {
            id: rendered_id(&self.id, rendering.name),
            outlet: self.outlet.clone(),
            language: self.language.clone(),
            markup: rendering.markup,
            source,
            spans,
            gold: self.gold.clone(),
            tags,
        }
    }
}

/// A page as its own labelled document, by a gold text for the blocks of the front end.
pub fn labelled_page(html: String, gold: String, named: LabelledDocument) -> LabelledDocument {
    let html_only: Vec<&'static Rendering> = RENDERINGS.iter().filter(|rendering| rendering.keeps_page()).collect();
    let (id, tags) = (named.id.clone(), named.tags.clone());
    let labelled = labelled_renderings(html, gold, named, &html_only).pop().unwrap_or_default();
    LabelledDocument { id, tags, ..labelled }
}

/// A page in each rendering, labelled by a gold text; the tags of `named` stay.
pub(super) fn labelled_renderings(
    html: String,
    gold: String,
    named: LabelledDocument,
    renderings: &[&'static Rendering],
) -> Vec<LabelledDocument> {
    let page = Page::read(html, renderings);
    let aligned = Aligned::new(&page, &gold);
    let LabelledDocument { id, outlet, language, tags, .. } = named;
    let document = PageDocument { id, outlet, language, page, gold: Some(gold), page_type: String::new() };
    let mut documents = document.write_out(renderings, |nodes| Some(aligned.label(nodes)));
    documents.iter_mut().for_each(|document| document.tags.extend(tags.iter().cloned()));
    documents
}

fn has_words(page: &Page, nodes: Range<usize>) -> bool {
    words(&unit_text(page, nodes)).next().is_some()
}

/// A span without a reason, unless it is empty.
pub(super) fn span(range: Range<usize>, label: Label) -> Option<LabelledSpan> {
    (!range.is_empty()).then_some(LabelledSpan { range, label, reason: None })
}

/// The id of a document in a rendering: `lines` is the plain one.
pub(super) fn rendered_id(id: &str, rendering: &str) -> String {
    if rendering == "lines" { id.to_owned() } else { format!("{id}#{rendering}") }
}

/// Names of the files of a folder that end so, without the ending, sorted.
pub(super) fn stems(folder: &Path, ending: &str) -> Result<Vec<String>, ImportError> {
    let mut stems = Vec::new();
    for entry in folder.read_dir().map_err(read_error(folder))? {
        let name = entry.map_err(read_error(folder))?.file_name();
        if let Some(stem) = name.to_string_lossy().strip_suffix(ending) {
            stems.push(stem.to_owned());
        }
    }
    stems.sort();
    Ok(stems)
}

/// The text of a file; gzip by its ending, what is not UTF-8 is replaced.
pub(super) fn read(path: &Path) -> Result<String, ImportError> {
    let mut bytes = std::fs::read(path).map_err(read_error(path))?;
    if path.extension().is_some_and(|extension| extension == "gz") {
        let mut plain = Vec::new();
        flate2::read::MultiGzDecoder::new(bytes.as_slice()).read_to_end(&mut plain).map_err(read_error(path))?;
        bytes = plain;
    }
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

pub(super) fn read_error(path: &Path) -> impl FnOnce(std::io::Error) -> ImportError {
    let path: PathBuf = path.to_owned();
    |source| ImportError::Read { path, source }
}

/// The JSON of a file.
pub(super) fn read_json<T: serde::de::DeserializeOwned>(path: &Path) -> Result<T, ImportError> {
    let text = read(path)?;
    serde_json::from_str(&text).map_err(|source| ImportError::Json { path: path.to_owned(), source })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_other_renderings_than_lines_show_in_the_id() {
        assert_eq!(rendered_id("a", "lines"), "a");
        assert_eq!(rendered_id("a", "nodes"), "a#nodes");
    }

    #[test]
    fn tasks_give_their_results_in_order() {
        let task = |number: usize| -> Task {
            Box::new(move |_| {
                let id = number.to_string();
                Ok(vec![LabelledDocument { id, ..LabelledDocument::default() }])
            })
        };
        let documents = Documents::new((0..100).map(task).collect(), Vec::new());
        let ids: Vec<String> = documents.flatten().map(|document| document.id).collect();
        let expected: Vec<String> = (0..100).map(|number| number.to_string()).collect();
        assert_eq!(ids, expected);
    }
}
