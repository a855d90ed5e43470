//! The training data of the repository: their format, their manifests, their size and their variety.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs;
use std::path::{Path, PathBuf};

use dehusk::train::corpus::LabelledDocument;
use dehusk::train::fixture::read_fixtures;
use dehusk::train::metrics::Bag;
use dehusk::{Cut, Label, Markup, Reason, segment};
use serde::Deserialize;

/// Characters above which a line is prose, and may stand in one fixture only.
const LONG_LINE: usize = 60;
/// Paywall blocks that make membership prose of a tag.
const MEMBERSHIP_BLOCKS: usize = 2;

/// What the name of a page begins with.
const PAGE_TYPES: [&str; 8] =
    ["article", "forum", "product", "collection", "listing", "documentation", "service", "shell"];

/// A language folder's `manifest.toml`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Manifest {
    author: String,
    origin: String,
    licence: String,
    language: String,
    counts: Counts,
}

#[derive(Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
struct Counts {
    documents: usize,
    outlets: usize,
    membership: usize,
    hard_negatives: usize,
}

impl Counts {
    fn of(documents: &[&LabelledDocument]) -> Counts {
        let with = |tag: &str| documents.iter().filter(|document| document.is(tag)).count();
        Counts {
            documents: documents.len(),
            outlets: documents.iter().map(|document| &document.outlet).collect::<BTreeSet<_>>().len(),
            membership: with("membership"),
            hard_negatives: with("hard-negative"),
        }
    }
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("training-data")
}

/// All fixtures; one that is not in the format fails every test with its path and line.
fn all_fixtures() -> Vec<LabelledDocument> {
    read_fixtures(&folder()).unwrap_or_else(|error| panic!("{error}"))
}

/// Fixtures of text and Markdown.
fn fixtures() -> Vec<LabelledDocument> {
    all_fixtures().into_iter().filter(|fixture| fixture.markup != Markup::Html).collect()
}

/// Fixtures that are pages.
fn pages() -> Vec<LabelledDocument> {
    all_fixtures().into_iter().filter(|fixture| fixture.markup == Markup::Html).collect()
}

/// The fixtures of each language folder.
fn by_folder(fixtures: &[LabelledDocument]) -> BTreeMap<&str, Vec<&LabelledDocument>> {
    let mut folders: BTreeMap<&str, Vec<&LabelledDocument>> = BTreeMap::new();
    for fixture in fixtures {
        let (folder, _) = fixture.id.split_once('/').unwrap_or_else(|| panic!("{}: in no language folder", fixture.id));
        folders.entry(folder).or_default().push(fixture);
    }
    folders
}

fn is_membership_prose(fixture: &&LabelledDocument) -> bool {
    let blocks = segment(&fixture.source, fixture.markup);
    let is_paywall = |label: &&(Label, Option<Reason>)| **label == (Label::Boilerplate, Some(Reason::Paywall));
    fixture.is("membership") && fixture.labels(&blocks).iter().filter(is_paywall).count() >= MEMBERSHIP_BLOCKS
}

fn long_lines(fixture: &LabelledDocument) -> impl Iterator<Item = &str> {
    fixture.source.lines().map(str::trim).filter(|line| line.chars().count() > LONG_LINE)
}

#[test]
fn fixtures_stand_in_the_folder_of_their_language() {
    let fixtures = fixtures();
    for (folder, documents) in by_folder(&fixtures) {
        for fixture in documents {
            assert_eq!(fixture.language, folder, "{}", fixture.id);
        }
    }
}

#[test]
fn manifests_count_what_is_in_their_folder() {
    let fixtures = fixtures();
    for (language, documents) in by_folder(&fixtures) {
        let path = folder().join(language).join("manifest.toml");
        let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let manifest: Manifest = toml::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        assert_eq!(manifest.language, language, "{}", path.display());
        assert_eq!(manifest.counts, Counts::of(&documents), "{}: manifest, then folder", path.display());
        assert_eq!(manifest.licence, "MIT OR Apache-2.0", "{}", path.display());
        assert!(!manifest.author.is_empty() && !manifest.origin.is_empty(), "{}", path.display());
    }
}

