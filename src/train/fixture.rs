//! Labelled fixtures: text files made to be read, written and diffed by people, and pages beside their gold text.
//! This module must not know models.

use std::ffi::OsStr;
use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};

use thiserror::Error;

use super::corpus::{LabelledDocument, LabelledSpan};
use crate::block::{Block, Label, Markup, Reason};
use crate::import::{ImportError, labelled_page, rendered_page};

/// The tags a fixture may have: its shape, and what it is there to test.
pub const TAGS: &[&str] = &[
    "dump",
    "extracted",
    "reader",
    "newsletter",
    "converter",
    "forum",
    "product",
    "recipe",
    "press",
    "transcript",
    "listing",
    "hardwrap",
    "service",
    "essay",
    "mail",
    "membership",
    "hard-negative",
];

/// Why a fixture cannot be read.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum FixtureError {
    /// The file or folder cannot be read.
    #[error("{path}: {cause}")]
    Io {
        /// File or folder.
        path: PathBuf,
        /// What the system says.
        cause: std::io::Error,
    },
    /// A line is not what the format asks for.
    #[error("{path}:{line}: {what}")]
    Format {
        /// The fixture.
        path: PathBuf,
        /// Its line, from 1.
        line: usize,
        /// What was found, and what was expected.
        what: String,
    },
    /// There is no such rendering of pages.
    #[error("{0}")]
    Import(Box<ImportError>),
}

/// Reads all fixtures under a folder, sorted by path.
///
/// # Errors
/// [`FixtureError`] for the first file that cannot be read.
pub fn read_fixtures(folder: &Path) -> Result<Vec<LabelledDocument>, FixtureError> {
    fixture_paths(folder)?.iter().map(|path| read_fixture(path, folder)).collect()
}

/// Reads the pages among the fixtures under a folder, sorted by path, each in each of the renderings.
///
/// # Errors
/// [`FixtureError`] for the first file that cannot be read, and for renderings that there are not.
pub fn read_rendered_pages(folder: &Path, renderings: &[String]) -> Result<Vec<LabelledDocument>, FixtureError> {
    let mut documents = Vec::new();
    for path in fixture_paths(folder)?.iter().filter(|path| is_page(path)) {
        let id = path.strip_prefix(folder).unwrap_or(path).with_extension("");
        let rendered = rendered_page(read(path)?, read(&gold_path(path))?, named(&id), renderings);
        documents.extend(rendered.map_err(|error| FixtureError::Import(Box::new(error)))?);
    }
    Ok(documents)
}

fn is_page(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "html")
}

/// Where the gold text of a page is.
fn gold_path(page: &Path) -> PathBuf {
    page.with_file_name(format!("{}{GOLD}", name(page.file_stem())))
}

/// The paths of all fixtures under a folder, sorted.
///
/// # Errors
/// [`FixtureError::Io`] when the folder cannot be read.
pub fn fixture_paths(folder: &Path) -> Result<Vec<PathBuf>, FixtureError> {
    let mut paths = Vec::new();
    for entry in walkdir::WalkDir::new(folder).sort_by_file_name() {
        let entry = entry.map_err(|error| FixtureError::Io { path: folder.to_owned(), cause: error.into() })?;
        let name = entry.file_name().to_string_lossy();
        let is_fixture = name.ends_with(".html") || (name.ends_with(".txt") && !name.ends_with(GOLD));
        if entry.file_type().is_file() && is_fixture {
            paths.push(entry.into_path());
        }
    }
    Ok(paths)
}

/// Reads the fixture at a path; its id is the path in the folder.
///
/// # Errors
/// [`FixtureError`] when a file cannot be read or is not in the format.
pub fn read_fixture(path: &Path, folder: &Path) -> Result<LabelledDocument, FixtureError> {
    let text = read(path)?;
    let id = path.strip_prefix(folder).unwrap_or(path).with_extension("");
    if is_page(path) {
        return Ok(labelled_page(text, read(&gold_path(path))?, named(&id)));
    }
    let mut document =
        parse_fixture(&text).map_err(|(line, what)| FixtureError::Format { path: path.to_owned(), line, what })?;
    document.id = id.to_string_lossy().replace('\\', "/");
    Ok(document)
}

