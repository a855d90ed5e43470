//! Sources one by one, with what is known of them: for commands that show documents to people.

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use dehusk::Markup;
use dehusk::io::{Container, Input, Line, Lines, Place, Record, check_text, decode, find, markup_of, markup_of_bytes};

use super::job::decode_page;
use super::reading::{ReadArgs, markup_of_column};

/// The inputs that were named, or else standard input.
pub fn or_stdin(names: &[PathBuf]) -> Cow<'_, [PathBuf]> {
    if names.is_empty() { Cow::Owned(vec![PathBuf::from("-")]) } else { Cow::Borrowed(names) }
}

/// A source that was read.
pub struct Source {
    /// The record's `id`, or where it stands.
    pub id: String,
    /// The record's `outlet`, or the host of its `url`; empty where there is neither.
    pub outlet: String,
    /// The record's `language`; empty where there is none.
    pub language: String,
    /// How it is written.
    pub markup: Markup,
    /// The source.
    pub text: String,
}

/// The sources of a file, a directory or standard input, read as they are asked for; or what is wrong.
pub fn sources<'a>(reading: &'a ReadArgs, name: &Path) -> impl Iterator<Item = Result<Source, String>> + use<'a> {
    find(name).into_iter().flat_map(move |input| match input {
        Ok(input) => sources_of(reading, input),
        Err(error) => failed(error.to_string()),
    })
}

type Sources<'a> = Box<dyn Iterator<Item = Result<Source, String>> + 'a>;

fn failed<'a>(what: String) -> Sources<'a> {
    Box::new(std::iter::once(Err(what)))
}

fn sources_of(reading: &ReadArgs, input: Input) -> Sources<'_> {
    match reading.container(&input) {
        Container::Jsonl => match input.open() {
            Ok(opened) => Box::new(Lines::new(opened, reading.limit()).map(move |line| {
                let line = line.map_err(|error| error.to_string())?;
                let (line, place) = line_text(reading, &input, line)?;
                record(reading, &input, &line, &place)
            })),
            Err(error) => failed(error.to_string()),
        },
        _ => Box::new(std::iter::once(file(reading, &input))),
    }
}

/// The source of a plain file.
pub fn file(reading: &ReadArgs, input: &Input) -> Result<Source, String> {
    let bytes = input.open().and_then(|opened| opened.read(reading.limit())).map_err(|error| error.to_string())?;
    let bytes = bytes.ok_or_else(|| format!("{}: {}", input.place, reading.too_large()))?;
    check_text(&bytes, &input.place).map_err(|error| error.to_string())?;
    let markup = reading.markup(input.format.markup, || markup_of_bytes(&bytes));
    let text = if markup == Markup::Html { decode_page(&bytes, None).text } else { decode(bytes).text };
    Ok(Source { id: input.place.to_string(), outlet: String::new(), language: String::new(), markup, text })
}

/// The text of a line of JSONL, and where it stands.
pub fn line_text(reading: &ReadArgs, input: &Input, line: Line) -> Result<(String, Place), String> {
    let place = input.place.at(line.number);
    let bytes = line.bytes.ok_or_else(|| format!("{place}: longer than {} MB", reading.limit() >> 20))?;
    Ok((decode(bytes).text, place))
}

/// The source of a line of JSONL.
pub fn record(reading: &ReadArgs, input: &Input, line: &str, place: &Place) -> Result<Source, String> {
    let record = Record::parse(line).map_err(|error| format!("{place}: {error}"))?;
    let column = reading.column(&record);
    let text = record.string(column).map_err(|error| format!("{place}: {error}"))?;
    let known = markup_of_column(column).or(input.format.markup);
    let own = |name: &str| record.string(name).unwrap_or_default();
    let outlet = Some(own("outlet")).filter(|outlet| !outlet.is_empty()).unwrap_or_else(|| host(&own("url")));
    Ok(Source {
        id: id(&record, place),
        outlet,
        language: own("language"),
        markup: reading.markup(known, || markup_of(&text)),
        text,
    })
}

/// The id of a record, a string or as it is written; else where it stands.
fn id(record: &Record<'_>, place: &Place) -> String {
    let written = record.field("id").map(|id| id.get().to_owned()).filter(|id| id != "null");
    record.string("id").ok().or(written).unwrap_or_else(|| place.to_string())
}

/// The host of an address without `www.`; nothing of what is none.
fn host(url: &str) -> String {
    let rest = url.split_once("://").map_or("", |(_, rest)| rest);
    let host = rest.split(['/', '?', '#', ':']).next().unwrap_or_default();
    host.strip_prefix("www.").unwrap_or(host).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_an_address_without_www_and_path() {
        for (url, expected) in [
            ("https://www.example.org/a", "example.org"),
            ("http://a.example:80?x", "a.example"),
            ("a/b", ""),
            ("", ""),
        ] {
            assert_eq!(host(url), expected, "{url}");
        }
    }
}
