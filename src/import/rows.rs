//! CSV files of people's own: labelled blocks, or whole documents, as rows.
//! This module must not know files.

use std::collections::HashSet;
use std::io::Read;

use csv::{ByteRecord, Reader, ReaderBuilder};
use thiserror::Error;

use super::annotations::label_of;
use crate::block::{Label, Markup, Reason};
use crate::train::corpus::{LabelledDocument, LabelledSpan};

/// Names of the columns of a CSV file.
#[derive(Clone, Debug, Default)]
pub struct Columns {
    /// Holds the text of a block.
    pub text: String,
    /// Holds its label: content, boilerplate, a husk reason, ignore; 1 and 0.
    pub label: String,
    /// Holds the id of its document: rows that follow each other with one id are the blocks of one document. Without it
    /// all rows are blocks of one document.
    pub id: Option<String>,
    /// Holds the outlet of its document.
    pub outlet: Option<String>,
    /// Holds its language, ISO 639-1.
    pub language: Option<String>,
}

/// Why rows of a CSV file give no document.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum RowError {
    /// It cannot be read.
    #[error("{file}: {source}")]
    Read {
        /// The file.
        file: String,
        /// What the reader says.
        source: csv::Error,
    },
    /// A column is not there.
    #[error("{file}: no column {column:?}; found: {found}")]
    NoColumn {
        /// The file.
        file: String,
        /// The column asked for.
        column: String,
        /// Those there are.
        found: String,
    },
    /// A row is no labelled block; it is left out.
    #[error("{file}:{line}: {what}; the row is left out")]
    Row {
        /// The file.
        file: String,
        /// Its line, from 1, that the row starts on.
        line: u64,
        /// What was found, and what was expected.
        what: String,
    },
}

/// The labelled documents of a CSV file, in order. After an error in a row the iterator goes on with the next row.
pub struct CsvDocuments<R> {
    file: String,
    reader: Reader<R>,
    places: Places,
    width: usize,
    row: ByteRecord,
    /// The document whose rows are being read.
    open: Option<LabelledDocument>,
    /// Ids of the documents that are done.
    done: HashSet<String>,
    ended: bool,
}

/// Where the columns stand.
struct Places {
    text: usize,
    label: usize,
    id: Option<usize>,
    outlet: Option<usize>,
    language: Option<usize>,
}

/// A row as a block of a document.
struct Block {
    text: String,
    label: Label,
    reason: Option<Reason>,
    id: String,
    outlet: String,
    language: String,
}

impl<R: Read> CsvDocuments<R> {
    /// Reads the header of a file; `file` is its name in errors, and the id of its document where rows have none.
    ///
    /// # Errors
    /// [`RowError::Read`], and [`RowError::NoColumn`] with the columns there are.
    pub fn new(file: &str, read: R, columns: &Columns) -> Result<CsvDocuments<R>, RowError> {
        let mut reader = ReaderBuilder::new().flexible(true).from_reader(read);
        let header = reader.byte_headers().map_err(|source| RowError::Read { file: file.to_owned(), source })?;
        let names: Vec<String> = header.iter().map(|name| String::from_utf8_lossy(name).into_owned()).collect();
        let place = |column: &String| {
            names.iter().position(|name| without_mark(name) == column).ok_or_else(|| RowError::NoColumn {
                file: file.to_owned(),
                column: column.clone(),
                found: names.join(", "),
            })
        };
        let maybe = |column: &Option<String>| column.as_ref().map(place).transpose();
        let places = Places {
            text: place(&columns.text)?,
            label: place(&columns.label)?,
            id: maybe(&columns.id)?,
            outlet: maybe(&columns.outlet)?,
            language: maybe(&columns.language)?,
        };
        Ok(CsvDocuments {
            file: file.to_owned(),
            reader,
            places,
            width: names.len(),
            row: ByteRecord::new(),
            open: None,
            done: HashSet::new(),
            ended: false,
        })
    }

    /// The block of the row that was read, or what is wrong with it.
    fn block(&self) -> Result<Block, String> {
        let found = self.row.len();
        if found != self.width {
            return Err(format!("{found} fields, the header has {}", self.width));
        }
        let field = |at: usize| match std::str::from_utf8(self.row.get(at).unwrap_or_default()) {
            Ok(text) => Ok(text.trim().to_owned()),
            Err(_) => Err(format!("field {} is not UTF-8", at + 1)),
        };
        let maybe = |at: Option<usize>| at.map_or(Ok(String::new()), field);
        let (label, reason) = match field(self.places.label)?.as_str() {
            "1" => (Label::Content, None),
            "0" => (Label::Boilerplate, None),
            word => label_of(word).map_err(|what| format!("{what}, or 1 and 0"))?,
        };
        let id = match self.places.id {
            Some(at) => Some(field(at)?).filter(|id| !id.is_empty()).ok_or("no id")?,
            None => self.file.clone(),
        };
        if self.done.contains(&id) {
            return Err(format!("id {id:?} stands above other rows, too: sort the rows by id"));
        }
        let (outlet, language) = (maybe(self.places.outlet)?, maybe(self.places.language)?);
        Ok(Block { text: field(self.places.text)?, label, reason, id, outlet, language })
    }