#[test]
fn there_is_enough_of_everything() {
    let fixtures = fixtures();
    let all: Vec<&LabelledDocument> = fixtures.iter().collect();
    let counts = Counts::of(&all);
    let folders = by_folder(&fixtures);
    let english = folders["en"].len() as f64 / counts.documents as f64;
    let membership = fixtures.iter().filter(is_membership_prose).count();
    assert!(counts.documents >= 260, "{} documents", counts.documents);
    assert!(counts.outlets >= 40, "{} outlets", counts.outlets);
    assert!(folders.len() >= 24, "{} languages", folders.len());
    assert!((0.4..=0.6).contains(&english), "{:.1} % English", 100.0 * english);
    assert!(membership >= 70, "{membership} with membership prose");
    assert!(counts.hard_negatives >= 50, "{} hard negatives", counts.hard_negatives);
}

#[test]
fn no_two_fixtures_share_a_long_line() {
    let fixtures = fixtures();
    let mut first: HashMap<&str, &str> = HashMap::new();
    for fixture in &fixtures {
        for line in long_lines(fixture) {
            let other = *first.entry(line).or_insert(&fixture.id);
            assert_eq!(other, fixture.id, "both hold {line:?}");
        }
    }
}

#[test]
fn no_two_sources_are_alike() {
    let fixtures = fixtures();
    let mut first: HashMap<Vec<&str>, &str> = HashMap::new();
    for fixture in &fixtures {
        let words = fixture.source.split_whitespace().collect();
        if let Some(other) = first.insert(words, &fixture.id) {
            panic!("{} is {other} again", fixture.id);
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PagesManifest {
    author: String,
    origin: String,
    licence: String,
    counts: PageCounts,
}

#[derive(Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
struct PageCounts {
    documents: usize,
    outlets: usize,
    languages: usize,
}

#[test]
fn there_are_enough_pages_and_their_manifest_counts_them() {
    let pages = pages();
    let distinct = |key: fn(&LabelledDocument) -> &str| pages.iter().map(key).collect::<BTreeSet<_>>().len();
    let counts = PageCounts {
        documents: pages.len(),
        outlets: distinct(|page| &page.outlet),
        languages: distinct(|page| &page.language),
    };
    let path = folder().join("html/manifest.toml");
    let manifest: PagesManifest = toml::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    assert_eq!(manifest.counts, counts, "manifest, then folder");
    assert_eq!(manifest.licence, "MIT OR Apache-2.0");
    assert!(!manifest.author.is_empty() && !manifest.origin.is_empty());
    assert!(counts.documents >= 40 && counts.languages >= 12, "{counts:?}");
}

#[test]
fn the_gold_text_of_a_page_stands_in_it() {
    for page in pages() {
        let mut cut = Cut::default();
        cut.cut(&page.source, page.markup);
        let text: String = (0..cut.blocks.len()).map(|block| format!("{}\n", cut.text(&page.source, block))).collect();
        let (gold, found) = (Bag::of(page.gold.as_deref().unwrap_or_default()), Bag::of(&text));
        let missing = gold.len() - gold.overlap(&found);
        assert!(20 * missing <= gold.len(), "{}: {missing} of {} gold words are not on the page", page.id, gold.len());
        let kind = page.tags.iter().find_map(|tag| tag.strip_prefix("type:")).unwrap_or_default();
        assert!(PAGE_TYPES.contains(&kind), "{}: {kind:?} is no page type", page.id);
    }
}

#[test]
fn no_two_pages_share_content() {
    let pages = pages();
    let mut first: HashMap<&str, &str> = HashMap::new();
    for page in &pages {
        let gold = page.gold.as_deref().unwrap_or_default();
        for line in gold.lines().filter(|line| line.chars().count() > LONG_LINE) {
            let other = *first.entry(line).or_insert(&page.id);
            assert_eq!(other, page.id, "both hold {line:?}");
        }
    }
}
