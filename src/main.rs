//! The `dehusk` program: exit codes and broken pipes. Everything else is in `cli` and in the library.

mod cli;

use std::io;
use std::process::ExitCode;

use cli::Outcome;
use dehusk::io::WriteError;

fn main() -> ExitCode {
    match cli::run() {
        Ok(outcome) => code(outcome),
        // Whoever read our output has seen enough.
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            cli::reporter::print_error(&error);
            code(if stopped_midway(&error) { Outcome::SomeFailed } else { Outcome::NotStarted })
        }
    }
}

fn code(outcome: Outcome) -> ExitCode {
    ExitCode::from(match outcome {
        Outcome::Done => 0,
        Outcome::NotStarted => 1,
        Outcome::SomeFailed => 2,
        Outcome::GateFailed => 3,
    })
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    let is = |cause: &io::Error| cause.kind() == io::ErrorKind::BrokenPipe;
    error.chain().any(|cause| cause.downcast_ref::<io::Error>().is_some_and(is))
}

/// Whether output had been begun.
fn stopped_midway(error: &anyhow::Error) -> bool {
    let written = |error: &WriteError| matches!(error, WriteError::Write { .. } | WriteError::Stdout(_));
    error.chain().any(|cause| cause.downcast_ref::<WriteError>().is_some_and(written))
}
