//! Parquet: rows in, rows out, with further columns; and rows as lines. Rules judge here.

#![allow(clippy::unwrap_used)]

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use arrow_array::builder::{Float64Builder, ListBuilder};
use arrow_array::cast::AsArray;
use arrow_array::types::{Float64Type, Int64Type};
use arrow_array::{Array, ArrayRef, BinaryArray, Int64Array, RecordBatch, StringArray};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::basic::Compression;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;
use parquet::file::reader::{FileReader, SerializedFileReader};
use serde_json::{Value, json};
use tempfile::TempDir;

const TEXT: &str = "The council voted on Monday to close the old bridge.";
/// Rows of a group.
const GROUP: usize = 100;

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

    /// A file of rows; every seventh has no text.
    fn rows(&self, name: &str, rows: usize) -> PathBuf {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        let batch = batch(0..rows);
        let properties = WriterProperties::builder()
            .set_compression(Compression::SNAPPY)
            .set_max_row_group_row_count(Some(GROUP))
            .set_key_value_metadata(Some(vec![KeyValue::new("made by".to_owned(), "a test".to_owned())]))
            .build();
        let mut writer = ArrowWriter::try_new(File::create(&path).unwrap(), batch.schema(), Some(properties)).unwrap();
        writer.write(&batch).unwrap();
        writer.close().unwrap();
        path
    }

    /// Cleans; gives exit code, standard output and standard error.
    fn clean(&self, args: &[&str]) -> (i32, String, String) {
        let output = Command::new(env!("CARGO_BIN_EXE_dehusk"))
            .current_dir(self.folder.path())
            .args(["clean", "--preset", "c4"])
            .args(args)
            .output()
            .unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
    }
}

fn batch(rows: std::ops::Range<usize>) -> RecordBatch {
    let text = |row: usize| (row % 7 != 6).then(|| format!("Menu\n{TEXT}\n{TEXT} {row}.\nIt rains here again.\n"));
    let ids: Int64Array = rows.clone().map(|row| row as i64).collect();
    let texts: StringArray = rows.clone().map(text).collect();
    let raw: BinaryArray = rows.clone().map(|row| Some(format!("<html><p>{TEXT} {row}.</p>").into_bytes())).collect();
    let old: StringArray = rows.clone().map(|_| Some("old")).collect();
    let mut scores = ListBuilder::new(Float64Builder::new());
    rows.for_each(|row| scores.append_value([Some(row as f64), None]));
    RecordBatch::try_from_iter([
        ("id", Arc::new(ids) as ArrayRef),
        ("text", Arc::new(texts)),
        ("raw", Arc::new(raw)),
        ("scores", Arc::new(scores.finish())),
        ("status", Arc::new(old)),
    ])
    .unwrap()
}

/// All rows of a file, and the sizes of its groups.
fn read(path: &Path) -> (RecordBatch, Vec<i64>) {
    let file = SerializedFileReader::new(File::open(path).unwrap()).unwrap();
    let groups = file.metadata().row_groups().iter().map(|group| group.num_rows()).collect();
    let builder = ParquetRecordBatchReaderBuilder::try_new(File::open(path).unwrap()).unwrap();
    let mut batches = builder.with_batch_size(1 << 20).build().unwrap();
    (batches.next().unwrap().unwrap(), groups)
}

fn names(rows: &RecordBatch) -> Vec<String> {
    rows.schema().fields().iter().map(|field| field.name().clone()).collect()
}

fn strings<'r>(rows: &'r RecordBatch, column: &str) -> Vec<Option<&'r str>> {
    rows.column_by_name(column).unwrap().as_string::<i32>().iter().collect()
}

