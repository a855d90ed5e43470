//! Vectors: runs a loop with the widest ones that the processor has.
//! This module must not know what the loop does.

/// A loop that is compiled for each kind of vectors: `run` must be `#[inline(always)]`, with all it calls.
pub(crate) trait Loop {
    fn run(self, table: impl Table);
}

/// Looks numbers up in a table.
pub(crate) trait Table: Copy {
    /// Adds to each sum the number that stands at the place of the lowest bit that is set; some bit must be.
    fn add_at_lowest<const N: usize>(self, numbers: &[f32; 32], bits: &[u32; N], sums: &mut [f32; N]);
}

/// One number at a time.
#[derive(Clone, Copy)]
struct OneByOne;

impl Table for OneByOne {
    #[inline(always)]
    fn add_at_lowest<const N: usize>(self, numbers: &[f32; 32], bits: &[u32; N], sums: &mut [f32; N]) {
        sums.iter_mut().zip(bits).for_each(|(sum, bits)| *sum += numbers[bits.trailing_zeros() as usize % 32]);
    }
}

/// Runs a loop that looks numbers up.
#[inline]
pub(crate) fn run(work: impl Loop) {
    #[cfg(all(feature = "html", target_arch = "x86_64"))]
    if let Some(vectors) = pulp::x86::V4::try_new() {
        return vectors.vectorize(
            #[inline(always)]
            || work.run(vectors),
        );
    }
    with_wide_vectors(
        #[inline(always)]
        || work.run(OneByOne),
    );
}

/// AVX-512 holds the table in two vectors and looks up sixteen numbers at once.
#[cfg(all(feature = "html", target_arch = "x86_64"))]
impl Table for pulp::x86::V4 {
    #[inline(always)]
    fn add_at_lowest<const N: usize>(self, numbers: &[f32; 32], bits: &[u32; N], sums: &mut [f32; N]) {
        let (low, high) = numbers.split_at(16);
        let half = |half: &[f32]| pulp::cast(<[f32; 16]>::try_from(half).unwrap_or_default());
        let (low, high) = (half(low), half(high));
        let (last, none) = (self.avx512f._mm512_set1_epi32(31), self.avx512f._mm512_setzero_si512());
        for (sums, bits) in sums.as_chunks_mut::<16>().0.iter_mut().zip(bits.as_chunks::<16>().0) {
            let bits = pulp::cast(*bits);
            let lowest = self.avx512f._mm512_and_epi32(bits, self.avx512f._mm512_sub_epi32(none, bits));
            let place = self.avx512f._mm512_sub_epi32(last, self.avx512cd._mm512_lzcnt_epi32(lowest));
            let found = self.avx512f._mm512_permutex2var_ps(low, place, high);
            *sums = pulp::cast(self.avx512f._mm512_add_ps(pulp::cast(*sums), found));
        }
    }
}

/// Runs a loop that is compiled for the vectors of this processor: it must be `#[inline(always)]` with all it calls.
#[cfg(feature = "html")]
#[inline]
pub(crate) fn with_wide_vectors(run: impl FnOnce()) {
    pulp::Arch::new().dispatch(run);
}

/// Runs a loop as it is.
#[cfg(not(feature = "html"))]
pub(crate) fn with_wide_vectors(run: impl FnOnce()) {
    run();
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Looks up every place of a table.
    struct Look<'a> {
        numbers: &'a [f32; 32],
        bits: &'a [u32; 32],
        sums: &'a mut [f32; 32],
    }

    impl Loop for Look<'_> {
        #[inline(always)]
        fn run(self, table: impl Table) {
            table.add_at_lowest(self.numbers, self.bits, self.sums);
        }
    }

    #[test]
    fn every_kind_of_vectors_finds_the_lowest_bit() {
        let numbers = std::array::from_fn(|at| at as f32 + 0.5);
        for above in [0, 0xa5a5_a5a5, u32::MAX] {
            let bits = std::array::from_fn(|at| (1 << at) | (above << at));
            let mut sums = [1.0; 32];
            run(Look { numbers: &numbers, bits: &bits, sums: &mut sums });
            assert_eq!(sums, std::array::from_fn(|at| at as f32 + 1.5), "{above:x}");
            OneByOne.add_at_lowest(&numbers, &bits, &mut sums);
            assert_eq!(sums, std::array::from_fn(|at| 2.0 * at as f32 + 2.0), "{above:x}");
        }
    }
}
