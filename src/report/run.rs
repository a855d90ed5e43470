//! The report of a run: what was kept and dropped of each document, and totals over all of them.
//! This module must not know how documents were judged.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write;

use super::escape::{Short, Text};
use super::shell::{page, table, tint};
use crate::block::{Label, Reason};
use crate::cleaner::Explanation;
use crate::features::words::words_of;

/// Bytes of documents on one page: what a browser opens without delay, ten pages of which make no trouble either.
const PAGE_BYTES: usize = 6 << 20;
/// Characters of a block that are shown.
const BLOCK_CHARS: usize = 1200;
/// Blocks of a document that are shown.
const MOST_BLOCKS: usize = 2000;
/// Rows of a table of totals.
const MOST_ROWS: usize = 40;
/// Different dropped blocks that are counted; when there are more, those seen once are forgotten.
const MOST_DROPPED: usize = 100_000;
/// Different outlets and languages that are counted apart.
const MOST_GROUPS: usize = 20_000;
/// Probabilities between which a block is uncertain.
const UNCERTAIN: std::ops::Range<f32> = 0.3..0.7;
/// The group of documents that do not say theirs, or came too late for a group of their own.
const OTHERS: &str = "(other)";

/// A judged document.
#[derive(Clone, Copy, Debug)]
pub struct Document<'d> {
    /// Its id.
    pub id: &'d str,
    /// Publisher; empty where unknown.
    pub outlet: &'d str,
    /// ISO 639-1 code; empty where unknown.
    pub language: &'d str,
    /// Its blocks, with the columns that spoke loudest.
    pub blocks: &'d [Explanation<'d>],
}

/// Counts over documents.
#[derive(Clone, Copy, Default)]
struct Totals {
    documents: u64,
    blocks: [u64; 2],
    words: [u64; 2],
}

impl Totals {
    fn add(&mut self, other: Totals) {
        self.documents += other.documents;
        for (own, other) in [(&mut self.blocks, other.blocks), (&mut self.words, other.words)] {
            own[0] += other[0];
            own[1] += other[1];
        }
    }

    fn row(&self, name: &str) -> Vec<String> {
        let share = if self.words[1] == 0 { 0.0 } else { 100.0 * self.words[0] as f64 / self.words[1] as f64 };
        let mut row = vec![Text(name).to_string(), self.documents.to_string()];
        row.extend([self.blocks[1], self.blocks[0], self.words[1], self.words[0]].map(|count| count.to_string()));
        row.push(format!("{share:.1} %"));
        row
    }
}

const TOTALS: [&str; 7] = ["", "documents", "blocks", "kept", "words", "kept", "words kept"];

/// A report in the making. Its memory is bounded by the documents that are shown, see [`RunReport::new`].
pub struct RunReport {
    title: String,
    most: usize,
    all: Totals,
    outlets: BTreeMap<String, Totals>,
    languages: BTreeMap<String, Totals>,
    dropped: HashMap<String, (u64, Option<Reason>)>,
    /// Names of columns, by which blocks refer to them.
    columns: BTreeMap<String, usize>,
    /// The shown documents, each with its outlet.
    shown: Vec<String>,
}

impl RunReport {
    /// A report that shows the first `most` documents and counts all.
    pub fn new(title: &str, most: usize) -> RunReport {
        RunReport {
            title: title.to_owned(),
            most,
            all: Totals::default(),
            outlets: BTreeMap::new(),
            languages: BTreeMap::new(),
            dropped: HashMap::new(),
            columns: BTreeMap::new(),
            shown: Vec::new(),
        }
    }

    /// Whether the next document will be shown; reasons of others are not needed.
    pub fn shows_more(&self) -> bool {
        self.shown.len() < self.most
    }

    /// Adds a document.
    pub fn add(&mut self, document: Document<'_>) {
        let totals = totals(document);
        self.all.add(totals);
        add_to(&mut self.outlets, document.outlet, totals);
        add_to(&mut self.languages, document.language, totals);
        for block in document.blocks.iter().filter(|own| own.block.label != Label::Content) {
            self.count_dropped(&block.block.text, block.block.reason);
        }
        if self.shows_more() {
            let shown = self.article(document, totals);
            self.shown.push(shown);
        }
    }

    fn count_dropped(&mut self, text: &str, reason: Option<Reason>) {
        let key: String = text.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(160).collect();
        if !self.dropped.contains_key(&key) && self.dropped.len() >= MOST_DROPPED {
            self.dropped.retain(|_, (count, _)| *count > 1);
            if self.dropped.len() >= MOST_DROPPED {
                return;
            }
        }
        self.dropped.entry(key).or_insert((0, reason)).0 += 1;
    }