    /// Adds a block to its document; the document before it, where that is done.
    fn add(&mut self, block: Block) -> Option<LabelledDocument> {
        let is_next = self.open.as_ref().is_some_and(|open| open.id != block.id);
        let done = if is_next { self.close() } else { None };
        let Block { text, label, reason, id, outlet, language } = block;
        let open = self.open.get_or_insert_with(|| LabelledDocument {
            // A document that says no outlet is one of its own: folds must not tear apart what they cannot know.
            outlet: if outlet.is_empty() { id.clone() } else { outlet },
            id,
            language,
            markup: Markup::Text,
            gold: Some(String::new()),
            ..LabelledDocument::default()
        });
        if !text.is_empty() {
            append(&mut open.source, &text);
            let range = open.source.len() - text.len()..open.source.len();
            open.spans.push(LabelledSpan { range, label, reason });
            if let Some(gold) = open.gold.as_mut().filter(|_| label == Label::Content) {
                append(gold, &text);
            }
        }
        done
    }

    /// The document that is done; none where its rows hold no text.
    fn close(&mut self) -> Option<LabelledDocument> {
        let document = self.open.take()?;
        self.done.insert(document.id.clone());
        (!document.source.is_empty()).then_some(document)
    }

    fn failed(&self, line: u64, what: String) -> RowError {
        RowError::Row { file: self.file.clone(), line, what }
    }
}

impl<R: Read> Iterator for CsvDocuments<R> {
    type Item = Result<LabelledDocument, RowError>;

    fn next(&mut self) -> Option<Self::Item> {
        while !self.ended {
            match self.reader.read_byte_record(&mut self.row) {
                Ok(true) => {}
                Ok(false) => self.ended = true,
                Err(source) => {
                    self.ended = true;
                    return Some(Err(RowError::Read { file: self.file.clone(), source }));
                }
            }
            if self.ended {
                break;
            }
            let line = self.row.position().map_or(0, csv::Position::line);
            match self.block() {
                Ok(block) => {
                    if let Some(document) = self.add(block) {
                        return Some(Ok(document));
                    }
                }
                Err(what) => return Some(Err(self.failed(line, what))),
            }
        }
        self.close().map(Ok)
    }
}

/// A name without the byte order mark that spreadsheets write before the first one.
fn without_mark(name: &str) -> &str {
    name.strip_prefix('\u{feff}').unwrap_or(name).trim()
}

fn append(text: &mut String, line: &str) {
    if !text.is_empty() {
        text.push('\n');
    }
    text.push_str(line);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn columns(id: Option<&str>) -> Columns {
        Columns {
            text: "block".into(),
            label: "is".into(),
            id: id.map(str::to_owned),
            outlet: Some("site".into()),
            ..Columns::default()
        }
    }

    fn read(csv: &str, id: Option<&str>) -> (Vec<LabelledDocument>, Vec<String>) {
        let (mut documents, mut errors) = (Vec::new(), Vec::new());
        for found in CsvDocuments::new("a.csv", csv.as_bytes(), &columns(id)).unwrap() {
            match found {
                Ok(document) => documents.push(document),
                Err(error) => errors.push(error.to_string()),
            }
        }
        (documents, errors)
    }

    #[test]
    fn rows_with_one_id_are_the_blocks_of_a_document() {
        let csv = "\u{feff}doc,block,is,site\n7,Home,nav,a\n7,\"The tram,\nagain.\",content,a\n8,It rained.,1,b\n8,,1,b\n8,Share,0,b\n";
        let (documents, errors) = read(csv, Some("doc"));
        assert_eq!(errors, [""; 0]);
        let found: Vec<(&str, &str, &str)> =
            documents.iter().map(|own| (own.id.as_str(), own.outlet.as_str(), own.source.as_str())).collect();
        assert_eq!(found, [("7", "a", "Home\nThe tram,\nagain."), ("8", "b", "It rained.\nShare")]);
        assert_eq!(documents[0].gold.as_deref(), Some("The tram,\nagain."));
        assert_eq!(documents[0].spans[0].reason, Some(Reason::Nav));
        let labels: Vec<Label> = documents[1].spans.iter().map(|span| span.label).collect();
        assert_eq!(labels, [Label::Content, Label::Boilerplate]);
    }

    #[test]
    fn without_ids_a_file_is_one_document() {
        let (documents, _) = read("block,is,site\nHome,0,\nIt rained.,1,\n", None);
        assert_eq!(documents.len(), 1);
        assert_eq!((documents[0].id.as_str(), documents[0].outlet.as_str()), ("a.csv", "a.csv"));
    }

    #[test]
    fn bad_rows_are_named_by_line_and_left_out() {
        let csv = "doc,block,is,site\n1,\"a\nb\",1,x\n1,c,maybe,x\n1,d\n2,e,0,x\n1,f,1,x\n,g,1,x\n";
        let (documents, errors) = read(csv, Some("doc"));
        let sources: Vec<&str> = documents.iter().map(|own| own.source.as_str()).collect();
        assert_eq!(sources, ["a\nb", "e"]);
        for (error, expected) in errors.iter().zip([
            "a.csv:4: label \"maybe\": content, ignore, boilerplate",
            "a.csv:5: 2 fields, the header has 4",
            "a.csv:7: id \"1\" stands above other rows",
            "a.csv:8: no id",
        ]) {
            assert!(error.starts_with(expected), "{error}");
        }
        assert_eq!(errors.len(), 4);
    }

    #[test]
    fn a_column_that_is_not_there_is_named_with_those_that_are() {
        let error = CsvDocuments::new("a.csv", "text,is\n".as_bytes(), &columns(None)).err().unwrap().to_string();
        assert_eq!(error, "a.csv: no column \"block\"; found: text, is");
    }
}
