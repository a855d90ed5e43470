//! What a new outlet costs: page F1 with its unlabelled pages, and by the number of labelled pages that a model is adapted
//! with.
//!
//! `cargo run --release --example new_outlets -- BASE DOCUMENTS.jsonl…`, where BASE is `text`, `html` or a model file, and
//! the documents are labelled ones as `dehusk import` writes them. Of every outlet with at least 10 documents some are
//! drawn, and the others are cleaned with what those teach; nothing else is learned from them. `DRAWS` sets the number of
//! draws (5), `STAGES` another file of second stages than the one that is built in.
#![allow(clippy::expect_used, clippy::print_stdout)]

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use dehusk::outlet::{By, OutletFile};
use dehusk::train::adapt::{AdaptError, adapt};
use dehusk::train::align::words;
use dehusk::train::corpus::LabelledDocument;
use dehusk::train::run::read_jsonl;
use dehusk::{Block, Cleaner, Label, Markup, ModelFile, Outlets, built_in};
use rayon::prelude::*;

/// Documents that an outlet has at least.
const LEAST: usize = 10;
/// Page F1 of the base under which there is something to gain.
const LOW: f64 = 0.95;

/// What is learned from: pages without labels, or with them.
#[derive(Clone, Copy)]
enum Lesson {
    Recurrence(usize),
    AllPages,
    Labelled(usize),
    /// So many with labels, and all without.
    Both(usize),
}

const LESSONS: [Lesson; 8] = [
    Lesson::Recurrence(5),
    Lesson::AllPages,
    Lesson::Labelled(1),
    Lesson::Labelled(3),
    Lesson::Labelled(5),
    Lesson::Labelled(10),
    Lesson::Both(1),
    Lesson::Both(3),
];

impl Lesson {
    fn name(self) -> String {
        match self {
            Lesson::Recurrence(pages) => format!("{pages} unlabelled"),
            Lesson::AllPages => "all unlabelled".to_owned(),
            Lesson::Labelled(pages) => format!("{pages} labelled"),
            Lesson::Both(pages) => format!("{pages} and the rest"),
        }
    }

    fn pages(self) -> usize {
        match self {
            Lesson::Recurrence(pages) | Lesson::Labelled(pages) | Lesson::Both(pages) => pages,
            Lesson::AllPages => 0,
        }
    }
}

/// Page F1 of the base and of what was taught, over the same documents; none where an outlet is too small.
type Cell = Option<(f64, f64)>;

/// What an outlet gains.
struct Row {
    outlet: String,
    documents: usize,
    /// Page F1 of the blocks that the gold text labels as content: no choice of blocks gets much above it.
    perfect: f64,
    /// One for each of [`LESSONS`].
    cells: Vec<Cell>,
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (base, files) = arguments.split_first().expect("BASE DOCUMENTS.jsonl…");
    let base: ModelFile = serde_json::from_str(&read_base(base)).expect("a model file");
    let draws = std::env::var("DRAWS").ok().and_then(|text| text.parse().ok()).unwrap_or(5);
    let mut outlets: BTreeMap<String, Vec<LabelledDocument>> = BTreeMap::new();
    for path in files {
        for document in read_jsonl(Path::new(path)).expect("labelled documents") {
            outlets.entry(document.outlet.clone()).or_default().push(document);
        }
    }
    outlets.retain(|_, documents| documents.len() >= LEAST);
    let rows: Vec<Row> = outlets
        .into_par_iter()
        .map(|(outlet, documents)| {
            let judge = cleaner(&base);
            let before: Vec<f64> = documents.par_iter().map(|document| page_f1(&judge, document, None)).collect();
            let perfect: Vec<f64> = documents.par_iter().map(|document| perfect_f1(&judge, document)).collect();
            let perfect = perfect.iter().sum::<f64>() / perfect.len() as f64;
            let cell = |lesson: &Lesson| taught(&base, &documents, &before, *lesson, draws);
            Row { outlet, documents: documents.len(), perfect, cells: LESSONS.iter().map(cell).collect() }
        })
        .collect();
    for Row { outlet, documents, perfect, cells } in &rows {
        let cells: Vec<String> =
            cells.iter().map(|cell| cell.map_or("-".into(), |(b, a)| format!("{b:.3}>{a:.3}"))).collect();
        println!("{outlet:22} {documents:4}  {}  perfect {perfect:.3}", cells.join("  "));
    }
    for (at, lesson) in LESSONS.iter().enumerate() {
        let cells = rows.iter().filter_map(|row| row.cells[at].map(|(base, taught)| (base, taught, row.perfect)));
        println!("{}", summary(*lesson, &cells.collect::<Vec<_>>()));
    }
}

