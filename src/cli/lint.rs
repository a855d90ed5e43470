//! `dehusk lint`: checks labelled fixtures.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use dehusk::io::format_of;
use dehusk::train::corpus::LabelledDocument;
use dehusk::train::fixture::{fixture_paths, parse_fixture, read_fixture};
use dehusk::train::metrics::Bag;
use dehusk::{Cut, Label, Markup, Reason};

use super::Outcome;
use super::sink::Sink;
use super::table::Table;

/// Checks fixtures: their format, what is repeated between them, that the gold text of pages stands in these; counts them
/// by language, tag, outlet and mark.
#[derive(Debug, clap::Args)]
pub struct LintArgs {
    /// Folder of fixtures.
    folder: PathBuf,
}

/// Characters from which on a line must be the only one of its kind: no two fixtures share a template.
const LONG_LINE: usize = 60;
/// Of so many words of a page's gold text, one may be missing on the page.
const GOLD_WORDS_PER_MISSING: u32 = 20;
/// What is said of a folder without fixtures.
pub const NO_FIXTURE: &str = "no fixture (*.txt, or *.html beside *.gold.txt) in this folder";
/// Lines marked `[paywall]` that a fixture with the tag `membership` has at least.
const MEMBERSHIP_LINES: usize = 3;

impl LintArgs {
    pub fn run(self) -> anyhow::Result<Outcome> {
        let mut lint = Lint::default();
        for path in fixture_paths(&self.folder)? {
            lint.check(&path, &self.folder)?;
        }
        if lint.documents == 0 {
            anyhow::bail!("{}: {NO_FIXTURE}", self.folder.display());
        }
        let findings: String = lint.findings.iter().map(|finding| format!("{finding}\n")).collect();
        Sink::print(format!("{findings}{}", lint.counts()).as_bytes())?;
        Ok(if lint.findings.is_empty() { Outcome::Done } else { Outcome::GateFailed })
    }
}

#[derive(Default)]
struct Lint {
    documents: usize,
    findings: Vec<String>,
    /// Kind and name, as `language en`.
    groups: BTreeMap<(&'static str, String), usize>,
    ids: HashMap<String, String>,
    /// Where each long line was seen first.
    lines: HashMap<String, String>,
}

impl Lint {
    fn check(&mut self, path: &Path, folder: &Path) -> anyhow::Result<()> {
        self.documents += 1;
        let place = path.display().to_string();
        self.check_id(path.strip_prefix(folder).unwrap_or(path), &place);
        if format_of(path).markup == Some(Markup::Html) {
            self.check_page(path, folder, &place);
            return Ok(());
        }
        let text = std::fs::read(path).map_err(|error| anyhow::anyhow!("{place}: {error}"))?;
        let Ok(text) = String::from_utf8(text) else {
            self.findings.push(format!("{place}: not UTF-8"));
            return Ok(());
        };
        match parse_fixture(&text) {
            Ok(document) => self.check_document(&document, &text, &place),
            Err((line, what)) => self.findings.push(format!("{place}:{line}: {what}")),
        }
        Ok(())
    }

    fn check_page(&mut self, path: &Path, folder: &Path, place: &str) {
        let page = match read_fixture(path, folder) {
            Ok(page) => page,
            Err(error) => return self.findings.push(error.to_string()),
        };
        self.count(&page);
        let gold = Bag::of(page.gold.as_deref().unwrap_or_default());
        if gold.is_empty() && !is_shell(&page) {
            self.findings.push(format!("{place}: its gold text is empty, which only that of a shell or of a 404 is"));
        }
        let missing = gold.len() - gold.overlap(&words_of(&page));
        if GOLD_WORDS_PER_MISSING * missing > gold.len() {
            let of = gold.len();
            self.findings.push(format!("{place}: {missing} of the {of} words of its gold text are not on the page"));
        }
    }

    /// Names must differ on file systems that do not tell capitals, too.
    fn check_id(&mut self, relative: &Path, place: &str) {
        let id = relative.with_extension("").to_string_lossy().to_lowercase();
        if let Some(other) = self.ids.insert(id, place.to_owned()) {
            self.findings.push(format!("{place}: has the same id as {other}"));
        }
    }

    fn check_document(&mut self, document: &LabelledDocument, text: &str, place: &str) {
        self.count(document);
        if document.tags.is_empty() {
            self.findings.push(format!("{place}: the header lacks `tags: …`"));
        }
        let paywall = document.spans.iter().filter(|span| span.reason == Some(Reason::Paywall)).count();
        if document.is("membership") && paywall < MEMBERSHIP_LINES {
            let what =
                format!("tag membership, but {paywall} lines marked [paywall], expected {MEMBERSHIP_LINES} or more");
            self.findings.push(format!("{place}: {what}"));
        }
        let header = text.lines().take_while(|line| *line != "---").count() + 1;
        for (at, line) in document.source.lines().enumerate() {
            self.check_line(line, &format!("{place}:{}", header + at + 1));
        }
    }

    fn check_line(&mut self, line: &str, place: &str) {
        if line.chars().count() <= LONG_LINE {
            return;
        }
        match self.lines.get(line) {
            Some(other) => self.findings.push(format!("{place}: repeats {other}: {}…", first_words(line))),
            None => _ = self.lines.insert(line.to_owned(), place.to_owned()),
        }
    }

    fn count(&mut self, document: &LabelledDocument) {
        let mut add = |kind, name: &str, by| *self.groups.entry((kind, name.to_owned())).or_default() += by;
        add("language", &document.language, 1);
        add("outlet", &document.outlet, 1);
        for tag in &document.tags {
            add("tag", tag, 1);
        }
        for span in &document.spans {
            let mark = match (span.label, span.reason) {
                (Label::Content, _) => "content",
                (Label::Ignore, _) => "ignored",
                (Label::Boilerplate, Some(reason)) => reason.name(),
                (Label::Boilerplate, None) => "boilerplate",
            };
            add(if document.markup == Markup::Html { "blocks" } else { "lines" }, mark, 1);
        }
    }

    fn counts(&self) -> String {
        let mut table = Table::new(&["kind", "name", "count"]).left(&[0, 1]);
        for ((kind, name), count) in &self.groups {
            table.row([(*kind).to_owned(), name.clone(), count.to_string()]);
        }
        let outlets = self.groups.keys().filter(|(kind, _)| *kind == "outlet").count();
        let languages = self.groups.keys().filter(|(kind, _)| *kind == "language").count();
        let findings = self.findings.len();
        let documents = self.documents;
        format!("{table}\n{documents} fixtures, {outlets} outlets, {languages} languages, {findings} findings\n")
    }
}

/// Whether a page is there to test that nothing is kept of it.
fn is_shell(page: &LabelledDocument) -> bool {
    page.is("type:shell") || page.id.contains("404")
}

/// The words of all blocks of a page.
fn words_of(page: &LabelledDocument) -> Bag {
    let mut cut = Cut::default();
    cut.cut(&page.source, page.markup);
    let mut words = Bag::default();
    (0..cut.blocks.len()).for_each(|block| words.add(cut.text(&page.source, block)));
    words
}

fn first_words(line: &str) -> String {
    line.chars().take(LONG_LINE).collect()
}
