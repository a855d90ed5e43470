//! Folds: which outlets are held out together.
//! This module must not know documents.

/// The fold of an outlet, from 0 to `folds - 1`: a fixed hash (FNV-1a, spread), so that any document of the
/// outlet, in any corpus, is held out with it.
pub fn fold_of(outlet: &str, folds: usize) -> usize {
    (hash(outlet) % folds.max(1) as u64) as usize
}

/// A fixed hash of a name.
pub(crate) fn hash(name: &str) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for byte in name.bytes() {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
    }
    // splitmix64's finish: FNV alone leaves the low bits of short names alike.
    hash = (hash ^ (hash >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    hash = (hash ^ (hash >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    hash ^ (hash >> 31)
}

/// A small generator of pseudo-random numbers with a fixed sequence (splitmix64).
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Dice(seed)
    }

    pub(crate) fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number from 0 to `below - 1`; 0 when `below` is 0.
    pub(crate) fn below(&mut self, below: usize) -> usize {
        (self.roll() % below.max(1) as u64) as usize
    }

    /// A number from 0 to 1.
    pub(crate) fn share(&mut self) -> f64 {
        (self.roll() >> 11) as f64 / (1u64 << 53) as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folds_are_fixed_and_even() {
        assert_eq!(fold_of("harbour-gazette", 5), fold_of("harbour-gazette", 5));
        let mut counts = [0; 5];
        for outlet in 0..1000 {
            counts[fold_of(&format!("outlet-{outlet}.example"), 5)] += 1;
        }
        assert!(counts.iter().all(|&count| (140..260).contains(&count)), "{counts:?}");
    }
}
