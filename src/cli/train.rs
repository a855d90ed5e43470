//! `dehusk train`: a recipe in, a model, its card and its figures out.

use std::path::{Path, PathBuf};

use anyhow::Context;
use dehusk::ModelFile;
use dehusk::train::card::card;
use dehusk::train::evaluate::{ALL, Report};
use dehusk::train::recipe::Recipe;
use dehusk::train::run::{Trained, train_own};
use serde_json::json;

use super::Outcome;
use super::judge::Kind;
use super::reporter::print;
use super::sink::{Sink, write_file};
use super::table::Table;

/// Trains a model by a recipe; writes it, its card beside it, and prints what it reaches out of fold.
#[derive(Debug, clap::Args)]
pub struct TrainArgs {
    /// The recipe (TOML); or a corpus of your own, which is fitted by the recipe of the built-in model: a folder of fixtures
    /// (pages beside their gold text as well), or labelled JSONL.
    #[arg(value_name = "RECIPE|CORPUS")]
    recipe: PathBuf,
    /// What a corpus of your own is: text (and Markdown), or html.
    #[arg(long, value_enum, default_value_t = Kind::Text)]
    kind: Kind,
    /// Folder that holds the public corpora the recipe names.
    #[arg(long, value_name = "DIR")]
    corpora: Option<PathBuf>,
    /// Model file to write; the card goes beside it. Default: NAME.json beside the recipe.
    #[arg(long, value_name = "PATH")]
    out: Option<PathBuf>,
    /// Folder to write the models of the folds to.
    #[arg(long, value_name = "DIR")]
    folds_out: Option<PathBuf>,
    /// File to write all figures to, as JSON. It holds texts of wrongly judged blocks.
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
}

impl TrainArgs {
    pub fn run(self) -> anyhow::Result<Outcome> {
        let (recipe, trained) = self.train()?;
        self.write(&recipe, &trained)?;
        Sink::print(summary(&trained).as_bytes())?;
        for missed in &trained.missed {
            print(&format!("floor missed: {missed}"));
        }
        Ok(if trained.missed.is_empty() { Outcome::Done } else { Outcome::GateFailed })
    }

    fn train(&self) -> anyhow::Result<(Recipe, Trained)> {
        if self.recipe.extension().is_some_and(|extension| extension == "toml") {
            let trained = dehusk::train::train(&self.recipe, self.corpora.as_deref(), &print)?;
            return Ok((Recipe::read(&self.recipe)?, trained));
        }
        let name = self.recipe.file_stem().map_or("own".into(), |stem| stem.to_string_lossy());
        let recipe = Recipe::for_corpus(&self.recipe, &name, self.kind.markup())?;
        Ok(train_own(recipe, &print)?)
    }

    fn write(&self, recipe: &Recipe, trained: &Trained) -> anyhow::Result<()> {
        let path = self.out.clone().unwrap_or_else(|| self.recipe.with_file_name(format!("{}.json", recipe.name)));
        write_model(&path, &trained.model)?;
        write_file(&path.with_extension("md"), card(recipe, trained)?.as_bytes())?;
        print(&format!("wrote {} and its card", path.display()));
        if let Some(folder) = &self.folds_out {
            for (fold, model) in trained.folds.iter().enumerate() {
                write_model(&folder.join(format!("{fold}.json")), model)?;
            }
        }
        if let Some(path) = &self.report {
            write_file(path, format!("{:#}\n", report(trained)?).as_bytes())?;
        }
        Ok(())
    }
}

/// Writes a model file.
pub fn write_model(path: &Path, model: &ModelFile) -> anyhow::Result<()> {
    let mut json = serde_json::to_string(model).with_context(|| format!("{}", path.display()))?;
    json.push('\n');
    Ok(write_file(path, json.as_bytes())?)
}

fn report(trained: &Trained) -> anyhow::Result<serde_json::Value> {
    Ok(json!({
        "model": format!("{}@{}", trained.model.name, trained.model.version),
        "report": serde_json::to_value(&trained.report)?,
        "fold_f1": trained.fold_f1,
        "penalties": trained.penalties,
        "data": serde_json::to_value(&trained.data)?,
        "missed": trained.missed,
    }))
}

/// The groups that a run is judged by.
fn summary(trained: &Trained) -> String {
    let mut table = Table::new(&["group", "documents", "page F1", "P", "R", "content kept", "boilerplate removed"]);
    let report: &Report = &trained.report;
    let shown =
        |name: &&String| ["corpus", "language", "tag", "type", "membership"].iter().any(|kind| name.starts_with(kind));
    for name in [ALL].into_iter().chain(report.groups.keys().filter(shown).map(String::as_str)) {
        let tally = report.group(name);
        let page = tally.page();
        // Groups of blocks have no pages.
        let paged = |figure: f64| if tally.documents == 0 { "-".to_owned() } else { format!("{figure:.3}") };
        let mut row = vec![name.to_owned(), tally.documents.to_string()];
        row.extend([page.f1, page.precision, page.recall].map(paged));
        row.extend([tally.content_kept(), tally.boilerplate_removed()].map(|figure| format!("{figure:.3}")));
        table.row(row);
    }
    let folds: Vec<String> = trained.fold_f1.iter().map(|f1| format!("{f1:.3}")).collect();
    format!(
        "{table}\npage F1 of the folds: {}\ncalibration error: {:.4}\n",
        folds.join(" "),
        report.calibration_error()
    )
}
