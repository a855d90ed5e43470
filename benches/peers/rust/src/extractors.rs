//! The tools and how each is called: default options and no page address, except where a row says otherwise.
//! This module must not know files, records or clocks.

use std::error::Error;

/// HTML to text.
pub type Extract = Box<dyn FnMut(&str) -> Result<String, Box<dyn Error>>>;

/// A row of [`EXTRACTORS`].
pub struct Extractor {
    /// What it is called on the command line.
    pub name: &'static str,
    /// Its crate.
    package: &'static str,
    /// What tells it from the crate's other rows; empty for the default.
    mode: &'static str,
    /// Makes it ready; not timed.
    pub load: fn() -> Extract,
}

pub const EXTRACTORS: &[Extractor] = &[
    // Raw text, the default, glues the last word of a paragraph to the first of the next one where no white space stands
    // between: .768 on WCXB instead of .778.
    Extractor {
        name: "dom_smoothie",
        package: "dom_smoothie",
        mode: "formatted text",
        load: || Box::new(dom_smoothie),
    },
    Extractor {
        name: "rs-trafilatura",
        package: "rs-trafilatura",
        mode: "",
        load: || Box::new(|html| Ok(rs_trafilatura::extract(html)?.content_text)),
    },
    Extractor {
        name: "trafilatura-crate",
        package: "trafilatura",
        mode: "crate",
        load: || Box::new(|html| Ok(trafilatura::extract(html, &trafilatura::Options::default())?.content_text)),
    },
    // Python's trafilatura has its fallback on unless told otherwise; the crate has it off.
    Extractor {
        name: "trafilatura-crate-fallback",
        package: "trafilatura",
        mode: "crate, fallback",
        load: || {
            let options = trafilatura::Options::default().with_fallback(true);
            Box::new(move |html| Ok(trafilatura::extract(html, &options)?.content_text))
        },
    },
    #[cfg(feature = "dehusk")]
    Extractor { name: "dehusk", package: "dehusk", mode: "", load: dehusk },
];

fn dom_smoothie(html: &str) -> Result<String, Box<dyn Error>> {
    let config = dom_smoothie::Config { text_mode: dom_smoothie::TextMode::Formatted, ..Default::default() };
    let article = dom_smoothie::Readability::new(html, None, Some(config))?.parse()?;
    Ok(article.text_content.to_string())
}

#[cfg(feature = "dehusk")]
fn dehusk() -> Extract {
    // The worker borrows the cleaner, and both live as long as the program.
    let cleaner = Box::leak(Box::new(dehusk::Cleaner::html()));
    let mut worker = cleaner.worker();
    Box::new(move |html| Ok(worker.clean(html).to_owned()))
}

impl Extractor {
    /// Crate, version and mode.
    pub fn title(&self) -> Result<String, String> {
        let version = version(self.package).ok_or_else(|| format!("Cargo.lock has no {}", self.package))?;
        let mode = if self.mode.is_empty() { String::new() } else { format!(" ({})", self.mode) };
        Ok(format!("{} {version}{mode}", self.package))
    }
}

/// The version of a crate that this program was built with.
fn version(package: &str) -> Option<&'static str> {
    const LOCK: &str = include_str!("../Cargo.lock");
    let (_, entry) = LOCK.split_once(&format!("name = \"{package}\"\nversion = \""))?;
    entry.split('"').next()
}
