//! Takes the husk off scraped text: tells content from boilerplate.
//!
//! ```text
//! source ── segment ──▶ blocks ── measure ──▶ columns ── model ──▶ probabilities ── decide ──▶ kept text
//! ```
//!
//! A source is cut into [`Block`]s; each is measured ([`features`]); a logistic [`Model`] trained with linfa gives
//! P(content); the [`Goal`] says how much is kept. Two models are embedded: one for text and Markdown, one for HTML,
//! which weighs the page's tree as well and comes out as text, Markdown or cleaned HTML.
//!
//! ```
//! let cleaner = dehusk::Cleaner::text();
//! let page = "Home | News | Sport | Weather\nThe council voted on Monday to close the old bridge, after inspectors \
//!     had found cracks in two of its piers. A ferry will run every half an hour.\nShare on Facebook\n\
//!     Subscribe to our newsletter\n© 2024 All rights reserved";
//! let kept = cleaner.clean(page);
//! assert!(kept.starts_with("The council voted"));
//! assert!(!kept.contains("newsletter"));
//! ```
//!
//! # Cargo features
//! - none: the inference core, a handful of light crates;
//! - `io`: files, directories, JSONL, gzip, zstd, encodings, and the parallel batch engine;
//! - `warc`, `parquet`: these containers, too; the program has `warc`, and `parquet` when it is asked for;
//! - `html`: pages as elements and blocks (`html`), `Cleaner::html`, `rewrite` and `Meta`;
//! - `train`: importers, alignment, training (linfa) and evaluation;
//! - `label` (default): the page on which documents are labelled, `label::Server`;
//! - `cli` (default, with `html`): the `dehusk` binary.

mod adapted;
mod agreement;
#[cfg(feature = "io")]
pub mod batch;
pub mod block;
mod cleaner;
mod decide;
pub mod features;
#[cfg(feature = "train")]
pub mod import;
#[cfg(feature = "io")]
pub mod io;
#[cfg(feature = "label")]
pub mod label;
pub(crate) mod lexicon;
#[cfg(feature = "html")]
pub mod meta;
mod model;
pub mod outlet;
pub mod presets;
mod recurrence;
#[cfg(feature = "train")]
pub mod report;
#[cfg(feature = "html")]
pub mod rewrite;
mod segment;
pub(crate) mod tokens;
#[cfg(feature = "train")]
pub mod train;
mod trees;
mod vectors;

pub use adapted::AdaptedFile;
pub use block::{Block, BlockKind, Label, Markup, Reason};
pub use cleaner::{ClassifiedBlock, Cleaner, Explanation, Kept, Outlets, Worker, built_in};
pub use decide::Goal;
#[cfg(feature = "html")]
pub use meta::Meta;
pub use model::{FORMAT, Goals, Model, ModelError, ModelFile, Probe, TokenFile};
pub use recurrence::{Stage, StageFile};
#[cfg(feature = "html")]
pub use segment::html;
pub use segment::{Cut, segment};
pub use trees::{Tree, TreeFile};