    /// A document as markup.
    fn article(&mut self, document: Document<'_>, totals: Totals) -> String {
        let outlet = if document.outlet.is_empty() { OTHERS } else { document.outlet };
        let language = Text(document.language);
        let mut text = format!(
            "<article data-outlet=\"{}\"><h3>{}</h3><p class=\"about\">{} · {} · {} of {} words kept</p>\n<div lang=\"{language}\">",
            Text(outlet),
            Text(document.id),
            Text(outlet),
            if document.language.is_empty() { "language unknown".to_owned() } else { language.to_string() },
            totals.words[0],
            totals.words[1],
        );
        for block in document.blocks.iter().take(MOST_BLOCKS) {
            self.block(block, &mut text);
        }
        if document.blocks.len() > MOST_BLOCKS {
            let _ = write!(text, "<p class=\"about\">{} more blocks</p>", document.blocks.len() - MOST_BLOCKS);
        }
        text + "</div></article>\n"
    }

    fn block(&mut self, Explanation { block, reasons }: &Explanation<'_>, text: &mut String) {
        let kept = block.label == Label::Content;
        let uncertain = if UNCERTAIN.contains(&block.probability) { " u" } else { "" };
        let _ = write!(
            text,
            "<p class=\"b {}{uncertain} {}\" tabindex=\"0\" dir=\"auto\"",
            ["d", "k"][usize::from(kept)],
            tint(block.probability)
        );
        if let Some(reason) = block.reason {
            let _ = write!(text, " data-r=\"{reason}\"");
        }
        let _ = write!(text, " data-p=\"{:.2}\" data-w=\"", block.probability);
        for (at, (column, size)) in reasons.iter().enumerate() {
            let next = self.columns.len();
            let number = *self.columns.entry(column.clone()).or_insert(next);
            let _ = write!(text, "{}{number}:{size:+.2}", if at == 0 { "" } else { " " });
        }
        let _ = writeln!(text, "\">{}</p>", Short(&block.text, BLOCK_CHARS));
    }

    /// The pages, the first of which has the totals. `name` gives the name of page 0, 1 …, by which they refer to each
    /// other.
    pub fn finish(self, name: impl Fn(usize) -> String) -> Vec<String> {
        let mut bodies = vec![self.summary()];
        let mut size = 0;
        for article in &self.shown {
            if size > 0 && size + article.len() > PAGE_BYTES {
                bodies.push(format!("<h1>{}</h1>\n{FILTERS}", Text(&self.title)));
                size = 0;
            }
            size += article.len();
            if let Some(body) = bodies.last_mut() {
                body.push_str(article);
            }
        }
        let count = bodies.len();
        let columns = self.column_list();
        let titled =
            |at: usize| if count == 1 { self.title.clone() } else { format!("{}, page {}", self.title, at + 1) };
        let finished = bodies.into_iter().enumerate().map(|(at, body)| {
            let body = format!("<main>{body}{}</main>{columns}", links(at, count, &name));
            page(&titled(at), &body)
        });
        finished.collect()
    }

    fn summary(&self) -> String {
        let mut text = format!("<h1>{}</h1>\n{}", Text(&self.title), table(&TOTALS, &[self.all.row("all")], &[]));
        for (name, groups) in [("language", &self.languages), ("outlet", &self.outlets)] {
            let _ = write!(text, "<details{}><summary>By {name} ({})</summary>", open(groups.len()), groups.len());
            text.push_str(&table(&TOTALS, &largest(groups), &[]));
            text.push_str("</details>\n");
        }
        text.push_str(&self.frequent());
        let shown = self.shown.len() as u64;
        let _ = match shown < self.all.documents {
            true => writeln!(text, "<h2>Documents: the first {shown} of {}</h2>", self.all.documents),
            false => writeln!(text, "<h2>Documents</h2>"),
        };
        text + FILTERS
    }

    /// The dropped blocks that were met most often.
    fn frequent(&self) -> String {
        let mut found: Vec<(&String, &(u64, Option<Reason>))> =
            self.dropped.iter().filter(|(_, (count, _))| *count > 1).collect();
        found.sort_by(|a, b| b.1.0.cmp(&a.1.0).then(a.0.cmp(b.0)));
        let rows: Vec<Vec<String>> = found
            .iter()
            .take(MOST_ROWS)
            .map(|(text, (count, reason))| {
                let reason = reason.map_or("", Reason::name);
                vec![count.to_string(), reason.to_owned(), Short(text, 120).to_string()]
            })
            .collect();
        if rows.is_empty() {
            return String::new();
        }
        let table = table(&["times", "reason", "block"], &rows, &[1, 2]);
        format!("<details><summary>Dropped blocks met most often</summary>{table}</details>\n")
    }

    fn column_list(&self) -> String {
        let mut names: Vec<(&String, &usize)> = self.columns.iter().collect();
        names.sort_by_key(|(_, number)| **number);
        let items: String = names.iter().map(|(name, _)| format!("<li>{}</li>", Text(name))).collect();
        format!("<ul id=\"columns\" hidden>{items}</ul>\n<div id=\"tip\" role=\"tooltip\" hidden></div>\n")
    }
}

