//! Outlets: which blocks recur on the pages of one publisher, counted without labels.
//! This module must not know models, nor what is made of the counts.
//!
//! An [`OutletFile`] holds a sample of each outlet's pages: the [`PAGES`] different pages with the smallest hash, and of
//! each the [`BLOCKS`] blocks with the smallest key. A sample does not depend on the order of the pages, two samples give
//! that of all pages together, and a page that is in it can be left out of the counts. Memory is at most 256 KB an outlet,
//! however many pages it has; the share of pages that hold a block has a standard error of at most .045.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::block::Markup;
use crate::features::measure::Measures;
use crate::features::words::{chain, spread};
use crate::segment::Cut;

/// The version of the file format and of the keys.
pub const OUTLET_FORMAT: u32 = 1;
/// Pages of an outlet that are kept at most.
pub const PAGES: usize = 128;
/// Blocks of a page that are kept at most.
pub const BLOCKS: usize = 512;

/// What names the outlet of a document.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum By {
    /// The column `outlet` of a record.
    #[default]
    OutletColumn,
    /// The host of the column `url`, without `www.`.
    Domain,
    /// The folder of a file.
    Folder,
}

/// Recurring blocks by outlet, as they are read and written.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct OutletFile {
    /// [`OUTLET_FORMAT`] of the build that wrote it.
    pub format: u32,
    /// What named the outlets.
    pub by: By,
    /// The outlets by name: the keys of the blocks of each sampled page, by the hash of the page.
    outlets: BTreeMap<String, BTreeMap<u64, Vec<u32>>>,
}

/// Why an outlet file cannot be used.
#[derive(Debug)]
#[non_exhaustive]
pub enum OutletError {
    /// It is not the JSON of an outlet file.
    Json(serde_json::Error),
    /// It was written in another format.
    Format(u32),
    /// Files whose outlets are named by different things.
    By(By, By),
}

impl fmt::Display for OutletError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            OutletError::Json(error) => write!(f, "not an outlet file: {error}; make one: dehusk outlet learn"),
            OutletError::Format(found) => {
                write!(
                    f,
                    "outlet file of format {found}, this build reads {OUTLET_FORMAT}; make it again: dehusk outlet learn"
                )
            }
            OutletError::By(own, other) => {
                write!(f, "outlets are named by {own:?} in one file and by {other:?} in another")
            }
        }
    }
}

impl std::error::Error for OutletError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            OutletError::Json(error) => Some(error),
            _ => None,
        }
    }
}

impl OutletFile {
    /// An empty file.
    pub fn new(by: By) -> OutletFile {
        OutletFile { format: OUTLET_FORMAT, by, outlets: BTreeMap::new() }
    }

    /// Reads a file.
    ///
    /// # Errors
    /// [`OutletError`] when it is none, or of another format.
    pub fn from_json(json: &str) -> Result<OutletFile, OutletError> {
        let file: OutletFile = serde_json::from_str(json).map_err(OutletError::Json)?;
        if file.format != OUTLET_FORMAT {
            return Err(OutletError::Format(file.format));
        }
        Ok(file)
    }

    /// Counts a page; one that has been counted already is not counted again.
    pub fn add(&mut self, outlet: &str, page: &PageKeys) {
        if page.blocks.is_empty() {
            return;
        }
        let pages = self.outlets.entry(outlet.to_owned()).or_default();
        pages.entry(page.hash).or_insert_with(|| page.blocks.clone());
        while pages.len() > PAGES {
            pages.pop_last();
        }
    }

    /// Adds the pages of another file.
    ///
    /// # Errors
    /// [`OutletError::By`] when its outlets are named by something else.
    pub fn merge(&mut self, other: OutletFile) -> Result<(), OutletError> {
        if self.by != other.by {
            return Err(OutletError::By(self.by, other.by));
        }
        for (outlet, pages) in other.outlets {
            for (hash, blocks) in pages {
                self.add(&outlet, &PageKeys { hash, blocks });
            }
        }
        Ok(())
    }

    /// Outlets, and the pages that are held of all of them.
    pub fn size(&self) -> (usize, usize) {
        (self.outlets.len(), self.outlets.values().map(BTreeMap::len).sum())
    }

    /// The counts of all outlets.
    pub(crate) fn counts(&self) -> Outlets {
        let count = |(name, pages): (&String, &BTreeMap<u64, Vec<u32>>)| {
            let mut blocks: HashMap<u32, u16> = HashMap::new();
            pages.values().flatten().for_each(|&block| *blocks.entry(block).or_default() += 1);
            (name.clone(), Outlet { pages: pages.keys().copied().collect(), blocks })
        };
        Outlets { outlets: self.outlets.iter().map(count).collect() }
    }
}

/// A page as outlets know it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageKeys {
    /// Differs between pages that differ in more than numbers.
    hash: u64,
    /// Keys of its blocks, the smallest, sorted, each once.
    blocks: Vec<u32>,
}

