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

        pub(super) const FILL: crate::features::Fill = crate::features::Fill { row: fill, tile: fill };

        /// Puts the value of each feature for a block into its place of `columns`, features × blocks abreast.
        #[inline]
        fn fill<const ABREAST: usize>(
            row: &crate::features::Row<'_>,
            place: usize,
            columns: &mut [[f32; ABREAST]],
        ) {
            // As many columns as rows, so that none of them is checked for.
            let Some(columns) = columns.first_chunk_mut::<{ FEATURES.len() }>() else { return };
            let (place, mut columns) = (place % ABREAST, columns.iter_mut());
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
pub(crate) const ABREAST: usize = 32;

/// The own columns of up to [`ABREAST`] blocks: columns × blocks.
pub(crate) type Tile = [[f32; ABREAST]];

/// What fills in the values of a family: of a block, as a row, or at a place of a tile.
struct Fill {
    row: fn(&Row<'_>, usize, &mut [[f32; 1]]),
    tile: fn(&Row<'_>, usize, &mut Tile),
}

/// The families: their rows, and what fills in their values.
type Family = (&'static str, &'static [Feature], Fill);

/// Families of every markup.
const FAMILIES: &[Family] = &[
    ("shape", shape::FEATURES, shape::FILL),
    ("links", links::FEATURES, links::FILL),
    ("appeal", appeal::FEATURES, appeal::FILL),
    ("person", person::FEATURES, person::FILL),
    ("position", position::FEATURES, position::FILL),
    ("surroundings", surroundings::FEATURES, surroundings::FILL),
    ("totals", totals::FEATURES, totals::FILL),
    ("crosses", crosses::FEATURES, crosses::FILL),
];

/// Families that pages have besides.
#[cfg(feature = "html")]
const PAGE_FAMILIES: &[Family] = &[
    ("structure", structure::FEATURES, structure::FILL),
    ("containers", containers::FEATURES, containers::FILL),
    ("templates", templates::FEATURES, templates::FILL),
    ("headings", headings::FEATURES, headings::FILL),
    ("pages", pages::FEATURES, pages::FILL),
];
#[cfg(not(feature = "html"))]
const PAGE_FAMILIES: &[Family] = &[];

/// The families of a markup: those of every markup come first.
fn families(markup: Markup) -> impl Iterator<Item = &'static Family> {
    let own = if markup == Markup::Html { PAGE_FAMILIES } else { &[] };
    FAMILIES.iter().chain(own)
}

/// How many features a markup has; their own columns come first.
pub(crate) fn count(markup: Markup) -> usize {
    families(markup).map(|(_, rows, _)| rows.len()).sum()
}

/// Neighbours whose values are columns, in blocks from the block itself.
pub(crate) const OFFSETS: [i32; 6] = [-3, -2, -1, 1, 2, 3];
/// Windows whose means are columns: this many blocks to either side.
pub(crate) const WINDOWS: [usize; 3] = [2, 5, 12];

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
    /// The mean over this many blocks to either side.
    Window(usize),
}

/// The columns of a markup in this build, in order: name, feature, reach.
pub fn columns(markup: Markup) -> impl Iterator<Item = (String, &'static Feature, Reach)> {
    let own = features(markup).map(|(_, feature)| (feature.name.to_owned(), feature, Reach::Own));
    let offsets = OFFSETS.iter().flat_map(move |&offset| {
        near(markup).map(move |feature| (format!("{}@{offset:+}", feature.name), feature, Reach::Offset(offset)))
    });
    let windows = WINDOWS.iter().flat_map(move |&reach| {
        near(markup).map(move |feature| (format!("{}~{reach}", feature.name), feature, Reach::Window(reach)))
    });
    own.chain(offsets).chain(windows)
}

fn near(markup: Markup) -> impl Iterator<Item = &'static Feature> {
    features(markup).map(|(_, feature)| feature).filter(move |feature| has_near(feature, markup))
}

