//! `dehusk report`: what a run keeps and drops, as pages for people.

use std::path::{Path, PathBuf};

use clap::ValueEnum;
use dehusk::batch::{Weighed, map};
use dehusk::report::{Document, RunReport};
use dehusk::{ClassifiedBlock, Explanation};

use super::Outcome;
use super::judge::{Bench, Judge, JudgeArgs};
use super::reading::ReadArgs;
use super::reporter::{Reporter, print};
use super::sink::write_file;
use super::sources::{Source, or_stdin, sources};

/// Shows what is kept and dropped of documents, tinted by P(content), with the strongest reasons, filters and totals.
///
/// The pages hold everything they need and open without a network. Long reports are cut into several pages.
#[derive(Debug, clap::Args)]
pub struct ReportArgs {
    /// Files, directories, or - for standard input (the default).
    #[arg(value_name = "INPUT")]
    inputs: Vec<PathBuf>,
    #[command(flatten)]
    reading: ReadArgs,
    #[command(flatten)]
    judge: JudgeArgs,
    /// What to write.
    #[arg(long, value_enum, default_value_t = To::Html)]
    to: To,
    /// The first page; further ones are named NAME-2.html and so on.
    #[arg(long, short, value_name = "PATH", default_value = "report.html")]
    output: PathBuf,
    /// Documents that are shown; all are counted.
    #[arg(long, value_name = "N", default_value_t = 1000)]
    documents: usize,
    /// Reasons of a block.
    #[arg(long, value_name = "N", default_value_t = 3)]
    reasons: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum To {
    /// Pages for a browser.
    Html,
}

impl ReportArgs {
    pub fn run(&self) -> anyhow::Result<Outcome> {
        let judge = self.judge.open()?;
        let mut reporter = Reporter::new(false);
        let mut report = RunReport::new(&self.title(&judge), self.documents);
        self.judge_all(&judge, &mut report, &mut reporter)?;
        let pages = report.finish(|at| file_name(&page_path(&self.output, at)));
        for (at, page) in pages.iter().enumerate() {
            write_file(&page_path(&self.output, at), page.as_bytes())?;
        }
        let failed = reporter.finish();
        let more = if pages.len() > 1 { format!(" and {} more pages", pages.len() - 1) } else { String::new() };
        print(&format!("written: {}{more}", self.output.display()));
        Ok(if failed > 0 { Outcome::SomeFailed } else { Outcome::Done })
    }

    fn title(&self, judge: &Judge) -> String {
        let names: Vec<String> = self.inputs.iter().map(|input| input.display().to_string()).collect();
        let names = if names.is_empty() { "standard input".to_owned() } else { names.join(", ") };
        format!("{names} by {}", judge.title())
    }

    fn judge_all(&self, judge: &Judge, report: &mut RunReport, reporter: &mut Reporter) -> anyhow::Result<()> {
        let names = or_stdin(&self.inputs);
        let found = names.iter().flat_map(|name| sources(&self.reading, name)).enumerate().map(|(at, source)| {
            let weight = source.as_ref().map_or(0, |source| source.text.len());
            Weighed { weight, item: (at, source) }
        });
        map(
            self.reading.jobs(),
            found,
            || judge.bench(),
            |bench, (at, source)| self.judged(judge, bench, at, source),
            |judged| {
                reporter.step();
                match judged {
                    Ok(judged) => judged.add_to(report),
                    Err(what) => reporter.fail(&what),
                }
                Ok(())
            },
        )
    }

    /// Judges a source; reasons are worked out for those that may be shown.
    fn judged(
        &self,
        judge: &Judge,
        bench: &mut Bench<'_>,
        at: usize,
        source: Result<Source, String>,
    ) -> Result<Judged, String> {
        let source = source?;
        let (known, outlet) = (source.outlet_by(judge.by()), source.publisher());
        let Source { id, language, markup, text, .. } = source;
        let subject = judge.subject(&text, markup, known.as_deref()).map_err(|what| format!("{id}: {what}"))?;
        let blocks = match at < self.documents {
            true => bench.explain(subject, self.reasons),
            false => {
                let blocks = bench.judge(subject).blocks(subject.source).into_iter();
                blocks.map(|block| Explanation { block, reasons: Vec::new() }).collect()
            }
        };
        let blocks = blocks.into_iter().map(owned).collect();
        Ok(Judged { id, outlet, language, blocks })
    }
}

/// A judged source, free of it.
struct Judged {
    id: String,
    outlet: String,
    language: String,
    blocks: Vec<Explanation<'static>>,
}

impl Judged {
    fn add_to(&self, report: &mut RunReport) {
        let Judged { id, outlet, language, blocks } = self;
        report.add(Document { id, outlet, language, blocks });
    }
}

fn owned(Explanation { block, reasons }: Explanation<'_>) -> Explanation<'static> {
    let ClassifiedBlock { text, span, probability, label, reason } = block;
    let block = ClassifiedBlock { text: text.into_owned().into(), span, probability, label, reason };
    Explanation { block, reasons }
}

/// `report.html`, `report-2.html` …
fn page_path(first: &Path, at: usize) -> PathBuf {
    if at == 0 {
        return first.to_owned();
    }
    let stem = first.file_stem().unwrap_or_default().to_string_lossy();
    let extension = first.extension().map(|own| format!(".{}", own.to_string_lossy())).unwrap_or_default();
    first.with_file_name(format!("{stem}-{}{extension}", at + 1))
}

fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn further_pages_are_numbered() {
        for (first, at, expected) in [("a/r.html", 0, "a/r.html"), ("a/r.html", 1, "a/r-2.html"), ("r", 2, "r-3")] {
            assert_eq!(page_path(Path::new(first), at), Path::new(expected));
        }
    }
}
