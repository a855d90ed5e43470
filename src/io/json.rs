//! Strings of JSON, eight bytes at a time: most of a line of JSONL is one string, and pages have an escape every twenty bytes.
//! This module must not know records.

/// Bytes of a word.
const WORD: usize = 8;

const fn repeat(byte: u8) -> u64 {
    u64::from_le_bytes([byte; WORD])
}

/// Puts what a string says into `text`, which is emptied first: `from` stands behind its first quotation mark. Gives what
/// stands behind the last one. `None` where no string of JSON is, or one that is no text: half of a surrogate pair stands
/// alone in it.
pub(super) fn read_string<'f>(from: &'f str, text: &mut Vec<u8>) -> Option<&'f str> {
    let bytes = from.as_bytes();
    text.clear();
    let mut at = 0;
    loop {
        while let Some(word) = bytes.get(at..).and_then(<[u8]>::first_chunk::<WORD>) {
            if text.capacity() - text.len() < WORD {
                // A long string is most of what is left.
                text.reserve(if at < SHORT { SHORT } else { bytes.len() - at });
            }
            // All of it is taken, and given back from the first that is special on.
            text.extend_from_slice(word);
            let plain = first_special(*word);
            at += plain;
            if plain < WORD {
                text.truncate(text.len() - (WORD - plain));
                break;
            }
        }
        match *bytes.get(at)? {
            b'"' => return from.get(at + 1..),
            b'\\' => at += 1 + escape(&bytes[at + 1..], text)?,
            ..0x20 => return None,
            byte => {
                text.push(byte);
                at += 1;
            }
        }
    }
}

/// Strings up to this many bytes need no more room.
const SHORT: usize = 256;

/// The place of the first quotation mark, backslash or control character, or [`WORD`].
fn first_special(word: [u8; WORD]) -> usize {
    let bytes = u64::from_le_bytes(word);
    // Sets the upper bit of bytes that are 0, and perhaps of some behind the first of them (Mycroft's test).
    let zeros = |bytes: u64| bytes.wrapping_sub(repeat(1)) & !bytes;
    let control = bytes.wrapping_sub(repeat(0x20)) & !bytes;
    let found = (control | zeros(bytes ^ repeat(b'"')) | zeros(bytes ^ repeat(b'\\'))) & repeat(0x80);
    found.trailing_zeros() as usize / 8
}

/// Adds the character of the escape whose backslash stood before `rest`; gives the bytes it takes there.
fn escape(rest: &[u8], text: &mut Vec<u8>) -> Option<usize> {
    let byte = match *rest.first()? {
        byte @ (b'"' | b'\\' | b'/') => byte,
        b'n' => b'\n',
        b't' => b'\t',
        b'r' => b'\r',
        b'b' => 0x08,
        b'f' => 0x0c,
        b'u' => return code_point(rest, text),
        _ => return None,
    };
    text.push(byte);
    Some(1)
}

/// The same for `u` and its digits, and for the second half of a surrogate pair.
fn code_point(rest: &[u8], text: &mut Vec<u8>) -> Option<usize> {
    let (mut unit, mut len) = (four_digits(&rest[1..])?, 5);
    if (0xd800..0xdc00).contains(&unit) {
        let low = four_digits(rest[len..].strip_prefix(b"\\u")?)?;
        let low = low.checked_sub(0xdc00).filter(|low| *low < 0x400)?;
        (unit, len) = (0x1_0000 + ((unit - 0xd800) << 10) + low, len + 6);
    }
    text.extend_from_slice(char::from_u32(unit)?.encode_utf8(&mut [0; 4]).as_bytes());
    Some(len)
}

fn four_digits(rest: &[u8]) -> Option<u32> {
    let add = |number: u32, digit: &u8| Some(number << 4 | char::from(*digit).to_digit(16)?);
    rest.first_chunk::<4>()?.iter().try_fold(0, add)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What a string says, and what stands behind it.
    fn read(from: &str) -> Option<(String, &str)> {
        let mut text = b"old".to_vec();
        let rest = read_string(from, &mut text)?;
        Some((String::from_utf8(text).ok()?, rest))
    }

    proptest! {
        #[test]
        fn strings_are_what_serde_reads(pieces in prop::collection::vec(
            prop_oneof![
                "[ -!#-\\[\\]-~é漢😀]{0,12}", Just("\\n".to_owned()), Just("\\\"".to_owned()), Just("\\\\".to_owned()),
                Just("\\u00e9".to_owned()), Just("\\uD83D\\ude00".to_owned()), Just("\\b\\f\\r\\t\\/".to_owned()),
            ], 0..40,
        )) {
            let string = format!("\"{}\"", pieces.concat());
            let expected: String = serde_json::from_str(&string).unwrap();
            let line = format!("{string} , \"");
            prop_assert_eq!(read(&line[1..]), Some((expected, " , \"")));
        }

        #[test]
        fn what_serde_refuses_is_refused(inside in "[ -~\u{1}é\\\\\\\\\"ud8-9]{0,24}") {
            let line = format!("\"{inside}\"");
            let mut values = serde_json::Deserializer::from_str(&line).into_iter::<String>();
            let expected = values.next().and_then(Result::ok).map(|text| (text, &line[values.byte_offset()..]));
            prop_assert_eq!(read(&line[1..]), expected);
        }
    }

    #[test]
    fn what_ends_or_escapes_wrongly_is_no_string() {
        for from in
            ["", "a", "\\", "\\x\"", "\\u12", "\\u12g4\"", "1234567\\", "\\ud83d\\n\"", "\\ud83d\\u0041\"", "\n\""]
        {
            assert_eq!(read(from), None, "{from}");
        }
    }
}