#[test]
fn rows_come_out_as_rows_with_further_columns() {
    let place = Place::new();
    place.rows("in.parquet", 250);
    let (code, out, said) = place.clean(&["in.parquet", "--output", "out.parquet"]);
    assert_eq!((code, out.as_str()), (2, ""), "{said}");
    assert!(said.contains("in.parquet:7: column \"text\" holds null, expected a string"), "{said}");
    let (input, groups_in) = read(&place.path("in.parquet"));
    let (output, groups_out) = read(&place.path("out.parquet"));
    assert_eq!((groups_in, groups_out), (vec![100, 100, 50], vec![100, 100, 50]));
    let added = ["content", "kept_ratio", "status", "error", "note", "model", "meta"];
    assert_eq!(names(&output), [&["id", "text", "raw", "scores"], &added[..]].concat());
    for column in ["id", "text", "raw", "scores"] {
        assert_eq!(input.column_by_name(column), output.column_by_name(column), "{column}");
    }
    let (content, status) = (strings(&output, "content"), strings(&output, "status"));
    assert_eq!(content[5].unwrap(), format!("{TEXT}\n{TEXT} 5."));
    assert_eq!((content[6], status[5], status[6]), (Some(""), Some("ok"), Some("error")));
    assert_eq!(strings(&output, "model")[5], Some("c4"));
    let ratio = output.column_by_name("kept_ratio").unwrap().as_primitive::<Float64Type>();
    assert!(ratio.value(5) > 0.7 && ratio.value(5) < 1.0 && ratio.value(6) == 0.0);
    let file = SerializedFileReader::new(File::open(place.path("out.parquet")).unwrap()).unwrap();
    let metadata = file.metadata();
    let group = metadata.row_group(0);
    assert!(group.columns().iter().all(|column| matches!(column.compression(), Compression::ZSTD(_))));
    let kept = metadata.file_metadata().key_value_metadata().unwrap();
    assert!(kept.iter().any(|pair| pair.key == "made by" && pair.value.as_deref() == Some("a test")));
}

#[test]
fn any_number_of_jobs_gives_the_same_bytes() {
    let place = Place::new();
    place.rows("in.parquet", 1000);
    for jobs in ["1", "3"] {
        let output = format!("{jobs}.parquet");
        place.clean(&["in.parquet", "--spans", "--jobs", jobs, "--output", &output]);
    }
    assert!(fs::read(place.path("1.parquet")).unwrap() == fs::read(place.path("3.parquet")).unwrap());
    let (rows, _) = read(&place.path("1.parquet"));
    let spans = rows.column_by_name("boilerplate").unwrap().as_list::<i32>();
    let first = spans.value(0);
    let first = first.as_struct();
    let at = |name: &str| first.column_by_name(name).unwrap().as_primitive::<Int64Type>().value(0);
    assert_eq!((at("start"), at("end")), (0, 4), "the menu");
    assert_eq!(spans.value(6).len(), 0);
}

#[test]
fn rows_read_like_lines_elsewhere() {
    let place = Place::new();
    place.rows("in.parquet", 20);
    let (code, out, said) = place.clean(&["in.parquet"]);
    assert_eq!(code, 2, "{said}");
    let records: Vec<Value> = out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(records.len(), 20);
    assert_eq!((&records[19]["id"], &records[19]["scores"]), (&json!(19), &json!([19.0, null])));
    assert_eq!((&records[6]["status"], &records[7]["status"]), (&json!("error"), &json!("ok")));
    assert!(said.contains("in.parquet:7: column \"text\" holds null"), "{said}");
    let (_, out, _) = place.clean(&["in.parquet", "--to", "dolma"]);
    assert_eq!(out.lines().count(), 20);
    place.clean(&["in.parquet", "--to", "jsonl", "--output", "out/"]);
    assert_eq!(fs::read_to_string(place.path("out/in.parquet.jsonl")).unwrap().lines().count(), 20);
    for (args, expected) in [
        (&["in.parquet", "--to", "text", "--output", "x.parquet"][..], "only what is read from Parquet"),
        (&["in.jsonl", "--output", "x.parquet"], "only what is read from Parquet"),
    ] {
        let (code, _, said) = place.clean(args);
        assert!(code == 1 && said.contains(expected), "{args:?}: {said}");
    }
}

#[test]
fn a_column_is_chosen_and_may_hold_bytes() {
    let place = Place::new();
    place.rows("in.parquet", 10);
    let args = ["in.parquet", "--column", "raw", "--drop-source", "--preset", "keep-all", "--output", "out.parquet"];
    let output =
        Command::new(env!("CARGO_BIN_EXE_dehusk")).current_dir(place.folder.path()).arg("clean").args(args).status();
    assert_eq!(output.unwrap().code(), Some(0));
    let (rows, _) = read(&place.path("out.parquet"));
    assert!(rows.column_by_name("raw").is_none());
    assert_eq!(strings(&rows, "content")[3], Some(format!("{TEXT} 3.").as_str()));
    let (code, _, said) = place.clean(&["in.parquet", "--column", "body", "--output", "none.parquet"]);
    assert_eq!(code, 2);
    assert!(said.contains("no column \"body\"; found: id, text, raw, scores, status"), "{said}");
    let (code, _, said) = place.clean(&["in.parquet", "--column", "id", "--output", "none.parquet"]);
    assert!(code == 2 && said.contains("column \"id\" holds Int64, expected a string"), "{said}");
}

