//! Records of WARC and WET files, read one by one in bounded memory.
//! This module must not know HTTP or pages.

use std::io::{self, Read as _};

use super::lines::{Read, read_line};
use super::{Opened, ReadError};

/// Bytes of a header's line above which it is none.
const MAX_HEADER_LINE: usize = 64 << 10;
/// Lines above which a header is none.
const MAX_HEADER_LINES: usize = 1000;
/// Memory that is asked for before a block is read: what a header promises may be wrong.
const FIRST_BYTES: u64 = 1 << 20;

/// A record that holds a source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WarcRecord {
    /// From 1; records that are passed over count.
    pub number: usize,
    /// What its block is.
    pub kind: WarcKind,
    /// `WARC-Record-ID`, as it is written.
    pub id: Option<String>,
    /// `WARC-Target-URI`.
    pub url: Option<String>,
    /// `WARC-Date`.
    pub date: Option<String>,
    /// What it holds; none when that was more than allowed and has been passed over.
    pub block: Option<Vec<u8>>,
}

/// Kinds of records that hold sources. All others are passed over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WarcKind {
    /// What a server sent, with the header of HTTP.
    Response,
    /// A text made of it: what WET files hold.
    Conversion,
}

/// The records of an input that hold sources. Memory is bounded by the largest block allowed.
///
/// A record that cannot be understood is an error, and reading goes on with the next one. It ends after data that are
/// cut off or cannot be unpacked.
pub struct WarcRecords {
    opened: Opened,
    limit: usize,
    number: usize,
    state: State,
}

enum State {
    /// A record is to come.
    Between,
    /// The next record has to be looked for.
    Lost,
    Done,
}

/// What keeps a record from being read.
enum Damage {
    /// The data cannot be read on.
    Unreadable(io::Error),
    /// They end too early.
    CutOff(String),
    /// They are something else than was expected.
    Malformed(String),
}

impl From<io::Error> for Damage {
    fn from(cause: io::Error) -> Self {
        Damage::Unreadable(cause)
    }
}

impl WarcRecords {
    /// Reads records with blocks of at most `limit` bytes.
    pub fn new(opened: Opened, limit: usize) -> WarcRecords {
        WarcRecords { opened, limit, number: 0, state: State::Between }
    }

    /// The next header; none at the end.
    fn header(&mut self) -> Result<Option<Header>, Damage> {
        let Some(version) = self.version()? else { return Ok(None) };
        self.number += 1;
        if !is_version(&version) {
            return Err(Damage::Malformed(format!("found {version:?}, expected a record that starts with WARC/1.")));
        }
        let mut header = Header::default();
        for _ in 0..MAX_HEADER_LINES {
            match self.line()? {
                None => return Err(Damage::CutOff("cut off in the header of a record".to_owned())),
                Some(line) if line.is_empty() => return header.checked().map(Some),
                Some(line) => header.add(&line),
            }
        }
        Err(Damage::Malformed("the header of the record does not end".to_owned()))
    }

    /// The line that starts a record, or what stands in its place.
    fn version(&mut self) -> Result<Option<String>, Damage> {
        let lost = matches!(self.state, State::Lost);
        loop {
            match self.line()? {
                Some(line) if line.is_empty() || (lost && !is_version(&line)) => {}
                found => {
                    self.state = State::Between;
                    return Ok(found);
                }
            }
        }
    }

    /// A line of a header without its end; a long one is cut.
    fn line(&mut self) -> Result<Option<String>, Damage> {
        Ok(match read_line(&mut self.opened.reader, MAX_HEADER_LINE)? {
            None => None,
            Some(Read::TooLong) => Some("a line too long".to_owned()),
            Some(Read::Whole(bytes)) => Some(String::from_utf8_lossy(&bytes).trim_end_matches('\r').to_owned()),
        })
    }

    fn block(&mut self, length: u64) -> Result<Option<Vec<u8>>, Damage> {
        if length > self.limit as u64 {
            self.pass_over(length)?;
            return Ok(None);
        }
        let mut bytes = Vec::with_capacity(length.min(FIRST_BYTES) as usize);
        let read = self.opened.reader.by_ref().take(length).read_to_end(&mut bytes)?;
        whole(read as u64, length).map(|()| Some(bytes))
    }

    fn pass_over(&mut self, length: u64) -> Result<(), Damage> {
        let read = io::copy(&mut self.opened.reader.by_ref().take(length), &mut io::sink())?;
        whole(read, length)
    }

    /// The next record that holds a source; none at the end.
    fn record(&mut self) -> Result<Option<WarcRecord>, Damage> {
        while let Some(header) = self.header()? {
            match header.kind() {
                None => self.pass_over(header.length)?,
                Some(kind) => {
                    let block = self.block(header.length)?;
                    let Header { id, url, date, .. } = header;
                    return Ok(Some(WarcRecord { number: self.number, kind, id, url, date, block }));
                }
            }
        }
        Ok(None)
    }

    /// Says what is wrong, and how to go on.
    fn damaged(&mut self, damage: Damage) -> ReadError {
        self.state = if matches!(damage, Damage::Malformed(_)) { State::Lost } else { State::Done };
        match damage {
            Damage::Unreadable(cause) => self.opened.failed(cause, Some(self.number)),
            Damage::CutOff(what) | Damage::Malformed(what) => {
                ReadError::Warc { place: self.opened.at(self.number), what }
            }
        }
    }
}

impl Iterator for WarcRecords {
    type Item = Result<WarcRecord, ReadError>;

