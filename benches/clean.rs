//! Speed of each step on one thread. Every benchmark checks its answer before its time is taken. `segment` cuts;
//! `judge` cuts, measures, scores and decides; `clean` writes what is kept as well; `machine` is what the machine does
//! with the same bytes at best. What was found is in `RESULTS.md`.
//!
//! An input of text is one source of about a megabyte: sources of fixtures one after another, in the order of their paths,
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

/// Pages of fixtures: the smallest one, the one in the middle, and the largest ones put together up to [`BYTES`].
fn pages() -> Vec<(&'static str, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("training-data");
    let mut fixtures = read_fixtures(&folder).expect("fixtures in their format");
    fixtures.retain(|fixture| fixture.markup == Markup::Html);
    // Of pages of which nothing or everything is kept, a bench would check nothing.
    let cleaner = Cleaner::html();
    let mut pages: Vec<String> = fixtures.iter().map(source).filter(|page| is_mixed(&cleaner, page)).collect();
    pages.sort_by_key(String::len);
    assert!(!pages.is_empty(), "no pages");
    let (small, median) = (pages[0].clone(), pages[pages.len() / 2].clone());
    vec![("page_small", small), ("page_median", median), ("page_huge", repeated(pages.into_iter().rev()))]
}

fn is_mixed(cleaner: &Cleaner, source: &str) -> bool {
    let blocks = cleaner.classify(source);
    let kept = blocks.iter().filter(|block| block.label == Label::Content).count();
    kept > 0 && kept < blocks.len()
}

/// All inputs, each with the cleaner that is made for it.
fn sources() -> Vec<(&'static str, String, Cleaner)> {
    let texts = inputs().into_iter().map(|(name, source)| (name, source, Cleaner::text()));
    texts.chain(pages().into_iter().map(|(name, source)| (name, source, Cleaner::html()))).collect()
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

fn bench_judge(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("judge");
    for (name, source, cleaner) in sources() {
        let mut worker = cleaner.worker();
        worker.judge(&source);
        assert!(worker.kept().words > 0 && worker.kept().words < worker.kept().of_words, "{name}");
        group.throughput(Throughput::Bytes(source.len() as u64));
        group.bench_with_input(BenchmarkId::from_parameter(name), &source, |bencher, source| {
            bencher.iter(|| worker.judge(black_box(source)));
        });
    }
}

fn bench_clean(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("clean");
    for (name, source, cleaner) in sources() {
        check_kept(name, &cleaner, &source);
        let mut worker = cleaner.worker();
        group.throughput(Throughput::Bytes(source.len() as u64));
        group.bench_with_input(BenchmarkId::from_parameter(name), &source, |bencher, source| {
            bencher.iter(|| worker.clean(black_box(source)).len());
        });
    }
}

fn bench_machine(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("machine");
    let (_, source) = inputs().swap_remove(0);
    let mut copy = vec![0u8; source.len()];
    group.throughput(Throughput::Bytes(source.len() as u64));
    group.bench_function("memcpy", |bencher| bencher.iter(|| black_box(&mut copy).copy_from_slice(source.as_bytes())));
    group.bench_function("simdutf8", |bencher| {
        bencher.iter(|| simdutf8::basic::from_utf8(black_box(source.as_bytes())).map(str::len));
    });
    group.bench_function("from_utf8", |bencher| {
        bencher.iter(|| std::str::from_utf8(black_box(source.as_bytes())).map(str::len));
    });
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
        let is_page = matches!(block.text, std::borrow::Cow::Owned(_));
        assert!(is_page || block.text == source[block.span.clone()], "{name}");
        rest = rest.trim_start_matches('\n').strip_prefix(&*block.text).expect("the kept blocks, in order");
    }
    assert_eq!(rest, "", "{name}: text that is no kept block");
}

fn few_seconds() -> Criterion {
    Criterion::default().measurement_time(Duration::from_secs(3)).warm_up_time(Duration::from_secs(1)).sample_size(20)
}

criterion_group! { name = benches; config = few_seconds(); targets = bench_machine, bench_segment, bench_judge, bench_clean }
criterion_main!(benches);
