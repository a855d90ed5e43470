//! Decoding: bytes to text, with a note whenever that was more than taking UTF-8 as it is.
//! This module must not know files.

use std::fmt;

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, UTF_8};

/// Bytes that the detector sees, from shortly before the first one that is not ASCII: enough to be sure, and
/// detection is a hundred times slower than decoding.
const WINDOW: usize = 16 << 10;
/// Bytes of the window before the first one that is not ASCII.
const BEFORE: usize = 64;
/// Malformed sequences a UTF-8 text may have for each well-formed one that is not ASCII. In texts of other encodings
/// hardly any sequence is well-formed.
const DAMAGED_SHARE: f64 = 0.1;

/// A decoded text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decoded {
    /// The text, without byte order mark.
    pub text: String,
    /// What had to be done; nothing for well-formed UTF-8.
    pub note: Option<Note>,
}

/// What was done to decode a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Note {
    /// Name of the encoding, as the Encoding Standard has it.
    pub encoding: &'static str,
    /// Malformed sequences that were replaced by U+FFFD.
    pub replaced: usize,
}

impl Note {
    /// The note on a text that has been decoded from `bytes`; `damaged` when some of them had to be replaced.
    pub fn of(encoding: &'static Encoding, bytes: &[u8], text: &str, damaged: bool) -> Note {
        let replaced = match damaged {
            false => 0,
            true if encoding == UTF_8 => bytes.utf8_chunks().filter(|chunk| !chunk.invalid().is_empty()).count(),
            true => text.matches('\u{fffd}').count(),
        };
        Note { encoding: encoding.name(), replaced }
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "decoded from {}", self.encoding)?;
        match self.replaced {
            0 => Ok(()),
            1 => write!(f, ", 1 malformed sequence replaced"),
            count => write!(f, ", {count} malformed sequences replaced"),
        }
    }
}

/// Decodes by byte order mark, as UTF-8, else in the encoding that the bytes look like.
///
/// A text that is UTF-8 but for a few malformed sequences is taken as damaged UTF-8.
///
/// ```
/// let decoded = dehusk::io::decode(b"Caf\xe9 im alten G\xfcterbahnhof".to_vec());
/// assert_eq!(decoded.text, "Café im alten Güterbahnhof");
/// assert_eq!(decoded.note.unwrap().to_string(), "decoded from windows-1252");
/// ```
pub fn decode(bytes: Vec<u8>) -> Decoded {
    match Encoding::for_bom(&bytes) {
        Some((encoding, length)) if encoding != UTF_8 => decode_as(encoding, &bytes[length..]),
        Some((_, length)) => decode_marked(bytes, length),
        None => decode_unmarked(bytes),
    }
}

/// UTF-8 by its mark, which is cut off.
fn decode_marked(mut bytes: Vec<u8>, length: usize) -> Decoded {
    bytes.drain(..length);
    match String::from_utf8(bytes) {
        Ok(text) => Decoded { text, note: None },
        Err(error) => decode_as(UTF_8, error.as_bytes()),
    }
}

fn decode_unmarked(bytes: Vec<u8>) -> Decoded {
    match String::from_utf8(bytes) {
        Ok(text) => Decoded { text, note: None },
        Err(error) => {
            let bytes = error.as_bytes();
            let encoding = if is_damaged_utf8(bytes) { UTF_8 } else { detect(bytes) };
            decode_as(encoding, bytes)
        }
    }
}

fn decode_as(encoding: &'static Encoding, bytes: &[u8]) -> Decoded {
    let (text, damaged) = encoding.decode_without_bom_handling(bytes);
    let note = Note::of(encoding, bytes, &text, damaged);
    Decoded { text: text.into_owned(), note: Some(note) }
}

fn is_damaged_utf8(bytes: &[u8]) -> bool {
    let (mut well_formed, mut malformed) = (0usize, 0usize);
    for chunk in bytes.utf8_chunks() {
        well_formed += chunk.valid().chars().filter(|c| !c.is_ascii()).count();
        malformed += usize::from(!chunk.invalid().is_empty());
    }
    malformed as f64 <= DAMAGED_SHARE * well_formed as f64
}

fn detect(bytes: &[u8]) -> &'static Encoding {
    let first = bytes.iter().position(|byte| !byte.is_ascii()).unwrap_or(0);
    let start = first.saturating_sub(BEFORE);
    let window = &bytes[start..bytes.len().min(start + WINDOW)];
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Allow);
    detector.feed(window, start + window.len() == bytes.len());
    detector.guess(None, Utf8Detection::Deny)
}

#[cfg(test)]
mod tests {
    use super::*;
    use encoding_rs::{GBK, SHIFT_JIS, WINDOWS_1251, WINDOWS_1252};

    #[test]
    fn utf8_is_taken_as_it_is() {
        for text in ["", "a", "Übermut", "電車"] {
            assert_eq!(decode(text.into()), Decoded { text: text.into(), note: None }, "{text:?}");
        }
    }

    #[test]
    fn byte_order_marks_decide_and_are_cut_off() {
        assert_eq!(decode(b"\xef\xbb\xbfa".to_vec()), Decoded { text: "a".into(), note: None });
        for (bytes, encoding) in [(b"\xff\xfea\0\xe9\0".as_slice(), "UTF-16LE"), (b"\xfe\xff\0a\0\xe9", "UTF-16BE")] {
            let note = Some(Note { encoding, replaced: 0 });
            assert_eq!(decode(bytes.to_vec()), Decoded { text: "aé".into(), note });
        }
    }

    #[test]
    fn other_encodings_are_detected_and_noted() {
        for (encoding, text) in [
            (WINDOWS_1252, "Der Bürgermeister eröffnete die Brücke über den Fluß am frühen Morgen."),
            (WINDOWS_1251, "Вчера вечером в городе открыли новый мост через реку, сообщает администрация."),
            (SHIFT_JIS, "市議会は月曜日、古い港と駅を結ぶ新しい電車の路線を承認しました。"),
            (GBK, "市议会星期一决定修建一条新的电车线路，把旧港口和火车站连接起来。"),
        ] {
            let (bytes, _, _) = encoding.encode(text);
            let decoded = decode(bytes.into_owned());
            assert_eq!(decoded.text, text, "{}", encoding.name());
            assert_eq!(decoded.note.map(|note| note.replaced), Some(0));
        }
    }

    #[test]
    fn damaged_utf8_stays_utf8_and_the_damage_is_counted() {
        let mut bytes = "Die Brücke über den Fluß, schöne Grüße, für früh, größer, Äpfel, öl".as_bytes().to_vec();
        bytes.push(0xc3);
        let decoded = decode(bytes);
        assert_eq!(decoded.note, Some(Note { encoding: "UTF-8", replaced: 1 }));
        assert!(decoded.text.starts_with("Die Brücke") && decoded.text.ends_with('\u{fffd}'));
        assert_eq!(decoded.note.unwrap().to_string(), "decoded from UTF-8, 1 malformed sequence replaced");
    }
}
