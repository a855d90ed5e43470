//! Lines of a container, read one by one in bounded memory.
//! This module must not know JSON.

use std::io::{self, BufRead};

use super::{Opened, ReadError};

/// Default for the largest record that is read, in bytes: larger ones are dumps gone wrong.
pub const MAX_RECORD_BYTES: usize = 128 << 20;

/// A line that is not blank.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// From 1; blank lines count.
    pub number: usize,
    /// Its bytes without the line end; none when there were more than allowed, and these have been passed over.
    pub bytes: Option<Vec<u8>>,
}

/// The lines of an input that are not blank. Memory is bounded by the longest line allowed. Ends after an error.
pub struct Lines {
    opened: Opened,
    limit: usize,
    number: usize,
    done: bool,
}

impl Lines {
    /// Reads lines of at most `limit` bytes.
    pub fn new(opened: Opened, limit: usize) -> Lines {
        Lines { opened, limit, number: 0, done: false }
    }
}

impl Iterator for Lines {
    type Item = Result<Line, ReadError>;

    fn next(&mut self) -> Option<Self::Item> {
        while !self.done {
            self.number += 1;
            match read_line(&mut self.opened.reader, self.limit) {
                Ok(None) => self.done = true,
                Ok(Some(Read::Whole(bytes))) if is_blank(&bytes) => {}
                Ok(Some(Read::Whole(mut bytes))) => {
                    if self.number == 1 && bytes.starts_with(b"\xef\xbb\xbf") {
                        bytes.drain(..3);
                    }
                    return Some(Ok(Line { number: self.number, bytes: Some(bytes) }));
                }
                Ok(Some(Read::TooLong)) => return Some(Ok(Line { number: self.number, bytes: None })),
                Err(cause) => {
                    self.done = true;
                    return Some(Err(self.opened.failed(cause, Some(self.number))));
                }
            }
        }
        None
    }
}

fn is_blank(bytes: &[u8]) -> bool {
    bytes.iter().all(u8::is_ascii_whitespace)
}

/// What was read.
pub(super) enum Read {
    /// All of it.
    Whole(Vec<u8>),
    /// More than allowed, passed over.
    TooLong,
}

/// Reads up to and with the next line feed; `None` at the end.
pub(super) fn read_line(reader: &mut dyn BufRead, limit: usize) -> io::Result<Option<Read>> {
    let mut line = Vec::new();
    let (mut some, mut too_long) = (false, false);
    loop {
        let buffer = match reader.fill_buf() {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            buffer => buffer?,
        };
        if buffer.is_empty() {
            break;
        }
        some = true;
        let end = memchr::memchr(b'\n', buffer);
        let part = &buffer[..end.unwrap_or(buffer.len())];
        too_long |= line.len() + part.len() > limit;
        if too_long {
            line = Vec::new();
        } else {
            line.extend_from_slice(part);
        }
        let used = end.map_or(buffer.len(), |end| end + 1);
        reader.consume(used);
        if end.is_some() {
            break;
        }
    }
    Ok(some.then_some(if too_long { Read::TooLong } else { Read::Whole(line) }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(bytes: &[u8], limit: usize) -> Vec<Option<String>> {
        // A small buffer, so that lines span several.
        let mut reader = io::BufReader::with_capacity(4, bytes);
        let text = |bytes| String::from_utf8(bytes).unwrap();
        std::iter::from_fn(|| read_line(&mut reader, limit).unwrap())
            .map(|read| match read {
                Read::Whole(bytes) => Some(text(bytes)),
                Read::TooLong => None,
            })
            .collect()
    }

    #[test]
    fn lines_over_the_limit_are_passed_over() {
        let some = |text: &str| Some(text.to_owned());
        for (bytes, expected) in [
            ("", vec![]),
            ("a", vec![some("a")]),
            ("a\n\nb\n", vec![some("a"), some(""), some("b")]),
            ("12345678\n123456789\nc", vec![some("12345678"), None, some("c")]),
            ("123456789", vec![None]),
        ] {
            assert_eq!(lines(bytes.as_bytes(), 8), expected, "{bytes:?}");
        }
    }
}
