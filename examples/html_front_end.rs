//! Holds the HTML front end against html5ever and its scanner against html5gum, and measures it.
//!
//! ```text
//! html_front_end compare PATH...   share of pages and blocks that differ, with examples
//! html_front_end events PATH...    pages in which the scanner finds something else than html5gum
//! html_front_end speed PATH...     MB/s of decoding and of reading, pages in memory, one thread
//! html_front_end dump PATH...      a line a page: a hash of all that is read of it, to compare two builds
//! ```

#[path = "../tests/oracle/mod.rs"]
mod oracle;

use std::collections::HashMap;
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{self, Read};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::time::Instant;

use dehusk::html::{EndTag, HtmlBlock, Page, PageReader, Sink, StartTag, TextMode, decode, scan};
use ego_tree::NodeId;
use ego_tree::iter::Edge;
use html5ever::driver::{self, ParseOpts};
use html5ever::tendril::TendrilSink;
use html5ever::tree_builder::TreeBuilderOpts;
use scraper::{Html, HtmlTreeSink, Node};

fn main() -> io::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.split_first() {
        Some((command, paths)) if command == "compare" => compare(&pages(paths)?),
        Some((command, paths)) if command == "speed" => speed(&pages(paths)?),
        Some((command, paths)) if command == "events" => events(&pages(paths)?),
        Some((command, paths)) if command == "dump" => dump(&pages(paths)?),
        _ => eprintln!("usage: html_front_end compare|events|speed|dump PATH..."),
    }
    Ok(())
}

/// Names and bytes of the pages in files and folders.
fn pages(paths: &[String]) -> io::Result<Vec<(PathBuf, Vec<u8>)>> {
    let mut found = Vec::new();
    for path in paths {
        collect(Path::new(path), &mut found)?;
    }
    found.sort();
    found.into_iter().map(|path| Ok((path.clone(), read(&path)?))).collect()
}

fn collect(path: &Path, found: &mut Vec<PathBuf>) -> io::Result<()> {
    if !path.is_dir() {
        found.push(path.to_owned());
        return Ok(());
    }
    for entry in fs::read_dir(path)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if path.is_dir() || (name.ends_with(".gz") && !name.starts_with("expected")) || name.ends_with(".html") {
            collect(&path, found)?;
        }
    }
    Ok(())
}

