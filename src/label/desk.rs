//! The desk: the documents to label, their marks and history, the models that judge them.
//! This module must not know HTTP.

use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::Serialize;
use thiserror::Error;

use super::adapt::{AdaptError, Adapted, Base, adapted};
use super::journal::{Entry, Journal};
use super::sheet::{Line, Mark, Marks, Review, Sheet, complete};
use super::store;
use crate::block::{Label, Markup};
use crate::cleaner::Cleaner;
use crate::io::WriteError;
use crate::train::corpus::LabelledDocument;

/// Name of the journal in the folder of the fixtures.
const JOURNAL: &str = ".labels.jsonl";

/// A document that waits to be opened.
pub struct Pending {
    /// Unique among the documents; made so on the desk.
    pub id: String,
    /// Publisher, empty where unknown.
    pub outlet: String,
    /// ISO 639-1 code, empty where unknown.
    pub language: String,
    /// Whether it has labels already.
    pub labelled: bool,
    /// Its fixture's path below the folder, without extension, where it is one already.
    pub place: Option<PathBuf>,
    /// Reads it.
    pub load: Loader,
}

/// Reads a document, or tells why it cannot be read.
pub type Loader = Box<dyn Fn() -> Result<LabelledDocument, String> + Send + Sync>;

/// Why something could not be labelled.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum LabelError {
    /// There is no such document, or no such block in it.
    #[error("there is no such document or block")]
    NotThere,
    /// The document cannot be read.
    #[error("{0}")]
    Unreadable(String),
    /// The journal cannot be read or written.
    #[error("{}: {cause}; give a folder that you may write to", path.display())]
    Journal {
        /// The journal.
        path: PathBuf,
        /// What the system says.
        #[source]
        cause: io::Error,
    },
    /// The fixture cannot be written.
    #[error(transparent)]
    Write(#[from] WriteError),
}

/// What is known of a document without its source.
struct Card {
    pending: Arc<Pending>,
    marks: Marks,
    done: bool,
    /// None until it has been judged by the models in use.
    review: Option<Review>,
    /// Why it cannot be read.
    failure: Option<String>,
}

/// What was said of a block, if anything; also that a mark was taken away.
type Said = Option<Option<Mark>>;

/// What was before a change.
struct Change {
    document: Option<usize>,
    /// Each block with what was said of it, where anything was.
    marks: Vec<((usize, usize), Said)>,
    done: bool,
}

/// The documents to label, with everything said of them. Every change is written down before it is shown.
pub struct Desk {
    folder: PathBuf,
    cards: Vec<Card>,
    by_id: HashMap<String, usize>,
    bases: Vec<Base>,
    adapted: Vec<Option<Adapted>>,
    /// Grows when the models change: what was judged before is judged anew.
    generation: u64,
    journal: Journal,
    history: Vec<Change>,
    /// The sheet that was opened last.
    open: Option<(usize, u64, Sheet)>,
    judged: usize,
}

/// Which documents are listed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Wanted {
    /// All.
    #[default]
    All,
    /// Those that are not done.
    Todo,
    /// Those that are done.
    Done,
}

/// A part of the list of documents.
#[derive(Clone, Debug, Default, serde::Deserialize)]
#[serde(default)]
pub struct Order {
    /// Which ones.
    pub wanted: Wanted,
    /// What id or outlet holds, in lower case.
    pub find: String,
    /// How many to pass over.
    pub skip: usize,
}

/// A document in the list.
#[derive(Clone, Debug, Serialize)]
pub struct Row {
    /// Its number.
    pub document: usize,
    /// Its id.
    pub id: String,
    /// Its publisher.
    pub outlet: String,
    /// Its language.
    pub language: String,
    /// Whether it is done.
    pub done: bool,
    /// Blocks, once it is judged.
    pub blocks: Option<usize>,
    /// Marked blocks.
    pub marked: usize,
    /// Uncertainty of its words, 0..1, once it is judged.
    pub doubt: Option<f32>,
    /// Why it cannot be read.
    pub failure: Option<String>,
}

