//! Documents labelled in annotation tools, both ways: one row per tool in [`TOOLS`].
//! This module must not know what the documents are used for.

use std::path::Path;

use serde::Deserialize;
use serde_json::{Value, json};

use super::documents::Task;
use super::{ImportError, Importer};
use crate::block::{Label, Markup, Reason};
use crate::train::corpus::{CodePoints, LabelledDocument, LabelledSpan};

/// A tool in which texts are annotated. Its labels are `content`, `ignore`, `boilerplate` and the husk reasons; offsets
/// are in code points.
pub struct Tool {
    /// Its name.
    pub name: &'static str,
    /// What its files are.
    pub doc: &'static str,
    /// How the name of its files ends, without the dot.
    pub ending: &'static str,
    read: fn(&str) -> Result<Vec<LabelledDocument>, String>,
    write: fn(&[LabelledDocument]) -> String,
}

/// The tools whose files can be read and written.
pub const TOOLS: &[Tool] = &[
    Tool {
        name: "label-studio",
        doc: "Label Studio: JSON, tasks of text with `labels`",
        ending: "json",
        read: read_label_studio,
        write: write_label_studio,
    },
    Tool {
        name: "doccano",
        doc: "doccano: JSONL of sequence labelling",
        ending: "jsonl",
        read: read_doccano,
        write: write_doccano,
    },
];

pub(super) const LABEL_STUDIO: Importer = Importer {
    name: TOOLS[0].name,
    doc: TOOLS[0].doc,
    licence: "your own",
    may_train: true,
    list: |path| tasks(&TOOLS[0], path),
};

pub(super) const DOCCANO: Importer = Importer {
    name: TOOLS[1].name,
    doc: TOOLS[1].doc,
    licence: "your own",
    may_train: true,
    list: |path| tasks(&TOOLS[1], path),
};

impl Tool {
    /// The tool of that name.
    pub fn named(name: &str) -> Option<&'static Tool> {
        TOOLS.iter().find(|tool| tool.name == name)
    }

    /// Reads a file that the tool exported.
    ///
    /// # Errors
    /// What is wrong with it, and where.
    pub fn read(&self, text: &str) -> Result<Vec<LabelledDocument>, String> {
        (self.read)(text)
    }

    /// Writes a file that the tool imports.
    pub fn write(&self, documents: &[LabelledDocument]) -> String {
        (self.write)(documents)
    }
}

/// The documents of one file, which is read here: it is one piece.
fn tasks(tool: &Tool, path: &Path) -> Result<Vec<Task>, ImportError> {
    let wrong = |what: String| ImportError::Annotations { path: path.to_owned(), tool: tool.name, what };
    let text = std::fs::read_to_string(path).map_err(|error| wrong(error.to_string()))?;
    let documents = tool.read(&text).map_err(wrong)?;
    Ok(documents.into_iter().map(|document| -> Task { Box::new(move |_| Ok(vec![document.clone()])) }).collect())
}

/// What a document is besides its labels, as both tools carry it along.
#[derive(Default, Deserialize)]
struct About {
    #[serde(default)]
    id: Value,
    #[serde(default)]
    outlet: String,
    #[serde(default)]
    language: String,
    #[serde(default)]
    markup: Markup,
    #[serde(default)]
    tags: Vec<String>,
}

/// A labelled stretch as tools write it: code points, and the word of the label.
struct Annotation {
    start: usize,
    end: usize,
    label: String,
}

#[derive(Deserialize)]
struct TaskRecord {
    #[serde(default)]
    id: Value,
    data: TaskData,
    #[serde(default)]
    annotations: Vec<Annotated>,
}

#[derive(Deserialize)]
struct TaskData {
    text: String,
    #[serde(flatten)]
    about: About,
}

#[derive(Deserialize)]
struct Annotated {
    #[serde(default)]
    result: Vec<Region>,
    #[serde(default)]
    was_cancelled: bool,
}

#[derive(Deserialize)]
struct Region {
    r#type: String,
    value: Value,
}

fn read_label_studio(text: &str) -> Result<Vec<LabelledDocument>, String> {
    let tasks: Vec<TaskRecord> = serde_json::from_str(text)
        .map_err(|error| format!("{error}; expected Label Studio's JSON: a list of tasks with data.text"))?;
    let document = |(at, task): (usize, TaskRecord)| {
        let given = task.annotations.into_iter().find(|annotation| !annotation.was_cancelled);
        let regions = given.map(|annotation| annotation.result).unwrap_or_default();
        let name = named(&task.data.about.id).or_else(|| named(&task.id)).unwrap_or_else(|| (at + 1).to_string());
        let annotations = regions.into_iter().filter_map(|region| region_of(region).transpose());
        let annotations: Vec<Annotation> =
            annotations.collect::<Result<_, _>>().map_err(|what| at_task(&name, &what))?;
        document(name.clone(), task.data.about, task.data.text, annotations).map_err(|what| at_task(&name, &what))
    };
    tasks.into_iter().enumerate().map(document).collect()
}

