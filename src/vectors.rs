//! Vectors: runs a loop with the widest ones that the processor has.
//! This module must not know what the loop does.

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
