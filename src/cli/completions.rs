//! `dehusk completions`: a script that completes commands and options in a shell.

use super::Outcome;
use super::sink::Sink;

/// Prints a completion script for a shell.
#[derive(Debug, clap::Args)]
pub struct CompletionsArgs {
    /// The shell.
    shell: clap_complete::Shell,
}

impl CompletionsArgs {
    pub fn run(self, mut command: clap::Command) -> anyhow::Result<Outcome> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut command, "dehusk", &mut script);
        Sink::print(&script)
    }
}
