//! The feature table: every number that a model may weigh, by families, one row each.
//! This module must not know models or labels.
//!
//! A row holds the name, what it means, and its formula; the names, the documentation and the extraction all come
//! from the same row. Features marked `near` also give columns for the neighbouring blocks and for windows.

pub(crate) mod chars;
#[cfg(feature = "html")]
mod dom;
mod markdown;
pub(crate) mod measure;
mod near;
mod place;
mod topics;
pub(crate) mod words;

mod appeal;
mod crosses;
mod links;
mod person;
mod position;
mod shape;
mod surroundings;
mod totals;

#[cfg(feature = "html")]
mod containers;
#[cfg(feature = "html")]
mod headings;
#[cfg(feature = "html")]
mod pages;
#[cfg(feature = "html")]
mod structure;
#[cfg(feature = "html")]
mod templates;

use std::ops::Range;

use crate::block::{Block, Markup};
use crate::segment::Cut;
use crate::tokens::TokenTable;
use measure::{Measure, Measures, Words};
use near::{Near, OFFSETS, WINDOWS};
use place::{Document, Place, Places};

/// What a formula may look at: one block and where it stands.
pub(crate) struct Row<'d> {
    block: &'d Block,
    measure: &'d Measure,
    place: &'d Place,
    document: &'d Document,
    /// The tree, of pages only.
    #[cfg(feature = "html")]
    dom: &'d dom::Dom,
}

#[cfg(feature = "html")]
impl<'d> Row<'d> {
    /// Where the block stands in the tree of the page.
    fn node(&self) -> &'d dom::DomPlace {
        &self.dom.blocks[self.place.index]
    }
}

/// The name and meaning of a feature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Feature {
    /// Name of its own column; neighbours' and windows' columns have a suffix.
    pub name: &'static str,
    /// Formula, unit, range.
    pub doc: &'static str,
    /// Whether neighbours' values and means over windows are columns too.
    pub near: bool,
}

/// A family of features: rows of `near|own name "doc" = |row| formula;`.
macro_rules! family {
    ($($reach:ident $name:ident $doc:literal = |$row:ident| $value:expr;)*) => {
        pub(super) const FEATURES: &[crate::features::Feature] = &[$(crate::features::Feature {
            name: stringify!($name),
            doc: $doc,
            near: crate::features::reach!($reach),
        }),*];

        /// Puts the value of each feature for a block into its place of `columns`, features × blocks abreast.
        pub(super) fn fill(row: &crate::features::Row<'_>, place: usize, columns: &mut crate::features::Tile) {
            // As many columns as rows, so that none of them is checked for.
            let Some(columns) = columns.first_chunk_mut::<{ FEATURES.len() }>() else { return };
            let (place, mut columns) = (place % crate::features::ABREAST, columns.iter_mut());
            $({
                let $row = row;
                if let Some(column) = columns.next() { column[place] = $value; }
            })*
        }
    };
}
macro_rules! reach {
    (near) => {
        true
    };
    (own) => {
        false
    };
}
use {family, reach};

/// Blocks whose columns stand side by side, so that one instruction works on several of them.
pub(crate) const ABREAST: usize = 64;

/// The own columns of up to [`ABREAST`] blocks: columns × blocks.
pub(crate) type Tile = [[f32; ABREAST]];

/// Fills in the values of a family for the block at a place of a tile.
type Fill = fn(&Row<'_>, usize, &mut Tile);

/// The families: their rows, and what fills in their values.
type Family = (&'static str, &'static [Feature], Fill);

/// Families of every markup.
const FAMILIES: &[Family] = &[
    ("shape", shape::FEATURES, shape::fill),
    ("links", links::FEATURES, links::fill),
    ("appeal", appeal::FEATURES, appeal::fill),
    ("person", person::FEATURES, person::fill),
    ("position", position::FEATURES, position::fill),
    ("surroundings", surroundings::FEATURES, surroundings::fill),
    ("totals", totals::FEATURES, totals::fill),
    ("crosses", crosses::FEATURES, crosses::fill),
];

/// Families that pages have besides.
#[cfg(feature = "html")]
const PAGE_FAMILIES: &[Family] = &[
    ("structure", structure::FEATURES, structure::fill),
    ("containers", containers::FEATURES, containers::fill),
    ("templates", templates::FEATURES, templates::fill),
    ("headings", headings::FEATURES, headings::fill),
    ("pages", pages::FEATURES, pages::fill),
];
#[cfg(not(feature = "html"))]
const PAGE_FAMILIES: &[Family] = &[];

/// The families of a markup: those of every markup come first.
fn families(markup: Markup) -> impl Iterator<Item = &'static Family> {
    let own = if markup == Markup::Html { PAGE_FAMILIES } else { &[] };
    FAMILIES.iter().chain(own)
}

