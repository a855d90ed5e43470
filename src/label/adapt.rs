//! Adapting: a base and labelled documents of an outlet make a model for that outlet, written to the folder.
//! This module must not know the page.

use std::path::Path;
use std::sync::Arc;

use serde::Serialize;
use thiserror::Error;

use super::store;
use crate::cleaner::Cleaner;
use crate::io::WriteError;
use crate::model::{Model, ModelFile};
use crate::train;
use crate::train::corpus::LabelledDocument;

/// A cleaner and the file of its model, from which it can be adapted.
#[derive(Clone, Debug)]
pub struct Base {
    /// The cleaner.
    pub cleaner: Cleaner,
    /// The file of its model.
    pub file: Arc<ModelFile>,
}

/// A cleaner for labelled documents, with what it reaches on them.
#[derive(Clone, Debug, Serialize)]
pub struct Adapted {
    /// The cleaner: as the base in all but its model.
    #[serde(skip)]
    pub cleaner: Cleaner,
    /// Name and version of the base.
    pub model: String,
    /// Page F1 of the base over the documents, 0..1.
    pub before: f64,
    /// Page F1 on each document by a model adapted with the others, 0..1; of one document alone, on that one.
    pub after: f64,
    /// Documents it was made from.
    pub documents: usize,
    /// The path of its model file.
    pub file: String,
}

/// Why there is no adapted cleaner.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum AdaptError {
    /// There is nothing to learn from, or nothing was learned.
    #[error(transparent)]
    Adapt(#[from] train::adapt::AdaptError),
    /// Its model file cannot be written.
    #[error(transparent)]
    Write(#[from] WriteError),
}

/// Adapts a base to labelled documents and writes the model to `adapted-<name of the base>.json` in the folder.
///
/// # Errors
/// [`AdaptError`] when the documents do not help, or the file cannot be written: what was in its place is then left.
pub fn adapted(base: &Base, documents: &[LabelledDocument], folder: &Path) -> Result<Adapted, AdaptError> {
    let name = store::model_name(&base.file.name);
    let found = train::adapt::adapt(&base.file, documents, &name)?;
    let model = Model::new(&found.model).map_err(train::adapt::AdaptError::from)?;
    let path = folder.join(name + ".json");
    store::save_model(&path, &found.model)?;
    Ok(Adapted {
        cleaner: base.cleaner.adapted(model),
        model: base.cleaner.model().id(),
        before: found.before,
        after: found.after,
        documents: found.documents,
        file: path.display().to_string(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decide::Goal;
    use crate::train::fixture::parse_fixture;

    fn base() -> Base {
        let json = crate::built_in(crate::Markup::Text).unwrap();
        let cleaner = Cleaner::new(json).unwrap().goal(Goal::Threshold(0.3));
        Base { cleaner, file: Arc::new(serde_json::from_str(json).unwrap()) }
    }

    /// A page whose share bar is content, which no model expects.
    fn document(slug: usize) -> LabelledDocument {
        let text = format!(
            "outlet: a\nlanguage: en\nmarkup: text\n---\n- [nav] Home | News | Sport\n+ Tram line {slug} opens\n\
             + The council voted on Monday to open tram line {slug}, which runs from the harbour to the mill.\n\
             + Share on Facebook\n- [legal] All rights reserved\n"
        );
        LabelledDocument { id: slug.to_string(), ..parse_fixture(&text).unwrap() }
    }

    #[test]
    fn the_model_that_judges_is_the_one_in_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let (base, documents) = (base(), [1, 2, 3].map(document));
        let found = adapted(&base, &documents, folder.path()).unwrap();
        assert!(found.after > found.before, "{} {}", found.before, found.after);
        assert!(found.file.ends_with("adapted-text.json"), "{}", found.file);
        let read = Cleaner::new(&std::fs::read_to_string(&found.file).unwrap()).unwrap().goal(Goal::Threshold(0.3));
        let source = &document(9).source;
        assert_eq!(read.classify(source), found.cleaner.classify(source));
        assert_ne!(base.cleaner.classify(source), found.cleaner.classify(source));
    }

    #[test]
    fn a_refusal_writes_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let mut documents = [document(1)];
        documents[0].spans.iter_mut().for_each(|span| span.label = crate::Label::Content);
        let error = adapted(&base(), &documents, folder.path()).unwrap_err();
        assert!(matches!(error, AdaptError::Adapt(train::adapt::AdaptError::Nothing { documents: 1 })), "{error}");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
