//! `dehusk features`: the table of features.

use dehusk::Markup;
use dehusk::features::{columns, features};

use super::Outcome;
use super::judge::Kind;
use super::sink::Sink;
use super::table::Table;

/// Prints the features that models weigh: family, name, meaning.
///
/// A feature marked `near` also gives columns for the three blocks before and after (`name@-1`) and means over windows
/// (`name~5`).
#[derive(Debug, clap::Args)]
pub struct FeaturesArgs {
    /// Which models.
    #[arg(long, value_enum, default_value_t = Kind::Text)]
    markup: Kind,
    /// Print JSON, one feature a line.
    #[arg(long)]
    json: bool,
}

impl FeaturesArgs {
    pub fn run(self) -> anyhow::Result<Outcome> {
        let text = if self.json { json(self.markup.markup()) } else { table(self.markup.markup()) };
        Sink::print(text.as_bytes())
    }
}

fn table(markup: Markup) -> String {
    let mut table = Table::new(&["family", "feature", "columns", "meaning"]).left(&[0, 1, 2, 3]);
    for (family, feature) in features(markup) {
        let reach = if feature.near { "near" } else { "own" };
        table.row([family, feature.name, reach, feature.doc].map(str::to_owned));
    }
    format!("{table}\n{} features, {} columns\n", features(markup).count(), columns(markup).count())
}

fn json(markup: Markup) -> String {
    features(markup)
        .map(|(family, feature)| {
            let row = serde_json::json!({
                "family": family, "name": feature.name, "near": feature.near, "doc": feature.doc,
            });
            format!("{row}\n")
        })
        .collect()
}