/// The features of a markup, in the order of their families.
pub fn features(markup: Markup) -> impl Iterator<Item = (&'static str, &'static Feature)> {
    families(markup).flat_map(|(family, rows, _)| rows.iter().map(move |row| (*family, row)))
}

/// What a column holds: a feature of the block itself, of a neighbour, or its mean over a window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// The block itself.
    Own,
    /// The block this many further on; 0 where there is none.
    Offset(i32),
    /// The mean over the blocks around it, from the first to the last; 0 where there is none.
    Window([i32; 2]),
}

/// The columns of a markup in this build, in order: name, feature, reach.
pub fn columns(markup: Markup) -> impl Iterator<Item = (String, &'static Feature, Reach)> {
    let own = features(markup).map(|(_, feature)| (feature.name.to_owned(), feature, Reach::Own));
    let offsets = OFFSETS.iter().flat_map(move |&offset| {
        near(markup).map(move |feature| (format!("{}@{offset:+}", feature.name), feature, Reach::Offset(offset)))
    });
    let windows = WINDOWS.iter().flat_map(move |&[first, last]| {
        let name = move |feature: &Feature| format!("{}@{first:+}..{last:+}", feature.name);
        near(markup).map(move |feature| (name(feature), feature, Reach::Window([first, last])))
    });
    own.chain(offsets).chain(windows)
}

fn near(markup: Markup) -> impl Iterator<Item = &'static Feature> {
    features(markup).map(|(_, feature)| feature).filter(|feature| feature.near)
}

/// How many columns a markup has.
#[cfg(any(feature = "train", test))]
pub(crate) fn width(markup: Markup) -> usize {
    Layout::of(markup).width
}

/// Where the columns of a markup are.
struct Layout {
    markup: Markup,
    /// Columns of a block's own, which come first, and all of them.
    own: usize,
    width: usize,
    /// Places of the features among them that neighbours have too.
    near: Vec<usize>,
}

impl Layout {
    fn of(markup: Markup) -> Layout {
        let near: Vec<usize> =
            features(markup).enumerate().filter(|(_, (_, row))| row.near).map(|(place, _)| place).collect();
        let own = features(markup).count();
        Layout { markup, own, width: own + near.len() * near::COUNT, near }
    }
}

/// Buffers of the extraction, reused from document to document.
#[derive(Default)]
pub(crate) struct Extractor {
    pub(crate) cut: Cut,
    pub(crate) measures: Measures,
    places: Places,
    #[cfg(feature = "html")]
    dom: dom::Dom,
    markup: Markup,
}

/// Buffers of [`Extractor::each_tile`].
#[derive(Default)]
pub(crate) struct Tiles {
    tile: Vec<[f32; ABREAST]>,
    next: Vec<[f32; ABREAST]>,
    near: Near,
    /// Of the markup last seen.
    layout: Option<Layout>,
}

impl Extractor {
    /// Cuts a source, measures its blocks and finds their places; [`Extractor::each_tile`] then gives their columns.
    pub(crate) fn read(&mut self, source: &str, markup: Markup, tokens: Option<&TokenTable>, words: Words) {
        self.cut.cut(source, markup);
        // Pages are searched for the words of their titles and for sentences that stand twice.
        let words = if markup == Markup::Html { Words::Kept } else { words };
        self.measures.measure_with(source, &self.cut, tokens, words);
        self.places.find(&self.cut.blocks, &mut self.measures, markup);
        #[cfg(feature = "html")]
        if let Some(page) = self.cut.page() {
            self.dom.find(page, &self.cut.blocks, &self.measures, &self.places);
        }
        self.markup = markup;
    }

