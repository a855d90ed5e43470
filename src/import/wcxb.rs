//! WCXB: pages of seven types with gold main content and snippets.
//! This module must not know how pages are written out.

use std::collections::HashSet;
use std::path::Path;

use serde::Deserialize;
use serde_json::Value;

use super::documents::{Imported, PageDocument, Task, read, read_json, stems};
use super::label::{Aligned, Snippets, unit_text};
use super::page::{Page, collapse};
use super::render::Rendering;
use super::{ImportError, Importer};
use crate::block::Label;
use crate::outlet::host;

pub(super) const IMPORTER: Importer = Importer {
    name: "wcxb",
    doc: "articles, forums, products, collections, listings, documentation, services; labels by alignment with the \
          gold main content, corrected by snippets",
    licence: "CC-BY-4.0",
    may_train: true,
    list,
};

/// What separates the parts of a page's title.
const TITLE_SEPARATORS: [&str; 7] = [" | ", " - ", " – ", " — ", " :: ", " » ", " · "];

fn list(root: &Path) -> Result<Vec<Task>, ImportError> {
    let base = root.join("wcxb");
    let side = if base.join("dev").exists() { base.join("dev") } else { base.join("test") };
    let skipped = skipped(&base)?;
    let stems = stems(&side.join("ground-truth"), ".json")?;
    let tasks = stems.into_iter().filter(|stem| !skipped.contains(stem)).map(|stem| -> Task {
        let side = side.clone();
        Box::new(move |renderings| import(&side, &stem, renderings))
    });
    Ok(tasks.collect())
}

/// Identifiers in `skip.txt`, if there is one.
fn skipped(base: &Path) -> Result<HashSet<String>, ImportError> {
    let path = base.join("skip.txt");
    if !path.exists() {
        return Ok(HashSet::new());
    }
    Ok(read(&path)?.split_whitespace().map(str::to_owned).collect())
}

#[derive(Deserialize)]
struct Record {
    #[serde(default)]
    url: Option<String>,
    #[serde(default, rename = "_internal")]
    internal: Value,
    #[serde(default)]
    ground_truth: Option<Truth>,
}

#[derive(Deserialize, Default)]
struct Truth {
    #[serde(default)]
    main_content: Option<String>,
    #[serde(default)]
    with: Option<Vec<String>>,
    #[serde(default)]
    without: Option<Vec<String>>,
}

fn import(side: &Path, stem: &str, renderings: &[&'static Rendering]) -> Imported {
    let record: Record = read_json(&side.join("ground-truth").join(format!("{stem}.json")))?;
    let page = Page::read(read(&side.join("html").join(format!("{stem}.html.gz")))?, renderings);
    let truth = record.ground_truth.unwrap_or_default();
    let gold = truth.main_content.unwrap_or_default();
    let snippets = Snippets::new(&truth.with.unwrap_or_default(), &truth.without.unwrap_or_default());
    let labels = Labels::new(&page, &gold, snippets);
    let document = PageDocument {
        id: stem.to_owned(),
        outlet: host(record.url.as_deref().unwrap_or_default()),
        language: page.language.clone(),
        page,
        gold: Some(gold),
        page_type: page_type(&record.internal),
    };
    Ok(document.write_out(renderings, |nodes| {
        let text = unit_text(&document.page, nodes.clone());
        Some(labels.label(&text, labels.aligned.label(nodes)))
    }))
}

struct Labels {
    aligned: Aligned,
    snippets: Snippets,
    /// What the page calls itself, in lower case.
    titles: HashSet<String>,
    /// The page has nothing to extract.
    nothing: bool,
}

impl Labels {
    fn new(page: &Page, gold: &str, mut snippets: Snippets) -> Labels {
        let aligned = Aligned::new(page, gold);
        for block in page.blocks.iter().filter(|block| aligned.label(block.nodes.clone()) == Label::Content) {
            snippets.settle(&block.text);
        }
        Labels { aligned, snippets, titles: titles(page), nothing: gold.trim().is_empty() }
    }

    /// Snippets overrule the alignment; the gold is unsure about titles.
    fn label(&self, text: &str, aligned: Label) -> Label {
        if self.nothing {
            return Label::Boilerplate;
        }
        match self.snippets.of_half(text).unwrap_or(aligned) {
            Label::Boilerplate if self.titles.contains(&text.to_lowercase()) => Label::Ignore,
            label => label,
        }
    }
}

/// Level-1 headings and the first part of the title.
fn titles(page: &Page) -> HashSet<String> {
    let headings = page.blocks.iter().filter(|block| block.heading == 1).map(|block| block.text.as_str());
    let title = TITLE_SEPARATORS
        .iter()
        .fold(page.title.as_str(), |title, separator| title.split(separator).next().unwrap_or_default());
    let titles = headings.chain([title]).map(|title| collapse(title).to_lowercase());
    titles.filter(|title| !title.is_empty()).collect()
}

/// `article` unless the corpus says otherwise; a category is a collection.
fn page_type(internal: &Value) -> String {
    let kind = &internal["page_type"];
    let name = kind.as_str().or_else(|| kind["primary"].as_str()).unwrap_or("article");
    if name == "category" { "collection".to_owned() } else { name.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_are_headings_and_the_first_part_of_the_title() {
        let page =
            Page::parse("<title>Trams again - News | Example Times</title><h1>Trams <b>again!</b></h1><h2>No</h2>");
        let expected = ["trams again", "trams again!"].map(str::to_owned);
        assert_eq!(titles(&page), HashSet::from(expected));
    }

    #[test]
    fn types_are_read_in_both_shapes() {
        for (internal, expected) in [
            (r#"{"page_type": {"primary": "forum"}}"#, "forum"),
            (r#"{"page_type": "category"}"#, "collection"),
            ("{}", "article"),
            ("null", "article"),
        ] {
            let internal: Value = serde_json::from_str(internal).unwrap();
            assert_eq!(page_type(&internal), expected);
        }
    }

    #[test]
    fn snippets_overrule_and_unmatched_titles_are_ignored() {
        let page = Page::parse("<h1>Trams again</h1><p>The tram runs</p><p>Sign up now</p>");
        let snippets = Snippets::new(&[], &["sign up".to_owned()]);
        let labels = Labels::new(&page, "The tram runs\nSign up now", snippets);
        let found: Vec<Label> = page
            .blocks
            .iter()
            .map(|block| labels.label(&block.text, labels.aligned.label(block.nodes.clone())))
            .collect();
        assert_eq!(found, [Label::Ignore, Label::Content, Label::Boilerplate]);
    }
}
