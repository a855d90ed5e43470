//! Character references (`&amp;`, `&#8364;`) and the other ways in which text differs from the source.
//! This module must not know where in a page a text stands.

use std::borrow::Cow;

use super::entities::{ENTITIES, WITHOUT_SEMICOLON};

/// What a reference stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Decoded {
    Named(&'static str),
    Numeric(char),
}

impl Decoded {
    /// The text, which a numeric reference writes to `buffer`.
    pub fn text(self, buffer: &mut [u8; 4]) -> &str {
        match self {
            Decoded::Named(text) => text,
            Decoded::Numeric(c) => c.encode_utf8(buffer),
        }
    }
}

/// Where a reference stands: attributes keep `&copy=1`, which is part of an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Text,
    Attribute,
}

/// The reference that `bytes` start with and its length; `None` where the `&` is only that.
pub(super) fn decode(bytes: &[u8], place: Place) -> Option<(Decoded, usize)> {
    match bytes {
        [b'&', b'#', b'x' | b'X', ..] => numeric(bytes, 3, 16),
        [b'&', b'#', ..] => numeric(bytes, 2, 10),
        [b'&', b'a', b'm', b'p', b';', ..] => Some((Decoded::Named("&"), 5)),
        [b'&', b'n', b'b', b's', b'p', b';', ..] => Some((Decoded::Named("\u{a0}"), 6)),
        [b'&', b'q', b'u', b'o', b't', b';', ..] => Some((Decoded::Named("\""), 6)),
        [b'&', rest @ ..] => named(rest, place).map(|(text, len)| (Decoded::Named(text), len + 1)),
        _ => None,
    }
}

/// Longest name of [`ENTITIES`] and of [`WITHOUT_SEMICOLON`].
const LONGEST: [usize; 2] = [31, 6];

/// The longest name that `rest`, what stands behind the `&`, starts with.
fn named(rest: &[u8], place: Place) -> Option<(&'static str, usize)> {
    let len = rest.iter().take(LONGEST[0] + 1).take_while(|byte| byte.is_ascii_alphanumeric()).count();
    if rest.get(len) == Some(&b';')
        && let Some(text) = entity(&rest[..len])
    {
        return Some((text, len + 1));
    }
    let lens = (2..=len.min(LONGEST[1])).rev();
    let len = lens.into_iter().find(|&len| search(WITHOUT_SEMICOLON, &rest[..len], |name| name).is_some())?;
    let goes_on = rest.get(len).is_some_and(|&next| next == b'=' || next.is_ascii_alphanumeric());
    if place == Place::Attribute && goes_on {
        return None;
    }
    entity(&rest[..len]).map(|text| (text, len))
}

fn entity(name: &[u8]) -> Option<&'static str> {
    search(ENTITIES, name, |(name, _)| name).map(|(_, text)| *text)
}

fn search<'t, T>(table: &'t [T], name: &[u8], key: impl Fn(&T) -> &str) -> Option<&'t T> {
    table.binary_search_by(|row| key(row).as_bytes().cmp(name)).ok().and_then(|at| table.get(at))
}

/// A number in a base, whose digits start at `start`.
fn numeric(bytes: &[u8], start: usize, base: u32) -> Option<(Decoded, usize)> {
    let digits = bytes[start..].iter().map_while(|&byte| (byte as char).to_digit(base));
    let (len, code) = digits.fold((0, 0u32), |(len, code), digit| {
        (len + 1, code.saturating_mul(base).saturating_add(digit).min(BEYOND_UNICODE))
    });
    let end = start + len;
    let semicolon = usize::from(bytes.get(end) == Some(&b';'));
    (len > 0).then(|| (Decoded::Numeric(character(code)), end + semicolon))
}

const BEYOND_UNICODE: u32 = 0x11_0000;

/// What browsers show for a number: some are taken for bytes of Windows-1252.
fn character(code: u32) -> char {
    match code {
        0 => char::REPLACEMENT_CHARACTER,
        0x80..=0x9f => WINDOWS_1252[code as usize - 0x80],
        _ => char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER),
    }
}

/// What the numbers 0x80 to 0x9f are taken for.
#[rustfmt::skip]
static WINDOWS_1252: [char; 32] = [
    '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž', '\u{8f}',
    '\u{90}', '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}', 'ž', 'Ÿ',
];

/// A name in lower case (ASCII only), NULs replaced.
pub(super) fn lower_case(name: &str) -> Cow<'_, str> {
    if name.bytes().any(|byte| byte.is_ascii_uppercase() || byte == 0) {
        Cow::Owned(name.to_ascii_lowercase().replace('\0', REPLACEMENT))
    } else {
        Cow::Borrowed(name)
    }
}