    /// The group of each block among those that are alike: both long or short, both a link or not, both with words of husk or
    /// without, and built alike. In pages that is under the same tags; in other sources of one kind, both with the end of a
    /// sentence or without.
    pub(crate) fn alike(&self) -> impl Iterator<Item = usize> + Clone {
        let is_page = self.markup == Markup::Html;
        (0..self.cut.blocks.len()).map(move |block| {
            let measure = &self.measures.blocks[block];
            let bits = [
                measure.mass >= place::SHORT_MASS,
                2 * measure.linked >= measure.chars,
                appeal::husk(measure) > 0,
                !is_page && measure.closing == Some(chars::Class::SentenceEnd),
            ];
            let build = match is_page {
                #[cfg(feature = "html")]
                true => self.dom.blocks[block].path as usize,
                _ => self.cut.blocks[block].kind as usize,
            };
            bits.into_iter().fold(build, |group, bit| 2 * group + usize::from(bit))
        })
    }

    /// What formulas may look at for a block.
    #[inline]
    fn row(&self, block: usize) -> Row<'_> {
        Row {
            block: &self.cut.blocks[block],
            measure: &self.measures.blocks[block],
            place: &self.places.blocks[block],
            document: &self.places.document,
            #[cfg(feature = "html")]
            dom: &self.dom,
        }
    }

    /// Puts the own columns of up to [`ABREAST`] blocks into `tile`, a column each feature; what stands in the
    /// places of the blocks that are missing has no meaning.
    fn own(&self, blocks: Range<usize>, tile: &mut Tile) {
        let mut rest = tile;
        // Family by family: the code of all of them does not fit into the first cache.
        for (_, features, fill) in families(self.markup) {
            let (family, after) = rest.split_at_mut(features.len());
            for (place, block) in blocks.clone().take(ABREAST).enumerate() {
                fill(&self.row(block), place, family);
            }
            rest = after;
        }
    }

    /// Calls `tell` with the columns of all blocks, in order, up to [`ABREAST`] of them at a time; what stands in the
    /// places of blocks that are missing has no meaning.
    pub(crate) fn each_tile(&self, tiles: &mut Tiles, mut tell: impl FnMut(Range<usize>, &Tile)) {
        let Tiles { tile, next, near, layout } = tiles;
        let known = layout.take().filter(|layout| layout.markup == self.markup);
        let layout = layout.insert(known.unwrap_or_else(|| Layout::of(self.markup)));
        let blocks = self.cut.blocks.len();
        let range = |start: usize| start.min(blocks)..(start + ABREAST).min(blocks);
        for tile in [&mut *tile, &mut *next] {
            tile.resize(layout.width, [0.0; ABREAST]);
        }
        near.start(blocks, layout.near.len());
        self.own(range(0), next);
        near.take(0, next, &layout.near);
        for start in (0..blocks).step_by(ABREAST) {
            std::mem::swap(tile, next);
            self.own(range(start + ABREAST), next);
            near.take(start + ABREAST, next, &layout.near);
            near.fill(&mut tile[layout.own..]);
            tell(range(start), tile);
        }
    }

    /// Cuts a source, measures its blocks and works out their columns, blocks × [`width`].
    #[cfg(test)]
    pub(crate) fn extract(&mut self, source: &str, markup: Markup, tokens: Option<&TokenTable>) -> Vec<f32> {
        self.read(source, markup, tokens, Words::Kept);
        let mut rows = Vec::new();
        self.each_tile(&mut Tiles::default(), |blocks, tile| {
            (0..blocks.len()).for_each(|place| rows.extend(row(tile, place)));
        });
        rows
    }
}

/// The columns of the block at a place of a tile.
pub(crate) fn row(tile: &Tile, place: usize) -> impl Iterator<Item = f32> {
    tile.iter().map(move |column| column[place])
}

/// Share of `part` in `whole`, from 0 to 1; nothing of nothing is 0.
#[inline]
fn share(part: u32, whole: u32) -> f32 {
    if whole == 0 { 0.0 } else { part as f32 / whole as f32 }
}

/// `part / whole`; nothing of nothing is 0.
#[inline]
fn ratio(part: f32, whole: f32) -> f32 {
    if whole > 0.0 { part / whole } else { 0.0 }
}

/// `ln(1 + x)` of a number that is not negative.
#[inline]
fn log(x: f32) -> f32 {
    ln(1.0 + x)
}

/// `ln(1 + count)`.
#[inline]
fn log_count(count: impl Into<u32>) -> f32 {
    let count = count.into();
    LOGS.get(count as usize).copied().unwrap_or_else(|| log(count as f32))
}

