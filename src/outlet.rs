//! Outlets: which blocks recur on the pages of one publisher, and what a model says of the blocks that fill the same slot
//! of its template, found without labels.
//! This module must not know models, nor what is made of the counts.
//!
//! An [`OutletFile`] holds a sample of each outlet's pages: the [`PAGES`] different pages with the smallest hash, and of
//! each at most [`BLOCKS`] blocks in order. A sample does not depend on the order of the pages, two samples give that of
//! all pages together, and a page that is in it can be left out of the counts. Memory is at most 768 KB an outlet, however
//! many pages it has; the share of pages that hold a block has a standard error of at most .045.
//!
//! A block recurs where a neighbour recurs with it, or on at least half of the pages: the headline of a page, which stands
//! among teasers on others, is no husk of its own page.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::features::words::{chain, spread};

/// The version of the file format and of the keys.
pub const OUTLET_FORMAT: u32 = 2;
/// Pages of an outlet that are kept at most.
pub const PAGES: usize = 128;
/// Blocks of a page that are kept at most: half of them its first, half its last, where templates stand.
pub const BLOCKS: usize = 512;
/// Scores are held from this below 0 to this above, log-odds: what a model is sure of counts no more than that.
const SURE: f32 = 3.0;
/// Steps of a score that is held, a log-odd.
const STEPS: f32 = 10.0;
/// Pages that hold a fixed point of a template at least, and their share: what fewer hold is a teaser. From .15 to .4 the
/// share makes no difference on DAnIEL and the Chinese news.
const FIXED: u16 = 2;
const FIXED_SHARE: f32 = 0.2;
/// What stands before the first block of a page and after its last.
pub(crate) const EDGE: u64 = 0xa7;

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
    /// The outlets by name: the sampled pages by their hash.
    outlets: BTreeMap<String, BTreeMap<u64, Page>>,
}

/// A page as outlets know it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
struct Page {
    /// Hash of the model that scored it.
    model: u32,
    blocks: Vec<Held>,
}

/// A block of a page: its key; its slot, 0 where the blocks around it tell that; its score in [`STEPS`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
struct Held(u32, u32, i8);

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
        if !page.page.blocks.is_empty() {
            self.hold(outlet, page.hash, page.page.sample());
        }
    }

    /// Of pages that differ in numbers only the same is held, whichever came first.
    fn hold(&mut self, outlet: &str, hash: u64, page: Page) {
        let pages = self.outlets.entry(outlet.to_owned()).or_default();
        pages.entry(hash).and_modify(|held| *held = page.clone().min(held.clone())).or_insert(page);
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
            for (hash, page) in pages {
                self.hold(&outlet, hash, page);
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
        Outlets { outlets: self.outlets.iter().map(|(name, pages)| (name.clone(), Outlet::of(pages))).collect() }
    }
}

/// What an outlet file holds of a page; [`crate::Worker::page_keys`] makes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageKeys {
    /// Differs between pages that differ in more than numbers.
    hash: u64,
    /// With all its blocks.
    page: Page,
}

impl PageKeys {
    /// From the name of the model that scored a page, and of each block the hash of its words in lower case, numbers
    /// masked, its slot (0 in sources that are no pages) and its score, log-odds.
    pub(crate) fn new(model: &str, blocks: impl Iterator<Item = (u64, u64, f32)>) -> PageKeys {
        let mut hash = OUTLET_FORMAT.into();
        let held = |(block, slot, score): (u64, u64, f32)| {
            hash = chain(hash, block);
            Held(key(block), (slot >> 32) as u32, (score.clamp(-SURE, SURE) * STEPS).round() as i8)
        };
        let blocks = blocks.map(held).collect();
        let model = key(model.bytes().fold(0, |hash, byte| chain(hash, byte.into())));
        PageKeys { hash: spread(hash), page: Page { model, blocks } }
    }
}

impl Page {
    /// The page with as many blocks as are held.
    fn sample(&self) -> Page {
        let mut page = self.clone();
        if page.blocks.len() > BLOCKS {
            page.blocks.drain(BLOCKS / 2..self.blocks.len() - BLOCKS / 2);
        }
        page
    }