/// Whether neighbours' values and means over windows are columns. Pages have none: their trees ask what stands around a
/// block in the tree of the page, and neighbours added nothing to that.
fn has_near(feature: &Feature, markup: Markup) -> bool {
    feature.near && markup != Markup::Html
}

/// Places of the features among the own columns that neighbours have too.
pub(crate) fn near_places(markup: Markup) -> Vec<usize> {
    let rows = features(markup).enumerate();
    rows.filter(|(_, (_, row))| has_near(row, markup)).map(|(place, _)| place).collect()
}

/// How many columns a markup has.
pub(crate) fn width(markup: Markup) -> usize {
    count(markup) + near(markup).count() * (OFFSETS.len() + WINDOWS.len())
}

/// Buffers of the extraction, reused from document to document.
#[derive(Default)]
pub(crate) struct Extractor {
    pub(crate) cut: Cut,
    pub(crate) measures: Measures,
    places: Places,
    #[cfg(feature = "html")]
    dom: dom::Dom,
    /// Features of a block, and which of them neighbours have too: of the markup last seen.
    width: usize,
    near: Vec<usize>,
    markup: Option<Markup>,
    /// blocks × features, of all blocks; empty until they are asked for.
    own: Vec<f32>,
    /// blocks + 1 × near features: sums over the blocks before.
    sums: Vec<f64>,
}

impl Extractor {
    /// Cuts a source, measures its blocks and works out their features; [`Extractor::columns`] then gives the rows.
    #[cfg(any(test, feature = "train"))]
    pub(crate) fn extract(&mut self, source: &str, markup: Markup, words: Option<&TokenTable>) {
        self.read(source, markup, words, Words::Kept);
        self.fill();
    }

    /// Cuts a source, measures its blocks and finds their places; [`Extractor::rows`] then gives their own columns, and
    /// after [`Extractor::fill`] there are the rows of all columns.
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
        if self.markup != Some(markup) {
            (self.width, self.near, self.markup) = (count(markup), near_places(markup), Some(markup));
        }
        self.own.clear();
        self.sums.clear();
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

    /// Puts the own columns of some blocks into `rows`, blocks × features.
    pub(crate) fn rows(&self, blocks: Range<usize>, rows: &mut Vec<f32>) {
        // Every place is written to, so what they held does not matter.
        rows.resize(self.width * blocks.len(), 0.0);
        for (block, values) in blocks.zip(rows.chunks_exact_mut(self.width)) {
            let (row, mut rest) = (self.row(block), values.as_chunks_mut().0);
            for (_, features, fill) in families(self.markup.unwrap_or_default()) {
                let (family, after) = rest.split_at_mut(features.len());
                (fill.row)(&row, 0, family);
                rest = after;
            }
        }
    }

    /// Puts the own columns of up to [`ABREAST`] blocks into `tile`, a column each feature; what stands in the
    /// places of the blocks that are missing has no meaning.
    pub(crate) fn tile(&self, blocks: Range<usize>, tile: &mut Vec<[f32; ABREAST]>) {
        tile.resize(self.width, [0.0; ABREAST]);
        let mut rest = &mut tile[..];
        // Family by family: the code of all of them does not fit into the first cache.
        for (_, features, fill) in families(self.markup.unwrap_or_default()) {
            let (family, after) = rest.split_at_mut(features.len());
            for (place, block) in blocks.clone().take(ABREAST).enumerate() {
                (fill.tile)(&self.row(block), place, family);
            }
            rest = after;
        }
    }

    /// Works out the own columns of all blocks, and what [`Extractor::columns`] makes those of neighbours of: three
    /// thousand bytes a block, so scoring does without.
    pub(crate) fn fill(&mut self) {
        let mut own = std::mem::take(&mut self.own);
        self.rows(0..self.cut.blocks.len(), &mut own);
        self.own = own;
        self.sum();
    }

