//! Any text: the scanner finds in it what html5gum finds.
#![no_main]

#[path = "../../tests/oracle/mod.rs"]
mod oracle;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let source = String::from_utf8_lossy(bytes);
    assert_eq!(oracle::scanned(&source), oracle::expected(&source), "{source:?}");
});
