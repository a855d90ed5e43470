//! Sources one by one, with what is known of them: for commands that show documents to people.

use std::borrow::Cow;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use dehusk::Markup;
use dehusk::io::{
    BytesRead, Decoded, Input, Line, Place, Record, Response, WarcKind, WarcRecord, check_text, decode, find,
    markup_of_bytes,
};
use dehusk::outlet::{By, host};

use super::job::{decode_page, markup_of_media_type};
use super::judge::named;
use super::reading::{Piece, ReadArgs};

/// The inputs that were named, or else standard input.
pub fn or_stdin(names: &[PathBuf]) -> Cow<'_, [PathBuf]> {
    if names.is_empty() { Cow::Owned(vec![PathBuf::from("-")]) } else { Cow::Borrowed(names) }
}

/// A source that was read.
pub struct Source {
    /// Where it stands.
    pub place: Place,
    /// The record's `id`, or where it stands.
    pub id: String,
    /// The record's `outlet`, `url` and `language`; each empty where there is none.
    pub outlet: String,
    pub url: String,
    pub language: String,
    /// How it is written.
    pub markup: Markup,
    /// The source.
    pub text: String,
}

impl Source {
    /// The name of its outlet, by what names outlets.
    pub fn outlet_by(&self, by: By) -> Option<String> {
        let column = |name: &str| Some(if name == "url" { &self.url } else { &self.outlet });
        named(by, |name| column(name).filter(|own| !own.is_empty()).cloned(), &self.place)
    }

    /// The outlet to show: its own, or the host of its address; empty where there is neither.
    pub fn publisher(&self) -> String {
        let address = || if self.url.contains("://") { host(&self.url) } else { String::new() };
        if self.outlet.is_empty() { address() } else { self.outlet.clone() }
    }
}

/// A piece of an input, with the input.
pub type Found = Result<(Arc<Input>, Piece), String>;

/// The pieces of a file, a directory or standard input, read as they are asked for; or what is wrong.
pub fn pieces<'a>(reading: &'a ReadArgs, name: &Path) -> impl Iterator<Item = Found> + use<'a> {
    find(name).into_iter().flat_map(move |input| -> Box<dyn Iterator<Item = Found> + Send> {
        match input {
            Ok(input) => {
                let input = Arc::new(input);
                let pieces = reading.pieces(&input, &BytesRead::default());
                Box::new(pieces.map(move |piece| Ok((Arc::clone(&input), piece))))
            }
            Err(error) => Box::new(std::iter::once(Err(error.to_string()))),
        }
    })
}

/// The sources of a file, a directory or standard input, read as they are asked for; or what is wrong.
pub fn sources<'a>(reading: &'a ReadArgs, name: &Path) -> impl Iterator<Item = Result<Source, String>> + use<'a> {
    pieces(reading, name).flat_map(move |found| sources_in(reading, found))
}

/// The sources of a piece.
pub fn sources_in(reading: &ReadArgs, found: Found) -> Vec<Result<Source, String>> {
    let (input, piece) = match found {
        Ok(found) => found,
        Err(what) => return vec![Err(what)],
    };
    match piece {
        Piece::File(bytes) => vec![of_bytes(reading, &input, bytes)],
        Piece::Line(line) => {
            let line = line_text(reading, &input, line);
            vec![line.and_then(|(line, place)| record(reading, &input, &line, place))]
        }
        Piece::Warc(record) => of_warc(reading, &input, record).into_iter().collect(),
        #[cfg(feature = "parquet")]
        Piece::Rows(rows) => match rows.to_lines(&input.place) {
            Ok(lines) => {
                let line =
                    |(row, bytes)| line_text(reading, &input, Line { number: rows.first + row, bytes: Some(bytes) });
                let lines = lines.into_iter().enumerate().map(line);
                lines.map(|line| line.and_then(|(line, place)| record(reading, &input, &line, place))).collect()
            }
            Err(error) => vec![Err(error.to_string())],
        },
        Piece::Unreadable(error) | Piece::Damaged(error) => vec![Err(error.to_string())],
        Piece::End => Vec::new(),
    }
}

/// The source of a plain file, which documents to label are read from one by one.
#[cfg(feature = "label")]
pub fn file(reading: &ReadArgs, input: &Input) -> Result<Source, String> {
    let bytes = input.open().and_then(|opened| opened.read(reading.limit())).map_err(|error| error.to_string())?;
    of_bytes(reading, input, bytes)
}