    /// The blocks that it holds, each once.
    fn held(&self) -> HashSet<u32> {
        self.blocks.iter().map(|block| block.0).collect()
    }

    fn keys(&self) -> Vec<u64> {
        self.blocks.iter().map(|block| block.0.into()).collect()
    }

    /// Each block with the one before it, and the last with the edge.
    fn pairs(&self) -> Vec<[u32; 2]> {
        let edge = || std::iter::once(EDGE as u32);
        let keys: Vec<u32> = edge().chain(self.blocks.iter().map(|block| block.0)).chain(edge()).collect();
        keys.windows(2).map(|pair| [pair[0], pair[1]]).collect()
    }

    /// The slot of the template that each block fills: its own, or the gap between two fixed points. Models do not share
    /// slots, since their scores are no evidence of each other.
    fn slots(&self, fixed: &HashSet<u32>) -> Vec<u64> {
        let gaps = gaps(&self.keys(), |key| fixed.contains(&(key as u32)));
        let slot = |(block, gap): (&Held, [u64; 2])| {
            let [first, second] = if block.1 == 0 { gap } else { [block.1.into(), 0] };
            spread(chain(chain(self.model.into(), first), second))
        };
        self.blocks.iter().zip(gaps).map(slot).collect()
    }
}

/// The fixed points around each block of a page: the nearest one before and after it.
pub(crate) fn gaps(keys: &[u64], is_fixed: impl Fn(u64) -> bool) -> Vec<[u64; 2]> {
    let mut gaps = vec![[EDGE; 2]; keys.len()];
    let mut last = EDGE;
    for (gap, &key) in gaps.iter_mut().zip(keys) {
        gap[0] = last;
        last = if is_fixed(key) { key } else { last };
    }
    last = EDGE;
    for (gap, &key) in gaps.iter_mut().zip(keys).rev() {
        gap[1] = last;
        last = if is_fixed(key) { key } else { last };
    }
    gaps
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

/// What the pages of an outlet have in common.
#[derive(Clone, Debug, Default)]
pub(crate) struct Outlet {
    /// The model that scored each page.
    pages: HashMap<u64, u32>,
    /// Blocks that the template is known by.
    fixed: HashSet<u32>,
    /// Pages that hold a block.
    blocks: HashMap<u32, u16>,
    /// Pages on which a block follows another.
    pairs: HashMap<[u32; 2], u16>,
    /// Of each slot the sum of the pages' mean scores, and the number of pages.
    slots: HashMap<u64, (f32, u16)>,
}

/// How often the blocks of a page recur, and how others are scored where they stand.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Recurrence {
    /// The outlet's other pages.
    pub(crate) pages: u32,
    /// How many of them hold each block of the page beside one of its neighbours, or where at least half of them hold it, how
    /// many do.
    pub(crate) counts: Vec<u32>,
    /// The slot of each block; empty where no model scored the other pages.
    pub(crate) slots: Vec<Slot>,
}

/// What other pages say of the slot that a block fills.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Slot {
    /// Those that fill it.
    pub(crate) pages: u32,
    /// How much higher their mean score is than the block's, log-odds.
    pub(crate) higher: f32,
}

/// What one page adds to what is known of its outlet.
struct Tally {
    blocks: HashSet<u32>,
    pairs: HashSet<[u32; 2]>,
    /// Mean score of the blocks in each slot.
    slots: HashMap<u64, f32>,
}