/// How far labelling has come.
#[derive(Clone, Debug, Serialize)]
pub struct Progress {
    /// Documents.
    pub documents: usize,
    /// Judged ones.
    pub judged: usize,
    /// Those that are done.
    pub done: usize,
    /// Marked blocks in judged documents.
    pub marked: usize,
    /// Marked blocks, content or boilerplate, that the model could agree with.
    pub compared: usize,
    /// Those that the model judges alike.
    pub agreed: usize,
    /// Whether there is a change to take back.
    pub can_undo: bool,
    /// The models.
    pub models: Vec<String>,
    /// Those of them that are adapted, in place of which they judge.
    pub adapted: Vec<Adapted>,
    /// Where fixtures are written.
    pub folder: String,
}

impl Desk {
    /// Lays out documents; what the folder's journal says of them is taken up again. Of `bases`, the first that is
    /// made for a document's markup judges it, or else the first. Gives the desk, and how many lines of the journal
    /// could not be read.
    ///
    /// # Errors
    /// [`LabelError::Journal`] when the folder or its journal cannot be used.
    pub fn open(documents: Vec<Pending>, bases: Vec<Base>, folder: &Path) -> Result<(Desk, usize), LabelError> {
        let path = folder.join(JOURNAL);
        let failed = |cause| LabelError::Journal { path: path.clone(), cause };
        std::fs::create_dir_all(folder).map_err(failed)?;
        let (journal, entries, damaged) = Journal::open(&path).map_err(failed)?;
        let mut desk = Desk {
            folder: folder.to_owned(),
            cards: Vec::with_capacity(documents.len()),
            by_id: HashMap::with_capacity(documents.len()),
            adapted: bases.iter().map(|_| None).collect(),
            bases,
            generation: 0,
            journal,
            history: Vec::new(),
            open: None,
            judged: 0,
        };
        documents.into_iter().for_each(|pending| desk.lay(pending));
        for entry in entries {
            desk.replay(entry);
        }
        Ok((desk, damaged))
    }

    fn lay(&mut self, mut pending: Pending) {
        let base = pending.id.clone();
        let mut copy = 1;
        while self.by_id.contains_key(&pending.id) {
            copy += 1;
            pending.id = format!("{base} ({copy})");
        }
        self.by_id.insert(pending.id.clone(), self.cards.len());
        let done = pending.labelled;
        self.cards.push(Card { pending: Arc::new(pending), marks: Marks::new(), done, review: None, failure: None });
    }

    fn replay(&mut self, entry: Entry) {
        match entry {
            Entry::Undo => drop(self.take_back()),
            Entry::Mark { document, marks, done } => {
                let document = self.by_id.get(&document).copied();
                self.apply(document, &marks, done);
            }
        }
    }

    /// Applies a change and remembers what was before.
    fn apply(&mut self, document: Option<usize>, marks: &[(usize, usize, Option<Mark>)], done: bool) {
        let mut change = Change { document, marks: Vec::new(), done: false };
        if let Some(card) = document.map(|document| &mut self.cards[document]) {
            change.done = std::mem::replace(&mut card.done, done);
            for &(start, end, mark) in marks {
                change.marks.push(((start, end), card.marks.insert((start, end), mark)));
            }
        }
        self.history.push(change);
    }

    /// Takes the last change back; gives its document, if that is on the desk.
    fn take_back(&mut self) -> Option<usize> {
        let change = self.history.pop()?;
        let card = &mut self.cards[change.document?];
        card.done = change.done;
        // Where a block was changed twice at once, its first state is the one to come back to.
        for (span, before) in change.marks.into_iter().rev() {
            match before {
                Some(mark) => card.marks.insert(span, mark),
                None => card.marks.remove(&span),
            };
        }
        change.document
    }