fn of_bytes(reading: &ReadArgs, input: &Input, bytes: Option<Vec<u8>>) -> Result<Source, String> {
    let place = input.place.clone();
    let bytes = bytes.ok_or_else(|| format!("{place}: {}", reading.too_large()))?;
    check_text(&bytes, &place).map_err(|error| error.to_string())?;
    let markup = reading.markup(input.format.markup, || markup_of_bytes(&bytes));
    let text = if markup == Markup::Html { decode_page(&bytes, None).text } else { decode(bytes).text };
    let [outlet, url, language] = [const { String::new() }; 3];
    Ok(Source { id: place.to_string(), place, outlet, url, language, markup, text })
}

/// The text of a line of JSONL, and where it stands.
pub fn line_text(reading: &ReadArgs, input: &Input, line: Line) -> Result<(String, Place), String> {
    let place = input.place.at(line.number);
    let bytes = line.bytes.filter(|bytes| bytes.len() <= reading.limit());
    let bytes = bytes.ok_or_else(|| format!("{place}: {}", reading.too_large()))?;
    Ok((decode(bytes).text, place))
}

/// The source of a line of JSONL.
pub fn record(reading: &ReadArgs, input: &Input, line: &str, place: Place) -> Result<Source, String> {
    let record = Record::parse(line).map_err(|error| format!("{place}: {error}"))?;
    let column = reading.column(&record);
    let text = record.string(column).map_err(|error| format!("{place}: {error}"))?;
    let own = |name: &str| record.string(name).unwrap_or_default().into_owned();
    Ok(Source {
        id: id(&record, &place),
        outlet: own("outlet"),
        url: own("url"),
        language: own("language"),
        markup: reading.markup_in(column, input.format.markup, &text),
        text: text.into_owned(),
        place,
    })
}

/// The id of a record, a string or as it is written; else where it stands.
fn id(record: &Record<'_>, place: &Place) -> String {
    let written = record.field("id").filter(|id| *id != "null").map(str::to_owned);
    record.string("id").ok().map(Cow::into_owned).or(written).unwrap_or_else(|| place.to_string())
}

/// The source of a record of WARC; none of what is no page, such as an image.
fn of_warc(reading: &ReadArgs, input: &Input, record: WarcRecord) -> Option<Result<Source, String>> {
    let place = input.place.at(record.number);
    let failed = |what: String| Some(Err(format!("{place}: {what}")));
    let Some(block) = record.block else { return failed(reading.too_large()) };
    let (body, known, charset) = match record.kind {
        WarcKind::Conversion => (block, Some(Markup::Text), None),
        WarcKind::Response => {
            let mut response = Response::parse(block);
            let (known, charset) = (markup_of_media_type(response.media_type.as_deref())?, response.charset.take());
            match response.into_body(reading.limit()) {
                Ok(body) => (body, known, charset),
                Err(error) => return failed(error.to_string()),
            }
        }
    };
    if let Err(error) = check_text(&body, &place) {
        return Some(Err(error.to_string()));
    }
    let markup = reading.markup(known, || markup_of_bytes(&body));
    let is_text = markup != Markup::Html && charset.is_none();
    let Decoded { text, .. } = if is_text { decode(body) } else { decode_page(&body, charset.as_deref()) };
    let (outlet, language, url) = (String::new(), String::new(), record.url.unwrap_or_default());
    Some(Ok(Source { id: record.id.unwrap_or_else(|| place.to_string()), outlet, url, language, markup, text, place }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(outlet: &str, url: &str) -> Source {
        let place = Place { path: Some("sites/a/1.html".into()), line: None };
        let (id, language, text) = (String::new(), String::new(), String::new());
        Source { place, id, outlet: outlet.into(), url: url.into(), language, markup: Markup::Text, text }
    }

    #[test]
    fn an_outlet_is_named_by_column_address_or_folder() {
        let url = "https://www.example.org/a";
        for (by, outlet, url, expected) in [
            (By::OutletColumn, "o", url, Some("o")),
            (By::OutletColumn, "", url, None),
            (By::Domain, "o", url, Some("example.org")),
            (By::Domain, "o", "", None),
            (By::Folder, "o", url, Some("sites/a")),
        ] {
            assert_eq!(source(outlet, url).outlet_by(by).as_deref(), expected, "{by:?}");
        }
    }

    #[test]
    fn the_outlet_to_show_is_the_host_where_a_record_names_none() {
        let url = "https://www.example.org/a";
        for (outlet, url, expected) in [("o", url, "o"), ("", url, "example.org"), ("", "a/b", ""), ("", "", "")] {
            assert_eq!(source(outlet, url).publisher(), expected, "{url}");
        }
    }
}
