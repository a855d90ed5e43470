//! The contracts of the command line, each as a sentence with examples. Most run with a model made here, so that they
//! say nothing of how good a trained one is.

#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command as Process, Stdio};

use assert_cmd::Command;
use dehusk::features::columns;
use dehusk::{Cleaner, Cut, FORMAT, Goal, Goals, Markup, ModelFile, Probe, Worker};
use proptest::prelude::*;
use serde_json::{Value, json};
use tempfile::TempDir;

const PAGE: &str = "News | Sport | Wetter\n\nThe council voted on Monday to close the old bridge.\n\nShare\nMenü\n\nIt will be opened again in May.\n";
const KEPT: &str = "The council voted on Monday to close the old bridge.\n\nIt will be opened again in May.";

const HTML: &str = "<!doctype html><html lang=en><head><meta charset=utf-8><title>Bridge closed | Example Times</title>\
    <meta property=og:title content='Bridge closed'><meta name=author content='Ellen Marsh'></head><body>\
    <nav><ul><li><a href=/>News</a><li><a href=/s>Sport</a><li><a href=/w>Wetter &amp; Menü</a></ul></nav>\n\
    <p>The council voted on <a href=\"/monday\">Monday</a> to\n close the <b>old</b> bridge.</p>\n\
    <p onclick=x()>It will be opened again in May.</p><div>Share</div></body></html>";
const HTML_KEPT: &str = "The council voted on Monday to close the old bridge.\n\nIt will be opened again in May.";

/// A page whose model need not be good: links to all parts of a site, then an article.
const BLATANT: &str = "<html lang=en><head><title>Bridge closed</title></head><body><header><nav><ul>\
    <li><a href=/news>News</a></li><li><a href=/sport>Sport</a></li><li><a href=/weather>Weather</a></li>\
    <li><a href=/culture>Culture</a></li><li><a href=/login>Log in</a></li></ul></nav></header>\
    <main><article><h1>Old bridge to be closed</h1>\
    <p>The council voted on Monday evening to close the old bridge over the river, after inspectors had found deep \
    cracks in two of its four piers during their yearly visit.</p>\
    <p>A ferry will carry pedestrians and cyclists from one bank to the other every half an hour until the works are \
    done, which the mayor expects to be the case in the spring of next year.</p>\
    <p>The bridge was built more than a hundred years ago by a local firm, and nobody had looked after its \
    foundations since the flood that took away the mill on the northern bank.</p></article></main>\
    <footer><ul><li><a href=/terms>Terms of use</a></li><li><a href=/privacy>Privacy policy</a></li></ul>\
    <p>&copy; 2024 Example Times. All rights reserved.</p></footer></body></html>";

/// A model that keeps what ends like a sentence.
fn sentences() -> ModelFile {
    model("sentences", &[Markup::Text, Markup::Markdown])
}

/// The same for pages.
fn pages() -> ModelFile {
    model("pages", &[Markup::Html])
}

fn model(name: &str, markups: &[Markup]) -> ModelFile {
    let goal = Goal::Threshold(0.5);
    let weight = |name: &str| if name == "ends_sentence" { [6.0, 0.0] } else { [0.0, 0.0] };
    let columns: Vec<String> = columns(markups[0]).map(|(name, ..)| name).collect();
    let file = json!({
        "format": FORMAT,
        "name": name,
        "version": "1",
        "markups": markups,
        "goals": Goals { balanced: goal, precision: Goal::Threshold(1.0), recall: Goal::Threshold(0.0) },
        "bias": -3.0,
        "columns": columns.iter().map(|name| (name, weight(name))).collect::<BTreeMap<_, _>>(),
        "probe": Probe { markup: markups[0], ..Probe::default() },
    });
    serde_json::from_value(file).unwrap()
}

/// A folder with the models.
struct Place {
    folder: TempDir,
}

impl Place {
    fn new() -> Place {
        let place = Place { folder: tempfile::tempdir().unwrap() };
        place.file("model.json", serde_json::to_vec(&sentences()).unwrap());
        place.file("pages.json", serde_json::to_vec(&pages()).unwrap());
        place
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn file(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, bytes).unwrap();
        path
    }