    /// Which cleaner judges a markup.
    fn choice(&self, markup: Markup) -> usize {
        self.bases.iter().position(|base| base.cleaner.model().markups().contains(&markup)).unwrap_or(0)
    }

    /// The cleaners in use, adapted or not.
    fn cleaners(&self) -> Vec<Cleaner> {
        let chosen = self.adapted.iter().zip(&self.bases);
        chosen.map(|(adapted, base)| adapted.as_ref().map_or(&base.cleaner, |own| &own.cleaner).clone()).collect()
    }

    /// A document with its blocks, the most uncertain of which is told by their probabilities.
    ///
    /// # Errors
    /// When there is no such document, or it cannot be read.
    pub fn lines(&mut self, document: usize) -> Result<&[Line], LabelError> {
        Ok(&self.sheet(document)?.lines)
    }

    fn sheet(&mut self, document: usize) -> Result<&mut Sheet, LabelError> {
        let is_open = self.open.as_ref().is_some_and(|(own, at, _)| (*own, *at) == (document, self.generation));
        if !is_open {
            let task = self.task(document).ok_or(LabelError::NotThere)?;
            let sheet = task.sheet().map_err(LabelError::Unreadable)?;
            self.review(document, Ok(sheet.review()));
            self.open = Some((document, self.generation, sheet));
        }
        self.open.as_mut().map(|(_, _, sheet)| sheet).ok_or(LabelError::NotThere)
    }

    /// Marks the blocks `first..=last` of a document; no mark takes theirs away.
    ///
    /// # Errors
    /// [`LabelError`] when there are no such blocks or the change cannot be written: then nothing has changed.
    pub fn mark(&mut self, document: usize, first: usize, last: usize, mark: Option<Mark>) -> Result<(), LabelError> {
        let lines = &self.sheet(document)?.lines;
        let lines = lines.get(first..=last.max(first)).ok_or(LabelError::NotThere)?;
        let marks =
            lines.iter().map(|line| (line.span.0, line.span.1, mark.map(|mark| complete(mark, line)))).collect();
        let done = self.cards[document].done;
        self.change(document, marks, done)
    }

    /// Says that a document is done, whose unmarked blocks are then what the model says; or that it is not.
    ///
    /// # Errors
    /// As for [`Desk::mark`].
    pub fn confirm(&mut self, document: usize, done: bool) -> Result<(), LabelError> {
        let open = self.sheet(document)?.lines.iter().filter(|line| done && line.mark.is_none());
        let marks = open.map(|line| (line.span.0, line.span.1, Some(line.model_mark()))).collect();
        self.change(document, marks, done)
    }

    fn change(
        &mut self,
        document: usize,
        marks: Vec<(usize, usize, Option<Mark>)>,
        done: bool,
    ) -> Result<(), LabelError> {
        let entry = Entry::Mark { document: self.cards[document].pending.id.clone(), marks, done };
        self.record(&entry)?;
        if let Entry::Mark { marks, .. } = entry {
            self.apply(Some(document), &marks, done);
        }
        self.save(document)
    }

    /// Takes the last change back; gives its document, none when there was no change, or it is not on the desk.
    ///
    /// # Errors
    /// [`LabelError`] when it cannot be written.
    pub fn undo(&mut self) -> Result<Option<usize>, LabelError> {
        if self.history.is_empty() {
            return Ok(None);
        }
        self.record(&Entry::Undo)?;
        let document = self.take_back();
        if let Some(document) = document {
            // A mark that was taken away again must be forgotten: the sheet is made anew.
            self.open = None;
            self.save(document)?;
        }
        Ok(document)
    }

    fn record(&mut self, entry: &Entry) -> Result<(), LabelError> {
        let path = self.journal.path().to_owned();
        self.journal.append(entry).map_err(|cause| LabelError::Journal { path, cause })
    }

