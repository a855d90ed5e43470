//! Reports: what a run or an evaluation found, as pages for people that need nothing but a browser.
//! This module must not know files.

mod charts;
mod escape;
mod evaluation;
mod run;
mod shell;

pub use evaluation::{Evaluation, Weight};
pub use run::{Document, RunReport};
