//! The store: labelled documents as fixtures in a folder, and adapted models, each replaced as a whole when it changes.
//! This module must not know how labels are made.

use std::fs;
use std::path::{Path, PathBuf};

use super::sheet::Sheet;
use crate::block::Markup;
use crate::io::{OutputFile, WriteError};
use crate::model::ModelFile;
use crate::train::corpus::LabelledDocument;
use crate::train::fixture::{GOLD, UNKNOWN_LANGUAGE, UNKNOWN_OUTLET, to_fixture};
use crate::train::folds::hash;

/// Characters of a name that are taken into the name of a file.
const NAME: usize = 40;

/// The path of a document's fixture below the folder, without extension: `<language>/<outlet>-<slug>`, of pages
/// `html/<language>/<outlet>/page-<slug>`. The slug ends in a hash of the id, so that no two share it.
pub(super) fn place(id: &str, outlet: &str, language: &str, markup: Markup) -> PathBuf {
    let last = id.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
    let language = slug(language, UNKNOWN_LANGUAGE);
    let outlet = slug(outlet, UNKNOWN_OUTLET);
    let name = format!("{}-{:08x}", slug(last, "document"), hash(id) as u32);
    match markup {
        Markup::Html => PathBuf::from("html").join(language).join(outlet).join(format!("page-{name}")),
        _ => PathBuf::from(language).join(format!("{outlet}-{name}")),
    }
}

/// A text as part of a file's name: letters, digits and single hyphens.
fn slug(text: &str, empty: &str) -> String {
    let mut slug = String::new();
    for c in text.chars().flat_map(char::to_lowercase).take(NAME) {
        if c.is_alphanumeric() {
            slug.push(c);
        } else if !slug.ends_with('-') {
            slug.push('-');
        }
    }
    let slug = slug.trim_matches('-');
    if slug.is_empty() { empty.to_owned() } else { slug.to_owned() }
}

/// Writes a document's fixture. A text waits until it has a line of content, a page until all its blocks are marked:
/// before that the formats cannot tell what is known of them, and the journal holds it.
pub(super) fn save(folder: &Path, place: &Path, sheet: &Sheet) -> Result<(), WriteError> {
    let path = folder.join(place);
    let named = |ending: &str| PathBuf::from(format!("{}{ending}", path.display()));
    if sheet.document.markup == Markup::Html {
        return if sheet.is_marked() { save_page(&named(".html"), &named(GOLD), sheet) } else { Ok(()) };
    }
    let tags = with_hardwrap(sheet);
    match to_fixture(&LabelledDocument { tags, ..sheet.labelled() }) {
        Some(text) => write(&named(".txt"), &text),
        None => Ok(()),
    }
}

fn save_page(page: &Path, gold: &Path, sheet: &Sheet) -> Result<(), WriteError> {
    write(gold, &sheet.gold())?;
    // The page itself does not change.
    if fs::metadata(page).is_ok_and(|own| own.len() == sheet.document.source.len() as u64) {
        return Ok(());
    }
    write(page, &sheet.document.source)
}

/// The tags of a text, and `hardwrap` when a block of it has several lines.
fn with_hardwrap(sheet: &Sheet) -> Vec<String> {
    const HARDWRAP: &str = "hardwrap";
    let mut tags = sheet.document.tags.clone();
    let is_wrapped = sheet.document.markup == Markup::Text && sheet.lines.iter().any(|line| line.text.contains('\n'));
    if is_wrapped && !sheet.document.is(HARDWRAP) {
        tags.push(HARDWRAP.to_owned());
    }
    tags
}

/// The name of the model that is adapted from a base, which is that of its file without extension.
pub(super) fn model_name(base: &str) -> String {
    format!("adapted-{}", slug(base, "model"))
}

/// Writes a model file.
pub(super) fn save_model(path: &Path, model: &ModelFile) -> Result<(), WriteError> {
    let json = serde_json::to_string(model);
    let json = json.map_err(|error| WriteError::Write { path: path.to_owned(), cause: error.into() })?;
    write(path, &(json + "\n"))
}

fn write(path: &Path, text: &str) -> Result<(), WriteError> {
    let mut file = OutputFile::create(path)?;
    file.write(text.as_bytes())?;
    file.commit()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_hold_letters_digits_and_hyphens_and_differ() {
        for (id, outlet, language, markup, expected) in [
            ("a/../b c.txt", "Example: Times", "en", Markup::Text, "en/example-times-b-c-txt-"),
            ("../../etc/passwd", "", "", Markup::Text, "und/unknown-passwd-"),
            ("новости/1", "o", "ru", Markup::Html, "html/ru/o/page-1-"),
            ("..", "..", "..", Markup::Markdown, "und/unknown-document-"),
        ] {
            let place = place(id, outlet, language, markup).to_string_lossy().into_owned();
            assert!(place.starts_with(expected) && place.len() == expected.len() + 8, "{place}");
        }
        assert_ne!(place("a/x", "o", "en", Markup::Text), place("b/x", "o", "en", Markup::Text));
    }
}