    /// Takes a change over into the sheet, the list and the fixture.
    fn save(&mut self, document: usize) -> Result<(), LabelError> {
        let marks = std::mem::take(&mut self.cards[document].marks);
        let marked = self.sheet(document).map(|sheet| {
            sheet.mark(&marks);
            (sheet.review(), sheet.document.markup)
        });
        self.cards[document].marks = marks;
        let (review, markup) = marked?;
        self.review(document, Ok(review));
        let card = &self.cards[document];
        let pending = &card.pending;
        let place = pending.place.clone();
        let place = place.unwrap_or_else(|| store::place(&pending.id, &pending.outlet, &pending.language, markup));
        if let Some((_, _, sheet)) = &self.open {
            store::save(&self.folder, &place, sheet)?;
        }
        Ok(())
    }

    fn review(&mut self, document: usize, review: Result<Review, String>) {
        let card = &mut self.cards[document];
        let was_judged = card.review.is_some() || card.failure.is_some();
        self.judged += usize::from(!was_judged);
        match review {
            Ok(review) => card.review = Some(review),
            Err(failure) => card.failure = Some(failure),
        }
    }

    /// What it takes to judge a document, so that it can be done beside the desk.
    pub(super) fn task(&self, document: usize) -> Option<Task> {
        let card = self.cards.get(document)?;
        let task = Task {
            document,
            generation: self.generation,
            pending: Arc::clone(&card.pending),
            marks: card.marks.clone(),
            cleaners: self.cleaners(),
            choices: [Markup::Text, Markup::Markdown, Markup::Html].map(|markup| (markup, self.choice(markup))),
        };
        Some(task)
    }

    /// The next document, from `start` on, that has not been judged yet.
    pub(super) fn next_unjudged(&self, start: usize) -> Option<Task> {
        if self.judged == self.cards.len() {
            return None;
        }
        let is_open = |card: &Card| card.review.is_none() && card.failure.is_none();
        let later = self.cards[start.min(self.cards.len())..].iter().position(is_open).map(|at| at + start);
        self.task(later.or_else(|| self.cards.iter().position(is_open))?)
    }

    /// Takes over what was found beside the desk, unless it is out of date.
    pub(super) fn judged(&mut self, document: usize, generation: u64, review: Result<Review, String>) {
        let card = &self.cards[document];
        if generation == self.generation && card.review.is_none() && card.failure.is_none() {
            self.review(document, review);
        }
    }

    /// A part of the list, the most uncertain documents first; and how many there are in all.
    pub fn rows(&self, order: &Order, most: usize) -> (Vec<Row>, usize) {
        let find = order.find.to_lowercase();
        let mut found: Vec<usize> =
            (0..self.cards.len()).filter(|&at| self.is_wanted(at, order.wanted, &find)).collect();
        // Those that cannot be read come last, those that have not been judged before them.
        let rank = |at: &usize| {
            let card = &self.cards[*at];
            let unreadable = if card.failure.is_some() { -2.0 } else { -1.0 };
            card.review.map_or(unreadable, |review| review.doubt)
        };
        found.sort_by(|a, b| rank(b).total_cmp(&rank(a)).then(a.cmp(b)));
        let count = found.len();
        (found.into_iter().skip(order.skip).take(most).map(|at| self.row(at)).collect(), count)
    }

    fn is_wanted(&self, at: usize, wanted: Wanted, find: &str) -> bool {
        let Card { pending, done, .. } = &self.cards[at];
        let holds = |text: &str| text.to_lowercase().contains(find);
        let is_wanted = match wanted {
            Wanted::All => true,
            Wanted::Todo => !done,
            Wanted::Done => *done,
        };
        is_wanted && (find.is_empty() || holds(&pending.id) || holds(&pending.outlet))
    }