    fn next(&mut self) -> Option<Self::Item> {
        if matches!(self.state, State::Done) {
            return None;
        }
        match self.record() {
            Ok(None) => {
                self.state = State::Done;
                None
            }
            Ok(Some(record)) => Some(Ok(record)),
            Err(damage) => Some(Err(self.damaged(damage))),
        }
    }
}

fn is_version(line: &str) -> bool {
    line.starts_with("WARC/")
}

fn whole(read: u64, length: u64) -> Result<(), Damage> {
    match read == length {
        true => Ok(()),
        false => Err(Damage::CutOff(format!("the record is cut off: found {read} of its {length} bytes"))),
    }
}

/// What the header of a record says, as far as it is needed.
#[derive(Default)]
struct Header {
    kind: String,
    media_type: String,
    id: Option<String>,
    url: Option<String>,
    date: Option<String>,
    length: u64,
    /// What stands in the place of a length that cannot be read.
    no_length: Option<String>,
    has_length: bool,
}

impl Header {
    /// Takes in a line; lines without a name are passed over.
    fn add(&mut self, line: &str) {
        let Some((name, value)) = line.split_once(':') else { return };
        let value = value.trim();
        match name.trim().to_ascii_lowercase().as_str() {
            "warc-type" => self.kind = value.to_ascii_lowercase(),
            "warc-record-id" => self.id = Some(value.to_owned()),
            // Some writers put it between brackets, as an earlier version of the standard had it.
            "warc-target-uri" => self.url = Some(value.trim_matches(['<', '>']).to_owned()),
            "warc-date" => self.date = Some(value.to_owned()),
            "content-type" => self.media_type = value.to_ascii_lowercase(),
            "content-length" => {
                self.has_length = true;
                match value.parse() {
                    Ok(length) => self.length = length,
                    Err(_) => self.no_length = Some(value.to_owned()),
                }
            }
            _ => {}
        }
    }

    fn checked(self) -> Result<Header, Damage> {
        match (&self.no_length, self.has_length) {
            (None, true) => Ok(self),
            (Some(found), _) => Err(Damage::Malformed(format!("Content-Length is {found:?}, expected a number"))),
            (None, false) => Err(Damage::Malformed("the record has no Content-Length".to_owned())),
        }
    }

    /// Answers of other protocols, such as that of the domain name system, hold no pages.
    fn kind(&self) -> Option<WarcKind> {
        match self.kind.as_str() {
            "response" if self.media_type.is_empty() || self.media_type.starts_with("application/http") => {
                Some(WarcKind::Response)
            }
            "conversion" => Some(WarcKind::Conversion),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::io::find;

    fn record(kind: &str, block: &str) -> String {
        format!(
            "WARC/1.0\r\nWARC-Type: {kind}\r\nWARC-Record-ID: <urn:a>\r\nwarc-target-uri: http://a/\r\n\
             Content-Length: {}\r\n\r\n{block}\r\n\r\n",
            block.len()
        )
    }

    /// Number and block of each record, or what is wrong.
    fn read(bytes: &str, limit: usize) -> Vec<Result<(usize, Option<String>), String>> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.warc");
        std::fs::write(&path, bytes).unwrap();
        let opened = find(&path).remove(0).unwrap().open().unwrap();
        let text = |record: WarcRecord| (record.number, record.block.map(|block| String::from_utf8(block).unwrap()));
        WarcRecords::new(opened, limit).map(|record| record.map(text).map_err(|error| error.to_string())).collect()
    }

    #[test]
    fn responses_and_conversions_are_read_and_others_passed_over() {
        let warc =
            [record("warcinfo", "x"), record("response", "a"), record("request", "y"), record("conversion", "b\n")];
        let some = |number, text: &str| Ok((number, Some(text.to_owned())));
        assert_eq!(read(&warc.concat(), 10), [some(2, "a"), some(4, "b\n")]);
        assert_eq!(read("", 10), []);
    }

    #[test]
    fn large_blocks_are_passed_over() {
        let warc = [record("response", "12345678901"), record("response", "1234567890")].concat();
        assert_eq!(read(&warc, 10), [Ok((1, None)), Ok((2, Some("1234567890".to_owned())))]);
    }

    #[test]
    fn records_behind_a_damaged_one_are_found_again() {
        let (a, b) = (record("response", "a"), record("response", "b"));
        for (damaged, expected) in [
            ("garbage\nmore\r\n".to_owned(), "found \"garbage\""),
            (a.replace("Content-Length: 1", "Content-Length: one"), "Content-Length is \"one\""),
            (a.replace("Content-Length: 1", "Content-Size: 1"), "no Content-Length"),
        ] {
            let found = read(&[&a, &damaged, &b].map(String::as_str).concat(), 10);
            assert_eq!(found.len(), 3, "{damaged}: {found:?}");
            assert!(found[1].as_ref().unwrap_err().contains(expected), "{found:?}");
            assert!(found[1].as_ref().unwrap_err().contains("a.warc:2"), "{found:?}");
            assert_eq!(found[2], Ok((3, Some("b".to_owned()))));
        }
    }

    #[test]
    fn what_is_cut_off_is_an_error_behind_what_is_whole() {
        let a = record("response", "abcdef");
        for (cut, expected) in [(a.len() - 6, "found 4 of its 6 bytes"), (20, "cut off in the header")] {
            let found = read(&format!("{a}{}", &a[..cut]), 10);
            assert_eq!(found.len(), 2, "{found:?}");
            assert!(found[1].as_ref().unwrap_err().contains(expected), "{found:?}");
        }
    }
}
