//! Agreement: blocks of a source that are alike are mostly of one kind, so that each score is pulled towards the others'.
//! This module must not know what makes blocks alike, nor where scores come from.

/// How much of the pull is done upwards: husk that looks like content is more common than the reverse. From .3 to .7 makes
/// little difference (WCXB, trafilatura-eval, DAnIEL, the Chinese news).
const UPWARDS: f32 = 0.5;
/// Other blocks with which half of the pull is done.
const FEW: f32 = 4.0;
/// Scores count up to this far from 0, log-odds: what a model is sure of counts no more than that.
const SURE: f32 = 3.0;

/// Buffers of the pull, reused from source to source.
#[derive(Clone, Debug, Default)]
pub(crate) struct Agreement {
    /// Of each group of blocks that are alike the sum of scores, and their number.
    groups: Vec<(f32, f32)>,
    /// What was added to each score, log-odds.
    pub(crate) moved: Vec<f32>,
}

impl Agreement {
    /// Pulls each score, log-odds, towards the mean of the other blocks in its group: by `strength` of the way where these
    /// are many and against it. `alike` gives the groups of the blocks, in order.
    pub(crate) fn pull(&mut self, strength: f32, scores: &mut [f32], alike: impl Iterator<Item = usize> + Clone) {
        self.groups.clear();
        self.moved.clear();
        if strength == 0.0 {
            return;
        }
        let held = |score: f32| score.clamp(-SURE, SURE);
        for (group, &score) in alike.clone().zip(&*scores) {
            if group >= self.groups.len() {
                self.groups.resize(group + 1, (0.0, 0.0));
            }
            let (sum, count) = &mut self.groups[group];
            (*sum, *count) = (*sum + held(score), *count + 1.0);
        }
        for (group, score) in alike.zip(scores) {
            let (sum, others) = (self.groups[group].0 - held(*score), self.groups[group].1 - 1.0);
            let higher = if others > 0.0 { sum / others - held(*score) } else { 0.0 };
            let share = if higher > 0.0 { UPWARDS } else { 1.0 };
            let moved = strength * share * others / (others + FEW) * higher;
            *score += moved;
            self.moved.push(moved);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pulled(strength: f32, mut scores: Vec<f32>, alike: &[usize]) -> Vec<f32> {
        let mut agreement = Agreement::default();
        agreement.groups.push((9.0, 9.0));
        agreement.pull(strength, &mut scores, alike.iter().copied());
        scores
    }

    #[test]
    fn scores_are_pulled_towards_those_of_blocks_that_are_alike() {
        // Four others: half of the way, and half of that upwards.
        assert_eq!(pulled(1.0, vec![2.0, 1.0, 1.0, 1.0, 1.0], &[3; 5])[0], 1.5);
        assert_eq!(pulled(1.0, vec![0.0, 1.0, 1.0, 1.0, 1.0], &[3; 5])[0], 0.25);
        assert_eq!(pulled(0.5, vec![2.0, 1.0, 1.0, 1.0, 1.0], &[3; 5])[0], 1.75);
    }

    #[test]
    fn what_is_not_alike_or_sure_alone_is_no_matter() {
        assert_eq!(pulled(1.0, vec![2.0, -2.0], &[0, 1]), [2.0, -2.0]);
        assert_eq!(pulled(0.0, vec![2.0, -2.0], &[0, 0]), [2.0, -2.0]);
        assert_eq!(pulled(1.0, vec![5.0, 9.0], &[1, 1]), [5.0, 9.0], "both are as sure as counts");
    }
}
