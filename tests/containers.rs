//! Containers and damage: WARC, records too large, outputs in the making, and runs that are killed and resumed.
//! Rules judge here: what is kept matters less than where it goes.

#![allow(clippy::unwrap_used)]

use std::fs;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::{Value, json};
use tempfile::TempDir;

const TEXT: &str = "The council voted on Monday to close the old bridge.";

struct Place {
    folder: TempDir,
}

impl Place {
    fn new() -> Place {
        Place { folder: tempfile::tempdir().unwrap() }
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

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_dehusk"));
        command.current_dir(self.folder.path()).args(["clean", "--preset", "keep-all"]).args(args);
        command
    }

    /// Cleans; gives exit code, standard output and standard error.
    fn clean(&self, args: &[&str]) -> (i32, String, String) {
        let output = self.command(args).output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
    }
}

fn lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// A field of each record.
fn fields(text: &str, name: &str) -> Vec<Value> {
    lines(text).into_iter().map(|record| record[name].clone()).collect()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn warc_record(kind: &str, id: &str, block: &[u8]) -> Vec<u8> {
    let media_type = if kind == "response" { "application/http; msgtype=response" } else { "text/plain" };
    let header = format!(
        "WARC/1.0\r\nWARC-Type: {kind}\r\nWARC-Record-ID: <urn:uuid:{id}>\r\nWARC-Target-URI: http://example.org/{id}\r\n\
         WARC-Date: 2024-05-01T12:00:00Z\r\nContent-Type: {media_type}\r\nContent-Length: {}\r\n\r\n",
        block.len()
    );
    [header.as_bytes(), block, b"\r\n\r\n"].concat()
}

fn response(id: &str, header: &str, body: &[u8]) -> Vec<u8> {
    warc_record("response", id, &[format!("HTTP/1.1 200 OK\r\n{header}\r\n\r\n").as_bytes(), body].concat())
}

fn page(text: &str) -> String {
    format!("<html><body><p>{text}</p></body></html>")
}

/// Records of all kinds; those that hold sources are a to h.
fn crawl() -> Vec<Vec<u8>> {
    let cyrillic = [b"<html><p>".as_slice(), b"\xcc\xee\xf1\xf2 \xe7\xe0\xea\xf0\xfb\xf2.", b"</p></html>"].concat();
    vec![
        warc_record("warcinfo", "0", b"software: none"),
        warc_record("request", "1", b"GET / HTTP/1.1\r\n\r\n"),
        response("a", "Content-Type: text/html", page(TEXT).as_bytes()),
        response("b", "Content-Type: text/html; charset=windows-1251", &cyrillic),
        response("c", "Content-Type: text/html\r\nContent-Encoding: gzip", &gzip(page(TEXT).as_bytes())),
        response("2", "Content-Type: image/png", b"\x89PNG\r\n\x1a\n"),
        response(
            "d",
            "Content-Type: text/html\r\nTransfer-Encoding: chunked",
            b"1d\r\n<html><p>It rains.</p></html>\r\n0\r\n\r\n",
        ),
        response("e", "Content-Type: text/html\r\nContent-Encoding: br", b"\x8b\x02\x80abc\x03"),
        response("f", "Content-Type: text/plain; charset=utf-8", TEXT.as_bytes()),
        response("g", "Content-Type: text/html", b""),
        warc_record("conversion", "h", TEXT.as_bytes()),
        warc_record("metadata", "3", b"languages: en"),
    ]
}

#[test]
fn responses_of_warc_are_pages_and_conversions_are_texts() {
    let place = Place::new();
    let records = crawl();
    place.file("a.warc", records.concat());
    place.file("a.warc.gz", records.iter().flat_map(|record| gzip(record)).collect::<Vec<u8>>());
    place.file("a.warc.zst", zstd::encode_all(records.concat().as_slice(), 0).unwrap());
    place.file("a.wet", records.concat());
    let expected = place.clean(&["a.warc"]);
    let (code, out, said) = &expected;
    assert_eq!(*code, 2, "{said}");
    let ids: Vec<String> = "abcdefgh".chars().map(|id| format!("<urn:uuid:{id}>")).collect();
    assert_eq!(fields(out, "id"), ids, "{out}");
    assert_eq!(fields(out, "status"), ["ok", "ok", "ok", "ok", "error", "ok", "empty", "ok"]);
    assert_eq!(fields(out, "content"), [TEXT, "Мост закрыт.", TEXT, "It rains.", "", TEXT, "", TEXT]);
    let first = &lines(out)[0];
    assert_eq!(first["url"], "http://example.org/a");
    assert_eq!((&first["date"], &first["http_status"]), (&json!("2024-05-01T12:00:00Z"), &json!(200)));
    assert!(said.contains("a.warc:8: content encoding \"br\" is not read"), "{said}");
    for name in ["a.warc.gz", "a.warc.zst", "a.wet"] {
        assert_eq!(place.clean(&[name]).1, out.replace("a.warc:", &format!("{name}:")), "{name}");
    }
    let output =
        place.command(&["--container", "wet", "-"]).stdin(fs::File::open(place.path("a.warc.gz")).unwrap()).output();
    assert_eq!(String::from_utf8(output.unwrap().stdout).unwrap(), out.replace("a.warc:", "standard input:"));
    assert_eq!(place.clean(&["a.warc", "--jobs", "3"]), expected);
}

#[test]
fn a_warc_in_a_directory_becomes_jsonl() {
    let place = Place::new();
    place.file("in/a.warc.gz", gzip(&response("a", "Content-Type: text/html", page(TEXT).as_bytes())));
    assert_eq!(place.clean(&["in", "--output", "out"]), (0, String::new(), String::new()));
    let mut text = String::new();
    let file = fs::File::open(place.path("out/a.warc.jsonl.gz")).unwrap();
    flate2::read::MultiGzDecoder::new(file).read_to_string(&mut text).unwrap();
    assert_eq!(fields(&text, "content"), [TEXT]);
}

#[test]
fn what_stands_before_and_after_damage_in_a_warc_is_written() {
    let place = Place::new();
    let record = |id: &str| response(id, "Content-Type: text/html", page(TEXT).as_bytes());
    place.file("mid.warc", [record("a"), b"garbage\r\nand more\r\n\r\n".to_vec(), record("b")].concat());
    let (code, out, said) = place.clean(&["mid.warc"]);
    assert_eq!((code, fields(&out, "status")), (2, vec![json!("ok"), json!("error"), json!("ok")]));
    assert!(said.contains("mid.warc:2: found \"garbage\", expected a record"), "{said}");
    let (plain, packed) = ([record("a"), record("b")].concat(), [gzip(&record("a")), gzip(&record("b"))].concat());
    place.file("ok.txt", TEXT);
    for (name, bytes) in [("cut.warc", plain), ("cut.warc.gz", packed)] {
        place.file(name, &bytes[..bytes.len() - 30]);
        let (code, out, said) = place.clean(&["--to", "jsonl", name, "ok.txt"]);
        assert_eq!((code, fields(&out, "status")), (2, vec![json!("ok"), json!("error"), json!("ok")]), "{name}");
        assert!(said.contains(&format!("{name}:2: ")) && said.contains("cut off"), "{said}");
        assert_eq!(place.clean(&[name, "--output", "out/"]).0, 2);
    }
    assert_eq!(lines(&place.text("out/cut.warc.jsonl")).len(), 2, "what was read is written to files as well");
}

#[test]
fn every_container_passes_over_what_is_too_large() {
    let place = Place::new();
    let large = "It rains. ".repeat(200_000);
    place.file("a.txt", &large);
    place.file("a.jsonl", format!("{}\n", json!({"text": large})));
    place.file("a.warc", response("a", "Content-Type: text/html", page(&large).as_bytes()));
    place.file(
        "b.warc",
        response("b", "Content-Type: text/html\r\nContent-Encoding: gzip", &gzip(page(&large).as_bytes())),
    );
    place.file("a.txt.zst", zstd::encode_all(large.as_bytes(), 0).unwrap());
    place.file("ok.txt", TEXT);
    for name in ["a.txt", "a.jsonl", "a.warc", "b.warc", "a.txt.zst"] {
        let (code, out, said) = place.clean(&["--to", "jsonl", "--max-record", "1", name, "ok.txt"]);
        assert_eq!((code, fields(&out, "status")), (2, vec![json!("too_large"), json!("ok")]), "{name}");
        assert!(said.contains(name) && said.contains("longer than 1 MB"), "{said}");
        assert_eq!(place.clean(&["--to", "jsonl", "--max-record", "2", name]).0, 0, "{name}");
    }
}

#[test]
fn attributes_stand_beside_their_documents_line_by_line() {
    let place = Place::new();
    let record = |id: usize| format!("{}\n", json!({"id": id, "source": "crawl", "text": format!("Menü\n{TEXT}")}));
    place.file("documents/a.jsonl.gz", gzip((0..3).map(record).collect::<String>().as_bytes()));
    place.file("documents/b.warc", response("b", "Content-Type: text/plain", TEXT.as_bytes()));
    let mut command = Command::new(env!("CARGO_BIN_EXE_dehusk"));
    command.current_dir(place.folder.path());
    let args = ["clean", "--preset", "c4", "--to", "dolma", "documents", "--output", "attributes/dehusk"];
    assert!(command.args(args).status().unwrap().success());
    let mut text = String::new();
    let file = fs::File::open(place.path("attributes/dehusk/a.jsonl.gz")).unwrap();
    flate2::read::MultiGzDecoder::new(file).read_to_string(&mut text).unwrap();
    let records = lines(&text);
    assert_eq!(records.len(), 3);
    for (id, record) in records.iter().enumerate() {
        assert_eq!((&record["id"], &record["source"]), (&json!(id), &json!("crawl")));
        let spans = record["attributes"]["dehusk__boilerplate"].as_array().unwrap();
        assert_eq!(spans[0].as_array().unwrap()[..2], [json!(0), json!(5)], "code points, with the line feed");
    }
    let other = lines(&place.text("attributes/dehusk/b.warc.jsonl"));
    assert_eq!(other[0]["id"], "<urn:uuid:b>");
}

// Outputs in the making.

/// Names below a folder, sorted, hidden ones as well.
fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

fn shards(place: &Place, count: usize) {
    for shard in 0..count {
        let record = |id: usize| format!("{}\n", json!({"id": id, "text": format!("{TEXT} {shard}")}));
        place.file(&format!("in/{shard}.jsonl"), (0..20).map(record).collect::<String>());
    }
}

#[test]
fn a_run_is_resumed_where_it_was_killed() {
    let place = Place::new();
    shards(&place, 3);
    // The last input is a pipe that is never closed: the run is killed while it writes the third output.
    let fifo = place.path("in/3.jsonl");
    assert!(Command::new("mkfifo").arg(&fifo).status().unwrap().success());
    let args = ["in/0.jsonl", "in/1.jsonl", "in/2.jsonl", "in/3.jsonl", "--output", "out", "--jobs", "1"];
    let mut child = place.command(&args).stderr(Stdio::null()).spawn().unwrap();
    let mut pipe = fs::OpenOptions::new().write(true).open(&fifo).unwrap();
    let record = format!("{}\n", json!({"id": 0, "text": format!("{TEXT} 3")}));
    pipe.write_all(record.as_bytes()).unwrap();
    while !place.path("out/3.jsonl.part").exists() {
        std::thread::sleep(std::time::Duration::from_millis(10));
        pipe.write_all(record.as_bytes()).unwrap();
    }
    child.kill().unwrap();
    child.wait().unwrap();
    drop(pipe);
    assert_eq!(names(&place.path("out")), [".dehusk-manifest.jsonl", "0.jsonl", "1.jsonl", "2.jsonl", "3.jsonl.part"]);

    fs::remove_file(&fifo).unwrap();
    place.file("in/3.jsonl", record.repeat(20));
    // An output that nobody may touch again, and one that has been lost.
    fs::remove_file(place.path("out/1.jsonl")).unwrap();
    let before = fs::metadata(place.path("out/0.jsonl")).unwrap().modified().unwrap();
    let (code, _, said) = place.clean(&[&args[..], &["--resume"]].concat());
    assert_eq!(code, 0, "{said}");
    assert!(said.contains("2 of 4 outputs are finished and passed over"), "{said}");
    assert_eq!(fs::metadata(place.path("out/0.jsonl")).unwrap().modified().unwrap(), before);
    assert_eq!(place.clean(&["in", "--output", "whole"]).0, 0);
    for name in ["0.jsonl", "1.jsonl", "2.jsonl", "3.jsonl"] {
        assert_eq!(place.text(&format!("out/{name}")), place.text(&format!("whole/{name}")), "{name}");
    }
    assert_eq!(names(&place.path("out")), [".dehusk-manifest.jsonl", "0.jsonl", "1.jsonl", "2.jsonl", "3.jsonl"]);
}

#[test]
fn what_has_changed_is_not_passed_over() {
    let place = Place::new();
    shards(&place, 2);
    let resume = |args: &[&str]| place.clean(&[&["in", "--output", "out", "--resume"], args].concat()).2;
    assert_eq!(resume(&[]), "");
    assert!(resume(&[]).contains("2 of 2 outputs"));
    assert!(resume(&["--jobs", "2"]).contains("2 of 2 outputs"), "jobs change nothing");
    place.file("in/1.jsonl", format!("{}\n", json!({"text": "It rains."})));
    assert!(resume(&[]).contains("1 of 2 outputs"));
    assert_eq!(fields(&place.text("out/1.jsonl"), "content"), ["It rains."]);
    assert_eq!(resume(&["--drop-source"]), "", "other options");
    place.file("in/1.jsonl", "broken\n");
    assert_eq!(place.clean(&["in", "--output", "out", "--drop-source"]).0, 2);
    let (code, _, said) = place.clean(&["in", "--output", "out", "--drop-source", "--resume"]);
    assert_eq!(code, 2, "what failed then has still failed");
    assert!(said.contains("in/1.jsonl: 1 failed in a run before"), "{said}");
    let (code, _, said) = place.clean(&["in", "--resume"]);
    assert!(code == 1 && said.contains("--resume is for files"), "{said}");
}

#[cfg(target_os = "linux")]
#[test]
fn one_output_that_cannot_be_written_does_not_stop_the_others() {
    let place = Place::new();
    shards(&place, 2);
    fs::create_dir(place.path("out")).unwrap();
    std::os::unix::fs::symlink("/dev/full", place.path("out/0.jsonl")).unwrap();
    let (code, _, said) = place.clean(&["in", "--output", "out"]);
    assert_eq!(code, 2);
    assert!(said.contains("writing failed: No space left"), "{said}");
    assert_eq!(lines(&place.text("out/1.jsonl")).len(), 20);
    let (code, _, said) = place.clean(&["in", "--output", "out", "--resume"]);
    assert!(code == 2 && said.contains("1 of 2 outputs are finished"), "{said}");
}
