//! The card: what a model is made from and what it reaches, as Markdown. It holds no text of the corpora.
//! This module must not know files.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::Arc;

use super::evaluate::{ALL, MEMBERSHIP_PROSE, Report, Tally};
use super::recipe::Recipe;
use super::run::{DataRow, Trained};
use crate::block::Label;
use crate::cleaner::Cleaner;
use crate::decide::Goal;
use crate::features::{Feature, Reach, columns};
use crate::model::{Model, ModelError, ModelFile, columns_of};

/// Columns that a card lists.
const COLUMNS_SHOWN: usize = 30;
/// Wrongly judged blocks that a card lists.
const MISTAKES_SHOWN: usize = 20;

/// The card of a trained model.
///
/// # Errors
/// [`ModelError`] when the model does not load.
pub fn card(recipe: &Recipe, trained: &Trained) -> Result<String, ModelError> {
    let model = &trained.model;
    let mut text = heading(model);
    text.push_str(&format!("{}\n", recipe.description));
    text.push_str(&made_from(&trained.data));
    text.push_str(&fitted(recipe, trained));
    text.push_str(&figures(&trained.report, &trained.fold_f1));
    text.push_str(&floors(recipe, trained));
    text.push_str(&weights(model)?);
    text.push_str(&failures(&trained.report));
    Ok(text)
}

/// What a model file alone tells: how it decides, and its largest weights.
///
/// # Errors
/// [`ModelError`] when the model does not load.
pub fn card_of_file(model: &ModelFile) -> Result<String, ModelError> {
    Ok(heading(model) + &decision(model) + &weights(model)?)
}

fn heading(model: &ModelFile) -> String {
    let markups: Vec<String> = model.markups.iter().map(|markup| format!("{markup:?}").to_lowercase()).collect();
    format!("# Model {}@{}\n\nFor {}. This card is generated.\n\n", model.name, model.version, markups.join(", "))
}

fn made_from(data: &[DataRow]) -> String {
    let mut text =
        String::from("\n## Data\n\n| corpus | licence | documents | outlets | sha256 |\n|---|---|--:|--:|---|\n");
    for row in data {
        let DataRow { name, licence, sha256, documents, outlets } = row;
        let _ = writeln!(text, "| {name} | {licence} | {documents} | {outlets} | `{sha256}` |");
    }
    text
}

fn fitted(recipe: &Recipe, trained: &Trained) -> String {
    let mut text = decision(&trained.model);
    let _ = writeln!(text, "- {} folds by outlet, {} rows", recipe.fit.folds, recipe.fit.rows);
    for (l2, loss) in &trained.penalties {
        match loss.is_nan() {
            true => _ = writeln!(text, "- l2 {l2:e}"),
            false => _ = writeln!(text, "- l2 {l2:e}: held-out log loss {loss:.4}"),
        }
    }
    text
}

fn decision(model: &ModelFile) -> String {
    let goals = &model.goals;
    let mut text = String::from("\n## Fit and decision\n\n");
    for (name, goal) in [("balanced", goals.balanced), ("precision", goals.precision), ("recall", goals.recall)] {
        let _ = match goal {
            Goal::Threshold(threshold) => writeln!(text, "- {name}: keep when P(content) ≥ {threshold}"),
            Goal::ExpectedF { beta, least } => {
                let _ = write!(text, "- {name}: the blocks of the highest expected F-measure, beta {beta}");
                match least > 0.0 {
                    true => writeln!(text, "; nothing when less content than a mass of {least} is expected"),
                    false => writeln!(text),
                }
            }
        };
    }
    let tokens = model
        .tokens
        .as_ref()
        .map_or("no learned tokens".to_owned(), |tokens| format!("2^{} learned tokens", tokens.bits));
    let _ = writeln!(text, "- {} columns, {tokens}", model.columns.len());
    if let Some(trees) = &model.trees {
        let leaves: usize = trees.trees.iter().map(|tree| tree.leaf.len()).sum();
        let (count, weight) = (trees.trees.len(), trees.weight);
        let _ = writeln!(text, "- {count} trees with {leaves} leaves in all, which weigh {weight:.2}");
    }
    text
}