fn at_task(name: &str, what: &str) -> String {
    format!("document {name}: {what}")
}

/// A region of labels; none for what says nothing about stretches of the text.
fn region_of(region: Region) -> Result<Option<Annotation>, String> {
    match region.r#type.as_str() {
        "labels" => {}
        "hypertextlabels" => return Err("HyperText labels point into a browser's tree; annotate it as Text".into()),
        _ => return Ok(None),
    }
    let number = |name: &str| region.value[name].as_u64().ok_or_else(|| format!("a region without a number {name:?}"));
    let label = region.value["labels"][0].as_str().ok_or("a region without a label")?.to_owned();
    Ok(Some(Annotation { start: number("start")? as usize, end: number("end")? as usize, label }))
}

fn write_label_studio(documents: &[LabelledDocument]) -> String {
    let tasks: Vec<Value> = documents.iter().enumerate().map(|(at, document)| task(at + 1, document)).collect();
    format!("{:#}\n", Value::Array(tasks))
}

fn task(id: usize, document: &LabelledDocument) -> Value {
    let region = |(at, (start, end, span)): (usize, (usize, usize, &LabelledSpan))| {
        json!({
            "id": format!("{id}-{at}"),
            "from_name": "label",
            "to_name": "text",
            "type": "labels",
            "value": {
                "start": start,
                "end": end,
                "text": document.source[span.range.clone()],
                "labels": [word(span)],
            },
        })
    };
    let result: Vec<Value> = in_code_points(document).into_iter().enumerate().map(region).collect();
    let mut data = about(document);
    data["text"] = json!(document.source);
    json!({ "id": id, "data": data, "annotations": [{ "result": result }] })
}

#[derive(Deserialize)]
struct Line {
    #[serde(alias = "data")]
    text: String,
    #[serde(default, alias = "labels")]
    label: Vec<(usize, usize, String)>,
    #[serde(default)]
    entities: Vec<Entity>,
    #[serde(flatten)]
    about: About,
}

#[derive(Deserialize)]
struct Entity {
    label: String,
    start_offset: usize,
    end_offset: usize,
}

fn read_doccano(text: &str) -> Result<Vec<LabelledDocument>, String> {
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    let document = |(at, line): (usize, &str)| {
        let in_line = |what: String| format!("line {}: {what}", at + 1);
        let line: Line = serde_json::from_str(line).map_err(|error| in_line(error.to_string()))?;
        let listed = line.label.into_iter().map(|(start, end, label)| Annotation { start, end, label });
        let entities = line.entities.into_iter();
        let entities =
            entities.map(|own| Annotation { start: own.start_offset, end: own.end_offset, label: own.label });
        let name = named(&line.about.id).unwrap_or_else(|| (at + 1).to_string());
        document(name, line.about, line.text, listed.chain(entities).collect()).map_err(in_line)
    };
    lines.map(document).collect()
}

fn write_doccano(documents: &[LabelledDocument]) -> String {
    let line = |document: &LabelledDocument| {
        let labels: Vec<Value> =
            in_code_points(document).into_iter().map(|(start, end, span)| json!([start, end, word(span)])).collect();
        let mut line = about(document);
        line["text"] = json!(document.source);
        line["label"] = Value::Array(labels);
        format!("{line}\n")
    };
    documents.iter().map(line).collect()
}

fn about(document: &LabelledDocument) -> Value {
    let LabelledDocument { id, outlet, language, markup, tags, .. } = document;
    json!({ "id": id, "outlet": outlet, "language": language, "markup": markup, "tags": tags })
}

