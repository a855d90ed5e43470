//! Trafilatura's evaluation pages: snippets that must stay and snippets that must go.
//! This module must not know how pages are written out.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;

use super::documents::{Imported, PageDocument, Task, read, read_json};
use super::label::{Snippets, unit_text};
use super::page::Page;
use super::render::Rendering;
use super::{ImportError, Importer};
use crate::outlet::host;

pub(super) const IMPORTER: Importer = Importer {
    name: "trafilatura-eval",
    doc: "German, English, French, Spanish, Polish … pages; units that hold a snippet are labelled, all others not",
    licence: "Apache-2.0",
    may_train: true,
    list,
};

#[derive(Clone, Deserialize)]
struct Record {
    file: String,
    with: Vec<String>,
    without: Vec<String>,
}

fn list(root: &Path) -> Result<Vec<Task>, ImportError> {
    let base = root.join("trafilatura-eval");
    let records: BTreeMap<String, Record> = read_json(&base.join("evaldata.json"))?;
    let folder = base.join("html");
    let tasks = records.into_iter().map(|(url, record)| -> Task {
        let folder = folder.clone();
        Box::new(move |renderings| import(&folder, &url, &record, renderings))
    });
    Ok(tasks.collect())
}

fn import(folder: &Path, url: &str, record: &Record, renderings: &[&'static Rendering]) -> Imported {
    let page = Page::read(read(&folder.join(format!("{}.gz", record.file)))?, renderings);
    let snippets = Snippets::new(&record.with, &record.without);
    let document = PageDocument {
        id: url.to_owned(),
        outlet: host(url),
        language: page.language.clone(),
        page,
        gold: None,
        page_type: String::new(),
    };
    Ok(document.write_out(renderings, |nodes| snippets.held(&unit_text(&document.page, nodes))))
}