    fn text(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    /// A command in the folder.
    fn dehusk(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_dehusk"));
        command.current_dir(self.folder.path()).args(args);
        command
    }

    /// A command that judges, with the model.
    fn judge(&self, command: &str, args: &[&str]) -> Command {
        let mut command = self.dehusk(&[command, "--model", "model.json"]);
        command.args(args);
        command
    }

    /// Cleans; gives exit code, standard output and standard error.
    fn clean(&self, args: &[&str]) -> (i32, String, String) {
        run(self.judge("clean", args))
    }

    /// Cleans with the model of pages.
    fn clean_pages(&self, args: &[&str]) -> (i32, String, String) {
        run(self.dehusk(&[&["clean", "--model", "pages.json"], args].concat()))
    }

    /// Cleans with the models that are built in.
    fn clean_built_in(&self, args: &[&str]) -> (i32, String, String) {
        run(self.dehusk(&[&["clean"], args].concat()))
    }
}

fn run(mut command: Command) -> (i32, String, String) {
    let output = command.output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

fn lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn packed(name: &str, bytes: &[u8]) -> Vec<u8> {
    if name.ends_with(".gz") {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    } else {
        zstd::encode_all(bytes, 0).unwrap()
    }
}

fn unpacked(name: &str, bytes: &[u8]) -> Vec<u8> {
    if name.ends_with(".gz") {
        let mut plain = Vec::new();
        std::io::Read::read_to_end(&mut flate2::read::MultiGzDecoder::new(bytes), &mut plain).unwrap();
        plain
    } else {
        zstd::decode_all(bytes).unwrap()
    }
}

// Text.

#[test]
fn the_content_of_a_file_goes_to_standard_output() {
    let place = Place::new();
    place.file("page.txt", PAGE);
    assert_eq!(place.clean(&["page.txt"]), (0, format!("{KEPT}\n"), String::new()));
}

#[test]
fn standard_input_is_the_default() {
    let place = Place::new();
    for args in [&[][..], &["-"]] {
        let mut command = place.judge("clean", args);
        command.write_stdin(PAGE);
        assert_eq!(run(command), (0, format!("{KEPT}\n"), String::new()));
    }
}

#[test]
fn kept_lines_are_lines_of_the_source_in_order() {
    let place = Place::new();
    place.file("page.txt", PAGE);
    for args in
        [&["--favor", "recall"][..], &["--favor", "precision"], &["--threshold", "0.5"], &["--preset", "refinedweb"]]
    {
        let mut command = place.dehusk(&["clean", "page.txt"]);
        if !args.contains(&"--preset") {
            command.args(["--model", "model.json"]);
        }
        command.args(args);
        let (code, content, _) = run(command);
        assert_eq!(code, 0);
        let mut source = PAGE.lines();
        assert!(content.lines().all(|line| source.any(|own| own == line)), "{args:?}: {content}");
    }
}

#[test]
fn presets_need_no_model() {
    let place = Place::new();
    place.file("page.txt", PAGE);
    let (code, content, _) = run(place.dehusk(&["clean", "--preset", "keep-all", "page.txt"]));
    assert_eq!((code, content.as_str()), (0, PAGE));
    let (_, content, _) = run(place.dehusk(&["clean", "--preset", "c4", "page.txt"]));
    assert_eq!(content, format!("{KEPT}\n"));
}

#[test]
fn too_much_removed_keeps_the_source() {
    let place = Place::new();
    place.file("page.txt", "Home\nNews\nSport\n\nIt rains.");
    let (code, content, said) = place.clean(&["--max-removed", "0.5", "page.txt"]);
    assert_eq!((code, content.as_str()), (0, "Home\nNews\nSport\n\nIt rains.\n"));
    assert!(said.contains("over_removed"), "{said}");
    assert_eq!(place.clean(&["--max-removed", "0.9", "page.txt"]).1, "It rains.\n");
}

// JSONL.

#[test]
fn fields_are_passed_through_as_they_were_written() {
    let place = Place::new();
    let text = json!(PAGE);
    place.file("in.jsonl", format!("{{\"z\": 1.0e3, \"text\":{text},\"id\":\"a\",\"status\":\"old\"}}\n"));
    let (code, out, said) = place.clean(&["in.jsonl"]);
    assert_eq!((code, said.as_str()), (0, ""));
    let expected = format!(
        "{{\"z\":1.0e3,\"text\":{text},\"id\":\"a\",\"content\":{},\"kept_ratio\":{},\"status\":\"ok\",\"model\":\"sentences@1\"}}\n",
        json!(KEPT),
        lines(&out)[0]["kept_ratio"]
    );
    assert_eq!(out, expected);
    let ratio = lines(&out)[0]["kept_ratio"].as_f64().unwrap();
    assert!((0.7..0.9).contains(&ratio), "{ratio}");
    let (_, out, _) = place.clean(&["--drop-source", "in.jsonl"]);
    assert!(!out.contains("\"text\""), "{out}");
}

#[test]
fn spans_are_the_dropped_blocks_in_code_points() {
    let place = Place::new();
    place.file("in.jsonl", format!("{}\n", json!({"text": PAGE})));
    let (_, out, _) = place.clean(&["--spans", "in.jsonl"]);
    let record = &lines(&out)[0];
    assert_eq!(record["content"], KEPT);
    let points: Vec<char> = PAGE.chars().collect();
    let cut: Vec<String> = record["boilerplate"]
        .as_array()
        .unwrap()
        .iter()
        .map(|span| {
            points[span["start"].as_u64().unwrap() as usize..span["end"].as_u64().unwrap() as usize].iter().collect()
        })
        .collect();
    assert_eq!(cut, ["News | Sport | Wetter", "Share", "Menü"]);
    assert!(record["boilerplate"][0]["probability"].as_f64().unwrap() < 0.5);
}

#[test]
fn content_is_the_same_with_and_without_spans() {
    let place = Place::new();
    let sources =
        ["", "\n\n", "A.\r\n\r\nB\r\rC.", "Home\n\n\n# T\n\nIt rains.\n* a\n* b.\n", "a\u{c}b.\n\u{200b}\nc."];
    let input: String = sources.iter().map(|source| format!("{}\n", json!({"text": source}))).collect();
    place.file("in.jsonl", input);
    let plain = lines(&place.clean(&["in.jsonl"]).1);
    let with_spans = lines(&place.clean(&["--spans", "in.jsonl"]).1);
    for (plain, with_spans) in plain.iter().zip(&with_spans) {
        assert_eq!((&plain["content"], &plain["kept_ratio"]), (&with_spans["content"], &with_spans["kept_ratio"]));
    }
}

#[test]
fn records_that_cannot_be_cleaned_say_why_and_the_rest_goes_on() {
    let place = Place::new();
    let input = "{\"id\":1,\"text\":\"It rains.\"}\n\
                 {\"id\":2,\n\
                 {\"id\":3,\"body\":\"<p>\"}\n\
                 {\"id\":4,\"text\":7}\n\
                 [5]\n\
                 \n\
                 {\"id\":7,\"text\":\"It snows.\"}\n";
    place.file("in.jsonl", input);
    let (code, out, said) = place.clean(&["in.jsonl"]);
    assert_eq!(code, 2);
    let records = lines(&out);
    let status: Vec<&str> = records.iter().map(|record| record["status"].as_str().unwrap()).collect();
    assert_eq!(status, ["ok", "error", "error", "error", "error", "ok"]);
    for (record, expected) in [
        (1, "in.jsonl:2: not a line of JSON"),
        (2, "in.jsonl:3: no column \"text\"; found: id, body; choose one with --column"),
        (3, "in.jsonl:4: column \"text\" holds a number, expected a string"),
        (4, "in.jsonl:5: found an array, expected an object"),
    ] {
        let error = records[record]["error"].as_str().unwrap();
        assert!(error.contains(expected), "{error}");
        assert!(said.contains(expected), "{said}");
    }
    assert_eq!(records[2]["id"], 3);
    assert_eq!(records[5]["content"], "It snows.");
}

#[test]
fn a_column_is_chosen_by_name() {
    let place = Place::new();
    place.file("in.jsonl", "{\"body\":\"It rains.\\nHome\"}\n");
    let (code, out, _) = place.clean(&["--column", "body", "in.jsonl"]);
    assert_eq!((code, &lines(&out)[0]["content"]), (0, &json!("It rains.")));
}

#[test]
fn long_records_are_passed_over() {
    let place = Place::new();
    let long = json!({"text": "It rains. ".repeat(200_000)});
    place.file("in.jsonl", format!("{long}\n{}\n", json!({"text": "It rains."})));
    let (code, out, _) = place.clean(&["--max-record", "1", "in.jsonl"]);
    assert_eq!(code, 2);
    let status: Vec<Value> = lines(&out).iter().map(|record| record["status"].clone()).collect();
    assert_eq!(status, ["too_large", "ok"]);
}

#[test]
fn nothing_kept_is_empty() {
    let place = Place::new();
    place.file("in.jsonl", "{\"text\":\"\"}\n{\"text\":\"Home\"}\n");
    let (code, out, _) = place.clean(&["in.jsonl"]);
    assert_eq!(code, 0);
    for record in lines(&out) {
        assert_eq!(
            (&record["status"], &record["content"], &record["kept_ratio"]),
            (&json!("empty"), &json!(""), &json!(0.0))
        );
    }
}

#[test]
fn labels_and_attributes_have_a_line_each() {
    let place = Place::new();
    place.file("in.jsonl", "{\"id\":\"x\",\"source\":\"web\",\"text\":\"Menü\\nIt rains.\"}\n");
    let labels = lines(&place.clean(&["--to", "labels", "in.jsonl"]).1);
    assert_eq!(
        labels[0],
        json!({"id": "x", "start": 0, "end": 4, "label": "boilerplate", "probability": 0.0474, "text": "Menü"})
    );
    assert_eq!(
        (&labels[1]["label"], &labels[1]["start"], &labels[1]["end"]),
        (&json!("content"), &json!(5), &json!(14))
    );
    let attributes = lines(&place.clean(&["--to", "dolma", "in.jsonl"]).1);
    let expected = json!({"id": "x", "source": "web", "attributes": {"dehusk__boilerplate": [[0, 5, 0.9526]]}});
    assert_eq!(attributes, [expected]);
    assert_eq!(lines(&run(place.judge("classify", &["in.jsonl"])).1), labels);
}

#[test]
fn fold_models_are_chosen_by_outlet() {
    let place = Place::new();
    for fold in 0..3 {
        let model = ModelFile { name: format!("fold{fold}"), ..sentences() };
        place.file(&format!("folds/{fold}.json"), serde_json::to_vec(&model).unwrap());
    }
    let input: String =
        (0..20).map(|n| format!("{}\n", json!({"outlet": format!("o{n}"), "text": "It rains."}))).collect();
    place.file("in.jsonl", input + "{\"text\":\"It rains.\"}\n");
    let (code, out, _) = run(place.dehusk(&["clean", "--folds", "folds", "in.jsonl"]));
    assert_eq!(code, 2);
    let records = lines(&out);
    for record in &records[..20] {
        let fold = dehusk::train::folds::fold_of(record["outlet"].as_str().unwrap(), 3);
        assert_eq!(record["model"], format!("fold{fold}@1"));
    }
    assert!(records[20]["error"].as_str().unwrap().contains("outlet"));
}

// Pages.

#[test]
fn the_markup_of_a_document_chooses_its_model() {
    let place = Place::new();
    let [text, html] = [Cleaner::text(), Cleaner::html()].map(|cleaner| cleaner.model().id());
    let input = [json!({"text": PAGE}), json!({"html": BLATANT}), json!({"text": BLATANT}), json!({"text": "# A\n"})];
    place.file("in.jsonl", input.map(|record| format!("{record}\n")).concat());
    let (code, out, said) = place.clean_built_in(&["in.jsonl"]);
    assert_eq!((code, said.as_str()), (0, ""));
    let models: Vec<Value> = lines(&out).iter().map(|record| record["model"].clone()).collect();
    assert_eq!(models, [&text, &html, &html, &text].map(|model| json!(model)));
    let (_, out, _) = place.clean_built_in(&["--markup", "text", "in.jsonl"]);
    assert!(lines(&out).iter().all(|record| record["model"] == json!(text)), "{out}");
}

#[test]
fn the_article_of_a_page_is_kept_and_its_menu_is_not() {
    let place = Place::new();
    place.file("page.html", BLATANT);
    place.file("page", BLATANT);
    let (code, out, said) = place.clean_built_in(&["page.html"]);
    assert_eq!((code, said.as_str()), (0, ""));
    for kept in ["The council voted on Monday evening", "A ferry will carry", "The bridge was built"] {
        assert!(out.contains(kept), "{out}");
    }
    for dropped in ["Sport", "Privacy", "rights reserved", "<p>"] {
        assert!(!out.contains(dropped), "{out}");
    }
    assert_eq!(place.clean_built_in(&["page"]).1, out, "by its content");
    let mut command = place.dehusk(&["clean"]);
    command.write_stdin(BLATANT);
    assert_eq!(run(command).1, out, "from standard input");
}

#[test]
fn a_markup_that_a_model_is_not_made_for_is_told_once() {
    let place = Place::new();
    place.file("pages/1.html", "<p>\nIt rains.\n");
    place.file("pages/2.html", "<p>\nIt rains.\n");
    let (code, out, said) = place.clean(&["pages"]);
    assert_eq!((code, out.as_str(), said.lines().count()), (0, "It rains.\n\nIt rains.\n", 1), "{said}");
    assert!(said.contains("1.html: HTML is not what sentences@1 is made for; it is read as text"), "{said}");
    place.file("texts/1.txt", "It rains.");
    place.file("texts/2.md", "It rains.");
    let (code, out, said) = place.clean_pages(&["texts"]);
    assert_eq!((code, out.as_str(), said.lines().count()), (0, "It rains.\n\nIt rains.\n", 1), "{said}");
    assert!(said.contains("1.txt: text is not what pages@1 is made for; it is read as HTML"), "{said}");
}

#[test]
fn folds_may_be_models_of_pages() {
    let place = Place::new();
    for fold in 0..2 {
        let model = ModelFile { name: format!("fold{fold}"), ..pages() };
        place.file(&format!("folds/{fold}.json"), serde_json::to_vec(&model).unwrap());
    }
    let record = |n: usize| format!("{}\n", json!({"outlet": format!("o{n}"), "html": HTML}));
    place.file("in.jsonl", (0..10).map(record).collect::<String>());
    let (code, out, said) = place.clean_built_in(&["--folds", "folds", "in.jsonl"]);
    assert_eq!((code, said.as_str()), (0, ""));
    for record in lines(&out) {
        let fold = dehusk::train::folds::fold_of(record["outlet"].as_str().unwrap(), 2);
        assert_eq!((&record["model"], &record["content"]), (&json!(format!("fold{fold}@1")), &json!(HTML_KEPT)));
    }
}

#[test]
fn presets_read_a_page_as_a_scrape_of_all_its_text() {
    let place = Place::new();
    place.file("page.html", HTML);
    let (code, out, said) = place.clean_built_in(&["--preset", "keep-all", "page.html"]);
    let all = format!("News\nSport\nWetter & Menü\n{}\nShare\n", HTML_KEPT.replace("\n\n", "\n"));
    assert_eq!((code, out, said), (0, all, String::new()));
    let (_, out, _) = place.clean_built_in(&["--preset", "c4", "--to", "html", "page.html"]);
    assert!(out.starts_with("<p>The council") && !out.contains("Share"), "{out}");
    let (_, out, _) = place.clean_built_in(&["--preset", "c4", "--to", "jsonl", "--spans", "page.html"]);
    assert_eq!((&lines(&out)[0]["status"], &lines(&out)[0]["meta"]["byline"]), (&json!("ok"), &json!("Ellen Marsh")));
    assert_eq!(lines(&out)[0]["boilerplate"].as_array().unwrap().len(), 4);
}

#[test]
fn pages_become_text_markdown_or_html() {
    let place = Place::new();
    place.file("page.html", HTML);
    let text = place.clean_pages(&["page.html"]);
    assert_eq!(text, (0, format!("{HTML_KEPT}\n"), String::new()));
    assert_eq!(place.clean_pages(&["--to", "text", "page.html"]), text);
    let linked =
        "The council voted on [Monday](/monday) to close the **old** bridge.\n\nIt will be opened again in May.\n";
    assert_eq!(place.clean_pages(&["--to", "markdown", "page.html"]).1, linked);
    let bare = linked.replace("[Monday](/monday)", "Monday");
    assert_eq!(place.clean_pages(&["--to", "markdown", "--no-links", "page.html"]).1, bare);
    let (_, html, _) = place.clean_pages(&["--to", "html", "page.html"]);
    assert!(html.starts_with("<p>The council voted on <a href=\"/monday\">Monday</a>"), "{html}");
    assert!(!html.contains("onclick") && !html.contains("Share"), "{html}");
    for (to, name) in [("text", "page.html.txt"), ("markdown", "page.html.md"), ("html", "page.html")] {
        assert_eq!(place.clean_pages(&["--to", to, "page.html", "--output", &format!("{to}/")]).0, 0);
        assert!(place.path(to).join(name).exists(), "{to}/{name}");
    }
}

#[test]
fn only_a_page_can_be_written_as_html() {
    let place = Place::new();
    place.file("1.txt", PAGE);
    place.file("2.html", BLATANT);
    let (code, out, said) = place.clean_built_in(&["--to", "html", "1.txt", "2.html"]);
    assert_eq!(code, 2);
    assert!(said.contains("1.txt: no page") && out.starts_with('<'), "{out}{said}");
    place.file("in.jsonl", format!("{}\n{}\n", json!({"text": PAGE}), json!({"html": BLATANT})));
    let (code, out, _) = place.clean_built_in(&["--content-as", "html", "in.jsonl"]);
    let status: Vec<Value> = lines(&out).iter().map(|record| record["status"].clone()).collect();
    assert_eq!((code, status), (2, vec![json!("error"), json!("ok")]));
    for (args, expected) in [
        (&["--markup", "text", "--to", "html", "2.html"][..], "leave out --markup"),
        (&["--model", "model.json", "--to", "html", "2.html"], "sentences@1 reads none"),
        (&["--model", "model.json", "--content-as", "html", "in.jsonl"], "sentences@1 reads none"),
        (&["--to", "text", "--content-as", "markdown", "in.jsonl"], "--content-as is for JSONL"),
    ] {
        let (code, out, said) = place.clean_built_in(args);
        assert_eq!((code, out.as_str()), (1, ""), "{args:?}");
        assert!(said.contains(expected), "{args:?}: {said}");
    }
}

/// Misnested tags, tables in paragraphs, text where none may be, entities at the ends of blocks.
const NASTY: &str = "<p>Ä<b>one<p>two.</b> &amp;<table>stray<tr><td>cell<table><td>inner.</table>after</td>&nbsp;<p>b&#8230;\
    </table></p>tail.<ul>loose<li>item<ul><li>deep.</ul>end</li></ol><select><option>x<option>y</select>\
    <pre>\n  a\n\n b </pre>&lt;<textarea>t<p></textarea><noscript><p>n.</noscript><a href=x>l<div>m.</a>n</div>\u{1f600}<br><br>z";

#[test]
fn spans_of_pages_are_sorted_disjoint_and_in_code_points_of_the_source() {
    let place = Place::new();
    for (name, page) in [("nasty", NASTY), ("plain", HTML), ("blatant", BLATANT)] {
        place.file(&format!("{name}.html"), page);
        let points: Vec<char> = page.chars().collect();
        let labels = lines(&place.clean_pages(&["--to", "labels", &format!("{name}.html")]).1);
        let [record] = &lines(&place.clean_pages(&["--to", "jsonl", "--spans", &format!("{name}.html")]).1)[..] else {
            panic!("one record")
        };
        let [attributes] = &lines(&place.clean_pages(&["--to", "dolma", &format!("{name}.html")]).1)[..] else {
            panic!("one line")
        };
        let place_of = |value: &Value| [&value["start"], &value["end"]].map(|at| at.as_u64().unwrap() as usize);
        let mut last = 0;
        for label in &labels {
            let [start, end] = place_of(label);
            assert!(last <= start && start < end && end <= points.len(), "{name}: {label}");
            let source: String = points[start..end].iter().collect();
            let first = label["text"].as_str().unwrap().trim_start().chars().next().unwrap();
            assert!(source.starts_with([first, '&']), "{name}: {source:?} {label}");
            last = end;
        }
        let husk: Vec<[usize; 2]> =
            labels.iter().filter(|label| label["label"] == "boilerplate").map(place_of).collect();
        let spans: Vec<[usize; 2]> = record["boilerplate"].as_array().unwrap().iter().map(place_of).collect();
        let cut: Vec<[usize; 2]> = attributes["attributes"]["dehusk__boilerplate"]
            .as_array()
            .unwrap()
            .iter()
            .map(|span| [0, 1].map(|at| span[at].as_u64().unwrap() as usize))
            .collect();
        assert!(!husk.is_empty());
        assert_eq!((&spans, &cut), (&husk, &husk), "{name}");
    }
}

#[test]
fn records_of_pages_stand_in_the_column_html() {
    let place = Place::new();
    let input = [
        json!({"html": HTML}),
        json!({"text": "It rains.", "html": HTML}),
        json!({"html": "It rains. <b>Home"}),
        json!({"page": HTML}),
    ];
    place.file("in.jsonl", input.map(|record| format!("{record}\n")).concat());
    let (code, out, _) = place.clean_pages(&["in.jsonl"]);
    let content: Vec<Value> = lines(&out).iter().map(|record| record["content"].clone()).collect();
    assert_eq!((code, content), (2, [HTML_KEPT, "It rains.", "", ""].map(|content| json!(content)).to_vec()));
    let (_, out, _) = place.clean(&["--markup", "text", "in.jsonl"]);
    assert_eq!(lines(&out)[1]["content"], "It rains.");
    assert!(lines(&out)[3]["error"].as_str().unwrap().contains("no column \"text\"; found: page"));
    let (_, out, _) = place.clean_pages(&["--column", "html", "in.jsonl"]);
    assert_eq!(lines(&out)[1]["content"], HTML_KEPT);
    let (_, out, _) = place.clean_pages(&["--column", "page", "in.jsonl"]);
    assert_eq!(lines(&out)[3]["content"], HTML_KEPT);
    let (_, out, _) = place.clean_pages(&["--drop-source", "in.jsonl"]);
    assert!(lines(&out)[0].get("html").is_none() && lines(&out)[1].get("text").is_none(), "{out}");
    assert!(lines(&out)[1].get("html").is_some(), "{out}");
    place.file("page.html", HTML);
    let record = &lines(&place.clean_pages(&["--to", "jsonl", "page.html"]).1)[0];
    assert_eq!((&record["html"], &record["content"]), (&json!(HTML), &json!(HTML_KEPT)));
}

#[test]
fn records_of_pages_say_what_the_page_says_about_itself() {
    let place = Place::new();
    let input = [
        json!({"html": HTML, "meta": "mine"}),
        json!({"html": "<p>It rains.", "meta": "mine"}),
        json!({"text": PAGE, "meta": "mine"}),
    ];
    place.file("in.jsonl", input.map(|record| format!("{record}\n")).concat());
    let (_, out, _) = place.clean_built_in(&["in.jsonl"]);
    let meta: Vec<Value> = lines(&out).iter().map(|record| record["meta"].clone()).collect();
    let expected = json!({"title": "Bridge closed", "byline": "Ellen Marsh", "language": "en"});
    assert_eq!(meta, [expected, json!("mine"), json!("mine")]);
}

#[test]
fn content_of_records_is_written_in_the_form_asked_for() {
    let place = Place::new();
    place.file("in.jsonl", format!("{}\n", json!({"html": HTML})));
    for (args, expected) in [
        (&[][..], HTML_KEPT),
        (&["--content-as", "text"], HTML_KEPT),
        (&["--content-as", "markdown"], "on [Monday](/monday) to close the **old** bridge."),
        (&["--content-as", "markdown", "--no-links"], "on Monday to close the **old** bridge."),
        (&["--to", "jsonl", "--content-as", "html"], "<p>It will be opened again in May.</p>"),
    ] {
        let (code, out, said) = place.clean_pages(&[args, &["in.jsonl"]].concat());
        assert_eq!(code, 0, "{args:?}: {said}");
        assert!(lines(&out)[0]["content"].as_str().unwrap().contains(expected), "{args:?}: {out}");
    }
    place.file("text.jsonl", format!("{}\n", json!({"text": "It *rains*."})));
    let (_, out, _) = place.clean(&["--content-as", "markdown", "text.jsonl"]);
    assert_eq!(lines(&out)[0]["content"], "It *rains*.");
}

#[test]
fn pages_have_a_ratio_and_a_status() {
    let place = Place::new();
    let shell = "<html><body><div id=root></div><script>start()</script></body></html>";
    let menu = "<nav><a href=/>Home</a></nav>";
    let input = [json!({"html": shell}), json!({"html": menu}), json!({"html": HTML})];
    place.file("in.jsonl", input.map(|record| format!("{record}\n")).concat());
    let status = |out: &str| lines(out).iter().map(|record| record["status"].clone()).collect::<Vec<_>>();
    let (code, out, _) = place.clean_pages(&["in.jsonl"]);
    assert_eq!((code, status(&out)), (0, vec![json!("empty"), json!("empty"), json!("ok")]));
    assert_eq!((&lines(&out)[0]["content"], &lines(&out)[0]["kept_ratio"]), (&json!(""), &json!(0.0)));
    assert_eq!(lines(&out)[2]["kept_ratio"], json!(0.7727));
    let (_, out, _) = place.clean_pages(&["--max-removed", "0.1", "--spans", "in.jsonl"]);
    assert_eq!(status(&out), ["empty", "over_removed", "over_removed"].map(|status| json!(status)));
    let record = &lines(&out)[2];
    let all = format!("News\nSport\nWetter & Menü\n\n{HTML_KEPT}\n\nShare");
    assert_eq!((&record["content"], &record["kept_ratio"]), (&json!(all), &json!(1.0)));
    assert_eq!(record["boilerplate"], json!([]));
    place.file("page.html", HTML);
    let (_, out, said) = place.clean_pages(&["--max-removed", "0.1", "page.html"]);
    assert_eq!(out, format!("{all}\n"));
    assert!(said.contains("page.html: over_removed: 23 % of the words would go"), "{said}");
    place.file("menu.html", menu);
    let (code, out, said) = place.clean_pages(&["menu.html"]);
    assert_eq!((code, out.as_str()), (0, ""));
    assert!(said.contains("menu.html: empty: nothing was kept"), "{said}");
}

const RUSSIAN: &str = "Вчера вечером в городе открыли новый мост через реку.";

/// A page in windows-1251 that declares an encoding.
fn russian(charset: &str) -> Vec<u8> {
    // А to я stand at 0xc0 to 0xff.
    let byte = |c: char| if c.is_ascii() { c as u8 } else { (c as u32 - 0x410 + 0xc0) as u8 };
    let mut page = format!("<html><head><meta charset={charset}></head><body><p>").into_bytes();
    page.extend(RUSSIAN.chars().map(byte));
    page
}

#[test]
fn pages_are_decoded_as_they_declare_or_as_they_look() {
    let place = Place::new();
    place.file("declared.html", russian("windows-1251"));
    assert_eq!(place.clean_pages(&["declared.html"]), (0, format!("{RUSSIAN}\n"), String::new()));
    place.file("declared", russian("windows-1251"));
    assert_eq!(place.clean_pages(&["declared"]).1, format!("{RUSSIAN}\n"), "by its content");
    place.file("page.txt", russian("windows-1251"));
    assert_eq!(place.clean_pages(&["--markup", "html", "page.txt"]).1, format!("{RUSSIAN}\n"), "by the option");
    place.file("wrong.html", russian("utf-8"));
    let (code, out, said) = place.clean_pages(&["wrong.html"]);
    assert_eq!((code, out), (0, format!("{RUSSIAN}\n")));
    assert!(said.contains("wrong.html: decoded from windows-1251"), "{said}");
    let (_, out, _) = place.clean_pages(&["--to", "jsonl", "wrong.html"]);
    assert_eq!(lines(&out)[0]["note"], "decoded from windows-1251");
    let damaged = ["<meta charset=utf-8><p>", RUSSIAN, "<p>", RUSSIAN].concat();
    place.file("damaged.html", [damaged.as_bytes(), &[0xd0]].concat());
    let (code, _, said) = place.clean_pages(&["damaged.html"]);
    assert_eq!(code, 0);
    assert!(said.contains("damaged.html: decoded from UTF-8, 1 malformed sequence replaced"), "{said}");
}

#[test]
fn hostile_pages_do_not_stop_a_run() {
    let place = Place::new();
    let nulls = "<p>It rains\0.</p>".repeat(3);
    let xhtml = "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<!-- a -->\n<!DOCTYPE html PUBLIC \"-//W3C//DTD XHTML 1.0 \
                 Strict//EN\" \"x\">\n<html xmlns=\"http://www.w3.org/1999/xhtml\"><body><p>It rains.</p><br/></body></html>";
    for (name, page) in [
        ("a-truncated.html", "<html><body><p>It rains.</p><p class=\"x"),
        ("b-nulls.html", &nulls),
        ("c-xhtml.html", xhtml),
        ("d-deep.html", &"<div>a".repeat((1 << 20) / 6)),
        ("e-empty.html", ""),
        ("f-blank.html", " \n\t"),
        ("g-script.html", "<script>for (;;) { '</p>' }"),
        ("h-attributes.html", &"<a b='".repeat(10_000)),
        ("z-last.html", "<p>It snows."),
    ] {
        place.file(&format!("pages/{name}"), page);
    }
    let judged = |args: &[&str]| {
        let (code, out, said) = place.clean_built_in(&[args, &["--max-removed", "0.99", "pages"]].concat());
        assert_eq!(code, 0, "{args:?}: {said}");
        out
    };
    for to in ["text", "markdown", "html", "jsonl", "labels", "dolma"] {
        let out = judged(&["--model", "pages.json", "--to", to]);
        assert!(to == "dolma" || out.contains("It snows."), "{to}");
    }
    for judge in [&[][..], &["--model", "model.json"], &["--preset", "c4"]] {
        assert_eq!(lines(&judged(&[judge, &["--to", "jsonl"]].concat())).len(), 9, "{judge:?}");
    }
    let (_, out, _) = place.clean_pages(&["--to", "jsonl", "pages"]);
    assert_eq!((lines(&out).len(), &lines(&out)[2]["content"]), (9, &json!("It rains.")));
}

#[test]
fn data_given_as_pages_or_texts_are_errors() {
    let place = Place::new();
    place.file("pages/a.html", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR");
    place.file("pages/b.html", b"%PDF-1.7 <html>");
    place.file("pages/c.html", b"PK\x03\x04\x14");
    place.file("pages/d.txt", [1, 0, 0, 0].repeat(500));
    place.file("pages/e.html.gz", packed(".gz", &packed(".gz", HTML.as_bytes())));
    place.file("pages/f.html", HTML);
    let (code, out, said) = place.clean_pages(&["pages"]);
    assert_eq!((code, out), (2, format!("{HTML_KEPT}\n")));
    for (name, found) in [
        ("a.html", "a PNG image"),
        ("b.html", "a PDF"),
        ("c.html", "a ZIP"),
        ("d.txt", "data with many zero bytes"),
        ("e.html.gz", "gzip"),
    ] {
        let expected = format!("{name}: not text: found {found}");
        assert!(said.contains(&expected), "{expected}: {said}");
    }
    let (_, out, _) = place.clean_pages(&["--to", "jsonl", "pages"]);
    let status: Vec<Value> = lines(&out).iter().map(|record| record["status"].clone()).collect();
    assert_eq!(status, ["error", "error", "error", "error", "error", "ok"].map(|status| json!(status)));
    assert!(lines(&out)[0]["error"].as_str().unwrap().contains("not text"), "{out}");
}

#[test]
fn blocks_of_pages_are_classified_and_explained_by_their_text() {
    let place = Place::new();
    place.file("page.html", HTML);
    let labels = lines(&run(place.dehusk(&["classify", "--model", "pages.json", "page.html"])).1);
    assert_eq!((&labels[2]["text"], &labels[2]["label"]), (&json!("Wetter & Menü"), &json!("boilerplate")));
    let (code, out, _) = run(place.dehusk(&["explain", "--model", "pages.json", "page.html"]));
    assert!(code == 0 && out.contains(" 0.95  + The council voted on Monday to close the old bridge."), "{out}");
    assert!(out.contains("ends_sentence +6.00"), "{out}");
    let (code, out, _) = run(place.dehusk(&["explain", "page.html"]));
    assert!(code == 0 && out.contains("The council voted on Monday to close the old bridge."), "{out}");
}

/// Writes a page and its gold text.
fn page_fixture(place: &Place, name: &str, html: &str, gold: &str) {
    place.file(&format!("{name}.html"), html);
    place.file(&format!("{name}.gold.txt"), gold);
}

#[test]
fn pages_are_evaluated_from_folders_and_from_jsonl() {
    let place = Place::new();
    page_fixture(&place, "fixtures/en/times/article-bridge", HTML, HTML_KEPT);
    page_fixture(&place, "fixtures/de/blatt/forum-bruecke", &HTML.replace("lang=en", "lang=de"), HTML_KEPT);
    place.file("fixtures/en/note.txt", FIXTURE.replace("OUTLET", "a"));
    let (code, out, said) = run(place.dehusk(&["evaluate", "--model", "pages.json", "fixtures"]));
    assert_eq!(
        (code, said.as_str()),
        (0, "dehusk: en/note: text is not what pages@1 is made for; it is read as HTML\n")
    );
    for expected in
        ["3 documents", "pages@1", "keep-all", "c4", "type article", "type forum", "language de", "tag page"]
    {
        assert!(out.contains(expected), "{expected}: {out}");
    }
    let figures = |args: &[&str]| -> Value {
        let (code, out, said) = run(place.dehusk(&[&["evaluate", "--json"], args].concat()));
        assert_eq!(code, 0, "{said}");
        serde_json::from_str(&out).unwrap()
    };
    let folder = figures(&["--model", "pages.json", "fixtures/en/times/article-bridge.html"]);
    let groups = &folder["judges"][0]["groups"];
    assert_eq!(groups["all"]["page"]["f1"], json!(1.0));
    assert!(groups.get("language en").is_some() && groups.get("outlet times").is_some(), "{groups}");
    let document = dehusk::train::fixture::read_fixture(
        &place.path("fixtures/en/times/article-bridge.html"),
        &place.path("fixtures"),
    );
    place.file("pages.jsonl", format!("{}\n", dehusk::train::corpus::to_json(&document.unwrap())));
    let labelled = figures(&["--model", "pages.json", "pages.jsonl"]);
    assert_eq!(labelled["judges"][0]["groups"]["all"], groups["all"]);
    let presets = |name: &str| {
        labelled["judges"].as_array().unwrap().iter().find(|judge| judge["name"] == name).unwrap()["groups"]["all"]
            .clone()
    };
    assert_eq!(presets("c4")["page"]["f1"], json!(1.0));
    assert_eq!(presets("keep-all")["page"]["recall"], json!(1.0));
    assert_eq!(presets("keep-all")["boilerplate_removed"], json!(0.0));
    let built_in = figures(&["fixtures", "pages.jsonl"]);
    let name = [Cleaner::text(), Cleaner::html()].map(|cleaner| cleaner.model().id()).join(", ");
    assert_eq!((&built_in["judges"][0]["name"], &built_in["documents"]), (&json!(name), &json!(4)));
    assert_eq!(
        figures(&["--model", "model.json", "pages.jsonl"])["documents"],
        1,
        "a page as a model of text reads it"
    );
}

#[test]
fn lint_looks_for_the_gold_text_of_pages() {
    let place = Place::new();
    page_fixture(&place, "good/en/times/article-bridge", HTML, HTML_KEPT);
    page_fixture(&place, "good/en/times/shell-app", "<div id=root></div>Loading", "");
    page_fixture(&place, "good/en/times/article-404", "<p>Not found.", "");
    let (code, out, said) = run(place.dehusk(&["lint", "good"]));
    assert_eq!((code, said.as_str()), (0, ""), "{out}");
    assert!(out.contains("3 fixtures, 1 outlets, 1 languages, 0 findings") && out.contains("type:shell"), "{out}");
    page_fixture(&place, "bad/en/times/article-a", HTML, "The mayor said that it snows in the hills every year.");
    page_fixture(&place, "bad/en/times/article-b", HTML, "");
    page_fixture(&place, "bad/en/times/article-d", HTML, HTML_KEPT);
    place.file("bad/en/times/article-c.html", HTML);
    place.file("bad/en/times/article-d.txt", FIXTURE);
    let (code, out, _) = run(place.dehusk(&["lint", "bad"]));
    assert_eq!(code, 3);
    for expected in [
        "article-a.html: 7 of the 11 words of its gold text are not on the page",
        "article-b.html: its gold text is empty",
        "article-c.gold.txt: ",
        "article-d.txt: has the same id as bad/en/times/article-d.html",
        "4 findings",
    ] {
        assert!(out.contains(expected), "{expected}: {out}");
    }
}

#[test]
fn a_recipe_for_pages_gives_a_model_that_cleans_pages() {
    let place = Place::new();
    for outlet in ["north", "south", "east", "west", "upper", "lower"] {
        for page in 0..4 {
            let gold = format!(
                "The council of {outlet} voted on Monday to close bridge number {page}.\n\
                 It was built long ago, said the mayor, and nobody had looked after it since.\n"
            );
            let paragraphs: String = gold.lines().map(|line| format!("<p>{line}</p>")).collect();
            let html = format!(
                "<nav><ul><li><a href=/>Home</a><li><a href=/n>News {page}</a></ul></nav><article>{paragraphs}</article>\
                 <footer><a href=/s>Share this page</a> &copy; {outlet}</footer>"
            );
            page_fixture(&place, &format!("fixtures/en/{outlet}/article-{page}"), &html, &gold);
        }
    }
    let recipe = "name = \"tiny\"\ndescription = \"A test.\"\nmarkups = [\"html\"]\n\
                  probe = \"<nav><a href=/>Home</a></nav><p>It rains.\"\n\
                  [[corpus]]\nname = \"fixtures\"\nfixtures = \"fixtures\"\nlicence = \"MIT\"\n\
                  [fit]\nfolds = 2\nrows = 200\nl2 = [1.0]\nlength_power = 1.0\n\
                  [[floors]]\ngroup = \"all\"\nfigure = \"page_f1\"\nat_least = 0.5\n";
    place.file("tiny.toml", recipe);
    let (code, out, said) = run(place.dehusk(&["train", "tiny.toml", "--folds-out", "folds"]));
    assert_eq!(code, 0, "{said}");
    assert!(out.contains("type article"), "{out}");
    assert_eq!(run(place.dehusk(&["card", "tiny.json"])), (0, place.text("tiny.md"), String::new()));
    let (code, out, said) = run(place.dehusk(&["evaluate", "--folds", "folds", "fixtures"]));
    assert_eq!((code, said.as_str()), (0, ""));
    assert!(out.contains("2 folds of tiny@"), "{out}");
    place.file("page.html", fs::read(place.path("fixtures/en/north/article-0.html")).unwrap());
    let (code, out, said) = run(place.dehusk(&["clean", "--model", "tiny.json", "page.html"]));
    assert_eq!((code, said.as_str()), (0, ""));
    assert!(out.starts_with("The council of north voted"), "{out}");
}

// Several inputs, codecs, order.

#[test]
fn any_number_of_jobs_gives_the_same_bytes() {
    let place = Place::new();
    let input: String = (0..3000)
        .map(|n| match n % 50 {
            0 => "broken\n".to_owned(),
            _ => format!("{}\n", json!({"id": n, "text": format!("{PAGE}\n{}", "It rains again. ".repeat(n % 40))})),
        })
        .collect();
    place.file("in.jsonl", input);
    for n in 0..40 {
        place.file(&format!("pages/{}/{n}.txt", n % 3), format!("{n}\n{PAGE}"));
    }
    for args in
        [&["in.jsonl"][..], &["--spans", "in.jsonl", "in.jsonl"], &["pages"], &["--to", "labels", "pages", "in.jsonl"]]
    {
        let with = |jobs: &str| place.clean(&[args, &["--jobs", jobs]].concat());
        let one = with("1");
        assert_eq!(one, with("3"), "{args:?}");
        assert!(!one.1.is_empty());
    }
}

#[test]
fn codecs_are_seen_through_on_both_sides() {
    let place = Place::new();
    let plain = format!("{}\n", json!({"text": PAGE}));
    place.file("in.jsonl", &plain);
    let expected = place.clean(&["in.jsonl"]).1;
    for name in ["in.jsonl.gz", "in.jsonl.zst"] {
        place.file(name, packed(name, plain.as_bytes()));
        let out = format!("out.{name}");
        assert_eq!(place.clean(&[name, "--output", &out]).0, 0);
        assert_eq!(unpacked(name, &fs::read(place.path(&out)).unwrap()), expected.as_bytes());
        let mut command = place.judge("clean", &["--container", "jsonl"]);
        command.write_stdin(packed(name, plain.as_bytes()));
        assert_eq!(run(command).1, expected);
    }
}

#[test]
fn cut_off_files_are_errors_and_the_rest_goes_on() {
    let place = Place::new();
    place.file("ok.txt", PAGE);
    let records: String =
        (0..500).map(|n| format!("{}\n", json!({"id": n, "text": format!("It rains {} times.", n * 7919)}))).collect();
    for (name, plain) in [("a.txt.gz", PAGE), ("a.txt.zst", PAGE), ("b.jsonl.gz", &records)] {
        let bytes = packed(name, plain.as_bytes());
        place.file(name, &bytes[..bytes.len() - 9]);
        let (code, out, said) = place.clean(&["--to", "text", name, "ok.txt"]);
        assert_eq!(code, 2, "{name}");
        assert!(out.contains(KEPT) && said.contains(name) && said.contains("cut off or damaged"), "{out}{said}");
    }
    let (_, out, _) = place.clean(&["b.jsonl.gz"]);
    let records = lines(&out);
    assert_eq!(records.last().unwrap()["status"], "error");
    assert!(records.len() > 1);
}

#[test]
fn directories_are_mirrored() {
    let place = Place::new();
    place.file("pages/b/2.txt", PAGE);
    place.file("pages/1.md", "# Bridge closed.\n\nHome");
    place.file("pages/picture.png", "no text");
    place.file("pages/3.txt.gz", packed(".gz", PAGE.as_bytes()));
    assert_eq!(place.clean(&["pages", "--output", "out"]), (0, String::new(), String::new()));
    assert_eq!(place.text("out/b/2.txt"), format!("{KEPT}\n"));
    assert_eq!(place.text("out/1.md"), "# Bridge closed.\n");
    assert_eq!(unpacked(".gz", &fs::read(place.path("out/3.txt.gz")).unwrap()), format!("{KEPT}\n").as_bytes());
    assert_eq!(files(&place.path("out")), 3);
    assert_eq!(place.clean(&["pages", "--output", "out2", "--to", "jsonl"]).0, 0);
    assert_eq!(lines(&place.text("out2/b/2.txt.jsonl"))[0]["content"], KEPT);
}

/// Files below a folder, hidden ones left out.
fn files(folder: &Path) -> usize {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let entries = entries.filter(|path| !path.file_name().unwrap().to_string_lossy().starts_with('.'));
    entries.map(|path| if path.is_dir() { files(&path) } else { 1 }).sum()
}

#[test]
fn outputs_that_would_collide_or_replace_their_input_are_refused() {
    let place = Place::new();
    place.file("a/1.txt", PAGE);
    place.file("b/1.txt", PAGE);
    for args in
        [&["a/1.txt", "b/1.txt", "--output", "out"][..], &["a/1.txt", "--output", "a/1.txt"], &["a", "--output", "a"]]
    {
        let (code, _, said) = place.clean(args);
        assert_eq!(code, 1, "{args:?}: {said}");
    }
    assert_eq!(place.text("a/1.txt"), PAGE);
    assert_eq!(place.clean(&["a", "b", "--output", "out"]).0, 0);
    assert_eq!(place.text("out/b/1.txt"), format!("{KEPT}\n"));
}

// Bad input.

#[test]
fn missing_files_and_empty_directories_are_named() {
    let place = Place::new();
    place.file("ok.txt", PAGE);
    fs::create_dir(place.path("empty")).unwrap();
    for (name, expected) in [("missing.txt", "cannot be read"), ("empty", "no file in this directory")] {
        let (code, out, said) = place.clean(&[name, "ok.txt"]);
        assert_eq!((code, out.as_str()), (2, format!("{KEPT}\n").as_str()), "{name}");
        assert!(said.contains(name) && said.contains(expected), "{said}");
    }
    assert_eq!(place.clean(&["missing.txt", "ok.txt", "--output", "out"]).0, 2);
    assert_eq!(files(&place.path("out")), 1);
}

#[test]
fn other_encodings_are_decoded_with_a_note() {
    let place = Place::new();
    place.file("latin.txt", b"Der B\xfcrgermeister er\xf6ffnete die Br\xfccke am fr\xfchen Morgen.\nMen\xfc");
    let (code, out, said) = place.clean(&["latin.txt"]);
    assert_eq!((code, out.as_str()), (0, "Der Bürgermeister eröffnete die Brücke am frühen Morgen.\n"));
    assert!(said.contains("latin.txt: decoded from windows-1252"), "{said}");
    let (_, out, _) = place.clean(&["--to", "jsonl", "latin.txt"]);
    assert_eq!(lines(&out)[0]["note"], "decoded from windows-1252");
    place.file("damaged.jsonl", b"{\"text\":\"Gr\xc3\xbc\xc3\x9fe f\xc3\xbcr \xc3\x84pfel, \xc3\xb6l, \xc3\xa4, \xc3\xb6, \xc3\xbc, \xc3\xb6, \xc3\xb6, \xff.\"}\n");
    let (_, out, _) = place.clean(&["damaged.jsonl"]);
    assert_eq!(lines(&out)[0]["note"], "decoded from UTF-8, 1 malformed sequence replaced");
}

#[test]
fn a_model_of_another_build_is_refused() {
    let place = Place::new();
    place.file("page.txt", PAGE);
    let mut other = sentences();
    other.columns.remove("log_words");
    place.file("columns.json", serde_json::to_vec(&other).unwrap());
    place.file("format.json", serde_json::to_vec(&ModelFile { format: 99, ..sentences() }).unwrap());
    place.file("none.json", "{}");
    for (model, expected) in [
        ("columns.json", "missing: log_words"),
        ("format.json", "format 99"),
        ("none.json", "not a model file"),
        ("missing.json", "missing.json"),
    ] {
        let (code, out, said) = run(place.dehusk(&["clean", "--model", model, "page.txt"]));
        assert_eq!((code, out.as_str()), (1, ""), "{model}");
        assert!(said.contains(model) && said.contains(expected), "{said}");
    }
}

#[test]
fn an_output_that_cannot_be_made_is_named() {
    let place = Place::new();
    place.file("page.txt", PAGE);
    place.file("file", "");
    let (code, _, said) = place.clean(&["page.txt", "--output", "file/out.txt"]);
    assert_eq!(code, 1);
    assert!(said.contains("file/out.txt: cannot be written"), "{said}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_an_error_that_names_the_output() {
    let place = Place::new();
    place.file("page.txt", PAGE);
    let (code, _, said) = place.clean(&["page.txt", "--output", "/dev/full"]);
    assert_eq!(code, 2);
    assert!(said.contains("/dev/full: writing failed"), "{said}");
    let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let output = Process::new(env!("CARGO_BIN_EXE_dehusk"))
        .current_dir(place.folder.path())
        .args(["clean", "--model", "model.json", "page.txt"])
        .stdout(full)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8(output.stderr).unwrap().contains("standard output: writing failed"));
}

#[test]
fn a_closed_pipe_is_silent() {
    let place = Place::new();
    let line = format!("{}\n", json!({"text": "It rains. ".repeat(100)}));
    place.file("in.jsonl", line.repeat(5000));
    for jobs in ["1", "3"] {
        let mut child = Process::new(env!("CARGO_BIN_EXE_dehusk"))
            .current_dir(place.folder.path())
            .args(["clean", "--model", "model.json", "--jobs", jobs, "in.jsonl"])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        assert_eq!((output.status.code(), output.stderr.as_slice()), (Some(0), &b""[..]), "{jobs} jobs");
    }
}

#[test]
fn wrong_arguments_exit_with_1_and_help_with_0() {
    let place = Place::new();
    for (args, code) in [
        (&["clean", "--threshold", "2"][..], 1),
        (&["clean", "--preset", "gopher"], 1),
        (&["frobnicate"], 1),
        (&["--help"], 0),
        (&["--version"], 0),
    ] {
        assert_eq!(run(place.dehusk(args)).0, code, "{args:?}");
    }
}

// The other commands.

#[test]
fn explanations_name_the_columns_that_spoke_loudest() {
    let place = Place::new();
    place.file("page.txt", PAGE);
    let (code, out, _) = run(place.judge("explain", &["page.txt"]));
    assert_eq!(code, 0);
    assert!(out.contains(" 0.95  + The council voted"), "{out}");
    assert!(out.contains("ends_sentence +6.00"), "{out}");
    assert!(!out.contains('\u{1b}'), "no colours in a pipe: {out}");
}

const FIXTURE: &str = "outlet: OUTLET\nlanguage: en\nmarkup: text\ntags: dump\n---\n- [nav] Home\n\n+ It rains in OUTLET again.\n+ Nobody minds";

#[test]
fn evaluation_compares_with_the_presets_and_gates() {
    let place = Place::new();
    place.file("fixtures/a.txt", FIXTURE.replace("OUTLET", "a"));
    place.file("fixtures/b.txt", FIXTURE.replace("OUTLET", "b"));
    let (code, out, _) = run(place.judge("evaluate", &["fixtures"]));
    assert_eq!(code, 0);
    for expected in [
        "2 documents",
        "sentences@1",
        "keep-all",
        "c4",
        "refinedweb",
        "language en",
        "tag dump",
        "calibration error",
        "dropped content",
    ] {
        assert!(out.contains(expected), "{expected}: {out}");
    }
    assert!(out.contains("corpus fixtures"), "{out}");
    let (code, out, _) = run(place.judge("evaluate", &["fixtures/a.txt", "--json", "--min-f1", "0.99"]));
    assert_eq!(code, 3);
    let figures: Value = serde_json::from_str(&out).unwrap();
    let page = &figures["judges"][0]["groups"]["all"]["page"];
    assert_eq!((&page["precision"], &figures["documents"]), (&json!(1.0), &json!(1)));
    let (code, _, said) = run(place.judge("evaluate", &["fixtures", "missing.txt"]));
    assert_eq!(code, 2);
    assert!(said.contains("missing.txt"), "{said}");
}

#[test]
fn lint_finds_what_is_wrong() {
    let place = Place::new();
    place.file("good/a.txt", FIXTURE.replace("OUTLET", "a"));
    let (code, out, _) = run(place.dehusk(&["lint", "good"]));
    assert_eq!(code, 0);
    assert!(out.contains("1 fixtures, 1 outlets, 1 languages, 0 findings"), "{out}");
    let long = format!("+ {}\n", "long ".repeat(20));
    place.file("bad/a.txt", FIXTURE.replace("OUTLET", "a") + "\n" + &long);
    place.file("bad/b.txt", FIXTURE.replace("OUTLET", "b") + "\n" + &long);
    place.file("bad/c.txt", "outlet: c\n");
    let (code, out, _) = run(place.dehusk(&["lint", "bad"]));
    assert_eq!(code, 3);
    assert!(out.contains("b.txt:10: repeats bad/a.txt:10: long long"), "{out}");
    assert!(out.contains("bad/c.txt:2: no `---`") && out.contains("2 findings"), "{out}");
}

#[test]
fn a_recipe_gives_a_model_that_cleans() {
    let place = Place::new();
    for outlet in ["north", "south", "east", "west", "upper", "lower"] {
        for page in 0..4 {
            let text = format!(
                "outlet: {outlet}\nlanguage: en\nmarkup: text\ntags: dump\n---\n- [nav] Home | {outlet} | News {page}\n\
                 - [share] Share this page\n\n+ The council of {outlet} voted on Monday to close bridge number {page}.\n\
                 + It was built long ago, said the mayor, and nobody had looked after it since.\n\n- [legal] © {outlet}\n"
            );
            place.file(&format!("fixtures/{outlet}-{page}.txt"), text);
        }
    }
    let recipe = "name = \"tiny\"\ndescription = \"A test.\"\nmarkups = [\"text\"]\nprobe = \"Home | News\\n\\nIt rains.\"\n\
                  [[corpus]]\nname = \"fixtures\"\nfixtures = \"fixtures\"\nlicence = \"MIT\"\n\
                  [fit]\nfolds = 2\nrows = 200\nl2 = [1.0]\nlength_power = 1.0\n\
                  [[floors]]\ngroup = \"all\"\nfigure = \"page_f1\"\nat_least = FLOOR\n";
    place.file("tiny.toml", recipe.replace("FLOOR", "0.5"));
    let args = ["train", "tiny.toml", "--folds-out", "folds", "--report", "report.json"];
    let (code, out, said) = run(place.dehusk(&args));
    assert_eq!(code, 0, "{said}");
    assert!(out.contains("corpus fixtures"), "{out}");
    assert!(place.path("folds/1.json").exists() && place.path("report.json").exists());
    let card = place.text("tiny.md");
    for expected in ["## Data", "| fixtures | MIT | 24 | 6 |", "## Largest weights", "## Known failures"] {
        assert!(card.contains(expected), "{expected}: {card}");
    }
    assert!(!card.contains("mayor"), "{card}");
    assert_eq!(run(place.dehusk(&["card", "tiny.json"])), (0, card, String::new()));
    let model = place.text("tiny.json");
    place.file("page.txt", PAGE);
    assert_eq!(run(place.dehusk(&["clean", "--model", "tiny.json", "page.txt"])).0, 0);
    place.file("tiny.toml", recipe.replace("FLOOR", "1.1"));
    let (code, _, said) = run(place.dehusk(&["train", "tiny.toml", "--out", "again.json"]));
    assert_eq!(code, 3);
    assert!(said.contains("floor missed: all"), "{said}");
    assert_eq!(place.text("again.json"), model, "the same data give the same bytes");
}

#[test]
fn a_report_shows_what_a_run_keeps_and_drops() {
    let place = Place::new();
    place
        .file("a.jsonl", "{\"id\":1,\"outlet\":\"<o>\",\"text\":\"Home\\nIt rained <b>all</b> night.\"}\n{\"id\":2}\n");
    let (code, out, said) = run(place.judge("report", &["a.jsonl", "--to", "html", "--output", "r/run.html"]));
    assert_eq!((code, out.as_str()), (2, ""), "{said}");
    assert!(said.contains("a.jsonl:2: no column") && said.contains("written: r/run.html"), "{said}");
    let page = place.text("r/run.html");
    for expected in
        ["data-outlet=\"&lt;o&gt;\"", "It rained &lt;b&gt;all&lt;/b&gt; night.</p>", "<li>ends_sentence</li>"]
    {
        assert!(page.contains(expected), "{expected}");
    }
}

#[test]
fn an_evaluation_is_written_as_a_page() {
    let place = Place::new();
    place.file(
        "fixtures/a.txt",
        "outlet: a\nlanguage: en\nmarkup: text\n---\n+ It rained.\n+ No full stop\n- [nav] Home\n",
    );
    let (code, _, said) = run(place.judge("evaluate", &["fixtures", "--report", "r.html"]));
    assert_eq!(code, 0, "{said}");
    let page = place.text("r.html");
    for expected in
        ["<polyline", "By language (1)", "Largest weights of sentences@1", "content dropped", "href=\"#d0\""]
    {
        assert!(page.contains(expected), "{expected}");
    }
}

#[test]
fn labels_go_to_annotation_tools_and_come_back() {
    let place = Place::new();
    place.file("fixtures/a.txt", "outlet: a\nlanguage: en\nmarkup: text\n---\n+ It rained.\n- [nav] Home\n");
    for (tool, name) in [("label-studio", "a.json"), ("doccano", "a.jsonl")] {
        let (code, out, said) = run(place.dehusk(&["label", "fixtures", "--export", tool]));
        assert_eq!(code, 0, "{said}");
        place.file(name, out);
        let (code, out, said) = run(place.dehusk(&["import", tool, name]));
        assert_eq!(code, 0, "{said}");
        let labels = &lines(&out)[0]["labels"];
        assert_eq!(labels, &json!([[0, 10, "content", null], [11, 15, "boilerplate", "nav"]]), "{tool}");
    }
}

#[test]
fn rows_of_csv_become_labelled_documents_and_bad_ones_are_told_of() {
    let place = Place::new();
    place.file("own.csv", "doc,block,is\n1,Home,nav\n1,It rained.,1\n2,Share,perhaps\n2,The river rose.,content\n");
    let args = ["import", "csv", "own.csv", "--text", "block", "--label", "is", "--id", "doc"];
    let (code, out, said) = run(place.dehusk(&args));
    assert_eq!(code, 2, "{said}");
    assert!(said.contains("own.csv:4: label \"perhaps\""), "{said}");
    let documents = lines(&out);
    assert_eq!(documents[0]["source"], "Home\nIt rained.");
    assert_eq!(documents[0]["labels"], json!([[0, 4, "boilerplate", "nav"], [5, 15, "content", null]]));
    assert_eq!(documents[1]["source"], "The river rose.");
    let (code, _, said) = run(place.dehusk(&["import", "csv", "own.csv", "--text", "block"]));
    assert!(code == 1 && said.contains("--label COLUMN"), "{said}");
    let (code, _, said) = run(place.dehusk(&["import", "wcxb", ".", "--text", "block"]));
    assert!(code == 1 && said.contains("for csv only"), "{said}");
}

#[test]
fn the_small_commands_print_something() {
    let place = Place::new();
    for (args, expected) in [
        (&["features"][..], "ends_sentence"),
        (&["features", "--json"], "\"family\":\"shape\""),
        (&["features", "--markup", "html"], "containers"),
        (&["features", "--markup", "html", "--json"], "\"family\":\"templates\""),
        (&["card", "model.json"], "## Largest weights"),
        (&["card", "pages.json"], "# Model pages@1"),
        (&["card"], "For text, markdown."),
        (&["card", "--markup", "html"], "For html."),
        (&["import", "--help"], "the page itself"),
        (&["completions", "bash"], "_dehusk"),
    ] {
        let (code, out, _) = run(place.dehusk(args));
        assert!(code == 0 && out.contains(expected), "{args:?}: {out}");
    }
    let (code, _, said) = run(place.dehusk(&["import", "nothing", "."]));
    assert_eq!(code, 1);
    assert!(said.contains("wcxb"), "{said}");
}

// Properties.

/// Bytes that are text more often than not.
fn sources() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        prop::collection::vec(any::<u8>(), 0..300),
        "(\\PC|\n|\r|\t|\u{c}|\u{feff}|\u{200b}){0,300}".prop_map(String::into_bytes),
        "([A-Za-z]{1,9}[ .,\n]{1,3}|\\[[a-z]+\\]\\(http://[a-z]+\\)|\n[#>*`|-]{1,3} ?){0,60}"
            .prop_map(String::into_bytes),
    ]
}

/// Pages put together from what makes reading them hard.
fn pieces() -> impl Strategy<Value = String> {
    const PIECES: [&str; 28] = [
        "<p>",
        "</p>",
        "<div>",
        "</div>",
        "<table>",
        "<tr>",
        "<td>",
        "</td>",
        "</table>",
        "<ul>",
        "<li>",
        "</ul>",
        "<b>",
        "</b>",
        "<a href=x>",
        "</a>",
        "<br>",
        "<pre>",
        "</pre>",
        "<select>",
        "<option>",
        "</select>",
        "&amp;",
        "&nbsp;",
        "It rains. ",
        "é\n",
        "<",
        "\0",
    ];
    prop::collection::vec(prop::sample::select(PIECES.to_vec()), 0..60).prop_map(|pieces| pieces.concat())
}

fn cleaned(worker: &mut Worker<'_>, source: &str, markup: Markup) -> (String, Vec<(usize, usize, bool)>) {
    worker.set_markup(markup);
    let content = worker.clean(source).to_owned();
    let blocks = worker.classify(source);
    let labels = blocks.iter().map(|block| (block.span.start, block.span.end, block.label == dehusk::Label::Content));
    (content, labels.collect())
}

proptest! {
    #[test]
    fn pages_give_spans_in_order_and_forget_what_came_before(before in pieces(), page in pieces()) {
        let cleaner = Cleaner::new(&serde_json::to_string(&pages()).unwrap()).unwrap();
        let fresh = cleaned(&mut cleaner.worker(), &page, Markup::Html);
        let mut worker = cleaner.worker();
        cleaned(&mut worker, &before, Markup::Html);
        prop_assert_eq!(&cleaned(&mut worker, &page, Markup::Html), &fresh);
        let mut last = 0;
        for (start, end, _) in fresh.1 {
            prop_assert!(last <= start && start < end && page.get(start..end).is_some());
            last = end;
        }
    }

    #[test]
    fn cleaning_never_panics_and_forgets_what_came_before(before in sources(), bytes in sources()) {
        let cleaner = Cleaner::new(&serde_json::to_string(&sentences()).unwrap()).unwrap();
        let source = dehusk::io::decode(bytes).text;
        for markup in [Markup::Text, Markup::Markdown, Markup::Html] {
            let fresh = cleaned(&mut cleaner.worker(), &source, markup);
            let mut worker = cleaner.worker();
            cleaned(&mut worker, &dehusk::io::decode(before.clone()).text, markup);
            prop_assert_eq!(&cleaned(&mut worker, &source, markup), &fresh);
            let mut cut = Cut::default();
            cut.cut(&source, cleaner.model().reads(markup));
            let kept: Vec<bool> = fresh.1.iter().map(|(.., kept)| *kept).collect();
            prop_assert_eq!(&dehusk::presets::join(&source, &cut, &kept), &fresh.0);
        }
    }
}

/// Three labelled pages of an outlet whose husk ends like sentences, in a folder.
fn labelled_pages(folder: &TempDir) -> PathBuf {
    let path = folder.path().join("labelled");
    fs::create_dir(&path).unwrap();
    for (name, story) in [("a", "The mill burned."), ("b", "The ferry sank at noon."), ("c", "It rained all week.")] {
        let text = format!(
            "outlet: lantern\nlanguage: en\nmarkup: text\ntags: dump\n---\n- [nav] We are the Lantern.\n+ {story}\n- [paywall] Join us, and keep \
             the light burning for another year.\n"
        );
        fs::write(path.join(format!("{name}.txt")), text).unwrap();
    }
    path
}

fn model_file(folder: &TempDir, name: &str, model: &ModelFile) -> PathBuf {
    let path = folder.path().join(name);
    fs::write(&path, serde_json::to_string(model).unwrap()).unwrap();
    path
}

#[test]
fn an_adapted_model_knows_the_husk_of_its_outlet() {
    let folder = TempDir::new().unwrap();
    let base = model_file(&folder, "base.json", &sentences());
    let out = folder.path().join("lantern.json");
    let mut adapt = Command::cargo_bin("dehusk").unwrap();
    adapt.arg("adapt").arg("--base").arg(&base).arg("--labelled").arg(labelled_pages(&folder)).arg("--out").arg(&out);
    adapt.assert().success();
    assert!(fs::read_to_string(out.with_extension("md")).unwrap().contains("Adapted from sentences@"));
    let page = "We are the Lantern.\nA bear came to town.\nJoin us, and keep the light burning for another year.\n";
    let mut clean = Command::cargo_bin("dehusk").unwrap();
    clean.args(["clean", "--model"]).arg(&out).write_stdin(page).assert().success().stdout("A bear came to town.\n");
}

#[test]
fn labelled_documents_that_do_not_help_are_refused_with_their_figures() {
    let folder = TempDir::new().unwrap();
    let base = model_file(&folder, "base.json", &sentences());
    let path = folder.path().join("labelled");
    fs::create_dir(&path).unwrap();
    for (name, mark) in [("a", "+"), ("b", "- [nav]"), ("c", "+"), ("d", "- [nav]")] {
        let text = format!(
            "outlet: x\nlanguage: en\nmarkup: text\ntags: dump\n---\n+ All is well.\n{mark} All is well again.\n"
        );
        fs::write(path.join(format!("{name}.txt")), text).unwrap();
    }
    let out = folder.path().join("x.json");
    let mut adapt = Command::cargo_bin("dehusk").unwrap();
    adapt.arg("adapt").arg("--base").arg(&base).arg("--labelled").arg(&path).arg("--out").arg(&out);
    let assert = adapt.assert().code(3);
    assert!(String::from_utf8_lossy(&assert.get_output().stderr).contains("do not help: page F1"));
    assert!(!out.exists());
}

#[test]
fn outlet_files_are_the_same_in_any_order_and_name_what_is_missing() {
    let folder = TempDir::new().unwrap();
    let line = |outlet: &str, text: &str| format!("{}\n", json!({ "outlet": outlet, "text": text }));
    let (first, second) = (line("a", "Menu\nOne two three."), line("a", "Menu\nFour five six."));
    let learn = |name: &str, input: &str| {
        let out = folder.path().join(name);
        let mut learn = Command::cargo_bin("dehusk").unwrap();
        learn.args(["outlet", "learn", "--container", "jsonl", "--out"]).arg(&out).write_stdin(input.to_owned());
        (learn, out)
    };
    let files: Vec<String> = [("1", format!("{first}{second}")), ("2", format!("{second}{first}{first}"))]
        .iter()
        .map(|(name, input)| {
            let (mut learn, out) = learn(name, input);
            learn.assert().success();
            fs::read_to_string(out).unwrap()
        })
        .collect();
    assert_eq!(files[0], files[1]);
    let mut explain = Command::cargo_bin("dehusk").unwrap();
    explain.args(["explain", "--container", "jsonl", "--outlet"]).arg(folder.path().join("1")).write_stdin(first);
    let explained = explain.assert().success();
    assert!(String::from_utf8_lossy(&explained.get_output().stdout).contains("Menu"), "an outlet file is read");
    let (mut nameless, _) = learn("3", "{\"text\":\"Menu\"}\n");
    let assert = nameless.assert().code(1);
    assert!(String::from_utf8_lossy(&assert.get_output().stderr).contains("no string in column \"outlet\""));
}

#[test]
fn outlets_are_learned_and_reported_from_archives_by_the_host_of_each_page() {
    let folder = TempDir::new().unwrap();
    let page = |at: usize, host: &str, who: &str| {
        let text =
            format!("Lantern of the valley\n\nThe {who} told a story of the flood that nobody had heard before.\n");
        format!(
            "WARC/1.0\r\nWARC-Type: conversion\r\nWARC-Record-ID: <urn:{at}>\r\nWARC-Target-URI: http://{host}/{at}\r\n\
             Content-Length: {}\r\n\r\n{text}\r\n\r\n",
            text.len()
        )
    };
    let hosts = ["www.a.example:8080", "a.example", "a.example", "b.example"];
    let whos = ["baker", "miller", "ferryman", "mayor"];
    let archive: String = hosts.iter().zip(whos).enumerate().map(|(at, (host, who))| page(at, host, who)).collect();
    fs::write(folder.path().join("pages.wet"), archive).unwrap();
    let dehusk = |args: &[&str]| {
        let mut dehusk = Command::cargo_bin("dehusk").unwrap();
        let done = dehusk.current_dir(folder.path()).args(args).assert().success();
        String::from_utf8_lossy(&done.get_output().stderr).into_owned()
    };
    let said = dehusk(&["outlet", "learn", "pages.wet", "--by", "domain", "--out", "outlet.json"]);
    assert!(said.contains("2 outlets, 4 pages"), "{said}");
    dehusk(&["report", "pages.wet", "--outlet", "outlet.json", "--reasons", "9", "--output", "report.html"]);
    let report = fs::read_to_string(folder.path().join("report.html")).unwrap();
    assert!(report.contains("recurrence in the outlet"));
}

#[test]
fn a_report_weighs_what_recurs_in_the_only_outlet_of_a_file() {
    let folder = TempDir::new().unwrap();
    fs::create_dir_all(folder.path().join("pages")).unwrap();
    for who in ["baker", "miller", "ferryman", "mayor", "teacher"] {
        let page =
            format!("Lantern of the valley\n\nThe {who} told a story of the flood that nobody had heard before.\n");
        fs::write(folder.path().join(format!("pages/{who}.txt")), page).unwrap();
    }
    let dehusk = |args: &[&str]| {
        let mut dehusk = Command::cargo_bin("dehusk").unwrap();
        dehusk.current_dir(folder.path()).args(args).assert().success();
    };
    dehusk(&["outlet", "learn", "pages", "--by", "folder", "--out", "outlet.json"]);
    dehusk(&["report", "pages", "--outlet", "outlet.json", "--reasons", "9", "--output", "report.html"]);
    let report = fs::read_to_string(folder.path().join("report.html")).unwrap();
    assert!(report.contains("recurrence in the outlet"));
}