impl PageKeys {
    /// The keys of a source.
    pub fn of(source: &str, markup: Markup) -> PageKeys {
        let (mut cut, mut measures) = (Cut::default(), Measures::default());
        cut.cut(source, markup);
        measures.measure(source, &cut, None);
        PageKeys::new(&measures.blocks.iter().map(|measure| measure.hash).collect::<Vec<_>>())
    }

    /// From the hashes of a page's blocks: of their words in lower case, numbers masked.
    pub(crate) fn new(hashes: &[u64]) -> PageKeys {
        let hash = hashes.iter().fold(OUTLET_FORMAT.into(), |hash, &block| chain(hash, block));
        let blocks: BTreeSet<u32> = hashes.iter().map(|&block| key(block)).collect();
        PageKeys { hash: spread(hash), blocks: blocks.into_iter().take(BLOCKS).collect() }
    }
}

/// Host of an address without `www.` and port; what is no address stays as it is.
pub fn host(url: &str) -> String {
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
    let Some(rest) = rest else { return url.to_owned() };
    let host = rest.strip_prefix("www.").unwrap_or(rest).split(['/', '?', '#', ':']).next().unwrap_or_default();
    if host.is_empty() { url.to_owned() } else { host.to_owned() }
}

fn key(hash: u64) -> u32 {
    (spread(hash) >> 32) as u32
}

/// The counts of outlets.
#[derive(Clone, Debug, Default)]
pub(crate) struct Outlets {
    outlets: HashMap<String, Outlet>,
}

/// On how many pages of an outlet each block stands.
#[derive(Clone, Debug, Default)]
pub(crate) struct Outlet {
    pages: BTreeSet<u64>,
    blocks: HashMap<u32, u16>,
}

/// How often the blocks of a page recur.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Recurrence {
    /// The outlet's other pages.
    pub(crate) pages: u32,
    /// How many of them hold each block of the page.
    pub(crate) counts: Vec<u32>,
}

impl Outlets {
    /// The outlet of that name; of a file that knows one outlet, that one for a document without a name.
    pub(crate) fn outlet(&self, name: Option<&str>) -> Option<&Outlet> {
        match name {
            Some(name) => self.outlets.get(name),
            None if self.outlets.len() == 1 => self.outlets.values().next(),
            None => None,
        }
    }
}

impl Outlet {
    /// How often the blocks of a page stand on the other pages.
    pub(crate) fn recurrence(&self, hashes: &[u64], recurrence: &mut Recurrence) {
        let own = u32::from(self.pages.contains(&PageKeys::new(hashes).hash));
        recurrence.pages = self.pages.len() as u32 - own;
        recurrence.counts.clear();
        let count = |&hash: &u64| u32::from(self.blocks.get(&key(hash)).copied().unwrap_or(0));
        recurrence.counts.extend(hashes.iter().map(|hash| count(hash).saturating_sub(own)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(hashes: &[u64]) -> PageKeys {
        PageKeys::new(hashes)
    }

    fn recurrence(file: &OutletFile, hashes: &[u64]) -> Recurrence {
        let mut found = Recurrence::default();
        if let Some(outlet) = file.counts().outlet(Some("a")) {
            outlet.recurrence(hashes, &mut found);
        }
        found
    }

    #[test]
    fn hosts_lose_scheme_www_and_path() {
        for (url, expected) in [
            ("https://www.example.org/a/b", "example.org"),
            ("http://news.example.org", "news.example.org"),
            ("http://a.example:80?x", "a.example"),
            ("example.org/a", "example.org/a"),
            ("", ""),
        ] {
            assert_eq!(host(url), expected, "{url:?}");
        }
    }

    #[test]
    fn a_page_is_left_out_of_its_own_counts() {
        let mut file = OutletFile::new(By::OutletColumn);
        file.add("a", &page(&[1, 2]));
        file.add("a", &page(&[1, 3]));
        file.add("a", &page(&[1, 3]));
        assert_eq!(recurrence(&file, &[1, 2]), Recurrence { pages: 1, counts: vec![1, 0] });
        assert_eq!(recurrence(&file, &[1, 4]), Recurrence { pages: 2, counts: vec![2, 0] });
    }

    #[test]
    fn samples_do_not_depend_on_order_or_on_merging() {
        let pages: Vec<PageKeys> = (0..400u64).map(|at| page(&[7, at])).collect();
        let (mut forth, mut back) = (OutletFile::new(By::Domain), OutletFile::new(By::Domain));
        pages.iter().for_each(|page| forth.add("a", page));
        pages[150..].iter().rev().for_each(|page| back.add("a", page));
        let mut first = OutletFile::new(By::Domain);
        pages[..200].iter().for_each(|page| first.add("a", page));
        back.merge(first).unwrap();
        assert_eq!(forth, back);
        assert_eq!(forth.size(), (1, PAGES));
        assert!(back.merge(OutletFile::new(By::Folder)).is_err());
    }
}
