//! Growing trees: gradient boosting on binned columns (Friedman 2001; leaf-wise with histograms, Ke et al. 2017).
//! This module must not know documents.

use rayon::prelude::*;

use super::folds::Dice;
use super::recipe::TreeSettings;
use crate::model::sigmoid;
use crate::trees::Tree;

/// Values of a column are told apart by so many bins at most.
const BINS: usize = 64;
/// Rows of a column that its bins are taken from.
const BIN_ROWS: usize = 50_000;

/// What trees are grown on.
#[derive(Default)]
pub(super) struct TreeRows {
    /// rows × columns, row by row.
    pub(super) values: Vec<f32>,
    /// Whether each row is content.
    pub(super) content: Vec<bool>,
    /// How much each row counts.
    pub(super) weights: Vec<f32>,
}

/// Rows with each value as the number of its bin.
pub(super) struct Binned {
    /// One list of rows a column.
    codes: Vec<Vec<u8>>,
    /// The largest value of each bin but the last.
    edges: Vec<Vec<f32>>,
    content: Vec<bool>,
    weights: Vec<f32>,
}

impl Binned {
    /// Bins rows of so many columns.
    pub(super) fn new(rows: TreeRows, width: usize) -> Binned {
        let TreeRows { values, content, weights } = rows;
        let (edges, codes) = (0..width)
            .into_par_iter()
            .map(|column| {
                let values = || values.iter().skip(column).step_by(width).copied();
                let edges = edges(values());
                let code = |value: f32| edges.partition_point(|&edge| edge < value) as u8;
                let codes: Vec<u8> = values().map(code).collect();
                (edges, codes)
            })
            .unzip();
        Binned { codes, edges, content, weights }
    }

    /// Grows trees, each on what those before leave unexplained.
    pub(super) fn grow(&self, settings: TreeSettings, seed: u64) -> Vec<Tree> {
        let rows = self.content.len();
        let mut scores = vec![0.0f32; rows];
        let mut dice = Dice::new(seed);
        let mut trees = Vec::with_capacity(settings.count);
        for _ in 0..settings.count {
            let slopes: Vec<[f32; 2]> = scores
                .par_iter()
                .zip(&self.content)
                .zip(&self.weights)
                .map(|((&score, &content), &weight)| {
                    let p = sigmoid(score);
                    [weight * (p - f32::from(u8::from(content))), weight * p * (1.0 - p)]
                })
                .collect();
            let sample: Vec<u32> = (0..rows as u32).filter(|_| dice.share() < settings.rows).collect();
            let columns: Vec<u16> = (0..self.codes.len() as u16).filter(|_| dice.share() < settings.columns).collect();
            let grown = Growing { binned: self, slopes: &slopes, columns: &columns, settings }.grow(sample);
            scores.par_iter_mut().enumerate().for_each(|(row, score)| *score += grown.leaf(&self.codes, row));
            trees.push(grown.finish(&self.edges));
        }
        trees
    }
}

/// The largest values of the bins of a column but the last: a value that fills a bin has one of its own, the others share
/// what is left in steps of equal numbers of rows, so that rare values beside a crowd of zeros are told apart.
fn edges(values: impl Iterator<Item = f32>) -> Vec<f32> {
    let values: Vec<f32> = values.collect();
    let step = values.len().div_ceil(BIN_ROWS).max(1);
    let mut values: Vec<f32> = values.into_iter().step_by(step).collect();
    values.sort_unstable_by(f32::total_cmp);
    let runs: Vec<&[f32]> = values.chunk_by(|a, b| a == b).collect();
    let fills = |run: &[f32]| run.len() * BINS >= values.len();
    let (mut rows, mut bins) = (values.len(), BINS);
    for run in runs.iter().filter(|run| fills(run)) {
        (rows, bins) = (rows - run.len(), bins - 1);
    }
    let (mut edges, mut filled) = (Vec::new(), 0);
    for pair in runs.windows(2) {
        let (run, next) = (pair[0], pair[1]);
        if !fills(run) {
            filled += run.len();
        }
        if fills(run) || filled * bins >= rows || (fills(next) && 2 * filled * bins >= rows) {
            edges.push(run[0]);
            if filled > 0 {
                (rows, bins, filled) = (rows - filled, (bins - 1).max(1), 0);
            }
        }
    }
    edges.truncate(BINS - 1);
    edges
}

/// A tree whose questions are about bins.
#[derive(Default)]
struct Grown {
    column: Vec<u16>,
    bin: Vec<u8>,
    next: Vec<[i16; 2]>,
    leaf: Vec<f32>,
}