fn read(path: &Path) -> Result<String, FixtureError> {
    fs::read_to_string(path).map_err(|cause| FixtureError::Io { path: path.to_owned(), cause })
}

/// What the gold text of a page is called besides the name of the page.
pub const GOLD: &str = ".gold.txt";

/// What the path of a page says of it: `<language>/<outlet>/<type>-<slug>`.
fn named(id: &Path) -> LabelledDocument {
    let folder = |levels: usize| name(id.ancestors().nth(levels).and_then(Path::file_name));
    let kind = name(id.file_name()).split('-').next().unwrap_or_default().to_owned();
    LabelledDocument {
        id: id.to_string_lossy().replace('\\', "/"),
        outlet: folder(1),
        language: folder(2),
        tags: vec!["page".to_owned(), format!("type:{kind}")],
        ..LabelledDocument::default()
    }
}

fn name(part: Option<&OsStr>) -> String {
    part.unwrap_or_default().to_string_lossy().into_owned()
}

/// Reads a fixture from its text; the id is left empty.
///
/// # Errors
/// The line (from 1) that is not in the format, and what was expected.
pub fn parse_fixture(text: &str) -> Result<LabelledDocument, (usize, String)> {
    let mut document = LabelledDocument::default();
    let mut lines = text.lines().enumerate();
    let mut header = Vec::new();
    loop {
        let Some((at, line)) = lines.next() else { return Err((header.len() + 1, "no `---` after the header".into())) };
        if line == "---" {
            break;
        }
        let (key, value) = line.split_once(": ").ok_or_else(|| (at + 1, format!("{line:?} is no `key: value`")))?;
        read_header(&mut document, key, value).map_err(|what| (at + 1, what))?;
        header.push(key);
    }
    for key in ["outlet", "language", "markup"] {
        if !header.contains(&key) {
            return Err((1, format!("the header lacks `{key}: …`")));
        }
    }
    for (at, line) in lines {
        read_line(&mut document, line).map_err(|what| (at + 1, what))?;
    }
    if !document.spans.iter().any(|span| span.label == Label::Content) {
        return Err((1, "no line of content (`+ …`)".into()));
    }
    Ok(document)
}

fn read_header(document: &mut LabelledDocument, key: &str, value: &str) -> Result<(), String> {
    match key {
        "outlet" => document.outlet = value.to_owned(),
        "language" => document.language = value.to_owned(),
        "markup" => {
            document.markup = match value {
                "text" => Markup::Text,
                "markdown" => Markup::Markdown,
                _ => return Err(format!("markup {value:?}; one of: text markdown")),
            }
        }
        "tags" => {
            document.tags = value.split(", ").map(str::to_owned).collect();
            if let Some(tag) = document.tags.iter().find(|tag| !TAGS.contains(&tag.as_str())) {
                return Err(format!("tag {tag:?}; one of: {}", TAGS.join(" ")));
            }
        }
        _ => return Err(format!("key {key:?}; one of: outlet language markup tags")),
    }
    Ok(())
}

/// Adds a line of the source and its label.
fn read_line(document: &mut LabelledDocument, line: &str) -> Result<(), String> {
    if !line.is_empty() {
        let mark = line.get(..2).ok_or_else(|| expected_mark(line))?;
        let rest = &line[2..];
        let (label, reason, text) = match mark {
            "+ " => (Label::Content, None, rest),
            "? " => (Label::Ignore, None, rest),
            "- " => {
                let (reason, text) = read_reason(rest)?;
                (Label::Boilerplate, Some(reason), text)
            }
            _ => return Err(expected_mark(line)),
        };
        if text.trim().is_empty() {
            return Err("a mark without a text".into());
        }
        let start = document.source.len();
        document.source.push_str(text);
        document.spans.push(LabelledSpan { range: start..document.source.len(), label, reason });
    }
    document.source.push('\n');
    Ok(())
}

