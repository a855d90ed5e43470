//! Pages as sequences of text blocks that people labelled: Google Trends, CleanEval, Japanese, Thai.
//! This module must not know pages: there are none.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::documents::{Imported, Task, read, read_error, span};
use super::page::collapse;
use super::{ImportError, Importer};
use crate::block::{Label, Markup};
use crate::train::corpus::LabelledDocument;

pub(super) const IMPORTER: Importer = Importer {
    name: "blocks",
    doc: "sequences of labelled text blocks, one a line (always `lines`): Google Trends 2017, CleanEval, Japanese, Thai",
    licence: "none stated",
    may_train: false,
    list,
};

fn list(root: &Path) -> Result<Vec<Task>, ImportError> {
    let base = root.join("blocks");
    let mut names = Vec::new();
    for path in files(&base)? {
        if let Ok(name) = path.with_extension("").strip_prefix(&base) {
            names.push((name.to_string_lossy().into_owned(), path));
        }
    }
    names.sort();
    Ok(names.into_iter().map(|(name, path)| -> Task { Box::new(move |_| import(&name, &path)) }).collect())
}

/// CSV files in a folder and below.
fn files(folder: &Path) -> Result<Vec<PathBuf>, ImportError> {
    let mut found = Vec::new();
    for entry in folder.read_dir().map_err(read_error(folder))? {
        let path = entry.map_err(read_error(folder))?.path();
        if path.is_dir() {
            found.extend(files(&path)?);
        } else if path.extension().is_some_and(|extension| extension == "csv") {
            found.push(path);
        }
    }
    Ok(found)
}

#[derive(Deserialize)]
struct Row {
    #[serde(default)]
    content: String,
    #[serde(default)]
    label: String,
}

/// Sequences without content give no document.
fn import(name: &str, path: &Path) -> Imported {
    let rows = rows(&read(path)?).map_err(|source| ImportError::Csv { path: path.to_owned(), source })?;
    let document = document(name, &rows);
    Ok(if document.gold.as_ref().is_some_and(|gold| !gold.is_empty()) { vec![document] } else { Vec::new() })
}

/// Text and label of each block that has text.
fn rows(csv: &str) -> Result<Vec<(String, Label)>, csv::Error> {
    let mut rows = Vec::new();
    for row in csv::ReaderBuilder::new().flexible(true).from_reader(csv.as_bytes()).deserialize() {
        let Row { content, label } = row?;
        let content = collapse(&content);
        if !content.is_empty() {
            rows.push((content, if label == "1" { Label::Content } else { Label::Boilerplate }));
        }
    }
    Ok(rows)
}

fn document(name: &str, rows: &[(String, Label)]) -> LabelledDocument {
    let (mut source, mut spans, mut gold) = (String::new(), Vec::new(), Vec::new());
    for (content, label) in rows {
        if !source.is_empty() {
            source.push('\n');
        }
        let start = source.len();
        source.push_str(content);
        spans.extend(span(start..source.len(), *label));
        if *label == Label::Content {
            gold.push(content.as_str());
        }
    }
    let collection = name.split('/').next().unwrap_or_default();
    LabelledDocument {
        id: name.to_owned(),
        outlet: name.to_owned(),
        markup: Markup::Text,
        source,
        spans,
        gold: Some(gold.join("\n")),
        tags: vec!["lines".to_owned(), format!("type:{collection}")],
        ..LabelledDocument::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_become_labelled_lines() {
        let csv = "tag,content,label,depth\nhtml p,\"The tram,\n again\",1,2\nhtml a, ,0,2\nhtml a,Menu,0,2\n";
        let document = document("a/b", &rows(csv).unwrap());
        assert_eq!(document.source, "The tram, again\nMenu");
        assert_eq!(document.gold.as_deref(), Some("The tram, again"));
        let labels: Vec<(&str, Label)> =
            document.spans.iter().map(|span| (&document.source[span.range.clone()], span.label)).collect();
        assert_eq!(labels, [("The tram, again", Label::Content), ("Menu", Label::Boilerplate)]);
        assert_eq!(document.tags, ["lines", "type:a"]);
    }
}
