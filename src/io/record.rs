//! Records of JSONL: the fields of an object, each as it was written, and the source in one of them.
//! This module must not know what is done with the source.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use thiserror::Error;

use super::json::read_string;

/// The fields of a JSON object in their order. Values stay as they were written, so that numbers keep their digits.
#[derive(Clone, Debug)]
pub struct Record<'l> {
    /// Name, and value as JSON.
    pub fields: Vec<(String, &'l str)>,
    /// The number of the field whose string is the longest, and what that says.
    longest: Option<(usize, String)>,
}

/// Why a record has no source to clean.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum RecordError {
    /// The line is not JSON.
    #[error("not a line of JSON: {0}")]
    Json(#[source] serde_json::Error),
    /// The line is JSON, but no object.
    #[error("found {found}, expected an object such as {{\"id\": …, \"text\": …}}")]
    NotObject {
        /// What it is.
        found: &'static str,
    },
    /// The column is not there.
    #[error("no column {column:?}; found: {found}; choose one with --column")]
    NoColumn {
        /// The column asked for.
        column: String,
        /// Those there are.
        found: String,
    },
    /// The column holds something else than a string.
    #[error("column {column:?} holds {found}, expected a string")]
    NotString {
        /// The column.
        column: String,
        /// What it holds.
        found: Cow<'static, str>,
    },
    /// The column holds a string that is not one.
    #[error("column {column:?}: {cause}")]
    BadString {
        /// The column.
        column: String,
        /// What the parser says.
        #[source]
        cause: serde_json::Error,
    },
}

impl<'l> Record<'l> {
    /// A record of these fields: name, and value as JSON.
    pub fn new(fields: Vec<(String, &'l str)>) -> Record<'l> {
        Record { fields, longest: None }
    }

    /// Reads a line.
    ///
    /// # Errors
    /// [`RecordError::Json`] and [`RecordError::NotObject`].
    pub fn parse(line: &'l str) -> Result<Record<'l>, RecordError> {
        if let Some(record) = parsed(line) {
            return Ok(record);
        }
        let found = serde_json::from_str::<&RawValue>(line).map_err(RecordError::Json)?;
        match kind(found.get()) {
            "an object" => serde_json::from_str(line).map_err(RecordError::Json),
            found => Err(RecordError::NotObject { found }),
        }
    }

    /// The value of a field, as JSON; the last one where a name stands twice.
    pub fn field(&self, name: &str) -> Option<&'l str> {
        self.find(name).map(|at| self.fields[at].1)
    }

    fn find(&self, name: &str) -> Option<usize> {
        self.fields.iter().rposition(|(own, _)| own == name)
    }

    /// The string in a column.
    ///
    /// # Errors
    /// [`RecordError`] when there is no such column, or no string in it.
    pub fn string(&self, column: &str) -> Result<Cow<'_, str>, RecordError> {
        let Some(at) = self.find(column) else {
            return Err(RecordError::NoColumn { column: column.to_owned(), found: self.names() });
        };
        if let Some((_, text)) = self.longest.as_ref().filter(|(longest, _)| *longest == at) {
            return Ok(text.into());
        }
        let value = self.fields[at].1;
        match kind(value) {
            "a string" => serde_json::from_str(value)
                .map(Cow::Owned)
                .map_err(|cause| RecordError::BadString { column: column.to_owned(), cause }),
            found => Err(RecordError::NotString { column: column.to_owned(), found: found.into() }),
        }
    }

    fn names(&self) -> String {
        let names: Vec<&str> = self.fields.iter().map(|(name, _)| name.as_str()).collect();
        if names.is_empty() { "none".to_owned() } else { names.join(", ") }
    }
}

/// What a JSON value is, by its first character.
fn kind(value: &str) -> &'static str {
    match value.as_bytes().first() {
        Some(b'{') => "an object",
        Some(b'[') => "an array",
        Some(b'"') => "a string",
        Some(b't' | b'f') => "true or false",
        Some(b'n') => "null",
        _ => "a number",
    }
}

/// The record of a line; none where anything is wrong with it, which the parser then says better. Strings are read once,
/// both to find their ends and for what they say; of that the longest is kept, which mostly is the source.
fn parsed(line: &str) -> Option<Record<'_>> {
    let (mut fields, mut longest) = (Vec::new(), (0, Vec::new()));
    let (mut name, mut text) = (Vec::new(), Vec::new());
    let mut rest = trimmed(line).strip_prefix('{')?;
    loop {
        let after = read_string(trimmed(rest).strip_prefix('"')?, &mut name)?;
        let from = trimmed(trimmed(after).strip_prefix(':')?);
        let after = match from.strip_prefix('"') {
            Some(inside) => read_string(inside, &mut text)?,
            None => behind_value(from)?,
        };
        if from.starts_with('"') && text.len() > longest.1.len() {
            std::mem::swap(&mut text, &mut longest.1);
            longest.0 = fields.len();
        }
        fields.push((String::from_utf8(name.clone()).ok()?, from.get(..from.len() - after.len())?));
        match trimmed(after).split_at_checked(1)? {
            (",", after) => rest = after,
            ("}", after) if trimmed(after).is_empty() => break,
            _ => return None,
        }
    }
    let (at, text) = longest;
    let longest = if text.is_empty() { None } else { Some((at, String::from_utf8(text).ok()?)) };
    Some(Record { fields, longest })
}

/// What stands behind the value that a text begins with.
fn behind_value(text: &str) -> Option<&str> {
    let mut values = serde_json::Deserializer::from_str(text).into_iter::<&RawValue>();
    values.next()?.ok()?;
    text.get(values.byte_offset()..)
}

/// A text without the white space of JSON before it.
fn trimmed(text: &str) -> &str {
    text.trim_start_matches([' ', '\t', '\n', '\r'])
}

impl<'l> Deserialize<'l> for Record<'l> {
    fn deserialize<D: Deserializer<'l>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Fields)
    }
}

struct Fields;

impl<'l> Visitor<'l> for Fields {
    type Value = Record<'l>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'l>>(self, mut map: A) -> Result<Record<'l>, A::Error> {
        let mut fields = Vec::new();
        while let Some((name, value)) = map.next_entry::<String, &'l RawValue>()? {
            fields.push((name, value.get()));
        }
        Ok(Record::new(fields))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_stay_as_they_were_written() {
        let record = Record::parse(r#"{"z": 1.00, "a": [1, 2],"text":"A\u00e9\n"}"#).unwrap();
        let fields: Vec<(&str, &str)> = record.fields.iter().map(|(name, value)| (name.as_str(), *value)).collect();
        assert_eq!(fields, [("z", "1.00"), ("a", "[1, 2]"), ("text", r#""A\u00e9\n""#)]);
        assert_eq!(record.string("text").unwrap(), "Aé\n");
    }

    #[test]
    fn errors_say_what_was_found_and_what_to_do() {
        for (line, expected) in [
            ("{\"a\":", "not a line of JSON: EOF"),
            ("[1]", "found an array, expected an object"),
            ("3", "found a number"),
            ("{\"id\":1,\"html\":\"\"}", "no column \"text\"; found: id, html; choose one with --column"),
            ("{}", "found: none"),
            ("{\"text\":null}", "column \"text\" holds null, expected a string"),
            ("{\"text\":\"\\ud800\"}", "column \"text\": "),
        ] {
            let read = Record::parse(line).and_then(|record| Ok(record.string("text")?.into_owned()));
            let error = read.unwrap_err().to_string();
            assert!(error.contains(expected), "{line}: {error}");
        }
    }
}
