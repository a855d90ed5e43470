//! Where text that holds no markup ends.
//! This module must not know which elements have such text.

use memchr::{memchr, memchr2, memmem};

use super::scan::ends_name;

/// Where the end tag `</name` starts, from `from` on; `name` is in lower case.
pub(super) fn end(bytes: &[u8], from: usize, name: &[u8]) -> Option<usize> {
    memmem::find_iter(&bytes[from..], b"</").map(|found| from + found).find(|&at| is_tag(&bytes[at + 2..], name))
}

/// Whether bytes start with a name that ends there.
fn is_tag(bytes: &[u8], name: &[u8]) -> bool {
    bytes.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name))
        && bytes.get(name.len()).is_some_and(|&byte| ends_name(byte))
}

const SCRIPT: &[u8] = b"script";

/// Where the end tag of a script starts, from `from` on.
///
/// In what looks like a comment another script may start, whose end tag is not that of this one.
pub(super) fn script_end(bytes: &[u8], from: usize) -> Option<usize> {
    let mut at = from;
    loop {
        at += memchr(b'<', &bytes[at..])?;
        let rest = &bytes[at + 1..];
        match rest {
            [b'/', rest @ ..] if is_tag(rest, SCRIPT) => return Some(at),
            [b'!', b'-', b'-', ..] => match comment_in_script(bytes, at + 2)? {
                Found::EndTag(end) => return Some(end),
                Found::End(end) => at = end,
            },
            _ => at += 1,
        }
    }
}

/// What ends a comment in a script.
enum Found {
    /// The end tag of the script.
    EndTag(usize),
    /// `-->`, behind it.
    End(usize),
}

/// Reads a comment in a script from its two hyphens at `at` on, which may be those of its end as well.
fn comment_in_script(bytes: &[u8], mut at: usize) -> Option<Found> {
    let mut in_inner = false;
    loop {
        at += memchr2(b'<', b'-', &bytes[at..])?;
        let rest = &bytes[at..];
        match rest {
            [b'-', b'-', b'>', ..] => return Some(Found::End(at + 3)),
            [b'<', b'/', rest @ ..] if is_tag(rest, SCRIPT) => {
                if !in_inner {
                    return Some(Found::EndTag(at));
                }
                in_inner = false;
            }
            [b'<', rest @ ..] if !in_inner && is_tag(rest, SCRIPT) => in_inner = true,
            _ => {}
        }
        at += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn raw_text_ends_at_its_own_end_tag() {
        for (source, expected) in [
            ("a</style>", Some(1)),
            ("a</STYLE\r>", Some(1)),
            ("a</styles></style/", Some(10)),
            ("</style", None),
            ("a<style>", None),
            ("", None),
        ] {
            assert_eq!(end(source.as_bytes(), 0, b"style"), expected, "{source:?}");
        }
    }

    #[test]
    fn scripts_may_hold_scripts_in_comments() {
        for (source, expected) in [
            ("a</script>", Some(1)),
            ("<!--</script>", Some(4)),
            ("<!--<script></script>x</script>", Some(22)),
            ("<!--<script></script>--><script></script>", Some(32)),
            ("<!-->a<script></script>", Some(14)),
            ("<!--><script></script>", Some(13)),
            ("<!-- <scripts></script>", Some(14)),
            ("<!-- <script></script>", None),
            ("<!-- <script>-->x</script>", Some(17)),
            ("</script", None),
        ] {
            assert_eq!(script_end(source.as_bytes(), 0), expected, "{source:?}");
        }
    }
}
