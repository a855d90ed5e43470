//! Columns of neighbours: values of the blocks around a block, and means over them.
//! This module must not know what the columns mean.

use super::{ABREAST, Tile};
use crate::vectors::with_wide_vectors;

/// Neighbours whose values are columns, in blocks from the block itself; 0 where there is none.
pub(crate) const OFFSETS: [i32; 6] = [-3, -2, -1, 1, 2, 3];
/// Windows whose means are columns: the first and the last block, from the block itself; 0 where there is none.
pub(crate) const WINDOWS: [[i32; 2]; 7] = [[-2, 2], [-5, 5], [-12, 12], [-5, -1], [-12, -1], [1, 5], [1, 12]];

/// Columns of neighbours for each feature that has them.
pub(super) const COUNT: usize = OFFSETS.len() + WINDOWS.len();

/// Blocks that are known at a time: those of the tile, of the one before and of the one after.
const KNOWN: usize = 3 * ABREAST;

/// The place of a neighbour of the tile's first block, among what is known.
const fn place(offset: i32) -> usize {
    (ABREAST as i32 + offset) as usize
}

/// Whether some window of the tile's first block begins or ends before each place.
const EDGES: [bool; KNOWN] = {
    let (mut edges, mut window) = ([false; KNOWN], 0);
    while window < WINDOWS.len() {
        let [first, last] = WINDOWS[window];
        // No window reaches further than the tiles that are known.
        assert!(-first <= ABREAST as i32 && last < ABREAST as i32);
        edges[place(first)] = true;
        edges[place(last + 1)] = true;
        window += 1;
    }
    edges
};

/// How many edges stand before a place.
const fn edges_before(place: usize) -> usize {
    let (mut count, mut at) = (0, 0);
    while at < place {
        count += EDGES[at] as usize;
        at += 1;
    }
    count
}

/// What lies between edges is summed once: the places of each stretch.
const STRETCHES: [[usize; 2]; edges_before(KNOWN) - 1] = {
    let (mut stretches, mut at) = ([[0; 2]; edges_before(KNOWN) - 1], 0);
    while at < KNOWN {
        let number = edges_before(at);
        if EDGES[at] && number < stretches.len() {
            stretches[number][0] = at;
        }
        if EDGES[at] && number > 0 {
            stretches[number - 1][1] = at;
        }
        at += 1;
    }
    stretches
};

/// The stretches of each window.
const PARTS: [[usize; 2]; WINDOWS.len()] = {
    let (mut parts, mut window) = ([[0; 2]; WINDOWS.len()], 0);
    while window < WINDOWS.len() {
        let [first, last] = WINDOWS[window];
        parts[window] = [edges_before(place(first)), edges_before(place(last + 1))];
        window += 1;
    }
    parts
};

/// Values of one feature, 0 where there is no block.
type Around = [f32; KNOWN];

/// Puts the columns of neighbours beside the own columns of tiles, which come in order.
#[derive(Default)]
pub(super) struct Near {
    around: Vec<Around>,
    /// Blocks of the document.
    blocks: usize,
    /// The first block of the last tile that was taken.
    start: usize,
}

impl Near {
    /// Begins a document of so many blocks, for so many features.
    pub(super) fn start(&mut self, blocks: usize, features: usize) {
        self.around.clear();
        self.around.resize(features, [0.0; KNOWN]);
        (self.blocks, self.start) = (blocks, 0);
    }

    /// Takes the own columns of the next tile, which begins at a block; what stands behind the last block is left out.
    /// `places` are those of the features that have neighbours.
    pub(super) fn take(&mut self, start: usize, own: &Tile, places: &[usize]) {
        self.start = start;
        let there = self.blocks.saturating_sub(start).min(ABREAST);
        for (around, &place) in self.around.iter_mut().zip(places) {
            around.copy_within(ABREAST.., 0);
            let values = &mut around[2 * ABREAST..];
            values.copy_from_slice(&own[place]);
            values[there..].fill(0.0);
        }
    }

    /// Puts the columns of the tile before the last that was taken into `columns`: offset by offset, window by window,
    /// each of them feature by feature.
    pub(super) fn fill(&self, columns: &mut Tile) {
        let shares = self.shares();
        with_wide_vectors(
            #[inline(always)]
            || {
                let features = self.around.len();
                for (feature, around) in self.around.iter().enumerate() {
                    for (at, offset) in OFFSETS.iter().enumerate() {
                        columns[at * features + feature].copy_from_slice(&around[place(*offset)..][..ABREAST]);
                    }
                    // `map` of an array would be a function of its own, without the wide vectors.
                    let mut sums = [[0.0; ABREAST]; STRETCHES.len()];
                    for (kept, [from, to]) in sums.iter_mut().zip(STRETCHES) {
                        let mut sum = [0.0; ABREAST];
                        (from..to).for_each(|at| add(&mut sum, &around[at..]));
                        *kept = sum;
                    }
                    for (at, ([from, to], shares)) in PARTS.iter().zip(&shares).enumerate() {
                        let mut sum = [0.0; ABREAST];
                        sums[*from..*to].iter().for_each(|part| add(&mut sum, part));
                        sum.iter_mut().zip(shares).for_each(|(sum, share)| *sum *= share);
                        columns[(OFFSETS.len() + at) * features + feature] = sum;
                    }
                }
            },
        );
    }

    /// One over the number of blocks in each window around each block of the tile.
    fn shares(&self) -> [[f32; ABREAST]; WINDOWS.len()] {
        let tile = self.start as i64 - ABREAST as i64;
        WINDOWS.map(|[first, last]| {
            std::array::from_fn(|place| {
                let block = tile + place as i64;
                let (from, to) =
                    ((block + i64::from(first)).max(0), (block + i64::from(last) + 1).min(self.blocks as i64));
                1.0 / (to - from).max(1) as f32
            })
        })
    }
}

/// Adds to each sum the value at its place.
#[inline(always)]
fn add(sums: &mut [f32; ABREAST], values: &[f32]) {
    sums.iter_mut().zip(&values[..ABREAST]).for_each(|(sum, value)| *sum += value);
}