/// An identifier that is a number or a string.
fn named(id: &Value) -> Option<String> {
    match id {
        Value::String(name) if !name.is_empty() => Some(name.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

fn document(
    id: String,
    about: About,
    source: String,
    annotations: Vec<Annotation>,
) -> Result<LabelledDocument, String> {
    let spans = spans(&source, annotations)?;
    let About { outlet, language, markup, tags, .. } = about;
    Ok(LabelledDocument { id, outlet, language, markup, source, spans, gold: None, tags })
}

/// Annotations as sorted, disjoint spans in bytes. Where two overlap, the first one stands.
fn spans(source: &str, mut annotations: Vec<Annotation>) -> Result<Vec<LabelledSpan>, String> {
    let mut starts: Vec<usize> = source.char_indices().map(|(at, _)| at).collect();
    starts.push(source.len());
    annotations.sort_by_key(|annotation| annotation.start);
    let mut spans: Vec<LabelledSpan> = Vec::with_capacity(annotations.len());
    for Annotation { start, end, label } in annotations {
        let (label, reason) = label_of(&label)?;
        let (Some(&from), Some(&to)) = (starts.get(start), starts.get(end)) else {
            return Err(format!("{start}..{end} is not inside the text of {} code points", starts.len() - 1));
        };
        let from = from.max(spans.last().map_or(0, |last| last.range.end));
        if from < to {
            spans.push(LabelledSpan { range: from..to, label, reason });
        }
    }
    Ok(spans)
}

/// The word for a label in annotation tools.
fn word(span: &LabelledSpan) -> &'static str {
    match (span.label, span.reason) {
        (Label::Content, _) => "content",
        (Label::Ignore, _) => "ignore",
        (Label::Boilerplate, Some(reason)) => reason.name(),
        (Label::Boilerplate, None) => "boilerplate",
    }
}

/// The label that a word names.
pub(super) fn label_of(word: &str) -> Result<(Label, Option<Reason>), String> {
    Ok(match word.trim().to_lowercase().as_str() {
        "content" => (Label::Content, None),
        "ignore" => (Label::Ignore, None),
        "boilerplate" => (Label::Boilerplate, None),
        other => {
            let reason =
                other.parse().map_err(|what| format!("label {word:?}: content, ignore, boilerplate, or {what}"));
            (Label::Boilerplate, Some(reason?))
        }
    })
}

/// The spans of a document with their offsets in code points.
fn in_code_points(document: &LabelledDocument) -> Vec<(usize, usize, &LabelledSpan)> {
    let mut counter = CodePoints::default();
    let mut at = |byte: usize| counter.at(&document.source, byte);
    document.spans.iter().map(|span| (at(span.range.start), at(span.range.end), span)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::train::fixture::parse_fixture;

    fn document() -> LabelledDocument {
        let text = "outlet: a\nlanguage: de\nmarkup: text\n---\n- [nav] Menü 💩\n+ Der Fluss <steigt>\n? Bild\n";
        LabelledDocument { id: "de/a".into(), ..parse_fixture(text).unwrap() }
    }

    #[test]
    fn every_tool_reads_what_it_writes() {
        for tool in TOOLS {
            let written = tool.write(&[document()]);
            assert_eq!(tool.read(&written).unwrap(), [document()], "{}: {written}", tool.name);
        }
    }

    #[test]
    fn offsets_are_in_code_points() {
        let written = Tool::named("doccano").unwrap().write(&[document()]);
        assert!(written.contains("[0,6,\"nav\"]"), "{written}");
    }

    #[test]
    fn exports_of_the_tools_are_read() {
        let studio = r#"[{"id": 7, "data": {"text": "Home\nA tram."}, "annotations": [
            {"was_cancelled": true, "result": [{"type": "labels", "value": {"start": 0, "end": 4, "labels": ["Content"]}}]},
            {"result": [{"type": "choices", "value": {}},
                {"type": "labels", "value": {"start": 5, "end": 12, "labels": ["Content"]}},
                {"type": "labels", "value": {"start": 0, "end": 4, "labels": ["nav"]}}]}]}]"#;
        let doccano = concat!(
            r#"{"id": 7, "text": "Home\nA tram.", "entities": [{"id": 1, "label": "nav", "start_offset": 0, "end_offset": 4},"#,
            r#"{"id": 2, "label": "content", "start_offset": 5, "end_offset": 12}], "relations": []}"#
        );
        for (name, text) in [("label-studio", studio), ("doccano", doccano)] {
            let document = Tool::named(name).unwrap().read(text).unwrap().remove(0);
            let found: Vec<_> = document.spans.iter().map(|span| (span.range.clone(), span.label)).collect();
            assert_eq!(found, [(0..4, Label::Boilerplate), (5..12, Label::Content)], "{name}");
            assert_eq!((document.id.as_str(), document.spans[0].reason), ("7", Some(Reason::Nav)), "{name}");
        }
    }

    #[test]
    fn errors_say_where_and_what() {
        for (name, text, what) in [
            ("label-studio", "{}", "a list of tasks"),
            ("doccano", "{\"text\":\"a\",\"label\":[[0,2,\"nav\"]]}", "line 1: 0..2 is not inside"),
            ("doccano", "{\"text\":\"a\",\"label\":[[0,1,\"LOC\"]]}", "label \"LOC\": content, ignore"),
        ] {
            let error = Tool::named(name).unwrap().read(text).unwrap_err();
            assert!(error.contains(what), "{error}");
        }
    }
}