fn read_reason(rest: &str) -> Result<(Reason, &str), String> {
    let (reason, text) = rest
        .strip_prefix('[')
        .and_then(|rest| rest.split_once("] "))
        .ok_or_else(|| "boilerplate needs its reason: `- [nav] …`".to_owned())?;
    Ok((reason.parse()?, text))
}

fn expected_mark(line: &str) -> String {
    let start: String = line.chars().take(20).collect();
    format!("{start:?} starts with no mark; one of `+ `, `- [reason] `, `? `")
}

/// Writes a document as a fixture: a line gets the mark of what most of it is, `?` where that is not known. Lines of
/// white space become blank ones. `None` for pages, and for documents without content: the format cannot hold them.
pub fn to_fixture(document: &LabelledDocument) -> Option<String> {
    let has_content = document.spans.iter().any(|span| span.label == Label::Content && !span.range.is_empty());
    if document.markup == Markup::Html || !has_content {
        return None;
    }
    let lines: Vec<Range<usize>> = lines(&document.source);
    let trimmed: Vec<Block> = lines.iter().map(|line| trimmed(&document.source, line.clone())).collect();
    let mut text = header(document);
    for ((line, inner), (label, reason)) in lines.iter().zip(&trimmed).zip(document.labels(&trimmed)) {
        if !inner.span.is_empty() {
            text.push_str(&mark(label, reason));
            text.push_str(&document.source[line.clone()]);
        }
        text.push('\n');
    }
    Some(text)
}

/// The lines of a source as [`str::lines`] gives them, as ranges.
fn lines(source: &str) -> Vec<Range<usize>> {
    let start = source.as_ptr() as usize;
    let range = |line: &str| {
        let at = line.as_ptr() as usize - start;
        at..at + line.len()
    };
    source.lines().map(range).collect()
}

/// A line as a block, without the white space around it.
fn trimmed(source: &str, line: Range<usize>) -> Block {
    let text = &source[line.clone()];
    let start = line.start + text.len() - text.trim_start().len();
    Block { span: start..start + text.trim().len(), ..Block::default() }
}

fn header(document: &LabelledDocument) -> String {
    let value = |value: &str, unknown: &str| {
        let words: Vec<&str> = value.split_whitespace().collect();
        if words.is_empty() { unknown.to_owned() } else { words.join(" ") }
    };
    let markup = if document.markup == Markup::Markdown { "markdown" } else { "text" };
    let (outlet, language) = (value(&document.outlet, UNKNOWN_OUTLET), value(&document.language, UNKNOWN_LANGUAGE));
    let mut text = format!("outlet: {outlet}\nlanguage: {language}\nmarkup: {markup}\n");
    let tags: Vec<&str> = document.tags.iter().map(String::as_str).filter(|tag| TAGS.contains(tag)).collect();
    if !tags.is_empty() {
        text.push_str(&format!("tags: {}\n", tags.join(", ")));
    }
    text + "---\n"
}

/// The outlet of documents that do not say theirs.
pub const UNKNOWN_OUTLET: &str = "unknown";
/// The language of documents that do not say theirs (ISO 639-2, undetermined).
pub const UNKNOWN_LANGUAGE: &str = "und";

