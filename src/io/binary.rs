//! What is no text, known by its first bytes: other files have got among the pages of most crawls.
//! This module must not decode anything.

use super::{Place, ReadError};

/// What files start with that hold no text to read.
const MAGIC: &[(&[u8], &str)] = &[
    (b"%PDF-", "a PDF document"),
    (b"\x89PNG\r\n", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF87a", "a GIF image"),
    (b"GIF89a", "a GIF image"),
    (b"PK\x03\x04", "a ZIP archive (or an office document)"),
    (b"\x1f\x8b\x08", "gzip data within others"),
    (b"\x28\xb5\x2f\xfd", "zstd data within others"),
    (b"\x7fELF", "a program"),
    (b"PAR1", "a Parquet file: name it .parquet, or say --container parquet"),
];

/// Bytes looked at for zeros.
const WINDOW: usize = 16 << 10;
/// A text has fewer zero bytes than one in so many; damaged pages have some, data have plenty.
const BYTES_PER_ZERO: usize = 10;

/// Refuses bytes that are no text.
///
/// # Errors
/// [`ReadError::NotText`] for images, archives, documents and the like, and for what is full of zero bytes without
/// being UTF-16.
pub fn check_text(bytes: &[u8], place: &Place) -> Result<(), ReadError> {
    match found(bytes) {
        Some(found) => Err(ReadError::NotText { place: place.clone(), found }),
        None => Ok(()),
    }
}

/// What the bytes are, when they are no text.
fn found(bytes: &[u8]) -> Option<&'static str> {
    let magic = MAGIC.iter().find(|(start, _)| bytes.starts_with(start)).map(|(_, name)| *name);
    magic.or_else(|| has_many_zeros(bytes).then_some("data with many zero bytes"))
}

fn has_many_zeros(bytes: &[u8]) -> bool {
    let window = &bytes[..bytes.len().min(WINDOW)];
    let zeros = memchr::memchr_iter(0, window).count();
    BYTES_PER_ZERO * zeros > window.len() && !is_utf16(bytes)
}

/// Whether bytes are UTF-16 by their mark, or by the zero byte beside the `<` that starts a page.
fn is_utf16(bytes: &[u8]) -> bool {
    matches!(bytes, [0xff, 0xfe, ..] | [0xfe, 0xff, ..] | [b'<', 0, ..] | [0, b'<', ..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_are_told_from_text() {
        let zeros = [b'a', 0, 0, 0].repeat(100);
        for (bytes, expected) in [
            (b"".as_slice(), None),
            (b"<p>a", None),
            (b"PK and GIF are short for something, and so is %PDF-", None),
            (b"a line that has a zero\0 byte in it", None),
            (b"\xff\xfea\0b\0", None),
            (b"<\0p\0>\0", None),
            (b"%PDF-1.7\n", Some("a PDF document")),
            (b"\x89PNG\r\n\x1a\n", Some("a PNG image")),
            (&zeros, Some("data with many zero bytes")),
        ] {
            assert_eq!(found(bytes), expected, "{bytes:?}");
        }
    }
}