impl Grown {
    fn leaf(&self, codes: &[Vec<u8>], row: usize) -> f32 {
        let mut at = 0usize;
        if self.column.is_empty() {
            return self.leaf.first().copied().unwrap_or(0.0);
        }
        loop {
            let side = usize::from(codes[usize::from(self.column[at])][row] > self.bin[at]);
            match usize::try_from(self.next[at][side]) {
                Ok(next) => at = next,
                Err(_) => return self.leaf[(-1 - i32::from(self.next[at][side])) as usize],
            }
        }
    }

    fn finish(self, edges: &[Vec<f32>]) -> Tree {
        let at_most = self.column.iter().zip(&self.bin);
        let at_most = at_most.map(|(&column, &bin)| edges[usize::from(column)][usize::from(bin)]).collect();
        Tree { column: self.column, at_most, next: self.next, leaf: self.leaf }
    }
}

/// Sums of slope, curvature and rows of a bin; the last is unused, so that a bin fills whole registers.
type Bin = [f64; 4];

/// Rows side by side are added to histograms of their own: most rows of a column share a bin, and each sum would wait for
/// the one before.
const LANES: usize = 4;

/// A leaf that may be split.
struct Leaf {
    rows: Vec<u32>,
    /// columns × bins.
    histogram: Vec<Bin>,
    total: Bin,
    best: Option<Split>,
    /// The question that leads here, and on which side.
    parent: Option<(usize, usize)>,
}

#[derive(Clone, Copy)]
struct Split {
    gain: f64,
    column: u16,
    bin: u8,
}

struct Growing<'g> {
    binned: &'g Binned,
    slopes: &'g [[f32; 2]],
    columns: &'g [u16],
    settings: TreeSettings,
}

impl Growing<'_> {
    fn grow(&self, rows: Vec<u32>) -> Grown {
        let mut tree = Grown::default();
        let histogram = self.histogram(&rows);
        let mut leaves = vec![self.leaf(rows, histogram, None)];
        while leaves.len() < self.settings.leaves {
            let gain = |leaf: &Leaf| leaf.best.map_or(0.0, |split| split.gain);
            let Some(at) = (0..leaves.len()).max_by(|&a, &b| gain(&leaves[a]).total_cmp(&gain(&leaves[b]))) else {
                break;
            };
            let Some(split) = leaves[at].best.filter(|split| split.gain > 0.0) else { break };
            let leaf = leaves.swap_remove(at);
            let question = tree.column.len();
            tree.column.push(split.column);
            tree.bin.push(split.bin);
            tree.next.push([0, 0]);
            if let Some((parent, side)) = leaf.parent {
                tree.next[parent][side] = question as i16;
            }
            leaves.extend(self.split(leaf, split, question));
        }
        for leaf in leaves {
            let value = -leaf.total[0] / (leaf.total[1] + self.settings.l2) * self.settings.rate;
            tree.leaf.push(value as f32);
            if let Some((parent, side)) = leaf.parent {
                tree.next[parent][side] = -(tree.leaf.len() as i16);
            }
        }
        tree
    }

    fn leaf(&self, rows: Vec<u32>, histogram: Vec<Bin>, parent: Option<(usize, usize)>) -> Leaf {
        let mut total = Bin::default();
        for &row in &rows {
            add(&mut total, bin(self.slopes[row as usize]));
        }
        let best = self.best(&histogram, total);
        Leaf { rows, histogram, total, best, parent }
    }

    /// Both halves of a leaf; the histogram of the larger one is what the smaller one leaves.
    fn split(&self, leaf: Leaf, split: Split, question: usize) -> [Leaf; 2] {
        let codes = &self.binned.codes[usize::from(split.column)];
        let (left, right): (Vec<u32>, Vec<u32>) = leaf.rows.iter().partition(|&&row| codes[row as usize] <= split.bin);
        let (small, large) = if left.len() <= right.len() { (&left, &right) } else { (&right, &left) };
        debug_assert!(small.len() <= large.len());
        let of_small = self.histogram(small);
        let mut of_large = leaf.histogram;
        for (bin, less) in of_large.iter_mut().zip(&of_small) {
            bin.iter_mut().zip(less).for_each(|(sum, less)| *sum -= less);
        }
        let (of_left, of_right) = if left.len() <= right.len() { (of_small, of_large) } else { (of_large, of_small) };
        [self.leaf(left, of_left, Some((question, 0))), self.leaf(right, of_right, Some((question, 1)))]
    }

    fn histogram(&self, rows: &[u32]) -> Vec<Bin> {
        let mut histogram = vec![Bin::default(); self.columns.len() * BINS];
        let slopes: Vec<[f32; 2]> = rows.iter().map(|&row| self.slopes[row as usize]).collect();
        histogram.par_chunks_mut(BINS).zip(self.columns).for_each(|(bins, &column)| {
            let codes = &self.binned.codes[usize::from(column)];
            let mut lanes = [[Bin::default(); BINS]; LANES];
            for (rows, slopes) in rows.chunks(LANES).zip(slopes.chunks(LANES)) {
                for ((&row, &slopes), lane) in rows.iter().zip(slopes).zip(&mut lanes) {
                    add(&mut lane[usize::from(codes[row as usize]) % BINS], bin(slopes));
                }
            }
            for lane in lanes {
                bins.iter_mut().zip(lane).for_each(|(bin, sums)| add(bin, sums));
            }
        });
        histogram
    }

    /// The split that lowers the loss most.
    fn best(&self, histogram: &[Bin], total: Bin) -> Option<Split> {
        let worth = |sums: Bin| sums[0] * sums[0] / (sums[1] + self.settings.l2);
        let least = self.settings.least_rows as f64;
        let mut best: Option<Split> = None;
        for (bins, &column) in histogram.chunks(BINS).zip(self.columns) {
            let mut left = Bin::default();
            for (bin, sums) in bins.iter().enumerate().take(self.binned.edges[usize::from(column)].len()) {
                add(&mut left, *sums);
                let right: Bin = std::array::from_fn(|what| total[what] - left[what]);
                if left[2] < least || right[2] < least {
                    continue;
                }
                let gain = worth(left) + worth(right) - worth(total);
                if best.is_none_or(|best| gain > best.gain) {
                    best = Some(Split { gain, column, bin: bin as u8 });
                }
            }
        }
        best
    }
}

