//! Readability.js' test pages: the reviewed output of that extractor is gold.
//! This module must not know how pages are written out.

use std::path::Path;

use super::documents::{Imported, PageDocument, Task, read, stems};
use super::label::Aligned;
use super::page::Page;
use super::render::Rendering;
use super::{ImportError, Importer};

pub(super) const IMPORTER: Importer = Importer {
    name: "readability",
    doc: "article pages, mostly English; labels by alignment with Readability.js' output, which has its habits",
    licence: "Apache-2.0",
    may_train: true,
    list,
};

fn list(root: &Path) -> Result<Vec<Task>, ImportError> {
    let base = root.join("readability");
    let tasks = stems(&base, "")?.into_iter().map(|name| -> Task {
        let folder = base.join(&name);
        Box::new(move |renderings| import(&folder, &name, renderings))
    });
    Ok(tasks.collect())
}

fn import(folder: &Path, name: &str, renderings: &[&'static Rendering]) -> Imported {
    let page = Page::read(read(&folder.join("source.html.gz"))?, renderings);
    let gold = lines(&Page::parse(&format!("<body>{}", read(&folder.join("expected.html.gz"))?)));
    let aligned = Aligned::new(&page, &gold);
    let document = PageDocument {
        id: name.to_owned(),
        outlet: name.to_owned(),
        language: page.language.clone(),
        page,
        gold: Some(gold),
        page_type: String::new(),
    };
    Ok(document.write_out(renderings, |nodes| Some(aligned.label(nodes))))
}

fn lines(page: &Page) -> String {
    let lines: Vec<&str> =
        page.blocks.iter().map(|block| block.text.as_str()).filter(|text| !text.is_empty()).collect();
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gold_text_is_the_text_of_its_blocks() {
        assert_eq!(lines(&Page::parse("<body><div><p>a <i>b</i></p><img src=/i><p>c</p></div>")), "a b\nc");
    }
}
