//! Trees: what the columns say together. Each tree asks a few questions and adds a number to the score.
//! This module must not know how trees are grown.
//!
//! All questions of a tree are asked of every block, and each answer strikes out the leaves that it rules out: the
//! first leaf that is left is the block's (QuickScorer; Lucchese et al. 2015). There is nothing to branch on, so that
//! many blocks are asked at once.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use crate::features::{ABREAST, Tile};
use crate::vectors::{self, Table};

/// Trees as they stand in a model file: rows of numbers, one row a tree.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TreeFile {
    /// Names of the columns that are asked for.
    pub columns: Vec<String>,
    /// The trees.
    pub trees: Vec<Tree>,
    /// What the sum of the trees is multiplied by, before it is added to that of the columns.
    pub weight: f32,
}

/// A tree: questions and leaves.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Tree {
    /// Column of each question, by its place in [`TreeFile::columns`].
    pub column: Vec<u16>,
    /// A value up to this goes on to the left.
    pub at_most: Vec<f32>,
    /// Next question on the left and on the right; below 0 it is a leaf: `-1` the first, `-2` the second.
    pub next: Vec<[i16; 2]>,
    /// What each leaf adds, log-odds.
    pub leaf: Vec<f32>,
}

/// Most leaves of a tree.
pub(crate) const MOST_LEAVES: usize = 32;

/// Trees bound to the columns of this build.
#[derive(Clone, Debug, Default)]
pub(crate) struct Forest {
    questions: Vec<Question>,
    /// Leaves of each tree from left to right.
    leaves: Vec<[f32; MOST_LEAVES]>,
    /// Where the questions of each tree end.
    ends: Vec<u32>,
    weight: f32,
}

#[derive(Clone, Copy, Debug)]
struct Question {
    /// By its place in a row.
    column: u32,
    /// A larger value strikes out the leaves on the left.
    at_most: f32,
    /// All leaves but those on the left, as bits.
    not_left: u32,
    /// The leaves below.
    below: u32,
}

impl Tree {
    /// Whether every question leads on to later ones or to leaves, none of them twice, and asks for a column.
    fn is_sound(&self, columns: usize) -> bool {
        let count = self.column.len();
        let mut seen = vec![false; count + self.leaf.len()];
        let mut leads_on = |at: usize, next: i16| {
            let target = match usize::try_from(next) {
                Ok(question) if question > at && question < count => question,
                Ok(_) => return false,
                Err(_) => count + leaf_of(next),
            };
            seen.get_mut(target).is_some_and(|seen| !std::mem::replace(seen, true))
        };
        (1..=MOST_LEAVES).contains(&self.leaf.len())
            && self.leaf.len() == count + 1
            && self.at_most.len() == count
            && self.next.len() == count
            && self.column.iter().all(|&column| usize::from(column) < columns)
            && (0..count).all(|at| self.next[at].iter().all(|&next| leads_on(at, next)))
    }
}

/// Place of the leaf that a number below 0 stands for.
fn leaf_of(next: i16) -> usize {
    (-1 - i32::from(next)) as usize
}

impl TreeFile {
    /// Binds the trees to columns by name; the names that are unknown are the error.
    pub(crate) fn bind(&self, columns: &[String]) -> Result<Forest, Vec<String>> {
        let places: HashMap<&str, u32> =
            columns.iter().enumerate().map(|(at, name)| (name.as_str(), at as u32)).collect();
        let unknown: Vec<String> =
            self.columns.iter().filter(|name| !places.contains_key(name.as_str())).cloned().collect();
        if !unknown.is_empty() {
            return Err(unknown);
        }
        if !self.trees.iter().all(|tree| tree.is_sound(self.columns.len())) {
            return Err(vec!["trees that lead nowhere".to_owned()]);
        }
        let columns: Vec<u32> = self.columns.iter().map(|name| places[name.as_str()]).collect();
        let mut forest = Forest { weight: self.weight, ..Forest::default() };
        self.trees.iter().for_each(|tree| forest.add(tree, &columns));
        Ok(forest)
    }
}

impl Forest {
    fn add(&mut self, tree: &Tree, columns: &[u32]) {
        let mut leaves = Vec::with_capacity(MOST_LEAVES);
        if tree.column.is_empty() {
            leaves.extend(&tree.leaf);
        } else {
            self.add_question(tree, 0, columns, &mut leaves);
        }
        leaves.resize(MOST_LEAVES, 0.0);
        let mut numbers = [0.0; MOST_LEAVES];
        numbers.copy_from_slice(&leaves);
        self.leaves.push(numbers);
        self.ends.push(self.questions.len() as u32);
    }

    /// Adds a question and what is below it; gives the leaves below it as bits.
    fn add_question(&mut self, tree: &Tree, at: usize, columns: &[u32], leaves: &mut Vec<f32>) -> u32 {
        let place = self.questions.len();
        let (column, at_most) = (columns[usize::from(tree.column[at])], tree.at_most[at]);
        self.questions.push(Question { column, at_most, not_left: 0, below: 0 });
        let [left, right] = tree.next[at].map(|next| match usize::try_from(next) {
            Ok(question) => self.add_question(tree, question, columns, leaves),
            Err(_) => {
                leaves.push(tree.leaf[leaf_of(next)]);
                1 << (leaves.len() - 1)
            }
        });
        (self.questions[place].not_left, self.questions[place].below) = (!left, left | right);
        left | right
    }