fn read_base(name: &str) -> String {
    match name {
        "text" => built_in(Markup::Text).unwrap_or_default().to_owned(),
        "html" => built_in(Markup::Html).unwrap_or_default().to_owned(),
        path => std::fs::read_to_string(path).expect("a model file"),
    }
}

/// Base, taught and perfect of each outlet in a line.
fn summary(lesson: Lesson, cells: &[(f64, f64, f64)]) -> String {
    let mean = |pick: fn(&(f64, f64, f64)) -> f64| cells.iter().map(pick).sum::<f64>() / cells.len().max(1) as f64;
    let low: Vec<(f64, f64, f64)> = cells.iter().copied().filter(|cell| cell.0 < LOW).collect();
    let gained = low.iter().map(|(b, a, _)| a - b).sum::<f64>();
    let (to_one, to_perfect) =
        low.iter().fold((0.0, 0.0), |(one, perfect), (b, a, p)| (one + 1.0 - b, perfect + p.max(*a) - b));
    let half = low.iter().filter(|(b, a, p)| a - b >= 0.5 * (p.max(*a) - b)).count();
    let worst = cells.iter().map(|(b, a, _)| a - b).fold(f64::INFINITY, f64::min);
    format!(
        "{:16} {} outlets: base {:.4}, taught {:.4}; under {LOW}: {:.2} of the distance to 1, {:.2} of that to perfect blocks, half of it on {half} of {}; worst {worst:+.4}",
        lesson.name(),
        cells.len(),
        mean(|cell| cell.0),
        mean(|cell| cell.1),
        gained / to_one,
        gained / to_perfect,
        low.len(),
    )
}

/// Means over all draws of the documents that were not drawn.
fn taught(base: &ModelFile, documents: &[LabelledDocument], before: &[f64], lesson: Lesson, draws: u64) -> Cell {
    let drawn = lesson.pages();
    if drawn >= documents.len() {
        return None;
    }
    let draws = if drawn == 0 { 1 } else { draws };
    let pairs: Vec<(f64, f64)> = (0..draws)
        .into_par_iter()
        .flat_map_iter(|draw| {
            let order = shuffled(documents.len(), draw);
            let teachers: Vec<LabelledDocument> = order[..drawn].iter().map(|&at| documents[at].clone()).collect();
            let judge = taught_cleaner(base, documents, &teachers, lesson);
            let pairs: Vec<(f64, f64)> = order[drawn..]
                .iter()
                .map(|&at| {
                    (before[at], judge.as_ref().map_or(before[at], |judge| page_f1(judge, &documents[at], Some("o"))))
                })
                .collect();
            pairs
        })
        .collect();
    let count = pairs.len() as f64;
    Some((pairs.iter().map(|pair| pair.0).sum::<f64>() / count, pairs.iter().map(|pair| pair.1).sum::<f64>() / count))
}

