//! The report of an evaluation: curves, confusion, weights, and the worst errors in their documents.
//! This module must not know how documents were judged.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::charts::{Mark, chart};
use super::escape::{Short, Text};
use super::shell::{page, table, tint};
use crate::block::{Label, Reason};
use crate::train::card::Influence;
use crate::train::evaluate::{ALL, Judged, Report, Tally};

/// Characters of a block that are shown.
const BLOCK_CHARS: usize = 600;
/// Blocks of a document that are shown.
const MOST_BLOCKS: usize = 600;
/// Weights that are listed for a model.
const MOST_WEIGHTS: usize = 30;
/// Groups of a kind that are listed.
const MOST_GROUPS: usize = 60;
/// Wrongly judged blocks that are listed.
const MOST_MISTAKES: usize = 40;

/// A column that a model weighs, and what it means.
#[derive(Clone, Debug)]
pub struct Weight {
    /// The column with its weight.
    pub influence: Influence,
    /// What it measures.
    pub meaning: String,
}

/// A report in the making: the documents of the worst errors are kept while they are seen.
#[derive(Default)]
pub struct Evaluation {
    documents: BTreeMap<String, String>,
}

impl Evaluation {
    /// Looks at a judged document after it was added to `report`.
    pub fn add(&mut self, judged: Judged<'_>, report: &Report) {
        let id = &judged.document.id;
        if report.mistakes.iter().any(|mistake| mistake.id == *id) {
            self.documents.insert(id.clone(), shown(judged));
        }
        if self.documents.len() > 2 * MOST_MISTAKES {
            self.documents.retain(|id, _| report.mistakes.iter().any(|mistake| mistake.id == *id));
        }
    }

    /// The page. `others` are compared with; `weights` are those of each model by its name.
    pub fn finish(
        &self,
        name: &str,
        report: &Report,
        others: &[(&str, &Report)],
        weights: &[(String, Vec<Weight>)],
    ) -> String {
        let all = report.group(ALL);
        let title = format!("Evaluation of {name}");
        let mut body = format!("<main><h1>{}</h1><p class=\"about\">{} documents</p>\n", Text(&title), all.documents);
        body.push_str(&compared(name, report, others));
        body.push_str("<div class=\"charts\">");
        body.push_str(&precision_recall(report, &all));
        body.push_str(&calibration(report));
        body.push_str("</div>\n");
        for (kind, title) in
            [("language", "By language"), ("type", "By page type"), ("outlet", "By outlet"), ("corpus", "By corpus")]
        {
            body.push_str(&confusion(report, kind, title));
        }
        body.push_str(&weights.iter().map(|(model, weights)| weight_table(model, weights)).collect::<String>());
        body.push_str(&self.worst(report));
        page(&title, &(body + "</main>"))
    }

    /// The worst errors, each with a link to its document below.
    fn worst(&self, report: &Report) -> String {
        let ids: Vec<&String> = self.documents.keys().collect();
        let anchor = |id: &String| ids.iter().position(|own| *own == id);
        let rows: Vec<Vec<String>> = report
            .mistakes
            .iter()
            .take(MOST_MISTAKES)
            .map(|mistake| {
                let error = if mistake.label == Label::Content { "content dropped" } else { "husk kept" };
                let name = Text(&mistake.id).to_string();
                let link = anchor(&mistake.id).map_or(name.clone(), |at| format!("<a href=\"#d{at}\">{name}</a>"));
                let text = Text(&mistake.text).to_string();
                vec![link, error.to_owned(), mistake.words.to_string(), format!("{:.2}", mistake.probability), text]
            })
            .collect();
        if rows.is_empty() {
            return "<h2>Errors</h2><p>None.</p>".to_owned();
        }
        let heading = ["document", "error", "words", "P(content)", "block"];
        let mut text = format!("<h2>Worst errors</h2>\n{}", table(&heading, &rows, &[1, 4]));
        for (at, id) in ids.iter().enumerate().filter(|(_, id)| report.mistakes.iter().any(|own| own.id == ***id)) {
            let _ = writeln!(text, "<article id=\"d{at}\"><h3>{}</h3>{}</article>", Text(id), self.documents[*id]);
        }
        text
    }
}

