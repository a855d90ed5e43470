//! What a server sent, as crawlers keep it: header, then body, which may be in chunks and compressed.
//! This module must not know files or pages.

use std::io::{self, Read};

use flate2::read::{DeflateDecoder, MultiGzDecoder, ZlibDecoder};
use thiserror::Error;

use super::markup_of_bytes;
use crate::block::Markup;

/// An answer of HTTP.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Response {
    /// Status, as 200.
    pub status: Option<u16>,
    /// Media type in lower case, as `text/html`.
    pub media_type: Option<String>,
    /// The charset that stands beside the media type, as it is written.
    pub charset: Option<String>,
    codings: Vec<String>,
    chunked: bool,
    body: Vec<u8>,
}

/// Why the body of an answer cannot be read.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum BodyError {
    /// It is compressed in a way that is not known.
    #[error("content encoding {0:?} is not read; known: {known}", known = known_codings())]
    Coding(String),
    /// It is cut off or damaged.
    #[error("the {coding} data of the body are cut off or damaged ({cause})")]
    Damaged {
        /// Its content encoding.
        coding: String,
        /// What the decoder says.
        #[source]
        cause: io::Error,
    },
    /// It is larger than allowed when it is unpacked.
    #[error("larger than allowed when it is unpacked")]
    TooLarge,
}

/// A content encoding, and what reads it.
type Coding = (&'static str, for<'b> fn(&'b [u8]) -> io::Result<Box<dyn Read + 'b>>);

/// The content encodings that are read.
const CODINGS: &[Coding] = &[
    ("gzip", |body| Ok(Box::new(MultiGzDecoder::new(body)))),
    ("x-gzip", |body| Ok(Box::new(MultiGzDecoder::new(body)))),
    ("deflate", |body| Ok(inflate(body))),
    ("zstd", |body| Ok(Box::new(zstd::Decoder::with_buffer(body)?))),
    ("identity", |body| Ok(Box::new(body))),
];

fn known_codings() -> String {
    CODINGS.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ")
}

/// The standard means zlib, some servers send bare deflate.
fn inflate(body: &[u8]) -> Box<dyn Read + '_> {
    let is_zlib = matches!(body, [first, second, ..] if first & 0xf == 8 && (u16::from(*first) << 8 | u16::from(*second)) % 31 == 0);
    if is_zlib { Box::new(ZlibDecoder::new(body)) } else { Box::new(DeflateDecoder::new(body)) }
}

impl Response {
    /// Reads the header. Bytes that do not start with one are a body as a whole.
    pub fn parse(mut bytes: Vec<u8>) -> Response {
        if !bytes.starts_with(b"HTTP/") {
            return Response { body: bytes, ..Response::default() };
        }
        let end = end_of_header(&bytes);
        let body = bytes.split_off(end);
        let header = String::from_utf8_lossy(&bytes);
        let mut lines = header.lines();
        let status = lines.next().and_then(|line| line.split_whitespace().nth(1)?.parse().ok());
        let mut response = Response { status, body, ..Response::default() };
        lines.filter_map(|line| line.split_once(':')).for_each(|(name, value)| response.add(name.trim(), value.trim()));
        response
    }

    fn add(&mut self, name: &str, value: &str) {
        match name.to_ascii_lowercase().as_str() {
            "content-type" => {
                let mut parts = value.split(';').map(str::trim);
                let media_type = parts.next().unwrap_or_default().to_ascii_lowercase();
                self.media_type = Some(media_type).filter(|media_type| media_type.contains('/'));
                self.charset = parts.find_map(charset);
            }
            "content-encoding" => self.codings.extend(words(value)),
            "transfer-encoding" => self.chunked |= words(value).any(|word| word == "chunked"),
            _ => {}
        }
    }

    /// The body without chunks and unpacked, at most `limit` bytes.
    ///
    /// Crawlers that unpack bodies often leave the header as it was: what is a page already is taken as it is.
    ///
    /// # Errors
    /// [`BodyError`] when it cannot be unpacked.
    pub fn into_body(self, limit: usize) -> Result<Vec<u8>, BodyError> {
        let mut body = self.body;
        if self.chunked
            && let Some(joined) = without_chunks(&body)
        {
            body = joined;
        }
        for coding in self.codings.into_iter().rev() {
            if body.is_empty() || markup_of_bytes(&body) == Markup::Html {
                break;
            }
            body = unpacked(&body, coding, limit)?;
        }
        Ok(body)
    }
}

fn words(value: &str) -> impl Iterator<Item = String> + '_ {
    value.split(',').map(|word| word.trim().to_ascii_lowercase()).filter(|word| !word.is_empty())
}

fn charset(parameter: &str) -> Option<String> {
    let (name, value) = parameter.split_once('=')?;
    name.trim().eq_ignore_ascii_case("charset").then(|| value.trim().trim_matches(['"', '\'']).to_owned())
}

/// Where the body starts: behind the first empty line.
fn end_of_header(bytes: &[u8]) -> usize {
    let empty = |at: usize| match &bytes[at + 1..] {
        [b'\n', ..] => Some(at + 2),
        [b'\r', b'\n', ..] => Some(at + 3),
        _ => None,
    };
    memchr::memchr_iter(b'\n', bytes).find_map(empty).unwrap_or(bytes.len())
}

