//! Document types: whether one asks for the layout of old browsers.
//! This module must not know what that changes.

use super::scan::is_white;

/// Reads what follows `<!doctype`: whether the type is an old or a broken one, and its length with the `>`.
pub(super) fn read(bytes: &[u8]) -> (bool, usize) {
    let mut reader = Reader { bytes, at: 0 };
    let is_quirky = reader.is_old().unwrap_or(true);
    let rest = &bytes[reader.at..];
    (is_quirky, reader.at + memchr::memchr(b'>', rest).map_or(rest.len(), |len| len + 1))
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    /// Reads as far as the type has a meaning; `None` where it is broken.
    fn is_old(&mut self) -> Option<bool> {
        if self.next()? == b'>' {
            return None;
        }
        self.word()?;
        if self.next()? == b'>' {
            return Some(false);
        }
        if self.keyword(b"public") {
            let public_id = self.identifier()?;
            if self.next()? == b'>' {
                return Some(is_old(public_id, false));
            }
            self.identifier()?;
            self.next().map(|_| is_old(public_id, true))
        } else if self.keyword(b"system") {
            self.identifier()?;
            self.next().map(|_| false)
        } else {
            None
        }
    }

    /// The next byte that is not white space, which is not taken.
    fn next(&mut self) -> Option<u8> {
        self.until(|byte| !is_white(byte))
    }

    /// The next byte that `stops`, which is not taken.
    fn until(&mut self, stops: impl Fn(u8) -> bool) -> Option<u8> {
        let rest = &self.bytes[self.at..];
        let len = rest.iter().position(|&byte| stops(byte));
        self.at += len.unwrap_or(rest.len());
        len.map(|len| rest[len])
    }

    /// Skips the name of the type.
    fn word(&mut self) -> Option<u8> {
        self.until(|byte| is_white(byte) || byte == b'>')
    }

    fn keyword(&mut self, keyword: &[u8]) -> bool {
        let rest = &self.bytes[self.at..];
        let found = rest.get(..keyword.len()).is_some_and(|start| start.eq_ignore_ascii_case(keyword));
        self.at += if found { keyword.len() } else { 0 };
        found
    }

    /// A text in quotes, which a `>` breaks.
    fn identifier(&mut self) -> Option<&'a [u8]> {
        let quote = self.next().filter(|byte| matches!(byte, b'"' | b'\''))?;
        self.at += 1;
        let start = self.at;
        let last = self.until(|byte| byte == quote || byte == b'>')?;
        let identifier = &self.bytes[start..self.at];
        self.at += usize::from(last == quote);
        (last == quote).then_some(identifier)
    }
}

/// Starts of the public identifiers that mean quirks mode. The standard names each old version; pages in use have
/// these.
const QUIRKY: [&str; 8] = [
    "-//ietf//dtd html",
    "-//w3c//dtd html 3",
    "-//w3c//dtd html 4.0 frameset//",
    "-//w3c//dtd html 4.0 transitional//",
    "-//w3c//dtd w3 html",
    "-//w3o//dtd w3 html",
    "-//netscape comm. corp.//",
    "-//microsoft//",
];

/// These do only without a system identifier.
const QUIRKY_ALONE: [&str; 2] = ["-//w3c//dtd html 4.01 frameset//", "-//w3c//dtd html 4.01 transitional//"];

fn is_old(public_id: &[u8], has_system_id: bool) -> bool {
    let starts =
        |start: &&str| public_id.get(..start.len()).is_some_and(|id| id.eq_ignore_ascii_case(start.as_bytes()));
    QUIRKY.iter().any(starts) || (!has_system_id && QUIRKY_ALONE.iter().any(starts))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn old_and_broken_types_are_quirky() {
        for (source, is_quirky, rest) in [
            (" html>x", false, "x"),
            ("html>", false, ""),
            (" html PUBLIC '-//W3C//DTD XHTML 1.0 Transitional//EN' 'x'>", false, ""),
            (" html PUBLIC '-//W3C//DTD HTML 4.01 Transitional//EN' 'x'>", false, ""),
            (" html PUBLIC '-//W3C//DTD HTML 4.01 Transitional//EN'>", true, ""),
            (" html PUBLIC '-//W3C//DTD HTML 4.0 Transitional//EN' 'x'>", true, ""),
            (" html SYSTEM\"about:legacy-compat\">", false, ""),
            (" html SYSTEM 'x' y>z", false, "z"),
            (" html SYSTEM 'x' ", true, ""),
            (" html PUBLIC '>x", true, "x"),
            (" html x>", true, ""),
            (">", true, ""),
            ("", true, ""),
        ] {
            let (found, len) = read(source.as_bytes());
            assert_eq!((found, &source[len..]), (is_quirky, rest), "{source:?}");
        }
    }
}