impl Tally {
    fn of(page: &Page, fixed: &HashSet<u32>) -> Tally {
        let mut sums: HashMap<u64, (f32, f32)> = HashMap::new();
        for (slot, block) in page.slots(fixed).into_iter().zip(&page.blocks) {
            let (sum, count) = sums.entry(slot).or_default();
            *sum += f32::from(block.2) / STEPS;
            *count += 1.0;
        }
        let slots = sums.into_iter().map(|(slot, (sum, count))| (slot, sum / count)).collect();
        Tally { blocks: page.held(), pairs: page.pairs().into_iter().collect(), slots }
    }
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
    fn of(pages: &BTreeMap<u64, Page>) -> Outlet {
        let models = pages.iter().map(|(&hash, page)| (hash, page.model)).collect();
        let blocks = held(pages);
        let least = FIXED.max((FIXED_SHARE * pages.len() as f32).ceil() as u16);
        let fixed = blocks.iter().filter(|(_, count)| **count >= least).map(|(block, _)| *block).collect();
        let mut outlet = Outlet { pages: models, fixed, blocks, ..Outlet::default() };
        for page in pages.values() {
            let tally = Tally::of(page, &outlet.fixed);
            tally.pairs.into_iter().for_each(|pair| *outlet.pairs.entry(pair).or_default() += 1);
            for (slot, score) in tally.slots {
                let (sum, pages) = outlet.slots.entry(slot).or_default();
                *sum += score;
                *pages += 1;
            }
        }
        outlet
    }

    /// What the other pages say of the blocks of a page.
    pub(crate) fn recurrence(&self, page: &PageKeys, recurrence: &mut Recurrence) {
        let own =
            self.pages.get(&page.hash).map(|&model| Tally::of(&Page { model, ..page.page.sample() }, &self.fixed));
        recurrence.pages = self.pages.len() as u32 - u32::from(own.is_some());
        recurrence.counts = self.counts(&page.page, own.as_ref(), recurrence.pages);
        let slots = page.page.slots(&self.fixed).into_iter().zip(&page.page.blocks);
        recurrence.slots = slots.map(|(slot, block)| self.slot(slot, block, own.as_ref())).collect();
    }

    /// How many of the other pages hold each block of a page where it stands there.
    fn counts(&self, page: &Page, own: Option<&Tally>, pages: u32) -> Vec<u32> {
        let others =
            |count: Option<&u16>, is_own: bool| u32::from(count.copied().unwrap_or(0)).saturating_sub(is_own.into());
        let beside = |pair: &[u32; 2]| others(self.pairs.get(pair), own.is_some_and(|own| own.pairs.contains(pair)));
        let held = |key: &u32| others(self.blocks.get(key), own.is_some_and(|own| own.blocks.contains(key)));
        let beside: Vec<u32> = page.pairs().iter().map(beside).collect();
        let count = |(block, pairs): (&Held, &[u32])| {
            let held = held(&block.0);
            if 2 * held >= pages { held } else { pairs[0].max(pairs[1]) }
        };
        page.blocks.iter().zip(beside.windows(2)).map(count).collect()
    }

    fn slot(&self, slot: u64, block: &Held, own: Option<&Tally>) -> Slot {
        let (sum, pages) = self.slots.get(&slot).copied().unwrap_or_default();
        let own = own.and_then(|own| own.slots.get(&slot)).filter(|_| pages > 0);
        let (sum, pages) = own.map_or((sum, pages), |own| (sum - own, pages - 1));
        if pages == 0 {
            return Slot::default();
        }
        Slot { pages: pages.into(), higher: sum / f32::from(pages) - f32::from(block.2) / STEPS }
    }
}