    /// Adds what the trees say of each row to its score, log-odds. Rows are `width` columns wide.
    #[cfg(test)]
    pub(crate) fn add_to(&self, scores: &mut [f32], rows: &[f32], width: usize) {
        if self.ends.is_empty() {
            return;
        }
        let mut tile = vec![[0.0; ABREAST]; width];
        for (scores, rows) in scores.chunks_mut(ABREAST).zip(rows.chunks(ABREAST * width)) {
            for (place, row) in rows.chunks_exact(width).enumerate() {
                tile.iter_mut().zip(row).for_each(|(column, value)| column[place] = *value);
            }
            self.add_tile(&tile, scores);
        }
    }

    /// Adds what the trees say of the first blocks of a tile to their scores, log-odds.
    pub(crate) fn add_tile(&self, tile: &Tile, scores: &mut [f32]) {
        match scores.len().div_ceil(16) {
            ..=1 => vectors::run(Ask::<16> { forest: self, tile, scores }),
            2 => vectors::run(Ask::<32> { forest: self, tile, scores }),
            3 => vectors::run(Ask::<48> { forest: self, tile, scores }),
            _ => vectors::run(Ask::<ABREAST> { forest: self, tile, scores }),
        }
    }

    /// Questions and leaves, tree by tree.
    #[inline(always)]
    fn trees(&self) -> impl Iterator<Item = (&[Question], &[f32; MOST_LEAVES])> {
        let mut start = 0;
        self.ends.iter().zip(&self.leaves).map(move |(&end, leaves)| {
            let questions = &self.questions[start as usize..end as usize];
            start = end;
            (questions, leaves)
        })
    }

    /// Calls `share` with each column that the trees asked for and its part of what they add: the number of a leaf is
    /// shared evenly by the questions that led to it.
    pub(crate) fn shares(&self, row: &[f32], mut share: impl FnMut(usize, f32)) {
        for (questions, leaves) in self.trees() {
            let column = |question: &Question| question.column as usize;
            let is_above = |question: &&Question| row[column(question)] > question.at_most;
            let left = questions.iter().filter(is_above).fold(u32::MAX, |left, question| left & question.not_left);
            let (leaf, bit) = (leaves[first(left)], 1u32 << first(left));
            let led: Vec<usize> = questions.iter().filter(|question| question.below & bit != 0).map(column).collect();
            for &column in &led {
                share(column, self.weight * leaf / led.len() as f32);
            }
        }
    }
}

/// Asks all trees of the first blocks of a tile.
struct Ask<'a, const BLOCKS: usize> {
    forest: &'a Forest,
    tile: &'a Tile,
    scores: &'a mut [f32],
}

impl<const BLOCKS: usize> vectors::Loop for Ask<'_, BLOCKS> {
    #[inline(always)]
    fn run(self, table: impl Table) {
        let mut sums = [0.0; BLOCKS];
        for (questions, leaves) in self.forest.trees() {
            let mut left = [u32::MAX; BLOCKS];
            for question in questions {
                let Some(values) = self.tile[question.column as usize].first_chunk::<BLOCKS>() else { return };
                for block in 0..BLOCKS {
                    // All ones unless the value is above: without a branch, this becomes one comparison of vectors.
                    let not_above = u32::from(values[block] > question.at_most).wrapping_sub(1);
                    left[block] &= question.not_left | not_above;
                }
            }
            table.add_at_lowest(leaves, &left, &mut sums);
        }
        self.scores.iter_mut().zip(sums).for_each(|(score, sum)| *score += self.forest.weight * sum);
    }
}

/// The first leaf that is left.
#[inline]
fn first(left: u32) -> usize {
    left.trailing_zeros() as usize % MOST_LEAVES
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file() -> TreeFile {
        let tree = Tree {
            column: vec![0, 1],
            at_most: vec![0.5, 2.0],
            next: vec![[-1, 1], [-2, -3]],
            leaf: vec![1.0, 2.0, 4.0],
        };
        TreeFile { columns: vec!["b".into(), "c".into()], trees: vec![tree], weight: 0.5 }
    }

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn a_row_falls_to_one_leaf_of_each_tree() {
        let forest = file().bind(&names(&["a", "b", "c"])).unwrap();
        for (row, expected, shares) in [
            ([9.0, 0.5, 9.0], 0.5, [0.0, 0.5, 0.0]),
            ([9.0, 0.6, 2.0], 1.0, [0.0, 0.5, 0.5]),
            ([9.0, 0.6, 2.1], 2.0, [0.0, 1.0, 1.0]),
        ] {
            for rows in [1, 16, 19, 32, 40, 64, 80] {
                let mut scores = vec![0.0; rows];
                forest.add_to(&mut scores, &row.repeat(rows), row.len());
                assert_eq!(scores, vec![expected; rows], "{row:?}");
            }
            let mut found = [0.0; 3];
            forest.shares(&row, |column, share| found[column] += share);
            assert_eq!(found, shares, "{row:?}");
        }
    }

    #[test]
    fn unknown_columns_and_unsound_trees_are_refused() {
        assert_eq!(file().bind(&names(&["b"])).unwrap_err(), ["c"]);
        for next in [
            vec![[-1, 0], [-2, -3]],
            vec![[-1, 1], [-2, -4]],
            vec![[-1, 2], [-2, -3]],
            vec![[-1, 1]],
            vec![[-1, 1], [-2, -2]],
        ] {
            let mut broken = file();
            broken.trees[0].next = next;
            assert!(broken.bind(&names(&["b", "c"])).is_err(), "{broken:?}");
        }
    }
}