    /// A document as it is listed.
    ///
    /// # Panics
    /// When there is no such document.
    fn row(&self, at: usize) -> Row {
        let Card { pending, done, review, failure, .. } = &self.cards[at];
        Row {
            document: at,
            id: pending.id.clone(),
            outlet: pending.outlet.clone(),
            language: pending.language.clone(),
            done: *done,
            blocks: review.map(|review| review.blocks),
            marked: review.map_or(0, |review| review.marked),
            doubt: review.map(|review| review.doubt),
            failure: failure.clone(),
        }
    }

    /// A document as it is listed; none when there is no such document.
    pub fn listed(&self, document: usize) -> Option<Row> {
        (document < self.cards.len()).then(|| self.row(document))
    }

    /// How far labelling has come.
    pub fn progress(&self) -> Progress {
        let reviews = || self.cards.iter().filter_map(|card| card.review);
        Progress {
            documents: self.cards.len(),
            judged: self.judged,
            done: self.cards.iter().filter(|card| card.done).count(),
            marked: reviews().map(|review| review.marked).sum(),
            compared: reviews().map(|review| review.compared).sum(),
            agreed: reviews().map(|review| review.agreed).sum(),
            can_undo: !self.history.is_empty(),
            models: self.bases.iter().map(|base| base.cleaner.model().id()).collect(),
            adapted: self.adapted.iter().flatten().cloned().collect(),
            folder: self.folder.display().to_string(),
        }
    }

    /// What it takes to label the done documents, in order.
    pub(super) fn done_tasks(&self) -> Vec<Task> {
        let done = self.cards.iter().enumerate().filter(|(_, card)| card.done && card.failure.is_none());
        done.filter_map(|(at, _)| self.task(at)).collect()
    }

    /// What it takes to label all documents that anything was said of.
    pub(super) fn touched_tasks(&self) -> Vec<Task> {
        let touched = |card: &Card| (card.done || !card.marks.is_empty()) && card.failure.is_none();
        let found = self.cards.iter().enumerate().filter(|(_, card)| touched(card));
        found.filter_map(|(at, _)| self.task(at)).collect()
    }

    /// What it takes to adapt the models to the done documents.
    pub(super) fn adapting(&self) -> Adapting {
        Adapting { tasks: self.done_tasks(), bases: self.bases.clone(), folder: self.folder.clone() }
    }

    /// Takes over the models that were adapted; all documents are then judged anew.
    pub(super) fn adopt(&mut self, found: &[(String, Option<Result<Adapted, AdaptError>>)]) {
        for (own, (_, found)) in self.adapted.iter_mut().zip(found) {
            if let Some(Ok(adapted)) = found {
                *own = Some(adapted.clone());
            }
        }
        self.generation += 1;
        self.judged = self.cards.iter().filter(|card| card.failure.is_some()).count();
        self.cards.iter_mut().for_each(|card| card.review = None);
    }
}

/// The work of judging one document.
pub(super) struct Task {
    pub(super) document: usize,
    pub(super) generation: u64,
    pending: Arc<Pending>,
    marks: Marks,
    cleaners: Vec<Cleaner>,
    choices: [(Markup, usize); 3],
}

impl Task {
    /// Which cleaner judges a markup.
    fn choice(&self, markup: Markup) -> usize {
        self.choices.iter().find(|(own, _)| *own == markup).map_or(0, |(_, choice)| *choice)
    }

    /// The document, judged.
    pub(super) fn sheet(&self) -> Result<Sheet, String> {
        let read = (self.pending.load)()?;
        let own = |text: &str, other: String| if text.is_empty() { other } else { text.to_owned() };
        let document = LabelledDocument {
            id: self.pending.id.clone(),
            outlet: own(&self.pending.outlet, read.outlet.clone()),
            language: own(&self.pending.language, read.language.clone()),
            ..with_plain_line_ends(read)
        };
        let cleaner = self.cleaners.get(self.choice(document.markup)).ok_or("no model")?;
        Ok(Sheet::new(document, cleaner, &self.marks))
    }