/// None where the labelled documents do not help, and the base stays.
fn taught_cleaner(
    base: &ModelFile,
    documents: &[LabelledDocument],
    teachers: &[LabelledDocument],
    lesson: Lesson,
) -> Option<Cleaner> {
    match lesson {
        Lesson::Recurrence(_) => Some(with_outlet(cleaner(base), teachers)),
        Lesson::AllPages => Some(with_outlet(cleaner(base), documents)),
        Lesson::Labelled(_) => adapted(base, teachers),
        Lesson::Both(_) => Some(with_outlet(adapted(base, teachers).unwrap_or_else(|| cleaner(base)), documents)),
    }
}

fn adapted(base: &ModelFile, teachers: &[LabelledDocument]) -> Option<Cleaner> {
    match adapt(base, teachers, "adapted") {
        Ok(adapted) => Some(cleaner(&adapted.model)),
        Err(AdaptError::NoHelp { .. } | AdaptError::Nothing { .. }) => None,
        Err(error) => panic!("{error}"),
    }
}

/// A cleaner that knows an outlet from pages without labels.
fn with_outlet(cleaner: Cleaner, pages: &[LabelledDocument]) -> Cleaner {
    let mut file = OutletFile::new(By::OutletColumn);
    let mut worker = cleaner.worker();
    for page in pages {
        worker.set_markup(page.markup);
        file.add("o", &worker.page_keys(&page.source));
    }
    cleaner.outlets(Some(Arc::new(known(&file))))
}

fn known(file: &OutletFile) -> Outlets {
    match std::env::var("STAGES") {
        Ok(path) => {
            let json = std::fs::read_to_string(path).expect("a file of second stages");
            Outlets::with_stages(file, &serde_json::from_str(&json).expect("second stages")).expect("their columns")
        }
        Err(_) => Outlets::new(file),
    }
}

fn cleaner(model: &ModelFile) -> Cleaner {
    Cleaner::new(&serde_json::to_string(model).expect("a model")).expect("a model of this build")
}

/// Numbers up to `count` in an order that depends on the draw only.
fn shuffled(count: usize, draw: u64) -> Vec<usize> {
    let mix = |z: u64| (z ^ (z >> 31)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let key = |at: &usize| mix(mix(*at as u64 + 1).wrapping_add(mix(draw.wrapping_add(77))));
    let mut order: Vec<usize> = (0..count).collect();
    order.sort_by_key(key);
    order
}

/// Word F1 of what is kept: in lower case, each character of an unspaced script a word.
fn page_f1(cleaner: &Cleaner, document: &LabelledDocument, outlet: Option<&str>) -> f64 {
    let mut worker = cleaner.worker();
    worker.set_outlet(outlet);
    worker.set_markup(document.markup);
    word_f1(worker.clean(&document.source), document)
}

/// The same of the blocks that are labelled as content.
fn perfect_f1(cleaner: &Cleaner, document: &LabelledDocument) -> f64 {
    let mut worker = cleaner.worker();
    worker.set_markup(document.markup);
    let found = worker.classify(&document.source);
    let blocks: Vec<Block> = found.iter().map(|block| Block { span: block.span.clone(), ..Block::default() }).collect();
    let content = found.iter().zip(document.labels(&blocks)).filter(|(_, (label, _))| *label == Label::Content);
    let kept: Vec<&str> = content.map(|(block, _)| &*block.text).collect();
    word_f1(&kept.join("\n"), document)
}

fn word_f1(kept: &str, document: &LabelledDocument) -> f64 {
    let (kept, gold) = (counts(kept), counts(document.gold.as_deref().unwrap_or_default()));
    let total = |counts: &BTreeMap<String, u32>| f64::from(counts.values().sum::<u32>());
    let both: u32 = kept.iter().map(|(word, &count)| count.min(gold.get(word).copied().unwrap_or(0))).sum();
    match total(&kept) + total(&gold) {
        0.0 => 1.0,
        words => 2.0 * f64::from(both) / words,
    }
}

fn counts(text: &str) -> BTreeMap<String, u32> {
    let text = text.to_lowercase();
    let mut counts = BTreeMap::new();
    words(&text).for_each(|range| *counts.entry(text[range].to_owned()).or_default() += 1);
    counts
}