fn figures(report: &Report, fold_f1: &[f64]) -> String {
    let mut text = String::from(
        "\n## Figures\n\nAll of them out of fold: each outlet judged by a model that has not seen it.\n\n",
    );
    let (mean, deviation) = spread(fold_f1);
    let _ = writeln!(
        text,
        "Page F1 of the folds: {mean:.4} ± {deviation:.4}; expected calibration error {:.4}.\n",
        report.calibration_error()
    );
    text.push_str(
        "| group | documents | page F1 | P | R | content kept | boilerplate removed |\n|---|--:|--:|--:|--:|--:|--:|\n",
    );
    let shown = |name: &&String| ["corpus", "language", "tag", "type"].iter().any(|kind| name.starts_with(kind));
    for name in [ALL].into_iter().chain(report.groups.keys().filter(shown).map(String::as_str)) {
        text.push_str(&row(name, &report.group(name)));
    }
    text.push_str("\n| husk | words removed |\n|---|--:|\n");
    for (name, tally) in
        report.groups.iter().filter(|(name, _)| name.starts_with("reason") || *name == MEMBERSHIP_PROSE)
    {
        let _ = writeln!(text, "| {} | {:.3} |", name.trim_start_matches("reason "), tally.boilerplate_removed());
    }
    text
}

fn row(name: &str, tally: &Tally) -> String {
    let page = tally.page();
    format!(
        "| {name} | {} | {:.3} | {:.3} | {:.3} | {:.3} | {:.3} |\n",
        tally.documents,
        page.f1,
        page.precision,
        page.recall,
        tally.content_kept(),
        tally.boilerplate_removed()
    )
}

/// Mean and standard deviation; 0 of nothing.
fn spread(values: &[f64]) -> (f64, f64) {
    let count = values.len().max(1) as f64;
    let mean = values.iter().sum::<f64>() / count;
    let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    (mean, (squares / count).sqrt())
}

fn floors(recipe: &Recipe, trained: &Trained) -> String {
    match (recipe.floors.len(), trained.missed.as_slice()) {
        (0, _) => String::new(),
        (count, []) => format!("\nAll {count} floors of the recipe are reached.\n"),
        (_, missed) => format!("\nFloors that are missed:\n\n- {}\n", missed.join("\n- ")),
    }
}

/// A column with what it does in the probe.
#[derive(Clone, Debug, PartialEq)]
pub struct Influence {
    /// The column.
    pub column: String,
    /// Log-odds a unit of the raw column.
    pub weight: f32,
    /// Mean size of its log-odds over the blocks of the probe, each compared with a mean block.
    pub size: f32,
}

/// The columns that move the probabilities of the probe most. Raw weights cannot be compared: columns differ in unit.
///
/// # Errors
/// [`ModelError`] when the model does not load.
pub fn influences(model: &ModelFile) -> Result<Vec<Influence>, ModelError> {
    let cleaner = Cleaner::with_model(Arc::new(Model::new(model)?)).markup(model.probe.markup);
    let explained = cleaner.explain(&model.probe.source, usize::MAX);
    let mut sizes: BTreeMap<String, f32> = BTreeMap::new();
    let blocks = explained.len().max(1) as f32;
    for (column, reason) in explained.into_iter().flat_map(|explanation| explanation.reasons) {
        *sizes.entry(column).or_default() += reason.abs() / blocks;
    }
    let weight = |column: &str| model.columns.get(column).map_or(0.0, |[weight, _]| *weight);
    let mut influences: Vec<Influence> =
        sizes.into_iter().map(|(column, size)| Influence { weight: weight(&column), column, size }).collect();
    influences.sort_by(|a, b| b.size.total_cmp(&a.size));
    Ok(influences)
}

fn weights(model: &ModelFile) -> Result<String, ModelError> {
    let mut text = String::from(
        "\n## Largest weights\n\nThe columns that move the probabilities of the model's probe most: mean size of their \
         log-odds, and the weight of a unit.\n\n| column | size | weight | meaning |\n|---|--:|--:|---|\n",
    );
    let meanings = meanings(model);
    for Influence { column, weight, size } in influences(model)?.into_iter().take(COLUMNS_SHOWN) {
        let meaning = meanings.get(&column).map_or(String::new(), |meaning| meaning.replace('|', "\\|"));
        let _ = writeln!(text, "| `{column}` | {size:.2} | {weight:+.3} | {meaning} |");
    }
    Ok(text)
}

