//! Everything that makes and measures models: labelled documents, folds, fits, metrics.
//! Only `fit` knows linfa.

pub mod adapt;
pub mod align;
pub mod augment;
mod boost;
pub mod card;
pub mod corpus;
pub mod evaluate;
pub mod fit;
pub mod fixture;
pub mod folds;
pub mod metrics;
pub mod recipe;
pub mod run;
pub mod stage;
mod tokens;

pub use run::train;