    /// The document with its labels.
    pub(super) fn labelled(&self) -> Result<LabelledDocument, String> {
        Ok(self.sheet()?.labelled())
    }
}

/// Fixtures end their lines with a line feed; a document that has labels already is left as it is.
fn with_plain_line_ends(document: LabelledDocument) -> LabelledDocument {
    if document.markup == Markup::Html || !document.spans.is_empty() || !document.source.contains('\r') {
        return document;
    }
    LabelledDocument { source: document.source.replace("\r\n", "\n").replace('\r', "\n"), ..document }
}

/// The work of adapting all models.
pub(super) struct Adapting {
    tasks: Vec<Task>,
    bases: Vec<Base>,
    folder: PathBuf,
}

impl Adapting {
    /// Adapts each model to the documents it judges and writes it; none for a model that judges none of them.
    pub(super) fn run(&self) -> Vec<(String, Option<Result<Adapted, AdaptError>>)> {
        let mut documents: Vec<Vec<LabelledDocument>> = self.bases.iter().map(|_| Vec::new()).collect();
        for task in &self.tasks {
            let document = task.labelled().ok().filter(has_labels);
            if let Some(document) = document {
                // The corpus' own gold text may hold words the blocks lack; what was labelled here counts.
                documents[task.choice(document.markup)].push(LabelledDocument { gold: None, ..document });
            }
        }
        let models = self.bases.iter().zip(documents).map(|(base, documents)| {
            let found = (!documents.is_empty()).then(|| adapted(base, &documents, &self.folder));
            (base.cleaner.model().id(), found)
        });
        models.collect()
    }
}