/// How many pages hold each block.
fn held(pages: &BTreeMap<u64, Page>) -> HashMap<u32, u16> {
    let mut counts = HashMap::new();
    for page in pages.values() {
        page.held().into_iter().for_each(|block| *counts.entry(block).or_default() += 1);
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A page of text whose blocks all have the same score.
    fn scored(model: &str, score: f32, hashes: &[u64]) -> PageKeys {
        PageKeys::new(model, hashes.iter().map(|&hash| (hash, 0, score)))
    }

    fn page(hashes: &[u64]) -> PageKeys {
        scored("m", 0.0, hashes)
    }

    fn recurrence(file: &OutletFile, page: &PageKeys) -> Recurrence {
        let mut found = Recurrence::default();
        if let Some(outlet) = file.counts().outlet(Some("a")) {
            outlet.recurrence(page, &mut found);
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
        for (hashes, pages, counts) in [([1, 2], 1, [1, 0]), ([1, 4], 2, [2, 0])] {
            let found = recurrence(&file, &page(&hashes));
            assert_eq!((found.pages, found.counts), (pages, counts.to_vec()));
        }
    }

    #[test]
    fn a_block_recurs_beside_a_neighbour_or_on_most_pages() {
        let mut file = OutletFile::new(By::OutletColumn);
        for (at, teasers) in [(30, [5, 9, 6]), (40, [6, 7, 8]), (50, [7, 8, 5])] {
            file.add("a", &page(&[&[1, 2, at, 4, at + 1], &teasers[..], &[3]].concat()));
        }
        let [menu, byline, footer, headline] = [2, 4, 3, 9];
        let found = recurrence(&file, &page(&[1, menu, headline, byline, 20, 7, 8, footer]));
        assert_eq!(found.counts, [3, 3, 0, 3, 0, 2, 2, 3]);
    }

    #[test]
    fn a_slot_is_the_gap_between_blocks_that_recur() {
        let mut file = OutletFile::new(By::OutletColumn);
        for at in 0..3 {
            file.add("a", &scored("m", at as f32, &[1, 10 + at, 2, 3]));
        }
        let higher = |page: &PageKeys| recurrence(&file, page).slots[1];
        assert_eq!(higher(&scored("m", 2.5, &[1, 20, 2, 3])), Slot { pages: 3, higher: -1.5 });
        assert_eq!(higher(&scored("m", 2.0, &[1, 12, 2, 3])), Slot { pages: 2, higher: -1.5 }, "without its own page");
        assert_eq!(higher(&scored("m", 9.0, &[1, 20, 2, 3])), Slot { pages: 3, higher: 1.0 - SURE });
        assert_eq!(higher(&scored("m", 2.5, &[2, 20, 3])), Slot::default(), "another gap");
        assert_eq!(higher(&scored("n", 2.5, &[1, 20, 2, 3])), Slot::default(), "another model");
    }

    #[test]
    fn slots_of_pages_are_their_own() {
        let page = |score: f32, slots: [u64; 2]| {
            PageKeys::new("m", [1, 2].into_iter().zip(slots).map(|(hash, slot)| (hash, slot << 32, score)))
        };
        let mut file = OutletFile::new(By::OutletColumn);
        file.add("a", &page(1.0, [7, 8]));
        let found = recurrence(&file, &page(0.0, [8, 9]));
        assert_eq!(found.slots, [Slot::default(), Slot::default()], "that page is this one but for its slots");
        let other = PageKeys::new("m", [(5, 8 << 32, 0.0)].into_iter());
        assert_eq!(recurrence(&file, &other).slots, [Slot { pages: 1, higher: 1.0 }]);
    }

    #[test]
    fn of_long_pages_the_ends_are_held() {
        let hashes: Vec<u64> = (1..=BLOCKS as u64 + 2).collect();
        let mut file = OutletFile::new(By::OutletColumn);
        file.add("a", &page(&hashes));
        let mut longer = hashes.clone();
        longer.push(9999);
        let counts = recurrence(&file, &page(&longer)).counts;
        let middle = BLOCKS / 2;
        assert_eq!(counts[middle - 2..middle + 4], [1, 1, 0, 0, 1, 1]);
        assert_eq!(recurrence(&file, &page(&hashes)).counts, vec![0; hashes.len()], "of its own page nothing is left");
    }

    #[test]
    fn of_pages_that_differ_in_numbers_the_same_is_held_in_any_order() {
        let [first, second] = [-1.0, 1.0].map(|score| scored("m", score, &[1, 2]));
        let (mut forth, mut back) = (OutletFile::new(By::Domain), OutletFile::new(By::Domain));
        [&first, &second].iter().for_each(|page| forth.add("a", page));
        [&second, &first].iter().for_each(|page| back.add("a", page));
        assert_eq!(forth, back);
        let json = serde_json::to_string(&forth).unwrap();
        assert_eq!(OutletFile::from_json(&json).unwrap(), forth);
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
