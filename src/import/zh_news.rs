//! Chinese news pages of five outlets.
//! This module must not know how pages are written out.

use std::path::Path;

use super::documents::{Imported, PageDocument, Task, read, stems};
use super::label::Aligned;
use super::page::Page;
use super::render::Rendering;
use super::{ImportError, Importer};

pub(super) const IMPORTER: Importer = Importer {
    name: "zh-news",
    doc: "Chinese news, five outlets of some 110 pages; labels by alignment with the gold text",
    licence: "none stated",
    may_train: false,
    list,
};

fn list(root: &Path) -> Result<Vec<Task>, ImportError> {
    let base = root.join("zh-news");
    let mut names = Vec::new();
    for outlet in stems(&base.join("reference"), "")? {
        let pages = stems(&base.join("reference").join(&outlet), ".txt")?;
        names.extend(pages.into_iter().map(|page| format!("{outlet}/{page}")));
    }
    names.sort();
    let tasks = names.into_iter().map(|name| -> Task {
        let base = base.clone();
        Box::new(move |renderings| import(&base, &name, renderings))
    });
    Ok(tasks.collect())
}

/// Reads the page `outlet/number`.
fn import(base: &Path, name: &str, renderings: &[&'static Rendering]) -> Imported {
    let page = Page::read(read(&base.join("html").join(format!("{name}.html.gz")))?, renderings);
    let gold = read(&base.join("reference").join(format!("{name}.txt")))?;
    let aligned = Aligned::new(&page, &gold);
    let document = PageDocument {
        id: name.to_owned(),
        outlet: name.split('/').next().unwrap_or_default().to_owned(),
        language: "zh".to_owned(),
        page,
        gold: Some(gold),
        page_type: String::new(),
    };
    Ok(document.write_out(renderings, |nodes| Some(aligned.label(nodes))))
}
