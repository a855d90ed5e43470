//! The layers: which module may use which. Reads the sources, so that an arrow nobody decided on is seen.
#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::{Path, PathBuf};

/// What each module of `src/` may use besides itself: modules, or paths inside them where a part is all it may know.
///
/// Where this is more than the pipeline's plain order (block → segment → features → model → decide → cleaner),
/// the comment says why.
const ALLOWED: &[(&str, &[&str])] = &[
    ("block", &[]),
    ("segment", &["block"]),
    // What is kept is a parameter.
    ("rewrite", &["segment::html"]),
    ("meta", &["segment::html"]),
    // Word lists are matched word by word as features cut words, and their sections are named by husk reasons.
    ("lexicon", &["block", "features::words", "features::chars"]),
    ("vectors", &[]),
    // Tokens are counted in the same pass over the characters that measures a block.
    ("features", &["block", "segment", "lexicon", "tokens", "vectors"]),
    ("tokens", &["block", "segment::html", "features::words"]),
    ("decide", &[]),
    ("trees", &["features", "vectors"]),
    // The blocks of a page are known by hashes, as words are.
    ("outlet", &["features::words"]),
    // Which blocks are alike is a parameter.
    ("agreement", &[]),
    ("recurrence", &["block", "outlet"]),
    // Labelled pages are pages of an outlet, too: their blocks recur, and gaps are between those that do.
    ("adapted", &["segment", "features::measure", "features::words", "tokens", "outlet", "recurrence"]),
    // Model files say how much is kept by default, and the probe is a source that has to be cut.
    ("model", &["adapted", "agreement", "block", "segment::html", "features", "tokens", "trees", "vectors", "decide"]),
    // The reason given for a dropped block is the section of the word lists that it has most words of. The slots that the
    // blocks of a page fill are paths of names.
    (
        "cleaner",
        &[
            "outlet",
            "recurrence",
            "block",
            "segment",
            "features",
            "lexicon",
            "tokens::PageNames",
            "model",
            "decide",
            "rewrite",
            "meta",
        ],
    ),
    // Rules to compare a model with: they cut and count as it does, and give what it gives.
    ("presets", &["block", "segment", "features::words", "cleaner::Kept"]),
    // An extension tells the markup.
    ("io", &["block"]),
    // What is worked on is a parameter.
    ("batch", &[]),
    ("import", &["outlet::host", "block", "segment::html", "train::align", "train::corpus"]),
    // Training runs the very code of inference, and reads fixtures and importers.
    (
        "train",
        &[
            "agreement",
            "outlet",
            "recurrence",
            "adapted",
            "block",
            "segment",
            "features",
            "tokens",
            "trees",
            "model",
            "decide",
            "cleaner",
            "io",
            "import",
        ],
    ),
    // What people label is read, judged and written as training reads it; models are adapted as training adapts them.
    ("label", &["block", "features::words", "model", "cleaner", "io", "import", "train"]),
    // What the cleaner and the evaluation found, as pages for people.
    ("report", &["block", "segment", "features", "cleaner", "model", "train"]),
    // The program: from inside the crate it may use nothing, the library it knows as `dehusk::`.
    ("cli", &[]),
    ("main", &[]),
];

/// Uses of the crate's other modules found in a file: line (from 1) and path, as `features::words`.
type Uses = Vec<(usize, String)>;

fn src() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

/// All Rust files under a folder, sorted.
fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut entries: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    let (folders, mut files): (Vec<_>, Vec<_>) = entries.into_iter().partition(|path| path.is_dir());
    files.retain(|path| path.extension().is_some_and(|extension| extension == "rs"));
    files.extend(folders.iter().flat_map(|folder| rust_files(folder)));
    files
}

/// The module of `src/` that a file belongs to: `features` for `features/words.rs`.
fn module_of(file: &Path) -> String {
    let first = file.strip_prefix(src()).unwrap().components().next().unwrap();
    Path::new(first.as_os_str()).file_stem().unwrap().to_string_lossy().into_owned()
}

/// Every `crate::…` of a source, in `use` lines and inside code, up to its tests: those may use what they like.
fn uses(source: &str) -> Uses {
    let code = source.lines().take_while(|line| *line != "mod tests {").enumerate();
    code.filter(|(_, line)| !line.trim_start().starts_with("//"))
        .flat_map(|(at, line)| line.split("crate::").skip(1).map(move |rest| (at + 1, path(rest))))
        .collect()
}

/// The path at the start of `rest`: `features::words` of `features::words::{Word, chain};`.
fn path(rest: &str) -> String {
    let end = rest.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == ':')).unwrap_or(rest.len());
    rest[..end].trim_end_matches(':').to_owned()
}

fn is_within(path: &str, allowed: &str) -> bool {
    path.strip_prefix(allowed).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
}

#[test]
fn modules_use_only_what_is_below_them() {
    for file in rust_files(&src()) {
        let module = module_of(&file);
        // The crate's root names all of them.
        if module == "lib" {
            continue;
        }
        let (_, allowed) = ALLOWED
            .iter()
            .find(|(name, _)| *name == module)
            .unwrap_or_else(|| panic!("module {module} has no row in the table of layers"));
        for (line, path) in uses(&fs::read_to_string(&file).unwrap()) {
            let fits = is_within(&path, &module) || allowed.iter().any(|allowed| is_within(&path, allowed));
            assert!(fits, "{}:{line}: {module} may not use {path:?}; it may use {allowed:?}", file.display());
        }
    }
}

#[test]
fn the_table_names_no_module_that_is_gone() {
    let modules: Vec<String> = rust_files(&src()).iter().map(|file| module_of(file)).collect();
    for (module, allowed) in ALLOWED {
        for name in allowed.iter().map(|path| path.split("::").next().unwrap()).chain([*module]) {
            assert!(modules.iter().any(|known| known == name), "{module}: there is no module {name}");
        }
    }
}

#[test]
fn only_the_fit_knows_linfa() {
    for file in rust_files(&src()).iter().filter(|file| !file.ends_with("train/fit.rs")) {
        let source = fs::read_to_string(file).unwrap();
        let found = source.lines().find(|line| line.contains("linfa::") || line.contains("linfa_logistic::"));
        assert_eq!(found, None, "{}", file.display());
    }
}

#[test]
fn uses_are_found_in_use_lines_and_in_code() {
    let source =
        "use crate::a::{B, c};\n// crate::no\nlet x = crate::d::e(crate::F);\n#[cfg(test)]\nmod tests {\nuse crate::g;";
    let expected = [(1, "a"), (3, "d::e"), (3, "F")].map(|(line, path)| (line, path.to_owned()));
    assert_eq!(uses(source), expected);
    assert!(is_within("a::b", "a") && is_within("a", "a"));
    assert!(!is_within("ab", "a") && !is_within("a", "a::b"));
}