/// The chunks joined; what is cut off stays so. None of what is not in chunks.
fn without_chunks(body: &[u8]) -> Option<Vec<u8>> {
    let (size, mut rest) = chunk_size(body)?;
    let mut joined = Vec::new();
    let mut left = size;
    while left > 0 {
        let Some((chunk, behind)) = rest.split_at_checked(left) else {
            joined.extend_from_slice(rest);
            break;
        };
        joined.extend_from_slice(chunk);
        let Some(behind) = behind.strip_prefix(b"\r\n") else {
            // The first chunk has to be one.
            return (joined.len() > size).then_some(joined);
        };
        let Some((size, after)) = chunk_size(behind) else { break };
        (left, rest) = (size, after);
    }
    Some(joined)
}

/// The size that stands before a chunk, and what stands behind it.
fn chunk_size(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let end = memchr::memchr(b'\n', &bytes[..bytes.len().min(256)])?;
    let line = std::str::from_utf8(bytes[..end].strip_suffix(b"\r")?).ok()?;
    let size = line.split(';').next()?.trim();
    Some((usize::from_str_radix(size, 16).ok()?, &bytes[end + 1..]))
}

fn unpacked(body: &[u8], coding: String, limit: usize) -> Result<Vec<u8>, BodyError> {
    let Some((_, open)) = CODINGS.iter().find(|(name, _)| *name == coding) else {
        return Err(BodyError::Coding(coding));
    };
    let mut plain = Vec::new();
    let read = open(body).and_then(|reader| reader.take(limit as u64 + 1).read_to_end(&mut plain));
    match read {
        Ok(read) if read <= limit => Ok(plain),
        Ok(_) => Err(BodyError::TooLarge),
        Err(cause) => Err(BodyError::Damaged { coding, cause }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::Compression;
    use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};
    use std::io::Write;

    const TEXT: &[u8] = b"It rains. It rains. It rains.";

    fn response(header: &str, body: &[u8]) -> Response {
        Response::parse([format!("HTTP/1.1 200 OK\r\n{header}\r\n\r\n").as_bytes(), body].concat())
    }

    #[test]
    fn the_header_tells_status_media_type_and_charset() {
        let found = response("Content-Type: Text/HTML; boundary=x; Charset=\"windows-1251\"", b"a");
        assert_eq!((found.status, found.media_type.as_deref()), (Some(200), Some("text/html")));
        assert_eq!(found.charset.as_deref(), Some("windows-1251"));
        assert_eq!(found.into_body(10).unwrap(), b"a");
        for (bytes, body) in
            [(b"HTTP/1.0 404\n\nb".as_slice(), b"b".as_slice()), (b"<p>c", b"<p>c"), (b"HTTP/1.0 200 OK", b"")]
        {
            assert_eq!(Response::parse(bytes.to_vec()).into_body(10).unwrap(), body);
        }
    }

    #[test]
    fn bodies_are_unpacked() {
        let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
        gzip.write_all(TEXT).unwrap();
        let gzip = gzip.finish().unwrap();
        let mut zlib = ZlibEncoder::new(Vec::new(), Compression::fast());
        zlib.write_all(TEXT).unwrap();
        let mut deflate = DeflateEncoder::new(Vec::new(), Compression::fast());
        deflate.write_all(TEXT).unwrap();
        let zstd = zstd::encode_all(TEXT, 0).unwrap();
        for (coding, body) in [
            ("gzip", gzip.clone()),
            ("X-GZIP", gzip.clone()),
            ("deflate", zlib.finish().unwrap()),
            ("deflate", deflate.finish().unwrap()),
            ("zstd", zstd),
            ("identity", TEXT.to_vec()),
        ] {
            let header = format!("Content-Encoding: {coding}");
            assert_eq!(response(&header, &body).into_body(100).unwrap(), TEXT, "{coding}");
            if coding != "identity" {
                assert!(matches!(response(&header, &body).into_body(10), Err(BodyError::TooLarge)), "{coding}");
            }
        }
        let cut = response("Content-Encoding: gzip", &gzip[..gzip.len() - 9]).into_body(100).unwrap_err().to_string();
        assert!(cut.contains("the gzip data of the body are cut off or damaged"), "{cut}");
        let unknown = response("Content-Encoding: br", TEXT).into_body(100).unwrap_err().to_string();
        assert_eq!(unknown, "content encoding \"br\" is not read; known: gzip, x-gzip, deflate, zstd, identity");
        let page = b"<html><p>It rains.";
        assert_eq!(response("Content-Encoding: br", page).into_body(100).unwrap(), page, "unpacked already");
    }

    #[test]
    fn chunks_are_joined() {
        for (body, expected) in [
            ("4\r\nIt r\r\n5;a=b\r\nains.\r\n0\r\n\r\n", "It rains."),
            ("4\r\nIt r\r\n5\r\nain", "It rain"),
            ("0\r\n\r\n", ""),
            ("It rains.", "It rains."),
            ("add\r\nIt rains.", "It rains."),
            ("4\r\nIt rains.", "4\r\nIt rains."),
        ] {
            let found = response("Transfer-Encoding: chunked", body.as_bytes()).into_body(100).unwrap();
            assert_eq!(found, expected.as_bytes(), "{body:?}");
        }
    }
}
