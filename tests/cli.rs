//! The contracts of the command line, each as a sentence with examples. Most run with a model made here, so that they
//! say nothing of how good a trained one is.

#![allow(clippy::unwrap_used)]

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command as Process, Stdio};

use assert_cmd::Command;
use dehusk::features::columns;
use dehusk::{Cleaner, FORMAT, Goal, Goals, Markup, ModelFile, Probe, Worker, segment};
use proptest::prelude::*;
use serde_json::{Value, json};
use tempfile::TempDir;

const PAGE: &str = "News | Sport | Wetter\n\nThe council voted on Monday to close the old bridge.\n\nShare\nMenü\n\nIt will be opened again in May.\n";
const KEPT: &str = "The council voted on Monday to close the old bridge.\n\nIt will be opened again in May.";

/// A model that keeps what ends like a sentence.
fn sentences() -> ModelFile {
    let goal = Goal::Threshold(0.5);
    let weight = |name: &str| if name == "ends_sentence" { [6.0, 0.0] } else { [0.0, 0.0] };
    ModelFile {
        format: FORMAT,
        name: "sentences".into(),
        version: "1".into(),
        markups: vec![Markup::Text, Markup::Markdown],
        goals: Goals { balanced: goal, precision: Goal::Threshold(1.0), recall: Goal::Threshold(0.0) },
        bias: -3.0,
        columns: columns().map(|(name, ..)| (name.clone(), weight(&name))).collect(),
        tokens: None,
        probe: Probe::default(),
    }
}

/// A folder with the model.
struct Place {
    folder: TempDir,
}

impl Place {
    fn new() -> Place {
        let place = Place { folder: tempfile::tempdir().unwrap() };
        place.file("model.json", serde_json::to_vec(&sentences()).unwrap());
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
                 {\"id\":3,\"html\":\"<p>\"}\n\
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
        (2, "in.jsonl:3: no column \"text\"; found: id, html; choose one with --column"),
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

fn files(folder: &Path) -> usize {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
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
fn the_small_commands_print_something() {
    let place = Place::new();
    for (args, expected) in [
        (&["features"][..], "ends_sentence"),
        (&["features", "--json"], "\"family\":\"shape\""),
        (&["card", "model.json"], "## Largest weights"),
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

fn cleaned(worker: &mut Worker<'_>, source: &str, markup: Markup) -> (String, Vec<(usize, usize, bool)>) {
    worker.set_markup(markup);
    let content = worker.clean(source).to_owned();
    let blocks = worker.classify(source);
    let labels = blocks.iter().map(|block| (block.span.start, block.span.end, block.label == dehusk::Label::Content));
    (content, labels.collect())
}

proptest! {
    #[test]
    fn cleaning_never_panics_and_forgets_what_came_before(before in sources(), bytes in sources()) {
        let cleaner = Cleaner::new(&serde_json::to_string(&sentences()).unwrap()).unwrap();
        let source = dehusk::io::decode(bytes).text;
        for markup in [Markup::Text, Markup::Markdown, Markup::Html] {
            let fresh = cleaned(&mut cleaner.worker(), &source, markup);
            let mut worker = cleaner.worker();
            cleaned(&mut worker, &dehusk::io::decode(before.clone()).text, markup);
            prop_assert_eq!(&cleaned(&mut worker, &source, markup), &fresh);
            let blocks = segment(&source, markup);
            let kept: Vec<bool> = fresh.1.iter().map(|(.., kept)| *kept).collect();
            prop_assert_eq!(&dehusk::presets::join(&source, &blocks, &kept), &fresh.0);
        }
    }
}