fn read(path: &Path) -> io::Result<Vec<u8>> {
    let raw = fs::read(path)?;
    if !raw.starts_with(&[0x1f, 0x8b]) {
        return Ok(raw);
    }
    let mut bytes = Vec::new();
    flate2::read::MultiGzDecoder::new(raw.as_slice()).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Time this thread has had a processor, which other work on the machine does not lengthen; wall time where the
/// system does not tell.
fn processor_time(start: Instant) -> f64 {
    let told = fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let nanoseconds = told.split_ascii_whitespace().next().and_then(|number| number.parse::<f64>().ok());
    nanoseconds.map_or_else(|| start.elapsed().as_secs_f64(), |nanoseconds| nanoseconds / 1e9)
}

fn speed(pages: &[(PathBuf, Vec<u8>)]) {
    let megabytes = pages.iter().map(|(_, bytes)| bytes.len()).sum::<usize>() as f64 / 1e6;
    println!("{megabytes:.1} MB, {} pages; MB/s of processor time (of wall time)", pages.len());
    for _ in 0..5 {
        let texts: (Vec<String>, String) =
            timed(megabytes, || pages.iter().map(|(_, bytes)| decode(bytes, None).text.into_owned()).collect());
        let mut reader = PageReader::default();
        let (sizes, reading) = timed(megabytes, || {
            let (mut blocks, mut elements) = (0, 0);
            for text in &texts.0 {
                let page = reader.read(text);
                blocks += page.blocks.len();
                elements += page.elements.len();
            }
            (blocks, elements)
        });
        let (tags, scanning) = timed(megabytes, || {
            let mut tags = Tags(0);
            texts.0.iter().for_each(|text| scan(text, &mut tags));
            tags.0
        });
        println!(
            "decode {}, read {reading}, scan alone {scanning}; {tags} tags, {} blocks, {} elements",
            texts.1, sizes.0, sizes.1
        );
    }
}

/// Counts tags: what the scanner costs without a tree.
struct Tags(usize);

impl Sink for Tags {
    fn start_tag(&mut self, tag: &StartTag<'_>) -> TextMode {
        self.0 += 1;
        tag.tag.text_mode()
    }

    fn end_tag(&mut self, _: &EndTag<'_>) {
        self.0 += 1;
    }

    fn text(&mut self, _: &str, _: Range<usize>) {}

    fn doctype(&mut self, _: bool) {}

    fn in_foreign_content(&self) -> bool {
        false
    }
}

/// What `work` gives, and how fast it went through so many megabytes.
fn timed<T>(megabytes: f64, work: impl FnOnce() -> T) -> (T, String) {
    let start = Instant::now();
    let before = processor_time(start);
    let done = work();
    let processor = processor_time(start) - before;
    (done, format!("{:.0} ({:.0})", megabytes / processor, megabytes / start.elapsed().as_secs_f64()))
}

fn dump(pages: &[(PathBuf, Vec<u8>)]) {
    let mut reader = PageReader::default();
    for (path, bytes) in pages {
        let decoded = decode(bytes, None);
        let page = reader.read(&decoded.text);
        let mut hasher = DefaultHasher::new();
        told(page).hash(&mut hasher);
        println!(
            "{:016x} {} blocks {} elements {}",
            hasher.finish(),
            page.blocks.len(),
            page.elements.len(),
            path.display()
        );
    }
}

/// All that the public interface tells of a page.
fn told(page: &Page) -> String {
    let mut told = String::new();
    for block in &page.blocks {
        told += &format!("{block:?} {:?} {:?}\n", page.block_text(block), page.block_runs(block));
    }
    for e in &page.elements {
        let attributes: Vec<_> = page.attributes(e).collect();
        let places = (e.parent, e.end, &e.blocks, &e.span, &e.text);
        let numbers = (e.nth_child, e.children, e.depth, e.tag, e.flags);
        told += &format!("{} {places:?} {numbers:?} {attributes:?}\n", page.element_name(e));
    }
    let metas: Vec<_> = page.metas().collect();
    let names = (page.title(), page.canonical(), page.base(), page.lang());
    told + &format!("{names:?} {metas:?} {:?} {:?} {:?}", page.h1_blocks(), page.json_ld(), page.times())
}

/// What is compared of a block.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
struct Row {
    text: String,
    /// Names of the element and of those around it, outermost first.
    path: String,
    linked_chars: usize,
    is_hidden: bool,
}

/// A view of a row, and what it is called in the summary.
type View = (&'static str, fn(&Row) -> String);

/// Texts are the same in most trees, because blocks are cut at tags wherever these hang. The other views are the
/// ones that show a wrong tree.
const VIEWS: [View; 4] = [
    ("text", |row| row.text.clone()),
    ("path", |row| format!("{} | {}", row.path, row.text)),
    ("links", |row| format!("{} | {}", row.linked_chars, row.text)),
    ("hidden", |row| format!("{} | {}", row.is_hidden, row.text)),
];

fn compare(pages: &[(PathBuf, Vec<u8>)]) {
    let mut reader = PageReader::default();
    let (mut blocks, mut reordered) = (0, 0);
    let mut totals = [Total::default(); VIEWS.len()];
    for (path, bytes) in pages {
        let decoded = decode(bytes, None);
        let expected = reference_rows(&decoded.text);
        let found = rows(reader.read(&decoded.text));
        blocks += expected.len();
        for ((name, view), total) in VIEWS.iter().zip(&mut totals) {
            let difference = Difference::of(&expected, &found, view);
            total.add(&difference);
            difference.print(name, path);
        }
        let order = |rows: &[Row]| rows.iter().map(|row| row.text.clone()).collect::<Vec<_>>();
        reordered += usize::from(order(&expected) != order(&found));
    }
    println!(
        "{} pages, {blocks} blocks of html5ever; {reordered} pages with other blocks or another order",
        pages.len()
    );
    for ((name, _), total) in VIEWS.iter().zip(&totals) {
        println!("{name}: {} pages differ, {} blocks lacking, {} added", total.pages, total.lacking, total.added);
    }
}

fn rows(page: &Page) -> Vec<Row> {
    let row = |block: &HtmlBlock| {
        let mut path: Vec<&str> = page.chain(block.element).map(|id| page.element_name(page.element(id))).collect();
        path.reverse();
        Row {
            text: page.block_text(block).to_owned(),
            path: path.join(" "),
            linked_chars: block.linked_chars as usize,
            is_hidden: block.is_hidden(),
        }
    };
    page.blocks.iter().map(row).collect()
}

#[derive(Clone, Copy, Default)]
struct Total {
    pages: usize,
    lacking: usize,
    added: usize,
}

impl Total {
    fn add(&mut self, difference: &Difference) {
        self.pages += usize::from(!difference.is_none());
        self.lacking += difference.lacking.len();
        self.added += difference.added.len();
    }
}

/// What only one of the two has, as multisets.
struct Difference {
    lacking: Vec<String>,
    added: Vec<String>,
}

impl Difference {
    fn of(expected: &[Row], found: &[Row], view: &fn(&Row) -> String) -> Difference {
        let see = |rows: &[Row]| rows.iter().map(view).collect::<Vec<String>>();
        let (expected, found) = (see(expected), see(found));
        Difference { lacking: minus(&expected, &found), added: minus(&found, &expected) }
    }

    fn is_none(&self) -> bool {
        self.lacking.is_empty() && self.added.is_empty()
    }

    fn print(&self, name: &str, path: &Path) {
        if self.is_none() {
            return;
        }
        println!("== {name} {} -{} +{}", path.display(), self.lacking.len(), self.added.len());
        for (mark, texts) in [('-', &self.lacking), ('+', &self.added)] {
            for text in texts.iter().take(3) {
                println!("  {mark} {:?}", text.chars().take(200).collect::<String>());
            }
        }
    }
}

fn minus(these: &[String], those: &[String]) -> Vec<String> {
    let mut counts: HashMap<&str, usize> = HashMap::new();
    for text in those {
        *counts.entry(text).or_default() += 1;
    }
    let mut is_new = |text: &str| match counts.get_mut(text) {
        Some(count) if *count > 0 => {
            *count -= 1;
            false
        }
        _ => true,
    };
    these.iter().filter(|text| is_new(text)).cloned().collect()
}

fn events(pages: &[(PathBuf, Vec<u8>)]) {
    let mut differing = 0;
    for (path, bytes) in pages {
        let decoded = decode(bytes, None);
        let (found, expected) = (oracle::scanned(&decoded.text), oracle::expected(&decoded.text));
        if let Some(at) = (0..found.len().max(expected.len())).find(|&at| found.get(at) != expected.get(at)) {
            differing += 1;
            println!("{}: {:?} instead of {:?}", path.display(), found.get(at), expected.get(at));
        }
    }
    println!("{} pages, {differing} differ", pages.len());
}

/// Blocks of the tree of the standard, cut by the rules of the front end.
fn reference_rows(source: &str) -> Vec<Row> {
    let options = ParseOpts {
        tree_builder: TreeBuilderOpts { scripting_enabled: false, ..TreeBuilderOpts::default() },
        ..ParseOpts::default()
    };
    let html = driver::parse_document(HtmlTreeSink::new(Html::new_document()), options).one(source);
    let mut writer = Writer::default();
    writer.walk(&html);
    writer.end_block();
    writer.rows
}

/// An element around the current text.
#[derive(Clone)]
struct Around {
    node: NodeId,
    name: String,
    is_link: bool,
    is_hidden: bool,
}

#[derive(Default)]
struct Writer {
    rows: Vec<Row>,
    chain: Vec<Around>,
    /// What all text of the current block is in.
    common: Vec<Around>,
    current: String,
    linked_chars: usize,
    breaks: usize,
    space: bool,
    visible: bool,
    was_linked: Option<NodeId>,
}

const BLOCKS: &str = " html head body address article aside blockquote button canvas center dd details dialog dir div dl dt fieldset \
    figcaption figure footer form frameset h1 h2 h3 h4 h5 h6 header hgroup hr legend li main nav noscript ol optgroup option \
    p pre section select summary table caption tbody td tfoot th thead tr ul video audio iframe textarea template menu \
    search object picture listing xmp plaintext ";
const SKIPPED: &str = " script style head template svg math object canvas iframe noframes noembed title textarea ";
const PRE: &str = " pre listing xmp plaintext ";

fn is_in(list: &str, name: &str) -> bool {
    list.contains(&format!(" {name} "))
}

impl Writer {
    fn walk(&mut self, html: &Html) {
        let (mut skipped, mut pre) = (0, 0);
        for edge in html.tree.root().traverse() {
            let (node, step) = match edge {
                Edge::Open(node) => (node, 1),
                Edge::Close(node) => (node, -1),
            };
            match node.value() {
                Node::Element(element) => {
                    let name = element.name();
                    skipped += if is_in(SKIPPED, name) { step } else { 0 };
                    pre += if is_in(PRE, name) { step } else { 0 };
                    if is_in(BLOCKS, name) {
                        self.end_block();
                    }
                    self.breaks += usize::from(name == "br" && step > 0 && skipped == 0);
                    if step > 0 {
                        self.chain.push(around(node.id(), element));
                    } else {
                        self.chain.pop();
                    }
                }
                Node::Text(text) if step > 0 && skipped == 0 => self.text(text, pre > 0),
                _ => {}
            }
        }
    }

    fn text(&mut self, text: &str, pre: bool) {
        let link = self.chain.iter().rev().find(|around| around.is_link).map(|around| around.node);
        for c in text.chars() {
            if !pre && (c.is_ascii_whitespace() || c == '\u{a0}') {
                self.space = true;
                continue;
            }
            if self.visible && self.breaks >= 2 && !pre {
                self.end_block();
            }
            if self.visible || !is_blank(c) {
                self.write_gap(link);
                self.current.push(c);
                self.linked_chars += usize::from(link.is_some());
                self.visible = true;
                self.was_linked = link;
                self.narrow();
            } else if pre {
                self.current.push(c);
            }
        }
    }

    /// Keeps of the elements around the block those around this text.
    fn narrow(&mut self) {
        if self.common.is_empty() {
            self.common.clone_from(&self.chain);
            return;
        }
        let same = self.common.iter().zip(&self.chain).take_while(|(one, other)| one.node == other.node).count();
        self.common.truncate(same);
    }

    /// What stands between the last visible character and the next.
    fn write_gap(&mut self, link: Option<NodeId>) {
        let before = self.current.len();
        if self.visible && self.breaks > 0 {
            self.current.push_str(&"\n".repeat(self.breaks));
        } else if self.visible && self.space {
            self.current.push(' ');
        }
        if link.is_some() && link == self.was_linked {
            self.linked_chars += self.current.len().saturating_sub(before);
        }
        (self.breaks, self.space) = (0, false);
    }

    fn end_block(&mut self) {
        if self.visible {
            let text = self.current.trim_end_matches(is_blank);
            let lead = text.len() - text.trim_start_matches(is_blank).len();
            let first_line = text[..lead].rfind('\n').map_or(0, |at| at + 1);
            let path: Vec<&str> = self.common.iter().map(|around| around.name.as_str()).collect();
            self.rows.push(Row {
                text: text[first_line..].to_owned(),
                path: path.join(" "),
                linked_chars: self.linked_chars,
                is_hidden: self.common.iter().any(|around| around.is_hidden),
            });
        }
        self.current.clear();
        self.common.clear();
        (self.breaks, self.space, self.visible, self.linked_chars, self.was_linked) = (0, false, false, 0, None);
    }
}

fn around(node: NodeId, element: &scraper::node::Element) -> Around {
    let style = element.attr("style").unwrap_or_default().to_ascii_lowercase().replace([' ', '\t', '\n', '\r'], "");
    let hides = |rule: &str| {
        let rule = rule.split('!').next().unwrap_or_default();
        rule == "display:none" || rule == "visibility:hidden"
    };
    Around {
        node,
        name: element.name().to_owned(),
        is_link: element.name() == "a" && element.attr("href").is_some(),
        is_hidden: element.attr("hidden").is_some()
            || element.attr("aria-hidden").is_some_and(|value| value.trim().eq_ignore_ascii_case("true"))
            || style.split(';').any(hides),
    }
}

fn is_blank(c: char) -> bool {
    c.is_whitespace()
        || c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}' | '\u{feff}' | '\u{ad}')
}