fn totals(document: Document<'_>) -> Totals {
    let mut totals = Totals { documents: 1, ..Totals::default() };
    for Explanation { block, .. } in document.blocks {
        let mut words = 0;
        words_of(&block.text, |_| words += 1);
        let kept = u64::from(block.label == Label::Content);
        totals.blocks[0] += kept;
        totals.blocks[1] += 1;
        totals.words[0] += kept * words;
        totals.words[1] += words;
    }
    totals
}

fn add_to(groups: &mut BTreeMap<String, Totals>, name: &str, totals: Totals) {
    let fits = !name.is_empty() && (groups.len() < MOST_GROUPS || groups.contains_key(name));
    groups.entry(if fits { name } else { OTHERS }.to_owned()).or_default().add(totals);
}

/// The groups with the most documents.
fn largest(groups: &BTreeMap<String, Totals>) -> Vec<Vec<String>> {
    let mut found: Vec<(&String, &Totals)> = groups.iter().collect();
    found.sort_by(|a, b| b.1.documents.cmp(&a.1.documents).then(a.0.cmp(b.0)));
    found.iter().take(MOST_ROWS).map(|(name, totals)| totals.row(name)).collect()
}

/// A short table stands open.
fn open(rows: usize) -> &'static str {
    if (2..=8).contains(&rows) { " open" } else { "" }
}

fn links(at: usize, count: usize, name: impl Fn(usize) -> String) -> String {
    if count == 1 {
        return String::new();
    }
    let link = |to: usize| match to == at {
        true => format!("<b aria-current=\"page\">{}</b> ", to + 1),
        false => format!("<a href=\"{}\">{}</a> ", Text(&name(to)), to + 1),
    };
    format!("<nav aria-label=\"Pages\">Pages {}</nav>", (0..count).map(link).collect::<String>())
}

/// What is shown of the documents; the script fills the lists and does the hiding.
const FILTERS: &str = "<form id=\"filters\" aria-label=\"Show\">\
    <label><input type=\"checkbox\" id=\"kept\" checked> kept</label>\
    <label><input type=\"checkbox\" id=\"dropped\" checked> dropped</label>\
    <label><input type=\"checkbox\" id=\"uncertain\"> only uncertain</label>\
    <label>reason <select id=\"reason\"><option value=\"\">all</option></select></label>\
    <label>outlet <select id=\"outlet\"><option value=\"\">all</option></select></label>\
    <span class=\"legend\"><i class=\"b p20\">content</i> <i class=\"b p10\">uncertain</i> <i class=\"b p0\">husk</i></span>\
    </form>\n";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Cleaner;

    const SOURCE: &str = "Home | <b>News</b>\nThe council voted on Monday to close the old bridge, after inspectors had \
        found cracks in two of its piers.\nShare on Facebook<script>alert(1)</script>\n";

    fn report(documents: usize, most: usize) -> RunReport {
        let explained = Cleaner::text().explain(SOURCE, 3);
        let mut report = RunReport::new("a & b", most);
        for number in 0..documents {
            let outlet = if number % 2 == 0 { "<o>" } else { "" };
            report.add(Document { id: "<i>", outlet, language: "en", blocks: &explained });
        }
        report
    }

    #[test]
    fn texts_and_names_are_never_markup() {
        let pages = report(2, 9).finish(|_| "x.html".into());
        assert_eq!(pages.len(), 1);
        for wrong in ["<b>News", "<script>alert", "<o>", "<i>\"", "a & b"] {
            assert!(!pages[0].contains(wrong), "{wrong}");
        }
        assert!(pages[0].contains("Home | &lt;b&gt;News&lt;/b&gt;") && pages[0].contains("data-outlet=\"&lt;o&gt;\""));
        assert!(pages[0].contains("Dropped blocks met most often"));
    }

    #[test]
    fn all_are_counted_and_the_first_are_shown() {
        let page = report(5, 2).finish(|_| String::new()).remove(0);
        assert_eq!(page.matches("<article").count(), 2);
        assert!(page.contains("the first 2 of 5") && page.contains("<th scope=\"row\">all</th><td class=\"n\">5</td>"));
    }

    #[test]
    fn many_documents_are_paged_and_no_page_is_large() {
        let long = format!("{}\n\n", "The council voted on Monday to close the bridge. ".repeat(22)).repeat(14);
        let explained = Cleaner::text().explain(&long, 3);
        let mut report = RunReport::new("long", 1000);
        for _ in 0..1000 {
            report.add(Document { id: "a", outlet: "o", language: "en", blocks: &explained });
        }
        let pages = report.finish(|at| format!("run-{at}.html"));
        assert!(pages.len() > 1 && pages.iter().all(|page| page.len() < 10 << 20), "{}", pages.len());
        assert_eq!(pages.iter().map(|page| page.matches("<article").count()).sum::<usize>(), 1000);
        assert!(pages[0].contains("href=\"run-1.html\"") && pages[1].contains("href=\"run-0.html\""));
    }
}