/// What a row adds to its bin.
fn bin([slope, curvature]: [f32; 2]) -> Bin {
    [f64::from(slope), f64::from(curvature), 1.0, 0.0]
}

fn add(sums: &mut Bin, others: Bin) {
    (0..sums.len()).for_each(|what| sums[what] += others[what]);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trees::TreeFile;

    #[test]
    fn trees_learn_what_columns_say_together() {
        let mut dice = Dice::new(3);
        let values: Vec<f32> = (0..3 * 4000).map(|_| dice.share() as f32).collect();
        let content = values.chunks(3).map(|row| (row[0] > 0.5) != (row[1] > 0.5)).collect();
        let settings = TreeSettings { count: 20, leaves: 8, rate: 0.3, rows: 0.7, least_rows: 20, l2: 1.0, ..ALL };
        let trees = Binned::new(TreeRows { values, content, weights: vec![1.0; 4000] }, 3).grow(settings, 1);
        let names = ["a", "b", "c"].map(str::to_owned);
        let forest = TreeFile { columns: names.to_vec(), trees, weight: 1.0 }.bind(&names).unwrap();
        for (row, expected) in [([0.2, 0.8, 0.5], true), ([0.8, 0.8, 0.5], false), ([0.2, 0.2, 0.5], false)] {
            let mut score = [0.0];
            forest.add_to(&mut score, &row, 3);
            assert_eq!(score[0] > 0.0, expected, "{row:?}");
        }
    }

    /// One tree that sees everything.
    const ALL: TreeSettings = TreeSettings {
        count: 1,
        leaves: 2,
        rate: 1.0,
        rows: 1.0,
        columns: 1.0,
        least_rows: 1,
        l2: 0.0,
        sample: 0,
        weight: None,
    };

    #[test]
    fn rows_count_as_much_as_they_weigh() {
        let rows = TreeRows { values: vec![0.0; 2], content: vec![true, false], weights: vec![3.0, 1.0] };
        assert_eq!(Binned::new(rows, 1).grow(ALL, 1)[0].leaf, [1.0]);
    }

    #[test]
    fn bins_keep_rare_values_apart() {
        let mut values = vec![0.0; 1000];
        values.push(1.0);
        assert_eq!(edges(values.into_iter()), [0.0]);
        assert!(edges(std::iter::repeat_n(2.0, 10)).is_empty());
        // Two values fill bins of their own, and the hundred others are not thrown together for that.
        let crowds = [0.0, 1.0].into_iter().flat_map(|value| std::iter::repeat_n(value, 5000));
        let edges = edges(crowds.chain((2..102).map(|value| value as f32)));
        assert!(edges.len() > 40 && edges.len() < BINS && edges[..2] == [0.0, 1.0], "{edges:?}");
    }
}