/// What each column that a model weighs measures.
pub fn meanings(model: &ModelFile) -> BTreeMap<String, String> {
    let meaning = |(name, feature, reach): (String, &Feature, Reach)| (name, format!("{}{}", feature.doc, of(reach)));
    columns(columns_of(&model.markups)).map(meaning).collect()
}

fn of(reach: Reach) -> String {
    match reach {
        Reach::Own => String::new(),
        Reach::Offset(offset) if offset < 0 => format!("; of block {} before", -offset),
        Reach::Offset(offset) => format!("; of block {offset} after"),
        Reach::Window([first, last]) if first == -last => format!("; mean over {last} blocks to either side"),
        Reach::Window([first, last]) if last < 0 => format!("; mean over blocks {} to {} before", -last, -first),
        Reach::Window([first, last]) => format!("; mean over blocks {first} to {last} after"),
    }
}

fn failures(report: &Report) -> String {
    let mut text = String::from(
        "\n## Known failures\n\nThe wrongly judged blocks with the most words, out of fold.\n\n\
         | document | label | P(content) | words |\n|---|---|--:|--:|\n",
    );
    for mistake in report.mistakes.iter().take(MISTAKES_SHOWN) {
        let label = if mistake.label == Label::Content { "content" } else { "boilerplate" };
        let _ = writeln!(text, "| {} | {label} | {:.2} | {} |", mistake.id, mistake.probability, mistake.words);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::block::Markup;
    use crate::model::{FORMAT, Goals, Probe};
    use crate::segment::Cut;
    use crate::train::evaluate::Judged;
    use crate::train::fixture::parse_fixture;

    fn model() -> ModelFile {
        let goal = Goal::Threshold(0.5);
        let weight = |name: &str| if name == "log_words" { [1.0, 0.0] } else { [0.0, 0.0] };
        let mut file = ModelFile {
            format: FORMAT,
            name: "test".into(),
            version: "0".into(),
            markups: vec![Markup::Text],
            goals: Goals { balanced: goal, precision: goal, recall: goal },
            bias: 0.0,
            columns: columns(Markup::Text).map(|(name, ..)| (name.clone(), weight(&name))).collect(),
            tokens: None,
            trees: None,
            agreement: 0.0,
            adapted: None,
            probe: Probe { source: "Home\n\nThe council voted on Monday.".into(), ..Probe::default() },
        };
        let mut scratch = crate::model::Scratch::default();
        Model::bind(&file).unwrap().probabilities(&file.probe.source, Markup::Text, &mut scratch);
        file.probe.probabilities = scratch.probabilities;
        file
    }

    #[test]
    fn the_column_that_moves_the_probe_comes_first() {
        let influences = influences(&model()).unwrap();
        assert_eq!((influences[0].column.as_str(), influences[0].weight), ("log_words", 1.0));
        assert!(influences[0].size > 0.5);
        assert!(card_of_file(&model()).unwrap().contains("| `log_words` |"));
    }

    #[test]
    fn failures_name_documents_without_their_text() {
        let mut document = parse_fixture("outlet: a\nlanguage: en\nmarkup: text\n---\n+ secret words\n").unwrap();
        document.id = "en/a".into();
        let mut cut = Cut::default();
        cut.cut(&document.source, document.markup);
        let mut report = Report::default();
        report.add(Judged { document: &document, cut: &cut, probabilities: &[0.25], kept: &[false] }, "own");
        let text = failures(&report);
        assert!(text.contains("| en/a | content | 0.25 | 2 |") && !text.contains("secret"), "{text}");
    }

    #[test]
    fn spread_is_mean_and_deviation() {
        assert_eq!(spread(&[1.0, 3.0]), (2.0, 1.0));
        assert_eq!(spread(&[]), (0.0, 0.0));
    }
}