/// A document with its labels beside what the model made of it.
fn shown(judged: Judged<'_>) -> String {
    let labels = judged.document.labels(&judged.cut.blocks);
    let mut text = String::from("<div>");
    for (block, (label, reason)) in labels.iter().enumerate().take(MOST_BLOCKS) {
        let (kept, probability) = (judged.kept[block], judged.probabilities[block]);
        let wrong = *label != Label::Ignore && kept != (*label == Label::Content);
        let gold = match label {
            Label::Content => "content",
            Label::Ignore => "ignored",
            Label::Boilerplate => reason.map_or("husk", Reason::name),
        };
        let said = if kept { "kept" } else { "dropped" };
        let _ = writeln!(
            text,
            "<p class=\"b {}{} {}\" dir=\"auto\"><span class=\"gold\">{gold}, {said}, {probability:.2}</span>{}</p>",
            ["d", "k"][usize::from(kept)],
            ["", " wrong"][usize::from(wrong)],
            tint(probability),
            Short(judged.cut.text(&judged.document.source, block), BLOCK_CHARS)
        );
    }
    if labels.len() > MOST_BLOCKS {
        let _ = write!(text, "<p class=\"about\">{} more blocks</p>", labels.len() - MOST_BLOCKS);
    }
    text + "</div>"
}

fn compared(name: &str, report: &Report, others: &[(&str, &Report)]) -> String {
    let rows: Vec<Vec<String>> = [(name, report)]
        .iter()
        .chain(others)
        .map(|(name, report)| {
            let all = report.group(ALL);
            let page = all.page();
            let mut row = vec![Text(name).to_string()];
            let figures = [page.f1, page.precision, page.recall, all.content_kept(), all.boilerplate_removed()];
            row.extend(figures.map(|figure| format!("{figure:.3}")));
            row
        })
        .collect();
    table(&["", "page F1", "precision", "recall", "content kept", "husk removed"], &rows, &[])
}

/// Precision and recall of words over all thresholds, and where the decision stands.
fn precision_recall(report: &Report, all: &Tally) -> String {
    let (mut content, mut husk) = (0, 0);
    let total: u64 = report.curve.iter().map(|step| step[0]).sum();
    let mut points = Vec::new();
    let mut half = None;
    for (at, [own_content, own_husk]) in report.curve.iter().enumerate().rev() {
        content += own_content;
        husk += own_husk;
        if content + husk > 0 && total > 0 {
            let point = (content as f64 / total as f64, content as f64 / (content + husk) as f64);
            points.push(point);
            if 2 * at >= report.curve.len() {
                half = Some(point);
            }
        }
    }
    let decided = all.content_words();
    let name =
        format!("decision: precision {:.3}, recall {:.3}, F1 {:.3}", decided.precision, decided.recall, decided.f1);
    let mut marks = vec![Mark::Curve(points), Mark::Point(decided.recall, decided.precision, &name, 0.6)];
    if let Some((recall, precision)) = half {
        marks.push(Mark::Point(recall, precision, "threshold 0.5", 0.1));
    }
    let drawn =
        chart("recall of content words", "precision", &format!("Precision and recall of words; {name}"), &marks);
    let half = half.map_or(String::new(), |(recall, precision)| {
        format!("; small: threshold 0.5 (precision {precision:.3}, recall {recall:.3})")
    });
    format!(
        "<figure><figcaption>Precision and recall of words. Large point: {name}{half}.</figcaption>{drawn}</figure>"
    )
}

fn calibration(report: &Report) -> String {
    let most = report.calibration.iter().map(|bin| bin.words).max().unwrap_or(0).max(1) as f64;
    let names: Vec<(f64, f64, String, f64)> = report
        .calibration
        .iter()
        .filter(|bin| bin.words > 0)
        .map(|bin| {
            let words = bin.words as f64;
            let (expected, found) = (bin.expected / words, bin.content as f64 / words);
            (
                expected,
                found,
                format!("said {expected:.3}, found {found:.3}, {} words", bin.words),
                (words / most).sqrt(),
            )
        })
        .collect();
    let mut marks = vec![Mark::Diagonal, Mark::Curve(names.iter().map(|(x, y, ..)| (*x, *y)).collect())];
    marks.extend(names.iter().map(|(x, y, name, size)| Mark::Point(*x, *y, name, *size)));
    let error = report.calibration_error();
    let drawn = chart("P(content), mean", "content found", &format!("Calibration; error {error:.4}"), &marks);
    format!(
        "<figure><figcaption>Calibration by tenths of P(content); larger points hold more words. Error {error:.4}.\
         </figcaption>{drawn}</figure>"
    )
}