/// What [`log_count`] says of small numbers, which most are.
static LOGS: [f32; 512] = {
    let (mut logs, mut count) = ([0.0; 512], 0);
    while count < logs.len() {
        logs[count] = ln(1.0 + count as f32);
        count += 1;
    }
    logs
};

/// The natural logarithm of a number above 0, within two units of its last place: arithmetic alone, so that it is the same
/// on every machine and a loop over blocks becomes vectors (fdlibm, `e_logf.c`).
#[inline]
const fn ln(x: f32) -> f32 {
    /// The bits of the root of one half: what is left of the number is from there to twice as much.
    const HALF_ROOT: u32 = 0x3f35_04f3;
    const ONE: u32 = 0x3f80_0000;
    let bits = x.to_bits().wrapping_add(ONE - HALF_ROOT);
    let exponent = ((bits >> 23) as i32 - 127) as f32;
    let rest = f32::from_bits((bits & 0x007f_ffff) + HALF_ROOT) - 1.0;
    let s = rest / (2.0 + rest);
    let z = s * s;
    let w = z * z;
    let odd = z * (0.666_666_6 + w * 0.284_987_87);
    let even = w * (0.400_009_72 + w * 0.242_790_79);
    let half = 0.5 * rest * rest;
    s * (half + odd + even) + exponent * 9.058_001e-6 - half + rest + exponent * 0.693_138_1
}

/// 1 for true, 0 for false.
#[inline]
fn flag(is: bool) -> f32 {
    f32::from(u8::from(is))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_columns_are_unique() {
        for markup in [Markup::Text, Markup::Html] {
            let mut names: Vec<String> = columns(markup).map(|(name, ..)| name).collect();
            assert_eq!(names.len(), width(markup));
            names.sort_unstable();
            names.dedup();
            assert_eq!(names.len(), width(markup));
        }
    }

    #[test]
    fn logarithms_are_those_of_the_standard_library() {
        assert_eq!(log(0.0), 0.0);
        for step in 0..200_000 {
            let x = (step as f32 / 5000.0).exp() - 0.999;
            let close = (ln(x) - x.ln()).abs() <= 2.0 * f32::EPSILON * x.ln().abs().max(1.0);
            assert!(close, "ln {x} is {} and not {}", ln(x), x.ln());
        }
    }

    #[test]
    fn columns_are_finite_on_odd_input() {
        let mut extractor = Extractor::default();
        for source in ["", "a", "\u{200b}", "|", "。。。", "a\n\n\nb\nc", "http://", "\u{301}\u{301}", "٣٤\n٣٤"]
        {
            for markup in [Markup::Text, Markup::Markdown, Markup::Html] {
                let rows = extractor.extract(source, markup, None);
                assert_eq!(rows.len(), extractor.cut.blocks.len() * width(markup));
                assert!(rows.iter().all(|value| value.is_finite()), "{source:?}");
            }
        }
    }

    #[test]
    fn neighbours_and_windows_are_those_of_the_document() {
        // A word in the first block, two in the second, up to the length of more than three tiles.
        for blocks in [1usize, 2, 31, 32, 33, 64, 100] {
            let source: String = (1..=blocks).map(|words| "a ".repeat(words) + "\n\n").collect();
            let rows = Extractor::default().extract(&source, Markup::Text, None);
            let names: Vec<String> = columns(Markup::Text).map(|(name, ..)| name).collect();
            let value = |block: usize, name: &str| {
                rows[block * names.len() + names.iter().position(|column| column == name).unwrap()]
            };
            let words = |block: i64| if (0..blocks as i64).contains(&block) { log(block as f32 + 1.0) } else { 0.0 };
            for block in 0..blocks {
                let at = block as i64;
                assert_eq!(value(block, "log_words"), words(at));
                for offset in OFFSETS {
                    assert_eq!(value(block, &format!("log_words@{offset:+}")), words(at + i64::from(offset)));
                }
                for [first, last] in WINDOWS {
                    let of = at + i64::from(first)..=at + i64::from(last);
                    let count = of.clone().filter(|other| (0..blocks as i64).contains(other)).count().max(1);
                    let mean = of.map(words).sum::<f32>() / count as f32;
                    let found = value(block, &format!("log_words@{first:+}..{last:+}"));
                    assert!(
                        (found - mean).abs() < 1e-5,
                        "{blocks} blocks, {block}, {first}..{last}: {found}, not {mean}"
                    );
                }
            }
        }
    }
}
