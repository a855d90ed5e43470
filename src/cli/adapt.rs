//! `dehusk adapt`: a base model and labelled documents of an outlet give a model for that outlet.

use std::path::PathBuf;

use anyhow::{Context, bail};
use dehusk::ModelFile;
use dehusk::train::adapt::{AdaptError, Adapted, adapt};
use dehusk::train::corpus::LabelledDocument;

use super::Outcome;
use super::evaluate::documents;
use super::judge::Kind;
use super::reporter::print;
use super::sink::write_file;
use super::train::write_model;

/// Adapts a model to an outlet with a few labelled documents: one is enough to start with. The base is the prior, and how
/// far the model goes from it is what predicts best the documents that are left out in turn. Exit code 3: the documents do
/// not help, and nothing is written.
#[derive(Debug, clap::Args)]
pub struct AdaptArgs {
    /// The base: text or html for the models that are built in, or a model file.
    #[arg(long, value_name = "BASE", default_value = "text")]
    base: String,
    /// Labelled documents of the outlet: fixtures, pages beside their gold text, folders of them, labelled JSONL.
    #[arg(long, value_name = "FILES", required = true, num_args = 1..)]
    labelled: Vec<PathBuf>,
    /// Model file to write; its card goes beside it.
    #[arg(long, value_name = "MODEL")]
    out: PathBuf,
    /// Name of the model. Default: that of the file.
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
}

impl AdaptArgs {
    pub fn run(self) -> anyhow::Result<Outcome> {
        let base = self.base()?;
        let documents: Vec<LabelledDocument> = self
            .labelled
            .iter()
            .flat_map(|path| documents(path))
            .map(|read| read.map(|(document, _)| document).map_err(anyhow::Error::msg))
            .collect::<anyhow::Result<_>>()?;
        self.check(&base, &documents)?;
        let stem = self.out.file_stem().map(|stem| stem.to_string_lossy().into_owned());
        let name = self.name.clone().or(stem).unwrap_or_else(|| "adapted".to_owned());
        let adapted = match adapt(&base, &documents, &name) {
            Ok(adapted) => adapted,
            Err(error @ AdaptError::NoHelp { .. }) => {
                print(&error.to_string());
                return Ok(Outcome::GateFailed);
            }
            Err(error) => return Err(error.into()),
        };
        write_model(&self.out, &adapted.model)?;
        write_file(&self.out.with_extension("md"), card(&adapted, &documents).as_bytes())?;
        print(&summary(&adapted));
        print(&format!("wrote {} and its card; use it: dehusk clean --model {0} …", self.out.display()));
        Ok(Outcome::Done)
    }

    fn base(&self) -> anyhow::Result<ModelFile> {
        let json = match self.base.as_str() {
            "text" => Kind::Text.built_in()?.to_owned(),
            "html" => Kind::Html.built_in()?.to_owned(),
            path => std::fs::read_to_string(path)
                .with_context(|| format!("base {path}: text, html, or the path of a model file"))?,
        };
        serde_json::from_str(&json).with_context(|| format!("base {}", self.base))
    }

    fn check(&self, base: &ModelFile, documents: &[LabelledDocument]) -> anyhow::Result<()> {
        if let Some(other) = documents.iter().find(|document| !base.markups.contains(&document.markup)) {
            bail!(
                "{}: its markup is {:?}, which {} is not made for; choose another --base",
                other.id,
                other.markup,
                base.name
            );
        }
        Ok(())
    }
}

fn summary(adapted: &Adapted) -> String {
    let Adapted { before, after, documents, penalty, .. } = adapted;
    match documents {
        1 => format!(
            "page F1 of the document: {before:.4} with the base, {after:.4} adapted (of the document itself: label a second one to know what it is worth)"
        ),
        _ => format!(
            "page F1 of each of {documents} documents left out: {before:.4} with the base, {after:.4} adapted; penalty {penalty:e}"
        ),
    }
}

/// What the model is made of.
fn card(adapted: &Adapted, documents: &[LabelledDocument]) -> String {
    let model = &adapted.model;
    let about = model.adapted.clone().unwrap_or_default();
    let mut outlets: Vec<&str> = documents.iter().map(|document| document.outlet.as_str()).collect();
    outlets.sort_unstable();
    outlets.dedup();
    let ids: String = documents.iter().map(|document| format!("- {}\n", document.id)).collect();
    format!(
        "# {}@{}\n\nAdapted from {} with {} labelled documents of {}.\n\n{}.\n\n{} tokens, {} blocks of the template, slope {:.3}, \
         shift {:+.3}.\n\n## Documents\n{ids}",
        model.name,
        model.version,
        about.base,
        about.documents,
        outlets.join(", "),
        summary(adapted),
        about.tokens.len(),
        about.known.len(),
        about.slope,
        about.shift,
    )
}
