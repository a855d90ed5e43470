//! Speed of cutting and of cleaning, on one thread. Every benchmark checks its answer before its time is taken.
//!
//! An input is one source of about a megabyte: sources of fixtures one after another, in the order of their paths,
//! again from the first where they are too few. Bias: such a source is longer than a page, so the cost of starting a
//! page is hardly seen; and what recurs is seen as repeated, so what is kept says nothing about quality.

use std::hint::black_box;
use std::path::Path;
use std::time::Duration;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use dehusk::train::corpus::LabelledDocument;
use dehusk::train::fixture::read_fixtures;
use dehusk::{Cleaner, Label, Markup, segment};

/// Bytes of an input, up to the end of the source that reaches it.
const BYTES: usize = 1 << 20;
/// Characters of a short line at most: menus, headings, list items, dialogue.
const SHORT_LINE: usize = 40;

fn inputs() -> Vec<(&'static str, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("training-data");
    let mut fixtures = read_fixtures(&folder).expect("fixtures in their format");
    fixtures.retain(|fixture| fixture.markup == Markup::Text);
    let english = |fixture: &&LabelledDocument| fixture.language == "en" && !fixture.is("hardwrap");
    vec![
        ("english", repeated(fixtures.iter().filter(english).map(source))),
        ("chinese", repeated(fixtures.iter().filter(|fixture| fixture.language == "zh").map(source))),
        ("short_lines", repeated(fixtures.iter().filter(english).map(short_lines))),
        ("hard_wrapped", repeated(fixtures.iter().filter(|fixture| fixture.is("hardwrap")).map(source))),
    ]
}

fn source(fixture: &LabelledDocument) -> String {
    fixture.source.clone()
}

fn short_lines(fixture: &LabelledDocument) -> String {
    let short = |line: &&str| line.chars().count() <= SHORT_LINE;
    fixture.source.lines().filter(short).map(|line| format!("{line}\n")).collect()
}

fn repeated(sources: impl Iterator<Item = String>) -> String {
    let sources: Vec<String> = sources.collect();
    assert!(sources.iter().any(|source| !source.is_empty()), "no fixtures for this input");
    let mut all = String::new();
    for source in sources.iter().cycle() {
        if all.len() >= BYTES {
            break;
        }
        all.push_str(source);
    }
    all
}

fn bench_segment(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("segment");
    for (name, source) in inputs() {
        check_blocks(name, &source);
        group.throughput(Throughput::Bytes(source.len() as u64));
        group.bench_with_input(BenchmarkId::from_parameter(name), &source, |bencher, source| {
            bencher.iter(|| segment(black_box(source), Markup::Text));
        });
    }
}

fn bench_clean(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("clean");
    let cleaner = Cleaner::text();
    for (name, source) in inputs() {
        check_kept(name, &cleaner, &source);
        let mut worker = cleaner.worker();
        group.throughput(Throughput::Bytes(source.len() as u64));
        group.bench_with_input(BenchmarkId::from_parameter(name), &source, |bencher, source| {
            bencher.iter(|| worker.clean(black_box(source)).len());
        });
    }
}

/// Blocks are sorted and disjoint, and nothing but white space lies between them.
fn check_blocks(name: &str, source: &str) {
    let mut end = 0;
    for block in segment(source, Markup::Text) {
        assert!(source[end..block.span.start].trim().is_empty(), "{name}: text before byte {}", block.span.start);
        end = block.span.end;
    }
    assert!(end > 0 && source[end..].trim().is_empty(), "{name}: text after the last block");
}

/// Some blocks are kept, some are dropped, and the kept text is the kept blocks of the source in order.
fn check_kept(name: &str, cleaner: &Cleaner, source: &str) {
    let blocks = cleaner.classify(source);
    let kept: Vec<_> = blocks.iter().filter(|block| block.label == Label::Content).collect();
    assert!(!kept.is_empty() && kept.len() < blocks.len(), "{name}: {} of {} kept", kept.len(), blocks.len());
    let text = cleaner.clean(source);
    let mut rest = text.as_str();
    for block in kept {
        assert_eq!(block.text, &source[block.span.clone()], "{name}");
        rest = rest.trim_start_matches('\n').strip_prefix(&*block.text).expect("the kept blocks, in order");
    }
    assert_eq!(rest, "", "{name}: text that is no kept block");
}

fn few_seconds() -> Criterion {
    Criterion::default().measurement_time(Duration::from_secs(3)).warm_up_time(Duration::from_secs(1)).sample_size(20)
}

criterion_group! { name = benches; config = few_seconds(); targets = bench_segment, bench_clean }
criterion_main!(benches);
