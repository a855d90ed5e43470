//! The label page over HTTP, without a browser: who is turned away, what is written, what texts become.
#![allow(clippy::unwrap_used)]

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::sync::Arc;
use std::thread;

use dehusk::label::{Base, Desk, Pending, Server};
use dehusk::train::corpus::{LabelledDocument, from_json};
use dehusk::{Cleaner, Markup, built_in};
use serde_json::{Value, json};
use tempfile::TempDir;

const SOURCE: &str = "Home | <b>News</b>\n\nThe council voted on Monday to close the old bridge, after inspectors had \
    found cracks in two of its piers.\n<script>alert('husk')</script>\nShare on Facebook\n";

fn pending(number: usize, source: String) -> Pending {
    Pending {
        id: format!("page-{number}.txt"),
        outlet: "example-times".into(),
        language: "en".into(),
        labelled: false,
        place: None,
        load: Box::new(move || {
            Ok(LabelledDocument { source: source.clone(), markup: Markup::Text, ..LabelledDocument::default() })
        }),
    }
}

fn documents(count: usize) -> Vec<Pending> {
    (0..count).map(|number| pending(number, format!("{SOURCE}Line {number} of the tram\n"))).collect()
}

fn base(markup: Markup) -> Base {
    let json = built_in(markup).unwrap();
    Base { cleaner: Cleaner::new(json).unwrap(), file: Arc::new(serde_json::from_str(json).unwrap()) }
}

/// A server in the folder; its host and its token.
struct Page {
    host: String,
    token: String,
}

impl Page {
    fn open(documents: Vec<Pending>, folder: &Path) -> Page {
        let (desk, damaged) = Desk::open(documents, [Markup::Text, Markup::Html].map(base).into(), folder).unwrap();
        assert_eq!(damaged, 0);
        let server = Server::bind(desk, 0).unwrap();
        let url = server.url().unwrap();
        let (host, token) = url.strip_prefix("http://").unwrap().trim_end_matches('/').split_once('/').unwrap();
        let page = Page { host: host.to_owned(), token: token.to_owned() };
        thread::spawn(move || server.run());
        page
    }

