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

/// No window reaches further than the tiles that are known.
const _: () = {
    let mut window = 0;
    while window < WINDOWS.len() {
        let [first, last] = WINDOWS[window];
        assert!(first <= last && -first <= ABREAST as i32 && last < ABREAST as i32);
        window += 1;
    }
};

/// What is known of one feature: its values, 0 where there is no block, and their sums over all blocks before.
#[derive(Clone)]
struct Around {
    values: [f32; KNOWN],
    sums: [f64; KNOWN + 1],
}

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
        let nothing = Around { values: [0.0; KNOWN], sums: [0.0; KNOWN + 1] };
        self.around.clear();
        self.around.resize(features, nothing);
        (self.blocks, self.start) = (blocks, 0);
    }

    /// Takes the own columns of the next tile, which begins at a block; what stands behind the last block is left out.
    /// `places` are those of the features that have neighbours.
    pub(super) fn take(&mut self, start: usize, own: &Tile, places: &[usize]) {
        self.start = start;
        let there = self.blocks.saturating_sub(start).min(ABREAST);
        for (around, &place) in self.around.iter_mut().zip(places) {
            around.values.copy_within(ABREAST.., 0);
            around.sums.copy_within(ABREAST.., 0);
            let (values, sums) = (&mut around.values[2 * ABREAST..], &mut around.sums[2 * ABREAST..]);
            values.fill(0.0);
            values[..there].copy_from_slice(&own[place][..there]);
            for at in 0..ABREAST {
                sums[at + 1] = sums[at] + f64::from(values[at]);
            }
        }
    }

    /// Puts the columns of the tile before the last that was taken into `columns`: offset by offset, window by window,
    /// each of them feature by feature.
    pub(super) fn fill(&self, columns: &mut Tile) {
        let shares = self.shares();
        with_wide_vectors(
            #[inline(always)]
            || {
                let (offsets, windows) = columns.split_at_mut(OFFSETS.len() * self.around.len());
                for (offset, columns) in OFFSETS.iter().zip(offsets.chunks_exact_mut(self.around.len())) {
                    let from = (ABREAST as i32 + offset) as usize;
                    for (around, column) in self.around.iter().zip(columns) {
                        column.copy_from_slice(&around.values[from..from + ABREAST]);
                    }
                }
                let windows = windows.chunks_exact_mut(self.around.len());
                for (([first, last], shares), columns) in WINDOWS.iter().zip(&shares).zip(windows) {
                    let (from, to) = ((ABREAST as i32 + first) as usize, (ABREAST as i32 + last) as usize + 1);
                    for (around, column) in self.around.iter().zip(columns) {
                        let (low, high) = (&around.sums[from..from + ABREAST], &around.sums[to..to + ABREAST]);
                        for place in 0..ABREAST {
                            column[place] = ((high[place] - low[place]) * shares[place]) as f32;
                        }
                    }
                }
            },
        );
    }

    /// One over the number of blocks in each window around each block of the tile.
    fn shares(&self) -> [[f64; ABREAST]; WINDOWS.len()] {
        let tile = self.start as i64 - ABREAST as i64;
        WINDOWS.map(|[first, last]| {
            std::array::from_fn(|place| {
                let block = tile + place as i64;
                let (from, to) =
                    ((block + i64::from(first)).max(0), (block + i64::from(last) + 1).min(self.blocks as i64));
                1.0 / (to - from).max(1) as f64
            })
        })
    }
}
