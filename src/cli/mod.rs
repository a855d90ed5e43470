//! The command line: one file a command. This module must know only the library's public face.

mod adapt;
mod card;
mod clean;
mod completions;
mod evaluate;
mod features;
mod import;
mod job;
mod judge;
#[cfg(feature = "label")]
mod label;
mod lint;
mod outlet;
mod reading;
mod report;
pub mod reporter;
mod rules;
mod sink;
mod sources;
mod table;
mod train;
mod write;
mod writer;

use clap::{CommandFactory, Parser, Subcommand};

/// How a command ended, unless it failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Everything was done.
    Done,
    /// Nothing was done.
    NotStarted,
    /// Some inputs failed, the others were worked on.
    SomeFailed,
    /// A figure is lower than was asked for, or a check has findings.
    GateFailed,
}

/// Takes the husk off scraped text: keeps the content, drops navigation, consent, appeals, teasers and the like.
///
/// Exit codes: 0 done, 1 could not start, 2 some inputs failed, 3 a quality gate failed.
#[derive(Debug, Parser)]
#[command(name = "dehusk", version, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Clean(Box<clean::CleanArgs>),
    Classify(Box<clean::ClassifyArgs>),
    Explain(Box<clean::ExplainArgs>),
    Train(train::TrainArgs),
    Adapt(adapt::AdaptArgs),
    Outlet(outlet::OutletArgs),
    Evaluate(Box<evaluate::EvaluateArgs>),
    Features(features::FeaturesArgs),
    Card(card::CardArgs),
    Import(import::ImportArgs),
    Lint(lint::LintArgs),
    #[cfg(feature = "label")]
    Label(Box<label::LabelArgs>),
    Report(Box<report::ReportArgs>),
    Completions(completions::CompletionsArgs),
}

/// Reads the arguments and runs the command.
///
/// # Errors
/// What kept the command from starting or from writing.
pub fn run() -> anyhow::Result<Outcome> {
    match Cli::try_parse() {
        Ok(cli) => cli.command.run(),
        Err(error) => {
            // Help and version are no errors. A terminal that takes no message can be told nothing.
            let _ = error.print();
            Ok(if error.use_stderr() { Outcome::NotStarted } else { Outcome::Done })
        }
    }
}

impl Command {
    fn run(self) -> anyhow::Result<Outcome> {
        match self {
            Command::Clean(args) => args.run(),
            Command::Classify(args) => args.run(),
            Command::Explain(args) => args.run(),
            Command::Train(args) => args.run(),
            Command::Adapt(args) => args.run(),
            Command::Outlet(args) => args.run(),
            Command::Evaluate(args) => args.run(),
            Command::Features(args) => args.run(),
            Command::Card(args) => args.run(),
            Command::Import(args) => args.run(),
            Command::Lint(args) => args.run(),
            #[cfg(feature = "label")]
            Command::Label(args) => args.run(),
            Command::Report(args) => args.run(),
            Command::Completions(args) => args.run(Cli::command()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_arguments_are_consistent() {
        Cli::command().debug_assert();
    }
}
