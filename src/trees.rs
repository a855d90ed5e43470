//! Trees: what the columns say together. Each tree asks a few questions and adds a number to the score.
//! This module must not know how trees are grown.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

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

/// Trees bound to the columns of this build.
///
/// A leaf is a question that leads to itself, so that all rows take the same number of steps down a tree: without
/// branches, many rows are on their way at once.
#[derive(Clone, Debug, Default)]
pub(crate) struct Forest {
    /// Questions and leaves of all trees, those of a tree in a row.
    nodes: Vec<Node>,
    /// Where each tree begins, and how many steps lead to its deepest leaf.
    roots: Vec<(u32, u32)>,
    weight: f32,
}

#[derive(Clone, Copy, Debug)]
struct Node {
    column: u32,
    /// A value up to this goes on to the left. Of a leaf: what it adds, log-odds.
    number: f32,
    next: [u32; 2],
}

/// Rows that walk down a tree together.
const ABREAST: usize = 8;

impl TreeFile {
    /// Whether every question leads on to a later one or to a leaf, and asks for a column.
    fn is_sound(&self) -> bool {
        self.trees.iter().all(|tree| {
            let count = tree.column.len();
            let sides = |at: usize| tree.next[at].iter().all(|&next| tree.leads_on(at, next));
            count > 0
                && tree.at_most.len() == count
                && tree.next.len() == count
                && tree.column.iter().all(|&column| usize::from(column) < self.columns.len())
                && (0..count).all(sides)
        })
    }

    /// Binds the trees to columns by name; the names that are unknown are the error.
    pub(crate) fn bind(&self, columns: &[String]) -> Result<Forest, Vec<String>> {
        let places: HashMap<&str, usize> = columns.iter().enumerate().map(|(at, name)| (name.as_str(), at)).collect();
        let unknown: Vec<String> =
            self.columns.iter().filter(|name| !places.contains_key(name.as_str())).cloned().collect();
        if !unknown.is_empty() {
            return Err(unknown);
        }
        if !self.is_sound() {
            return Err(vec!["trees that lead nowhere".to_owned()]);
        }
        let mut forest = Forest { weight: self.weight, ..Forest::default() };
        for tree in &self.trees {
            forest.add(tree, |column| places[self.columns[usize::from(column)].as_str()] as u32);
        }
        Ok(forest)
    }
}

impl Tree {
    fn leads_on(&self, at: usize, next: i16) -> bool {
        match usize::try_from(next) {
            Ok(question) => question > at && question < self.column.len(),
            Err(_) => leaf_of(next) < self.leaf.len(),
        }
    }
}

/// Place of the leaf that a number below 0 stands for.
fn leaf_of(next: i16) -> usize {
    (-1 - i32::from(next)) as usize
}

impl Forest {
    fn add(&mut self, tree: &Tree, place: impl Fn(u16) -> u32) {
        let root = self.nodes.len() as u32;
        let questions = tree.column.len();
        let node = |next: i16| match usize::try_from(next) {
            Ok(question) => root + question as u32,
            Err(_) => root + (questions + leaf_of(next)) as u32,
        };
        let mut depths = vec![1u32; questions];
        for at in 0..questions {
            let (column, next) = (place(tree.column[at]), tree.next[at].map(node));
            self.nodes.push(Node { column, number: tree.at_most[at], next });
            for question in tree.next[at].into_iter().filter_map(|next| usize::try_from(next).ok()) {
                depths[question] = depths[at] + 1;
            }
        }
        for (leaf, &number) in tree.leaf.iter().enumerate() {
            let own = root + (questions + leaf) as u32;
            self.nodes.push(Node { column: 0, number, next: [own, own] });
        }
        self.roots.push((root, depths.into_iter().max().unwrap_or(0)));
    }

    /// Adds what the trees say of each row to its score, log-odds. Rows are `width` columns wide.
    pub(crate) fn add_to(&self, scores: &mut [f32], rows: &[f32], width: usize) {
        if self.roots.is_empty() {
            return;
        }
        for (scores, rows) in scores.chunks_mut(ABREAST).zip(rows.chunks(ABREAST * width)) {
            let mut sums = [0.0f32; ABREAST];
            for &(root, depth) in &self.roots {
                let mut at = [root; ABREAST];
                for _ in 0..depth {
                    for (row, at) in at.iter_mut().enumerate().take(scores.len()) {
                        *at = self.step(*at, &rows[row * width..]);
                    }
                }
                sums.iter_mut().zip(at).for_each(|(sum, at)| *sum += self.nodes[at as usize].number);
            }
            scores.iter_mut().zip(sums).for_each(|(score, sum)| *score += self.weight * sum);
        }
    }

    #[inline]
    fn step(&self, at: u32, row: &[f32]) -> u32 {
        let node = &self.nodes[at as usize];
        // A leaf leads to itself on both sides, whatever the value.
        node.next[usize::from(row[node.column as usize] > node.number)]
    }

    /// Calls `share` with each column that the trees asked for and its part of what they add: the number of a leaf is
    /// shared evenly by the questions that led to it.
    pub(crate) fn shares(&self, row: &[f32], mut share: impl FnMut(usize, f32)) {
        for &(root, depth) in &self.roots {
            let mut asked = Vec::new();
            let mut at = root;
            for _ in 0..depth {
                let next = self.step(at, row);
                if next != at {
                    asked.push(self.nodes[at as usize].column as usize);
                }
                at = next;
            }
            for &column in &asked {
                share(column, self.weight * self.nodes[at as usize].number / asked.len() as f32);
            }
        }
    }
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

    fn score(forest: &Forest, row: &[f32]) -> f32 {
        let mut scores = [0.0; 11];
        forest.add_to(&mut scores, &row.repeat(11), row.len());
        assert!(scores.iter().all(|&score| score == scores[0]), "{scores:?}");
        scores[0]
    }

    #[test]
    fn a_row_falls_to_one_leaf_of_each_tree() {
        let forest = file().bind(&["a", "b", "c"].map(str::to_owned)).unwrap();
        for (row, expected) in [([9.0, 0.5, 9.0], 0.5), ([9.0, 0.6, 2.0], 1.0), ([9.0, 0.6, 2.1], 2.0)] {
            assert_eq!(score(&forest, &row), expected, "{row:?}");
        }
    }

    #[test]
    fn unknown_columns_and_unsound_trees_are_refused() {
        assert_eq!(file().bind(&["b".to_owned()]).unwrap_err(), ["c"]);
        let names = ["b", "c"].map(str::to_owned);
        for next in [vec![[-1, 0], [-2, -3]], vec![[-1, 1], [-2, -4]], vec![[-1, 2], [-2, -3]], vec![[-1, 1]]] {
            let mut broken = file();
            broken.trees[0].next = next;
            assert!(broken.bind(&names).is_err(), "{broken:?}");
        }
    }
}