fn mark(label: Label, reason: Option<Reason>) -> String {
    match label {
        Label::Content => "+ ".to_owned(),
        Label::Ignore => "? ".to_owned(),
        Label::Boilerplate => format!("- [{}] ", reason.unwrap_or(Reason::Other)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fixture_that_is_written_reads_as_the_same_document() {
        for body in [
            "- [nav] Home\n\n+ Tram line\n? Photo\n",
            "+   indented, <b>not a tag</b>\n- [other] [nav] in brackets\n+ - a bullet\n",
            "+ ---\n+ 中文\n",
        ] {
            let text = format!("outlet: a\nlanguage: en\nmarkup: text\ntags: dump\n---\n{body}");
            let document = parse_fixture(&text).unwrap();
            assert_eq!(to_fixture(&document).as_deref(), Some(text.as_str()));
        }
    }

    #[test]
    fn what_a_fixture_cannot_hold_is_not_written_as_one() {
        let content = |range| vec![LabelledSpan { range, label: Label::Content, reason: None }];
        let page = LabelledDocument {
            source: "<p>a".into(),
            spans: content(0..4),
            markup: Markup::Html,
            ..LabelledDocument::default()
        };
        let husk = LabelledDocument { source: "Home".into(), ..LabelledDocument::default() };
        assert_eq!((to_fixture(&page), to_fixture(&husk)), (None, None));
        let odd = LabelledDocument {
            source: "a\r\n \t\nb".into(),
            spans: content(0..1),
            outlet: "two\nlines".into(),
            ..LabelledDocument::default()
        };
        let written = to_fixture(&odd).unwrap();
        assert_eq!(written, "outlet: two lines\nlanguage: und\nmarkup: text\n---\n+ a\n\n? b\n");
        assert!(parse_fixture(&written).is_ok());
    }

    const HEADER: &str = "outlet: a\nlanguage: en\nmarkup: text\n---\n";

    #[test]
    fn pages_are_read_as_what_text_scrapers_make_of_them() {
        let folder = tempfile::tempdir().unwrap();
        let outlet = folder.path().join("en/ferry-post");
        fs::create_dir_all(&outlet).unwrap();
        fs::write(outlet.join("article-pier.html"), "<ul><li>Home<li>Sport</ul><p>The pier is open again.</p>")
            .unwrap();
        fs::write(outlet.join("article-pier.gold.txt"), "The pier is open again.\n").unwrap();
        let read = |name: &str| read_rendered_pages(folder.path(), &[name.to_owned()]);
        let page = read("lines").unwrap().remove(0);
        assert_eq!(page.source, "Home\nSport\nThe pier is open again.");
        assert_eq!((page.outlet.as_str(), page.language.as_str(), page.markup), ("ferry-post", "en", Markup::Text));
        let content = page.spans.iter().filter(|span| span.label == Label::Content);
        assert_eq!(
            content.map(|span| &page.source[span.range.clone()]).collect::<Vec<_>>(),
            ["The pier is open again."]
        );
        assert!(read("limes").unwrap_err().to_string().contains("limes"));
    }

    #[test]
    fn a_source_is_its_lines_without_marks() {
        let document = parse_fixture(&format!("{HEADER}- [nav] Home\n\n+ Tram line\n? Photo\n")).unwrap();
        assert_eq!(document.source, "Home\n\nTram line\nPhoto\n");
        let labels: Vec<_> =
            document.spans.iter().map(|span| (&document.source[span.range.clone()], span.label)).collect();
        assert_eq!(labels, [("Home", Label::Boilerplate), ("Tram line", Label::Content), ("Photo", Label::Ignore)]);
        assert_eq!(document.spans[0].reason, Some(Reason::Nav));
    }

    #[test]
    fn errors_say_where_and_what() {
        for (text, line, what) in [
            ("outlet: a\n", 2, "no `---`"),
            ("colour: red\n---\n", 1, "key \"colour\""),
            ("outlet: a\nlanguage: en\nmarkup: html\n---\n", 3, "one of: text markdown"),
            ("outlet: a\nmarkup: text\n---\n+ a\n", 1, "lacks `language"),
            (&format!("{HEADER}+ a\nb\n"), 6, "starts with no mark"),
            (&format!("{HEADER}+ a\n- b\n"), 6, "needs its reason"),
            (&format!("{HEADER}- [navv] b\n"), 5, "no husk reason"),
            (&format!("{HEADER}+  \n"), 5, "without a text"),
            (&format!("{HEADER}- [nav] b\n"), 1, "no line of content"),
            (&format!("{HEADER}é\n"), 5, "no mark"),
        ] {
            let (found, message) = parse_fixture(text).unwrap_err();
            assert_eq!(found, line, "{text:?}: {message}");
            assert!(message.contains(what), "{text:?}: {message}");
        }
    }
}
