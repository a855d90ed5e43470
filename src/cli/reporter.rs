//! What goes to standard error: messages, and how far a run has come, on a terminal only.

use std::io::{self, IsTerminal, Write};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

/// Messages that are shown; a broken dump must not flood the terminal.
const SHOWN: usize = 20;

/// Tells the user what is going on and counts what failed.
pub struct Reporter {
    bar: ProgressBar,
    messages: usize,
    failed: usize,
}

impl Reporter {
    /// A reporter that shows progress unless standard output, or standard error, is where others would see it.
    pub fn new(data_on_stdout: bool) -> Reporter {
        let quiet = !io::stderr().is_terminal() || (data_on_stdout && io::stdout().is_terminal());
        let bar = if quiet { ProgressBar::hidden() } else { spinner() };
        Reporter { bar, messages: 0, failed: 0 }
    }

    /// One more record is done.
    pub fn step(&self) {
        self.bar.inc(1);
    }

    /// Something the user should know.
    pub fn note(&mut self, message: &str) {
        self.messages += 1;
        if self.messages <= SHOWN {
            self.bar.suspend(|| print(message));
        }
    }

    /// An input or a record failed.
    pub fn fail(&mut self, message: &str) {
        self.failed += 1;
        self.note(message);
    }

    /// Ends the progress and gives the number of failures.
    pub fn finish(self) -> usize {
        self.bar.finish_and_clear();
        if self.messages > SHOWN {
            print(&format!("… and {} more messages", self.messages - SHOWN));
        }
        if self.failed > 0 {
            print(&format!("{} failed, {} done", self.failed, self.bar.position().saturating_sub(self.failed as u64)));
        }
        self.failed
    }
}

fn spinner() -> ProgressBar {
    let bar = ProgressBar::new_spinner();
    if let Ok(style) = ProgressStyle::with_template("{spinner} {human_pos} done, {per_sec}") {
        bar.set_style(style);
    }
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}

/// A line on standard error; when that is closed, nobody wants to know.
pub fn print(message: &str) {
    let _ = writeln!(io::stderr(), "dehusk: {message}");
}

/// An error with its causes, each said once: library errors name theirs themselves.
pub fn print_error(error: &anyhow::Error) {
    let mut message = error.to_string();
    for cause in error.chain().skip(1).map(ToString::to_string) {
        if !message.contains(&cause) {
            message = format!("{message}: {cause}");
        }
    }
    print(&message);
}