fn has_labels(document: &LabelledDocument) -> bool {
    document.spans.iter().any(|span| span.label != Label::Ignore)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::block::Reason;
    use crate::train::fixture::{fixture_paths, read_fixture};

    const SOURCE: &str = "Home | News\r\n\r\nThe council voted on Monday to close the bridge.\r\nShare on Facebook\r\n";
    const PAGE: &str = "<nav><a href=/>Home</a></nav><p>The council voted on Monday.</p><p>Share</p>";

    fn pending(id: &str, source: &'static str, markup: Markup) -> Pending {
        let load = move || Ok(LabelledDocument { source: source.into(), markup, ..LabelledDocument::default() });
        Pending {
            id: id.into(),
            outlet: "Example Times".into(),
            language: "en".into(),
            labelled: false,
            place: None,
            load: Box::new(load),
        }
    }

    fn base(markup: Markup) -> Base {
        let json = crate::built_in(markup).unwrap();
        Base { cleaner: Cleaner::new(json).unwrap(), file: Arc::new(serde_json::from_str(json).unwrap()) }
    }

    fn desk(folder: &Path) -> Desk {
        let documents = vec![pending("a", SOURCE, Markup::Text), pending("a", PAGE, Markup::Html)];
        Desk::open(documents, vec![base(Markup::Text), base(Markup::Html)], folder).unwrap().0
    }

    fn marks(desk: &mut Desk, document: usize) -> Vec<Option<Mark>> {
        desk.lines(document).unwrap().iter().map(|line| line.mark).collect()
    }

    const NAV: Mark = (Label::Boilerplate, Some(Reason::Nav));
    const CONTENT: Mark = (Label::Content, None);

    #[test]
    fn what_was_said_is_there_after_a_crash() {
        let folder = tempfile::tempdir().unwrap();
        let mut first = desk(folder.path());
        first.mark(0, 0, 0, Some(NAV)).unwrap();
        first.mark(0, 1, 2, Some(CONTENT)).unwrap();
        first.undo().unwrap();
        first.mark(0, 1, 1, Some(CONTENT)).unwrap();
        // Nothing is closed or flushed: the process is gone.
        std::mem::forget(first);
        let mut again = desk(folder.path());
        assert_eq!(marks(&mut again, 0), [Some(NAV), Some(CONTENT), None]);
        assert_eq!(again.undo().unwrap(), Some(0));
        assert_eq!(again.undo().unwrap(), Some(0));
        assert_eq!(marks(&mut again, 0), [None, None, None]);
        assert_eq!(again.undo().unwrap(), None);
    }

    #[test]
    fn fixtures_hold_the_marks_and_read_as_they_were_said() {
        let folder = tempfile::tempdir().unwrap();
        let mut desk = desk(folder.path());
        desk.mark(0, 0, 0, Some(NAV)).unwrap();
        assert_eq!(fixture_paths(folder.path()).unwrap().len(), 0, "a fixture has content");
        desk.mark(0, 1, 1, Some(CONTENT)).unwrap();
        let path = fixture_paths(folder.path()).unwrap().remove(0);
        let text = std::fs::read_to_string(&path).unwrap();
        let body = "- [nav] Home | News\n\n+ The council voted on Monday to close the bridge.\n? Share on Facebook\n";
        assert_eq!(text, format!("outlet: Example Times\nlanguage: en\nmarkup: text\n---\n{body}"));
        desk.confirm(0, true).unwrap();
        assert!(std::fs::read_to_string(&path).unwrap().contains("\n- [share] Share on Facebook\n"));
        desk.mark(0, 2, 2, Some((Label::Boilerplate, Some(Reason::Ad)))).unwrap();
        assert!(std::fs::read_to_string(&path).unwrap().contains("\n- [ad] Share on Facebook\n"));
    }

    #[test]
    fn a_page_becomes_a_pair_once_all_its_blocks_are_marked() {
        let folder = tempfile::tempdir().unwrap();
        let mut desk = desk(folder.path());
        desk.mark(1, 1, 1, Some(CONTENT)).unwrap();
        assert_eq!(fixture_paths(folder.path()).unwrap().len(), 0);
        desk.mark(1, 0, 0, Some(NAV)).unwrap();
        desk.mark(1, 2, 2, Some(NAV)).unwrap();
        let path = fixture_paths(folder.path()).unwrap().remove(0);
        let document = read_fixture(&path, folder.path()).unwrap();
        assert_eq!(document.source, PAGE);
        assert_eq!(document.gold.as_deref(), Some("The council voted on Monday.\n"));
        assert_eq!((document.outlet.as_str(), document.language.as_str()), ("example-times", "en"));
    }

    #[test]
    fn the_most_uncertain_documents_come_first_and_progress_tells_agreement() {
        let folder = tempfile::tempdir().unwrap();
        let mut desk = desk(folder.path());
        while let Some(task) = desk.next_unjudged(0) {
            desk.judged(task.document, task.generation, task.sheet().map(|sheet| sheet.review()));
        }
        let (rows, count) = desk.rows(&Order::default(), 10);
        assert_eq!((rows.len(), count), (2, 2));
        assert!(rows[0].doubt >= rows[1].doubt);
        assert_eq!(rows.iter().filter(|row| row.id == "a (2)").count(), 1);
        desk.confirm(0, true).unwrap();
        let progress = desk.progress();
        assert_eq!((progress.done, progress.agreed, progress.compared), (1, 3, 3));
        let find = Order { wanted: Wanted::Todo, find: "EXAMPLE".into(), skip: 0 };
        assert_eq!(desk.rows(&find, 10).1, 1);
    }

    #[test]
    fn blocks_that_are_not_there_change_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let mut desk = desk(folder.path());
        for (document, first, last) in
            [(9, 0, 0), (0, 9, 9), (0, 0, 9), (0, usize::MAX, usize::MAX), (0, 0, usize::MAX)]
        {
            assert!(desk.mark(document, first, last, None).is_err(), "{document} {first} {last}");
        }
        assert!(!desk.progress().can_undo);
    }
}
