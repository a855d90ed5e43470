//! Makes the tables of characters and of word lists when the crate is built: at every start they would take longer than
//! cleaning a page.

#![allow(dead_code, reason = "what is shared with the crate is not all used here")]

#[path = "src/features/chars.rs"]
mod chars;
#[path = "src/lexicon/make.rs"]
mod make;
#[path = "src/block.rs"]
mod reasons;
#[path = "src/lexicon/table.rs"]
mod table;
#[path = "src/features/words.rs"]
mod words;

use std::fmt::{Debug, Write};
use std::path::{Path, PathBuf};
use std::{env, fs, io};

use make::Tables;

/// The folder of the word lists.
const LISTS: &str = "src/lexicon";

fn main() -> io::Result<()> {
    for path in ["build.rs", LISTS, "src/block.rs", "src/features/chars.rs", "src/features/words.rs"] {
        println!("cargo::rerun-if-changed={path}");
    }
    println!("cargo::rustc-cfg=dehusk_tables");
    let out = PathBuf::from(env::var_os("OUT_DIR").ok_or(io::ErrorKind::NotFound)?);
    fs::write(out.join("classes.rs"), array(chars::classes()))?;
    fs::write(out.join("lexicon.rs"), lexicon(&lists(Path::new(LISTS))?))
}

/// The word lists, by their language.
fn lists(folder: &Path) -> io::Result<Vec<(String, String)>> {
    let mut lists = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "txt") {
            let language = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            lists.push((language, fs::read_to_string(&path)?));
        }
    }
    lists.sort();
    Ok(lists)
}

/// The source of `LANGUAGES` and `SHARED`.
fn lexicon(lists: &[(String, String)]) -> String {
    let Tables { keys, ends, entries, first_entries, stops, firsts, laters, thirds, whole, prefixes } =
        Tables::new(lists.iter().map(|(_, list)| list.as_str()));
    format!(
        "/// Languages that have a word list, ISO 639-1.\n\
         pub(crate) const LANGUAGES: [&str; {count}] = {languages};\n\
         static SHARED: Lexicon = Lexicon {{\n\
         keys: &{keys}, ends: &{ends}, entries: &{entries}, first_entries: &{first_entries}, stops: &{stops},\n\
         firsts: Filter(&{firsts}), laters: Filter(&{laters}), thirds: Filter(&{thirds}), whole: Filter(&{whole}),\n\
         prefixes: &{prefixes}, views: [const {{ OnceLock::new() }}; LANGUAGES.len() + 1] }};\n",
        count = lists.len(),
        languages = array(lists.iter().map(|(language, _)| language)),
        keys = array(keys),
        ends = array(ends),
        entries = array(entries),
        first_entries = array(first_entries),
        stops = array(stops),
        firsts = array(firsts),
        laters = array(laters),
        thirds = array(thirds),
        whole = array(whole),
        prefixes = array(prefixes),
    )
}

/// Source of an array.
fn array<T: Debug>(values: impl IntoIterator<Item = T>) -> String {
    let mut source = String::from("[");
    for value in values {
        // Writing to a string does not fail.
        let _ = write!(source, "{value:?},");
    }
    source + "]"
}
