//! The decision: from probabilities to kept blocks.
//! This module must not know features or models.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

/// How much to keep.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Goal {
    /// Keep the blocks with at least this probability, 0..1.
    Threshold(f32),
    /// Keep the blocks that maximise the expected F-measure of the document, recall counting `beta` times as much
    /// as precision.
    ExpectedF {
        /// 1 is balanced; above, recall counts more.
        beta: f32,
        /// Keep nothing when less content than this is expected in all (mass: Latin letters), and more husk than
        /// content: a shell of scripts. Default 0.
        #[serde(default, skip_serializing_if = "is_zero")]
        least: f32,
    },
}

impl Goal {
    /// The highest expected F-measure that recall counts in `beta` times as much as precision.
    pub fn expected_f(beta: f32) -> Goal {
        Goal::ExpectedF { beta, least: 0.0 }
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
fn is_zero(least: &f32) -> bool {
    *least == 0.0
}

/// Marks the blocks to keep. `masses` are the blocks' lengths.
pub(crate) fn keep(goal: Goal, probabilities: &[f32], masses: &[f32], kept: &mut Vec<bool>) {
    let threshold = match goal {
        Goal::Threshold(threshold) => threshold,
        Goal::ExpectedF { least, .. } if least > 0.0 && is_shell(least, probabilities, masses) => f32::INFINITY,
        Goal::ExpectedF { beta, .. } => expected_f_threshold(beta, probabilities, masses),
    };
    kept.clear();
    kept.extend(probabilities.iter().map(|&probability| probability >= threshold));
}

/// Drops kept blocks that are copies of earlier kept ones: `key` is the same for copies, and none for a block that
/// cannot be one.
pub(crate) fn drop_copies(key: impl Fn(usize) -> Option<u64>, kept: &mut [bool]) {
    let mut seen = HashSet::new();
    for (block, kept) in kept.iter_mut().enumerate().filter(|(_, kept)| **kept) {
        *kept = key(block).is_none_or(|key| seen.insert(key));
    }
}

/// Whether less content than `least` is expected, and more husk than content.
fn is_shell(least: f32, probabilities: &[f32], masses: &[f32]) -> bool {
    let content: f32 = probabilities.iter().zip(masses).map(|(p, mass)| p * mass).sum();
    content < least && 2.0 * content < masses.iter().sum()
}

/// The threshold under which blocks lower the expected F-measure (Lewis 1995; Ye, Chai, Lee and Chieu 2012):
/// the optimum keeps the most probable blocks, and F* is reached where p falls below F* / (1 + beta²).
///
/// It is found by Dinkelbach's method: what a threshold keeps has an F-measure, which gives a higher threshold, until
/// there is nothing to gain. That takes a few rounds, where sorting the blocks of a long document takes many.
fn expected_f_threshold(beta: f32, probabilities: &[f32], masses: &[f32]) -> f32 {
    let beta2 = f64::from(beta * beta);
    let expected: f64 = probabilities.iter().zip(masses).map(|(&p, &mass)| f64::from(p * mass)).sum();
    let mut best = 0.0f64;
    loop {
        let threshold = best / (1.0 + beta2);
        let (mut content, mut mass) = (0.0, 0.0);
        for (&p, &m) in probabilities.iter().zip(masses) {
            let (p, m) = (f64::from(p), if f64::from(p) >= threshold { f64::from(m) } else { 0.0 });
            content += p * m;
            mass += m;
        }
        let found = (1.0 + beta2) * content / (mass + beta2 * expected).max(f64::MIN_POSITIVE);
        // A number that is none ends it as well.
        if found.partial_cmp(&best) != Some(std::cmp::Ordering::Greater) {
            return threshold as f32;
        }
        best = found;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn kept(goal: Goal, probabilities: &[f32], masses: &[f32]) -> Vec<bool> {
        let mut kept = Vec::new();
        keep(goal, probabilities, masses, &mut kept);
        kept
    }

    #[test]
    fn a_block_at_the_threshold_is_kept() {
        assert_eq!(kept(Goal::Threshold(0.5), &[0.5, 0.49], &[1.0, 1.0]), [true, false]);
    }

    #[test]
    fn expected_f_keeps_more_where_little_is_sure() {
        let goal = Goal::expected_f(1.0);
        assert_eq!(kept(goal, &[0.9, 0.9, 0.3], &[10.0, 10.0, 10.0]), [true, true, false]);
        assert_eq!(kept(goal, &[0.3, 0.3, 0.1], &[10.0, 10.0, 10.0]), [true, true, false]);
        assert_eq!(kept(goal, &[], &[]), [false; 0]);
    }

    #[test]
    fn nothing_is_kept_where_too_little_is_expected() {
        let goal = Goal::ExpectedF { beta: 1.0, least: 10.0 };
        assert_eq!(kept(goal, &[0.9, 0.1], &[6.0, 14.0]), [false, false]);
        assert_eq!(kept(goal, &[0.9, 0.1], &[12.0, 14.0]), [true, false]);
        assert_eq!(kept(goal, &[0.9, 0.1], &[6.0, 4.0]), [true, false], "little, but most of what there is");
    }

    #[test]
    fn copies_of_kept_blocks_are_dropped() {
        let mut kept = [false, true, true, true, true];
        drop_copies(|block| [Some(1), Some(1), None, Some(1), None][block], &mut kept);
        assert_eq!(kept, [false, true, true, false, true]);
    }

    proptest! {
        #[test]
        fn a_higher_threshold_keeps_a_subset(probabilities in prop::collection::vec(0.0f32..1.0, 0..30), low in 0.0f32..1.0, more in 0.0f32..1.0) {
            let masses = vec![1.0; probabilities.len()];
            let wide = kept(Goal::Threshold(low), &probabilities, &masses);
            let narrow = kept(Goal::Threshold(low + more), &probabilities, &masses);
            prop_assert!(narrow.iter().zip(&wide).all(|(narrow, wide)| !narrow || *wide));
        }

        #[test]
        fn expected_f_is_best_among_all_prefixes(blocks in prop::collection::vec((0.01f32..1.0, 1.0f32..50.0), 1..12)) {
            let (probabilities, masses): (Vec<f32>, Vec<f32>) = blocks.into_iter().unzip();
            let expected: f32 = probabilities.iter().zip(&masses).map(|(p, m)| p * m).sum();
            let f = |kept: &[bool]| {
                let chosen = || kept.iter().zip(probabilities.iter().zip(&masses)).filter(|(kept, _)| **kept);
                let content: f32 = chosen().map(|(_, (p, m))| p * m).sum();
                let mass: f32 = chosen().map(|(_, (_, m))| *m).sum();
                2.0 * content / (mass + expected)
            };
            let chosen = f(&kept(Goal::expected_f(1.0), &probabilities, &masses));
            for &threshold in &probabilities {
                let other = f(&kept(Goal::Threshold(threshold), &probabilities, &masses));
                prop_assert!(chosen >= other - 1e-4, "{chosen} < {other}");
            }
        }
    }
}
