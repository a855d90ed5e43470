//! What goes to standard error: messages, and how far a run has come, on a terminal only.

use std::io::{self, IsTerminal, Write};
use std::time::Duration;

use dehusk::io::BytesRead;
use indicatif::{HumanCount, ProgressBar, ProgressStyle};

/// Messages that are shown; a broken dump must not flood the terminal.
const SHOWN: usize = 20;

/// Records between two looks at how far the reading has come.
const STEPS_PER_LOOK: u64 = 16;

/// Tells the user what is going on and counts what failed.
pub struct Reporter {
    bar: ProgressBar,
    read: BytesRead,
    done: u64,
    messages: usize,
    failed: usize,
}

impl Reporter {
    /// A reporter that shows progress unless standard output, or standard error, is where others would see it.
    pub fn new(data_on_stdout: bool) -> Reporter {
        Reporter::showing(data_on_stdout, BytesRead::default(), || styled(ProgressBar::new_spinner(), SPINNER))
    }

    /// The same; progress is how much of so many bytes has been read, where these are known.
    pub fn of_bytes(data_on_stdout: bool, total: Option<u64>, read: BytesRead) -> Reporter {
        Reporter::showing(data_on_stdout, read, || match total {
            Some(total) => styled(ProgressBar::new(total), BAR),
            None => styled(ProgressBar::new_spinner(), BYTES),
        })
    }

    fn showing(data_on_stdout: bool, read: BytesRead, bar: impl Fn() -> ProgressBar) -> Reporter {
        let quiet = !io::stderr().is_terminal() || (data_on_stdout && io::stdout().is_terminal());
        let bar = if quiet { ProgressBar::hidden() } else { bar() };
        Reporter { bar, read, done: 0, messages: 0, failed: 0 }
    }

    /// One more record is done.
    pub fn step(&mut self) {
        self.done += 1;
        if self.done.is_multiple_of(STEPS_PER_LOOK) && !self.bar.is_hidden() {
            match self.read.get() {
                0 => self.bar.set_position(self.done),
                bytes => self.bar.set_position(bytes),
            }
            self.bar.set_message(HumanCount(self.done).to_string());
        }
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
            print(&format!("{} failed, {} done", self.failed, self.done.saturating_sub(self.failed as u64)));
        }
        self.failed
    }
}

/// What is shown where only records can be counted, where bytes can, and where it is known how many there are.
const SPINNER: &str = "{spinner} {human_pos} done, {per_sec}";
const BYTES: &str = "{spinner} {bytes}, {bytes_per_sec}, {msg} done";
const BAR: &str = "{spinner} {wide_bar} {bytes} of {total_bytes}, {bytes_per_sec}, {eta} left, {msg} done";

fn styled(bar: ProgressBar, template: &str) -> ProgressBar {
    if let Ok(style) = ProgressStyle::with_template(template) {
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
