//! Any bytes: cleaning does not panic, and what it keeps are lines of the source, in their order.
#![no_main]

use std::sync::LazyLock;

use dehusk::{Cleaner, Markup};
use libfuzzer_sys::fuzz_target;

static CLEANER: LazyLock<Cleaner> = LazyLock::new(Cleaner::text);

fuzz_target!(|bytes: &[u8]| {
    let source = String::from_utf8_lossy(bytes);
    for markup in [Markup::Text, Markup::Markdown] {
        let kept = CLEANER.clone().markup(markup).clean(&source);
        check_order(&source, &kept, markup);
    }
});

/// Finds each kept line in the source, after the one before.
fn check_order(source: &str, kept: &str, markup: Markup) {
    let mut rest = source;
    for line in kept.split('\n').filter(|line| !line.is_empty()) {
        let at = rest.find(line).unwrap_or_else(|| panic!("{markup:?}: {line:?} is not in the rest of {source:?}"));
        rest = &rest[at + line.len()..];
    }
}