/// What became of the words of content and husk, by the groups of a kind.
fn confusion(report: &Report, kind: &str, title: &str) -> String {
    let mut groups: Vec<(&str, &Tally)> = report
        .groups
        .iter()
        .filter_map(|(name, tally)| name.split_once(' ').filter(|(own, _)| *own == kind).map(|(_, name)| (name, tally)))
        .collect();
    groups.sort_by(|a, b| b.1.documents.cmp(&a.1.documents).then(a.0.cmp(b.0)));
    if groups.is_empty() {
        return String::new();
    }
    let rows: Vec<Vec<String>> = groups
        .iter()
        .take(MOST_GROUPS)
        .map(|(name, tally)| {
            let mut row = vec![Text(name).to_string(), tally.documents.to_string(), format!("{:.3}", tally.page().f1)];
            row.extend(tally.words().map(|words| words.to_string()));
            row.extend([tally.content_kept(), tally.boilerplate_removed()].map(|share| format!("{share:.3}")));
            row
        })
        .collect();
    let heading = [
        kind,
        "documents",
        "page F1",
        "content kept",
        "content dropped",
        "husk kept",
        "husk dropped",
        "share kept",
        "share removed",
    ];
    let open = if groups.len() <= 12 { " open" } else { "" };
    let table = table(&heading, &rows, &[]);
    format!("<details{open}><summary>{title} ({}), in words</summary>{table}</details>\n", groups.len())
}

fn weight_table(model: &str, weights: &[Weight]) -> String {
    let rows: Vec<Vec<String>> = weights
        .iter()
        .take(MOST_WEIGHTS)
        .map(|Weight { influence, meaning }| {
            let Influence { column, weight, size } = influence;
            let name = format!("<code>{}</code>", Text(column));
            vec![name, format!("{size:.2}"), format!("{weight:+.3}"), Text(meaning).to_string()]
        })
        .collect();
    let table = table(&["column", "size", "weight", "meaning"], &rows, &[3]);
    format!(
        "<details><summary>Largest weights of {}</summary><p class=\"about\">Size: mean log-odds over the blocks of the \
         model's probe; weight: log-odds a unit.</p>{table}</details>\n",
        Text(model)
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::segment::Cut;
    use crate::train::fixture::parse_fixture;

    #[test]
    fn the_page_has_curves_confusion_and_the_worst_errors_with_links() {
        let text = "outlet: <o>\nlanguage: en\nmarkup: text\n---\n+ one <b>two</b>\n- [nav] four five six\n? seven\n";
        let mut document = parse_fixture(text).unwrap();
        document.id = "en/a&b".into();
        let mut cut = Cut::default();
        cut.cut(&document.source, document.markup);
        let judged =
            Judged { document: &document, cut: &cut, probabilities: &[0.4, 0.8, 0.5], kept: &[false, true, true] };
        let (mut report, mut evaluation) = (Report::default(), Evaluation::default());
        report.add(judged, "own");
        evaluation.add(judged, &report);
        let weights = vec![Weight {
            influence: Influence { column: "a<b".into(), weight: 1.0, size: 0.5 },
            meaning: "x & y".into(),
        }];
        let page = evaluation.finish("model@1", &report, &[("c4", &report)], &[("model@1".into(), weights)]);
        for expected in [
            "<polyline",
            "href=\"#d0\">en/a&amp;b</a>",
            "<article id=\"d0\">",
            "one &lt;b&gt;two&lt;/b&gt;",
            "b k wrong p16",
            "<code>a&lt;b</code>",
            "By language (1)",
            "&lt;o&gt;",
        ] {
            assert!(page.contains(expected), "{expected}\n{page}");
        }
        assert!(!page.contains("<b>two") && !page.contains("<o>"));
    }

    #[test]
    fn nothing_judged_makes_a_page_as_well() {
        let page = Evaluation::default().finish("m", &Report::default(), &[], &[]);
        assert!(page.contains("0 documents") && !page.contains("NaN"));
    }
}
