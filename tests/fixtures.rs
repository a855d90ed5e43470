//! The training data of the repository: their format, their manifests, their size and their variety.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs;
use std::path::{Path, PathBuf};

use dehusk::train::corpus::LabelledDocument;
use dehusk::train::fixture::read_fixtures;
use dehusk::{Label, Reason, segment};
use serde::Deserialize;

/// Characters above which a line is prose, and may stand in one fixture only.
const LONG_LINE: usize = 60;
/// Paywall blocks that make membership prose of a tag.
const MEMBERSHIP_BLOCKS: usize = 2;

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
fn fixtures() -> Vec<LabelledDocument> {
    read_fixtures(&folder()).unwrap_or_else(|error| panic!("{error}"))
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