    /// Sends a request; gives status, head and body.
    fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> (u16, String, String) {
        let mut stream = TcpStream::connect(&self.host).unwrap();
        let mut text = format!("{method} {path} HTTP/1.1\r\nConnection: close\r\nContent-Length: {}\r\n", body.len());
        for (name, value) in headers {
            text.push_str(&format!("{name}: {value}\r\n"));
        }
        stream.write_all(format!("{text}\r\n{body}").as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        (status, head.to_lowercase(), body.to_owned())
    }

    fn get(&self, path: &str) -> (u16, String, String) {
        self.send("GET", &format!("/{}/{path}", self.token), &[("Host", &self.host)], "")
    }

    fn json(&self, path: &str) -> Value {
        let (status, _, body) = self.get(path);
        assert_eq!(status, 200, "{path}: {body}");
        serde_json::from_str(&body).unwrap()
    }

    fn post(&self, path: &str, body: &Value) -> Value {
        let headers = [("Host", self.host.as_str()), ("Content-Type", "application/json")];
        let (status, _, body) = self.send("POST", &format!("/{}/api/{path}", self.token), &headers, &body.to_string());
        assert_eq!(status, 200, "{path}: {body}");
        serde_json::from_str(&body).unwrap()
    }
}

fn folder() -> TempDir {
    tempfile::tempdir().unwrap()
}

fn mark(block: usize, mark: Value) -> Value {
    json!({ "document": 0, "first": block, "last": block, "mark": mark })
}

#[test]
fn a_wrong_token_a_foreign_host_and_a_foreign_origin_are_turned_away() {
    let folder = folder();
    let page = Page::open(documents(1), folder.path());
    let own = format!("/{}/", page.token);
    let host = page.host.as_str();
    let port = host.rsplit(':').next().unwrap();
    let (foreign, localhost) = (format!("evil.example:{port}"), format!("localhost:{port}"));
    let origin = format!("http://{host}");
    let wrong = format!("/{}/", "0".repeat(32));
    for (path, headers, expected) in [
        (own.as_str(), vec![("Host", host)], 200),
        (&own, vec![("Host", &localhost)], 200),
        (&own, vec![("Host", host), ("Origin", &origin)], 200),
        (&wrong, vec![("Host", host)], 403),
        ("/", vec![("Host", host)], 403),
        ("/api/progress", vec![("Host", host)], 403),
        (&own, vec![("Host", &foreign)], 403),
        (&own, vec![("Host", host), ("Origin", "http://evil.example")], 403),
        (&own, vec![("Host", host), ("Origin", "null")], 403),
    ] {
        for method in ["GET", "POST"] {
            let (status, head, body) = page.send(method, path, &headers, "");
            let expected = if (method, expected) == ("POST", 200) { 405 } else { expected };
            assert_eq!(status, expected, "{method} {path} {headers:?}");
            assert!(head.contains("content-security-policy: default-src 'none'"), "{head}");
            assert!(status != 403 || !body.contains(&page.token));
        }
    }
    // A form of another site can send no JSON without asking first.
    let path = format!("{own}api/undo");
    let plain = format!("{own}api/mark");
    assert_eq!(page.send("POST", &plain, &[("Host", host), ("Content-Type", "text/plain")], "{}").0, 415);
    assert_eq!(page.send("POST", &path, &[("Host", host), ("Origin", "https://evil.example")], "{}").0, 403);
    assert_eq!(page.get("nothing").0, 404);
}

#[test]
fn the_page_asks_for_nothing_from_elsewhere_and_sets_texts_as_text() {
    let folder = folder();
    let page = Page::open(documents(1), folder.path());
    let parts = ["", "page.css", "page.js"].map(|part| page.get(part).2);
    for (part, text) in ["html", "css", "js"].iter().zip(&parts) {
        for wrong in
            ["http://", "https://", "url(", "@import", "innerHTML", "insertAdjacent", "document.write", "eval("]
        {
            assert!(!text.contains(wrong), "{part}: {wrong}");
        }
    }
    assert!(!parts[0].contains("onclick") && !parts[0].contains("style="));
    let (_, head, body) = page.get("api/documents/0");
    assert!(head.contains("content-type: application/json") && head.contains("nosniff"), "{head}");
    let lines = serde_json::from_str::<Value>(&body).unwrap()["lines"].clone();
    assert_eq!(lines[2]["text"], "<script>alert('husk')</script>");
}

#[test]
fn every_change_is_written_before_it_is_answered() {
    let folder = folder();
    let page = Page::open(documents(2), folder.path());
    page.post("mark", &mark(0, json!(["boilerplate", "nav"])));
    let changed = page.post("mark", &mark(1, json!(["content", null])));
    assert_eq!(changed["marks"], json!([["boilerplate", "nav"], ["content", null], null, null, null]));
    // What is on the disk now is what a killed server leaves.
    let again = Page::open(documents(2), folder.path());
    assert_eq!(again.json("api/documents/0")["lines"][0]["mark"], json!(["boilerplate", "nav"]));
    let undone = again.post("undo", &json!({}));
    assert_eq!((undone["document"].clone(), undone["marks"][1].clone()), (json!(0), Value::Null));
    let bad = mark(99, Value::Null).to_string();
    let headers = [("Host", again.host.as_str()), ("Content-Type", "application/json")];
    assert_eq!(again.send("POST", &format!("/{}/api/mark", again.token), &headers, &bad).0, 404);
}

#[test]
fn what_was_labelled_comes_out_for_every_tool() {
    let folder = folder();
    let page = Page::open(documents(2), folder.path());
    assert_eq!(page.get("export/jsonl").2, "");
    page.post("confirm", &json!({ "document": 1, "done": true }));
    let (_, head, body) = page.get("export/jsonl");
    assert!(head.contains("attachment"), "{head}");
    let document = from_json(body.trim_end()).unwrap();
    assert_eq!((document.id.as_str(), document.spans.len()), ("page-1.txt", 5));
    assert_eq!(
        serde_json::from_str::<Value>(&page.get("export/label-studio").2).unwrap()[0]["data"]["id"],
        "page-1.txt"
    );
    assert!(page.get("export/doccano").2.contains("\"label\":[["));
    assert_eq!(page.get("export/other").0, 404);
    let fixtures: Vec<_> = fs::read_dir(folder.path().join("en")).unwrap().collect();
    assert_eq!(fixtures.len(), 1);
}

#[test]
fn adapting_tells_what_it_brings_judges_anew_and_writes_the_model() {
    let folder = folder();
    let page = Page::open(documents(4), folder.path());
    assert_eq!(page.post("adapt", &json!({}))["models"], json!([]));
    let before = page.json("api/documents/0")["lines"][3]["probability"].as_f64().unwrap();
    for document in 0..4 {
        page.post("mark", &json!({ "document": document, "first": 3, "last": 4, "mark": ["content", null] }));
        page.post("confirm", &json!({ "document": document, "done": true }));
    }
    let answer = page.post("adapt", &json!({}));
    let found = &answer["models"][0];
    assert_eq!((&found["documents"], &answer["progress"]["adapted"]), (&json!(4), &answer["models"]));
    assert!(found["after"].as_f64() > found["before"].as_f64(), "{found}");
    let after = page.json("api/documents/0")["lines"][3]["probability"].as_f64().unwrap();
    assert!(after > before, "{before} {after}");
    let path = folder.path().join("adapted-text.json");
    assert_eq!(found["file"], json!(path));
    let model = Cleaner::new(&fs::read_to_string(path).unwrap()).unwrap();
    assert!(f64::from(model.classify(SOURCE)[3].probability) > before);
    assert!(!folder.path().join("adapted-html.json").exists());
}

#[test]
fn labels_that_contradict_each_other_adapt_nothing() {
    let folder = folder();
    let page = Page::open(documents(2), folder.path());
    page.post("confirm", &json!({ "document": 0, "done": true }));
    let lines = page.json("api/documents/1")["lines"].clone();
    for (block, line) in lines.as_array().unwrap().iter().enumerate() {
        let opposite = if line["predicted"] == "content" { "boilerplate" } else { "content" };
        page.post("mark", &json!({ "document": 1, "first": block, "last": block, "mark": [opposite, null] }));
    }
    page.post("confirm", &json!({ "document": 1, "done": true }));
    let answer = page.post("adapt", &json!({}));
    let error = answer["models"][0]["error"].as_str().unwrap();
    assert!(error.contains("the labelled documents do not help: page F1"), "{error}");
    assert_eq!(answer["progress"]["adapted"], json!([]));
    assert_eq!(page.json("api/documents/1")["lines"][1]["probability"], lines[1]["probability"]);
    assert!(!folder.path().join("adapted-text.json").exists());
}

#[test]
fn ten_thousand_documents_open_without_delay() {
    let folder = folder();
    let start = std::time::Instant::now();
    let page = Page::open(documents(10_000), folder.path());
    let list = page.json("api/documents?wanted=todo&skip=9990");
    assert_eq!((list["count"].clone(), list["rows"].as_array().unwrap().len()), (json!(10_000), 10));
    assert_eq!(page.json("api/documents?find=page-9999")["count"], 1);
    page.json("api/documents/9999");
    // A second on an idle machine is a tenth of that; this one may be busy.
    assert!(start.elapsed().as_secs() < 10, "{:?}", start.elapsed());
}
