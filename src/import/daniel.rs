//! DAnIEL: news in Greek, Polish, Russian, Chinese and English, many pages of one outlet.
//! This module must not know how pages are written out.

use std::path::Path;

use serde::Deserialize;

use super::documents::{Imported, PageDocument, Task, read};
use super::label::Aligned;
use super::page::Page;
use super::render::Rendering;
use super::{ImportError, Importer};

pub(super) const IMPORTER: Importer = Importer {
    name: "daniel",
    doc: "news of 2011 and 2012 in Greek, Polish, Russian, Chinese, English; labels by alignment with title and body",
    licence: "GPL-3.0",
    may_train: false,
    list,
};

/// Languages as the corpus names them, with their ISO 639-1 codes.
const LANGUAGES: [(&str, &str); 5] =
    [("Chinese", "zh"), ("English", "en"), ("Greek", "el"), ("Polish", "pl"), ("Russian", "ru")];

#[derive(Deserialize)]
struct Row {
    id: String,
    outlet: String,
    #[serde(default)]
    lang: Option<String>,
}

fn list(root: &Path) -> Result<Vec<Task>, ImportError> {
    let base = root.join("daniel");
    let mut rows = rows(&base.join("index.jsonl"))?;
    rows.sort_by(|one, other| one.id.cmp(&other.id));
    let tasks = rows.into_iter().map(|row| -> Task {
        let base = base.clone();
        Box::new(move |renderings| import(&base, &row, renderings))
    });
    Ok(tasks.collect())
}

fn rows(index: &Path) -> Result<Vec<Row>, ImportError> {
    let text = read(index)?;
    let lines = text.lines().filter(|line| !line.trim().is_empty());
    let rows = lines.map(serde_json::from_str).collect::<Result<_, _>>();
    rows.map_err(|source| ImportError::Json { path: index.to_owned(), source })
}

fn import(base: &Path, row: &Row, renderings: &[&'static Rendering]) -> Imported {
    let page = Page::read(read(&base.join("html").join(format!("{}.gz", row.id)))?, renderings);
    let gold = without_tags(&read(&base.join("reference").join(&row.id))?);
    let aligned = Aligned::new(&page, &gold);
    let document = PageDocument {
        id: row.id.clone(),
        outlet: row.outlet.clone(),
        language: language(row.lang.as_deref().unwrap_or_default()).to_owned(),
        page,
        gold: Some(gold),
        page_type: String::new(),
    };
    Ok(document.write_out(renderings, |nodes| Some(aligned.label(nodes))))
}

fn language(name: &str) -> &'static str {
    LANGUAGES.iter().find(|(known, _)| *known == name).map_or("", |(_, code)| code)
}

/// Each tag becomes a line feed; `<>` is none.
fn without_tags(markup: &str) -> String {
    let mut text = String::with_capacity(markup.len());
    let mut rest = markup;
    while let Some(start) = rest.find('<') {
        let Some(length) = rest[start + 1..].find('>') else { break };
        text.push_str(&rest[..start]);
        text.push_str(if length == 0 { "<>" } else { "\n" });
        rest = &rest[start + length + 2..];
    }
    text.push_str(rest);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_become_line_feeds() {
        for (markup, expected) in
            [("<p>a</p>\n<p>b</p>", "\na\n\n\nb\n"), ("1 < 2", "1 < 2"), ("a<>b", "a<>b"), ("<p", "<p")]
        {
            assert_eq!(without_tags(markup), expected, "{markup:?}");
        }
    }

    #[test]
    fn languages_have_codes() {
        assert_eq!((language("Greek"), language("Klingon")), ("el", ""));
    }
}
