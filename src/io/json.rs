//! Strings of JSON, eight bytes at a time: most of a line of JSONL is one string, and pages have an escape every twenty bytes.
//! This module must not know records.

/// Bytes of a word.
const WORD: usize = 8;

const fn repeat(byte: u8) -> u64 {
    u64::from_le_bytes([byte; WORD])
}

/// Splits what begins inside a string behind the quotation mark that ends it. `None` where no string of JSON is.
pub(super) fn split_string(text: &str) -> Option<(&str, &str)> {
    let bytes = text.as_bytes();
    let mut at = 0;
    loop {
        while let Some(word) = bytes.get(at..).and_then(<[u8]>::first_chunk::<WORD>) {
            let plain = first_special(*word);
            at += plain;
            if plain < WORD {
                break;
            }
        }
        match bytes.get(at)? {
            b'"' => return Some((text.get(..at)?, text.get(at + 1..)?)),
            b'\\' => at += escape_len(&bytes[at..])?,
            ..0x20 => return None,
            _ => at += 1,
        }
    }
}

/// The place of the first quotation mark, backslash or control character, or [`WORD`].
fn first_special(word: [u8; WORD]) -> usize {
    let bytes = u64::from_le_bytes(word);
    let control = bytes.wrapping_sub(repeat(0x20)) & !bytes;
    first_zero(control | zeros(bytes ^ repeat(b'"')) | zeros(bytes ^ repeat(b'\\')))
}

/// Sets the upper bit of bytes that are 0, and perhaps of some behind the first of them (Mycroft's test).
fn zeros(bytes: u64) -> u64 {
    bytes.wrapping_sub(repeat(1)) & !bytes
}

/// The place of the first byte whose upper bit is set, or [`WORD`].
fn first_zero(found: u64) -> usize {
    (found & repeat(0x80)).trailing_zeros() as usize / 8
}

/// Bytes of the escape that `bytes` begins with.
fn escape_len(bytes: &[u8]) -> Option<usize> {
    match bytes.get(1)? {
        b'"' | b'\\' | b'/' | b'n' | b't' | b'r' | b'b' | b'f' => Some(2),
        b'u' => four_digits(bytes.get(2..)?).map(|_| 6),
        _ => None,
    }
}

/// What a string says that a parser of JSON has found sound, between its quotation marks. `None` where it has not, or
/// where half of a surrogate pair stands alone, which is sound JSON and no text.
pub(super) fn unescape(raw: &str) -> Option<String> {
    let mut rest = raw.as_bytes();
    let mut text = Vec::with_capacity(rest.len());
    while let Some((word, after)) = rest.split_first_chunk::<WORD>() {
        // All of it is taken, and what follows a backslash is given back.
        text.extend_from_slice(word);
        let plain = first_zero(zeros(u64::from_le_bytes(*word) ^ repeat(b'\\')));
        if plain == WORD {
            rest = after;
        } else {
            text.truncate(text.len() - (WORD - plain));
            rest = escape(&rest[plain + 1..], &mut text)?;
        }
    }
    while let Some((&byte, after)) = rest.split_first() {
        if byte == b'\\' {
            rest = escape(after, &mut text)?;
        } else {
            text.push(byte);
            rest = after;
        }
    }
    String::from_utf8(text).ok()
}

/// Adds the character of the escape whose backslash stood before `rest`; gives what follows it.
fn escape<'r>(rest: &'r [u8], text: &mut Vec<u8>) -> Option<&'r [u8]> {
    let (&letter, after) = rest.split_first()?;
    let byte = match letter {
        b'"' | b'\\' | b'/' => letter,
        b'n' => b'\n',
        b't' => b'\t',
        b'r' => b'\r',
        b'b' => 0x08,
        b'f' => 0x0c,
        b'u' => return code_point(after, text),
        _ => return None,
    };
    text.push(byte);
    Some(after)
}

/// The same for the digits of `\u`, and of the second one of a surrogate pair.
fn code_point<'r>(rest: &'r [u8], text: &mut Vec<u8>) -> Option<&'r [u8]> {
    let (mut unit, mut rest) = four_digits(rest)?;
    if (0xd800..0xdc00).contains(&unit) {
        let (low, after) = four_digits(rest.strip_prefix(b"\\u")?)?;
        let low = low.checked_sub(0xdc00).filter(|low| *low < 0x400)?;
        (unit, rest) = (0x1_0000 + ((unit - 0xd800) << 10) + low, after);
    }
    text.extend_from_slice(char::from_u32(unit)?.encode_utf8(&mut [0; 4]).as_bytes());
    Some(rest)
}

fn four_digits(rest: &[u8]) -> Option<(u32, &[u8])> {
    let (digits, after) = rest.split_first_chunk::<4>()?;
    let add = |number: u32, digit: &u8| Some(number << 4 | char::from(*digit).to_digit(16)?);
    Some((digits.iter().try_fold(0, add)?, after))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::value::RawValue;

    use super::*;

    proptest! {
        #[test]
        fn strings_say_what_serde_reads_in_them(pieces in prop::collection::vec(
            prop_oneof![
                "[ -!#-\\[\\]-~é漢😀]{0,12}", Just("\\n".to_owned()), Just("\\\"".to_owned()), Just("\\\\".to_owned()),
                Just("\\u00e9".to_owned()), Just("\\uD83D\\ude00".to_owned()), Just("\\ud83d".to_owned()),
                Just("\\udc00".to_owned()), Just("\\b\\f\\r\\t\\/".to_owned()),
            ], 0..12,
        )) {
            let raw = pieces.concat();
            let expected = serde_json::from_str::<String>(&format!("\"{raw}\"")).ok();
            prop_assert_eq!(unescape(&raw), expected);
        }

        #[test]
        fn strings_end_where_serde_ends_them(inside in "[ -~\u{1}é\\\\\"u0-9]{0,24}") {
            let line = format!("\"{inside}\" , 1");
            let mut values = serde_json::Deserializer::from_str(&line).into_iter::<&RawValue>();
            let expected = values.next().and_then(Result::ok).map(RawValue::get);
            let found = split_string(&line[1..]).map(|(string, _)| &line[..string.len() + 2]);
            prop_assert_eq!(found, expected);
        }
    }

    #[test]
    fn what_is_no_escape_is_no_string() {
        for raw in ["\\", "\\x", "\\u12", "\\u12g4", "1234567\\", "\\ud83d\\n", "\\ud83d\\u0041"] {
            assert_eq!(unescape(raw), None, "{raw}");
        }
    }
}