    fn sum(&mut self) {
        let near = self.near.len();
        self.sums.clear();
        self.sums.resize(near, 0.0);
        for values in self.own.chunks_exact(self.width) {
            let before = self.sums.len() - near;
            for (at, &index) in self.near.iter().enumerate() {
                let sum = self.sums[before + at] + f64::from(values[index]);
                self.sums.push(sum);
            }
        }
    }

    /// The blocks' own columns after [`Extractor::fill`], blocks × the width that is given with them.
    #[cfg(feature = "train")]
    pub(crate) fn own(&self) -> (&[f32], usize) {
        (&self.own, self.width)
    }

    /// Puts the columns of a block into `columns`, which has [`width`] places, after [`Extractor::fill`].
    pub(crate) fn columns(&self, block: usize, columns: &mut [f32]) {
        let width = self.width;
        let blocks = self.own.len() / width;
        let near = self.near.len();
        let (own, mut rest) = columns.split_at_mut(width);
        own.copy_from_slice(&self.own[block * width..(block + 1) * width]);
        for offset in OFFSETS {
            let (part, after) = rest.split_at_mut(near);
            match block.checked_add_signed(offset as isize).filter(|&other| other < blocks) {
                Some(other) => {
                    let values = &self.own[other * width..(other + 1) * width];
                    part.iter_mut().zip(&self.near).for_each(|(value, &index)| *value = values[index]);
                }
                None => part.fill(0.0),
            }
            rest = after;
        }
        for reach in WINDOWS {
            let (part, after) = rest.split_at_mut(near);
            let (from, to) = (block.saturating_sub(reach), (block + reach + 1).min(blocks));
            let (low, high) = (&self.sums[from * near..(from + 1) * near], &self.sums[to * near..(to + 1) * near]);
            for ((value, low), high) in part.iter_mut().zip(low).zip(high) {
                *value = ((high - low) / (to - from) as f64) as f32;
            }
            rest = after;
        }
    }
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

/// The natural logarithm of a number above 0, within two units of its last place: arithmetic alone, so that it is the same
/// on every machine and a loop over blocks becomes vectors (fdlibm, `e_logf.c`).
#[inline]
fn ln(x: f32) -> f32 {
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
                let mut columns = vec![0.0; width(markup)];
                extractor.extract(source, markup, None);
                for block in 0..extractor.cut.blocks.len() {
                    extractor.columns(block, &mut columns);
                    assert!(columns.iter().all(|value| value.is_finite()), "{source:?}");
                }
            }
        }
    }

    #[test]
    fn a_tile_holds_the_rows_of_its_blocks() {
        let source = "<p>The ferry left at nine, and nobody was on it.</p><li>Home</li>".repeat(20);
        let mut extractor = Extractor::default();
        extractor.read(&source, Markup::Html, None, Words::Kept);
        let (mut rows, mut tile) = (Vec::new(), Vec::new());
        for blocks in [0..32, 32..40] {
            extractor.rows(blocks.clone(), &mut rows);
            extractor.tile(blocks, &mut tile);
            for (place, row) in rows.chunks_exact(extractor.width).enumerate() {
                assert!(row.iter().zip(&tile).all(|(value, column)| *value == column[place]), "{place}");
            }
        }
    }

    #[test]
    fn neighbours_and_windows_are_those_of_the_document() {
        let source = "a b c d\n\ne f\n\ng";
        let mut extractor = Extractor::default();
        extractor.extract(source, Markup::Text, None);
        let mut values = vec![0.0; width(Markup::Text)];
        extractor.columns(1, &mut values);
        let value = |name: &str| values[columns(Markup::Text).position(|(column, ..)| column == name).unwrap()];
        assert_eq!(value("present@-1"), 1.0);
        assert_eq!(value("present@-2"), 0.0);
        let words: Vec<f32> = [4.0, 2.0, 1.0].into_iter().map(log).collect();
        assert_eq!(value("log_words@-1"), words[0]);
        assert!((value("log_words~2") - words.iter().sum::<f32>() / 3.0).abs() < 1e-6);
    }
}