#[test]
fn directories_of_parquet_are_mirrored_and_resumed() {
    let place = Place::new();
    place.rows("in/a.parquet", 5);
    place.rows("in/b/c.parquet", 5);
    place.rows("in/empty.parquet", 0);
    assert_eq!(place.clean(&["in", "--output", "out"]), (0, String::new(), String::new()));
    for name in ["a.parquet", "b/c.parquet"] {
        assert_eq!(read(&place.path("out").join(name)).0.num_rows(), 5, "{name}");
    }
    let empty = SerializedFileReader::new(File::open(place.path("out/empty.parquet")).unwrap()).unwrap();
    assert_eq!(empty.metadata().file_metadata().num_rows(), 0);
    let (_, _, said) = place.clean(&["in", "--output", "out", "--resume"]);
    assert!(said.contains("3 of 3 outputs are finished"), "{said}");
}

#[test]
fn damaged_files_are_errors_and_the_rest_goes_on() {
    let place = Place::new();
    let bytes = fs::read(place.rows("whole.parquet", 3 * GROUP)).unwrap();
    let (whole, _) = read(&place.path("whole.parquet"));
    place.rows("in/z.parquet", 5);
    fs::write(place.path("in/a.parquet"), &bytes[..bytes.len() / 2]).unwrap();
    let (code, _, said) = place.clean(&["in", "--output", "out"]);
    assert_eq!(code, 2);
    assert!(said.contains("in/a.parquet: the Parquet data cannot be read"), "{said}");
    assert!(!place.path("out/a.parquet").exists() && place.path("out/z.parquet").exists());

    // The text of the second group is overwritten: the other groups are written.
    let metadata = SerializedFileReader::new(File::open(place.path("whole.parquet")).unwrap()).unwrap();
    let column = metadata.metadata().row_group(1).column(1);
    let (start, length) = column.byte_range();
    let mut damaged = bytes.clone();
    damaged[start as usize..(start + length) as usize].fill(0xff);
    fs::write(place.path("damaged.parquet"), damaged).unwrap();
    let (code, _, said) = place.clean(&["damaged.parquet", "--output", "out.parquet"]);
    assert_eq!(code, 2);
    assert!(said.contains("damaged.parquet:101: ") && said.contains("100 rows of group 2 are lost"), "{said}");
    let (rows, groups) = read(&place.path("out.parquet"));
    assert_eq!(groups, [100, 100]);
    assert_eq!(rows.column(0).slice(100, 100).as_ref(), whole.column(0).slice(200, 100).as_ref());

    fs::write(place.path("not.parquet"), "It rains.").unwrap();
    fs::write(place.path("empty.parquet"), "").unwrap();
    for name in ["not.parquet", "empty.parquet", "missing.parquet"] {
        let (code, _, said) = place.clean(&[name, "--output", "none.parquet"]);
        assert!(code == 2 && said.contains(name) && said.contains("cannot be read"), "{said}");
        assert!(!place.path("none.parquet").exists() && !place.path("none.parquet.part").exists());
    }
}

#[test]
fn damage_anywhere_is_no_panic() {
    let place = Place::new();
    let bytes = fs::read(place.rows("whole.parquet", 60)).unwrap();
    // Fixed steps through the file: pages, their headers, and the footer.
    for at in (4..bytes.len()).step_by(bytes.len() / 60) {
        let mut damaged = bytes.clone();
        damaged[at] ^= 0xff;
        fs::write(place.path("damaged.parquet"), &damaged).unwrap();
        let (code, _, said) = place.clean(&["damaged.parquet", "--output", "out.parquet"]);
        assert!([0, 2].contains(&code) && !said.contains("panicked"), "byte {at}: {code} {said}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_an_error_that_names_the_output() {
    let place = Place::new();
    place.rows("in.parquet", 5);
    std::os::unix::fs::symlink("/dev/full", place.path("out.parquet")).unwrap();
    let (code, _, said) = place.clean(&["in.parquet", "--output", "out.parquet"]);
    assert_eq!(code, 2);
    assert!(said.contains("writing failed: ") && said.contains("No space left"), "{said}");
}
