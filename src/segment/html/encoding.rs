//! Bytes to text: byte order mark, declaration, UTF-8, detection, in this order, with wrong declarations put right.
//! This module must not know HTML beyond the declaration in a `meta` element.

use std::borrow::Cow;

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, ISO_2022_JP, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252, X_USER_DEFINED};

/// A declaration stands in the first kilobyte by the standard; pages with long scripts before it exist.
const DECLARATION_WINDOW: usize = 4096;

/// Bytes that detection looks at: more do not make it better, and it is slow.
const DETECTION_WINDOW: usize = 64 * 1024;

/// A text with this many good multi-byte sequences for each bad one is damaged UTF-8, not another encoding: in legacy
/// text hardly any sequence is good by chance.
const GOOD_PER_BAD: usize = 8;

/// A declared double-byte encoding is believed against fewer sequences of valid UTF-8 than this: two or three Chinese
/// characters in GBK can be valid UTF-8 by chance.
const MIN_PROOF: usize = 6;

/// Where the encoding of a page was learned from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EncodingSource {
    /// A byte order mark.
    Mark,
    /// The HTTP header or the page itself.
    Declared,
    /// Nothing was declared, and the bytes are UTF-8.
    Utf8,
    /// The bytes are UTF-8 although something else was declared.
    Corrected,
    /// Neither UTF-8 nor declared rightly: the most likely encoding.
    Detected,
}

/// A page as text.
#[derive(Clone, Debug)]
pub struct Decoded<'b> {
    /// Borrowed when the bytes are UTF-8 without damage.
    pub text: Cow<'b, str>,
    /// What the bytes were taken for.
    pub encoding: &'static Encoding,
    /// Where that was learned from.
    pub source: EncodingSource,
    /// Whether bytes had to be replaced by U+FFFD.
    pub damaged: bool,
}

/// Decodes a page. `header` is the `charset` of the HTTP header, when there is one.
///
/// Cannot fail: bytes that mean nothing become U+FFFD.
///
/// ```
/// use dehusk::html::decode;
///
/// assert_eq!(decode(b"<meta charset=windows-1251>\xcc\xe8\xf0", None).text, "<meta charset=windows-1251>Мир");
/// ```
pub fn decode<'b>(bytes: &'b [u8], header: Option<&str>) -> Decoded<'b> {
    let (encoding, source) = choose(bytes, header);
    let (text, damaged) = encoding.decode_with_bom_removal(bytes);
    Decoded { text, encoding, source, damaged }
}

fn choose(bytes: &[u8], header: Option<&str>) -> (&'static Encoding, EncodingSource) {
    if let Some((encoding, _)) = Encoding::for_bom(bytes) {
        return (encoding, EncodingSource::Mark);
    }
    if let Some(encoding) = unmarked_utf16(bytes) {
        return (encoding, EncodingSource::Detected);
    }
    let declared = header.and_then(|label| Encoding::for_label(label.trim().as_bytes())).or_else(|| declared(bytes));
    match declared {
        Some(encoding) if encoding != UTF_8 => believe(encoding, bytes),
        _ => match std::str::from_utf8(bytes).is_ok() || is_utf8(&Utf8Evidence::of(bytes)) {
            true => (UTF_8, if declared.is_some() { EncodingSource::Declared } else { EncodingSource::Utf8 }),
            false => (detect(bytes), EncodingSource::Detected),
        },
    }
}

/// A declared legacy encoding, unless the bytes say UTF-8.
fn believe(encoding: &'static Encoding, bytes: &[u8]) -> (&'static Encoding, EncodingSource) {
    let evidence = Utf8Evidence::of(bytes);
    let needed = if encoding.is_single_byte() { 1 } else { MIN_PROOF };
    // ISO-2022-JP is ASCII with escapes, which says nothing against it.
    if encoding != ISO_2022_JP && evidence.good >= needed && is_utf8(&evidence) {
        return (UTF_8, EncodingSource::Corrected);
    }
    (encoding, EncodingSource::Declared)
}

