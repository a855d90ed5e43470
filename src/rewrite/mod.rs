//! Kept blocks of a page to text, Markdown or HTML.
//! This module must not know why a block is kept.
//!
//! ```text
//! page + kept ─ walk ─▶ elements entered, blocks, elements left ─▶ text | markdown | markup
//! ```

mod grid;
mod inline;
mod markdown;
mod markup;
mod source;
mod spans;
mod tables;
mod text;
mod walk;

pub use markdown::{MarkdownOptions, markdown};
pub use markup::markup;
pub use text::text;

#[cfg(test)]
mod tests;
