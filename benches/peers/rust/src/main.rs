//! Runs one Rust peer, or dehusk, over the pages of a corpus: one thread, in memory, only the extraction on the clock.
//!
//! `peers NAME INPUT.jsonl OUTPUT.jsonl TIMES.json`, with the contract of `../peers.py`, which runs the Python peers:
//! INPUT has `{"id", "html"}` a line, OUTPUT gets `{"id", "content"}`, empty where the peer failed, TIMES gets
//! `{"tool", "pages", "bytes", "seconds", "failures"}`.

mod extractors;

use std::error::Error;
use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook};
use std::time::{Duration, Instant};
use std::{env, fs, process, thread};

use extractors::{EXTRACTORS, Extract, Extractor};
use serde::{Deserialize, Serialize};

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// Some peers recurse once an element, and a stack overflow cannot be caught.
const STACK_BYTES: usize = 1 << 30;

const WARM_UP: &str =
    "<html><body><p>The first page pays for what a peer loads when it is first called.</p></body></html>";

#[derive(Deserialize)]
struct Page {
    id: String,
    html: String,
}

#[derive(Serialize)]
struct Prediction<'a> {
    id: &'a str,
    content: &'a str,
}

#[derive(Serialize)]
struct Report {
    /// Package, version and mode: what the table calls it.
    tool: String,
    pages: usize,
    /// Of HTML, as UTF-8.
    bytes: usize,
    /// In extraction calls alone.
    seconds: f64,
    /// Pages on which the peer panicked or gave an error.
    failures: usize,
}

fn main() -> Outcome<()> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [name, input, output, times] = arguments.as_slice() else { usage() };
    let extractor = EXTRACTORS.iter().find(|extractor| extractor.name == name.as_str()).unwrap_or_else(|| usage());
    set_hook(Box::new(|_| {}));
    let report = on_a_big_stack(|| run(extractor, input, output))?;
    Ok(fs::write(times, serde_json::to_vec(&report)?)?)
}

fn usage() -> ! {
    let names: Vec<&str> = EXTRACTORS.iter().map(|extractor| extractor.name).collect();
    eprintln!("usage: peers NAME INPUT.jsonl OUTPUT.jsonl TIMES.json\nNAME: {}", names.join(" "));
    process::exit(1)
}

/// Runs `work` on one thread of its own.
fn on_a_big_stack<T: Send>(work: impl FnOnce() -> Outcome<T> + Send) -> Outcome<T> {
    thread::scope(|scope| {
        let thread = thread::Builder::new().stack_size(STACK_BYTES).spawn_scoped(scope, work)?;
        thread.join().unwrap_or_else(|_| Err("the driver itself panicked".into()))
    })
}

fn run(extractor: &Extractor, input: &str, output: &str) -> Outcome<Report> {
    let mut extract = (extractor.load)();
    let mut report = Report { tool: extractor.title()?, pages: 0, bytes: 0, seconds: 0.0, failures: 0 };
    let mut output = BufWriter::new(File::create(output)?);
    timed(&mut extract, WARM_UP);
    for line in BufReader::new(File::open(input)?).lines() {
        let page: Page = serde_json::from_str(&line?)?;
        let (content, took) = timed(&mut extract, &page.html);
        report.add(&page, content.is_none(), took);
        let prediction = Prediction { id: &page.id, content: content.as_deref().unwrap_or_default() };
        serde_json::to_writer(&mut output, &prediction)?;
        output.write_all(b"\n")?;
    }
    output.flush()?;
    Ok(report)
}

/// Text of a page, `None` when the peer failed, and the time its extraction took.
fn timed(extract: &mut Extract, html: &str) -> (Option<String>, Duration) {
    let start = Instant::now();
    let result = catch_unwind(AssertUnwindSafe(|| extract(html)));
    let took = start.elapsed();
    (result.ok().and_then(Result::ok), took)
}

impl Report {
    fn add(&mut self, page: &Page, failed: bool, took: Duration) {
        self.pages += 1;
        self.bytes += page.html.len();
        self.seconds += took.as_secs_f64();
        self.failures += usize::from(failed);
    }
}