/// How well the bytes fit UTF-8.
#[derive(Debug, PartialEq, Eq)]
struct Utf8Evidence {
    /// Characters beyond ASCII.
    good: usize,
    /// Places where the bytes are not UTF-8.
    bad: usize,
}

impl Utf8Evidence {
    fn of(bytes: &[u8]) -> Utf8Evidence {
        let mut evidence = Utf8Evidence { good: 0, bad: 0 };
        for chunk in bytes.utf8_chunks() {
            evidence.good += chunk.valid().chars().filter(|c| !c.is_ascii()).count();
            evidence.bad += usize::from(!chunk.invalid().is_empty());
        }
        evidence
    }
}

/// A page cut in the middle of a character, or with a foreign byte pasted in, is UTF-8 still.
fn is_utf8(evidence: &Utf8Evidence) -> bool {
    evidence.bad == 0 || evidence.good >= GOOD_PER_BAD * evidence.bad
}

/// UTF-16 without a mark, seen by the zero bytes beside a `<` that starts the page.
fn unmarked_utf16(bytes: &[u8]) -> Option<&'static Encoding> {
    match bytes {
        [b'<', 0, b'!' | b'?' | b'h' | b'H', 0, ..] => Some(UTF_16LE),
        [0, b'<', 0, b'!' | b'?' | b'h' | b'H', ..] => Some(UTF_16BE),
        _ => None,
    }
}

/// The most likely encoding of bytes that are not UTF-8.
fn detect(bytes: &[u8]) -> &'static Encoding {
    let first = bytes.iter().position(|byte| !byte.is_ascii()).unwrap_or(0);
    let window = &bytes[first..bytes.len().min(first + DETECTION_WINDOW)];
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    detector.feed(window, first + window.len() == bytes.len());
    detector.guess(None, Utf8Detection::Deny)
}

/// The encoding that a `meta` element or an XML declaration in the first kilobytes names.
fn declared(bytes: &[u8]) -> Option<&'static Encoding> {
    let window = &bytes[..bytes.len().min(DECLARATION_WINDOW)];
    let label = meta_label(window).or_else(|| xml_label(window))?;
    let encoding = Encoding::for_label(label)?;
    // A declaration that could be read as ASCII does not stand in UTF-16 (the standard's own rule).
    Some(match encoding {
        _ if encoding == UTF_16LE || encoding == UTF_16BE => UTF_8,
        _ if encoding == X_USER_DEFINED => WINDOWS_1252,
        _ => encoding,
    })
}

/// The label behind `charset=` in the first `meta` that has one and is not in a comment.
fn meta_label(window: &[u8]) -> Option<&[u8]> {
    let mut rest = window;
    while let Some(at) = memchr::memchr(b'<', rest) {
        rest = &rest[at..];
        if rest.starts_with(b"<!--") {
            rest = &rest[memchr::memmem::find(rest, b"-->")?..];
            continue;
        }
        let tag = &rest[..memchr::memchr(b'>', rest).unwrap_or(rest.len())];
        if starts_with(tag, b"<meta")
            && let Some(label) = label_after(tag, b"charset")
        {
            return Some(label);
        }
        rest = &rest[1..];
    }
    None
}

/// The label of `<?xml encoding="…"?>`.
fn xml_label(window: &[u8]) -> Option<&[u8]> {
    let declaration =
        window.starts_with(b"<?xml").then(|| memchr::memchr(b'>', window).map(|end| &window[..end]))??;
    label_after(declaration, b"encoding")
}

fn starts_with(text: &[u8], start: &[u8]) -> bool {
    text.get(..start.len()).is_some_and(|found| found.eq_ignore_ascii_case(start))
}