/// What a NUL is read as where it is not left out.
pub(super) const REPLACEMENT: &str = "\u{fffd}";

/// The value of an attribute: references decoded, line ends made `\n`, NULs replaced.
pub(super) fn decode_value(raw: &str) -> Cow<'_, str> {
    match next_special(raw.as_bytes(), 0) {
        None => Cow::Borrowed(raw),
        Some(first) => Cow::Owned(decoded_value(raw, first)),
    }
}

/// The next byte of a text, from `at`, that may not stand for itself.
pub(super) fn next_special(bytes: &[u8], at: usize) -> Option<usize> {
    memchr::memchr3(b'&', b'\r', b'\0', &bytes[at..]).map(|found| at + found)
}

fn decoded_value(raw: &str, first: usize) -> String {
    let bytes = raw.as_bytes();
    let mut text = String::with_capacity(raw.len());
    let (mut copied, mut next) = (0, Some(first));
    while let Some(at) = next {
        let (len, decoded) = match bytes[at] {
            b'\r' => (1 + usize::from(bytes.get(at + 1) == Some(&b'\n')), Decoded::Named("\n")),
            b'\0' => (1, Decoded::Named(REPLACEMENT)),
            _ => match decode(&bytes[at..], Place::Attribute) {
                Some((decoded, len)) => (len, decoded),
                None => (1, Decoded::Named("&")),
            },
        };
        text.push_str(raw.get(copied..at).unwrap_or_default());
        text.push_str(decoded.text(&mut [0; 4]));
        copied = at + len;
        next = next_special(bytes, copied);
    }
    text.push_str(raw.get(copied..).unwrap_or_default());
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_decoded_as_far_as_they_go() {
        for (source, text, attribute) in [
            ("&amp;x", Some(("&", 5)), Some(("&", 5))),
            ("&ampx", Some(("&", 4)), None),
            ("&amp=", Some(("&", 4)), None),
            ("&amp", Some(("&", 4)), Some(("&", 4))),
            ("&notit;", Some(("¬", 4)), None),
            ("&notin;", Some(("∉", 7)), Some(("∉", 7))),
            ("&eacute;", Some(("é", 8)), Some(("é", 8))),
            ("&CounterClockwiseContourIntegral;", Some(("∳", 33)), Some(("∳", 33))),
            ("&ngE;", Some(("≧̸", 5)), Some(("≧̸", 5))),
            ("&#8364;", Some(("€", 7)), Some(("€", 7))),
            ("&#x80g", Some(("€", 5)), Some(("€", 5))),
            ("&#x1F600;", Some(("😀", 9)), Some(("😀", 9))),
            ("&#0;", Some(("\u{fffd}", 4)), Some(("\u{fffd}", 4))),
            ("&#xD800;", Some(("\u{fffd}", 8)), Some(("\u{fffd}", 8))),
            ("&#99999999999999999999;", Some(("\u{fffd}", 23)), Some(("\u{fffd}", 23))),
            ("&#;", None, None),
            ("&#xg", None, None),
            ("&unknown;", None, None),
            ("& ", None, None),
            ("&", None, None),
        ] {
            for (place, expected) in [(Place::Text, text), (Place::Attribute, attribute)] {
                let mut buffer = [0; 4];
                let found = decode(source.as_bytes(), place).map(|(decoded, len)| (decoded.text(&mut buffer), len));
                assert_eq!(found, expected, "{source:?} {place:?}");
            }
        }
    }

    #[test]
    fn the_tables_are_sorted_and_agree() {
        assert!(ENTITIES.is_sorted_by(|(one, _), (other, _)| one < other));
        assert!(WITHOUT_SEMICOLON.is_sorted_by(|one, other| one < other));
        assert!(WITHOUT_SEMICOLON.iter().all(|name| entity(name.as_bytes()).is_some()));
        assert_eq!(ENTITIES.iter().map(|(name, _)| name.len()).max(), Some(LONGEST[0]));
        assert_eq!(WITHOUT_SEMICOLON.iter().map(|name| name.len()).max(), Some(LONGEST[1]));
    }

    #[test]
    fn values_are_decoded_only_where_they_have_to_be() {
        assert!(matches!(decode_value("a=b é"), Cow::Borrowed(_)));
        for (raw, expected) in
            [("a\r\nb\rc", "a\nb\nc"), ("?a&b=1&amp;c", "?a&b=1&c"), ("\0", "\u{fffd}"), ("&", "&"), ("é&lt", "é<")]
        {
            assert_eq!(decode_value(raw), expected, "{raw:?}");
        }
    }
}