/// What stands behind `name =`, without quotes, up to the first byte that no label has.
fn label_after<'b>(text: &'b [u8], name: &[u8]) -> Option<&'b [u8]> {
    let is_filler = |byte: &&u8| byte.is_ascii_whitespace() || matches!(byte, b'"' | b'\'');
    let mut from = 0;
    while let Some(at) = text[from..].windows(name.len()).position(|window| window.eq_ignore_ascii_case(name)) {
        from += at + name.len();
        let rest = text[from..].trim_ascii_start();
        if let Some(value) = rest.strip_prefix(b"=") {
            let value = &value[value.iter().take_while(is_filler).count()..];
            let len = value.iter().take_while(|byte| byte.is_ascii_alphanumeric() || b"-_:.+".contains(byte)).count();
            return (len > 0).then_some(&value[..len]);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use EncodingSource::{Corrected, Declared, Detected, Mark, Utf8};

    #[test]
    fn bytes_become_text_by_mark_declaration_and_evidence() {
        let cases: &[(&[u8], Option<&str>, &str, EncodingSource)] = &[
            (b"", None, "", Utf8),
            (b"abc", None, "abc", Utf8),
            (b"\xef\xbb\xbfa", Some("latin1"), "a", Mark),
            (b"\xff\xfea\0\xe9\0", None, "aé", Mark),
            (b"<\0!\0\xe9\0", None, "<!é", Detected),
            (b"caf\xc3\xa9", None, "café", Utf8),
            (b"caf\xe9", Some("iso-8859-1"), "café", Declared),
            (b"caf\xc3\xa9", Some("iso-8859-1"), "café", Corrected),
            (b"<meta charset=utf-8>caf\xe9 au lait", None, "<meta charset=utf-8>café au lait", Detected),
            (b"\xc4\xe3", Some("gbk"), "你", Declared),
            (b"<!-- <meta charset=gbk> -->caf\xc3\xa9", None, "<!-- <meta charset=gbk> -->café", Utf8),
            (b"\0\x01\xff\0", Some("utf-8"), "\0\x01ÿ\0", Detected),
        ];
        for (bytes, header, text, source) in cases {
            let decoded = decode(bytes, *header);
            assert_eq!((decoded.text.as_ref(), decoded.source), (*text, *source), "{bytes:?}");
        }
    }

    #[test]
    fn declarations_are_found_as_pages_write_them() {
        for (page, expected) in [
            ("<META CHARSET='windows-1251'>", Some("windows-1251")),
            ("<meta http-equiv=Content-Type content=\"text/html; charset=gb2312\">", Some("GBK")),
            ("<meta content='text/html;charset = \"koi8-r\"'>", Some("KOI8-R")),
            ("<?xml version='1.0' encoding='iso-8859-2'?><html>", Some("ISO-8859-2")),
            ("<meta charset=utf-16>", Some("UTF-8")),
            ("<meta name=charset content=x><meta charset=big5>", Some("Big5")),
            ("<meta charset=>", None),
            ("<meta charset", None),
            ("<p>charset=gbk", None),
            ("<!-- <meta charset=gbk>", None),
        ] {
            assert_eq!(declared(page.as_bytes()).map(Encoding::name), expected, "{page}");
        }
    }

    #[test]
    fn damaged_utf8_stays_utf8() {
        let mut bytes = "Ελληνικά και άλλα".repeat(3).into_bytes();
        bytes.push(0xce);
        let decoded = decode(&bytes, None);
        assert_eq!((decoded.encoding.name(), decoded.damaged), ("UTF-8", true));
    }

    #[test]
    fn detection_finds_what_is_behind_a_long_ascii_head() {
        let mut bytes = vec![b' '; 200_000];
        bytes.extend(
            encoding_rs::WINDOWS_1251.encode("Совет проголосовал за новую линию трамвая в понедельник.").0.iter(),
        );
        assert_eq!(decode(&bytes, None).encoding.name(), "windows-1251");
    }
}
